use super::*;

const TEMPLATE: &str = include_str!("template.md");

pub(in crate::extract) fn vocabulary() -> Vocabulary {
    let files = [
        ("claims.toml", include_str!("../../../../rules/vocabulary/claims.toml")),
        ("claims.values.toml", include_str!("../../../../rules/vocabulary/claims.values.toml")),
        ("claims.places.toml", include_str!("../../../../rules/vocabulary/claims.places.toml")),
        ("claims.units.toml", include_str!("../../../../rules/vocabulary/claims.units.toml")),
        ("services.toml", include_str!("../../../../rules/vocabulary/services.toml")),
        ("services.tools.toml", include_str!("../../../../rules/vocabulary/services.tools.toml")),
        ("services.files.toml", include_str!("../../../../rules/vocabulary/services.files.toml")),
    ];
    Vocabulary::parse(files).unwrap()
}

pub(super) fn claims() -> Claims {
    vocabulary().claims
}

/// Claims of a text, one per line: `name state environment value [normal] fields`.
fn shown(text: &str) -> Vec<String> {
    let source = Source::memory("docs/infrastructure.md", text.as_bytes());
    read(&source, &vocabulary()).iter().filter(|fact| fact.get("part").is_none()).map(show).collect()
}

fn show(fact: &Fact) -> String {
    let mut out = format!("{} {} {}", fact.name, fact.text("state").unwrap(), fact.environment.word());
    for field in [
        "value",
        "normal",
        "interval-minutes",
        "retention-days",
        "mode",
        "branch",
        "version",
        "law",
        "nearest",
        "owner",
    ] {
        let Some(node) = fact.get(field) else { continue };
        let text = match &node.value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            _ => node.elements().iter().filter_map(Node::as_str).collect::<Vec<_>>().join(","),
        };
        out.push_str(&format!(" {field}={text}"));
    }
    out
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(shown(text), expected, "{text}");
}

#[test]
fn the_template_as_it_is_has_every_line_and_promises_only_its_fixed_sentences() {
    let source = Source::memory("docs/infrastructure.md", TEMPLATE.as_bytes());
    let mut facts = read(&source, &vocabulary());
    let parts: Vec<String> = facts.iter().filter_map(|fact| fact.text("part").map(str::to_owned)).collect();
    assert_eq!(parts, ["lint", "typecheck", "test-integration", "test-unit", "authentication", "rate-limit"]);
    facts.retain(|fact| fact.get("part").is_none());
    let expected: Vec<&str> = vocabulary_ids();
    let names: Vec<&str> = facts.iter().map(|fact| fact.name.as_str()).collect();
    for id in &expected {
        assert!(names.contains(id), "{id}");
    }
    assert_eq!(facts.len(), 39, "{names:?}");
    let open = facts.iter().filter(|fact| fact.text("state") == Some("unfilled")).count();
    let fixed = facts.iter().filter(|fact| fact.get("fixed").and_then(Node::as_bool) == Some(true)).count();
    assert_eq!((open, fixed), (28, 11));
}

fn vocabulary_ids() -> Vec<&'static str> {
    let ids: Vec<String> = claims().items().iter().map(|item| item.id.clone()).collect();
    assert_eq!(ids.len(), 37, "39 lines of which two name services");
    ids.into_iter().map(|id| &*Box::leak(id.into_boxed_str())).collect()
}

#[test]
fn each_kind_of_value_is_read_into_what_rules_compare() {
    let cases: &[(&str, &str)] = &[
        (
            "## Hosting\n- **Platform**: AWS + Vercel",
            "hosting.platform declared production value=aws vercel normal=aws,vercel",
        ),
        (
            "## Hosting\n- **Platform**: [VERCEL|NETLIFY|**AWS**|HEROKU]",
            "hosting.platform declared production value=aws normal=aws",
        ),
        ("## Hosting\n- **Platform**: [VERCEL|NETLIFY|AWS|HEROKU]", "hosting.platform unfilled production"),
        ("## Hosting\n- **Platform**: [AWS]", "hosting.platform declared production value=aws normal=aws"),
        ("## Hosting\n- **Platform**: Herokuu", "hosting.platform invalid production nearest=heroku"),
        ("## Hosting\n- **Platform**: Our own metal", "hosting.platform declared production value=our own metal"),
        (
            "## Hosting\n- **Region**: EU_WEST",
            "hosting.region declared production value=eu west normal=eu-west law=mixed",
        ),
        (
            "## Hosting\n- **Region**: eu-west-1 (Ireland)",
            "hosting.region declared production value=eu west 1 ireland normal=eu-west,multi-region law=eu",
        ),
        ("## Hosting\n- **Region**: Mars", "hosting.region invalid production"),
        (
            "## Hosting\n- **Region**: MULTI_REGION",
            "hosting.region declared production value=multi region normal=multi-region",
        ),
        ("### Production\n- **Uptime Target**: 99,95 %", "env.production.uptime declared production value=99.95"),
        (
            "### Staging\n- **Deployment**: Automatic on merge to develop",
            "env.staging.deployment declared staging value=automatic on merge to develop normal=automatic mode=automatic branch=develop",
        ),
        (
            "### Staging\n- **Deployment**: Manual, from `release/2.x` branch",
            "env.staging.deployment declared staging value=manual from release 2 x branch normal=manual mode=manual branch=release/2.x",
        ),
        (
            "## Database\n- **Primary Database**: PostgreSQL 15 (Amazon RDS, Multi-AZ)",
            "database.primary declared production value=postgresql 15 amazon rds multi az normal=multi-az,postgresql,rds version=15",
        ),
        (
            "## Database\n- **Primary Database**: Supabase",
            "database.primary declared production value=supabase normal=postgresql,supabase",
        ),
        (
            "## Database\n- **Backup Schedule**: daily, kept 30 days",
            "database.backup_schedule declared production value=1440 interval-minutes=1440 retention-days=30",
        ),
        ("## Database\n- **Connection Pooling**: None (single process)", "database.pooling none production"),
        ("## Quality Gates\n- **Test Coverage**: [80]%", "gate.coverage declared production value=80"),
        ("## Quality Gates\n- **Test Coverage**: high", "gate.coverage invalid production"),
        ("## Quality Gates\n- **Test Coverage**: [MIN_COVERAGE]%", "gate.coverage unfilled production"),
        (
            "## CI\n1. **Testing**: Unit + Integration tests",
            "pipeline.testing declared production value=unit integration tests normal=test-integration,test-unit",
        ),
        (
            "## Security\n- **Data Protection**: [GDPR|CCPA] compliance ready",
            "security.data_protection unfilled production",
        ),
        ("## Disaster Recovery\n- **RTO**: < 4 hours", "dr.rto declared production value=240"),
        ("## Disaster Recovery\n- **Data Recovery Point**: zero", "dr.rpo declared production value=0"),
        ("## Notes\n- **Log Retention**: 90 days", "claim.log-retention declared any value=90 days retention-days=90"),
        (
            "### Staging\n- **RTO**: 1 day  <!-- trueup: owner=ops until=2027-01-01 -->",
            "dr.rto attested staging value=1440 owner=ops",
        ),
        (
            "### Third-Party APIs\n- **Stripe**: Payments - REST + webhook",
            "service.stripe declared any value=payments rest webhook normal=rest,webhook",
        ),
        ("### Third-Party APIs\n- **[SERVICE_1]**: [PURPOSE] - [INTEGRATION_TYPE]", "service.service-1 unfilled any"),
    ];
    for (text, expected) in cases {
        check(text, &[expected]);
    }
}

#[test]
fn every_form_of_writing_a_key_is_read() {
    let rto = "dr.rto declared production value=240";
    let rpo = "dr.rpo declared production value=60";
    let forms = [
        "- **RTO**: 4 h",
        "* **RTO:** 4 h",
        "+ __RTO__: 4 h",
        "- **RTO: 4 h**",
        "- RTO: 4 h",
        "- RTO — 4 h",
        "**RTO**: 4 h",
        "> **RTO:** 4 h",
        "## RTO: 4 h",
        "2. **RTO**: 4 h",
        "- [x] **RTO**: 4 h",
        "## 🔥 9. Disaster Recovery\r\n- **Recovery Time Objective (RTO)**: 4 h\r\n",
        "| Item | Value |\n|---|---|\n| RTO | 4 h |",
        "Component | Details | Notes\n---|---|---\n`RTO` | 4 h | hm",
        "---\nrto_minutes: 240\n---\n# x",
        "---\ndr:\n  dr.rto: 4 h\n---\n",
        "- **Recovery Time Objective**:\n  - 4 h\n",
        "- **RTO**: at most\n  4 h after the alarm",
        "Disaster Recovery\n-----------------\n- **RTO**: 4 h",
    ];
    for text in forms {
        let found = shown(text);
        let named: Vec<&String> = found.iter().filter(|line| line.starts_with("dr.")).collect();
        assert_eq!(named, [rto], "{text}");
    }
    check("**RTO:** 4 h | **RPO:** 1 h", &[rto, rpo]);
    check("- RTO/RPO: 4 h / 1 h", &[rto, rpo]);
    check("| Service | RTO | RPO |\n|---|---|---|\n| API | 4 h | 1 h |", &[rto, rpo]);
    let table = "## Environments\n| Setting | Staging | Production |\n|---|---|---|\n| Database | Separate instance | PostgreSQL |";
    check(
        table,
        &[
            "env.staging.database declared staging value=separate instance normal=separate",
            "database.primary declared production value=postgresql normal=postgresql",
        ],
    );
}

#[test]
fn what_is_no_claim_gives_none() {
    let texts = [
        "```yaml\n- **RTO**: 4 h\n```",
        "<!--\n- **RTO**: 4 h\n-->",
        "We once had an RTO: it was long and nobody kept to it, see the minutes.",
        "Note: this is prose",
        "**Important** read this first",
        "| a | b |\n| c | d |",
        "",
    ];
    for text in texts {
        check(text, &[]);
    }
}

#[test]
fn documents_are_known_by_path_heading_or_keys() {
    let keys =
        "- **RTO**: 1 h\n- **RPO**: 1 h\n- **Uptime Target**: 99 %\n- **Primary Database**: MySQL\n- **CDN**: Fastly\n";
    let cases = [
        ("docs/infrastructure.md", "", Some(1)),
        ("services/pay/docs/Infrastructure.md", "", Some(1)),
        ("INFRASTRUCTURE.md", "", Some(4)),
        ("notes/x.md", "# Infrastructure & Deployment\n", Some(6)),
        ("notes/x.md", keys, Some(7)),
        ("README.md", "- **RTO**: 1 h\n", None),
        ("docs/not-infrastructure.md", "", None),
    ];
    for (path, text, rank) in cases {
        assert_eq!(document_rank(path, text, &claims()), rank, "{path}");
    }
}

#[test]
fn spans_cover_key_and_value_and_fields_stand_at_the_value() {
    let text = "## Database\n- **Backup Schedule**: daily, kept 30 days <!-- trueup: env=staging -->\n";
    let source = Source::memory("docs/infrastructure.md", text.as_bytes());
    let facts = read(&source, &vocabulary());
    let fact = facts.first().unwrap();
    assert_eq!(fact.span.text(text), "Backup Schedule**: daily, kept 30 days");
    assert_eq!(fact.get("retention-days").unwrap().span.text(text), "daily, kept 30 days");
    assert_eq!(fact.environment, Environment::Staging);
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "[-*#|>`:\\[\\]<!\n a-zA-Zé%0-9.(]{0,200}") {
        let source = Source::memory("docs/infrastructure.md", text.as_bytes());
        for fact in read(&source, &vocabulary()) {
            proptest::prop_assert!(fact.span.to() <= text.len());
        }
    }
}

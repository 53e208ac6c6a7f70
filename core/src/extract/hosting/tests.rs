use super::*;
use crate::{
    extract::{declaration::tests::vocabulary, testing::extraction},
    fact::Fact,
    syntax::{Node, Value},
};

fn facts(path: &str, text: &str) -> Vec<Fact> {
    let out = extraction(path, text, &vocabulary(), extract);
    out.facts
}

fn shown(node: &Node) -> String {
    match &node.value {
        Value::String(text) | Value::Unknown(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => node.elements().iter().map(shown).collect::<Vec<_>>().join("+"),
    }
}

/// Facts as `kind name environment field=value ...` for the fields asked for.
fn check(path: &str, text: &str, fields: &[&str], expected: &[&str]) {
    let lines: Vec<String> = facts(path, text)
        .iter()
        .map(|fact| {
            let fields =
                fields.iter().filter_map(|field| fact.get(field).map(|node| format!(" {field}={}", shown(node))));
            format!("{} {} {}{}", fact.kind.word(), fact.name, fact.environment.word(), fields.collect::<String>())
        })
        .collect();
    assert_eq!(lines, expected, "{path}\n{text}");
}

#[test]
fn platform_files_say_what_they_set() {
    let fields = ["kind", "model", "region", "min-instances", "instances", "engine", "multi-zone"];
    let cases: &[(&str, &str, &[&str])] = &[
        ("vercel.json", r#"{"regions": ["iad1"]}"#, &["service vercel any kind=platform model=serverless region=iad1"]),
        ("web/vercel.json", "{}", &["service vercel any kind=platform model=serverless"]),
        (
            "fly.production.toml",
            "primary_region = \"ams\"\n[http_service]\nmin_machines_running = 2\n",
            &["service fly production kind=platform model=containers region=ams min-instances=2"],
        ),
        (
            "render.yaml",
            "services:\n  - type: web\n    region: frankfurt\n    numInstances: 1\ndatabases:\n  - name: main\n    highAvailability: {enabled: true}\n",
            &[
                "service render any kind=platform region=frankfurt instances=1",
                "store main any engine=postgresql multi-zone=true",
            ],
        ),
        (
            "app.json",
            r#"{"buildpacks": [], "addons": ["heroku-postgresql:standard-0"], "formation": {"web": {"quantity": 2}}}"#,
            &[
                "service heroku any kind=platform instances=2",
                "store heroku-postgresql:standard-0 any engine=postgresql",
            ],
        ),
        ("mobile/app.json", r#"{"expo": {"name": "x"}}"#, &[]),
        (
            "serverless.yml",
            "provider:\n  name: aws\n  region: eu-west-1\n",
            &["service aws any kind=platform model=serverless region=eu-west-1"],
        ),
        ("config/newrelic.yml", "common: {}", &["service new-relic any kind=performance"]),
        ("README.md", "vercel.json", &[]),
        (
            "docker-compose.yml",
            "services:\n  app:\n    build: .\n  db:\n    image: postgres\n",
            &["service docker development kind=local-setup"],
        ),
        ("docker-compose.yml", "services:\n  db:\n    image: postgres\n", &[]),
    ];
    for (path, text, expected) in cases {
        check(path, text, &fields, expected);
    }
}

#[test]
fn release_commands_are_steps() {
    check(
        "Procfile",
        "release: python manage.py migrate\nweb: gunicorn app\n",
        &["roles", "tool", "job"],
        &[
            "service heroku any",
            "step django any roles=migrate tool=django job=release",
            "step release any roles= job=release",
        ],
    );
}

#[test]
fn settings_name_services_and_hosts() {
    let text = "DATABASE_URL=postgres://u:p@localhost:5432/app\nSENTRY_DSN=https://k@o1.ingest.sentry.io/2\nDB_HOST=prod.abc.eu-west-1.rds.amazonaws.com\nREDIS_URL=redis://cache:6379\nNEXT_PUBLIC_API_URL=https://api.example.com\nEMPTY=\nNAME=value\n";
    check(
        ".env.development",
        text,
        &["locality", "purpose", "evidence"],
        &[
            "endpoint DATABASE_URL development locality=loopback purpose=database",
            "service sentry development evidence=variable",
            "endpoint SENTRY_DSN development locality=external purpose=api",
            "endpoint DB_HOST development locality=managed purpose=database",
            "service redis-client development evidence=variable",
            "endpoint REDIS_URL development locality=internal purpose=cache",
            "endpoint NEXT_PUBLIC_API_URL development locality=external purpose=api",
        ],
    );
    let example = facts(".env.example", "DATABASE_URL=postgres://u:p@127.0.0.1/app\n");
    assert_eq!(example.first().map(|fact| fact.environment), Some(Environment::Development));
    let url = facts(".env", "A_URL=https://user:word@host.example/x\n");
    assert_eq!(url.first().and_then(|fact| fact.text("url")), Some("https://host.example/x"));
}

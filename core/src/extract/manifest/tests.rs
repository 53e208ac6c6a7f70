use super::*;
use crate::extract::{declaration::tests::vocabulary, testing::extraction};

fn facts(path: &str, text: &str) -> Vec<Fact> {
    let out = extraction(path, text, &vocabulary(), extract);
    for fact in &out.facts {
        assert!(!fact.span.text(text).is_empty(), "{path}");
    }
    out.facts
}

#[test]
fn packages_of_every_ecosystem_name_their_services() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "package.json",
            r#"{"dependencies": {"@sentry/nextjs": "8", "left-pad": "1"}, "devDependencies": {"stripe": "1"}}"#,
            &["sentry", "stripe*"],
        ),
        (
            "pyproject.toml",
            "[project]\ndependencies = [\"Sentry_SDK[flask]>=2\", \"flask\"]\n[dependency-groups]\ndev = [\"alembic\"]\n",
            &["sentry", "alembic*"],
        ),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = \"^3\"\nposthog = \"*\"\n", &["posthog"]),
        ("requirements.txt", "# x\nstripe==5.0 # pay\n-r base.txt\nhttps://a/b.whl\n", &["stripe"]),
        (
            "Cargo.toml",
            "[dependencies]\nsentry = \"0.3\"\n[dev-dependencies]\ntestcontainers = \"1\"\n",
            &["sentry", "testcontainers*"],
        ),
        (
            "go.mod",
            "module a\nrequire (\n\tgithub.com/stripe/stripe-go/v76 v76.0.0\n\tgithub.com/posthog/posthog-go v1 // indirect\n)\n",
            &["stripe"],
        ),
        (
            "Gemfile",
            "gem 'rails', '~> 7'\ngroup :development do\n  gem \"rack-attack\"\nend\n# gem 'stripe'\n",
            &["rails", "rate-limiter*"],
        ),
        (
            "pom.xml",
            "<project><dependencies><dependency><groupId>org.flywaydb</groupId><artifactId>flyway-core</artifactId></dependency></dependencies></project>",
            &["flyway"],
        ),
        (
            "build.gradle.kts",
            "dependencies {\n    implementation(\"com.zaxxer:HikariCP:5\")\n    testImplementation(\"org.testcontainers:postgresql:1\")\n}\n",
            &["hikaricp", "testcontainers*"],
        ),
        ("composer.json", r#"{"require": {"laravel/framework": "^11", "php": "8"}}"#, &["laravel"]),
        (
            "app.csproj",
            "<Project><ItemGroup><PackageReference Include=\"Sentry.AspNetCore\" Version=\"4\" /></ItemGroup></Project>",
            &["sentry"],
        ),
        ("notes/package.txt", "stripe", &[]),
    ];
    for (path, text, expected) in cases {
        let found = facts(path, text);
        let shown: Vec<String> = found
            .iter()
            .filter(|fact| fact.kind == FactKind::Service)
            .map(|fact| format!("{}{}", fact.name, if fact.text("scope") == Some("development") { "*" } else { "" }))
            .collect();
        assert_eq!(shown, *expected, "{path}\n{text}");
    }
}

#[test]
fn coverage_gates_are_shares_of_a_hundred() {
    let cases: &[(&str, &str, Option<f64>)] = &[
        ("package.json", r#"{"jest": {"coverageThreshold": {"global": {"branches": 50, "lines": 80}}}}"#, Some(80.0)),
        ("package.json", r#"{"nyc": {"check-coverage": true, "lines": 75}}"#, Some(75.0)),
        ("package.json", r#"{"nyc": {"lines": 75}}"#, None),
        (
            "jest.config.js",
            "module.exports = {\n  // coverageThreshold: { global: { lines: 10 } },\n  coverageThreshold: {\n    './src/a.ts': { lines: 1 },\n    global: { branches: 50, functions: 60 },\n  },\n}\n",
            Some(50.0),
        ),
        (
            "vitest.config.ts",
            "export default defineConfig({ test: { coverage: { thresholds: { lines: 85 } } } })\n",
            Some(85.0),
        ),
        ("pyproject.toml", "[tool.coverage.report]\nfail_under = 90\n", Some(90.0)),
        (".coveragerc", "[report]\nfail_under = 72.5\n", Some(72.5)),
        ("codecov.yml", "coverage:\n  status:\n    project:\n      default:\n        target: 80%\n", Some(80.0)),
        ("codecov.yml", "coverage:\n  status:\n    project:\n      default:\n        target: auto\n", None),
        ("spec/spec_helper.rb", "SimpleCov.start do\n  minimum_coverage 95\nend\n", Some(95.0)),
        ("pom.xml", "<plugin><artifactId>jacoco-maven-plugin</artifactId><minimum>0.80</minimum></plugin>", Some(80.0)),
        (
            "build.gradle",
            "jacocoTestCoverageVerification { violationRules { rule { limit { minimum = 0.75 } } } }\n",
            Some(75.0),
        ),
        ("vite.config.ts", "export default {}\n", None),
    ];
    for (path, text, expected) in cases {
        let found = facts(path, text);
        let gate = found.iter().find(|fact| fact.kind == FactKind::Step);
        let value = gate.and_then(|fact| fact.get("threshold")).and_then(Node::as_number);
        assert_eq!(value, *expected, "{path}\n{text}");
    }
}

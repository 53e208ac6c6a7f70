//! Verdicts on declared lines, one beside what is built: proved, contradicted, unresolved, no evidence.

use trueup_tests::scan_memory;

/// Verdicts on the one claim that is declared, as words. Several rules may judge it; one that finds no evidence says
/// nothing where another finds some.
fn verdicts(section: &str, line: &str, built: &[(&str, &str)]) -> Vec<&'static str> {
    let document = format!("# Infrastructure & Deployment\n\n## {section}\n- {line}\n");
    let mut files = vec![("docs/infrastructure.md", document.as_str())];
    files.extend_from_slice(built);
    let mut words: Vec<_> = scan_memory(&files).claims.iter().map(|claim| claim.verdict.word()).collect();
    words.sort_unstable();
    words.dedup();
    if words.len() > 1 {
        words.retain(|word| *word != "no-evidence");
    }
    words
}

#[test]
fn https_everywhere_is_proved_refuted_or_left_open() {
    let secure = ("nginx.conf", "server { listen 443 ssl; server_name shop.acme-corp.io; ssl_certificate a.pem; }\n");
    let redirects = ("redirect.conf", "server { listen 80; return 301 https://$host$request_uri; }\n");
    let plain = ("plain.conf", "server { listen 80; location / { proxy_pass http://app; } }\n");
    let compose = ("docker-compose.yml", "services:\n  web:\n    image: acme/web:1\n    ports: [\"80:80\"]\n");
    for (built, expected) in [
        (vec![secure, redirects], "proved"),
        (vec![secure, plain], "contradicted"),
        // What stands behind the port of the image may redirect, or may not.
        (vec![secure, compose], "unresolved"),
        (vec![], "no-evidence"),
    ] {
        assert_eq!(verdicts("Security", "**SSL/HTTPS**: Enforced everywhere", &built), [expected], "{built:?}");
    }
}

#[test]
fn a_region_is_judged_by_what_stands_there() {
    let database = |region: &str| {
        format!(
            "provider \"aws\" {{\n  region = {region}\n}}\nresource \"aws_db_instance\" \"a\" {{\n  engine = \"postgres\"\n}}\n"
        )
    };
    for (region, expected) in
        [("\"eu-west-1\"", "proved"), ("\"us-east-1\"", "contradicted"), ("var.region", "unresolved")]
    {
        let text = database(region);
        let words = verdicts("Hosting Architecture", "**Primary Region**: eu-west-1", &[("main.tf", text.as_str())]);
        assert_eq!(words, [expected], "{region}");
    }
}

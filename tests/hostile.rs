//! Hostile input ends in notifications: no panic, no hang, nothing lost beside it.

use std::{fmt::Write as _, time::Instant};

use trueup_core::{
    error::NotificationId,
    probe::{Random, expand},
    report::Report,
};
use trueup_tests::{forms, scan_memory, written};

fn key() -> String {
    expand("sk_live_${alnum:24}", &mut Random::default()).unwrap()
}

/// Names of files whose grammar is put under load.
const NAMES: &[&str] = &[
    "a.json",
    "a.yaml",
    "a.tf",
    "a.toml",
    "a.xml",
    "Dockerfile",
    ".env",
    "a.ini",
    "nginx.conf",
    "a.md",
    "a.sql",
    "requirements.txt",
    "go.mod",
    "a.py",
    "a.js",
    "a.ts",
    "a.tsx",
    "a.go",
    "a.java",
    "a.rs",
    "Cargo.lock",
    "package-lock.json",
    "poetry.lock",
    "docs/infrastructure.md",
    ".github/workflows/ci.yml",
    "docker-compose.yml",
];

#[test]
fn deep_nesting_ends_soon_in_every_grammar() {
    for name in NAMES {
        for (open, close) in
            [("[", "]"), ("{", "}"), ("(", ")"), ("<a>", "</a>"), ("- ", ""), ("a {\n", "}\n"), ("> ", "")]
        {
            let text = format!("{}{}", open.repeat(50_000), close.repeat(50_000));
            let report = scan_memory(&[(name, &text), ("beside.py", &format!("K = '{}'", key()))]);
            assert!(report.findings.iter().any(|finding| finding.location.path == "beside.py"), "{name} {open}");
        }
    }
}

#[test]
fn truncated_and_broken_sources_keep_their_neighbours() {
    let broken =
        ["\u{0}\u{1}\u{2}", "\"", "'''", "{{{{", "${", "<!--", "a: [", "[[[package", "%YAML 9", "«»", "\r\r\n\r"];
    for name in NAMES {
        for text in broken {
            let report = scan_memory(&[(name, text), ("beside.py", &format!("K = '{}'", key()))]);
            assert!(report.findings.iter().any(|finding| finding.location.path == "beside.py"), "{name} {text:?}");
            for form in forms() {
                written(&report, form);
            }
        }
    }
}

#[test]
fn alias_bombs_end_in_a_notification() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let previous = format!("*a{}, ", level - 1).repeat(10);
        writeln!(bomb, "a{level}: &a{level} [{}]", previous.trim_end_matches(", ")).unwrap();
    }
    let report = scan_memory(&[("k8s/bomb.yaml", &bomb)]);
    assert!(!report.notifications.is_empty());
}

/// Notifications that a count limit was reached.
fn limits(report: &Report) -> Vec<&str> {
    let limits = report.notifications.iter().filter(|note| note.id == NotificationId::Limit);
    limits.map(|note| note.path.as_str()).collect()
}

#[test]
fn copies_of_a_long_text_do_not_fill_the_memory() {
    let long = "x".repeat(1_000_000);
    let objects = (0..1000).fold(String::new(), |mut all, at| {
        writeln!(all, "resource \"aws_s3_bucket\" \"b{at}\" {{\n  bucket = local.long\n}}").unwrap();
        all
    });
    for (name, text) in [
        ("a.yaml", format!("a: &a \"{long}\"\nb: [{}]\n", "*a, ".repeat(3000))),
        ("main.tf", format!("locals {{\n  long = \"{long}\"\n}}\n{objects}")),
    ] {
        let report = scan_memory(&[(name, &text), ("beside.py", &format!("K = '{}'", key()))]);
        assert_eq!(limits(&report).first(), Some(&name));
        assert!(report.findings.iter().any(|finding| finding.location.path == "beside.py"), "{name}");
    }
}

/// What took time in the square of its size: thousands of places on one line, of servers in one block.
#[test]
fn many_of_a_kind_take_time_in_proportion() {
    let many = |count: usize, make: &dyn Fn(usize) -> String| (0..count).map(make).collect::<String>();
    let sources = [
        ("a.sql", format!("CREATE TABLE t ({}id int);", many(20_000, &|at| format!("email{at} text, ")))),
        ("a.txt", format!("# {}", "trueup: ignore[".repeat(40_000))),
        (
            "nginx.conf",
            format!(
                "http {{ {} }}",
                many(4000, &|at| format!("server {{ listen 80; server_name a{at}.acme-corp.io; }} "))
            ),
        ),
        (
            "nginx/one.conf",
            format!(
                "server {{ {} {} }}",
                many(3000, &|at| format!("listen {}; ", at + 1)),
                many(3000, &|at| format!(
                    "location /{at} {{ try_files $uri @n{at}; }} location @n{at} {{ return 404; }} "
                ))
            ),
        ),
    ];
    let calls = "requests.get(url, verify=False)\n";
    let sources = sources.into_iter().chain([
        ("a.py", format!("import requests\n{calls}x = {}1\n", "lambda x: ".repeat(20_000))),
        ("a.js", format!("console.log(user.email); x = {}1\n", "a => ".repeat(50_000))),
        ("b.js", format!("console.log(user.email); {}", "function f() { g(a, b); ".repeat(20_000))),
        ("c.js", format!("console.log(user.email); {}", "if (a) { b = c; ".repeat(20_000))),
    ]);
    for (name, text) in sources {
        let start = Instant::now();
        let report = scan_memory(&[(name, &text), ("beside.py", &format!("K = '{}'", key()))]);
        assert!(report.findings.iter().any(|finding| finding.location.path == "beside.py"), "{name}");
        // What was not parsed would be quick, too.
        let is_program = name.ends_with(".py") || name.ends_with(".js");
        assert!(!is_program || report.findings.iter().any(|finding| finding.location.path == name), "{name}");
        // Seconds in a slow build; minutes when each looks at all others.
        assert!(start.elapsed().as_secs() < 30, "{name} took {:?}", start.elapsed());
    }
}

#[test]
fn what_is_left_out_for_its_number_is_told_of() {
    let items = |count: usize| (0..count).map(|at| format!("- **Item {at}**: value\n")).collect::<String>();
    let ports = (1..100).map(|port| format!("listen {port};\n")).collect::<String>();
    let many = |count: usize, make: &dyn Fn(usize) -> String| (0..count).map(make).collect::<String>();
    for (name, text) in [
        ("a.yaml", many(6000, &|at| format!("kind: Service\napiVersion: v1\nmetadata: {{name: s{at}}}\n---\n"))),
        (
            "compose.yaml",
            format!(
                "services:\n{}",
                many(2000, &|at| format!("  s{at}: {{image: \"redis:7\", ports: [\"80:80\"]}}\n"))
            ),
        ),
        (
            "template.yaml",
            format!("Resources:\n{}", many(6000, &|at| format!("  R{at}: {{Type: \"AWS::S3::Bucket\"}}\n"))),
        ),
        (
            ".github/workflows/ci.yml",
            format!(
                "on: push\njobs:\n{}",
                many(5000, &|at| format!("  j{}: {{needs: j{at}, steps: [run: make]}}\n", at + 1))
            ),
        ),
        (".gitlab-ci.yml", many(5000, &|at| format!("j{at}:\n  stage: s{at}\n  script: [make]\n"))),
        ("Jenkinsfile", many(10_000, &|at| format!("stage('s{at}') {{ steps {{ sh 'make' }} }}\n"))),
        ("requirements.txt", many(6000, &|at| format!("package-{at}==1.0\n"))),
        ("docs/infrastructure.md", format!("# Infrastructure\n\n## Hosting\n\n{}", items(5000))),
        ("nginx.conf", format!("server {{\n{ports}}}\n")),
        ("a.py", format!("import requests\nrequests.get(url, verify=False)\nx = {}\n", "(".repeat(600_000))),
    ] {
        let start = Instant::now();
        // Pipelines and manifests are only read where something is declared.
        let declared = ("docs/infrastructure.md", "# Infrastructure\n\n- **Region**: eu-west-1\n");
        let sources = if name == declared.0 { vec![(name, &*text)] } else { vec![(name, &*text), declared] };
        assert_eq!(limits(&scan_memory(&sources)), [name]);
        assert!(start.elapsed().as_secs() < 30, "{name} took {:?}", start.elapsed());
    }
}

#[test]
fn text_of_a_source_cannot_act_on_a_terminal_or_start_a_command() {
    let line = format!("K = '{}' # \u{1b}[2J\u{202e} ::error::x", key());
    let declared =
        "# Infrastructure\n\n- **Region**: eu\u{1b}[31m-\u{202e}west-1\n- **Primary Database**: [\u{202e}DB]\n";
    let report = scan_memory(&[("a\u{1b}[31m\n::warning::b.py", &line), ("docs/infrastructure.md", declared)]);
    assert!(report.claims.iter().any(|claim| claim.declared.contains('\u{202e}')));
    let open = report.findings.iter().filter(|finding| finding.is_open());
    assert_eq!(open.filter(|finding| finding.location.path.ends_with("b.py")).count(), 1);
    for form in forms() {
        let text = written(&report, form);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{form:?}");
        assert!(!text.lines().any(|line| line.starts_with("::warning::b")), "{form:?}");
    }
}

//! Hostile input ends in notifications: no panic, no hang, nothing lost beside it.

use std::fmt::Write as _;

use trueup_core::probe::{Random, expand};
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

#[test]
fn text_of_a_source_cannot_act_on_a_terminal_or_start_a_command() {
    let line = format!("K = '{}' # \u{1b}[2J\u{202e} ::error::x", key());
    let report = scan_memory(&[("a\u{1b}[31m\n::warning::b.py", &line)]);
    assert_eq!(report.findings.iter().filter(|finding| finding.is_open()).count(), 1);
    for form in forms() {
        let text = written(&report, form);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{form:?}");
        assert!(!text.lines().any(|line| line.starts_with("::warning::b")), "{form:?}");
    }
}

//! Whole small repositories with the report they must give.

use std::fs;

use trueup_core::emit::Form;
use trueup_tests::{root, scan_folder, written};

/// Rule, severity, path and line of each finding, one a line: what a reader of the expected file wants to see.
fn summary(folder: &std::path::Path) -> String {
    let report = scan_folder(folder, 0);
    let prefix = folder.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    let mut lines: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            let path = finding.location.path.trim_start_matches(&format!("{prefix}/")).to_owned();
            format!(
                "{path}:{} {} {} {}",
                finding.location.line(),
                finding.severity.word(),
                finding.rule,
                finding.kind.word()
            )
        })
        .collect();
    lines.sort();
    assert!(written(&report, Form::Json).contains("\"version\": 1"));
    lines.join("\n") + "\n"
}

#[test]
fn each_repository_gives_its_report() {
    let mut count = 0;
    for entry in fs::read_dir(root().join("fixtures")).unwrap() {
        let folder = entry.unwrap().path();
        let expected = folder.join("expected.txt");
        if !folder.is_dir() {
            continue;
        }
        count += 1;
        let found = summary(&folder);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &found).unwrap();
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(found, wanted, "{}: UPDATE=1 rewrites expected.txt", folder.display());
    }
    assert!(count >= 3, "{count} repositories");
}

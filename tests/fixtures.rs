//! Whole small repositories with the report they must give.

use std::{fs, path::Path};

use trueup_core::emit::Form;
use trueup_tests::{fixtures, root, scan_folder, written};

/// Rule, severity, path and line of each finding, one a line: what a reader of the expected file wants to see.
fn summary(folder: &Path) -> String {
    let report = scan_folder(folder, 0);
    let line = |finding: &trueup_core::finding::Finding| {
        let place = format!("{}:{}", finding.location.path, finding.location.line());
        format!("{place} {} {} {}\n", finding.severity.word(), finding.rule, finding.kind.word())
    };
    let mut lines: Vec<String> = report.findings.iter().map(line).collect();
    lines.sort();
    assert!(written(&report, Form::Json).contains("\"version\": 1"));
    lines.concat()
}

#[test]
fn each_repository_gives_its_report() {
    let (copy, mut count) = (fixtures(), 0);
    for entry in fs::read_dir(root().join("fixtures")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        count += 1;
        let expected = folder.join("expected.txt");
        let found = summary(&copy.path().join(folder.file_name().unwrap()));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &found).unwrap();
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(found, wanted, "{}: UPDATE=1 rewrites expected.txt", folder.display());
    }
    assert!(count >= 3, "{count} repositories");
}

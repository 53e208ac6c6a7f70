//! GitLab code quality: a JSON list of degradations.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use serde::Serialize;

use crate::{
    finding::{Finding, Severity},
    report::Report,
};

#[derive(Serialize)]
struct Degradation<'r> {
    description: Cow<'r, str>,
    check_name: &'r str,
    fingerprint: &'r str,
    severity: &'static str,
    location: Place<'r>,
}

#[derive(Serialize)]
struct Place<'r> {
    path: &'r str,
    lines: Begin,
}

#[derive(Serialize)]
struct Begin {
    begin: u32,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let list: Vec<Degradation<'_>> = report
        .findings
        .iter()
        .filter(|finding| finding.is_open())
        .map(|finding| Degradation {
            description: finding.placed_message(),
            check_name: &finding.rule,
            fingerprint: &finding.fingerprint.own,
            severity: word(finding.severity),
            location: Place { path: &finding.location.path, lines: Begin { begin: line(finding) } },
        })
        .collect();
    super::write_json(&list, out)
}

/// A line of the file of today; an old version's lines are none.
fn line(finding: &Finding) -> u32 {
    if finding.location.is_elsewhere() { 1 } else { finding.location.line().max(1) }
}

/// GitLab's words (documentation of the code quality report format).
fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}

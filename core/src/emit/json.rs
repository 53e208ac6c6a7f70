//! Our own JSON: what docs/json.md documents. `version` rises when a field changes its meaning or goes.

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    error::Notification,
    finding::{Finding, Kind, Severity},
    gate::{Gate, Verdict},
    report::{ClaimVerdict, Report, Repository},
};

/// Version of the form.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Json<'r> {
    version: u32,
    tool: Tool,
    verdict: Verdict,
    gate: &'r Gate,
    repository: Option<&'r Repository>,
    counts: Vec<Count>,
    findings: Vec<Entry<'r>>,
    claims: &'r [ClaimVerdict],
    notifications: &'r [Notification],
    fixed: usize,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Count {
    family: String,
    severity: Severity,
    count: usize,
}

/// A finding with what follows from its rule.
#[derive(Serialize)]
struct Entry<'r> {
    family: &'r str,
    title: &'r str,
    level: &'static str,
    precision: &'static str,
    #[serde(flatten)]
    finding: &'r Finding,
}

pub(super) fn write(report: &Report, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.counts().into_iter().flat_map(|(family, by_severity)| {
        by_severity.into_iter().map(move |(severity, count)| Count { family: family.clone(), severity, count })
    });
    let json = Json {
        version: VERSION,
        tool: Tool { name: "trueup", version: env!("CARGO_PKG_VERSION") },
        verdict: report.verdict,
        gate: &report.gate,
        repository: report.repository.as_ref(),
        counts: counts.collect(),
        findings: report
            .findings
            .iter()
            .filter(|finding| all || finding.kind == Kind::Fail)
            .map(|finding| entry(report, finding))
            .collect(),
        claims: &report.claims,
        notifications: &report.notifications,
        fixed: report.fixed,
    };
    super::write_json(&json, out)
}

fn entry<'r>(report: &'r Report, finding: &'r Finding) -> Entry<'r> {
    let rule = report.rule(&finding.rule);
    Entry {
        family: finding.family(),
        title: rule.map_or("", |rule| rule.title.as_str()),
        level: finding.level().word(),
        precision: rule.map_or("", |rule| rule.precision.word()),
        finding,
    }
}

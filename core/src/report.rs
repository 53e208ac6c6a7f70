//! The report: pure data, sorted, the same bytes for any number of threads.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    error::Notification,
    finding::{Finding, Location, Severity},
    gate::{Gate, Verdict},
    rule::Rule,
    vocabulary::Controls,
};

/// All of a scan.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The repository, when the scan was inside one.
    pub repository: Option<Repository>,
    /// Rules that ran, in order of id.
    pub rules: Vec<Arc<Rule>>,
    /// Matters and controls, for taxonomies.
    pub controls: Controls,
    /// Frameworks to show.
    pub frameworks: Vec<String>,
    /// Findings in order of path, region and rule; suppressed ones included.
    pub findings: Vec<Finding>,
    /// Verdict on each declared item and rule.
    pub claims: Vec<ClaimVerdict>,
    /// What was not analysed.
    pub notifications: Vec<Notification>,
    /// Findings of the baseline that are gone.
    pub fixed: usize,
    /// Terms of passing.
    pub gate: Gate,
    /// Whether they were met.
    pub verdict: Verdict,
    /// Counts and times; never part of a written report.
    pub stats: Stats,
}

/// The repository that was scanned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// Full id of the checked-out commit.
    pub commit: Option<String>,
    /// Branch, when on one.
    pub branch: Option<String>,
    /// Address of the remote, without credentials.
    pub remote: Option<String>,
}

/// What became of one declared item under one rule (or of an item that no rule judges).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimVerdict {
    /// Canonical id (`dr.rpo`).
    pub claim: String,
    /// As declared.
    pub declared: String,
    /// Where it is declared.
    pub location: Location,
    /// Rule that judged it; empty when none does.
    pub rule: String,
    /// The answer.
    pub verdict: ClaimState,
    /// Environment it was judged for.
    pub environment: String,
    /// What was built, in a few words, when known.
    pub built: Option<String>,
    /// Places that decided, first the deciding one.
    pub evidence: Vec<Location>,
}

/// Answer on a declared item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimState {
    /// Refuted by what is built.
    Contradicted,
    /// Borne out by what is built.
    Proved,
    /// Evidence exists, its value cannot be known here.
    Unresolved,
    /// Nothing was found, and absence decides nothing.
    NoEvidence,
    /// A person states it.
    Attested,
    /// A placeholder or an open choice.
    Unfilled,
    /// No rule judges it.
    NotChecked,
}

impl ClaimState {
    /// The stable word of properties and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Contradicted => "contradicted",
            Self::Proved => "proved",
            Self::Unresolved => "unresolved",
            Self::NoEvidence => "no-evidence",
            Self::Attested => "attested",
            Self::Unfilled => "unfilled",
            Self::NotChecked => "not-checked",
        }
    }
}

/// Counts and times of a run, for `--stats`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Sources read.
    pub sources: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Sources that are not text.
    pub binary: u64,
    /// Texts of archives and documents looked at.
    pub members: u64,
    /// Sources parsed.
    pub parsed: u64,
    /// Facts built.
    pub facts: u64,
    /// Sources read a second time to draw frames of findings that need several sources.
    pub reread: u64,
    /// Commits whose files were looked at.
    pub commits: u64,
    /// Texts of the history looked at, each once.
    pub versions: u64,
    /// Their bytes.
    pub version_bytes: u64,
    /// Contents of the history that are not text.
    pub version_binary: u64,
    /// Contents of the history that were not read along the deltas of a pack.
    pub version_by_id: u64,
    /// Seconds by phase, in order.
    pub phases: Vec<(&'static str, f64)>,
}

impl Report {
    /// Number of open findings by family and severity.
    pub fn counts(&self) -> BTreeMap<String, BTreeMap<Severity, usize>> {
        let mut counts: BTreeMap<String, BTreeMap<Severity, usize>> = BTreeMap::new();
        for rule in &self.rules {
            counts.entry(rule.family().to_owned()).or_default();
        }
        for finding in self.findings.iter().filter(|finding| finding.is_open()) {
            *counts.entry(finding.family().to_owned()).or_default().entry(finding.severity).or_default() += 1;
        }
        counts
    }

    /// The rule of an id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id).map(Arc::as_ref)
    }

    /// Findings that fail the gate, worst first, then in order of place.
    pub fn deciding(&self) -> Vec<&Finding> {
        let mut deciding: Vec<&Finding> = self.findings.iter().filter(|finding| self.gate.decides(finding)).collect();
        deciding.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        deciding
    }
}

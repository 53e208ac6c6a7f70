//! The gate: findings and notifications to a verdict.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    error::{Notification, NotificationId},
    finding::{BaselineState, Finding, Severity},
};

/// Terms of passing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Lowest severity that fails.
    pub fail_on: Threshold,
    /// Other thresholds by family.
    pub families: BTreeMap<String, Threshold>,
    /// Only findings that are not in the baseline count.
    pub new_only: bool,
    /// What was not understood makes the verdict incomplete.
    pub incomplete_fails: bool,
    /// Advisories were asked for: without data the verdict is incomplete whatever else is set.
    pub advisories_required: bool,
}

/// Lowest severity that fails, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Threshold {
    /// Nothing fails.
    Never,
    /// Info and above: everything.
    Info,
    /// Low and above.
    Low,
    /// Medium and above.
    Medium,
    /// High and above.
    High,
    /// Critical only.
    Critical,
}

impl Threshold {
    /// True when a finding of that severity fails.
    pub fn catches(self, severity: Severity) -> bool {
        match self {
            Self::Never => false,
            Self::Info => true,
            Self::Low => severity >= Severity::Low,
            Self::Medium => severity >= Severity::Medium,
            Self::High => severity >= Severity::High,
            Self::Critical => severity >= Severity::Critical,
        }
    }

    /// The word used in configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            fail_on: Threshold::High,
            families: BTreeMap::new(),
            new_only: false,
            incomplete_fails: false,
            advisories_required: false,
        }
    }
}

/// Answer of the gate, worst last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing that fails was found.
    #[default]
    Pass,
    /// The scan could not look at something it was asked to look at.
    Incomplete,
    /// Something that fails was found.
    Fail,
}

impl Verdict {
    /// Exit status: 0 pass, 1 fail, 2 incomplete.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Incomplete => 2,
        }
    }

    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Incomplete => "incomplete",
        }
    }
}

impl Gate {
    /// The threshold for a family.
    pub fn threshold(&self, family: &str) -> Threshold {
        self.families.get(family).copied().unwrap_or(self.fail_on)
    }

    /// True when this finding fails the gate.
    pub fn decides(&self, finding: &Finding) -> bool {
        finding.is_open()
            && self.threshold(finding.family()).catches(finding.severity)
            && !(self.new_only && finding.baseline == BaselineState::Unchanged)
    }

    /// Judges a scan. A failing finding outweighs what could not be looked at.
    pub fn judge(&self, findings: &[Finding], notifications: &[Notification]) -> Verdict {
        if findings.iter().any(|finding| self.decides(finding)) {
            return Verdict::Fail;
        }
        let blind = notifications.iter().any(|notification| match notification.id {
            NotificationId::NoAdvisories => self.advisories_required,
            NotificationId::Cancelled => true,
            id => self.incomplete_fails && id.is_incomplete(),
        });
        if blind { Verdict::Incomplete } else { Verdict::Pass }
    }
}

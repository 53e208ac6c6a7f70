//! Findings in the making: matched, not yet placed in lines nor given an identity.

use std::{collections::BTreeMap, sync::Arc};

use super::verify::Held;
use crate::{
    classify::{Role, role_of},
    fact::Environment,
    finding::{Kind, Severity},
    rule::{InTests, Rule},
    source::SourceId,
    span::Span,
};

/// A place in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) source: SourceId,
    pub(super) span: Span,
}

/// A match of a rule.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// Index into `Plan::rules`.
    pub(super) rule: usize,
    pub(super) severity: Severity,
    pub(super) kind: Kind,
    pub(super) message: String,
    pub(super) evidence: Option<String>,
    pub(super) at: At,
    pub(super) related: Vec<(At, String)>,
    pub(super) flow: Vec<(At, String)>,
    /// What makes it the same finding tomorrow, beside rule and path; no secret in it.
    pub(super) identity: String,
    /// The identity, not the line, tells it from others at its place: several advisories stand on one package.
    pub(super) stable: bool,
    pub(super) properties: BTreeMap<String, serde_json::Value>,
    /// The secret itself, only when its provider is to be asked.
    pub(super) held: Option<Arc<Held>>,
}

impl Draft {
    /// A failing draft of a rule.
    pub(super) fn new(index: usize, rule: &Rule, at: At, message: String, identity: String) -> Self {
        Self {
            rule: index,
            severity: rule.severity,
            kind: Kind::Fail,
            message,
            evidence: None,
            at,
            related: Vec::new(),
            flow: Vec::new(),
            identity,
            stable: false,
            properties: BTreeMap::new(),
            held: None,
        }
    }
}

/// The severity of a match in a file of that path; `None` when it is not to be reported.
pub(super) fn severity_in(rule: &Rule, severity: Severity, path: &str, environment: Environment) -> Option<Severity> {
    let shipped = environment != Environment::Test && matches!(role_of(path), Role::Product | Role::Generated);
    // Generated code is shipped, and repeats what its source says: where tests are skipped, so is it.
    let is_source = role_of(path) != Role::Generated || rule.in_tests != InTests::Skip;
    if shipped && is_source {
        return Some(severity);
    }
    match rule.in_tests {
        InTests::Same => Some(severity),
        InTests::Skip => None,
        InTests::Info => Some(Severity::Info),
        InTests::Medium => Some(severity.min(Severity::Medium)),
        InTests::Lower => Some(match severity {
            Severity::Critical => Severity::High,
            Severity::High => Severity::Medium,
            Severity::Medium => Severity::Low,
            Severity::Low | Severity::Info => Severity::Info,
        }),
    }
}

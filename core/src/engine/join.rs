//! Join rules: a fact that others of the repository bear out or refute. Claims of the declared document are judged
//! here, and so is anything else that takes two facts.

use std::collections::BTreeSet;

use super::{
    draft::{At, Draft, severity_in},
    facts::{PathOf, origins, place, selects, value_of},
    plan::Plan,
};
use crate::{
    fact::{Environment, Fact, FactKind, Inventory, Strength},
    finding::Kind,
    report::ClaimState,
    rule::{Join, Matcher, Rule, Scope, Select, Truth, fill},
};

/// Verdict of one join rule on one fact.
pub(super) struct Judgement<'f> {
    pub(super) rule: usize,
    pub(super) left: &'f Fact,
    pub(super) state: ClaimState,
    /// Deciding evidence, the first one deciding most.
    pub(super) evidence: Vec<(At, &'static str)>,
    pub(super) built: Option<String>,
    pub(super) draft: Option<Draft>,
}

/// What the selections of one side say.
#[derive(Default)]
struct Side<'f> {
    yes: Vec<(&'f Fact, Option<&'f str>)>,
    unknown: Vec<(&'f Fact, Option<&'f str>)>,
}

/// Judges every join rule on the inventory. Only one document's claims count: the caller has chosen them.
pub(super) fn run<'f>(plan: &'f Plan<'_>, inventory: &'f Inventory, path_of: &PathOf<'_>) -> Vec<Judgement<'f>> {
    let mut judgements = Vec::new();
    for (index, rule) in plan.rules.iter().enumerate() {
        let Matcher::Join(join) = &rule.matcher else { continue };
        // Instances of one module are one fault of its source; every claim is answered.
        let mut seen = BTreeSet::new();
        for left in inventory.of(join.left.kind) {
            if selects(&join.left, left, Scope::default()) != Truth::Yes {
                continue;
            }
            let mut judgement = judge(index, rule, join, left, inventory, path_of);
            if let Some(judgement) = &mut judgement
                && left.kind != FactKind::Claim
                && judgement.draft.as_ref().is_some_and(|draft| !seen.insert((draft.at, draft.kind)))
            {
                judgement.draft = None;
            }
            judgements.extend(judgement);
        }
    }
    judgements
}

fn judge<'f>(
    index: usize,
    rule: &Rule,
    join: &'f Join,
    left: &'f Fact,
    inventory: &'f Inventory,
    path_of: &PathOf<'_>,
) -> Option<Judgement<'f>> {
    match left.text("state") {
        Some("unfilled") => return Some(settled(index, left, ClaimState::Unfilled)),
        Some("attested") => return Some(settled(index, left, ClaimState::Attested)),
        Some("none" | "invalid") => return None,
        _ => {}
    }
    let refutes = side(&join.refutes, left, inventory, Strength::Default);
    let supports = side(&join.supports, left, inventory, Strength::Indirect);
    let closed = join.closed || !side(&join.closed_if, left, inventory, Strength::Indirect).yes.is_empty();
    let (state, deciding, role): (_, &[(&Fact, Option<&str>)], _) = if !refutes.yes.is_empty() {
        (ClaimState::Contradicted, &refutes.yes, "refutes")
    } else if !supports.yes.is_empty() && !(join.every && !refutes.unknown.is_empty()) {
        (ClaimState::Proved, &supports.yes, "supports")
    } else if !supports.unknown.is_empty() || !refutes.unknown.is_empty() {
        let open = if supports.unknown.is_empty() { &refutes.unknown } else { &supports.unknown };
        (ClaimState::Unresolved, open, "not resolved")
    } else if closed {
        (ClaimState::Contradicted, &[], "")
    } else {
        (ClaimState::NoEvidence, &[], "")
    };
    let mut evidence: Vec<(At, &'static str)> =
        deciding.iter().map(|(fact, field)| (place(fact, *field), role)).collect();
    if state == ClaimState::Contradicted {
        evidence.extend(supports.yes.iter().map(|(fact, field)| (place(fact, *field), "supports")));
    }
    let built = deciding.first().and_then(|(fact, field)| built(fact, *field));
    let draft = draft(index, rule, left, deciding.first().copied(), state, &evidence, path_of);
    Some(Judgement { rule: index, left, state, evidence, built, draft })
}

fn settled(rule: usize, left: &Fact, state: ClaimState) -> Judgement<'_> {
    Judgement { rule, left, state, evidence: Vec::new(), built: None, draft: None }
}

/// Facts that the selections choose, for and with open values, among those in scope of the judged fact.
fn side<'f>(selects_of: &'f [Select], left: &'f Fact, inventory: &'f Inventory, weakest: Strength) -> Side<'f> {
    let mut side = Side::default();
    for select in selects_of {
        for fact in inventory.of(select.kind) {
            let in_scope =
                is_in_scope(left, fact) && fact.strength <= weakest.min(select.strength) && !std::ptr::eq(left, fact);
            if !in_scope {
                continue;
            }
            match selects(select, fact, Scope { left: Some(left) }) {
                Truth::Yes => side.yes.push((fact, select.at.as_deref())),
                Truth::Unknown => side.unknown.push((fact, select.at.as_deref())),
                Truth::No => {}
            }
        }
    }
    side
}

/// Evidence counts for its own environment; what names none counts for each. Tests and examples never count.
fn is_in_scope(left: &Fact, right: &Fact) -> bool {
    if right.environment == Environment::Test {
        return false;
    }
    left.environment == Environment::Any
        || right.environment == Environment::Any
        || left.environment == right.environment
}

fn built(fact: &Fact, field: Option<&str>) -> Option<String> {
    match field {
        Some(field) => value_of(fact, field),
        None => Some(fact.name.clone()),
    }
}

fn draft(
    index: usize,
    rule: &Rule,
    left: &Fact,
    deciding: Option<(&Fact, Option<&str>)>,
    state: ClaimState,
    evidence: &[(At, &'static str)],
    path_of: &PathOf<'_>,
) -> Option<Draft> {
    let kind = match state {
        ClaimState::Contradicted => Kind::Fail,
        ClaimState::Proved => Kind::Pass,
        ClaimState::Unresolved => Kind::Open,
        ClaimState::NoEvidence => Kind::Review,
        ClaimState::Attested => Kind::Informational,
        ClaimState::Unfilled | ClaimState::NotChecked => Kind::NotApplicable,
    };
    let declared = At { source: left.source, span: left.span };
    let at = deciding.map_or(declared, |(fact, field)| place(fact, field));
    let message = match state {
        ClaimState::Contradicted => fill(&rule.message, &|hole| hole_of(hole, left, deciding.map(|(fact, _)| fact))),
        _ => format!("{}: {}", rule.title, state.word()),
    };
    let right = deciding.map_or("", |(fact, _)| fact.name.as_str());
    let identity = format!("join#{}#{}#{right}", left.name, left.environment.word());
    let mut draft = Draft::new(index, rule, at, message, identity);
    draft.kind = kind;
    draft.stable = left.kind == FactKind::Claim;
    draft.severity = severity_in(rule, rule.severity, path_of(at.source), Environment::Any)
        .unwrap_or(rule.severity)
        .max(if at == declared { rule.severity } else { crate::finding::Severity::Info });
    if at != declared {
        draft.related.push((declared, "declared here".into()));
    }
    draft
        .related
        .extend(evidence.iter().filter(|(place, _)| *place != at).map(|(place, role)| (*place, (*role).to_owned())));
    if let Some((fact, field)) = deciding {
        draft.related.extend(origins(fact, field));
    }
    if left.kind == FactKind::Claim {
        draft.properties.insert("claim".into(), left.name.clone().into());
        draft.properties.insert("verdict".into(), state.word().into());
        draft.properties.insert("environment".into(), left.environment.word().into());
        let strength = deciding.map_or("none", |(fact, _)| strength_word(fact.strength));
        draft.properties.insert("strength".into(), strength.into());
    }
    Some(draft)
}

fn strength_word(strength: Strength) -> &'static str {
    match strength {
        Strength::Explicit => "explicit",
        Strength::Default => "default",
        Strength::Indirect => "indirect",
        Strength::Mention => "mention",
    }
}

fn hole_of(hole: &str, left: &Fact, right: Option<&Fact>) -> Option<String> {
    match hole.split_once('.') {
        Some(("left", rest)) => value_of(left, rest),
        Some(("right", rest)) => Some(right.and_then(|fact| value_of(fact, rest)).unwrap_or_else(|| "nothing".into())),
        _ if hole == "environment" => Some(left.environment.word().to_owned()),
        _ => None,
    }
}

//! Fact and flow rules: conditions on what extractors said.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    draft::{At, Draft, severity_in},
    plan::Plan,
};
use crate::{
    classify::classify,
    extract::Flow,
    fact::{Environment, Fact, Strength},
    rule::{Matcher, Rule, Scope, Select, Truth, fill},
    source::SourceId,
    span::Span,
    syntax::{Node, Origin, Value},
};

/// Path of a source, for weighing matches by what the file is for.
pub(super) type PathOf<'a> = dyn Fn(SourceId) -> &'a str + 'a;

/// Judges a fact against a selection: kind, name, strength, environment, conditions.
pub(super) fn selects(select: &Select, fact: &Fact, scope: Scope<'_>) -> Truth {
    let fits = select.kind == fact.kind
        && fact.strength <= select.strength.max(Strength::Explicit)
        && (select.environments.is_empty()
            || fact.environment == Environment::Any
            || select.environments.contains(&fact.environment));
    if !fits {
        return Truth::No;
    }
    let name = select.name.as_ref().map_or(Truth::Yes, |test| test.holds_text(&fact.name, scope));
    if name == Truth::No {
        return Truth::No;
    }
    let conditions = select.any.iter().map(|table| table.holds(fact, scope)).max().unwrap_or(Truth::Yes);
    name.min(conditions)
}

/// Where a finding about a fact points: the field, where it is written in the fact's own source, else the fact.
pub(super) fn place(fact: &Fact, field: Option<&str>) -> At {
    let written = field.and_then(|field| fact.get(field)).filter(|node| !node.span.is_empty());
    match written {
        Some(node) => At { source: fact.source, span: node.span },
        None => At { source: fact.source, span: fact.span },
    }
}

/// Places that a field's value was followed through.
pub(super) fn origins(fact: &Fact, field: Option<&str>) -> Vec<(At, String)> {
    match field.and_then(|field| fact.get(field)).map(|node| &node.origin) {
        Some(Origin::Resolved(places)) => {
            places.iter().map(|&(source, span)| (At { source, span }, "the value is set here".to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

/// True when a selection looks in sources of that path: it may name languages.
fn reads(select: &Select, path: &str) -> bool {
    select.languages.is_empty() || select.languages.contains(&classify(path, "").format)
}

/// Fact rules on facts of one source, or on linked facts.
pub(super) fn run(plan: &Plan<'_>, facts: &[Fact], path_of: &PathOf<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (index, rule) in plan.rules.iter().enumerate() {
        let Matcher::Fact(select) = &rule.matcher else { continue };
        // Two instances of one module are one fault of its source: the first speaks for all.
        let mut seen = BTreeSet::new();
        for fact in facts.iter().filter(|fact| selects(select, fact, Scope::default()) == Truth::Yes) {
            if !reads(select, path_of(fact.source)) {
                continue;
            }
            if seen.insert(place(fact, select.at.as_deref())) {
                drafts.extend(draft(index, rule, select, fact, path_of));
            }
        }
    }
    drafts
}

fn draft(index: usize, rule: &Rule, select: &Select, fact: &Fact, path_of: &PathOf<'_>) -> Option<Draft> {
    let field = select.at.as_deref();
    let message = fill(&rule.message, &|hole| value_of(fact, hole));
    let identity = format!("{}#{}#{}", fact.kind.word(), fact.name, field.unwrap_or_default());
    let mut draft = Draft::new(index, rule, place(fact, field), message, identity);
    draft.severity = severity_in(rule, rule.severity, path_of(fact.source), fact.environment)?;
    draft.evidence = evidence(fact, field);
    draft.related = origins(fact, field);
    Some(draft)
}

/// How we know the value of the field that a finding points at.
fn evidence(fact: &Fact, field: Option<&str>) -> Option<String> {
    match field.and_then(|field| fact.get(field)).map(|node| &node.origin) {
        Some(Origin::Default(since)) if since.is_empty() => Some("provider default".into()),
        Some(Origin::Default(since)) => Some(format!("provider default ({since})")),
        _ => None,
    }
}

/// Flow rules on the flows of one source.
pub(super) fn run_flows(plan: &Plan<'_>, facts: &[Fact], flows: &[Flow], path_of: &PathOf<'_>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for (index, rule) in plan.rules.iter().enumerate() {
        let Matcher::Flow(wanted) = &rule.matcher else { continue };
        // One finding for one call, however many data it is handed: by the place of the call, which draft tells of it.
        let mut told: BTreeMap<Span, usize> = BTreeMap::new();
        for flow in flows {
            let (Some(from), Some(to)) = (facts.get(flow.from), facts.get(flow.to)) else { continue };
            let made_harmless = flow.through.iter().any(|role| wanted.unless_through.contains(role));
            let meant = selects(&wanted.from, from, Scope::default()) == Truth::Yes
                && selects(&wanted.to, to, Scope::default()) == Truth::Yes;
            if made_harmless || !meant || !reads(&wanted.to, path_of(to.source)) {
                continue;
            }
            let Some(severity) = severity_in(rule, rule.severity, path_of(from.source), from.environment) else {
                continue;
            };
            let message = fill(&rule.message, &|hole| match hole.split_once('.') {
                Some(("from", rest)) => value_of(from, rest),
                Some(("to", rest)) => value_of(to, rest),
                _ => None,
            });
            let at = At { source: from.source, span: flow.span };
            if let Some(first) = told.get(&to.span).and_then(|&first| drafts.get_mut(first)) {
                if first.severity == severity && first.at != at && !first.related.iter().any(|(other, _)| *other == at)
                {
                    first.related.push((at, format!("so does {}", value_of(from, "name").unwrap_or_default())));
                }
                continue;
            }
            let identity = format!("flow#{}#{}", from.name, to.name);
            let mut draft = Draft::new(index, rule, at, message, identity);
            draft.severity = severity;
            draft.flow = way(from, to, flow);
            told.insert(to.span, drafts.len());
            drafts.push(draft);
        }
    }
    drafts
}

fn way(from: &Fact, to: &Fact, flow: &Flow) -> Vec<(At, String)> {
    let source = from.source;
    let step = |span: Span, message: &str| (At { source, span }, message.to_owned());
    std::iter::once(step(from.span, "personal data is read here"))
        .chain(flow.steps.iter().map(|&span| step(span, "it is kept under another name")))
        .chain(std::iter::once(step(to.span, "it is handed over here")))
        .collect()
}

/// The text of a hole: a field of the fact, or its name.
pub(super) fn value_of(fact: &Fact, hole: &str) -> Option<String> {
    match fact.get(hole) {
        Some(node) => Some(shown(node)),
        None if hole == "name" => Some(clean(&fact.name)),
        None => None,
    }
}

fn shown(node: &Node) -> String {
    match &node.value {
        Value::Null => "nothing".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) | Value::Unknown(text) => clean(text),
        Value::List(items) => items.iter().take(8).map(shown).collect::<Vec<_>>().join(", "),
        Value::Map(entries) => {
            entries.iter().take(8).filter_map(|(key, _)| key.as_str().map(clean)).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Text of a source as it may stand in a message: one line, no control characters, not endless.
fn clean(text: &str) -> String {
    let mut out: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(120).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

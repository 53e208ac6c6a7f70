//! The pass over one source: read once, searched once, parsed at most once.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    decode::{self, Layers},
    draft::{At, Draft},
    facts,
    members::Inner,
    outline,
    place::{Places, resolve},
    plan::Plan,
    text,
    trigger::{Interest, Mark},
};
use crate::{
    classify::{FileKind, Format, Role, classify},
    error::{Notification, NotificationId},
    extract::{Context, Extraction, Fragment, Wanted, extract, is_read_by_name, may_be_read},
    fact::{Environment, Fact, FactKind},
    rule::Matcher,
    source::Source,
    span::{Lines, Span},
    suppress::{self, Inline},
    syntax,
};

/// Most findings of one rule in one source.
pub(super) const MOST: usize = 1000;

/// What one source gave.
#[derive(Default)]
pub(super) struct Outcome {
    /// Matches whose places are all in this source, with the places.
    pub(super) drafts: Vec<Draft>,
    pub(super) places: Places,
    /// Facts that joins and advisories ask for.
    pub(super) facts: Vec<Fact>,
    pub(super) fragments: Vec<Fragment>,
    /// Suppressions in comments, with their places.
    pub(super) inlines: Vec<Inline>,
    /// Spans to mask when this source is shown.
    pub(super) secrets: Vec<Span>,
    pub(super) notifications: Vec<Notification>,
    pub(super) bytes: u64,
    pub(super) parsed: bool,
    pub(super) built: u64,
    pub(super) binary: bool,
    /// What members of an archive gave, and how many were looked at.
    pub(super) inner: Vec<Inner>,
    pub(super) members: u64,
}

/// Looks at one source; `declared` says that some document makes claims to check.
pub(super) fn look(plan: &Plan<'_>, source: &Source, declared: bool) -> Outcome {
    let text = &*source.text;
    let kind = classify(&source.path, text.get(..text.floor_char_boundary(4096)).unwrap_or_default());
    let mut outcome = Outcome { bytes: text.len() as u64, ..Outcome::default() };
    let heard = plan.triggers.hear(text);
    let layers = if plan.texts.is_empty() { Layers::default() } else { decode::layers(text) };
    if layers.is_cut {
        let message = "more is encoded here than is decoded of one file; the rest was read as it stands";
        outcome.notifications.push(Notification::new(&*source.path, NotificationId::Limit, message));
    }
    if !heard.texts.is_empty() || !heard.suppressions.is_empty() || !layers.all.is_empty() {
        let lines = Lines::new(text);
        let found = text::run(plan, source, &lines, &heard.texts, &layers);
        outcome.drafts = found.drafts;
        outcome.secrets = found.secrets;
        outcome.inlines = inlines(plan, &lines, text, &heard.suppressions);
    }
    let wanted = plan.wanted(declared);
    let people = &plan.vocabulary.personal_data;
    // Programs are parsed only for words that some rule waits for; data files are small and say what they are.
    let parse = kind.role != Role::Vendored
        && wanted.any(&FactKind::ALL)
        && (is_read_by_name(&source.path, plan.vocabulary)
            || match kind.format.is_program() {
                true => plan.triggers.ask_for_parse(&heard, text, kind, declared, people),
                // Where only claims are asked for, nothing but documents can answer.
                false => {
                    syntax::has_tree(kind.format)
                        && (kind.format == Format::Markdown || wanted != Wanted::default().and(FactKind::Claim))
                        && may_be_read(&source.path, kind, text, plan.vocabulary)
                }
            });
    if parse {
        let reduced = reduced(plan, source, kind, &heard.interest);
        // Documents are read line by line, and not from a tree.
        let (document, mut notes) = match kind.format {
            Format::Markdown => Default::default(),
            format => syntax::parse(&reduced, format),
        };
        let cx = Context { source: &reduced, kind, document: &document, vocabulary: plan.vocabulary, wanted };
        let mut extraction = extract(&cx);
        notes.append(&mut extraction.notifications);
        outcome.notifications.append(&mut notes);
        outcome.parsed = true;
        match_facts(plan, source, kind, extraction, declared, &mut outcome);
    }
    limit(plan, source, &mut outcome);
    place(plan, source, &mut outcome);
    outcome
}

/// The suppressions that stand at marks, ours and those of other scanners.
pub(super) fn inlines(plan: &Plan<'_>, lines: &Lines<'_>, text: &str, marks: &[(usize, Mark)]) -> Vec<Inline> {
    let comments = &plan.vocabulary.comments.comment;
    let inline = |&(at, mark): &(usize, Mark)| match mark {
        Mark::Own => suppress::inline(lines, text, at),
        Mark::Other(index) => suppress::foreign(lines, text, at, comments.get(index)?),
    };
    marks.iter().filter_map(inline).collect()
}

/// A program without what no rule can find anything in; every other source as it is.
fn reduced<'s>(plan: &Plan<'_>, source: &'s Source, kind: FileKind, interest: &Interest) -> Cow<'s, Source> {
    if !kind.format.is_program() || is_read_by_name(&source.path, plan.vocabulary) {
        return Cow::Borrowed(source);
    }
    match outline::reduce(&source.text, interest, plan.triggers.categories, &plan.vocabulary.personal_data) {
        Cow::Borrowed(_) => Cow::Borrowed(source),
        Cow::Owned(text) => Cow::Owned(Source { text: text.into(), ..source.clone() }),
    }
}

/// Keeps the first findings of each rule: more of one kind in one source would say the same.
fn limit(plan: &Plan<'_>, source: &Source, outcome: &mut Outcome) {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    outcome.drafts.retain(|draft| {
        let count = counts.entry(draft.rule).or_default();
        *count += 1;
        *count <= MOST
    });
    for (rule, count) in counts.into_iter().filter(|(_, count)| *count > MOST) {
        let id = plan.rules.get(rule).map_or("", |rule| rule.id.as_str());
        let message = format!("{id} has {count} findings here; {MOST} are reported");
        outcome.notifications.push(Notification::new(&*source.path, NotificationId::Limit, message));
    }
}

/// Runs fact and flow rules, and keeps the facts that are asked for later.
fn match_facts(
    plan: &Plan<'_>,
    source: &Source,
    kind: FileKind,
    mut extraction: Extraction,
    declared: bool,
    outcome: &mut Outcome,
) {
    for fact in &mut extraction.facts {
        settle_environment(fact, kind.role);
    }
    outcome.built = extraction.facts.len() as u64;
    let path_of = |_| &*source.path;
    outcome.drafts.extend(facts::run(plan, &extraction.facts, &path_of));
    if plan.rules.iter().any(|rule| matches!(rule.matcher, Matcher::Flow(_))) {
        outcome.drafts.extend(facts::run_flows(plan, &extraction.facts, &extraction.flows, &path_of));
    }
    outcome.fragments = extraction.fragments;
    outcome.facts = extraction.facts;
    outcome.facts.retain(|fact| plan.keeps(fact, declared));
    outcome.facts.shrink_to_fit();
}

/// What stands in a test, an example or a document is not deployed; a declaration speaks for what it names.
pub(super) fn settle_environment(fact: &mut Fact, role: Role) {
    // The example of a settings file is what every developer copies: it speaks for development and nothing else.
    let is_template =
        role == Role::Example && fact.environment == Environment::Development && fact.kind == FactKind::Endpoint;
    let shipped = matches!(role, Role::Product | Role::Generated) || is_template;
    if !shipped && fact.kind != FactKind::Claim {
        fact.environment = Environment::Test;
    }
}

/// Resolves the places of drafts that need no other source; the others wait.
fn place(plan: &Plan<'_>, source: &Source, outcome: &mut Outcome) {
    let wanted: BTreeSet<At> = outcome.drafts.iter().flat_map(Draft::places).collect();
    let inlines: BTreeSet<At> =
        outcome.inlines.iter().map(|inline| At { source: source.id, span: inline.span }).collect();
    let wanted: BTreeSet<At> = wanted.union(&inlines).copied().collect();
    let secrets = std::mem::take(&mut outcome.secrets);
    resolve(plan, source, &secrets, &wanted, &mut outcome.places);
    outcome.secrets = secrets;
}

impl Draft {
    /// Every place it names.
    pub(super) fn places(&self) -> impl Iterator<Item = At> + '_ {
        let others = self.related.iter().chain(&self.flow).map(|(at, _)| *at);
        std::iter::once(self.at).chain(others)
    }
}

//! YAML: several documents, anchors, CloudFormation's tags, templates, and files that are broken somewhere.

mod build;
mod repair;
mod scalar;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Parser};

use self::{
    build::{Builder, Note},
    repair::{Patch, line_start},
};
use super::{Document, scan::Defects, template};
use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::Span,
};

/// Parses one source. Every document that holds anything is a root.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text: &str = &source.text;
    let mut found = read(source, text);
    found.notes.sort_by_key(|&(span, id, message)| (span, id, message));
    let mut defects = Defects::default();
    for (span, id, message) in found.notes {
        defects.note(text, span, id, message);
    }
    (Document { roots: found.roots }, defects.notifications(source))
}

/// Reads a text as it stands, or as the template that it is.
fn read(source: &Source, text: &str) -> Reading {
    let masked = |text| {
        let (masked, masks) = template::mask(text);
        Reading::of(source, &masked, masks)
    };
    // A line that begins with a tag is no YAML, whatever the rest says.
    let hidden = match template::has_leading_tag(text).then(|| masked(text)) {
        Some(hidden) if hidden.notes.is_empty() => return hidden,
        hidden => hidden,
    };
    let plain = Reading::of(source, text, Vec::new());
    if !template::has_marks(text) || (!plain.as_map && plain.notes.is_empty()) {
        return plain;
    }
    let hidden = hidden.unwrap_or_else(|| masked(text));
    if plain.as_map || hidden.notes.len() <= plain.notes.len() { hidden } else { plain }
}

/// Nesting that the parser counts; more is kept by nobody, and the parser needs no stack for it.
const NESTING: usize = 10_000;

/// Most places of one source where reading is taken up again.
const MOST_RESUMES: usize = 64;

/// Most parts of one source that are hidden so that the rest of their document can be read.
const MOST_PATCHES: usize = 16;

/// What one reading of a text gave.
struct Reading {
    roots: Vec<super::Node>,
    notes: Vec<Note>,
    as_map: bool,
}

/// Where and why the parser gave up.
struct Failure {
    at: usize,
    kind: ErrorKind,
    /// Start of the last thing that was understood.
    reached: usize,
    /// Start of the outermost open bracket.
    bracket: Option<usize>,
    /// Start of the outermost open collection, and whether it is a list.
    outermost: Option<(usize, bool)>,
    /// Start of the document, and what had been read and noted before it.
    document: (usize, usize, usize),
}

impl Reading {
    /// Reads `given`, which is the source's text with some parts hidden.
    fn of(source: &Source, given: &str, masks: Vec<Span>) -> Self {
        let mut work = Cow::Borrowed(given);
        let mut builder = Builder::new(&source.text, source.id, masks);
        let mut failures: Vec<Note> = Vec::new();
        let (mut start, mut resumes, mut patches) = (0, 0, 0);
        // Each failure costs another look at a part of the text; in all they must not cost more than this.
        let mut budget = given.len().saturating_mul(16) + 100_000;
        while let Some(failure) = run(&work, start, &mut builder, false) {
            budget = budget.saturating_sub(failure.at.saturating_sub(start) + 1);
            let place = repair::place(&work, &failure);
            failures.push((place, id_of(&failure.kind), message_of(&failure.kind)));
            if resumes == MOST_RESUMES || budget == 0 {
                failures.push((place, NotificationId::Limit, "has too many defects; the rest was not read"));
                break;
            }
            let patch = if patches < MOST_PATCHES && !builder.resumes_now() {
                work_with(&work, source, &failure, &mut budget)
            } else {
                None
            };
            if let Some((patched, span)) = patch {
                patches += 1;
                let (from, roots, notes) = failure.document;
                builder.go_back(roots, notes);
                builder.hide(span);
                work = Cow::Owned(patched);
                start = from;
                continue;
            }
            resumes += 1;
            let Some((next, same)) = repair::resume(&work, &failure) else { break };
            builder.resume(same);
            start = next;
        }
        failures.append(&mut builder.notes);
        Self { roots: builder.roots, notes: failures, as_map: builder.template_as_map }
    }
}

/// Feeds the text from `start` on to the builder, to its end or, when asked so, to the end of the first document.
fn run(text: &str, start: usize, builder: &mut Builder<'_>, one: bool) -> Option<Failure> {
    let mut options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        flow_nesting_limit: NESTING,
        block_nesting_limit: NESTING,
    };
    options.set_emit_comments(false);
    builder.base = start;
    let mut document = (start, builder.roots.len(), builder.notes.len());
    let mut parser = Parser::new_from_str_with_options(text.get(start..).unwrap_or_default(), options);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                if matches!(event, Event::DocumentStart(..)) {
                    let at = span.byte_range().map_or(start, |range| start + range.start);
                    document = (at, builder.roots.len(), builder.notes.len());
                }
                let last = one && matches!(event, Event::DocumentEnd);
                if !builder.take(event, span, text) || last {
                    break;
                }
            }
            Err(error) => {
                let at = start + error.marker().byte_offset().unwrap_or_default();
                let failure = Failure {
                    at: repair::floor(text, at),
                    kind: error.kind().clone(),
                    reached: builder.reached.max(start),
                    bracket: builder.bracket(),
                    outermost: builder.outermost(),
                    document,
                };
                builder.break_off();
                return Some(failure);
            }
        }
    }
    builder.break_off();
    None
}

/// The text with a part hidden that keeps the parser from reading on, if hiding it helps.
fn work_with(work: &str, source: &Source, failure: &Failure, budget: &mut usize) -> Option<(String, Span)> {
    repair::patches(work, failure).into_iter().find_map(|patch| {
        let patched = patch.apply(work)?;
        let mut trial = Builder::new(&source.text, source.id, Vec::new());
        let from = failure.document.0;
        let next = run(&patched, from, &mut trial, true);
        let spent = next.as_ref().map_or(trial.reached, |next| next.at).saturating_sub(from) + 1;
        if *budget < spent {
            return None;
        }
        *budget -= spent;
        let Patch { span, .. } = patch;
        let helps = next.is_none_or(|next| next.reached > failure.reached && line_start(work, next.at) > span.from());
        helps.then_some((patched, if patch.unknown { span } else { Span::new(span.from(), span.from()) }))
    })
}

fn id_of(kind: &ErrorKind) -> NotificationId {
    match kind {
        ErrorKind::RecursionLimitExceeded => NotificationId::TooDeep,
        _ => NotificationId::Syntax,
    }
}

fn message_of(kind: &ErrorKind) -> &'static str {
    use ErrorKind as Kind;
    match kind {
        Kind::RecursionLimitExceeded => "is nested too deep to be read",
        Kind::TabNotAllowed | Kind::TabInBlockIndentation | Kind::TabInIndentation | Kind::TabInPlainScalar => {
            "a tab where only spaces may stand"
        }
        Kind::UnclosedQuotedScalar | Kind::DocumentIndicatorInQuotedScalar => "a string is not closed",
        Kind::InvalidTrailingDoubleQuotedScalar | Kind::InvalidTrailingSingleQuotedScalar => {
            "text behind a closing quote"
        }
        Kind::UnknownQuotedScalarEscape | Kind::InvalidQuotedScalarHexEscape | Kind::InvalidUnicodeEscape => {
            "an escape that YAML does not have"
        }
        Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping
        | Kind::UnclosedFlowCollection { .. }
        | Kind::MismatchedFlowCollectionEnd { .. }
        | Kind::MisplacedFlowCollectionEnd => "brackets do not match",
        Kind::ExpectedFlowMappingSeparator | Kind::ExpectedFlowSequenceSeparator => {
            "a comma or a closing bracket is missing"
        }
        Kind::MappingValueNotAllowed | Kind::MappingKeyNotAllowed | Kind::BlockSequenceEntryNotAllowed => {
            "a key or list element where none may stand"
        }
        Kind::ExpectedBlockMappingKey | Kind::ExpectedBlockSequenceEntry | Kind::InvalidIndentation => {
            "the indentation fits nothing before it"
        }
        Kind::UnexpectedCharacter { .. } => "a character that needs quotes",
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => "a line without a colon",
        _ => "this does not follow YAML's grammar",
    }
}

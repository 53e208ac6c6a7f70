//! Places for reports: regions, frames with every secret masked, and line hashes.

use std::collections::{BTreeMap, BTreeSet};

use super::{draft::At, plan::Plan, text};
use crate::{
    finding::{Location, Snippet, line_hashes},
    source::Source,
    span::{Lines, Region, Span},
};

/// Lines of a frame.
const FRAME_LINES: u32 = 4;
/// Characters of a line in a frame; a longer one is cut around the region.
const FRAME_WIDTH: usize = 160;

/// A place resolved: what a location says, and GitHub's hash of its first line.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) location: Location,
    pub(super) line_hash: Option<String>,
}

/// Resolved places, by source and span.
pub(super) type Places = BTreeMap<At, Placed>;

/// Resolves places of one source. `secrets` are spans to mask besides those that the rules find in the frame itself.
pub(super) fn resolve(plan: &Plan<'_>, source: &Source, secrets: &[Span], wanted: &BTreeSet<At>, places: &mut Places) {
    let spans: Vec<Span> = wanted.iter().filter(|at| at.source == source.id).map(|at| at.span).collect();
    if spans.is_empty() {
        return;
    }
    let lines = Lines::new(&source.text);
    let regions: Vec<Region> = spans.iter().map(|&span| lines.region(span)).collect();
    let hashes = {
        let rows: BTreeSet<u32> = regions.iter().map(|region| region.start_line).collect();
        line_hashes(&source.utf8_lossy(), &rows.into_iter().collect::<Vec<_>>())
    };
    for (span, region) in spans.into_iter().zip(regions) {
        let snippet = snippet(plan, source, &lines, (span, region), secrets);
        let location = Location {
            path: source.path.to_string(),
            member: None,
            place: source.place.clone(),
            region: Some(region),
            snippet: Some(snippet),
            message: None,
        };
        let line_hash = hashes.get(&region.start_line).cloned();
        places.insert(At { source: source.id, span }, Placed { location, line_hash });
    }
}

/// A frame: the lines of a region, secrets masked, control characters replaced, long lines cut.
fn snippet(
    plan: &Plan<'_>,
    source: &Source,
    lines: &Lines<'_>,
    (span, region): (Span, Region),
    secrets: &[Span],
) -> Snippet {
    let last = region.end_line.min(region.start_line + FRAME_LINES - 1);
    let whole = lines.line_span(region.start_line).cover(lines.line_span(last));
    let cut = cut(&source.text, lines.line_span(region.start_line), whole, span.from());
    let text = cut.text(&source.text);
    let mut hidden: Vec<Span> = secrets.iter().copied().filter(|span| span.overlaps(cut)).collect();
    hidden.extend(plan.secrets_in(text).into_iter().map(|span| span.shifted(cut.from())));
    let shown = hide(&source.text, cut, hidden);
    let first_column = lines.region(Span::new(cut.from(), cut.from())).start_column;
    Snippet { first_line: region.start_line, first_column, text: printable(&shown) }
}

/// Cuts a frame to the neighbourhood of the byte `at` when its first line is long.
fn cut(text: &str, first: Span, whole: Span, at: usize) -> Span {
    if first.len() <= FRAME_WIDTH && whole.len() <= FRAME_WIDTH * FRAME_LINES as usize {
        return whole;
    }
    let at = at.clamp(first.from(), first.to());
    let start = text.floor_char_boundary(first.from().max(at.saturating_sub(FRAME_WIDTH / 3)));
    let end = text.floor_char_boundary(first.to().min(start + FRAME_WIDTH));
    Span::new(start, end)
}

/// The text under `cut` with the spans of `hidden` replaced. Line ends inside a hidden span stay.
fn hide(text: &str, cut: Span, mut hidden: Vec<Span>) -> String {
    hidden.sort();
    let (mut out, mut at) = (String::with_capacity(cut.len()), cut.from());
    for span in hidden {
        let (start, end) = (span.from().max(at), span.to().min(cut.to()));
        if start >= end {
            continue;
        }
        out.push_str(text.get(at..start).unwrap_or_default());
        let value = text.get(start..end).unwrap_or_default();
        let ends = value.matches('\n').count();
        out.push('…');
        out.push_str(&"\n…".repeat(ends));
        at = end;
    }
    out.push_str(text.get(at..cut.to()).unwrap_or_default());
    out
}

/// Control characters (but line ends; a tab becomes a blank) and characters that turn the direction of text would
/// act on a terminal or mislead a reader.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .filter(|letter| *letter != '\r')
        .map(|letter| match letter {
            '\n' => '\n',
            '\t' => ' ',
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {
                '\u{FFFD}'
            }
            // Letters that no one sees and machines read.
            '\u{E0000}'..='\u{E007F}' => '\u{FFFD}',
            control if control.is_control() => '\u{FFFD}',
            other => other,
        })
        .collect()
}

impl Plan<'_> {
    /// Spans of a short text that some rule takes for a secret, whether the rule runs or not, and without asking
    /// probes: a mask too many costs nothing.
    pub(super) fn secrets_in(&self, text: &str) -> Vec<Span> {
        let heard = self.triggers.hear(text);
        let mut spans = Vec::new();
        for (index, places) in heard.texts {
            if let Some(rule) = self.texts.get(index).filter(|rule| rule.masks()) {
                spans.extend(text::secrets(rule, text, &places));
            }
        }
        spans
    }

    /// A text for a report with its secrets masked.
    pub(super) fn mask(&self, text: &str) -> String {
        let spans = self.secrets_in(text);
        if spans.is_empty() {
            return text.to_owned();
        }
        hide(text, Span::new(0, text.len()), spans)
    }
}

//! Events of a TOML text, and the repair of values that would swallow the tables behind them.

use toml_parser::{
    ParseError, Source,
    decoder::Encoding,
    parser::{Event, EventKind, RecursionGuard, ValidateWhitespace, parse_document},
};

use crate::{
    error::NotificationId,
    span::Span,
    syntax::{MAX_DEPTH, scan::Defects},
};

/// One event with its place in the whole text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: EventKind,
    pub(super) encoding: Option<Encoding>,
    pub(super) span: Span,
}

/// Most values that are cut off where the next table begins; each costs another look at the text behind it.
const MOST_CUTS: usize = 16;

/// Events of a text. An array or string without its end is cut off at the next table header.
pub(super) fn events(text: &str, defects: &mut Defects) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = 0;
    for round in 0..=MOST_CUTS {
        let piece = text.get(start..).unwrap_or_default();
        let (mut events, mut errors) = read(piece);
        let cut =
            if round < MOST_CUTS { unclosed(piece, &events, &errors).and_then(|at| header(piece, at)) } else { None };
        if let Some(cut) = cut {
            (events, errors) = read(piece.get(..cut).unwrap_or_default());
        }
        for error in &errors {
            report(text, start, error, defects);
        }
        tokens.extend(events.iter().map(|event| Token {
            kind: event.kind(),
            encoding: event.encoding(),
            span: Span::new(event.span().start(), event.span().end()).shifted(start),
        }));
        match cut {
            Some(cut) => start += cut,
            None => break,
        }
    }
    tokens
}

fn read(text: &str) -> (Vec<Event>, Vec<ParseError>) {
    let source = Source::new(text);
    let lexed = source.lex().into_vec();
    let (mut events, mut errors) = (Vec::with_capacity(lexed.len()), Vec::new());
    let mut receiver = ValidateWhitespace::new(&mut events, source);
    let limit = u32::try_from(MAX_DEPTH).unwrap_or(u32::MAX);
    parse_document(&lexed, &mut RecursionGuard::new(&mut receiver, limit), &mut errors);
    (events, errors)
}

/// Where a value begins that has no end.
fn unclosed(text: &str, events: &[Event], errors: &[ParseError]) -> Option<usize> {
    let bracket = errors
        .iter()
        .filter(|error| matches!(error.description(), "unclosed array" | "unclosed inline table"))
        .filter_map(|error| error.context())
        .map(|span| span.start())
        .min();
    let string = events.iter().rev().find(|event| event.encoding().is_some()).filter(|event| {
        let written = text.get(event.span().start()..event.span().end()).unwrap_or_default();
        let mark = match event.encoding() {
            Some(Encoding::MlBasicString) => "\"\"\"",
            Some(Encoding::MlLiteralString) => "'''",
            _ => return false,
        };
        event.span().end() == text.len() && (written.len() < 6 || !written.ends_with(mark))
    });
    [bracket, string.map(|event| event.span().start())].into_iter().flatten().min()
}

/// Start of the first line behind `from` that is a table header and can hardly be anything else.
fn header(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let mut at = from;
    for line in rest.split_inclusive('\n') {
        if at > from && is_header(line) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

fn is_header(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default().trim_end();
    let name = line.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]"));
    let Some(name) = name.or_else(|| line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))) else {
        return false;
    };
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|char| char.is_ascii_alphanumeric() || "_-. \"'/@:*".contains(char))
}

/// What is said about the parser's own words; the rest is not told apart.
const MESSAGES: &[(&str, &str)] = &[
    ("unclosed", "this is not closed"),
    ("key with no value", "a key without a value"),
    ("missing value", "a key without a value"),
    ("missing comma", "a comma is missing"),
    ("extra comma", "a comma without a value before it"),
    ("string values must be quoted", "a text without quotes"),
    ("missing opening quote", "a text without its opening quote"),
    ("missing escaped value", "this escape is not complete"),
    ("too few unicode", "this escape is not complete"),
    ("invalid unquoted key", "a key that needs quotes"),
    ("unquoted keys cannot be empty", "a key without a name"),
    ("carriage return", "a carriage return without a line feed"),
    ("unexpected key or value", "more than one value on a line"),
];

pub(super) fn report(text: &str, by: usize, error: &ParseError, defects: &mut Defects) {
    let place = error.unexpected().or_else(|| error.context());
    let span = place.map_or(Span::default(), |at| Span::new(at.start(), at.end())).shifted(by);
    let (id, message) = if error.description().starts_with("cannot recurse") {
        (NotificationId::TooDeep, "is nested too deep to be read")
    } else {
        let found = MESSAGES.iter().find(|(start, _)| error.description().starts_with(start));
        (NotificationId::Syntax, found.map_or("this does not follow TOML's grammar", |&(_, message)| message))
    };
    defects.note(text, span, id, message);
}

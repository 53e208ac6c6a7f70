//! What to do about a broken place: hide as little as possible, or take up reading at the next key of the top level.

use granit_parser::ErrorKind;

use super::Failure;
use crate::span::Span;

/// A part of the text to hide from the parser.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patch {
    pub(super) span: Span,
    /// A value stands there that stays unknown; otherwise nothing is left.
    pub(super) unknown: bool,
}

impl Patch {
    /// The text with the part hidden behind as many bytes; nothing when there is nothing to hide.
    pub(super) fn apply(self, text: &str) -> Option<String> {
        let hidden = self.span.text(text);
        if hidden.trim().is_empty() {
            return None;
        }
        let mut patched = String::with_capacity(text.len());
        patched.push_str(text.get(..self.span.from())?);
        patched.extend(std::iter::repeat_n(if self.unknown { 'x' } else { ' ' }, hidden.len()));
        patched.push_str(text.get(self.span.to()..)?);
        Some(patched)
    }
}

/// Parts that may be worth hiding, the smallest first.
pub(super) fn patches(text: &str, failure: &Failure) -> Vec<Patch> {
    use ErrorKind as Kind;
    let mut found = Vec::new();
    match failure.kind {
        Kind::RecursionLimitExceeded => return found,
        Kind::UnclosedQuotedScalar
        | Kind::DocumentIndicatorInQuotedScalar
        | Kind::InvalidTrailingDoubleQuotedScalar
        | Kind::InvalidTrailingSingleQuotedScalar
        | Kind::InvalidQuotedScalarIndent
        | Kind::UnknownQuotedScalarEscape
        | Kind::InvalidQuotedScalarHexEscape
        | Kind::InvalidUnicodeEscape => {
            let from = text.get(failure.reached..).unwrap_or_default().find(['"', '\'']);
            found.extend(from.map(|from| rest_of_line(text, failure.reached + from)));
        }
        _ => found.extend(tabbed(text, failure)),
    }
    found.extend(failure.bracket.map(|bracket| rest_of_line(text, bracket)));
    let line = Span::new(line_start(text, failure.at), line_end(text, failure.at));
    found.extend(value_of(text, line));
    found.push(Patch { span: line, unknown: false });
    found
}

/// Where reading can be taken up again, and whether it is still the same document.
pub(super) fn resume(text: &str, failure: &Failure) -> Option<(usize, bool)> {
    let (start, list) = failure.outermost.unwrap_or((0, false));
    let column = start - line_start(text, start);
    let mut at = line_end(text, failure.reached) + 1;
    for line in text.get(at..)?.split_inclusive('\n') {
        let rest = line.get(column..).unwrap_or_default();
        let indented = line.bytes().take(column).all(|byte| byte == b' ');
        if line.starts_with("---")
            && line.get(3..).is_some_and(|rest| rest.trim_start().len() < rest.len() || rest.is_empty())
        {
            return Some((at, false));
        }
        if indented && (is_key(rest) && !list || list && is_element(rest)) {
            return Some((at, true));
        }
        at += line.len();
    }
    None
}

fn is_element(line: &str) -> bool {
    line.strip_prefix('-').is_some_and(|rest| rest.starts_with([' ', '\n', '\r']))
}

/// True when a line can hardly be anything but a key of a block map.
fn is_key(line: &str) -> bool {
    let line = line.trim_end();
    let starts = line.starts_with(|first: char| first.is_alphanumeric() || "_\"'./$<?~+*".contains(first));
    starts && (line.ends_with(':') || line.contains(": "))
}

/// Where the defect is: the parser finds a tab before it reaches its line.
pub(super) fn place(text: &str, failure: &Failure) -> Span {
    let at = tabbed(text, failure).map_or(failure.at, |patch| patch.span.from());
    Span::new(at, at)
}

/// The line indented with a tab that a failure is about.
fn tabbed(text: &str, failure: &Failure) -> Option<Patch> {
    use ErrorKind as Kind;
    let (Kind::TabNotAllowed | Kind::TabInBlockIndentation | Kind::TabInIndentation | Kind::TabInPlainScalar) =
        failure.kind
    else {
        return None;
    };
    let mut at = line_start(text, failure.at);
    for line in text.get(at..)?.split_inclusive('\n').take(20) {
        let blank = line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default();
        if blank.contains('\t') {
            return Some(Patch { span: Span::new(at, at + line.trim_end().len()), unknown: false });
        }
        at += line.len();
    }
    None
}

/// From a place to the end of its line.
fn rest_of_line(text: &str, from: usize) -> Patch {
    Patch { span: Span::new(from, line_end(text, from)), unknown: true }
}

/// What stands behind the first colon of a line, or behind the dash of a list element.
fn value_of(text: &str, line: Span) -> Option<Patch> {
    let written = line.text(text);
    let colon = written.find(": ").map(|at| at + 2);
    let dash = || {
        let blank = written.len() - written.trim_start().len();
        written.get(blank..).filter(|rest| rest.starts_with("- ")).map(|_| blank + 2)
    };
    let from = colon.or_else(dash)?;
    let value = written.get(from..)?;
    let from = line.from() + from + (value.len() - value.trim_start().len());
    Some(Patch { span: Span::new(from, line.to()), unknown: true })
}

/// The start of the line that holds a byte.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at.min(text.len())).unwrap_or_default();
    memchr::memrchr(b'\n', before).map_or(0, |end| end + 1)
}

/// The end of the line that holds a byte, before its line end.
fn line_end(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let end = at + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    if end > at && text.as_bytes().get(end - 1) == Some(&b'\r') { end - 1 } else { end }
}

/// The start of the character that holds a byte.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

//! `KEY=value` files: environment files, which shells and Docker read, and Java properties.

mod properties;
#[cfg(test)]
mod tests;

pub(super) use self::properties::parse as properties;
use super::{
    Document, MAX_NODES, Node, Value, hole,
    scan::{Defects, Scan, trimmed},
};
use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::Span,
};

/// Parses one environment file: one root, a map from names to text.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text = &*source.text;
    let mut scan = Scan::new(text);
    let (mut entries, mut defects) = (Vec::new(), Defects::default());
    loop {
        scan.take_while(|byte| byte.is_ascii_whitespace());
        if scan.peek().is_none() || is_full(&scan, entries.len(), &mut defects) {
            break;
        }
        if scan.peek() == Some(b'#') {
            scan.take_line();
            continue;
        }
        let start = scan.at;
        match entry(&mut scan, &mut defects) {
            Some(entry) => entries.push(entry),
            None => {
                scan.at = start;
                let line = trimmed(text, scan.take_line());
                defects.syntax(text, line, "is not a name with a value");
            }
        }
    }
    let root = Node::new(Span::new(0, text.len()), Value::Map(entries));
    (Document { roots: vec![root] }, defects.notifications(source))
}

/// True, and noted, when no more entries are kept.
fn is_full(scan: &Scan<'_>, entries: usize, defects: &mut Defects) -> bool {
    let full = entries.saturating_mul(2) >= MAX_NODES;
    if full {
        let rest = Span::new(scan.at, scan.text.len());
        defects.note(scan.text, rest, NotificationId::Limit, "holds more entries than are read");
    }
    full
}

/// `export NAME = value`; a name alone is taken from the environment.
fn entry(scan: &mut Scan<'_>, defects: &mut Defects) -> Option<(Node, Node)> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let mut name = scan.take_while(is_name);
    if name.text(scan.text) == "export" && matches!(scan.peek(), Some(b' ' | b'\t')) {
        scan.skip_blanks();
        name = scan.take_while(is_name);
    }
    if name.is_empty() {
        return None;
    }
    scan.skip_blanks();
    let key = Node::string(name, name.text(scan.text));
    match scan.peek() {
        Some(b'=') => scan.bump(1),
        // Some readers take `NAME: value` too.
        Some(b':') if scan.ahead(1).is_none_or(|next| next.is_ascii_whitespace()) => scan.bump(1),
        None | Some(b'\n' | b'\r' | b'#') => {
            let value = Node::new(Span::new(name.to(), name.to()), Value::Unknown(name.text(scan.text).to_owned()));
            scan.take_line();
            return Some((key, value));
        }
        Some(_) => return None,
    }
    let sign = scan.at;
    scan.skip_blanks();
    let mut value = value(scan, defects);
    if value.span.is_empty() {
        value.span = Span::new(sign, sign);
    }
    Some((key, value))
}

fn value(scan: &mut Scan<'_>, defects: &mut Defects) -> Node {
    let start = scan.at;
    if let Some(quote @ (b'"' | b'\'' | b'`')) = scan.peek() {
        if let Some(end) = closing(scan, quote) {
            let span = Span::new(start, end);
            scan.at = end;
            scan.take_line();
            let raw = scan.text.get(start + 1..end - 1).unwrap_or_default();
            let text = if quote == b'"' { unescaped(raw) } else { raw.to_owned() };
            return filled(span, if quote == b'\'' { "" } else { raw }, text);
        }
        let line = Span::new(start, scan.line_end());
        if quote != b'`' && !line.text(scan.text).get(1..).unwrap_or_default().contains(char::from(quote)) {
            defects.syntax(scan.text, trimmed(scan.text, line), "a quoted value is not closed");
        }
    }
    let line = scan.take_line();
    let end = comment_at(line.text(scan.text)).map_or(line.to(), |at| start + at);
    let span = trimmed(scan.text, Span::new(start, end));
    let raw = span.text(scan.text);
    filled(span, raw, raw.to_owned())
}

/// A value, unknown when it is nothing but a reference.
fn filled(span: Span, raw: &str, text: String) -> Node {
    if hole::fills(raw) { Node::new(span, Value::Unknown(raw.to_owned())) } else { Node::string(span, text) }
}

/// Longest quoted value, certificates and keys included.
const LONGEST: usize = 1 << 16;

/// Where a quoted value ends that starts here: behind a closing quote with nothing but a comment after it.
fn closing(scan: &Scan<'_>, quote: u8) -> Option<usize> {
    let mut ahead = *scan;
    ahead.bump(1);
    loop {
        ahead.take_while(|byte| byte != quote && byte != b'\\');
        if ahead.at - scan.at > LONGEST {
            return None;
        }
        match ahead.peek()? {
            b'\\' => ahead.bump(if quote == b'"' { 2 } else { 1 }),
            _ => break,
        }
    }
    ahead.bump(1);
    let end = ahead.at;
    ahead.skip_blanks();
    matches!(ahead.peek(), None | Some(b'\n' | b'\r' | b'#')).then_some(end)
}

/// Where a comment starts: `#` at the start or behind a blank.
fn comment_at(line: &str) -> Option<usize> {
    let mut marks = line.match_indices('#').map(|(at, _)| at);
    marks.find(|&at| line.get(..at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t'])))
}

/// Resolves the escapes of a double-quoted value.
fn unescaped(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some(escaped @ ('"' | '\\' | '$' | '`')) => text.push(escaped),
            other => {
                text.push('\\');
                text.extend(other);
            }
        }
    }
    text
}

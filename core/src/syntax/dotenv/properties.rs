//! Java properties, and `.npmrc`, which looks like them.

use super::{
    super::{
        Document, Node, Value,
        scan::{Defects, Scan, trimmed},
    },
    filled, is_full,
};
use crate::{error::Notification, source::Source, span::Span};

/// Parses one source: one root, a map from keys to text.
pub(crate) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text = &*source.text;
    let mut scan = Scan::new(text);
    let (mut entries, mut defects) = (Vec::new(), Defects::default());
    // npm's keys are full of colons: `//registry.npmjs.org/:_authToken=...`.
    let is_npm = source.path.ends_with(".npmrc");
    loop {
        scan.take_while(|byte| byte.is_ascii_whitespace());
        match scan.peek() {
            None => break,
            Some(_) if is_full(&scan, entries.len(), &mut defects) => break,
            Some(b'#' | b'!') => drop(scan.take_line()),
            Some(b';') if is_npm => drop(scan.take_line()),
            Some(_) => entries.push(entry(&mut scan, is_npm)),
        }
    }
    let root = Node::new(Span::new(0, text.len()), Value::Map(entries));
    (Document { roots: vec![root] }, defects.notifications(source))
}

fn entry(scan: &mut Scan<'_>, is_npm: bool) -> (Node, Node) {
    let start = scan.at;
    while let Some(byte) = scan.peek() {
        match byte {
            b'\\' if !is_npm && !matches!(scan.ahead(1), Some(b'\n' | b'\r')) => scan.bump(2),
            b'=' | b'\n' | b'\r' => break,
            b':' | b' ' | b'\t' | 0x0C if !is_npm => break,
            _ => scan.bump(1),
        }
        scan.take_while(|byte| (0x80..0xC0).contains(&byte));
    }
    let name = trimmed(scan.text, Span::new(start, scan.at));
    let key = Node::string(name, unescaped(name.text(scan.text)));
    let behind = scan.at;
    scan.skip_blanks();
    if matches!(scan.peek(), Some(b'=')) || (!is_npm && scan.peek() == Some(b':')) {
        scan.bump(1);
        scan.skip_blanks();
    }
    let from = scan.at;
    let end = logical_line(scan);
    let span = trimmed(scan.text, Span::new(from, end.max(from)));
    let span = if span.is_empty() { Span::new(behind, behind) } else { span };
    let raw = span.text(scan.text);
    let text = if is_npm { raw.trim_matches('"').to_owned() } else { unescaped(raw) };
    (key, filled(span, raw, text))
}

/// Steps behind a line that backslashes at line ends may prolong; where its text ends.
fn logical_line(scan: &mut Scan<'_>) -> usize {
    loop {
        let line = scan.take_line();
        let text = line.text(scan.text);
        let slashes = text.len() - text.trim_end_matches('\\').len();
        if slashes % 2 == 0 || scan.peek().is_none() {
            return line.to();
        }
    }
}

/// Joins continued lines and resolves escapes.
fn unescaped(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut letters = after.chars();
        match letters.next() {
            Some('n') => text.push('\n'),
            Some('r') if !after.starts_with("\r\n") => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('u') => {
                let code = letters.as_str().get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                match code.and_then(char::from_u32) {
                    Some(letter) => {
                        text.push(letter);
                        rest = letters.as_str().get(4..).unwrap_or_default();
                        continue;
                    }
                    None => text.push('u'),
                }
            }
            Some('\n' | '\r') => {
                rest = after.trim_start_matches(['\r', '\n']).trim_start_matches([' ', '\t']);
                continue;
            }
            other => text.extend(other),
        }
        rest = letters.as_str();
    }
    text + rest
}

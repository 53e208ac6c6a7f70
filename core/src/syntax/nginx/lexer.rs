//! Words of nginx configuration: quotes, escapes, comments, Lua, and the holes of templates.

use super::super::{
    Node, Value, hole,
    scan::{Defects, Scan},
};
use crate::span::Span;

/// Steps over white space and comments.
pub(super) fn trivia(scan: &mut Scan<'_>) {
    loop {
        scan.take_while(|byte| byte.is_ascii_whitespace());
        if scan.peek() != Some(b'#') {
            return;
        }
        scan.at = scan.line_end();
    }
}

/// One word; `None` at `;`, `{`, `}` and the end.
pub(super) fn word(scan: &mut Scan<'_>, defects: &mut Defects) -> Option<Node> {
    match scan.peek()? {
        quote @ (b'"' | b'\'') => Some(quoted(scan, quote, defects)),
        _ => bare(scan),
    }
}

fn quoted(scan: &mut Scan<'_>, quote: u8, defects: &mut Defects) -> Node {
    let start = scan.at;
    let line = scan.line_end();
    scan.bump(1);
    loop {
        let part = scan.take_while(|byte| byte != quote && byte != b'\\');
        match scan.peek() {
            Some(b'\\') => scan.bump(2),
            Some(_) => {
                scan.bump(1);
                let span = Span::new(start, scan.at);
                let raw = span.text(scan.text);
                return argument(span, raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default());
            }
            None => {
                let end = if part.is_empty() { scan.at } else { line };
                scan.at = line.min(end);
                let span = Span::new(start, scan.at);
                defects.syntax(scan.text, span, "a string is not closed");
                return Node::new(span, Value::Unknown(span.text(scan.text).to_owned()));
            }
        }
    }
}

fn bare(scan: &mut Scan<'_>) -> Option<Node> {
    let start = scan.at;
    while let Some(byte) = scan.peek() {
        match byte {
            b'{' | b'<' if hole::here(scan).is_some() => scan.bump(hole::here(scan).unwrap_or(1)),
            b'$' if scan.ahead(1) == Some(b'{') => variable(scan),
            b';' | b'{' | b'}' => break,
            b'\\' if scan.ahead(1).is_some() => scan.bump(2),
            byte if byte.is_ascii_whitespace() => break,
            _ => scan.bump(1),
        }
        // A character of several bytes is one step.
        scan.take_while(|byte| (0x80..0xC0).contains(&byte));
    }
    let span = Span::new(start, scan.at);
    (!span.is_empty()).then(|| argument(span, span.text(scan.text)))
}

/// `${name}`: its braces open no block.
fn variable(scan: &mut Scan<'_>) {
    scan.bump(2);
    scan.take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'}' | b'{' | b';'));
    scan.eat("}");
}

/// A word's node: text, or unknown when a template fills part of it.
fn argument(span: Span, raw: &str) -> Node {
    if has_hole(raw) { Node::new(span, Value::Unknown(raw.to_owned())) } else { Node::string(span, unescaped(raw)) }
}

/// True when something is filled in before nginx reads the word. nginx's own variables have small letters, those of
/// the environment, which `envsubst` fills in, capital ones.
fn has_hole(raw: &str) -> bool {
    let capital = |text: &str| {
        let name = text.strip_prefix('{').unwrap_or(text);
        name.starts_with(|letter: char| letter.is_ascii_uppercase() || letter == '_')
    };
    let mut places = raw.match_indices(['{', '<', '$']);
    places.any(|(at, mark)| match mark {
        "$" => raw.get(at + 1..).is_some_and(capital),
        _ => hole::here(&Scan { text: raw, at }).is_some(),
    })
}

fn unescaped(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut letters = raw.chars().peekable();
    while let Some(letter) = letters.next() {
        let escape = if letter == '\\' { letters.peek().copied() } else { None };
        text.push(match escape {
            Some(quote @ ('"' | '\'' | '\\')) => quote,
            Some('t') => '\t',
            Some('r') => '\r',
            Some('n') => '\n',
            _ => {
                text.push(letter);
                continue;
            }
        });
        letters.next();
    }
    text
}

/// Steps behind the brace that closes a Lua block whose opening brace was passed; the span of the Lua between them.
/// `None` when nothing closes it: the cursor stands at the end then.
pub(super) fn lua(scan: &mut Scan<'_>) -> Option<Span> {
    let start = scan.at;
    let (mut depth, mut endless) = (1_usize, 0);
    while let Some(byte) = scan.peek() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b'"' | b'\'' => short_string(scan, byte),
            b'[' if long_bracket(scan, &mut endless) => continue,
            b'-' if scan.sees("--") => {
                scan.bump(2);
                if scan.peek() != Some(b'[') || !long_bracket(scan, &mut endless) {
                    scan.at = scan.line_end();
                }
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            let span = Span::new(start, scan.at);
            scan.bump(1);
            return Some(span);
        }
        scan.bump(1);
    }
    None
}

/// Steps onto the quote that closes a Lua string, or the end of its line.
fn short_string(scan: &mut Scan<'_>, quote: u8) {
    scan.bump(1);
    loop {
        scan.take_while(|byte| byte != quote && byte != b'\\' && byte != b'\n');
        if scan.peek() != Some(b'\\') {
            return;
        }
        scan.bump(2);
    }
}

/// Steps over `[==[ … ]==]`; false when none starts here or none ends. `endless` has a bit for each level that is known
/// not to end any more, so that no level is looked for twice.
fn long_bracket(scan: &mut Scan<'_>, endless: &mut u16) -> bool {
    let mut ahead = *scan;
    ahead.bump(1);
    let level = ahead.take_while(|byte| byte == b'=').len();
    // Deeper levels than anyone writes are not looked for.
    if level > 15 || ahead.peek() != Some(b'[') || *endless & (1 << level) != 0 {
        return false;
    }
    ahead.bump(1);
    let close = format!("]{}]", "=".repeat(level));
    let rest = ahead.text.as_bytes().get(ahead.at..).unwrap_or_default();
    match memchr::memmem::find(rest, close.as_bytes()) {
        Some(end) => scan.at = ahead.at + end + close.len(),
        None => *endless |= 1 << level,
    }
    scan.at > ahead.at
}

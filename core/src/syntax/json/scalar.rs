//! Strings, numbers and words of JSON and JSON5.

use super::Reader;
use crate::{
    span::Span,
    syntax::{Node, Value},
};

impl Reader<'_> {
    /// A number, a constant, or a word that is none and therefore unknown.
    pub(super) fn word(&mut self) -> Option<Node> {
        let span = self.scan.take_while(continues_word);
        if span.is_empty() {
            return None;
        }
        let text = span.text(self.scan.text);
        let value = match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => match number(text) {
                Some(number) => Value::Number(number),
                None => {
                    if !matches!(text, "NaN" | "+NaN" | "-NaN" | "undefined") {
                        self.syntax(span, "this word is no JSON value");
                    }
                    Value::Unknown(text.to_owned())
                }
            },
        };
        Some(Node::new(span, value))
    }

    /// A string with its quotes, decoded.
    pub(super) fn string(&mut self, quote: u8) -> (Span, String) {
        let start = self.scan.at;
        self.scan.bump(1);
        let mut text = String::new();
        let mut lines = false;
        loop {
            let from = self.scan.at;
            let rest = self.scan.text.as_bytes().get(from..).unwrap_or_default();
            let stop = memchr::memchr3(quote, b'\\', b'\n', rest).unwrap_or(rest.len());
            let piece = self.scan.text.get(from..from + stop).unwrap_or_default();
            self.scan.bump(stop);
            match self.scan.peek() {
                Some(b'\\') => {
                    text.push_str(piece);
                    self.escape(&mut text);
                }
                // Azure's templates hold strings of several lines; elsewhere a line's end means a lost quote.
                Some(b'\n') if lines || self.closes_later(quote) => {
                    lines = true;
                    text.push_str(piece);
                    text.push('\n');
                    self.scan.bump(1);
                }
                Some(byte) if byte == quote => {
                    self.scan.bump(1);
                    if text.is_empty() {
                        text = piece.to_owned();
                    } else {
                        text.push_str(piece);
                    }
                    return (Span::new(start, self.scan.at), text);
                }
                _ => {
                    text.push_str(piece.trim_end_matches('\r'));
                    let span = self.scan.since(start);
                    self.syntax(span, "this string is not closed");
                    return (span, text);
                }
            }
        }
    }

    /// True when the next quote behind a line's end looks like the end of a string: nothing but a separator follows.
    fn closes_later(&self, quote: u8) -> bool {
        let rest = self.scan.text.as_bytes().get(self.scan.at..).unwrap_or_default();
        let Some(end) = memchr::memchr(quote, rest) else { return false };
        // Only the first quote is looked at, so that a file of lost quotes costs no more than its length.
        let escaped = end.checked_sub(1).and_then(|before| rest.get(before)) == Some(&b'\\');
        let mut behind = rest.get(end + 1..).unwrap_or_default().iter().take(200);
        let next = behind.find(|byte| !byte.is_ascii_whitespace());
        !escaped && matches!(next, Some(b',' | b'}' | b']'))
    }

    /// Decodes the escape that begins here.
    fn escape(&mut self, text: &mut String) {
        let start = self.scan.at;
        self.scan.bump(1);
        let Some(next) = self.scan.text.get(self.scan.at..).and_then(|rest| rest.chars().next()) else { return };
        self.scan.bump(next.len_utf8());
        let decoded = match next {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            '0' => '\0',
            'u' | 'x' => match self.code_point(if next == 'u' { 4 } else { 2 }) {
                Some(decoded) => decoded,
                None => {
                    self.syntax(Span::new(start, self.scan.at), "this escape is not complete");
                    char::REPLACEMENT_CHARACTER
                }
            },
            // JSON5: a line may be continued.
            '\r' => {
                self.scan.eat("\n");
                return;
            }
            '\n' | '\u{2028}' | '\u{2029}' => return,
            // `\"`, `\\`, `\/`, and letters that need no escape.
            other => other,
        };
        text.push(decoded);
    }

    /// The character of an escape's hexadecimal digits; two escapes may make one character.
    fn code_point(&mut self, digits: usize) -> Option<char> {
        let first = self.hexadecimal(digits)?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first);
        }
        let after = self.scan.at;
        let second = self.scan.eat("\\u").then(|| self.hexadecimal(4)).flatten();
        match second {
            Some(second @ 0xDC00..0xE000) => char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)),
            _ => {
                self.scan.at = after;
                None
            }
        }
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        let found = self.scan.text.get(self.scan.at..self.scan.at + digits)?;
        if !found.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.scan.bump(digits);
        u32::from_str_radix(found, 16).ok()
    }
}

pub(super) fn continues_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-' | b'+' | b'.') || byte >= 0x80
}

/// A number of JSON or JSON5.
fn number(text: &str) -> Option<f64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let value = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => {
            let digits = digits.get(2..).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
            u64::from_str_radix(digits, 16).ok()? as f64
        }
        [b'0'..=b'9' | b'.', ..] => digits.parse().ok()?,
        _ if digits == "Infinity" => f64::INFINITY,
        _ => return None,
    };
    Some(if negative { -value } else { value })
}

//! Encoded parts of a text, decoded: what hides in them is looked for like anything else.
//!
//! A part is decoded in its line, so that the name before it still tells what it is: `STRIPE_KEY: c2tf...` of a
//! Kubernetes Secret is read as `STRIPE_KEY: sk_...`.

use std::{ops::Range, sync::LazyLock};

use memchr::memmem::Finder;

use super::run::Run;
use crate::probe::from_base64;

/// Shortest encoded part: 18 bytes of base64, 16 of hexadecimal digits.
const SHORTEST: usize = 24;
const SHORTEST_HEX: usize = 32;

/// Escapes in a row that are worth decoding; one or two are a sign that the format has to write so.
const ESCAPES: usize = 6;

/// Most bytes that are decoded of one source, and most parts.
pub(super) const BUDGET: usize = 1 << 20;
pub(super) const MOST: usize = 2000;

/// Bytes of the source before a part that are kept with it, and lines.
const BEFORE: usize = 300;
pub(super) const LINES: usize = 3;
const AFTER: usize = 120;

/// An encoded part and what it says.
pub(super) struct Layer {
    /// Where it stands.
    pub(super) part: Range<usize>,
    /// What stands before it, what it says, what stands behind it.
    pub(super) text: String,
    /// Where in the text it is decoded.
    pub(super) decoded: Range<usize>,
    /// How it was encoded.
    pub(super) form: &'static str,
}

/// What decoding found, and whether the budget left some parts unread.
#[derive(Default)]
pub(super) struct Layers {
    pub(super) all: Vec<Layer>,
    pub(super) is_cut: bool,
}

/// The encoded parts of a text, in order of their kinds and places.
pub(super) fn layers(text: &str) -> Layers {
    let mut layers = Layers::default();
    let mut left = BUDGET;
    let parts = runs(text).chain(percents(text)).chain(escapes(text));
    for (part, said, form) in parts {
        if said.len() > left || layers.all.len() == MOST {
            layers.is_cut = true;
            break;
        }
        left -= said.len();
        layers.all.push(layer(text, part, &said, form));
    }
    layers
}

type Part = (Range<usize>, String, &'static str);

fn layer(text: &str, part: Range<usize>, said: &str, form: &'static str) -> Layer {
    let near = text.floor_char_boundary(part.start.saturating_sub(BEFORE))..part.start;
    let before = text.get(near).unwrap_or_default();
    let line = before.rmatch_indices('\n').nth(LINES).map_or(0, |(at, _)| at + 1);
    let before = before.get(line..).unwrap_or_default();
    let after = text.get(part.end..text.floor_char_boundary(part.end + AFTER)).unwrap_or_default();
    let after = after.split('\n').next().unwrap_or_default();
    let decoded = before.len()..before.len() + said.len();
    Layer { part, text: [before, said, after].concat(), decoded, form }
}

/// Runs of base64 and of hexadecimal digits that say something in letters.
fn runs(text: &str) -> impl Iterator<Item = Part> + '_ {
    let is_member = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let run = Run::new(SHORTEST, is_member);
    let mut at = 0;
    std::iter::from_fn(move || {
        let range = run.next(text.as_bytes(), at)?;
        at = range.end;
        Some(range)
    })
    .filter_map(|range| {
        let run = text.get(range.clone())?;
        let is_hex = run.len() >= SHORTEST_HEX
            && run.len().is_multiple_of(2)
            && run.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex {
            let bytes = hex(run)?;
            return Some((range, readable(bytes)?, "hexadecimal digits"));
        }
        let padding = text.get(range.end..)?.bytes().take(2).take_while(|&byte| byte == b'=').count();
        // The first bytes tell: an identifier, an image or a hash is no text.
        let start = from_base64(run.get(..16)?)?;
        if !begins_text(&start) && start.get(1) != Some(&0) {
            return None;
        }
        Some((range.start..range.end + padding, readable(from_base64(run)?)?, "base64"))
    })
}

/// Words with bytes written as `%41`.
fn percents(text: &str) -> impl Iterator<Item = Part> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let sign = at + memchr::memchr(b'%', text.as_bytes().get(at..)?)?;
            at = sign + 1;
            if hex(text.get(sign + 1..sign + 3).unwrap_or_default()).is_none_or(|bytes| bytes.is_empty()) {
                continue;
            }
            let is_end = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '<' | '>');
            let near = text.get(text.floor_char_boundary(sign.saturating_sub(BEFORE))..sign).unwrap_or_default();
            let start = sign - near.rsplit(is_end).next().unwrap_or_default().len();
            let end = sign + text.get(sign..)?.find(is_end).unwrap_or(text.len() - sign).min(4096);
            let end = text.floor_char_boundary(end);
            at = end.max(at);
            let word = text.get(start..end).unwrap_or_default();
            // A blank or two in an address hide nothing.
            if word.matches('%').count() == word.matches("%20").count() {
                continue;
            }
            if let Some(said) = percent(word).and_then(readable) {
                return Some((start..end, said, "percent signs"));
            }
        }
    })
}

fn percent(text: &str) -> Option<Vec<u8>> {
    let mut said = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    said.extend(parts.next()?.bytes());
    for part in parts {
        match part.get(..2).and_then(hex) {
            Some(bytes) => {
                said.extend(bytes);
                said.extend(part.bytes().skip(2));
            }
            None => {
                said.push(b'%');
                said.extend(part.bytes());
            }
        }
    }
    Some(said)
}

/// Rows of `\x41`, `\u0041` and `&#65;`.
fn escapes(text: &str) -> impl Iterator<Item = Part> + '_ {
    static FINDERS: LazyLock<[Finder<'static>; 4]> = LazyLock::new(|| ["\\x", "\\u", "&#x", "&#"].map(Finder::new));
    let forms = [("\\x", 16, ""), ("\\u", 16, ""), ("&#x", 16, ";"), ("&#", 10, ";")];
    // Most texts have no sign of any of them.
    let may_be = memchr::memchr2(b'\\', b'&', text.as_bytes()).is_some();
    forms.into_iter().zip(FINDERS.iter()).filter(move |_| may_be).flat_map(move |((open, radix, close), finder)| {
        let mut at = 0;
        std::iter::from_fn(move || {
            loop {
                let start = at + finder.find(text.as_bytes().get(at..)?)?;
                at = start + open.len();
                if !is_row(text, start, open, close) {
                    continue;
                }
                let (end, said) = row(text, start, open, radix, close);
                at = end.max(at);
                if said.chars().count() >= ESCAPES {
                    let form = if close.is_empty() { "escapes" } else { "character references" };
                    return Some((start..end, said, form));
                }
            }
        })
    })
}

/// False for most escapes that stand alone, told by where the last one of a row of equally long ones would stand.
fn is_row(text: &str, start: usize, open: &str, close: &str) -> bool {
    let length = match open {
        _ if !close.is_empty() => return true,
        "\\x" => 4,
        _ => 6,
    };
    text.as_bytes().get(start + length * (ESCAPES - 1)..).is_some_and(|rest| rest.starts_with(open.as_bytes()))
}

/// A row of escapes: where it ends, and what it says.
fn row(text: &str, start: usize, open: &str, radix: u32, close: &str) -> (usize, String) {
    let (mut at, mut said) = (start, String::new());
    while let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix(open)) {
        let digits = match (open, close) {
            ("\\x", _) => 2,
            ("\\u", _) => 4,
            _ => rest.find(close).filter(|&end| end <= 6).unwrap_or(0),
        };
        let code = rest.get(..digits).and_then(|digits| u32::from_str_radix(digits, radix).ok());
        let Some(letter) = code.and_then(char::from_u32).filter(|letter| !letter.is_control()) else { break };
        said.push(letter);
        at += open.len() + digits + close.len();
    }
    (at, said)
}

/// Bytes as text, when people could have written it.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let wide = bytes.get(1) == Some(&0) && bytes.len().is_multiple_of(2);
    let text = if wide {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| pair.iter().rev().fold(0, |all, &byte| all << 8 | u16::from(byte)))
            .collect();
        String::from_utf16(&units).ok()?
    } else {
        String::from_utf8(bytes).ok()?
    };
    let is_text = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t');
    text.chars().all(is_text).then_some(text)
}

/// True for bytes that may be the first ones of a text in UTF-8.
fn begins_text(bytes: &[u8]) -> bool {
    let is_cut = |error: std::str::Utf8Error| error.error_len().is_none();
    bytes.iter().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace())
        && std::str::from_utf8(bytes).err().is_none_or(is_cut)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_parts_are_read_in_their_lines() {
        for (text, said, form) in [
            ("KEY: aGVsbG8gd29ybGQsIGhlbGxvIQ==\n", "KEY: hello world, hello!", "base64"),
            ("x = '68656c6c6f20776f726c642c2068656c6c6f21'", "x = 'hello world, hello!'", "hexadecimal digits"),
            ("x aABlAGwAbABvACAAdwBvAHIAbABkAA== y", "x hello world y", "base64"),
            ("url=https%3A%2F%2Fa%3Ab%40c", "url=https://a:b@c", "percent signs"),
            (r"k = '\x68\x65\x6c\x6c\x6f\x21'", "k = 'hello!'", "escapes"),
            (r"k = '\u0068\u0065\u006c\u006c\u006f\u0021'", "k = 'hello!'", "escapes"),
            ("<k>&#104;&#101;&#108;&#108;&#111;&#33;</k>", "<k>hello!</k>", "character references"),
        ] {
            let found = layers(text);
            let first = found.all.first();
            assert_eq!(first.map_or("", |layer| &layer.text), said, "{text}");
            assert_eq!(first.map_or("", |layer| layer.form), form, "{text}");
        }
    }

    #[test]
    fn identifiers_hashes_and_images_say_nothing() {
        for text in [
            "createSessionTokenFromRequestHeaders",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
            "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
            "printf(\"%d of %s\")",
            "\\x00\\x01\\x02\\x03\\x04\\x05\\x06",
        ] {
            assert!(layers(text).all.is_empty(), "{text}");
        }
    }
}

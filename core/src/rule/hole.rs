//! Texts of a request with holes for a secret: what is filled in is encoded for the place it goes to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text with holes: `{name}`, `{base64:TEXT}` with holes in the text, `{{` for a brace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    Text(String),
    Hole(String),
    Base64(Vec<Part>),
}

/// Where a filled text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goes {
    /// Path or query of an address, or a form: everything but letters, digits and `-_.~:` becomes a percent sign and
    /// two digits, so that no value can leave its part.
    Percent,
    /// A header: as it is, and only visible ASCII; nothing is mended.
    Header,
    /// The inside of a JSON string.
    Json,
}

/// A text that is a secret or holds one: shown nowhere, never serialised, overwritten when it is done with.
#[derive(PartialEq, Eq, Hash)]
pub struct Private(String);

impl Private {
    /// Keeps a text private.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that it is meant for.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("…")
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        // Otherwise the writes are seen to be for nothing, and left out.
        std::hint::black_box(&bytes);
    }
}

impl Template {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        parse(text, false).map(Self)
    }

    /// What stands before the first hole.
    pub(super) fn head(&self) -> &str {
        match self.0.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// All of it that is no hole.
    pub(super) fn literals(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Names of the holes.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for part in &self.0 {
            match part {
                Part::Text(_) => {}
                Part::Hole(name) => names.push(name.as_str()),
                Part::Base64(inner) => names.extend(inner.iter().filter_map(|part| match part {
                    Part::Hole(name) => Some(name.as_str()),
                    _ => None,
                })),
            }
        }
        names
    }

    /// The text with its holes filled; `None` when a value is not there or cannot stand in that place.
    pub(super) fn fill(&self, goes: Goes, value: &dyn Fn(&str) -> Option<String>) -> Option<Private> {
        let mut out = Private::new("");
        for part in &self.0 {
            match part {
                Part::Text(text) => out.0.push_str(text),
                Part::Hole(name) => {
                    let value = Private::new(value(name)?);
                    out.0.push_str(encoded(goes, value.reveal())?.reveal());
                }
                Part::Base64(inner) => {
                    let mut plain = Private::new("");
                    for part in inner {
                        match part {
                            Part::Text(text) => plain.0.push_str(text),
                            Part::Hole(name) => plain.0.push_str(Private::new(value(name)?).reveal()),
                            Part::Base64(_) => return None,
                        }
                    }
                    out.0.push_str(encoded(goes, base64(plain.reveal().as_bytes()).reveal())?.reveal());
                }
            }
        }
        Some(out)
    }
}

/// The parts of a text; inside of a transform there is no other.
fn parse(text: &str, is_inner: bool) -> Result<Vec<Part>, String> {
    let (mut parts, mut literal, mut rest) = (Vec::new(), String::new(), text);
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        literal.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            literal.push('{');
            rest = after;
            continue;
        }
        let end = closing(from).ok_or("a hole is not closed; a brace that is none is written {{")?;
        let inner = from.get(1..end).unwrap_or_default();
        if !literal.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut literal)));
        }
        parts.push(match inner.strip_prefix("base64:") {
            Some(_) if is_inner => return Err("a base64 hole within another".to_owned()),
            Some(plain) => Part::Base64(parse(plain, true)?),
            None if is_name(inner) => Part::Hole(inner.to_owned()),
            None => return Err(format!("{{{inner}}} is no hole: {{secret}}, {{GROUP}} or {{base64:...}}")),
        });
        rest = from.get(end + 1..).unwrap_or_default();
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    Ok(parts)
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Where the brace closes that a text starts with.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' if open == 1 => return Some(at),
            b'}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn encoded(goes: Goes, value: &str) -> Option<Private> {
    if value.is_empty() {
        return None;
    }
    match goes {
        Goes::Header => value.bytes().all(|byte| byte.is_ascii_graphic()).then(|| Private::new(value)),
        // A part of a path that is nothing but dots leads elsewhere, however it is written.
        Goes::Percent if value.bytes().all(|byte| byte == b'.') => None,
        Goes::Percent => {
            let mut out = Private::new(String::with_capacity(3 * value.len()));
            for byte in value.bytes() {
                match byte {
                    b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~' | b':' => {
                        out.0.push(char::from(byte))
                    }
                    _ => out.0.push_str(&format!("%{byte:02X}")),
                }
            }
            Some(out)
        }
        Goes::Json => {
            let quoted = Private::new(serde_json::to_string(value).ok()?);
            let inside = quoted.reveal().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))?;
            Some(Private::new(inside))
        }
    }
}

/// Standard base64 with padding.
fn base64(bytes: &[u8]) -> Private {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Private::new(String::with_capacity(bytes.len().div_ceil(3) * 4));
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, at| (bits << 8) | chunk.get(at).copied().map_or(0, u32::from));
        for place in 0..4 {
            let letter = LETTERS.get((bits >> (18 - 6 * place)) as usize & 63).copied().unwrap_or(b'=');
            out.0.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, goes: Goes, secret: &str) -> Option<String> {
        let value = |name: &str| match name {
            "secret" => Some(secret.to_owned()),
            "id" => Some("user".to_owned()),
            _ => None,
        };
        Template::parse(template).unwrap().fill(goes, &value).map(|text| text.reveal().to_owned())
    }

    #[test]
    fn values_are_encoded_for_the_place_they_go_to() {
        let cases = [
            ("Bearer {secret}", Goes::Header, "a-b", Some("Bearer a-b")),
            ("Bearer {secret}", Goes::Header, "a\r\nX: y", None),
            ("Bearer {secret}", Goes::Header, "a b", None),
            ("Bearer {secret}", Goes::Header, "é", None),
            ("Basic {base64:{secret}:}", Goes::Header, "key\n", Some("Basic a2V5Cjo=")),
            ("Basic {base64:{id}:{secret}}", Goes::Header, "pass", Some("Basic dXNlcjpwYXNz")),
            ("https://a.io/{secret}/x", Goes::Percent, "../?a=1#é", Some("https://a.io/..%2F%3Fa%3D1%23%C3%A9/x")),
            ("https://a.io/bot{secret}/x", Goes::Percent, "1:a@b", Some("https://a.io/bot1:a%40b/x")),
            ("https://a.io/{secret}/x", Goes::Percent, "..", None),
            ("https://a.io/{secret}/x", Goes::Percent, "", None),
            ("https://a.io/{base64:{secret}}", Goes::Percent, "??>", Some("https://a.io/Pz8%2B")),
            (r#"{{"a":"{secret}"}"#, Goes::Json, "\",\"b\":\"\n", Some(r#"{"a":"\",\"b\":\"\n"}"#)),
            ("{absent}", Goes::Header, "x", None),
        ];
        for (template, goes, secret, expected) in cases {
            assert_eq!(filled(template, goes, secret).as_deref(), expected, "{template} {secret:?}");
        }
    }

    #[test]
    fn what_is_no_hole_is_named() {
        for wrong in ["{secret", "{}", "{Secret}", "{base64:{base64:{secret}}}", "{sha:{secret}}"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_private_text_is_not_shown() {
        let shown = format!("{:?}", Some(Private::new("hidden-value")));
        assert!(!shown.contains("hidden"), "{shown}");
    }
}

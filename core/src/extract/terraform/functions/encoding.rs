//! Functions that encode and decode. JSON and YAML stay trees: what is encoded is judged by its parts.

use super::{Made, text};
use crate::{
    classify::Format,
    source::Source,
    span::Span,
    syntax::{self, Node, Value},
};

pub(super) fn call(name: &str, arguments: &[Node]) -> Made {
    let Some(first) = arguments.first() else { return Ok(None) };
    Ok(match name {
        // A policy written with jsonencode keeps its statements readable for rules.
        "jsonencode" | "yamlencode" => match &first.value {
            Value::Unknown(_) => None,
            known => Some(known.clone()),
        },
        "jsondecode" => decode(first, Format::Json),
        "yamldecode" => decode(first, Format::Yaml),
        "base64encode" => text(first).map(|text| Value::String(base64(text.as_bytes()))),
        "base64decode" => text(first).and_then(|text| unbase64(&text)).map(Value::String),
        "urlencode" => text(first).map(|text| Value::String(percent(&text))),
        _ => None,
    })
}

fn decode(node: &Node, format: Format) -> Option<Value> {
    match &node.value {
        Value::Map(_) | Value::List(_) => Some(node.value.clone()),
        Value::String(text) => {
            let (document, notifications) = syntax::parse(&Source::memory("", text.as_bytes()), format);
            let mut root = document.roots.into_iter().next().filter(|_| notifications.is_empty())?;
            settle(&mut root, node.span);
            Some(root.value)
        }
        _ => None,
    }
}

/// Places inside a decoded text are places of nothing: every part stands where the text stands.
pub(in crate::extract) fn settle(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| settle(item, span)),
        Value::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
            settle(key, span);
            settle(value, span);
        }),
        _ => {}
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = (word >> (18 - 6 * place)) & 63;
            let letter = ALPHABET.get(digit as usize).copied().unwrap_or(b'=');
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

fn unbase64(text: &str) -> Option<String> {
    let (mut bytes, mut word, mut bits) = (Vec::new(), 0u32, 0);
    for letter in text.bytes().filter(|letter| !letter.is_ascii_whitespace() && *letter != b'=') {
        let digit = ALPHABET.iter().position(|known| *known == letter)?;
        word = (word << 6 | u32::try_from(digit).ok()?) & 0x00FF_FFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(((word >> bits) & 0xFF) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}

fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

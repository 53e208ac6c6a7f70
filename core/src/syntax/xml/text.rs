//! Text between tags, and references in it.

use super::Reader;
use crate::{
    span::Span,
    syntax::{Node, Value, scan::trimmed, template},
};

impl Reader<'_> {
    /// Text up to the next `<`.
    pub(super) fn characters(&mut self) {
        let span = self.scan.take_while(|byte| byte != b'<');
        let text = self.decode(span);
        self.add_text(span, &text);
    }

    /// Adds to the text of the innermost element.
    pub(super) fn add_text(&mut self, span: Span, text: &str) {
        if self.skipped > 0 {
            return;
        }
        match self.open.last_mut() {
            Some(element) => match &mut element.text {
                Some((place, all)) => {
                    *place = place.cover(span);
                    all.push_str(text);
                }
                None => element.text = Some((span, text.to_owned())),
            },
            None if text.trim().is_empty() => {}
            None => self.syntax(trimmed(self.scan.text, span), "text outside of any element"),
        }
    }

    /// Makes a child of the text so far; white space alone is none.
    pub(super) fn finish_text(&mut self) {
        let (templates, whole) = (self.templates, self.scan.text);
        let Some(element) = self.open.last_mut() else { return };
        let Some((span, text)) = element.text.take() else { return };
        let said = text.trim();
        if said.is_empty() {
            return;
        }
        let unknown = templates && template::may_hold(said);
        let value = if unknown { Value::Unknown(said.to_owned()) } else { Value::String(said.to_owned()) };
        element.children.push(Node::new(trimmed(whole, span), value));
        self.nodes += 1;
    }

    /// Text with its references replaced: characters by number and the five names of the standard, no others.
    pub(super) fn decode(&self, span: Span) -> String {
        let mut rest = span.text(self.scan.text);
        let mut out = String::with_capacity(rest.len());
        while let Some((before, behind)) = rest.split_once('&') {
            out.push_str(before);
            let end = behind.bytes().take(LONGEST).position(|byte| byte == b';');
            match end.and_then(|end| Some((referred(behind.get(..end)?)?, end))) {
                Some((char, length)) => {
                    out.push(char);
                    rest = behind.get(length + 1..).unwrap_or_default();
                }
                None => {
                    out.push('&');
                    rest = behind;
                }
            }
        }
        out.push_str(rest);
        out
    }
}

/// Most bytes of a reference's name.
const LONGEST: usize = 12;

/// The character that a reference stands for.
fn referred(name: &str) -> Option<char> {
    match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => {}
    }
    let digits = name.strip_prefix('#')?;
    let number = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(number).filter(|&char| char != '\0')
}

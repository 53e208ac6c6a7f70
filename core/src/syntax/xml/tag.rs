//! Start tags with their attributes.

use super::{Reader, continues_name};
use crate::{
    span::Span,
    syntax::{Node, Value, template},
};

impl Reader<'_> {
    /// Reads a start tag: the place of its name, its attributes, and whether it ends in `/>`.
    pub(super) fn tag(&mut self) -> (Span, Node, bool) {
        let start = self.scan.at;
        self.scan.bump(1);
        let name = self.scan.take_while(continues_name);
        let mut entries = Vec::new();
        let empty = loop {
            self.scan.take_while(|byte| byte.is_ascii_whitespace());
            match self.scan.peek() {
                Some(b'>') => {
                    self.scan.bump(1);
                    break false;
                }
                Some(b'/') if self.scan.ahead(1) == Some(b'>') => {
                    self.scan.bump(2);
                    break true;
                }
                None | Some(b'<') => {
                    self.syntax(Span::new(start, name.to()), "this tag is not closed");
                    break false;
                }
                Some(_) => entries.extend(self.attribute()),
            }
        };
        let behind = Span::new(name.to(), name.to());
        let span = entries.iter().fold(None, |span: Option<Span>, (key, value): &(Node, Node)| {
            let both = key.span.cover(value.span);
            Some(span.map_or(both, |span| span.cover(both)))
        });
        (name, Node::new(span.unwrap_or(behind), Value::Map(entries)), empty)
    }

    fn attribute(&mut self) -> Option<(Node, Node)> {
        self.nodes += 2;
        let name = self.scan.take_while(|byte| !byte.is_ascii_whitespace() && !b"=<>/\"'".contains(&byte));
        if name.is_empty() {
            let start = self.scan.at;
            self.scan.bump(1);
            self.syntax(Span::new(start, self.scan.at), "this belongs to no attribute");
            return None;
        }
        let key = Node::string(name, name.text(self.scan.text));
        self.scan.take_while(|byte| byte.is_ascii_whitespace());
        if !self.scan.eat("=") {
            self.syntax(name, "an attribute without a value");
            return Some((key, Node::new(Span::new(name.to(), name.to()), Value::Null)));
        }
        self.scan.take_while(|byte| byte.is_ascii_whitespace());
        let (span, inner) = match self.scan.peek() {
            Some(quote @ (b'"' | b'\'')) => self.quoted(quote),
            _ => {
                let span = self.scan.take_while(|byte| !byte.is_ascii_whitespace() && !b"<>".contains(&byte));
                self.syntax(name, "an attribute without quotes");
                (span, span)
            }
        };
        let text = self.decode(inner);
        let unknown = self.templates && template::may_hold(&text);
        Some((key, Node::new(span, if unknown { Value::Unknown(text) } else { Value::String(text) })))
    }

    /// A value in quotes: its place with and without them. A `<` cannot stand in a value, so a quote was lost.
    fn quoted(&mut self, quote: u8) -> (Span, Span) {
        let start = self.scan.at;
        self.scan.bump(1);
        let inner = self.scan.take_while(|byte| byte != quote && byte != b'<');
        if self.scan.peek() == Some(quote) {
            self.scan.bump(1);
            return (Span::new(start, self.scan.at), inner);
        }
        self.scan.at = inner.from();
        let inner = self.scan.take_while(|byte| !b"<>\n\r".contains(&byte));
        let span = Span::new(start, self.scan.at);
        self.syntax(span, "this value is not closed");
        (span, inner)
    }
}

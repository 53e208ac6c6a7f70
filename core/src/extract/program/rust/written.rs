//! Literals, and the names inside the braces of a format.

use syn::Lit;

use super::Writer;
use crate::{
    extract::program::grammar::{Field, Shape},
    span::Span,
};

/// Most parts of one format.
const MAX_PARTS: usize = 200;

/// A part of a format: its text, or what stands in a pair of braces.
#[derive(Debug, PartialEq)]
enum Part {
    /// Text as written.
    Text(usize, usize),
    /// A name, or names joined by dots.
    Name(usize, usize),
    /// A hole that an argument fills.
    Hole(usize, usize),
}

impl Writer<'_> {
    /// A literal.
    pub(super) fn literal(&mut self, literal: &Lit, field: Field) -> Span {
        let span = self.span(literal.span());
        let shape = match literal {
            Lit::Str(_) | Lit::ByteStr(_) | Lit::CStr(_) | Lit::Char(_) => Shape::String,
            Lit::Int(_) | Lit::Float(_) => Shape::Number,
            Lit::Bool(flag) if flag.value => Shape::True,
            Lit::Bool(_) => Shape::False,
            _ => Shape::Compare,
        };
        self.leaf(shape, field, span)
    }

    /// A string whose braces may name what is in scope.
    pub(super) fn format(&mut self, span: Span, field: Field) -> Span {
        let parts = parts_of(self.slice(span));
        if !parts.iter().any(|part| matches!(part, Part::Name(..))) {
            return self.leaf(Shape::String, field, span);
        }
        let at = self.open(Shape::String, field);
        for part in parts {
            let place = |start: usize, end: usize| Span::new(start, end).shifted(span.from());
            match part {
                Part::Text(start, end) => _ = self.leaf(Shape::Fragment, Field::None, place(start, end)),
                Part::Hole(start, end) => {
                    let hole = self.open(Shape::Hole, Field::None);
                    self.leaf(Shape::Compare, Field::None, place(start, end));
                    self.close(hole, place(start, end));
                }
                Part::Name(start, end) => {
                    let hole = self.open(Shape::Hole, Field::None);
                    self.dotted(place(start, end));
                    self.close(hole, place(start, end));
                }
            }
        }
        self.close(at, span)
    }

    /// `a.b.c` as written in a text.
    fn dotted(&mut self, span: Span) {
        let text = self.slice(span);
        let words: Vec<&str> = text.split('.').collect();
        let opened: Vec<usize> = (1..words.len())
            .map(|at| self.open(Shape::Member, if at == 1 { Field::None } else { Field::Object }))
            .collect();
        let mut opened = opened.into_iter().rev();
        let mut start = span.from();
        for (index, word) in words.iter().enumerate() {
            let place = Span::new(start, start + word.len());
            if index == 0 {
                self.leaf(Shape::Name, if words.len() > 1 { Field::Object } else { Field::None }, place);
            } else {
                self.leaf(Shape::Word, Field::Name, place);
                if let Some(at) = opened.next() {
                    self.close(at, Span::new(span.from(), place.to()));
                }
            }
            start += word.len() + 1;
        }
    }
}

/// The parts of a format literal, as places in it. Empty when it has no holes.
fn parts_of(literal: &str) -> Vec<Part> {
    let Some(quote) = literal.find('"') else { return Vec::new() };
    let is_raw = literal.get(..quote).is_some_and(|prefix| prefix.contains('r'));
    let hashes = literal.get(..quote).map_or(0, |prefix| prefix.matches('#').count());
    let end = literal.len().saturating_sub(1 + if is_raw { hashes } else { 0 });
    let Some(inner) = literal.get(quote + 1..end.max(quote + 1)) else { return Vec::new() };
    let base = quote + 1;
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = inner.get(at..).and_then(|rest| rest.find(['{', '\\'])).map(|found| found + at) {
        let rest = inner.get(found..).unwrap_or_default();
        if rest.starts_with('\\') {
            // An escape: one character, or the braces of a code point.
            let code = rest.strip_prefix("\\u{").filter(|_| !is_raw).and_then(|code| code.find('}'));
            let next = rest.chars().nth(1).map_or(0, char::len_utf8);
            at = found + if is_raw { 1 } else { code.map_or(1 + next, |close| 3 + close + 1) };
            continue;
        }
        if rest.starts_with("{{") {
            at = found + 2;
            continue;
        }
        let Some(close) = rest.find('}') else { break };
        let name = rest.get(1..close).unwrap_or_default();
        let name = name.split([':', '!']).next().unwrap_or_default().trim_end();
        if found > from {
            parts.push(Part::Text(base + from, base + found));
        }
        let start = base + found + 1;
        parts.push(if is_dotted(name) {
            Part::Name(start, start + name.len())
        } else {
            Part::Hole(base + found, base + found + close + 1)
        });
        from = found + close + 1;
        at = from;
        if parts.len() > MAX_PARTS {
            return parts;
        }
    }
    if !parts.is_empty() && from < inner.len() {
        parts.push(Part::Text(base + from, base + inner.len()));
    }
    parts
}

fn is_dotted(name: &str) -> bool {
    !name.is_empty()
        && name.split('.').all(|word| {
            word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
                && word.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_are_told_from_braces() {
        let cases: &[(&str, &[&str])] = &[
            (r#""a {email} b""#, &["'a '", "email", "' b'"]),
            (r#""{user.email:?}{}{0:>5}{name:>w$}""#, &["user.email", "{}", "{0:>5}", "name"]),
            (r#""{{email}} \u{1F600} {x}""#, &[r"'{{email}} \u{1F600} '", "x"]),
            (r##"r#"\{a}"#"##, &[r"'\'", "a"]),
            (r#""\\{a}\"{b""#, &[r"'\\'", "a", r#"'\"{b'"#]),
            (r#""no holes""#, &[]),
            (r#""{{}}""#, &[]),
            (r#""{ }""#, &["{ }"]),
            ("\"", &[]),
            ("", &[]),
        ];
        for (literal, expected) in cases {
            let show = |part: &Part| match part {
                Part::Text(start, end) => format!("'{}'", literal.get(*start..*end).unwrap()),
                Part::Name(start, end) | Part::Hole(start, end) => literal.get(*start..*end).unwrap().to_owned(),
            };
            let found: Vec<_> = parts_of(literal).iter().map(show).collect();
            assert_eq!(found, *expected, "{literal}");
        }
    }
}

//! PyPI: PEP 440, and below every such version the old texts that PEP 440 refuses, in the order setuptools gave them.

use std::cmp::Ordering;

use pep440_rs::Version;

use super::token::{Number, pieces};

/// A part of a legacy version: words before numbers, as `*final-` and zero-filled numbers sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Early(&'a str),
    Final,
    Late(&'a str),
    Number(Number<'a>),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Legacy(Vec<Part<'a>>, &'a str),
    Valid(Version),
}

/// Compares two versions.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    key(a).cmp(&key(b))
}

fn key(text: &str) -> Key<'_> {
    match text.parse::<Version>() {
        Ok(version) => Key::Valid(version),
        Err(_) => Key::Legacy(legacy(text), text),
    }
}

fn legacy(text: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = pieces(text)
        .into_iter()
        .map(|piece| match Number::parse(piece) {
            Some(number) => Part::Number(number),
            None if piece.to_ascii_lowercase().as_str() < "final" => Part::Early(piece),
            None => Part::Late(piece),
        })
        .collect();
    parts.push(Part::Final);
    parts
}

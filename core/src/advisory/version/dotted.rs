//! CRAN and Hackage: numbers between dots and hyphens, compared one by one; the longer one is later.

use std::cmp::Ordering;

use super::token::Number;

/// Words have a place too, before every number, so that the order is total.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Word(&'a str),
    Number(Number<'a>),
}

/// Compares two versions.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    key(a).cmp(&key(b))
}

fn key(text: &str) -> Vec<Part<'_>> {
    text.split(['.', '-']).map(|part| Number::parse(part).map_or(Part::Word(part), Part::Number)).collect()
}

//! Packagist: Composer's normal form (numbers, then a stability) under the order of PHP's `version_compare`. Texts are
//! lower case.

use std::cmp::Ordering;

use super::token::{Number, number, pieces, trim_zeros};

/// A part after the numbers. `Stable` stands for the end: what comes before it is a pre-release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Unknown(&'a str),
    Development,
    Alpha,
    Beta,
    Candidate,
    Stable,
    Number(Number<'a>),
    Patch,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    /// A branch (`dev-main`): before every release.
    Branch(&'a str),
    Release(Vec<Number<'a>>, Vec<Part<'a>>),
}

/// Compares two versions.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    key(a).cmp(&key(b))
}

fn key(text: &str) -> Key<'_> {
    if let Some(branch) = text.strip_prefix("dev-") {
        return Key::Branch(branch);
    }
    let text = text.split(['+', '#', '@']).next().unwrap_or_default();
    let mut rest = text.strip_prefix('v').unwrap_or(text);
    let mut numbers = Vec::new();
    while let Some((value, after)) = number(rest) {
        numbers.push(value);
        rest = after;
        match after.strip_prefix(['.', '_', '-']) {
            Some(next) if next.starts_with(|character: char| character.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    if numbers.is_empty() {
        return Key::Branch(text);
    }
    // `1.x-dev` is the tip of the branch: Composer reads it as 1.9999999-dev.
    if rest.starts_with(".x") {
        numbers.push(Number::new("9999999"));
    }
    trim_zeros(&mut numbers);
    let mut parts: Vec<Part<'_>> = pieces(rest).into_iter().map(part).filter(|part| *part != Part::Stable).collect();
    parts.push(Part::Stable);
    Key::Release(numbers, parts)
}

fn part(piece: &str) -> Part<'_> {
    if let Some(number) = Number::parse(piece) {
        return Part::Number(number);
    }
    match piece {
        "dev" => Part::Development,
        // The `x` of a branch says nothing that its `-dev` does not.
        "x" => Part::Stable,
        "a" | "alpha" => Part::Alpha,
        "b" | "beta" => Part::Beta,
        "rc" | "c" => Part::Candidate,
        "stable" => Part::Stable,
        "p" | "pl" | "patch" => Part::Patch,
        word => Part::Unknown(word),
    }
}

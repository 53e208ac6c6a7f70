//! Maven: the version order of the POM reference. Texts are lower case.

use std::cmp::Ordering;

use super::token::{Number, run};

/// A part after the first; `End` is what a shorter version is filled up with. The order of the variants is the order
/// of the specification: known qualifiers, the release, later qualifiers, `-1`, `.1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Alpha,
    Beta,
    Milestone,
    Candidate,
    Snapshot,
    End,
    ServicePack,
    Word(&'a str),
    AfterHyphen(Number<'a>),
    AfterDot(Number<'a>),
}

impl Part<'_> {
    /// Parts that mean nothing before a hyphen, a word or the end.
    fn is_null(&self) -> bool {
        match self {
            Self::End => true,
            Self::AfterHyphen(number) | Self::AfterDot(number) => number.is_zero(),
            _ => false,
        }
    }
}

/// Compares two versions.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    key(a).cmp(&key(b))
}

fn key(text: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let (mut rest, mut hyphen) = (text, false);
    loop {
        let digits = rest.starts_with(|character: char| character.is_ascii_digit());
        let is_separator = |character: char| matches!(character, '.' | '-' | '_');
        let (token, after) = if digits {
            run(rest, |character| character.is_ascii_digit())
        } else {
            run(rest, |character| !character.is_ascii_digit() && !is_separator(character))
        };
        push(&mut parts, token, digits, hyphen, after);
        let Some(next) = after.chars().next() else { break };
        hyphen = next != '.';
        // Between a digit and a letter stands an unwritten hyphen.
        rest = if is_separator(next) { after.get(1..).unwrap_or_default() } else { after };
    }
    trim(&mut parts);
    parts.push(Part::End);
    parts
}

/// Adds a token; nulls before a hyphen or a word are dropped first.
fn push<'a>(parts: &mut Vec<Part<'a>>, token: &'a str, digits: bool, hyphen: bool, after: &str) {
    let part = if digits || token.is_empty() {
        let number = Number::new(token);
        if hyphen { Part::AfterHyphen(number) } else { Part::AfterDot(number) }
    } else {
        qualifier(token, after.starts_with(|character: char| character.is_ascii_digit()))
    };
    if hyphen || !matches!(part, Part::AfterDot(_)) {
        trim(parts);
    }
    parts.push(part);
}

fn qualifier(token: &str, before_digit: bool) -> Part<'_> {
    match token {
        "alpha" => Part::Alpha,
        "beta" => Part::Beta,
        "milestone" => Part::Milestone,
        "a" if before_digit => Part::Alpha,
        "b" if before_digit => Part::Beta,
        "m" if before_digit => Part::Milestone,
        "rc" | "cr" => Part::Candidate,
        "snapshot" => Part::Snapshot,
        "final" | "ga" | "release" => Part::End,
        "sp" => Part::ServicePack,
        word => Part::Word(word),
    }
}

fn trim(parts: &mut Vec<Part<'_>>) {
    while parts.last().is_some_and(Part::is_null) {
        parts.pop();
    }
}

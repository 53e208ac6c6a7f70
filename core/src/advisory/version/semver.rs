//! Semantic versions, read leniently: a `v` in front, any number of parts, numbers of any size. crates.io, npm, Go,
//! Hex, NuGet, Pub, Julia, Bitnami, SwiftURL and GitHub Actions order so.

use std::cmp::Ordering;

use super::token::{Number, number, trim_zeros};

/// An identifier of a pre-release: numbers come before words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier<'a> {
    Number(Number<'a>),
    Word(&'a str),
}

/// A pre-release comes before its release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage<'a> {
    Before(Vec<Identifier<'a>>),
    Release,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    numbers: Vec<Number<'a>>,
    stage: Stage<'a>,
}

/// Precedence of semver.org, build metadata ignored.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    key(split_build(a).0).cmp(&key(split_build(b).0))
}

/// The same, then build metadata: none comes first, as in Dart and Julia.
pub(super) fn compare_with_build(a: &str, b: &str) -> Ordering {
    let ((a, a_build), (b, b_build)) = (split_build(a), split_build(b));
    key(a).cmp(&key(b)).then_with(|| a_build.map(identifiers).cmp(&b_build.map(identifiers)))
}

fn split_build(text: &str) -> (&str, Option<&str>) {
    match text.split_once('+') {
        Some((version, build)) => (version, Some(build)),
        None => (text, None),
    }
}

fn key(text: &str) -> Key<'_> {
    let mut rest = text.trim_start_matches(['v', 'V', '=', ' ']);
    let mut numbers = Vec::new();
    while let Some((value, after)) = number(rest) {
        numbers.push(value);
        rest = after;
        match after.strip_prefix('.') {
            Some(next) if next.starts_with(|character: char| character.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    trim_zeros(&mut numbers);
    // What is neither number nor dot starts the pre-release, also without its hyphen (`1.2.3b1`, `1.2.x`).
    let before = rest.trim_start_matches(['-', '.']);
    let stage = if before.is_empty() { Stage::Release } else { Stage::Before(identifiers(before)) };
    Key { numbers, stage }
}

fn identifiers(text: &str) -> Vec<Identifier<'_>> {
    let read = |part| Number::parse(part).map_or(Identifier::Word(part), Identifier::Number);
    text.split('.').map(read).collect()
}

//! Alpine, Wolfi, Chainguard: `1.2.3b_rc1~hash-r4` as apk orders it.

use std::cmp::Ordering;

use super::token::{Number, run};

/// A part, from what makes a version earliest to what makes it latest; `End` in the middle is the version itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Before(u8, Number<'a>),
    End,
    Revision(Number<'a>),
    Hash(&'a str),
    Other(&'a str),
    After(u8, Number<'a>),
    Letter(char),
    /// A number with a leading zero after a dot is a fraction: it is compared as text and comes before the others.
    Fraction(&'a str),
    Number(Number<'a>),
}

const BEFORE: [&str; 4] = ["alpha", "beta", "pre", "rc"];
const AFTER: [&str; 5] = ["cvs", "svn", "git", "hg", "p"];

/// Compares two versions.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    key(a).cmp(&key(b))
}

fn key(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        let (part, next) = match first {
            '0'..='9' => {
                let (digits, next) = run(rest, |character| character.is_ascii_digit());
                let is_fraction = !parts.is_empty() && first == '0';
                (if is_fraction { Part::Fraction(digits) } else { Part::Number(Number::new(digits)) }, next)
            }
            '.' if after.starts_with(|character: char| character.is_ascii_digit()) => {
                rest = after;
                continue;
            }
            'a'..='z' if !after.starts_with(|character: char| character.is_ascii_lowercase()) => {
                (Part::Letter(first), after)
            }
            '_' => suffix(after),
            '~' => {
                let (hash, next) = run(after, |character| character.is_ascii_hexdigit());
                (Part::Hash(hash), next)
            }
            '-' if after.starts_with('r') => {
                let (digits, next) = run(after.get(1..).unwrap_or_default(), |character| character.is_ascii_digit());
                (Part::Revision(Number::new(digits)), next)
            }
            _ => (Part::Other(rest), ""),
        };
        parts.push(part);
        rest = next;
    }
    parts.push(Part::End);
    parts
}

fn suffix(text: &str) -> (Part<'_>, &str) {
    let (word, after) = run(text, |character| character.is_ascii_lowercase());
    let (digits, next) = run(after, |character| character.is_ascii_digit());
    let rank = |words: &[&str]| words.iter().position(|known| *known == word).and_then(|at| u8::try_from(at).ok());
    match (rank(&BEFORE), rank(&AFTER)) {
        (Some(rank), _) => (Part::Before(rank, Number::new(digits)), next),
        (_, Some(rank)) => (Part::After(rank, Number::new(digits)), next),
        _ => (Part::Other(text), ""),
    }
}

//! Debian and Ubuntu: epoch, upstream version, revision, as Debian policy 5.6.12 orders them.

use std::cmp::Ordering;

use super::token::{Number, compare_padded, run};

/// A run that is not digits, then a number. Each character sorts by weight: tilde, end, letters, everything else.
type Part<'a> = (Vec<u32>, Number<'a>);

/// Compares two versions.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let ((a_epoch, a), (b_epoch, b)) = (split_epoch(a), split_epoch(b));
    let ((a, a_revision), (b, b_revision)) = (split_revision(a), split_revision(b));
    a_epoch.cmp(&b_epoch).then_with(|| compare_parts(a, b)).then_with(|| compare_parts(a_revision, b_revision))
}

fn compare_parts(a: &str, b: &str) -> Ordering {
    compare_padded(&parts(a), &parts(b), &(vec![weight(None)], Number::ZERO))
}

fn split_epoch(text: &str) -> (Number<'_>, &str) {
    match text.split_once(':') {
        Some((epoch, rest)) => match Number::parse(epoch) {
            Some(epoch) => (epoch, rest),
            None => (Number::ZERO, text),
        },
        None => (Number::ZERO, text),
    }
}

fn split_revision(text: &str) -> (&str, &str) {
    // No revision is the same as revision 0, which is the same as an empty one.
    text.rsplit_once('-').unwrap_or((text, ""))
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut found, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (word, after) = run(rest, |character| !character.is_ascii_digit());
        let (digits, after) = run(after, |character| character.is_ascii_digit());
        let weights = word.chars().map(|character| weight(Some(character))).chain([weight(None)]).collect();
        found.push((weights, Number::new(digits)));
        rest = after;
    }
    found
}

fn weight(character: Option<char>) -> u32 {
    match character {
        Some('~') => 0,
        None => 1,
        Some(letter) if letter.is_ascii_alphabetic() => u32::from(letter),
        Some(other) => u32::from(other).saturating_add(256),
    }
}

//! RubyGems: `Gem::Version`. Runs of digits and letters, words before numbers, zeros before a word or the end do not
//! count.

use std::cmp::Ordering;

use super::token::{Number, compare_padded, pieces};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment<'a> {
    Word(&'a str),
    Number(Number<'a>),
}

/// Compares two versions.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    // A hyphen means a pre-release: `1.0-x` is `1.0.pre.x`.
    let (a, b) = (a.replace('-', ".pre."), b.replace('-', ".pre."));
    compare_padded(&segments(&a), &segments(&b), &Segment::Number(Number::ZERO))
}

fn segments(text: &str) -> Vec<Segment<'_>> {
    let mut found = Vec::new();
    let trim = |found: &mut Vec<Segment<'_>>| {
        while matches!(found.last(), Some(Segment::Number(number)) if number.is_zero()) {
            found.pop();
        }
    };
    for piece in pieces(text) {
        match Number::parse(piece) {
            Some(number) => found.push(Segment::Number(number)),
            None => {
                // Only zeros of the release are insignificant, those between two words stay.
                if !found.iter().any(|segment| matches!(segment, Segment::Word(_))) {
                    trim(&mut found);
                }
                found.push(Segment::Word(piece));
            }
        }
    }
    trim(&mut found);
    found
}

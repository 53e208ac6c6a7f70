//! Parts that several orders share: numbers of any size, runs of letters, padded comparison.

use std::cmp::Ordering;

/// A whole number of any length, as its digits without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number<'a>(&'a str);

impl<'a> Number<'a> {
    /// The number zero.
    pub(super) const ZERO: Number<'static> = Number("");

    /// Reads digits; the caller has seen that there is nothing else.
    pub(super) fn new(digits: &'a str) -> Self {
        Self(digits.trim_start_matches('0'))
    }

    /// Reads a text that is digits only, at least one.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| Self::new(text))
    }

    /// True for zero.
    pub(super) fn is_zero(self) -> bool {
        self.0.is_empty()
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(other.0))
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Splits off the longest start whose characters all meet `test`.
pub(super) fn run(text: &str, test: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|character| !test(character)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Splits off leading digits as a number; `None` when there is none.
pub(super) fn number(text: &str) -> Option<(Number<'_>, &str)> {
    let (digits, rest) = run(text, |character| character.is_ascii_digit());
    (!digits.is_empty()).then(|| (Number::new(digits), rest))
}

/// Cuts a text into runs of digits and runs of letters; everything else separates.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (piece, after) = if first.is_ascii_digit() {
            run(rest, |character| character.is_ascii_digit())
        } else if first.is_alphabetic() {
            run(rest, char::is_alphabetic)
        } else {
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        };
        found.push(piece);
        rest = after;
    }
    found
}

/// Drops zeros from the end.
pub(super) fn trim_zeros(numbers: &mut Vec<Number<'_>>) {
    while numbers.last().is_some_and(|number| number.is_zero()) {
        numbers.pop();
    }
}

/// Compares two sequences as if both went on for ever with `filler`: a total order, since it is lexicographic.
pub(super) fn compare_padded<T: Ord>(a: &[T], b: &[T], filler: &T) -> Ordering {
    let longest = a.len().max(b.len());
    let at = |items: &'_ [T], index: usize| -> Ordering {
        // The order of an element against the filler, for the side that still has elements.
        items.get(index).unwrap_or(filler).cmp(filler)
    };
    for index in 0..longest {
        let order = match (a.get(index), b.get(index)) {
            (Some(left), Some(right)) => left.cmp(right),
            (Some(_), None) => at(a, index),
            (None, _) => at(b, index).reverse(),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

//! Runs of bytes of one kind, found without looking at most of the others.

use std::ops::Range;

/// A run of a least length.
pub(super) struct Run {
    least: usize,
    members: [bool; 256],
}

impl Run {
    /// Runs of at least so many bytes that are members.
    pub(super) fn new(least: usize, is_member: impl Fn(u8) -> bool) -> Self {
        let mut members = [false; 256];
        for (byte, member) in (0..=u8::MAX).zip(&mut members) {
            *member = is_member(byte);
        }
        Self { least: least.max(1), members }
    }

    /// True when there is one.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        self.start(text, 0).is_some()
    }

    /// The first one that starts at a place or behind it, in its full length.
    pub(super) fn next(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let start = self.start(text, from)?;
        let rest = text.get(start + self.least..).unwrap_or_default();
        let more = rest.iter().take_while(|&&byte| self.has(byte)).count();
        Some(start..start + self.least + more)
    }

    /// Looks at the last byte that a run must cover first, and at others only where that one fits.
    fn start(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut start = from;
        while let Some(part) = text.get(start..start + self.least) {
            match part.iter().rposition(|&byte| !self.has(byte)) {
                // No run that begins before the gap is long enough.
                Some(gap) => start += gap + 1,
                None => return Some(start),
            }
        }
        None
    }

    fn has(&self, byte: u8) -> bool {
        self.members.get(usize::from(byte)) == Some(&true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_in_their_full_length() {
        let run = Run::new(3, |byte| byte.is_ascii_digit());
        for (text, expected) in [
            ("", vec![]),
            ("12", vec![]),
            ("123", vec![0..3]),
            ("a12b1234c12345", vec![4..8, 9..14]),
            ("12a123", vec![3..6]),
        ] {
            let mut at = 0;
            let found: Vec<_> = std::iter::from_fn(|| {
                let range = run.next(text.as_bytes(), at)?;
                at = range.end;
                Some(range)
            })
            .collect();
            assert_eq!(found, expected, "{text}");
            assert_eq!(run.is_in(text.as_bytes()), !expected.is_empty(), "{text}");
        }
    }
}

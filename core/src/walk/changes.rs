//! Which lines of a file changed, counted the way regions count them.

use std::ops::RangeInclusive;

use gix::diff::blob::{Algorithm, Diff, InternedInput};

use crate::{
    source,
    span::{Lines, Region},
};

/// The lines of a source that differ from an earlier version. Empty when nothing does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    lines: Vec<RangeInclusive<u32>>,
    removals: Vec<u32>,
}

impl Changes {
    /// Lines that were added or changed: 1-based, ascending, apart.
    pub fn lines(&self) -> &[RangeInclusive<u32>] {
        &self.lines
    }

    /// Lines directly after which something was removed and nothing put in its place; 0 is before the first line.
    pub fn removals(&self) -> &[u32] {
        &self.removals
    }

    /// True when nothing changed.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.removals.is_empty()
    }

    /// True when a line of the region was added or changed, or something inside it was removed (a block that lost its
    /// `encrypted = true` has changed, though every line that is left is old).
    pub fn touch(&self, region: Region) -> bool {
        let first = region.start_line;
        // A region that ends before the first column of a line does not hold that line.
        let is_before = region.end_column <= 1 && region.end_line > first;
        let last = region.end_line.saturating_sub(u32::from(is_before)).max(first);
        let at = self.lines.partition_point(|lines| *lines.end() < first);
        let is_changed = self.lines.get(at).is_some_and(|lines| *lines.start() <= last);
        let at = self.removals.partition_point(|&line| line < first);
        is_changed || self.removals.get(at).is_some_and(|&line| line < last)
    }

    /// What changed from `before` to `after`. Line ends do not count, so a checkout with other line ends is the same.
    pub(super) fn between(before: &[u8], after: &[u8]) -> Self {
        if before == after {
            return Self::default();
        }
        let (before, after) = (source::decode(before), source::decode(after));
        let (diff, _) = diff(&before, &after);
        let mut changes = Self::default();
        for hunk in diff.hunks() {
            if hunk.is_pure_removal() {
                changes.removals.push(hunk.after.start);
            } else {
                changes.lines.push(hunk.after.start + 1..=hunk.after.end);
            }
        }
        changes
    }
}

/// How alike two texts are: lines they share, per cent of the longer one's.
pub(super) fn likeness(before: &[u8], after: &[u8]) -> usize {
    let (before, after) = (source::decode(before), source::decode(after));
    let (diff, longer) = diff(&before, &after);
    let shared = Lines::new(&after).count().saturating_sub(diff.count_additions() as usize);
    shared * 100 / longer.max(1)
}

/// The difference of two texts by lines, and the number of lines of the longer one.
fn diff(before: &str, after: &str) -> (Diff, usize) {
    let (before, after) = (Lines::new(before), Lines::new(after));
    let mut input = InternedInput::<&str>::default();
    input.update_before(lines_of(&before));
    input.update_after(lines_of(&after));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    (diff, before.count().max(after.count()))
}

fn lines_of<'a>(lines: &'a Lines<'a>) -> impl Iterator<Item = &'a str> {
    (1..=u32::try_from(lines.count()).unwrap_or(u32::MAX)).map(|line| lines.line_text(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_added_and_changed_are_told_from_lines_that_moved() {
        for (before, after, lines, removals) in [
            ("a\nb\nc\n", "a\nb\nc\n", vec![], vec![]),
            ("a\nb\nc\n", "a\nB\nc\n", vec![2..=2], vec![]),
            ("a\nb\nc\n", "x\ny\na\nb\nc\n", vec![1..=2], vec![]),
            ("a\nb\nc\n", "a\nc\n", vec![], vec![1]),
            ("a\nb\nc\n", "b\nc\n", vec![], vec![0]),
            ("a\nb\nc\n", "a\r\nb\r\nc\r\n", vec![], vec![]),
            ("a\nb\rc", "a\nb\rC", vec![3..=3], vec![]),
            ("", "one\n", vec![1..=1], vec![]),
            ("a\nb\nc\nd\ne\n", "a\nB\nc\nd\nE\nF\n", vec![2..=2, 5..=6], vec![]),
        ] {
            let changes = Changes::between(before.as_bytes(), after.as_bytes());
            assert_eq!((changes.lines, changes.removals), (lines, removals), "{before:?} -> {after:?}");
        }
    }

    #[test]
    fn a_change_of_encoding_alone_changes_no_line() {
        let utf16: Vec<u8> = "key = 1\nname = x\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(Changes::between(b"key = 1\nname = x\n", &utf16).is_empty());
    }

    #[test]
    fn regions_are_touched_by_their_own_lines_only() {
        let changes = Changes { lines: vec![3..=4, 9..=9], removals: vec![6] };
        for (start, end, end_column, touched) in [
            (1, 2, 5, false),
            (1, 3, 5, true),
            (1, 3, 1, false),
            (3, 3, 1, true),
            (4, 4, 9, true),
            (5, 6, 9, false),
            (6, 6, 9, false),
            (6, 7, 9, true),
            (5, 8, 2, true),
            (7, 8, 2, false),
            (9, 20, 2, true),
            (10, 20, 2, false),
        ] {
            let region = Region { start_line: start, start_column: 1, end_line: end, end_column };
            assert_eq!(changes.touch(region), touched, "{start} to {end}");
        }
    }

    #[test]
    fn hostile_texts_are_compared_in_bounded_time() {
        let same = "\n".repeat(2_000_000);
        let other = "\n".repeat(1_900_000) + "x\n";
        assert!(!Changes::between(same.as_bytes(), other.as_bytes()).is_empty());
        let woven = |step: usize| (0..60_000).map(|at| format!("{}\n", at * step % 1009)).collect::<String>();
        assert!(!Changes::between(woven(1).as_bytes(), woven(7).as_bytes()).is_empty());
    }
}

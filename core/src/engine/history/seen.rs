//! What was looked at before: most of a version of a file stood in the version before it.
//!
//! A text is cut where its lines say so, and not where they stand: what is put in above moves no cut. A part is passed
//! over when it stood between the same two parts at the same paths before, and nothing was found in it there. What new
//! neighbours make of a part is looked at, with the lines before it that a rule may begin in.

use std::{
    hash::BuildHasher,
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
};

use foldhash::quality::RandomState;

use crate::engine::decode::{self, Layers};

/// Slots of the memory of parts: 8 MB. A part that lost its slot is looked at again.
const SLOTS: usize = 1 << 20;

/// Bytes of a part: a line that fits ends it beyond the least, any line beyond the most.
const LEAST: usize = 512;
const MOST: usize = 4096;

/// Bits of a slot that count what is encoded in a part; the others know it again.
const COUNT: u64 = 0xFFF;

/// The memory of parts in which nothing was found. Its hashes are seeded: nobody can write a part that looks like
/// another.
pub(super) struct Seen {
    slots: Vec<AtomicU64>,
    state: RandomState,
    /// Lines before a place in which a match that reaches it may begin.
    back: usize,
}

/// A part of a text.
pub(super) struct Part {
    pub(super) range: Range<usize>,
    key: u64,
    /// How much is encoded in it, when it was looked at before.
    known: Option<u64>,
}

impl Part {
    pub(super) fn is_new(&self) -> bool {
        self.known.is_none()
    }
}

impl Seen {
    /// For rules whose matches have so many lines.
    pub(super) fn new(back: usize) -> Self {
        let slots = std::iter::repeat_with(AtomicU64::default).take(SLOTS).collect();
        Self { slots, state: RandomState::default(), back }
    }

    /// Cuts a text that lies at these paths.
    pub(super) fn parts<'p>(&self, text: &str, paths: impl Iterator<Item = &'p str>) -> Vec<Part> {
        let place = self.state.hash_one(paths.collect::<Vec<_>>());
        let ranges = cuts(text);
        let hash = |range: &Range<usize>| self.state.hash_one(text.get(range.clone()).unwrap_or_default().as_bytes());
        let hashes: Vec<u64> = ranges.iter().map(hash).collect();
        let at = |index: Option<usize>| index.and_then(|index| hashes.get(index)).copied();
        let part = |(index, range): (usize, Range<usize>)| {
            let key = self.state.hash_one((place, at(index.checked_sub(1)), at(Some(index)), at(Some(index + 1))));
            Part { range, key, known: self.recall(key) }
        };
        ranges.into_iter().enumerate().map(part).collect()
    }

    fn recall(&self, key: u64) -> Option<u64> {
        let slot = self.slot(key)?.load(Ordering::Relaxed);
        (slot & !COUNT == key & !COUNT).then_some(slot & COUNT).and_then(|count| count.checked_sub(1))
    }

    fn slot(&self, key: u64) -> Option<&AtomicU64> {
        self.slots.get(usize::try_from(key >> 32).unwrap_or_default() % SLOTS)
    }

    /// Remembers that nothing was found in what has this key, and how much is encoded in it.
    fn note(&self, key: u64, encoded: usize) {
        let count = encoded as u64 + 1;
        if let Some(slot) = self.slot(key).filter(|_| count <= COUNT) {
            slot.store(key & !COUNT | count, Ordering::Relaxed);
        }
    }

    /// Remembers the new ones among the parts in which nothing was found.
    pub(super) fn learn(&self, parts: &[Part], encoded: &[usize], found: &[Range<usize>]) {
        for part in parts.iter().filter(|part| part.is_new()) {
            let touches = |range: &Range<usize>| range.start < part.range.end && part.range.start < range.end;
            if !found.iter().any(touches) {
                self.note(part.key, encoded.iter().filter(|at| part.range.contains(at)).count());
            }
        }
    }

    /// The ranges to look at: new parts, with the lines before them.
    pub(super) fn news(&self, text: &str, parts: &[Part]) -> Vec<Range<usize>> {
        let mut news: Vec<Range<usize>> = Vec::new();
        for part in parts.iter().filter(|part| part.is_new()) {
            let before = text.as_bytes().get(..part.range.start.saturating_sub(1)).unwrap_or_default();
            let start = memchr::memrchr_iter(b'\n', before).nth(self.back).map_or(0, |at| at + 1);
            match news.last_mut() {
                Some(last) if start <= last.end => last.end = part.range.end,
                _ => news.push(start..part.range.end),
            }
        }
        news
    }
}

/// Encoded parts of a text, known by their texts and paths.
pub(super) struct Hidden(Vec<u64>);

impl Seen {
    /// Takes out the encoded parts that said nothing before at these paths.
    pub(super) fn take_known<'p>(&self, layers: &mut Layers, paths: impl Iterator<Item = &'p str>) -> Hidden {
        let place = self.state.hash_one(paths.collect::<Vec<_>>());
        let mut keys = Vec::new();
        layers.all.retain(|layer| {
            let key = self.state.hash_one((place, &layer.text, &layer.decoded));
            let is_known = self.recall(key).is_some();
            keys.extend((!is_known).then_some(key));
            !is_known
        });
        Hidden(keys)
    }

    /// Remembers encoded parts of a text in which nothing was found.
    pub(super) fn learn_hidden(&self, hidden: &Hidden) {
        hidden.0.iter().for_each(|&key| self.note(key, 0));
    }
}

/// True for a text whose parts tell what there is to decode in it: more is not decoded of one text, and what that is
/// depends on all of it.
pub(super) fn is_apt(text: &str) -> bool {
    text.len() <= decode::BUDGET
}

/// How much is encoded in the parts that were looked at before.
pub(super) fn encoded_in(parts: &[Part]) -> u64 {
    parts.iter().filter_map(|part| part.known).sum()
}

/// Ranges of whole lines that cover a text.
fn cuts(text: &str) -> Vec<Range<usize>> {
    let mut cuts = Vec::new();
    let mut start = 0;
    for at in memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1) {
        let length = at - start;
        if length >= LEAST && (length >= MOST || ends_part(text.as_bytes().get(at..).unwrap_or_default())) {
            cuts.push(start..at);
            start = at;
        }
    }
    if start < text.len() {
        cuts.push(start..text.len());
    }
    cuts
}

/// True for one in eight lines, told from the first bytes of the line behind the cut.
fn ends_part(rest: &[u8]) -> bool {
    let first = rest.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    first.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(from: usize, to: usize) -> String {
        (from..to).map(|line| format!("{line:05} a line of some length that tells its number\n")).collect()
    }

    #[test]
    fn parts_cover_a_text_and_move_with_their_lines() {
        let text = lines(0, 500);
        let cut = cuts(&text);
        assert!(cut.len() > 10, "{}", cut.len());
        assert_eq!(cut.iter().map(|range| &text[range.clone()]).collect::<String>(), text);
        let moved = format!("new\n{text}");
        let of = |text: &str| cuts(text).into_iter().map(|range| text[range].to_owned()).collect::<Vec<_>>();
        let (before, after) = (of(&text), of(&moved));
        assert!(before.iter().filter(|part| after.contains(part)).count() + 2 >= before.len());
    }

    #[test]
    fn only_what_is_new_is_looked_at_again() {
        let seen = Seen::new(2);
        let text = lines(0, 500);
        let path = || std::iter::once("a.txt");
        let parts = seen.parts(&text, path());
        assert_eq!(seen.news(&text, &parts), vec![0..text.len()]);
        // Something was found in the third part, and something is encoded in the first.
        let found = parts[2].range.start + 1..parts[2].range.start + 2;
        seen.learn(&parts, &[3, 5], std::slice::from_ref(&found));
        let parts = seen.parts(&text, path());
        assert_eq!(encoded_in(&parts), 2);
        let news = seen.news(&text, &parts);
        assert_eq!(news.len(), 1);
        assert!(news[0].start < parts[2].range.start && news[0].end == parts[2].range.end);
        assert_eq!(text[news[0].start..parts[2].range.start].lines().count(), 3);
        assert_eq!(seen.news(&text, &seen.parts(&text, std::iter::once("b.txt"))), vec![0..text.len()]);
        // A part with new neighbours is new.
        let changed = text.replacen("00300 a", "00300 b", 1);
        let parts = seen.parts(&changed, path());
        let at = changed.find("00300").unwrap();
        let near = parts.iter().filter(|part| part.known.is_none() && part.range.start > parts[2].range.end);
        let near: Vec<_> = near.map(|part| part.range.clone()).collect();
        assert!(near.len() == 3 && near[1].contains(&at), "{near:?}");
    }
}

//! Finds many words in a text in one pass, compared without case.
//!
//! Every word is known by the three of its bytes that are the rarest in source code. A text is read three bytes at a
//! time, one byte further each step; a small table that stays in the nearest cache tells whether some word may lie
//! there, and only then are words compared. An automaton over all words would be as large as the words are many, and
//! slower for it: most steps of a scan end in that table.

use foldhash::HashMap;

/// Bits of a hash.
const BITS: u32 = 15;
const SLOTS: usize = 1 << BITS;

/// The three bytes that source code has most often, from the first to the 1,500th, folded as [`next`] folds them:
/// counted in 6 MB of random files of public repositories in Go, TypeScript, Python, YAML and Markdown.
const FREQUENT: &[u8] = include_bytes!("trigrams.txt");

/// Many words.
pub(super) struct Words {
    /// Whether any word lies at a hash, one bit each.
    filter: Box<[u64; SLOTS / 64]>,
    /// By hash: where its candidates begin; the next one tells where they end.
    starts: Vec<u32>,
    candidates: Vec<Candidate>,
    words: Vec<Box<[u8]>>,
}

/// A word, and where in it the three bytes stand.
#[derive(Clone, Copy)]
struct Candidate {
    word: u32,
    offset: u32,
}

impl Words {
    /// From words of three bytes or more; shorter ones are never found.
    pub(super) fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let words: Vec<Box<[u8]>> =
            words.into_iter().map(|word| word.to_ascii_lowercase().into_bytes().into()).collect();
        let frequencies = frequencies();
        let mut placed: Vec<(usize, Candidate)> = Vec::with_capacity(words.len());
        for (word, bytes) in (0u32..).zip(&words) {
            let keys = bytes.windows(3).map(|three| three.iter().fold(0, |key, &byte| next(key, byte)));
            let rarest = (0u32..).zip(keys).min_by_key(|(_, key)| frequencies.get(key).copied().unwrap_or(0));
            if let Some((offset, key)) = rarest {
                placed.push((slot(key), Candidate { word, offset }));
            }
        }
        placed.sort_by_key(|&(slot, candidate)| (slot, candidate.word));
        let mut filter = Box::new([0u64; SLOTS / 64]);
        let mut counts = vec![0u32; SLOTS + 1];
        for &(slot, _) in &placed {
            if let Some(bits) = filter.get_mut(slot / 64) {
                *bits |= 1 << (slot % 64);
            }
            if let Some(count) = counts.get_mut(slot + 1) {
                *count += 1;
            }
        }
        let starts = counts
            .iter()
            .scan(0, |sum, count| {
                *sum += count;
                Some(*sum)
            })
            .collect();
        Self { filter, starts, candidates: placed.into_iter().map(|(_, candidate)| candidate).collect(), words }
    }

    /// Calls `found` with the index of each word and where it begins, every time that one stands in the text. Places
    /// come nearly in order.
    pub(super) fn find(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        let mut key = 0;
        for (at, &byte) in text.iter().enumerate() {
            key = next(key, byte);
            let slot = slot(key);
            if self.filter.get(slot / 64).is_some_and(|bits| bits >> (slot % 64) & 1 != 0) {
                self.compare(text, at, slot, &mut found);
            }
        }
    }

    /// Compares the words of a slot with the text; `at` is the last of the three bytes.
    #[cold]
    fn compare(&self, text: &[u8], at: usize, slot: usize, found: &mut impl FnMut(usize, usize)) {
        let place = |slot: usize| self.starts.get(slot).map_or(0, |&start| start as usize);
        for candidate in self.candidates.get(place(slot)..place(slot + 1)).unwrap_or_default() {
            let Some(start) = at.checked_sub(candidate.offset as usize + 2) else { continue };
            let Some(word) = self.words.get(candidate.word as usize) else { continue };
            if text.get(start..start + word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word)) {
                found(candidate.word as usize, start);
            }
        }
    }
}

/// The key of the last three bytes. Setting one bit makes letters of both cases alike, and some signs.
fn next(key: u32, byte: u8) -> u32 {
    (key << 8 | u32::from(byte | 0x20)) & 0x00FF_FFFF
}

fn slot(key: u32) -> usize {
    (key.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

/// Larger for what is more frequent; what is not there is rare.
fn frequencies() -> HashMap<u32, usize> {
    let keys = FREQUENT.chunks_exact(3).map(|three| three.iter().fold(0, |key, &byte| next(key, byte)));
    let last = FREQUENT.len() / 3;
    keys.enumerate().map(|(rank, key)| (key, last - rank)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(words: &[&str], text: &str) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        Words::new(words.iter().copied()).find(text.as_bytes(), |word, at| all.push((at, word)));
        all.sort_unstable();
        all
    }

    #[test]
    fn words_are_found_in_either_case_and_inside_of_each_other() {
        let words = ["secret", "cret", "_key", "KEY", "é=x"];
        assert_eq!(found(&words, "my_Secret_kEy"), [(3, 0), (5, 1), (9, 2), (10, 3)]);
        assert_eq!(found(&words, "é=X"), [(0, 4)]);
        assert_eq!(found(&words, "ke"), []);
    }

    proptest! {
        #[test]
        fn the_same_words_are_found_as_by_looking_for_each(
            words in prop::collection::vec("[abAB_@`]{3,5}", 1..8),
            text in "[abAB_@`\\n]{0,60}",
        ) {
            let lower = text.to_ascii_lowercase();
            let mut expected = Vec::new();
            for (index, word) in words.iter().enumerate() {
                let word = word.to_ascii_lowercase();
                expected.extend((0..lower.len()).filter(|&at| lower[at..].starts_with(&word)).map(|at| (at, index)));
            }
            expected.sort_unstable();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            prop_assert_eq!(found(&words, &text), expected);
        }
    }
}

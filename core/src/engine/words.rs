//! Finds many words in a text in one pass, compared without case.
//!
//! Every word is known by the four of its bytes that are the rarest in source code; a word of three by all of them. A
//! text is read byte by byte, with the last four at hand; a small table that stays in a near cache tells whether some
//! word may lie there, and only then are words compared. An automaton over all words would be as large as the words
//! are many, and slower for it: most steps of a scan end in that table.

use foldhash::HashMap;

/// Bits of a hash.
const BITS: u32 = 16;
const SLOTS: usize = 1 << BITS;

/// The three bytes that source code has most often, from the first to the 1,500th, folded as [`next`] folds them:
/// counted in 6 MB of random files of public repositories in Go, TypeScript, Python, YAML and Markdown.
const FREQUENT: &[u8] = include_bytes!("trigrams.txt");

/// The last three bytes of a key.
const THREE: u32 = 0x00FF_FFFF;

/// Many words.
pub(super) struct Words {
    /// Words of four bytes and more.
    long: Table,
    /// Words of three bytes.
    short: Table,
    words: Vec<Box<[u8]>>,
}

/// Words by the hash of some of their bytes.
struct Table {
    /// Whether any word lies at a hash, one bit each.
    filter: Box<[u64; SLOTS / 64]>,
    /// By hash: where its candidates begin; the next one tells where they end.
    starts: Vec<u32>,
    candidates: Vec<Candidate>,
}

/// A word, and where in it its bytes end.
#[derive(Clone, Copy)]
struct Candidate {
    word: u32,
    end: u32,
}

impl Words {
    /// From words of three bytes or more; shorter ones are never found.
    pub(super) fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let words: Vec<Box<[u8]>> =
            words.into_iter().map(|word| word.to_ascii_lowercase().into_bytes().into()).collect();
        let frequencies = frequencies();
        let frequency = |key: u32| frequencies.get(&key).copied().unwrap_or(0);
        let (mut long, mut short) = (Vec::with_capacity(words.len()), Vec::new());
        for (word, bytes) in (0u32..).zip(&words) {
            let keys = bytes.windows(4).map(|four| four.iter().fold(0, |key, &byte| next(key, byte)));
            // Four bytes are as rare as the three at either end of them are.
            let rarest = (4u32..).zip(keys).min_by_key(|&(_, key)| frequency(key & THREE) + frequency(key >> 8));
            if let Some((end, key)) = rarest {
                long.push((slot(key), Candidate { word, end }));
            } else if bytes.len() == 3 {
                let key = bytes.iter().fold(0, |key, &byte| next(key, byte));
                short.push((slot(key), Candidate { word, end: 3 }));
            }
        }
        Self { long: Table::new(long), short: Table::new(short), words }
    }

    /// Calls `found` with the index of each word and where it begins, every time that one stands in the text. Places
    /// come nearly in order.
    pub(super) fn find(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        let mut key = 0;
        for (end, &byte) in (1..).zip(text) {
            key = next(key, byte);
            let (long, short) = (slot(key), slot(key & THREE));
            if self.long.has(long) {
                self.compare(text, end, self.long.at(long), &mut found);
            }
            if self.short.has(short) {
                self.compare(text, end, self.short.at(short), &mut found);
            }
        }
    }

    /// Compares words with the text whose bytes end at `end`.
    #[cold]
    fn compare(&self, text: &[u8], end: usize, candidates: &[Candidate], found: &mut impl FnMut(usize, usize)) {
        for candidate in candidates {
            let Some(start) = end.checked_sub(candidate.end as usize) else { continue };
            let Some(word) = self.words.get(candidate.word as usize) else { continue };
            if text.get(start..start + word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word)) {
                found(candidate.word as usize, start);
            }
        }
    }
}

impl Table {
    fn new(mut placed: Vec<(usize, Candidate)>) -> Self {
        placed.sort_by_key(|&(slot, candidate)| (slot, candidate.word));
        let mut filter = Box::new([0u64; SLOTS / 64]);
        let mut starts = vec![0u32; SLOTS + 1];
        for &(slot, _) in &placed {
            if let Some(bits) = filter.get_mut(slot / 64) {
                *bits |= 1 << (slot % 64);
            }
            if let Some(count) = starts.get_mut(slot + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { filter, starts, candidates: placed.into_iter().map(|(_, candidate)| candidate).collect() }
    }

    fn has(&self, slot: usize) -> bool {
        self.filter.get(slot / 64).is_some_and(|bits| bits >> (slot % 64) & 1 != 0)
    }

    fn at(&self, slot: usize) -> &[Candidate] {
        let start = |slot: usize| self.starts.get(slot).map_or(0, |&start| start as usize);
        self.candidates.get(start(slot)..start(slot + 1)).unwrap_or_default()
    }
}

/// The key of the last four bytes. Setting one bit makes letters of both cases alike, and some signs.
fn next(key: u32, byte: u8) -> u32 {
    key << 8 | u32::from(byte | 0x20)
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

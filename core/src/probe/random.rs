//! A small deterministic generator: cases must have the same bytes on every machine.

/// Small deterministic generator (splitmix64, <https://prng.di.unimi.it/splitmix64.c>). Not for real secrets.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

pub(super) const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
pub(super) const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(super) const DIGITS: &str = "0123456789";
pub(super) const ALNUM: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(super) const HEX: &str = "0123456789abcdef";
pub(super) const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl Random {
    /// A generator that gives the same sequence for the same seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit` (0 when there is none).
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.bits() >> 32).unwrap_or_default().checked_rem(limit).unwrap_or_default()
    }

    /// One of the characters of an alphabet.
    pub fn pick(&mut self, alphabet: &str) -> char {
        let at = self.below(alphabet.chars().count());
        alphabet.chars().nth(at).unwrap_or('x')
    }

    /// A text over an alphabet. A text that would look like a placeholder by chance is drawn again.
    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        for _ in 0..16 {
            let text: String = (0..length).map(|_| self.pick(alphabet)).collect();
            if !super::text::looks_fake(&text) {
                return text;
            }
        }
        (0..length).map(|_| self.pick(alphabet)).collect()
    }

    /// Random bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| u8::try_from(self.bits() >> 56).unwrap_or_default()).collect()
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new(0x7472_7565_7570)
    }
}

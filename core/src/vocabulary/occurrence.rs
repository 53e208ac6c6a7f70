//! Whether a text speaks of personal data at all, told from its identifiers without parsing it.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use super::personal_data::{ObjectKind, PersonalData, Reading, Strictness};

/// Categories as a set: bit `n` is the category with index `n`.
pub type Categories = u128;

/// The bit of a whole person (`log(user)`), which no category stands for.
pub const WHOLE_PERSON: Categories = 1 << 127;
/// Categories with their own bit; a vocabulary with more would need the rest to share one.
const MOST: u16 = 126;
/// The bit that categories beyond the others share.
const OVERFLOW: Categories = 1 << MOST;

/// Slots of the memory of identifiers: half a megabyte, most identifiers of a repository.
const SLOTS: usize = 1 << 16;
/// Identifiers beyond this length are not written by people.
const LONGEST: usize = 80;

/// The bit of a category.
pub fn bit_of(category: u16) -> Categories {
    if category < MOST { 1 << category } else { OVERFLOW }
}

/// What identifiers said before: a direct-mapped table, since the same few thousand make up most of a repository.
#[derive(Debug, Default)]
pub(super) struct Memory(OnceLock<Vec<AtomicU64>>);

/// A copy starts with nothing remembered: what is remembered can be read again.
impl Clone for Memory {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Memory {
    fn slot(&self, hash: u64) -> Option<&AtomicU64> {
        let slots = self.0.get_or_init(|| std::iter::repeat_with(AtomicU64::default).take(SLOTS).collect());
        slots.get(hash as usize % SLOTS)
    }
}

/// A reading in 15 bits, for the memory.
#[derive(Clone, Copy)]
struct Short(u64);

impl Short {
    const KNOWN: u64 = 1 << 15;
    const WIDE: u64 = 1 << 8;
    const PERSON: u64 = 1 << 9;
    const WHOLE: u64 = 1 << 10;
    /// Bits that hold the reading; the others hold the hash.
    const BITS: u64 = 0xFFFF;

    fn of(reading: Reading) -> Self {
        let mut bits = Self::KNOWN;
        if let Some((category, strictness)) = reading.term {
            bits |= u64::from(category.min(MOST)) + 1;
            bits |= if strictness == Strictness::Wide { Self::WIDE } else { 0 };
        }
        bits |= if reading.object == ObjectKind::Person { Self::PERSON } else { 0 };
        bits |= if reading.is_person { Self::WHOLE } else { 0 };
        Self(bits)
    }

    fn category(self) -> Option<u16> {
        u16::try_from(self.0 & 0xFF).ok()?.checked_sub(1)
    }

    fn has(self, flag: u64) -> bool {
        self.0 & flag != 0
    }
}

/// What the identifiers of a text have said so far.
#[derive(Default)]
struct Said {
    strict: Categories,
    wide: Categories,
    person: bool,
    whole: bool,
}

impl Said {
    fn categories(&self) -> Categories {
        let wide = if self.person { self.wide } else { 0 };
        self.strict | wide | if self.whole { WHOLE_PERSON } else { 0 }
    }
}

impl PersonalData {
    /// True when a text can hold data of one of the categories: no parse of it finds another.
    pub fn occurs(&self, text: &str, categories: Categories) -> bool {
        let is_there = |said: &Said| said.categories() & categories != 0;
        is_there(&self.hear_until(text, is_there))
    }

    fn hear_until(&self, text: &str, is_enough: impl Fn(&Said) -> bool) -> Said {
        let mut said = Said::default();
        for line in text.split('\n').filter(|line| !is_comment(line)) {
            self.hear_line(line, &mut said);
            if is_enough(&said) {
                break;
            }
        }
        said
    }

    fn hear_line(&self, line: &str, said: &mut Said) {
        let mut rest = line;
        while let Some(start) = rest.bytes().position(is_part) {
            let from = rest.get(start..).unwrap_or_default();
            let end = from.bytes().position(|byte| !is_part(byte)).unwrap_or(from.len());
            // Parts are ASCII or whole letters beyond it: no letter is cut.
            let Some((run, after)) = from.split_at_checked(end) else { break };
            rest = after;
            // `first-name` is a name, and `total-count` are two.
            if run.contains('-') {
                run.split('-').for_each(|name| self.hear(name, said));
            }
            self.hear(run, said);
        }
    }

    fn hear(&self, name: &str, said: &mut Said) {
        if name.len() < 2 || name.len() > LONGEST || name.bytes().all(|byte| byte.is_ascii_digit()) {
            return;
        }
        let reading = self.remembered(name);
        said.person |= reading.has(Short::PERSON);
        said.whole |= reading.has(Short::WHOLE);
        let Some(category) = reading.category() else { return };
        if reading.has(Short::WIDE) {
            said.wide |= bit_of(category);
        } else {
            said.strict |= bit_of(category);
            // An object with such a field is a person, whatever it is called.
            said.person |= self.category(category).is_none_or(|category| category.identifies);
        }
    }

    fn remembered(&self, name: &str) -> Short {
        let hash = hash(name);
        let Some(slot) = self.memory.slot(hash >> 16) else { return Short::of(self.read_any(name)) };
        let known = slot.load(Ordering::Relaxed);
        if known & !Short::BITS == hash & !Short::BITS && known & Short::KNOWN != 0 {
            return Short(known & Short::BITS);
        }
        let read = Short::of(self.read_any(name));
        slot.store(hash & !Short::BITS | read.0, Ordering::Relaxed);
        read
    }

    /// A name, or what an accessor of that name gives.
    fn read_any(&self, name: &str) -> Reading {
        let reading = self.read(name);
        match (reading.term, self.read_accessor(name)) {
            (None, Some(read)) if read.term.is_some() || read.is_person => read,
            _ => reading,
        }
    }
}

/// True for a line that is nothing but a comment, in every language that programs are read in.
pub fn is_comment(line: &str) -> bool {
    let body = line.trim_start_matches([' ', '\t']);
    ["//", "# ", "* ", "/*"].iter().any(|mark| body.starts_with(mark))
}

/// Bytes of names.
const PARTS: [bool; 256] = {
    let mut parts = [false; 256];
    let mut byte = 0u8;
    while byte < u8::MAX {
        byte += 1;
        parts[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || !byte.is_ascii();
    }
    parts
};

fn is_part(byte: u8) -> bool {
    PARTS.get(usize::from(byte)) == Some(&true)
}

/// Good enough to spread names; equal upper bits of different names are as unlikely as 48 bits make them.
fn hash(name: &str) -> u64 {
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
    let mix = |hash: u64, part: u64| (hash.rotate_left(5) ^ part).wrapping_mul(FACTOR);
    let (parts, rest) = name.as_bytes().as_chunks::<8>();
    let last = rest.iter().fold(rest.len() as u64, |last, &byte| last << 8 | u64::from(byte));
    let mixed = mix(parts.iter().fold(0, |hash, part| mix(hash, u64::from_le_bytes(*part))), last);
    (mixed ^ (mixed >> 29)).wrapping_mul(FACTOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> PersonalData {
        let text = "people = ['user']\naccessors = ['get']\n\
            [[category]]\nkey = 'mail'\nstrict = ['email', 'first name']\nidentifies = true\n\
            [[category]]\nkey = 'name'\nwide = ['name']\n[[category]]\nkey = 'ip'\nstrict = ['ip address']\n";
        toml::from_str(text).unwrap()
    }

    #[test]
    fn identifiers_tell_what_a_text_can_hold() {
        let (mail, name, ip) = (bit_of(0), bit_of(1), bit_of(2));
        for (text, expected) in [
            ("log(total)", 0),
            ("// the email of the user\n# email\n  * email\n", 0),
            ("log(a.userEmail)", mail),
            ("x['first-name']", mail | name),
            ("getEmail()", mail),
            ("pod.name", 0),
            ("user.name", name | WHOLE_PERSON),
            ("x.email; x.name", mail | name),
            ("x.ip_address; x.name", ip),
        ] {
            let data = data();
            let occurring = |text| data.hear_until(text, |_| false).categories();
            assert_eq!(occurring(text), expected, "{text}");
            assert_eq!(occurring(text), expected, "{text}, remembered");
        }
    }
}

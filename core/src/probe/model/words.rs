//! The words and marks that features ask for: one table of words, looked up once a word, and two of parts of a value.

use std::{collections::HashMap, sync::OnceLock};

use foldhash::fast::FixedState;

use crate::probe::{
    fake_words::{FAKE_PARTS, FAKE_SEGMENTS, FAKE_WORDS},
    name::HASH_WORDS,
    place::TRANSLATIONS,
    setting_words::{ABOUT, BETWEEN, FALSE, OTHER, PASSWORDS, REFERENCES},
};

/// In which lists a word stands, as bits.
pub(super) mod list {
    pub(in super::super) const BETWEEN: u32 = 1;
    pub(in super::super) const ABOUT: u32 = 1 << 1;
    pub(in super::super) const OTHER: u32 = 1 << 2;
    pub(in super::super) const FALSE: u32 = 1 << 3;
    pub(in super::super) const PASSWORDS: u32 = 1 << 4;
    pub(in super::super) const HASH_WORDS: u32 = 1 << 5;
    pub(in super::super) const TRANSLATIONS: u32 = 1 << 6;
    pub(in super::super) const FAKE_WORDS: u32 = 1 << 7;
    pub(in super::super) const FAKE_SEGMENTS: u32 = 1 << 8;
    pub(in super::super) const CONSTANTS: u32 = 1 << 9;
    pub(in super::super) const SAMPLES: u32 = 1 << 10;
    pub(in super::super) const ADDRESSED: u32 = 1 << 11;
    pub(in super::super) const PASSING: u32 = 1 << 12;
    pub(in super::super) const TEST_PATHS: u32 = 1 << 13;
    pub(in super::super) const EXAMPLE_PATHS: u32 = 1 << 14;
    pub(in super::super) const VENDOR_PATHS: u32 = 1 << 15;
    pub(in super::super) const GENERATED: u32 = 1 << 16;
    pub(in super::super) const IDS: u32 = 1 << 17;
    pub(in super::super) const PEOPLE: u32 = 1 << 18;
    pub(in super::super) const HASHES: u32 = 1 << 19;
    pub(in super::super) const PUBLIC: u32 = 1 << 20;
    pub(in super::super) const SECRETS: u32 = 1 << 21;
}

/// Lists that only the model asks for.
const MORE: &[(&str, u32)] = &[
    ("some secretstr from buffer ptr securestring charptr", list::BETWEEN),
    ("nil null none true false undefined self this yes no on off void string str bytes object", list::CONSTANTS),
    ("example test demo sample dummy fake mock foo bar", list::SAMPLES),
    ("your my some the here insert enter replace", list::ADDRESSED),
    ("csrf xsrf next continuation cancellation cursor page parser lexer sync authenticity", list::PASSING),
    ("test tests testing testdata spec specs fixture fixtures mock mocks e2e it integration", list::TEST_PATHS),
    ("example examples sample samples demo template templates", list::EXAMPLE_PATHS),
    ("vendor node third dist extern external", list::VENDOR_PATHS),
    ("lock generated gen min sum", list::GENERATED),
    ("id ids identifier", list::IDS),
    ("name names user username email", list::PEOPLE),
    ("hash hashed digest salt", list::HASHES),
    ("public publishable pub", list::PUBLIC),
    ("secret secrets psk", list::SECRETS),
];

/// The lists a word stands in.
pub(super) fn lists_of(word: &[u8]) -> u32 {
    static WORDS: OnceLock<HashMap<&[u8], u32, FixedState>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let mut words = HashMap::with_capacity_and_hasher(1024, FixedState::default());
        let lists = [
            (BETWEEN, list::BETWEEN),
            (ABOUT, list::ABOUT),
            (OTHER, list::OTHER),
            (FALSE, list::FALSE),
            (PASSWORDS, list::PASSWORDS),
            (HASH_WORDS, list::HASH_WORDS),
            (TRANSLATIONS, list::TRANSLATIONS),
            (FAKE_WORDS, list::FAKE_WORDS),
            (FAKE_SEGMENTS, list::FAKE_SEGMENTS),
        ];
        for (members, bit) in lists {
            members.iter().for_each(|word| *words.entry(word.as_bytes()).or_insert(0) |= bit);
        }
        for (members, bit) in MORE {
            members.split(' ').for_each(|word| *words.entry(word.as_bytes()).or_insert(0) |= bit);
        }
        words
    });
    words.get(word).copied().unwrap_or(0)
}

/// Texts in small letters, found by their first byte; each says one or more things, as bits.
pub(super) struct Parts {
    texts: Vec<(&'static [u8], u8)>,
    /// Where the texts that start with a byte begin and end.
    starts: [(u8, u8); 256],
}

impl Parts {
    fn new(lists: &[(&[&'static str], u8)]) -> Self {
        let mut texts: Vec<(&[u8], u8)> =
            lists.iter().flat_map(|(texts, bit)| texts.iter().map(move |text| (text.as_bytes(), *bit))).collect();
        texts.sort_unstable();
        let mut starts = [(0, 0); 256];
        for (first, place) in (0_u8..=255).zip(starts.iter_mut()) {
            let from = texts.partition_point(|(text, _)| text.first() < Some(&first));
            let to = texts.partition_point(|(text, _)| text.first() <= Some(&first));
            *place = (u8::try_from(from).unwrap_or(u8::MAX), u8::try_from(to).unwrap_or(u8::MAX));
        }
        Self { texts, starts }
    }

    /// What the texts say that `text` begins with.
    pub(super) fn at_start(&self, text: &[u8]) -> u8 {
        let Some(&(from, to)) = text.first().and_then(|first| self.starts.get(usize::from(*first))) else { return 0 };
        let some = self.texts.get(usize::from(from)..usize::from(to)).unwrap_or_default();
        let second = text.get(1);
        some.iter()
            .filter(|(start, _)| start.get(1) == second && text.starts_with(start))
            .fold(0, |said, (_, bit)| said | bit)
    }

    /// What the texts say that stand anywhere in `text`.
    pub(super) fn within(&self, text: &[u8]) -> u8 {
        (0..text.len()).fold(0, |said, at| said | text.get(at..).map_or(0, |rest| self.at_start(rest)))
    }
}

/// How digests and sealed values begin.
const DIGESTS: &[&str] = &[
    "sha1-", "sha256-", "sha384-", "sha512-", "sha1:", "sha256:", "sha512:", "md5:", "h1:", "$2a$", "$2b$", "$2y$",
    "$argon2", "$5$", "$6$", "$1$", "$apr1$", "{ssha}", "{sha}", "sha1$", "sha256$", "pbkdf2", "scrypt:", "enc[",
    "enc(", "{cipher}",
];
pub(super) const REFERENCE: u8 = 1;
pub(super) const DIGEST: u8 = 2;

/// How references and digests begin.
pub(super) fn beginnings() -> &'static Parts {
    static PARTS: OnceLock<Parts> = OnceLock::new();
    PARTS.get_or_init(|| Parts::new(&[(REFERENCES, REFERENCE), (DIGESTS, DIGEST)]))
}

const SECRETS: &[&str] = &["secret", "passw", "token", "credential", "apikey", "api_key", "api-key"];
pub(super) const STAND_IN: u8 = 1;
pub(super) const SECRET: u8 = 2;

/// Parts of stand-ins and of names of secrets.
pub(super) fn parts() -> &'static Parts {
    static PARTS: OnceLock<Parts> = OnceLock::new();
    PARTS.get_or_init(|| Parts::new(&[(FAKE_PARTS, STAND_IN), (SECRETS, SECRET)]))
}

//! Names of personal data: which identifiers speak of a person, in several languages.

use std::sync::OnceLock;

use foldhash::HashMap;
use serde::{Deserialize, Serialize};

use super::occurrence::Memory;

/// Filled from rules/vocabulary/personal-data*.toml.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct PersonalData {
    /// Words for people (`user`, `patient`): fields of such objects are read with the wide terms.
    pub people: Vec<String>,
    /// Words for things whose fields are not about a person (`config`, `smtp`).
    pub things: Vec<String>,
    /// Words that carry no meaning at the end of a name (`value`, `dto`).
    pub neutral: Vec<String>,
    /// Words that may stand before a wide term (`full`, `billing`).
    pub qualifiers: Vec<String>,
    /// First words that make a name a question or an order (`is`, `send`).
    pub verbs: Vec<String>,
    /// Words before a term that make it someone else's (`support`, `template`).
    pub foreign: Vec<String>,
    /// First words that only say how a value is read (`get`, `fetch`).
    pub accessors: Vec<String>,
    /// Types that never hold personal data (`bool`, `timestamp`).
    pub types: Vec<String>,
    /// Categories and their terms.
    pub category: Vec<Category>,
    #[serde(skip)]
    index: OnceLock<Index>,
    #[serde(skip)]
    pub(super) memory: Memory,
}

/// One category of personal data.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Category {
    /// fideslang key.
    pub key: String,
    /// Terms that need no context.
    pub strict: Vec<String>,
    /// Terms that need a person as their object.
    pub wide: Vec<String>,
    /// Special category of Article 9 GDPR.
    pub gdpr_art9: bool,
    /// Criminal convictions, Article 10 GDPR.
    pub gdpr_art10: bool,
    /// Sensitive personal information of the CCPA.
    pub ccpa_spi: bool,
    /// The type may be one that `types` excludes (a birthday is a date).
    pub any_type: bool,
    /// An object that has it is a person, so that wide terms count for its other fields.
    pub identifies: bool,
}

/// How much context a term needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// None.
    Strict,
    /// Its object must be a person.
    Wide,
}

/// Whom or what an identifier names as an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObjectKind {
    /// A person.
    Person,
    /// Something whose fields are not about a person.
    Thing,
    /// A word without meaning: the object before it decides.
    Neutral,
    /// Unknown.
    #[default]
    Other,
}

/// What one identifier says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Index of the category it names, and the context that needs.
    pub term: Option<(u16, Strictness)>,
    /// What it is as an object.
    pub object: ObjectKind,
    /// A person and nothing else: `current_user`, not `count_per_user`.
    pub is_person: bool,
}

#[derive(Clone, Debug, Default)]
struct Index {
    terms: HashMap<String, (u16, Strictness)>,
    words: HashMap<String, u8>,
}

const PERSON: u8 = 1;
const THING: u8 = 2;
const NEUTRAL: u8 = 4;
const QUALIFIER: u8 = 8;
const VERB: u8 = 16;
const FOREIGN: u8 = 32;
const ACCESSOR: u8 = 64;

/// Longest identifier that is looked at; longer ones are not written by people.
const MAX_NAME: usize = 80;

impl PersonalData {
    /// Adds what another file of the same section holds.
    pub(super) fn extend(&mut self, other: Self) {
        for (mine, theirs) in [
            (&mut self.people, other.people),
            (&mut self.things, other.things),
            (&mut self.neutral, other.neutral),
            (&mut self.qualifiers, other.qualifiers),
            (&mut self.verbs, other.verbs),
            (&mut self.foreign, other.foreign),
            (&mut self.accessors, other.accessors),
            (&mut self.types, other.types),
        ] {
            mine.extend(theirs);
        }
        self.category.extend(other.category);
        self.index = OnceLock::new();
        self.memory = Memory::default();
    }

    /// What an identifier says, whatever it stands in.
    pub fn read(&self, name: &str) -> Reading {
        if name.len() > MAX_NAME {
            return Reading::default();
        }
        let words = words_of(name);
        let index = self.index();
        index.reading(&words)
    }

    /// What is read by an accessor (`getEmail`, `fetch_email`); `None` when the name is none.
    pub fn read_accessor(&self, name: &str) -> Option<Reading> {
        let words = words_of(name.get(..MAX_NAME).unwrap_or(name));
        let index = self.index();
        let (first, rest) = words.split_first()?;
        if rest.is_empty() || !index.has(first, ACCESSOR) {
            return None;
        }
        Some(index.reading(rest))
    }

    /// True when a declared type cannot hold the data of the category.
    pub fn excludes_type(&self, category: &Category, declared: &str) -> bool {
        if category.any_type {
            return false;
        }
        let words = words_of(declared.get(..MAX_NAME).unwrap_or(declared));
        words.iter().any(|word| self.types.iter().any(|excluded| excluded == word))
    }

    /// The category at an index of [`Reading::term`].
    pub fn category(&self, at: u16) -> Option<&Category> {
        self.category.get(usize::from(at))
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut index = Index::default();
            for (category, at) in self.category.iter().zip(0u16..) {
                for (terms, strictness) in [(&category.strict, Strictness::Strict), (&category.wide, Strictness::Wide)]
                {
                    for term in terms {
                        index.terms.entry(words_of(term).concat()).or_insert((at, strictness));
                    }
                }
            }
            for (list, flag) in [
                (&self.people, PERSON),
                (&self.things, THING),
                (&self.neutral, NEUTRAL),
                (&self.qualifiers, QUALIFIER),
                (&self.verbs, VERB),
                (&self.foreign, FOREIGN),
                (&self.accessors, ACCESSOR),
            ] {
                for word in list {
                    *index.words.entry(words_of(word).concat()).or_default() |= flag;
                }
            }
            index
        })
    }
}

impl Index {
    fn has(&self, word: &str, flag: u8) -> bool {
        let of = |word: &str| self.words.get(word).is_some_and(|flags| flags & flag != 0);
        of(word) || word.strip_suffix('s').is_some_and(of)
    }

    fn reading(&self, words: &[String]) -> Reading {
        let (term, object) = (self.term(words), self.object(words));
        let plain = |word: &String| self.has(word, PERSON | QUALIFIER | NEUTRAL) || Self::is_number(word);
        Reading { term, object, is_person: object == ObjectKind::Person && term.is_none() && words.iter().all(plain) }
    }

    fn is_number(word: &str) -> bool {
        word.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// The term that ends the name, neutral words and numbers aside.
    fn term(&self, words: &[String]) -> Option<(u16, Strictness)> {
        let first = words.first()?;
        if words.len() > 1 && self.has(first, VERB) {
            return None;
        }
        let mut words = words;
        loop {
            if let Some(found) = self.ending(words) {
                return found;
            }
            let (last, rest) = words.split_last()?;
            if rest.is_empty() || !(Self::is_number(last) || self.has(last, NEUTRAL)) {
                return None;
            }
            words = rest;
        }
    }

    /// `None`: no term ends here. `Some(None)`: one does, but what stands before it makes it something else.
    fn ending(&self, words: &[String]) -> Option<Option<(u16, Strictness)>> {
        let longest = words.len().min(4);
        (1..=longest).rev().find_map(|count| {
            let (before, tail) = words.split_at_checked(words.len() - count)?;
            let joined = tail.concat();
            let found = self.lookup(&joined).or_else(|| self.glued(&joined))?;
            Some(self.judge(found, before))
        })
    }

    fn lookup(&self, joined: &str) -> Option<(u16, Strictness)> {
        let singular = || {
            let stem = joined.strip_suffix("es").filter(|stem| stem.ends_with("ss"));
            self.terms.get(stem.or_else(|| joined.strip_suffix('s'))?)
        };
        self.terms.get(joined).or_else(singular).copied()
    }

    /// `useremail` written as one word.
    fn glued(&self, word: &str) -> Option<(u16, Strictness)> {
        (3..word.len().saturating_sub(2)).find_map(|cut| {
            let (person, rest) = word.split_at_checked(cut)?;
            let is_person = self.words.get(person).is_some_and(|flags| flags & PERSON != 0);
            let &(category, _) = self.terms.get(rest).filter(|_| is_person)?;
            Some((category, Strictness::Strict))
        })
    }

    fn judge(&self, found: (u16, Strictness), before: &[String]) -> Option<(u16, Strictness)> {
        if before.iter().any(|word| self.has(word, FOREIGN)) {
            return None;
        }
        if found.1 == Strictness::Strict {
            return Some(found);
        }
        let person = before.iter().any(|word| self.has(word, PERSON));
        let plain = |word: &String| self.has(word, PERSON | QUALIFIER | NEUTRAL);
        let all_plain = before.iter().all(plain);
        match (person, all_plain) {
            (true, true) => Some((found.0, Strictness::Strict)),
            (false, true) => Some(found),
            _ => None,
        }
    }

    fn object(&self, words: &[String]) -> ObjectKind {
        let mut words = words;
        let mut neutral = false;
        while let Some((last, rest)) = words.split_last() {
            if self.has(last, THING) {
                return ObjectKind::Thing;
            }
            if self.has(last, PERSON) {
                return ObjectKind::Person;
            }
            if !(self.has(last, NEUTRAL) || Self::is_number(last)) {
                return ObjectKind::Other;
            }
            neutral = true;
            words = rest;
        }
        if neutral { ObjectKind::Neutral } else { ObjectKind::Other }
    }
}

/// Splits an identifier into lower-case words at case changes, digits and signs; accents are folded.
pub fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut letters = name.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let next_is_small = letters.peek().is_some_and(|next| next.is_lowercase());
        let starts = letter.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next_is_small))
            || letter.is_ascii_digit() != before.is_ascii_digit();
        if (starts || !letter.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase().map(fold));
        }
        before = letter;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The letter without its accent, for the letters of the languages that terms are written in.
fn fold(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' => 'a',
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => 'o',
        'ù' | 'ú' | 'û' | 'ü' | 'ů' => 'u',
        'ç' | 'ć' | 'č' => 'c',
        'ñ' | 'ń' => 'n',
        'ł' => 'l',
        'ś' | 'š' => 's',
        'ź' | 'ż' | 'ž' => 'z',
        'ý' => 'y',
        _ => letter,
    }
}

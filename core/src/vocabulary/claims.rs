//! The declaration's items: canonical ids, the words they go by, and how their values are read.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::{Deserialize, Serialize};

use super::words::{Found, Word, distance, find, reduce};

/// How the value of an item is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimKind {
    /// Words of value tables; others are kept as text.
    #[default]
    Text,
    /// One or several words of a value table; something close to one of them is a slip of the pen.
    Choice,
    /// Names of places: provider regions, areas, or several of them.
    Region,
    /// A share of a hundred.
    Percent,
    /// A length of time, in minutes.
    Duration,
    /// How often, and for how long it is kept.
    Schedule,
    /// Sizes, times and scores that must not be exceeded.
    Budget,
    /// When and from where something is put into service.
    Trigger,
    /// Names of third-party services.
    Service,
}

/// A section of the declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClaimSection {
    /// Its id.
    pub id: String,
    /// Headings it goes by.
    pub names: Vec<String>,
    /// The environment its items speak for, where it is one.
    #[serde(default)]
    pub environment: Option<String>,
    /// Every item of it names a third-party service.
    #[serde(default)]
    pub lists_services: bool,
}

/// An item of the declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ClaimItem {
    /// Canonical id: the name of the fact.
    pub id: String,
    /// The key in the template.
    pub title: String,
    /// Sections in which `keys` mean this item.
    pub sections: Vec<String>,
    /// Keys it goes by within its sections.
    pub keys: Vec<String>,
    /// Keys that mean this item wherever they stand.
    pub anywhere: Vec<String>,
    /// How its value is read.
    pub kind: ClaimKind,
    /// Value tables whose words are looked for, each giving a field of its name.
    pub values: Vec<String>,
    /// Value tables whose words are promises of their own: each is a further claim with the field `part`.
    pub parts: Vec<String>,
    /// Kinds of services whose names are values.
    pub services: Vec<String>,
    /// The sentence of the template, where it is one that needs no filling in.
    pub fixed: Option<String>,
}

/// A known value and its synonyms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClaimValue {
    /// Normal form.
    pub id: String,
    /// Ways to write it besides the id.
    #[serde(default)]
    pub names: Vec<String>,
    /// Further normal forms that it implies, in the same table or in another (`TABLE:ID`).
    #[serde(default)]
    pub implies: Vec<String>,
}

/// A place on Earth where providers keep machines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClaimPlace {
    /// Its id.
    pub id: String,
    /// The area it lies in (`eu-west`).
    pub area: String,
    /// Whose data-protection law holds there: `eu`, `uk`, `us`, `other`.
    pub law: String,
    /// What providers call it, as in their configuration.
    pub regions: Vec<String>,
    /// What people call it.
    #[serde(default)]
    pub names: Vec<String>,
}

/// A unit of a quantity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClaimUnit {
    /// What it measures: `time`, `size`, `score`.
    pub measures: String,
    /// How many of the base unit (minute, kilobyte, score of one) it is.
    pub factor: f64,
    /// Ways to write it.
    pub names: Vec<String>,
}

/// Words that change how a value is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ClaimWords {
    /// Words that say nothing in a key or heading.
    pub filler: Vec<String>,
    /// Values that are still to be filled in.
    pub unfilled: Vec<String>,
    /// Values that say there is none.
    pub none: Vec<String>,
    /// Words that turn the next word into its opposite.
    pub negations: Vec<String>,
    /// First headers of tables whose rows are items.
    pub table_keys: Vec<String>,
    /// Headers of columns that hold the value.
    pub table_values: Vec<String>,
    /// Paths (ends of them) where a declaration is looked for, in order.
    pub documents: Vec<String>,
    /// Headings that make any Markdown file a declaration.
    pub headings: Vec<String>,
    /// Words that say a length of time is how long something is kept.
    pub keeping: Vec<String>,
    /// Words before a quantity that say it comes again and again.
    pub every: Vec<String>,
    /// Words that name the whole of a coverage figure.
    pub whole: Vec<String>,
    /// Words that say something happens by itself.
    pub automatic: Vec<String>,
    /// Words that say somebody has to start or allow it.
    pub manual: Vec<String>,
    /// Words before the name of a branch.
    pub branch: Vec<String>,
    /// Words that say several places at once.
    pub several_places: Vec<String>,
    /// Words that say a failure stops what comes after.
    pub gating: Vec<String>,
}

/// Numbers written as words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimNumber {
    /// The number.
    pub value: f64,
    /// Its words.
    pub names: Vec<String>,
}

/// Filled from rules/vocabulary/claims*.toml.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Claims {
    words: ClaimWords,
    section: Vec<ClaimSection>,
    item: Vec<ClaimItem>,
    value: BTreeMap<String, Vec<ClaimValue>>,
    place: Vec<ClaimPlace>,
    unit: Vec<ClaimUnit>,
    frequency: Vec<ClaimUnit>,
    percent: Vec<ClaimNumber>,
    number: Vec<ClaimNumber>,
    #[serde(skip)]
    index: OnceLock<Index>,
}

impl Claims {
    /// Adds what another file of the same section holds.
    pub(super) fn extend(&mut self, other: Self) {
        self.index = OnceLock::new();
        let words = other.words;
        for (mine, theirs) in [
            (&mut self.words.filler, words.filler),
            (&mut self.words.unfilled, words.unfilled),
            (&mut self.words.none, words.none),
            (&mut self.words.negations, words.negations),
            (&mut self.words.table_keys, words.table_keys),
            (&mut self.words.table_values, words.table_values),
            (&mut self.words.documents, words.documents),
            (&mut self.words.headings, words.headings),
            (&mut self.words.keeping, words.keeping),
            (&mut self.words.every, words.every),
            (&mut self.words.whole, words.whole),
            (&mut self.words.automatic, words.automatic),
            (&mut self.words.manual, words.manual),
            (&mut self.words.branch, words.branch),
            (&mut self.words.several_places, words.several_places),
            (&mut self.words.gating, words.gating),
        ] {
            mine.extend(theirs);
        }
        self.section.extend(other.section);
        self.item.extend(other.item);
        for (table, values) in other.value {
            self.value.entry(table).or_default().extend(values);
        }
        self.place.extend(other.place);
        self.unit.extend(other.unit);
        self.frequency.extend(other.frequency);
        self.percent.extend(other.percent);
        self.number.extend(other.number);
    }

    /// Words that change how values are read.
    pub fn words(&self) -> &ClaimWords {
        &self.words
    }

    /// All items, in the order of the template.
    pub fn items(&self) -> &[ClaimItem] {
        &self.item
    }

    /// The item of an id.
    pub fn item_of(&self, id: &str) -> Option<&ClaimItem> {
        self.item.iter().find(|item| item.id == id)
    }

    /// The section that a heading opens.
    pub fn section(&self, heading: &str) -> Option<&ClaimSection> {
        let index = self.index();
        let at = self.forms(heading).iter().find_map(|form| index.sections.get(form).copied());
        at.and_then(|at| self.section.get(at))
    }

    /// The item that a key means below a path of headings, outermost first.
    pub fn item(&self, path: &[String], key: &str) -> Option<&ClaimItem> {
        let index = self.index();
        let forms = self.forms(key);
        let known: Vec<&Vec<Key>> = forms.iter().filter_map(|form| index.keys.get(form)).collect();
        if known.is_empty() {
            return None;
        }
        let sections: Vec<&str> =
            path.iter().map(|heading| self.section(heading).map_or("", |section| section.id.as_str())).collect();
        known.into_iter().find_map(|keys| {
            let within = keys.iter().filter_map(|key| {
                let item = self.item.get(key.item)?;
                let depth = sections.iter().rposition(|&section| item.sections.iter().any(|of| of == section));
                depth.map(|depth| depth + 1).or(key.anywhere.then_some(0)).map(|depth| (depth, item))
            });
            // The first of the deepest: `max_by_key` alone would take the last.
            let best = within.fold(None, |best: Option<(usize, &ClaimItem)>, next| match best {
                Some(best) if best.0 >= next.0 => Some(best),
                _ => Some(next),
            });
            best.map(|(_, item)| item)
        })
    }

    /// Values of a table that stand in a text, leftmost and longest first, each word used once.
    pub fn values<'a>(&'a self, table: &str, text: &[Word]) -> Vec<Found<'a, ClaimValue>> {
        let of_table = self.value.get(table).into_iter().flatten();
        let phrases: Vec<_> = of_table
            .flat_map(|value| {
                let names = value.names.iter().chain(std::iter::once(&value.id));
                names.map(move |name| (reduce(name), value))
            })
            .collect();
        find(text, &phrases, &self.words.negations)
    }

    /// Ids and names of a value table, for suggestions.
    pub fn known(&self, table: &str) -> Vec<&str> {
        self.value.get(table).into_iter().flatten().map(|value| value.id.as_str()).collect()
    }

    /// Places that a text names by a provider's word or a person's.
    pub fn places<'a>(&'a self, text: &[Word]) -> Vec<Found<'a, ClaimPlace>> {
        let phrases: Vec<_> = self
            .place
            .iter()
            .flat_map(|place| place.regions.iter().chain(&place.names).map(move |name| (reduce(name), place)))
            .collect();
        find(text, &phrases, &self.words.negations)
    }

    /// Every place of an area.
    pub fn area<'a>(&'a self, area: &'a str) -> impl Iterator<Item = &'a ClaimPlace> {
        self.place.iter().filter(move |place| place.area == area)
    }

    /// The place a provider's region name means (`eu-west-1`, `dub1`).
    pub fn place_of(&self, region: &str) -> Option<&ClaimPlace> {
        let lower = region.to_ascii_lowercase();
        self.place.iter().find(|place| place.regions.contains(&lower))
    }

    /// The unit that a word is.
    pub fn unit(&self, word: &str) -> Option<&ClaimUnit> {
        self.unit.iter().find(|unit| unit.names.iter().any(|name| name == word))
    }

    /// How often things happen that a text says in words, in minutes.
    pub fn frequencies<'a>(&'a self, text: &[Word]) -> Vec<Found<'a, ClaimUnit>> {
        let phrases: Vec<_> =
            self.frequency.iter().flat_map(|unit| unit.names.iter().map(move |name| (reduce(name), unit))).collect();
        find(text, &phrases, &self.words.negations)
    }

    /// Shares of a hundred said in words.
    pub fn percents<'a>(&'a self, text: &[Word]) -> Vec<Found<'a, ClaimNumber>> {
        let phrases: Vec<_> =
            self.percent.iter().flat_map(|part| part.names.iter().map(move |name| (reduce(name), part))).collect();
        find(text, &phrases, &[])
    }

    /// The number that a word is.
    pub fn number(&self, word: &str) -> Option<f64> {
        self.number.iter().find(|number| number.names.iter().any(|name| name == word)).map(|number| number.value)
    }

    /// The known word closest to an unknown one, within two letters.
    pub fn nearest<'a>(&self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        let word = reduce(word);
        // Short words are close to everything.
        let limit = if word.chars().count() < 5 { 1 } else { 2 };
        let close = known.into_iter().filter_map(|name| distance(&word, &reduce(name), limit).map(|far| (far, name)));
        close.min_by_key(|(far, _)| *far).filter(|_| word.chars().count() > 2).map(|(_, name)| name)
    }

    /// Ways in which a key or heading may be meant, most exact first: as it stands, without what stands in brackets,
    /// what stands in brackets, without its number, without words that say nothing.
    fn forms(&self, text: &str) -> Vec<String> {
        let mut forms = vec![reduce(text)];
        if let Some((before, rest)) = text.split_once('(') {
            let (inner, after) = rest.split_once(')').unwrap_or((rest, ""));
            forms.push(reduce(&format!("{before} {after}")));
            forms.push(reduce(inner));
        }
        let plain = forms.clone();
        for form in plain {
            let unnumbered = form.trim_start_matches(|sign: char| sign.is_ascii_digit() || matches!(sign, '.' | ' '));
            forms.push(unnumbered.to_owned());
            forms.push(self.bare(unnumbered));
        }
        forms.retain(|form| !form.is_empty());
        forms.dedup();
        forms
    }

    fn bare(&self, text: &str) -> String {
        let kept: Vec<&str> =
            text.split(' ').filter(|word| !self.words.filler.iter().any(|filler| filler == word)).collect();
        if kept.is_empty() { text.to_owned() } else { kept.join(" ") }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut index = Index::default();
            for (at, section) in self.section.iter().enumerate() {
                for name in &section.names {
                    let name = reduce(name);
                    index.sections.entry(self.bare(&name)).or_insert(at);
                    index.sections.entry(name).or_insert(at);
                }
            }
            for (at, item) in self.item.iter().enumerate() {
                let within = item.keys.iter().chain(std::iter::once(&item.title)).map(|key| (key, false));
                for (key, anywhere) in item.anywhere.iter().map(|key| (key, true)).chain(within) {
                    let key = reduce(key);
                    index.add(self.bare(&key), Key { item: at, anywhere });
                    index.add(key, Key { item: at, anywhere });
                }
            }
            index
        })
    }
}

/// Reduced names to what they mean, built on first use.
#[derive(Clone, Debug, Default)]
struct Index {
    sections: BTreeMap<String, usize>,
    keys: BTreeMap<String, Vec<Key>>,
}

#[derive(Clone, Copy, Debug)]
struct Key {
    item: usize,
    anywhere: bool,
}

impl Index {
    fn add(&mut self, name: String, key: Key) {
        let keys = self.keys.entry(name).or_default();
        if !keys.iter().any(|known| known.item == key.item) {
            keys.push(key);
        }
    }
}

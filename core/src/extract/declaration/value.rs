//! Values of the declaration: still open, none, or read into the terms that rules compare.

use std::collections::BTreeSet;

use super::{
    lines::plain,
    quantity::{amounts, duration, percent, schedule},
};
use crate::{
    syntax::Value,
    vocabulary::{
        ClaimItem, ClaimKind, ClaimPlace, Vocabulary,
        words::{Word, reduce, words},
    },
};

/// What a value says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reading {
    pub(super) state: State,
    /// The value in the unit that rules compare.
    pub(super) value: Option<Value>,
    pub(super) unit: &'static str,
    /// Normal words, sorted.
    pub(super) normal: BTreeSet<String>,
    /// Words of tables whose values are promises of their own.
    pub(super) parts: BTreeSet<String>,
    /// Further fields.
    pub(super) fields: Vec<(String, Value)>,
    /// The known value that an unreadable one is closest to.
    pub(super) nearest: Option<String>,
}

/// How far a value can be judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// Says something.
    #[default]
    Declared,
    /// Still to be filled in.
    Unfilled,
    /// Says there is none.
    None,
    /// Says something that cannot be read as the item's kind.
    Invalid,
}

impl State {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Unfilled => "unfilled",
            Self::None => "none",
            Self::Invalid => "invalid",
        }
    }
}

/// Reads a value as an item's kind says; a free claim (`item` is none) is text. `key` may hold a unit.
pub(super) fn read(raw: &str, key: &str, item: Option<&ClaimItem>, vocabulary: &Vocabulary) -> Reading {
    let fallback = ClaimItem::default();
    let item = item.unwrap_or(&fallback);
    let Some(text) = filled(raw, item, vocabulary) else {
        return Reading { state: State::Unfilled, ..Reading::default() };
    };
    let numeric =
        matches!(item.kind, ClaimKind::Percent | ClaimKind::Duration | ClaimKind::Schedule | ClaimKind::Budget);
    // "None" is a length of time: no data may be lost.
    if is_none(&text, vocabulary) && item.id != "dr.rpo" {
        return Reading { state: State::None, ..Reading::default() };
    }
    let mut reading = Reading::default();
    let list = words(&text);
    for table in &item.values {
        reading.table(table, item.parts.contains(table), &list, vocabulary);
    }
    if !item.services.is_empty() {
        reading.services(item, &list, vocabulary);
    }
    reading.kind(&text, key, item, &list, vocabulary);
    if list.iter().any(|word| vocabulary.claims.words().gating.contains(&word.text)) {
        reading.fields.push(("gating".to_owned(), Value::Bool(true)));
    }
    if item.id.is_empty() {
        // A free claim such as "Log Retention: 90 days" may still be compared.
        let days = schedule(&text, &vocabulary.claims).retention;
        reading.fields.extend(days.map(|days| ("retention-days".to_owned(), Value::Number(days))));
    }
    if reading.value.is_none() && !numeric {
        reading.value = Some(Value::String(reduce(&text)));
    }
    reading
}

impl Reading {
    /// Adds the values of a table: its field holds the first, `normal` all of them and what they imply.
    fn table(&mut self, table: &str, is_part: bool, list: &[Word], vocabulary: &Vocabulary) {
        let claims = &vocabulary.claims;
        let found = claims.values(table, list);
        for value in &found {
            self.normal.insert(value.what.id.clone());
            if is_part {
                self.parts.insert(value.what.id.clone());
            }
            for implied in &value.what.implies {
                let (of, id) = implied.split_once(':').unwrap_or((table, implied));
                self.normal.insert(id.to_owned());
                if of != table && !self.fields.iter().any(|(name, _)| name == of) {
                    self.fields.push((of.to_owned(), Value::String(id.to_owned())));
                }
            }
        }
        let Some(first) = found.first() else { return };
        if !self.fields.iter().any(|(name, _)| name == table) {
            self.fields.push((table.to_owned(), Value::String(first.what.id.clone())));
        }
        // "PostgreSQL 15": the number right behind the engine is its version.
        let after = list.get(first.from + first.len).map(|word| word.text.trim_start_matches('v'));
        let version =
            after.filter(|text| text.chars().all(|sign| sign.is_ascii_digit() || sign == '.') && !text.is_empty());
        if let Some(version) = version.filter(|_| table == "engine") {
            self.fields.push(("version".to_owned(), Value::String(version.to_owned())));
        }
    }

    fn services(&mut self, item: &ClaimItem, list: &[Word], vocabulary: &Vocabulary) {
        let negations = &vocabulary.claims.words().negations;
        let found = vocabulary.services.named(&item.services, list, negations);
        if let Some(first) = found.first() {
            self.fields.push(("service".to_owned(), Value::String(first.what.slug.clone())));
        }
        let slugs: BTreeSet<String> = found.iter().map(|service| service.what.slug.clone()).collect();
        self.normal.extend(slugs);
    }

    fn kind(&mut self, text: &str, key: &str, item: &ClaimItem, list: &[Word], vocabulary: &Vocabulary) {
        let claims = &vocabulary.claims;
        match item.kind {
            ClaimKind::Percent => self.number(percent(text, claims), "percent"),
            ClaimKind::Duration => self.number(duration(text, key, claims), "minutes"),
            ClaimKind::Schedule => self.schedule(text, vocabulary),
            ClaimKind::Budget => self.budget(text, list, vocabulary),
            ClaimKind::Region => self.region(list, vocabulary),
            ClaimKind::Trigger => self.trigger(text, list, vocabulary),
            ClaimKind::Choice => {
                if self.normal.is_empty() {
                    let known = item.values.iter().flat_map(|table| claims.known(table));
                    self.slip(text, known, vocabulary);
                }
            }
            ClaimKind::Service | ClaimKind::Text => {
                if self.normal.is_empty() && !item.services.is_empty() {
                    let known: Vec<&str> = vocabulary.services.slugs(&item.services).collect();
                    self.slip(text, known, vocabulary);
                }
            }
        }
    }

    fn number(&mut self, value: Option<f64>, unit: &'static str) {
        match value {
            Some(value) => {
                self.value = Some(Value::Number(value));
                self.unit = unit;
            }
            None => self.state = State::Invalid,
        }
    }

    fn schedule(&mut self, text: &str, vocabulary: &Vocabulary) {
        let read = schedule(text, &vocabulary.claims);
        if let Some(minutes) = read.interval {
            self.fields.push(("interval-minutes".to_owned(), Value::Number(minutes)));
            self.value = Some(Value::Number(minutes));
            self.unit = "minutes";
        }
        if let Some(days) = read.retention {
            self.fields.push(("retention-days".to_owned(), Value::Number(days)));
            self.unit = "days";
            if self.value.is_none() {
                self.value = Some(Value::Number(days));
            }
        }
        if self.value.is_none() && self.normal.is_empty() {
            self.state = State::Invalid;
        }
    }

    fn budget(&mut self, text: &str, list: &[Word], vocabulary: &Vocabulary) {
        let amounts = amounts(text, list, &vocabulary.claims);
        let largest = |measures: &str| {
            amounts.iter().filter(|amount| amount.measures == measures).map(|amount| amount.value).reduce(f64::max)
        };
        if let Some(size) = largest("size") {
            self.fields.push(("size-kb".to_owned(), Value::Number(size)));
        }
        if let Some(minutes) = largest("time") {
            self.fields.push(("time-ms".to_owned(), Value::Number((minutes * 60_000.0).round())));
        }
        let is_score = list.iter().any(|word| matches!(word.text.as_str(), "lighthouse" | "score" | "scores" | "lcp"));
        let plain = list.iter().filter_map(|word| word.text.parse().ok()).find(|number: &f64| *number <= 100.0);
        if let Some(score) = plain.filter(|_| is_score && amounts.is_empty()) {
            let share = if score > 1.0 { score / 100.0 } else { score };
            self.fields.push(("score".to_owned(), Value::Number(share)));
        }
    }

    fn region(&mut self, list: &[Word], vocabulary: &Vocabulary) {
        let claims = &vocabulary.claims;
        let named: Vec<&ClaimPlace> = claims.places(list).into_iter().map(|found| found.what).collect();
        let areas: BTreeSet<&str> = claims
            .values("area", list)
            .into_iter()
            .flat_map(|found| {
                let narrower = found.what.implies.iter().map(String::as_str);
                std::iter::once(found.what.id.as_str()).chain(narrower)
            })
            .collect();
        // "US East (N. Virginia)" means the one place and not the whole area.
        let is_open = |area: &str| !named.iter().any(|place| place.area == area);
        let wide = areas.iter().filter(|area| is_open(area)).flat_map(|area| claims.area(area));
        let narrows = |place: &&ClaimPlace| named.is_empty() || !areas.iter().any(|area| place.area.starts_with(area));
        let places: Vec<&ClaimPlace> = named.iter().copied().chain(wide.filter(narrows)).collect();
        let several = claims.words().several_places.iter().any(|words| reduce_has(list, words));
        if places.is_empty() && !several {
            self.state = State::Invalid;
            let known = claims.known("area");
            self.nearest = claims.nearest(&text_of(list), known).map(str::to_owned);
            return;
        }
        let text = |word: &str| Value::String(word.to_owned());
        self.normal.extend(places.iter().map(|place| place.area.clone()));
        if several || named.len() > 1 {
            self.normal.insert("multi-region".to_owned());
        }
        let mut regions: Vec<&str> = places.iter().flat_map(|place| place.regions.iter().map(String::as_str)).collect();
        regions.sort_unstable();
        regions.dedup();
        let laws: BTreeSet<&str> = places.iter().map(|place| place.law.as_str()).collect();
        let law = if laws.len() == 1 { laws.first().copied().unwrap_or("mixed") } else { "mixed" };
        if !places.is_empty() {
            self.fields.push(("regions".to_owned(), list_of(regions)));
            self.fields.push(("law".to_owned(), text(law)));
        }
        self.fields.push(("several".to_owned(), Value::Bool(several || named.len() > 1)));
    }

    fn trigger(&mut self, text: &str, list: &[Word], vocabulary: &Vocabulary) {
        let words = vocabulary.claims.words();
        let any = |known: &[String]| known.iter().any(|phrase| reduce_has(list, phrase));
        let (automatic, manual) = (any(&words.automatic), any(&words.manual));
        if automatic || manual {
            let mode = if manual { "manual" } else { "automatic" };
            self.normal.insert(mode.to_owned());
            self.fields.push(("mode".to_owned(), Value::String(mode.to_owned())));
        }
        if let Some(branch) = branch(text, list, &words.branch) {
            self.fields.push(("branch".to_owned(), Value::String(branch)));
        }
    }

    /// A word close to a known one is a slip of the pen; any other unknown word is simply not known here.
    fn slip<'a>(&mut self, text: &str, known: impl IntoIterator<Item = &'a str>, vocabulary: &Vocabulary) {
        let nearest = vocabulary.claims.nearest(text, known);
        if let Some(nearest) = nearest {
            self.state = State::Invalid;
            self.nearest = Some(nearest.to_owned());
        }
    }
}

/// A list of words as a value.
pub(super) fn list_of<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    use crate::{span::Span, syntax::Node};
    Value::List(words.into_iter().map(|word| Node::string(Span::default(), word)).collect())
}

fn text_of(list: &[Word]) -> String {
    let words: Vec<&str> = list.iter().map(|word| word.text.as_str()).collect();
    words.join(" ")
}

fn reduce_has(list: &[Word], phrase: &str) -> bool {
    let phrase = reduce(phrase);
    (0..list.len()).any(|from| crate::vocabulary::words::stands_at(list, from, &phrase).is_some())
}

fn is_none(text: &str, vocabulary: &Vocabulary) -> bool {
    let none = &vocabulary.claims.words().none;
    let head = text.split(['(', ',', ';', '.', '—', '–', '\n']).next().unwrap_or(text);
    let head = head.split(" - ").next().unwrap_or(head);
    let whole = reduce(head);
    !whole.is_empty() && none.contains(&whole)
}

/// The branch that a trigger names: the word behind `merge to`, `push on`, or before `branch`.
fn branch(text: &str, list: &[Word], signs: &[String]) -> Option<String> {
    let is_sign = |at: usize| list.get(at).is_some_and(|word| signs.contains(&word.text));
    let is_link = |at: usize| {
        let links = ["to", "into", "on", "onto", "in", "from", "against", "the"];
        list.get(at).is_some_and(|word| links.contains(&word.text.as_str()))
    };
    let before_branch = list.iter().position(|word| word.text == "branch").and_then(|at| at.checked_sub(1));
    let target = list.iter().enumerate().rev().find_map(|(at, word)| {
        let linked = at > 1 && is_link(at - 1) && (is_sign(at - 2) || (at > 2 && is_link(at - 2) && is_sign(at - 3)));
        let is_name =
            !signs.contains(&word.text) && !is_link(at) && crate::fact::Environment::of_word(&word.text).is_none();
        let usual = ["develop", "dev", "staging", "main", "master"].contains(&word.text.as_str());
        let by_deploy = at > 1 && list.get(at - 2).is_some_and(|sign| sign.text.starts_with("deploy"));
        // "deploy to staging" names an environment, "deploy from main" and "merge to develop" a branch.
        let from = at > 0 && list.get(at - 1).is_some_and(|word| word.text == "from");
        (linked && (is_name || usual) && (!by_deploy || from)).then_some(at)
    });
    let first = list.get(target.or(before_branch.filter(|&at| !is_link(at) && !is_sign(at)))?)?;
    // A branch name goes on over slashes, dots and hyphens, which end words.
    let is_part = |sign: char| sign.is_alphanumeric() || matches!(sign, '/' | '-' | '_' | '.' | '*');
    let (before, rest) = text.split_at_checked(first.at.start)?;
    let lead = before.len() - before.trim_end_matches(is_part).len();
    let ends = rest.find(|sign: char| !is_part(sign)).unwrap_or(rest.len());
    let name = text.get(first.at.start - lead..first.at.start + ends)?.trim_matches(['.', '-', '*']);
    (!name.is_empty()).then(|| name.to_owned())
}

/// The value without marks, with its chosen alternatives; `None` when it is still to be filled in.
fn filled(raw: &str, item: &ClaimItem, vocabulary: &Vocabulary) -> Option<String> {
    let words = vocabulary.claims.words();
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((inner, behind)) = after.split_once(']') else { break };
        text.push_str(before);
        rest = behind;
        if inner.contains('|') {
            text.push_str(&chosen(inner)?);
        } else if behind.starts_with(['(', '[']) {
            // A link keeps its brackets for `plain`.
            text.push('[');
            text.push_str(inner);
            text.push(']');
        } else if is_placeholder(inner, item, vocabulary) {
            return None;
        } else {
            text.push_str(inner);
        }
    }
    text.push_str(rest);
    let text = plain(&text);
    let bare = text.trim();
    let in_angles = bare.starts_with('<')
        && bare.ends_with('>')
        && !bare.get(1..).is_some_and(|rest| rest.starts_with(char::is_numeric));
    let reduced = reduce(bare);
    let is_open = reduced.is_empty() || in_angles || bare.starts_with("{{") || words.unfilled.contains(&reduced);
    (!is_open).then_some(text)
}

/// True for `[BACKUP_APPROACH]`: capitals that are no known value. `[AWS]` and `[80]` are values.
fn is_placeholder(inner: &str, item: &ClaimItem, vocabulary: &Vocabulary) -> bool {
    let has_letters = inner.chars().any(char::is_alphabetic);
    let shouts = has_letters && !inner.chars().any(char::is_lowercase);
    if !shouts {
        return inner.trim().is_empty() || vocabulary.claims.words().unfilled.contains(&reduce(inner));
    }
    let list = words(inner);
    let claims = &vocabulary.claims;
    let is_place = item.kind == ClaimKind::Region
        && (!claims.places(&list).is_empty()
            || !claims.values("area", &list).is_empty()
            || reduce_has(&list, "multi region"));
    let in_table = item.values.iter().any(|table| {
        // All of it is known: `[CACHING_STRATEGY]` is not `caching`.
        claims.values(table, &list).iter().any(|found| found.len == list.len())
    });
    let is_service = !item.services.is_empty()
        && vocabulary.services.named(&item.services, &list, &[]).iter().any(|found| found.len == list.len());
    !(is_place || in_table || is_service)
}

/// The marked alternatives of an open choice: bold, in code, ticked.
fn chosen(inner: &str) -> Option<String> {
    let marks = ["**", "`", "✓", "✔", "✅", "(x)", "[x]", "__"];
    let picked: Vec<&str> = inner
        .split('|')
        .map(str::trim)
        .filter(|part| marks.iter().any(|mark| part.contains(mark)) || part.to_lowercase().starts_with("x "))
        .map(|part| part.strip_prefix("x ").or_else(|| part.strip_prefix("X ")).unwrap_or(part))
        .collect();
    (!picked.is_empty()).then(|| picked.join(" + ").replace(['✓', '✔', '✅'], "").replace("(x)", ""))
}

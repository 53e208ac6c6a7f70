//! Trigger words: what a source has to say before a rule looks at it or anything is parsed.

use std::collections::BTreeMap;

use super::{facts::selects, words::Words};
use crate::{
    classify::{FileKind, Format, Role},
    fact::{Fact, FactKind},
    rule::{Flow, InTests, Rule, Scope, Select, Text, Truth},
    source::SourceId,
    span::Span,
    suppress,
    syntax::{Node, Value},
    vocabulary::{Categories, Category, Comments, PersonalData, WHOLE_PERSON, bit_of, is_comment},
};

/// Bytes of a line before a word that are looked at to tell whether it is a comment.
const LONG_LINE: usize = 400;

/// The words of all rules, and what they lead to.
pub(super) struct Triggers {
    words: Words,
    /// By word.
    leads: Vec<Lead>,
    parsers: Vec<Parser>,
    /// Categories of personal data that some rule asks for.
    pub(super) categories: Categories,
}

/// What one word leads to.
#[derive(Default)]
struct Lead {
    /// Text rules to try around it.
    texts: Vec<usize>,
    /// The same, where the word is a name: inside of another word it is none.
    names: Vec<usize>,
    suppression: Option<Mark>,
    /// Rules that may have the source parsed, and which half of them the word is.
    parsers: Vec<(usize, Half)>,
}

/// Whose mark of a suppression a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// Ours.
    Own,
    /// Another scanner's, by its place in the vocabulary.
    Other(usize),
}

/// Which end of a flow a word belongs to; rules about one fact have one end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    From,
    To,
}

/// A rule that may have a program parsed.
struct Parser {
    /// Languages it reads; all when empty.
    languages: Vec<Format>,
    /// It judges a declaration, and is idle without one.
    judges_claims: bool,
    needs_from: bool,
    /// It reports nothing in tests and examples.
    skips_tests: bool,
    /// It judges what a program does, and not what it declares.
    judges_behaviour: bool,
    /// It follows personal data to a call.
    follows_data: bool,
    /// Categories of personal data of which one must occur; 0 when it asks for none.
    categories: Categories,
}

/// What a source said.
pub(super) struct Heard {
    /// Text rules and where their words stand, sorted.
    pub(super) texts: BTreeMap<usize, Vec<usize>>,
    /// Where suppressions stand, and whose they are.
    pub(super) suppressions: Vec<(usize, Mark)>,
    /// By rule that may have the source parsed: which halves were heard.
    halves: Vec<(bool, bool)>,
    /// Where words stand for which a program may be parsed.
    pub(super) interest: Interest,
}

/// Where words stand for which a program may be parsed, each list sorted.
#[derive(Default)]
pub(super) struct Interest {
    /// Calls that only matter with personal data in them.
    pub(super) ends: Vec<usize>,
    /// Everything else.
    pub(super) others: Vec<usize>,
}

impl Triggers {
    /// Reads a source once.
    pub(super) fn hear(&self, text: &str) -> Heard {
        let halves = vec![(false, false); self.parsers.len()];
        let mut heard =
            Heard { texts: BTreeMap::new(), suppressions: Vec::new(), halves, interest: Interest::default() };
        let mut known = vec![false; self.leads.len()];
        self.words.find(text.as_bytes(), |word, at| {
            let Some(lead) = self.leads.get(word) else { return };
            for &rule in &lead.texts {
                heard.texts.entry(rule).or_default().push(at);
            }
            if !lead.names.is_empty() && begins_word(text, at) {
                for &rule in &lead.names {
                    heard.texts.entry(rule).or_default().push(at);
                }
            }
            if let Some(mark) = lead.suppression {
                heard.suppressions.push((at, mark));
            }
            // Comments are no program, and `dialog.` is no log.
            if lead.parsers.is_empty() || !begins_word(text, at) || in_comment(text, at) {
                return;
            }
            let is_end = |&(parser, half): &(usize, Half)| {
                half == Half::To && self.parsers.get(parser).is_some_and(|parser| parser.follows_data)
            };
            let interest = &mut heard.interest;
            if lead.parsers.iter().all(is_end) { &mut interest.ends } else { &mut interest.others }.push(at);
            // Once is enough to have a source parsed.
            let Some(known) = known.get_mut(word).filter(|known| !**known) else { return };
            *known = true;
            for &(parser, half) in &lead.parsers {
                if let Some((from, to)) = heard.halves.get_mut(parser) {
                    *if half == Half::From { from } else { to } = true;
                }
            }
        });
        heard.texts.values_mut().for_each(|places| places.sort_unstable());
        heard.suppressions.sort_unstable();
        heard.interest.ends.sort_unstable();
        heard.interest.others.sort_unstable();
        heard
    }

    /// True when some rule may find something in a program that said so much.
    pub(super) fn ask_for_parse(
        &self,
        heard: &Heard,
        text: &str,
        kind: FileKind,
        declared: bool,
        people: &PersonalData,
    ) -> bool {
        let waits = |parser: &Parser, from: bool, to: bool| {
            to && (from || !parser.needs_from)
                && (declared || !parser.judges_claims)
                && (!parser.skips_tests || matches!(kind.role, Role::Product | Role::Generated))
                // What a program wrote is judged where it was written from; what it declares is there nonetheless.
                && (!parser.judges_behaviour || kind.role != Role::Generated)
                && (parser.languages.is_empty() || parser.languages.contains(&kind.format))
        };
        let mut categories = 0;
        for (parser, &(from, to)) in self.parsers.iter().zip(&heard.halves) {
            if waits(parser, from, to) {
                if parser.categories == 0 {
                    return true;
                }
                categories |= parser.categories;
            }
        }
        categories != 0 && people.occurs(text, categories)
    }
}

/// True where a word begins, or a part of one that is written like `getLogger` or `XMLHttpRequest`.
fn begins_word(text: &str, at: usize) -> bool {
    let letter = |at: usize| text.as_bytes().get(at).copied().filter(u8::is_ascii_alphabetic);
    let (Some(first), Some(before)) = (letter(at), at.checked_sub(1).and_then(letter)) else { return true };
    first.is_ascii_uppercase()
        && (before.is_ascii_lowercase() || letter(at + 1).is_none_or(|next| next.is_ascii_lowercase()))
}

/// True for a place in a line that is a comment in every language that programs are read in.
fn in_comment(text: &str, at: usize) -> bool {
    // A longer line is no comment that a person wrote.
    let from = text.floor_char_boundary(at.saturating_sub(LONG_LINE));
    let before = text.get(from..at).unwrap_or_default();
    match before.rfind('\n') {
        Some(end) => is_comment(before.get(end + 1..).unwrap_or_default()),
        None => from == 0 && is_comment(before),
    }
}

/// Trigger words being collected.
#[derive(Default)]
pub(super) struct Collector {
    words: BTreeMap<String, Lead>,
    parsers: Vec<Parser>,
}

impl Collector {
    fn lead(&mut self, word: &str) -> &mut Lead {
        self.words.entry(word.to_ascii_lowercase()).or_default()
    }

    /// Words of a text rule.
    pub(super) fn add_text(&mut self, rule: usize, text: &Text) {
        for word in &text.keywords {
            let lead = self.lead(word);
            let rules = if text.credential.is_some() { &mut lead.names } else { &mut lead.texts };
            if rules.last() != Some(&rule) {
                rules.push(rule);
            }
        }
    }

    /// Words of a rule about one fact, or of one side of a join.
    pub(super) fn add_select(&mut self, rule: &Rule, select: &Select, judges_claims: bool, people: &PersonalData) {
        if select.keywords.is_empty() {
            return;
        }
        let categories = if select.kind == FactKind::Datum { categories(select, people) } else { 0 };
        let languages = select.languages.clone();
        let skips_tests = rule.in_tests == InTests::Skip;
        let needs_from = !select.and_keywords.is_empty();
        let judges_behaviour = select.kind != FactKind::Datum;
        self.add(
            Parser {
                languages,
                judges_claims,
                needs_from,
                skips_tests,
                judges_behaviour,
                follows_data: false,
                categories,
            },
            &select.and_keywords,
            &select.keywords,
        );
    }

    /// Words of a flow: both ends must be there.
    pub(super) fn add_flow(&mut self, rule: &Rule, flow: &Flow, people: &PersonalData) {
        let (from, to) = (&flow.from, &flow.to);
        let categories = if from.kind == FactKind::Datum { categories(from, people) } else { 0 };
        let parser = Parser {
            languages: to.languages.clone(),
            judges_claims: false,
            needs_from: !from.keywords.is_empty(),
            skips_tests: rule.in_tests == InTests::Skip,
            judges_behaviour: true,
            follows_data: from.kind == FactKind::Datum,
            categories,
        };
        self.add(parser, &from.keywords, &to.keywords);
    }

    fn add(&mut self, parser: Parser, from: &[String], to: &[String]) {
        let index = self.parsers.len();
        self.parsers.push(parser);
        for (words, half) in [(from, Half::From), (to, Half::To)] {
            for word in words {
                self.lead(word).parsers.push((index, half));
            }
        }
    }

    pub(super) fn build(mut self, others: &Comments) -> Triggers {
        self.lead(suppress::MARK).suppression = Some(Mark::Own);
        for (index, comment) in others.comment.iter().enumerate() {
            self.lead(&comment.mark).suppression = Some(Mark::Other(index));
        }
        let (words, leads): (Vec<String>, Vec<Lead>) = self.words.into_iter().unzip();
        let words = Words::new(words.iter().map(String::as_str));
        let categories = self.parsers.iter().fold(0, |all, parser| all | parser.categories);
        Triggers { words, leads, parsers: self.parsers, categories }
    }
}

/// The categories that a selection of data can mean, told by its own conditions on a datum of which nothing else is
/// known.
fn categories(select: &Select, people: &PersonalData) -> Categories {
    let mut set = if may_select(select, "user", None) { WHOLE_PERSON } else { 0 };
    for (category, at) in people.category.iter().zip(0u16..) {
        if may_select(select, &category.key, Some(category)) {
            set |= bit_of(at);
        }
    }
    set
}

fn may_select(select: &Select, key: &str, category: Option<&Category>) -> bool {
    let nowhere = Span::default();
    let open = || Node::new(nowhere, Value::Unknown(String::new()));
    let mut datum = Fact::new(FactKind::Datum, "", SourceId(0), nowhere).with_text("category", nowhere, key);
    if let Some(category) = category {
        let flag = |flag: bool| Node::new(nowhere, Value::Bool(flag));
        datum = datum.with("special", flag(category.gdpr_art9)).with("sensitive", flag(category.ccpa_spi));
    }
    for field in ["field", "object", "name", "place", "type"] {
        datum = datum.with(field, open());
    }
    let mut select = Select { name: None, ..select.clone() };
    // Whether a datum is in a URL or a column is not known yet.
    for table in &mut select.any {
        table.0.retain(|(path, _)| datum.get(path).is_some());
    }
    selects(&select, &datum, Scope::default()) != Truth::No
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_after_signs_and_where_the_case_changes() {
        for (text, word, begins) in [
            ("log.info()", "log", true),
            ("dialog.show()", "log", false),
            ("a_log.info()", "log", true),
            ("getLogger()", "Log", true),
            ("XMLHttpRequest", "Http", true),
            ("resourcesEntry", "sEntry", false),
            ("Fprintln(", "println", false),
            ("é.log(", ".log", true),
        ] {
            assert_eq!(begins_word(text, text.find(word).unwrap()), begins, "{word} in {text}");
        }
    }
}

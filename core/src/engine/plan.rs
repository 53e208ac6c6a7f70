//! The plan of a scan: which rules run, their trigger words in one automaton, and which facts they ask for.

use std::{collections::BTreeMap, sync::OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::bytes;

use crate::{
    error::{Error, ErrorKind},
    extract::Wanted,
    fact::FactKind,
    rule::{Matcher, Rule, RuleSet, Select, Text, text_regex},
    suppress,
    vocabulary::Vocabulary,
};

/// What a trigger word leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// A text rule to try around the word (index into `Plan::texts`).
    Text(usize),
    /// The source has to be parsed as a program.
    Parse,
    /// A suppression to read.
    Suppression,
}

/// A text rule with its pattern, compiled on first use.
pub(super) struct TextRule {
    /// Index into `Plan::rules`; `None` for a rule that does not run and only masks.
    pub(super) rule: Option<usize>,
    pub(super) text: Text,
    pattern: OnceLock<Option<bytes::Regex>>,
    paths: OnceLock<Vec<regex::Regex>>,
}

impl TextRule {
    fn new(rule: Option<usize>, text: &Text) -> Self {
        Self { rule, text: text.clone(), pattern: OnceLock::new(), paths: OnceLock::new() }
    }

    /// The pattern; the loader has checked that it compiles.
    pub(super) fn pattern(&self) -> Option<&bytes::Regex> {
        self.pattern.get_or_init(|| text_regex(&self.text.pattern).ok()).as_ref()
    }

    /// True when the rule looks in sources of that path.
    pub(super) fn looks_in(&self, path: &str) -> bool {
        self.text.paths.is_empty()
            || self
                .paths
                .get_or_init(|| self.text.paths.iter().filter_map(|path| regex::Regex::new(path).ok()).collect())
                .iter()
                .any(|pattern| pattern.is_match(path))
    }

    /// True when what it finds is a secret.
    pub(super) fn masks(&self) -> bool {
        self.text.pattern.contains("?<secret>") || self.text.pattern.contains("?P<secret>")
    }
}

/// Rules that run, ready to run.
pub(super) struct Plan<'r> {
    pub(super) rules: Vec<&'r Rule>,
    pub(super) vocabulary: &'r Vocabulary,
    pub(super) texts: Vec<TextRule>,
    /// Kinds of facts that some rule asks for.
    pub(super) wanted: Wanted,
    /// Kinds of facts that are kept after their source is done: those that joins and advisories ask for.
    pub(super) kept: Wanted,
    words: Option<AhoCorasick>,
    targets: Vec<Vec<Target>>,
    /// Ids that rules had before, by id.
    former: BTreeMap<String, Vec<String>>,
    none: Vec<String>,
}

impl<'r> Plan<'r> {
    /// Plans the rules that `runs` admits; the others only mask.
    pub(super) fn new(set: &'r RuleSet, runs: impl Fn(&Rule) -> bool) -> Result<Self, Error> {
        let rules: Vec<&Rule> = set.rules.iter().filter(|rule| rule.replaced_by.is_none() && runs(rule)).collect();
        if rules.is_empty() {
            return Err(Error::new(ErrorKind::Configuration, "the configuration leaves no rule to run"));
        }
        let mut words = Words::default();
        words.add(suppress::MARK, Target::Suppression);
        let (mut wanted, mut kept, mut texts) = (Wanted::default(), Wanted::default(), Vec::new());
        for (index, rule) in rules.iter().enumerate() {
            match &rule.matcher {
                Matcher::Text(text) => words.add_text(&mut texts, TextRule::new(Some(index), text)),
                Matcher::Fact(select) => words.add_select(select, &mut wanted),
                Matcher::Flow(flow) => {
                    words.add_select(&flow.from, &mut wanted);
                    words.add_select(&flow.to, &mut wanted);
                }
                Matcher::Join(join) => {
                    let sides = [&join.supports, &join.refutes, &join.closed_if];
                    for select in std::iter::once(&join.left).chain(sides.into_iter().flatten()) {
                        words.add_select(select, &mut wanted);
                        kept = kept.and(select.kind);
                    }
                }
                Matcher::Advisory(_) => {
                    wanted = wanted.and(FactKind::Package);
                    kept = kept.and(FactKind::Package);
                }
            }
        }
        for rule in set.rules.iter().filter(|rule| !runs(rule)) {
            if let Matcher::Text(text) = &rule.matcher {
                let masker = TextRule::new(None, text);
                if masker.masks() {
                    words.add_text(&mut texts, masker);
                }
            }
        }
        let (automaton, targets) = words.build()?;
        Ok(Self {
            former: former(set),
            rules,
            vocabulary: &set.vocabulary,
            texts,
            wanted,
            kept,
            words: automaton,
            targets,
            none: Vec::new(),
        })
    }

    /// Every trigger word in a text: what it leads to, and where it starts.
    pub(super) fn triggers<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (Target, usize)> + 't {
        self.words.iter().flat_map(move |words| words.find_overlapping_iter(text)).flat_map(move |hit| {
            let targets = self.targets.get(hit.pattern().as_usize()).map_or(&[][..], Vec::as_slice);
            targets.iter().map(move |&target| (target, hit.start()))
        })
    }

    /// Ids that a rule had before.
    pub(super) fn former(&self, rule: &str) -> &[String] {
        self.former.get(rule).unwrap_or(&self.none)
    }
}

fn former(set: &RuleSet) -> BTreeMap<String, Vec<String>> {
    let mut former: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for rule in &set.rules {
        if let Some(successor) = &rule.replaced_by {
            former.entry(successor.clone()).or_default().push(rule.id.clone());
        }
    }
    former
}

/// Trigger words being collected.
#[derive(Default)]
struct Words(BTreeMap<String, Vec<Target>>);

impl Words {
    fn add(&mut self, word: &str, target: Target) {
        let targets = self.0.entry(word.to_ascii_lowercase()).or_default();
        if !targets.contains(&target) {
            targets.push(target);
        }
    }

    fn add_text(&mut self, texts: &mut Vec<TextRule>, rule: TextRule) {
        for word in &rule.text.keywords {
            self.add(word, Target::Text(texts.len()));
        }
        texts.push(rule);
    }

    fn add_select(&mut self, select: &Select, wanted: &mut Wanted) {
        *wanted = wanted.and(select.kind);
        for word in &select.keywords {
            self.add(word, Target::Parse);
        }
    }

    fn build(self) -> Result<(Option<AhoCorasick>, Vec<Vec<Target>>), Error> {
        let (words, targets): (Vec<String>, Vec<Vec<Target>>) = self.0.into_iter().unzip();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(words)
            .map_err(|error| Error::new(ErrorKind::Rules, format!("trigger words: {error}")))?;
        Ok((Some(automaton), targets))
    }
}

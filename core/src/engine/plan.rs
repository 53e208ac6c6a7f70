//! The plan of a scan: which rules run, their trigger words, and which facts they ask for.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use super::{
    facts::selects,
    pattern::Pattern,
    trigger::{Collector, Triggers},
    verify::Held,
};
use crate::{
    error::{Error, ErrorKind},
    extract::Wanted,
    fact::{Fact, FactKind},
    rule::{Matcher, Rule, RuleSet, Scope, Select, Text, Truth},
    vocabulary::Vocabulary,
};

/// A text rule with its pattern, compiled on first use.
pub(super) struct TextRule<'r> {
    /// Index into `Plan::rules`; `None` for a rule that does not run and only masks.
    pub(super) rule: Option<usize>,
    pub(super) text: &'r Text,
    pattern: OnceLock<Pattern>,
    paths: OnceLock<Vec<regex::Regex>>,
}

impl<'r> TextRule<'r> {
    fn new(rule: Option<usize>, text: &'r Text) -> Self {
        Self { rule, text, pattern: OnceLock::new(), paths: OnceLock::new() }
    }

    /// The pattern.
    pub(super) fn pattern(&self) -> &Pattern {
        self.pattern.get_or_init(|| Pattern::new(self.text))
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
        self.text.is_secret()
    }
}

/// Rules that run, ready to run.
pub(super) struct Plan<'r> {
    pub(super) rules: Vec<&'r Arc<Rule>>,
    pub(super) vocabulary: &'r Vocabulary,
    pub(super) texts: Vec<TextRule<'r>>,
    pub(super) triggers: Triggers,
    /// Kinds of facts that some rule asks for.
    wanted: Wanted,
    /// The same where nothing is declared.
    wanted_undeclared: Wanted,
    /// What joins select, and whether they judge claims: other facts are dropped when their source is done.
    joined: Vec<(&'r Select, bool)>,
    /// Packages are kept for advisories.
    keeps_packages: bool,
    /// Ids that rules had before, by id.
    former: BTreeMap<String, Vec<String>>,
    none: Vec<String>,
    /// Providers will be asked about secrets, so that these are kept until then.
    asks: bool,
}

impl<'r> Plan<'r> {
    /// Plans the rules that `runs` admits; the others only mask.
    pub(super) fn new(set: &'r RuleSet, runs: impl Fn(&Rule) -> bool) -> Result<Self, Error> {
        let rules: Vec<&Arc<Rule>> = set.rules.iter().filter(|rule| rule.replaced_by.is_none() && runs(rule)).collect();
        if rules.is_empty() {
            return Err(Error::new(ErrorKind::Configuration, "the configuration leaves no rule to run"));
        }
        let people = &set.vocabulary.personal_data;
        let (mut words, mut texts) = (Collector::default(), Vec::new());
        let (mut wanted, mut for_claims) = (Wanted::default(), Wanted::default());
        let (mut joined, mut keeps_packages) = (Vec::new(), false);
        for (index, rule) in rules.iter().enumerate() {
            match &rule.matcher {
                Matcher::Text(text) => {
                    words.add_text(texts.len(), text);
                    texts.push(TextRule::new(Some(index), text));
                }
                Matcher::Fact(select) => {
                    wanted = wanted.and(select.kind);
                    words.add_select(rule, select, false, people);
                }
                Matcher::Flow(flow) => {
                    wanted = wanted.and(flow.from.kind).and(flow.to.kind);
                    words.add_flow(rule, flow, people);
                }
                Matcher::Join(join) => {
                    let sides = [&join.supports, &join.refutes, &join.closed_if];
                    let judges_claims = join.left.kind == FactKind::Claim;
                    let wanted = if judges_claims { &mut for_claims } else { &mut wanted };
                    for select in std::iter::once(&join.left).chain(sides.into_iter().flatten()) {
                        *wanted = wanted.and(select.kind);
                        words.add_select(rule, select, judges_claims, people);
                        joined.push((select, judges_claims));
                    }
                }
                Matcher::Advisory(_) => {
                    wanted = wanted.and(FactKind::Package);
                    keeps_packages = true;
                }
            }
        }
        for rule in set.rules.iter().filter(|rule| !runs(rule)) {
            if let Matcher::Text(text) = &rule.matcher {
                let masker = TextRule::new(None, text);
                if masker.masks() {
                    words.add_text(texts.len(), masker.text);
                    texts.push(masker);
                }
            }
        }
        // Whether something is declared shows in claims only.
        let claim = if for_claims == Wanted::default() { wanted } else { wanted.and(FactKind::Claim) };
        Ok(Self {
            former: former(set),
            rules,
            vocabulary: &set.vocabulary,
            texts,
            triggers: words.build(&set.vocabulary.comments),
            wanted: wanted.or(for_claims),
            wanted_undeclared: claim,
            joined,
            keeps_packages,
            none: Vec::new(),
            asks: false,
        })
    }

    /// The same plan, with or without secrets kept for asking their providers.
    pub(super) fn asking(self, asks: bool) -> Self {
        Self { asks, ..self }
    }

    /// True when secrets are kept for asking their providers.
    pub(super) fn asks(&self) -> bool {
        self.asks
    }

    /// What a request about a match needs, when one is to be made.
    pub(super) fn holds(&self, rule: &Rule, value: &dyn Fn(&str) -> Option<String>) -> Option<Arc<Held>> {
        let verify = rule.verify.as_ref().filter(|_| self.asks)?;
        Some(Arc::new(Held::new(verify, value)))
    }

    /// Kinds of facts to build; `declared` says that some document makes claims.
    pub(super) fn wanted(&self, declared: bool) -> Wanted {
        if declared { self.wanted } else { self.wanted_undeclared }
    }

    /// True for a fact that something asks for once all sources are read: the others would only fill memory.
    pub(super) fn keeps(&self, fact: &Fact, declared: bool) -> bool {
        match fact.kind {
            FactKind::Claim => true,
            FactKind::Package if self.keeps_packages => true,
            kind => self.joined.iter().any(|&(select, judges_claims)| {
                select.kind == kind
                    && (declared || !judges_claims)
                    && selects(select, fact, Scope::default()) != Truth::No
            }),
        }
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

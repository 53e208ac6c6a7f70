//! Rules: data that say what must not be. One file, one rule, with its own failing and passing cases.

mod case;
mod condition;
mod credential;
mod hole;
mod load;
mod schema;
mod template;
mod verify;

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};

pub use self::load::nearest;
pub(crate) use self::load::placed;
pub use self::{
    case::{Case, Expected, Regions},
    condition::{Operand, Scalar, Scope, Test, Truth, Where},
    credential::{Credential, REACH},
    hole::Private,
    template::fill,
    verify::{Call, Method, Verify},
};
use crate::{
    classify::Format,
    fact::{Environment, FactKind, Strength},
    finding::{Precision, Severity},
    vocabulary::Vocabulary,
};

/// One rule, checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// `family/kebab-name`; the path of its file below the rules folder.
    pub id: String,
    /// What is wrong, in a few words.
    pub title: String,
    /// How bad, unless something about the finding says otherwise.
    pub severity: Severity,
    /// How often right.
    pub precision: Precision,
    /// Message of a finding; `{name}` holes are filled from the match.
    pub message: String,
    /// What to do, in a sentence or a few.
    pub help: String,
    /// Why it matters and how it works, for `trueup explain`; may be empty.
    pub description: String,
    /// Where to read more.
    pub references: Vec<String>,
    /// What the rule is about in the words of `vocabulary/controls.toml`.
    pub matters: Vec<String>,
    /// CWE numbers.
    pub cwe: Vec<u16>,
    /// What to do with matches in tests, examples and documentation.
    pub in_tests: InTests,
    /// The rule that took this one's place: old suppressions go on working.
    pub replaced_by: Option<String>,
    /// How it looks.
    pub matcher: Matcher,
    /// How to ask whether what it finds still works.
    pub verify: Option<Verify>,
    /// Sources that must give findings exactly at the marked regions.
    pub fail: Vec<Case>,
    /// Sources that must give none.
    pub pass: Vec<Case>,
}

impl Rule {
    /// First half of the id.
    pub fn family(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// The SARIF name: the second half of the id in PascalCase.
    pub fn name(&self) -> String {
        let half = self.id.split('/').next_back().unwrap_or_default();
        half.split('-')
            .map(|word| {
                let mut letters = word.chars();
                letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
            })
            .collect()
    }
}

/// What becomes of matches in files that are not shipped (tests, examples, documentation, vendored code).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InTests {
    /// Reported as info.
    #[default]
    Info,
    /// Reported one severity lower.
    Lower,
    /// Reported as medium at most.
    Medium,
    /// Reported as elsewhere.
    Same,
    /// Not reported.
    Skip,
}

/// The five ways a rule looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Matcher {
    /// A pattern near a trigger word in the text of a source.
    Text(Text),
    /// A fact that meets conditions.
    Fact(Select),
    /// A value that goes from one fact to another.
    Flow(Flow),
    /// A fact that other facts of the repository bear out or refute.
    Join(Join),
    /// A package with a published advisory.
    Advisory(Advisory),
}

/// A pattern near a trigger word.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// Trigger words, compared without case; one of them occurs in every match.
    pub keywords: Vec<String>,
    /// The pattern. A group `secret` is what is reported and masked; without it the whole match is. Empty for a
    /// credential, which has its own.
    pub pattern: String,
    /// A value that is told by what stands near it.
    pub credential: Option<Credential>,
    /// How many lines after the one with the trigger word a match may reach.
    pub lines: u16,
    /// Probes that must not answer no about the reported text.
    pub probes: Vec<String>,
    /// A probe that proves: yes makes the finding certain, no makes it info.
    pub proof: Option<String>,
    /// Where a match begins.
    pub start: Start,
    /// Patterns of paths to look in (regular expressions on the path); empty for all.
    pub paths: Vec<String>,
    /// True for a rule that gives way where a more exact rule reports the same text.
    pub generic: bool,
}

impl Text {
    /// The whole pattern.
    pub fn pattern(&self) -> Cow<'_, str> {
        match &self.credential {
            Some(credential) => credential.pattern().into(),
            None => self.pattern.as_str().into(),
        }
    }

    /// True when what it finds is a secret.
    pub fn is_secret(&self) -> bool {
        self.credential.is_some() || self.pattern.contains("?<secret>") || self.pattern.contains("?P<secret>")
    }
}

/// Where a match of a text rule begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// On the line of the trigger word.
    #[default]
    Anywhere,
    /// At the word that the trigger word stands in, or the one before it: nothing else of the line is searched.
    Word,
}

/// Facts that meet conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Select {
    /// Kind of fact.
    pub kind: FactKind,
    /// Trigger words of sources that can hold such a fact; empty for every source of a format that can.
    pub keywords: Vec<String>,
    /// More trigger words: one of these must stand in the source, too, when there are any.
    pub and_keywords: Vec<String>,
    /// Programming languages in which it looks; empty for all.
    pub languages: Vec<Format>,
    /// Test of the name.
    pub name: Option<Test>,
    /// Conditions: all of one table must hold, any table suffices. Empty: no condition.
    pub any: Vec<Where>,
    /// Field that a finding points at; the whole fact without it.
    pub at: Option<String>,
    /// Environments it may speak for; empty for any but test. Facts that speak for any environment always qualify.
    pub environments: Vec<Environment>,
    /// Weakest evidence that counts.
    pub strength: Strength,
}

/// A value that goes from a datum to a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// The datum.
    pub from: Select,
    /// The call.
    pub to: Select,
    /// Roles of functions that make the value harmless on the way.
    pub unless_through: Vec<String>,
}

/// A fact (`left`) that other facts (`right`) bear out or refute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Join {
    /// The fact that is judged, often a claim.
    pub left: Select,
    /// Evidence for it. `{left.FIELD}` in a condition names a field of the judged fact.
    pub supports: Vec<Select>,
    /// Evidence against it.
    pub refutes: Vec<Select>,
    /// Facts that show that the layer which would hold the evidence is here: with one of them and no support,
    /// absence refutes. Without any selection absence proves nothing.
    pub closed_if: Vec<Select>,
    /// The claim is about all there is (`enforced everywhere`): what may yet refute it leaves it open.
    pub every: bool,
    /// Absence of support always refutes (`report = ["missing"]` without `closed-if`).
    pub closed: bool,
}

/// A package with a published advisory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Advisory {
    /// Kinds of advisory: vulnerability, unmaintained, unsound, yanked, notice, malicious.
    pub kinds: Vec<String>,
}

/// A set of rules with the vocabulary they speak.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RuleSet {
    /// In order of id.
    pub rules: Vec<Arc<Rule>>,
    /// Maps from formats to facts and from matters to controls.
    pub vocabulary: Vocabulary,
}

impl RuleSet {
    /// Reads rule files and vocabulary files (path below the rules folder, text). Lists every defect with its place.
    pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Vec<String>> {
        load::rule_set(files)
    }

    /// Adds rules of a user; an id may not shadow one that is there, and none may say where secrets are sent.
    pub fn extend<'a>(&mut self, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<(), Vec<String>> {
        load::extend(self, files, load::Origin::User)
    }

    /// Adds rules that are meant to become built-in ones. Only for running their cases: what these rules ask for is
    /// trusted.
    pub fn extend_own<'a>(&mut self, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<(), Vec<String>> {
        load::extend(self, files, load::Origin::Own)
    }

    /// The rule of an id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules
            .binary_search_by(|rule| rule.id.as_str().cmp(id))
            .ok()
            .and_then(|at| self.rules.get(at))
            .map(Arc::as_ref)
    }

    /// A compact form to embed: the set as it was checked, without the cases.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let mut bare = self.clone();
        for rule in bare.rules.iter_mut().map(Arc::make_mut) {
            rule.fail.clear();
            rule.pass.clear();
        }
        postcard::to_stdvec(&bare).map_err(|error| error.to_string())
    }

    /// The compact form with the cases.
    pub fn to_bytes_with_cases(&self) -> Result<Vec<u8>, String> {
        postcard::to_stdvec(self).map_err(|error| error.to_string())
    }

    /// Reads the compact form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        postcard::from_bytes(bytes).map_err(|error| error.to_string())
    }
}

/// Compiles the pattern of a text rule. Letters, digits and boundaries are ASCII: what credentials and configuration
/// are made of, and what keeps the search on the fast path in text of any script.
pub fn text_regex(pattern: &str) -> Result<regex::bytes::Regex, regex::Error> {
    regex::bytes::RegexBuilder::new(pattern).unicode(false).multi_line(true).build()
}

//! Facts: normalised observations that rules match on, whatever format they were read from.

use serde::{Deserialize, Serialize};

use crate::{
    source::SourceId,
    span::Span,
    syntax::{Node, Value},
};

/// Vocabulary word for what a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FactKind {
    /// An object as written in infrastructure code: fields are its own attributes plus `type`, `format`, `provider`.
    Resource,
    /// Something that accepts connections: `protocol`, `port`, `exposure` (public, internal, loopback), `redirects-to`, `tls.min-version`, `hsts.max-age`.
    Listener,
    /// Something that is called or connected to: `url`, `scheme`, `host`, `locality`, `verify`, `tls`.
    Endpoint,
    /// Something that keeps data: `engine`, `encrypted`, `exposure`, `backup.retention-days`, `replicas`, `deletion-protection`.
    Store,
    /// A call in a program: `callee` (canonical, imports resolved), `role`, `arguments`, keyword arguments under `options.NAME`.
    Call,
    /// Personal data: `category` (fideslang key), `field`, `object`, `place` (schema, parameter, expression).
    Datum,
    /// A dependency: `ecosystem`, `version`, `scope` (production, development, optional), `direct`, `manager`.
    Package,
    /// A third party: `slug`, `evidence` (package, host, variable), `initialised`.
    Service,
    /// A step of a pipeline: `run`, `uses`, `job`, `trigger`, `branch`, `environment`, `gating`, `role` (lint, test, build, deploy, scan ...).
    Step,
    /// A fact stated by the declared infrastructure document: `value`, `text`, `normal`, `state` (declared, unfilled, none).
    Claim,
    /// An accepted finding as written: `rules`, `state` (used, unused, expired, without-reason), `until`, `owner`.
    Suppression,
}

impl FactKind {
    /// All kinds, in order of declaration.
    pub const ALL: [Self; 11] = [
        Self::Resource,
        Self::Listener,
        Self::Endpoint,
        Self::Store,
        Self::Call,
        Self::Datum,
        Self::Package,
        Self::Service,
        Self::Step,
        Self::Claim,
        Self::Suppression,
    ];

    /// The word used in rules.
    pub fn word(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Listener => "listener",
            Self::Endpoint => "endpoint",
            Self::Store => "store",
            Self::Call => "call",
            Self::Datum => "datum",
            Self::Package => "package",
            Self::Service => "service",
            Self::Step => "step",
            Self::Claim => "claim",
            Self::Suppression => "suppression",
        }
    }
}

/// Which environment a fact speaks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Environment {
    /// Production, said explicitly.
    Production,
    /// Staging, preview, acceptance.
    Staging,
    /// Development, local, sandbox.
    Development,
    /// Test fixtures and examples: nothing is deployed from here.
    Test,
    /// Nothing says which: counts for each.
    #[default]
    Any,
}

impl Environment {
    /// The word used in rules and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
            Self::Test => "test",
            Self::Any => "any",
        }
    }

    /// Reads an environment from a word such as a folder, workspace, branch or file stem (`prod`, `values-stage`).
    pub fn of_word(word: &str) -> Option<Self> {
        let lower = word.to_ascii_lowercase();
        lower.split(['-', '_', '.', '/', ' ']).find_map(|part| match part {
            "prod" | "production" | "live" | "prd" => Some(Self::Production),
            "stag" | "stage" | "staging" | "uat" | "preprod" | "preview" | "acceptance" => Some(Self::Staging),
            "dev" | "develop" | "development" | "local" | "sandbox" | "qa" | "review" => Some(Self::Development),
            _ => None,
        })
    }
}

/// How strong a fact is as evidence, strongest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Explicit setting, value resolved.
    #[default]
    Explicit,
    /// Documented provider default where the setting is absent.
    Default,
    /// Dependency and initialisation, or resource and reference to it.
    Indirect,
    /// A mention only: shown, decides nothing.
    Mention,
}

/// A normalised observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What it is about.
    pub kind: FactKind,
    /// What it is called where it stands (resource address, callee, package name, claim id).
    pub name: String,
    /// Its fields: a map; keys may be dotted (`backup.retention-days`) or nested.
    pub fields: Node,
    /// The source it was read from.
    pub source: SourceId,
    /// Where it stands.
    pub span: Span,
    /// Which environment it speaks for.
    pub environment: Environment,
    /// How strong it is as evidence.
    pub strength: Strength,
}

impl Fact {
    /// A fact without fields; add them with [`Fact::with`].
    pub fn new(kind: FactKind, name: impl Into<String>, source: SourceId, span: Span) -> Self {
        Self {
            kind,
            name: name.into(),
            fields: Node::map(span),
            source,
            span,
            environment: Environment::Any,
            strength: Strength::Explicit,
        }
    }

    /// Adds a field with its own place.
    #[must_use]
    pub fn with(mut self, key: &str, value: Node) -> Self {
        self.fields.set(key, value);
        self
    }

    /// Adds a text field that stands at `span`.
    #[must_use]
    pub fn with_text(self, key: &str, span: Span, text: impl Into<String>) -> Self {
        self.with(key, Node::string(span, text))
    }

    /// The same fact for an environment.
    #[must_use]
    pub fn in_environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// The same fact with another strength.
    #[must_use]
    pub fn of_strength(mut self, strength: Strength) -> Self {
        self.strength = strength;
        self
    }

    /// The node at a dotted path, keys dotted or nested; lists are not entered (see [`Fact::all`]).
    pub fn get(&self, path: &str) -> Option<&Node> {
        find(&self.fields, path)
    }

    /// The text of a field.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path).and_then(Node::as_str)
    }

    /// Every node at a dotted path in which `*` steps into each element of a list or each value of a map.
    pub fn all(&self, path: &str) -> Vec<&Node> {
        let mut found = Vec::new();
        collect(&self.fields, path, &mut found);
        found
    }
}

/// The node at a dotted path below `node`; a whole dotted key wins over nesting. A list of one is entered (HCL blocks).
fn find<'a>(node: &'a Node, path: &str) -> Option<&'a Node> {
    if path.is_empty() {
        return Some(node);
    }
    if let Value::List(items) = &node.value {
        return items.first().and_then(|item| find(item, path));
    }
    if let Some(value) = node.get(path) {
        return Some(value);
    }
    path.match_indices('.').find_map(|(dot, _)| {
        let (key, rest) = (path.get(..dot)?, path.get(dot + 1..)?);
        node.get(key).and_then(|value| find(value, rest))
    })
}

fn collect<'a>(node: &'a Node, path: &str, found: &mut Vec<&'a Node>) {
    let Some((before, after)) = split_star(path) else {
        found.extend(find(node, path));
        return;
    };
    let Some(middle) = find(node, before) else { return };
    match &middle.value {
        Value::Map(entries) => entries.iter().for_each(|(_, value)| collect(value, after, found)),
        _ => middle.elements().iter().for_each(|item| collect(item, after, found)),
    }
}

/// Splits `a.*.b` into `a` and `b`; `None` when there is no star.
fn split_star(path: &str) -> Option<(&str, &str)> {
    let parts = ["*.", "*"];
    let star = path.find('*')?;
    let before = path.get(..star)?.trim_end_matches('.');
    let rest = path.get(star..)?;
    let after = parts.iter().find_map(|part| rest.strip_prefix(part))?;
    Some((before, after))
}

/// All facts of a scan, in order of path and place.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    facts: Vec<Fact>,
}

impl Inventory {
    /// An inventory of facts that are already in order.
    pub fn new(facts: Vec<Fact>) -> Self {
        Self { facts }
    }

    /// All facts.
    pub fn all(&self) -> &[Fact] {
        &self.facts
    }

    /// Facts of one kind.
    pub fn of(&self, kind: FactKind) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(move |fact| fact.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_reach_dotted_nested_and_listed_fields() {
        let span = Span::new(0, 1);
        let mut block = Node::map(span);
        block.set("enabled", Node::new(span, Value::Bool(true)));
        let fact = Fact::new(FactKind::Store, "db", SourceId(0), span)
            .with("backup.retention-days", Node::new(span, Value::Number(7.0)))
            .with("point", Node::new(span, Value::List(vec![block.clone(), block])));
        assert_eq!(fact.get("backup.retention-days").and_then(Node::as_number), Some(7.0));
        assert_eq!(fact.get("point.enabled").and_then(Node::as_bool), Some(true));
        assert_eq!(fact.all("point.*.enabled").len(), 2);
        assert!(fact.get("backup.window").is_none());
    }

    #[test]
    fn environments_are_read_from_words() {
        assert_eq!(Environment::of_word("values-prod"), Some(Environment::Production));
        assert_eq!(Environment::of_word("productive"), None);
    }
}

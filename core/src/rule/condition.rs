//! Conditions on the fields of facts, in three values: an unknown meets no test, and does not fail one either.

use std::sync::{Arc, OnceLock};

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::{
    fact::Fact,
    syntax::{Node, Value},
};

/// Outcome of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// Does not hold.
    No,
    /// Only running could tell.
    Unknown,
    /// Holds.
    Yes,
}

impl Truth {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// A constant of a rule file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Scalar {
    /// Text, compared without ASCII case.
    Text(String),
    /// A truth value; `"true"` and `"yes"` in a source count as true.
    Bool(bool),
    /// A number; numeric text in a source counts.
    Number(f64),
}

/// What a test compares with: constants, or a field of the other side (`{left.value}`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Operand {
    /// Constants of the rule file.
    Constants(Vec<Scalar>),
    /// A field of the judged fact of a join.
    Left(String),
}

/// A test of one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Test {
    /// Equal to one of them.
    AnyOf(Operand),
    /// Present or not, and equal to none of them.
    NoneOf(Operand),
    /// Text that matches a regular expression.
    Matches(String),
    /// Text that is there and does not match.
    NotMatches(String),
    /// Present (or absent).
    Exists(bool),
    /// A number below.
    Below(Operand),
    /// A number above.
    Above(Operand),
}

/// Tests of several fields; all must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Where(pub Vec<(String, Test)>);

/// What a condition may look at besides the fact itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope<'a> {
    /// The judged fact of a join.
    pub left: Option<&'a Fact>,
}

impl Where {
    /// Judges the tests on a fact. A test of `name` reads the fact's name where there is no such field.
    pub fn holds(&self, fact: &Fact, scope: Scope<'_>) -> Truth {
        self.0.iter().map(|(path, test)| test.holds_at(fact, path, scope)).min().unwrap_or(Truth::Yes)
    }
}

impl Test {
    fn holds_at(&self, fact: &Fact, path: &str, scope: Scope<'_>) -> Truth {
        if path.contains('*') {
            let nodes = fact.all(path);
            return match self {
                Self::Exists(wanted) => Truth::of(nodes.is_empty() != *wanted),
                // None of the elements may be equal; for the others one element suffices.
                Self::NoneOf(_) => nodes.iter().map(|node| self.holds(Some(node), scope)).min().unwrap_or(Truth::Yes),
                _ => nodes.iter().map(|node| self.holds(Some(node), scope)).max().unwrap_or(Truth::No),
            };
        }
        match fact.get(path) {
            None if path == "name" => self.holds_text(&fact.name, scope),
            node => self.holds(node, scope),
        }
    }

    /// Judges the test on a text.
    pub fn holds_text(&self, text: &str, scope: Scope<'_>) -> Truth {
        self.holds(Some(&Node::string(Default::default(), text)), scope)
    }

    /// Judges the test on a value that may be absent.
    pub fn holds(&self, node: Option<&Node>, scope: Scope<'_>) -> Truth {
        if let Some(Node { value: Value::Unknown(_), .. }) = node {
            return match self {
                Self::Exists(wanted) => Truth::of(*wanted),
                _ => Truth::Unknown,
            };
        }
        let present = node.filter(|node| node.value != Value::Null);
        match self {
            Self::Exists(wanted) => Truth::of(present.is_some() == *wanted),
            Self::NoneOf(operand) => present.map_or(Truth::Yes, |node| match is_any(node, operand, scope) {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                Truth::Unknown => Truth::Unknown,
            }),
            Self::AnyOf(operand) => present.map_or(Truth::No, |node| is_any(node, operand, scope)),
            Self::Matches(pattern) => present.map_or(Truth::No, |node| matches(node, pattern)),
            Self::NotMatches(pattern) => present.map_or(Truth::No, |node| match matches(node, pattern) {
                Truth::Yes => Truth::No,
                _ => Truth::Yes,
            }),
            Self::Below(operand) => present.map_or(Truth::No, |node| compare(node, operand, scope, |a, b| a < b)),
            Self::Above(operand) => present.map_or(Truth::No, |node| compare(node, operand, scope, |a, b| a > b)),
        }
    }
}

/// The nodes an operand stands for when it names a field of the left side; `None` while no left side is known.
fn left_nodes<'a>(path: &str, scope: Scope<'a>) -> Option<&'a [Node]> {
    scope.left.map(|fact| fact.get(path).map_or(&[][..], Node::elements))
}

fn is_any(node: &Node, operand: &Operand, scope: Scope<'_>) -> Truth {
    let any = |node: &Node| match operand {
        Operand::Constants(scalars) => Truth::of(scalars.iter().any(|scalar| equals_scalar(node, scalar))),
        Operand::Left(path) => {
            let Some(others) = left_nodes(path, scope) else { return Truth::Unknown };
            if others.iter().any(Node::is_unknown) {
                return Truth::Unknown;
            }
            Truth::of(others.iter().any(|other| equals_node(node, other)))
        }
    };
    match &node.value {
        // A list is equal to a constant when one of its elements is.
        Value::List(items) => items
            .iter()
            .map(|item| if item.is_unknown() { Truth::Unknown } else { any(item) })
            .max()
            .unwrap_or(Truth::No),
        _ => any(node),
    }
}

fn equals_scalar(node: &Node, scalar: &Scalar) -> bool {
    match scalar {
        Scalar::Text(text) => match &node.value {
            Value::String(value) => value.eq_ignore_ascii_case(text),
            Value::Bool(flag) => text.eq_ignore_ascii_case(if *flag { "true" } else { "false" }),
            Value::Number(number) => text.parse::<f64>().is_ok_and(|other| other == *number),
            _ => false,
        },
        Scalar::Bool(flag) => node.as_bool() == Some(*flag),
        Scalar::Number(number) => node.as_number() == Some(*number),
    }
}

fn equals_node(node: &Node, other: &Node) -> bool {
    match &other.value {
        Value::String(text) => equals_scalar(node, &Scalar::Text(text.clone())),
        Value::Bool(flag) => equals_scalar(node, &Scalar::Bool(*flag)),
        Value::Number(number) => equals_scalar(node, &Scalar::Number(*number)),
        _ => false,
    }
}

fn compare(node: &Node, operand: &Operand, scope: Scope<'_>, holds: fn(f64, f64) -> bool) -> Truth {
    let Some(number) = node.as_number() else { return Truth::No };
    match operand {
        Operand::Constants(scalars) => Truth::of(scalars.iter().any(|scalar| match scalar {
            Scalar::Number(limit) => holds(number, *limit),
            _ => false,
        })),
        Operand::Left(path) => {
            let Some(others) = left_nodes(path, scope) else { return Truth::Unknown };
            Truth::of(others.iter().filter_map(Node::as_number).any(|limit| holds(number, limit)))
        }
    }
}

fn matches(node: &Node, pattern: &str) -> Truth {
    let Some(regex) = cached(pattern) else { return Truth::No };
    let one = |node: &Node| match &node.value {
        Value::String(text) | Value::Unknown(text) => regex.is_match(text),
        Value::Number(number) => regex.is_match(&number.to_string()),
        Value::Bool(flag) => regex.is_match(if *flag { "true" } else { "false" }),
        _ => false,
    };
    Truth::of(node.elements().iter().any(one))
}

/// Patterns of conditions, compiled on first use. The loader has checked that they compile; rules are few, so the
/// cache is bounded by them.
fn cached(pattern: &str) -> Option<Arc<Regex>> {
    use std::{collections::HashMap, sync::RwLock};
    // Shared and not cloned: a clone would start with an empty automaton.
    static CACHE: OnceLock<RwLock<HashMap<String, Arc<Regex>>>> = OnceLock::new();
    let cache = CACHE.get_or_init(RwLock::default);
    if let Some(regex) = cache.read().ok().and_then(|known| known.get(pattern).cloned()) {
        return Some(regex);
    }
    let regex = Arc::new(Regex::new(pattern).ok()?);
    if let Ok(mut known) = cache.write() {
        known.insert(pattern.to_owned(), regex.clone());
    }
    Some(regex)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fact::FactKind, source::SourceId, span::Span};

    fn constants(values: &[&str]) -> Operand {
        Operand::Constants(values.iter().map(|text| Scalar::Text((*text).into())).collect())
    }

    #[test]
    fn unknown_meets_neither_a_test_nor_its_opposite() {
        let unknown = Node::new(Span::default(), Value::Unknown("var.x".into()));
        for test in [Test::AnyOf(constants(&["http"])), Test::NoneOf(constants(&["http"])), Test::Matches("x".into())] {
            assert_eq!(test.holds(Some(&unknown), Scope::default()), Truth::Unknown);
        }
        assert_eq!(Test::Exists(true).holds(Some(&unknown), Scope::default()), Truth::Yes);
    }

    #[test]
    fn absence_meets_only_negative_tests() {
        assert_eq!(Test::NoneOf(constants(&["https"])).holds(None, Scope::default()), Truth::Yes);
        assert_eq!(Test::AnyOf(constants(&["https"])).holds(None, Scope::default()), Truth::No);
        assert_eq!(Test::Exists(false).holds(None, Scope::default()), Truth::Yes);
    }

    #[test]
    fn operands_reach_the_left_side() {
        let at = Span::default();
        let left = Fact::new(FactKind::Claim, "c", SourceId(0), at).with("days", Node::new(at, Value::Number(30.0)));
        let scope = Scope { left: Some(&left) };
        let seven = Node::new(at, Value::Number(7.0));
        assert_eq!(Test::Below(Operand::Left("days".into())).holds(Some(&seven), scope), Truth::Yes);
        assert_eq!(Test::Above(Operand::Left("days".into())).holds(Some(&seven), scope), Truth::No);
        let before = Test::Above(Operand::Left("days".into())).holds(Some(&seven), Scope::default());
        assert_eq!(before, Truth::Unknown, "a fact that may count for some left side is not ruled out");
    }
}

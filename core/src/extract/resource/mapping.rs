//! Attributes to normalised fields, as the vocabulary says.

use std::collections::BTreeMap;

use super::{Object, constant, everyone, index::Index, names_object, parameter, policy, with_region};
use crate::{
    fact::{Fact, FactKind},
    span::Span,
    syntax::{Node, Origin, Value},
    vocabulary::{Ask, Field, Mapping, Scalar},
};

/// The facts that one mapping makes of one object.
pub(super) fn apply(object: &Object, kind: FactKind, mapping: &Mapping, index: &Index<'_>) -> Vec<Fact> {
    let elements: Vec<Option<&Node>> = match &mapping.each {
        Some(path) => nodes(&object.attributes, path).into_iter().map(Some).collect(),
        None => vec![None],
    };
    let fitting = elements.into_iter().filter(|element| fits(object, mapping, *element));
    fitting
        .map(|element| {
            let span = element.map_or(object.span, |element| element.span);
            let mut fact = object.fact(kind, span).with("instances", object.instances.clone());
            for (name, node) in fields(object, mapping, element, index) {
                fact = fact.with(&name, node);
            }
            if kind == FactKind::Store && fact.get("holds").is_none() {
                fact = match holds(object, index) {
                    Some(node) => fact.with("holds", node),
                    None => fact,
                };
            }
            with_region(fact, object)
        })
        .collect()
}

/// The normalised fields of an object, or of one of its elements.
pub(super) fn fields(
    object: &Object,
    mapping: &Mapping,
    element: Option<&Node>,
    index: &Index<'_>,
) -> Vec<(String, Node)> {
    if !fits(object, mapping, element) {
        return Vec::new();
    }
    let place = element.map_or(object.span, |element| element.span);
    let constants = mapping.set.iter().map(|(name, scalar)| (name.clone(), constant(place, scalar, Origin::Explicit)));
    let mut found: Vec<(String, Node)> = constants.collect();
    for (name, field) in &mapping.fields {
        if let Some(node) = read(object, element, field, mapping, index) {
            found.push((name.clone(), node));
        }
    }
    found
}

/// Conditions of a mapping hold when each attribute is known and has one of the values.
fn fits(object: &Object, mapping: &Mapping, element: Option<&Node>) -> bool {
    mapping.conditions.iter().all(|(path, wanted)| has(&look_up(object, element, path), wanted))
}

/// True when one of the nodes is known and has the value, or one of the values.
pub(super) fn has(nodes: &[&Node], wanted: &Scalar) -> bool {
    nodes.iter().any(|node| is_equal(node, wanted))
}

fn is_equal(node: &Node, scalar: &Scalar) -> bool {
    match scalar {
        Scalar::Bool(flag) => node.as_bool() == Some(*flag),
        Scalar::Number(number) => node.as_number() == Some(*number),
        Scalar::Text(text) => node.as_str().is_some_and(|known| known.eq_ignore_ascii_case(text)),
        Scalar::List(options) => options.iter().any(|option| is_equal(node, option)),
    }
}

/// Nodes at a path; `^` starts at the object although the mapping is about an element.
fn look_up<'n>(object: &'n Object, element: Option<&'n Node>, path: &str) -> Vec<&'n Node> {
    match (path.strip_prefix("^."), element) {
        (Some(path), _) => nodes(&object.attributes, path),
        (None, Some(element)) => nodes(element, path),
        (None, None) => nodes(&object.attributes, path),
    }
}

fn read(object: &Object, element: Option<&Node>, field: &Field, mapping: &Mapping, index: &Index<'_>) -> Option<Node> {
    let place = element.map_or(object.span, |element| element.span);
    let all = || field.from.iter().flat_map(|path| look_up(object, element, path));
    let answer = |known: Option<Node>| {
        let node = known.unwrap_or_else(|| Node::new(place, Value::Bool(false)));
        translate(&node, field, index)
    };
    match field.ask {
        Ask::Set => return answer(is_set(all())),
        Ask::Unset => return answer(Some(not(is_set(all()).unwrap_or_else(|| Node::new(place, Value::Bool(false)))))),
        Ask::Open => return everyone::is_open(all()).and_then(|node| answer(Some(node))).or_else(|| answer(None)),
        Ask::OpenPolicy => return policy::is_open(all()).and_then(|node| answer(Some(node))),
        Ask::ForcesTls => return parameter::forces_tls(all()).and_then(|node| answer(Some(node))),
        Ask::Count => {
            let nodes = field.from.iter().map(|path| look_up(object, element, path)).find(|nodes| !nodes.is_empty());
            return Some(count(place, &nodes.unwrap_or_default()));
        }
        Ask::Value | Ask::Not => {}
    }
    let said = field.from.iter().find_map(|path| {
        let nodes = look_up(object, element, path);
        if path.contains('*') {
            let items: Vec<Node> = nodes.into_iter().filter_map(|node| translate(node, field, index)).collect();
            let span = items.first()?.span;
            return Some(Node::new(span, Value::List(items)));
        }
        nodes.into_iter().filter(|node| node.value != Value::Null).find_map(|node| translate(node, field, index))
    });
    let node = match said {
        Some(node) => node,
        None => constant(place, field.default.as_ref()?, Origin::Default(mapping.source.clone())),
    };
    Some(if field.ask == Ask::Not { not(node) } else { node })
}

fn count(place: Span, nodes: &[&Node]) -> Node {
    match nodes.iter().find(|node| node.is_unknown()) {
        Some(unknown) => (*unknown).clone(),
        None => {
            let count: usize = nodes.iter().map(|node| node.elements().len()).sum();
            Node::new(place, Value::Number(count as f64))
        }
    }
}

fn not(node: Node) -> Node {
    match node.as_bool() {
        Some(flag) => Node { value: Value::Bool(!flag), ..node },
        None => node,
    }
}

/// Whether something is there: yes as soon as one is, unknown when that depends on a run.
fn is_set<'n>(nodes: impl Iterator<Item = &'n Node>) -> Option<Node> {
    let mut unknown = None;
    for node in nodes {
        let set = match &node.value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Unknown(text) if names_object(text) => true,
            Value::Unknown(_) => {
                unknown.get_or_insert_with(|| node.clone());
                false
            }
            _ => true,
        };
        if set {
            return Some(Node { value: Value::Bool(true), ..node.clone() });
        }
    }
    unknown
}

/// A value in the words of the vocabulary; `None` when it says nothing.
fn translate(node: &Node, field: &Field, index: &Index<'_>) -> Option<Node> {
    let tables = [Some(&field.values), index.table(&field.table)];
    let known = match &node.value {
        // What names an object is set, whatever it will be; a table that takes any value takes it too.
        Value::Unknown(text) if names_object(text) => field.values.get("*"),
        Value::Unknown(_) => None,
        _ => tables.into_iter().flatten().find_map(|table| in_table(node, table)),
    };
    match (known, field.scale, node.as_number()) {
        (Some(Scalar::Text(nothing)), ..) if nothing.is_empty() => None,
        (Some(scalar), ..) => Some(constant(node.span, scalar, node.origin.clone())),
        (None, Some(scale), Some(number)) => Some(Node { value: Value::Number(number * scale), ..node.clone() }),
        _ => Some(node.clone()),
    }
}

fn in_table<'v>(node: &Node, table: &'v BTreeMap<String, Scalar>) -> Option<&'v Scalar> {
    let word = match &node.value {
        Value::String(text) => text.to_ascii_lowercase(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    if let Some(exact) = table.iter().find(|(key, _)| key.to_ascii_lowercase() == word) {
        return Some(exact.1);
    }
    let prefixes = table.iter().filter_map(|(key, value)| Some((key.strip_suffix('*')?.to_ascii_lowercase(), value)));
    let longest =
        prefixes.filter(|(prefix, _)| word.starts_with(prefix.as_str())).max_by_key(|(prefix, _)| prefix.len());
    longest.map(|(_, value)| value)
}

/// The first node at a path.
pub(super) fn node<'n>(tree: &'n Node, path: &str) -> Option<&'n Node> {
    nodes(tree, path).into_iter().next()
}

/// Every node at a path. Lists of one are entered, `*` enters all elements; where the way there is unknown, so is the
/// end, and the unknown is what is found.
pub(super) fn nodes<'n>(tree: &'n Node, path: &str) -> Vec<&'n Node> {
    let mut found = Vec::new();
    collect(tree, path, &mut found);
    found
}

fn collect<'n>(node: &'n Node, path: &str, found: &mut Vec<&'n Node>) {
    if path.is_empty() || node.is_unknown() {
        found.push(node);
        return;
    }
    let (key, rest) = path.split_once('.').unwrap_or((path, ""));
    match (key, &node.value) {
        ("*", Value::Map(entries)) => entries.iter().for_each(|(_, value)| collect(value, rest, found)),
        ("*", _) => node.elements().iter().for_each(|item| collect(item, rest, found)),
        (_, Value::List(items)) => {
            if let Some(first) = items.first() {
                collect(first, path, found);
            }
        }
        (_, Value::Map(_)) => {
            if let Some(value) = node.get(key) {
                collect(value, rest, found);
            }
        }
        _ => {}
    }
}

/// What a store holds, told by the words of its names.
fn holds(object: &Object, index: &Index<'_>) -> Option<Node> {
    let names = ["bucket", "name", "identifier", "tags.Name"];
    let texts = names.iter().filter_map(|path| node(&object.attributes, path)).filter_map(Node::as_str);
    let local = object.name.rsplit('.').next().unwrap_or_default();
    let words: Vec<String> = std::iter::once(local)
        .chain(texts)
        .flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()))
        .map(str::to_ascii_lowercase)
        .collect();
    let kinds = index.resources().holds.iter();
    let found: Vec<Node> = kinds
        .filter(|(_, known)| known.iter().any(|word| words.contains(word)))
        .map(|(kind, _)| Node::string(object.span, kind.as_str()))
        .collect();
    (!found.is_empty()).then(|| Node::new(object.span, Value::List(found)))
}

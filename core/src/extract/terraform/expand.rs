//! `count` and `for_each`: which objects one block makes.

use std::rc::Rc;

use super::{eval::Frame, limits};
use crate::syntax::{Node, Value};

/// The element of `count` or `for_each` that an object stands for.
#[derive(Clone, Debug, Default)]
pub(super) struct Each {
    /// `count.index`.
    pub(super) index: Option<Node>,
    /// `each.key` and `each.value`.
    pub(super) entry: Option<(Node, Node)>,
    /// The element in addresses (`[0]`, `["a"]`), or nothing.
    pub(super) label: String,
}

impl Each {
    /// Neither `count` nor `for_each`.
    pub(super) fn none() -> Rc<Self> {
        Rc::default()
    }
}

/// What one block makes.
#[derive(Debug)]
pub(super) struct Expansion {
    /// The objects that are told apart.
    pub(super) elements: Vec<Rc<Each>>,
    /// How many objects each of them stands for: a number, or unknown.
    pub(super) instances: Node,
}

/// Expands a block. `mentions` is a text that a body needs to contain for its objects to differ by `count.index`;
/// where it does not, one object stands for all.
pub(super) fn expand<'a>(frame: &Frame<'_, 'a>, block: &'a Node, mentions: &str) -> Expansion {
    let one = |value: Value| Node::new(block.span, value);
    if let Some(count) = block.get("count") {
        let count = frame.value(count);
        return by_count(&count, mentions.is_empty() || mention(block, mentions));
    }
    if let Some(collection) = block.get("for_each") {
        return by_entry(&frame.value(collection));
    }
    Expansion { elements: vec![Each::none()], instances: one(Value::Number(1.0)) }
}

fn by_count(count: &Node, differ: bool) -> Expansion {
    let span = count.span;
    let each = |index: Value, label: String| Rc::new(Each { index: Some(Node::new(span, index)), entry: None, label });
    let unknown = || Value::Unknown("count.index".to_owned());
    let number = match &count.value {
        // A switch of older modules: true is one, false is none.
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        _ => count.as_number(),
    };
    let Some(number) = number.filter(|number| *number >= 0.0 && *number < 1e9) else {
        return Expansion { elements: vec![each(unknown(), String::new())], instances: count.clone() };
    };
    let total = number as usize;
    let one = |number: f64| Node { span, value: Value::Number(number), origin: count.origin.clone() };
    match total {
        0 => Expansion { elements: Vec::new(), instances: one(0.0) },
        1 => Expansion { elements: vec![each(Value::Number(0.0), String::new())], instances: one(1.0) },
        _ if differ && total <= limits::ELEMENTS => Expansion {
            elements: (0..total).map(|index| each(Value::Number(index as f64), format!("[{index}]"))).collect(),
            instances: one(1.0),
        },
        _ => Expansion { elements: vec![each(unknown(), String::new())], instances: one(number) },
    }
}

fn by_entry(collection: &Node) -> Expansion {
    let span = collection.span;
    let number = |number: usize| Node { span, value: Value::Number(number as f64), origin: collection.origin.clone() };
    let pairs: Vec<(Node, Node)> = match &collection.value {
        Value::Map(entries) => entries.clone(),
        Value::List(items) => items.iter().map(|item| (item.clone(), item.clone())).collect(),
        Value::Null => Vec::new(),
        _ => return unknown_entry(collection, collection.clone()),
    };
    if pairs.len() > limits::ELEMENTS || pairs.iter().any(|(key, _)| key.as_str().is_none()) {
        return unknown_entry(collection, number(pairs.len()));
    }
    let elements = pairs
        .into_iter()
        .map(|(key, value)| {
            let label = format!("[{:?}]", key.as_str().unwrap_or_default());
            Rc::new(Each { index: None, entry: Some((key, value)), label })
        })
        .collect();
    Expansion { elements, instances: number(1) }
}

/// One object whose key and value only a run tells; its value still names the collection it comes from.
fn unknown_entry(collection: &Node, instances: Node) -> Expansion {
    let text = match &collection.value {
        Value::Unknown(text) => format!("{text}[each.key]"),
        _ => "each.value".to_owned(),
    };
    let node = |text: String| Node::new(collection.span, Value::Unknown(text));
    let entry = Some((node("each.key".to_owned()), node(text)));
    Expansion { elements: vec![Rc::new(Each { index: None, entry, label: String::new() })], instances }
}

/// True when an expression of the body contains the text.
fn mention(node: &Node, text: &str) -> bool {
    match &node.value {
        Value::Unknown(code) | Value::String(code) => code.contains(text),
        Value::List(items) => items.iter().any(|item| mention(item, text)),
        Value::Map(entries) => entries.iter().any(|(key, value)| mention(key, text) || mention(value, text)),
        _ => false,
    }
}

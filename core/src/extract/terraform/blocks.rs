//! Bodies of blocks: attributes evaluated, `dynamic` blocks written out.

use super::{eval::Frame, functions, limits};
use crate::{
    span::Span,
    syntax::{Node, Value},
};

impl<'a> Frame<'_, 'a> {
    /// A body as if it had been written without variables: a map of attributes and lists of nested blocks.
    /// Keys that start with `@` are left out.
    pub(super) fn body(&self, block: &'a Node) -> Node {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        let Some(_level) = self.world.budget.enter() else {
            return Node::new(block.span, Value::Unknown("nested too deep".to_owned()));
        };
        for (key, value) in block.entries() {
            match key.as_str() {
                Some(name) if name.starts_with('@') => {}
                Some("dynamic") => self.dynamic(value, &mut entries),
                _ if is_blocks(value) => {
                    let blocks: Vec<Node> = value.elements().iter().map(|inner| self.body(inner)).collect();
                    push(&mut entries, key.clone(), blocks);
                }
                _ => entries.push((self.value(key), self.value(value))),
            }
        }
        Node::new(block.span, Value::Map(entries))
    }

    /// Writes out `dynamic "NAME" { for_each = ..., content { ... } }`.
    fn dynamic(&self, blocks: &'a Node, entries: &mut Vec<(Node, Node)>) {
        for block in blocks.elements() {
            match block.get("@labels").and_then(|labels| labels.elements().first()) {
                Some(label) => self.dynamic_block(label, block, entries),
                // JSON: the label is a key.
                None => {
                    for (label, inner) in block.entries() {
                        inner.elements().iter().for_each(|inner| self.dynamic_block(label, inner, entries));
                    }
                }
            }
        }
    }

    fn dynamic_block(&self, label: &'a Node, block: &'a Node, entries: &mut Vec<(Node, Node)>) {
        let (Some(name), Some(collection)) = (label.as_str(), block.get("for_each")) else { return };
        let Some(content) = block.get("content").and_then(|content| content.elements().first()) else { return };
        let iterator = match block.get("iterator").map(|node| &node.value) {
            Some(Value::Unknown(text) | Value::String(text)) => text.clone(),
            _ => name.to_owned(),
        };
        let place = block.get("@header").map_or(block.span, |header| header.span);
        let collection = self.value(collection);
        let key = Node::string(place, name);
        let pairs = functions::pairs(&collection).filter(|pairs| pairs.len() <= limits::ELEMENTS);
        match pairs {
            Some(pairs) => {
                let blocks = pairs.into_iter().map(|(index, value)| {
                    // Over a set, the key is the value.
                    let entry = if matches!(index.value, Value::Number(_)) { value.clone() } else { index };
                    self.bound(vec![(iterator.clone(), iteration(place, entry, value))], || self.body(content))
                });
                push(entries, key, blocks.collect());
            }
            // There may be none, one or many of them: nobody can say that the block is absent, nor what it holds.
            None if collection.value == Value::Null => {}
            None => entries.push((key, Node::new(place, Value::Unknown(format!("dynamic {name}"))))),
        }
    }
}

fn iteration(span: Span, key: Node, value: Node) -> Node {
    let mut node = Node::map(span);
    node.set("key", key);
    node.set("value", value);
    node
}

/// Adds nested blocks to those of the same type; an unknown number of them stays unknown.
fn push(entries: &mut Vec<(Node, Node)>, key: Node, blocks: Vec<Node>) {
    let known = entries.iter_mut().find(|(name, _)| name.as_str().is_some() && name.as_str() == key.as_str());
    match known {
        Some((_, Node { value: Value::List(items), .. })) => items.extend(blocks),
        Some(_) => {}
        None if blocks.is_empty() => {}
        None => {
            let span = blocks.first().map_or(key.span, |block| block.span);
            entries.push((key, Node::new(span, Value::List(blocks))));
        }
    }
}

/// True for a list of nested blocks: they carry their header.
fn is_blocks(value: &Node) -> bool {
    matches!(&value.value, Value::List(items) if items.first().is_some_and(|item| item.get("@header").is_some()))
}

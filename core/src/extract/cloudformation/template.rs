//! A template: parameters, mappings and conditions by name, each evaluated when first asked for.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use crate::{
    source::SourceId,
    syntax::{Node, Origin, Value},
};

/// Deepest chain of intrinsic functions.
const DEPTH: usize = 100;
/// Most nodes that the evaluation of one template may make.
const NODES: u64 = 2_000_000;

/// A template that is being evaluated.
pub(super) struct Template<'a> {
    source: SourceId,
    root: &'a Node,
    conditions: RefCell<BTreeMap<&'a str, Option<Node>>>,
    depth: Cell<usize>,
    nodes: Cell<u64>,
}

impl<'a> Template<'a> {
    pub(super) fn new(source: SourceId, root: &'a Node) -> Self {
        Self { source, root, conditions: RefCell::default(), depth: Cell::new(0), nodes: Cell::new(NODES) }
    }

    /// Evaluates a tree.
    pub(super) fn value(&self, node: &Node) -> Node {
        let Some(left) = self.nodes.get().checked_sub(1).filter(|_| self.depth.get() < DEPTH) else {
            return Node::new(node.span, Value::Unknown("too much to evaluate".to_owned()));
        };
        self.nodes.set(left);
        self.depth.set(self.depth.get() + 1);
        let value = self.evaluate(node);
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn evaluate(&self, node: &Node) -> Node {
        match &node.value {
            Value::Map(entries) => match entries.as_slice() {
                [(key, argument)] if key.as_str().is_some_and(is_function) => {
                    self.call(key.as_str().unwrap_or_default(), argument, node.span)
                }
                _ => {
                    let entries = entries.iter().map(|(key, value)| (key.clone(), self.value(value)));
                    // An attribute set to AWS::NoValue is not set.
                    let kept = entries.filter(|(_, value)| value.value != Value::Null);
                    Node::new(node.span, Value::Map(kept.collect()))
                }
            },
            Value::List(items) => {
                let items = items.iter().map(|item| self.value(item)).filter(|item| item.value != Value::Null);
                Node::new(node.span, Value::List(items.collect()))
            }
            _ => node.clone(),
        }
    }

    /// What a parameter, pseudo parameter or resource stands for.
    pub(super) fn reference(&self, name: &str, span: crate::span::Span) -> Node {
        let unknown = |text: String| Node::new(span, Value::Unknown(text));
        if name == "AWS::NoValue" {
            return Node::new(span, Value::Null);
        }
        if name == "AWS::Partition" {
            return Node::string(span, "aws");
        }
        if let Some(parameter) = self.root.get("Parameters").and_then(|parameters| parameters.get(name)) {
            return match parameter.get("Default") {
                Some(default) => self.bring(default, span),
                // A space keeps this from looking like the address of a resource.
                None => unknown(format!("parameter {name}")),
            };
        }
        match self.root.get("Resources").and_then(|resources| resources.get(name)) {
            Some(_) => unknown(format!("{name}.Ref")),
            None => unknown(format!("reference {name}")),
        }
    }

    /// A value from elsewhere in the template as it appears at `span`.
    pub(super) fn bring(&self, node: &Node, span: crate::span::Span) -> Node {
        let value = match &node.value {
            Value::List(items) => Value::List(items.iter().map(|item| self.bring(item, span)).collect()),
            plain => plain.clone(),
        };
        Node { span, value, origin: Origin::Resolved(vec![(self.source, node.span)]) }
    }

    /// The value in a mapping.
    pub(super) fn mapped(&self, map: &str, first: &str, second: &str) -> Option<&'a Node> {
        self.root.at(&["Mappings", map, first, second])
    }

    /// The value of a condition: true, false, or unknown. `None` when there is none of that name.
    pub(super) fn condition(&self, name: &str) -> Option<Node> {
        if let Some(known) = self.conditions.borrow().get(name) {
            return known.clone();
        }
        let (key, expression) = self.root.get("Conditions")?.entry(name)?;
        let name = key.as_str()?;
        // An entry now ends conditions that ask for themselves.
        self.conditions.borrow_mut().insert(name, None);
        let value = self.value(expression);
        let value = match value.as_bool() {
            Some(flag) => Node { value: Value::Bool(flag), ..value },
            None => Node { value: Value::Unknown(format!("condition {name}")), ..value },
        };
        self.conditions.borrow_mut().insert(name, Some(value.clone()));
        Some(value)
    }

    /// What SAM sets for all resources of a kind.
    pub(super) fn globals(&self, kind: &str) -> Option<&'a Node> {
        let section = kind.strip_prefix("AWS::Serverless::")?;
        self.root.at(&["Globals", section])
    }

    /// True when the template has a resource of that name.
    pub(super) fn has_resource(&self, name: &str) -> bool {
        self.root.get("Resources").is_some_and(|resources| resources.get(name).is_some())
    }
}

/// Intrinsic functions are the only maps of one key with such a name.
fn is_function(key: &str) -> bool {
    key == "Ref" || key == "Condition" || key.starts_with("Fn::")
}

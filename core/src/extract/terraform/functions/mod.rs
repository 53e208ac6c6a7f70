//! Functions and operators. A function that is not here, or that meets an unknown it needs, gives no value.

mod collections;
mod encoding;
mod numbers;
mod strings;

use hcl_edit::expr::BinaryOperator;

use super::{
    eval::{Invalid, derived},
    limits,
};
use crate::{
    span::Span,
    syntax::{Node, Value},
};

/// The result of a function: a value, nothing known, or a call that Terraform refuses.
type Made = Result<Option<Value>, Invalid>;

/// Calls a function; `None` when its result is not known here.
pub(super) fn call(name: &str, arguments: &[Node], span: Span) -> Result<Option<Node>, Invalid> {
    // These hand one of their arguments on, with its place.
    if let Some(chosen) = collections::choose(name, arguments)? {
        return Ok(Some(Node { span, ..chosen }));
    }
    let made = match name {
        "concat" | "merge" | "flatten" | "distinct" | "compact" | "reverse" | "sort" | "slice" | "chunklist"
        | "keys" | "values" | "zipmap" | "setunion" | "setintersection" | "setsubtract" | "toset" | "tolist"
        | "tomap" | "range" | "length" | "contains" | "alltrue" | "anytrue" | "index" | "transpose" | "setproduct"
        | "list" | "map" | "matchkeys" => collections::call(name, arguments),
        "base64encode" | "base64decode" | "jsonencode" | "jsondecode" | "yamlencode" | "yamldecode" | "urlencode"
        | "base64gzip" => encoding::call(name, arguments),
        "abs" | "ceil" | "floor" | "max" | "min" | "sum" | "pow" | "signum" | "parseint" | "tonumber" | "tobool" => {
            numbers::call(name, arguments)
        }
        _ => strings::call(name, arguments),
    };
    let parts: Vec<&Node> = arguments.iter().collect();
    Ok(made?.filter(within_limits).map(|value| derived(span, value, &parts)))
}

fn within_limits(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() <= limits::TEXT,
        Value::List(items) => items.len() <= limits::LIST,
        Value::Map(entries) => entries.len() <= limits::LIST,
        _ => true,
    }
}

/// Applies an operator; `None` when the result is not known.
pub(super) fn operate(operator: BinaryOperator, left: &Node, right: &Node) -> Option<Value> {
    let flags = || Some((left.as_bool()?, right.as_bool()?));
    let numbers = || Some((left.as_number()?, right.as_number()?));
    let number = |value: f64| value.is_finite().then_some(Value::Number(value));
    match operator {
        BinaryOperator::Eq => equal(left, right).map(Value::Bool),
        BinaryOperator::NotEq => equal(left, right).map(|same| Value::Bool(!same)),
        BinaryOperator::And if right.as_bool() == Some(false) => Some(Value::Bool(false)),
        BinaryOperator::Or if right.as_bool() == Some(true) => Some(Value::Bool(true)),
        BinaryOperator::And => flags().map(|(left, right)| Value::Bool(left && right)),
        BinaryOperator::Or => flags().map(|(left, right)| Value::Bool(left || right)),
        BinaryOperator::LessEq => numbers().map(|(left, right)| Value::Bool(left <= right)),
        BinaryOperator::GreaterEq => numbers().map(|(left, right)| Value::Bool(left >= right)),
        BinaryOperator::Less => numbers().map(|(left, right)| Value::Bool(left < right)),
        BinaryOperator::Greater => numbers().map(|(left, right)| Value::Bool(left > right)),
        BinaryOperator::Plus => numbers().and_then(|(left, right)| number(left + right)),
        BinaryOperator::Minus => numbers().and_then(|(left, right)| number(left - right)),
        BinaryOperator::Mul => numbers().and_then(|(left, right)| number(left * right)),
        BinaryOperator::Div => numbers().and_then(|(left, right)| number(left / right)),
        BinaryOperator::Mod => numbers().and_then(|(left, right)| number(left % right)),
    }
}

/// Whether two values are the same; `None` when that depends on an unknown part.
pub(super) fn equal(left: &Node, right: &Node) -> Option<bool> {
    match (&left.value, &right.value) {
        // What names an object of the cloud is set, whatever it will be.
        (Value::Unknown(text), Value::Null) | (Value::Null, Value::Unknown(text)) if names_object(text) => Some(false),
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => None,
        (Value::List(one), Value::List(other)) if one.len() != other.len() => Some(false),
        (Value::List(one), Value::List(other)) => all(one.iter().zip(other).map(|(one, other)| equal(one, other))),
        (Value::Map(one), Value::Map(other)) => {
            if one.len() != other.len() {
                return Some(false);
            }
            all(one.iter().map(|(key, value)| match key.as_str().and_then(|key| right.get(key)) {
                Some(other) => equal(value, other),
                None => Some(false),
            }))
        }
        (Value::Number(one), Value::Number(other)) => Some(one == other),
        (Value::Bool(one), Value::Bool(other)) => Some(one == other),
        (Value::String(one), Value::String(other)) => Some(one == other),
        (Value::Null, Value::Null) => Some(true),
        // Values files and flags carry numbers and truth values as text.
        (Value::String(_), Value::Number(_) | Value::Bool(_))
        | (Value::Number(_) | Value::Bool(_), Value::String(_)) => Some(text(left) == text(right)),
        _ => Some(false),
    }
}

/// True when all are; false when one is not; unknown otherwise.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            None => known = None,
            Some(true) => {}
        }
    }
    known
}

/// True for the address of an object or data source (`aws_kms_key.main.arn`): not a variable, not a computation.
pub(super) fn names_object(address: &str) -> bool {
    crate::extract::resource::names_object(address)
}

/// A scalar as text.
pub(super) fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Keys and values of a collection; `None` for anything else.
pub(super) fn pairs(collection: &Node) -> Option<Vec<(Node, Node)>> {
    let span = collection.span;
    match &collection.value {
        Value::Map(entries) => Some(entries.clone()),
        Value::List(items) => Some(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| (Node::new(span, Value::Number(index as f64)), item.clone()))
                .collect(),
        ),
        _ => None,
    }
}

/// Number of nodes of a value; a long text counts as several.
pub(super) fn weight(node: &Node) -> u64 {
    match &node.value {
        Value::String(text) | Value::Unknown(text) => limits::of_text(text),
        Value::List(items) => items.iter().map(weight).sum::<u64>().saturating_add(1),
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| weight(key) + weight(value)).sum::<u64>().saturating_add(1)
        }
        _ => 1,
    }
}

/// Where a value stands.
pub(super) fn place(node: &Node) -> Span {
    node.span
}

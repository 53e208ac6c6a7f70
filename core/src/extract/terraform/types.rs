//! Types of variables: `optional(TYPE, DEFAULT)` fills attributes that a caller leaves out.

use hcl_edit::expr::{Expression, FuncCall, ObjectKey};

use crate::syntax::{Node, Origin, Value};

/// Deepest nesting of types that is followed.
const DEPTH: usize = 16;

/// Fills what the type gives defaults for. `kind` is the `type` attribute of a variable.
pub(super) fn complete(value: &mut Node, kind: &Node) {
    let Value::Unknown(text) = &kind.value else { return };
    if !text.contains("optional") {
        return;
    }
    if let Ok(expression) = text.parse::<Expression>() {
        fill(value, &expression, DEPTH);
    }
}

fn fill(value: &mut Node, kind: &Expression, depth: usize) {
    let Expression::FuncCall(call) = kind else { return };
    let Some(argument) = call.args.iter().next().filter(|_| depth > 0) else { return };
    match (call.name.name.value().as_str(), &mut value.value) {
        ("optional", _) => fill(value, argument, depth - 1),
        ("list" | "set", Value::List(items)) => items.iter_mut().for_each(|item| fill(item, argument, depth - 1)),
        ("map", Value::Map(entries)) => entries.iter_mut().for_each(|(_, item)| fill(item, argument, depth - 1)),
        ("object", Value::Map(_)) => fill_object(value, argument, depth - 1),
        _ => {}
    }
}

fn fill_object(value: &mut Node, attributes: &Expression, depth: usize) {
    let Expression::Object(attributes) = attributes else { return };
    for (key, kind) in attributes.iter() {
        let name = match key {
            ObjectKey::Ident(name) => name.value().as_str().to_owned(),
            ObjectKey::Expression(Expression::Variable(name)) => name.value().as_str().to_owned(),
            ObjectKey::Expression(Expression::String(name)) => name.value().clone(),
            ObjectKey::Expression(_) => continue,
        };
        let absent = value.get(&name).is_none_or(|given| given.value == Value::Null);
        if let Some(default) = default_of(kind.expr()).filter(|_| absent) {
            let node = Node { span: value.span, value: default, origin: value.origin.clone() };
            value.set(&name, node);
        }
        if let Value::Map(entries) = &mut value.value
            && let Some((_, inner)) = entries.iter_mut().find(|(known, _)| known.as_str() == Some(&name))
        {
            fill(inner, kind.expr(), depth);
        }
    }
}

/// The default of `optional(TYPE, DEFAULT)`; without one the attribute is null, which reads the same as absent.
fn default_of(kind: &Expression) -> Option<Value> {
    let Expression::FuncCall(call) = kind else { return None };
    let is_optional = |call: &FuncCall| call.name.name.value().as_str() == "optional";
    let default = call.args.get(1).filter(|_| is_optional(call))?;
    Some(literal(default, DEPTH))
}

fn literal(expression: &Expression, depth: usize) -> Value {
    let node = |expression: &Expression| Node {
        span: crate::span::Span::default(),
        value: if depth == 0 { Value::Null } else { literal(expression, depth - 1) },
        origin: Origin::Explicit,
    };
    match expression {
        Expression::Null(_) => Value::Null,
        Expression::Bool(flag) => Value::Bool(*flag.value()),
        Expression::Number(number) => number.value().as_f64().map_or(Value::Null, Value::Number),
        Expression::String(text) => Value::String(text.value().clone()),
        Expression::Array(items) => Value::List(items.iter().map(node).collect()),
        Expression::Object(object) => Value::Map(
            object
                .iter()
                .filter_map(|(key, value)| {
                    let name = match key {
                        ObjectKey::Ident(name) => name.value().as_str().to_owned(),
                        ObjectKey::Expression(Expression::Variable(name)) => name.value().as_str().to_owned(),
                        ObjectKey::Expression(Expression::String(name)) => name.value().clone(),
                        ObjectKey::Expression(_) => return None,
                    };
                    Some((Node::string(crate::span::Span::default(), name), node(value.expr())))
                })
                .collect(),
        ),
        other => Value::Unknown(other.to_string().trim().to_owned()),
    }
}

//! Functions of numbers and truth values.

use super::Made;
use crate::syntax::{Node, Value};

pub(super) fn call(name: &str, arguments: &[Node]) -> Made {
    let first = arguments.first();
    let number = |value: f64| value.is_finite().then_some(Value::Number(value));
    let one = || first.and_then(Node::as_number);
    let many = |fold: fn(f64, f64) -> f64| {
        // `max(list...)` and `sum(list)` read the same here.
        let items = match first.map(|node| &node.value) {
            Some(Value::List(items)) if arguments.len() == 1 => items.as_slice(),
            _ => arguments,
        };
        let numbers: Option<Vec<f64>> = items.iter().map(Node::as_number).collect();
        numbers.and_then(|numbers| numbers.into_iter().reduce(fold)).and_then(number)
    };
    Ok(match name {
        "abs" => one().and_then(|value| number(value.abs())),
        "ceil" => one().and_then(|value| number(value.ceil())),
        "floor" => one().and_then(|value| number(value.floor())),
        "signum" => one().and_then(|value| number(if value == 0.0 { 0.0 } else { value.signum() })),
        "max" => many(f64::max),
        "min" => many(f64::min),
        "sum" => many(|one, other| one + other),
        "pow" => one().zip(arguments.get(1).and_then(Node::as_number)).and_then(|(one, other)| number(one.powf(other))),
        "parseint" => parse(arguments),
        "tonumber" => match first.map(|node| &node.value) {
            Some(Value::Null) => Some(Value::Null),
            _ => one().and_then(number),
        },
        "tobool" => match first.map(|node| &node.value) {
            Some(Value::Null) => Some(Value::Null),
            _ => first.and_then(Node::as_bool).map(Value::Bool),
        },
        _ => None,
    })
}

fn parse(arguments: &[Node]) -> Option<Value> {
    let [text, base] = arguments else { return None };
    let base = base.as_number().filter(|base| (2.0..=36.0).contains(base))? as u32;
    i64::from_str_radix(text.as_str()?, base).ok().map(|number| Value::Number(number as f64))
}

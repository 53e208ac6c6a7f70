//! Functions of lists, sets and maps.

use super::{Made, equal, pairs, text, weight};
use crate::{
    extract::terraform::{eval::Invalid, limits},
    syntax::{Node, Value},
};

/// Functions that hand on one of their arguments, or a part of it.
pub(super) fn choose(name: &str, arguments: &[Node]) -> Result<Option<Node>, Invalid> {
    let first = arguments.first();
    match (name, first) {
        ("coalesce", _) => coalesce(arguments, |node| matches!(&node.value, Value::Null) || node.as_str() == Some("")),
        ("coalescelist", _) => {
            coalesce(arguments, |node| matches!(&node.value, Value::List(items) if items.is_empty()))
        }
        ("lookup", Some(map)) => lookup(map, arguments),
        ("element", Some(list)) => Ok(element(list, arguments)),
        ("one", Some(list)) => match &list.value {
            Value::List(items) if items.is_empty() => Ok(Some(Node::new(list.span, Value::Null))),
            Value::List(items) if items.len() == 1 => Ok(items.first().cloned()),
            Value::List(_) => Err(Invalid),
            Value::Unknown(text) => Ok(Some(Node::new(list.span, Value::Unknown(format!("{text}[0]"))))),
            _ => Ok(first.cloned()),
        },
        ("sensitive" | "nonsensitive" | "ephemeralasnull", Some(value)) => Ok(Some(value.clone())),
        // A list whose members are all unknown to us is still that list.
        ("tolist" | "toset" | "tomap", Some(value)) if value.is_unknown() => Ok(Some(value.clone())),
        _ => Ok(None),
    }
}

fn coalesce(arguments: &[Node], empty: impl Fn(&Node) -> bool) -> Result<Option<Node>, Invalid> {
    for argument in arguments {
        match &argument.value {
            Value::Unknown(address) if !super::names_object(address) => return Ok(None),
            _ if empty(argument) => {}
            _ => return Ok(Some(argument.clone())),
        }
    }
    Err(Invalid)
}

fn lookup(map: &Node, arguments: &[Node]) -> Result<Option<Node>, Invalid> {
    let Some(key) = arguments.get(1).and_then(text) else { return Ok(None) };
    let Value::Map(entries) = &map.value else { return Ok(None) };
    if let Some(found) = map.get(&key) {
        return Ok(Some(found.clone()));
    }
    if entries.iter().any(|(key, _)| key.is_unknown()) {
        return Ok(None);
    }
    arguments.get(2).cloned().map(Some).ok_or(Invalid)
}

fn element(list: &Node, arguments: &[Node]) -> Option<Node> {
    let Value::List(items) = &list.value else { return None };
    let index = arguments.get(1)?.as_number().filter(|number| *number >= 0.0)?;
    items.get((index as usize).checked_rem(items.len())?).cloned()
}

/// Functions that make a new value.
pub(super) fn call(name: &str, arguments: &[Node]) -> Made {
    let first = arguments.first();
    Ok(match name {
        "concat" => lists(arguments).map(|lists| Value::List(lists.into_iter().flatten().cloned().collect())),
        "list" => Some(Value::List(arguments.to_vec())),
        "merge" => merge(arguments),
        "flatten" => first.and_then(flatten),
        "distinct" | "toset" => first.and_then(distinct),
        "setunion" => lists(arguments).and_then(|lists| unique(lists.into_iter().flatten())),
        "setintersection" => overlap(arguments, true),
        "setsubtract" => overlap(arguments, false),
        "tolist" => list(first).map(|items| Value::List(items.to_vec())),
        "tomap" => first.map(|map| map.value.clone()).filter(|map| matches!(map, Value::Map(_))),
        "map" => map(arguments),
        "compact" => compact(first),
        "reverse" => list(first).map(|items| Value::List(items.iter().rev().cloned().collect())),
        "sort" => sort(first),
        "slice" => slice(arguments),
        "keys" => first.and_then(keys),
        "values" => first.and_then(values),
        "zipmap" => zipmap(arguments),
        "range" => range(arguments),
        "length" => first.and_then(length),
        "contains" => contains(arguments),
        "index" => position(arguments),
        "alltrue" => all_or_any(first, false),
        "anytrue" => all_or_any(first, true),
        "setproduct" => set_product(arguments),
        "transpose" => first.and_then(transpose),
        _ => None,
    })
}

fn list(node: Option<&Node>) -> Option<&[Node]> {
    match &node?.value {
        Value::List(items) => Some(items),
        _ => None,
    }
}

fn lists(arguments: &[Node]) -> Option<Vec<&[Node]>> {
    arguments.iter().map(|argument| list(Some(argument))).collect()
}

fn merge(arguments: &[Node]) -> Option<Value> {
    let mut merged: Vec<(Node, Node)> = Vec::new();
    for argument in arguments {
        match &argument.value {
            Value::Map(entries) => {
                for (key, value) in entries {
                    let known = merged.iter_mut().find(|(name, _)| name.value == key.value && !key.is_unknown());
                    match known {
                        Some(entry) => entry.1 = value.clone(),
                        None => merged.push((key.clone(), value.clone())),
                    }
                }
            }
            Value::Null => {}
            _ => return None,
        }
        if merged.len() > limits::LIST {
            return None;
        }
    }
    Some(Value::Map(merged))
}

fn flatten(node: &Node) -> Option<Value> {
    fn into(node: &Node, out: &mut Vec<Node>) -> Option<()> {
        for item in list(Some(node))? {
            match &item.value {
                Value::List(_) => into(item, out)?,
                _ => out.push(item.clone()),
            }
        }
        Some(())
    }
    let mut out = Vec::new();
    into(node, &mut out)?;
    Some(Value::List(out))
}

fn distinct(node: &Node) -> Option<Value> {
    unique(list(Some(node))?.iter())
}

fn unique<'n>(items: impl Iterator<Item = &'n Node>) -> Option<Value> {
    let mut out: Vec<Node> = Vec::new();
    for item in items {
        // Two unknown members may or may not be the same; both are kept.
        if !out.iter().any(|known| equal(known, item) == Some(true)) {
            out.push(item.clone());
        }
        if out.len() > limits::LIST {
            return None;
        }
    }
    Some(Value::List(out))
}

fn overlap(arguments: &[Node], within: bool) -> Option<Value> {
    let lists = lists(arguments)?;
    let (first, others) = lists.split_first()?;
    if lists.iter().any(|items| items.len() > limits::LIST) {
        return None;
    }
    let mut out = Vec::new();
    for item in *first {
        let mut kept = true;
        for other in others {
            let found = if other.iter().any(|known| equal(known, item) == Some(true)) {
                true
            } else if other.iter().any(|known| equal(known, item).is_none()) {
                return None;
            } else {
                false
            };
            kept &= found == within;
        }
        if kept {
            out.push(item.clone());
        }
    }
    Some(Value::List(out))
}

fn map(arguments: &[Node]) -> Option<Value> {
    let entries = arguments.chunks_exact(2).map(|pair| match pair {
        [key, value] => Some((key.clone(), value.clone())),
        _ => None,
    });
    entries.collect::<Option<Vec<_>>>().map(Value::Map)
}

fn compact(node: Option<&Node>) -> Option<Value> {
    let empty = |item: &Node| matches!(item.value, Value::Null) || item.as_str() == Some("");
    list(node).map(|items| Value::List(items.iter().filter(|item| !empty(item)).cloned().collect()))
}

fn sort(node: Option<&Node>) -> Option<Value> {
    let mut items: Vec<(String, Node)> =
        list(node)?.iter().map(|item| Some((text(item)?, item.clone()))).collect::<Option<_>>()?;
    items.sort_by(|one, other| one.0.cmp(&other.0));
    Some(Value::List(items.into_iter().map(|(_, item)| item).collect()))
}

fn slice(arguments: &[Node]) -> Option<Value> {
    let [whole, start, end] = arguments else { return None };
    let (start, end) = (start.as_number()?, end.as_number()?);
    if start < 0.0 || end < start {
        return None;
    }
    let items = list(Some(whole))?.get(start as usize..end as usize)?;
    Some(Value::List(items.to_vec()))
}

fn sorted(node: &Node) -> Option<Vec<&(Node, Node)>> {
    let Value::Map(entries) = &node.value else { return None };
    let mut entries: Vec<&(Node, Node)> = entries.iter().collect();
    if entries.iter().any(|(key, _)| key.as_str().is_none()) {
        return None;
    }
    entries.sort_by(|one, other| one.0.as_str().cmp(&other.0.as_str()));
    Some(entries)
}

fn keys(node: &Node) -> Option<Value> {
    sorted(node).map(|entries| Value::List(entries.into_iter().map(|(key, _)| key.clone()).collect()))
}

fn values(node: &Node) -> Option<Value> {
    sorted(node).map(|entries| Value::List(entries.into_iter().map(|(_, value)| value.clone()).collect()))
}

fn zipmap(arguments: &[Node]) -> Option<Value> {
    let [keys, values] = arguments else { return None };
    let (keys, values) = (list(Some(keys))?, list(Some(values))?);
    (keys.len() == values.len()).then(|| Value::Map(keys.iter().cloned().zip(values.iter().cloned()).collect()))
}

fn range(arguments: &[Node]) -> Option<Value> {
    let numbers: Vec<f64> = arguments.iter().map(Node::as_number).collect::<Option<_>>()?;
    let (start, end, step) = match *numbers.as_slice() {
        [end] => (0.0, end, if end < 0.0 { -1.0 } else { 1.0 }),
        [start, end] => (start, end, if end < start { -1.0 } else { 1.0 }),
        [start, end, step] => (start, end, step),
        _ => return None,
    };
    let count = ((end - start) / step).ceil();
    if !count.is_finite() || count > limits::LIST as f64 {
        return None;
    }
    let span = arguments.first()?.span;
    let count = count.max(0.0) as usize;
    let number = |index: usize| Node::new(span, Value::Number(start + step * index as f64));
    Some(Value::List((0..count).map(number).collect()))
}

fn length(node: &Node) -> Option<Value> {
    let count = match &node.value {
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        Value::String(text) => text.chars().count(),
        _ => return None,
    };
    Some(Value::Number(count as f64))
}

fn contains(arguments: &[Node]) -> Option<Value> {
    let [whole, wanted] = arguments else { return None };
    let items = list(Some(whole))?;
    if items.iter().any(|item| equal(item, wanted) == Some(true)) {
        return Some(Value::Bool(true));
    }
    let undecided = items.iter().any(|item| equal(item, wanted).is_none());
    (!undecided).then_some(Value::Bool(false))
}

fn position(arguments: &[Node]) -> Option<Value> {
    let [whole, wanted] = arguments else { return None };
    for (index, item) in list(Some(whole))?.iter().enumerate() {
        if equal(item, wanted)? {
            return Some(Value::Number(index as f64));
        }
    }
    None
}

fn all_or_any(node: Option<&Node>, any: bool) -> Option<Value> {
    let items = list(node)?;
    if items.iter().any(|item| item.as_bool() == Some(any)) {
        return Some(Value::Bool(any));
    }
    let undecided = items.iter().any(|item| item.as_bool().is_none());
    (!undecided).then_some(Value::Bool(!any))
}

fn set_product(arguments: &[Node]) -> Option<Value> {
    let span = arguments.first()?.span;
    let mut rows: Vec<Vec<Node>> = vec![Vec::new()];
    for items in lists(arguments)? {
        let cost: u64 = items.iter().map(weight).sum();
        if rows.len().saturating_mul(items.len()) > limits::LIST || cost > limits::LIST as u64 {
            return None;
        }
        rows = rows
            .iter()
            .flat_map(|row| items.iter().map(|item| row.iter().cloned().chain([item.clone()]).collect()))
            .collect();
    }
    Some(Value::List(rows.into_iter().map(|row| Node::new(span, Value::List(row))).collect()))
}

fn transpose(node: &Node) -> Option<Value> {
    let mut out: Vec<(Node, Vec<Node>)> = Vec::new();
    for (key, value) in pairs(node)? {
        for item in list(Some(&value))? {
            let name = item.as_str()?;
            match out.iter_mut().find(|(known, _)| known.as_str() == Some(name)) {
                Some((_, keys)) => keys.push(key.clone()),
                None => out.push((item.clone(), vec![key.clone()])),
            }
        }
    }
    Some(Value::Map(out.into_iter().map(|(key, keys)| (key, Node::new(node.span, Value::List(keys)))).collect()))
}

//! Words that stand for everyone, in the lists of members and networks that let somebody in.

use crate::syntax::{Node, Value};

use super::names_object;

/// Members, grants and networks that are everyone.
const EVERYONE: &[&str] = &[
    "*",
    "0.0.0.0/0",
    "::/0",
    "allusers",
    "allauthenticatedusers",
    "projectpublicread",
    "publicread",
    "publicreadwrite",
    "internet",
    "any",
];

/// Whether one of the values is everyone. `None` when nothing is said. A value `enforced` forbids it whatever else is
/// granted.
pub(super) fn is_open<'n>(values: impl Iterator<Item = &'n Node>) -> Option<Node> {
    let mut answer: Option<Node> = None;
    for value in values.flat_map(Node::elements) {
        let say = |flag: bool| Node { value: Value::Bool(flag), ..value.clone() };
        match &value.value {
            Value::String(word) if word.eq_ignore_ascii_case("enforced") => return Some(say(false)),
            Value::String(word) if is_everyone(word) => return Some(say(true)),
            Value::Unknown(text) if !names_object(text) => answer = Some(value.clone()),
            _ => answer = answer.or_else(|| Some(say(false))),
        }
    }
    answer
}

fn is_everyone(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let member = lower.rsplit(':').next().unwrap_or_default();
    EVERYONE.contains(&lower.as_str()) || matches!(member, "allusers" | "allauthenticatedusers")
}

//! Intrinsic functions.

use super::template::Template;
use crate::{
    span::Span,
    syntax::{Node, Origin, Value},
};

/// Longest text that a function makes.
const TEXT: usize = 65_536;

impl Template<'_> {
    /// Calls an intrinsic function; what only a deployment tells is unknown.
    pub(super) fn call(&self, name: &str, argument: &Node, span: Span) -> Node {
        let made = match name {
            "Ref" => argument.as_str().map(|name| self.reference(name, span)),
            "Condition" => argument.as_str().and_then(|name| self.condition(name)),
            "Fn::If" => self.choose(argument),
            "Fn::Equals" => self.equals(argument, span),
            "Fn::Not" => self.flags(argument).and_then(|flags| match flags.as_slice() {
                [flag] => flag.map(|flag| Node::new(span, Value::Bool(!flag))),
                _ => None,
            }),
            "Fn::And" => self.flags(argument).and_then(|flags| decide(&flags, false, span)),
            "Fn::Or" => self.flags(argument).and_then(|flags| decide(&flags, true, span)),
            "Fn::FindInMap" => self.find_in_map(argument, span),
            "Fn::Sub" => self.substitute(argument, span),
            "Fn::Join" => self.join(argument, span),
            "Fn::Select" => self.select(argument),
            "Fn::Split" => self.split(argument, span),
            "Fn::GetAtt" => self.attribute(argument, span),
            // The text is encoded, but it is its content that rules read.
            "Fn::Base64" | "Fn::ToJsonString" => Some(self.value(argument)),
            "Fn::Length" => Some(self.value(argument)).and_then(|list| match &list.value {
                Value::List(items) => Some(Node::new(span, Value::Number(items.len() as f64))),
                _ => None,
            }),
            _ => None,
        };
        made.map(|node| Node { span, ..node }).unwrap_or_else(|| Node::new(span, Value::Unknown(name.to_owned())))
    }

    fn choose(&self, argument: &Node) -> Option<Node> {
        let [condition, yes, no] = argument.elements() else { return None };
        match self.condition(condition.as_str()?)?.as_bool() {
            Some(true) => Some(self.value(yes)),
            Some(false) => Some(self.value(no)),
            None => {
                let (yes, no) = (self.value(yes), self.value(no));
                (yes.value == no.value && !yes.is_unknown()).then_some(yes)
            }
        }
    }

    fn equals(&self, argument: &Node, span: Span) -> Option<Node> {
        let [one, other] = argument.elements() else { return None };
        let (one, other) = (text(&self.value(one))?, text(&self.value(other))?);
        Some(Node::new(span, Value::Bool(one == other)))
    }

    fn flags(&self, argument: &Node) -> Option<Vec<Option<bool>>> {
        Some(argument.elements().iter().map(|item| self.value(item).as_bool()).collect())
    }

    fn find_in_map(&self, argument: &Node, span: Span) -> Option<Node> {
        let keys: Vec<Node> = argument.elements().iter().map(|item| self.value(item)).collect();
        let [map, first, second, rest @ ..] = keys.as_slice() else { return None };
        match (text(map), text(first), text(second)) {
            (Some(map), Some(first), Some(second)) => match self.mapped(&map, &first, &second) {
                Some(found) => Some(self.bring(found, span)),
                None => rest.first().and_then(|options| options.get("DefaultValue")).cloned(),
            },
            _ => None,
        }
    }

    fn substitute(&self, argument: &Node, span: Span) -> Option<Node> {
        let (pattern, names) = match argument.elements() {
            [pattern] => (pattern.as_str()?, None),
            [pattern, names] => (pattern.as_str()?, Some(names)),
            _ => return None,
        };
        let (mut out, mut rest, mut known, mut origin) = (String::new(), pattern, true, Origin::Explicit);
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let (name, tail) = after.split_once('}')?;
            rest = tail;
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let value = match names.and_then(|names| names.get(name)) {
                Some(given) => self.value(given),
                None => self.named(name, span),
            };
            match text(&value) {
                Some(part) => {
                    out.push_str(&part);
                    if matches!(origin, Origin::Explicit) {
                        origin = value.origin;
                    }
                }
                None => {
                    known = false;
                    out.push_str(&format!("${{{name}}}"));
                }
            }
            if out.len() > TEXT {
                return None;
            }
        }
        out.push_str(rest);
        // A text that is only a reference stays one.
        if !known && pattern.starts_with("${") && pattern.ends_with('}') && pattern.matches("${").count() == 1 {
            let name = pattern.trim_start_matches("${").trim_end_matches('}');
            return Some(self.named(name, span));
        }
        let value = if known { Value::String(out) } else { Value::Unknown(out) };
        Some(Node { span, value, origin })
    }

    /// `NAME` or `NAME.ATTRIBUTE` inside a text.
    fn named(&self, name: &str, span: Span) -> Node {
        match name.split_once('.') {
            Some((resource, _)) if self.has_resource(resource) => Node::new(span, Value::Unknown(name.to_owned())),
            _ => self.reference(name, span),
        }
    }

    fn join(&self, argument: &Node, span: Span) -> Option<Node> {
        let [separator, list] = argument.elements() else { return None };
        let list = self.value(list);
        let Value::List(items) = &list.value else { return None };
        let parts: Option<Vec<String>> = items.iter().map(text).collect();
        match parts {
            Some(parts) => {
                Some(Node { span, value: Value::String(parts.join(separator.as_str()?)), origin: list.origin })
            }
            None => {
                let parts: Vec<String> = items.iter().map(|item| text(item).unwrap_or_else(|| "${?}".into())).collect();
                Some(Node::new(span, Value::Unknown(parts.join(separator.as_str()?))))
            }
        }
    }

    fn select(&self, argument: &Node) -> Option<Node> {
        let [index, list] = argument.elements() else { return None };
        let index = self.value(index).as_number().filter(|index| *index >= 0.0)? as usize;
        let list = self.value(list);
        match &list.value {
            Value::List(items) => items.get(index).cloned(),
            _ => None,
        }
    }

    fn split(&self, argument: &Node, span: Span) -> Option<Node> {
        let [separator, whole] = argument.elements() else { return None };
        let separator = separator.as_str().filter(|separator| !separator.is_empty())?;
        let whole = text(&self.value(whole))?;
        let parts = whole.split(separator).map(|part| Node::string(span, part));
        Some(Node::new(span, Value::List(parts.collect())))
    }

    fn attribute(&self, argument: &Node, span: Span) -> Option<Node> {
        let address = match &argument.value {
            Value::String(text) => text.clone(),
            Value::List(items) => {
                items.iter().map(|item| text(&self.value(item))).collect::<Option<Vec<_>>>()?.join(".")
            }
            _ => return None,
        };
        Some(Node::new(span, Value::Unknown(address)))
    }
}

/// `And` is decided by one false, `Or` by one true.
fn decide(flags: &[Option<bool>], by: bool, span: Span) -> Option<Node> {
    if flags.contains(&Some(by)) {
        return Some(Node::new(span, Value::Bool(by)));
    }
    let all_known = flags.iter().all(Option::is_some);
    all_known.then(|| Node::new(span, Value::Bool(!by)))
}

/// A scalar as text.
fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

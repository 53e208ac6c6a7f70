//! What plain scalars mean (YAML 1.2 core schema), and what tags make of values.

use granit_parser::Tag;

use crate::{
    span::Span,
    syntax::{Node, Value},
};

/// The value of a plain scalar by the YAML 1.2 core schema: `yes`, `on` and `0777` are not special.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    match number(text) {
        Some(number) => Value::Number(number),
        None => Value::String(text.to_owned()),
    }
}

/// A number of the core schema. `.nan` is left as text: no test can compare it.
fn number(text: &str) -> Option<f64> {
    let first = *text.as_bytes().first()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return None;
    }
    let radix = match text.get(..2) {
        Some("0x") => Some(16),
        Some("0o") => Some(8),
        _ => None,
    };
    if let Some(radix) = radix {
        let digits = text.get(2..).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
        return u64::from_str_radix(digits, radix).ok().map(|number| number as f64);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Some(if first == b'-' { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    // What Rust reads beyond the schema (`inf`, `1e`) starts or ends with a letter.
    let starts = digits.starts_with(|char: char| char.is_ascii_digit() || char == '.');
    let known = digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'));
    if starts && known { text.parse().ok() } else { None }
}

/// What a tag asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// Nothing that changes the value.
    Keep,
    /// Text, whatever it looks like.
    Text,
    /// A type of the core schema, read from text as plain scalars are.
    Typed,
    /// A function of CloudFormation, by its long name, or another tag that wraps its value.
    Wrap(String),
    /// A value that stands somewhere else.
    Elsewhere,
}

/// Tags whose value is a name of something else or encrypted: Ansible, Home Assistant, ESPHome and YAML includes.
const ELSEWHERE: &[&str] =
    &["vault", "vault-encrypted", "secret", "env", "ENV", "env_var", "include", "inline", "lambda"];

/// CloudFormation's short forms whose long form has the prefix `Fn::`.
const FUNCTIONS: &[&str] = &[
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// What a tag means for its value.
pub(super) fn meaning(tag: &Tag) -> Meaning {
    if let Some(suffix) = tag.core_suffix() {
        return match suffix {
            "str" => Meaning::Text,
            "int" | "float" | "bool" | "null" => Meaning::Typed,
            _ => Meaning::Keep,
        };
    }
    match (tag.handle(), tag.suffix()) {
        ("", "!") | ("!", "") => Meaning::Text,
        ("!", name @ ("Ref" | "Condition")) => Meaning::Wrap(name.to_owned()),
        ("!", name) if FUNCTIONS.contains(&name) => Meaning::Wrap(format!("Fn::{name}")),
        // GitLab: a value of another job, which only all included files could tell.
        ("!", "reference") => Meaning::Wrap("!reference".to_owned()),
        ("!", name) if ELSEWHERE.contains(&name) || name.starts_with("include_") => Meaning::Elsewhere,
        _ => Meaning::Keep,
    }
}

/// A value wrapped in the long form of its tag.
pub(super) fn wrap(name: String, tag: Span, mut value: Node, text: &str) -> Node {
    if name == "Fn::GetAtt" {
        value = attribute(value, text);
    }
    let span = tag.cover(value.span);
    Node::new(span, Value::Map(vec![(Node::string(tag, name), value)]))
}

/// `Resource.Attribute` as the list of the long form. Nested stacks have attributes with dots.
fn attribute(value: Node, text: &str) -> Node {
    let Value::String(written) = &value.value else { return value };
    let Some((resource, name)) = written.split_once('.') else { return value };
    let start = value.span.from();
    let literal = value.span.text(text);
    // Quotes move both parts by one byte; with escapes there is no exact place for either.
    let shift = usize::from(literal.starts_with(['"', '\'']));
    let exact = literal.get(shift..shift + written.len()) == Some(written.as_str());
    let place = |from: usize, len: usize| {
        if exact { Span::new(start + shift + from, start + shift + from + len) } else { value.span }
    };
    let items = vec![
        Node::string(place(0, resource.len()), resource),
        Node::string(place(resource.len() + 1, name.len()), name),
    ];
    Node::new(value.span, Value::List(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        let numbers = [
            ("0", 0.0),
            ("-12", -12.0),
            ("+1.5", 1.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e3", 1000.0),
            ("0x1F", 31.0),
            ("0o17", 15.0),
            ("-.inf", f64::NEG_INFINITY),
            ("0644", 644.0),
        ];
        for (text, number) in numbers {
            assert_eq!(plain(text), Value::Number(number), "{text}");
        }
        let texts = [
            "yes",
            "on",
            "off",
            "no",
            "inf",
            "nan",
            ".nan",
            "1.2.3",
            "1e",
            "-",
            "+",
            ".",
            "1_000",
            "22:22",
            "0x",
            "0xZ",
            "2020-01-01",
            "1-2",
            "e3",
            "12e03d",
            "TrUe",
            "0x+1",
        ];
        for text in texts {
            assert_eq!(plain(text), Value::String(text.to_owned()), "{text}");
        }
        assert_eq!(plain("TRUE"), Value::Bool(true));
        assert_eq!(plain("~"), Value::Null);
    }
}

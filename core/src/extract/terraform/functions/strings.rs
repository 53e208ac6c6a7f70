//! Functions of texts.

use regex::RegexBuilder;

use super::{Made, text};
use crate::{
    extract::terraform::limits,
    syntax::{Node, Value},
};

pub(super) fn call(name: &str, arguments: &[Node]) -> Made {
    let words: Vec<Option<String>> = arguments.iter().map(text).collect();
    let word = |at: usize| words.get(at).and_then(Option::as_deref);
    let change = |change: fn(&str) -> String| word(0).map(|text| Value::String(change(text)));
    let flag = |test: fn(&str, &str) -> bool| word(0).zip(word(1)).map(|(text, part)| Value::Bool(test(text, part)));
    let cut = |cut: fn(&str, &str) -> String| word(0).zip(word(1)).map(|(text, part)| Value::String(cut(text, part)));
    Ok(match name {
        "tostring" => match arguments.first().map(|node| &node.value) {
            Some(Value::Null) => Some(Value::Null),
            _ => change(str::to_owned),
        },
        "lower" => change(str::to_lowercase),
        "upper" => change(str::to_uppercase),
        "title" => change(title),
        "trimspace" => change(|text| text.trim().to_owned()),
        "chomp" => change(|text| text.trim_end_matches(['\n', '\r']).to_owned()),
        "strrev" => change(|text| text.chars().rev().collect()),
        "trimprefix" => cut(|text, part| text.strip_prefix(part).unwrap_or(text).to_owned()),
        "trimsuffix" => cut(|text, part| text.strip_suffix(part).unwrap_or(text).to_owned()),
        "trim" => cut(|text, set| text.trim_matches(|letter| set.contains(letter)).to_owned()),
        "startswith" => flag(|text, part| text.starts_with(part)),
        "endswith" => flag(|text, part| text.ends_with(part)),
        "strcontains" => flag(|text, part| text.contains(part)),
        "replace" => replace(word(0), word(1), word(2)),
        "split" => split(word(0), arguments.get(1)),
        "join" => join(word(0), arguments.get(1..).unwrap_or_default()),
        "format" => word(0).and_then(|pattern| format(pattern, arguments.get(1..)?)).map(Value::String),
        "formatlist" => format_list(word(0), arguments.get(1..).unwrap_or_default()),
        "substr" => substr(word(0), arguments),
        "indent" => indent(arguments.first(), word(1)),
        "regexall" | "regex" => matches(name == "regexall", arguments),
        "basename" => change(|path| path.rsplit('/').next().unwrap_or_default().to_owned()),
        "dirname" => change(|path| path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned()),
        _ => None,
    })
}

fn title(text: &str) -> String {
    let mut start = true;
    text.chars()
        .flat_map(|letter| {
            let letters: Vec<char> = if start { letter.to_uppercase().collect() } else { vec![letter] };
            start = letter.is_whitespace();
            letters
        })
        .collect()
}

/// A pattern in slashes is a regular expression.
fn replace(text: Option<&str>, pattern: Option<&str>, with: Option<&str>) -> Option<Value> {
    let (text, pattern, with) = (text?, pattern?, with?);
    let made = match pattern.strip_prefix('/').and_then(|inner| inner.strip_suffix('/')) {
        Some(inner) => compile(inner)?.replace_all(text, with).into_owned(),
        None if pattern.is_empty() => return None,
        None => text.replace(pattern, with),
    };
    Some(Value::String(made))
}

fn compile(pattern: &str) -> Option<regex::Regex> {
    RegexBuilder::new(pattern).size_limit(1 << 18).build().ok()
}

fn matches(every: bool, arguments: &[Node]) -> Option<Value> {
    let [pattern, subject] = arguments else { return None };
    let regex = compile(pattern.as_str()?)?;
    let text = subject.as_str()?;
    if regex.captures_len() > 1 {
        return None;
    }
    let node = |found: regex::Match<'_>| Node::string(subject.span, found.as_str());
    if every {
        return Some(Value::List(regex.find_iter(text).take(limits::LIST).map(node).collect()));
    }
    regex.find(text).map(|found| Value::String(found.as_str().to_owned()))
}

fn split(separator: Option<&str>, subject: Option<&Node>) -> Option<Value> {
    let (separator, subject) = (separator?, subject?);
    let whole = text(subject)?;
    let node = |part: String| Node { span: subject.span, value: Value::String(part), origin: subject.origin.clone() };
    let parts: Vec<Node> = match (whole.is_empty(), separator.is_empty()) {
        (true, _) => Vec::new(),
        (_, true) => whole.chars().map(|letter| node(letter.to_string())).collect(),
        _ => whole.split(separator).map(|part| node(part.to_owned())).collect(),
    };
    Some(Value::List(parts))
}

fn join(separator: Option<&str>, lists: &[Node]) -> Option<Value> {
    let mut parts = Vec::new();
    for list in lists {
        let Value::List(items) = &list.value else { return None };
        parts.extend(items.iter().map(text).collect::<Option<Vec<_>>>()?);
    }
    Some(Value::String(parts.join(separator?)))
}

fn substr(text: Option<&str>, arguments: &[Node]) -> Option<Value> {
    let [_, offset, length] = arguments else { return None };
    let (offset, length, text) = (offset.as_number()?, length.as_number()?, text?);
    let count = text.chars().count() as f64;
    let start = if offset < 0.0 { (count + offset).max(0.0) } else { offset };
    let length = if length < 0.0 { count } else { length };
    Some(Value::String(text.chars().skip(start as usize).take(length as usize).collect()))
}

fn indent(spaces: Option<&Node>, text: Option<&str>) -> Option<Value> {
    let spaces = spaces?.as_number().filter(|number| (0.0..256.0).contains(number))? as usize;
    Some(Value::String(text?.replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

fn format_list(pattern: Option<&str>, arguments: &[Node]) -> Option<Value> {
    let pattern = pattern?;
    let longest = arguments.iter().filter_map(|node| match &node.value {
        Value::List(items) => Some(items.len()),
        _ => None,
    });
    let count = longest.max()?;
    let mut made = Vec::new();
    for index in 0..count.min(limits::LIST) {
        let row: Option<Vec<Node>> = arguments
            .iter()
            .map(|node| match &node.value {
                Value::List(items) => items.get(index).cloned(),
                _ => Some(node.clone()),
            })
            .collect();
        made.push(Node::string(arguments.first()?.span, format(pattern, &row?)?));
    }
    Some(Value::List(made))
}

/// `%s %d %v %q %t %f %x`, with width, zero padding and argument numbers.
fn format(pattern: &str, arguments: &[Node]) -> Option<String> {
    let (mut out, mut rest, mut next) = (String::new(), pattern, 0);
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let end = after.find(|letter: char| letter.is_ascii_alphabetic())?;
        let (flags, tail) = after.split_at_checked(end)?;
        let verb = tail.chars().next()?;
        rest = tail.get(verb.len_utf8()..)?;
        let (flags, at) = numbered(flags, next)?;
        next = at + 1;
        let word = render(arguments.get(at)?, verb, flags)?;
        pad(&mut out, &word, flags)?;
        if out.len() > limits::TEXT {
            return None;
        }
    }
    out.push_str(rest);
    Some(out)
}

/// Reads `[2]` before a verb.
fn numbered(flags: &str, next: usize) -> Option<(&str, usize)> {
    match flags.split_once('[') {
        Some((before, number)) => {
            let number: usize = number.strip_suffix(']')?.parse().ok()?;
            Some((before, number.checked_sub(1)?))
        }
        None => Some((flags, next)),
    }
}

fn render(node: &Node, verb: char, flags: &str) -> Option<String> {
    let number = || node.as_number();
    match verb {
        's' | 'v' => text(node),
        'q' => text(node).map(|text| format!("{text:?}")),
        't' => node.as_bool().map(|flag| flag.to_string()),
        'd' => number().map(|number| format!("{}", number.trunc())),
        'x' => number().map(|number| format!("{:x}", number as i64)),
        'X' => number().map(|number| format!("{:X}", number as i64)),
        'b' => number().map(|number| format!("{:b}", number as i64)),
        'f' => {
            let places = flags.split_once('.').map_or(Some(6), |(_, places)| places.parse().ok())?;
            number().filter(|_| places <= 32usize).map(|number| format!("{number:.places$}"))
        }
        _ => None,
    }
}

fn pad(out: &mut String, word: &str, flags: &str) -> Option<()> {
    let width = flags.split('.').next().unwrap_or_default();
    let zero = width.starts_with('0');
    let left = width.starts_with('-');
    let digits = width.trim_start_matches(['-', '+', '0', ' ']);
    let width: usize = if digits.is_empty() { 0 } else { digits.parse().ok().filter(|width| *width <= 1024)? };
    let missing = width.saturating_sub(word.chars().count());
    let fill = if zero { "0" } else { " " }.repeat(missing);
    if left {
        out.push_str(word);
        out.push_str(&fill);
    } else {
        out.push_str(&fill);
        out.push_str(word);
    }
    Some(())
}

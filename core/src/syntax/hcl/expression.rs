//! HCL values: literals, tuples and objects become nodes, everything else the text that an evaluator reads again.

use super::{
    super::{
        MAX_DEPTH, MAX_NODES, Node, Value,
        scan::{Defects, Scan},
    },
    skip::{self, Broken, Heredoc, Quoted, Within},
};
use crate::{error::NotificationId, span::Span};

/// What all values of a source share.
#[derive(Debug, Default)]
pub(super) struct Budget {
    pub nodes: usize,
    /// Strings that end with their line instead of a quote.
    pub unclosed: usize,
    pub defects: Defects,
}

/// Reads one value and stops before what ends it. On `Err` the cursor stands where it stood.
pub(super) fn value(scan: &mut Scan<'_>, within: Within, depth: usize, budget: &mut Budget) -> Result<Node, Broken> {
    let start = scan.at;
    let mut ahead = *scan;
    let noted = budget.unclosed;
    let known = primary(&mut ahead, depth, budget)?;
    let end = ahead.at;
    if within == Within::List {
        skip::trivia(&mut ahead);
    } else {
        skip::blanks(&mut ahead);
    }
    budget.nodes += 1;
    if let Some(node) = known
        && (budget.unclosed > noted || follows(&ahead, within))
    {
        scan.at = end;
        return Ok(node);
    }
    if !skip::expression(scan, within)? {
        budget.defects.syntax(scan.text, Span::new(start, scan.at), "a string is not closed");
    }
    Ok(unknown(scan, start))
}

/// An expression that is no literal, from `start` to the cursor.
pub(super) fn unknown(scan: &Scan<'_>, start: usize) -> Node {
    let span = scan.since(start);
    Node::new(span, Value::Unknown(span.text(scan.text).to_owned()))
}

/// True where a value may end.
fn follows(scan: &Scan<'_>, within: Within) -> bool {
    match scan.peek() {
        None => true,
        Some(b'\r') => scan.ahead(1) == Some(b'\n'),
        Some(b'\n' | b'#') => within != Within::List,
        Some(b'/') => scan.sees("//"),
        Some(b',') => within != Within::Body,
        Some(b'}' | b']' | b')') => true,
        _ => false,
    }
}

/// A literal, tuple or object; `None` when something else stands here or it is not one for sure.
fn primary(scan: &mut Scan<'_>, depth: usize, budget: &mut Budget) -> Result<Option<Node>, Broken> {
    match scan.peek() {
        Some(b'"') => string(scan, budget).map(Some),
        Some(b'[' | b'{') if comprehends(scan) => Ok(None),
        Some(b'[' | b'{') if depth >= MAX_DEPTH || budget.nodes >= MAX_NODES => too_much(scan, depth, budget).map(Some),
        Some(b'[') => tuple(scan, depth, budget).map(Some),
        Some(b'{') => object(scan, depth, budget).map(Some),
        Some(b'<') => Ok(skip::heredoc(scan)?.map(|heredoc| text_of(scan.text, heredoc))),
        Some(b'0'..=b'9' | b'-') => Ok(number(scan)),
        Some(byte) if skip::starts_name(byte) => Ok(word(scan)),
        _ => Ok(None),
    }
}

/// `[for` and `{for` start a comprehension.
fn comprehends(scan: &Scan<'_>) -> bool {
    let mut ahead = *scan;
    ahead.bump(1);
    skip::trivia(&mut ahead);
    ahead.eat("for") && ahead.peek().is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'#' | b'/'))
}

fn too_much(scan: &mut Scan<'_>, depth: usize, budget: &mut Budget) -> Result<Node, Broken> {
    let start = scan.at;
    skip::bracket(scan)?;
    let (id, message) = if depth >= MAX_DEPTH {
        (NotificationId::TooDeep, "is nested deeper than is read")
    } else {
        (NotificationId::Limit, "holds more values than are read")
    };
    budget.defects.note(scan.text, Span::new(start, scan.at), id, message);
    Ok(Node::new(Span::new(start, scan.at), Value::Unknown(String::new())))
}

fn word(scan: &mut Scan<'_>) -> Option<Node> {
    let span = scan.take_while(skip::continues_name);
    let value = match span.text(scan.text) {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        _ => return None,
    };
    Some(Node::new(span, value))
}

fn number(scan: &mut Scan<'_>) -> Option<Node> {
    let start = scan.at;
    scan.eat("-");
    scan.take_while(|byte| byte.is_ascii_digit() || byte == b'.');
    if matches!(scan.peek(), Some(b'e' | b'E')) {
        scan.bump(1);
        scan.take_while(|byte| matches!(byte, b'+' | b'-'));
        scan.take_while(|byte| byte.is_ascii_digit());
    }
    let span = Span::new(start, scan.at);
    let number = span.text(scan.text).parse().ok().filter(|number: &f64| number.is_finite())?;
    Some(Node::new(span, Value::Number(number)))
}

/// A quoted string: text when it has no template in it.
pub(super) fn string(scan: &mut Scan<'_>, budget: &mut Budget) -> Result<Node, Broken> {
    let start = scan.at;
    let kind = skip::quoted(scan)?;
    let span = Span::new(start, scan.at);
    let raw = span.text(scan.text);
    match kind {
        Quoted::Literal => {
            let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
            Ok(Node::string(span, unescaped(inner)))
        }
        Quoted::Template => Ok(unknown(scan, start)),
        Quoted::Unclosed => {
            let node = unknown(scan, start);
            budget.defects.syntax(scan.text, node.span, "a string is not closed");
            budget.unclosed += 1;
            Ok(node)
        }
    }
}

/// Resolves the escapes of a quoted string; one that HCL does not know stays as written.
fn unescaped(raw: &str) -> String {
    if !raw.contains(['\\', '$', '%']) {
        return raw.to_owned();
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['\\', '$', '%']) {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        let (decoded, length) = escape(after);
        text.push_str(&decoded);
        rest = after.get(length..).unwrap_or_default();
    }
    text + rest
}

/// What an escape at the start of `raw` stands for, and its length.
fn escape(raw: &str) -> (String, usize) {
    let simple =
        [("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"), ("\\\"", "\""), ("\\\\", "\\"), ("$${", "${"), ("%%{", "%{")];
    if let Some((from, to)) = simple.iter().find(|(from, _)| raw.starts_with(from)) {
        return ((*to).to_owned(), from.len());
    }
    for (mark, digits) in [("\\u", 4), ("\\U", 8)] {
        let code = raw.strip_prefix(mark).and_then(|rest| rest.get(..digits));
        let code = code.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        if let Some(code) = code {
            return (code.to_string(), mark.len() + digits);
        }
    }
    (raw.chars().take(1).collect(), 1)
}

fn text_of(text: &str, heredoc: Heredoc) -> Node {
    let raw = heredoc.content.text(text);
    let without = raw.replace("$${", "").replace("%%{", "");
    if without.contains("${") || without.contains("%{") {
        return Node::new(heredoc.span, Value::Unknown(heredoc.span.text(text).to_owned()));
    }
    let plain = raw.replace("$${", "${").replace("%%{", "%{");
    Node::string(heredoc.span, if heredoc.indented { dedented(&plain) } else { plain })
}

/// Cuts the common indentation off all lines, as `<<-` does.
fn dedented(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = text.lines().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    text.split_inclusive('\n').map(|line| line.get(common.min(indent(line))..).unwrap_or(line)).collect()
}

fn tuple(scan: &mut Scan<'_>, depth: usize, budget: &mut Budget) -> Result<Node, Broken> {
    let start = scan.at;
    scan.bump(1);
    let mut items = Vec::new();
    loop {
        skip::trivia(scan);
        match scan.peek() {
            None => return Err(Broken),
            Some(b']') => break,
            Some(b',') => scan.bump(1),
            Some(b'}' | b')') => return Err(Broken),
            Some(_) => {
                let at = scan.at;
                items.push(value(scan, Within::List, depth + 1, budget)?);
                if scan.at == at {
                    return Err(Broken);
                }
            }
        }
    }
    scan.bump(1);
    Ok(Node::new(Span::new(start, scan.at), Value::List(items)))
}

fn object(scan: &mut Scan<'_>, depth: usize, budget: &mut Budget) -> Result<Node, Broken> {
    let start = scan.at;
    scan.bump(1);
    let mut entries = Vec::new();
    loop {
        skip::trivia(scan);
        match scan.peek() {
            None => return Err(Broken),
            Some(b'}') => break,
            Some(b',') => scan.bump(1),
            Some(_) => entries.extend(item(scan, depth, budget)?),
        }
    }
    scan.bump(1);
    Ok(Node::new(Span::new(start, scan.at), Value::Map(entries)))
}

/// One item; `None` for one without a value sign, which is noted and left out.
fn item(scan: &mut Scan<'_>, depth: usize, budget: &mut Budget) -> Result<Option<(Node, Node)>, Broken> {
    let key = key(scan, budget)?;
    skip::blanks(scan);
    if !matches!(scan.peek(), Some(b'=' | b':')) {
        budget.defects.syntax(scan.text, key.span, "an object's item has no value");
        return Ok(None);
    }
    scan.bump(1);
    skip::blanks(scan);
    let value = value(scan, Within::Object, depth + 1, budget)?;
    if value.span.is_empty() {
        budget.defects.syntax(scan.text, key.span, "an object's item has no value");
    }
    Ok(Some((key, value)))
}

/// An object's key: a name or a string is text, anything else is an expression.
fn key(scan: &mut Scan<'_>, budget: &mut Budget) -> Result<Node, Broken> {
    let start = scan.at;
    let mut ahead = *scan;
    let known = match ahead.peek() {
        Some(b'"') => Some(string(&mut ahead, budget)?),
        Some(byte) if skip::continues_name(byte) && byte != b'-' => {
            let span = ahead.take_while(skip::continues_name);
            Some(Node::string(span, span.text(ahead.text)))
        }
        _ => None,
    };
    let end = ahead.at;
    skip::blanks(&mut ahead);
    if let Some(node) = known
        && (ahead.peek() == Some(b':') || (ahead.peek() == Some(b'=') && ahead.ahead(1) != Some(b'=')))
    {
        scan.at = end;
        return Ok(node);
    }
    skip::expression(scan, Within::Key)?;
    if scan.at == start { Err(Broken) } else { Ok(unknown(scan, start)) }
}

//! INI files of every house: git, Python, PHP, MySQL, systemd, and files of `name value` lines.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{
    Document, MAX_NODES, Node, Value, hole,
    scan::{Defects, Scan, trimmed},
};
use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::Span,
};

/// Parses one source: one root, a map from the keys that stand before any section, and from sections to maps.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text = &*source.text;
    let mut reader = Reader {
        scan: Scan::new(text),
        root: Vec::new(),
        sections: BTreeMap::new(),
        section: None,
        key: None,
        defects: Defects::default(),
    };
    let mut nodes = 0;
    while reader.scan.peek().is_some() {
        nodes += 2;
        if nodes > MAX_NODES {
            let rest = Span::new(reader.scan.at, text.len());
            reader.defects.note(text, rest, NotificationId::Limit, "holds more entries than are read");
            break;
        }
        reader.line();
    }
    reader.finish_key();
    let root = Node::new(Span::new(0, text.len()), Value::Map(reader.root));
    (Document { roots: vec![root] }, reader.defects.notifications(source))
}

/// An entry whose value may go on in the next lines.
struct Key {
    name: Node,
    indent: usize,
    /// Nothing stood behind the sign.
    is_open: bool,
    lines: Vec<Span>,
    /// A name alone, which means yes.
    is_bare: bool,
    behind: usize,
}

struct Reader<'a> {
    scan: Scan<'a>,
    root: Vec<(Node, Node)>,
    /// Where each section stands among the root's entries; one that comes twice is one section.
    sections: BTreeMap<&'a str, usize>,
    section: Option<usize>,
    key: Option<Key>,
    defects: Defects,
}

impl<'a> Reader<'a> {
    fn line(&mut self) {
        let text = self.scan.text;
        let start = self.scan.at;
        let whole = self.scan.take_line();
        let line = trimmed(text, whole);
        let words = line.text(text);
        let indent = line.from() - start;
        if words.is_empty() || words.starts_with(['#', ';']) {
            return;
        }
        if let Some(key) = &mut self.key
            && indent > key.indent
            && (key.is_open || !looks_like_key(words))
            && !words.starts_with('[')
        {
            key.lines.push(line);
            return;
        }
        self.finish_key();
        if words.starts_with('[') {
            self.begin_section(line);
        } else {
            self.key = Some(key(text, line, indent));
        }
    }

    fn begin_section(&mut self, line: Span) {
        let text = self.scan.text;
        let words: &'a str = text.get(line.from()..line.to()).unwrap_or_default();
        // `[include "a]b"]` is rare enough to end at its last bracket, `[a] ; note]` at its first.
        let end = if words.contains('"') { words.rfind(']') } else { words.find(']') };
        let Some(end) = end else {
            self.defects.syntax(text, line, "a section's name is not closed");
            self.section = None;
            return;
        };
        let place = trimmed(text, Span::new(line.from() + 1, line.from() + end));
        let name: &'a str = text.get(place.from()..place.to()).unwrap_or_default();
        let root = &mut self.root;
        let index = *self.sections.entry(name).or_insert_with(|| {
            let header = Span::new(line.from(), line.from() + end + 1);
            root.push((Node::string(place, name), Node::map(header)));
            root.len() - 1
        });
        self.section = Some(index);
    }

    fn finish_key(&mut self) {
        let Some(key) = self.key.take() else { return };
        let value = key.value(self.scan.text);
        let all = key.name.span.cover(value.span);
        let section = self.section.and_then(|index| self.root.get_mut(index));
        match section {
            Some((_, map)) => {
                map.span = map.span.cover(all);
                if let Value::Map(entries) = &mut map.value {
                    entries.push((key.name, value));
                }
            }
            None => self.root.push((key.name, value)),
        }
    }
}

/// `name = value` with a name of one word: no continuation of a value that has begun.
fn looks_like_key(words: &str) -> bool {
    let Some((name, _)) = words.split_once(['=', ':']) else { return false };
    let name = name.trim_end();
    let letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    !name.is_empty() && name.chars().all(letter) && !words.contains("==") && !words.contains("://")
}

/// An entry: name, sign, value; or, where no sign stands, a name and the words behind it.
fn key(text: &str, line: Span, indent: usize) -> Key {
    let words = line.text(text);
    let sign = sign(words).filter(|&at| at > 0);
    let (name, value) = match sign {
        Some(at) => (at, Some(at + 1)),
        None => match words.find([' ', '\t']) {
            Some(at) if !starts_comment(words, at + 1) => (at, Some(at + 1)),
            Some(at) => (at, None),
            None => (words.len(), None),
        },
    };
    let place = trimmed(text, Span::new(line.from(), line.from() + name));
    let quotes: &[char] = &['"', '\''];
    let node = Node::string(place, place.text(text).trim_matches(quotes));
    let span = value.map(|at| without_comment(text, Span::new(line.from() + at, line.to())));
    Key {
        name: node,
        indent,
        is_open: sign.is_some() && span.is_some_and(Span::is_empty),
        is_bare: value.is_none(),
        behind: line.from() + value.unwrap_or(name),
        lines: span.into_iter().filter(|span| !span.is_empty()).collect(),
    }
}

/// Where `=` or `:` separates name and value. A colon inside an address does not.
fn sign(words: &str) -> Option<usize> {
    words.match_indices(['=', ':']).map(|(at, _)| at).find(|&at| {
        let (before, after) = words.split_at(at);
        let is_last = after.chars().nth(1).is_none_or(char::is_whitespace);
        after.starts_with('=') || is_last || (!before.contains([' ', '\t']) && !after.starts_with("://"))
    })
}

fn starts_comment(words: &str, at: usize) -> bool {
    words.get(at..).is_some_and(|rest| rest.trim_start().starts_with(['#', ';']))
}

/// The span of a value, without blanks around it and without a comment behind it.
fn without_comment(text: &str, span: Span) -> Span {
    let value = trimmed(text, span);
    let words = value.text(text);
    if let Some(quote) = words.chars().next().filter(|letter| matches!(letter, '"' | '\''))
        && let Some(end) = words.get(1..).and_then(|rest| rest.find(quote))
        && words.get(end + 2..).is_some_and(|rest| rest.trim_start().starts_with([';', '#']))
    {
        return Span::new(value.from(), value.from() + end + 2);
    }
    if words.starts_with(['"', '\'']) {
        return value;
    }
    let mut marks = words.match_indices([';', '#']).map(|(at, _)| at);
    let comment =
        marks.find(|&at| words.get(..at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t'])));
    comment.map_or(value, |at| trimmed(text, Span::new(value.from(), value.from() + at)))
}

impl Key {
    fn value(&self, text: &str) -> Node {
        let behind = Span::new(self.behind, self.behind);
        if self.is_bare {
            return Node::new(behind, Value::Bool(true));
        }
        let Some(span) = self.lines.iter().copied().reduce(Span::cover) else { return Node::string(behind, "") };
        let lines: Vec<_> = self.lines.iter().map(|line| line.text(text)).collect();
        let joined = lines.join("\n");
        if hole::fills(&joined) {
            return Node::new(span, Value::Unknown(joined));
        }
        let bare = ['"', '\''].iter().find_map(|&quote| joined.strip_prefix(quote)?.strip_suffix(quote));
        Node::string(span, bare.filter(|inner| !inner.contains(['"', '\''])).unwrap_or(&joined))
    }
}

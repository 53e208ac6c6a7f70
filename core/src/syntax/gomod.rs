//! `go.mod`: modules, versions, replacements.

use super::{Document, MAX_NODES, Node, Value, scan::Defects};
use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::Span,
};

/// Parses one source. The root is one map.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text: &str = &source.text;
    let mut reader = Reader { text, defects: Defects::default(), root: Node::map(Span::new(0, text.len())), nodes: 0 };
    reader.read();
    (Document { roots: vec![reader.root] }, reader.defects.notifications(source))
}

struct Reader<'a> {
    text: &'a str,
    defects: Defects,
    root: Node,
    nodes: usize,
}

/// A line: its words, and the comment behind them.
struct Line {
    words: Vec<Span>,
    comment: Option<Span>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut at = if self.text.starts_with('\u{FEFF}') { 3 } else { 0 };
        // The verb of an open block, such as `require (`.
        let mut block: Option<(Span, Span)> = None;
        let text = self.text;
        for written in text.get(at..).unwrap_or_default().split_inclusive('\n') {
            let line = words(text, Span::new(at, at + written.len()));
            at += written.len();
            self.nodes += line.words.len() + 1;
            if self.nodes >= MAX_NODES {
                let here = Span::new(at, at);
                self.defects.note(text, here, NotificationId::Limit, "has too many values; the rest was not read");
                return;
            }
            let word = |span: &Span| span.text(text);
            match (line.words.as_slice(), block) {
                ([], _) => {}
                ([close], Some(_)) if word(close) == ")" => block = None,
                ([verb, open], None) if word(open) == "(" => block = Some((*verb, *open)),
                // A block that was never closed ends where the next verb begins a line.
                ([verb, rest @ ..], Some((_, open))) if is_verb(word(verb)) && !self.indented(*verb) => {
                    self.syntax(open, "this block is not closed");
                    block =
                        rest.first().filter(|first| word(first) == "(" && rest.len() == 1).map(|open| (*verb, *open));
                    if block.is_none() {
                        self.entry(*verb, rest, line.comment);
                    }
                }
                (rest, Some((verb, _))) => self.entry(verb, rest, line.comment),
                ([verb, rest @ ..], None) => self.entry(*verb, rest, line.comment),
            }
        }
        if let Some((_, open)) = block {
            self.syntax(open, "this block is not closed");
        }
    }

    fn indented(&self, word: Span) -> bool {
        self.text.get(..word.from()).is_some_and(|before| before.ends_with([' ', '\t']))
    }

    /// One thing that a verb says.
    fn entry(&mut self, verb: Span, rest: &[Span], comment: Option<Span>) {
        let name = verb.text(self.text);
        match (name, rest) {
            ("module" | "go" | "toolchain", [value, ..]) => {
                let value = self.word(*value);
                self.root.set(name, value);
            }
            ("require", [path, version]) => {
                let mut node = Node::map(path.cover(*version));
                node.set("path", self.word(*path));
                node.set("version", self.word(*version));
                let (place, indirect) = self.indirect(*version, comment);
                node.set("indirect", Node::new(place, Value::Bool(indirect)));
                node.span = node.span.cover(place);
                self.push(name, node);
            }
            ("exclude", [path, version]) => {
                let mut node = Node::map(path.cover(*version));
                node.set("path", self.word(*path));
                node.set("version", self.word(*version));
                self.push(name, node);
            }
            ("replace", rest) => self.replace(verb, rest),
            ("tool" | "ignore", [path]) => {
                let path = self.word(*path);
                self.push(name, path);
            }
            ("retract" | "godebug", [_, ..]) => {
                let all = rest.iter().copied().reduce(Span::cover).unwrap_or(verb);
                self.push(name, Node::string(all, all.text(self.text)));
            }
            _ => {
                let all = rest.iter().copied().reduce(Span::cover).unwrap_or(verb);
                self.syntax(all, "this line says nothing that go.mod knows");
            }
        }
    }

    /// `old [version] => new [version]`.
    fn replace(&mut self, verb: Span, rest: &[Span]) {
        let arrow = rest.iter().position(|word| word.text(self.text) == "=>");
        let parts = arrow.map(|arrow| rest.split_at(arrow)).map(|(old, new)| (old, new.get(1..).unwrap_or_default()));
        let Some((old @ ([_] | [_, _]), new @ ([_] | [_, _]))) = parts else {
            return self.syntax(rest.first().copied().unwrap_or(verb), "this replaces nothing");
        };
        let mut node = Node::map(rest.iter().copied().reduce(Span::cover).unwrap_or(verb));
        for (keys, words) in [(["old", "old_version"], old), (["new", "new_version"], new)] {
            for (key, word) in keys.into_iter().zip(words) {
                node.set(key, self.word(*word));
            }
        }
        self.push("replace", node);
    }

    /// Whether a comment says `indirect`, and where.
    fn indirect(&self, version: Span, comment: Option<Span>) -> (Span, bool) {
        let said = |comment: &Span| {
            let words = comment.text(self.text).trim_start_matches('/').trim_start();
            words == "indirect" || words.starts_with("indirect;")
        };
        match comment.filter(said) {
            Some(comment) => (comment, true),
            None => (Span::new(version.to(), version.to()), false),
        }
    }

    /// A word without its quotes.
    fn word(&self, span: Span) -> Node {
        let written = span.text(self.text);
        let inner = ['"', '`'].iter().find_map(|quote| written.strip_prefix(*quote)?.strip_suffix(*quote));
        Node::string(span, inner.unwrap_or(written))
    }

    /// Adds to the list of a verb.
    fn push(&mut self, verb: &str, node: Node) {
        let Value::Map(entries) = &mut self.root.value else { return };
        match entries.iter_mut().find(|(key, _)| key.as_str() == Some(verb)) {
            Some((_, list)) => {
                list.span = list.span.cover(node.span);
                if let Value::List(items) = &mut list.value {
                    items.push(node);
                }
            }
            None => {
                let list = Node::new(node.span, Value::List(vec![node]));
                self.root.set(verb, list);
            }
        }
    }

    fn syntax(&mut self, span: Span, message: &'static str) {
        self.defects.syntax(self.text, span, message);
    }
}

fn is_verb(word: &str) -> bool {
    ["module", "go", "toolchain", "require", "replace", "exclude", "retract", "godebug", "tool", "ignore"]
        .contains(&word)
}

/// Words of a line; brackets around blocks are words of their own.
fn words(text: &str, line: Span) -> Line {
    let written = line.text(text);
    let end = written.find("//").unwrap_or(written.len());
    let comment = written.get(end..).map(str::trim_end).filter(|comment| !comment.is_empty());
    let comment = comment.map(|comment| Span::new(line.from() + end, line.from() + end + comment.len()));
    let mut words = Vec::new();
    let mut at = 0;
    let code = written.get(..end).unwrap_or_default();
    for word in code.split_inclusive(char::is_whitespace) {
        let said = word.trim_end();
        let from = line.from() + at;
        at += word.len();
        if let Some(verb) = said.strip_suffix('(').filter(|verb| is_verb(verb)) {
            words.push(Span::new(from, from + verb.len()));
            words.push(Span::new(from + verb.len(), from + said.len()));
        } else if !said.is_empty() {
            words.push(Span::new(from, from + said.len()));
        }
    }
    Line { words, comment }
}

#[cfg(test)]
mod tests {
    use super::super::{
        scan::check,
        tests::{check_cases, check_spans},
    };
    use crate::classify::Format;

    #[test]
    fn directives_become_lists() {
        check_cases(
            Format::GoMod,
            &[
                (
                    "// c\nmodule \"a.b/c\" // d\n\ngo 1.22.1\ntoolchain go1.23.0\n",
                    &[r#"{"module": "a.b/c", "go": "1.22.1", "toolchain": "go1.23.0"}"#],
                    &[],
                ),
                (
                    "require(\n\ta.b/c v1.0.0\n\td v2.0.0+incompatible // indirect; x\r\n)\nrequire e v0.0.0 // not indirect\n",
                    &[
                        r#"{"require": [{"path": "a.b/c", "version": "v1.0.0", "indirect": false}, {"path": "d", "version": "v2.0.0+incompatible", "indirect": true}, {"path": "e", "version": "v0.0.0", "indirect": false}]}"#,
                    ],
                    &[],
                ),
                (
                    "replace a v1 => b v2\nreplace (\n\tc => ../d\n)\nexclude e v3\ntool f/g\nretract [v1, v2]\n",
                    &[
                        r#"{"replace": [{"old": "a", "old_version": "v1", "new": "b", "new_version": "v2"}, {"old": "c", "new": "../d"}], "exclude": [{"path": "e", "version": "v3"}], "tool": ["f/g"], "retract": ["[v1, v2]"]}"#,
                    ],
                    &[],
                ),
                (
                    "require (\n\ta v1\n\tb\nreplace c d\nrequire e v2\n<<<<<<< x\n",
                    &[
                        r#"{"require": [{"path": "a", "version": "v1", "indirect": false}, {"path": "e", "version": "v2", "indirect": false}]}"#,
                    ],
                    &["3:2", "1:9", "4:9", "6:9"],
                ),
                ("", &["{}"], &[]),
            ],
        );
    }

    #[test]
    fn spans_hold_the_text_of_every_part() {
        check_spans(
            Format::GoMod,
            "require \"a\"  v1 // indirect\n",
            &[
                "require \"a\"  v1 // indirect\n",
                "",
                "\"a\"  v1 // indirect",
                "\"a\"  v1 // indirect",
                "",
                "\"a\"",
                "",
                "v1",
                "",
                "// indirect",
            ],
        );
    }

    #[test]
    fn hostile_texts_are_bounded() {
        for open in ["require (\n", "(", ")\n", "a ", "replace a =>", "//", "require a v1\n"] {
            check::bounded(super::parse, open, "", ")");
        }
        check::survives(super::parse, "module a.b/c\nrequire (\n\td.e/f v1.2.3 // indirect\n)\nreplace g => ../h\n");
    }
}

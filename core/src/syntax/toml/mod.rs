//! TOML as a tree in the order of the source, with a place for every key, value and table.

mod events;
mod table;

use std::borrow::Cow;

use toml_parser::{
    Raw,
    decoder::{Encoding, IntegerRadix, ScalarKind},
    parser::EventKind,
};

use self::{
    events::{Token, report},
    table::{Key, Table},
};
use super::{Document, MAX_DEPTH, MAX_NODES, Node, Value, scan::Defects, template};
use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::Span,
};

/// Parses one source. The root is one map.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text: &str = &source.text;
    let mut builder = Builder {
        text,
        defects: Defects::default(),
        root: Table::default(),
        header: Vec::new(),
        path: Vec::new(),
        expects: false,
        frames: Vec::new(),
        nodes: 0,
        templates: template::may_hold(text),
    };
    builder.read();
    let mut root = builder.root.node(Span::default());
    root.span = Span::new(0, text.len());
    (Document { roots: vec![root] }, builder.defects.notifications(source))
}

/// An array or inline table that is still open.
#[derive(Debug)]
struct Frame {
    start: usize,
    kind: Inner,
    /// Depth of its elements; nothing when it is nested too deep to be kept.
    depth: Option<usize>,
}

#[derive(Debug)]
enum Inner {
    Array(Vec<Node>),
    /// The table so far and the key whose value is awaited.
    Table(Table, Vec<Key>, bool),
}

struct Builder<'a> {
    text: &'a str,
    defects: Defects,
    root: Table,
    /// Path of the last header.
    header: Vec<Key>,
    /// The key whose value is awaited, outside of brackets.
    path: Vec<Key>,
    /// A `=` was seen behind the key.
    expects: bool,
    frames: Vec<Frame>,
    nodes: usize,
    templates: bool,
}

impl Builder<'_> {
    fn read(&mut self) {
        let tokens = events::events(self.text, &mut self.defects);
        let mut tokens = tokens.into_iter();
        while let Some(token) = tokens.next() {
            if self.nodes >= MAX_NODES {
                self.note(token.span, NotificationId::Limit, "has too many values; the rest was not read");
                break;
            }
            match token.kind {
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => self.table(token, &mut tokens),
                EventKind::SimpleKey => self.key(token),
                EventKind::KeyValSep => *self.expecting().1 = true,
                EventKind::Scalar => {
                    let node = self.scalar(token);
                    self.add(node);
                }
                EventKind::ArrayOpen => self.bracket(token, Inner::Array(Vec::new())),
                EventKind::InlineTableOpen => {
                    self.bracket(token, Inner::Table(Table::default(), Vec::new(), false));
                }
                EventKind::ArrayClose | EventKind::InlineTableClose => self.close(token.span.to()),
                EventKind::Newline if self.frames.is_empty() => self.forget(),
                _ => {}
            }
        }
        while let Some(frame) = self.frames.last() {
            let end = frame.start + 1;
            self.close(end);
        }
    }

    /// Reads a header up to its closing bracket.
    fn table(&mut self, open: Token, tokens: &mut impl Iterator<Item = Token>) {
        while !self.frames.is_empty() {
            self.close(open.span.from());
        }
        self.forget();
        let (mut path, mut span) = (Vec::new(), open.span);
        for token in tokens.by_ref() {
            match token.kind {
                EventKind::SimpleKey => {
                    span = span.cover(token.span);
                    path.push(self.name(token));
                }
                EventKind::StdTableClose | EventKind::ArrayTableClose => {
                    span = span.cover(token.span);
                    break;
                }
                EventKind::Newline => break,
                _ => {}
            }
        }
        if path.len() >= MAX_DEPTH / 2 {
            self.note(span, NotificationId::TooDeep, "is nested too deep to be read");
            path.truncate(MAX_DEPTH / 2);
        }
        let mut clash = false;
        if let Some((key, above)) = path.split_last()
            && let Some(parent) = self.root.descend(above, &mut clash)
        {
            if open.kind == EventKind::ArrayTableOpen {
                parent.append(key, span, &mut clash);
            } else {
                parent.open(key, span, &mut clash);
            }
        }
        if clash {
            self.note(span, NotificationId::Syntax, "this name is given twice");
        }
        self.header = path;
    }

    /// The key whose value is awaited here, and whether its `=` was seen.
    fn expecting(&mut self) -> (&mut Vec<Key>, &mut bool) {
        match self.frames.last_mut() {
            Some(Frame { kind: Inner::Table(_, path, expects), .. }) => (path, expects),
            _ => (&mut self.path, &mut self.expects),
        }
    }

    fn forget(&mut self) {
        self.path.clear();
        self.expects = false;
    }

    fn key(&mut self, token: Token) {
        let key = self.name(token);
        let (path, expects) = self.expecting();
        if std::mem::take(expects) {
            path.clear();
        }
        path.push(key);
    }

    fn name(&mut self, token: Token) -> Key {
        let mut name = Cow::Borrowed("");
        let (text, defects) = (self.text, &mut self.defects);
        raw(text, token).decode_key(&mut name, &mut |error| report(text, 0, &error, defects));
        self.nodes += 1;
        (token.span, name.into_owned())
    }

    fn bracket(&mut self, token: Token, kind: Inner) {
        let keys = self.expecting().0.len().max(1);
        let outside = Some(self.header.len() + 1);
        let above = self.frames.last().map_or(outside, |frame| frame.depth);
        let depth = above.map(|depth| depth + keys).filter(|&depth| depth < MAX_DEPTH);
        if above.is_some() && depth.is_none() {
            self.note(token.span, NotificationId::TooDeep, "is nested too deep to be read");
        }
        self.frames.push(Frame { start: token.span.from(), kind, depth });
    }

    fn close(&mut self, end: usize) {
        let Some(frame) = self.frames.pop() else { return };
        let span = Span::new(frame.start, end.max(self.end_of(&frame)));
        let node = match frame.kind {
            _ if frame.depth.is_none() => Node::new(span, Value::Unknown(String::new())),
            Inner::Array(items) => Node::new(span, Value::List(items)),
            Inner::Table(table, ..) => {
                let mut node = table.node(span);
                node.span = node.span.cover(span);
                node
            }
        };
        self.add(node);
    }

    /// Where the last element of an unclosed array ends.
    fn end_of(&self, frame: &Frame) -> usize {
        match &frame.kind {
            Inner::Array(items) => items.last().map_or(0, |item| item.span.to()),
            Inner::Table(..) => 0,
        }
    }

    /// Adds a value to what is open.
    fn add(&mut self, node: Node) {
        self.nodes += 1;
        let text = self.text;
        let (table, path, expects) = match self.frames.last_mut() {
            Some(Frame { depth: None, .. }) => return,
            Some(Frame { kind: Inner::Array(items), .. }) => return items.push(node),
            Some(Frame { kind: Inner::Table(table, path, expects), .. }) => (Some(table), path, expects),
            None => (self.root.descend(&self.header, &mut false), &mut self.path, &mut self.expects),
        };
        *expects = false;
        let (Some(table), Some(key)) = (table, path.pop()) else { return };
        let mut above = std::mem::take(path);
        let mut clash = false;
        if above.len() >= MAX_DEPTH / 4 {
            let span = key.0.cover(above.first().map_or(key.0, |first| first.0));
            self.defects.note(text, span, NotificationId::TooDeep, "is nested too deep to be read");
            above.truncate(MAX_DEPTH / 4);
        }
        let span = key.0;
        if let Some(table) = table.descend(&above, &mut clash) {
            clash |= !table.add(key, node);
        }
        if clash {
            self.defects.note(text, span, NotificationId::Syntax, "this name is given twice");
        }
    }

    fn scalar(&mut self, token: Token) -> Node {
        let mut decoded = Cow::Borrowed("");
        let (text, defects) = (self.text, &mut self.defects);
        let mut broken = false;
        let kind = raw(text, token).decode_scalar(&mut decoded, &mut |error| {
            broken = true;
            report(text, 0, &error, defects);
        });
        let value = match kind {
            ScalarKind::Boolean(flag) => Value::Bool(flag),
            ScalarKind::Integer(radix) => integer(&decoded, radix),
            ScalarKind::Float => number(&decoded),
            ScalarKind::DateTime => Value::String(decoded.into_owned()),
            ScalarKind::String if broken && token.encoding.is_none() => {
                Value::Unknown(token.span.text(text).to_owned())
            }
            ScalarKind::String if self.templates && template::may_hold(&decoded) => {
                Value::Unknown(decoded.into_owned())
            }
            ScalarKind::String => Value::String(decoded.into_owned()),
        };
        Node::new(token.span, value)
    }

    fn note(&mut self, span: Span, id: NotificationId, message: &'static str) {
        self.defects.note(self.text, span, id, message);
    }
}

fn raw<'a>(text: &'a str, token: Token) -> Raw<'a> {
    let encoding: Option<Encoding> = token.encoding;
    let span = toml_parser::Span::new_unchecked(token.span.from(), token.span.to());
    Raw::new_unchecked(token.span.text(text), encoding, span)
}

fn integer(digits: &str, radix: IntegerRadix) -> Value {
    if radix == IntegerRadix::Dec {
        return number(digits);
    }
    match u64::from_str_radix(digits, radix.value()) {
        Ok(integer) => Value::Number(integer as f64),
        Err(_) => Value::Unknown(digits.to_owned()),
    }
}

/// A decimal number; `nan` is no number that could be compared.
fn number(digits: &str) -> Value {
    match digits.parse::<f64>() {
        Ok(number) if !number.is_nan() => Value::Number(number),
        _ => Value::Unknown(digits.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        scan::check,
        tests::{check_cases, check_spans, read},
    };
    use crate::{classify::Format, error::NotificationId};

    #[test]
    fn tables_keep_the_order_of_the_source() {
        check_cases(
            Format::Toml,
            &[
                (
                    "z = 1\na = -1_000.5\n[t]\nb.c = true\nb.d = 0xFF\n'e f' = 2020-01-02T03:04:05Z\n",
                    &[r#"{"z": 1, "a": -1000.5, "t": {"b": {"c": true, "d": 255}, "e f": "2020-01-02T03:04:05Z"}}"#],
                    &[],
                ),
                (
                    "[[p]]\nn = 'x'\n[p.q]\nr = 1\n[[p]]\nn = 'y'\n[other]\n[[p.s]]\n",
                    &[r#"{"p": [{"n": "x", "q": {"r": 1}}, {"n": "y", "s": [{}]}], "other": {}}"#],
                    &[],
                ),
                ("[a.b]\nc = 1\n[a]\nd = 2\n", &[r#"{"a": {"b": {"c": 1}, "d": 2}}"#], &[]),
                (
                    "\u{FEFF}a = [1, [2, {b.c = 3, d = []}],\n # x\n ]\ne = \"\\u00e9\\n{{ f }}\"\n",
                    &["{\"a\": [1, [2, {\"b\": {\"c\": 3}, \"d\": []}]], \"e\": ?é\n{{ f }}}"],
                    &[],
                ),
                ("a = inf\nb = nan\nc = 0o17\n", &[r#"{"a": inf, "b": ?nan, "c": 15}"#], &[]),
                ("", &["{}"], &[]),
            ],
        );
    }

    #[test]
    fn broken_texts_keep_what_can_be_read() {
        check_cases(
            Format::Toml,
            &[
                ("a = 1\na = 2\n[b]\n[b]\nc = 3\n", &[r#"{"a": 1, "a": 2, "b": {"c": 3}}"#], &["2:1", "4:1"]),
                ("a = [1,\n[b]\nc = 2\n", &[r#"{"a": [1], "b": {"c": 2}}"#], &["1:8"]),
                ("a = \"\"\"x\n[b]\nc = 2\n", &[r#"{"a": "x\n", "b": {"c": 2}}"#], &["2:1"]),
                ("a = \"x\nb = 2\n", &[r#"{"a": "x", "b": 2}"#], &["1:7"]),
                ("a\nb = 2\n", &[r#"{"b": 2}"#], &["1:2"]),
                ("a =\nb = x\nc = 1\n", &[r#"{"a": ?, "b": ?x, "c": 1}"#], &["1:4", "2:5"]),
                ("[a\nb = 1\n", &[r#"{"a": {"b": 1}}"#], &["1:3"]),
                ("a = 1 2\nb = 3", &[r#"{"a": ?1 2, "b": 3}"#], &["1:5"]),
                ("a = 1\na.b = 2\n", &[r#"{"a": 1, "a": {"b": 2}}"#], &["2:3"]),
            ],
        );
    }

    #[test]
    fn spans_hold_the_text_of_every_node() {
        let text = "[[é.\"k\"]] # x\na = [ 1.5, 'y' ]\n";
        check_spans(
            Format::Toml,
            &text.replace('é', "e"),
            &[
                "[[e.\"k\"]] # x\na = [ 1.5, 'y' ]\n",
                "e",
                "[[e.\"k\"]] # x\na = [ 1.5, 'y' ]",
                "\"k\"",
                "[[e.\"k\"]] # x\na = [ 1.5, 'y' ]",
                "[[e.\"k\"]] # x\na = [ 1.5, 'y' ]",
                "a",
                "[ 1.5, 'y' ]",
                "1.5",
                "'y'",
            ],
        );
    }

    #[test]
    fn hostile_texts_are_bounded() {
        for (open, inner, close) in
            [("a=[", "1", "]"), ("[", "", "]"), ("a={b=", "1", "}"), ("a.", "b=1", ""), ("[a.", "b", "]")]
        {
            check::bounded(super::parse, open, inner, close);
        }
        let deep = format!("{}b = 1\n[c]\nd = {}1{}\n", "a.".repeat(5000), "[".repeat(500), "]".repeat(500));
        let (document, notes) = read(Format::Toml, &deep);
        assert!(notes.iter().all(|note| note.id == NotificationId::TooDeep) && notes.len() >= 2, "{notes:?}");
        assert!(document.roots[0].at(&["c", "d"]).is_some());
        let many: String = (0..200_000).map(|at| format!("k{at} = 1\n[t{at}]\n")).collect();
        assert_eq!(read(Format::Toml, &many).1, []);
        check::survives(
            super::parse,
            "# c\na.b = [1, 'x', { c = \"\\u0041\" }]\n[[d.e]]\nf = \"\"\"\ng\"\"\"\n[h]\ni = 1979-05-27\n",
        );
    }
}

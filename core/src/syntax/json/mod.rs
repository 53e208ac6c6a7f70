//! JSON and what people call JSON: comments, trailing commas, JSON5, several values in one file, broken files.

mod scalar;

use scalar::continues_word;

use super::{
    Document, MAX_DEPTH, MAX_NODES, Node, Value,
    scan::{Defects, Scan},
    template,
};
use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::Span,
};

/// Parses one source. Every top-level value is a root, so JSON Lines give one root per line.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text: &str = &source.text;
    let mut reader = Reader {
        scan: Scan::new(text),
        defects: Defects::default(),
        depth: 0,
        lists: 0,
        maps: 0,
        nodes: 0,
        ended: false,
        resumed: false,
        templates: template::may_hold(text),
    };
    let roots = reader.roots();
    (Document { roots }, reader.defects.notifications(source))
}

/// Most bytes of a template expression that stands where a value should.
const LONGEST_TEMPLATE: usize = 512;

struct Reader<'a> {
    scan: Scan<'a>,
    defects: Defects,
    depth: usize,
    /// Open lists and maps: a closing bracket that closes none of them is noise, not an end.
    lists: usize,
    maps: usize,
    nodes: usize,
    /// The text ended inside a value, or reading was stopped: what stays open is not worth more words.
    ended: bool,
    /// A list without its end was left at a key of the map around it, behind a comma.
    resumed: bool,
    /// The text holds template marks, so strings are looked at for them.
    templates: bool,
}

impl Reader<'_> {
    fn roots(&mut self) -> Vec<Node> {
        let mut roots = Vec::new();
        let mut newline = true;
        while !self.ended {
            let before = self.scan.at;
            self.trivia();
            newline |= Span::new(before, self.scan.at).text(self.scan.text).contains(['\n', '\u{1e}']);
            let start = self.scan.at;
            if self.scan.peek().is_none() {
                break;
            }
            match self.value() {
                // A bare word was noted as a defect already.
                Some(node) if node.is_unknown() => {}
                Some(node) if newline || matches!(node.value, Value::List(_) | Value::Map(_)) => roots.push(node),
                found => {
                    if found.is_none() {
                        self.skip_char();
                    }
                    self.syntax(Span::new(start, self.scan.at), "this stands outside of any value");
                }
            }
            newline = false;
        }
        roots
    }

    /// The value here, or nothing when a closing bracket, a comma, a colon or the end stands here.
    fn value(&mut self) -> Option<Node> {
        let start = self.scan.at;
        let byte = self.scan.peek()?;
        if self.nodes >= MAX_NODES {
            self.stop();
            return None;
        }
        self.nodes += 1;
        let node = match byte {
            b'"' | b'\'' => {
                let (span, text) = self.string(byte);
                self.text(span, text)
            }
            b'{' if self.templates && self.scan.sees("{{") && self.template().is_some() => {
                let span = Span::new(start, self.scan.at);
                Node::new(span, Value::Unknown(span.text(self.scan.text).to_owned()))
            }
            b'{' | b'[' if self.depth >= MAX_DEPTH - 1 => self.too_deep(),
            b'{' => self.map(),
            b'[' => self.list(),
            b'}' | b']' | b',' | b':' => return None,
            _ => self.word()?,
        };
        Some(node)
    }

    fn text(&self, span: Span, text: String) -> Node {
        let unknown = self.templates && template::may_hold(&text);
        Node::new(span, if unknown { Value::Unknown(text) } else { Value::String(text) })
    }

    fn list(&mut self) -> Node {
        let start = self.scan.at;
        self.scan.bump(1);
        (self.depth, self.lists) = (self.depth + 1, self.lists + 1);
        let mut items = Vec::new();
        loop {
            self.trivia();
            match self.scan.peek() {
                None => break self.unclosed(start),
                Some(b']') => break self.scan.bump(1),
                Some(b'}') if self.maps > 0 => break self.unclosed(start),
                Some(b',') => self.stray_comma(),
                Some(_) => match self.value() {
                    Some(item) if self.is_key(&item) => {
                        // The list lost its end: go back to where its map goes on.
                        self.scan.at = item.span.from();
                        self.resumed = true;
                        break self.unclosed(start);
                    }
                    Some(item) => {
                        items.push(item);
                        self.separator(b']');
                    }
                    None => self.recover(),
                },
            }
        }
        (self.depth, self.lists) = (self.depth - 1, self.lists - 1);
        Node::new(self.scan.since(start), Value::List(items))
    }

    fn map(&mut self) -> Node {
        let start = self.scan.at;
        self.scan.bump(1);
        (self.depth, self.maps) = (self.depth + 1, self.maps + 1);
        let mut entries = Vec::new();
        loop {
            self.trivia();
            match self.scan.peek() {
                None => break self.unclosed(start),
                Some(b'}') => break self.scan.bump(1),
                Some(b']') if self.lists > 0 => break self.unclosed(start),
                Some(b',') => self.stray_comma(),
                Some(_) => match self.key() {
                    Some(key) => {
                        let value = self.value_of(&key);
                        entries.push((key, value));
                        self.separator(b'}');
                    }
                    None => self.recover(),
                },
            }
        }
        (self.depth, self.maps) = (self.depth - 1, self.maps - 1);
        Node::new(self.scan.since(start), Value::Map(entries))
    }

    /// True when an element of a list is followed by a colon and a map is there to hold it.
    fn is_key(&mut self, item: &Node) -> bool {
        if self.maps == 0 || !matches!(item.value, Value::String(_)) {
            return false;
        }
        self.trivia();
        self.scan.peek() == Some(b':')
    }

    /// A quoted key, or a bare one as JSON5 has it.
    fn key(&mut self) -> Option<Node> {
        let byte = self.scan.peek()?;
        self.nodes += 1;
        if matches!(byte, b'"' | b'\'') {
            let (span, text) = self.string(byte);
            return Some(Node::string(span, text));
        }
        let span = self.scan.take_while(|byte| continues_word(byte) && byte != b'+');
        (!span.is_empty()).then(|| Node::string(span, span.text(self.scan.text)))
    }

    /// What stands behind a key; unknown when nothing readable does.
    fn value_of(&mut self, key: &Node) -> Node {
        self.trivia();
        let line = Span::new(key.span.to(), self.scan.at).text(self.scan.text).contains('\n');
        if !self.scan.eat(":") && !self.scan.eat("=") {
            self.syntax(key.span, "a key without a colon");
            if line || matches!(self.scan.peek(), None | Some(b',' | b'}' | b']')) {
                return Node::new(Span::new(key.span.to(), key.span.to()), Value::Unknown(String::new()));
            }
        }
        let colon = self.scan.at;
        self.trivia();
        self.value().unwrap_or_else(|| {
            self.syntax(key.span, "a key without a value");
            Node::new(Span::new(colon, colon), Value::Unknown(String::new()))
        })
    }

    /// Steps over what must follow an element: a comma, or the bracket that ends it all, which is left standing.
    fn separator(&mut self, close: u8) {
        self.trivia();
        let resumed = std::mem::take(&mut self.resumed);
        match self.scan.peek() {
            Some(b',') => self.scan.bump(1),
            None | Some(b'}' | b']') => {}
            // What looks like the next element is read as one.
            Some(b'"' | b'\'') if resumed => {}
            Some(byte) if matches!(byte, b'"' | b'\'') || (close == b']' && matches!(byte, b'{' | b'[')) => {
                self.syntax(Span::new(self.scan.at, self.scan.at), "a comma is missing");
            }
            Some(_) => {
                self.recover();
                self.scan.eat(",");
            }
        }
    }

    /// Drops what cannot be read, up to the next comma or closing bracket.
    fn recover(&mut self) {
        let start = self.scan.at;
        match self.scan.peek() {
            // A closing bracket that closes nothing, or a colon.
            Some(b'}' | b']' | b':') => self.scan.bump(1),
            _ => self.skip_char(),
        }
        while let Some(byte) = self.scan.peek() {
            match byte {
                b',' | b'}' | b']' => break,
                b'"' | b'\'' => drop(self.string(byte)),
                b'{' | b'[' => self.skip_bracket(),
                _ => self.skip_char(),
            }
        }
        self.syntax(self.scan.since(start), "this cannot be read as JSON");
    }

    fn stray_comma(&mut self) {
        let span = Span::new(self.scan.at, self.scan.at + 1);
        self.scan.bump(1);
        self.syntax(span, "a comma without a value before it");
    }

    fn unclosed(&mut self, start: usize) {
        if self.scan.peek().is_some() || !self.ended {
            self.ended |= self.scan.peek().is_none();
            self.syntax(Span::new(start, start + 1), "this bracket is not closed");
        }
    }

    fn too_deep(&mut self) -> Node {
        let start = self.scan.at;
        self.skip_bracket();
        let span = Span::new(start, self.scan.at);
        self.defects.note(self.scan.text, span, NotificationId::TooDeep, "is nested too deep to be read");
        Node::new(span, Value::Unknown(String::new()))
    }

    /// Steps over a bracket with all it holds, however deep.
    fn skip_bracket(&mut self) {
        let mut open = 0_usize;
        while let Some(byte) = self.scan.peek() {
            match byte {
                b'{' | b'[' => open += 1,
                b'}' | b']' => open = open.saturating_sub(1),
                _ => {}
            }
            match byte {
                b'"' | b'\'' => drop(self.string(byte)),
                b'/' if self.comment() => {}
                _ => self.skip_char(),
            }
            if open == 0 {
                break;
            }
        }
        self.ended |= open > 0;
    }

    fn stop(&mut self) {
        let here = Span::new(self.scan.at, self.scan.at);
        self.defects.note(self.scan.text, here, NotificationId::Limit, "has too many values; the rest was not read");
        self.scan.at = self.scan.text.len();
        self.ended = true;
    }

    /// Moves over white space and comments.
    fn trivia(&mut self) {
        loop {
            self.scan.take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | 0x0b | 0x0c | 0x1e));
            match self.scan.peek() {
                Some(b'/') if self.comment() => {}
                Some(b'#') => self.scan.at = self.scan.line_end(),
                Some(0xc2 | 0xe1 | 0xe2 | 0xe3 | 0xef) if self.wide_space() => {}
                _ => return,
            }
        }
    }

    /// Steps over white space outside of ASCII, the byte order mark included.
    fn wide_space(&mut self) -> bool {
        let next = self.scan.text.get(self.scan.at..).and_then(|rest| rest.chars().next());
        let space = next.filter(|&found| found.is_whitespace() || found == '\u{FEFF}');
        self.scan.bump(space.map_or(0, char::len_utf8));
        space.is_some()
    }

    /// Steps over `//` to the line's end or `/*` to its end.
    fn comment(&mut self) -> bool {
        if self.scan.sees("//") {
            self.scan.at = self.scan.line_end();
            return true;
        }
        let start = self.scan.at;
        if !self.scan.eat("/*") {
            return false;
        }
        let rest = self.scan.text.as_bytes().get(self.scan.at..).unwrap_or_default();
        match memchr::memmem::find(rest, b"*/") {
            Some(end) => self.scan.bump(end + 2),
            None => {
                self.scan.bump(rest.len());
                self.syntax(Span::new(start, start + 2), "this comment is not closed");
            }
        }
        true
    }

    /// Steps over a template expression `{{ ... }}`.
    fn template(&mut self) -> Option<()> {
        let rest = self.scan.text.as_bytes().get(self.scan.at..)?;
        let near = rest.get(..LONGEST_TEMPLATE).unwrap_or(rest);
        self.scan.bump(memchr::memmem::find(near, b"}}")? + 2);
        Some(())
    }

    fn skip_char(&mut self) {
        let next = self.scan.text.get(self.scan.at..).and_then(|rest| rest.chars().next());
        self.scan.bump(next.map_or(1, char::len_utf8));
    }

    fn syntax(&mut self, span: Span, message: &'static str) {
        self.defects.syntax(self.scan.text, span, message);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        scan::check,
        tests::{check_cases, check_spans},
    };
    use crate::classify::Format;

    #[test]
    fn every_dialect_gives_the_same_tree() {
        check_cases(
            Format::Json,
            &[
                (r#"{"a": [1, -2.5e3, true, null], "b": {}}"#, &[r#"{"a": [1, -2500, true, null], "b": {}}"#], &[]),
                ("\u{FEFF}// c\n{ /* d */ \"a\": 1, }", &[r#"{"a": 1}"#], &[]),
                (
                    "{a: 'x', $b: 0xFF, c: +Infinity, d: .5, e: 5.,}",
                    &[r#"{"a": "x", "$b": 255, "c": inf, "d": 0.5, "e": 5}"#],
                    &[],
                ),
                (r#""\u00e9\ud83d\ude00\n\/""#, &[r#""é😀\n/""#], &[]),
                ("{\"a\":1}\n{\"a\":2}\n\n3\n", &[r#"{"a": 1}"#, r#"{"a": 2}"#, "3"], &[]),
                ("{\"a\": \"one\n two\"}", &[r#"{"a": "one\n two"}"#], &[]),
                (
                    "{\"a\": \"x {{ .y }}\", \"b\": {{ .z }}, \"c\": NaN}",
                    &[r#"{"a": ?x {{ .y }}, "b": ?{{ .z }}, "c": ?NaN}"#],
                    &[],
                ),
                ("{\"a\": 1, \"a\": 2}", &[r#"{"a": 1, "a": 2}"#], &[]),
                ("", &[], &[]),
            ],
        );
    }

    #[test]
    fn broken_texts_keep_what_can_be_read() {
        check_cases(
            Format::Json,
            &[
                (r#"{"a": 1 "b": 2}"#, &[r#"{"a": 1, "b": 2}"#], &["1:9"]),
                (r#"{"a": , "b": 2}"#, &[r#"{"a": ?, "b": 2}"#], &["1:2"]),
                (r#"{"a" 1, "b": 2}"#, &[r#"{"a": 1, "b": 2}"#], &["1:2"]),
                ("{\"a\"\n\"b\": 2}", &[r#"{"a": ?, "b": 2}"#], &["1:2", "2:1"]),
                ("{\"a\": \"x\n\"b\": 2}", &[r#"{"a": "x", "b": 2}"#], &["1:7", "2:1"]),
                (r#"{"a": [1, 2, "b": 3}"#, &[r#"{"a": [1, 2], "b": 3}"#], &["1:7"]),
                (r#"{"a": [1, {"b": 2]}"#, &[r#"{"a": [1, {"b": 2}]}"#], &["1:11"]),
                (r#"{"a": {"b": [1, 2"#, &[r#"{"a": {"b": [1, 2]}}"#], &["1:13"]),
                (r#"{"a": tru, "b": 2}"#, &[r#"{"a": ?tru, "b": 2}"#], &["1:7"]),
                (r#"{"a": 1 % 2 {3}, "b": 2}"#, &[r#"{"a": 1, "b": 2}"#], &["1:9"]),
                (r#"{"a": 1}} {"b": 2}"#, &[r#"{"a": 1}"#, r#"{"b": 2}"#], &["1:9"]),
                (r#"{"a": "\u12", "b": 2}"#, &["{\"a\": \"\u{FFFD}12\", \"b\": 2}"], &["1:8"]),
                ("just some words", &[], &["1:1"]),
                ("{,}", &["{}"], &["1:2"]),
            ],
        );
    }

    #[test]
    fn spans_hold_the_text_of_every_node() {
        let text = "// é\n{\"ä\" : [ 1.50,\t'x\\n' ], k: {  } }\n";
        check_spans(
            Format::Json,
            text,
            &["{\"ä\" : [ 1.50,\t'x\\n' ], k: {  } }", "\"ä\"", "[ 1.50,\t'x\\n' ]", "1.50", "'x\\n'", "k", "{  }"],
        );
    }

    #[test]
    fn hostile_texts_are_bounded() {
        let openings = [("[", "]"), ("{\"a\":", "}"), ("{a:[", "]}"), ("{{", "}}"), ("\"\\", "\n"), ("[{{,", "\"")];
        for (open, close) in openings {
            check::bounded(super::parse, open, "1", close);
        }
        check::survives(super::parse, "{\"a\": [1, 'x\\u0041', {b: /* c */ 0x1F}], // d\n \"{{ e }}\": {{ f }} }\n[]");
    }
}

//! XML as elements with places, for files whose tags need not match. Declarations are stepped over, so no entity but
//! the five of the standard is ever expanded.

mod tag;
mod text;

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

/// Parses one source. Every top-level element is a root.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text: &str = &source.text;
    let mut reader = Reader {
        scan: Scan::new(text),
        defects: Defects::default(),
        roots: Vec::new(),
        open: Vec::new(),
        skipped: 0,
        nodes: 0,
        templates: template::may_hold(text),
    };
    reader.read();
    (Document { roots: reader.roots }, reader.defects.notifications(source))
}

/// An element that is still open.
struct Element {
    start: usize,
    name: Span,
    attributes: Node,
    /// Where its content begins.
    content: usize,
    children: Vec<Node>,
    /// Text since the last child: its place and what it says.
    text: Option<(Span, String)>,
}

struct Reader<'a> {
    scan: Scan<'a>,
    defects: Defects,
    roots: Vec<Node>,
    open: Vec<Element>,
    /// Open elements beyond the deepest that are kept.
    skipped: usize,
    nodes: usize,
    templates: bool,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(byte) = self.scan.peek() {
            if self.nodes >= MAX_NODES {
                let here = Span::new(self.scan.at, self.scan.at);
                self.note(here, NotificationId::Limit, "has too many values; the rest was not read");
                break;
            }
            match byte {
                b'<' => self.markup(),
                _ => self.characters(),
            }
        }
        let end = self.scan.at;
        if let Some(element) = self.open.last() {
            let place = Span::new(element.start, element.name.to());
            self.syntax(place, "this element is not closed");
        }
        while !self.open.is_empty() {
            self.close(end, end);
        }
    }

    /// Whatever begins with `<`.
    fn markup(&mut self) {
        let start = self.scan.at;
        if self.scan.eat("<!--") {
            self.skip_to("-->", start, "this comment is not closed");
        } else if self.scan.eat("<![CDATA[") {
            let from = self.scan.at;
            self.skip_to("]]>", start, "this CDATA section is not closed");
            let end = if self.scan.at > from { self.scan.at } else { from };
            let inner = Span::new(from, end);
            let written = inner.text(self.scan.text);
            let literal = written.strip_suffix("]]>").unwrap_or(written).to_owned();
            self.add_text(Span::new(start, end), &literal);
        } else if self.scan.eat("<?") {
            self.skip_to("?>", start, "this instruction is not closed");
        } else if self.scan.eat("<!") {
            self.declaration(start);
        } else if self.scan.eat("</") {
            self.end_tag(start);
        } else if self.scan.ahead(1).is_some_and(starts_name) {
            self.start_tag();
        } else {
            self.syntax(Span::new(start, start + 1), "a `<` that begins no tag");
            self.scan.bump(1);
            self.add_text(Span::new(start, start + 1), "<");
        }
    }

    fn skip_to(&mut self, close: &str, start: usize, message: &'static str) {
        let rest = self.scan.text.as_bytes().get(self.scan.at..).unwrap_or_default();
        match memchr::memmem::find(rest, close.as_bytes()) {
            Some(end) => self.scan.bump(end + close.len()),
            None => {
                self.scan.bump(rest.len());
                self.syntax(Span::new(start, self.scan.at), message);
            }
        }
    }

    /// Steps over `<!DOCTYPE ...>` with the declarations that it may hold.
    fn declaration(&mut self, start: usize) {
        let mut brackets = 0_usize;
        while let Some(byte) = self.scan.peek() {
            match byte {
                b'[' => brackets += 1,
                b']' => brackets = brackets.saturating_sub(1),
                b'>' if brackets == 0 => return self.scan.bump(1),
                b'"' | b'\'' => {
                    let rest = self.scan.text.as_bytes().get(self.scan.at + 1..).unwrap_or_default();
                    self.scan.bump(memchr::memchr(byte, rest).map_or(0, |end| end + 1));
                }
                b'<' if brackets == 0 => break,
                _ if self.scan.sees("<!--") => {
                    let comment = self.scan.at;
                    self.skip_to("-->", comment, "this comment is not closed");
                    continue;
                }
                _ => {}
            }
            self.scan.bump(1);
        }
        self.syntax(Span::new(start, start + 2), "this declaration is not closed");
    }

    fn start_tag(&mut self) {
        let start = self.scan.at;
        let (name, attributes, empty) = self.tag();
        if self.open.len() >= MAX_DEPTH {
            if self.skipped == 0 {
                let span = Span::new(start, self.scan.at);
                self.note(span, NotificationId::TooDeep, "is nested too deep to be read");
                self.add(Node::new(span, Value::Unknown(String::new())));
            }
            self.skipped += usize::from(!empty);
            return;
        }
        let content = self.scan.at;
        self.open.push(Element { start, name, attributes, content, children: Vec::new(), text: None });
        if empty {
            self.close(content, content);
        }
    }

    fn end_tag(&mut self, start: usize) {
        let name = self.scan.take_while(continues_name).text(self.scan.text);
        self.scan.take_while(|byte| byte.is_ascii_whitespace());
        if !self.scan.eat(">") {
            self.syntax(Span::new(start, self.scan.at), "this tag is not closed");
        }
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        let found = self.open.iter().rposition(|element| element.name.text(self.scan.text) == name);
        let Some(found) = found else {
            return self.syntax(Span::new(start, self.scan.at), "an end tag without its start tag");
        };
        while self.open.len() > found + 1 {
            if let Some(element) = self.open.last() {
                let place = Span::new(element.start, element.name.to());
                self.syntax(place, "this element is not closed");
            }
            self.close(start, start);
        }
        self.close(start, self.scan.at);
    }

    /// Closes the innermost element: its content ends at one place, itself at another.
    fn close(&mut self, content: usize, end: usize) {
        self.finish_text();
        let Some(element) = self.open.pop() else { return };
        self.nodes += 3;
        let name = Node::string(element.name, element.name.text(self.scan.text));
        let children = Node::new(Span::new(element.content.min(content), content), Value::List(element.children));
        let mut node = Node::map(Span::new(element.start, end));
        node.set("@name", name);
        node.set("@attributes", element.attributes);
        node.set("@children", children);
        self.add(node);
    }

    fn add(&mut self, node: Node) {
        self.nodes += 1;
        self.finish_text();
        match self.open.last_mut() {
            Some(element) => element.children.push(node),
            None => self.roots.push(node),
        }
    }

    fn note(&mut self, span: Span, id: NotificationId, message: &'static str) {
        self.defects.note(self.scan.text, span, id, message);
    }

    fn syntax(&mut self, span: Span, message: &'static str) {
        self.note(span, NotificationId::Syntax, message);
    }
}

fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || byte >= 0x80
}

fn continues_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use super::super::{
        scan::check,
        tests::{check_cases, read, show},
    };
    use crate::{classify::Format, error::NotificationId};

    /// The tree of an element without its wrapping: `name{attributes}[children]`.
    fn element(name: &str, attributes: &str, children: &str) -> String {
        format!(r#"{{"@name": "{name}", "@attributes": {{{attributes}}}, "@children": [{children}]}}"#)
    }

    #[test]
    fn elements_become_maps() {
        let c = element("c", "", "");
        let cases = [
            (
                "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY x \"<y>]>\"> <!-- ' -->]>\n<a b='1 &lt; 2' c:d = \"&#x41;&e;\">\n x &amp; <![CDATA[<y>]]>\n <c/>z</a>\n",
                element("a", r#""b": "1 < 2", "c:d": "A&e;""#, &format!(r#""x & <y>", {c}, "z""#)),
            ),
            ("\u{FEFF}<a><!-- <b> --><c></c></a>", element("a", "", &c)),
            ("<a b=\"{{ d }}\">{{ e }}</a>", element("a", r#""b": ?{{ d }}"#, "?{{ e }}")),
            ("<é.1-x>😀</é.1-x>", element("é.1-x", "", "\"😀\"")),
            ("<a>x<!-- c -->y</a>", element("a", "", "\"xy\"")),
        ];
        for (text, expected) in cases {
            check_cases(Format::Xml, &[(text, &[expected.as_str()], &[])]);
        }
        check_cases(Format::Xml, &[("", &[], &[]), ("<!-- c -->", &[], &[])]);
    }

    #[test]
    fn broken_texts_keep_what_can_be_read() {
        let text = |name: &str, text: &str| element(name, "", &format!("{text:?}"));
        let cases: Vec<(&str, String, &[&str])> = vec![
            (
                "<a><b>1<c>2</c></a>",
                element("a", "", &element("b", "", &format!("\"1\", {}", text("c", "2")))),
                &["1:4"],
            ),
            ("<a>1</b></a>", text("a", "1"), &["1:5"]),
            ("<a><b>1</b>", element("a", "", &text("b", "1")), &["1:1"]),
            ("<a b=1 c d='2>x</a>", element("a", r#""b": "1", "c": null, "d": "2""#, "\"x\""), &["1:4", "1:8", "1:12"]),
            ("<a <b>1</b></a>", element("a", "", &text("b", "1")), &["1:1"]),
            ("<a>1 < 2 & 3</a>", text("a", "1 < 2 & 3"), &["1:6"]),
            ("<a>1</a", text("a", "1"), &["1:5"]),
            ("<a><!-- 1</a>", element("a", "", ""), &["1:4", "1:1"]),
            ("x<a/>", element("a", "", ""), &["1:1"]),
        ];
        for (text, expected, defects) in cases {
            check_cases(Format::Xml, &[(text, &[expected.as_str()], defects)]);
        }
    }

    #[test]
    fn spans_hold_the_text_of_every_part() {
        let text = "<!-- é -->\n<a b = '1' c=\"&lt;\"> \n x &amp; y <d/></a>";
        let (document, notes) = read(Format::Xml, text);
        assert_eq!(notes, []);
        let root = &document.roots[0];
        let attributes = root.get("@attributes").unwrap();
        let children = root.get("@children").unwrap();
        let found = [
            (root, "<a b = '1' c=\"&lt;\"> \n x &amp; y <d/></a>"),
            (root.get("@name").unwrap(), "a"),
            (attributes, "b = '1' c=\"&lt;\""),
            (&attributes.entries()[0].0, "b"),
            (&attributes.entries()[0].1, "'1'"),
            (&attributes.entries()[1].1, "\"&lt;\""),
            (children, " \n x &amp; y <d/>"),
            (&children.elements()[0], "x &amp; y"),
            (&children.elements()[1], "<d/>"),
        ];
        for (node, expected) in found {
            assert_eq!(node.span.text(text), expected, "{}", show(node));
        }
    }

    #[test]
    fn hostile_texts_are_bounded() {
        let openings =
            [("<a>", "</a>"), ("<a ", ">"), ("<a b='", "'>"), ("<!DOCTYPE [", "]>"), ("</a>", ""), ("<a><b></a>", "")];
        for (open, close) in openings {
            check::bounded(super::parse, open, "1", close);
        }
        let (document, notes) = read(Format::Xml, &format!("{}1{}", "<a>".repeat(300), "</a>".repeat(300)));
        assert_eq!(notes.iter().map(|note| note.id).collect::<Vec<_>>(), [NotificationId::TooDeep]);
        assert_eq!(document.roots.len(), 1);
        // Entities are never expanded, so laughing costs nothing.
        let bomb =
            "<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;\">]><a>&d;</a>";
        assert_eq!(show(&read(Format::Xml, bomb).0.roots[0]), element("a", "", "\"&d;\""));
        check::survives(
            super::parse,
            "<?x?><!DOCTYPE y [<!ENTITY z '>'>]><a b='1' c>x &#65;<![CDATA[y]]><!-- d --><e/></a>",
        );
    }
}

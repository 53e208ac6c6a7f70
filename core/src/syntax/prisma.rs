//! Prisma schemas: models with their fields, and the data source.

use super::{
    Document, MAX_NODES, Node, Value,
    scan::{Defects, trimmed},
};
use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::Span,
};

/// Parses one source. The root is one list of blocks.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text: &str = &source.text;
    let mut reader = Reader { text, defects: Defects::default(), blocks: Vec::new(), open: None, doc: None, nodes: 0 };
    reader.read();
    let root = Node::new(Span::new(0, text.len()), Value::List(reader.blocks));
    (Document { roots: vec![root] }, reader.defects.notifications(source))
}

/// A block that is not yet closed.
struct Block {
    header: Span,
    node: Node,
    columns: Vec<Node>,
    /// Its lines are settings, not fields.
    settings: bool,
    /// Nothing of it is kept (enumerations, generators).
    ignored: bool,
}

struct Reader<'a> {
    text: &'a str,
    defects: Defects,
    blocks: Vec<Node>,
    open: Option<Block>,
    /// Where the documentation begins that stands above the next field.
    doc: Option<usize>,
    nodes: usize,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut at = 0;
        for written in self.text.split_inclusive('\n') {
            let line = Span::new(at, at + written.len());
            at = line.to();
            if self.nodes >= MAX_NODES {
                let here = Span::new(line.from(), line.from());
                self.defects.note(self.text, here, NotificationId::Limit, "has too many values; the rest was not read");
                break;
            }
            self.line(line);
        }
        if let Some(block) = self.open.take() {
            self.unclosed(&block);
            self.close(block, at);
        }
    }

    /// One line: the beginning of a block, a part of one, its end, or all of it.
    fn line(&mut self, line: Span) {
        let (code_end, brace) = signs(line.text(self.text));
        let code = Span::new(line.from(), line.from() + code_end);
        let mut body = code;
        if let Some((header, rest)) = self.header(code) {
            let is_next = self.open.is_some() && !code.text(self.text).starts_with([' ', '\t']);
            if is_next {
                if let Some(block) = self.open.take() {
                    self.unclosed(&block);
                    self.close(block, line.from());
                }
            }
            if self.open.is_none() {
                self.begin(header);
                body = rest;
            }
        }
        let close = brace.map(|at| line.from() + at).filter(|&at| at >= body.from());
        let Some(mut block) = self.open.take() else { return };
        let part = trimmed(self.text, Span::new(body.from(), close.unwrap_or(body.to())));
        let comment = trimmed(self.text, Span::new(code.to(), line.to()));
        self.part(&mut block, part, comment);
        match close {
            Some(at) => self.close(block, at + 1),
            None => self.open = Some(block),
        }
    }

    /// `model X {`: the header with its brace, and what follows it.
    fn header(&self, code: Span) -> Option<(Span, Span)> {
        let written = code.text(self.text);
        let brace = written.find('{')?;
        let (before, _) = written.split_at_checked(brace)?;
        let mut words = before.split_whitespace();
        let known = ["model", "view", "type", "datasource", "generator", "enum"].contains(&words.next()?);
        (known && words.next().is_some() && words.next().is_none()).then(|| {
            let cut = code.from() + brace + 1;
            (trimmed(self.text, Span::new(code.from(), cut)), Span::new(cut, code.to()))
        })
    }

    fn begin(&mut self, header: Span) {
        let written = header.text(self.text);
        let word = written.split_whitespace().next().unwrap_or_default();
        let place = Span::new(header.from(), header.from() + word.len());
        let name = trimmed(self.text, Span::new(place.to(), header.to().saturating_sub(1)));
        let mut node = Node::map(header);
        node.set("statement", Node::string(place, word));
        node.set("table", Node::string(name, name.text(self.text)));
        let settings = word == "datasource";
        let ignored = matches!(word, "generator" | "enum");
        self.doc = None;
        self.open = Some(Block { header, node, columns: Vec::new(), settings, ignored });
    }

    /// What a line says inside of a block.
    fn part(&mut self, block: &mut Block, part: Span, comment: Span) {
        let is_doc = comment.text(self.text).starts_with("///");
        let written = part.text(self.text);
        if written.is_empty() {
            self.doc = if is_doc { self.doc.or(Some(comment.from())) } else { None };
            return;
        }
        let doc = self.doc.take();
        if block.ignored || written.starts_with("@@") {
            return;
        }
        self.nodes += 8;
        if block.settings {
            self.setting(block, part);
            return;
        }
        let name_end = written.find(char::is_whitespace).unwrap_or(written.len());
        let name = Span::new(part.from(), part.from() + name_end);
        let rest = trimmed(self.text, Span::new(name.to(), part.to()));
        let kind_end = type_end(rest.text(self.text));
        let kind = Span::new(rest.from(), rest.from() + kind_end);
        let whole = Span::new(doc.unwrap_or(part.from()), if is_doc { comment.to() } else { part.to() });
        let mut node = Node::map(whole);
        node.set("name", Node::string(name, name.text(self.text)));
        node.set("type", Node::string(kind, kind.text(self.text)));
        node.set("text", Node::string(whole, whole.text(self.text)));
        block.columns.push(node);
    }

    /// `provider = "postgresql"`.
    fn setting(&self, block: &mut Block, part: Span) {
        let written = part.text(self.text);
        let Some(sign) = written.find('=') else { return };
        let key = written.get(..sign).unwrap_or_default().trim();
        let value = trimmed(self.text, Span::new(part.from() + sign + 1, part.to()));
        let text = value.text(self.text);
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let node = match inner {
            Some(inner) => Node::string(value, inner),
            None => Node::new(value, Value::Unknown(text.to_owned())),
        };
        if matches!(key, "provider" | "url") {
            block.node.set(key, node);
        }
    }

    fn close(&mut self, mut block: Block, end: usize) {
        self.doc = None;
        if block.ignored {
            return;
        }
        block.node.span = Span::new(block.header.from(), end);
        if !block.settings {
            let empty = Span::new(block.header.to(), block.header.to());
            let place = block.columns.iter().map(|column| column.span).reduce(Span::cover).unwrap_or(empty);
            // Broken text may close a block before its last field.
            block.node.span = block.node.span.cover(place);
            block.node.set("columns", Node::new(place, Value::List(block.columns)));
        }
        self.nodes += 8;
        self.blocks.push(block.node);
    }

    fn unclosed(&mut self, block: &Block) {
        self.defects.syntax(self.text, block.header, "this block is not closed");
    }
}

/// Where a line's comment begins, and its first closing brace before that; strings hold neither.
fn signs(line: &str) -> (usize, Option<usize>) {
    let (mut quoted, mut escaped, mut before) = (false, false, b' ');
    let mut brace = None;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'/' if !quoted && before == b'/' => return (at - 1, brace),
            b'}' if !quoted && brace.is_none() => brace = Some(at),
            _ => {}
        }
        before = byte;
    }
    (line.len(), brace)
}

/// Length of a type: `Unsupported("point")?` is one.
fn type_end(text: &str) -> usize {
    let mut quoted = false;
    let end = text.find(|sign: char| {
        quoted ^= sign == '"';
        sign.is_whitespace() && !quoted
    });
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::super::{
        scan::check,
        tests::{check_cases, check_spans},
    };
    use crate::classify::Format;

    #[test]
    fn blocks_and_their_fields_are_read() {
        let model = r#"[{"statement": "model", "table": "A", "columns": [{"name": "b", "type": "String?", "text": "b String? @c(\"} // d\")"}]}]"#;
        check_cases(
            Format::Prisma,
            &[
                ("", &["[]"], &[]),
                (
                    "model A {\n  // e\n  b String? @c(\"} // d\") // f\n\n  @@map(\"g\")\n}\nenum H {\n  I\n}\n",
                    &[model],
                    &[],
                ),
                ("model A {\n  b String? @c(\"} // d\")\nenum H {\n  I\n}\n", &[model], &["1:1"]),
                (
                    "datasource db {\n  provider = \"mysql\"\n  url = env(\"U\")\n}\ngenerator c { provider = \"x\" }",
                    &[r#"[{"statement": "datasource", "table": "db", "provider": "mysql", "url": ?env("U")}]"#],
                    &[],
                ),
                (
                    "type T {\n  /// e\n  /// f\n  a Unsupported(\"b c\")? /// g\n}",
                    &[
                        r#"[{"statement": "type", "table": "T", "columns": [{"name": "a", "type": "Unsupported(\"b c\")?", "text": "/// e\n  /// f\n  a Unsupported(\"b c\")? /// g"}]}]"#,
                    ],
                    &[],
                ),
            ],
        );
    }

    #[test]
    fn spans_hold_the_text_of_every_part() {
        let text = "\nmodel  A  {\n  b  Int @id // c\n}\n";
        let (model, field) = ("model  A  {\n  b  Int @id // c\n}", "b  Int @id");
        let expected = [text, model, "", "model", "", "A", "", field, field, "", "b", "", "Int", "", field];
        check_spans(Format::Prisma, text, &expected);
    }

    #[test]
    fn hostile_texts_are_bounded() {
        for open in ["model a {\n", "model a {", "}", "\"", "///\n", "a b\n"] {
            check::bounded(super::parse, open, "", "}");
        }
        check::survives(
            super::parse,
            "model A {\n  /// é\n  b String @c(\"d\") /// e\n}\ndatasource f { url = env(\"g\") }\n",
        );
    }
}

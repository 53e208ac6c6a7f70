//! HCL as Terraform, OpenTofu, Packer and Terragrunt write it. The blocks are found first and each attribute is read
//! by itself, so that a defect costs one attribute and not the file.

mod expression;
mod skip;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::{
    expression::Budget,
    skip::{Broken, Within},
};
use super::{
    Document, MAX_DEPTH, MAX_NODES, Node, Value,
    scan::{Scan, trimmed},
};
use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::Span,
};

/// Parses one source: one root, a map from block types and attribute names.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text = &*source.text;
    let mut reader = Reader::new(text, true);
    if !reader.read() {
        // Something was never closed. Lines that can only start a block of the file say where it should have been.
        reader = Reader::new(text, false);
        reader.read();
    }
    let root = reader.finish();
    (Document { roots: vec![root] }, reader.budget.defects.notifications(source))
}

/// Block types that stand at the top of a file only, and whether they have labels.
const TOP: &[(&str, bool)] = &[
    ("resource", true),
    ("data", true),
    ("module", true),
    ("variable", true),
    ("output", true),
    ("provider", true),
    ("ephemeral", true),
    ("check", true),
    ("terraform", false),
    ("locals", false),
    ("moved", false),
    ("import", false),
    ("removed", false),
    ("source", true),
    ("build", false),
    ("packer", false),
    ("include", true),
    ("dependency", true),
    ("generate", true),
    ("remote_state", false),
    ("job", true),
];

/// Starts of the lines without indentation that open a block of the file.
fn headers(text: &str) -> Vec<usize> {
    let mut scan = Scan::new(text);
    let mut starts = Vec::new();
    while scan.peek().is_some() {
        let line = scan.take_line();
        let words = line.text(text);
        let is_header = TOP.iter().any(|(word, labelled)| {
            words.strip_prefix(word).is_some_and(|rest| {
                let rest = rest.trim_end();
                let quotes = rest.trim_start().starts_with('"');
                rest.ends_with('{') && rest.starts_with([' ', '"', '{', '\t']) && quotes == *labelled
            })
        });
        if is_header {
            starts.push(line.from());
        }
    }
    starts
}

/// Bytes that expressions without end may be followed for, beside four times the text; then they end on their line.
const PATIENCE: usize = 1 << 20;

/// Entries of one body while it is read.
#[derive(Default)]
struct Body {
    entries: Vec<(Node, Node)>,
    /// Block types seen, and the entry that lists their blocks.
    types: BTreeMap<String, usize>,
}

impl Body {
    fn add_block(&mut self, name: Node, block: Node) {
        let kind = name.as_str().unwrap_or_default().to_owned();
        let entry = self.types.get(&kind).and_then(|&index| self.entries.get_mut(index));
        match entry {
            Some((_, list)) => {
                list.span = list.span.cover(block.span);
                if let Value::List(blocks) = &mut list.value {
                    blocks.push(block);
                }
            }
            None => {
                self.types.insert(kind, self.entries.len());
                self.entries.push((name, Node::new(block.span, Value::List(vec![block]))));
            }
        }
    }
}

/// A block whose end was not seen yet.
struct Open {
    name: Node,
    header: Span,
    labels: Vec<Node>,
    body: Body,
}

struct Reader<'a> {
    scan: Scan<'a>,
    root: Body,
    open: Vec<Open>,
    /// Starts of the file's blocks, when braces do not tell; the next one last.
    headers: Vec<usize>,
    first: bool,
    patience: usize,
    budget: Budget,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, first: bool) -> Self {
        let mut headers = if first { Vec::new() } else { headers(text) };
        headers.reverse();
        Self {
            scan: Scan::new(text),
            root: Body::default(),
            open: Vec::new(),
            headers,
            first,
            patience: PATIENCE.saturating_add(text.len().saturating_mul(4)),
            budget: Budget::default(),
        }
    }

    /// Reads to the end. False when something was never closed; the first reading ends at once then.
    fn read(&mut self) -> bool {
        loop {
            skip::trivia(&mut self.scan);
            self.close_at_header();
            let start = self.scan.at;
            match self.scan.peek() {
                None => break,
                Some(b'}') => self.close(),
                Some(byte) if skip::starts_name(byte) || byte == b'"' => {
                    if self.statement().is_err() && self.first {
                        return false;
                    }
                }
                Some(_) => self.bad_line(start),
            }
            if self.budget.nodes > MAX_NODES {
                let rest = Span::new(self.scan.at, self.scan.text.len());
                let message = "holds more values than are read";
                self.budget.defects.note(self.scan.text, rest, NotificationId::Limit, message);
                break;
            }
        }
        self.open.is_empty()
    }

    /// The root node; blocks that are still open end at the end of the text.
    fn finish(&mut self) -> Node {
        self.close_all();
        let span = Span::new(0, self.scan.text.len());
        Node::new(span, Value::Map(std::mem::take(&mut self.root.entries)))
    }

    fn close_at_header(&mut self) {
        while let Some(&next) = self.headers.last() {
            if next > self.scan.at {
                return;
            }
            self.headers.pop();
            if next == self.scan.at {
                self.close_all();
            }
        }
    }

    fn close_all(&mut self) {
        if let Some(outermost) = self.open.first() {
            self.budget.defects.syntax(self.scan.text, outermost.header, "a block is not closed");
        }
        while !self.open.is_empty() {
            self.close_one();
        }
    }

    fn close(&mut self) {
        let brace = Span::new(self.scan.at, self.scan.at + 1);
        self.scan.bump(1);
        if self.open.is_empty() {
            self.budget.defects.syntax(self.scan.text, brace, "a brace closes nothing");
        } else {
            self.close_one();
        }
    }

    fn close_one(&mut self) {
        let Some(block) = self.open.pop() else { return };
        let place = Span::new(block.header.from(), block.header.from());
        let labels = block.labels.iter().map(|label| label.span).reduce(Span::cover).unwrap_or(place);
        let header = Node::string(block.header, block.header.text(self.scan.text));
        let mut entries = vec![
            (Node::string(place, "@header"), header),
            (Node::string(place, "@labels"), Node::new(labels, Value::List(block.labels))),
        ];
        entries.extend(block.body.entries);
        let node = Node::new(self.scan.since(block.header.from()), Value::Map(entries));
        self.body().add_block(block.name, node);
    }

    fn body(&mut self) -> &mut Body {
        self.open.last_mut().map_or(&mut self.root, |open| &mut open.body)
    }

    /// `name = value` or `type labels {`. `Err` when the text ended inside.
    fn statement(&mut self) -> Result<(), Broken> {
        let start = self.scan.at;
        let Some(name) = self.label() else {
            self.bad_line(start);
            return Ok(());
        };
        skip::blanks(&mut self.scan);
        if self.scan.peek() == Some(b'=') && self.scan.ahead(1) != Some(b'=') {
            self.scan.bump(1);
            return self.attribute(name);
        }
        let mut labels = Vec::new();
        while let Some(label) = self.label() {
            labels.push(label);
            skip::blanks(&mut self.scan);
        }
        let header = self.scan.since(start);
        skip::trivia(&mut self.scan);
        if self.scan.peek() != Some(b'{') {
            // At the end of the text this was a cut header or a comment without end; going back would read it twice.
            if self.scan.peek().is_some() {
                self.scan.at = start;
            }
            self.bad_line(start);
            return Ok(());
        }
        self.budget.nodes += 4 + labels.len();
        if self.open.len() + 2 >= MAX_DEPTH {
            return self.too_deep(header);
        }
        self.scan.bump(1);
        self.open.push(Open { name, header, labels, body: Body::default() });
        Ok(())
    }

    /// A name or a quoted string without templates.
    fn label(&mut self) -> Option<Node> {
        let start = self.scan.at;
        if self.scan.peek() == Some(b'"') {
            let line = self.scan.line_end();
            let mut ahead = Scan { text: self.scan.text.get(..line)?, at: start };
            let node = expression::string(&mut ahead, &mut Budget::default()).ok()?;
            node.as_str()?;
            self.scan.at = ahead.at;
            return Some(node);
        }
        self.scan.peek().filter(|&byte| skip::starts_name(byte))?;
        let span = self.scan.take_while(skip::continues_name);
        Some(Node::string(span, span.text(self.scan.text)))
    }

    fn too_deep(&mut self, header: Span) -> Result<(), Broken> {
        let message = "is nested deeper than is read";
        self.budget.defects.note(self.scan.text, header, NotificationId::TooDeep, message);
        let end = skip::bracket(&mut self.scan);
        if end.is_err() {
            self.scan.at = self.headers.last().copied().unwrap_or(self.scan.text.len());
        }
        end.map(|_| ())
    }

    fn attribute(&mut self, name: Node) -> Result<(), Broken> {
        let sign = self.scan.at;
        skip::blanks(&mut self.scan);
        let start = self.scan.at;
        let mut result = Err(Broken);
        for limit in self.limits() {
            let Some(text) = self.scan.text.get(..limit) else { continue };
            let mut ahead = Scan { text, at: start };
            result = expression::value(&mut ahead, Within::Body, self.open.len() + 2, &mut self.budget);
            if result.is_ok() {
                self.scan.at = ahead.at;
                break;
            }
            self.patience = self.patience.saturating_sub(limit.saturating_sub(start));
        }
        let broken = result.is_err();
        let mut value = result.unwrap_or_else(|_| {
            self.scan.at = self.scan.line_end();
            expression::unknown(&self.scan, start)
        });
        if value.span.is_empty() {
            value.span = Span::new(sign, sign);
        }
        if broken || value.span.is_empty() {
            let place = name.span.cover(value.span);
            let message = if broken { "an expression is not closed" } else { "an attribute has no value" };
            self.budget.defects.syntax(self.scan.text, place, message);
        }
        self.body().entries.push((name, value));
        if broken { Err(Broken) } else { Ok(()) }
    }

    /// Where an expression that starts here must end at the latest, in order of trial.
    fn limits(&self) -> Vec<usize> {
        let (line, end) = (self.scan.line_end(), self.scan.text.len());
        if self.patience == 0 {
            return vec![line];
        }
        match self.headers.last() {
            // A heredoc may well hold what looks like a block of the file.
            Some(&header) if Span::new(self.scan.at, line).text(self.scan.text).contains("<<") => vec![header, end],
            Some(&header) => vec![header],
            None => vec![end],
        }
    }

    fn bad_line(&mut self, start: usize) {
        self.scan.take_line();
        let span = trimmed(self.scan.text, Span::new(start, self.scan.at));
        self.budget.defects.syntax(self.scan.text, span, "is neither an attribute nor a block");
    }
}

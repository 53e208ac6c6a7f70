//! Dockerfiles and Containerfiles: one map for each instruction, with the stage it belongs to.

mod line;
#[cfg(test)]
mod tests;

use self::line::{Line, Word};
use super::{
    Document, MAX_NODES, Node, Value, hole,
    scan::{Defects, Scan, trimmed},
};
use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::Span,
};

/// Instructions that Docker, BuildKit, Podman and Buildah know.
const INSTRUCTIONS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Parses one source: one root, the list of instructions.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text = &*source.text;
    let mut reader = Reader {
        scan: Scan::new(text),
        escape: escape_of(text),
        stages: 0,
        stage: None,
        nodes: 0,
        patience: (1 << 20) + text.len().saturating_mul(4),
        items: Vec::new(),
        defects: Defects::default(),
    };
    reader.read();
    let root = Node::new(Span::new(0, text.len()), Value::List(reader.items));
    (Document { roots: vec![root] }, reader.defects.notifications(source))
}

/// The escape character: a backslash, unless a directive in the first comments says `` ` ``.
fn escape_of(text: &str) -> u8 {
    let mut scan = Scan::new(text);
    while scan.peek().is_some() {
        let line = scan.take_line().text(text).trim();
        let Some((name, value)) = line.strip_prefix('#').and_then(|rest| rest.split_once('=')) else { break };
        if name.trim().eq_ignore_ascii_case("escape") {
            return if value.trim() == "`" { b'`' } else { b'\\' };
        }
    }
    b'\\'
}

struct Reader<'a> {
    scan: Scan<'a>,
    escape: u8,
    stages: usize,
    /// Name or number of the stage.
    stage: Option<String>,
    nodes: usize,
    /// Bytes that may still be searched for the ends of here-documents that have none.
    patience: usize,
    items: Vec<Node>,
    defects: Defects,
}

impl<'a> Reader<'a> {
    fn read(&mut self) {
        let text = self.scan.text;
        loop {
            self.scan.take_while(|byte| byte.is_ascii_whitespace());
            let Some(byte) = self.scan.peek() else { break };
            if byte == b'#' {
                self.scan.take_line();
                continue;
            }
            if self.nodes > MAX_NODES {
                let rest = Span::new(self.scan.at, text.len());
                let message = "holds more instructions than are read";
                self.defects.note(text, rest, NotificationId::Limit, message);
                break;
            }
            let start = self.scan.at;
            let name = self.scan.take_while(|byte| byte.is_ascii_alphabetic());
            let upper = name.text(text).to_ascii_uppercase();
            let apart = self.scan.peek().is_none_or(|byte| byte.is_ascii_whitespace() || byte == self.escape);
            if INSTRUCTIONS.contains(&upper.as_str()) && apart {
                self.instruction(name, upper);
            } else {
                self.scan.at = start;
                let length = hole::here(&self.scan).unwrap_or(0);
                self.scan.bump(length);
                let line = self.scan.take_line();
                let whole = trimmed(text, Span::new(start, line.to()));
                self.defects.syntax(text, whole, "is not an instruction");
            }
        }
    }

    fn instruction(&mut self, name: Span, upper: String) {
        let text = self.scan.text;
        let line = Line::read(&mut self.scan, self.escape);
        let mut words = line.words();
        let flags = take_flags(&line, &mut words, &upper);
        let first = words.first().map_or(line.span.to(), |word| word.span.from());
        let elements = line.exec_form(first);
        let is_exec = elements.is_some();
        let mut arguments = elements.unwrap_or_else(|| words.iter().map(Word::node).collect());
        if upper == "FROM" {
            self.begin_stage(&mut arguments, name);
        }
        let span = trimmed(text, Span::new(name.from(), line.span.to().max(name.to())));
        let end = Span::new(span.to(), span.to());
        let body = if words.is_empty() { end } else { trimmed(text, Span::new(first, line.span.to())) };
        let pairs = pairs(&line, &words, &upper);
        let heredocs = if matches!(&*upper, "RUN" | "COPY" | "ADD") { self.heredocs(&words) } else { Vec::new() };
        self.nodes += 10 + arguments.len() + 2 * (flags.len() + pairs.len()) + 4 * heredocs.len();

        let place = Span::new(name.from(), name.from());
        let mut node = Node::map(span);
        node.set("instruction", Node::string(name, upper));
        node.set("arguments", Node::new(body, Value::List(arguments)));
        node.set("text", Node::string(body, line.text_from(first)));
        node.set("exec", Node::new(place, Value::Bool(is_exec)));
        if let Some(stage) = &self.stage {
            node.set("stage", Node::string(place, &**stage));
        }
        if !flags.is_empty() {
            node.set("flags", Node::new(span, Value::Map(flags)));
        }
        if !pairs.is_empty() {
            node.set("pairs", Node::new(body, Value::Map(pairs)));
        }
        if let Some(all) = heredocs.iter().map(|heredoc| heredoc.span).reduce(Span::cover) {
            node.span = node.span.cover(all);
            node.set("heredocs", Node::new(all, Value::List(heredocs)));
        }
        self.items.push(node);
    }

    /// A stage has the name behind `AS`, or its number. An image that a variable is part of is unknown.
    fn begin_stage(&mut self, arguments: &mut [Node], name: Span) {
        let word = |index: usize| arguments.get(index).and_then(Node::as_str).unwrap_or_default();
        let given = if word(1).eq_ignore_ascii_case("as") { word(2).to_ascii_lowercase() } else { String::new() };
        self.stage = Some(if given.is_empty() { self.stages.to_string() } else { given });
        self.stages += 1;
        match arguments.first_mut() {
            None => self.defects.syntax(self.scan.text, name, "names no image"),
            Some(image) => {
                if let Some(text) = image.as_str().filter(|text| text.contains('$')) {
                    image.value = Value::Unknown(text.to_owned());
                }
            }
        }
    }

    /// The bodies of `<<NAME` words, which follow the instruction's line.
    fn heredocs(&mut self, words: &[Word]) -> Vec<Node> {
        let mut found = Vec::new();
        for word in words {
            let Some((indented, name)) = word.heredoc() else { continue };
            let start = self.scan.at;
            let Some(body) = self.take_body(&name, indented) else {
                // Before BuildKit this was the shell's business, and it saw an empty text.
                self.defects.syntax(self.scan.text, word.span, "a here-document is not closed");
                continue;
            };
            let raw = body.text(self.scan.text);
            let text = if indented {
                raw.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
            } else {
                raw.to_owned()
            };
            let mut node = Node::map(self.scan.since(start).cover(body));
            node.set("name", Node::string(Span::new(start, start), name));
            node.set("text", Node::string(body, text));
            found.push(node);
        }
        found
    }

    /// Steps over a here-document; the span of its lines.
    fn take_body(&mut self, name: &str, indented: bool) -> Option<Span> {
        let mut ahead = self.scan;
        while ahead.peek().is_some() && self.patience > 0 {
            let at = ahead.at;
            let line = ahead.take_line().text(self.scan.text);
            if line == name || (indented && line.trim_start_matches('\t') == name) {
                let body = Span::new(self.scan.at, at);
                self.scan = ahead;
                return Some(body);
            }
        }
        self.patience = self.patience.saturating_sub(ahead.at - self.scan.at);
        None
    }
}

/// Takes `--name=value` words off the front, where an instruction has such.
fn take_flags(line: &Line, words: &mut Vec<Word>, instruction: &str) -> Vec<(Node, Node)> {
    if !matches!(instruction, "FROM" | "COPY" | "ADD" | "RUN" | "HEALTHCHECK") {
        return Vec::new();
    }
    let count = words.iter().take_while(|word| word.raw.starts_with("--") && word.raw.len() > 2).count();
    let flag = |word: Word| {
        let (mut name, value) = line.pair(&word);
        let yes = Node::new(Span::new(word.span.to(), word.span.to()), Value::Bool(true));
        if let Value::String(text) = &mut name.value {
            text.drain(..2.min(text.len()));
        }
        (name, value.unwrap_or(yes))
    };
    words.drain(..count).map(flag).collect()
}

/// Names and values that `ARG`, `ENV` and `LABEL` set. An `ARG` without a default is null.
fn pairs(line: &Line, words: &[Word], instruction: &str) -> Vec<(Node, Node)> {
    let is_old = words.first().is_some_and(|word| !word.raw.contains('='));
    match instruction {
        "ENV" | "LABEL" if is_old => line.old_pair(words).into_iter().collect(),
        "ARG" | "ENV" | "LABEL" => words
            .iter()
            .map(|word| {
                let (name, value) = line.pair(word);
                let none = Node::new(Span::new(word.span.to(), word.span.to()), Value::Null);
                (name, value.unwrap_or(none))
            })
            .collect(),
        _ => Vec::new(),
    }
}

//! nginx configuration: directives with arguments and blocks. Templates of it are read too, their holes unknown.

mod lexer;
#[cfg(test)]
mod tests;

use super::{
    Document, MAX_DEPTH, MAX_NODES, Node, Value, hole,
    scan::{Defects, Scan},
};
use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::Span,
};

/// Name of the directive that stands for a line of a template engine (`{% if x %}`, `{{ end }}`).
pub(crate) const TEMPLATE: &str = "@template";

/// Parses one source: one root, the list of directives.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let mut reader = Reader {
        scan: Scan::new(&source.text),
        root: Vec::new(),
        open: Vec::new(),
        beyond: 0,
        nodes: 0,
        defects: Defects::default(),
    };
    reader.read();
    let root = Node::new(Span::new(0, source.text.len()), Value::List(reader.root));
    (Document { roots: vec![root] }, reader.defects.notifications(source))
}

/// A directive before its end was seen.
struct Head {
    name: Node,
    arguments: Vec<Node>,
}

struct Open {
    head: Head,
    brace: usize,
    block: Vec<Node>,
}

struct Reader<'a> {
    scan: Scan<'a>,
    root: Vec<Node>,
    open: Vec<Open>,
    /// Blocks open deeper than is kept.
    beyond: usize,
    nodes: usize,
    defects: Defects,
}

impl Reader<'_> {
    fn read(&mut self) {
        loop {
            lexer::trivia(&mut self.scan);
            if self.nodes > MAX_NODES {
                let rest = Span::new(self.scan.at, self.scan.text.len());
                let message = "holds more directives than are read";
                self.defects.note(self.scan.text, rest, NotificationId::Limit, message);
                break;
            }
            match self.scan.peek() {
                None => break,
                Some(b'}') => self.close(),
                Some(b';') => self.scan.bump(1),
                Some(b'{' | b'<') if self.template() => {}
                Some(b'{') if hole::here(&self.scan).is_none() => {
                    let name = Node::string(Span::new(self.scan.at, self.scan.at), "");
                    self.scan.bump(1);
                    self.defects.syntax(self.scan.text, name.span.cover(self.here()), "a block has no name");
                    self.open(Head { name, arguments: Vec::new() });
                }
                Some(_) => self.directive(),
            }
        }
        self.beyond = 0;
        while !self.open.is_empty() {
            if self.open.len() == 1 {
                self.note_open();
            }
            self.end_block();
        }
    }

    fn here(&self) -> Span {
        Span::new(self.scan.at, self.scan.at)
    }

    fn note_open(&mut self) {
        let header = self.open.last().map(|open| Span::new(open.head.name.span.from(), open.brace + 1));
        self.defects.syntax(self.scan.text, header.unwrap_or_default(), "a block is not closed");
    }

    /// A line of a template engine: a hole with nothing behind it on its line.
    fn template(&mut self) -> bool {
        let Some(length) = hole::here(&self.scan) else { return false };
        let span = Span::new(self.scan.at, self.scan.at + length);
        let mut ahead = Scan { text: self.scan.text, at: span.to() };
        ahead.skip_blanks();
        let alone = matches!(ahead.peek(), None | Some(b'\r' | b'\n' | b'#' | b'}')) || hole::here(&ahead).is_some();
        if alone {
            self.scan.at = span.to();
            let name = Node::string(Span::new(span.from(), span.from()), TEMPLATE);
            let argument = Node::new(span, Value::Unknown(span.text(self.scan.text).to_owned()));
            self.add(Head { name, arguments: vec![argument] }, None);
        }
        alone
    }

    fn directive(&mut self) {
        let Some(name) = lexer::word(&mut self.scan, &mut self.defects) else {
            self.scan.bump(1);
            return;
        };
        let mut head = Head { name, arguments: Vec::new() };
        let end = self.scan.at;
        loop {
            let last = self.scan.at;
            lexer::trivia(&mut self.scan);
            match self.scan.peek() {
                Some(b';') => {
                    self.scan.bump(1);
                    return self.add(head, None);
                }
                Some(b'{') if hole::here(&self.scan).is_none() => return self.open_after(head),
                None | Some(b'}') => {
                    self.scan.at = last;
                    let span = Span::new(head.name.span.from(), last.max(end));
                    self.defects.syntax(self.scan.text, span, "a directive has no semicolon");
                    return self.add(head, None);
                }
                Some(_) => match lexer::word(&mut self.scan, &mut self.defects) {
                    Some(argument) => head.arguments.push(argument),
                    None => self.scan.bump(1),
                },
            }
        }
    }

    fn open_after(&mut self, head: Head) {
        let name = head.name.as_str().unwrap_or_default();
        if name.ends_with("_by_lua_block") {
            self.scan.bump(1);
            return self.lua(head);
        }
        // These stand in `http` or alone: one inside a server says that the server's brace was forgotten.
        if matches!(name, "server" | "upstream" | "http") {
            self.close_forgotten(name == "http");
        }
        self.scan.bump(1);
        self.open(head);
    }

    fn close_forgotten(&mut self, all: bool) {
        let name = |open: &Open| open.head.name.as_str().unwrap_or_default().to_owned();
        let Some(keep) = self.open.iter().position(|open| name(open) == "server" || (all && name(open) == "http"))
        else {
            return;
        };
        self.beyond = 0;
        // The block ends before the directive that shows it, whose name and arguments were read already.
        while self.open.len() > keep {
            if self.open.len() == keep + 1 {
                self.note_open();
            }
            let end = self
                .open
                .last()
                .map_or(0, |open| open.block.last().map_or(open.brace + 1, |directive| directive.span.to()));
            self.end_block_at(end);
        }
    }

    fn open(&mut self, head: Head) {
        let brace = self.scan.at - 1;
        if self.beyond > 0 || self.open.len() * 3 + 6 > MAX_DEPTH {
            self.beyond += 1;
            let message = "is nested deeper than is read";
            self.defects.note(self.scan.text, head.name.span, NotificationId::TooDeep, message);
            return;
        }
        self.open.push(Open { head, brace, block: Vec::new() });
    }

    fn close(&mut self) {
        self.scan.bump(1);
        if self.beyond > 0 {
            self.beyond -= 1;
        } else if self.open.is_empty() {
            let brace = Span::new(self.scan.at - 1, self.scan.at);
            self.defects.syntax(self.scan.text, brace, "a brace closes nothing");
        } else {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        self.end_block_at(self.scan.at);
    }

    fn end_block_at(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let at = std::mem::replace(&mut self.scan.at, end);
        let last = open.block.last().map(|directive| directive.span);
        let span = self.scan.since(open.brace).cover(last.unwrap_or(Span::new(open.brace, open.brace + 1)));
        self.add(open.head, Some(("block", Node::new(span, Value::List(open.block)))));
        self.scan.at = at;
    }

    fn lua(&mut self, head: Head) {
        let start = self.scan.at;
        let text = lexer::lua(&mut self.scan).unwrap_or_else(|| {
            let header = Span::new(head.name.span.from(), start);
            self.defects.syntax(self.scan.text, header, "a block is not closed");
            self.scan.since(start)
        });
        let node = Node::string(text, text.text(self.scan.text));
        self.add(head, Some(("text", node)));
    }

    /// Adds a finished directive, which ends at the cursor, to the block it stands in.
    fn add(&mut self, head: Head, more: Option<(&str, Node)>) {
        self.nodes += 8 + head.arguments.len();
        if self.beyond > 0 {
            return;
        }
        let start = head.name.span.from();
        let behind = Span::new(head.name.span.to(), head.name.span.to());
        let arguments = head.arguments.iter().map(|argument| argument.span).reduce(Span::cover).unwrap_or(behind);
        let mut node = Node::map(self.scan.since(start).cover(head.name.span).cover(arguments));
        node.set("name", head.name);
        node.set("arguments", Node::new(arguments, Value::List(head.arguments)));
        if let Some((key, value)) = more {
            node.span = node.span.cover(value.span);
            node.set(key, value);
        }
        self.open.last_mut().map_or(&mut self.root, |open| &mut open.block).push(node);
    }
}

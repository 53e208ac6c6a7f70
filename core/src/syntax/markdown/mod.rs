//! Markdown as a flat list of blocks: headings, items, table rows, paragraphs, quotes, code, comments.

mod inline;
#[cfg(test)]
mod tests;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use self::inline::{Gather, comment_of};
use super::{
    Document, MAX_NODES, Node, Value,
    scan::{Defects, Scan, trimmed},
};
use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::Span,
};

/// Parses one source: one root, the list of blocks.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text = &*source.text;
    let mut reader = Reader::new(text);
    let start = reader.front_matter();
    let rest = text.get(start..).unwrap_or_default();
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut defects = Defects::default();
    for (event, range) in Parser::new_ext(rest, options).into_offset_iter() {
        let span = Span::new(range.start, range.end).shifted(start);
        if reader.nodes > MAX_NODES {
            defects.note(text, span, NotificationId::Limit, "holds more blocks than are read");
            break;
        }
        reader.event(event, span);
    }
    let root = Node::new(Span::new(0, text.len()), Value::List(reader.blocks));
    (Document { roots: vec![root] }, defects.notifications(source))
}

/// Columns of a table whose titles are repeated with each row.
const COLUMNS: usize = 64;

/// A block that is being read.
struct Block {
    kind: &'static str,
    level: usize,
    span: Span,
    gather: Gather,
    ordered: Option<bool>,
    checked: Option<bool>,
    language: Option<String>,
}

impl Block {
    fn new(kind: &'static str, level: usize, span: Span) -> Self {
        Self { kind, level, span, gather: Gather::default(), ordered: None, checked: None, language: None }
    }
}

struct Reader<'a> {
    text: &'a str,
    blocks: Vec<Node>,
    nodes: usize,
    /// Open lists, outermost first: whether each is numbered.
    lists: Vec<bool>,
    quotes: usize,
    open: Option<Block>,
    /// Items open, and for each whether its own line was read.
    items: Vec<bool>,
    cells: Vec<Node>,
    titles: Vec<Node>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            blocks: Vec::new(),
            nodes: 0,
            lists: Vec::new(),
            quotes: 0,
            open: None,
            items: Vec::new(),
            cells: Vec::new(),
            titles: Vec::new(),
        }
    }

    /// Text between `---` or `+++` lines at the very start becomes a block; where the Markdown starts.
    fn front_matter(&mut self) -> usize {
        let mut scan = Scan::new(self.text);
        let start = scan.at;
        let fence = scan.take_line().text(self.text).trim_end();
        if !matches!(fence, "---" | "+++") {
            return start;
        }
        let content = scan.at;
        while scan.peek().is_some() {
            let line = scan.take_line();
            let words = line.text(self.text).trim_end();
            if words == fence || (fence == "---" && words == "...") {
                let mut block = Block::new("front-matter", 0, Span::new(start, line.from() + words.len()));
                block.language = Some(if fence == "---" { "yaml" } else { "toml" }.to_owned());
                let inner = Span::new(content, line.from());
                block.gather.push(inner.text(self.text), inner);
                self.push_raw(block);
                return scan.at;
            }
        }
        start
    }

    fn event(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(tag),
            Event::Html(html) => self.with(|gather| gather.push(&html, span)),
            Event::TaskListMarker(checked) => {
                if let Some(block) = &mut self.open {
                    block.checked = Some(checked);
                }
            }
            other => self.with(|gather| gather.inline(other, span)),
        }
    }

    fn with(&mut self, change: impl FnOnce(&mut Gather)) {
        if let Some(block) = &mut self.open {
            change(&mut block.gather);
        }
    }

    fn start(&mut self, tag: Tag<'_>, span: Span) {
        match tag {
            // The first paragraph of an item is the item's own line.
            Tag::Paragraph if self.open.is_some() => {}
            Tag::Paragraph => {
                let kind = if self.quotes > 0 { "quote" } else { "paragraph" };
                self.open_block(Block::new(kind, self.lists.len(), span));
            }
            Tag::Heading { level, .. } => self.open_block(Block::new("heading", number(level), span)),
            Tag::BlockQuote(_) => {
                self.flush();
                self.quotes += 1;
            }
            Tag::CodeBlock(kind) => {
                let mut block = Block::new("code", 0, span);
                block.language = match kind {
                    CodeBlockKind::Fenced(word) => Some(word.split_whitespace().next().unwrap_or_default().to_owned()),
                    CodeBlockKind::Indented => None,
                };
                self.open_block(block);
            }
            Tag::HtmlBlock => self.open_block(Block::new("html", 0, span)),
            Tag::List(first) => {
                self.flush();
                self.lists.push(first.is_some());
            }
            Tag::Item => {
                let mut block = Block::new("item", self.lists.len(), span);
                block.ordered = self.lists.last().copied();
                self.items.push(false);
                self.open_block(block);
            }
            Tag::Table(_) => {
                self.flush();
                self.titles.clear();
            }
            Tag::TableRow => self.cells.clear(),
            Tag::TableHead => self.cells.clear(),
            Tag::TableCell => self.open_block(Block::new("cell", 0, span)),
            other => self.with(|gather| gather.start(&other, span)),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) => self.flush(),
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::CodeBlock | TagEnd::HtmlBlock => {
                if let Some(block) = self.open.take() {
                    self.push_raw(block);
                }
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Item => {
                self.flush();
                self.items.pop();
            }
            TagEnd::TableCell => {
                if let Some(block) = self.open.take() {
                    self.nodes += 1;
                    self.cells.push(block.gather.text_node(self.text, block.span));
                }
            }
            TagEnd::TableHead => self.titles = std::mem::take(&mut self.cells),
            TagEnd::TableRow => self.row(),
            other => self.with(|gather| gather.end(&other)),
        }
    }

    fn open_block(&mut self, block: Block) {
        self.flush();
        self.open = Some(block);
    }

    /// Ends the block that is open, if any.
    fn flush(&mut self) {
        let Some(mut block) = self.open.take() else { return };
        if block.kind == "item" {
            // A pulldown item reaches over its nested lists; the block is its own line.
            let end = block.gather.end_of().unwrap_or_else(|| line_end(self.text, block.span));
            block.span = trimmed(self.text, Span::new(block.span.from(), end));
            if let Some(read) = self.items.last_mut() {
                *read = true;
            }
        }
        block.span = trimmed(self.text, block.span);
        self.push(block);
    }

    fn push(&mut self, block: Block) {
        let text = block.gather.text_node(self.text, block.span);
        let mut node = Node::map(block.span.cover(text.span));
        let place = Span::new(block.span.from(), block.span.from());
        node.set("type", Node::string(place, block.kind));
        node.set("level", Node::new(place, Value::Number(block.level as f64)));
        node.set("text", text);
        if let Some(ordered) = block.ordered {
            node.set("ordered", Node::new(place, Value::Bool(ordered)));
        }
        if let Some(checked) = block.checked {
            node.set("checked", Node::new(place, Value::Bool(checked)));
        }
        if let Some(language) = block.language {
            node.set("language", Node::string(place, language));
        }
        self.nodes += 8 + block.gather.count();
        block.gather.finish(&mut node);
        self.blocks.push(node);
    }

    /// Code, HTML and front matter keep their text as it is; a comment inside an item belongs to the item.
    fn push_raw(&mut self, mut block: Block) {
        block.span = trimmed(self.text, block.span);
        if let Some((inner, span)) = comment_of(self.text, block.span).filter(|_| block.kind == "html") {
            let comment = Node::string(span, inner);
            if self.items.last() == Some(&true)
                && let Some(item) = self.blocks.last_mut().filter(|last| last.get("ordered").is_some())
            {
                item.span = item.span.cover(span);
                item.set("comment", comment);
                return;
            }
            block.kind = "comment";
            block.gather = Gather::default();
            block.gather.push(inner, span);
        }
        self.push(block);
    }

    fn row(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        let Some(span) = cells.iter().map(|cell| cell.span).reduce(Span::cover) else { return };
        let (from, to) = (line_start(self.text, span), Scan { text: self.text, at: span.to() }.line_end());
        let span = trimmed(self.text, Span::new(from, to)).cover(span);
        let place = Span::new(span.from(), span.from());
        let title = |node: &Node| Node::string(place, node.as_str().unwrap_or_default());
        let titles: Vec<_> = self.titles.iter().take(COLUMNS).map(title).collect();
        self.nodes += 6 + titles.len();
        let words: Vec<_> = cells.iter().filter_map(Node::as_str).collect();
        let mut node = Node::map(span);
        node.set("type", Node::string(place, "row"));
        node.set("level", Node::new(place, Value::Number(0.0)));
        node.set("text", Node::string(span, words.join(" | ")));
        node.set("cells", Node::new(span, Value::List(cells)));
        node.set("header", Node::new(place, Value::List(titles)));
        self.blocks.push(node);
    }
}

fn number(level: HeadingLevel) -> usize {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// Where the first line of a span ends.
fn line_end(text: &str, span: Span) -> usize {
    Scan { text, at: span.from() }.line_end().min(span.to().max(span.from()))
}

/// Where the line starts that a span starts in.
fn line_start(text: &str, span: Span) -> usize {
    text.get(..span.from()).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |at| at + 1)
}

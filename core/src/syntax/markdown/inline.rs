//! Text of one Markdown block with its markup removed, and what the markup said.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::super::{Node, Value, scan::trimmed};
use crate::span::Span;

/// HTML elements that only dress text. Any other `<word>` in prose is text: `<your region>`.
const DRESS: &[&str] = &[
    "a", "abbr", "b", "br", "center", "code", "del", "details", "div", "em", "font", "h1", "h2", "h3", "h4", "hr", "i",
    "img", "input", "ins", "kbd", "label", "li", "mark", "nobr", "ol", "p", "picture", "pre", "q", "s", "samp",
    "small", "source", "span", "strike", "strong", "sub", "summary", "sup", "table", "td", "th", "tr", "tt", "u", "ul",
    "var", "wbr",
];

/// What the inline events of a block add up to.
#[derive(Default)]
pub(super) struct Gather {
    text: String,
    /// Place of the text, markup between its parts included.
    span: Option<Span>,
    comment: Option<Node>,
    /// Bold text and inline code: how documents mark the chosen one of several words.
    marks: Vec<Node>,
    links: Vec<Node>,
    /// Bold parts that are open, and where the text and the place of the outermost start.
    bold: usize,
    outermost: (usize, Span),
    struck: usize,
}

impl Gather {
    /// Adds text as it is.
    pub(super) fn push(&mut self, text: &str, span: Span) {
        self.text.push_str(text);
        self.cover(span);
    }

    fn cover(&mut self, span: Span) {
        self.span = Some(self.span.map_or(span, |all| all.cover(span)));
    }

    /// Adds an inline event that is neither a start nor an end.
    pub(super) fn inline(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::InlineHtml(html) => self.html(&html, span),
            _ if self.struck > 0 => {}
            Event::Text(text) => self.push(&text, span),
            Event::Code(text) => {
                self.marks.push(Node::string(span, &*text));
                self.push(&text, span);
            }
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            _ => {}
        }
    }

    fn html(&mut self, html: &str, span: Span) {
        if let Some(inner) = html.strip_prefix("<!--") {
            let inner = inner.strip_suffix("-->").unwrap_or(inner);
            self.comment = Some(Node::string(span, inner.trim()));
            return;
        }
        let name: String = html
            .trim_start_matches(['<', '/'])
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        let plain = html.trim_end_matches('>').trim_end_matches('/').trim_start_matches(['<', '/']).trim();
        let is_dress = DRESS.contains(&name.as_str()) && (plain.len() == name.len() || html.contains('='));
        if name == "br" {
            self.text.push(' ');
        } else if !is_dress && self.struck == 0 {
            self.push(html, span);
        }
    }

    /// A start of inline markup.
    pub(super) fn start(&mut self, tag: &Tag<'_>, span: Span) {
        match tag {
            Tag::Strong => {
                if self.bold == 0 {
                    self.outermost = (self.text.len(), span);
                }
                self.bold += 1;
            }
            Tag::Strikethrough => self.struck += 1,
            Tag::Link { dest_url, .. } => self.links.push(Node::string(span, &**dest_url)),
            _ => {}
        }
        if !matches!(tag, Tag::Strikethrough) && self.struck == 0 {
            self.cover(span);
        }
    }

    /// An end of inline markup.
    pub(super) fn end(&mut self, tag: &TagEnd) {
        match tag {
            TagEnd::Strong => {
                self.bold = self.bold.saturating_sub(1);
                if self.bold == 0 {
                    let (start, span) = self.outermost;
                    self.marks.push(Node::string(span, self.text.get(start..).unwrap_or_default()));
                }
            }
            TagEnd::Strikethrough => self.struck = self.struck.saturating_sub(1),
            _ => {}
        }
    }

    /// Where the last of it ends, the comment included.
    pub(super) fn end_of(&self) -> Option<usize> {
        let comment = self.comment.as_ref().map(|comment| comment.span);
        self.span.into_iter().chain(comment).map(Span::to).max()
    }

    /// Number of nodes besides the text.
    pub(super) fn count(&self) -> usize {
        self.marks.len() + self.links.len()
    }

    /// The text; an empty one stands at the end of the block.
    pub(super) fn text_node(&self, text: &str, block: Span) -> Node {
        let end = Span::new(block.to(), block.to());
        let place = self.span.map_or(end, |span| trimmed(text, span));
        Node::string(place, self.text.trim())
    }

    /// Adds what the markup said to a block.
    pub(super) fn finish(self, node: &mut Node) {
        let mut list = |key: &str, items: Vec<Node>| {
            if let Some(span) = items.iter().map(|item| item.span).reduce(Span::cover) {
                node.span = node.span.cover(span);
                node.set(key, Node::new(span, Value::List(items)));
            }
        };
        list("marks", self.marks);
        list("links", self.links);
        if let Some(comment) = self.comment {
            node.span = node.span.cover(comment.span);
            node.set("comment", comment);
        }
    }
}

/// The inside of a block that is one HTML comment, and the place of the comment.
pub(super) fn comment_of(text: &str, block: Span) -> Option<(&str, Span)> {
    let whole = block.text(text);
    let inner = whole.strip_prefix("<!--")?;
    let (inner, rest) = inner.split_once("-->").unwrap_or((inner, ""));
    rest.trim().is_empty().then(|| (inner.trim(), block))
}

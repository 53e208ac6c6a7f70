//! What hand-written parsers share: a cursor over text that cannot leave it, and a list of defects.

use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::{Lines, Span},
};

/// A place in a text. Every look beyond the end sees nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'a> {
    /// The whole text.
    pub text: &'a str,
    /// Byte position, never beyond the end.
    pub at: usize,
}

impl<'a> Scan<'a> {
    /// A cursor at the start, behind a byte order mark if there is one.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: if text.starts_with('\u{FEFF}') { 3 } else { 0 } }
    }

    /// The byte here.
    pub(super) fn peek(&self) -> Option<u8> {
        self.ahead(0)
    }

    /// The byte `by` bytes ahead.
    pub(super) fn ahead(&self, by: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + by).copied()
    }

    /// True when the text goes on with `word`.
    pub(super) fn sees(&self, word: &str) -> bool {
        self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()))
    }

    /// Steps over `word` if the text goes on with it.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let seen = self.sees(word);
        if seen {
            self.bump(word.len());
        }
        seen
    }

    /// Moves on by some bytes, at most to the end.
    pub(super) fn bump(&mut self, by: usize) {
        self.at = self.at.saturating_add(by).min(self.text.len());
    }

    /// Moves on while bytes satisfy `holds`; the span walked over.
    pub(super) fn take_while(&mut self, holds: impl Fn(u8) -> bool) -> Span {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        self.bump(rest.iter().position(|&byte| !holds(byte)).unwrap_or(rest.len()));
        Span::new(start, self.at)
    }

    /// Moves over spaces and tabs.
    pub(super) fn skip_blanks(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t'));
    }

    /// Where the line ends that holds `at`, before its LF or CR LF.
    pub(super) fn line_end(&self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let pair = end > 0 && end < rest.len() && rest.get(end - 1) == Some(&b'\r');
        self.at + if pair { end - 1 } else { end }
    }

    /// Moves behind the end of this line; the span of the line's rest without its end.
    pub(super) fn take_line(&mut self) -> Span {
        let span = Span::new(self.at, self.line_end());
        self.at = span.to();
        self.eat("\r");
        self.eat("\n");
        span
    }

    /// The span from `start` to here without blanks and line ends at its end.
    pub(super) fn since(&self, start: usize) -> Span {
        trimmed_end(self.text, Span::new(start, self.at))
    }
}

/// The span without white space at its end.
pub(super) fn trimmed_end(text: &str, span: Span) -> Span {
    Span::new(span.from(), span.from() + span.text(text).trim_end().len())
}

/// The span without white space at both ends.
pub(super) fn trimmed(text: &str, span: Span) -> Span {
    let end = trimmed_end(text, span);
    Span::new(end.to() - end.text(text).trim_start().len(), end.to())
}

/// Most notifications of one source: beyond that it is no such file, and one word says so.
const MOST: usize = 50;

/// What one parser did not understand.
#[derive(Debug, Default)]
pub(super) struct Defects {
    found: Vec<(Span, NotificationId, &'static str)>,
    dropped: bool,
}

impl Defects {
    /// Notes a defect. One that only repeats the last one's kind right behind it makes that one longer.
    pub(super) fn note(&mut self, text: &str, span: Span, id: NotificationId, message: &'static str) {
        if let Some((last, last_id, last_message)) = self.found.last_mut() {
            let between = Span::new(last.to(), span.from()).text(text);
            if (*last_id, *last_message) == (id, message)
                && last.start <= span.start
                && between.len() < 200
                && between.trim().is_empty()
            {
                *last = last.cover(span);
                return;
            }
        }
        if self.found.len() < MOST {
            self.found.push((span, id, message));
        } else {
            self.dropped = true;
        }
    }

    /// Notes that a part does not follow the grammar.
    pub(super) fn syntax(&mut self, text: &str, span: Span, message: &'static str) {
        self.note(text, span, NotificationId::Syntax, message);
    }

    /// True when nothing was noted.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// As notifications about `source`.
    pub(super) fn notifications(self, source: &Source) -> Vec<Notification> {
        if self.is_empty() {
            return Vec::new();
        }
        let lines = Lines::new(&source.text);
        let mut all: Vec<_> = self
            .found
            .into_iter()
            .map(|(span, id, message)| Notification::new(&*source.path, id, message).within(lines.region(span)))
            .collect();
        if self.dropped {
            all.push(Notification::new(&*source.path, NotificationId::Limit, "has more defects than are listed"));
        }
        all
    }
}

/// Samples, cuts and bombs for the tests of every parser.
#[cfg(test)]
pub(super) mod check {
    use crate::{
        error::Notification,
        source::Source,
        span::Span,
        syntax::{Document, Node, Value},
    };

    /// Parses a text of a made-up path.
    pub(crate) fn read(
        parse: fn(&Source) -> (Document, Vec<Notification>),
        text: &str,
    ) -> (Document, Vec<Notification>) {
        parse(&Source::memory("sample", text.as_bytes()))
    }

    /// Every span of a document must lie in the text, on character borders, and hold those of its children.
    pub(crate) fn spans(text: &str, document: &Document) {
        fn walk(text: &str, node: &Node, within: Span) {
            assert!(text.get(node.span.from()..node.span.to()).is_some(), "{:?} is no range of the text", node.span);
            assert!(within.contains(node.span), "{:?} is not within {within:?}", node.span);
            match &node.value {
                Value::List(items) => items.iter().for_each(|item| walk(text, item, node.span)),
                Value::Map(entries) => entries.iter().for_each(|(key, value)| {
                    walk(text, key, node.span);
                    walk(text, value, node.span);
                }),
                _ => {}
            }
        }
        for root in &document.roots {
            walk(text, root, Span::new(0, text.len()));
        }
    }

    /// Cuts a sample at every character and breaks it with every one of some bytes: nothing may panic or point outside.
    pub(crate) fn survives(parse: fn(&Source) -> (Document, Vec<Notification>), sample: &str) {
        for (at, _) in sample.char_indices() {
            let (head, tail) = sample.split_at(at);
            spans(head, &read(parse, head).0);
            for noise in ["\"", "'", "{", "}", "[", "\\", "<<", "#", "\n", "\r", "é", "$", "${", "<", "`", "-"] {
                let broken = format!("{head}{noise}{tail}");
                spans(&broken, &read(parse, &broken).0);
            }
        }
    }

    /// Nests an opening 100,000 deep, with and without its closing: must come back fast and keep the stack.
    pub(crate) fn bounded(parse: fn(&Source) -> (Document, Vec<Notification>), open: &str, inner: &str, close: &str) {
        let start = std::time::Instant::now();
        for close in ["", close] {
            let text = format!("{}{inner}{}", open.repeat(100_000), close.repeat(100_000));
            spans(&text, &read(parse, &text).0);
        }
        let spent = start.elapsed();
        assert!(spent.as_secs() < 20, "{open} took {spent:?}");
    }
}

//! One instruction's line: continuations joined, comments between them left out, split as a shell would.

use std::ops::Range;

use super::super::{
    Node, Value, hole,
    scan::{Scan, trimmed_end},
};
use crate::span::Span;

/// The characters behind an instruction's name, with their places.
pub(super) struct Line {
    letters: Vec<(usize, char)>,
    pub span: Span,
    escape: char,
}

/// A word of a line.
pub(super) struct Word {
    pub span: Span,
    /// As written, without continuations.
    pub raw: String,
    /// Quotes and escapes resolved.
    pub text: String,
    range: Range<usize>,
}

impl Line {
    /// Reads to the end of the instruction; the cursor stands at the next line then.
    pub(super) fn read(scan: &mut Scan<'_>, escape: u8) -> Self {
        scan.skip_blanks();
        let start = scan.at;
        let mut line = Self { letters: Vec::new(), span: Span::new(start, start), escape: char::from(escape) };
        loop {
            let part = trimmed_end(scan.text, scan.take_line());
            let text = part.text(scan.text);
            let joined = text.strip_suffix(line.escape).filter(|before| !before.ends_with(line.escape));
            let kept = joined.unwrap_or(text);
            line.letters.extend(kept.char_indices().map(|(at, letter)| (part.from() + at, letter)));
            if !kept.trim().is_empty() {
                line.span = Span::new(start, part.to());
            }
            if joined.is_none() {
                return line;
            }
            if !skip_comments(scan) {
                return line;
            }
        }
    }

    fn place(&self, range: &Range<usize>) -> Span {
        let letters = self.letters.get(range.clone()).unwrap_or_default();
        match (letters.first(), letters.last()) {
            (Some((start, _)), Some((end, letter))) => Span::new(*start, end + letter.len_utf8()),
            _ => {
                let before = range.start.checked_sub(1).and_then(|index| self.letters.get(index));
                let at = before.map_or(self.span.from(), |(at, letter)| at + letter.len_utf8());
                Span::new(at, at)
            }
        }
    }

    fn raw(&self, range: &Range<usize>) -> String {
        self.letters.get(range.clone()).unwrap_or_default().iter().map(|(_, letter)| letter).collect()
    }

    /// Quotes removed, escapes resolved.
    fn decoded(&self, range: &Range<usize>) -> String {
        let mut text = String::new();
        let mut letters = self.letters.get(range.clone()).unwrap_or_default().iter().map(|&(_, letter)| letter);
        let mut quote = None;
        while let Some(letter) = letters.next() {
            match (quote, letter) {
                (Some(open), _) if letter == open => quote = None,
                (None, '"' | '\'') => quote = Some(letter),
                (None | Some('"'), _) if letter == self.escape => match letters.next() {
                    Some(next) if quote.is_none() || matches!(next, '"' | '$' | '`') || next == self.escape => {
                        text.push(next);
                    }
                    next => {
                        text.push(letter);
                        text.extend(next);
                    }
                },
                _ => text.push(letter),
            }
        }
        text
    }

    fn word(&self, range: Range<usize>) -> Word {
        Word { span: self.place(&range), raw: self.raw(&range), text: self.decoded(&range), range }
    }

    /// The words, as a shell splits them.
    pub(super) fn words(&self) -> Vec<Word> {
        let mut words = Vec::new();
        let (mut start, mut quote, mut escaped) = (None, None, false);
        for (index, &(_, letter)) in self.letters.iter().enumerate() {
            if quote.is_none() && !escaped && letter.is_whitespace() {
                words.extend(start.take().map(|from| self.word(from..index)));
                continue;
            }
            start = start.or(Some(index));
            if escaped {
                escaped = false;
            } else if letter == self.escape && quote != Some('\'') {
                escaped = true;
            } else if quote == Some(letter) {
                quote = None;
            } else if quote.is_none() && matches!(letter, '"' | '\'') {
                quote = Some(letter);
            }
        }
        words.extend(start.map(|from| self.word(from..self.letters.len())));
        words
    }

    /// Everything from a byte on, with continuations joined.
    pub(super) fn text_from(&self, first: usize) -> String {
        let text: String = self.letters.iter().filter(|(at, _)| *at >= first).map(|(_, letter)| letter).collect();
        text.trim().to_owned()
    }

    /// The elements of `["a", "b"]`; `None` when it is not that, and Docker hands it to a shell.
    pub(super) fn exec_form(&self, first: usize) -> Option<Vec<Node>> {
        let mut rest = self.letters.iter().copied().filter(|(at, _)| *at >= first).peekable();
        let (_, '[') = rest.next()? else { return None };
        let mut items = Vec::new();
        let mut wants_item = true;
        loop {
            match rest.next()? {
                (_, letter) if letter.is_whitespace() => {}
                (_, ',') if !wants_item => wants_item = true,
                (_, ']') if !wants_item || items.is_empty() => break,
                (start, '"') if wants_item => {
                    items.push(json_string(start, &mut rest)?);
                    wants_item = false;
                }
                _ => return None,
            }
        }
        rest.all(|(_, letter)| letter.is_whitespace()).then_some(items)
    }

    /// The name and the value of `NAME=value`; no value without a sign.
    pub(super) fn pair(&self, word: &Word) -> (Node, Option<Node>) {
        let letters = self.letters.get(word.range.clone()).unwrap_or_default();
        let sign = letters.iter().position(|(_, letter)| *letter == '=');
        let end = sign.map_or(word.range.end, |at| word.range.start + at);
        let name = word.range.start..end;
        let key = Node::string(self.place(&name), self.decoded(&name));
        let value = sign.map(|_| {
            let range = end + 1..word.range.end;
            filled(self.place(&range), &self.raw(&range), self.decoded(&range))
        });
        (key, value)
    }

    /// `NAME all the rest`, the form without signs that `ENV` and `LABEL` had first.
    pub(super) fn old_pair(&self, words: &[Word]) -> Option<(Node, Node)> {
        let (name, rest) = words.split_first()?;
        let range = rest.first()?.range.start..rest.last()?.range.end;
        let value = filled(self.place(&range), &self.raw(&range), self.decoded(&range));
        Some((Node::string(name.span, &*name.text), value))
    }
}

fn filled(span: Span, raw: &str, text: String) -> Node {
    if hole::fills(raw.trim_matches('"')) {
        Node::new(span, Value::Unknown(raw.to_owned()))
    } else {
        Node::string(span, text)
    }
}

/// Steps over comment and empty lines inside a continuation. False at the end of the text.
fn skip_comments(scan: &mut Scan<'_>) -> bool {
    loop {
        let line = Span::new(scan.at, scan.line_end());
        let text = line.text(scan.text).trim();
        if scan.peek().is_none() {
            return false;
        }
        if !text.is_empty() && !text.starts_with('#') {
            return true;
        }
        scan.take_line();
    }
}

fn json_string(start: usize, rest: &mut impl Iterator<Item = (usize, char)>) -> Option<Node> {
    let mut raw = String::from("\"");
    loop {
        let (at, letter) = rest.next()?;
        raw.push(letter);
        match letter {
            '\\' => raw.push(rest.next()?.1),
            '"' => {
                let text: String = serde_json::from_str(&raw).ok()?;
                return Some(filled(Span::new(start, at + 1), &raw, text));
            }
            _ => {}
        }
    }
}

impl Word {
    /// As an argument; one that is nothing but a variable is unknown.
    pub(super) fn node(&self) -> Node {
        filled(self.span, &self.raw, self.text.clone())
    }

    /// Whether the word opens a here-document, if it does: `<<-` and the name.
    pub(super) fn heredoc(&self) -> Option<(bool, String)> {
        let mark = self.raw.trim_start_matches(|letter: char| letter.is_ascii_digit()).strip_prefix("<<")?;
        let (indented, name) = mark.strip_prefix('-').map_or((false, mark), |name| (true, name));
        let name = name.trim_matches(['"', '\'']);
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-');
        (!name.is_empty() && name.chars().all(is_name)).then(|| (indented, name.to_owned()))
    }
}

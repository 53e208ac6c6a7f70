//! Texts inside a JSON file as people read them, each with its place in the file: the cells of a notebook, the
//! headers and forms of recorded web traffic.

use crate::{
    classify::Format,
    source::Source,
    span::Span,
    syntax::{Node, parse},
};

/// A text made of parts of a source.
#[derive(Debug, Default)]
pub struct View {
    /// The text.
    pub text: String,
    /// Where parts that are written the same begin: in the text, and in the source.
    places: Vec<(usize, usize)>,
}

impl View {
    /// Where a part of the text stands in the source.
    pub fn span(&self, part: Span) -> Span {
        let start = self.place(part.from());
        let end = self.place(part.to().saturating_sub(1).max(part.from())).saturating_add(1);
        Span::new(start, end.max(start))
    }

    fn place(&self, at: usize) -> usize {
        let next = self.places.partition_point(|(own, _)| *own <= at);
        let found = next.checked_sub(1).and_then(|index| self.places.get(index));
        found.map_or(0, |(own, there)| {
            let end = self.places.get(next).map_or(usize::MAX, |(_, there)| *there);
            (there + (at - own)).min(end.max(*there))
        })
    }

    /// Adds what a string says.
    fn push(&mut self, source: &str, node: &Node) {
        let (from, raw) = (node.span.from() + 1, node.span.text(source));
        let Some(raw) = raw.strip_prefix('"').map(|raw| raw.strip_suffix('"').unwrap_or(raw)) else { return };
        let mut at = 0;
        while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
            self.places.push((self.text.len(), from + at));
            let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
            self.text.push_str(rest.get(..plain).unwrap_or_default());
            at += plain;
            let Some(escape) = rest.get(plain..).filter(|escape| !escape.is_empty()) else { return };
            if plain > 0 {
                self.places.push((self.text.len(), from + at));
            }
            let (letter, length) = escaped(escape);
            self.text.push(letter);
            at += length;
        }
    }

    /// Ends a line that says something.
    fn end(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// Text in one string or in a list of lines.
    fn lines(&mut self, source: &str, node: Option<&Node>) {
        for line in node.map_or(&[][..], Node::elements) {
            self.push(source, line);
        }
        self.end();
    }

    /// A list of names and values, one a line.
    fn pairs(&mut self, source: &str, node: Option<&Node>) {
        for pair in node.map_or(&[][..], Node::elements) {
            let (Some(name), Some(value)) = (pair.get("name"), pair.get("value")) else { continue };
            self.push(source, name);
            self.text.push_str(": ");
            self.push(source, value);
            self.end();
        }
    }
}

/// The letter of an escape and the bytes it takes; a lone half of a pair is no letter.
fn escaped(escape: &str) -> (char, usize) {
    let unit = |from: usize| {
        let digits = escape.get(from..).and_then(|rest| rest.strip_prefix("\\u")).and_then(|rest| rest.get(..4))?;
        u32::from_str_radix(digits, 16).ok()
    };
    match escape.as_bytes().get(1) {
        Some(b'n') => ('\n', 2),
        Some(b't') => ('\t', 2),
        Some(b'r') => ('\r', 2),
        Some(b'b' | b'f') => (' ', 2),
        Some(b'u') => match (unit(0), unit(6)) {
            (Some(high @ 0xD800..0xDC00), Some(low @ 0xDC00..0xE000)) => {
                let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
            }
            (Some(code), _) => (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
            (None, _) => ('u', 2),
        },
        Some(_) => escape.chars().nth(1).map_or(('\\', 1), |letter| (letter, 1 + letter.len_utf8())),
        None => ('\\', 1),
    }
}

/// The texts of a notebook or of recorded web traffic; nothing for any other source.
pub fn view(source: &Source) -> Option<View> {
    let has_ending = |ending: &str| {
        let from = source.path.len().checked_sub(ending.len()).and_then(|from| source.path.get(from..));
        from.is_some_and(|end| end.eq_ignore_ascii_case(ending))
    };
    let (is_notebook, is_traffic) = (has_ending(".ipynb"), has_ending(".har"));
    if !is_notebook && !is_traffic {
        return None;
    }
    let (document, _) = parse(source, Format::Json);
    let root = document.roots.first()?;
    let mut view = View::default();
    if is_notebook {
        notebook(&source.text, root, &mut view)
    } else {
        traffic(&source.text, root, &mut view)
    }
    (!view.text.is_empty()).then_some(view)
}

fn notebook(text: &str, root: &Node, view: &mut View) {
    // Version 3 keeps its cells in sheets, and their text under another name.
    let sheets = root.get("worksheets").map_or(&[][..], Node::elements);
    let cells = sheets.iter().chain(std::iter::once(root)).filter_map(|holder| holder.get("cells"));
    for cell in cells.flat_map(Node::elements) {
        view.lines(text, cell.get("source").or_else(|| cell.get("input")));
        for output in cell.get("outputs").map_or(&[][..], Node::elements) {
            view.lines(text, output.get("text"));
            view.lines(text, output.at(&["data", "text/plain"]));
            view.lines(text, output.get("evalue"));
            for line in output.get("traceback").map_or(&[][..], Node::elements) {
                view.lines(text, Some(line));
            }
        }
    }
}

fn traffic(text: &str, root: &Node, view: &mut View) {
    for entry in root.at(&["log", "entries"]).map_or(&[][..], Node::elements) {
        for side in [entry.get("request"), entry.get("response")].into_iter().flatten() {
            view.lines(text, side.get("url"));
            for list in ["headers", "cookies", "queryString"] {
                view.pairs(text, side.get(list));
            }
            view.pairs(text, side.at(&["postData", "params"]));
            view.lines(text, side.at(&["postData", "text"]));
            if side.at(&["content", "encoding"]).is_none() {
                view.lines(text, side.at(&["content", "text"]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(path: &str, text: &str) -> (String, View) {
        let view = view(&Source::memory(path, text.as_bytes())).unwrap();
        (view.text.clone(), view)
    }

    #[test]
    fn cells_and_traffic_are_lines_with_their_places() {
        let notebook = r#"{"cells": [{"source": ["pass = \"se\u00e9cr\"\n", "b = 'x\\y'"],
 "outputs": [{"text": ["out\n"]}, {"data": {"text/plain": "plain", "image/png": "iVBOR"}}, {"evalue": "bad", "traceback": ["one", "two"]}]}]}"#;
        let (text, view) = seen("a.IPYNB", notebook);
        assert_eq!(text, "pass = \"seécr\"\nb = 'x\\y'\nout\nplain\nbad\none\ntwo\n");
        for (part, there) in
            [("se", "se"), ("cr", "cr"), ("b = ", "b = "), ("plain", "plain"), ("seécr", r"se\u00e9cr")]
        {
            let at = text.find(part).unwrap();
            assert_eq!(view.span(Span::new(at, at + part.len())).text(notebook), there);
        }
        let traffic = r#"{"log": {"entries": [{"request": {"url": "https://a", "headers": [{"name": "X-Key", "value": "v"}],
 "postData": {"text": "{\"a\": 1}", "params": [{"value": "p", "name": "n"}]}}, "response": {"cookies": [{"name": "c", "value": "d"}]}}]}}"#;
        assert_eq!(seen("b/a.har", traffic).0, "https://a\nX-Key: v\nn: p\n{\"a\": 1}\nc: d\n");
    }

    #[test]
    fn broken_files_and_escapes_end_well() {
        let text = r#"{"cells": [{"source": ["a\ud83d\ude00b\ud800\u12\q\"#;
        for end in 0..text.len() {
            let _ = view(&Source::memory("a.ipynb", &text.as_bytes()[..end]));
        }
        assert!(view(&Source::memory("a.json", b"{}")).is_none());
        assert!(view(&Source::memory("ä.har", b"[1]")).is_none());
    }
}

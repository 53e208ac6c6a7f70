//! Text of office documents as a person reads it: a paragraph is a line, a row of a table is a line.

use crate::source;

/// What a part of a document is.
pub(super) enum Part {
    /// Something with text to read.
    Text(String),
    /// The texts that cells share; they are read in their cells.
    Strings,
    /// Settings, styles, relations: read as they stand.
    Other,
}

/// Names of the first element of what people read, without the space of names.
const READ: &[&str] = &[
    "document",
    "hdr",
    "ftr",
    "comments",
    "footnotes",
    "endnotes",
    "sld",
    "notes",
    "cmLst",
    "worksheet",
    "document-content",
];

/// Reads a part; `most` is how long its text may grow.
pub(super) fn read(bytes: &[u8], strings: &[String], most: usize) -> Part {
    let text = source::decode(bytes);
    let first = Tokens { text: &text, at: 0 }.find_map(|token| match token {
        Token::Open { name, .. } => Some(name),
        _ => None,
    });
    match first {
        Some("sst") => Part::Strings,
        Some(name) if READ.contains(&name) => {
            let mut reader = Reader { strings, most, ..Reader::default() };
            Tokens { text: &text, at: 0 }.for_each(|token| reader.take(&token));
            reader.end_line();
            Part::Text(reader.out)
        }
        _ => Part::Other,
    }
}

/// The texts that cells share, in order.
pub(super) fn shared(bytes: &[u8]) -> Vec<String> {
    let (mut strings, mut is_sound) = (Vec::new(), false);
    for token in (Tokens { text: &source::decode(bytes), at: 0 }) {
        match token {
            Token::Open { name: "si", .. } => strings.push(String::new()),
            // How a word is spoken is no part of it.
            Token::Open { name: "rPh", is_empty: false, .. } => is_sound = true,
            Token::Close("rPh") => is_sound = false,
            Token::Text(text) if !is_sound => {
                if let Some(last) = strings.last_mut() {
                    push(last, text);
                }
            }
            _ => {}
        }
    }
    strings
}

enum Token<'a> {
    Open { name: &'a str, attributes: &'a str, is_empty: bool },
    Close(&'a str),
    Text(&'a str),
}

/// The tags and texts of a file that a program wrote; what is broken ends it.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
            let Some(tag) = rest.strip_prefix('<') else {
                let end = rest.find('<').unwrap_or(rest.len());
                self.at += end;
                return rest.get(..end).map(Token::Text);
            };
            let (close, is_data) = match tag {
                _ if tag.starts_with("![CDATA[") => ("]]>", true),
                _ if tag.starts_with("!--") => ("-->", false),
                _ if tag.starts_with('?') => ("?>", false),
                _ => (">", false),
            };
            let end = tag.find(close)?;
            let inside = tag.get(..end)?;
            self.at += 1 + end + close.len();
            if is_data {
                return inside.get(8..).map(Token::Text);
            }
            if inside.starts_with(['!', '?']) {
                continue;
            }
            let local = |name: &'a str| name.rsplit(':').next().unwrap_or(name);
            if let Some(name) = inside.strip_prefix('/') {
                return Some(Token::Close(local(name.trim_end())));
            }
            let body = inside.strip_suffix('/');
            let whole = body.unwrap_or(inside);
            let (name, attributes) = whole.split_once([' ', '\n', '\t', '\r']).unwrap_or((whole, ""));
            return Some(Token::Open { name: local(name), attributes, is_empty: body.is_some() });
        }
    }
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let at = attributes.match_indices(name).find(|(at, _)| {
        let before = attributes.get(..*at).unwrap_or_default();
        before.is_empty() || before.ends_with([' ', '\n', '\t', ':'])
    })?;
    let rest = attributes.get(at.0 + name.len()..)?.strip_prefix('=')?;
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    rest.get(1..)?.split(quote).next()
}

/// Adds text with its references resolved.
fn push(out: &mut String, text: &str) {
    let mut parts = text.split('&');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let resolved = part.split_once(';').and_then(|(name, rest)| Some((reference(name)?, rest)));
        match resolved {
            Some((letter, rest)) => {
                out.push(letter);
                out.push_str(rest);
            }
            None => {
                out.push('&');
                out.push_str(part);
            }
        }
    }
}

fn reference(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[derive(Default)]
struct Reader<'s> {
    strings: &'s [String],
    most: usize,
    out: String,
    /// The line on its way.
    line: String,
    /// Open rows and their cells that are done.
    rows: usize,
    cells: Vec<String>,
    /// Open paragraphs: only what stands in them is text, the rest is the program's indentation.
    paragraphs: usize,
    /// The kind of a cell of a workbook, while its value is read.
    cell: Option<CellKind>,
    is_value: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CellKind {
    Plain,
    Shared,
}

impl Reader<'_> {
    fn take(&mut self, token: &Token<'_>) {
        match *token {
            Token::Open { name, attributes, is_empty } => self.open(name, attributes, is_empty),
            Token::Close(name) => self.close(name),
            Token::Text(text) if self.is_value && self.cell == Some(CellKind::Shared) => {
                let shared = text.trim().parse::<usize>().ok().and_then(|at| self.strings.get(at));
                if let Some(shared) = shared.filter(|shared| self.has_room(shared)) {
                    self.line.push_str(shared);
                }
            }
            Token::Text(text) if self.is_value || self.paragraphs > 0 => {
                if self.has_room(text) {
                    push(&mut self.line, text);
                }
            }
            Token::Text(_) => {}
        }
    }

    fn has_room(&self, text: &str) -> bool {
        let cells: usize = self.cells.iter().map(String::len).sum();
        self.out.len() + cells + self.line.len() + text.len() <= self.most
    }

    fn open(&mut self, name: &str, attributes: &str, is_empty: bool) {
        match name {
            "tab" => self.line.push('\t'),
            // An ODF document writes more than one blank as a number.
            "s" if self.paragraphs > 0 => self.line.push(' '),
            "br" | "cr" | "line-break" => self.end_line(),
            "p" | "h" if is_empty => self.end_line(),
            _ if is_empty => {}
            "p" | "h" => self.paragraphs += 1,
            "tr" | "table-row" | "row" => {
                self.rows += 1;
            }
            "c" if self.rows > 0 => {
                let is_shared = attribute(attributes, "t") == Some("s");
                self.cell = Some(if is_shared { CellKind::Shared } else { CellKind::Plain });
            }
            "v" | "is" => self.is_value = self.cell.is_some(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" | "h" => {
                self.paragraphs = self.paragraphs.saturating_sub(1);
                self.end_line();
            }
            "v" | "is" => self.is_value = false,
            "c" | "tc" | "table-cell" if self.rows > 0 => {
                self.cell = None;
                let cell = std::mem::take(&mut self.line);
                self.cells.push(cell.trim().to_owned());
            }
            "tr" | "table-row" | "row" => {
                self.rows = self.rows.saturating_sub(1);
                self.end_row();
            }
            _ => {}
        }
    }

    /// A cell may hold several paragraphs, and is one text in its row all the same.
    fn end_line(&mut self) {
        if self.rows > 0 {
            if !self.line.is_empty() && !self.line.ends_with(' ') {
                self.line.push(' ');
            }
            return;
        }
        self.out.push_str(self.line.trim_end());
        self.out.push('\n');
        self.line.clear();
    }

    /// Two cells are a name and what it is; more are only beside each other.
    fn end_row(&mut self) {
        self.cells.retain(|cell| !cell.is_empty());
        let is_pair = self.cells.len() == 2;
        let name = self.cells.first().map(|name| name.trim_end_matches([':', '=', ' ']).to_owned());
        let row = match (is_pair, name, self.cells.get(1)) {
            (true, Some(name), Some(value)) => format!("{name}: {value}"),
            _ => self.cells.join("\t"),
        };
        self.cells.clear();
        self.out.push_str(&row);
        self.out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(part: &str, strings: &[String]) -> String {
        match read(part.as_bytes(), strings, 100) {
            Part::Text(text) => text,
            _ => "no text".to_owned(),
        }
    }

    #[test]
    fn rows_paragraphs_and_references_are_read() {
        for (part, expected) in [
            (
                "<w:document><w:p><w:t>a</w:t><w:tab/><w:t>b&#x3d;&lt;c&bad;</w:t></w:p>\n <w:p/></w:document>",
                "a\tb=<c&bad;\n\n\n",
            ),
            ("<a:sld xmlns:a='x>'><a:p>one<a:br/>two</a:p></a:sld>", "one\ntwo\n\n"),
            (
                "<worksheet><row><c t='s'><v>1</v></c><c t='inlineStr'><is><t>in</t></is></c></row></worksheet>",
                "two: in\n\n",
            ),
            ("<worksheet><row><c t=\"s\"><v>9</v></c><c><v>7</v></c><c/></row></worksheet>", "7\n\n"),
            ("<document><p><![CDATA[a < b]]><!-- c > d --></p>", "a < b\n\n"),
            ("<Types><p>a</p></Types>", "no text"),
            ("<document><p>cut", "cut\n"),
            ("<document", "no text"),
        ] {
            assert_eq!(text(part, &["one".to_owned(), "two".to_owned()]), expected, "{part}");
        }
    }

    #[test]
    fn cells_that_share_a_text_do_not_grow_beyond_the_limit() {
        let cells = "<row><c t=\"s\"><v>0</v></c></row>".repeat(1000);
        let long = text(&format!("<worksheet>{cells}</worksheet>"), &["x".repeat(30)]);
        assert!(long.matches("xxx").count() > 0 && long.replace('\n', "").len() <= 100);
    }
}

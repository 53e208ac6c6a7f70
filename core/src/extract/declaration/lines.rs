//! Markdown as people write declarations: headings, items, steps, table rows, bold and quoted lines, front matter.
//!
//! The file is read line by line and not from the Markdown tree: a claim is a key and a value within one line, with
//! marks (bold, code, comments) that carry meaning and that a tree of blocks no longer shows.

use crate::{
    span::{Lines, Span},
    vocabulary::Claims,
};

/// Most entries of one document; a longer one is a data dump and no declaration.
const MAX_ENTRIES: usize = 4000;

/// Longest key, in bytes and words: what is longer is a sentence with a colon in it.
const MAX_KEY: (usize, usize) = (64, 8);

/// How an entry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `- **Key**: value`, `1. **Key**: value`.
    BoldItem,
    /// `- Key: value`, `- Key - value`.
    Item,
    /// `**Key**: value`, quoted or not.
    Note,
    /// A cell of a table.
    Row,
    /// `## Key: value`.
    Heading,
    /// A line of the front matter.
    FrontMatter,
}

/// A piece of the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) span: Span,
}

/// A key and its value, below headings.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Headings, group items and table columns above it, outermost first.
    pub(super) path: Vec<String>,
    pub(super) key: Piece,
    pub(super) value: Piece,
    pub(super) form: Form,
    /// `<!-- trueup: name=token -->`.
    pub(super) attributes: Vec<(String, String)>,
    /// Only a title of the items below it.
    pub(super) is_group: bool,
    /// Key and value are set apart by a sign, not by bold alone.
    pub(super) is_separated: bool,
}

/// What a document says: its headings and its entries, in order.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) headings: Vec<String>,
    pub(super) entries: Vec<Entry>,
    /// There were more entries than are kept.
    pub(super) is_cut: bool,
}

/// Reads a Markdown text.
pub(super) fn read(text: &str, claims: &Claims) -> Outline {
    let lines = Lines::new(text);
    let total = u32::try_from(lines.count()).unwrap_or(u32::MAX);
    let mut reader = Reader { text, claims, out: Outline::default(), open: Vec::new(), items: Vec::new(), last: None };
    let mut at = reader.front_matter(&lines, total);
    let (mut fence, mut in_comment, mut table) = (None::<String>, false, None::<Table>);
    while at <= total {
        if reader.out.entries.len() >= MAX_ENTRIES {
            reader.out.is_cut = true;
            break;
        }
        let line = Line::new(text, lines.line_span(at));
        let next = Line::new(text, lines.line_span(at + 1));
        at += 1;
        if let Some(mark) = &fence {
            if line.body.starts_with(mark.as_str()) && line.body.trim_matches(['`', '~']).is_empty() {
                fence = None;
            }
            continue;
        }
        if in_comment {
            in_comment = !line.body.contains("-->");
            continue;
        }
        if let Some(mark) = fence_mark(line.body) {
            (fence, table, reader.last) = (Some(mark), None, None);
            continue;
        }
        if line.body.starts_with("<!--") && !line.body.contains("-->") {
            in_comment = true;
            continue;
        }
        if let Some(columns) = &table {
            if line.body.contains('|') {
                reader.row(columns, line);
                continue;
            }
            table = None;
        }
        if line.body.contains('|') && is_rule_of_table(next.body) {
            table = Some(reader.table(line));
            reader.last = None;
            at += 1;
            continue;
        }
        if reader.line(line, next) {
            at += 1;
        }
    }
    reader.out
}

/// A line: how far it is indented, and its text without indentation and quote marks.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    body: &'a str,
    start: usize,
    indent: usize,
}

impl<'a> Line<'a> {
    fn new(text: &'a str, span: Span) -> Self {
        let whole = span.text(text);
        let mut body = whole.trim_start_matches(['\u{FEFF}', ' ', '\t']);
        while let Some(rest) = body.strip_prefix('>') {
            body = rest.trim_start();
        }
        let before = whole.get(..whole.len() - body.len()).unwrap_or_default();
        let indent = before.chars().map(|sign| if sign == '\t' { 4 } else { 1 }).sum();
        Self { body: body.trim_end(), start: span.from() + before.len(), indent }
    }
}

struct Table {
    columns: Vec<Column>,
    /// The first column names the keys.
    leads: bool,
}

/// A column as its header means it; every row would ask the same again.
struct Column {
    header: String,
    /// It speaks for an environment.
    is_place: bool,
    /// It holds values.
    is_value: bool,
    /// It is a key itself.
    is_item: bool,
}

struct Reader<'a> {
    text: &'a str,
    claims: &'a Claims,
    out: Outline,
    /// Open headings with their levels.
    open: Vec<(usize, String)>,
    /// Open items with their indentation.
    items: Vec<(usize, String)>,
    /// The entry that a following plain line continues, and the indentation of its item.
    last: Option<(usize, usize)>,
}

impl Reader<'_> {
    /// Reads `---` ... `---` at the very start; returns the first line after it.
    fn front_matter(&mut self, lines: &Lines<'_>, total: u32) -> u32 {
        if lines.line_text(1).trim_start_matches('\u{FEFF}').trim_end() != "---" {
            return 1;
        }
        let end = (2..=total.min(400)).find(|&at| matches!(lines.line_text(at).trim_end(), "---" | "..."));
        let Some(end) = end else { return 1 };
        let mut open: Vec<(usize, String)> = Vec::new();
        for at in 2..end {
            let row = Line::new(self.text, lines.line_span(at));
            let Some((key, value)) = row.body.split_once(':').filter(|_| !row.body.starts_with(['#', '-'])) else {
                continue;
            };
            open.retain(|(indent, _)| *indent < row.indent);
            let key = piece(row.start, row.body, key.trim());
            let value = piece(row.start, row.body, unquoted(value));
            let path = open.iter().map(|(_, key)| key.clone()).collect();
            open.push((row.indent, key.text.clone()));
            let is_group = value.text.is_empty();
            let form = Form::FrontMatter;
            let attributes = Vec::new();
            self.out.entries.push(Entry { path, key, value, form, attributes, is_group, is_separated: true });
        }
        end + 1
    }

    /// Reads a line that is no table, code or comment. True when the next line was used too.
    fn line(&mut self, line: Line<'_>, next: Line<'_>) -> bool {
        if line.body.is_empty() {
            self.last = None;
            return false;
        }
        if let Some((level, title)) = heading(line.body) {
            self.heading(level, title, line);
            return false;
        }
        let is_underline = |mark: char| next.body.len() >= 2 && next.body.chars().all(|sign| sign == mark);
        let item = item_text(line.body);
        if item.is_none() && self.last.is_none() && (is_underline('=') || is_underline('-')) {
            self.heading(if is_underline('=') { 1 } else { 2 }, line.body, line);
            return true;
        }
        match item {
            Some(body) => self.item(line, body),
            None if is_bold(line.body) => {
                self.items.retain(|(indent, _)| *indent < line.indent);
                self.keyed(line, line.body, Form::Note);
            }
            None => self.continued(line),
        }
        false
    }

    fn heading(&mut self, level: usize, title: &str, line: Line<'_>) {
        self.open.retain(|(of, _)| *of < level);
        self.items.clear();
        self.last = None;
        if let Some((key, value)) = title.split_once(':').filter(|(_, value)| !value.trim().is_empty()) {
            let (key, value) = (piece(line.start, line.body, key.trim()), piece(line.start, line.body, value.trim()));
            self.push(key, value, Form::Heading, true);
            self.last = None;
        }
        let title = plain(title);
        self.out.headings.push(title.clone());
        self.open.push((level, title));
    }

    fn item(&mut self, line: Line<'_>, body: &str) {
        self.items.retain(|(indent, _)| *indent < line.indent);
        let is_bold = is_bold(body);
        let form = if is_bold { Form::BoldItem } else { Form::Item };
        let group = self.last.filter(|(_, indent)| *indent < line.indent);
        let before = self.out.entries.len();
        self.keyed(line, body, form);
        let is_keyed = self.out.entries.len() > before;
        let Some((parent, indent)) = group else { return };
        let Some(entry) = self.out.entries.get_mut(parent) else { return };
        if is_keyed {
            entry.is_group |= entry.value.text.is_empty();
        } else {
            // A list of plain words below `Key:` is the value of the key.
            let words = piece(line.start, line.body, body.trim());
            entry.extend(self.text, words.span);
            self.last = Some((parent, indent));
        }
    }

    /// A plain line right below an entry goes on with its value.
    fn continued(&mut self, line: Line<'_>) {
        let Some((at, _)) = self.last else { return };
        let span = Span::new(line.start, line.start + line.body.len());
        if let Some(entry) = self.out.entries.get_mut(at) {
            entry.extend(self.text, span);
        }
    }

    /// Splits `**Key**: value` and `Key: value`; several bold keys in one line are several entries.
    fn keyed(&mut self, line: Line<'_>, body: &str, form: Form) {
        self.last = None;
        let mut rest = body;
        while let Some(split) = split_key(rest) {
            let (value, after) = match form {
                Form::BoldItem | Form::Note => next_key(split.value),
                _ => (split.value, None),
            };
            let key = piece(line.start, line.body, split.key);
            let value = piece(line.start, line.body, value.trim_end_matches(['|', '·', '•', ' ']));
            if is_bold(rest) || self.known(&key.text) {
                self.items.push((line.indent, key.text.clone()));
                let at = self.push(key, value, form, split.is_separated);
                self.last = Some((at, line.indent));
            }
            match after {
                Some(after) => rest = after,
                None => return,
            }
        }
    }

    fn table(&self, line: Line<'_>) -> Table {
        let words = self.claims.words();
        let is_listed = |list: &[String], text: &str| list.contains(&crate::vocabulary::words::reduce(text));
        let headers: Vec<String> = cells(line).into_iter().map(|cell| plain(&cell.text)).collect();
        let leads = headers.first().is_some_and(|header| header.is_empty() || is_listed(&words.table_keys, header));
        let path = self.path();
        let column = |header: String| {
            let is_value = is_listed(&words.table_values, &header);
            Column {
                is_place: self.claims.section(&header).is_some_and(|section| section.environment.is_some()),
                is_value,
                is_item: !is_value && self.claims.item(&path, &header).is_some(),
                header,
            }
        };
        Table { columns: headers.into_iter().map(column).collect(), leads }
    }

    /// Reads the cells of a row: values of the key in the first cell, or of a key that heads the column.
    fn row(&mut self, table: &Table, line: Line<'_>) {
        let cells = cells(line);
        let Some(key) = cells.first().filter(|cell| !plain(&cell.text).is_empty()) else { return };
        let (leads, is_pair) = (table.leads, table.columns.len() == 2);
        let mut is_read = false;
        for (column, value) in table.columns.iter().zip(&cells).skip(1) {
            let mut path = self.path();
            let (key, path) = if column.is_place && (leads || is_pair) {
                path.push(column.header.clone());
                (key.clone(), path)
            } else if column.is_item {
                path.push(plain(&key.text));
                (Piece { text: column.header.clone(), span: key.span }, path)
            } else if !is_read && (is_pair || (leads && column.is_value)) {
                is_read = true;
                (key.clone(), path)
            } else {
                continue;
            };
            let entry = Entry {
                path,
                key: Piece { text: plain(&key.text), span: key.span },
                value: value.clone(),
                form: Form::Row,
                attributes: Vec::new(),
                is_group: false,
                is_separated: true,
            };
            self.out.entries.push(entry.without_comment(self.text));
        }
    }

    fn push(&mut self, key: Piece, value: Piece, form: Form, is_separated: bool) -> usize {
        let mut path = self.path();
        // The innermost open item is the entry itself.
        if matches!(form, Form::BoldItem | Form::Item | Form::Note) {
            path.pop();
        }
        let attributes = Vec::new();
        let entry = Entry { path, key, value, form, attributes, is_group: false, is_separated };
        self.out.entries.push(entry.without_comment(self.text));
        self.out.entries.len() - 1
    }

    fn path(&self) -> Vec<String> {
        let headings = self.open.iter().map(|(_, title)| title.clone());
        headings.chain(self.items.iter().map(|(_, key)| key.clone())).collect()
    }

    fn known(&self, key: &str) -> bool {
        let path = self.path();
        let is_item = |key: &str| self.claims.item(&path, key).is_some();
        // "RTO/RPO" is two keys.
        let is_double = || key.contains(['/', '&']) && key.split(['/', '&']).all(|part| is_item(part.trim()));
        is_item(key) || self.claims.section(key).is_some() || is_double()
    }
}

impl Entry {
    /// Goes on with the value to the end of `span`.
    fn extend(&mut self, text: &str, span: Span) {
        let whole = if self.value.text.is_empty() { span } else { self.value.span.cover(span) };
        self.value = Piece { text: whole.text(text).to_owned(), span: whole };
        self.cut_comment(text);
    }

    fn without_comment(mut self, text: &str) -> Self {
        self.cut_comment(text);
        self
    }

    /// Takes `<!-- ... -->` off the value and reads it when it speaks to us.
    fn cut_comment(&mut self, text: &str) {
        let Some((before, comment)) = self.value.text.split_once("<!--") else { return };
        let (inner, _) = comment.split_once("-->").unwrap_or((comment, ""));
        if let Some(names) = inner.trim().strip_prefix("trueup:") {
            self.attributes.extend(attributes(names));
        }
        let span = Span::new(self.value.span.from(), self.value.span.from() + before.trim_end().len());
        self.value = Piece { text: span.text(text).to_owned(), span };
    }
}

fn attributes(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split_whitespace().filter_map(|part| {
        let (name, token) = part.split_once('=')?;
        Some((name.to_owned(), token.trim_matches(['"', '\'']).to_owned()))
    })
}

struct Split<'a> {
    key: &'a str,
    value: &'a str,
    is_separated: bool,
}

/// Splits a line into key and value: `**Key**: v`, `**Key:** v`, `**Key: v**`, `**Key** - v`, `Key: v`, `Key - v`.
fn split_key(body: &str) -> Option<Split<'_>> {
    for mark in ["**", "__"] {
        let Some(rest) = body.strip_prefix(mark) else { continue };
        let (inner, after) = rest.split_once(mark)?;
        if let Some(key) = inner.trim_end().strip_suffix([':', '：']) {
            return key_of(key).map(|key| Split { key, value: after.trim(), is_separated: true });
        }
        if let Some((key, value)) = inner.split_once(": ").filter(|_| after.trim().is_empty()) {
            return key_of(key).map(|key| Split { key, value: value.trim(), is_separated: true });
        }
        let after = after.trim_start();
        let signs = [':', '：', '-', '–', '—', '=', '→'];
        let value = after.strip_prefix(signs);
        return key_of(inner).map(|key| Split {
            key,
            value: value.unwrap_or(after).trim(),
            is_separated: value.is_some(),
        });
    }
    let colon =
        body.find(':').filter(|&at| body.get(at + 1..).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')));
    let dash =
        [" - ", " – ", " — ", " = ", " → "].iter().filter_map(|sign| body.find(sign).map(|at| (at, sign.len()))).min();
    let (at, len) = match (colon, dash) {
        (Some(colon), Some(dash)) if dash.0 < colon => dash,
        (Some(colon), _) => (colon, 1),
        (None, dash) => dash?,
    };
    let key = key_of(body.get(..at)?.trim_matches(['`', '*', '_', ' ']))?;
    Some(Split { key, value: body.get(at + len..)?.trim(), is_separated: true })
}

fn key_of(text: &str) -> Option<&str> {
    let key = text.trim();
    let short = key.len() <= MAX_KEY.0 && key.split_whitespace().count() <= MAX_KEY.1;
    (short && !key.is_empty()).then_some(key)
}

/// Where a value ends because another bold key begins in the same line.
fn next_key(value: &str) -> (&str, Option<&str>) {
    for (at, _) in value.match_indices("**") {
        let Some(rest) = value.get(at..).filter(|_| at > 0) else { continue };
        let Some((inner, after)) = rest.get(2..).and_then(|rest| rest.split_once("**")) else { break };
        if inner.trim_end().ends_with(':') || after.trim_start().starts_with(':') {
            return (value.get(..at).unwrap_or(value).trim_end(), Some(rest));
        }
    }
    (value, None)
}

fn heading(body: &str) -> Option<(usize, &str)> {
    let title = body.trim_start_matches('#');
    let level = body.len() - title.len();
    ((1..=6).contains(&level) && title.starts_with([' ', '\t']))
        .then(|| (level, title.trim().trim_end_matches('#').trim()))
}

/// The text of an item or a step, without its mark and its check box.
fn item_text(body: &str) -> Option<&str> {
    let digits = body.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let is_step = (1..=4).contains(&(body.len() - digits.len()));
    let rest = match body.strip_prefix(['-', '*', '+', '•']) {
        Some(rest) => rest,
        None if is_step => digits.strip_prefix(['.', ')'])?,
        None => return None,
    };
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let is_box = |text: &str| ["[ ] ", "[x] ", "[X] "].iter().any(|mark| text.starts_with(mark));
    Some(if is_box(rest) { rest.get(4..).unwrap_or_default().trim_start() } else { rest })
}

fn is_bold(body: &str) -> bool {
    body.starts_with("**") || body.starts_with("__")
}

fn fence_mark(body: &str) -> Option<String> {
    ["`", "~"].iter().find_map(|mark| {
        let count = body.len() - body.trim_start_matches(mark).len();
        (count >= 3).then(|| mark.repeat(count))
    })
}

fn is_rule_of_table(body: &str) -> bool {
    body.contains('-') && body.contains('|') && body.chars().all(|sign| matches!(sign, '-' | '|' | ':' | ' ' | '\t'))
}

/// Cells of a table line; a bar after a backslash or within code is text.
fn cells(line: Line<'_>) -> Vec<Piece> {
    let (mut found, mut from, mut in_code, mut escaped) = (Vec::new(), 0, false, false);
    let body = line.body;
    for (at, sign) in body.char_indices() {
        match sign {
            '`' => in_code = !in_code,
            '|' if !escaped && !in_code => {
                found.push((from, at));
                from = at + 1;
            }
            _ => {}
        }
        escaped = sign == '\\' && !escaped;
    }
    if from < body.len() {
        found.push((from, body.len()));
    }
    // The bar at the start of the line opens the first cell.
    let skip = usize::from(body.starts_with('|'));
    let cell = |(from, to): (usize, usize)| piece(line.start, body, body.get(from..to).unwrap_or_default().trim());
    found.into_iter().skip(skip).map(cell).collect()
}

/// A piece of a line from a slice of it.
fn piece(start: usize, line: &str, part: &str) -> Piece {
    let offset = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize).min(line.len());
    Piece { text: part.to_owned(), span: Span::new(start + offset, start + offset + part.len()) }
}

fn unquoted(value: &str) -> &str {
    let value = value.split_once(" #").map_or(value, |(value, _)| value).trim();
    ['"', '\''].iter().find_map(|&mark| value.strip_prefix(mark)?.strip_suffix(mark)).unwrap_or(value)
}

/// Text without marks of emphasis and code; a link is its words.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("](") {
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let Some((_, behind)) = after.split_once(')') else { break };
        match before.rsplit_once('[') {
            Some((lead, words)) => {
                out.push_str(lead.trim_end_matches('!'));
                out.push_str(words);
            }
            None => out.push_str(before),
        }
        rest = behind;
    }
    out.push_str(rest);
    out.replace("**", "").replace("__", "").replace(['`', '\\'], "").trim().to_owned()
}

//! Template marks in data files: hides what Helm, Jinja and their kin leave for later, so that the rest can be read.

use crate::span::Span;

/// True when a text may hold template expressions.
pub(super) fn may_hold(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"{{").is_some()
}

/// True when a text may hold expressions or statements of a template.
pub(super) fn has_marks(text: &str) -> bool {
    may_hold(text) || memchr::memmem::find(text.as_bytes(), b"{%").is_some()
}

/// True when some line begins with a tag.
pub(super) fn has_leading_tag(text: &str) -> bool {
    has_marks(text)
        && text.lines().any(|line| line.trim_start().starts_with("{{") || line.trim_start().starts_with("{%"))
}

/// The same text with templates hidden behind as many bytes, and what was hidden where a value should stand.
///
/// Lines that only steer (`if`, `end`, comments) become blank. An expression within a line becomes a word. A line that
/// is only an expression becomes what its place asks for: a key, a list element or a text of unknown content.
pub(super) fn mask(text: &str) -> (String, Vec<Span>) {
    let tags = tags(text);
    let lines = Lines::new(text, &tags);
    let mut out = text.as_bytes().to_vec();
    let mut masks = Vec::new();
    for (at, line) in lines.all.iter().enumerate() {
        let (Some(first), Some(last)) = (line.tags.first(), line.tags.last()) else { continue };
        let steered = first.kind == Kind::Control
            && text.get(line.span.from()..first.span.from()).is_some_and(|before| before.trim().is_empty());
        let output = line.tags.iter().find(|tag| tag.kind == Kind::Output);
        if line.is_content() && !steered {
            hide_inline(text, line, &mut out, &mut masks);
            continue;
        }
        // What a leading `if` governs stands too far right to be read where it belongs.
        let end = line.span.from() + line.span.text(text).trim_end().len();
        let whole = first.span.cover(last.span).cover(Span::new(end, end));
        fill(&mut out, whole, b' ');
        let stand_in = if line.is_content() {
            line.stand_in(text, first.span.from() - line.span.from(), line.form())
        } else {
            output.and_then(|tag| lines.stand_in(text, at, tag))
        };
        if let Some((from, stand_in)) = stand_in {
            put(&mut out, from, stand_in.as_bytes());
            masks.push(whole.cover(Span::new(from, from + stand_in.len())));
        }
    }
    match String::from_utf8(out) {
        Ok(masked) => (masked, masks),
        Err(_) => (text.to_owned(), Vec::new()),
    }
}

/// What a template tag does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It leaves text.
    Output,
    /// It steers, and leaves nothing itself.
    Control,
    /// It says something to people.
    Comment,
}

#[derive(Clone, Copy, Debug)]
struct Tag {
    span: Span,
    kind: Kind,
}

/// Longest tag.
const LONGEST: usize = 4096;

/// Lines before and behind a template that are asked what it stands for.
const NEAR: usize = 200;

/// Tags of a text, in order.
fn tags(text: &str) -> Vec<Tag> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(brace) = bytes.get(at..).and_then(|rest| memchr::memchr(b'{', rest)) {
        let start = at + brace;
        at = start + 1;
        let (close, kind): (&[u8], _) = match bytes.get(start + 1) {
            Some(b'{') => (b"}}", Kind::Output),
            Some(b'%') => (b"%}", Kind::Control),
            Some(b'#') => (b"#}", Kind::Comment),
            _ => continue,
        };
        let rest = bytes.get(start + 2..).unwrap_or_default();
        let near = rest.get(..LONGEST).unwrap_or(rest);
        let Some(length) = memchr::memmem::find(near, close) else { continue };
        // A mark of a comment is too common to trust it over a line's end.
        if close == b"#}" && memchr::memchr(b'\n', near.get(..length).unwrap_or_default()).is_some() {
            continue;
        }
        let mut end = start + 2 + length + 2;
        let body = text.get(start + 2..start + 2 + length).unwrap_or_default();
        if body.starts_with('{') && bytes.get(end) == Some(&b'}') {
            end += 1;
        }
        let kind = if kind == Kind::Output { kind_of(body) } else { kind };
        found.push(Tag { span: Span::new(start, end), kind });
        at = end;
    }
    found
}

/// Go templates and Handlebars steer with words inside the same marks that print.
fn kind_of(body: &str) -> Kind {
    let body = body.trim_start_matches('-').trim_start();
    if body.starts_with("/*") || body.starts_with('!') {
        return Kind::Comment;
    }
    let word = body.split(|char: char| char.is_whitespace() || char == '-').next().unwrap_or_default();
    if matches!(word, "if" | "else" | "end" | "range" | "with" | "define" | "block" | "break" | "continue") {
        return Kind::Control;
    }
    let mustache = body.starts_with(['#', '/', '^']);
    let assigned = body.strip_prefix('$').is_some_and(|rest| {
        let name = rest.trim_start_matches(|char: char| char.is_alphanumeric() || char == '_').trim_start();
        name.starts_with(":=") || (name.starts_with('=') && !name.starts_with("=="))
    });
    if mustache || assigned { Kind::Control } else { Kind::Output }
}

/// A line, or several that one tag joins.
#[derive(Debug)]
struct Line {
    span: Span,
    tags: Vec<Tag>,
    /// The line as it would be without its tags.
    bare: String,
}

impl Line {
    fn is_content(&self) -> bool {
        !self.bare.trim().is_empty()
    }

    /// True when neighbours can tell something from this line.
    fn tells(&self) -> bool {
        let text = self.bare.trim();
        !text.is_empty() && !text.starts_with('#') && text != "---"
    }

    /// Columns where something of this line begins: its first character, and what stands behind dashes.
    fn columns(&self) -> Vec<usize> {
        let mut rest = self.bare.as_str();
        let mut column = rest.len() - rest.trim_start_matches(' ').len();
        rest = rest.trim_start_matches(' ');
        let mut columns = vec![column];
        while let Some(behind) = rest.strip_prefix("- ") {
            let inner = behind.trim_start_matches(' ');
            column += rest.len() - inner.len();
            rest = inner;
            columns.push(column);
        }
        columns
    }

    /// Something of a form at a column of the line, which is unknown otherwise.
    fn stand_in(&self, text: &str, column: usize, form: Form) -> Option<(usize, String)> {
        let from = self.span.from() + column;
        let end = self.span.text(text).find(['\r', '\n']).map_or(self.span.to(), |end| self.span.from() + end);
        let room = end.checked_sub(from).filter(|&room| room >= 4)?.min(40);
        let stand_in = match form {
            Form::Key => format!("{}:", "x".repeat(room - 1)),
            Form::Element => format!("- {}", "x".repeat(room - 2)),
            Form::Text => "x".repeat(room),
        };
        Some((from, stand_in))
    }

    /// What the line itself is.
    fn form(&self) -> Form {
        self.form_at(self.bare.len() - self.bare.trim_start().len())
    }

    /// What stands at a column: a list element, a key, or text.
    fn form_at(&self, column: usize) -> Form {
        let rest = self.bare.get(column..).unwrap_or_default().trim_end();
        if rest.starts_with("- ") || rest == "-" {
            Form::Element
        } else if rest.ends_with(':') || rest.contains(": ") {
            Form::Key
        } else {
            Form::Text
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Key,
    Element,
    Text,
}

#[derive(Debug)]
struct Lines {
    all: Vec<Line>,
}

impl Lines {
    fn new(text: &str, tags: &[Tag]) -> Self {
        let mut all = Vec::new();
        let mut tags = tags.iter().copied().peekable();
        let mut at = 0;
        while at < text.len() {
            let mut end = line_end(text, at);
            let (mut inside, mut bare, mut from) = (Vec::new(), String::new(), at);
            while let Some(tag) = tags.next_if(|tag| tag.span.from() < end) {
                bare.push_str(text.get(from..tag.span.from()).unwrap_or_default());
                // Between other text a tag stands for something, so that `a: {{ b }}` still ends in no colon.
                if tag.kind == Kind::Output && !bare.trim().is_empty() {
                    bare.push('x');
                }
                from = tag.span.to();
                end = end.max(line_end(text, from.saturating_sub(1)));
                inside.push(tag);
            }
            bare.push_str(text.get(from..end).unwrap_or_default());
            all.push(Line { span: Span::new(at, end), tags: inside, bare });
            at = end;
        }
        Self { all }
    }

    /// What to put in the place of a line that is only an expression, and where: nothing when its place says nothing.
    fn stand_in(&self, text: &str, at: usize, tag: &Tag) -> Option<(usize, String)> {
        let line = self.all.get(at)?;
        let own = tag.span.from() - line.span.from();
        let column = indent(tag.span.text(text)).unwrap_or(own);
        line.stand_in(text, column, self.form(at, column)?)
    }

    /// What a line at a column would be among its neighbours.
    fn form(&self, at: usize, column: usize) -> Option<Form> {
        // Neighbours are near; a text without any is not searched to its ends for every line.
        let next = self.all.get(at + 1..)?.iter().take(NEAR).find(|line| line.tells());
        if let Some(next) = next.filter(|next| next.columns().first() == Some(&column)) {
            return Some(next.form_at(column));
        }
        let mut between = false;
        for line in self.all.get(..at)?.iter().rev().take(NEAR).filter(|line| line.tells()) {
            let columns = line.columns();
            if columns.contains(&column) {
                return Some(line.form_at(column));
            }
            if columns.first().is_some_and(|&first| first < column) {
                let opens = line.bare.trim_end().ends_with([':', '|', '>', '-', '+']);
                return (opens && !between).then_some(Form::Text);
            }
            between = true;
        }
        None
    }
}

/// The number that `indent` or `nindent` is called with.
fn indent(tag: &str) -> Option<usize> {
    let (_, rest) = tag.rsplit_once("indent")?;
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|&count: &usize| count < 200)
}

/// Hides tags that share their line with other text.
fn hide_inline(text: &str, line: &Line, out: &mut [u8], masks: &mut Vec<Span>) {
    let mut from = line.span.from();
    let mut seen = false;
    for (at, tag) in line.tags.iter().enumerate() {
        seen |= !text.get(from..tag.span.from()).unwrap_or_default().trim().is_empty();
        from = tag.span.to();
        let apart = text.get(..tag.span.from()).is_none_or(|before| before.ends_with([' ', '\t', '\n']));
        let is_last = at + 1 == line.tags.len() && text.get(from..line.span.to()).unwrap_or_default().trim().is_empty();
        let steers = tag.kind == Kind::Control && (!seen || (is_last && apart));
        if steers || tag.kind == Kind::Comment {
            fill(out, tag.span, b' ');
        } else {
            // What is left of a tag of several lines is its first line.
            let first = tag.span.text(text).find(['\r', '\n']).map_or(tag.span.to(), |end| tag.span.from() + end);
            fill(out, tag.span, b' ');
            fill(out, Span::new(tag.span.from(), first), b'x');
            masks.push(tag.span);
        }
    }
}

/// Overwrites a span, line ends excepted.
fn fill(out: &mut [u8], span: Span, with: u8) {
    for byte in out.get_mut(span.from()..span.to()).unwrap_or_default() {
        if !matches!(byte, b'\n' | b'\r') {
            *byte = with;
        }
    }
}

fn put(out: &mut [u8], from: usize, bytes: &[u8]) {
    if let Some(place) = out.get_mut(from..from + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

/// Behind the end of the line that holds a byte.
fn line_end(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    at + memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)
}

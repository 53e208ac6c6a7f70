//! `requirements.txt` and constraint files of pip, line by line.

use super::{
    Document, Node, Value,
    scan::{Defects, trimmed, trimmed_end},
    template,
};
use crate::{error::Notification, source::Source, span::Span};

/// Parses one source. The root is a list with a map for every requirement and option.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text: &str = &source.text;
    let mut defects = Defects::default();
    let mut items = Vec::new();
    let mut start = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
    while start < text.len() {
        let line = Line::at(text, start);
        start = line.next;
        if let Some(item) = line.item(&mut defects) {
            items.push(item);
        }
    }
    let root = Node::new(Span::new(0, text.len()), Value::List(items));
    (Document { roots: vec![root] }, defects.notifications(source))
}

/// A logical line: its continuations joined and its comments blanked, so that places stay what they are.
struct Line<'a> {
    text: &'a str,
    /// The line's bytes with blanks instead of continuations and comments.
    clean: String,
    start: usize,
    next: usize,
}

/// Options that take a value, and those of one letter that mean the same.
const OPTIONS: &[(&str, &str)] =
    &[("-r", "requirement"), ("-c", "constraint"), ("-e", "editable"), ("-i", "index-url"), ("-f", "find-links")];

impl<'a> Line<'a> {
    fn at(text: &'a str, start: usize) -> Self {
        let mut clean = String::new();
        let mut at = start;
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let end = rest.find('\n').map_or(rest.len(), |end| end + 1);
            let line = rest.get(..end).unwrap_or_default();
            at += end;
            let content = line.trim_end_matches(['\n', '\r']);
            let comment = comment(content);
            let kept = content.get(..comment.unwrap_or(content.len())).unwrap_or_default();
            let goes_on = comment.is_none() && kept.ends_with('\\');
            let kept = if goes_on { kept.get(..kept.len() - 1).unwrap_or_default() } else { kept };
            clean.push_str(kept);
            clean.extend(std::iter::repeat_n(' ', line.len() - kept.len()));
            if !goes_on || at >= text.len() {
                break;
            }
        }
        Self { text, clean, start, next: at }
    }

    /// The place of a range of the cleaned line, without blanks around it.
    fn place(&self, from: usize, to: usize) -> Span {
        let span = trimmed(&self.clean, Span::new(from, to));
        span.shifted(self.start)
    }

    /// The cleaned text under a place.
    fn said(&self, span: Span) -> &str {
        self.clean.get(span.from() - self.start..span.to() - self.start).unwrap_or_default()
    }

    /// The cleaned text under a place, as a node.
    fn node(&self, span: Span) -> Node {
        let text = self.said(span);
        let unknown = template::may_hold(text);
        Node::new(span, if unknown { Value::Unknown(text.to_owned()) } else { Value::String(text.to_owned()) })
    }

    fn item(&self, defects: &mut Defects) -> Option<Node> {
        let whole = self.place(0, self.clean.len());
        if whole.is_empty() || self.said(whole).starts_with("{%") {
            return None;
        }
        let written = self.said(whole);
        let item = if written.starts_with('-') { self.option(whole) } else { self.requirement(whole) };
        if item.is_none() {
            defects.syntax(self.text, whole, "this is no requirement");
        }
        item
    }

    /// `-r FILE`, `--index-url=URL`, `--pre`.
    fn option(&self, whole: Span) -> Option<Node> {
        let written = self.said(whole);
        let short = OPTIONS.iter().find(|(short, _)| written.starts_with(short) && !written.starts_with("--"));
        let (name, length) = match short {
            Some((short, name)) => (*name, short.len()),
            None => {
                let name = written.strip_prefix("--")?;
                let end = name.find(|char: char| char.is_whitespace() || char == '=').unwrap_or(name.len());
                (name.get(..end)?, end + 2)
            }
        };
        let behind = written.get(length..).unwrap_or_default();
        let skip = behind.len() - behind.trim_start_matches(|char: char| char.is_whitespace() || char == '=').len();
        let value = Span::new(whole.from() + length + skip, whole.to());
        let mut node = Node::map(whole);
        match name {
            "requirement" => node.set("include", self.node(value)),
            "constraint" => node.set("constraint", self.node(value)),
            "editable" => {
                let parts = self.parts(value);
                self.target(parts.requirement, &mut node);
                self.extras_of(parts, &mut node);
                node.set("editable", Node::new(Span::new(whole.from(), whole.from() + length), Value::Bool(true)));
            }
            _ => {
                node.set("option", Node::string(Span::new(whole.from(), whole.from() + length), name));
                if !value.is_empty() {
                    node.set("value", self.node(value));
                }
            }
        }
        Some(node)
    }

    /// `name[extras]==1.0; marker --hash=...`, `name @ URL`, a URL or a path.
    fn requirement(&self, whole: Span) -> Option<Node> {
        let parts = self.parts(whole);
        let written = self.said(parts.requirement);
        let mut node = Node::map(whole);
        if template::may_hold(written) {
            node.set("name", self.node(parts.requirement));
            return Some(node);
        }
        let name = written.find(|char: char| !is_name(char)).unwrap_or(written.len());
        let rest = written.get(name..).unwrap_or_default();
        let is_target = rest.starts_with(['/', ':', '+', '\\'])
            || written.starts_with('.')
            || (!written.contains(' ') && [".whl", ".tar.gz", ".zip"].iter().any(|end| written.ends_with(end)));
        if is_target {
            self.target(parts.requirement, &mut node);
        } else {
            self.named(parts.requirement, name, &mut node)?;
        }
        self.extras_of(parts, &mut node);
        Some(node)
    }

    /// Splits off the marker and the options behind a requirement.
    fn parts(&self, whole: Span) -> Parts {
        let written = self.said(whole);
        let at = |offset: usize| whole.from() + offset;
        let options = written
            .match_indices("--")
            .find(|(found, _)| written.get(..*found).is_some_and(|before| before.ends_with(char::is_whitespace)));
        let end = options.map_or(written.len(), |(found, _)| found);
        let before = written.get(..end).unwrap_or_default();
        // A URL may hold a semicolon; one that begins a marker stands behind a blank there.
        let url = before.contains("://");
        let marker = before
            .match_indices(';')
            .map(|(found, _)| found)
            .find(|&found| !url || before.get(..found).is_some_and(|name| name.ends_with(char::is_whitespace)));
        let place = |from: usize, to: usize| trimmed(self.text, Span::new(at(from), at(to)));
        let clean = |from: usize, to: usize| {
            let span = self.place(at(from) - self.start, at(to) - self.start);
            if span.is_empty() { place(from, from) } else { span }
        };
        Parts {
            requirement: clean(0, marker.unwrap_or(end)),
            marker: marker.map(|marker| clean(marker + 1, end)),
            options: clean(end, written.len()),
        }
    }

    /// A requirement by name; nothing when no name begins it or what follows is no version.
    fn named(&self, span: Span, name: usize, node: &mut Node) -> Option<()> {
        let written = self.said(span);
        if name == 0 || !written.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            return None;
        }
        let at = |offset: usize| span.from() + offset;
        node.set("name", self.node(Span::new(at(0), at(name))));
        let mut rest = name + blanks(written, name);
        if written.get(rest..)?.starts_with('[') {
            let close = rest + written.get(rest..)?.find(']')?;
            node.set("extras", self.list(Span::new(at(rest + 1), at(close)), ','));
            rest = close + 1;
            rest += blanks(written, rest);
        }
        let behind = written.get(rest..)?;
        if behind.is_empty() {
            return Some(());
        }
        if behind.starts_with('@') {
            let skip = 1 + blanks(written, rest + 1);
            node.set("url", self.node(Span::new(at(rest + skip), span.to())));
            return Some(());
        }
        self.specifier(Span::new(at(rest), span.to()), node)
    }

    /// `==1.0`, `(>=1, <2)`.
    fn specifier(&self, span: Span, node: &mut Node) -> Option<()> {
        let written = self.said(span);
        let (inner, span) = match written.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(inner) => (inner, Span::new(span.from() + 1, span.to() - 1)),
            None => (written, span),
        };
        if !["==", "<", ">", "~=", "!="].iter().any(|operator| inner.trim_start().starts_with(operator)) {
            return None;
        }
        let compact: String = inner.chars().filter(|char| !char.is_whitespace()).collect();
        let pinned = compact.strip_prefix("===").or_else(|| compact.strip_prefix("=="));
        if let Some(version) = pinned.filter(|version| !version.contains(['*', ',', '=', '<', '>'])) {
            let from = inner.rfind('=').map_or(0, |equals| equals + 1);
            let place = trimmed(self.text, Span::new(span.from() + from, span.to()));
            node.set("version", Node::string(place, version));
        }
        node.set("specifier", Node::string(span, compact));
        Some(())
    }

    /// A URL or path, and the name that a URL may give.
    fn target(&self, span: Span, node: &mut Node) {
        let written = self.said(span);
        if let Some(egg) = written.find("#egg=").map(|found| found + 5) {
            let name = written.get(egg..).unwrap_or_default();
            let end = name.find(|char: char| !is_name(char)).unwrap_or(name.len());
            node.set("name", self.node(Span::new(span.from() + egg, span.from() + egg + end)));
        }
        node.set("url", self.node(span));
    }

    /// The marker and the hashes of a requirement.
    fn extras_of(&self, parts: Parts, node: &mut Node) {
        if let Some(marker) = parts.marker.filter(|marker| !marker.is_empty()) {
            node.set("marker", self.node(marker));
        }
        let written = self.said(parts.options);
        let mut hashes = Vec::new();
        for (found, mark) in written.match_indices("--hash") {
            let from = found + mark.len();
            let rest = written.get(from..).unwrap_or_default();
            let skip = rest.len() - rest.trim_start_matches(|char: char| char.is_whitespace() || char == '=').len();
            let hash = rest.get(skip..).unwrap_or_default();
            let end = hash.find(char::is_whitespace).unwrap_or(hash.len());
            let start = parts.options.from() + from + skip;
            hashes.push(self.node(Span::new(start, start + end)));
        }
        if !hashes.is_empty() {
            node.set("hashes", Node::new(parts.options, Value::List(hashes)));
        }
    }

    fn list(&self, span: Span, separator: char) -> Node {
        let mut items = Vec::new();
        let mut at = span.from();
        for part in self.said(span).split(separator) {
            let place = self.place(at - self.start, at - self.start + part.len());
            if !place.is_empty() {
                items.push(self.node(place));
            }
            at += part.len() + separator.len_utf8();
        }
        Node::new(trimmed_end(self.text, span), Value::List(items))
    }
}

/// Places of the parts of a requirement.
struct Parts {
    requirement: Span,
    marker: Option<Span>,
    options: Span,
}

/// Where a comment begins: a `#` at the start or behind a blank.
fn comment(line: &str) -> Option<usize> {
    line.match_indices('#')
        .map(|(at, _)| at)
        .find(|&at| line.get(..at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t'])))
}

fn is_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.')
}

/// Number of bytes of white space at a place.
fn blanks(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.len() - rest.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::super::{
        scan::check,
        tests::{check_cases, check_spans},
    };
    use crate::classify::Format;

    #[test]
    fn requirements_become_maps() {
        check_cases(
            Format::Requirements,
            &[
                (
                    "# c\nA.b_c==1.0 # d\n\nx\n",
                    &[r#"[{"name": "A.b_c", "version": "1.0", "specifier": "==1.0"}, {"name": "x"}]"#],
                    &[],
                ),
                (
                    "a [x, y] >= 1.0 , <2; python_version < '3.8' and extra == \"z\"\n",
                    &[
                        r#"[{"name": "a", "extras": ["x", "y"], "specifier": ">=1.0,<2", "marker": "python_version < '3.8' and extra == \"z\""}]"#,
                    ],
                    &[],
                ),
                (
                    "a==1.*\nb === 2\nc (>=1)\nd~=1.0\n",
                    &[
                        r#"[{"name": "a", "specifier": "==1.*"}, {"name": "b", "version": "2", "specifier": "===2"}, {"name": "c", "specifier": ">=1"}, {"name": "d", "specifier": "~=1.0"}]"#,
                    ],
                    &[],
                ),
                (
                    "a==1 \\\n    --hash=sha256:ab \\\r\n    --hash sha512:cd\n",
                    &[r#"[{"name": "a", "version": "1", "specifier": "==1", "hashes": ["sha256:ab", "sha512:cd"]}]"#],
                    &[],
                ),
                (
                    "-r a.txt\n--requirement=b.txt\n-cc.txt\n-i http://x/y\n--pre\n",
                    &[
                        r#"[{"include": "a.txt"}, {"include": "b.txt"}, {"constraint": "c.txt"}, {"option": "index-url", "value": "http://x/y"}, {"option": "pre"}]"#,
                    ],
                    &[],
                ),
                (
                    "-e git+https://h/p@v1#egg=q&subdirectory=s\na @ https://h/a;b.whl ; os_name == 'nt'\n./d\nhttps://h/e-1.tar.gz\n",
                    &[
                        r#"[{"name": "q", "url": "git+https://h/p@v1#egg=q&subdirectory=s", "editable": true}, {"name": "a", "url": "https://h/a;b.whl", "marker": "os_name == 'nt'"}, {"url": "./d"}, {"url": "https://h/e-1.tar.gz"}]"#,
                    ],
                    &[],
                ),
                ("\u{FEFF}a\n{{ b }}==1\n{% if c %}\n", &[r#"[{"name": "a"}, {"name": ?{{ b }}==1}]"#], &[]),
                (
                    "a b\n=1\nc = 2\nd==2\n[e\n",
                    &[r#"[{"name": "d", "version": "2", "specifier": "==2"}]"#],
                    &["1:1", "5:1"],
                ),
                ("", &["[]"], &[]),
            ],
        );
    }

    #[test]
    fn spans_hold_the_text_of_every_part() {
        check_spans(
            Format::Requirements,
            "é # no\na[b , c]  == 1.0 ;  d \\\n --hash=x:1\n".trim_start_matches('é').trim_start(),
            &[
                "# no\na[b , c]  == 1.0 ;  d \\\n --hash=x:1\n",
                "a[b , c]  == 1.0 ;  d \\\n --hash=x:1",
                "",
                "a",
                "",
                "b , c",
                "b",
                "c",
                "",
                "1.0",
                "",
                "== 1.0",
                "",
                "d",
                "",
                "--hash=x:1",
                "x:1",
            ],
        );
    }

    #[test]
    fn hostile_texts_are_bounded() {
        for open in ["\\\n", "a[", "--hash", "; ", "-e ", "a==", "# ", "a --hash=b\\\n", "#"] {
            check::bounded(super::parse, open, "", "]");
        }
        check::survives(
            super::parse,
            "# c\n-r a.txt\nb[x]==1.0; y < '3' \\\n  --hash=z:00\n-e git+https://c/d@e#egg=f\n",
        );
    }
}

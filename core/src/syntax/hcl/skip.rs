//! Finds where HCL expressions end without understanding them: brackets, strings, templates, heredocs, comments.

use super::super::scan::Scan;
use crate::span::Span;

/// What ends an expression besides a bracket that it did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// An attribute: the line's end.
    Body,
    /// A tuple or an argument list: a comma.
    List,
    /// An object's value: a comma or the line's end.
    Object,
    /// An object's key: `=` or `:`.
    Key,
}

/// An expression's brackets do not match, or the text ended inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// What a template string turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoted {
    /// Text only.
    Literal,
    /// Holds `${` or `%{`.
    Template,
    /// The line or the text ended before the closing quote.
    Unclosed,
}

/// True for bytes that start a name.
pub(super) fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// True for bytes that go on with a name.
pub(super) fn continues_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit() || byte == b'-'
}

/// Steps over a comment, without the line end behind it. False when there is none.
pub(super) fn comment(scan: &mut Scan<'_>) -> bool {
    if scan.peek() == Some(b'#') || scan.sees("//") {
        scan.at = scan.line_end();
        return true;
    }
    if !scan.eat("/*") {
        return false;
    }
    let rest = scan.text.as_bytes().get(scan.at..).unwrap_or_default();
    scan.bump(memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2));
    true
}

/// Steps over blanks and comments on one line.
pub(super) fn blanks(scan: &mut Scan<'_>) {
    loop {
        scan.skip_blanks();
        if !scan.sees("/*") || !comment(scan) {
            return;
        }
    }
}

/// Steps over white space, line ends and comments.
pub(super) fn trivia(scan: &mut Scan<'_>) {
    loop {
        scan.take_while(|byte| byte.is_ascii_whitespace());
        if !comment(scan) {
            return;
        }
    }
}

/// A heredoc: its mark `<<-NAME`, the lines of its content, and whether common indentation is cut off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heredoc {
    /// From the mark to the end of the closing name.
    pub span: Span,
    /// The content with its last line end.
    pub content: Span,
    /// `<<-`.
    pub indented: bool,
}

/// Steps over a heredoc. `Ok(None)` when none stands here.
pub(super) fn heredoc(scan: &mut Scan<'_>) -> Result<Option<Heredoc>, Broken> {
    let start = scan.at;
    if !scan.eat("<<") {
        return Ok(None);
    }
    let indented = scan.eat("-");
    let name = scan.take_while(continues_name).text(scan.text);
    if name.is_empty() || scan.text.get(scan.at..scan.line_end()).is_some_and(|rest| !rest.trim().is_empty()) {
        scan.at = start;
        return Ok(None);
    }
    scan.take_line();
    let content = scan.at;
    while scan.peek().is_some() {
        let at = scan.at;
        let line = scan.take_line();
        let text = line.text(scan.text);
        if text.trim() == name {
            scan.at = line.from() + text.trim_end().len();
            let span = Span::new(start, scan.at);
            return Ok(Some(Heredoc { span, content: Span::new(content, at), indented }));
        }
    }
    Err(Broken)
}

/// Steps over a quoted string with whatever its templates hold.
pub(super) fn quoted(scan: &mut Scan<'_>) -> Result<Quoted, Broken> {
    let mut skip = Skip { scan: *scan, open: Vec::new(), kind: Quoted::Literal };
    skip.scan.bump(1);
    skip.open.push(QUOTE);
    while !skip.open.is_empty() {
        if skip.scan.peek().is_none() {
            if skip.open != [QUOTE] {
                return Err(Broken);
            }
            skip.unclosed();
            break;
        }
        skip.step()?;
    }
    *scan = skip.scan;
    Ok(skip.kind)
}

/// Steps to the end of an expression. `Ok(false)` says that a string in it was not closed.
pub(super) fn expression(scan: &mut Scan<'_>, within: Within) -> Result<bool, Broken> {
    let mut skip = Skip { scan: *scan, open: Vec::new(), kind: Quoted::Literal };
    while let Some(byte) = skip.scan.peek() {
        if skip.open.is_empty() && ends(&skip.scan, byte, within) {
            break;
        }
        skip.step()?;
    }
    if !skip.open.is_empty() {
        return Err(Broken);
    }
    *scan = skip.scan;
    Ok(skip.kind != Quoted::Unclosed)
}

/// Steps over a bracket and everything up to the one that closes it.
pub(super) fn bracket(scan: &mut Scan<'_>) -> Result<bool, Broken> {
    let mut skip = Skip { scan: *scan, open: Vec::new(), kind: Quoted::Literal };
    skip.step()?;
    while !skip.open.is_empty() {
        if skip.scan.peek().is_none() {
            return Err(Broken);
        }
        skip.step()?;
    }
    *scan = skip.scan;
    Ok(skip.kind != Quoted::Unclosed)
}

fn ends(scan: &Scan<'_>, byte: u8, within: Within) -> bool {
    match byte {
        b'\n' | b'#' => within != Within::List,
        b'/' => scan.sees("//") && within != Within::List,
        b']' | b'}' | b')' => true,
        b',' => matches!(within, Within::List | Within::Object),
        b'=' | b':' => within == Within::Key && scan.ahead(1) != Some(b'='),
        _ => false,
    }
}

/// Marks an open quote among open brackets, which are kept as the byte that closes them.
const QUOTE: u8 = b'"';
/// Marks an open `${`.
const TEMPLATE: u8 = b'$';

struct Skip<'a> {
    scan: Scan<'a>,
    open: Vec<u8>,
    kind: Quoted,
}

impl Skip<'_> {
    /// One token; always moves on.
    fn step(&mut self) -> Result<(), Broken> {
        if self.open.last() == Some(&QUOTE) { self.in_quote() } else { self.in_code() }
    }

    fn in_quote(&mut self) -> Result<(), Broken> {
        self.scan.take_while(|byte| !matches!(byte, b'\\' | b'"' | b'$' | b'%' | b'\n'));
        match self.scan.peek() {
            Some(b'\\') if !matches!(self.scan.ahead(1), Some(b'\r' | b'\n')) => self.scan.bump(2),
            Some(b'"') => {
                self.open.pop();
                self.scan.bump(1);
            }
            Some(b'\n') => self.unclosed(),
            Some(b'$' | b'%') => {
                if self.scan.eat("$${") || self.scan.eat("%%{") {
                    return Ok(());
                }
                let opens = self.scan.ahead(1) == Some(b'{');
                self.scan.bump(if opens { 2 } else { 1 });
                if opens {
                    self.open.push(TEMPLATE);
                    self.kind = self.kind.max_of(Quoted::Template);
                }
            }
            _ => self.scan.bump(1),
        }
        self.align();
        Ok(())
    }

    /// A line ended inside a string: everything up to the outermost open quote is given up.
    fn unclosed(&mut self) {
        self.kind = Quoted::Unclosed;
        let outermost = self.open.iter().position(|&open| open == QUOTE).unwrap_or(0);
        self.open.truncate(outermost);
    }

    fn in_code(&mut self) -> Result<(), Broken> {
        if comment(&mut self.scan) {
            return Ok(());
        }
        let Some(byte) = self.scan.peek() else { return Ok(()) };
        match byte {
            b'"' => self.open.push(QUOTE),
            b'(' => self.open.push(b')'),
            b'[' => self.open.push(b']'),
            b'{' => self.open.push(b'}'),
            b')' | b']' | b'}' => match self.open.pop() {
                Some(open) if open == byte || (open == TEMPLATE && byte == b'}') => {}
                _ => return Err(Broken),
            },
            b'<' if heredoc(&mut self.scan)?.is_some() => return Ok(()),
            _ => {}
        }
        self.scan.bump(1);
        self.align();
        Ok(())
    }

    /// Moves to the next border between characters.
    fn align(&mut self) {
        self.scan.take_while(|byte| (0x80..0xC0).contains(&byte));
    }
}

impl Quoted {
    fn max_of(self, other: Self) -> Self {
        if self == Self::Unclosed { self } else { other }
    }
}

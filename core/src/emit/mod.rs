//! Writers: a report in the forms that people and programs read. They never filter by themselves nor grade.

mod annotations;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

use std::io::{self, Write};

pub use self::text::Terminal;
use crate::report::Report;

/// Forms a report can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Form {
    /// For people at a terminal.
    Text,
    /// SARIF 2.1.0.
    Sarif,
    /// Our own JSON, documented in docs/json.md.
    Json,
    /// A summary in Markdown.
    Markdown,
    /// GitHub workflow commands: annotations on changed lines.
    Github,
    /// JUnit XML.
    Junit,
    /// GitLab code quality.
    Gitlab,
}

impl Form {
    /// All forms with the words that choose them.
    pub const ALL: [(&'static str, Self); 7] = [
        ("text", Self::Text),
        ("sarif", Self::Sarif),
        ("json", Self::Json),
        ("markdown", Self::Markdown),
        ("github", Self::Github),
        ("junit", Self::Junit),
        ("gitlab", Self::Gitlab),
    ];

    /// The form of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(name, _)| *name == word).map(|(_, form)| form)
    }
}

/// How to write.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// Results that are no failures too (proved, unresolved, unfilled).
    pub all: bool,
    /// Terminal manners; only the text form looks at them.
    pub terminal: Terminal,
}

/// Writes a report in a form.
pub fn write(report: &Report, form: Form, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Text => text::write(report, &style.terminal, out),
        Form::Sarif => sarif::write(report, style.all, out),
        Form::Json => json::write(report, style.all, out),
        Form::Markdown => markdown::write(report, out),
        Form::Github => annotations::write(report, out),
        Form::Junit => junit::write(report, out),
        Form::Gitlab => gitlab::write(report, out),
    }
}

/// Writes a value as indented JSON that is safe to print: characters that steer a terminal or turn the direction of
/// text are written as escapes, so nothing of the value is lost.
fn write_json(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(Escaping(&mut *out), value)?;
    out.write_all(b"\n")
}

/// The same in one line: for programs, and half as large.
fn write_compact_json(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(Escaping(&mut *out), value)?;
    out.write_all(b"\n")
}

/// Outside of strings JSON is plain ASCII, so an escape is right wherever such a character turns up.
struct Escaping<'w>(&'w mut dyn Write);

impl Write for Escaping<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return self.0.write_all(bytes).map(|()| bytes.len());
        }
        // The serializer hands over whole texts.
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        let mut done = 0;
        for (at, letter) in text.char_indices().filter(|(_, letter)| is_hazard(*letter)) {
            self.0.write_all(text.get(done..at).unwrap_or_default().as_bytes())?;
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                write!(self.0, "\\u{unit:04x}")?;
            }
            done = at + letter.len_utf8();
        }
        self.0.write_all(text.get(done..).unwrap_or_default().as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Characters that the serializer leaves as they are and that no terminal should see.
fn is_hazard(letter: char) -> bool {
    matches!(letter,
        '\u{7F}'..='\u{9F}' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

/// The lines of the board: declared, built, verdict.
pub use self::text::write_board;

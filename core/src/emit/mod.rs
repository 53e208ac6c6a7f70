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

/// The lines of the board: declared, built, verdict.
pub use self::text::write_board;

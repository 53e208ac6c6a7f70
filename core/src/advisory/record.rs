//! One advisory, reduced to what matching and reporting need, whatever form it was published in.

use super::range::Interval;

/// What an advisory says about a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// A weakness that can be attacked.
    #[default]
    Vulnerability,
    /// Nobody keeps the package.
    Unmaintained,
    /// Safe code can break memory safety.
    Unsound,
    /// The version was taken back by its author.
    Yanked,
    /// Something worth knowing.
    Notice,
    /// The package was published to do harm.
    Malicious,
}

impl Kind {
    /// The word used in rules and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Vulnerability => "vulnerability",
            Self::Unmaintained => "unmaintained",
            Self::Unsound => "unsound",
            Self::Yanked => "yanked",
            Self::Notice => "notice",
            Self::Malicious => "malicious",
        }
    }

    /// The kind of a RustSec informational advisory; `None` for words that only inform their database.
    pub(super) fn informational(word: &str) -> Option<Self> {
        match word {
            "unmaintained" => Some(Self::Unmaintained),
            "unsound" => Some(Self::Unsound),
            "notice" => Some(Self::Notice),
            _ => None,
        }
    }
}

/// A published advisory.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) aliases: Vec<String>,
    pub(super) summary: String,
    /// Address to read more at, when the record names one.
    pub(super) url: Option<String>,
    /// CVSS base score of the whole record.
    pub(super) severity: Option<f64>,
    /// Score that a word of the database stands for: used when no record of the group has a vector.
    pub(super) severity_word: Option<f64>,
    pub(super) cwe: Vec<String>,
    /// Soft-deleted by its publisher.
    pub(super) withdrawn: bool,
    /// Date of the last change, as `YYYY-MM-DD...`; texts of this form compare as dates.
    pub(super) modified: String,
    pub(super) affected: Vec<Affected>,
}

/// A package and the versions of it that an advisory is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Affected {
    /// Canonical ecosystem.
    pub(super) ecosystem: String,
    /// Canonical name.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) intervals: Vec<Interval>,
    /// Versions named one by one.
    pub(super) versions: Vec<String>,
    pub(super) severity: Option<f64>,
    /// Affected functions, as the database writes them.
    pub(super) functions: Vec<String>,
}

/// A text from a database goes to terminals and reports: one line, no control characters.
pub(super) fn one_line(text: &str) -> String {
    let printable = |character: char| if character.is_control() { ' ' } else { character };
    text.chars().map(printable).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

//! What ends a run (`Error`) and what is merely reported (`Notification`).

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::span::Region;

/// What kind of thing ended the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A path, stream or git reference that was asked for is not there or cannot be read.
    Input,
    /// `trueup.toml`, a policy or a command line option says something that cannot be.
    Configuration,
    /// A rule file has a defect.
    Rules,
    /// Advisory data was asked for and is absent or broken.
    Advisories,
    /// An output could not be written.
    Output,
    /// The caller asked to stop.
    Cancelled,
}

/// Ends a run. `defects` lists everything that was wrong, each on one line.
#[derive(Clone, Debug)]
pub struct Error {
    /// What kind of thing was wrong.
    pub kind: ErrorKind,
    /// The file that was wrong, if it was one.
    pub path: Option<PathBuf>,
    /// Every defect found, in order: what is wrong, where, and what it should be. Never empty.
    pub defects: Vec<String>,
}

impl Error {
    /// An error of one defect.
    pub fn new(kind: ErrorKind, defect: impl Into<String>) -> Self {
        Self { kind, path: None, defects: vec![defect.into()] }
    }

    /// The same error, about a file.
    #[must_use]
    pub fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, defect) in self.defects.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            match &self.path {
                Some(path) => write!(out, "{}: {defect}", path.display())?,
                None => write!(out, "{defect}")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// Something that was not analysed, or only in part. It is reported, and may make the verdict `incomplete`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Notification {
    /// Path of the source, relative to the root of the scan; empty when it is about the whole run.
    pub path: String,
    /// Where in the source understanding ended, when that is known.
    pub region: Option<Region>,
    /// Stable word for the kind of obstacle.
    pub id: NotificationId,
    /// One sentence without a full stop, safe to print: no control characters, no text of the source.
    pub message: String,
}

impl Notification {
    /// A notification about a whole source.
    pub fn new(path: impl Into<String>, id: NotificationId, message: impl Into<String>) -> Self {
        Self { path: path.into(), region: None, id, message: message.into() }
    }

    /// The same notification, at a region.
    #[must_use]
    pub fn within(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }
}

/// Kinds of obstacles. `is_incomplete` says which of them leave something unseen that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NotificationId {
    /// The file could not be opened or read.
    Unreadable,
    /// The file is larger than the limit.
    TooLarge,
    /// Neither a regular file nor a folder (pipe, socket, device).
    NotAFile,
    /// The path is not valid UTF-8; it is shown with replacement characters.
    PathNotUtf8,
    /// Git's data is there and cannot be read; the files were read without it.
    NoRepository,
    /// Commits or files of the history are not here, or cannot be read.
    HistoryIncomplete,
    /// Part of the file does not follow its format's grammar.
    Syntax,
    /// Nested deeper than the limit.
    TooDeep,
    /// A count limit was reached (aliases, facts, findings of one source).
    Limit,
    /// Understood, but newer or other than what is supported (a lock file version, a dialect).
    Unsupported,
    /// A manifest without its lock file.
    NotLocked,
    /// Advisory data was not at hand, so advisories were not checked.
    NoAdvisories,
    /// Secrets whose provider was to be asked and was not, or did not answer.
    NotVerified,
    /// A suppression of the configuration whose last day is over.
    SuppressionOver,
    /// A suppression in the scanned tree that the policy does not admit.
    SuppressionNotAdmitted,
    /// The run was stopped before its end.
    Cancelled,
}

impl NotificationId {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::TooLarge => "too-large",
            Self::NotAFile => "not-a-file",
            Self::PathNotUtf8 => "path-not-utf8",
            Self::NoRepository => "no-repository",
            Self::HistoryIncomplete => "history-incomplete",
            Self::Syntax => "syntax",
            Self::TooDeep => "too-deep",
            Self::Limit => "limit",
            Self::Unsupported => "unsupported",
            Self::NotLocked => "not-locked",
            Self::NoAdvisories => "no-advisories",
            Self::NotVerified => "not-verified",
            Self::SuppressionNotAdmitted => "suppression-not-admitted",
            Self::SuppressionOver => "suppression-over",
            Self::Cancelled => "cancelled",
        }
    }

    /// What happened and what to do about it, a sentence each.
    pub fn about(self) -> (&'static str, &'static str) {
        match self {
            Self::Unreadable => (
                "The file or folder could not be opened or read.",
                "Give the user that scans the right to read it, or exclude it.",
            ),
            Self::TooLarge => {
                ("The file is larger than the limit.", "Raise the limit with `--max-bytes`, or exclude the file.")
            }
            Self::NotAFile => {
                ("Neither a regular file nor a folder.", "Nothing: pipes, sockets and devices are not read.")
            }
            Self::PathNotUtf8 => {
                ("The path is not valid UTF-8.", "Rename the file: it is shown with replacement characters.")
            }
            Self::NoRepository => (
                "Git's data is there and cannot be read.",
                "Check the repository with `git fsck`; files were read without it.",
            ),
            Self::HistoryIncomplete => (
                "Commits or files of git's history are not here, or cannot be read.",
                "Fetch the whole history (`git fetch --unshallow`, or `fetch-depth: 0` in a CI checkout), or check it with `git fsck`.",
            ),
            Self::Syntax => (
                "Part of the file does not follow its format's grammar.",
                "Mend the file, or exclude it when it is broken on purpose.",
            ),
            Self::TooDeep => {
                ("Nested deeper than the limit.", "Check whether a person wrote this; exclude it when not.")
            }
            Self::Limit => {
                ("A count limit was reached.", "Split the file, or exclude it when it was made by a program.")
            }
            Self::Unsupported => {
                ("The version or dialect is not supported.", "Update trueup, or tell its authors about the format.")
            }
            Self::NotLocked => {
                ("A manifest without its lock file.", "Commit the lock file: without it no version is certain.")
            }
            Self::NoAdvisories => {
                ("Advisory data was not at hand.", "Name a folder of advisories with `--advisories`.")
            }
            Self::NotVerified => (
                "A provider that was to be asked about secrets was not, or gave no answer.",
                "Look at the network and scan again; a provider that limits requests wants some time first.",
            ),
            Self::SuppressionOver => {
                ("The last day of a suppression is over.", "Resolve the finding, or decide anew and write a later day.")
            }
            Self::SuppressionNotAdmitted => (
                "The policy does not admit suppressions of the scanned tree.",
                "Resolve the finding, or have it accepted where the policy stands.",
            ),
            Self::Cancelled => ("The run was stopped before its end.", "Run it again to its end."),
        }
    }

    /// True when something that was asked for was not looked at.
    pub fn is_incomplete(self) -> bool {
        !matches!(
            self,
            Self::PathNotUtf8
                | Self::NotAFile
                | Self::NoRepository
                | Self::NotLocked
                | Self::SuppressionNotAdmitted
                | Self::SuppressionOver
        )
    }
}

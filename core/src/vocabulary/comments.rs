//! Comments by which other scanners are told to pass over a line.

use serde::{Deserialize, Serialize};

/// Filled from rules/vocabulary/comments.toml.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Comments {
    /// Each form of comment.
    pub comment: Vec<Comment>,
}

/// One form of comment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comment {
    /// Whose it is.
    pub tool: String,
    /// The text that makes it one, compared without case.
    pub mark: String,
    /// Which lines it is about.
    pub about: About,
    /// What ends a block.
    #[serde(default)]
    pub end: String,
    /// Rules that it accepts findings of: ids or `family/*`.
    pub rules: Vec<String>,
}

/// Which lines a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The one it stands on.
    Line,
    /// The one below.
    Next,
    /// All from there to the mark that ends the block, or to the end of the source.
    Block,
}

impl Comments {
    pub(super) fn extend(&mut self, other: Self) {
        self.comment.extend(other.comment);
    }
}

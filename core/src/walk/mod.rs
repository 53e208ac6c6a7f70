//! The only readers of files: what is to be scanned is listed here, read once, and never followed out of its folder.
//!
//! Listing never reads contents (but for ignore files, and for files that a comparison with git needs), reading never
//! lists, and neither runs a program, asks the network or believes what the scanned tree says of itself.

mod changes;
mod compare;
mod entry;
mod git;
mod history;
mod ignoring;
mod list;
mod named;
mod names;
mod open;
mod pattern;
mod rules;
mod trusted;
mod worktree;

#[cfg(test)]
mod tests;

use std::{path::PathBuf, sync::Arc};

pub use self::{
    changes::Changes,
    entry::{Entry, Read},
    git::Repository,
    history::{Brought, History, Range, Reading, Version},
    list::list,
    rules::read_rules,
    trusted::{find_upwards, read_trusted},
};
use crate::error::Notification;

/// Files larger than this are reported instead of read, unless the options say otherwise: 10 MiB. Sources and lock
/// files people commit stay well below; what is larger is data, and a parser's tree of it would fill the memory.
pub const MAX_BYTES: u64 = 10 * 1024 * 1024;

/// What to list.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files and folders; `-` is standard input. Empty means the current folder. A file that is named is read though
    /// an ignore file or `exclude` names it too.
    pub paths: Vec<PathBuf>,
    /// What standard input is called in the report; relative to the current folder, as a path would be.
    pub stdin_name: Option<String>,
    /// Honour `.gitignore`, `.trueupignore` and git's other lists. Files that git tracks are read whatever git's lists
    /// say. `exclude` counts in any case.
    pub ignore_files: bool,
    /// Which files below the paths.
    pub selection: Selection,
    /// Which commits' files are looked at besides. A bare repository may then be named as a path, too.
    pub history: Option<Range>,
    /// With [`Selection::Staged`] and [`Selection::Since`]: list what did not change too, with no lines to judge, so
    /// that rules over several files see all of them.
    pub unchanged: bool,
    /// Larger files are reported and not read.
    pub max_bytes: u64,
    /// Globs as in `.gitignore`, relative to the root, that come before every ignore file.
    pub exclude: Vec<String>,
    /// Threads to use; 0 for as many as there are processors.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            stdin_name: None,
            ignore_files: true,
            selection: Selection::default(),
            history: None,
            unchanged: false,
            max_bytes: MAX_BYTES,
            exclude: Vec::new(),
            threads: 0,
        }
    }
}

/// Which files below the paths are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selection {
    /// All that no ignore file names, hidden ones too, but never `.git`.
    #[default]
    Worktree,
    /// Those that git's index names, as they are in the working tree.
    Tracked,
    /// Those that the next commit would change, as they are in git's index.
    Staged,
    /// Those that differ from the commit where the checked-out branch and this reference parted, untracked ones
    /// included, as they are in the working tree.
    Since(String),
}

/// What there is to scan.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The folder that paths are relative to: the repository's top, or outside git the folder that holds all that was
    /// asked for.
    pub root: PathBuf,
    /// The repository around it, if its data could be read.
    pub repository: Option<Repository>,
    /// What its commits hold, if that was asked for.
    pub history: Option<Arc<History>>,
    /// Sorted by path, each file once.
    pub entries: Vec<Entry>,
    /// What is not listed and why, and what is listed under another name than its own; sorted.
    pub notifications: Vec<Notification>,
    /// Files and folders that an ignore file or `exclude` kept out (a folder counts once).
    pub ignored: u64,
}

//! What git's history holds: every text that was ever committed, looked at once.
//!
//! Commits are put in order, oldest first; one walk over their trees tells every contents apart and notes the paths it
//! lay at with the commits that brought it there; then the contents are read along the deltas of the packs. A history
//! costs about as much as its different trees and texts, however many commits repeat them.

mod commits;
mod packs;
mod trees;

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use gix::ObjectId;

use self::{
    packs::{Met, Reader},
    trees::{BEFORE, Blobs, Paths, Walk},
};
use super::{git, names};
use crate::{
    error::{Error, Notification, NotificationId},
    source::{self, Place, Source},
};

/// Decoded bases of trees are kept in this much memory while a history's trees are walked.
const PACK_CACHE: usize = 48 * 1024 * 1024;

/// Trees of so many commits are read from one store.
const TREES_OF_A_STORE: usize = 8192;

/// Which commits of a history are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Range {
    /// All that some reference reaches.
    All,
    /// `A..B`: what B has and A has not. A name alone: all that it reaches.
    Of(String),
}

impl Range {
    /// Reads what stands behind an option: nothing means all.
    pub fn of_words(words: &str) -> Self {
        if words.is_empty() { Self::All } else { Self::Of(words.to_owned()) }
    }
}

/// A part of a repository's history, known by its trees and not yet read.
pub struct History {
    git: git::Git,
    commits: Vec<ObjectId>,
    paths: Paths,
    blobs: Blobs,
    limit: u64,
    threads: usize,
    /// What is not there to be looked at.
    pub(super) notifications: Vec<Notification>,
}

impl std::fmt::Debug for History {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "History({} commits, {} contents)", self.commits.len(), self.blobs.all.len())
    }
}

/// A text as it once was committed; it lives for its look.
pub struct Version<'a> {
    /// The text, decoded.
    pub text: Cow<'a, str>,
    bytes: &'a [u8],
    history: &'a History,
    number: u32,
}

/// A path, and the commit that first had the text there.
#[derive(Clone, Debug)]
pub struct Brought {
    /// Path relative to the repository's top, safe to print.
    pub path: Arc<str>,
    /// Rank of the commit: those with a smaller one are no descendants of it.
    pub rank: u32,
    /// Its place: full hexadecimal id.
    pub place: Place,
}

/// What reading a history came to.
#[derive(Debug, Default)]
pub struct Reading {
    /// Texts looked at.
    pub texts: AtomicU64,
    /// Their bytes.
    pub bytes: AtomicU64,
    /// Contents that are no text.
    pub binary: AtomicU64,
    /// Contents found by their id, because no pack holds them with all they need.
    pub by_id: AtomicU64,
    too_large: AtomicU64,
    missing: AtomicU64,
}

impl History {
    /// Finds out what the commits of the range hold at paths that `asks` admits.
    pub(super) fn list(
        git: &git::Shared,
        range: &Range,
        (limit, threads): (u64, usize),
        asks: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<Self, Error> {
        let chosen = commits::choose(&git.fresh()?.local(), range)?;
        let mut walk = Walk::new(asks);
        let before = chosen.before.iter().map(|&tree| (BEFORE, tree));
        let commits = (0u32..BEFORE).zip(chosen.commits.iter().map(|&(_, tree)| tree));
        let mut trees = before.chain(commits).peekable();
        while trees.peek().is_some() {
            // A store keeps in memory what it has read of the packs: now and then a new one takes its place.
            let store = git.fresh()?;
            let mut repository = store.local();
            repository
                .objects
                .set_pack_cache(|| Box::new(gix::odb::pack::cache::lru::MemoryCappedHashmap::new(PACK_CACHE)));
            for (rank, tree) in trees.by_ref().take(TREES_OF_A_STORE) {
                walk.commit(&repository, rank, tree);
            }
        }
        let walked = walk.finish();
        let mut history = Self {
            git: git.fresh()?,
            commits: chosen.commits.iter().map(|&(id, _)| id).collect(),
            paths: walked.paths,
            blobs: walked.blobs,
            limit,
            threads,
            notifications: Vec::new(),
        };
        if chosen.cut > 0 {
            history.note(format!("the clone is shallow: history before {} of its commits is not here", chosen.cut));
        }
        let missing = chosen.missing + walked.missing;
        if missing > 0 {
            history.note(format!("{missing} commits, tags or folders of the history are not here or cannot be read"));
        }
        Ok(history)
    }

    fn note(&mut self, message: String) {
        self.notifications.push(Notification::new("", NotificationId::HistoryIncomplete, message));
    }

    /// Commits looked at.
    pub fn commits(&self) -> u64 {
        self.commits.len() as u64
    }

    /// Contents that will be read.
    pub fn total(&self) -> u64 {
        self.wanted().count() as u64
    }

    fn wanted(&self) -> impl Iterator<Item = (u32, ObjectId)> + '_ {
        let numbered = (0u32..).zip(&self.blobs.all).map(|(number, blob)| (number, blob.id));
        numbered.filter(|&(number, _)| self.blobs.brought(number).next().is_some())
    }

    /// Reads every contents once and hands the texts to `look`, in parallel and in no order. The bytes of a text live
    /// for its look.
    pub fn read(&self, stop: &AtomicBool, done: &AtomicU64, look: &(dyn Fn(&Version<'_>) + Sync)) -> Reading {
        let reading = Reading::default();
        let ids: Vec<(u32, ObjectId)> = self.wanted().collect();
        let (limit, threads) = (self.limit, self.threads);
        Reader { git: &self.git, ids: &ids, limit, threads, stop }.read(&reading.by_id, &|number, met| {
            done.fetch_add(1, Ordering::Relaxed);
            let count = |counter: &AtomicU64| _ = counter.fetch_add(1, Ordering::Relaxed);
            match met {
                Met::TooLarge => count(&reading.too_large),
                Met::Missing => count(&reading.missing),
                Met::Bytes(bytes) if source::is_binary(bytes) => count(&reading.binary),
                Met::Bytes(bytes) => {
                    count(&reading.texts);
                    reading.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    look(&Version { text: source::decode(bytes), bytes, history: self, number });
                }
            }
        });
        reading
    }

    fn shown_path(&self, path: u32) -> String {
        let bytes = self.paths.path(path);
        match names::from_git_path(&bytes) {
            Some(path) => names::shown_path(&path).0,
            None => names::printable(&String::from_utf8_lossy(&bytes)),
        }
    }
}

impl History {
    /// What could not be looked at, one word for all of a kind: a history holds thousands of them.
    pub fn unread(&self, reading: &Reading) -> Vec<Notification> {
        let note = |count: &AtomicU64, id, what: &dyn Fn(u64) -> String| {
            let count = count.load(Ordering::Relaxed);
            (count > 0).then(|| Notification::new("", id, what(count)))
        };
        let too_large =
            |count| format!("{count} files of the history are larger than the limit of {} bytes", self.limit);
        let missing = |count| {
            format!("{count} files of the history are not here or cannot be read (a partial clone leaves them out)")
        };
        [
            note(&reading.too_large, NotificationId::TooLarge, &too_large),
            note(&reading.missing, NotificationId::HistoryIncomplete, &missing),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Version<'_> {
    /// Where the text was brought to, in order of the walk.
    pub fn brought(&self) -> impl Iterator<Item = Brought> + '_ {
        self.history.blobs.brought(self.number).map(|brought| {
            let commit = self.history.commits.get(brought.commit as usize);
            Brought {
                path: Arc::from(self.history.shown_path(brought.path)),
                rank: brought.commit,
                place: Place::Commit(commit.map(ObjectId::to_string).unwrap_or_default()),
            }
        })
    }

    /// The text at one of its places.
    pub fn at(&self, brought: &Brought) -> Source {
        Source { place: brought.place.clone(), ..Source::memory(&brought.path, self.bytes) }
    }
}

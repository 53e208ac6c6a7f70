//! One thing to read, wherever its bytes are.

use std::{
    cell::RefCell,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use gix::ObjectId;

use super::{
    changes::Changes,
    git, names,
    open::{self, Contents, Obstacle},
};
use crate::{
    error::{Notification, NotificationId},
    source::{Place, Source, SourceId},
    unpack,
};

/// One source to read; cheap to keep.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Path relative to the root, with forward slashes, safe to print.
    pub path: String,
    /// Bytes it held when it was listed; 0 when that is not known before reading.
    pub size: u64,
    /// What differs from the version compared with; `None` when all lines are to be judged.
    pub changed: Option<Changes>,
    bytes: Bytes,
    limit: u64,
}

/// Where the bytes are.
#[derive(Clone)]
enum Bytes {
    /// A file below the folder; its name when that is not what is shown.
    File(Arc<Path>, Option<Box<Path>>),
    /// A blob that git's index names, and the file it was staged from.
    Blob(git::Shared, ObjectId, Box<Path>),
    /// Handed over by the caller.
    Memory(Arc<[u8]>),
    /// Standard input, which can be read once.
    Stdin,
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(..) => out.write_str("File"),
            Self::Blob(_, id, _) => write!(out, "Blob({id})"),
            Self::Memory(bytes) => write!(out, "Memory({} bytes)", bytes.len()),
            Self::Stdin => out.write_str("Stdin"),
        }
    }
}

/// What reading came to.
#[derive(Debug)]
pub enum Read {
    /// Text, decoded.
    Source(Source),
    /// Not text; there is nothing to scan.
    Binary,
    /// An archive, or a document that is one: its bytes as they are.
    Packed(Vec<u8>),
    /// The bytes could not be had.
    Failed(Notification),
}

/// A thread's buffer is kept between files; after a file larger than this it is given back.
const KEPT: usize = 1024 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Entry {
    /// Bytes in memory, through the same door as files. The path is shown as it is, made safe to print.
    pub fn memory(path: &str, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let (path, size) = (names::printable(path), bytes.len() as u64);
        Self { path, size, changed: None, bytes: Bytes::Memory(bytes), limit: super::MAX_BYTES }
    }

    /// The same entry, reported instead of read when it holds more than `max_bytes`.
    #[must_use]
    pub fn limited(mut self, max_bytes: u64) -> Self {
        self.limit = max_bytes;
        self
    }

    /// Standard input, under a name.
    pub(super) fn stdin(path: String, limit: u64) -> Self {
        Self { path, size: 0, changed: None, bytes: Bytes::Stdin, limit }
    }

    /// A file below `root`. Gives what is to be said of its name, too.
    pub(super) fn file(root: &Arc<Path>, relative: &Path, size: u64, limit: u64) -> (Self, Option<Notification>) {
        let (path, notification) = name(relative);
        let raw = (Path::new(&path) != relative).then(|| relative.into());
        (Self { path, size, changed: None, bytes: Bytes::File(Arc::clone(root), raw), limit }, notification)
    }

    /// A blob of git's index.
    pub(super) fn blob(
        git: &git::Shared,
        id: ObjectId,
        relative: &Path,
        size: u64,
        limit: u64,
    ) -> (Self, Option<Notification>) {
        let (path, notification) = name(relative);
        let file = git.top.join(relative).into_boxed_path();
        (Self { path, size, changed: None, bytes: Bytes::Blob(Arc::clone(git), id, file), limit }, notification)
    }

    /// Most bytes that are read of it.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Where the bytes come from.
    pub fn place(&self) -> Place {
        match self.bytes {
            Bytes::File(..) => Place::Worktree,
            Bytes::Blob(..) => Place::Index,
            Bytes::Memory(_) | Bytes::Stdin => Place::Memory,
        }
    }

    /// Where the file is, if there is one.
    pub fn file_path(&self) -> Option<PathBuf> {
        match &self.bytes {
            Bytes::File(root, Some(raw)) => Some(root.join(raw)),
            Bytes::File(root, None) => Some(root.join(&self.path)),
            _ => None,
        }
    }

    /// Reads and decodes the bytes: once, and never more than the limit however a file grows.
    pub fn read(&self, id: SourceId) -> Read {
        let outcome = match &self.bytes {
            Bytes::Memory(bytes) if bytes.len() as u64 > self.limit && open::contents(bytes) != Contents::Packed => {
                Err(Obstacle::TooLarge(bytes.len() as u64))
            }
            Bytes::Memory(bytes) => Ok(self.decoded(id, bytes)),
            Bytes::Blob(git, blob, file) => match git.blob(*blob, self.limit) {
                Ok(bytes) => Ok(self.decoded(id, &bytes)),
                Err(Obstacle::TooLarge(size)) => match open::begins_as(file) {
                    Ok(Contents::Binary) => Ok(Read::Binary),
                    Ok(Contents::Packed) => {
                        let packed = git.blob(*blob, unpack::MOST_PACKED).map(Read::Packed);
                        packed.map_err(|_| Obstacle::PackedTooLarge(size))
                    }
                    _ => Err(Obstacle::TooLarge(size)),
                },
                Err(obstacle) => Err(obstacle),
            },
            Bytes::File(..) | Bytes::Stdin => self.read_buffered(id),
        };
        outcome.unwrap_or_else(|obstacle| Read::Failed(obstacle.about(&self.path, self.limit)))
    }

    /// Reads through the thread's buffer, so that a file costs one allocation: its text.
    fn read_buffered(&self, id: SourceId) -> Result<Read, Obstacle> {
        BUFFER.with(|buffer| {
            let mut buffer = buffer.take();
            let outcome = match self.file_path() {
                Some(path) => open::read(&path, self.limit, &mut buffer),
                None => {
                    buffer.clear();
                    open::read_rest(&mut io::stdin().lock(), 0, self.limit, &mut buffer).map(|()| Contents::Text)
                }
            };
            let read = outcome.map(|contents| match contents {
                Contents::Binary => Read::Binary,
                Contents::Packed => Read::Packed(std::mem::take(&mut buffer)),
                Contents::Text => self.decoded(id, &buffer),
            });
            if buffer.capacity() <= KEPT {
                BUFFER.set(buffer);
            }
            read
        })
    }

    fn decoded(&self, id: SourceId, bytes: &[u8]) -> Read {
        match open::contents(bytes) {
            Contents::Packed => Read::Packed(bytes.to_vec()),
            Contents::Binary => Read::Binary,
            Contents::Text => Read::Source(Source { id, place: self.place(), ..Source::memory(&self.path, bytes) }),
        }
    }
}

/// The name to show, and a word about it when it is not the name on disk.
fn name(relative: &Path) -> (String, Option<Notification>) {
    let (path, is_lossy) = names::shown_path(relative);
    let notification = is_lossy.then(|| {
        let message = "path is not valid UTF-8; it is shown with replacement characters";
        Notification::new(path.clone(), NotificationId::PathNotUtf8, message)
    });
    (path, notification)
}

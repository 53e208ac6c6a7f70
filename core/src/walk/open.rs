//! Files opened with care: no pipe blocks, no link is followed, no file is read beyond the limit.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

use super::names;
use crate::{
    error::{Notification, NotificationId},
    source, unpack,
};

/// Why a file's bytes are not at hand.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// It holds more bytes than the limit.
    TooLarge(u64),
    /// It is an archive and holds more bytes than are read of one.
    PackedTooLarge(u64),
    /// It is a link, pipe, socket or device.
    NotAFile(&'static str),
    /// The system refused.
    Io(io::Error),
}

impl From<io::Error> for Obstacle {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Obstacle {
    /// The notification that says so.
    pub(super) fn about(&self, path: &str, limit: u64) -> Notification {
        match self {
            Self::TooLarge(size) => too_large(path, *size, limit),
            Self::PackedTooLarge(size) => {
                let limit = unpack::MOST_PACKED;
                let message =
                    format!("archive of {size} bytes is larger than the limit of {limit} bytes; it was not opened");
                Notification::new(path, NotificationId::TooLarge, message)
            }
            Self::NotAFile(what) => Notification::new(path, NotificationId::NotAFile, *what),
            Self::Io(error) => Notification::new(path, NotificationId::Unreadable, explain(error)),
        }
    }
}

/// The notification about a file beyond the limit.
pub(super) fn too_large(path: &str, size: u64, limit: u64) -> Notification {
    let message = format!("file of {size} bytes is larger than the limit of {limit} bytes; it was not read");
    Notification::new(path, NotificationId::TooLarge, message)
}

/// One clause without a full stop: what the system says of the error.
pub(in crate::walk) fn explain(error: &io::Error) -> String {
    let reason = match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        io::ErrorKind::NotFound => "it is no longer there".to_string(),
        io::ErrorKind::InvalidFilename => "its path is too long".to_string(),
        _ => names::printable(&error.to_string()),
    };
    format!("cannot be read: {reason}")
}

/// Opens a regular file and gives its size. With `follow`, a link at the end of the path is followed.
pub(super) fn open(path: &Path, follow: bool) -> Result<(File, u64), Obstacle> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        // Opening a pipe that nobody writes to would wait for ever, and a file may become a link after it was listed.
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = if follow { libc::O_NONBLOCK } else { libc::O_NONBLOCK | libc::O_NOFOLLOW };
        options.custom_flags(flags | libc::O_NOCTTY);
    }
    #[cfg(not(unix))]
    if !follow && path.symlink_metadata()?.is_symlink() {
        return Err(Obstacle::NotAFile("symbolic link is not followed"));
    }
    let file = options.open(path).map_err(|error| refused(path, follow, error))?;
    let metadata = file.metadata()?;
    if metadata.is_file() {
        Ok((file, metadata.len()))
    } else if metadata.is_dir() {
        Err(Obstacle::NotAFile("is a folder, not a file"))
    } else {
        Err(Obstacle::NotAFile(NEITHER))
    }
}

/// What is said of pipes, sockets and devices.
pub(super) const NEITHER: &str = "is neither a file nor a folder (pipe, socket or device); it was not read";

/// Links refused by the system, sockets (which cannot be opened) and everything else.
fn refused(path: &Path, follow: bool, error: io::Error) -> Obstacle {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() && !follow => Obstacle::NotAFile("symbolic link is not followed"),
        Ok(metadata) if !metadata.is_symlink() && !metadata.is_file() && !metadata.is_dir() => {
            Obstacle::NotAFile(NEITHER)
        }
        _ => Obstacle::Io(error),
    }
}

/// What a file turned out to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contents {
    /// Text; all of it is in the buffer.
    Text,
    /// Not text; only its beginning was read.
    Binary,
    /// An archive; all of it is in the buffer.
    Packed,
}

/// Files up to this size are read in one piece; of larger ones the beginning says first whether the rest is wanted.
const ONE_PIECE: u64 = 64 * 1024;

/// Reads a regular file into `buffer`, at most `limit` bytes however it grows. Archives have a limit of their own:
/// what counts is the size of their members.
pub(super) fn read(path: &Path, limit: u64, buffer: &mut Vec<u8>) -> Result<Contents, Obstacle> {
    let (mut file, size) = open(path, false)?;
    buffer.clear();
    if size > ONE_PIECE || size > limit {
        fill(&mut file, source::HEAD, buffer)?;
        match contents(buffer) {
            Contents::Binary => return Ok(Contents::Binary),
            Contents::Packed => {
                if size > unpack::MOST_PACKED {
                    return Err(Obstacle::PackedTooLarge(size));
                }
                read_rest(&mut file, size, unpack::MOST_PACKED, buffer)?;
                return Ok(Contents::Packed);
            }
            Contents::Text => {}
        }
        if size > limit {
            return Err(Obstacle::TooLarge(size));
        }
    }
    read_rest(&mut file, size, limit, buffer)?;
    Ok(contents(buffer))
}

/// What a file begins as.
pub(super) fn begins_as(path: &Path) -> Result<Contents, Obstacle> {
    let mut head = Vec::new();
    fill(&mut open(path, false)?.0, source::HEAD, &mut head)?;
    Ok(contents(&head))
}

/// What bytes are, by the first of them.
pub(super) fn contents(bytes: &[u8]) -> Contents {
    let head = bytes.get(..source::HEAD).unwrap_or(bytes);
    match unpack::form_of(head) {
        Some(_) => Contents::Packed,
        None if source::is_binary(head) => Contents::Binary,
        None => Contents::Text,
    }
}

/// Reads what follows what `buffer` holds already, until the end or one byte beyond the limit.
pub(super) fn read_rest(
    stream: &mut impl io::Read,
    size: u64,
    limit: u64,
    buffer: &mut Vec<u8>,
) -> Result<(), Obstacle> {
    let beyond = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    // The size is a promise, not a fact: files under /proc say 0, and a file may grow while it is read.
    let mut room = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1).max(512);
    loop {
        let end_seen = fill(stream, room.min(beyond), buffer)?;
        if buffer.len() >= beyond {
            return Err(Obstacle::TooLarge(size.max(buffer.len() as u64)));
        }
        if end_seen {
            return Ok(());
        }
        room = room.saturating_mul(2);
    }
}

/// Reads until `buffer` holds `length` bytes; true when the stream ended before that. One call of the system for what
/// arrives whole, where `read_to_end` would feel its way with small ones.
fn fill(stream: &mut impl io::Read, length: usize, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut held = buffer.len();
    buffer.resize(length.max(held), 0);
    let outcome = loop {
        let room = buffer.get_mut(held..).unwrap_or_default();
        if room.is_empty() {
            break Ok(false);
        }
        match stream.read(room) {
            Ok(0) => break Ok(true),
            Ok(count) => held += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    buffer.truncate(held);
    outcome
}

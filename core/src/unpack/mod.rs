//! Archives and documents taken apart in memory, within a budget: what a file holds is looked at like a file.
//!
//! Everything of an archive is untrusted: sizes are believed only where they say less, names are only shown, and
//! nothing is ever written to disk. Zip and tar are read by hand, because libraries for them keep a record of every
//! member before the first can be refused, and read nothing of an archive that was cut off.

mod name;
mod note;
mod office;
mod python;
mod stream;
mod tar;
mod view;
mod zip;

#[cfg(test)]
mod tests;

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

use self::note::Notes;
pub use self::view::{View, view};
use crate::{error::Notification, source};

/// Most bytes of one outer file that are read: an archive is looked at from memory.
pub const MOST_PACKED: u64 = 64 * 1024 * 1024;

/// Most bytes that are unpacked of one outer file, over all archives in it.
pub const MOST_UNPACKED: u64 = 64 * 1024 * 1024;

/// Most members of one outer file that are looked at, over all archives in it.
pub const MOST_MEMBERS: usize = 10_000;

/// Archives within each other that are opened. A tar within a compression is one archive.
pub const MOST_DEPTH: usize = 3;

/// What the first bytes of a packed file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// zip, jar, whl, docx and their kin, also behind a line that starts them.
    Zip,
    /// tar, by the sum of its first header.
    Tar,
    /// gzip.
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
    /// A compiled module of Python.
    Python,
}

/// The form of a file that begins so. A few bytes of a text are compared and nothing more.
pub fn form_of(head: &[u8]) -> Option<Form> {
    match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Form::Zip),
        [0x1F, 0x8B, 8, ..] => Some(Form::Gzip),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => Some(Form::Bzip2),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Form::Xz),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Form::Zstd),
        // A program that starts itself: a line for the shell, then a zip.
        [b'#', b'!', ..] => memchr::memmem::find(head, b"PK\x03\x04").map(|_| Form::Zip),
        _ if tar::is_header(head) => Some(Form::Tar),
        _ if python::is_compiled(head) => Some(Form::Python),
        _ => None,
    }
}

/// One text of an archive.
#[derive(Debug)]
pub struct Member<'a> {
    /// Way to it, safe to print: `inner/file.env`, or `inner.zip!/file.env` in an archive within the archive.
    pub path: &'a str,
    /// Its bytes, not yet decoded.
    pub bytes: &'a [u8],
}

/// Takes a packed file apart: every member that is text is visited, in the order of the archive. `limit` is the size
/// that one member may have. Gives what was not looked at.
pub fn open(path: &str, bytes: &[u8], limit: u64, visit: &mut dyn FnMut(Member<'_>)) -> Vec<Notification> {
    let mut opener = Opener {
        limit: limit.min(MOST_UNPACKED),
        left: Rc::new(Cell::new(MOST_UNPACKED)),
        members: MOST_MEMBERS,
        notes: Notes::default(),
        visit,
    };
    match form_of(bytes.get(..source::HEAD).unwrap_or(bytes)) {
        Some(Form::Zip) => opener.zip("", bytes, 1),
        Some(Form::Tar) => opener.tar("", &mut &*bytes, 1),
        Some(Form::Python) => opener.python("constants", bytes),
        Some(form) => opener.compressed(path, "", form, &mut &*bytes, 1),
        None => {}
    }
    opener.notes.about(path)
}

/// One outer file on its way.
struct Opener<'v> {
    /// Most bytes of a member.
    limit: u64,
    /// Bytes that may still be unpacked.
    left: Rc<Cell<u64>>,
    /// Members that may still be looked at.
    members: usize,
    notes: Notes,
    visit: &'v mut dyn FnMut(Member<'_>),
}

/// What a member turned out to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Read to its end, or not wanted.
    Whole,
    /// Its stream broke off.
    Broken,
}

impl Opener<'_> {
    /// Counts a member; false when there were enough.
    fn counts(&mut self) -> bool {
        if self.is_spent() {
            return false;
        }
        self.notes.too_many |= self.members == 0;
        let counts = self.members > 0;
        self.members = self.members.saturating_sub(1);
        counts
    }

    /// True when nothing more may be unpacked.
    fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// A reader that takes from the budget.
    fn charged<'r>(&self, inner: impl Read + 'r) -> Charged<'r> {
        Charged { inner: Box::new(inner), left: Rc::clone(&self.left) }
    }

    /// Says that a stream ended too early: because of the budget, or because it is broken.
    fn broke(&mut self, path: &str) {
        if self.is_spent() {
            self.notes.spent = true;
        } else {
            self.notes.broken.add(path);
        }
    }

    /// Looks at one member: an archive is opened, a text is visited, all else is passed over.
    fn member(&mut self, path: &str, stream: &mut dyn Read, depth: usize) -> End {
        let mut bytes = Vec::new();
        let mut end = self.fill(path, stream, source::HEAD as u64, &mut bytes);
        let form = form_of(&bytes);
        if form == Some(Form::Python) {
            if let Some(last) = self.rest(path, stream, &mut bytes) {
                end = last;
                self.python(path, &bytes);
            }
            return end;
        }
        if form.is_some() && depth >= MOST_DEPTH {
            self.notes.deep.add(path);
            return end;
        }
        match form {
            Some(Form::Tar) => self.tar(path, &mut io::Cursor::new(bytes).chain(stream), depth + 1),
            Some(Form::Zip) => {
                end = self.rest(path, stream, &mut bytes).unwrap_or(End::Whole);
                if bytes.len() as u64 <= self.limit {
                    self.zip(path, &bytes, depth + 1);
                }
            }
            Some(form) => {
                self.compressed(path, path, form, &mut io::Cursor::new(bytes).chain(stream), depth + 1);
            }
            None if source::is_binary(&bytes) => {}
            None => {
                if let Some(last) = self.rest(path, stream, &mut bytes) {
                    end = last;
                    (self.visit)(Member { path, bytes: &bytes });
                }
            }
        }
        end
    }

    /// Reads on to the end of a member; nothing when it is larger than the limit.
    fn rest(&mut self, path: &str, stream: &mut dyn Read, bytes: &mut Vec<u8>) -> Option<End> {
        let end = self.fill(path, stream, self.limit.saturating_add(1), bytes);
        if bytes.len() as u64 > self.limit {
            self.notes.large.add(path);
            return None;
        }
        Some(end)
    }

    /// Reads until `bytes` holds that many.
    fn fill(&mut self, path: &str, stream: &mut dyn Read, most: u64, bytes: &mut Vec<u8>) -> End {
        let room = most.saturating_sub(bytes.len() as u64);
        match stream.take(room).read_to_end(bytes) {
            Ok(_) => End::Whole,
            Err(_) => {
                self.broke(path);
                End::Broken
            }
        }
    }

    /// Visits the strings of a compiled module.
    fn python(&mut self, path: &str, bytes: &[u8]) {
        let text = python::text(bytes, usize::try_from(self.limit).unwrap_or(usize::MAX));
        if !text.is_empty() {
            (self.visit)(Member { path, bytes: text.as_bytes() });
        }
    }

    /// A compressed stream: one file, or a tar. `name` is what the stream itself is called.
    fn compressed(&mut self, name: &str, path: &str, form: Form, stream: &mut dyn Read, depth: usize) {
        let mut plain = match stream::decoder(form, stream) {
            Ok(plain) => self.charged(plain),
            Err(_) => return self.broke(if path.is_empty() { "its beginning" } else { path }),
        };
        let inner = name::within(path, &name::without_ending(name));
        let mut head = Vec::new();
        let end = self.fill(&inner, &mut plain, tar::BLOCK as u64, &mut head);
        let mut whole = io::Cursor::new(&head).chain(&mut plain);
        if tar::is_header(&head) {
            self.tar(path, &mut whole, depth);
        } else if (end == End::Whole || !head.is_empty()) && self.counts() {
            self.member(&inner, &mut whole, depth);
        }
    }
}

/// A reader that takes what it gives from a budget that many share, and fails when nothing is left.
struct Charged<'r> {
    inner: Box<dyn Read + 'r>,
    left: Rc<Cell<u64>>,
}

impl Read for Charged<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            return Err(io::Error::other("budget spent"));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left.set(left.saturating_sub(count as u64));
        Ok(count)
    }
}

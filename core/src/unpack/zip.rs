//! Zip: the directory at its end, or the members one behind the other when that is gone.

use std::{io::Read, ops::Range};

use super::{MOST_MEMBERS, Opener, name, office, stream};

/// A member as the directory (or its own header) tells it.
struct Entry<'a> {
    name: &'a [u8],
    method: u16,
    is_encrypted: bool,
    /// What it says to hold; 0 when that is not known before reading.
    size: u64,
    data: &'a [u8],
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(pair.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(eight.try_into().ok()?))
}

fn index(size: u64) -> Option<usize> {
    usize::try_from(size).ok()
}

/// Where the directory lies, and by how much offsets are too small because something stands before the archive.
fn directory(bytes: &[u8]) -> Option<(usize, usize)> {
    // The comment behind the last record has 64 KiB at most.
    let from = bytes.len().saturating_sub(22 + 65_535);
    let end = from + memchr::memmem::rfind(bytes.get(from..)?, b"PK\x05\x06")?;
    let mut last = end;
    let (mut size, mut offset) = (u64::from(u32_at(bytes, end + 12)?), u64::from(u32_at(bytes, end + 16)?));
    // Larger archives say so in records before it.
    if let Some(locator) = end.checked_sub(20).filter(|&at| bytes.get(at..at + 4) == Some(b"PK\x06\x07")) {
        let near = locator.checked_sub(56);
        let far = u64_at(bytes, locator + 8).and_then(index);
        let is_record = |at: &usize| bytes.get(*at..).is_some_and(|rest| rest.starts_with(b"PK\x06\x06"));
        if let Some(record) = near.filter(is_record).or(far.filter(is_record)) {
            (size, offset, last) = (u64_at(bytes, record + 40)?, u64_at(bytes, record + 48)?, record);
        }
    }
    let is_start = |at: &usize| bytes.get(*at..).is_some_and(|rest| rest.starts_with(b"PK\x01\x02")) || *at == last;
    let start = index(size).and_then(|size| last.checked_sub(size)).filter(is_start);
    let start = start.or_else(|| index(offset).filter(is_start))?;
    Some((start, start.saturating_sub(index(offset)?)))
}

/// The member at a record of the directory, and where the next record stands.
fn listed(bytes: &[u8], at: usize, shift: usize) -> Option<(Entry<'_>, usize)> {
    let record = bytes.get(at..).filter(|rest| rest.starts_with(b"PK\x01\x02"))?;
    let length = |at: usize| u16_at(record, at).map(usize::from);
    let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
    let next = at + 46 + name + extra + comment;
    let mut numbers = [u32_at(record, 24)?, u32_at(record, 20)?, u32_at(record, 42)?].map(u64::from);
    large_numbers(record.get(46 + name..46 + name + extra).unwrap_or_default(), &mut numbers);
    let [size, packed, offset] = numbers;
    let data = index(offset).and_then(|offset| offset.checked_add(shift)).and_then(|at| data(bytes, at, packed));
    let entry = Entry {
        name: record.get(46..46 + name)?,
        method: u16_at(record, 10)?,
        is_encrypted: u16_at(record, 8)? & 1 == 1,
        size,
        data: data.unwrap_or_default(),
    };
    Some((entry, next))
}

/// Numbers that do not fit their fields stand in an extra one, in that order.
fn large_numbers(mut extra: &[u8], numbers: &mut [u64; 3]) {
    while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let end = 4 + usize::from(length);
        if id == 1 {
            let mut at = 4;
            for number in numbers.iter_mut().filter(|number| **number == u64::from(u32::MAX)) {
                *number = u64_at(extra, at).unwrap_or(*number);
                at += 8;
            }
            return;
        }
        extra = extra.get(end..).unwrap_or_default();
    }
}

/// The packed bytes behind a member's own header. A size that leads beyond the end is cut to what is there.
fn data(bytes: &[u8], header: usize, packed: u64) -> Option<&[u8]> {
    let start = content(bytes, header)?.end;
    let rest = bytes.get(start..)?;
    Some(rest.get(..index(packed)?).unwrap_or(rest))
}

/// The name in a member's own header, and what is between it and the content: `end` is where the content starts.
fn content(bytes: &[u8], header: usize) -> Option<Range<usize>> {
    let record = bytes.get(header..).filter(|rest| rest.starts_with(b"PK\x03\x04"))?;
    let (name, extra) = (usize::from(u16_at(record, 26)?), usize::from(u16_at(record, 28)?));
    Some(header + 30..header + 30 + name + extra)
}

/// The next member by its own header, from a place on.
fn following(bytes: &[u8], from: usize) -> Option<(Entry<'_>, usize)> {
    let header = from + memchr::memmem::find(bytes.get(from..)?, b"PK\x03\x04")?;
    let record = bytes.get(header..)?;
    let flags = u16_at(record, 6)?;
    let start = content(bytes, header)?.end;
    // Written as a stream, the size stands behind the content.
    let is_known = flags & 8 == 0;
    let packed = if is_known { u32_at(record, 18)? as usize } else { 0 };
    let next = start.checked_add(packed)?;
    let rest = bytes.get(start..).unwrap_or_default();
    let name = usize::from(u16_at(record, 26)?);
    let entry = Entry {
        name: record.get(30..30 + name)?,
        method: u16_at(record, 8)?,
        is_encrypted: flags & 1 == 1,
        size: 0,
        data: if is_known { rest.get(..packed).unwrap_or(rest) } else { rest },
    };
    Some((entry, next))
}

impl Opener<'_> {
    /// Members of a zip, by its directory.
    pub(super) fn zip(&mut self, path: &str, bytes: &[u8], depth: usize) {
        let mut entries = Vec::new();
        match directory(bytes) {
            Some((mut at, shift)) => {
                while let Some((entry, next)) = listed(bytes, at, shift) {
                    at = next;
                    entries.push(entry);
                    if entries.len() > MOST_MEMBERS {
                        break;
                    }
                }
            }
            None => {
                self.notes.broken.add(if path.is_empty() { "its directory" } else { path });
                let mut at = 0;
                while let Some((entry, next)) = following(bytes, at) {
                    at = next;
                    entries.push(entry);
                    if entries.len() > MOST_MEMBERS {
                        break;
                    }
                }
            }
        }
        let strings = self.strings(&entries);
        for entry in &entries {
            if !self.counts() {
                return;
            }
            self.entry(path, entry, strings.as_deref(), depth);
        }
    }

    fn entry(&mut self, path: &str, entry: &Entry<'_>, strings: Option<&[String]>, depth: usize) {
        if entry.name.ends_with(b"/") {
            return;
        }
        let inner = name::within(path, &name::shown(entry.name));
        if entry.is_encrypted {
            return self.notes.encrypted.add(&inner);
        }
        if entry.size > self.limit {
            return self.too_large(&inner, entry);
        }
        let Some(mut plain) = self.plain(&inner, entry) else { return };
        let is_part = strings.is_some() && entry.name.ends_with(b".xml");
        if !is_part {
            self.member(&inner, &mut plain, depth);
            return;
        }
        let mut bytes = Vec::new();
        if self.rest(&inner, &mut plain, &mut bytes).is_none() {
            return;
        }
        let most = index(self.limit).unwrap_or(usize::MAX);
        match office::read(&bytes, strings.unwrap_or_default(), most) {
            office::Part::Text(text) => (self.visit)(super::Member { path: &inner, bytes: text.as_bytes() }),
            office::Part::Strings => {}
            office::Part::Other => (self.visit)(super::Member { path: &inner, bytes: &bytes }),
        }
    }

    /// A member that says to be larger than the limit is worth a word only if it is text or an archive.
    fn too_large(&mut self, inner: &str, entry: &Entry<'_>) {
        let Some(plain) = self.plain(inner, entry) else { return };
        let mut head = Vec::new();
        let is_read = plain.take(crate::source::HEAD as u64).read_to_end(&mut head).is_ok();
        if is_read && (super::form_of(&head).is_some() || !crate::source::is_binary(&head)) {
            self.notes.large.add(inner);
        }
    }

    fn plain<'r>(&mut self, inner: &str, entry: &Entry<'r>) -> Option<super::Charged<'r>> {
        match stream::of_zip(entry.method, entry.data) {
            Some(Ok(plain)) => Some(self.charged(plain)),
            Some(Err(_)) => {
                self.notes.broken.add(inner);
                None
            }
            None => {
                self.notes.foreign.add(inner);
                None
            }
        }
    }

    /// The texts that the cells of a workbook share: `Some` in any office document.
    fn strings(&mut self, entries: &[Entry<'_>]) -> Option<Vec<String>> {
        let named = |name: &[u8]| entries.iter().find(|entry| entry.name == name);
        let is_document = named(b"[Content_Types].xml").is_some()
            || (named(b"mimetype").is_some() && named(b"content.xml").is_some());
        if !is_document {
            return None;
        }
        let Some(entry) = named(b"xl/sharedStrings.xml").filter(|entry| !entry.is_encrypted) else {
            return Some(Vec::new());
        };
        let plain = self.plain("xl/sharedStrings.xml", entry)?;
        let mut bytes = Vec::new();
        let _ = plain.take(self.limit).read_to_end(&mut bytes);
        Some(office::shared(&bytes))
    }
}

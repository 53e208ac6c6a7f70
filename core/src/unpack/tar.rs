//! Tar: headers of 512 bytes with their sum, long names of GNU and POSIX, read as a stream.

use std::io::{self, Read};

use super::{Opener, name};

/// Headers and contents come in blocks of so many bytes.
pub(super) const BLOCK: usize = 512;

/// Longest name or list of attributes that is kept; what is longer names no file.
const LONGEST: u64 = 64 * 1024;

/// True for a header whose sum is right.
pub(super) fn is_header(head: &[u8]) -> bool {
    // Its end is never used: a text is told by one byte.
    let Some(block) = head.get(..BLOCK).filter(|block| block.last() == Some(&0)) else { return false };
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(at, &byte)| if (148..156).contains(&at) { u64::from(b' ') } else { u64::from(byte) })
        .sum();
    // A block of zeros has a sum, too: it ends an archive and begins none.
    block.first().is_some_and(|&byte| byte != 0) && number(block.get(148..156).unwrap_or_default()) == Some(sum)
}

/// A number of a header: octal digits, or bytes behind a mark.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((&first, rest)) = field.split_first()
        && first & 0x80 != 0
    {
        // Eight bytes are enough for any size that is real.
        let (high, low) = rest.split_at(rest.len().saturating_sub(8));
        let is_small = first == 0x80 && high.iter().all(|&byte| byte == 0);
        return is_small.then(|| low.iter().fold(0, |all, &byte| all << 8 | u64::from(byte)));
    }
    let is_blank = |byte: &u8| matches!(byte, b' ' | 0);
    let digits: Vec<u8> = field.iter().copied().skip_while(is_blank).take_while(|byte| !is_blank(byte)).collect();
    let text = std::str::from_utf8(&digits).ok()?;
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

/// Name and size that earlier headers gave the next file.
#[derive(Default)]
struct Given {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Opener<'_> {
    /// Members of a tar, as they come.
    pub(super) fn tar(&mut self, path: &str, stream: &mut dyn Read, depth: usize) {
        let said = if path.is_empty() { "its end" } else { path };
        let mut given = Given::default();
        loop {
            let mut block = [0; BLOCK];
            match read_block(stream, &mut block) {
                Ok(true) => {}
                Ok(false) => return,
                Err(_) => return self.broke(said),
            }
            if block.iter().all(|&byte| byte == 0) {
                return;
            }
            if !is_header(&block) {
                return self.broke(said);
            }
            let size = number(block.get(124..136).unwrap_or_default()).unwrap_or(u64::MAX);
            let kind = block.get(156).copied().unwrap_or(0);
            let size = if matches!(kind, b'x' | b'g' | b'L' | b'K') { size } else { given.size.unwrap_or(size) };
            let mut content = stream.take(size);
            match kind {
                b'L' | b'x' => {
                    let mut bytes = Vec::new();
                    if (&mut content).take(LONGEST).read_to_end(&mut bytes).is_err() {
                        return self.broke(said);
                    }
                    if kind == b'L' {
                        bytes.retain(|&byte| byte != 0);
                        given.name = Some(bytes);
                    } else {
                        attributes(&bytes, &mut given);
                    }
                }
                b'0' | 0 | b'7' | b'S' => {
                    let raw = given.name.take().unwrap_or_else(|| own_name(&block));
                    given = Given::default();
                    if !self.counts() {
                        return;
                    }
                    if !raw.ends_with(b"/") {
                        let inner = name::within(path, &name::shown(&raw));
                        self.member(&inner, &mut content, depth);
                    }
                }
                b'g' | b'K' => {}
                _ => given = Given::default(),
            }
            let padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
            let rest = content.limit();
            // The padding of the last member is left out by some programs.
            if skip(stream, rest).is_ok_and(|skipped| skipped == rest) && skip(stream, padding).is_ok() {
                continue;
            }
            return self.broke(said);
        }
    }
}

/// Reads a block; false at the end of the stream.
fn read_block(stream: &mut dyn Read, block: &mut [u8; BLOCK]) -> io::Result<bool> {
    let mut bytes = Vec::with_capacity(BLOCK);
    stream.take(BLOCK as u64).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Ok(false);
    }
    block.get_mut(..bytes.len()).unwrap_or_default().copy_from_slice(&bytes);
    if bytes.len() < BLOCK { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(true) }
}

fn skip(stream: &mut dyn Read, count: u64) -> io::Result<u64> {
    io::copy(&mut stream.take(count), &mut io::sink())
}

/// The name in a header, with the folder that POSIX keeps apart.
fn own_name(block: &[u8]) -> Vec<u8> {
    let text = |from: usize, to: usize| {
        let field = block.get(from..to).unwrap_or_default();
        field.split(|&byte| byte == 0).next().unwrap_or_default().to_vec()
    };
    let (name, prefix) = (text(0, 100), text(345, 500));
    let is_posix = block.get(257..263) == Some(b"ustar\0");
    if is_posix && !prefix.is_empty() { [prefix, b"/".to_vec(), name].concat() } else { name }
}

/// `25 path=some/long/name\n`: the length of the record, a key, a value.
fn attributes(mut bytes: &[u8], given: &mut Given) {
    while let Some(blank) = memchr::memchr(b' ', bytes) {
        let length = bytes.get(..blank).and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<usize>().ok());
        let Some(record) = length.and_then(|length| bytes.get(blank + 1..length)) else { return };
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        if let Some(path) = record.strip_prefix(b"path=") {
            given.name = Some(path.to_vec());
        } else if let Some(size) = record.strip_prefix(b"size=") {
            given.size = std::str::from_utf8(size).ok().and_then(|size| size.parse().ok());
        }
        bytes = bytes.get(length.unwrap_or(usize::MAX)..).unwrap_or_default();
    }
}

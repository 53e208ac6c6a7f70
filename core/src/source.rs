//! Sources: bytes with a path and an origin, decoded once.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};

/// Position of a source in the report's list of artifacts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceId(pub u32);

impl SourceId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where the bytes of a source came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Place {
    /// A file of the working tree.
    Worktree,
    /// The version that git's index holds.
    Index,
    /// A version in git's history: full hexadecimal commit id.
    Commit(String),
    /// Bytes handed over by the caller or standard input.
    Memory,
}

/// One source: its path, its origin and its decoded text.
#[derive(Clone, Debug)]
pub struct Source {
    /// Position in the report's list of artifacts.
    pub id: SourceId,
    /// Path with forward slashes, relative to the repository's top folder (or the scanned folder outside git).
    pub path: Arc<str>,
    /// Where the bytes came from.
    pub place: Place,
    /// Decoded text. Every span of this source is a range of these bytes.
    pub text: Arc<str>,
    /// The bytes as they were, when decoding changed them (UTF-16, Latin-1).
    pub raw: Option<Arc<[u8]>>,
}

impl Source {
    /// A source in memory: the door that tests, the editor and Python use.
    pub fn memory(path: &str, bytes: &[u8]) -> Self {
        let (text, raw) = match decode(bytes) {
            Cow::Borrowed(text) => (Arc::from(text), None),
            Cow::Owned(text) => (Arc::from(text), Some(Arc::from(bytes))),
        };
        Self { id: SourceId::default(), path: Arc::from(path), place: Place::Memory, text, raw }
    }

    /// The text as it would be decoded by a reader that only knows UTF-8 (GitHub's line hash does so).
    pub fn utf8_lossy(&self) -> Cow<'_, str> {
        match &self.raw {
            Some(raw) => String::from_utf8_lossy(raw),
            None => Cow::Borrowed(&self.text),
        }
    }
}

/// Bytes looked at to tell binary from text.
pub const HEAD: usize = 8192;

/// True for content that is not text: a NUL byte near the start, unless the bytes are UTF-16.
pub fn is_binary(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    memchr::memchr(0, head).is_some() && utf16(head).is_none()
}

/// Decodes UTF-8 (with or without a byte order mark, which is kept as a character), UTF-16 in either order, and
/// falls back to Latin-1, which accepts every byte.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(little) = utf16(bytes.get(..HEAD).unwrap_or(bytes)) {
        let units = bytes.chunks_exact(2).map(|pair| {
            let pair = [pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)];
            if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
        });
        return char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
            .into();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect::<String>().into(),
    }
}

/// `Some(little_endian)` when the bytes are UTF-16: by mark, or because every other byte of a sample is NUL.
fn utf16(head: &[u8]) -> Option<bool> {
    match head {
        [0xFF, 0xFE, ..] => return Some(true),
        [0xFE, 0xFF, ..] => return Some(false),
        _ => {}
    }
    let sample = head.get(..64.min(head.len() & !1))?;
    if sample.len() < 8 {
        return None;
    }
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|&&byte| byte == 0).count();
    let half = sample.len() / 2;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd * 10 >= half * 9 => Some(true),
        (even, 0) if even * 10 >= half * 9 => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16le(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn every_encoding_comes_out_as_text() {
        assert_eq!(decode("key = é".as_bytes()), "key = é");
        assert_eq!(decode(b"key = \xE9"), "key = é");
        assert_eq!(decode(&utf16le("key = value é")), "key = value é");
        let mut marked = vec![0xFE, 0xFF];
        marked.extend("ab".encode_utf16().flat_map(u16::to_be_bytes));
        assert_eq!(decode(&marked), "\u{FEFF}ab");
    }

    #[test]
    fn nul_bytes_are_binary_and_utf16_is_not() {
        assert!(is_binary(b"\x7fELF\x00\x01\x02\x03\x00\x00\x00\x00"));
        assert!(!is_binary(&utf16le("plain words in two bytes")));
        assert!(!is_binary(b"text"));
    }
}

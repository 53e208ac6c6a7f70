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

/// True for content that is not text: NUL bytes near the start, unless the bytes are UTF-16 or text but for a few.
pub fn is_binary(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    memchr::memchr(0, head).is_some() && utf16(head).is_none() && !is_text_but_for_a_few(head)
}

/// Text in which some NUL bytes stand: a secret must not become invisible because one was put beside it. What programs
/// make has many, or other bytes that no text has.
fn is_text_but_for_a_few(head: &[u8]) -> bool {
    let zeros = memchr::memchr_iter(0, head).count();
    let is_strange = |byte: &u8| matches!(byte, 1..=8 | 14..=26 | 28..=31 | 127);
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The last character may be cut off by the end of the head.
        Err(error) => error.error_len().is_none(),
    };
    valid && zeros <= 1 + head.len() / 512 && !head.iter().any(is_strange)
}

/// Decodes UTF-8 (with or without a byte order mark, which is kept as a character), UTF-16 in either order, and
/// falls back to Latin-1, which accepts every byte.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(little) = utf16(bytes.get(..HEAD).unwrap_or(bytes)) {
        let units = bytes.chunks_exact(2).map(|pair| unit(pair, little));
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
        // Four bytes for each character: nobody writes that, and half of it would be NUL.
        [0xFF, 0xFE, 0, 0, ..] => return None,
        // A mark before plain ASCII is a lie that would hide the text.
        [0xFF, 0xFE, rest @ ..] | [0xFE, 0xFF, rest @ ..] if rest.len() >= 2 && rest.iter().all(is_plain) => {
            return None;
        }
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
        // Letters that are not Latin have no NUL; the blanks and line ends between them do, and nothing else is odd.
        (0, odd) if odd > 0 && is_words(head, true) => Some(true),
        (even, 0) if even > 0 && is_words(head, false) => Some(false),
        _ => None,
    }
}

fn is_plain(byte: &u8) -> bool {
    matches!(byte, 9 | 10 | 13 | 32..=126)
}

/// True when every two bytes are a letter, mark or sign of a text, and some are blanks.
fn is_words(head: &[u8], little: bool) -> bool {
    let mut blanks = 0;
    let units = head.chunks_exact(2).map(|pair| unit(pair, little));
    // The last unit may be the first half of a pair.
    let whole = (head.len() / 2).saturating_sub(1);
    let is_text = char::decode_utf16(units.take(whole)).all(|letter| match letter {
        Ok(' ' | '\n' | '\r' | '\t') => {
            blanks += 1;
            true
        }
        Ok(letter) => letter.is_alphanumeric() || letter.is_ascii_graphic() || matches!(letter, '\u{300}'..='\u{36F}' | '\u{2010}'..='\u{2BFF}' | '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FFEF}' | '\u{A0}'..='\u{BF}'),
        Err(_) => false,
    });
    is_text && blanks > 0
}

fn unit(pair: &[u8], little: bool) -> u16 {
    let pair = [pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)];
    if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
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

    #[test]
    fn a_few_bytes_do_not_hide_a_text() {
        let be = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        let russian = "# Ключ от хранилища, который никому не нужен\nKEY = 1\n";
        let readable: [(Vec<u8>, &str); 7] = [
            (b"key = \"\0\"\nKEY = 1\n".to_vec(), "KEY = 1"),
            (b"KEY = 1\n\0".to_vec(), "KEY = 1"),
            ([b"\xFF\xFE".as_slice(), b"KEY = 1\n"].concat(), "KEY = 1"),
            (utf16le(russian), "KEY = 1"),
            (be(russian), "KEY = 1"),
            ([b"\xFF\xFE".as_slice(), &utf16le(russian)].concat(), "KEY = 1"),
            ([utf16le("KEY = 1\n").as_slice(), b"x"].concat(), "KEY = 1"),
        ];
        for (bytes, held) in readable {
            assert!(!is_binary(&bytes) && decode(&bytes).contains(held), "{}", decode(&bytes));
        }
        let binary: [&[u8]; 5] = [
            b"\0asm\x01\0\0\0",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"name\0\0\0\0\0\0\0\0\0\0\0\0000644\0",
            b"SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20",
            b"\xFF\xFE\0\0K\0\0\0E\0\0\0Y\0\0\0",
        ];
        for bytes in binary {
            assert!(is_binary(bytes), "{bytes:?}");
        }
    }
}

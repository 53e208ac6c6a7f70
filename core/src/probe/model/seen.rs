//! What the model sees of a value: bytes before, in and after it, and the words that names fall into.

use super::words::{list, lists_of};
use crate::probe::Candidate;

/// Bytes of a value that count; what follows them is text after it.
const LONGEST: usize = 256;
/// Words of a name that count: the last.
pub(super) const NAMES: usize = 16;

/// A value and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) path: &'a [u8],
    /// The text before the value on its line.
    pub(super) before: &'a [u8],
    pub(super) value: &'a [u8],
    /// The rest of the line.
    pub(super) after: &'a [u8],
    /// Text of earlier lines, from the line on which the match began.
    pub(super) above: &'a [u8],
}

impl<'a> Seen<'a> {
    /// The default of an expansion ends at its brace (`${PASSWORD:-default}@host`), the parameter of an address at the
    /// next one (`?token=value&page=2`).
    pub(super) fn of(candidate: &Candidate<'a>) -> Self {
        let (before, value, line) =
            (candidate.before.as_bytes(), candidate.value.as_bytes(), candidate.line.as_bytes());
        // A value has no blanks: its line is the last.
        let start = line.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (above, own) = line.split_at_checked(start).unwrap_or_default();
        let rest = own.strip_prefix(before).filter(|rest| rest.starts_with(value)).unwrap_or(value);
        let end = end_of(before, value);
        let after = rest.get(end..).unwrap_or_default();
        let after = after.get(..after.iter().rposition(|byte| *byte != b'\r').map_or(0, |at| at + 1));
        Self {
            path: candidate.path.as_bytes(),
            before,
            value: value.get(..end).unwrap_or_default(),
            after: after.unwrap_or_default(),
            above,
        }
    }

    /// The last name before the value and what stands between them. Words of types are passed over, at most three
    /// times; behind a name on a line above stands the whole text before.
    pub(super) fn name(&self) -> (&'a [u8], &'a [u8]) {
        let mut text = self.before;
        for _ in 0..4 {
            let (start, end) = name_span(text);
            let name = text.get(start..end).unwrap_or_default();
            let words = Words::of(name, NAMES);
            let is_type = words.count() == 1 && words.iter().all(|word| lists_of(word) & list::BETWEEN != 0);
            if words.count() > 0 && !is_type {
                return (name, self.before.get(end..).unwrap_or_default());
            }
            if start == 0 || name.is_empty() {
                break;
            }
            text = text.get(..start).unwrap_or_default();
        }
        let above = trim_end(self.above, b" \t\r\n\"',");
        let above = above.strip_suffix(b"</key>").unwrap_or(above);
        let (start, end) = name_span(above);
        (above.get(start..end).unwrap_or_default(), self.before)
    }

    /// The text before the name; empty when it stands on a line above.
    pub(super) fn head(&self, name: &[u8], between: &[u8]) -> &'a [u8] {
        let end = self.before.len().saturating_sub(name.len() + between.len());
        self.before.get(..end).unwrap_or_default()
    }
}

fn end_of(before: &[u8], value: &[u8]) -> usize {
    let mut end = value.len();
    let near = last(before, 80);
    let open = near.windows(2).rposition(|pair| pair == b"${");
    if let Some(open) = open
        && !near.get(open..).is_some_and(|text| text.contains(&b'}'))
        && let Some(brace) = value.iter().position(|byte| *byte == b'}')
    {
        end = brace;
    }
    if before.last() == Some(&b'=') {
        let next = (1..end)
            .find(|at| value.get(*at) == Some(&b'&') && value.get(*at..).is_some_and(|rest| rest.contains(&b'=')));
        end = next.unwrap_or(end);
    }
    if end == 0 { value.len() } else { end }.min(LONGEST)
}

/// The last bytes of a text.
pub(super) fn last(text: &[u8], count: usize) -> &[u8] {
    text.get(text.len().saturating_sub(count)..).unwrap_or_default()
}

/// The text without these marks at its end.
pub(super) fn trim_end<'a>(text: &'a [u8], marks: &[u8]) -> &'a [u8] {
    let end = text.iter().rposition(|byte| !marks.contains(byte)).map_or(0, |at| at + 1);
    text.get(..end).unwrap_or_default()
}

/// The text without these marks at its start.
pub(super) fn trim_start<'a>(text: &'a [u8], marks: &[u8]) -> &'a [u8] {
    let start = text.iter().position(|byte| !marks.contains(byte)).unwrap_or(text.len());
    text.get(start..).unwrap_or_default()
}

/// Bytes of other alphabets count as letters without case.
pub(super) fn is_wordy(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

fn opens(byte: u8) -> bool {
    b" \t\r\n\"'`:=>({[],+@|?&*;\\".contains(&byte)
}

/// Start and end of the last name in a text: past what opens a value.
fn name_span(text: &[u8]) -> (usize, usize) {
    let end = text.iter().rposition(|byte| !opens(*byte)).map_or(0, |at| at + 1);
    let named = |byte: &u8| is_wordy(*byte) || b"_-.$".contains(byte);
    let length = text.iter().take(end).rev().take_while(|byte| named(byte)).count();
    (end - length, end)
}

/// The words of a name, in small letters: `apiKeyID`, `API_KEY_ID` and `api-key-id` have the same.
#[derive(Debug)]
pub(super) struct Words {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Words before the ones that count.
    skipped: usize,
}

impl Words {
    /// At most the last `limit` words of a text.
    pub(super) fn of(text: &[u8], limit: usize) -> Self {
        let (mut small, mut ends) = (Vec::with_capacity(text.len()), Vec::with_capacity(8));
        let (mut start, mut before) = (0, 0_u8);
        for (at, byte) in text.iter().copied().enumerate() {
            let is_open = small.len() > start;
            if !is_wordy(byte) {
                if is_open {
                    ends.push(small.len());
                    start = small.len();
                }
            } else {
                if is_open && byte.is_ascii_uppercase() {
                    let next_small = text.get(at + 1).is_some_and(u8::is_ascii_lowercase);
                    if before.is_ascii_lowercase() || (before.is_ascii_uppercase() && next_small) {
                        ends.push(small.len());
                        start = small.len();
                    }
                }
                small.push(byte.to_ascii_lowercase());
            }
            before = byte;
        }
        if small.len() > start {
            ends.push(small.len());
        }
        let skipped = ends.len().saturating_sub(limit);
        Self { text: small, ends, skipped }
    }

    pub(super) fn count(&self) -> usize {
        self.ends.len() - self.skipped
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        (self.skipped..self.ends.len()).map(|at| self.get(at))
    }

    fn get(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(at).and_then(|end| self.text.get(start..*end)).unwrap_or_default()
    }

    pub(super) fn has(&self, word: &[u8]) -> bool {
        self.iter().any(|other| other == word)
    }
}

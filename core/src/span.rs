//! Places inside one source: byte spans while we work, SARIF regions when we report.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// Half-open range of bytes in the decoded (UTF-8) text of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from `start` to `end`; both are clamped to 4 GiB, which no source reaches.
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end.max(start)) }
    }

    /// First byte as an index.
    pub fn from(self) -> usize {
        self.start as usize
    }

    /// One past the last byte as an index.
    pub fn to(self) -> usize {
        self.end as usize
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.to().saturating_sub(self.from())
    }

    /// True when no byte lies inside.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// The smallest span that holds both.
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// True when `other` lies wholly inside.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// True when the two share a byte.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The same span, moved right by `by` bytes (a text parsed inside another text).
    pub fn shifted(self, by: usize) -> Self {
        Self::new(self.from().saturating_add(by), self.to().saturating_add(by))
    }

    /// The text under the span; empty when the span does not fit the text.
    pub fn text(self, text: &str) -> &str {
        text.get(self.from()..self.to()).unwrap_or_default()
    }
}

/// A SARIF region: 1-based lines, 1-based columns counted in Unicode code points, end column exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Region {
    /// First line.
    pub start_line: u32,
    /// Column of the first character.
    pub start_column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character.
    pub end_column: u32,
}

/// Where each line of a text starts; LF, CR LF and lone CR end a line.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<u32>,
    /// Characters before each block of bytes, counted when a column of a long line is first asked for.
    before: OnceLock<Vec<u32>>,
}

/// Bytes of a block of which the characters are counted once: minified files have thousands of places on one line.
const BLOCK: usize = 1024;

impl<'a> Lines<'a> {
    /// Indexes the lines of `text`.
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let is_pair = bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
            if !is_pair {
                starts.push(Span::new(at + 1, at + 1).start);
            }
        }
        Self { text, starts, before: OnceLock::new() }
    }

    /// Number of lines; a text that ends in a line end has one more, empty, line.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// 1-based line of a byte.
    pub fn line_of(&self, byte: u32) -> u32 {
        u32::try_from(self.starts.partition_point(|&start| start <= byte)).unwrap_or(u32::MAX)
    }

    /// Span of a 1-based line without its line end; empty for a line that does not exist.
    pub fn line_span(&self, line: u32) -> Span {
        let index = (line as usize).saturating_sub(1);
        let Some(&start) = self.starts.get(index) else { return Span::default() };
        let end = self.starts.get(index + 1).map_or(self.text.len(), |&next| next as usize);
        let whole = self.text.get(start as usize..end).unwrap_or_default();
        Span::new(start as usize, start as usize + whole.trim_end_matches(['\n', '\r']).len())
    }

    /// Text of a 1-based line without its line end.
    pub fn line_text(&self, line: u32) -> &'a str {
        self.line_span(line).text(self.text)
    }

    /// The SARIF region of a span. An empty span becomes an empty region at its place.
    pub fn region(&self, span: Span) -> Region {
        let limit = Span::new(0, self.text.len()).end;
        let (start, end) = (span.start.min(limit), span.end.min(limit).max(span.start.min(limit)));
        let (start_line, end_line) = (self.line_of(start), self.line_of(end));
        Region {
            start_line,
            start_column: self.column(start_line, start),
            end_line,
            end_column: self.column(end_line, end),
        }
    }

    fn column(&self, line: u32, byte: u32) -> u32 {
        let start = self.starts.get((line as usize).saturating_sub(1)).copied().unwrap_or(0);
        let count = if byte.saturating_sub(start) as usize <= BLOCK {
            characters(self.text.as_bytes().get(start as usize..byte as usize).unwrap_or_default())
        } else {
            self.characters_before(byte).saturating_sub(self.characters_before(start))
        };
        count.saturating_add(1)
    }

    fn characters_before(&self, byte: u32) -> u32 {
        let bytes = self.text.as_bytes();
        let before = self.before.get_or_init(|| {
            let counts = bytes.chunks(BLOCK).map(characters);
            std::iter::once(0)
                .chain(counts.scan(0u32, |sum, count| {
                    *sum = sum.saturating_add(count);
                    Some(*sum)
                }))
                .collect()
        });
        let block = byte as usize / BLOCK;
        let rest = bytes.get(block * BLOCK..byte as usize).unwrap_or_default();
        before.get(block).copied().unwrap_or(0).saturating_add(characters(rest))
    }
}

/// Number of characters that begin in the bytes: those that do not continue a character start one.
fn characters(bytes: &[u8]) -> u32 {
    let count = bytes.iter().filter(|byte| (**byte as i8) >= -0x40).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_count_code_points_and_every_kind_of_line_end() {
        let text = "aé\r\nb\rc\n😀x";
        let lines = Lines::new(text);
        assert_eq!(lines.count(), 4);
        let x = text.find('x').unwrap();
        let region = lines.region(Span::new(x, x + 1));
        assert_eq!((region.start_line, region.start_column, region.end_column), (4, 2, 3));
        assert_eq!(lines.line_text(1), "aé");
        assert_eq!(lines.line_text(2), "b");
        assert_eq!(lines.line_text(9), "");
    }

    #[test]
    fn columns_of_long_lines_count_the_same() {
        let line = "aé😀".repeat(2000);
        let text = format!("é{line}\n{line}\r\n");
        let lines = Lines::new(&text);
        let mut columns = std::collections::BTreeMap::new();
        let (mut row, mut column) = (1, 1);
        for (at, letter) in text.char_indices() {
            columns.insert(at, (row, column));
            (row, column) = if letter == '\n' { (row + 1, 1) } else { (row, column + 1) };
        }
        for (at, expected) in columns {
            let region = lines.region(Span::new(at, at));
            assert_eq!((region.start_line, region.start_column), expected, "{at}");
        }
    }
}

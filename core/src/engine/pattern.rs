//! The pattern of a text rule: where a match of it can begin, and what its secret is at least made of.

use std::sync::OnceLock;

use regex::bytes;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::run::Run;
use crate::rule::{REACH, Start, Text, text_regex};

/// Shorter runs are in every line: looking for them saves nothing.
const SHORTEST_RUN: usize = 12;

/// Bytes of a word before a trigger word in it.
const WORD: usize = 256;

/// Blanks between two words that belong together.
const GAP: usize = 4;

/// Most matches of one text that are given up because what they report is too far away.
const TRIES: usize = 64;

/// A pattern, compiled where something may be what it reports.
pub(super) struct Pattern {
    source: String,
    regex: OnceLock<Option<bytes::Regex>>,
    run: Option<Run>,
    /// Most bytes from the start of a match to what it reports.
    reach: usize,
}

impl Pattern {
    /// The pattern of a rule.
    pub(super) fn new(text: &Text) -> Self {
        let pattern = text.pattern();
        // The whole pattern of a credential is long, and only its shape tells of a run.
        let run = match &text.credential {
            Some(credential) => run_of(&credential.secret()),
            None => run_of(&pattern),
        };
        let source = match text.start {
            Start::Anywhere => pattern.into_owned(),
            Start::Word => format!(r"\A(?:{pattern})"),
        };
        let reach = if text.credential.is_some() { REACH } else { usize::MAX };
        Self { source, regex: OnceLock::new(), run, reach }
    }

    /// Matches in a text; none where nothing is long enough to be what the rule reports.
    pub(super) fn matches<'t>(&self, text: &'t [u8]) -> impl Iterator<Item = bytes::Captures<'t>> {
        let may_match = self.run.as_ref().is_none_or(|run| run.is_in(text));
        // The loader has checked that it compiles.
        let regex = may_match.then(|| self.regex.get_or_init(|| self.compile()).as_ref()).flatten();
        let (mut at, mut tries) = (0, 0);
        std::iter::from_fn(move || {
            while at <= text.len() && tries < TRIES {
                let captures = regex?.captures_at(text, at)?;
                let whole = captures.get(0)?;
                let value = captures.name("secret").unwrap_or(whole);
                if value.start() - whole.start() <= self.reach {
                    at = whole.end().max(at + 1);
                    return Some(captures);
                }
                // A name further on may be near enough.
                at = whole.start() + 1;
                tries += 1;
            }
            None
        })
    }

    fn compile(&self) -> Option<bytes::Regex> {
        text_regex(&self.source).ok()
    }
}

/// Where a match of a rule with [`Start::Word`] may begin: at the word that the trigger word stands in, or at the one
/// before it on the line.
pub(super) fn word_starts(text: &str, place: usize) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let start_of = |from: usize| {
        let word = bytes.get(..from).unwrap_or_default().iter().rev().take(WORD);
        from - word.take_while(|&&byte| is_part(byte)).count()
    };
    let start = start_of(place);
    let blanks = bytes.get(..start).unwrap_or_default().iter().rev().take(GAP);
    let gap = blanks.take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
    let before = (gap > 0).then(|| start_of(start - gap)).filter(|&before| before < start - gap);
    before.into_iter().chain([start])
}

/// Bytes of names as programs, settings and options are written.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'$')
}

/// The run of bytes that the group `secret` of a pattern is at least, where every match has one.
fn run_of(pattern: &str) -> Option<Run> {
    let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).multi_line(true).build();
    let whole = parser.parse(pattern).ok()?;
    let secret = group(&whole)?;
    let least = secret.properties().minimum_len().filter(|&least| least >= SHORTEST_RUN)?;
    let mut members = [false; 256];
    collect(secret, &mut members);
    Some(Run::new(least, |byte| members.get(usize::from(byte)) == Some(&true)))
}

/// The group `secret`, unless a match may do without it.
fn group(hir: &Hir) -> Option<&Hir> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.name.as_deref() == Some("secret") => Some(&capture.sub),
        HirKind::Capture(capture) => group(&capture.sub),
        HirKind::Concat(parts) => parts.iter().find_map(group),
        _ => None,
    }
}

/// Adds the bytes that a part of a pattern can match.
fn collect(hir: &Hir, members: &mut [bool; 256]) {
    let mut add = |from: u8, to: u8| {
        members.iter_mut().take(usize::from(to) + 1).skip(usize::from(from)).for_each(|member| *member = true)
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => literal.0.iter().for_each(|&byte| add(byte, byte)),
        HirKind::Class(Class::Bytes(class)) => class.iter().for_each(|range| add(range.start(), range.end())),
        HirKind::Class(Class::Unicode(class)) => class.iter().for_each(|range| {
            let byte = |letter: char| u8::try_from(letter).ok().filter(u8::is_ascii);
            if let Some(from) = byte(range.start()) {
                add(from, byte(range.end()).unwrap_or(0x7F));
            }
            if !range.end().is_ascii() {
                add(0x80, 0xFF);
            }
        }),
        HirKind::Repetition(repetition) => collect(&repetition.sub, members),
        HirKind::Capture(capture) => collect(&capture.sub, members),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().for_each(|part| collect(part, members)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_from_the_pattern() {
        for (pattern, text, fits) in [
            (r"key(?<secret>[0-9a-f]{12})", "key=0123456789ab.", true),
            (r"key(?<secret>[0-9a-f]{12})", "key=0123456789a.b0123", false),
            (r"(?i)key(?<secret>x_[a-f]{10,20})", "X_ABCDEFABCDEF", true),
            (r"(?<secret>[A-Z]{6}(?:-[A-Z]{5}){1,3})\b", "ABCDEF-ABCDE", true),
            (r"(?<secret>[A-Z]{6}(?:-[A-Z]{5}){1,3})\b", "ABCDEF_ABCDE", false),
            (r"(?<secret>[^\s]{12,})", "é漢字wörter", true),
        ] {
            assert_eq!(run_of(pattern).map(|run| run.is_in(text.as_bytes())), Some(fits), "{pattern} in {text}");
        }
        for pattern in
            [r"(?<secret>[0-9a-f]{4})", r"a|(?<secret>[0-9a-f]{32})", r"[0-9a-f]{32}", r"(?:(?<secret>.{20}))?"]
        {
            assert!(run_of(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn matches_begin_at_words() {
        for (text, starts) in [
            ("x = my.db-KEY", vec![4]),
            ("ENV my_KEY=1", vec![0, 4]),
            ("a, b(KEY", vec![5]),
            ("KEY", vec![0]),
            ("é KEY", vec![3]),
        ] {
            let place = text.find("KEY").unwrap();
            assert_eq!(word_starts(text, place).collect::<Vec<_>>(), starts, "{text}");
        }
    }
}

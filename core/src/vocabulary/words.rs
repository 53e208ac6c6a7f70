//! Words of prose: text reduced to comparable words, and phrases found among them.

use std::ops::Range;

/// A word of a text: lower case, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word in lower case, letters and digits only (`&` becomes `and`, a decimal point stays within a number).
    pub text: String,
    /// Bytes of the word in the text.
    pub at: Range<usize>,
}

/// Words of a text in order. Emoji, punctuation and markup are no words; `us-east-1` is three.
pub fn words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut open = false;
    let mut previous = ' ';
    let mut rest = text.char_indices().peekable();
    while let Some((at, sign)) = rest.next() {
        let next = rest.peek().map_or(' ', |&(_, sign)| sign);
        let decimal = sign == '.' && previous.is_ascii_digit() && next.is_ascii_digit();
        let end = at + sign.len_utf8();
        if sign.is_alphanumeric() || decimal {
            match found.last_mut().filter(|_| open) {
                Some(word) => {
                    word.text.extend(sign.to_lowercase());
                    word.at.end = end;
                }
                None => found.push(Word { text: sign.to_lowercase().collect(), at: at..end }),
            }
        } else if sign == '&' {
            found.push(Word { text: "and".to_owned(), at: at..end });
        }
        // An apostrophe or a soft hyphen does not end a word.
        open = sign.is_alphanumeric() || decimal || (open && matches!(sign, '\'' | '’' | '\u{AD}'));
        previous = sign;
    }
    found
}

/// The text as its words, one blank between them: what keys, headings and names are compared by.
pub fn reduce(text: &str) -> String {
    let words: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
    words.join(" ")
}

/// The text as an identifier: words joined by hyphens.
pub fn slug(text: &str) -> String {
    reduce(text).replace([' ', '.'], "-")
}

/// True when the words of `phrase` (already reduced) stand in `words` from `from` on.
pub fn stands_at(words: &[Word], from: usize, phrase: &str) -> Option<usize> {
    let mut at = from;
    for part in phrase.split(' ') {
        if words.get(at)?.text != part {
            return None;
        }
        at += 1;
    }
    Some(at - from)
}

/// A phrase found in a text: which words it covers and what it means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found<'a, T> {
    /// Index of its first word.
    pub from: usize,
    /// Number of words.
    pub len: usize,
    /// What it means.
    pub what: &'a T,
}

/// Phrases that stand in a text, leftmost and longest first, each word used once; one right after a negation is
/// the opposite of what it says and left out.
pub fn find<'a, T>(text: &[Word], phrases: &[(String, &'a T)], negations: &[String]) -> Vec<Found<'a, T>> {
    let (mut found, mut from) = (Vec::new(), 0);
    while from < text.len() {
        let longest = phrases
            .iter()
            .filter(|(phrase, _)| !phrase.is_empty())
            .filter_map(|(phrase, what)| stands_at(text, from, phrase).map(|len| Found { from, len, what: *what }))
            .fold(None, |best: Option<Found<'a, T>>, next| match best {
                Some(best) if best.len >= next.len => Some(best),
                _ => Some(next),
            });
        let Some(phrase) = longest else {
            from += 1;
            continue;
        };
        let denied = from.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|word| negations.contains(&word.text));
        from += phrase.len;
        if !denied {
            found.push(phrase);
        }
    }
    found
}

/// Changes of one letter (added, left out, replaced) between two short words, at most `limit`; `None` beyond.
pub fn distance(left: &str, right: &str, limit: usize) -> Option<usize> {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().take(64).collect(), right.chars().take(64).collect());
    if left.len().abs_diff(right.len()) > limit {
        return None;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, a) in left.iter().enumerate() {
        let mut corner = line;
        let mut before = line + 1;
        for (b, cell) in right.iter().zip(row.iter_mut().skip(1)) {
            let cost = usize::from(a != b);
            let best = (corner + cost).min(before + 1).min(*cell + 1);
            corner = *cell;
            before = best;
            *cell = best;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().filter(|&changes| changes <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_reduce_to_comparable_words() {
        let cases = [
            ("🚀 3. CI/CD Pipeline", "3 ci cd pipeline"),
            ("Security & Compliance:", "security and compliance"),
            ("US_EAST-1", "us east 1"),
            ("99.95%.", "99.95"),
            ("Author's **own**", "authors own"),
            ("", ""),
        ];
        for (text, reduced) in cases {
            assert_eq!(reduce(text), reduced, "{text}");
        }
        let words = words("é RTO");
        assert_eq!(words.last().map(|word| word.at.clone()), Some(3..6));
    }

    #[test]
    fn distance_counts_changed_letters() {
        let cases = [
            ("heroku", "herokuu", Some(1)),
            ("netlfy", "netlify", Some(1)),
            ("mars", "heroku", None),
            ("", "", Some(0)),
        ];
        for (left, right, changes) in cases {
            assert_eq!(distance(left, right, 2), changes, "{left} {right}");
        }
    }
}

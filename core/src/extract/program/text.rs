//! Literals as written to values: quotes, prefixes and escapes of every language.

use std::borrow::Cow;

/// The value of a string literal, its quotes and prefixes taken off.
pub(super) fn decode(literal: &str) -> Cow<'_, str> {
    let (inner, raw) = strip(literal);
    if raw || !inner.contains('\\') { Cow::Borrowed(inner) } else { Cow::Owned(unescape(inner)) }
}

/// The text between the quotes, and whether escapes mean nothing there.
pub(super) fn strip(literal: &str) -> (&str, bool) {
    let start = literal.find(['"', '\'', '`']).unwrap_or(0);
    let (prefix, quoted) = literal.split_at_checked(start).unwrap_or(("", literal));
    // A prefix is one to three letters and, in Rust, hashes; anything else is no literal.
    let is_prefix = prefix.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'#') && prefix.len() <= 8;
    if !is_prefix {
        return (literal, true);
    }
    let raw = prefix.contains(['r', 'R']) || (quoted.starts_with('`') && !quoted.contains("${"));
    let quoted = quoted.trim_end_matches('#');
    for quote in ["\"\"\"", "'''", "\"", "'", "`"] {
        let inner = quoted.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return (inner, raw);
        }
    }
    (quoted, raw)
}

/// Resolves backslash escapes; unknown ones stay as they are.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('0') => out.push('\0'),
            Some('\n') => {}
            Some('x') => push_code(&mut out, letters.by_ref().take(2)),
            Some('u') => {
                let rest = letters.as_str();
                match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
                    Some((code, after)) => {
                        push_code(&mut out, code.chars());
                        letters = after.chars();
                    }
                    None => push_code(&mut out, letters.by_ref().take(4)),
                }
            }
            Some(other) => out.push(other),
            None => out.push('\\'),
        }
    }
    out
}

fn push_code(out: &mut String, digits: impl Iterator<Item = char>) {
    let digits: String = digits.take(8).collect();
    if let Some(letter) = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
        out.push(letter);
    }
}

/// The number a literal stands for; separators and type suffixes do not matter.
pub(super) fn number(literal: &str) -> Option<f64> {
    let plain: String = literal.chars().filter(|letter| *letter != '_').take(40).collect();
    let lower = plain.to_ascii_lowercase();
    for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            let digits: String = digits.chars().take_while(|digit| digit.is_digit(base)).collect();
            return u64::from_str_radix(&digits, base).ok().map(|number| number as f64);
        }
    }
    let end = lower.find(|letter: char| !(letter.is_ascii_digit() || letter == '.' || letter == 'e' || letter == '-'));
    lower.get(..end.unwrap_or(lower.len()))?.parse().ok().filter(|number: &f64| number.is_finite())
}

/// True when text before a hole shows that the hole stands in a URL.
pub(super) fn is_url_start(text: &str) -> bool {
    let lower = text.trim_start();
    let has_query = lower.rfind(['?', '&']).and_then(|at| lower.get(at + 1..)).is_some_and(|rest| {
        rest.strip_suffix('=').is_some_and(|key| {
            !key.is_empty()
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        })
    });
    let is_path = lower.starts_with('/') && lower.len() > 1 && !lower.contains(' ');
    let is_whole = ["http://", "https://", "ws://", "wss://"]
        .iter()
        .any(|scheme| lower.starts_with(scheme) && !lower.contains(' '));
    has_query || is_path || is_whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_every_language_decode() {
        let cases = [
            (r#""a\nb""#, "a\nb"),
            ("'it\\'s'", "it's"),
            ("r'\\d'", "\\d"),
            ("b\"x\"", "x"),
            ("\"\"\"long\"\"\"", "long"),
            ("`raw\\n`", "raw\\n"),
            ("\"\\u00e9\\x41\\u{1F600}\"", "éA😀"),
        ];
        for (literal, value) in cases {
            assert_eq!(decode(literal), value, "{literal}");
        }
        assert_eq!(decode("r#\"q\"#"), "q");
        assert_eq!(number("1_000"), Some(1000.0));
        assert_eq!(number("0x1F"), Some(31.0));
        assert_eq!(number("10L"), Some(10.0));
        assert_eq!(number("0"), Some(0.0));
    }

    #[test]
    fn urls_are_told_from_sentences() {
        for text in ["http://x/", "https://h/?q=", "/users/", "?email=", "a?b=1&mail="] {
            assert!(is_url_start(text), "{text}");
        }
        for text in ["created ", "see http://x for ", "email=", "/", "what? name="] {
            assert!(!is_url_start(text), "{text}");
        }
    }
}

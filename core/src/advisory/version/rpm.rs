//! RPM: epoch, version, release, each as `rpmvercmp` compares: tilde before the end, caret after it, words before
//! numbers.

use std::cmp::Ordering;

use super::token::{Number, run};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Tilde,
    End,
    Caret,
    Word(&'a str),
    Number(Number<'a>),
}

/// Compares two versions.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    key(a).cmp(&key(b))
}

fn key(text: &str) -> (Number<'_>, Vec<Part<'_>>, Vec<Part<'_>>) {
    let (epoch, rest) = match text.split_once(':').map(|(epoch, rest)| (Number::parse(epoch), rest)) {
        Some((Some(epoch), rest)) => (epoch, rest),
        _ => (Number::ZERO, text),
    };
    let (version, release) = rest.split_once('-').unwrap_or((rest, ""));
    (epoch, parts(version), parts(release))
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        rest = match first {
            '~' => {
                found.push(Part::Tilde);
                after
            }
            '^' => {
                found.push(Part::Caret);
                after
            }
            '0'..='9' => {
                let (digits, after) = run(rest, |character| character.is_ascii_digit());
                found.push(Part::Number(Number::new(digits)));
                after
            }
            'a'..='z' | 'A'..='Z' => {
                let (word, after) = run(rest, |character| character.is_ascii_alphabetic());
                found.push(Part::Word(word));
                after
            }
            _ => after,
        };
    }
    found.push(Part::End);
    found
}

//! How much more a text looks drawn at random than written by a person: a likelihood ratio, so no length or alphabet
//! falls off a cliff.
//!
//! The tables count letter pairs and changes of character class in names, paths and words of open-source code and
//! documentation; costs are bits, in base 36 digits.

/// Cost of each letter (columns a to z) after a letter (rows), in half bits.
pub(super) const PAIRS: [&str; 27] = [
    "8a7899ab8fd999a8g868bbbdig", // start of a word
    "ha89iealame687o9m675bedecf", // a
    "5ead6fgk79k5ee7el99d6ikl8k", // b
    "7hbe6ei7an88eh4ek9b6aglldp", // c
    "6df93dci5hjbdg7dla9dagihdn", // d
    "9f88cbcjgih7a6gbd567hcd8dm", // e
    "7fdd87fk4ol8ed6fn79a8kjjcp", // f
    "9hei3gc96piac8bgn68c9ihldg", // g
    "5gef4hjj6nhfbg6gkac77jfock", // h
    "ab89ab9mimg9947alb76hbqcrb", // i
    "8hgf4hih9gdehg5ckh3g9hejhj", // j
    "9fec2ddg6kjcdbceid7cbgcefh", // k
    "6fga56gj5oh8hi6eoha99ekobn", // l
    "4afd4hhm7niaaf76kgae9ilkdj", // m
    "7i867a6i9jdcgb8dlg75bcihgl", // n
    "db98hcckcic874b9q5a98cagil", // o
    "5idc5fhb9pg7eh69l6b89gjm9n", // p
    "ggdfeefigji8dehgdaad1feiik", // q
    "6hab4eak6pddbb6fn988adilap", // r
    "bj9g4gg97ndceg99gf849gflbn", // s
    "6ibf4fk75qkddh7dp79abjfg9i", // t
    "b7bc7bdn9ql786e8q776ilofok", // u
    "4idh2fej5nmfegbclgdgijkgkm", // v
    "6gee7hh94mhch86gk67eilajkm", // w
    "8g8d6eif8mjeagd5hdd3ghibbk", // x
    "bcbcafbhdlk978a3ke66hgcjgf", // y
    "8ige2fhf6khdee5hkifhgfjicb", // z
];

/// Cost of the next class (lower, upper, digit, other) after two classes, in quarter bits: row is the first of the
/// two, column the second.
pub(super) const CLASSES: [&str; 16] = [
    "1lvb", "0hpz", "9h48", "1jlk", "0jxu", "k1nb", "k93a", "c1ks", "5k4h", "966g", "eh2b", "4a7i", "0zon", "53mm",
    "gq37", "29zr",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Lower = 0,
    Upper = 1,
    Digit = 2,
    Other = 3,
}

fn class_of(mark: char) -> Class {
    match mark {
        'a'..='z' => Class::Lower,
        'A'..='Z' => Class::Upper,
        '0'..='9' => Class::Digit,
        _ => Class::Other,
    }
}

fn digit(rows: &[&str], row: usize, column: usize) -> f64 {
    let mark = rows.get(row).and_then(|row| row.as_bytes().get(column));
    mark.and_then(|mark| char::from(*mark).to_digit(36)).map_or(17.0, f64::from)
}

/// Bits by which "drawn at random" explains a text better than "written by a person". Below 0: reads like words.
/// Random texts of 16 characters lie above 17 in 99 of 100 cases, names and words of that length below 4.
pub(super) fn randomness(text: &str) -> f64 {
    let (mut first, mut second) = (Class::Other, Class::Other);
    let mut before: Option<usize> = None;
    let mut written = 0.0;
    let mut length = 0.0;
    for mark in text.chars() {
        let class = class_of(mark);
        written += digit(&CLASSES, first as usize * 4 + second as usize, class as usize) / 4.0;
        before = match class {
            Class::Lower | Class::Upper => {
                let letter = usize::from(u8::try_from(mark.to_ascii_lowercase()).unwrap_or(b'a').saturating_sub(b'a'));
                // A capital after a small letter starts a word.
                let row = if class == Class::Upper && second == Class::Lower { None } else { before };
                written += digit(&PAIRS, row.map_or(0, |row| row + 1), letter) / 2.0;
                Some(letter)
            }
            Class::Digit => {
                written += 3.32;
                None
            }
            Class::Other => {
                written += 1.5;
                None
            }
        };
        (first, second) = (second, class);
        length += 1.0;
    }
    written - length * alphabet(text).log2()
}

/// Size of the smallest usual alphabet that has all characters of the text.
fn alphabet(text: &str) -> f64 {
    let all = |allowed: fn(&u8) -> bool| text.bytes().all(|byte| allowed(&byte));
    if all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) || all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F')) {
        return 16.0;
    }
    let has = |wanted: Class| text.chars().any(|mark| class_of(mark) == wanted);
    let sizes = [(Class::Lower, 26.0), (Class::Upper, 26.0), (Class::Digit, 10.0), (Class::Other, 4.0)];
    sizes.iter().filter(|(class, _)| has(*class)).map(|(_, size)| size).sum::<f64>().max(2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{Random, random};

    #[test]
    fn words_names_and_paths_are_not_random() {
        let texts = [
            "getUserNameFromToken",
            "existingSubscription",
            "application/json",
            "password_reset_token_expiry",
            "AbstractSingletonProxyFactoryBean",
            "my-service-account-name",
            "src/main/resources/config",
            "ACCESS_TOKEN_HEADER",
            "kubernetes.io/service-account",
            "correcthorsebatterystaple",
            "keyboardInterrupt",
            "monkeypatching",
            "us-east-1.compute.internal",
            "Bearer authentication",
        ];
        for text in texts {
            assert!(randomness(text) < 0.0, "{text}: {}", randomness(text));
        }
    }

    #[test]
    fn drawn_texts_are_random() {
        let mut random = Random::default();
        let cases =
            [(random::ALNUM, 16), (random::ALNUM, 32), (random::LOWER, 20), (random::HEX, 32), (random::BASE32, 20)];
        for (alphabet, length) in cases {
            let low = (0..1000).filter(|_| randomness(&random.text(alphabet, length)) < 6.0).count();
            assert!(low < 15, "{alphabet} {length}: {low} of 1000 look written");
        }
    }
}

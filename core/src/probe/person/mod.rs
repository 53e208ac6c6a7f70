//! Identifiers of persons, accounts and companies: shape and check digits.
//!
//! A check digit alone is weak evidence (one random number in ten passes), so rules pair these probes with the name of
//! the field. Algorithms: the issuing authorities' publications as collected by Wikipedia and python-stdnum's
//! documentation.

mod europe;
mod world;

pub(super) use europe::*;
pub(super) use world::*;

use super::{Answer, Candidate, Random, random::DIGITS};

const SHAPE: &str = "shape is wrong";
const CHECK: &str = "check digit is wrong";
const SAMPLE: &str = "documentation example";

/// The digits of a text whose only other characters are separators.
fn digits_of(text: &str) -> Option<Vec<u32>> {
    let mut digits = Vec::new();
    for mark in text.chars() {
        match mark.to_digit(10) {
            Some(digit) => digits.push(digit),
            None if " .-/\u{a0}".contains(mark) && !digits.is_empty() => {}
            None => return None,
        }
        if digits.len() > 40 {
            return None;
        }
    }
    Some(digits)
}

/// Upper-case letters and digits of a text whose only other characters are separators.
fn letters_of(text: &str) -> Option<String> {
    let mut out = String::new();
    for mark in text.chars() {
        match mark {
            '0'..='9' | 'A'..='Z' => out.push(mark),
            'a'..='z' => out.push(mark.to_ascii_uppercase()),
            ' ' | '.' | '-' | '/' if !out.is_empty() => {}
            _ => return None,
        }
        if out.len() > 40 {
            return None;
        }
    }
    Some(out)
}

fn number(digits: &[u32]) -> u64 {
    digits.iter().fold(0, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(*digit)))
}

fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// All digits equal: filled in, not issued.
fn is_uniform(digits: &[u32]) -> bool {
    digits.windows(2).all(|pair| pair.first() == pair.last())
}

/// The common frame: exactly `length` digits, not all equal, and a check.
fn by_digits(candidate: &Candidate<'_>, length: usize, check: fn(&[u32]) -> bool) -> Answer {
    match digits_of(candidate.value).filter(|digits| digits.len() == length) {
        Some(digits) if is_uniform(&digits) => Answer::No(SAMPLE),
        Some(digits) => Answer::when(check(&digits), "check digit is valid", CHECK),
        None => Answer::No(SHAPE),
    }
}

/// Draws numbers until one passes; the argument is a prefix.
fn draw(random: &mut Random, prefix: &str, length: usize, test: fn(&Candidate<'_>) -> Answer) -> String {
    let start: String = prefix.chars().filter(char::is_ascii_digit).take(length).collect();
    let mut last = String::new();
    for _ in 0..20_000 {
        let rest: String = (start.len()..length).map(|_| random.pick(DIGITS)).collect();
        last = format!("{start}{rest}");
        if matches!(test(&Candidate::of(&last)), Answer::Yes(_)) {
            break;
        }
    }
    last
}

/// Sum of the Luhn algorithm over digits, the last one being the check digit.
fn luhn_sum(digits: &[u32]) -> u32 {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    digits.iter().rev().enumerate().map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit }).sum()
}

fn luhn_holds(digits: &[u32]) -> bool {
    luhn_sum(digits).is_multiple_of(10)
}

/// ISO 7064 mod 11,10 over digits, the last one being the check digit.
fn iso7064_mod11_10(digits: &[u32]) -> bool {
    let Some((check, body)) = digits.split_last() else { return false };
    let rest = body.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - rest) % 10 == *check
}

/// Two digits that could be a month and a day.
fn is_date(month: u64, day: u64) -> bool {
    let last = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

fn part(digits: &[u32], from: usize, to: usize) -> u64 {
    digits.get(from..to).map_or(0, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(test: fn(&Candidate<'_>) -> Answer, value: &str) -> bool {
        matches!(test(&Candidate::of(value)), Answer::Yes(_))
    }

    /// Examples that authorities or standards print; none belongs to a person. Each is joined from two halves.
    #[test]
    fn published_examples_pass_and_a_changed_digit_fails() {
        type Test = fn(&Candidate<'_>) -> Answer;
        let cases: &[(&str, Test, &str, &str)] = &[
            ("iban", iban, "GB82 WEST 1234 ", "5698 7654 32"),
            ("iban", iban, "DE89 3704 0044 ", "0532 0130 00"),
            ("uk-nhs", uk_nhs, "943 476 ", "5919"),
            ("nl-bsn", nl_bsn, "1112", "22333"),
            ("es-dni", es_dni, "5436", "2315K"),
            ("es-dni", es_dni, "X2482", "300W"),
            ("fr-nir", fr_nir, "2 95 10 99 ", "126 111 93"),
            ("it-codice-fiscale", it_codice_fiscale, "RCCMNL", "83S18D969H"),
            ("br-cpf", br_cpf, "390.533.", "447-05"),
            ("br-cnpj", br_cnpj, "16.727.230", "/0001-97"),
            ("de-idnr", de_idnr, "36 574 ", "261 809"),
            ("pl-pesel", pl_pesel, "4405", "1401359"),
            ("in-aadhaar", in_aadhaar, "2341 2341 ", "2346"),
            ("au-tfn", au_tfn, "123 456 ", "782"),
            ("fi-hetu", fi_hetu, "131052", "-308T"),
            ("no-fodselsnummer", no_fodselsnummer, "151086 ", "95088"),
            ("pt-nif", pt_nif, "501 964 ", "843"),
            ("ch-ahv", ch_ahv, "756.9217.", "0769.85"),
            ("tr-kimlik", tr_kimlik, "172917", "16060"),
            ("us-aba", us_aba, "1110", "00025"),
            ("ro-cnp", ro_cnp, "163061", "5123457"),
            ("bg-egn", bg_egn, "752316", "9263"),
            ("ie-pps", ie_pps, "6433", "435F"),
            ("hr-oib", hr_oib, "33392", "005961"),
            ("ee-isikukood", ee_isikukood, "368052", "80109"),
            ("cn-ric", cn_ric, "11010519", "491231002X"),
            ("se-personnummer", se_personnummer, "811228", "-9874"),
        ];
        for (name, test, head, tail) in cases {
            let value = format!("{head}{tail}");
            assert!(verdict(*test, &value), "{name} {value}: {:?}", test(&Candidate::of(&value)));
            let at = value.rfind(|mark: char| mark.is_ascii_digit()).unwrap();
            let digit = value[at..].chars().next().unwrap().to_digit(10).unwrap();
            let changed = format!("{}{}{}", &value[..at], (digit + 1) % 10, &value[at + 1..]);
            assert!(!verdict(*test, &changed), "{name} {changed}");
        }
    }

    #[test]
    fn documentation_numbers_are_refused() {
        type Test = fn(&Candidate<'_>) -> Answer;
        let cases: &[(Test, &str)] = &[
            (luhn, "4111 1111 1111 1111"),
            (luhn, "0000000000000000"),
            (luhn, "4242424242424242"),
            (us_ssn, "078-05-1120"),
            (us_ssn, "000-12-3456"),
            (us_ssn, "666-12-3456"),
            (us_ssn, "123-45-6789"),
            (us_ssn, "900-12-3456"),
            (us_ssn, "12-3456789"),
            (br_cpf, "111.111.111-11"),
            (email_address, "user@example.com"),
            (email_address, "someone@test.invalid"),
            (email_address, "noreply@acme.io"),
            (email_address, "no at sign"),
            (email_address, "git@github.com"),
            (email_address, "icon@2x.png"),
            (phone_number, "+1 555 555 0100"),
            (iban, "DE00 0000 0000 0000 0000 00"),
        ];
        for (test, value) in cases {
            assert!(!verdict(*test, value), "{value}");
        }
        assert!(verdict(email_address, "maria.lopez@acme-shop.io"));
        assert!(verdict(us_ssn, "536-22-1834"));
    }

    /// The share of random well-shaped numbers that pass tells how much a hit is worth (measured against an
    /// independent implementation: one mod-10 or mod-11 digit 9 to 10 %, two digits about 1 %).
    #[test]
    fn chance_passes_are_as_rare_as_the_algorithm_allows() {
        type Test = fn(&Candidate<'_>) -> Answer;
        let cases: &[(Test, usize, f64, f64)] = &[
            (luhn, 16, 0.08, 0.11),
            (uk_nhs, 10, 0.08, 0.11),
            (nl_bsn, 9, 0.08, 0.11),
            (br_cpf, 11, 0.005, 0.015),
            (br_cnpj, 14, 0.005, 0.015),
            (de_idnr, 11, 0.001, 0.006),
            (hr_oib, 11, 0.08, 0.12),
            (tr_kimlik, 11, 0.004, 0.015),
        ];
        let mut random = Random::default();
        for (test, length, low, high) in cases {
            let passed = (0..6_000)
                .filter(|_| {
                    let value: String = (0..*length).map(|_| random.pick(DIGITS)).collect();
                    verdict(*test, &value)
                })
                .count();
            let share = passed as f64 / 6_000.0;
            assert!((*low..*high).contains(&share), "{length} digits: {share}");
        }
    }
}

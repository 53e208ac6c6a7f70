//! National identifiers of Europe.

use super::{
    super::random::{DIGITS, UPPER},
    Answer, CHECK, Candidate, Random, SAMPLE, SHAPE, by_digits, digits_of, draw, is_date, is_uniform, iso7064_mod11_10,
    letters_of, luhn_holds, number, part, weighted,
};

/// United Kingdom, NHS number: weights 10 to 2, 11 minus the rest.
pub(in super::super) fn uk_nhs(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 10, |digits| {
        let check = (11 - weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
        digits.last() == Some(&check)
    })
}

pub(in super::super) fn forge_uk_nhs(random: &mut Random, prefix: &str) -> String {
    draw(random, prefix, 10, uk_nhs)
}

/// United Kingdom, national insurance number: no check digit, but many letters are never issued.
pub(in super::super) fn uk_nino(candidate: &Candidate<'_>) -> Answer {
    let Some(text) = letters_of(candidate.value).filter(|text| text.len() == 9) else { return Answer::No(SHAPE) };
    let marks: Vec<char> = text.chars().collect();
    let [first, second, numbers @ .., last] = marks.as_slice() else { return Answer::No(SHAPE) };
    let letters = first.is_ascii_uppercase() && second.is_ascii_uppercase() && ('A'..='D').contains(last);
    if !letters || !numbers.iter().all(char::is_ascii_digit) {
        return Answer::No(SHAPE);
    }
    let pair: String = [first, second].into_iter().collect();
    let never = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(&pair.as_str());
    if never || "DFIQUV".contains(*first) || "DFIQUVO".contains(*second) {
        return Answer::No("prefix is never issued");
    }
    if text.contains("123456") { Answer::No(SAMPLE) } else { Answer::yes() }
}

pub(in super::super) fn forge_uk_nino(random: &mut Random, _: &str) -> String {
    let numbers = random.text("356789", 6);
    format!("{}{}{numbers}{}", random.pick("ABCEHJ"), random.pick("ABCEHJ"), random.pick("ABCD"))
}

/// Netherlands, burgerservicenummer: weights 9 to 2 and -1, mod 11.
pub(in super::super) fn nl_bsn(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 9, |digits| {
        let sum = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 10]);
        sum.is_multiple_of(11) && number(digits) > 0
    })
}

pub(in super::super) fn forge_nl_bsn(random: &mut Random, prefix: &str) -> String {
    draw(random, prefix, 9, nl_bsn)
}

/// France, numéro de sécurité sociale: 97 minus the rest of the first 13 digits; Corsica has letters.
pub(in super::super) fn fr_nir(candidate: &Candidate<'_>) -> Answer {
    let Some(text) = letters_of(candidate.value).filter(|text| text.len() == 15) else { return Answer::No(SHAPE) };
    let corsica = match text.get(5..7) {
        Some("2A") => Some("19"),
        Some("2B") => Some("18"),
        _ => None,
    };
    let text = match (corsica, text.split_at_checked(5)) {
        (Some(code), Some((head, tail))) => format!("{head}{code}{}", tail.get(2..).unwrap_or("")),
        _ => text,
    };
    let Some(digits) = digits_of(&text) else { return Answer::No(SHAPE) };
    // Months above 12 stand for unknown months (20 to 42, 50 and more).
    let month = part(&digits, 3, 5);
    if !matches!(part(&digits, 0, 1), 1..=4 | 7 | 8) || month == 0 || (13..20).contains(&month) {
        return Answer::No(SHAPE);
    }
    Answer::when(97 - part(&digits, 0, 13) % 97 == part(&digits, 13, 15), "check digits are valid", CHECK)
}

pub(in super::super) fn forge_fr_nir(random: &mut Random, _: &str) -> String {
    let body = format!(
        "{}{:02}{:02}{:02}{}",
        1 + random.below(2),
        random.below(100),
        1 + random.below(12),
        1 + random.below(95),
        random.text(DIGITS, 6)
    );
    let check = 97 - body.parse::<u64>().unwrap_or_default() % 97;
    format!("{body}{check:02}")
}

/// Spain, DNI and NIE: the rest of 23 picks a letter.
pub(in super::super) fn es_dni(candidate: &Candidate<'_>) -> Answer {
    let Some(text) = letters_of(candidate.value).filter(|text| text.len() == 9) else { return Answer::No(SHAPE) };
    let numeric = match text.chars().next() {
        Some('X') => text.replacen('X', "0", 1),
        Some('Y') => text.replacen('Y', "1", 1),
        Some('Z') => text.replacen('Z', "2", 1),
        _ => text,
    };
    let Some((body, letter)) = numeric.split_at_checked(8) else { return Answer::No(SHAPE) };
    let Ok(value) = body.parse::<usize>() else { return Answer::No(SHAPE) };
    if !letter.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Answer::No(SHAPE);
    }
    if body == "12345678" || body == "00000000" {
        return Answer::No(SAMPLE);
    }
    Answer::when("TRWAGMYFPDXBNJZSQVHLCKE".get(value % 23..=value % 23) == Some(letter), "check letter is valid", CHECK)
}

pub(in super::super) fn forge_es_dni(random: &mut Random, _: &str) -> String {
    let value = 10_000_000 + random.below(80_000_000);
    let letter = "TRWAGMYFPDXBNJZSQVHLCKE".chars().nth(value % 23).unwrap_or('T');
    format!("{value}{letter}")
}

/// Italy, codice fiscale: odd and even places count differently, mod 26.
pub(in super::super) fn it_codice_fiscale(candidate: &Candidate<'_>) -> Answer {
    let Some(text) = letters_of(candidate.value).filter(|text| text.len() == 16) else { return Answer::No(SHAPE) };
    // Letters may stand for digits where two persons would have the same code.
    let letter = |at: usize| matches!(at, 0..=5 | 8 | 11 | 15);
    let shaped = text.chars().enumerate().all(|(at, mark)| {
        if letter(at) { mark.is_ascii_uppercase() } else { mark.is_ascii_digit() || "LMNPQRSTUV".contains(mark) }
    });
    if !shaped || !text.chars().nth(8).is_some_and(|month| "ABCDEHLMPRST".contains(month)) {
        return Answer::No(SHAPE);
    }
    Answer::when(fiscale_letter(&text) == text.chars().last(), "check letter is valid", CHECK)
}

fn fiscale_letter(text: &str) -> Option<char> {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let place =
        |mark: char| mark.to_digit(10).or_else(|| mark.to_digit(36).map(|value| value - 10)).unwrap_or_default();
    let odd = |mark: char| ODD.get(usize::try_from(place(mark)).unwrap_or_default()).copied().unwrap_or_default();
    let sum: u32 =
        text.chars().take(15).enumerate().map(|(at, mark)| if at % 2 == 0 { odd(mark) } else { place(mark) }).sum();
    char::from_digit(sum % 26 + 10, 36).map(|mark| mark.to_ascii_uppercase())
}

pub(in super::super) fn forge_it_codice_fiscale(random: &mut Random, _: &str) -> String {
    let body = format!(
        "{}{}{}{:02}{}{}",
        random.text("BCDFGLMNPRST", 6),
        random.text(DIGITS, 2),
        random.pick("ABCDEHLMPRST"),
        1 + random.below(28),
        random.pick(UPPER),
        random.text(DIGITS, 3)
    );
    let check = fiscale_letter(&body).unwrap_or('A');
    format!("{body}{check}")
}

/// Germany, steuerliche Identifikationsnummer: of the first ten digits exactly one occurs two or three times.
pub(in super::super) fn de_idnr(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 11, |digits| {
        let body = digits.get(..10).unwrap_or_default();
        let mut counts: Vec<usize> =
            (0..10).map(|digit| body.iter().filter(|other| **other == digit).count()).collect();
        counts.retain(|count| *count > 1);
        let three = body.windows(3).any(is_uniform);
        let repeated = matches!(counts.as_slice(), [2 | 3]);
        repeated && !three && digits.first() != Some(&0) && iso7064_mod11_10(digits)
    })
}

pub(in super::super) fn forge_de_idnr(random: &mut Random, prefix: &str) -> String {
    draw(random, prefix, 11, de_idnr)
}

/// Poland, PESEL: date of birth and weights 1, 3, 7, 9.
pub(in super::super) fn pl_pesel(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 11, |digits| {
        let sum = weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
        sum.is_multiple_of(10) && is_date(part(digits, 2, 4) % 20, part(digits, 4, 6))
    })
}

pub(in super::super) fn forge_pl_pesel(random: &mut Random, prefix: &str) -> String {
    draw(random, prefix, 11, pl_pesel)
}

/// Finland, henkilötunnus: date, century mark, number and a letter of 31.
pub(in super::super) fn fi_hetu(candidate: &Candidate<'_>) -> Answer {
    let value = candidate.value.trim().to_ascii_uppercase();
    let (Some(date), Some(mark), Some(serial), Some(check)) =
        (value.get(..6), value.get(6..7), value.get(7..10), value.get(10..))
    else {
        return Answer::No(SHAPE);
    };
    let (Some(born), Some(run)) = (digits_of(date), digits_of(serial)) else { return Answer::No(SHAPE) };
    let century = "+-ABCDEFYXWVU".contains(mark);
    if !century
        || born.len() != 6
        || run.len() != 3
        || check.len() != 1
        || !is_date(part(&born, 2, 4), part(&born, 0, 2))
    {
        return Answer::No(SHAPE);
    }
    let rest = usize::try_from((number(&born) * 1000 + number(&run)) % 31).unwrap_or_default();
    let letter = "0123456789ABCDEFHJKLMNPRSTUVWXY".get(rest..=rest);
    // Numbers from 900 are handed out for a visit to hospital only.
    Answer::when(letter == Some(check) && (2..900).contains(&number(&run)), "check letter is valid", CHECK)
}

/// Norway, fødselsnummer: two check digits mod 11.
pub(in super::super) fn no_fodselsnummer(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 11, |digits| {
        let first = weighted(digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]);
        let second = weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]);
        // D-numbers add 40 to the day, H-numbers 40 to the month. The serial tells the century of the year.
        let dated = is_date(part(digits, 2, 4) % 40, part(digits, 0, 2) % 40);
        let year = part(digits, 4, 6);
        let issued = match part(digits, 6, 9) {
            0..500 | 900.. => true,
            500..750 => year >= 54 || year < 40,
            _ => year < 40,
        };
        first.is_multiple_of(11) && second.is_multiple_of(11) && dated && issued
    })
}

pub(in super::super) fn forge_no_fodselsnummer(random: &mut Random, prefix: &str) -> String {
    draw(random, prefix, 11, no_fodselsnummer)
}

/// Portugal, número de identificação fiscal: weights 9 to 2, mod 11.
pub(in super::super) fn pt_nif(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 9, |digits| {
        let check = (11 - weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10;
        digits.last() == Some(&check) && digits.first() != Some(&0)
    })
}

pub(in super::super) fn forge_pt_nif(random: &mut Random, prefix: &str) -> String {
    draw(random, prefix, 9, pt_nif)
}

/// Switzerland, AHV number: 756 and an EAN-13 check digit.
pub(in super::super) fn ch_ahv(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 13, |digits| part(digits, 0, 3) == 756 && ean(digits))
}

fn ean(digits: &[u32]) -> bool {
    weighted(digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

pub(in super::super) fn forge_ch_ahv(random: &mut Random, _: &str) -> String {
    draw(random, "756", 13, ch_ahv)
}

/// Romania, CNP: date, county and a weighted check digit.
pub(in super::super) fn ro_cnp(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 13, |digits| {
        let rest = weighted(digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
        let check = if rest == 10 { 1 } else { rest };
        digits.last() == Some(&check) && digits.first() != Some(&0) && is_date(part(digits, 3, 5), part(digits, 5, 7))
    })
}

/// Bulgaria, EGN: date (months moved by 20 or 40 for other centuries) and a check digit mod 11.
pub(in super::super) fn bg_egn(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 10, |digits| {
        let check = weighted(digits, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
        digits.last() == Some(&check) && is_date(part(digits, 2, 4) % 20, part(digits, 4, 6))
    })
}

/// Estonia and Lithuania, personal code: two rounds of weights mod 11.
pub(in super::super) fn ee_isikukood(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 11, |digits| {
        let first = weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
        let second = weighted(digits, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10;
        let check = if first < 10 { first } else { second };
        let century = matches!(digits.first(), Some(1..=8));
        digits.last() == Some(&check) && century && is_date(part(digits, 3, 5), part(digits, 5, 7))
    })
}

/// Ireland, PPS number: weights 8 to 2 and a letter of 23; a second letter counts nine times.
pub(in super::super) fn ie_pps(candidate: &Candidate<'_>) -> Answer {
    let Some(text) = letters_of(candidate.value).filter(|text| (8..=9).contains(&text.len())) else {
        return Answer::No(SHAPE);
    };
    let Some((body, letters)) = text.split_at_checked(7) else { return Answer::No(SHAPE) };
    let Some(digits) = digits_of(body) else { return Answer::No(SHAPE) };
    let value = |mark: char| if mark == 'W' { 0 } else { mark.to_digit(36).unwrap_or(9) - 9 };
    if !letters.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Answer::No(SHAPE);
    }
    let extra = letters.chars().nth(1).map_or(0, value);
    let rest = (weighted(&digits, &[8, 7, 6, 5, 4, 3, 2]) + 9 * extra) % 23;
    Answer::when(letters.chars().next().map(value) == Some(rest), "check letter is valid", CHECK)
}

/// Croatia, OIB: ISO 7064 mod 11,10.
pub(in super::super) fn hr_oib(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 11, iso7064_mod11_10)
}

/// Belgium, national number: 97 minus the rest; "2" goes before births since 2000.
pub(in super::super) fn be_nrn(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 11, |digits| {
        let (body, check) = (part(digits, 0, 9), part(digits, 9, 11));
        let month = part(digits, 2, 4) % 20;
        let dated = is_date(month, part(digits, 4, 6)) || month == 0;
        // The second form is for births since 2000.
        let recent = part(digits, 0, 2) <= 30 && 97 - (2_000_000_000 + body) % 97 == check;
        dated && (97 - body % 97 == check || recent)
    })
}

pub(in super::super) fn forge_be_nrn(random: &mut Random, prefix: &str) -> String {
    draw(random, prefix, 11, be_nrn)
}

/// Sweden, personnummer: date and Luhn over the last ten digits.
pub(in super::super) fn se_personnummer(candidate: &Candidate<'_>) -> Answer {
    let text = candidate.value.replace('+', "-");
    let Some(digits) = digits_of(&text).filter(|digits| matches!(digits.len(), 10 | 12)) else {
        return Answer::No(SHAPE);
    };
    let last = digits.get(digits.len() - 10..).unwrap_or_default();
    // Coordination numbers add 60 to the day.
    let dated = is_date(part(last, 2, 4), part(last, 4, 6) % 60);
    if !dated || is_uniform(&digits) {
        return Answer::No(SHAPE);
    }
    Answer::when(luhn_holds(last), "check digit is valid", CHECK)
}

/// Austria, social insurance number: the fourth digit checks the others.
pub(in super::super) fn at_vnr(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 10, |digits| {
        let rest = weighted(digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
        digits.first() != Some(&0) && digits.get(3) == Some(&rest)
    })
}

/// Greece, AMKA: date and Luhn.
pub(in super::super) fn gr_amka(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 11, |digits| luhn_holds(digits) && is_date(part(digits, 2, 4), part(digits, 0, 2)))
}

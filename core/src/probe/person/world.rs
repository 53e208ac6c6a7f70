//! Payment cards, bank accounts, electronic addresses, and national identifiers outside Europe.

use super::{
    super::random::LOWER, Answer, CHECK, Candidate, Random, SAMPLE, SHAPE, by_digits, digits_of, draw, is_date,
    is_uniform, letters_of, luhn_holds, number, part, weighted,
};

/// Card numbers that payment providers print for tests, without separators.
const TEST_CARDS: &[&str] = &[
    "4111111111111111",
    "4242424242424242",
    "4012888888881881",
    "4000056655665556",
    "5555555555554444",
    "5105105105105100",
    "5200828282828210",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "3530111333300000",
    "3566002020360505",
    "30569309025904",
    "38520000023237",
    "4222222222222",
    "4000000000000002",
    "5454545454545454",
    "4444333322221111",
];

/// Payment cards: 13 to 19 digits of a known network, Luhn check digit.
pub(in super::super) fn luhn(candidate: &Candidate<'_>) -> Answer {
    let Some(digits) = digits_of(candidate.value).filter(|digits| (12..=19).contains(&digits.len())) else {
        return Answer::No(SHAPE);
    };
    let text: String = digits.iter().filter_map(|digit| char::from_digit(*digit, 10)).collect();
    let zeros = digits.iter().filter(|digit| **digit == 0).count();
    if is_uniform(&digits) || zeros * 2 > digits.len() || TEST_CARDS.contains(&text.as_str()) {
        return Answer::No(SAMPLE);
    }
    Answer::when(luhn_holds(&digits), "check digit is valid", CHECK)
}

pub(in super::super) fn forge_luhn(random: &mut Random, prefix: &str) -> String {
    draw(random, if prefix.is_empty() { "4539" } else { prefix }, 16, luhn)
}

/// Length of an IBAN by country (SWIFT IBAN registry).
const IBAN: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// The rest mod 97 of letters and digits, letters counting 10 to 35.
fn mod97(text: &str) -> u32 {
    text.chars().filter_map(|mark| mark.to_digit(36)).fold(0, |rest, value| {
        let shift = if value > 9 { 100 } else { 10 };
        (rest * shift + value) % 97
    })
}

/// Bank accounts: country, length of that country, and the rest of 97 is 1.
pub(in super::super) fn iban(candidate: &Candidate<'_>) -> Answer {
    let Some(text) = letters_of(candidate.value) else { return Answer::No(SHAPE) };
    let Some((head, body)) = text.split_at_checked(4) else { return Answer::No(SHAPE) };
    let Some((country, check)) = head.split_at_checked(2) else { return Answer::No(SHAPE) };
    let length = IBAN.iter().find(|(code, _)| *code == country).map(|(_, length)| *length);
    if length != Some(text.len()) || !check.bytes().all(|byte| byte.is_ascii_digit()) {
        return Answer::No(SHAPE);
    }
    if body.bytes().filter(|byte| *byte == b'0').count() * 4 > body.len() * 3 {
        return Answer::No(SAMPLE);
    }
    Answer::when(mod97(&format!("{body}{head}")) == 1, "check digits are valid", CHECK)
}

pub(in super::super) fn forge_iban(random: &mut Random, country: &str) -> String {
    let known = IBAN.iter().find(|(code, _)| *code == country);
    let (country, length) = known.copied().unwrap_or(("DE", 22));
    let body = random.text("0123456789", length - 4);
    let check = 98 - mod97(&format!("{body}{country}00"));
    format!("{country}{check:02}{body}")
}

/// United States, social security number: no check digit; areas, groups and serials that are never issued.
pub(in super::super) fn us_ssn(candidate: &Candidate<'_>) -> Answer {
    let value = candidate.value.trim();
    let lengths: Vec<usize> = value.split(['-', ' ']).map(str::len).collect();
    let Some(digits) = digits_of(value).filter(|digits| digits.len() == 9) else { return Answer::No(SHAPE) };
    if lengths != [3, 2, 4] && lengths != [9] {
        return Answer::No(SHAPE);
    }
    let (area, group, serial) = (part(&digits, 0, 3), part(&digits, 3, 5), part(&digits, 5, 9));
    if matches!(area, 0 | 666 | 900..) || group == 0 || serial == 0 {
        return Answer::No("never issued");
    }
    // Numbers printed on wallets and in advertising; 987-65-432x lies above 900 already.
    let printed = [78_051_120, 219_099_999, 123_456_789, 457_555_462];
    if printed.contains(&number(&digits)) || is_uniform(&digits) { Answer::No(SAMPLE) } else { Answer::yes() }
}

pub(in super::super) fn forge_us_ssn(random: &mut Random, _: &str) -> String {
    format!("{:03}-{:02}-{:04}", 100 + random.below(500), 1 + random.below(99), 1000 + random.below(8999))
}

/// United States, bank routing number: weights 3, 7, 1.
pub(in super::super) fn us_aba(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 9, |digits| weighted(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10))
}

pub(in super::super) fn forge_us_aba(random: &mut Random, prefix: &str) -> String {
    draw(random, if prefix.is_empty() { "02" } else { prefix }, 9, us_aba)
}

/// Canada, social insurance number: Luhn, first digit not 0 or 8.
pub(in super::super) fn ca_sin(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 9, |digits| luhn_holds(digits) && !matches!(digits.first(), Some(0 | 8)))
}

/// Brazil, CPF: two check digits mod 11.
pub(in super::super) fn br_cpf(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 11, |digits| {
        let first = mod11_digit(weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]));
        let second = mod11_digit(weighted(digits, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
        digits.get(9) == Some(&first) && digits.get(10) == Some(&second)
    })
}

fn mod11_digit(sum: u32) -> u32 {
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

pub(in super::super) fn forge_br_cpf(random: &mut Random, prefix: &str) -> String {
    draw(random, prefix, 11, br_cpf)
}

/// Brazil, CNPJ (companies): two check digits mod 11.
pub(in super::super) fn br_cnpj(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 14, |digits| {
        let first = mod11_digit(weighted(digits, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
        let second = mod11_digit(weighted(digits, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
        digits.get(12) == Some(&first) && digits.get(13) == Some(&second)
    })
}

pub(in super::super) fn forge_br_cnpj(random: &mut Random, prefix: &str) -> String {
    draw(random, prefix, 14, br_cnpj)
}

/// India, Aadhaar: Verhoeff; first digit above 1, no palindrome.
pub(in super::super) fn in_aadhaar(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 12, |digits| {
        let palindrome = digits.iter().eq(digits.iter().rev());
        !palindrome && digits.first().is_some_and(|first| *first > 1) && verhoeff(digits)
    })
}

/// The dihedral check of Verhoeff, computed instead of tabled: 0 to 4 are turns, 5 to 9 mirrored turns.
fn verhoeff(digits: &[u32]) -> bool {
    const STEP: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let step = |digit: u32| STEP.get(usize::try_from(digit).unwrap_or_default()).copied().unwrap_or_default();
    let turn = |left: u32, right: u32| match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => (left + right) % 5 + 5,
        (false, true) => (left + 5 - right) % 5 + 5,
        (false, false) => (left + 5 - right % 5) % 5,
    };
    let mut sum = 0;
    for (at, digit) in digits.iter().rev().enumerate() {
        let moved = (0..at % 8).fold(*digit, |digit, _| step(digit));
        sum = turn(sum, moved);
    }
    sum == 0
}

pub(in super::super) fn forge_in_aadhaar(random: &mut Random, prefix: &str) -> String {
    draw(random, prefix, 12, in_aadhaar)
}

/// Australia, tax file number: weights mod 11.
pub(in super::super) fn au_tfn(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 9, |digits| weighted(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11))
}

pub(in super::super) fn forge_au_tfn(random: &mut Random, prefix: &str) -> String {
    draw(random, prefix, 9, au_tfn)
}

/// Turkey, kimlik numarası: two check digits.
pub(in super::super) fn tr_kimlik(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 11, |digits| {
        let odd = weighted(digits, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
        let even = weighted(digits, &[0, 1, 0, 1, 0, 1, 0, 1]);
        let tenth = (odd * 7 + 80 - even) % 10;
        let sum: u32 = digits.iter().take(10).sum();
        digits.first() != Some(&0) && digits.get(9) == Some(&tenth) && digits.get(10) == Some(&(sum % 10))
    })
}

/// Korea, resident registration number: weights mod 11 and a date.
pub(in super::super) fn kr_rrn(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 13, |digits| {
        let check = (11 - weighted(digits, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10;
        let place = part(digits, 7, 9) <= 96;
        digits.last() == Some(&check) && place && is_date(part(digits, 2, 4), part(digits, 4, 6))
    })
}

/// China, resident identity card: ISO 7064 mod 11-2 and a date.
pub(in super::super) fn cn_ric(candidate: &Candidate<'_>) -> Answer {
    let Some(text) = letters_of(candidate.value).filter(|text| text.len() == 18) else { return Answer::No(SHAPE) };
    let Some((body, check)) = text.split_at_checked(17) else { return Answer::No(SHAPE) };
    let Some(digits) = digits_of(body) else { return Answer::No(SHAPE) };
    if !is_date(part(&digits, 10, 12), part(&digits, 12, 14)) || !(1850..2100).contains(&part(&digits, 6, 10)) {
        return Answer::No(SHAPE);
    }
    let rest = digits.iter().fold(0, |rest, digit| (rest + digit) * 2 % 11);
    let wanted = (12 - rest) % 11;
    let given = if check == "X" { Some(10) } else { check.parse().ok() };
    Answer::when(given == Some(wanted), "check digit is valid", CHECK)
}

/// South Africa, identity number: date and Luhn.
pub(in super::super) fn za_id(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 13, |digits| {
        // The eleventh digit tells citizens from residents.
        let status = part(digits, 10, 11) <= 1;
        luhn_holds(digits) && status && is_date(part(digits, 2, 4), part(digits, 4, 6))
    })
}

/// Japan, individual number: weights mod 11.
pub(in super::super) fn jp_my_number(candidate: &Candidate<'_>) -> Answer {
    by_digits(candidate, 12, |digits| {
        let rest = weighted(digits, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
        digits.last() == Some(&(if rest <= 1 { 0 } else { 11 - rest }))
    })
}

/// Hosts that stand for nobody (RFC 2606, RFC 6761, common stand-ins).
const NOBODY: &[&str] = &[
    "example.com",
    "example.org",
    "example.net",
    "example.edu",
    "test.com",
    "domain.com",
    "email.com",
    "mail.com",
    "company.com",
    "yourdomain.com",
    "mydomain.com",
    "acme.com",
    "foo.com",
    "bar.com",
    "foo.bar",
    "a.com",
    "b.com",
    "x.com",
    "abc.com",
    "xyz.com",
    "localhost",
    "users.noreply.github.com",
];
const NOBODY_ENDS: &[&str] =
    &["example", "test", "invalid", "localhost", "local", "internal", "png", "jpg", "svg", "gif", "js", "css"];
/// Mailboxes of roles, not of persons.
const ROLES: &[&str] = &[
    "noreply",
    "no-reply",
    "donotreply",
    "git",
    "info",
    "support",
    "admin",
    "root",
    "postmaster",
    "webmaster",
    "sales",
    "contact",
    "hello",
    "team",
    "security",
    "abuse",
    "help",
    "office",
    "billing",
    "privacy",
    "legal",
    "press",
    "jobs",
    "user",
    "username",
    "someone",
    "me",
    "you",
    "test",
    "foo",
    "name",
    "email",
    "mail",
    "example",
    "dev",
    "bot",
];

/// Electronic addresses that may be a person's: not those of documentation domains or of roles.
pub(in super::super) fn email_address(candidate: &Candidate<'_>) -> Answer {
    let value = candidate.value.trim().to_ascii_lowercase();
    let Some((name, host)) = value.split_once('@') else { return Answer::No(SHAPE) };
    let named = |text: &str, also: &str| {
        !text.is_empty()
            && text.chars().all(|mark| mark.is_ascii_alphanumeric() || also.contains(mark))
            && !text.starts_with('.')
            && !text.ends_with('.')
    };
    let end = host.rsplit_once('.').map_or("", |(_, end)| end);
    let shaped = named(name, "._%+-'") && named(host, ".-") && name.len() <= 64 && host.len() <= 253;
    if !shaped || end.len() < 2 || !end.bytes().all(|byte| byte.is_ascii_alphabetic()) || host.contains("..") {
        return Answer::No(SHAPE);
    }
    let nobody =
        NOBODY.iter().any(|other| host == *other || host.strip_suffix(other).is_some_and(|head| head.ends_with('.')));
    if nobody || NOBODY_ENDS.contains(&end) || host.contains("example") {
        return Answer::No(SAMPLE);
    }
    if ROLES.contains(&name) { Answer::No("address of a role") } else { Answer::yes() }
}

pub(in super::super) fn forge_email_address(random: &mut Random, host: &str) -> String {
    let host = if host.is_empty() { "river-shop.io" } else { host };
    format!("{}.{}@{host}", random.text(LOWER, 6), random.text(LOWER, 7))
}

/// Telephone numbers in international form, without numbers reserved for fiction.
pub(in super::super) fn phone_number(candidate: &Candidate<'_>) -> Answer {
    let value = candidate.value.trim();
    let Some(rest) = value.strip_prefix('+').or_else(|| value.strip_prefix("00")) else { return Answer::CannotTell };
    let cleaned = rest.replace(['(', ')'], " ");
    let Some(digits) = digits_of(cleaned.trim()).filter(|digits| (8..=15).contains(&digits.len())) else {
        return Answer::No(SHAPE);
    };
    let text: String = digits.iter().filter_map(|digit| char::from_digit(*digit, 10)).collect();
    let fiction =
        text.starts_with('1') && text.get(4..9).is_some_and(|local| local == "55501" || local.starts_with("5550"));
    if fiction || text.contains("1234567") || text.contains("0000000") || is_uniform(&digits) || text.starts_with('0') {
        return Answer::No(SAMPLE);
    }
    Answer::yes()
}

pub(in super::super) fn forge_phone_number(random: &mut Random, _: &str) -> String {
    format!("+49 30 {}", random.text("2356789", 8))
}

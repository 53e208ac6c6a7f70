//! What a text looks like: a placeholder, an identifier, a path, a password.

use sha2::{Digest, Sha256};

use super::{
    Answer, Candidate,
    fake_words::{FAKE_SEGMENTS, FAKE_WORDS},
    language::randomness,
    model, name,
};

/// First eight bytes of the SHA-256 of keys that are public by documentation: the storage and Cosmos DB emulators.
const KNOWN_SAMPLES: &[[u8; 8]] =
    &[[0x00, 0x11, 0xcc, 0x25, 0xeb, 0x43, 0x20, 0x71], [0xaa, 0x65, 0x47, 0x43, 0x95, 0x83, 0xc3, 0xa2]];

/// Why a value is a placeholder, if it is one. `names` are the words of the name it stands under.
pub(super) fn placeholder(value: &str, names: &[String]) -> Option<&'static str> {
    let value = value.trim();
    if value.is_empty() {
        return Some("empty");
    }
    if is_template(value) {
        return Some("template");
    }
    if value.len() >= 32 && KNOWN_SAMPLES.iter().any(|start| Sha256::digest(value.as_bytes()).starts_with(start)) {
        return Some("documentation example");
    }
    let lower = value.to_lowercase();
    if model::has_stand_in(lower.as_bytes()) {
        return Some("placeholder");
    }
    if looks_fake(value) {
        return Some("placeholder");
    }
    let words = name::words_of(value);
    let reads = randomness(value) < 3.0;
    if reads && !words.is_empty() && words.iter().all(|word| names.contains(word) || is_fake_segment(word)) {
        return Some("names itself");
    }
    let fake = words.iter().any(|word| matches!(word.as_str(), "test" | "fake" | "demo" | "mock" | "todo" | "your"));
    (reads && words.len() > 1 && fake && !has_strong_tail(&words)).then_some("placeholder")
}

/// Whether a value is a word that everybody thinks of first, perhaps with a number: `password1`, `test1234`.
pub(super) fn is_weak_word(value: &str) -> bool {
    let word = value.trim_end_matches(|mark: char| mark.is_ascii_digit() || mark == '!');
    value.len() - word.len() <= 5 && FAKE_WORDS.contains(&word.to_ascii_lowercase().as_str())
}

fn is_fake_segment(word: &str) -> bool {
    FAKE_SEGMENTS.contains(&word) || FAKE_WORDS.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit())
}

/// A segment that was drawn at random makes the whole a secret (`test-8f3kq9…`).
fn has_strong_tail(words: &[String]) -> bool {
    words.iter().any(|word| word.len() >= 8 && randomness(word) > 6.0)
}

/// Text that a program fills in: `${X}`, `{{ x }}`, `<x>`, `%s`, `$(x)`, `$X`, `#{x}`, `@x@`, `[x]`, `:x`.
fn is_template(value: &str) -> bool {
    let inside = ["${", "{{", "}}", "$(", "#{", "%(", "<%", "%>", "$[", "{%"];
    if inside.iter().any(|mark| value.contains(mark)) {
        return true;
    }
    let pairs = [('<', '>'), ('{', '}'), ('[', ']'), ('(', ')'), ('%', '%'), ('@', '@'), ('`', '`')];
    if pairs.iter().any(|(open, close)| value.len() > 2 && value.starts_with(*open) && value.ends_with(*close)) {
        return true;
    }
    if value.contains('<') && value.split_once('<').is_some_and(|(_, rest)| rest.contains('>')) && value.contains(' ') {
        return true;
    }
    let named = |rest: &str| {
        rest.starts_with(|mark: char| mark.is_alphabetic() || mark == '_')
            && rest.chars().all(|mark| mark.is_alphanumeric() || "_.:".contains(mark))
    };
    let one_case =
        |rest: &str| rest.contains('_') && !(rest.contains(char::is_lowercase) && rest.contains(char::is_uppercase));
    let variable = value
        .strip_prefix(['$', ':'])
        .is_some_and(|rest| named(rest) && (randomness(rest) < 6.0 || (value.starts_with('$') && one_case(rest))));
    let format = value.len() <= 3 && value.starts_with('%');
    variable || format || value.contains("%s") && value.len() < 12 || (value.starts_with("__") && value.ends_with("__"))
}

/// Whether a text was typed rather than drawn: repetition, sequences, keyboard rows.
pub(super) fn looks_fake(value: &str) -> bool {
    let marks: Vec<char> = value.chars().map(|mark| mark.to_ascii_lowercase()).take(4096).collect();
    if marks.len() < 6 {
        // `bbbb` is short for nothing.
        return marks.len() > 2 && marks.iter().all(|mark| marks.first() == Some(mark));
    }
    repeats(&marks) || counts(&marks)
}

/// Few different characters, one of them in a row, or a short period.
fn repeats(marks: &[char]) -> bool {
    let mut kinds = marks.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() <= 2 || (marks.len() >= 16 && kinds.len() <= 4) {
        return true;
    }
    let (mut run, mut longest, mut before) = (0_usize, 0_usize, ' ');
    for mark in marks {
        run = if *mark == before { run + 1 } else { 1 };
        before = *mark;
        longest = longest.max(run);
    }
    if longest >= 5 && longest * 3 >= marks.len() || longest >= 12 {
        return true;
    }
    let half = (marks.len() / 2).min(40);
    marks.len() >= 8
        && (1..=half).any(|period| {
            let (head, tail) = (marks.iter(), marks.iter().skip(period));
            head.zip(tail).all(|(left, right)| left == right)
        })
}

pub(super) const ROWS: [&str; 6] =
    ["qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "0123456789abcdef", "qazwsxedcrfvtgbyhnujmikolp"];

/// More than half of the text lies in runs along the alphabet, the digits or a row of the keyboard, or in two such
/// runs interleaved (`a1b2c3d4`).
fn counts(marks: &[char]) -> bool {
    let follows = |left: char, right: char, step: i64| i64::from(u32::from(right)) - i64::from(u32::from(left)) == step;
    let rows = |left: char, right: char| {
        ROWS.iter()
            .any(|row| row.chars().zip(row.chars().skip(1)).any(|pair| pair == (left, right) || pair == (right, left)))
    };
    let alone = [
        covered(marks, 1, &|left, right| left.is_alphanumeric() && follows(left, right, 1)),
        covered(marks, 1, &|left, right| left.is_alphanumeric() && follows(left, right, -1)),
        covered(marks, 1, &rows),
        covered(marks, 2, &|left, right| left.is_alphanumeric() && follows(left, right, 1)),
    ];
    alone.iter().any(|count| count * 2 > marks.len())
}

/// Characters that lie in runs of at least four steps of `follows` at distance `stride`.
fn covered(marks: &[char], stride: usize, follows: &dyn Fn(char, char) -> bool) -> usize {
    let (mut total, mut run) = (0_usize, 0_usize);
    let close = |run: usize| if run >= 3 * stride { run + stride } else { 0 };
    for (left, right) in marks.iter().zip(marks.iter().skip(stride)) {
        if follows(*left, *right) {
            run += 1;
        } else {
            total += close(run);
            run = 0;
        }
    }
    total + close(run)
}

/// Whether a value is a real one rather than a stand-in.
pub(super) fn not_placeholder(candidate: &Candidate<'_>) -> Answer {
    let names = name::words_of(name::name_before(candidate.before));
    match placeholder(candidate.value, &names) {
        Some(reason) => Answer::No(reason),
        None => Answer::yes(),
    }
}

/// Whether a value was drawn at random, by the language model; what lies between cannot be told.
pub(super) fn random(candidate: &Candidate<'_>) -> Answer {
    // The letters of hexadecimal digits make words by chance.
    let is_hex =
        candidate.value.len() >= 16 && candidate.value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    match randomness(candidate.value) {
        bits if bits >= 6.0 => Answer::yes(),
        bits if bits < 0.0 && !is_hex => Answer::No("reads like words"),
        _ => Answer::CannotTell,
    }
}

/// Whether a value is something else than a name, path, address, number or call in a program.
pub(super) fn not_identifier(candidate: &Candidate<'_>) -> Answer {
    match identifier(candidate.value.trim()) {
        Some(reason) => Answer::No(reason),
        None => Answer::yes(),
    }
}

pub(super) fn identifier(value: &str) -> Option<&'static str> {
    let all = |allowed: fn(char) -> bool| !value.is_empty() && value.chars().all(allowed);
    if all(|mark| mark.is_ascii_digit() || ".,:-+/ TZ".contains(mark)) {
        return Some("number or date");
    }
    if is_uuid(value) {
        return Some("uuid");
    }
    if is_version(value) {
        return Some("version");
    }
    if is_chain_address(value) {
        return Some("address");
    }
    if let Some((scheme, rest)) = value.split_once("://")
        && scheme.chars().all(|mark| mark.is_ascii_alphanumeric() || "+.-".contains(mark))
    {
        return (!rest.contains('@') && !rest.contains('=')).then_some("address");
    }
    if value.ends_with(')') && value.contains('(')
        || value.contains("=>")
        || value.contains("->")
        || value.contains("::")
    {
        return Some("code");
    }
    let bits = randomness(value);
    let reads = bits < 2.0;
    if value.contains("()") && bits < 8.0 {
        return Some("code");
    }
    if value.starts_with("./") || value.starts_with("../") {
        return Some("path");
    }
    let rooted = ["/", "~/", "C:\\", "file:", "data:"].iter().any(|start| value.starts_with(start));
    if (rooted || value.matches('/').count() >= 2) && reads {
        return Some("path");
    }
    let extension = value.rsplit_once('.').map_or("", |(_, end)| end);
    if FILE_ENDS.contains(&extension) && reads {
        return Some("file name");
    }
    if value.contains('@') && value.rsplit_once('@').is_some_and(|(_, host)| is_host(host)) {
        return Some("e-mail address");
    }
    let named = value.starts_with(|mark: char| mark.is_ascii_alphabetic() || "_$@.".contains(mark))
        && all(|mark| mark.is_ascii_alphanumeric() || "_-.:[]'\"$/@".contains(mark));
    (named && reads && is_name_like(value)).then_some("identifier")
}

/// Why a value is something that no service takes for a secret, whatever stands around it.
pub(super) fn never_secret(value: &str) -> Option<&'static str> {
    identifier(value).filter(|reason| match *reason {
        "version" | "address" | "code" | "path" | "file name" | "e-mail address" => true,
        // People choose numbers as passwords, but no dates and times.
        "number or date" => value.bytes().any(|byte| !byte.is_ascii_digit()),
        _ => false,
    })
}

const FILE_ENDS: &[&str] = &[
    "txt",
    "json",
    "yaml",
    "yml",
    "toml",
    "pem",
    "key",
    "crt",
    "js",
    "ts",
    "py",
    "go",
    "rs",
    "java",
    "rb",
    "php",
    "html",
    "xml",
    "conf",
    "cfg",
    "ini",
    "sh",
    "md",
    "sql",
    "log",
    "png",
    "jpg",
    "svg",
    "jks",
    "p12",
    "pfx",
    "properties",
    "env",
];

pub(super) fn is_uuid(value: &str) -> bool {
    let lengths: Vec<usize> = value.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// A version or a range of versions: `^4.0.17`, `~> 2.1`, `1.2.3-beta.1`.
fn is_version(value: &str) -> bool {
    let bare = value.trim_start_matches(['^', '~', '>', '<', '=', ' ']);
    let core = bare.split(['-', '+']).next().unwrap_or("");
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'x');
    let dots = core.matches('.').count();
    let marked = bare.len() < value.len();
    let tail = bare.get(core.len()..).unwrap_or("");
    core.split('.').all(digits) && (dots >= 2 || (dots == 1 && marked)) && randomness(tail) < 6.0
}

/// An address on a chain: 20 bytes in hexadecimal. Private keys have 32.
fn is_chain_address(value: &str) -> bool {
    let digits = value.strip_prefix("0x").unwrap_or("");
    digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_host(host: &str) -> bool {
    host.contains('.')
        && host
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        && host
            .rsplit_once('.')
            .is_some_and(|(_, end)| end.len() >= 2 && end.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// Two or more words joined as programs join them, or one plain word without digits.
fn is_name_like(value: &str) -> bool {
    let words = name::words_of(value);
    let letters = |word: &String| word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let worded = words.iter().filter(|word| letters(word)).count();
    (words.len() > 1 && worded + 1 >= words.len()) || words.iter().all(letters)
}

/// Whether a value could be a password a person chose or a generator made.
pub(super) fn plausible_password(candidate: &Candidate<'_>) -> Answer {
    password_strength(candidate.value.trim(), &name::words_of(name::name_before(candidate.before)))
}

/// The same, given the words of the name.
pub(super) fn password_strength(value: &str, names: &[String]) -> Answer {
    let length = value.chars().count();
    if !(4..=256).contains(&length) {
        return Answer::No("too short or too long");
    }
    if let Some(reason) = placeholder(value, names) {
        return Answer::No(reason);
    }
    let bits = randomness(value);
    let has = |test: fn(char) -> bool| value.chars().any(test);
    // A capital that starts a word says nothing: labels have it, too.
    let capitals = value.chars().skip(1).any(char::is_uppercase) || !has(char::is_lowercase) && has(char::is_uppercase);
    let kinds = [has(char::is_lowercase), capitals, has(char::is_numeric)];
    let special = value.chars().any(|mark| !mark.is_alphanumeric() && !"_-./ :".contains(mark));
    let kinds = kinds.iter().filter(|present| **present).count() + usize::from(special);
    if let Some(reason) = identifier(value)
        && !(kinds >= 3 && bits >= 0.0)
        && !(kinds >= 3 && reason == "identifier" && value.contains('@'))
    {
        return Answer::No(reason);
    }
    if value.contains(' ') && bits < 4.0 {
        return Answer::No("sentence");
    }
    if bits >= 6.0 || kinds >= 3 || (kinds == 2 && length >= 6) { Answer::yes() } else { Answer::CannotTell }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{
        Random,
        random::{ALNUM, BASE32, HEX, LOWER},
    };

    fn refused(test: fn(&Candidate<'_>) -> Answer, before: &str, value: &str) -> bool {
        let line = format!("{before}{value}");
        matches!(test(&Candidate { value, line: &line, before, path: "" }), Answer::No(_))
    }

    #[test]
    fn placeholders_are_refused() {
        let values = [
            "",
            "changeme",
            "your-api-key",
            "YOUR_API_KEY_HERE",
            "<token>",
            "${TOKEN}",
            "{{ .Values.token }}",
            "$TOKEN",
            "%s",
            "xxxxxxxxxxxx",
            "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
            "************",
            "1234567890",
            "abcdefghijklmnop",
            "1234567890abcdef1234567890abcdef",
            "a1b2c3d4e5f6g7h8",
            "AKIAIOSFODNN7EXAMPLE",
            "00000000000000000000",
            "qwertyuiop",
            "bbbb",
            "password",
            "my-secret-token",
            "test_token",
            "aaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "0123456789abcdef",
            "REPLACE_ME",
            "fedcba9876543210",
            "insert_token_here",
            "[REDACTED]",
            "__TOKEN__",
            "#{token}",
            "$(get-token)",
            "$MVNW_PASSWORD",
            ":password",
            "@token@",
            "ghp_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            "deadbeefdeadbeef",
        ];
        for value in values {
            assert!(refused(not_placeholder, "x = '", value), "{value}");
        }
        for (before, value) in [("db_password = '", "db_password"), ("apiToken: ", "api_token")] {
            assert!(refused(not_placeholder, before, value), "{before}{value}");
        }
    }

    #[test]
    fn public_keys_of_emulators_are_refused() {
        let halves = [
            ("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsu", "Fq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="),
            ("C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9n", "DuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="),
        ];
        for (head, tail) in halves {
            assert!(refused(not_placeholder, "AccountKey=", &format!("{head}{tail}")));
        }
    }

    #[test]
    fn real_values_are_not_placeholders() {
        let mut random = Random::default();
        for alphabet in [ALNUM, HEX, LOWER, BASE32] {
            for length in [12, 20, 32, 40, 64] {
                // Drawn plainly: the generator itself avoids placeholders.
                let wrong = (0..200).filter(|_| {
                    let value: String = (0..length).map(|_| random.pick(alphabet)).collect();
                    refused(not_placeholder, "token = '", &value)
                });
                let wrong = wrong.count();
                assert!(wrong <= 1, "{alphabet} {length}: {wrong} of 200");
            }
        }
        for value in ["hunter2!", "Tr0ub4dor&3", "p@ssw0rd1", "S0mmer2024", "$2b$12$abcKJHG", "letmein99"] {
            assert!(!refused(not_placeholder, "pw = '", value), "{value}");
        }
    }

    #[test]
    fn identifiers_are_refused() {
        let values = [
            "getUserName",
            "user_password_field",
            "config.get('password')",
            "/etc/ssl/private/server.key",
            "1.2.3",
            "https://example.org/login",
            "com.acme.app.Main",
            "2024-01-31",
            "process.env.TOKEN",
            "secret-name",
            "Foo::bar",
            "session.password",
            "keystore.jks",
            "ops@acme.io",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "existingSubscription",
            "AccessTokenProvider",
            "password",
            "us-east-1",
            "aws/service/role",
            "x->password",
            "^4.0.17",
            "1.2.3-beta.1",
            "~> 2.1",
            "../../common.scss",
            ".csrf_token().",
            "0xda39a3ee5e6b4b0d3255bfef95601890afd80709",
        ];
        for value in values {
            assert!(refused(not_identifier, "", value), "{value}");
        }
        let mut random = Random::default();
        for length in [16, 24, 32, 40] {
            let wrong = (0..300).filter(|_| refused(not_identifier, "", &random.text(ALNUM, length))).count();
            assert!(wrong <= 2, "{length}: {wrong} of 300");
        }
        for value in ["hunter2!", "Tr0ub4dor&3", "postgres://u:pw@host/db", "wJalrXUtnFEMI/K7MDENG/bPxRfiCY"] {
            assert!(!refused(not_identifier, "", value), "{value}");
        }
    }

    #[test]
    fn passwords_are_told_from_code() {
        for value in [
            "hunter2!",
            "Tr0ub4dor&3",
            "Summer2024!",
            "kX9#pQ2$",
            "correct9horse",
            "pG7tw2Qz",
            "Pass@word1",
            "@someThing1234",
        ] {
            let line = format!("password = \"{value}\"");
            let candidate = Candidate { value, line: &line, before: "password = \"", path: "" };
            assert_eq!(plausible_password(&candidate), Answer::yes(), "{value}");
        }
        for value in
            ["password", "Enter your password", "passwordField", "user.password", "$PASSWORD", "abc", "None", "****"]
        {
            assert!(refused(plausible_password, "password = ", value), "{value}");
        }
    }

    #[test]
    fn randomness_answers_in_three_ways() {
        let mut chance = Random::default();
        assert_eq!(random(&Candidate::of(&chance.text(ALNUM, 32))), Answer::yes());
        assert!(refused(random, "", "getUserNameFromToken"));
    }
}

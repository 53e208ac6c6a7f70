//! Tokens that carry a checksum of themselves: a right one proves the token, a wrong one proves a made-up text.

use sha2::{Digest, Sha256};

use super::{
    Answer, Candidate, Random,
    encode::{self, BASE36, BASE62},
    random::{ALNUM, DIGITS, HEX},
};

const VALID: &str = "checksum is valid";
const WRONG: &str = "checksum is wrong";

fn judge(right: bool) -> Answer {
    Answer::when(right, VALID, WRONG)
}

fn base62(body: &str) -> String {
    encode::number(u64::from(crc32fast::hash(body.as_bytes())), BASE62, 6)
}

fn is_alnum(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `prefix_` + body + six base62 digits of the CRC-32 of the body, compared as text so that padding counts.
fn base62_token(value: &str, prefixes: &[&str], body: usize) -> Answer {
    let Some((prefix, rest)) = value.split_once('_') else { return Answer::CannotTell };
    match rest.split_at_checked(body) {
        Some((body, check)) if check.len() == 6 && is_alnum(rest) && prefixes.contains(&prefix) => {
            judge(base62(body) == check)
        }
        _ => Answer::CannotTell,
    }
}

fn forge_base62(random: &mut Random, prefix: &str, usual: &str, body: usize) -> String {
    let prefix = if prefix.is_empty() { usual } else { prefix };
    let body = random.text(ALNUM, body);
    format!("{prefix}{body}{}", base62(&body))
}

/// GitHub's first token format (github.blog, 2021-04-05). Installation tokens (`ghs_`) also exist without a checksum.
pub(super) fn github(candidate: &Candidate<'_>) -> Answer {
    base62_token(candidate.value, &["ghp", "gho", "ghu", "ghr"], 30)
}

pub(super) fn forge_github(random: &mut Random, prefix: &str) -> String {
    forge_base62(random, prefix, "ghp_", 30)
}

fn fine_grained(token: &str) -> String {
    encode::to_base32(&Sha256::digest(token.as_bytes())).chars().take(8).collect()
}

/// `github_pat_` 22 `_` 59: of the last 16, the first 8 are base32 of the SHA-256 of all before them.
pub(super) fn github_fine_grained(candidate: &Candidate<'_>) -> Answer {
    let value = candidate.value;
    if value.len() != 93 || !value.starts_with("github_pat_") {
        return Answer::CannotTell;
    }
    match value.split_at_checked(77) {
        Some((token, rest)) => judge(rest.starts_with(&fine_grained(token))),
        None => Answer::CannotTell,
    }
}

pub(super) fn forge_github_fine_grained(random: &mut Random, prefix: &str) -> String {
    let prefix = if prefix.is_empty() { "github_pat_" } else { prefix };
    let token = format!("{prefix}{}_{}", random.text(ALNUM, 22), random.text(ALNUM, 43));
    format!("{token}{}{}", fine_grained(&token), random.text(ALNUM, 8))
}

/// npm's granular and classic tokens follow GitHub's format.
pub(super) fn npm(candidate: &Candidate<'_>) -> Answer {
    base62_token(candidate.value, &["npm"], 30)
}

pub(super) fn forge_npm(random: &mut Random, prefix: &str) -> String {
    forge_base62(random, prefix, "npm_", 30)
}

/// GitLab's routable tokens: the last segment is two digits of length and seven base36 digits of the CRC-32 of all
/// before them (GitLab handbook, routable tokens). Tokens without a dot carry no checksum.
pub(super) fn gitlab_routable(candidate: &Candidate<'_>) -> Answer {
    let value = candidate.value;
    let Some((_, last)) = value.rsplit_once('.') else { return Answer::CannotTell };
    if last.len() != 9 || !value.starts_with("gl") {
        return Answer::CannotTell;
    }
    match value.split_at_checked(value.len() - 7) {
        Some((before, check)) => judge(gitlab_check(before) == check),
        None => Answer::CannotTell,
    }
}

fn gitlab_check(before: &str) -> String {
    encode::number(u64::from(crc32fast::hash(before.as_bytes())), BASE36, 7)
}

pub(super) fn forge_gitlab(random: &mut Random, prefix: &str) -> String {
    let prefix = if prefix.is_empty() { "glpat-" } else { prefix };
    let mut payload = format!("o:{}\nu:{}", random.text(DIGITS, 2), random.text(BASE36, 4)).into_bytes();
    payload.extend(random.bytes(16));
    payload.push(16);
    let payload = encode::to_base64_url(&payload);
    let length = encode::number(payload.len() as u64, BASE36, 2);
    let before = format!("{prefix}{payload}.01.{length}");
    format!("{before}{}", gitlab_check(&before))
}

/// Vercel's tokens since February 2026: 50 characters and six base62 digits of their CRC-32.
pub(super) fn vercel(candidate: &Candidate<'_>) -> Answer {
    base62_token(candidate.value, &["vcp", "vci", "vca", "vcr", "vck"], 50)
}

pub(super) fn forge_vercel(random: &mut Random, prefix: &str) -> String {
    forge_base62(random, prefix, "vcp_", 50)
}

fn hex(body: &str) -> String {
    format!("{:08x}", crc32fast::hash(body.as_bytes()))
}

/// Cloudflare's tokens since April 2026: 40 characters and eight hexadecimal digits of their CRC-32.
pub(super) fn cloudflare(candidate: &Candidate<'_>) -> Answer {
    let Some((prefix, rest)) = candidate.value.split_once('_') else { return Answer::CannotTell };
    match rest.split_at_checked(40) {
        Some((body, check)) if check.len() == 8 && ["cfk", "cfut", "cfat"].contains(&prefix) => {
            judge(hex(body) == check)
        }
        _ => Answer::CannotTell,
    }
}

pub(super) fn forge_cloudflare(random: &mut Random, prefix: &str) -> String {
    let prefix = if prefix.is_empty() { "cfut_" } else { prefix };
    let body = random.text(ALNUM, 40);
    format!("{prefix}{body}{}", hex(&body))
}

fn grafana_check(before: &str) -> String {
    format!("{:08x}", crc32fast::hash(before.as_bytes()).swap_bytes())
}

/// Grafana service accounts: `glsa_` 32 `_` and the CRC-32 of all before that mark, bytes in little-endian order.
pub(super) fn grafana(candidate: &Candidate<'_>) -> Answer {
    match candidate.value.rsplit_once('_') {
        Some((before, check)) if before.len() == 37 && check.len() == 8 && before.starts_with("glsa_") => {
            judge(grafana_check(before) == check)
        }
        _ => Answer::CannotTell,
    }
}

pub(super) fn forge_grafana(random: &mut Random, prefix: &str) -> String {
    let prefix = if prefix.is_empty() { "glsa_" } else { prefix };
    let before = format!("{prefix}{}", random.text(ALNUM, 32));
    format!("{before}_{}", grafana_check(&before))
}

/// Atlassian API tokens end in eight upper-case hexadecimal digits of the CRC-32 of all before them.
pub(super) fn atlassian(candidate: &Candidate<'_>) -> Answer {
    let value = candidate.value;
    if !["ATATT3", "ATCTT3", "ATBB"].iter().any(|prefix| value.starts_with(prefix)) || value.len() < 20 {
        return Answer::CannotTell;
    }
    match value.split_at_checked(value.len() - 8) {
        Some((before, check)) => judge(hex(before).to_uppercase() == check),
        None => Answer::CannotTell,
    }
}

pub(super) fn forge_atlassian(random: &mut Random, prefix: &str) -> String {
    let prefix = if prefix.is_empty() { "ATATT3xFfGF0" } else { prefix };
    let before = if prefix.starts_with("ATBB") {
        format!("{prefix}{}", random.text(ALNUM, 24))
    } else {
        format!("{prefix}{}=", random.text(encode::BASE64_URL, 171))
    };
    format!("{before}{}", hex(&before).to_uppercase())
}

/// Zuplo API keys: `zpka_` 32 `_` and eight hexadecimal digits of the CRC-32 of the 32.
pub(super) fn zuplo(candidate: &Candidate<'_>) -> Answer {
    match candidate.value.strip_prefix("zpka_").and_then(|rest| rest.split_once('_')) {
        Some((body, check)) if body.len() == 32 && check.len() == 8 => judge(hex(body) == check),
        _ => Answer::CannotTell,
    }
}

pub(super) fn forge_zuplo(random: &mut Random, prefix: &str) -> String {
    let prefix = if prefix.is_empty() { "zpka_" } else { prefix };
    let body = random.text(HEX, 32);
    format!("{prefix}{body}_{}", hex(&body))
}

fn confluent_check(body: &str) -> String {
    encode::to_base64(&crc32fast::hash(body.as_bytes()).to_le_bytes()).trim_end_matches('=').to_owned()
}

/// Confluent Cloud secrets (`cflt…`): six base64 characters of the little-endian CRC-32 of the body. What counts as
/// the body is documented nowhere, so a mismatch proves nothing.
pub(super) fn confluent(candidate: &Candidate<'_>) -> Answer {
    let value = candidate.value;
    if !value.starts_with("cflt") || value.len() < 40 {
        return Answer::CannotTell;
    }
    let Some((before, check)) = value.split_at_checked(value.len() - 6) else { return Answer::CannotTell };
    let bodies = [before, before.trim_start_matches("cflt")];
    if bodies.iter().any(|body| confluent_check(body) == check) {
        Answer::Yes(VALID.to_owned())
    } else {
        Answer::CannotTell
    }
}

pub(super) fn forge_confluent(random: &mut Random, prefix: &str) -> String {
    let prefix = if prefix.is_empty() { "cflt" } else { prefix };
    let body = random.text(ALNUM, 54);
    format!("{prefix}{body}{}", confluent_check(&body))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Test = fn(&Candidate<'_>) -> Answer;
    type Forge = fn(&mut Random, &str) -> String;

    const FORMATS: &[(Test, Forge, &[&str])] = &[
        (github, forge_github, &["ghp_", "gho_", "ghu_", "ghr_"]),
        (github_fine_grained, forge_github_fine_grained, &["github_pat_"]),
        (npm, forge_npm, &["npm_"]),
        (gitlab_routable, forge_gitlab, &["glpat-", "glrt-"]),
        (vercel, forge_vercel, &["vcp_", "vck_"]),
        (cloudflare, forge_cloudflare, &["cfk_", "cfut_", "cfat_"]),
        (grafana, forge_grafana, &["glsa_"]),
        (atlassian, forge_atlassian, &["ATATT3xFfGF0", "ATCTT3xFfGN0", "ATBB"]),
        (zuplo, forge_zuplo, &["zpka_"]),
    ];

    #[test]
    fn one_changed_character_breaks_the_checksum() {
        let mut random = Random::default();
        for (test, forge, prefixes) in FORMATS {
            for prefix in *prefixes {
                let value = forge(&mut random, prefix);
                assert_eq!(test(&Candidate::of(&value)), Answer::Yes(VALID.to_owned()), "{value}");
                let at = prefix.len() + 3;
                let other = if value.as_bytes()[at] == b'A' { "B" } else { "A" };
                let changed = format!("{}{other}{}", &value[..at], &value[at + 1..]);
                assert_eq!(test(&Candidate::of(&changed)), Answer::No(WRONG), "{changed}");
            }
        }
    }

    #[test]
    fn generations_without_a_checksum_are_not_rejected() {
        let mut random = Random::default();
        let cases: &[(Test, String)] = &[
            (github, format!("ghs_{}", random.text(ALNUM, 36))),
            (github, format!("ghs_{}", random.text(ALNUM, 120))),
            (gitlab_routable, format!("glpat-{}", random.text(ALNUM, 20))),
            (confluent, format!("cflt{}", random.text(ALNUM, 60))),
            (npm, random.text(HEX, 36)),
        ];
        for (test, value) in cases {
            assert_eq!(test(&Candidate::of(value)), Answer::CannotTell, "{value}");
        }
    }

    /// A vector published by GitHub's engineers for the encoding: the checksum of this body has a leading zero.
    #[test]
    fn the_published_vector_with_padding_agrees() {
        let body = ["zQWBuTSOoRi4A9sp", "cuYUQZ7DgLQQ"].concat();
        assert_eq!(base62(&body).len(), 6);
        let padded = (0..5000).map(|seed| Random::new(seed).text(ALNUM, 30)).find(|body| base62(body).starts_with('0'));
        let token = padded.map(|body| format!("ghp_{body}{}", base62(&body))).unwrap();
        assert!(matches!(github(&Candidate::of(&token)), Answer::Yes(_)), "{token}");
    }
}

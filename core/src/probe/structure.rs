//! Tokens without a checksum whose parts must fit together: decoded, they say what they are.

use serde_json::Value;

use super::{
    Answer, Candidate, Random,
    encode::{self, from_base64},
    random::{ALNUM, DIGITS, HEX},
};

const SHAPE: &str = "parts do not fit together";

fn json_of(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_slice(&from_base64(text)?).ok()?;
    value.is_object().then_some(value)
}

fn text_in<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// Access key ids of AWS: four letters for the kind, then base32 that holds the account number in keys made since 2019
/// (their fifth character is Q or later).
pub(super) fn aws_key_id(candidate: &Candidate<'_>) -> Answer {
    let Some((kind, id)) = candidate.value.split_at_checked(4) else { return Answer::No(SHAPE) };
    let right = matches!(kind, "AKIA" | "ASIA" | "ABIA" | "ACCA" | "AROA" | "AIDA");
    let Some(bytes) = encode::from_base32(id).filter(|_| right && id.len() == 16) else { return Answer::No(SHAPE) };
    if id.ends_with("EXAMPLE") {
        return Answer::No("documentation example");
    }
    let number = bytes.iter().take(6).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    if id.starts_with(|first: char| first >= 'Q') {
        Answer::Yes(format!("belongs to account {:012}", (number & 0x7fff_ffff_ff80) >> 7))
    } else {
        Answer::yes()
    }
}

pub(super) fn forge_aws_key_id(random: &mut Random, prefix: &str) -> String {
    let prefix = if prefix.is_empty() { "AKIA" } else { prefix };
    // The bits of the account number: first bit one, the last seven of six bytes free.
    let account = 100_000_000_000 + random.bits() % 400_000_000_000;
    let number = (1_u64 << 47) | (account << 7) | (random.bits() & 0x7f);
    let mut bytes: Vec<u8> = number.to_be_bytes().into_iter().skip(2).collect();
    bytes.extend(random.bytes(4));
    format!("{prefix}{}", encode::to_base32(&bytes))
}

/// JSON web tokens: two JSON objects and a signature. Says the algorithm and the expiry date.
pub(super) fn jwt(candidate: &Candidate<'_>) -> Answer {
    let parts: Vec<&str> = candidate.value.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else { return Answer::No(SHAPE) };
    let (Some(header), Some(payload)) = (json_of(header), json_of(payload)) else { return Answer::No(SHAPE) };
    let Some(algorithm) = text_in(&header, "alg") else { return Answer::No(SHAPE) };
    let unsigned = algorithm.eq_ignore_ascii_case("none");
    if !unsigned && from_base64(signature).is_none_or(|bytes| bytes.len() < 16) {
        return Answer::No("no signature");
    }
    // The example of jwt.io and RFC 7519 is in countless documents.
    if ["John Doe", "joe"]
        .iter()
        .any(|name| text_in(&payload, "name") == Some(name) || text_in(&payload, "iss") == Some(name))
    {
        return Answer::No("documentation example");
    }
    if text_in(&payload, "role") == Some("anon") {
        return Answer::No("public by design");
    }
    let algorithm: String = algorithm.chars().filter(char::is_ascii_alphanumeric).take(10).collect();
    let expiry = payload.get("exp").and_then(Value::as_f64).and_then(date);
    Answer::Yes(match expiry {
        Some(date) => format!("{algorithm} token, expires {date}"),
        None => format!("{algorithm} token without expiry"),
    })
}

fn date(seconds: f64) -> Option<String> {
    // Values beyond the year 9999 are no dates; the cast saturates and jiff refuses them.
    let stamp = jiff::Timestamp::from_second(seconds as i64).ok()?;
    stamp.to_string().split('T').next().map(str::to_owned)
}

pub(super) fn forge_jwt(random: &mut Random, claims: &str) -> String {
    let header = encode::to_base64_url(br#"{"alg":"HS256","typ":"JWT"}"#);
    let subject = random.text(HEX, 12);
    let extra = if claims.is_empty() { String::new() } else { format!(",{claims}") };
    let payload = encode::to_base64_url(format!(r#"{{"sub":"{subject}","exp":1900000000{extra}}}"#).as_bytes());
    format!("{header}.{payload}.{}", encode::to_base64_url(&random.bytes(32)))
}

/// Sentry organisation tokens: `sntrys_`, base64 of a JSON object with region and organisation, `_`, 43 characters.
pub(super) fn sentry(candidate: &Candidate<'_>) -> Answer {
    let parts = candidate.value.strip_prefix("sntrys_").and_then(|rest| rest.rsplit_once('_'));
    let Some((json, secret)) = parts.filter(|(_, secret)| secret.len() == 43) else { return Answer::CannotTell };
    let Some(value) = json_of(json).filter(|_| from_base64(secret).is_some()) else { return Answer::No(SHAPE) };
    match text_in(&value, "org") {
        Some(name) => Answer::Yes(format!("for organisation {}", plain(name))),
        None => Answer::No(SHAPE),
    }
}

/// A name out of a token, cut to what may stand in a message.
fn plain(name: &str) -> String {
    name.chars().filter(|mark| mark.is_ascii_alphanumeric() || "-_. @".contains(*mark)).take(60).collect()
}

pub(super) fn forge_sentry(random: &mut Random, organisation: &str) -> String {
    let organisation = if organisation.is_empty() { "acme" } else { organisation };
    let organisation: String = organisation.chars().filter(|mark| mark.is_alphanumeric()).collect();
    let json = format!(
        r#"{{"iat":1700000000.5,"url":"https://sentry.io","region_url":"https://us.sentry.io","org":"{organisation}"}}"#
    );
    let secret = encode::to_base64_url(&random.bytes(32)).replace(['_', '-'], "a");
    format!("sntrys_{}_{secret}", encode::to_base64(json.as_bytes()))
}

/// Secret keys of age: bech32 with the upper-case prefix `AGE-SECRET-KEY-`.
pub(super) fn age(candidate: &Candidate<'_>) -> Answer {
    if !candidate.value.starts_with("AGE-SECRET-KEY-1") {
        return Answer::CannotTell;
    }
    Answer::when(encode::is_bech32(candidate.value), "checksum is valid", "checksum is wrong")
}

pub(super) fn forge_age(random: &mut Random, _: &str) -> String {
    encode::to_bech32("age-secret-key-", &random.bytes(32)).to_uppercase()
}

/// Any bech32 text (Nostr `nsec1`, age, Bitcoin).
pub(super) fn bech32(candidate: &Candidate<'_>) -> Answer {
    Answer::when(encode::is_bech32(candidate.value), "checksum is valid", "checksum is wrong")
}

pub(super) fn forge_bech32(random: &mut Random, prefix: &str) -> String {
    encode::to_bech32(if prefix.is_empty() { "nsec" } else { prefix }, &random.bytes(32))
}

/// JFrog: reference tokens are base64 of `reftkn:01:…`, API keys (`AKCp`) base58 of 54 bytes.
pub(super) fn jfrog(candidate: &Candidate<'_>) -> Answer {
    let value = candidate.value;
    if value.starts_with("cmVmdGtu") {
        let decoded = from_base64(value).and_then(|bytes| String::from_utf8(bytes).ok());
        let right = decoded.is_some_and(|text| {
            let parts: Vec<&str> = text.splitn(4, ':').collect();
            matches!(parts.as_slice(), ["reftkn", version, stamp, secret]
                if version.parse::<u32>().is_ok() && stamp.parse::<u64>().is_ok() && secret.len() >= 16)
        });
        return Answer::when(right, "reference token", SHAPE);
    }
    if value.starts_with("AKCp") {
        // Any long text of these digits has this length: one that repeats a sign stands for a key and is none.
        let drawn = value.bytes().collect::<std::collections::BTreeSet<u8>>().len() > 16;
        let right = drawn && encode::from_base58(value).is_some_and(|bytes| bytes.len() == 54);
        return Answer::when(right, "API key", SHAPE);
    }
    Answer::CannotTell
}

pub(super) fn forge_jfrog(random: &mut Random, prefix: &str) -> String {
    if prefix.starts_with("AKCp") {
        // Any 73 digits that start with the prefix are a number of 54 bytes.
        let tail = 73_usize.saturating_sub(prefix.len());
        let digits = random.text("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", tail);
        return format!("{prefix}{digits}");
    }
    encode::to_base64(format!("reftkn:01:17{}:{}", random.text(DIGITS, 8), random.text(ALNUM, 28)).as_bytes())
}

/// Bot tokens of Discord: base64 of the bot's number, a time stamp and a signature.
pub(super) fn discord(candidate: &Candidate<'_>) -> Answer {
    let parts: Vec<&str> = candidate.value.split('.').collect();
    let [id, stamp, signature] = parts.as_slice() else { return Answer::No(SHAPE) };
    let number = from_base64(id).and_then(|bytes| String::from_utf8(bytes).ok());
    let number = number.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match number.filter(|text| (17..=20).contains(&text.len())) {
        Some(number) if (5..=7).contains(&stamp.len()) && signature.len() >= 25 => {
            Answer::Yes(format!("token of bot {number}"))
        }
        _ => Answer::No(SHAPE),
    }
}

pub(super) fn forge_discord(random: &mut Random, _: &str) -> String {
    let id = encode::to_base64_url(format!("1{}", random.text(DIGITS, 17)).as_bytes());
    format!("{id}.{}.{}", random.text(ALNUM, 6), random.text(ALNUM, 38))
}

/// PyPI tokens: a macaroon (version 2) whose location is the index, with an identifier and a signature of 32 bytes.
pub(super) fn pypi(candidate: &Candidate<'_>) -> Answer {
    let Some(bytes) = candidate.value.strip_prefix("pypi-").and_then(from_base64) else { return Answer::No(SHAPE) };
    let [2, 1, length, rest @ ..] = bytes.as_slice() else { return Answer::No(SHAPE) };
    let Some((location, rest)) = rest.split_at_checked(usize::from(*length)) else { return Answer::No(SHAPE) };
    let index = match location {
        b"pypi.org" => "token for pypi.org",
        b"test.pypi.org" => "token for test.pypi.org",
        _ => return Answer::No(SHAPE),
    };
    // Cut short, the signature field (6, length 32) is missing; its place varies with the caveats.
    let signed = rest.len() >= 36 && rest.iter().rev().nth(33) == Some(&6) && rest.iter().rev().nth(32) == Some(&32);
    if signed { Answer::Yes(index.to_owned()) } else { Answer::CannotTell }
}

pub(super) fn forge_pypi(random: &mut Random, index: &str) -> String {
    let index = if index == "test.pypi.org" { index } else { "pypi.org" };
    let mut bytes = vec![2, 1, u8::try_from(index.len()).unwrap_or_default()];
    bytes.extend(index.as_bytes());
    bytes.extend([2, 36]);
    bytes.extend(random.text(HEX, 36).as_bytes());
    let caveat = br#"[1, ["acme"]]"#;
    bytes.extend([0, 2, u8::try_from(caveat.len()).unwrap_or_default()]);
    bytes.extend(caveat);
    bytes.extend([0, 0, 6, 32]);
    bytes.extend(random.bytes(32));
    format!("pypi-{}", encode::to_base64_url(&bytes))
}

/// Slack tokens: the kind, numbers of workspace and user, then the secret part.
pub(super) fn slack(candidate: &Candidate<'_>) -> Answer {
    let mut parts = candidate.value.split('-');
    let kind = match parts.next().unwrap_or_default() {
        "xoxb" => "bot token",
        "xoxp" => "user token",
        "xoxa" | "xoxr" | "xoxo" | "xoxs" => "legacy token",
        "xoxc" => "session token",
        "xapp" => "app token",
        "xoxe" | "xoxe.xoxb" | "xoxe.xoxp" => "rotating token",
        "xoxd" => "session cookie",
        _ => return Answer::CannotTell,
    };
    let parts: Vec<&str> = parts.collect();
    let secret = parts.last().copied().unwrap_or_default();
    if secret.len() < 10 || (kind != "session cookie" && secret.bytes().all(|byte| byte.is_ascii_digit())) {
        return Answer::No(SHAPE);
    }
    let numbered = parts.first().is_some_and(|id| id.len() >= 9 && id.bytes().all(|byte| byte.is_ascii_digit()));
    let right = numbered || !matches!(kind, "bot token" | "user token") || secret.len() >= 20;
    Answer::when(right, kind, SHAPE)
}

pub(super) fn forge_slack(random: &mut Random, prefix: &str) -> String {
    let prefix = if prefix.is_empty() { "xoxb-" } else { prefix };
    format!("{prefix}{}-{}-{}", forge_number(random, 12), forge_number(random, 13), random.text(ALNUM, 24))
}

fn forge_number(random: &mut Random, length: usize) -> String {
    format!("{}{}", random.pick("123456789"), random.text(DIGITS, length - 1))
}

/// Amazon Bedrock API keys: `ABSK` and base64 of `BedrockAPIKey-…`.
pub(super) fn bedrock(candidate: &Candidate<'_>) -> Answer {
    let decoded = candidate.value.strip_prefix("ABSK").and_then(from_base64);
    match decoded {
        Some(bytes) => Answer::when(bytes.starts_with(b"BedrockAPIKey-") && bytes.len() > 60, "", SHAPE),
        None => Answer::No(SHAPE),
    }
}

pub(super) fn forge_bedrock(random: &mut Random, _: &str) -> String {
    let text =
        format!("BedrockAPIKey-{}-at-{}:{}", random.text(ALNUM, 4), forge_number(random, 12), random.text(ALNUM, 44));
    format!("ABSK{}", encode::to_base64(text.as_bytes()))
}

/// Grafana Cloud access policy tokens (`glc_`) and provisioned API keys: base64 of a JSON object.
pub(super) fn grafana_json(candidate: &Candidate<'_>) -> Answer {
    let text = candidate.value.strip_prefix("glc_").unwrap_or(candidate.value);
    let Some(value) = json_of(text) else { return Answer::No(SHAPE) };
    let has = |keys: &[&str]| keys.iter().all(|key| value.get(key).is_some());
    if has(&["o", "n", "k", "m"]) {
        Answer::Yes("access policy token".to_owned())
    } else {
        Answer::when(has(&["n", "k", "id"]), "API key", SHAPE)
    }
}

pub(super) fn forge_grafana_json(random: &mut Random, prefix: &str) -> String {
    let key = random.text(ALNUM, 32);
    if prefix == "glc_" || prefix.is_empty() {
        let json = format!(r#"{{"o":"123456","n":"writer","k":"{key}","m":{{"r":"eu"}}}}"#);
        return format!("glc_{}", encode::to_base64(json.as_bytes()));
    }
    encode::to_base64(format!(r#"{{"k":"{key}","n":"writer","id":1}}"#).as_bytes())
}

/// `user:password` in base64, as HTTP basic authentication and container registries write it.
pub(super) fn basic_credentials(candidate: &Candidate<'_>) -> Answer {
    let decoded = from_base64(candidate.value).and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(text) = decoded.filter(|text| !text.chars().any(char::is_control)) else { return Answer::No(SHAPE) };
    let Some((user, password)) = text.split_once(':') else { return Answer::No(SHAPE) };
    // An account at rest has a user; tokens stand alone before or after the colon.
    if password.is_empty() && user.len() < 16 {
        return Answer::No("empty password");
    }
    let secret = if password.is_empty() { user } else { password };
    // `admin:admin` names itself.
    match super::text::placeholder(secret, &super::name::words_of(user)) {
        Some(reason) => Answer::No(reason),
        None => Answer::Yes(format!("holds the password of {}", plain(user))),
    }
}

pub(super) fn forge_basic_credentials(random: &mut Random, user: &str) -> String {
    let user = if user.is_empty() { "deploy" } else { user };
    encode::to_base64(format!("{user}:{}", random.text(ALNUM, 14)).as_bytes())
}

/// Shared access signatures of Azure: `sig=` holds 32 bytes; `se=` says when it ends.
pub(super) fn azure_sas(candidate: &Candidate<'_>) -> Answer {
    let query = candidate.value.rsplit(['?', ' ']).next().unwrap_or_default();
    let field =
        |name: &str| query.split(['&', ';']).find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name));
    let Some((_, signature)) = field("sig") else { return Answer::CannotTell };
    let signature = signature.replace("%2B", "+").replace("%2b", "+").replace("%2F", "/").replace("%2f", "/");
    let signature = signature.replace("%3D", "=").replace("%3d", "=");
    if from_base64(&signature).is_none_or(|bytes| bytes.len() != 32) {
        return Answer::No(SHAPE);
    }
    let expiry =
        field("se").map(|(_, text)| text.chars().take(10).filter(|c| c.is_ascii_digit() || *c == '-').collect());
    Answer::Yes(expiry.map_or_else(String::new, |date: String| format!("expires {date}")))
}

pub(super) fn forge_azure_sas(random: &mut Random, prefix: &str) -> String {
    let prefix =
        if prefix.is_empty() { "sv=2023-11-03&ss=b&srt=co&sp=rl&se=2031-01-01T00:00:00Z&spr=https" } else { prefix };
    let signature = encode::to_base64(&random.bytes(32)).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("{prefix}&sig={signature}")
}

/// Entries of a Kubernetes Secret, one a line: some value, decoded if it is base64, is no stand-in.
pub(super) fn kubernetes_secret(candidate: &Candidate<'_>) -> Answer {
    let mut reason = "empty";
    for line in candidate.value.lines().take(200) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        let decoded = from_base64(value).and_then(|bytes| String::from_utf8(bytes).ok());
        let plain =
            decoded.filter(|text| !text.is_empty() && text.chars().all(|mark| !mark.is_control() || mark == '\n'));
        let plain = plain.as_deref().unwrap_or(value).trim();
        let names = super::name::words_of(name);
        match super::text::placeholder(plain, &names) {
            Some(found) => reason = found,
            None if plain.starts_with('|') || plain.len() < 4 => {}
            None => return Answer::yes(),
        }
    }
    Answer::No(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::random::BASE32;

    fn judge(test: fn(&Candidate<'_>) -> Answer, value: &str) -> Answer {
        test(&Candidate::of(value))
    }

    #[test]
    fn account_numbers_come_out_of_key_ids() {
        // The example of the published description of the encoding, put together here.
        let id = ["ASIAQNZG", "KIQY56JQ7WML"].concat();
        assert_eq!(judge(aws_key_id, &id), Answer::Yes("belongs to account 029608264753".to_owned()));
        let id = ["AKIAIOSFODNN7", "EXAMPLE"].concat();
        assert_eq!(judge(aws_key_id, &id), Answer::No("documentation example"));
        let old = format!("AKIAI{}", Random::default().text(BASE32, 15));
        assert_eq!(judge(aws_key_id, &old), Answer::yes());
        assert_eq!(judge(aws_key_id, "AKIA0189AAAAAAAAAAAA"), Answer::No(SHAPE));
    }

    #[test]
    fn tokens_say_what_they_are() {
        let mut random = Random::default();
        type Test = fn(&Candidate<'_>) -> Answer;
        let cases: &[(Test, String, &str)] = &[
            (jwt, forge_jwt(&mut random, ""), "HS256 token, expires 2030-03-17"),
            (sentry, forge_sentry(&mut random, "acme"), "for organisation acme"),
            (pypi, forge_pypi(&mut random, ""), "token for pypi.org"),
            (pypi, forge_pypi(&mut random, "test.pypi.org"), "token for test.pypi.org"),
            (slack, forge_slack(&mut random, "xoxp-"), "user token"),
            (jfrog, forge_jfrog(&mut random, ""), "reference token"),
            (jfrog, forge_jfrog(&mut random, "AKCp"), "API key"),
            (grafana_json, forge_grafana_json(&mut random, "glc_"), "access policy token"),
            (grafana_json, forge_grafana_json(&mut random, "eyJ"), "API key"),
            (basic_credentials, forge_basic_credentials(&mut random, "deploy"), "holds the password of deploy"),
            (azure_sas, forge_azure_sas(&mut random, ""), "expires 2031-01-01"),
        ];
        for (test, value, evidence) in cases {
            assert_eq!(judge(*test, value), Answer::Yes((*evidence).to_owned()), "{value}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        let mut random = Random::default();
        type Test = fn(&Candidate<'_>) -> Answer;
        let b64 = |text: &str| encode::to_base64_url(text.as_bytes());
        let sign = "c".repeat(43);
        let john = format!("{}.{}.{sign}", b64(r#"{"alg":"HS256"}"#), b64(r#"{"sub":"1234567890","name":"John Doe"}"#));
        let anon = forge_jwt(&mut random, r#""role":"anon""#);
        let cases: &[(Test, String, &str)] = &[
            (jwt, john, "documentation example"),
            (jwt, anon, "public by design"),
            (jwt, "a.b.c".to_owned(), SHAPE),
            (jwt, "com.example.Application".to_owned(), SHAPE),
            (jwt, format!("{}.{}.", b64(r#"{"alg":"HS256"}"#), b64(r#"{"sub":"x"}"#)), "no signature"),
            (discord, "www.example1.abcdefghijklmnopqrstuvwxyz0".to_owned(), SHAPE),
            (pypi, format!("pypi-{}", random.text(ALNUM, 80)), SHAPE),
            (jfrog, format!("AKCp{}", random.text(HEX, 20)), SHAPE),
            (basic_credentials, b64("user:password"), "placeholder"),
            (basic_credentials, b64("no colon here"), SHAPE),
            (bedrock, format!("ABSK{}", random.text(HEX, 40)), SHAPE),
            (azure_sas, "sv=1&sig=short".to_owned(), SHAPE),
        ];
        for (test, value, reason) in cases {
            assert_eq!(judge(*test, value), Answer::No(reason), "{value}");
        }
    }
}

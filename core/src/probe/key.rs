//! Private keys in PEM armour: the body must be a key, not a stand-in for one.

use serde_json::Value;

use super::{
    Answer, Candidate, Random,
    encode::{self, from_base64},
    random::{DIGITS, HEX},
    text,
};

const OPENSSH: &[u8] = b"openssh-key-v1\0";
/// Bodies longer than this are no keys; a bound on the work.
const LONGEST: usize = 100_000;

/// What stands between the armour lines.
struct Armour<'a> {
    label: &'a str,
    body: &'a str,
    closed: bool,
}

fn armour(value: &str) -> Option<Armour<'_>> {
    let (_, rest) = value.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, closed) = match rest.split_once("-----END ").or_else(|| rest.split_once("-----")) {
        Some((body, _)) => (body, true),
        None => (rest, false),
    };
    Some(Armour { label, body, closed })
}

/// The base64 of a body, without the escapes, quotes and armour headers that surround it in source code.
fn base64_of(body: &str) -> String {
    let mut out = String::new();
    let lines = body.replace("\\r", "").replace("\\\\n", "\n").replace("\\n", "\n");
    for line in lines.lines() {
        // Of a line in quotes only what is quoted counts: `"MIIE…" +` may end in a plus of the language.
        let quoted = line.split(['"', '\'', '`']).max_by_key(|part| part.len()).unwrap_or(line);
        let line = quoted.trim_matches(|mark: char| " \t,;\\()#*|>".contains(mark));
        let header = line.contains(": ") || line.starts_with('=');
        if !header && line != "+" {
            out.extend(line.chars().filter(|mark| !mark.is_whitespace()));
        }
    }
    out
}

/// Length of the content of a DER element, and the content that is there.
fn der(bytes: &[u8], tag: u8) -> Option<(usize, &[u8])> {
    let [first, length, rest @ ..] = bytes else { return None };
    if *first != tag {
        return None;
    }
    if *length < 0x80 {
        return Some((usize::from(*length), rest));
    }
    let (head, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
    let length = head.iter().take(8).fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
    (!head.is_empty() && head.len() <= 4).then_some((length, rest))
}

/// `SEQUENCE { INTEGER version, … }` that is all there; encrypted PKCS #8 starts with another sequence.
fn is_der_key(bytes: &[u8]) -> bool {
    let Some((length, content)) = der(bytes, 0x30) else { return false };
    length <= content.len() && (der(content, 0x02).is_some() || der(content, 0x30).is_some())
}

/// OpenSSH's own format: encrypted or not, and whether its two check numbers agree.
fn openssh(bytes: &[u8]) -> Option<Answer> {
    fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
    }
    let (cipher, rest) = field(bytes.strip_prefix(OPENSSH)?)?;
    if cipher != b"none" {
        return Some(Answer::Yes("encrypted with a passphrase".to_owned()));
    }
    let (_, rest) = field(rest)?;
    let (_, rest) = field(rest)?;
    let (_, rest) = rest.split_first_chunk::<4>()?;
    let (_, rest) = field(rest)?;
    let (private, _) = field(rest)?;
    let (first, rest) = private.split_first_chunk::<4>()?;
    let (second, _) = rest.split_first_chunk::<4>()?;
    Some(Answer::when(first == second, "not encrypted", "not a key"))
}

/// Secret-key packets of OpenPGP: tag 5 or 7 in the old or new packet format.
fn is_pgp(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(0x94..=0x97 | 0x9c..=0x9f | 0xc5 | 0xc7))
}

/// Judges armoured text. A body that is base64 of something else proves nothing: it may be wrapped in a way unknown
/// here; a body that is cut short or has words in it is no key.
pub(super) fn pem(candidate: &Candidate<'_>) -> Answer {
    let Some(armour) = armour(candidate.value).filter(|armour| armour.body.len() <= LONGEST) else {
        return Answer::CannotTell;
    };
    if !armour.label.contains("PRIVATE KEY") {
        return Answer::No("not a private key");
    }
    let body = base64_of(armour.body);
    let clean = body.trim_end_matches('=');
    if clean.len() < 40 {
        return Answer::No(if armour.closed { "placeholder" } else { "no key follows" });
    }
    let plain = clean.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/');
    if body.contains("...") || body.contains('…') || text::looks_fake(clean) {
        return Answer::No("placeholder");
    }
    let encrypted = armour.label.contains("ENCRYPTED") || armour.body.contains("ENCRYPTED");
    let even = clean.get(..clean.len() - usize::from(clean.len() % 4 == 1)).unwrap_or(clean);
    let Some(bytes) = from_base64(even).filter(|_| plain) else { return Answer::CannotTell };
    if armour.label.contains("PGP") {
        return if is_pgp(&bytes) { Answer::yes() } else { Answer::CannotTell };
    }
    if let Some(answer) = openssh(&bytes) {
        return answer;
    }
    if encrypted {
        return Answer::Yes("encrypted with a passphrase".to_owned());
    }
    if is_der_key(&bytes) {
        return Answer::Yes("not encrypted".to_owned());
    }
    match der(&bytes, 0x30) {
        Some((length, content)) if armour.closed && length > content.len() => Answer::No("cut short"),
        _ => Answer::CannotTell,
    }
}

/// A PEM key of the label in the argument; its numbers are random, so it opens nothing. `escaped` before the label
/// writes line ends as JSON strings do.
pub(super) fn forge_pem(random: &mut Random, label: &str) -> String {
    if let Some(label) = label.strip_prefix("escaped ") {
        return forge_pem(random, label).replace('\n', "\\n");
    }
    let label = if label.is_empty() { "PRIVATE KEY" } else { label };
    let body = if label.starts_with("OPENSSH") { forge_openssh(random) } else { forge_der(random) };
    let text = encode::to_base64(&body);
    let lines: Vec<String> =
        text.as_bytes().chunks(64).map(|chunk| chunk.iter().map(|byte| char::from(*byte)).collect()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", lines.join("\n"))
}

fn forge_der(random: &mut Random) -> Vec<u8> {
    let mut body = vec![0x30, 0x82, 0x02, 0x04, 0x02, 0x01, 0x00, 0x04, 0x82, 0x01, 0xfd];
    body.extend(random.bytes(0x1fd));
    body
}

fn forge_openssh(random: &mut Random) -> Vec<u8> {
    let field = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap_or_default().to_be_bytes(), bytes].concat();
    let check = random.bytes(4);
    let private = [check.clone(), check, field(b"ssh-ed25519"), random.bytes(120)].concat();
    let public = [field(b"ssh-ed25519"), field(&random.bytes(32))].concat();
    [OPENSSH.to_vec(), field(b"none"), field(b"none"), field(b""), vec![0, 0, 0, 1], field(&public), field(&private)]
        .concat()
}

/// Service account files of Google Cloud: type, key id, a private key that is one, and the account's address.
pub(super) fn gcp(candidate: &Candidate<'_>) -> Answer {
    let Ok(value) = serde_json::from_str::<Value>(candidate.value) else { return gcp_by_text(candidate) };
    let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    if field("type") != "service_account" {
        return Answer::No("not a service account");
    }
    judge_gcp(field("private_key"), field("private_key_id"), field("client_email"))
}

/// The same out of a text that is only part of a JSON object.
fn gcp_by_text(candidate: &Candidate<'_>) -> Answer {
    let text = if candidate.value.contains("private_key_id") { candidate.value } else { candidate.line };
    let field = |name: &str| {
        let (_, rest) = text.split_once(&format!("\"{name}\""))?;
        let (_, rest) = rest.split_once('"')?;
        rest.split_once('"').map(|(value, _)| value)
    };
    match (field("private_key"), field("private_key_id"), field("client_email")) {
        (Some(key), Some(id), Some(email)) => judge_gcp(key, id, email),
        _ => Answer::CannotTell,
    }
}

fn judge_gcp(key: &str, id: &str, email: &str) -> Answer {
    let shaped = id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !shaped || text::placeholder(id, &[]).is_some() {
        return Answer::No("placeholder");
    }
    match pem(&Candidate::of(key)) {
        Answer::No(reason) => Answer::No(reason),
        _ if email.ends_with("gserviceaccount.com") => {
            let name: String = email.chars().filter(|mark| mark.is_ascii_graphic()).take(120).collect();
            Answer::Yes(format!("key of {name}"))
        }
        _ => Answer::CannotTell,
    }
}

pub(super) fn forge_gcp(random: &mut Random, project: &str) -> String {
    let project: String = project.chars().filter(|mark| mark.is_ascii_alphanumeric() || *mark == '-').collect();
    let project = if project.is_empty() { "acme-prod".to_owned() } else { project };
    let key = forge_pem(random, "escaped PRIVATE KEY");
    let (id, number) = (random.text(HEX, 40), random.text(DIGITS, 21));
    format!(
        "{{\n  \"type\": \"service_account\",\n  \"project_id\": \"{project}\",\n  \"private_key_id\": \"{id}\",\n  \
         \"private_key\": \"{key}\\n\",\n  \"client_email\": \"app@{project}.iam.gserviceaccount.com\",\n  \
         \"client_id\": \"{number}\"\n}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(value: &str) -> Answer {
        pem(&Candidate::of(value))
    }

    fn wrap(label: &str, body: &str) -> String {
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----")
    }

    #[test]
    fn keys_are_told_from_stand_ins() {
        let mut random = Random::default();
        let key = forge_pem(&mut random, "RSA PRIVATE KEY");
        let ssh = forge_pem(&mut random, "OPENSSH PRIVATE KEY");
        let escaped = key.replace('\n', "\\n");
        let concatenated = key.replace('\n', "\\n\" +\n    \"");
        let indented = key.replace('\n', "\n    ");
        let plain = Answer::Yes("not encrypted".to_owned());
        for value in [&key, &ssh, &escaped, &concatenated, &indented] {
            assert_eq!(judge(value), plain, "{value}");
        }
        let random_body = encode::to_base64(&[&[0_u8][..], &random.bytes(300)].concat());
        assert_eq!(judge(&wrap("PRIVATE KEY", &random_body)), Answer::CannotTell);
        let locked = format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{}\n\n{random_body}", random.text(HEX, 32));
        let encrypted = Answer::Yes("encrypted with a passphrase".to_owned());
        assert_eq!(judge(&wrap("RSA PRIVATE KEY", &locked)), encrypted);
        assert_eq!(judge(&wrap("ENCRYPTED PRIVATE KEY", &random_body)), encrypted);
    }

    #[test]
    fn stand_ins_are_refused() {
        let half: String = forge_pem(&mut Random::default(), "RSA PRIVATE KEY").chars().take(300).collect();
        let cases = [
            (wrap("PRIVATE KEY", "..."), "placeholder"),
            (wrap("PRIVATE KEY", "<your key here>"), "placeholder"),
            (wrap("RSA PRIVATE KEY", &format!("MIIEowIBAAKCAQEA{}", "x".repeat(60))), "placeholder"),
            (wrap("RSA PRIVATE KEY", &"abcdefghijklmnopqrstuvwxyz0123456789".repeat(4)), "placeholder"),
            ("-----BEGIN RSA PRIVATE KEY-----".to_owned(), "no key follows"),
            (format!("{half}\n-----END RSA PRIVATE KEY-----"), "cut short"),
            (wrap("PUBLIC KEY", &"A1b2C3d4E5".repeat(9)), "not a private key"),
        ];
        for (value, reason) in &cases {
            assert_eq!(judge(value), Answer::No(reason), "{value}");
        }
    }

    #[test]
    fn service_accounts_are_read_whole_or_in_part() {
        let mut random = Random::default();
        let file = forge_gcp(&mut random, "shop-live");
        let answer = Answer::Yes("key of app@shop-live.iam.gserviceaccount.com".to_owned());
        assert_eq!(gcp(&Candidate::of(&file)), answer);
        let part = file.trim_end_matches(['}', '\n']);
        assert_eq!(gcp(&Candidate::of(part)), answer);
        let user = r#"{"type": "authorized_user", "private_key_id": "x"}"#;
        assert_eq!(gcp(&Candidate::of(user)), Answer::No("not a service account"));
        let (head, _) = file.split_once("\"private_key\"").unwrap();
        let empty = format!(
            "{head}\"private_key\": \"-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----\", \"client_email\": \"a@b.iam.gserviceaccount.com\"}}"
        );
        assert_eq!(gcp(&Candidate::of(&empty)), Answer::No("placeholder"));
    }
}

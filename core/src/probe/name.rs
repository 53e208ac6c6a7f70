//! The name a value stands under: `"apiKey": "…"`, `API_KEY=…`, `--api-key …`.

use super::{Answer, Candidate};

/// The last name in the text before a value, as written; empty when there is none.
pub(super) fn name_before(before: &str) -> &str {
    let open = |mark: char| mark.is_whitespace() || "\"'`:=>({[],+@|?&*;".contains(mark) || mark == '\\';
    let text = before.trim_end_matches(open);
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, mark)| mark.is_alphanumeric() || "_-.$".contains(*mark))
        .last()
        .map_or(text.len(), |(at, _)| at);
    text.get(start..).unwrap_or("")
}

/// The words of a name in lower case: `apiKeyID`, `API_KEY_ID` and `api-key-id` have the same.
pub(super) fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut marks = name.chars().peekable();
    let mut before = ' ';
    while let Some(mark) = marks.next() {
        if !mark.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
        } else {
            let next_small = marks.peek().is_some_and(|next| next.is_lowercase());
            if mark.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next_small)) {
                words.push(std::mem::take(&mut word));
            }
            word.extend(mark.to_lowercase());
        }
        before = mark;
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Names of values that are public digests or revisions.
pub(super) const HASH_WORDS: &[&str] = &[
    "integrity",
    "checksum",
    "checksums",
    "digest",
    "digests",
    "sha",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "md5",
    "crc",
    "crc32",
    "blake2",
    "blake3",
    "commit",
    "revision",
    "rev",
    "etag",
    "fingerprint",
    "sri",
    "narhash",
    "vcsrevision",
    "gitcommit",
    "sum",
    "shasum",
    "sha256sum",
    "thumbprint",
    "contenthash",
    "hashes",
];

/// Whether the line names the value a digest, checksum or revision, or the value says so itself.
pub(super) fn not_hash_field(candidate: &Candidate<'_>) -> Answer {
    let value = candidate.value.to_ascii_lowercase();
    let marked = ["sha1-", "sha256-", "sha384-", "sha512-", "sha1:", "sha256:", "sha512:", "md5:", "h1:"];
    let words = words_of(name_before(candidate.before));
    // `fingerprint_secret_key` is a key of somebody called so, `secret_sha256` is none.
    let last = |list: &[&str]| words.iter().rposition(|word| list.contains(&word.as_str()));
    let named = match (last(HASH_WORDS), last(&["secret", "token", "password", "apikey"])) {
        (Some(hash), Some(secret)) => hash > secret,
        (hash, _) => hash.is_some(),
    };
    let hash = named
        || (words.last().is_some_and(|word| word == "hash") && !words.iter().any(|word| word.starts_with("pass")))
        || marked.iter().any(|mark| value.starts_with(mark) || candidate.before.to_ascii_lowercase().ends_with(mark));
    if hash { Answer::No("hash field") } else { Answer::yes() }
}

const PUBLIC_WORDS: &[&str] =
    &["public", "publishable", "pub", "pubkey", "publickey", "sitekey", "anon", "clientid", "fingerprint"];
const PUBLIC_PAIRS: &[[&str; 2]] = &[["site", "key"], ["client", "id"], ["tenant", "id"], ["app", "id"], ["key", "id"]];

/// Whether name, path or value say that the value may be published.
pub(super) fn not_public(candidate: &Candidate<'_>) -> Answer {
    let value = candidate.value;
    let words = words_of(name_before(candidate.before));
    let named = words.iter().any(|word| PUBLIC_WORDS.contains(&word.as_str()))
        || PUBLIC_PAIRS.iter().any(|pair| words.windows(2).any(|window| window == pair));
    let marks =
        ["pk_", "pk.", "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-", "-----BEGIN PUBLIC", "-----BEGIN CERTIFICATE"];
    let written = marks.iter().any(|mark| value.starts_with(mark)) || value.starts_with("-----BEGIN RSA PUBLIC");
    let path = [".pub", ".crt", ".cer"].iter().any(|end| candidate.path.ends_with(end));
    if named || written || path { Answer::No("public by design") } else { Answer::yes() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_from_the_value() {
        let cases = [
            ("  \"apiKey\": \"", "apiKey"),
            ("export DB_PASSWORD=", "DB_PASSWORD"),
            ("config.token := `", "config.token"),
            ("<password>", "password"),
            ("setPassword(\"", "setPassword"),
            ("os.environ[\"API_TOKEN\"] = \"", "API_TOKEN"),
            ("$config['secret_key'] = '", "secret_key"),
            ("", ""),
            ("   ", ""),
        ];
        for (before, name) in cases {
            assert_eq!(name_before(before), name, "{before}");
        }
    }

    #[test]
    fn names_fall_into_words() {
        for name in ["apiKeyID", "API_KEY_ID", "api-key-id", "ApiKeyId", "api.keyID"] {
            assert_eq!(words_of(name), ["api", "key", "id"], "{name}");
        }
        assert_eq!(words_of("HTTPServer"), ["http", "server"]);
        assert!(words_of("--").is_empty());
    }

    #[test]
    fn hash_and_public_fields_are_known_by_name() {
        let cases = [
            ("\"integrity\": \"", "abc", true, false),
            ("sha256 = \"", "abc", true, false),
            ("gitCommit: ", "abc", true, false),
            ("password_hash = '", "abc", false, false),
            ("api_key = '", "abc", false, false),
            ("x = '", "sha512-abc", true, false),
            ("STRIPE_PUBLIC_KEY=", "abc", false, true),
            ("publishableKey: '", "abc", false, true),
            ("key = '", "pk_live_abc", false, true),
            ("client_id: ", "abc", false, true),
            ("client_secret: ", "abc", false, false),
        ];
        for (before, value, hash, public) in cases {
            let candidate = Candidate { value, line: before, before, path: "a.py" };
            assert_eq!(matches!(not_hash_field(&candidate), Answer::No(_)), hash, "{before}{value}");
            assert_eq!(matches!(not_public(&candidate), Answer::No(_)), public, "{before}{value}");
        }
    }
}

//! Secrets as they hide: encoded, and accepted by comments for other scanners.

use trueup_core::probe::{Random, expand};
use trueup_tests::scan_memory;

fn key() -> String {
    expand("sk_live_${alnum:24}", &mut Random::default()).unwrap()
}

fn base64(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| char::from(ALPHABET[bits as usize & 63]);
    let mut out = String::new();
    for three in text.as_bytes().chunks(3) {
        let bits = three.iter().chain([&0; 2]).take(3).fold(0u32, |all, &byte| all << 8 | u32::from(byte));
        let signs = [digit(bits >> 18), digit(bits >> 12), digit(bits >> 6), digit(bits)];
        out.extend(&signs[..=three.len()]);
        out.extend(std::iter::repeat_n('=', 3 - three.len()));
    }
    out
}

fn each(text: &str, form: impl Fn(u8) -> String) -> String {
    text.bytes().map(form).collect()
}

/// Rules, lines and severities of the findings in one file.
fn found(path: &str, text: &str) -> Vec<(String, u32)> {
    let report = scan_memory(&[(path, text)]);
    let findings = report.findings.iter().filter(|finding| finding.suppression.is_none());
    findings.map(|finding| (finding.rule.clone(), finding.location.line())).collect()
}

#[test]
fn encoded_keys_are_found_where_they_stand() {
    let key = key();
    let twice = base64(&base64(&format!("payment key: {key}")));
    for text in [
        format!("kind: ConfigMap\ndata:\n  PAYMENT: {}\n", base64(&key)),
        format!("a = 1\n\nb = '{}'\n", base64(&format!("{{\"key\": \"{key}\"}}"))),
        format!("a = 1\n\nb = '{twice}'\n"),
        format!("a = 1\n\nb = '{}'\n", each(&key, |byte| format!("{byte:02x}"))),
        format!("a = 1\n\nb = '{}'\n", each(&key, |byte| format!("\\x{byte:02x}"))),
        format!("a = 1\n\nb = '{}'\n", each(&key, |byte| format!("\\u00{byte:02x}"))),
        format!("a = 1\n\nb = '{}'\n", each(&key, |byte| format!("&#{byte};"))),
        format!("a = 1\n\nb = '{}'\n", each(&key, |byte| format!("%{byte:02X}"))),
    ] {
        let found = found("src/settings.txt", &text);
        assert_eq!(found, [("secrets/stripe-live-key".to_owned(), 3)], "{}", text.replace(&key, "KEY"));
    }
}

#[test]
fn an_encoded_key_and_the_block_around_it_are_two_findings() {
    let text =
        format!("apiVersion: v1\nkind: Secret\ndata:\n  A: {}\n  B: {}\n", base64(&key()), base64("another value"));
    let rules: Vec<String> = found("k8s/secret.yaml", &text).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["secrets/kubernetes-secret", "secrets/stripe-live-key"]);
}

#[test]
fn comments_for_other_scanners_accept_secrets_and_say_so() {
    let key = key();
    for text in [
        format!("KEY = '{key}'  # gitleaks:allow\n"),
        format!("KEY = '{key}'  # pragma: allowlist secret\n"),
        format!("# pragma: allowlist nextline secret\nKEY = '{key}'\n"),
        format!("# secretlint-disable\nA = 1\nKEY = '{key}'\n# secretlint-enable\n"),
    ] {
        let report = scan_memory(&[("src/settings.py", &text)]);
        let reasons: Vec<_> = report.findings.iter().map(|finding| finding.suppression.is_some()).collect();
        assert_eq!(reasons, [true], "{}", text.replace(&key, "KEY"));
    }
    let after = format!("# secretlint-disable\n# secretlint-enable\nKEY = '{key}'\n");
    assert_eq!(found("src/settings.py", &after).len(), 1);
    let elsewhere = format!("# gitleaks:allow\nKEY = '{key}'\n");
    assert_eq!(found("src/settings.py", &elsewhere).len(), 1);
}

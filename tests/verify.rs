//! Asking providers, without a network: what would be sent, who may say where, and that no secret leaves another way.

use std::sync::Mutex;

use trueup_core::{
    advisory::AdvisoryIndex,
    engine::{Ask, Input, Reply, Request, Watch, scan, scan_asking},
    finding::{Severity, Validity},
    report::Report,
    rule::{Call, Rule, RuleSet},
};
use trueup_tests::{forms, written};

/// Answers every call alike, and keeps what it was asked.
struct Answering {
    status: u16,
    body: &'static str,
    calls: Mutex<Vec<String>>,
}

impl Answering {
    fn new(status: u16, body: &'static str) -> Self {
        Self { status, body, calls: Mutex::default() }
    }
}

impl Ask for Answering {
    fn ask(&self, calls: &[Call]) -> Vec<Reply> {
        let told = |call: &Call| {
            let headers: Vec<&str> = call.headers.iter().map(|(_, value)| value.reveal()).collect();
            let body = call.body.as_ref().map_or("", |body| body.reveal());
            format!("{} {} {} {body}", call.method.word(), call.url.reveal(), headers.join(" "))
        };
        self.calls.lock().unwrap().extend(calls.iter().map(told));
        // A provider that tells the secret back is no way out either.
        let body = |call: &Call| format!("{} {}", self.body, told(call)).into_bytes();
        calls.iter().map(|call| Reply::Answer { status: self.status, body: body(call) }).collect()
    }
}

fn asked(rules: &RuleSet, files: &[(String, String)], only: &str, ask: &dyn Ask) -> Report {
    let files = files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect();
    let request = Request { input: Input::Memory(files), only: vec![only.to_owned()], ..Request::default() };
    scan_asking(&request, rules, &AdvisoryIndex::default(), &Watch::default(), ask).unwrap()
}

fn asking(set: &RuleSet) -> impl Iterator<Item = &Rule> {
    set.rules.iter().map(AsRef::as_ref).filter(|rule| rule.verify.is_some())
}

#[test]
fn every_rule_that_asks_does_so_about_a_failing_case_of_its_own() {
    let set = trueup_rules::with_cases().unwrap();
    assert!(asking(&set).count() >= 40);
    for rule in asking(&set) {
        let host = &rule.verify.as_ref().unwrap().host;
        let mut calls = Vec::new();
        for case in &rule.fail {
            let answering = Answering::new(418, "");
            let report = asked(&set, &case.expect().unwrap().files, &rule.id, &answering);
            let met = answering.calls.into_inner().unwrap();
            let unknown = report.findings.iter().filter(|finding| finding.validity == Validity::Unknown).count();
            assert!(unknown >= met.len(), "{}", rule.id);
            calls.extend(met);
        }
        assert!(!calls.is_empty(), "{}: no failing case leads to a request", rule.id);
        for call in calls {
            assert!(call.contains(&format!(" https://{host}/")), "{}: {call}", rule.id);
            assert!(!call.contains(['{', '}']) || call.contains(r#"{""#), "{}: {call}", rule.id);
        }
    }
}

#[test]
fn no_secret_that_was_asked_about_is_in_a_report() {
    let set = trueup_rules::with_cases().unwrap();
    let rule = set.get("secrets/github-token").unwrap();
    let files = rule.fail[0].expect().unwrap().files;
    let token = files[0].1.split('"').nth(1).unwrap().to_owned();
    let answering = Answering::new(200, "");
    let report = asked(&set, &files, &rule.id, &answering);
    assert!(answering.calls.lock().unwrap()[0].contains(&token));
    let finding = &report.findings[0];
    assert_eq!((finding.validity, finding.severity), (Validity::Active, Severity::Critical));
    assert_eq!(finding.evidence.as_deref(), Some("checksum is valid; active: api.github.com accepts it"));
    for form in forms() {
        assert!(!written(&report, form).contains(&token), "{form:?}");
    }
    assert!(!format!("{report:?}").contains(&token));
}

#[test]
fn a_scan_that_does_not_ask_says_so_of_every_finding() {
    let set = trueup_rules::with_cases().unwrap();
    let files = set.get("secrets/github-token").unwrap().fail[0].expect().unwrap().files;
    let files = files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
    let request = Request { input: Input::Memory(files), ..Request::default() };
    let report = scan(&request, &set, &AdvisoryIndex::default()).unwrap();
    assert!(!report.findings.is_empty());
    assert!(report.findings.iter().all(|finding| finding.validity == Validity::NotAsked));
}

#[test]
fn the_severity_that_a_configuration_gives_is_not_raised() {
    let set = trueup_rules::with_cases().unwrap();
    let files = set.get("secrets/github-token").unwrap().fail[0].expect().unwrap().files;
    let mut request = Request::default();
    request.input = Input::Memory(files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect());
    request.only = vec!["secrets/github-token".to_owned()];
    request.config.rules.severity.insert("secrets/github-token".to_owned(), Severity::Medium);
    let answering = Answering::new(200, "");
    let report = scan_asking(&request, &set, &AdvisoryIndex::default(), &Watch::default(), &answering).unwrap();
    let finding = &report.findings[0];
    assert_eq!((finding.validity, finding.severity), (Validity::Active, Severity::Medium));
}

const RULE: &str = r#"
id = "corp/token"
title = "Corp token"
severity = "high"
precision = "high"
message = "Token {secret}"
help = "Revoke it."
matters = ["secrets"]

[match.text]
keywords = ["corp_"]
pattern = '(?<id>[a-z]+)=(?<secret>corp_[0-9a-z]{20})'

[verify]
reference = "https://docs.corp-provider.io/me"
url = "https://api.corp-provider.io/me?id={id}"
headers = { Authorization = "Bearer {secret}" }
valid = { status = [200] }
invalid = { status = [401] }

[[fail]]
"a.env" = 'token=«corp_${alnum:20}»'

[[pass]]
"a.env" = 'corp_'
"#;

/// What is right, what is wrong in its place, and what is said about it, with line and column where a value is wrong.
const DEFECTS: &[(&str, &str, &str)] = &[
    (
        "https://api.corp-provider.io/me?",
        "http://api.corp-provider.io/me?",
        "token.toml:16:7: an address starts with https://",
    ),
    (
        "https://api.corp-provider.io/me?",
        "https://{id}.corp-provider.io/me?",
        "token.toml:16:7: the host is written out",
    ),
    (
        "https://api.corp-provider.io/me?",
        "https://api.corp-provider.io{id}/?",
        "token.toml:16:7: the host is written out",
    ),
    (
        "https://api.corp-provider.io/me?",
        "{id}://api.corp-provider.io/me?",
        "token.toml:16:7: an address starts with https://",
    ),
    ("https://api.corp-provider.io/me?", "https://a@api.corp-provider.io/me?", "is no host"),
    ("https://api.corp-provider.io/me?", "https://api.corp-provider.io:8443/me?", "is no host"),
    ("https://api.corp-provider.io/me?", "https://10.0.0.1/me?", "is no host"),
    ("https://api.corp-provider.io/me?", "https://localhost/me?", "is no host"),
    ("https://api.corp-provider.io/me?", "https://api.corp-provider.io/m e?", "visible ASCII"),
    ("?id={id}", "?id={account}", "nothing fills the hole {account}"),
    ("?id={id}", "?id={sha:{id}}", "is no hole"),
    ("Bearer {secret}", "Bearer", "no hole {secret}"),
    ("Bearer {secret}", "Bearer {secret", "token.toml:17:11: Authorization: a hole is not closed"),
    ("Bearer {secret}", "Bearer {secret}\\r\\nX: y", "one line"),
    ("Authorization =", "Host =", "no header that a rule may set"),
    ("Authorization =", "\"X Y\" =", "no header that a rule may set"),
    ("status = [401]", "status = [200]", "share a status code"),
    ("status = [401]", "status = [302]", "token.toml:19:"),
    ("status = [401]", "status = [401], json = { error = true }", "is no place in JSON"),
    ("valid = { status = [200] }\ninvalid", "invalid", "missing field `valid`"),
    ("reference = \"https", "reference = \"http", "the page of the documentation"),
    ("[verify]\n", "[verify]\nmethod = \"DELETE\"\n", "unknown variant `DELETE`"),
    ("[verify]\n", "[verify]\nbody = '{{}'\n", "a body is sent with POST only"),
    ("[verify]\n", "[verify]\nmethod = \"POST\"\nbody = '{{\"a\": {secret}}'\n", "holes stand in its strings"),
    ("[verify]\n", "[verify]\nonly = '('\n", "regex parse error"),
    ("(?<secret>corp_[0-9a-z]{20})", "corp_[0-9a-z]{20}", "only what finds a secret can ask"),
];

#[test]
fn mistakes_in_a_request_are_placed() {
    let set = trueup_tests::rules();
    set.clone().extend_own([("rules/corp/token.toml", RULE)]).unwrap();
    for (right, wrong, said) in DEFECTS {
        let text = RULE.replace(right, wrong);
        assert_ne!(text, RULE, "{right}");
        let defects = set.clone().extend_own([("rules/corp/token.toml", text.as_str())]).unwrap_err();
        assert!(defects.iter().any(|defect| defect.contains(said)), "{wrong}: {defects:?}");
    }
}

#[test]
fn rules_of_users_may_not_say_where_secrets_go() {
    let defects = trueup_tests::rules().extend([("rules/corp/token.toml", RULE)]).unwrap_err();
    assert_eq!(defects.len(), 1);
    assert!(defects[0].starts_with("rules/corp/token.toml:14: only built-in rules"), "{defects:?}");
}

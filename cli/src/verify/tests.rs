//! The requests against a server on this machine: what is sent, how often, how fast, and what becomes of the answers.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use trueup_core::{
    advisory::AdvisoryIndex,
    emit::{self, Form, Style},
    engine::{Input, MOST_ASKED, Request, Watch, scan_asking},
    finding::{Severity, Validity},
    report::Report,
    rule::{Private, RuleSet},
};

use super::*;

/// A rule that asks, for tokens that no provider has.
const RULE: &str = r#"
id = "secrets/acme-token"
title = "Acme token in a tracked file"
severity = "high"
precision = "high"
message = "Acme token {secret} is in the tree."
help = "Revoke it."
matters = ["secrets"]
in-tests = "lower"
match.text = { keywords = ["acmetok_"], pattern = '(?<id>[a-z]+):(?<secret>acmetok_[^\s]+)' }
[verify]
reference = "https://docs.acme-provider.io/me"
url = "https://api.acme-provider.io/{id}/me"
headers = { Authorization = "Bearer {secret}" }
valid = { status = [200], json = { "/ok" = true } }
invalid = { status = [401, 200], json = { "/error" = ["revoked", "expired"] } }
[[fail]]
"a.env" = 'user:«acmetok_1»'
[[pass]]
"a.env" = 'acmetok'
"#;

/// What a server saw.
#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<(Instant, String)>>,
    written: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

/// A server that answers by what stands in the request.
fn serve(answer: impl Fn(&str, &mut TcpStream, &Seen) + Send + Sync + 'static) -> (String, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (seen, answer) = (Arc::new(Seen::default()), Arc::new(answer));
    let given = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let request = read(&mut stream);
                seen.requests.lock().unwrap().push((Instant::now(), request.clone()));
                let now = seen.at_once.fetch_add(1, Ordering::SeqCst) + 1;
                seen.most_at_once.fetch_max(now, Ordering::SeqCst);
                answer(&request, &mut stream, &seen);
                seen.at_once.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    (base, given)
}

fn read(stream: &mut TcpStream) -> String {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 1024]);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(count) if count > 0 => bytes.extend_from_slice(&buffer[..count]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn say(stream: &mut TcpStream, status: &str, body: &str) {
    let length = body.len();
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
}

fn network(base: &str, pace: u64) -> Network {
    let patience = Duration::from_millis(1500);
    Network { agent: agent(patience, false), pace: Duration::from_millis(pace), base: base.to_owned() }
}

fn rules() -> RuleSet {
    let mut rules = trueup_rules::builtin().unwrap();
    rules.extend_own([("secrets/acme-token.toml", RULE)]).unwrap();
    rules
}

fn scanned(network: &Network, files: &[(&str, String)]) -> Report {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.clone().into_bytes())).collect();
    let only = vec!["secrets/acme-token".to_owned()];
    let request = Request { input: Input::Memory(files), only, ..Request::default() };
    scan_asking(&request, &rules(), &AdvisoryIndex::default(), &Watch::default(), network).unwrap()
}

fn call(host: &str, path: &str) -> Call {
    let url = Private::new(format!("https://{host}/{path}"));
    Call { method: Method::Get, host: host.to_owned(), url, headers: Vec::new(), body: None }
}

fn answer(request: &str, stream: &mut TcpStream, seen: &Seen) {
    let has = |word: &str| request.contains(&format!("acmetok_{word}"));
    match () {
        () if has("good") => say(stream, "200 OK", r#"{"ok":true}"#),
        () if has("gone") => say(stream, "401 Unauthorized", r#"{"ok":false,"error":"revoked"}"#),
        () if has("other") => say(stream, "401 Unauthorized", r#"{"ok":false,"error":"maintenance"}"#),
        () if has("both") => say(stream, "200 OK", r#"{"ok":true,"error":"revoked"}"#),
        () if has("plain") => say(stream, "200 OK", "<html>Sign in</html>"),
        () if has("down") => say(stream, "503 Service Unavailable", r#"{"ok":true}"#),
        () if has("moved") => say(stream, "302 Found\r\nLocation: /elsewhere", r#"{"ok":true}"#),
        () if has("garbage") => drop(stream.write_all(b"\0\xff\xfe no http\r\n\r\n")),
        () if has("slow") => thread::sleep(Duration::from_secs(3)),
        () if has("huge") => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n{\"ok\":true,\"a\":\"");
            while let Ok(count) = stream.write(&[b'a'; 4096]) {
                seen.written.fetch_add(count, Ordering::SeqCst);
            }
        }
        () => {}
    }
}

#[test]
fn answers_become_what_findings_say() {
    let cases = [
        ("good", Validity::Active, Severity::Critical),
        ("gone", Validity::Inactive, Severity::Low),
        ("other", Validity::Unknown, Severity::High),
        ("both", Validity::Unknown, Severity::High),
        ("plain", Validity::Unknown, Severity::High),
        ("down", Validity::Unknown, Severity::High),
        ("moved", Validity::Unknown, Severity::High),
        ("garbage", Validity::Unknown, Severity::High),
        ("slow", Validity::Unknown, Severity::High),
        ("huge", Validity::Unknown, Severity::High),
        // Cannot stand in a header: nothing is sent.
        ("é", Validity::NotAsked, Severity::High),
    ];
    for (word, validity, severity) in cases {
        let (base, seen) = serve(answer);
        let text = format!("user:acmetok_{word}\n");
        let report = scanned(&network(&base, 0), &[("app/a.env", text)]);
        let finding = &report.findings[0];
        assert_eq!((finding.validity, finding.severity), (validity, severity), "{word}: {finding:?}");
        let requests = seen.requests.lock().unwrap();
        assert_eq!(requests.len(), usize::from(validity != Validity::NotAsked), "{word}: {requests:?}");
        assert!(requests.iter().all(|(_, request)| request.starts_with("GET /user/me HTTP/1.1\r\n")), "{requests:?}");
        let failed = ["garbage", "slow"].contains(&word);
        let told = report.notifications.iter().any(|note| note.id.word() == "not-verified");
        assert_eq!(told, failed, "{word}: {:?}", report.notifications);
        assert!(seen.written.load(Ordering::SeqCst) < 32 << 20, "{word} was read on and on");
    }
}

#[test]
fn a_test_that_finds_an_active_secret_weighs_as_much_and_an_accepted_one_is_not_sent() {
    let (base, seen) = serve(answer);
    let files = [
        ("tests/a.env", "user:acmetok_good1\n".to_owned()),
        ("app/b.env", "user:acmetok_good2 # trueup: ignore[secrets/acme-token] rotated every hour\n".to_owned()),
    ];
    let report = scanned(&network(&base, 0), &files);
    let by_path: Vec<_> =
        report.findings.iter().map(|finding| (finding.location.path.as_str(), finding.validity)).collect();
    assert_eq!(by_path, [("app/b.env", Validity::NotAsked), ("tests/a.env", Validity::Active)]);
    assert_eq!(report.findings[1].severity, Severity::Critical);
    assert_eq!(seen.requests.lock().unwrap().len(), 1);
}

#[test]
fn equal_secrets_are_asked_about_once_and_none_is_in_a_report() {
    let (base, seen) = serve(answer);
    let secret = "acmetok_good0123456789";
    let files: Vec<(String, String)> =
        (0..10).map(|nth| (format!("app/{nth}.env"), format!("user:{secret}\n"))).collect();
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let report = scanned(&network(&base, 0), &files);
    assert_eq!(seen.requests.lock().unwrap().len(), 1);
    assert!(report.findings.iter().all(|finding| finding.validity == Validity::Active));
    assert_eq!(report.findings.len(), 10);
    for (word, form) in Form::ALL {
        let mut out = Vec::new();
        emit::write(&report, form, &Style { all: true, ..Style::default() }, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(secret), "{word}");
        let tells = !matches!(form, Form::Markdown | Form::Junit | Form::Gitlab | Form::Github);
        assert!(!tells || text.contains("active"), "{word} does not tell: {text}");
    }
    assert!(!format!("{report:?}").contains(secret));
}

#[test]
fn a_value_cannot_leave_its_part_of_the_request() {
    let (base, seen) = serve(answer);
    let sent = call("api.acme-provider.io", "me");
    let injected = Call { headers: vec![("authorization".to_owned(), Private::new("a\r\nX-Other: b"))], ..sent };
    let shown = format!("{injected:?}");
    assert!(!shown.contains("X-Other"), "{shown}");
    let replies = network(&base, 0).ask(&[injected]);
    assert!(matches!(replies[..], [Reply::Failed("the request cannot be sent")]), "{replies:?}");
    assert!(seen.requests.lock().unwrap().is_empty());
}

#[test]
fn hosts_are_asked_slowly_and_by_few_at_once() {
    let (base, seen) = serve(|_, stream, _| {
        thread::sleep(Duration::from_millis(120));
        say(stream, "200 OK", "");
    });
    let calls: Vec<Call> = (0..6).map(|nth| call("one.acme-provider.io", &nth.to_string())).collect();
    assert_eq!(network(&base, 40).ask(&calls).len(), 6);
    let requests = seen.requests.lock().unwrap();
    let mut times: Vec<Instant> = requests.iter().map(|(time, _)| *time).collect();
    times.sort();
    assert_eq!(times.len(), 6);
    assert!(times[5] - times[0] >= Duration::from_millis(190), "{:?}", times[5] - times[0]);
    assert!(seen.most_at_once.load(Ordering::SeqCst) <= HANDS);
}

#[test]
fn a_host_that_wants_fewer_requests_or_is_not_there_is_left_alone() {
    let (base, seen) = serve(|_, stream, _| say(stream, "429 Too Many Requests", ""));
    let calls: Vec<Call> = (0..8).map(|nth| call("one.acme-provider.io", &nth.to_string())).collect();
    let replies = network(&base, 30).ask(&calls);
    assert!(matches!(replies.last(), Some(Reply::Failed("it wants fewer requests"))), "{replies:?}");
    assert!(seen.requests.lock().unwrap().len() <= HANDS);

    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let replies = network(&format!("http://{nobody}"), 0).ask(&calls);
    assert!(matches!(replies.last(), Some(Reply::Failed("requests before had no answer"))), "{replies:?}");
}

#[test]
fn a_scan_asks_about_so_many_and_says_how_many_it_left() {
    let (base, seen) = serve(answer);
    let text: String = (0..MOST_ASKED + 7).map(|nth| format!("user:acmetok_good{nth}\n")).collect();
    let report = scanned(&network(&base, 0), &[("app/a.env", text)]);
    assert_eq!(seen.requests.lock().unwrap().len(), MOST_ASKED);
    let said: Vec<&str> = report.notifications.iter().map(|note| note.message.as_str()).collect();
    assert!(said.iter().any(|message| message.starts_with("7 further secrets")), "{said:?}");
    let unknown = report.findings.iter().filter(|finding| finding.validity == Validity::Unknown).count();
    assert_eq!(unknown, 7);
}

#[test]
fn a_server_that_cannot_show_a_certificate_gets_no_secret() {
    let (base, seen) = serve(|_, stream, _| say(stream, "200 OK", ""));
    let network =
        Network { agent: agent(PATIENCE, true), pace: Duration::ZERO, base: base.replacen("http:", "https:", 1) };
    let secret = Call {
        headers: vec![("authorization".to_owned(), Private::new("acmetok_good"))],
        ..call("one.acme-provider.io", "me")
    };
    // Where the scheme is not https nothing is connected to at all.
    let plain = Network { agent: agent(PATIENCE, true), pace: Duration::ZERO, base };
    for network in [network, plain] {
        let replies = network.ask(std::slice::from_ref(&secret));
        assert!(matches!(replies[..], [Reply::Failed(_)]), "{replies:?}");
    }
    assert!(seen.requests.lock().unwrap().iter().all(|(_, request)| !request.contains("acmetok")));
}

#[test]
fn outside_of_tests_only_https_is_spoken() {
    let agent = agent(PATIENCE, true);
    assert!(agent.config().https_only());
    assert!(agent.config().proxy().is_none());
    assert_eq!(agent.config().max_redirects(), 0);
}

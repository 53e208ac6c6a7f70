//! Source text to facts, one table per language.

use crate::{
    classify::classify,
    extract::{Context, Extraction, Wanted, extract},
    fact::{Fact, FactKind},
    source::Source,
    syntax::{Document, Node, Origin, Value},
    vocabulary::Vocabulary,
};

pub(super) fn vocabulary() -> &'static Vocabulary {
    static READ: std::sync::LazyLock<Vocabulary> = std::sync::LazyLock::new(load);
    &READ
}

fn load() -> Vocabulary {
    Vocabulary::parse([
        ("personal-data.toml", include_str!("../../../../rules/vocabulary/personal-data.toml")),
        ("calls.toml", include_str!("../../../../rules/vocabulary/calls.toml")),
    ])
    .unwrap()
}

fn read(path: &str, text: &str) -> Extraction {
    let source = Source::memory(path, text.as_bytes());
    let cx = Context {
        source: &source,
        kind: classify(path, text),
        document: &Document::default(),
        vocabulary: vocabulary(),
        wanted: Wanted::all(),
    };
    extract(&cx)
}

fn show(node: &Node) -> String {
    let value = match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let pairs = entries.iter().map(|(key, value)| format!("{}: {}", key.as_str().unwrap(), show(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Unknown(_) => "?".to_owned(),
    };
    if matches!(node.origin, Origin::Resolved(_)) { format!("{value}^") } else { value }
}

/// `role callee(arguments) {options}`, and the other fields that say something.
fn call(fact: &Fact) -> String {
    let role = fact.text("role").unwrap_or_default();
    let mut line = format!("{role} {}", fact.name);
    if let Some(Value::List(items)) = fact.get("arguments").map(|node| &node.value) {
        line += &format!("({})", items.iter().map(show).collect::<Vec<_>>().join(", "));
    }
    for key in ["options", "assigned", "empty", "returns", "service", "via", "open"] {
        if let Some(node) = fact.get(key) {
            line += &format!(" {key}={}", show(node));
        }
    }
    line
}

/// `category field -> callee @ text through`.
fn flows(path: &str, text: &str) -> Vec<String> {
    let found = read(path, text);
    let line = |flow: &crate::extract::Flow| {
        let (from, to) = (&found.facts[flow.from], &found.facts[flow.to]);
        assert_eq!((from.kind, to.kind), (FactKind::Datum, FactKind::Call));
        let within = from.text("within").map(|within| format!(" in {within}")).unwrap_or_default();
        let through = flow.through.iter().map(|role| format!(" through {role}")).collect::<String>();
        format!("{} -> {} @ {}{within}{through}", from.text("category").unwrap(), to.name, flow.span.text(text))
    };
    found.flows.iter().map(line).collect()
}

/// Differences of all cases of one test, shown together.
#[derive(Default)]
pub(super) struct Differences(Vec<String>);

impl Differences {
    pub(super) fn note(&mut self, path: &str, text: &str, found: &[String], expected: &[&str]) {
        let mut found = found.to_vec();
        let mut expected: Vec<_> = expected.iter().map(|line| (*line).to_owned()).collect();
        found.sort();
        expected.sort();
        if found != expected {
            self.0.push(format!("{path}: {text}\n   found {found:#?}\n   expected {expected:#?}"));
        }
    }
}

impl Drop for Differences {
    fn drop(&mut self) {
        assert!(self.0.is_empty() || std::thread::panicking(), "\n{}", self.0.join("\n"));
    }
}

pub(super) fn check_flows(all: &mut Differences, path: &str, text: &str, expected: &[&str]) {
    all.note(path, text, &flows(path, text), expected);
}

pub(super) fn check_calls(all: &mut Differences, path: &str, text: &str, expected: &[&str]) {
    let found = read(path, text);
    let lines: Vec<_> = found.facts.iter().filter(|fact| fact.kind == FactKind::Call).map(call).collect();
    all.note(path, text, &lines, expected);
}

/// `url locality @ text of the place <- text of the literal`.
pub(super) fn check_endpoints(all: &mut Differences, path: &str, text: &str, expected: &[&str]) {
    let found = read(path, text);
    let line = |fact: &Fact| {
        let url = fact.get("url").unwrap();
        let from = match &url.origin {
            Origin::Resolved(places) => format!(" <- {}", places[0].1.text(text)),
            _ => String::new(),
        };
        format!("{} {} @ {}{from}", url.as_str().unwrap(), fact.text("locality").unwrap(), url.span.text(text))
    };
    let lines: Vec<_> = found.facts.iter().filter(|fact| fact.kind == FactKind::Endpoint).map(line).collect();
    all.note(path, text, &lines, expected);
}

#[test]
fn python_flows() {
    let cases: &[(&str, &[&str])] = &[
        (
            "import logging\nlog = logging.getLogger(__name__)\ndef f(user):\n    log.info('created %s', user.email)\n",
            &["user.contact.email -> logging.Logger.info @ user.email"],
        ),
        (
            "def f(user):\n    address = user.home_address\n    print(f'to {address}')\n",
            &["user.contact.address -> print @ address"],
        ),
        (
            "def f(user):\n    logger.info('%s', redact(user.email))\n",
            &["user.contact.email -> logger.info @ user.email through redact"],
        ),
        (
            "def f(user):\n    logger.info('email is missing'); logger.info(len(user.email)); print(user.email is None)\n",
            &[],
        ),
        (
            "def f(user):\n    print(user.email_verified, user.email_count, send_email(user.id), config.email, EMAIL)\n",
            &[],
        ),
        ("email = 'support@shop.io'\nprint(email)\n", &[]),
        (
            "import requests\ndef f(u):\n    requests.get('https://x.io/?mail=' + u.email)\n    requests.post('https://x.io', json={'ssn': u.ssn})\n",
            &[
                "user.contact.email -> requests.get @ u.email in url",
                "user.government_id.national_identification_number -> requests.post @ u.ssn",
            ],
        ),
        (
            "import sentry_sdk\ndef f(request):\n    sentry_sdk.set_user({'email': request.form.get('email')})\n",
            &["user.contact.email -> sentry_sdk.set_user @ request.form.get('email')"],
        ),
        (
            "def f(user):\n    raise ValueError('bad phone {}'.format(user.phone_number))\n",
            &["user.contact.phone_number -> ValueError @ user.phone_number"],
        ),
        (
            "def note(message):\n    logger.warning(message)\ndef f(patient):\n    note('x ' + patient.diagnosis)\n",
            &["user.health_and_medical -> logger.warning @ patient.diagnosis"],
        ),
        (
            "class A:\n    def __init__(self):\n        self.log = logging.getLogger()\n    def f(self, customer):\n        self.log.debug(customer.name)\nimport logging\n",
            &["user.name -> logging.Logger.debug @ customer.name"],
        ),
        (
            "for user in users:\n    print(user['vorname'], user.get('geburtsdatum'))\n",
            &[
                "user.name.first -> print @ user['vorname']",
                "user.demographic.date_of_birth -> print @ user.get('geburtsdatum')",
            ],
        ),
        ("def f(group, file):\n    print(group.name, file.name, group.role_name, file_name)\n", &[]),
        ("def f():\n    user = current()\n    print(user)\n", &["user -> print @ user"]),
        (
            "import openai\nclient = openai.OpenAI()\ndef f(user):\n    prompt = f'Write to {user.full_name}'\n    client.chat.completions.create(model='m', messages=[{'role': 'user', 'content': prompt}])\n",
            &["user.name -> openai.OpenAI.chat.completions.create @ prompt"],
        ),
    ];
    let mut all = Differences::default();
    for (text, expected) in cases {
        check_flows(&mut all, "app.py", text, expected);
    }
}

#[test]
fn script_flows() {
    let cases: &[(&str, &[&str])] = &[
        ("function f(user) { console.log(`hi ${user.email}`) }", &["user.contact.email -> console.log @ user.email"]),
        (
            "const { email, name: n } = req.body; console.log(email, n)",
            &["user.contact.email -> console.log @ email", "user.name -> console.log @ n"],
        ),
        ("const { name } = user; logger.info('x', { name })", &["user.name -> logger.info @ name"]),
        (
            "import * as Sentry from '@sentry/node';\nexport const f = (u: User) => { Sentry.setUser({ email: u.email, id: u.id }) }",
            &["user.contact.email -> @sentry/node.setUser @ u.email"],
        ),
        (
            "const axios = require('axios'); async function f(u) { await axios.post('https://x.io', { iban: u.iban }) }",
            &["user.financial.bank_account -> axios.post @ u.iban"],
        ),
        (
            "fetch(`/search?email=${encodeURIComponent(form.email)}`)",
            &["user.contact.email -> fetch @ form.email in url"],
        ),
        (
            "localStorage.setItem('u', JSON.stringify({ phone: user.phone }))",
            &["user.contact.phone_number -> localStorage.setItem @ user.phone"],
        ),
        ("document.cookie = 'email=' + user.email", &["user.contact.email -> document.cookie @ user.email"]),
        ("console.log(users.length, !user.email, user.email === other, typeof user.email)", &[]),
        ("res.cookie('mail', user.email)", &["user.contact.email -> res.cookie @ user.email"]),
        ("throw new Error('no such ' + user.email)", &["user.contact.email -> Error @ user.email"]),
        (
            "class A { constructor(private readonly log: Logger) {} f(user: User) { this.log.warn(user.dateOfBirth) } }\nimport { Logger } from '@nestjs/common'",
            &["user.demographic.date_of_birth -> @nestjs/common.Logger.warn @ user.dateOfBirth"],
        ),
        ("gtag('event', 'x', { email: form.value.email })", &["user.contact.email -> gtag @ form.value.email"]),
        ("console.log('email', messages.email, t('email'), EMAIL_TEMPLATE)", &[]),
        (
            "const crypto = require('crypto'); const h = crypto.createHash('sha256').update(user.email).digest('hex'); console.log(h)",
            &["user.contact.email -> console.log @ h through hash"],
        ),
    ];
    let mut all = Differences::default();
    for (text, expected) in cases {
        check_flows(&mut all, "app.ts", text, expected);
    }
}

#[test]
fn go_flows() {
    let cases: &[(&str, &[&str])] = &[
        (
            "package a\nimport \"log\"\nfunc f(u *User) { name := u.Email; log.Printf(\"x %s\", name) }\n",
            &["user.contact.email -> log.Printf @ name"],
        ),
        (
            "package a\nimport \"go.uber.org/zap\"\ntype S struct { logger *zap.Logger }\nfunc (s *S) f(c Customer) { s.logger.Info(\"x\", zap.String(\"name\", c.Name)) }\n",
            &["user.name -> go.uber.org/zap.Logger.Info @ c.Name"],
        ),
        (
            "package a\nimport \"fmt\"\nimport \"net/http\"\nfunc f(u User) { http.Get(fmt.Sprintf(\"https://x.io/?ssn=%s\", u.SSN)) }\n",
            &["user.government_id.national_identification_number -> net/http.Get @ u.SSN in url"],
        ),
        (
            "package a\nimport \"log\"\nfunc f(u User) { if u.Email == \"\" { log.Print(\"no email\", len(u.Email)) } }\n",
            &[],
        ),
        (
            "package a\nimport sentry \"github.com/getsentry/sentry-go\"\nfunc f(u User) { sentry.CaptureMessage(\"x \" + u.GetPhone()) }\n",
            &["user.contact.phone_number -> github.com/getsentry/sentry-go.CaptureMessage @ u.GetPhone()"],
        ),
        (
            "package a\nimport \"github.com/sirupsen/logrus\"\nfunc f(u User) { logrus.WithFields(logrus.Fields{\"mail\": u.Email}).Info(\"x\") }\n",
            &["user.contact.email -> github.com/sirupsen/logrus.WithFields @ u.Email"],
        ),
    ];
    let mut all = Differences::default();
    for (text, expected) in cases {
        check_flows(&mut all, "main.go", text, expected);
    }
}

#[test]
fn java_flows() {
    let cases: &[(&str, &[&str])] = &[
        (
            "import org.slf4j.*;\nclass A { private static final Logger log = LoggerFactory.getLogger(A.class);\n void f(User user) { log.info(\"x {}\", user.getEmail()); } }",
            &["user.contact.email -> org.slf4j.Logger.info @ user.getEmail()"],
        ),
        (
            "class A { void f(Patient p) { String d = p.getDiagnosis(); System.out.println(\"d \" + d); } }",
            &["user.health_and_medical -> System.out.println @ d"],
        ),
        (
            "class A { void f(HttpServletRequest request) { throw new IllegalStateException(\"mail \" + request.getParameter(\"email\")); } }",
            &["user.contact.email -> IllegalStateException @ request.getParameter(\"email\")"],
        ),
        (
            "import lombok.extern.slf4j.Slf4j; @Slf4j class A { void f(User u) { log.debug(mask(u.getPhone())); } }",
            &["user.contact.phone_number -> log.debug @ u.getPhone() through mask"],
        ),
        (
            "class A { void f(User u) { System.out.println(u.getEmail().isEmpty()); System.out.println(u.isEmailVerified()); } }",
            &[],
        ),
    ];
    let mut all = Differences::default();
    for (text, expected) in cases {
        check_flows(&mut all, "A.java", text, expected);
    }
}

#[test]
fn calls_carry_canonical_names_and_options() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "a.py",
            "import requests\ns = requests.Session()\ns.verify = False\nV = False\ns.get('https://x.io', verify=V)\n",
            &[
                "http-client requests.Session() options={verify: false}",
                "tls requests.Session.verify assigned=false",
                "http-client requests.Session.get(\"https://x.io\") options={verify: false^}",
            ],
        ),
        (
            "a.py",
            "import ssl\nssl._create_default_https_context = ssl._create_unverified_context\nctx = ssl.create_default_context()\nctx.verify_mode = ssl.CERT_NONE\n",
            &[
                "tls ssl._create_default_https_context assigned=\"ssl._create_unverified_context\"",
                "tls ssl.create_default_context() options={verify_mode: \"ssl.CERT_NONE\"}",
                "tls ssl.create_default_context.verify_mode assigned=\"ssl.CERT_NONE\"",
            ],
        ),
        (
            "a.js",
            "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'\nconst https = require('https')\nnew https.Agent({ rejectUnauthorized: false })\nprocess.env['NODE_TLS_REJECT_UNAUTHORIZED'] = 0",
            &[
                "tls process.env.NODE_TLS_REJECT_UNAUTHORIZED assigned=\"0\"",
                "tls https.Agent({rejectUnauthorized: false}) options={rejectUnauthorized: false}",
                "tls process.env.NODE_TLS_REJECT_UNAUTHORIZED assigned=0",
            ],
        ),
        (
            "a.go",
            "package a\nimport (\n\"crypto/tls\"\n\"net/http\"\n)\nfunc f() { t := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}}\n_ = t }\n",
            &[
                "tls crypto/tls.Config() options={InsecureSkipVerify: true, MinVersion: \"crypto/tls.VersionTLS10\"}",
                "tls net/http.Transport() options={TLSClientConfig: {InsecureSkipVerify: true, MinVersion: \"crypto/tls.VersionTLS10\"}}",
            ],
        ),
        (
            "A.java",
            "import javax.net.ssl.*;\nclass T implements X509TrustManager { public void checkServerTrusted(X[] c, String a) {} }",
            &["tls javax.net.ssl.X509TrustManager empty=true"],
        ),
        (
            "A.java",
            "import javax.net.ssl.*;\nclass T { void f() { HttpsURLConnection.setDefaultHostnameVerifier((h, s) -> true);\n TrustManager t = new X509TrustManager() { public void checkServerTrusted(X[] c, String a) { } }; } }",
            &[
                "tls javax.net.ssl.HttpsURLConnection.setDefaultHostnameVerifier({returns: true})",
                "tls javax.net.ssl.X509TrustManager empty=true",
                "tls javax.net.ssl.X509TrustManager()",
            ],
        ),
        (
            "A.java",
            "import javax.servlet.http.*;\nclass T { void f(HttpServletResponse r) { Cookie c = new Cookie(\"a\", \"b\"); c.setSecure(true); r.addCookie(c); } }",
            &[
                "cookie javax.servlet.http.Cookie(\"a\", \"b\") options={secure: true}",
                "cookie javax.servlet.http.HttpServletResponse.addCookie(?)",
            ],
        ),
        (
            "a.ts",
            "app.get('/', (req, res) => { res.cookie('sid', make(), { httpOnly: true, ...extra }) })",
            &["cookie res.cookie(\"sid\", ?, {httpOnly: true}) options={httpOnly: true}"],
        ),
    ];
    let mut all = Differences::default();
    for (path, text, expected) in cases {
        check_calls(&mut all, path, text, expected);
    }
}

#[test]
fn endpoints_are_found_at_the_call_and_resolved_to_the_literal() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "a.py",
            "import requests\nBASE = 'http://api.shop.io/v1'\ndef f(id):\n    requests.get(f'{BASE}/users/{id}')\n",
            &["http://api.shop.io/v1/users/ external @ f'{BASE}/users/{id}' <- 'http://api.shop.io/v1'"],
        ),
        (
            "a.py",
            "import requests\nrequests.get('http://localhost:80/x')\n",
            &["http://localhost:80/x loopback @ 'http://localhost:80/x'"],
        ),
        (
            "a.py",
            "import requests\ndef f(h):\n    requests.get('http://%s/x' % h)\n",
            &["http:// unknown @ 'http://%s/x' % h"],
        ),
        ("a.py", "import requests\nu = 'http://a.io'\nif x:\n    u = 'https://a.io'\nrequests.get(u)\n", &[]),
        (
            "a.js",
            "const u = 'http://shop.io'; axios.get(u + '/x')",
            &["http://shop.io/x external @ u + '/x' <- 'http://shop.io'"],
        ),
        (
            "a.js",
            "import axios from 'axios'; const c = axios.create({ baseURL: 'http://shop.io' })",
            &["http://shop.io external @ 'http://shop.io'"],
        ),
        (
            "a.go",
            "package a\nimport \"net/http\"\nconst u = \"http://shop.io\"\nfunc f() { http.NewRequest(\"GET\", u, nil) }\n",
            &["http://shop.io external @ u <- \"http://shop.io\""],
        ),
        (
            "A.java",
            "import java.net.URL;\nclass A { static final String U = \"http://shop.io\"; void f() { new URL(U + \"/x\").openConnection(); } }",
            &["http://shop.io/x external @ U + \"/x\" <- \"http://shop.io\""],
        ),
    ];
    let mut all = Differences::default();
    for (path, text, expected) in cases {
        check_endpoints(&mut all, path, text, expected);
    }
}

#[test]
fn deep_and_broken_sources_neither_overflow_nor_hang() {
    let deep = 100_000;
    for (path, open, close) in [("a.py", "[", "]"), ("a.js", "{a:(", ")}"), ("a.go", "(", ")"), ("A.java", "f(", ")")] {
        read(path, &format!("x = {}{}", open.repeat(deep), close.repeat(deep)));
        read(path, &open.repeat(deep));
    }
    read("a.js", &format!("x = a{}", ".b".repeat(deep)));
    read("a.js", &format!("x = 'a'{}", "+'b'".repeat(deep)));
    read("a.py", &format!("x = f{}", "()".repeat(deep)));
}

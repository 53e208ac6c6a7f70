//! Rust sources to facts, and what becomes of those that do not parse.

use crate::{
    classify::classify,
    extract::{Context, Extraction, Wanted, extract, program::tests as shared},
    fact::{Environment, FactKind},
    source::Source,
    syntax::Document,
};

fn read(text: &str) -> Extraction {
    let source = Source::memory("src/lib.rs", text.as_bytes());
    let document = Document::default();
    let kind = classify("src/lib.rs", text);
    extract(&Context {
        source: &source,
        kind,
        document: &document,
        vocabulary: shared::vocabulary(),
        wanted: Wanted::all(),
    })
}

#[test]
fn flows() {
    let cases: &[(&str, &[&str])] = &[
        (
            "fn f(user: &User) { println!(\"created {}\", user.email); }",
            &["user.contact.email -> println @ user.email"],
        ),
        ("fn f(email: &str) { println!(\"created {email}\"); }", &["user.contact.email -> println @ email"]),
        (
            "use tracing::{info, warn as alarm};\nfn f(user: User) { info!(user.email = %user.email, \"x\"); alarm!(?user.phone_number); }",
            &[
                "user.contact.email -> tracing::info @ user.email",
                "user.contact.phone_number -> tracing::warn @ user.phone_number",
            ],
        ),
        (
            "fn f(customer: &Customer) { log::debug!(target: \"a\", \"{:?}\", customer.first_name); }",
            &["user.name.first -> log::debug @ customer.first_name"],
        ),
        (
            "#[macro_use] extern crate log;\nfn f(u: User) { let e = u.email.clone(); error!(\"{e}\"); }",
            &["user.contact.email -> log::error @ e"],
        ),
        (
            "fn f(u: User) { let line = format!(\"mail {}\", u.email); info!(\"{}\", line); }",
            &["user.contact.email -> log::info @ line"],
        ),
        (
            "fn f(patient: Patient) { match patient.diagnosis { Some(d) => println!(\"{}\", d), None => {} } }",
            &["user.health_and_medical -> println @ d"],
        ),
        (
            "fn f(patient: Patient) { if let Some(d) = &patient.diagnosis { println!(\"{d}\"); } }",
            &["user.health_and_medical -> println @ d"],
        ),
        (
            "fn f(user: User) -> Result<()> { let User { email, .. } = user; println!(\"{email}\"); Ok(()) }",
            &["user.contact.email -> println @ email"],
        ),
        (
            "fn note(text: &str) { tracing::warn!(\"{}\", text); }\nfn f(p: Patient) { note(&format!(\"x {}\", p.diagnosis)); }",
            &["user.health_and_medical -> tracing::warn @ p.diagnosis"],
        ),
        (
            "async fn f(c: async_openai::Client, user: User) -> Result<()> { c.chat().create(json!({\"messages\": [{\"content\": user.ssn}]})).await?; Ok(()) }",
            &["user.government_id.national_identification_number -> async_openai::Client::chat::create @ user.ssn"],
        ),
        (
            "fn f(user: User) { reqwest::blocking::get(format!(\"https://x.io/?mail={}\", user.email)); }",
            &["user.contact.email -> reqwest::blocking::get @ user.email in url"],
        ),
        (
            "fn f(user: User) { sentry::configure_scope(|scope| { scope.set_user(Some(sentry::User { email: Some(user.email), ..Default::default() })); }); }",
            &["user.contact.email -> sentry::User @ user.email"],
        ),
        (
            "struct A; impl A { fn f(&self, user: &User) { let x = move || { println!(\"{}\", user.email) }; spawn(async move { println!(\"{}\", user.phone_number) }); } }",
            &["user.contact.email -> println @ user.email", "user.contact.phone_number -> println @ user.phone_number"],
        ),
        (
            "fn f(user: User) { tokio::select! { x = g() => { println!(\"{}\", user.email) } _ = h() => {} } }",
            &["user.contact.email -> println @ user.email"],
        ),
        (
            "fn f() { for user in users { println!(\"{}\", user.email); } }",
            &["user.contact.email -> println @ user.email"],
        ),
        (
            "fn f(user: User) { println!(\"{}\", mask(&user.email)); }",
            &["user.contact.email -> println @ user.email through mask"],
        ),
        (
            "fn f(user: &User) { println!(\"{} {} {}\", user.email.len(), user.email.is_empty(), user.email_verified); log::info!(\"{{email}} email\"); let s = concat!(\"{email}\", \"x\"); println!(\"{}\", s == user.email); }",
            &[],
        ),
        ("fn f(group: Group) { println!(\"{} {}\", group.name, file_name); }", &[]),
        ("use crate::log; fn f(user: User) { log::keep(user.email); my::info!(\"{}\", user.email); }", &[]),
    ];
    let mut all = shared::Differences::default();
    for (text, expected) in cases {
        shared::check_flows(&mut all, "src/lib.rs", text, expected);
    }
}

#[test]
fn calls() {
    let cases: &[(&str, &[&str])] = &[
        (
            "fn f() { let c = reqwest::Client::builder().timeout(d).danger_accept_invalid_certs(true).build().unwrap(); c.get(URL); }",
            &["tls reqwest::ClientBuilder::danger_accept_invalid_certs(true)", "http-client reqwest::Client::get(?)"],
        ),
        (
            "use reqwest::{self, blocking::{Client as C}};\nconst ANY: bool = true;\nfn f() -> C { C::builder()\n  .danger_accept_invalid_certs(ANY)\n  .build()? }",
            &["tls reqwest::ClientBuilder::danger_accept_invalid_certs(true^)"],
        ),
        (
            "use openssl::ssl::*;\nfn f() { let mut b = SslConnector::builder(SslMethod::tls())?; b.set_verify(SslVerifyMode::NONE); }",
            &["tls openssl::ssl::SslConnectorBuilder::set_verify(\"openssl::ssl::SslVerifyMode::NONE\")"],
        ),
        (
            "use native_tls as tls;\nfn f() { tls::TlsConnector::builder().min_protocol_version(Some(tls::Protocol::Tlsv10)); }",
            &["tls native_tls::TlsConnectorBuilder::min_protocol_version(\"native_tls::Protocol::Tlsv10\")"],
        ),
        (
            "use russh::*;\nimpl client::Handler for H { async fn check_server_key(&mut self, _key: &K) -> Result<bool, E> { Ok(true) } }",
            &["ssh russh::client::Handler returns=true"],
        ),
        // A module of this file is no crate.
        ("mod reqwest { pub fn get(_: &str) {} }\nfn f() { reqwest::get(\"http://shop.io\"); }", &[]),
        (
            "use rustls::client::danger::{ServerCertVerifier, ServerCertVerified};\nimpl ServerCertVerifier for Any { fn verify_server_cert(&self) -> R { Ok(ServerCertVerified::assertion()) } fn b(&self) { 1 } }\nimpl ServerCertVerifier for Pinned { fn verify_server_cert(&self, end: &C) -> R { if end == self.pin { Ok(ServerCertVerified::assertion()) } else { Err(E) } } }",
            &[
                "tls rustls::client::danger::ServerCertVerifier returns=\"rustls::client::danger::ServerCertVerified::assertion\"",
                "tls rustls::client::danger::ServerCertVerifier",
            ],
        ),
        (
            "fn f(b: Foreign) { b.danger_accept_invalid_certs(true); let c = cookie::Cookie::build(\"a\", x).http_only(true).secure(false).finish(); }",
            &[
                "tls Foreign::danger_accept_invalid_certs(true)",
                "cookie cookie::Cookie::build(\"a\", ?)",
                "cookie cookie::CookieBuilder::secure(false)",
            ],
        ),
        (
            "struct S { client: reqwest::Client }\nimpl S { fn f(&self) { self.client.get(\"https://shop.io/x\"); } }",
            &["http-client reqwest::Client::get(\"https://shop.io/x\")"],
        ),
    ];
    let mut all = shared::Differences::default();
    for (text, expected) in cases {
        shared::check_calls(&mut all, "src/lib.rs", text, expected);
    }
}

#[test]
fn endpoints() {
    let cases: &[(&str, &[&str])] = &[
        (
            "const BASE: &str = \"http://api.shop.io/v1\";\nasync fn f(id: u8) { reqwest::get(&format!(\"{BASE}/users/{id}\")).await; }",
            &["http://api.shop.io/v1/users/ external @ &format!(\"{BASE}/users/{id}\") <- \"http://api.shop.io/v1\""],
        ),
        (
            "fn f() { ureq::get(\"http://shop.io\").call(); ureq::get(r#\"http://a.io\"#); }",
            &["http://shop.io external @ \"http://shop.io\"", "http://a.io external @ r#\"http://a.io\"#"],
        ),
        (
            "fn f() { let u = match x { 1 => \"http://a.io\", _ => \"https://a.io\" }; reqwest::get(u); let v = if y { \"http://b.io\" } else { \"http://b.io\" }; reqwest::get(v); }",
            &["http://b.io external @ v <- \"http://b.io\""],
        ),
        (
            "fn f() { let u = std::env::var(\"U\").unwrap_or(\"http://shop.io\".to_string()); reqwest::get(u); reqwest::get(format!(\"http://{}/x\", h)); }",
            &["http:// unknown @ format!(\"http://{}/x\", h)"],
        ),
    ];
    let mut all = shared::Differences::default();
    for (text, expected) in cases {
        shared::check_endpoints(&mut all, "src/lib.rs", text, expected);
    }
}

/// `name environment @ text` of every call.
fn places(text: &str) -> Vec<String> {
    let found = read(text);
    let calls = found.facts.iter().filter(|fact| fact.kind == FactKind::Call);
    calls
        .map(|fact| {
            let test = if fact.environment == Environment::Test { " test" } else { "" };
            format!("{}{test} @ {}", fact.name, fact.span.text(text))
        })
        .collect()
}

#[test]
fn places_are_exact_and_tests_are_told() {
    let cases: &[(&str, &[&str])] = &[
        (
            "\u{feff}#!/usr/bin/env run\r\n// é\r\nfn f() {\r\n    println!(\"é\"); // x\r\n}\r\n",
            &["println @ println!(\"é\")"],
        ),
        ("#![allow(x)]\nfn r#type() { r#try::f(); dbg!(1)\n  .a(); }", &["dbg @ dbg!(1)"]),
        (
            "fn a() { println!() }\n#[cfg(test)]\nmod tests { use super::*; #[test] fn b() { println!(1) } }\n#[tokio::test]\nasync fn c() { print!() }\n#[cfg(not(test))]\nfn d() { eprint!() }",
            &["println @ println!()", "println test @ println!(1)", "print test @ print!()", "eprint @ eprint!()"],
        ),
        ("#![cfg(test)]\nfn a() { println!() }", &["println test @ println!()"]),
        // Each of these has one item that does not parse; its healthy neighbours and statements are read.
        (
            "fn a() { println!(1) }\nfn b( { }\nfn c() { println!(3) }",
            &["println @ println!(1)", "println @ println!(3)"],
        ),
        (
            "fn a() { let x = ; println!(1); let y = 2 2; println!(2) }",
            &["println @ println!(1)", "println @ println!(2)"],
        ),
        ("mod m { fn a() { println!(1) } struct ; }\n", &["println @ println!(1)"]),
        ("impl A { fn a(&self) { println!(1) } fn b( }\n\nfn c() { println!(2) }\n", &["println @ println!(2)"]),
        ("fn a() { println!(1) }\n\nconst X: &str = \"open;\n", &["println @ println!(1)"]),
        (
            "lazy_static! { static ref A: u8 = { println!(1); 1 }; }\ncfg_if::cfg_if! { if #[cfg(unix)] { fn a() { println!(2) } } else { } }",
            &["println @ println!(1)", "println @ println!(2)"],
        ),
        ("macro_rules! m { ($x:expr) => { println!($x) } }\nfn f() { quote! { println!(#x) }; }", &[]),
    ];
    let mut all = shared::Differences::default();
    for (text, expected) in cases {
        all.note("src/lib.rs", text, &places(text), expected);
    }
}

#[test]
fn what_is_not_read_is_said() {
    let deep = 20_000;
    let broken = ["fn b( { }", "struct ;", "const X: &str = \"open;\n", "fn a() { let x = ; }", "}"];
    let bottomless = [
        format!("fn f() {{ {}1{} }}", "(".repeat(deep), ")".repeat(deep)),
        format!("fn f() {{ x = {}1; }}", "!".repeat(deep)),
        format!("fn f() {{ a{}; }}", ".b()".repeat(deep)),
        format!("fn f() {{ a{}; }}", "+b".repeat(deep)),
        format!("type X = {}u8{};", "A<".repeat(deep), ">".repeat(deep)),
        format!("{}{}", "mod a {".repeat(deep), "}".repeat(deep)),
        "(".repeat(deep),
    ];
    for text in broken.into_iter().map(str::to_owned).chain(bottomless) {
        let found = read(&text);
        assert_eq!(found.notifications.len(), 1, "{}", text.get(..40).unwrap_or(&text));
    }
    let whole = ["", "fn a() {}", "#![no_std]", "// only a comment", "fn f() { x! { a b c => } }", "m! { fn }"];
    for text in whole {
        assert!(read(text).notifications.is_empty(), "{text}");
    }
}

/// The deepest that is let through must fit a thread's stack, in a build that is not optimised.
#[test]
fn what_is_let_through_fits_the_stack() {
    let cases: Vec<String> = [
        ("fn f() { x = ", "(", "1", ")", "; }", 150),
        ("fn f() { x = ", "{ (a.b(", "1", "), 2) }", "; }", 50),
        ("fn f() { x = ", "|a| { match b { C => ", "1", "} }", "; }", 70),
        ("fn f() { x = ", "m!(", "1", ")", "; }", 150),
        ("fn f() { x = ", "!", "1", "", "; }", 390),
        ("type X = ", "A<", "u8", ">", ";", 390),
        ("fn f() { let ", "Some(", "x", ")", " = y; }", 150),
        ("fn f() { x", "", "", ".b(c)", "; }", 3900),
        ("fn f() { x", "", "", " + y", "; }", 5900),
        ("fn f() { if x {}", "", "", " else if x {}", " }", 140),
        ("mod a { ", "mod a { ", "fn f() { println!() }", "}", "}", 150),
    ]
    .map(|(start, open, middle, close, end, times)| {
        format!("{start}{}{middle}{}{end}", open.repeat(times), close.repeat(times))
    })
    .to_vec();
    let run = move || {
        for text in cases {
            assert!(read(&text).notifications.is_empty(), "{}", text.get(..60).unwrap_or(&text));
        }
    };
    std::thread::Builder::new().stack_size(16 << 20).spawn(run).unwrap().join().unwrap();
}

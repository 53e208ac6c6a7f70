//! Compose files and the facts that they must give.

use crate::{
    extract::{extract, testing::extraction},
    fact::{Fact, FactKind},
    syntax::Value,
    vocabulary::Vocabulary,
};

const IMAGES: &str = "[values.images]\npostgres = \"postgresql\"\nredis = \"redis\"\n";

fn facts_of(path: &str, text: &str) -> Vec<Fact> {
    let vocabulary = Vocabulary::parse([("resources.x.toml", IMAGES)]).unwrap();
    extraction(path, text, &vocabulary, |cx, out| *out = extract(cx)).facts
}

/// `name field=value ...` for each fact of a kind.
fn lines(facts: &[Fact], kind: FactKind, fields: &[&str]) -> Vec<String> {
    let show = |fact: &Fact, field: &str| match fact.get(field).map(|node| &node.value) {
        None => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(_) => "?".to_owned(),
    };
    let facts = facts.iter().filter(|fact| fact.kind == kind);
    facts
        .map(|fact| {
            let values: Vec<String> = fields.iter().map(|field| show(fact, field)).collect();
            format!("{} {} {}", fact.name, fact.environment.word(), values.join(" "))
        })
        .collect()
}

#[test]
fn ports_are_public_unless_bound_to_the_machine() {
    for (port, expected) in [
        ("\"80:80\"", "app any public 80 80 http"),
        ("\"127.0.0.1:8080:80\"", "app any loopback 8080 80 http"),
        ("\"[::1]:8080:80\"", "app any loopback 8080 80 http"),
        ("\"0.0.0.0:5432:5432\"", "app any public 5432 5432 postgresql"),
        ("\"10.1.2.3:5432:5432\"", "app any internal 5432 5432 postgresql"),
        ("\"${PORT:-9000}:443\"", "app any public 9000 443 https"),
        ("\"${PORT}:443\"", "app any public - 443 https"),
        ("\"53:53/udp\"", "app any public 53 53 -"),
        ("3000", "app any public - 3000 -"),
        ("{ target: 80, published: 8000, host_ip: 127.0.0.1 }", "app any loopback 8000 80 http"),
        ("{ target: 80, published: \"8000\" }", "app any public 8000 80 http"),
    ] {
        let text = format!("services:\n  app:\n    build: .\n    ports:\n      - {port}\n");
        let fields = ["exposure", "port", "target", "protocol"];
        assert_eq!(lines(&facts_of("compose.yaml", &text), FactKind::Listener, &fields), [expected], "{port}");
    }
}

#[test]
fn a_proxy_says_in_its_own_configuration_what_it_speaks() {
    let text = "services:\n  web:\n    image: docker.io/library/nginx:1.27\n    ports: [\"80:80\"]\n";
    let facts = facts_of("compose.yaml", text);
    assert_eq!(lines(&facts, FactKind::Listener, &["protocol", "exposure"]), ["web any - public"]);
}

#[test]
fn stores_and_endpoints_are_read_from_images_and_settings() {
    let text = r#"
services:
  app:
    image: shop/app:1
    environment:
      DATABASE_URL: postgres://db/app?sslmode=disable
      API: http://api.shop.io/v1
      MODE: plain
    networks: [back]
  worker:
    image: shop/app:1
    environment:
      - CACHE=redis://cache:6379
      - OTHER=redis://cache.shop.io:6379
  db:
    image: postgres:17
    volumes: [data:/var/lib/postgresql]
  cache:
    image: registry.shop.io:5000/library/redis
    ports: ["6379:6379"]
"#;
    let facts = facts_of("deploy/docker-compose.prod.yml", text);
    let stores = lines(&facts, FactKind::Store, &["engine", "version", "exposure", "persistent"]);
    assert_eq!(stores, ["db production postgresql 17 private true", "cache production redis - public false"]);
    let endpoints = lines(&facts, FactKind::Endpoint, &["scheme", "host", "locality", "tls"]);
    assert_eq!(
        endpoints,
        [
            "DATABASE_URL production postgres db internal false",
            "API production http api.shop.io external false",
            "CACHE production redis cache internal false",
            "OTHER production redis cache.shop.io external false",
        ]
    );
}

#[test]
fn what_is_no_compose_file_is_left_alone() {
    for (path, text) in [
        (".github/workflows/ci.yml", "jobs: { a: { services: { db: { image: postgres } } } }"),
        ("values.yaml", "services:\n  web: http\n"),
        ("k8s.yaml", "apiVersion: v1\nkind: X\nservices: { a: { image: postgres } }"),
    ] {
        let facts = facts_of(path, text);
        let ours = facts.iter().filter(|fact| fact.text("format") == Some("compose"));
        assert_eq!(ours.count(), 0, "{path}");
    }
}

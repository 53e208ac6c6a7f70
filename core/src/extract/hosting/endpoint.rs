//! Settings files: which services their variables belong to, and which hosts they name.

use super::{
    super::{Context, Extraction},
    environment_of,
};
use crate::{
    classify::Role,
    fact::{Environment, Fact, FactKind, Strength},
    syntax::Node,
};

/// Ends of host names that providers give to databases and the like.
const MANAGED: &[&str] = &[
    ".rds.amazonaws.com",
    ".cache.amazonaws.com",
    ".docdb.amazonaws.com",
    ".redshift.amazonaws.com",
    ".es.amazonaws.com",
    ".database.azure.com",
    ".database.windows.net",
    ".redis.cache.windows.net",
    ".documents.azure.com",
    ".supabase.co",
    ".supabase.com",
    ".neon.tech",
    ".psdb.cloud",
    ".mongodb.net",
    ".upstash.io",
    ".aivencloud.com",
    ".db.ondigitalocean.com",
    ".render.com",
    ".railway.app",
    ".rlwy.net",
    ".cockroachlabs.cloud",
    ".turso.io",
    ".redislabs.com",
    ".redis-cloud.com",
    ".cloud.timescale.com",
    ".compute-1.amazonaws.com",
    ".elephantsql.com",
    ".cloudsql.google.com",
];

/// Reads facts from one source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    let Some(root) = cx.document.roots.first() else { return };
    let path = cx.source.path.as_ref();
    // An example file shows what a developer sets on the own machine.
    let environment = match environment_of(path) {
        Environment::Any if cx.kind.role == Role::Example => Environment::Development,
        named => named,
    };
    for (key, value) in root.entries() {
        let Some(name) = key.as_str() else { continue };
        let text = value.as_str().unwrap_or_default();
        if cx.wanted.has(FactKind::Service) {
            out.facts.extend(service(cx, key, name, text).map(|fact| fact.in_environment(environment)));
        }
        if cx.wanted.has(FactKind::Endpoint) {
            let found = endpoint(cx, key, value, text);
            let placed = found.map(|fact| fact.with_text("environment", key.span, environment.word()));
            out.facts.extend(placed.map(|fact| fact.in_environment(environment)));
        }
    }
}

fn service(cx: &Context<'_>, key: &Node, name: &str, text: &str) -> Option<Fact> {
    let service = cx.vocabulary.services.of_variable(name)?;
    let span = key.span;
    let fact = Fact::new(FactKind::Service, service.slug.clone(), cx.source.id, span)
        .with_text("kind", span, service.kinds.first().cloned().unwrap_or_default())
        .with("kinds", super::super::manifest::words(&service.kinds, span))
        .with_text("evidence", span, "variable")
        .with_text("variable", span, name);
    let is_set = !text.trim().is_empty() && cx.kind.role != Role::Example;
    Some(fact.of_strength(if is_set { Strength::Indirect } else { Strength::Mention }))
}

/// The endpoint that a variable names: a whole URL, or a host where the variable's name says so.
fn endpoint(cx: &Context<'_>, key: &Node, value: &Node, text: &str) -> Option<Fact> {
    let name = key.as_str()?;
    let names_host = ["_HOST", "_HOSTNAME", "_ENDPOINT", "_SERVER", "_ADDR"].iter().any(|end| name.ends_with(end))
        || name == "PGHOST";
    let (scheme, host, port) = split(text).or_else(|| names_host.then(|| bare(text)).flatten())?;
    if host.contains(['$', '{', '<', '[']) && !host.starts_with('[') {
        return None;
    }
    let span = value.span;
    let mut fact = Fact::new(FactKind::Endpoint, name, cx.source.id, span)
        .with_text("host", span, host.clone())
        .with_text("locality", span, locality(&host))
        .with_text("variable", key.span, name);
    if !scheme.is_empty() {
        fact = fact.with_text("scheme", span, scheme.clone()).with_text("url", span, without_credentials(text));
    }
    if let Some(port) = port {
        fact = fact.with_text("port", span, port);
    }
    let for_what = match scheme.split('+').next().unwrap_or_default() {
        "postgres" | "postgresql" | "mysql" | "mariadb" | "mongodb" | "sqlserver" | "jdbc" | "mssql"
        | "cockroachdb" => "database",
        "redis" | "rediss" | "memcached" | "valkey" => "cache",
        "amqp" | "amqps" | "kafka" | "nats" => "queue",
        "smtp" | "smtps" => "mail",
        "http" | "https" | "ws" | "wss" => "api",
        _ if ["DB_", "DATABASE", "PG", "MYSQL", "POSTGRES", "MONGO"].iter().any(|start| name.starts_with(start)) => {
            "database"
        }
        _ => "other",
    };
    Some(fact.with_text("purpose", span, for_what))
}

/// Scheme, host and port of a URL.
fn split(text: &str) -> Option<(String, String, Option<String>)> {
    let text = text.trim().strip_prefix("jdbc:").unwrap_or(text.trim());
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = !scheme.is_empty()
        && scheme.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '+' | '-' | '.'));
    if !is_scheme {
        return None;
    }
    let end = rest.find(['/', '?', '#', ';']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let host = authority.rsplit('@').next().unwrap_or(authority);
    // Several hosts of a cluster: the first one stands for all.
    let host = host.split(',').next().unwrap_or(host);
    let (host, port) = host_and_port(host);
    (!host.is_empty()).then(|| (scheme.to_ascii_lowercase(), host, port))
}

fn bare(text: &str) -> Option<(String, String, Option<String>)> {
    let text = text.trim();
    let is_host = !text.is_empty()
        && text.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | '_' | ':'));
    let (host, port) = host_and_port(text);
    (is_host && !host.is_empty()).then_some((String::new(), host, port))
}

fn host_and_port(text: &str) -> (String, Option<String>) {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').unwrap_or((rest, ""));
        return (host.to_ascii_lowercase(), after.strip_prefix(':').map(str::to_owned));
    }
    match text.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|sign| sign.is_ascii_digit()) && !host.contains(':') => {
            (host.to_ascii_lowercase(), Some(port.to_owned()).filter(|port| !port.is_empty()))
        }
        _ => (text.to_ascii_lowercase(), None),
    }
}

fn without_credentials(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => text.to_owned(),
    }
}

/// Where a host is: this machine, the own network, a provider's managed service, or elsewhere.
pub(in crate::extract) fn locality(host: &str) -> &'static str {
    let is_loopback = matches!(host, "localhost" | "::1" | "0.0.0.0" | "host.docker.internal")
        || host.starts_with("127.")
        || host.ends_with(".localhost")
        || host.ends_with(".local")
        || host.ends_with(".test");
    if is_loopback {
        return "loopback";
    }
    if MANAGED.iter().any(|end| host.ends_with(end)) {
        return "managed";
    }
    let octets: Vec<&str> = host.split('.').collect();
    let second = || octets.get(1).and_then(|octet| octet.parse::<u8>().ok()).unwrap_or(0);
    let is_number = octets.len() == 4 && octets.iter().all(|octet| octet.parse::<u8>().is_ok());
    let is_private = is_number
        && (host.starts_with("10.")
            || host.starts_with("192.168.")
            || (host.starts_with("172.") && (16..32).contains(&second())));
    if is_private
        || !host.contains('.')
        || host.ends_with(".internal")
        || host.ends_with(".svc")
        || host.contains(".svc.")
        || host.ends_with(".lan")
    {
        return "internal";
    }
    "external"
}

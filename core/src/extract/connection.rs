//! Connection strings and URLs in settings: where they lead, and whether TLS is used and checked.

use super::webserver::host;
use crate::{
    fact::{Fact, FactKind},
    source::SourceId,
    span::Span,
    syntax::{Node, Value},
};

/// What a connection string says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Connection {
    /// Lower case, without `jdbc:`.
    pub(super) scheme: String,
    /// Lower case; empty when the text leaves it to something else.
    pub(super) host: String,
    /// The port, when it is written.
    pub(super) port: Option<u16>,
    /// Whether TLS is used, where the text says.
    pub(super) tls: Option<bool>,
    /// Whether the other side's certificate is checked, where the text says.
    pub(super) verify: Option<bool>,
    /// The word for it in the text (`prefer`, `verify-full`).
    pub(super) mode: Option<String>,
    /// The text without user, password and parameters.
    pub(super) url: String,
}

/// Longest text that is taken for a connection string.
const LONGEST: usize = 2048;

/// Reads a text that is nothing but a URL or a connection string.
pub(super) fn read(text: &str) -> Option<Connection> {
    let text = text.trim();
    if text.len() > LONGEST || text.contains(['\n', '\r', '\t', '"', '\'']) {
        return None;
    }
    if text.contains("://") { url(text) } else { key_values(text) }
}

/// `scheme://[user[:password]@]host[:port][/path][?parameters]`, with `jdbc:` before it.
fn url(text: &str) -> Option<Connection> {
    let text = text.strip_prefix("jdbc:").unwrap_or(text);
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = !scheme.is_empty()
        && scheme.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '+' | '-' | '.'));
    if !is_scheme || rest.contains(' ') {
        return None;
    }
    let end = rest.find(['/', '?', '#', ';']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end)?;
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    // Of the hosts of a cluster, the first one stands for all.
    let address = host::read(hosts.split(',').next().unwrap_or(hosts));
    let scheme = scheme.to_ascii_lowercase();
    let path = tail.find(['?', '#', ';']).and_then(|end| tail.get(..end)).unwrap_or(tail);
    let mut found = Connection {
        tls: tls_of(&scheme),
        url: format!("{scheme}://{hosts}{path}"),
        scheme,
        host: address.host,
        port: address.port,
        ..Connection::default()
    };
    let parameters = tail.split_once(['?', ';']).map_or("", |(_, parameters)| parameters);
    for parameter in parameters.split(['&', ';', '#']) {
        if let Some((name, value)) = parameter.split_once('=') {
            found.tell(name, value);
        }
    }
    Some(found)
}

/// `Server=HOST;Encrypt=False` (ADO.NET) and `host=HOST sslmode=disable` (libpq).
fn key_values(text: &str) -> Option<Connection> {
    let separator = if text.contains(';') { ';' } else { ' ' };
    let pairs: Vec<(&str, &str)> = text.split(separator).filter_map(|part| part.trim().split_once('=')).collect();
    if pairs.len() < 2 {
        return None;
    }
    let mut found = Connection::default();
    for (name, value) in &pairs {
        match name.trim().to_ascii_lowercase().as_str() {
            "server" | "data source" | "addr" | "address" | "network address" if separator == ';' => {
                let value = value.trim().trim_start_matches("tcp:");
                let host = value.split(['\\', ',']).next().unwrap_or(value);
                found.host = host::read(host).host;
                found.scheme = "sqlserver".to_owned();
            }
            "host" | "hostaddr" => {
                found.host = host::read(value.trim()).host;
                found.scheme = "postgresql".to_owned();
            }
            "port" => found.port = value.trim().parse().ok(),
            _ => {}
        }
    }
    if found.host.is_empty() {
        return None;
    }
    pairs.iter().for_each(|(name, value)| found.tell(name.trim(), value.trim()));
    found.url = format!("{}://{}", found.scheme, found.host);
    Some(found)
}

/// Whether a scheme means TLS; `None` where the protocol may still agree on it.
fn tls_of(scheme: &str) -> Option<bool> {
    let last = scheme.rsplit('+').next().unwrap_or(scheme);
    match (scheme, last) {
        ("mongodb+srv", _) => Some(true),
        (
            _,
            "https" | "wss" | "ftps" | "ldaps" | "mqtts" | "amqps" | "rediss" | "valkeys" | "smtps" | "grpcs" | "ssl",
        ) => Some(true),
        (_, "http" | "ws" | "ftp" | "mqtt" | "amqp" | "redis" | "valkey" | "telnet") => Some(false),
        _ => None,
    }
}

impl Connection {
    /// Takes in one parameter.
    pub(super) fn tell(&mut self, name: &str, value: &str) {
        let name: String =
            name.chars().filter(|sign| sign.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase();
        let value = value.trim().to_ascii_lowercase();
        let flag = match value.as_str() {
            "true" | "yes" | "on" | "1" | "required" | "require" | "strict" | "mandatory" => Some(true),
            "false" | "no" | "off" | "0" | "disabled" | "disable" | "optional" => Some(false),
            _ => None,
        };
        match name.as_str() {
            "sslmode" | "pgsslmode" => self.mode(&value),
            "ssl" | "tls" | "usessl" | "encrypt" if matches!(value.as_str(), "skip-verify" | "no-verify") => {
                (self.tls, self.verify) = (Some(true), Some(false));
            }
            "ssl" | "tls" | "usessl" | "encrypt" | "requiressl" => self.tls = flag.or(self.tls),
            "verifyservercertificate" | "sslverify" if flag.is_some() => self.verify = flag,
            "trustservercertificate"
            | "tlsinsecure"
            | "tlsallowinvalidcertificates"
            | "tlsallowinvalidhostnames"
            | "sslallowinvalidcertificates"
            | "sslallowinvalidhostnames"
                if flag.is_some() =>
            {
                self.verify = flag.map(|trusts| !trusts);
            }
            "sslcertreqs" => {
                let none = matches!(value.as_str(), "none" | "cert_none");
                self.verify = Some(!none);
            }
            "sslfactory" if value.ends_with("nonvalidatingfactory") => self.verify = Some(false),
            _ => {}
        }
    }

    /// PostgreSQL's and MySQL's words, with their different separators.
    fn mode(&mut self, value: &str) {
        let word = value.replace('_', "-");
        (self.tls, self.verify) = match word.as_str() {
            "disable" | "disabled" | "allow" => (Some(false), self.verify),
            "require" | "required" => (Some(true), Some(false)),
            "no-verify" => (Some(true), Some(false)),
            "verify-ca" | "verify-full" | "verify-identity" => (Some(true), Some(true)),
            _ => (self.tls, self.verify),
        };
        self.mode = Some(word);
    }

    /// Who the host is; `services` are names of the same project.
    pub(super) fn locality(&self, services: &[&str]) -> &'static str {
        if services.contains(&self.host.as_str()) { "internal" } else { host::locality(&self.host) }
    }
}

/// The endpoint that a setting names, when its value is a URL or connection string. `services` are the names that the
/// same project gives to its own parts.
pub(super) fn endpoint(name: &str, text: &str, source: SourceId, span: Span, services: &[&str]) -> Option<Fact> {
    let found = read(text)?;
    let unknown = |what: &str| Node::new(span, Value::Unknown(what.to_owned()));
    let locality = found.locality(services);
    let mut fact = Fact::new(FactKind::Endpoint, name, source, span).with_text("variable", span, name).with_text(
        "scheme",
        span,
        found.scheme.clone(),
    );
    fact = match locality {
        "unknown" => fact.with("host", unknown("host")).with("locality", unknown("host")),
        known => fact.with_text("host", span, found.host.clone()).with_text("locality", span, known).with_text(
            "url",
            span,
            found.url.clone(),
        ),
    };
    if let Some(port) = found.port {
        fact = fact.with("port", Node::new(span, Value::Number(f64::from(port))));
    }
    for (key, flag) in [("tls", found.tls), ("verify", found.verify)] {
        if let Some(flag) = flag {
            fact = fact.with(key, Node::new(span, Value::Bool(flag)));
        }
    }
    if let Some(mode) = found.mode {
        fact = fact.with_text("tls.mode", span, mode);
    }
    Some(fact.with_text("purpose", span, purpose(&found.scheme)))
}

/// What a scheme is used for.
fn purpose(scheme: &str) -> &'static str {
    match scheme.split('+').next().unwrap_or_default() {
        "postgres" | "postgresql" | "mysql" | "mysql2" | "mariadb" | "mongodb" | "sqlserver" | "mssql" | "oracle"
        | "cockroachdb" | "clickhouse" => "database",
        "redis" | "rediss" | "valkey" | "valkeys" | "memcached" => "cache",
        "amqp" | "amqps" | "kafka" | "nats" | "mqtt" | "mqtts" => "queue",
        "smtp" | "smtps" => "mail",
        "http" | "https" | "ws" | "wss" | "grpc" | "grpcs" => "api",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scheme host port tls verify`, with `-` for what is not said.
    fn show(text: &str) -> String {
        let Some(found) = read(text) else { return "none".to_owned() };
        let flag = |flag: Option<bool>| flag.map_or("-".to_owned(), |flag| flag.to_string());
        let port = found.port.map_or("-".to_owned(), |port| port.to_string());
        format!("{} {} {port} {} {}", found.scheme, found.host, flag(found.tls), flag(found.verify))
    }

    #[test]
    fn connection_strings_say_host_and_tls() {
        let with_user = |rest: &str| format!("postgres://me:{}@{rest}", "x".repeat(8));
        for (text, expected) in [
            ("https://api.shop.io/v1?a=b", "https api.shop.io - true -"),
            ("http://localhost:3000", "http localhost 3000 false -"),
            (with_user("db:5432/app?sslmode=disable").as_str(), "postgres db 5432 false -"),
            (with_user("db/app?sslmode=require").as_str(), "postgres db - true false"),
            (with_user("db/app?sslmode=verify-full").as_str(), "postgres db - true true"),
            (with_user("db/app?sslmode=prefer").as_str(), "postgres db - - -"),
            ("jdbc:postgresql://h/x?ssl=true&sslmode=verify-ca", "postgresql h - true true"),
            ("jdbc:mysql://h:3306/x?useSSL=false", "mysql h 3306 false -"),
            ("mysql://h/x?ssl-mode=VERIFY_IDENTITY", "mysql h - true true"),
            ("jdbc:sqlserver://h:1433;encrypt=true;trustServerCertificate=true", "sqlserver h 1433 true false"),
            ("Server=tcp:h.net,1433;Database=x;Encrypt=False;", "sqlserver h.net - false -"),
            ("host=db.shop.io port=5432 sslmode=disable", "postgresql db.shop.io 5432 false -"),
            ("mongodb+srv://c.mongodb.net/x", "mongodb+srv c.mongodb.net - true -"),
            ("mongodb://a:1,b:2/x?tls=true&tlsAllowInvalidCertificates=true", "mongodb a 1 true false"),
            ("rediss://cache:6380/0?ssl_cert_reqs=none", "rediss cache 6380 true false"),
            ("amqp://rabbit", "amqp rabbit - false -"),
            ("see https://shop.io for help", "none"),
            ("a=b", "none"),
            ("plain words", "none"),
        ] {
            assert_eq!(show(text), expected, "{text}");
        }
    }

    #[test]
    fn credentials_and_parameters_do_not_reach_the_fact() {
        let password = "p".repeat(12);
        let text = format!("postgres://user:{password}@db.shop.io/app?sslmode=disable&password={password}");
        let fact = endpoint("DATABASE_URL", &text, SourceId(0), Span::new(0, 1), &[]).unwrap();
        assert!(!format!("{fact:?}").contains(&password));
        assert_eq!(fact.text("url"), Some("postgres://db.shop.io/app"));
        assert_eq!(fact.text("locality"), Some("external"));
    }

    #[test]
    fn hosts_of_the_same_project_are_internal_and_variables_unknown() {
        let locality = |text: &str| {
            let fact = endpoint("X", text, SourceId(0), Span::new(0, 1), &["db.main"]).unwrap();
            fact.text("locality").map_or("unknown".to_owned(), str::to_owned)
        };
        assert_eq!(locality("postgres://db.main/x"), "internal");
        assert_eq!(locality("postgres://db/x"), "internal");
        assert_eq!(locality("postgres://${DB_HOST}/x"), "unknown");
        assert_eq!(locality("redis://127.0.0.1"), "loopback");
    }
}

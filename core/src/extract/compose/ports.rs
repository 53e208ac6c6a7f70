//! Published ports: who can reach them, and what is spoken there where that is well known.

use crate::{
    extract::{image, webserver::host},
    span::Span,
    syntax::{Node, Value},
};

/// A port that a service publishes on the machine.
#[derive(Clone, Debug)]
pub(super) struct Port {
    /// Where it is written.
    pub(super) span: Span,
    /// Port on the machine, when one is given.
    pub(super) published: Option<u16>,
    /// Port of the container.
    pub(super) target: Option<u16>,
    /// `public` or `loopback`.
    pub(super) exposure: &'static str,
    udp: bool,
}

/// The ports of a service.
pub(super) fn published(service: &Node) -> Vec<Port> {
    if service.get("network_mode").and_then(Node::as_str) == Some("host") {
        return Vec::new();
    }
    service.get("ports").map(Node::elements).unwrap_or_default().iter().filter_map(port).collect()
}

fn port(node: &Node) -> Option<Port> {
    match &node.value {
        Value::Map(_) => long(node),
        Value::Number(number) => Some(Port {
            span: node.span,
            published: None,
            target: Some(*number as u16).filter(|port| f64::from(*port) == *number),
            exposure: "public",
            udp: false,
        }),
        Value::String(text) => short(text, node.span),
        _ => None,
    }
}

fn long(node: &Node) -> Option<Port> {
    let number = |key: &str| node.get(key).and_then(Node::as_number).map(|number| number as u16);
    let address = node.get("host_ip").and_then(Node::as_str).unwrap_or_default();
    Some(Port {
        span: node.span,
        published: number("published"),
        target: Some(number("target")?),
        exposure: exposure(address),
        udp: node.get("protocol").and_then(Node::as_str) == Some("udp"),
    })
}

/// `[ADDRESS:][PUBLISHED:]TARGET[/udp]`; ports may be ranges, of which the first one counts, or variables with a
/// default (`${PORT:-8080}`).
fn short(text: &str, span: Span) -> Option<Port> {
    let text = defaults(text);
    let (text, udp) = match text.split_once('/') {
        Some((ports, protocol)) => (ports.to_owned(), protocol == "udp"),
        None => (text, false),
    };
    let (rest, target) = text.rsplit_once(':').unwrap_or(("", text.as_str()));
    let (address, published) = match rest.rsplit_once(':') {
        Some((address, published)) => (address.trim_matches(['[', ']']), published),
        None => ("", rest),
    };
    let number = |text: &str| text.split('-').next().and_then(|first| first.trim().parse().ok());
    let target = number(target);
    // Neither side is a number: this is no port that anything can be said about.
    if target.is_none() && number(published).is_none() {
        return None;
    }
    Some(Port { span, published: number(published), target, exposure: exposure(address), udp })
}

/// Variables with a default become the default.
fn defaults(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inside, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        let default = inside.split_once(":-").or_else(|| inside.split_once('-'));
        out.push_str(default.map_or("?", |(_, default)| default));
        rest = tail;
    }
    out + rest
}

fn exposure(address: &str) -> &'static str {
    match host::locality(address) {
        "loopback" if address != "0.0.0.0" && address != "::" => "loopback",
        "private" => "internal",
        _ => "public",
    }
}

/// Programs that end TLS or redirect as their own configuration says: a port alone tells nothing about them.
const PROXIES: &[&str] = &[
    "nginx",
    "httpd",
    "apache",
    "caddy",
    "traefik",
    "haproxy",
    "envoy",
    "kong",
    "nginx-proxy",
    "nginx-unprivileged",
    "swag",
    "nginx-proxy-manager",
    "openresty",
    "apisix",
];

impl Port {
    /// What is spoken on the port, where the port of the container tells.
    pub(super) fn protocol(&self, service: &Node) -> Option<&'static str> {
        let (name, _) = image::text(service.get("image")).map(|(text, _)| image::split(text)).unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or_default();
        if self.udp || (PROXIES.contains(&name) && matches!(self.target, Some(80 | 443 | 8080 | 8443))) {
            return None;
        }
        Some(match self.target? {
            80 | 8080 => "http",
            443 | 8443 => "https",
            5432 => "postgresql",
            3306 => "mysql",
            6379 => "redis",
            27017 => "mongodb",
            1433 => "sqlserver",
            9200 => "http",
            5672 => "amqp",
            1883 => "mqtt",
            11211 => "memcached",
            _ => return None,
        })
    }
}

//! What nginx passes requests to.

use super::{
    File,
    tree::{Chain, Directive, Setting, Topic, directives},
};
use crate::{
    extract::webserver::{MAX_FACTS, host, with},
    fact::{Fact, FactKind},
    syntax::{Node, Value},
};

/// Directives that pass a request on, and the scheme of an address without one.
const PASSES: &[(&str, &str)] = &[
    ("proxy_pass", "http"),
    ("grpc_pass", "grpc"),
    ("uwsgi_pass", "uwsgi"),
    ("fastcgi_pass", "fastcgi"),
    ("scgi_pass", "scgi"),
];

/// Deepest blocks that are looked into.
const MAX_DEPTH: usize = 16;

impl<'a> File<'a, '_> {
    /// Endpoints of a server or location and of all blocks inside.
    pub(super) fn passes(&mut self, chain: &Chain<'a>, in_stream: bool) {
        self.passes_within(chain, in_stream, 0);
    }

    fn passes_within(&mut self, chain: &Chain<'a>, in_stream: bool, depth: usize) {
        for directive in directives(chain.inner()) {
            if self.facts.len() >= MAX_FACTS {
                self.is_whole = false;
                return;
            }
            if let Some((_, scheme)) = PASSES.iter().find(|(name, _)| *name == directive.name) {
                let fact = self.endpoint(directive, chain, if in_stream { "tcp" } else { scheme });
                self.facts.extend(fact);
            } else if depth < MAX_DEPTH && matches!(directive.name, "location" | "if" | "limit_except") {
                self.passes_within(&chain.with(directive.block), in_stream, depth + 1);
            }
        }
    }

    fn endpoint(&self, directive: Directive<'a>, chain: &Chain<'a>, scheme: &str) -> Option<Fact> {
        let target = directive.arguments.first()?;
        let span = target.span;
        let text = without_user(&resolved(directive.written(0)?, chain));
        let parts = text.split_once("://").filter(|(scheme, _)| *scheme != "unix");
        let (scheme, rest) = parts.unwrap_or((scheme, &text));
        let scheme = scheme.to_ascii_lowercase();
        let is_variable = scheme.contains(['$', '{', '<']);
        let authority = authority_of(rest);
        let (address, locality, upstream) = self.place(authority);
        let by_tls = chain.find("proxy_ssl", Topic::Pass);
        let is_tls = match scheme.as_str() {
            "https" | "grpcs" | "suwsgi" => Some(true),
            _ if is_variable => None,
            "tcp" => match by_tls {
                Setting::Found(found) => found.arguments.first().and_then(Node::as_bool),
                Setting::Unknown(_) => None,
                Setting::Absent => Some(false),
            },
            _ => Some(false),
        };
        let unknown = |what: &str| Node::new(span, Value::Unknown(what.to_owned()));
        let mut fact = Fact::new(FactKind::Endpoint, text.as_str(), self.source.id, directive.node.span)
            .with("url", if target.is_unknown() { target.clone() } else { Node::string(span, text.as_str()) })
            .with("scheme", if is_variable { unknown("scheme") } else { Node::string(span, scheme.as_str()) })
            .with("locality", if locality == "unknown" { unknown("host") } else { Node::string(span, locality) })
            .with("tls", Node::new(span, is_tls.map_or(Value::Unknown("scheme".to_owned()), Value::Bool)))
            .with_text("product", span, "nginx")
            .with_text("directive", span, directive.name);
        if !address.host.is_empty() && locality != "unknown" {
            fact = fact.with_text("host", span, address.host.as_str());
        }
        fact = with(fact, "port", address.port.map(|port| Node::new(span, Value::Number(f64::from(port)))));
        fact = with(fact, "upstream", upstream.map(|name| Node::string(span, name)));
        Some(if is_tls == Some(true) { verification(fact, directive, chain) } else { fact })
    }

    /// The address that an authority means; an upstream is as far as the farthest of its servers.
    fn place(&self, authority: &str) -> (host::Address, &'static str, Option<String>) {
        let of = |text: &str| {
            let address = host::read(text);
            let locality = if address.is_socket { "loopback" } else { host::locality(&address.host) };
            (address, locality)
        };
        let name = authority.split_once(':').map_or(authority, |(name, _)| name);
        let servers = self.upstreams.get(authority).or_else(|| self.upstreams.get(name));
        let Some(servers) = servers else {
            let (address, locality) = of(authority);
            return (address, locality, None);
        };
        let written = servers.iter().map(|server| match &server.value {
            Value::String(text) | Value::Unknown(text) => text.as_str(),
            _ => "",
        });
        let all: Vec<_> = written.map(of).collect();
        let farthest = host::farthest(all.iter().map(|(_, locality)| *locality)).unwrap_or("unknown");
        let found = all.into_iter().find(|(_, locality)| *locality == farthest);
        let (address, locality) = found.unwrap_or((host::Address::default(), "unknown"));
        (address, locality, Some(authority.to_owned()))
    }
}

/// A target whose variable at the start is set once, to text, in the blocks around.
fn resolved(target: &str, chain: &Chain<'_>) -> String {
    let Some((before, rest)) = target.split_once('$') else { return target.to_owned() };
    if !(before.is_empty() || before.ends_with("://")) {
        return target.to_owned();
    }
    let name: &str = rest.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next().unwrap_or("");
    match chain.variable(name).filter(|value| !value.contains('$')) {
        Some(value) => format!("{before}{value}{}", rest.strip_prefix(name).unwrap_or_default()),
        None => target.to_owned(),
    }
}

/// The same address without a name and password in it.
fn without_user(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    match authority_of(rest).rsplit_once('@') {
        Some((user, _)) => format!("{scheme}://{}", rest.get(user.len() + 1..).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Host and port: what stands before the path. A socket's path ends at a second colon.
fn authority_of(rest: &str) -> &str {
    if rest.starts_with("unix:") {
        return rest;
    }
    rest.find(['/', '?']).and_then(|end| rest.get(..end)).unwrap_or(rest)
}

/// Whether the other side's certificate is checked, when that is written.
fn verification(fact: Fact, directive: Directive<'_>, chain: &Chain<'_>) -> Fact {
    let family = directive.name.strip_suffix("_pass").unwrap_or("proxy");
    match chain.find(&format!("{family}_ssl_verify"), Topic::Pass) {
        Setting::Found(found) => {
            let flag = found.arguments.first().and_then(Node::as_bool);
            let value = flag.map_or(Value::Unknown("verify".to_owned()), Value::Bool);
            fact.with("verify", Node::new(found.node.span, value))
        }
        Setting::Unknown(span) => fact.with("verify", Node::new(span, Value::Unknown("include".to_owned()))),
        Setting::Absent => fact,
    }
}

//! nginx: servers, their answers, and what they pass requests to.
//!
//! Sources of the facts: the reference of each directive at nginx.org, read 2026-11.

mod answer;
mod header;
mod pass;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;

use self::tree::{Chain, Directive, Setting, Topic, directives};
use super::{Answer, MAX_FACTS, host, with, with_versions};
use crate::{
    fact::{Fact, FactKind},
    source::Source,
    span::Span,
    syntax::{Node, Value},
};

/// Most ports of one server that are told apart.
const MAX_PORTS: usize = 64;

/// Reads all facts of one configuration file. False when there was more than is kept.
pub(super) fn read(source: &Source, root: &[Node], facts: &mut Vec<Fact>) -> bool {
    let mut file = File { source, upstreams: BTreeMap::new(), facts, is_whole: true };
    let by_path = ["stream", "streams", "tcp"];
    let in_stream = source
        .path
        .rsplit('/')
        .skip(1)
        .any(|folder| by_path.iter().any(|word| folder.split(['.', '-', '_']).next() == Some(word)));
    file.find_upstreams(root, 0);
    // Files in `conf.d` and `sites-enabled` hold what `http` would hold.
    file.level(&Chain::new(root), in_stream);
    file.is_whole
}

struct File<'a, 'f> {
    source: &'a Source,
    upstreams: BTreeMap<&'a str, Vec<&'a Node>>,
    facts: &'f mut Vec<Fact>,
    is_whole: bool,
}

impl<'a> File<'a, '_> {
    fn find_upstreams(&mut self, list: &'a [Node], depth: usize) {
        for directive in directives(list) {
            match (directive.name, directive.arguments.first().and_then(Node::as_str)) {
                ("upstream", Some(name)) => {
                    let servers = directives(directive.block).filter(|inner| inner.name == "server");
                    let addresses = servers.filter_map(|server| server.arguments.first());
                    self.upstreams.entry(name).or_default().extend(addresses);
                }
                ("http" | "stream", _) if depth == 0 => self.find_upstreams(directive.block, 1),
                _ => {}
            }
        }
    }

    /// Directives of `http`, of `stream`, or of a file that one of them includes.
    fn level(&mut self, chain: &Chain<'a>, in_stream: bool) {
        for directive in directives(chain.inner()) {
            if self.facts.len() >= MAX_FACTS {
                self.is_whole = false;
                return;
            }
            match directive.name {
                "http" => self.level(&chain.with(directive.block), false),
                "stream" => self.level(&chain.with(directive.block), true),
                "server" if directive.has_block => {
                    let server = chain.with(directive.block);
                    self.server(directive, &server, in_stream);
                    self.passes(&server, in_stream);
                }
                "location" => self.passes(&chain.with(directive.block), in_stream),
                _ => {}
            }
        }
    }

    fn server(&mut self, server: Directive<'a>, chain: &Chain<'a>, in_stream: bool) {
        let mut groups: Vec<Listen<'a>> = Vec::new();
        let all = directives(server.block).filter(|directive| directive.name == "listen");
        for listen in all.map(Listen::read) {
            let is_full = groups.len() >= MAX_PORTS;
            // One port of one server is one listener, over IPv4 and IPv6.
            match groups.iter_mut().find(|other| other.is_like(&listen)) {
                Some(other) => other.addresses.extend(listen.addresses),
                None if is_full => self.is_whole = false,
                None => groups.push(listen),
            }
        }
        if groups.is_empty() && !in_stream {
            groups.extend(Listen::implied(server));
        }
        for listen in groups {
            let fact = self.listener(&listen, server, chain, in_stream);
            self.facts.push(fact);
        }
    }

    fn listener(&self, listen: &Listen<'a>, server: Directive<'a>, chain: &Chain<'a>, in_stream: bool) -> Fact {
        let names = server_names(server);
        let name = names.iter().filter_map(Node::as_str).find(|name| !matches!(*name, "_" | ""));
        let is_tls = if listen.is_tls == Some(false) { old_ssl(chain, listen.port()) } else { listen.is_tls };
        let protocol = match (in_stream, is_tls) {
            (true, _) => Value::String("tcp".to_owned()),
            (_, Some(true)) => Value::String("https".to_owned()),
            (_, Some(false)) => Value::String("http".to_owned()),
            (_, None) => Value::Unknown("ssl".to_owned()),
        };
        let mut fact = Fact::new(FactKind::Listener, name.unwrap_or("server"), self.source.id, listen.span)
            .with_text("product", listen.span, "nginx")
            .with("protocol", Node::new(listen.span, protocol))
            .with("port", listen.port.clone())
            .with("exposure", exposure(listen, &names, server, chain));
        let addresses = listen.addresses.iter().map(|address| Node::string(*address, address.text(&self.source.text)));
        fact = fact.with("addresses", Node::new(listen.span, Value::List(addresses.collect())));
        if let Some(span) = names.iter().map(|name| name.span).reduce(Span::cover) {
            fact = fact.with("server-names", Node::new(span, Value::List(names.clone())));
        }
        if in_stream {
            return fact.with("tls", Node::new(listen.span, is_tls.map_or(Value::Unknown(String::new()), Value::Bool)));
        }
        let found = answer::of_server(server, chain, listen, &names, self.source);
        fact = with(fact, "status", found.status);
        if is_tls == Some(false) {
            return with(fact, "redirects-to", found.answer.node());
        }
        // HSTS and versions mean nothing where nothing is encrypted.
        if is_tls == Some(true) && !matches!(found.answer, Answer::Refuses(_)) {
            fact = header::add(fact, server, chain, self.source);
        }
        tls(fact, chain)
    }
}

/// `ssl on`, which nginx knew before 1.25.1. An include may hold it, but nobody does that to a port for plain http.
fn old_ssl(chain: &Chain<'_>, port: Option<f64>) -> Option<bool> {
    match chain.find("ssl", Topic::Tls) {
        Setting::Found(directive) => directive.arguments.first().and_then(Node::as_bool),
        Setting::Unknown(_) if port.is_some_and(|port| matches!(port as u32 % 1000, 443)) => None,
        _ => Some(false),
    }
}

fn tls(fact: Fact, chain: &Chain<'_>) -> Fact {
    let mut fact = match chain.find("ssl_protocols", Topic::Tls) {
        Setting::Found(found) => with_versions(fact, found.place(), found.arguments.to_vec()),
        Setting::Unknown(span) => {
            fact.with("tls.protocols", unresolved(span)).with("tls.min-version", unresolved(span))
        }
        Setting::Absent => fact,
    };
    for (directive, field) in [("ssl_ciphers", "tls.ciphers"), ("ssl_prefer_server_ciphers", "tls.prefer-server")] {
        fact = match chain.find(directive, Topic::Tls) {
            Setting::Found(found) => with(fact, field, found.arguments.first().cloned()),
            Setting::Unknown(span) => fact.with(field, unresolved(span)),
            Setting::Absent => fact,
        };
    }
    fact
}

fn unresolved(span: Span) -> Node {
    Node::new(span, Value::Unknown("include".to_owned()))
}

fn server_names(server: Directive<'_>) -> Vec<Node> {
    let all = directives(server.block).filter(|directive| directive.name == "server_name");
    all.flat_map(|directive| directive.arguments.iter().cloned()).collect()
}

/// Who can reach a listener, as far as this file tells.
fn exposure(listen: &Listen<'_>, names: &[Node], server: Directive<'_>, chain: &Chain<'_>) -> Node {
    let unknown = |what: &str| Node::new(listen.span, Value::Unknown(what.to_owned()));
    let Some(address) = &listen.address else { return unknown("address") };
    let bound = host::exposure(address);
    if bound != "public" {
        return Node::string(listen.span, bound);
    }
    if listen.is_conditional || server.is_conditional {
        return unknown("conditional");
    }
    // Something stands in front and may well end TLS there.
    if listen.is_behind_proxy || chain.mentions_proxy_in_front() {
        return unknown("behind a proxy");
    }
    let is_near = |name: &Node| {
        name.as_str().is_some_and(|name| {
            !matches!(name, "_" | "") && matches!(host::locality(name), "loopback" | "internal" | "private")
        })
    };
    let near = !names.is_empty() && names.iter().all(is_near);
    Node::string(listen.span, if near { "internal" } else { "public" })
}

/// The `listen` lines of one server that mean the same port.
pub(super) struct Listen<'a> {
    span: Span,
    port: Node,
    address: Option<host::Address>,
    addresses: Vec<Span>,
    is_tls: Option<bool>,
    is_behind_proxy: bool,
    is_conditional: bool,
    parameters: &'a [Node],
}

impl<'a> Listen<'a> {
    fn read(directive: Directive<'a>) -> Self {
        let (first, parameters) = directive.arguments.split_first().map_or((None, &[][..]), |(a, b)| (Some(a), b));
        let text = first.and_then(Node::as_str);
        let address = text.map(host::read);
        let place = first.map_or(directive.node.span, |node| node.span);
        let port = match &address {
            Some(address) if address.is_socket => Value::Null,
            Some(address) => Value::Number(f64::from(address.port.unwrap_or(80))),
            None => known_port(first).map_or(Value::Unknown("port".to_owned()), Value::Number),
        };
        let has = |word: &str| parameters.iter().any(|parameter| parameter.as_str() == Some(word));
        let is_tls = if has("ssl") || has("quic") {
            Some(true)
        } else if parameters.iter().any(Node::is_unknown) {
            None
        } else {
            Some(false)
        };
        Self {
            span: directive.node.span,
            port: Node::new(place, port),
            address,
            addresses: vec![place],
            is_tls,
            is_behind_proxy: has("proxy_protocol"),
            is_conditional: directive.is_conditional,
            parameters,
        }
    }

    /// No `listen` at all: `*:80`.
    fn implied(server: Directive<'a>) -> Option<Self> {
        let place = server.node.get("name")?.span;
        let hidden = tree::includes(server.block, Topic::Answer).is_some();
        Some(Self {
            span: place,
            port: Node::new(place, if hidden { Value::Unknown("include".to_owned()) } else { Value::Number(80.0) }),
            address: (!hidden).then(host::Address::default),
            addresses: Vec::new(),
            is_tls: (!hidden).then_some(false),
            is_behind_proxy: false,
            is_conditional: false,
            parameters: &[],
        })
    }

    fn is_like(&self, other: &Self) -> bool {
        let exposure = |listen: &Self| listen.address.as_ref().map(host::exposure);
        self.port.value == other.port.value
            && self.is_tls == other.is_tls
            && exposure(self) == exposure(other)
            && self.is_conditional == other.is_conditional
            && matches!(self.port.value, Value::Number(_))
    }

    /// The port, when it is known.
    pub(super) fn port(&self) -> Option<f64> {
        self.port.as_number()
    }

    /// True for the server that answers names no other server has.
    fn is_default(&self) -> bool {
        self.parameters.iter().any(|parameter| matches!(parameter.as_str(), Some("default_server" | "default")))
    }
}

/// The port of `{{ address }}:443`, whatever the address.
fn known_port(node: Option<&Node>) -> Option<f64> {
    let Value::Unknown(text) = &node?.value else { return None };
    let (_, port) = text.rsplit_once(':')?;
    port.parse::<u16>().ok().map(f64::from)
}

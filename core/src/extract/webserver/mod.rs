//! Web servers and proxies: who listens where, what is answered there, and what is called behind.

pub(super) mod host;
mod nginx;

use super::{Context, Extraction};
use crate::{
    classify::{Format, Role},
    error::{Notification, NotificationId},
    fact::{Environment, Fact, FactKind},
    span::Span,
    syntax::{Node, Value},
};

/// Reads facts from one source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    if !cx.wanted.any(&[FactKind::Listener, FactKind::Endpoint]) {
        return;
    }
    let (mut facts, mut is_whole) = (Vec::new(), true);
    for root in &cx.document.roots {
        if cx.kind.format == Format::Nginx {
            is_whole &= nginx::read(cx.source, root.elements(), &mut facts);
        }
    }
    if !is_whole {
        let message = "more servers, ports or locations than are kept for one file; the rest was not looked at";
        out.notifications.push(Notification::new(&*cx.source.path, NotificationId::Limit, message));
    }
    let environment = environment_of(&cx.source.path, cx.kind.role);
    facts.retain(|fact| cx.wanted.has(fact.kind));
    out.facts.extend(facts.into_iter().map(|fact| fact.in_environment(environment)));
}

/// Most facts of one source; a configuration with more is no one's.
const MAX_FACTS: usize = 20_000;

/// The environment that a path speaks for.
fn environment_of(path: &str, role: Role) -> Environment {
    if matches!(role, Role::Test | Role::Example) {
        return Environment::Test;
    }
    path.rsplit('/').find_map(Environment::of_word).unwrap_or_default()
}

/// What a listener gives to requests that are not encrypted and do not ask for a certificate challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Sends them to https, or refuses them.
    Https(Span),
    /// Refuses every one.
    Refuses(Span),
    /// Sends them to http.
    Http(Span),
    /// Answers them.
    Content,
    /// Only running, or a file that is not at hand, could tell.
    Unknown(Span),
}

impl Answer {
    /// The field `redirects-to`, when there is something to say.
    fn node(self) -> Option<Node> {
        match self {
            Self::Https(span) | Self::Refuses(span) => Some(Node::string(span, "https")),
            Self::Http(span) => Some(Node::string(span, "http")),
            Self::Unknown(span) => Some(Node::new(span, Value::Unknown("not resolved".to_owned()))),
            Self::Content => None,
        }
    }
}

/// What a server says about secure transport in its answers.
#[derive(Clone, Debug)]
struct Hsts {
    max_age: Node,
    subdomains: Option<Node>,
    preload: Option<Node>,
}

impl Hsts {
    /// Reads the header's value; its parts that are variables make the age unknown.
    fn read(value: &Node) -> Self {
        let Some(text) = value.as_str().filter(|text| !text.contains('$') && !text.contains('%')) else {
            return Self::unknown(value.span, "the header's value");
        };
        let lower = text.to_ascii_lowercase();
        let parts: Vec<_> = lower.split([';', ',']).map(str::trim).collect();
        let age = parts.iter().find_map(|part| part.strip_prefix("max-age")?.trim_start().strip_prefix('='));
        let age = age.and_then(|age| age.trim().trim_matches('"').parse().ok());
        let flag = |name: &str| parts.contains(&name).then(|| Node::new(value.span, Value::Bool(true)));
        Self {
            // A header without an age is ignored by browsers, as if it said zero.
            max_age: Node::new(value.span, Value::Number(age.unwrap_or(0.0))),
            subdomains: flag("includesubdomains"),
            preload: flag("preload"),
        }
    }

    fn unknown(span: Span, what: &str) -> Self {
        let max_age = Node::new(span, Value::Unknown(what.to_owned()));
        Self { max_age, subdomains: None, preload: None }
    }

    fn add_to(self, fact: Fact) -> Fact {
        let fact = fact.with("hsts.max-age", self.max_age);
        let fact = with(fact, "hsts.include-subdomains", self.subdomains);
        with(fact, "hsts.preload", self.preload)
    }
}

/// Adds a field that may be absent.
fn with(fact: Fact, key: &str, value: Option<Node>) -> Fact {
    match value {
        Some(value) => fact.with(key, value),
        None => fact,
    }
}

/// Protocol words of servers, oldest first, and how the fields of facts name them.
const VERSIONS: &[(&str, &str)] = &[
    ("sslv2", "ssl2"),
    ("sslv3", "ssl3"),
    ("tlsv1", "1.0"),
    ("tlsv1.0", "1.0"),
    ("tlsv1.1", "1.1"),
    ("tlsv1.2", "1.2"),
    ("tlsv1.3", "1.3"),
];

/// Adds the versions a server offers and the oldest of them.
fn with_versions(fact: Fact, span: Span, words: Vec<Node>) -> Fact {
    let rank = |node: &Node| {
        let word = node.as_str()?.to_ascii_lowercase();
        VERSIONS.iter().position(|(name, _)| *name == word)
    };
    let oldest = words.iter().filter_map(|word| Some((rank(word)?, word))).min_by_key(|(rank, _)| *rank);
    let oldest = match words.iter().find(|word| word.is_unknown()) {
        Some(unknown) => Some(unknown.clone()),
        None => oldest.and_then(|(rank, word)| VERSIONS.get(rank).map(|(_, name)| Node::string(word.span, *name))),
    };
    let fact = fact.with("tls.protocols", Node::new(span, Value::List(words)));
    with(fact, "tls.min-version", oldest)
}

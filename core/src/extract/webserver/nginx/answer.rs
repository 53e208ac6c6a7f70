//! What an nginx server answers to plain requests: the proofs that every path leads to https or nowhere.

use std::collections::BTreeMap;

use super::{
    Listen,
    tree::{Chain, Directive, Topic, directives, includes},
};
use crate::{extract::webserver::Answer, source::Source, span::Span, syntax::Node};

/// The answer of a server, and the status code when the server gives only one.
pub(super) struct Found {
    pub answer: Answer,
    pub status: Option<Node>,
}

/// Deepest locations inside locations that are followed.
const MAX_DEPTH: usize = 8;

/// The answer of a whole server on one of its ports.
pub(super) fn of_server(
    server: Directive<'_>,
    chain: &Chain<'_>,
    listen: &Listen<'_>,
    names: &[Node],
    source: &Source,
) -> Found {
    let judge = Judge { names, chain, source, port: listen.port(), is_default: listen.is_default() };
    let phase = judge.rewrites(server.block, 0);
    let status = phase.status.clone();
    let answer = match phase.decided {
        Some(Answer::Refuses(_)) if phase.some_https.is_some() => {
            // certbot: each name is sent to https, whatever is left is refused.
            Answer::Https(phase.some_https.unwrap_or_default())
        }
        Some(answer) => answer,
        None => judge.locations(server, &phase),
    };
    Found { answer, status }
}

/// Locations that only others lead to, by their names.
type Named<'a> = BTreeMap<&'a str, Directive<'a>>;

struct Judge<'a, 'c> {
    names: &'a [Node],
    chain: &'a Chain<'c>,
    source: &'a Source,
    port: Option<f64>,
    is_default: bool,
}

/// What the directives of the rewrite module in one block come to.
#[derive(Default)]
struct Phase {
    /// The answer to every request that gets here.
    decided: Option<Answer>,
    /// A condition that only running can tell leads to https or somewhere unknown.
    may: Option<Span>,
    /// Some requests are sent to https.
    some_https: Option<Span>,
    /// Names whose requests are sent to https or refused.
    covered: Vec<String>,
    status: Option<Node>,
}

/// What a condition says on a listener without TLS.
enum Condition {
    Always,
    Never,
    Host(String),
    May,
}

impl Judge<'_, '_> {
    /// Follows `return`, `rewrite` and `if` in order, as nginx runs them.
    fn rewrites(&self, list: &[Node], depth: usize) -> Phase {
        let mut phase = Phase::default();
        for directive in directives(list) {
            let (answer, condition) = match directive.name {
                "return" => (Some(self.of_return(directive)), Condition::Always),
                "rewrite" => self.of_rewrite(directive),
                "if" if depth < MAX_DEPTH => {
                    (self.rewrites(directive.block, depth + 1).decided, self.condition(directive))
                }
                name if name.starts_with("rewrite_by_lua") || name.starts_with("access_by_lua") => {
                    let text = directive.node.span.text(&self.source.text);
                    let may = text.contains("https").then_some(Answer::Unknown(directive.place()));
                    (may, Condition::May)
                }
                _ => continue,
            };
            let Some(answer) = answer else { continue };
            if phase.take(directive, answer, condition, self.names) {
                break;
            }
        }
        phase
    }

    fn of_return(&self, directive: Directive<'_>) -> Answer {
        let place = directive.place();
        let (code, target) = match (directive.written(0), directive.written(1)) {
            (Some(code), target) if code.parse::<u16>().is_ok() => (code.parse::<u16>().ok(), target),
            (Some(target), None) => (Some(302), Some(target)),
            // A code that a template fills in: the target still tells.
            (_, target) => (None, target),
        };
        match (code, target) {
            (Some(301 | 302 | 303 | 307 | 308) | None, Some(target)) => self.target(target, place),
            (Some(400..=599), _) => Answer::Refuses(place),
            (Some(_), _) => Answer::Content,
            (None, None) => Answer::Unknown(place),
        }
    }

    /// Where a redirect leads.
    fn target(&self, target: &str, place: Span) -> Answer {
        let lower = target.trim().to_ascii_lowercase();
        if lower.starts_with("https://") {
            return Answer::Https(place);
        }
        if lower.starts_with("http://") {
            return Answer::Http(place);
        }
        // These keep the scheme, as a path does.
        if lower.starts_with('/') || lower.starts_with("$scheme://") || lower.starts_with("${scheme}://") {
            return Answer::Content;
        }
        match lower.strip_prefix('$').and_then(|rest| self.variable(rest)) {
            Some(value) if !value.starts_with('$') => self.target(&value, place),
            _ => Answer::Unknown(place),
        }
    }

    /// What `set` gives the variable at the start of a target, with the rest behind it.
    fn variable(&self, rest: &str) -> Option<String> {
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
        let (name, behind) = rest.split_at_checked(end)?;
        self.chain.variable(name).map(|value| format!("{value}{behind}"))
    }

    fn of_rewrite(&self, directive: Directive<'_>) -> (Option<Answer>, Condition) {
        let (Some(pattern), Some(target)) = (directive.written(0), directive.written(1)) else {
            return (None, Condition::May);
        };
        // Only an address of another place ends the request here; a path is looked up again.
        let flags = matches!(directive.text(2), Some("permanent" | "redirect"));
        let lower = target.to_ascii_lowercase();
        if !(lower.starts_with("http") || flags || lower.starts_with("$scheme")) {
            return (None, Condition::May);
        }
        let condition = if matches_all(pattern) { Condition::Always } else { Condition::May };
        (Some(self.target(target, directive.place())), condition)
    }

    fn condition(&self, directive: Directive<'_>) -> Condition {
        let text = directive.place().text(&self.source.text).trim();
        let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
        let plain: String = inner.chars().filter(|letter| !matches!(letter, '"' | '\'')).collect();
        let words: Vec<_> = plain.split_whitespace().map(str::to_ascii_lowercase).collect();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let forwarded = |name: &str| {
            ["forwarded_proto", "forwarded_scheme", "forwarded_protocol", "forwarded_ssl", "cf_visitor"]
                .iter()
                .any(|word| name.contains(word))
        };
        let port = self.port.map(|port| port.to_string());
        match words.as_slice() {
            ["$scheme", "=" | "~" | "~*", "http" | "^http$"] | ["$scheme", "!=", "https"] => Condition::Always,
            ["$scheme", "=", "https"] | ["$scheme", "!=", "http"] | ["$https", "=", "on"] => Condition::Never,
            ["$https" | "$ssl_protocol", "=" | "!=", rest @ ..] => match (words.get(1), rest) {
                (Some(&"="), []) | (Some(&"!="), ["on"]) => Condition::Always,
                (Some(&"!="), []) => Condition::Never,
                _ => Condition::May,
            },
            ["$server_port", sign @ ("=" | "!="), other] => match port {
                Some(port) if (port == *other) == (*sign == "=") => Condition::Always,
                Some(_) => Condition::Never,
                None => Condition::May,
            },
            [name, "=" | "~" | "~*", value] if forwarded(name) && !value.contains("https") => Condition::Always,
            [name, "!=" | "!~" | "!~*", value] if forwarded(name) && value.contains("https") => Condition::Always,
            ["$host" | "$http_host" | "$server_name", "=", name] => Condition::Host((*name).to_owned()),
            _ => Condition::May,
        }
    }

    /// The answer when it depends on the path.
    fn locations(&self, server: Directive<'_>, phase: &Phase) -> Answer {
        let mut sum = Sum { unsure: phase.may.or_else(|| includes(server.block, Topic::Answer)), ..Sum::default() };
        self.collect(server.block, &mut sum, 0);
        if phase.covers_all(self.names, self.is_default)
            && let Some(span) = phase.some_https
        {
            return Answer::Https(span);
        }
        match sum {
            Sum { http: Some(span), .. } => Answer::Http(span),
            Sum { unsure: Some(span), .. } => Answer::Unknown(span),
            Sum { content: true, .. } | Sum { is_whole: false, .. } => Answer::Content,
            Sum { https: Some(span), .. } => Answer::Https(span),
            Sum { refuses: Some(span), .. } => Answer::Refuses(span),
            _ => Answer::Content,
        }
    }

    fn collect(&self, list: &[Node], sum: &mut Sum, depth: usize) {
        let locations = || directives(list).filter(|directive| directive.name == "location");
        let mut named = BTreeMap::new();
        for location in locations() {
            if let Some(name) = location.text(0).filter(|name| name.starts_with('@')) {
                named.entry(name).or_insert(location);
            }
        }
        for location in locations() {
            let path = Path::of(location);
            if path.is_exempt() {
                continue;
            }
            let answer = self.location(location, &path, &named);
            let Some(answer) = answer else { continue };
            if location.is_conditional {
                sum.unsure = sum.unsure.or(Some(location.place()));
                continue;
            }
            if path.is_all() {
                sum.is_whole = true;
            }
            sum.add(answer);
            if depth < MAX_DEPTH && matches!(answer, Answer::Content) {
                self.collect(location.block, sum, depth + 1);
            }
        }
    }

    /// The answer of one location; `None` when nobody from outside gets one worth protecting.
    fn location(&self, location: Directive<'_>, path: &Path<'_>, named: &Named<'_>) -> Option<Answer> {
        let phase = self.rewrites(location.block, 0);
        if let Some(answer) = phase.decided {
            let is_sign_of_life = answer == Answer::Content && path.is_probe();
            return (!is_sign_of_life).then_some(answer);
        }
        let has = |name: &str| directives(location.block).find(|directive| directive.name == name);
        if has("internal").is_some() || has("stub_status").is_some() || has("empty_gif").is_some() {
            return None;
        }
        if let Some(deny) = has("deny").filter(|deny| deny.text(0) == Some("all")) {
            // Whoever is let in by address is no stranger.
            return Some(Answer::Refuses(deny.place()));
        }
        if let Some(span) = phase.may.or_else(|| includes(location.block, Topic::Answer)) {
            return Some(Answer::Unknown(span));
        }
        let fallback = has("try_files").and_then(|directive| directive.arguments.last()).and_then(Node::as_str);
        let named = fallback.and_then(|name| named.get(name));
        match named.and_then(|named| self.rewrites(named.block, 0).decided) {
            Some(Answer::Https(span)) => Some(Answer::Unknown(span)),
            _ => Some(Answer::Content),
        }
    }
}

impl Phase {
    /// Adds an answer under a condition; true when nothing behind it is reached.
    fn take(&mut self, directive: Directive<'_>, answer: Answer, condition: Condition, names: &[Node]) -> bool {
        let place = directive.place();
        let condition = if directive.is_conditional { Condition::May } else { condition };
        match (condition, answer) {
            (Condition::Never, _) => false,
            (Condition::Always, _) => {
                if directive.name == "return" {
                    self.status = directive.arguments.first().filter(|code| code.as_number().is_some()).cloned();
                }
                self.decided = Some(answer);
                true
            }
            (Condition::Host(name), Answer::Https(span) | Answer::Refuses(span)) => {
                if matches!(answer, Answer::Https(_)) {
                    self.some_https = Some(span);
                }
                self.covered.push(name);
                let done = self.covers_all(names, false) && self.some_https.is_some();
                self.decided = done.then_some(Answer::Https(span));
                done
            }
            (Condition::May, Answer::Https(_) | Answer::Unknown(_)) => {
                self.may = Some(place);
                false
            }
            _ => false,
        }
    }

    /// True when each of the server's names was dealt with, and no other name can get here.
    fn covers_all(&self, names: &[Node], is_default: bool) -> bool {
        !self.covered.is_empty()
            && !is_default
            && !names.is_empty()
            && names.iter().all(|name| {
                name.as_str().is_some_and(|name| self.covered.iter().any(|covered| covered.eq_ignore_ascii_case(name)))
            })
    }
}

/// All locations of a server taken together.
#[derive(Default)]
struct Sum {
    https: Option<Span>,
    refuses: Option<Span>,
    http: Option<Span>,
    unsure: Option<Span>,
    content: bool,
    /// Some location takes every path that no other takes.
    is_whole: bool,
}

impl Sum {
    fn add(&mut self, answer: Answer) {
        match answer {
            Answer::Https(span) => self.https = self.https.or(Some(span)),
            Answer::Refuses(span) => self.refuses = self.refuses.or(Some(span)),
            Answer::Http(span) => self.http = self.http.or(Some(span)),
            Answer::Unknown(span) => self.unsure = self.unsure.or(Some(span)),
            Answer::Content => self.content = true,
        }
    }
}

/// True for a regular expression that every path matches.
fn matches_all(pattern: &str) -> bool {
    matches!(
        pattern,
        "^" | "/" | "^/" | ".*" | "^.*" | "^.*$" | "(.*)" | "^(.*)" | "^(.*)$" | "^/(.*)" | "^/(.*)$" | "/(.*)"
    ) || matches!(
        pattern,
        "^/?(.*)$" | "^/.*" | "^/.*$" | "^(/.*)$" | "/.*" | "." | "^." | "^/?(.*)" | "^(.+)$" | "(.+)"
    )
}

/// True for a location that takes every path that no other takes.
pub(super) fn takes_all(location: Directive<'_>) -> bool {
    Path::of(location).is_all()
}

/// The path of a location.
struct Path<'a> {
    modifier: &'a str,
    path: &'a str,
}

impl<'a> Path<'a> {
    fn of(location: Directive<'a>) -> Self {
        match (location.written(0), location.written(1)) {
            (Some(modifier @ ("=" | "~" | "~*" | "^~")), Some(path)) => Self { modifier, path },
            (Some(path), _) => Self { modifier: "", path },
            _ => Self { modifier: "", path: "" },
        }
    }

    /// Takes every path that no other location takes.
    fn is_all(&self) -> bool {
        match self.modifier {
            "" | "^~" => self.path == "/",
            "~" | "~*" => matches_all(self.path),
            _ => false,
        }
    }

    /// Certificate challenges come over plain http, named locations from inside, and icons matter to nobody.
    fn is_exempt(&self) -> bool {
        self.path.starts_with('@')
            || self.path.contains("well-known")
            || (self.modifier == "=" && matches!(self.path, "/favicon.ico" | "/robots.txt"))
    }

    /// Where machines ask whether the server lives.
    fn is_probe(&self) -> bool {
        let words = ["health", "ping", "status", "ready", "live", "alive", "heartbeat", "/up", "probe", "elb"];
        self.modifier == "=" || words.iter().any(|word| self.path.contains(word))
    }
}

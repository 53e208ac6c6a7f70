//! Ingresses: which hosts have a certificate, and what becomes of requests that are not encrypted.

use super::{
    Annotation, Annotations, Manifest, number,
    service::{is_set, plain},
    unknown,
};
use crate::{
    extract::{Context, webserver::host},
    fact::Fact,
    syntax::{Node, Origin, Value},
};

/// Who is thought to serve an Ingress, as far as its class and its annotations tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Controller {
    /// ingress-nginx, F5's controller, HAProxy: they redirect where there is a certificate.
    Redirecting,
    /// The load balancers of AWS.
    Alb,
    /// The load balancers of Google.
    Google,
    /// Traefik, whose entry points decide, and others whose settings lie elsewhere.
    Elsewhere,
    /// Nobody is named: whatever the cluster has.
    Unnamed,
}

/// What an Ingress does with plain requests for some of its hosts.
enum Plain {
    /// It does not listen for them.
    Closed,
    Https(Node),
    Http(Node),
    Answers,
    /// It answers them although it could redirect: somebody said so there.
    SwitchedOff(Node),
    Unknown(&'static str),
}

/// The listeners of an Ingress: for hosts with a certificate, and for hosts without one.
pub(super) fn listeners(cx: &Context<'_>, manifest: &Manifest<'_>) -> Vec<Fact> {
    let Some(spec) = manifest.root.get("spec").filter(|spec| is_whole(spec)) else { return Vec::new() };
    let ingress = Ingress::read(cx, manifest, spec);
    // A canary takes these settings from the Ingress that it stands in for.
    if ingress.annotations.is("nginx.ingress.kubernetes.io/canary", &["true"]) {
        return Vec::new();
    }
    let (covered, bare): (Vec<&Rule<'_>>, Vec<&Rule<'_>>) = ingress.rules.iter().partition(|rule| rule.is_covered);
    let mut facts = Vec::new();
    if !covered.is_empty() {
        // A template that may leave the certificates out promises none.
        if !ingress.may_lack_tls {
            facts.push(ingress.secured(&covered));
        }
        facts.extend(ingress.open(&covered, ingress.plain_of_covered()));
    }
    if !bare.is_empty() {
        facts.extend(ingress.open(&bare, ingress.plain_of_bare(&bare)));
    }
    facts
}

/// False for a part that an overlay lays over the rest: its rules lead nowhere.
fn is_whole(spec: &Node) -> bool {
    let leads = |rule: &Node| rule.is_unknown() || is_set(rule.at(&["http", "paths"]));
    is_set(spec.get("defaultBackend"))
        || is_set(spec.get("backend"))
        || spec.get("rules").is_some_and(|rules| rules.is_unknown() || rules.elements().iter().any(leads))
}

/// A host and the paths that are served for it.
struct Rule<'a> {
    host: Option<&'a Node>,
    at: &'a Node,
    is_covered: bool,
    is_challenge: bool,
}

struct Ingress<'a> {
    cx: &'a Context<'a>,
    manifest: &'a Manifest<'a>,
    annotations: Annotations<'a>,
    controller: Controller,
    rules: Vec<Rule<'a>>,
    /// A template may add to the specification what nobody can see here.
    is_partial: bool,
    /// Only running could tell whether there is a certificate.
    may_lack_tls: bool,
}

/// Annotations that name a certificate where `spec.tls` does not, or that hand TLS on.
const CERTIFICATES: &[&str] = &[
    "alb.ingress.kubernetes.io/certificate-arn",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "networking.gke.io/managed-certificates",
    "networking.gke.io/certmap",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
];
const SECURED: &[(&str, &[&str])] = &[
    ("traefik.ingress.kubernetes.io/router.tls", &["true"]),
    ("nginx.ingress.kubernetes.io/ssl-passthrough", &["true"]),
    ("haproxy.org/ssl-passthrough", &["true"]),
    ("haproxy-ingress.github.io/ssl-passthrough", &["true"]),
    ("route.openshift.io/termination", &["edge", "reencrypt", "passthrough"]),
];

/// Annotations that redirect to https whether or not there is a certificate: TLS ends in front.
const FORCED: &[&str] = &[
    "nginx.ingress.kubernetes.io/force-ssl-redirect",
    "ingress.kubernetes.io/force-ssl-redirect",
    "nginx.org/redirect-to-https",
    "ingress.kubernetes.io/ssl-redirect",
    "appgw.ingress.kubernetes.io/ssl-redirect",
    "haproxy.org/ssl-redirect",
    "alb.ingress.kubernetes.io/ssl-redirect",
    "konghq.com/https-redirect-status-code",
];

/// Annotations that say whether plain requests are redirected where there is a certificate.
const REDIRECTS: &[&str] = &[
    "nginx.ingress.kubernetes.io/ssl-redirect",
    "nginx.org/ssl-redirect",
    "ingress.kubernetes.io/ssl-redirect",
    "haproxy.org/ssl-redirect",
    "haproxy-ingress.github.io/ssl-redirect",
];

/// Annotations that hold an address all requests are sent to.
const TARGETS: &[&str] =
    &["nginx.ingress.kubernetes.io/permanent-redirect", "nginx.ingress.kubernetes.io/temporal-redirect"];

impl<'a> Ingress<'a> {
    fn read(cx: &'a Context<'a>, manifest: &'a Manifest<'a>, spec: &'a Node) -> Self {
        let annotations = manifest.annotations();
        let controller = controller(spec, &annotations);
        let by_annotation = CERTIFICATES.iter().any(|key| !matches!(annotations.get(key), Annotation::Absent))
            && !annotations.has_unseen()
            || SECURED.iter().any(|(key, words)| annotations.is(key, words))
            || listens(&annotations, "\"HTTPS\"");
        let covers = |host: Option<&Node>| by_annotation || covers(spec.get("tls"), host);
        let mut rules: Vec<Rule<'a>> = Vec::new();
        for rule in spec.get("rules").map(Node::elements).unwrap_or_default() {
            let host =
                rule.get("host").filter(|host| host.is_unknown() || host.as_str().is_some_and(|it| !it.is_empty()));
            rules.push(Rule {
                host,
                at: host.unwrap_or_else(|| manifest.place()),
                is_covered: covers(host),
                is_challenge: is_challenge(rule),
            });
        }
        if rules.is_empty() {
            rules.push(Rule { host: None, at: manifest.place(), is_covered: covers(None), is_challenge: false });
        }
        let hides = |node: &Node| node.is_unknown() || node.entries().iter().any(|(key, _)| key.is_unknown());
        let is_partial = hides(manifest.root) || hides(spec) || spec.get("rules").is_some_and(Node::is_unknown);
        let may_lack_tls = spec.get("tls").is_some_and(Node::is_unknown) && !by_annotation;
        Self { cx, manifest, annotations, controller, rules, is_partial, may_lack_tls }
    }

    /// The encrypted side.
    fn secured(&self, rules: &[&Rule<'_>]) -> Fact {
        let at = self.manifest.root.at(&["spec", "tls"]).unwrap_or_else(|| self.manifest.place());
        // Controllers send the header of their own accord or not, as their own settings say.
        self.listener(rules, at)
            .with_text("protocol", at.span, "https")
            .with("port", number(at, 443))
            .with("hsts.max-age", unknown(at, "settings of the controller"))
    }

    /// The side that is not encrypted.
    fn open(&self, rules: &[&Rule<'_>], answer: Plain) -> Option<Fact> {
        let at = rules.first().map_or_else(|| self.manifest.place(), |rule| rule.at);
        let listener = |at: &Node| plain(self.listener(rules, at), at, 80);
        Some(match answer {
            Plain::Closed => return None,
            Plain::Https(node) => {
                let target = Node { value: Value::String("https".to_owned()), ..node };
                listener(at).with("redirects-to", target)
            }
            Plain::Http(node) => listener(at).with_text("redirects-to", node.span, "http"),
            Plain::Answers => listener(at),
            Plain::SwitchedOff(node) => listener(&node).with("redirect-off", Node::new(node.span, Value::Bool(true))),
            Plain::Unknown(what) => listener(at).with("redirects-to", unknown(at, what)),
        })
    }

    fn listener(&self, rules: &[&Rule<'_>], at: &Node) -> Fact {
        let names: Vec<Node> = rules.iter().filter_map(|rule| rule.host.cloned()).collect();
        let exposure = match self.exposure(rules) {
            Some(word) => Node::string(at.span, word),
            None => unknown(at, "scheme of the load balancer"),
        };
        let fact = self.manifest.listener(self.cx, at).with("exposure", exposure);
        if names.is_empty() { fact } else { fact.with("server-names", Node::new(at.span, Value::List(names))) }
    }

    /// Internal where the load balancer or every host is.
    fn exposure(&self, rules: &[&Rule<'_>]) -> Option<&'static str> {
        let class = class(self.manifest.root.get("spec"), &self.annotations).unwrap_or_default().to_ascii_lowercase();
        if ["internal", "private", "intranet", "tailscale"].iter().any(|word| class.contains(word)) {
            return Some("internal");
        }
        if self.controller == Controller::Alb {
            return match self.annotations.get("alb.ingress.kubernetes.io/scheme") {
                Annotation::Text("internet-facing", _) => Some("public"),
                Annotation::Text("internal", _) => Some("internal"),
                // The parameters of the class may say so too.
                _ => None,
            };
        }
        let place = |rule: &&Rule<'_>| rule.host.and_then(Node::as_str).map(locality);
        match host::farthest(rules.iter().map(|rule| place(rule).unwrap_or("external"))) {
            Some("loopback") => Some("loopback"),
            Some("internal" | "private") => Some("internal"),
            _ => Some("public"),
        }
    }

    /// What is answered to plain requests for hosts with a certificate.
    fn plain_of_covered(&self) -> Plain {
        if let Some(known) = self.said() {
            return known;
        }
        for key in REDIRECTS {
            match self.annotations.get(key) {
                Annotation::Text(_, node) if node.as_bool() == Some(true) => return Plain::Https(node.clone()),
                // A snippet may redirect in its place.
                Annotation::Text(_, node) if node.as_bool() == Some(false) && !self.has_snippet() => {
                    return Plain::SwitchedOff(node.clone());
                }
                Annotation::Absent => {}
                _ => return Plain::Unknown("annotation of the redirect"),
            }
        }
        match self.controller {
            _ if self.may_lack_tls => Plain::Unknown("template"),
            Controller::Redirecting => {
                let place = self.manifest.place();
                let origin = Origin::Default("kubernetes.github.io/ingress-nginx ssl-redirect, 2026-11".to_owned());
                Plain::Https(Node { origin, ..place.clone() })
            }
            Controller::Alb if !listens(&self.annotations, "\"HTTP\"") => Plain::Closed,
            _ => Plain::Unknown("settings of the controller"),
        }
    }

    /// What is answered to plain requests for hosts without a certificate.
    fn plain_of_bare(&self, rules: &[&Rule<'_>]) -> Plain {
        if let Some(known) = self.said() {
            return known;
        }
        let place = self.manifest.place();
        if rules.iter().all(|rule| rule.is_challenge) {
            return Plain::Https(place.clone());
        }
        let is_base = self.cx.source.path.split('/').any(|folder| matches!(folder, "base" | "bases" | "components"));
        let is_open = rules.iter().any(|rule| rule.host.is_some_and(Node::is_unknown));
        match self.controller {
            _ if self.is_partial || self.annotations.has_unseen() => Plain::Unknown("template"),
            // Overlays add hosts and certificates.
            _ if is_base => Plain::Unknown("overlay"),
            _ if self.has_snippet() || self.is_proxied() => Plain::Unknown("what stands in front"),
            Controller::Elsewhere => Plain::Unknown("settings of the controller"),
            _ if is_open && self.controller == Controller::Unnamed => Plain::Unknown("template"),
            _ => Plain::Answers,
        }
    }

    /// What annotations say for all hosts alike.
    fn said(&self) -> Option<Plain> {
        for key in TARGETS {
            match self.annotations.get(key) {
                Annotation::Text(text, node) if text.starts_with("https://") => {
                    return Some(Plain::Https(node.clone()));
                }
                Annotation::Text(text, node) if text.starts_with("http://") => return Some(Plain::Http(node.clone())),
                Annotation::Absent => {}
                _ => return Some(Plain::Unknown("target of the redirect")),
            }
        }
        let is_false = |key: &str| self.annotations.get(key).flag() == Some(false);
        for key in FORCED {
            match self.annotations.get(key) {
                Annotation::Text(_, node) if !is_false(key) => return Some(Plain::Https(node.clone())),
                Annotation::Unknown => return Some(Plain::Unknown("annotation of the redirect")),
                _ => {}
            }
        }
        if is_false("kubernetes.io/ingress.allow-http")
            || self.annotations.is("konghq.com/protocols", &["https", "grpcs", "https,grpcs"])
        {
            return Some(Plain::Closed);
        }
        let mut all = self.annotations.all();
        let redirects = all.find(|(key, text, _)| {
            key.starts_with("alb.ingress.kubernetes.io/actions.") && text.contains("redirect") && text.contains("HTTPS")
        });
        if let Some((_, _, node)) = redirects {
            return Some(Plain::Https(node.clone()));
        }
        match self.annotations.get("traefik.ingress.kubernetes.io/router.entrypoints") {
            Annotation::Text("websecure" | "https", _) => Some(Plain::Closed),
            _ => None,
        }
    }

    /// True when the Ingress holds directives that may redirect.
    fn has_snippet(&self) -> bool {
        self.annotations.all().any(|(key, text, _)| {
            (key.ends_with("-snippet") || key.ends_with("-snippets"))
                && (text.contains("https") || text.contains("return"))
        })
    }

    /// True when something in front is known to end TLS, or the load balancer shares what others say.
    fn is_proxied(&self) -> bool {
        self.annotations.is("external-dns.alpha.kubernetes.io/cloudflare-proxied", &["true"])
            || self.annotations.all().any(|(key, _, _)| {
                key.ends_with("/group.name") || key.ends_with("/frontend-config") || key.contains("FrontendConfig")
            })
    }
}

/// The name of the class, in either form.
fn class<'a>(spec: Option<&'a Node>, annotations: &Annotations<'a>) -> Option<&'a str> {
    let own = spec.and_then(|spec| spec.get("ingressClassName")).and_then(Node::as_str);
    own.or_else(|| match annotations.get("kubernetes.io/ingress.class") {
        Annotation::Text(text, _) => Some(text),
        _ => None,
    })
}

fn controller(spec: &Node, annotations: &Annotations<'_>) -> Controller {
    let class = class(Some(spec), annotations).map(str::to_ascii_lowercase);
    let has = |start: &str| annotations.all().any(|(key, _, _)| key.starts_with(start));
    match class.as_deref() {
        Some(name) if name.contains("nginx") || name.contains("haproxy") => Controller::Redirecting,
        Some(name) if name.contains("alb") => Controller::Alb,
        Some(name) if name.starts_with("gce") => Controller::Google,
        Some(_) => Controller::Elsewhere,
        None if spec.get("ingressClassName").is_some_and(Node::is_unknown) => Controller::Elsewhere,
        None if has("nginx.ingress.kubernetes.io/") || has("nginx.org/") => Controller::Redirecting,
        None if has("alb.ingress.kubernetes.io/") => Controller::Alb,
        None if has("networking.gke.io/") || has("ingress.gcp.kubernetes.io/") => Controller::Google,
        None if has("traefik.") || has("konghq.com/") || has("route.openshift.io/") => Controller::Elsewhere,
        None => Controller::Unnamed,
    }
}

/// True when an AWS load balancer is told to listen for a protocol (`[{"HTTP": 80}, {"HTTPS": 443}]`).
fn listens(annotations: &Annotations<'_>, protocol: &str) -> bool {
    match annotations.get("alb.ingress.kubernetes.io/listen-ports") {
        Annotation::Text(text, _) => text.contains(protocol),
        _ => false,
    }
}

/// True when a certificate is given for a host, or may be. A section without hosts is for all of them.
fn covers(tls: Option<&Node>, host: Option<&Node>) -> bool {
    let Some(tls) = tls else { return false };
    tls.elements().iter().any(|section| {
        let names = match section.get("hosts") {
            Some(hosts) if is_set(Some(hosts)) => hosts.elements(),
            _ => return true,
        };
        let Some(host) = host.and_then(Node::as_str) else { return true };
        names.iter().any(|name| name.as_str().is_none_or(|name| matches(name, host)))
    })
}

/// `*.shop.io` is for one label more than `shop.io`.
fn matches(name: &str, host: &str) -> bool {
    let beyond = |name: &str| host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(name));
    name.eq_ignore_ascii_case(host) || name.strip_prefix("*.").is_some_and(beyond)
}

/// True when all paths of a rule answer challenges of a certificate authority, which come in plain.
fn is_challenge(rule: &Node) -> bool {
    let paths = rule.at(&["http", "paths"]).map(Node::elements).unwrap_or_default();
    let is_one = |path: &Node| {
        path.get("path").and_then(Node::as_str).is_some_and(|path| path.starts_with("/.well-known/acme-challenge"))
    };
    !paths.is_empty() && paths.iter().all(is_one)
}

/// Names that lead to an address they spell out (`app.127.0.0.1.nip.io`) are as far away as it.
fn locality(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    for service in [".nip.io", ".sslip.io", ".xip.io"] {
        if let Some(rest) = name.strip_suffix(service) {
            let labels: Vec<&str> = rest.split('.').collect();
            let address = labels.get(labels.len().saturating_sub(4)..).unwrap_or_default().join(".");
            return host::locality(&address);
        }
    }
    if name.ends_with(".localtest.me") || name.ends_with(".lvh.me") || name.ends_with(".test") {
        return "loopback";
    }
    host::locality(name.trim_start_matches("*."))
}

//! Compose: services, the ports they publish, the stores among them, and the endpoints their settings name.

mod ports;

use super::{
    Context, Extraction, connection, image,
    resource::{self, Object},
};
use crate::{
    classify::Format,
    fact::{Environment, Fact, FactKind, Strength},
    syntax::{Node, Value},
    vocabulary::Dialect,
};

/// What every Compose file says.
pub(super) const MARKS: &[&str] = &["services"];

/// Reads the services of a Compose file.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    let kinds = [FactKind::Resource, FactKind::Store, FactKind::Listener, FactKind::Endpoint];
    if cx.kind.format != Format::Yaml || !cx.wanted.any(&kinds) {
        return;
    }
    let Some(root) = cx.document.roots.first() else { return };
    let Some(services) = root.get("services").filter(|_| is_compose(&cx.source.path, root)) else { return };
    let project = Project {
        cx,
        environment: environment(&cx.source.path),
        names: services.entries().iter().filter_map(|(key, _)| key.as_str()).collect(),
    };
    if services.entries().len() > SERVICES {
        out.cut(cx, "more services than are kept of one file; the rest was not looked at");
    }
    let mut objects = Vec::new();
    for (key, service) in services.entries().iter().take(SERVICES) {
        if let Some(name) = key.as_str() {
            objects.push(project.object(name, key, service));
            project.facts(name, key, service, out);
        }
    }
    out.facts.extend(resource::facts(objects, cx.vocabulary));
}

/// Most services of one file.
const SERVICES: usize = 1_000;

/// Files named so, or with services that say what they run.
fn is_compose(path: &str, root: &Node) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    if root.get("apiVersion").is_some() || root.get("jobs").is_some() {
        return false;
    }
    let named = name.starts_with("docker-compose") || name.starts_with("compose.") || name.starts_with("compose-");
    let runs = |(_, service): &(Node, Node)| service.get("image").is_some() || service.get("build").is_some();
    let parts = root.get("services").map(Node::entries).unwrap_or_default();
    !parts.is_empty() && (named || parts.iter().any(runs) && parts.iter().all(|(_, part)| !part.entries().is_empty()))
}

/// `docker-compose.override.yml` is merged in on the developer's machine.
fn environment(path: &str) -> Environment {
    let name = path.rsplit('/').next().unwrap_or_default();
    match resource::environment_of(path) {
        Environment::Any if name.contains("override") || path.contains(".devcontainer/") => Environment::Development,
        Environment::Any if name.contains("test") || name.contains("ci.") => Environment::Test,
        known => known,
    }
}

struct Project<'a> {
    cx: &'a Context<'a>,
    environment: Environment,
    names: Vec<&'a str>,
}

impl Project<'_> {
    fn object(&self, name: &str, key: &Node, service: &Node) -> Object {
        Object {
            dialect: Dialect::Compose,
            kind: "service".to_owned(),
            name: name.to_owned(),
            attributes: if service.entries().is_empty() { Node::map(key.span) } else { service.clone() },
            instances: Node::new(key.span, Value::Number(1.0)),
            region: None,
            source: self.cx.source.id,
            span: key.span,
            environment: self.environment,
            strength: Strength::Explicit,
        }
    }

    fn facts(&self, name: &str, key: &Node, service: &Node, out: &mut Extraction) {
        let published = ports::published(service);
        let runs = image::text(service.get("image"));
        if let Some((reference, span)) = runs {
            let store = image::read(reference, &self.cx.vocabulary.resources);
            out.facts.extend(store.map(|store| self.store(name, key, service, &published, (store, span))));
        }
        for port in &published {
            out.facts.push(self.listener(name, service, port));
        }
        for (key, value) in settings(service.get("environment")) {
            let text = value.as_str().unwrap_or_default();
            let endpoint = connection::endpoint(&key, text, self.cx.source.id, value.span, &self.names);
            out.facts.extend(endpoint.map(|fact| {
                fact.in_environment(self.environment)
                    .with_text("service", value.span, name)
                    .with_text("format", value.span, "compose")
            }));
        }
    }

    fn store(
        &self,
        name: &str,
        key: &Node,
        service: &Node,
        published: &[ports::Port],
        (image, span): (image::Image<'_>, crate::span::Span),
    ) -> Fact {
        let open = published.iter().find(|port| port.exposure == "public");
        let exposure = open.map_or_else(|| Node::string(key.span, "private"), |port| Node::string(port.span, "public"));
        let mut fact = Fact::new(FactKind::Store, name, self.cx.source.id, key.span)
            .in_environment(self.environment)
            .with_text("type", key.span, "service")
            .with_text("format", key.span, "compose")
            .with_text("engine", span, image.engine)
            .with_text("class", span, image.class)
            .with("managed", Node::new(span, Value::Bool(false)))
            .with("exposure", exposure)
            .with("persistent", Node::new(key.span, Value::Bool(service.get("volumes").is_some())));
        if let Some(version) = image.version {
            fact = fact.with_text("version", span, version);
        }
        if let Some(replicas) = service.at(&["deploy", "replicas"]) {
            fact = fact.with("replicas", replicas.clone());
        }
        fact
    }

    fn listener(&self, name: &str, service: &Node, port: &ports::Port) -> Fact {
        let span = port.span;
        let number = |number: u16| Node::new(span, Value::Number(f64::from(number)));
        let mut fact = Fact::new(FactKind::Listener, name, self.cx.source.id, span)
            .in_environment(self.environment)
            .with_text("format", span, "compose")
            .with_text("service", span, name)
            .with_text("exposure", span, port.exposure);
        if let Some(protocol) = port.protocol(service) {
            fact = fact.with_text("protocol", span, protocol);
            // Whether a program redirects is its own affair: nothing here tells.
            if protocol == "http" {
                let unknown = Value::Unknown("what the container answers".to_owned());
                fact = fact.with("redirects-to", Node::new(span, unknown));
            }
        }
        if let Some(published) = port.published {
            fact = fact.with("port", number(published));
        }
        if let Some(target) = port.target {
            fact = fact.with("target", number(target));
        }
        fact
    }
}

/// Names and values of `environment`, a map or a list of `NAME=VALUE`.
pub(super) fn settings(node: Option<&Node>) -> Vec<(String, Node)> {
    let Some(node) = node else { return Vec::new() };
    let of_map = node.entries().iter().filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value.clone())));
    let of_list = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => &[],
    };
    let of_list = of_list.iter().filter_map(|item| {
        let (name, value) = item.as_str()?.split_once('=')?;
        Some((name.to_owned(), Node::string(item.span, value)))
    });
    of_map.chain(of_list).collect()
}

#[cfg(test)]
mod tests;

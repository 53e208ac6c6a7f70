//! Kubernetes manifests: objects as written, who can reach their services, and what their containers keep and call.

mod ingress;
mod service;
mod workload;

use super::{
    Context, Extraction,
    resource::{self, Object},
};
use crate::{
    classify::Format,
    fact::{Environment, Fact, FactKind, Strength},
    syntax::{Node, Value},
    vocabulary::Dialect,
};

/// What every manifest says.
pub(super) const MARKS: &[&str] = &["apiVersion", "kind", "metadata"];

/// Reads the manifests of a source, one or several documents.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    let kinds = [FactKind::Resource, FactKind::Store, FactKind::Listener, FactKind::Endpoint];
    if !matches!(cx.kind.format, Format::Yaml | Format::Json) || !cx.wanted.any(&kinds) {
        return;
    }
    let mut nodes = Vec::new();
    cx.document.roots.iter().for_each(|root| unfold(root, &mut nodes));
    if nodes.len() > OBJECTS {
        nodes.truncate(OBJECTS);
        out.cut(cx, "more objects than are kept of one file; the rest was not looked at");
    }
    let manifests: Vec<Manifest<'_>> = nodes.into_iter().filter_map(Manifest::read).collect();
    let names = service::names(&manifests);
    let path = resource::environment_of(&cx.source.path);
    let mut objects = Vec::new();
    for manifest in &manifests {
        let environment = match (path, manifest.namespace.and_then(Environment::of_word)) {
            (Environment::Any, Some(named)) => named,
            (known, _) => known,
        };
        let mut facts = workload::facts(cx, manifest, &names);
        facts.extend(match manifest.kind {
            "Service" => service::listeners(cx, manifest),
            "Ingress" => ingress::listeners(cx, manifest),
            _ => Vec::new(),
        });
        facts.retain(|fact| cx.wanted.has(fact.kind));
        out.facts.extend(facts.into_iter().map(|fact| fact.in_environment(environment)));
        objects.push(object(cx, manifest, environment));
    }
    out.facts.extend(resource::facts(objects, cx.vocabulary));
}

/// Most objects of one source.
const OBJECTS: usize = 5_000;

/// The objects of a document; a `List` holds more of them.
fn unfold<'a>(root: &'a Node, nodes: &mut Vec<&'a Node>) {
    let is_list = root.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
    // One more than are kept tells that there were more.
    let room = (OBJECTS + 1).saturating_sub(nodes.len());
    match root.get("items") {
        Some(items) if is_list => nodes.extend(items.elements().iter().take(room)),
        _ => nodes.extend(std::iter::once(root).take(room)),
    }
}

/// An object as it is written.
struct Manifest<'a> {
    root: &'a Node,
    /// `Deployment`, `Service` and so on.
    kind: &'a str,
    /// Its name, when it is known.
    name: Option<&'a Node>,
    namespace: Option<&'a str>,
}

impl<'a> Manifest<'a> {
    /// Anything with a version of an interface, a kind, and data about itself.
    fn read(root: &'a Node) -> Option<Self> {
        let version = root.get("apiVersion")?;
        let kind = root.get("kind")?.as_str()?;
        let is_version = version.is_unknown() || version.as_str().is_some_and(is_version);
        let metadata = root.get("metadata").filter(|node| node.is_unknown() || !node.entries().is_empty())?;
        let name = metadata.get("name").or_else(|| metadata.get("generateName"));
        let namespace = metadata.get("namespace").and_then(Node::as_str);
        is_version.then_some(Self { root, kind, name, namespace })
    }

    /// `namespace/name`, or the name alone; an unknown name is the text that makes it.
    fn address(&self) -> String {
        let name = match self.name.map(|name| &name.value) {
            Some(Value::String(text) | Value::Unknown(text)) => text.as_str(),
            _ => self.kind,
        };
        self.namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
    }

    /// Where its name stands, or else its kind.
    fn place(&self) -> &'a Node {
        self.name.or_else(|| self.root.get("kind")).unwrap_or(self.root)
    }

    /// `metadata.annotations`.
    fn annotations(&self) -> Annotations<'a> {
        let metadata = self.root.get("metadata");
        Annotations { metadata, node: metadata.and_then(|metadata| metadata.get("annotations")) }
    }

    /// A fact of a listener at a node.
    fn listener(&self, cx: &Context<'_>, at: &Node) -> Fact {
        Fact::new(FactKind::Listener, self.address(), cx.source.id, at.span)
            .with_text("type", at.span, format!("kubernetes/{}", self.kind))
            .with_text("format", at.span, Dialect::Kubernetes.word())
    }
}

/// `v1`, `apps/v1`, `networking.k8s.io/v1beta1`; other programs write numbers and dates here.
fn is_version(text: &str) -> bool {
    let version = text.rsplit('/').next().unwrap_or(text);
    version.strip_prefix('v').is_some_and(|rest| rest.starts_with(|sign: char| sign.is_ascii_digit()))
}

/// What an annotation says.
#[derive(Clone, Copy, Debug)]
enum Annotation<'a> {
    /// It is not there.
    Absent,
    /// It is there, or may be there, with a value that only running could tell.
    Unknown,
    /// Its text and where it stands.
    Text(&'a str, &'a Node),
}

impl Annotation<'_> {
    /// True or false where that is what the text says.
    fn flag(self) -> Option<bool> {
        match self {
            Self::Text(_, node) => node.as_bool(),
            _ => None,
        }
    }
}

/// The annotations of an object.
struct Annotations<'a> {
    metadata: Option<&'a Node>,
    node: Option<&'a Node>,
}

impl<'a> Annotations<'a> {
    /// One of them.
    fn get(&self, key: &str) -> Annotation<'a> {
        match self.node.and_then(|node| node.get(key)) {
            Some(node) if node.is_unknown() => Annotation::Unknown,
            Some(node) => node.as_str().map_or(Annotation::Unknown, |text| Annotation::Text(text, node)),
            None if self.has_unseen() => Annotation::Unknown,
            None => Annotation::Absent,
        }
    }

    /// Names and texts of those that are known.
    fn all(&self) -> impl Iterator<Item = (&'a str, &'a str, &'a Node)> {
        let entries = self.node.map(Node::entries).unwrap_or_default();
        entries.iter().filter_map(|(key, value)| Some((key.as_str()?, value.as_str()?, value)))
    }

    /// True when a template may add some that nobody can see here.
    fn has_unseen(&self) -> bool {
        let hides = |node: &Node| node.is_unknown() || node.entries().iter().any(|(key, _)| key.is_unknown());
        self.metadata.is_some_and(hides) || self.node.is_some_and(hides)
    }

    /// True when one of the texts of `key` is in `words`.
    fn is(&self, key: &str, words: &[&str]) -> bool {
        matches!(self.get(key), Annotation::Text(text, _) if words.iter().any(|word| word.eq_ignore_ascii_case(text)))
    }
}

/// What is kept of objects that hold data of others, or secrets: what they are, not what is in them.
const SHUT: &[&str] = &["Secret", "ConfigMap", "SealedSecret", "CustomResourceDefinition"];

/// The object for the vocabulary, with what workloads and scalers say in words of ours.
fn object(cx: &Context<'_>, manifest: &Manifest<'_>, environment: Environment) -> Object {
    let place = manifest.place();
    let mut attributes = Node::map(manifest.root.span);
    for (key, value) in manifest.root.entries() {
        let is_kept = !SHUT.contains(&manifest.kind) || key.as_str() == Some("apiVersion");
        if let Value::Map(entries) = &mut attributes.value
            && is_kept
        {
            entries.push((key.clone(), value.clone()));
        }
    }
    if let Some(namespace) = manifest.root.at(&["metadata", "namespace"]) {
        attributes.set("namespace", namespace.clone());
    }
    for (key, value) in workload::fields(manifest) {
        attributes.set(key, value);
    }
    Object {
        dialect: Dialect::Kubernetes,
        kind: format!("kubernetes/{}", manifest.kind),
        name: manifest.address(),
        attributes,
        instances: Node::new(place.span, Value::Number(1.0)),
        region: None,
        source: cx.source.id,
        span: place.span,
        environment,
        strength: Strength::Explicit,
    }
}

/// A number at a place.
fn number(at: &Node, number: u16) -> Node {
    Node::new(at.span, Value::Number(f64::from(number)))
}

/// What only running could tell.
fn unknown(at: &Node, what: &str) -> Node {
    Node::new(at.span, Value::Unknown(what.to_owned()))
}

#[cfg(test)]
mod tests;

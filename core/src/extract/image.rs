//! Container images: what keeps data in them.

use crate::{
    span::Span,
    syntax::Node,
    vocabulary::{Resources, Scalar},
};

/// The store that an image is, by the vocabulary's table `images`.
pub(super) struct Image<'a> {
    /// The engine.
    pub(super) engine: String,
    /// The class of store: database, cache, queue, search.
    pub(super) class: &'static str,
    /// The tag, when it is written.
    pub(super) version: Option<&'a str>,
}

/// Reads `registry/path/name:tag@digest`.
pub(super) fn read<'a>(reference: &'a str, resources: &Resources) -> Option<Image<'a>> {
    let (name, version) = split(reference);
    let last = name.rsplit('/').next().unwrap_or(name);
    let table = resources.values.get("images")?;
    let found = table.get(name).or_else(|| table.get(last))?;
    let Scalar::Text(engine) = found else { return None };
    Some(Image { class: class(engine), engine: engine.clone(), version })
}

/// Name and tag.
pub(super) fn split(reference: &str) -> (&str, Option<&str>) {
    let without_digest = reference.split('@').next().unwrap_or(reference);
    match without_digest.rsplit_once(':') {
        // A colon before a slash belongs to the port of a registry.
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (without_digest, None),
    }
}

fn class(engine: &str) -> &'static str {
    match engine {
        "redis" | "valkey" | "memcached" => "cache",
        "rabbitmq" | "kafka" | "nats" | "activemq" | "mqtt" => "queue",
        "elasticsearch" | "opensearch" | "meilisearch" | "typesense" | "solr" => "search",
        "minio" => "bucket",
        _ => "database",
    }
}

/// The text of an image node; templates are not known.
pub(super) fn text(node: Option<&Node>) -> Option<(&str, Span)> {
    let node = node?;
    let text = node.as_str().filter(|text| !text.contains("${"))?;
    Some((text, node.span))
}

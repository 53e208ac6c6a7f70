//! `composer.lock`.

use std::collections::BTreeMap;

use super::{Context, Entry, Lock, Scope, field};
use crate::{error::NotificationId, package::Origin, syntax::Node};

/// Lists of packages, and what they are for.
const LISTS: &[(&str, Scope)] = &[("packages", Scope::Production), ("packages-dev", Scope::Development)];

pub(super) fn read(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    if root.get("packages").is_none() {
        lock.notify(cx, NotificationId::Unsupported, "no list of packages: not a composer lock file");
    }
    let (mut by_name, mut nodes) = (BTreeMap::new(), Vec::new());
    for &(list, scope) in LISTS {
        for node in root.get(list).map(Node::elements).unwrap_or_default() {
            let (Some(name), Some(version)) = (field(node, "name"), field(node, "version")) else { continue };
            let at = lock.add(Entry {
                ecosystem: "Packagist",
                origin: origin(node, version.0),
                name: name.0.to_owned(),
                name_span: name.1,
                version: version.0.to_owned(),
                version_span: version.1,
                scope: Some(scope),
                checksum: Some(node.at(&["dist", "shasum"]).and_then(Node::as_str).is_some_and(|sum| !sum.is_empty())),
                ..Entry::default()
            });
            by_name.insert(name.0.to_ascii_lowercase(), at);
            nodes.push((at, node));
        }
    }
    for (from, node) in nodes {
        for (name, _) in node.get("require").map(Node::entries).unwrap_or_default() {
            if let Some(&to) = name.as_str().and_then(|name| by_name.get(&name.to_ascii_lowercase())) {
                lock.need(from, to, Scope::Production);
            }
        }
    }
}

/// A branch is no version that an advisory could name.
fn origin(node: &Node, version: &str) -> Origin {
    match node.at(&["dist", "type"]).and_then(Node::as_str) {
        Some("path") => Origin::Path,
        _ if version.starts_with("dev-") => Origin::Git,
        _ => Origin::Registry,
    }
}

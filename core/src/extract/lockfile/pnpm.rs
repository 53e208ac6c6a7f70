//! `pnpm-lock.yaml`, versions 5 to 9.

use std::collections::BTreeMap;

use super::{Context, Entry, Lock, Scope, field, part};
use crate::{error::NotificationId, package::Origin, span::Span, syntax::Node};

/// Lists of an importer (a part of the project).
const LISTS: &[(&str, Scope)] = &[
    ("dependencies", Scope::Production),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Development),
];

pub(super) fn read(cx: &Context<'_>, lock: &mut Lock) {
    // A file may begin with a document for pnpm's own packages; the project's is the last.
    let Some(root) = cx.document.roots.last() else { return };
    let version = root.get("lockfileVersion").and_then(Node::as_number);
    if version.is_none() {
        lock.notify(cx, NotificationId::Unsupported, "no lockfileVersion: not a pnpm lock file that is understood");
    }
    lock.check_version(cx, version, 5.0..=9.0);
    let mut by_key = BTreeMap::new();
    for (key, node) in root.get("packages").map(Node::entries).unwrap_or_default() {
        if let Some(path) = key.as_str() {
            let at = lock.add(entry(cx, path, key.span, node));
            by_key.insert(bare(path), at);
        }
    }
    // Version 9 keeps what packages need apart from what they are.
    for section in ["packages", "snapshots"] {
        for (key, node) in root.get(section).map(Node::entries).unwrap_or_default() {
            let Some(&from) = key.as_str().and_then(|path| by_key.get(bare(path))) else { continue };
            for &(list, scope) in LISTS.iter().take(2) {
                needs(lock, from, node.get(list), scope, &by_key);
            }
        }
    }
    let single = std::slice::from_ref(root);
    let importers: Vec<&Node> = match root.get("importers") {
        Some(importers) => importers.entries().iter().map(|(_, node)| node).collect(),
        None => single.iter().collect(),
    };
    for importer in importers {
        let from = lock.add(Entry { ecosystem: "npm", is_root: true, ..Entry::default() });
        for &(list, scope) in LISTS {
            needs(lock, from, importer.get(list), scope, &by_key);
        }
    }
}

fn needs(lock: &mut Lock, from: usize, list: Option<&Node>, scope: Scope, by_key: &BTreeMap<&str, usize>) {
    for (name, node) in list.map(Node::entries).unwrap_or_default() {
        let reference = node.as_str().or_else(|| field(node, "version").map(|(version, _)| version));
        let (Some(name), Some(reference)) = (name.as_str(), reference) else { continue };
        let reference = bare(reference);
        let forms = [
            format!("{name}@{reference}"),
            format!("/{name}@{reference}"),
            format!("/{name}/{reference}"),
            // An alias is written as the key itself.
            reference.to_owned(),
            format!("/{reference}"),
        ];
        if let Some(&to) = forms.iter().find_map(|form| by_key.get(form.as_str())) {
            lock.need(from, to, scope);
        }
    }
}

/// A key without the peers it was resolved with: `a@1.0.0(b@2.0.0)`, `/a/1.0.0_b@2.0.0`.
fn bare(key: &str) -> &str {
    key.split('(').next().unwrap_or_default()
}

fn entry(cx: &Context<'_>, path: &str, key: Span, node: &Node) -> Entry {
    let key_path = bare(path);
    let origin = origin(key_path, node);
    let (name, version) = split(key_path);
    let name = field(node, "name").map_or(name, |(name, _)| name);
    let (version, version_span) = match field(node, "version") {
        Some(written) => written,
        None => (version, part(cx, key, version)),
    };
    let flag = |name| node.get(name).and_then(Node::as_bool) == Some(true);
    Entry {
        ecosystem: "npm",
        origin,
        name: name.to_owned(),
        name_span: key,
        version: version.to_owned(),
        version_span,
        checksum: Some(node.at(&["resolution", "integrity"]).is_some()),
        scope: if flag("dev") { Some(Scope::Development) } else { flag("optional").then_some(Scope::Optional) },
        ..Entry::default()
    }
}

/// `/@s/a/1.0.0_peer@2` (5), `/@s/a@1.0.0` (6), `@s/a@1.0.0` (9), each perhaps behind a registry's host.
fn split(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('/');
    let from = usize::from(path.starts_with('@'));
    let slashes = path.matches('/').count();
    let sign = path.get(from..).and_then(|rest| rest.find('@')).map(|at| at + from);
    // Version 5 has a slash before the version; an `@` behind it belongs to a peer.
    let at_slash = path.rsplit_once('/').filter(|(before, after)| {
        slashes > from
            && after.starts_with(|first: char| first.is_ascii_digit())
            && sign.is_none_or(|at| at > before.len())
    });
    match (at_slash, sign) {
        (Some((name, version)), _) => {
            let name = match name.split_once('/') {
                Some((host, rest)) if host.contains('.') && !host.starts_with('@') => rest,
                _ => name,
            };
            (name, version.split('_').next().unwrap_or_default())
        }
        (None, Some(at)) => (
            path.get(..at).unwrap_or_default(),
            path.get(at + 1..).unwrap_or_default().split('_').next().unwrap_or_default(),
        ),
        (None, None) => (path, ""),
    }
}

fn origin(path: &str, node: &Node) -> Origin {
    let resolution = |key: &str| node.at(&["resolution", key]);
    let reference = split(path).1;
    match () {
        () if resolution("repo").is_some() || resolution("commit").is_some() => Origin::Git,
        () if resolution("directory").is_some() || path.starts_with("file:") => Origin::Path,
        () => match Origin::of_address(reference) {
            Some(origin) => origin,
            // A tarball beside an integrity is a registry that names its files otherwise.
            None if resolution("tarball").is_some() && resolution("integrity").is_none() => Origin::Url,
            None => Origin::Registry,
        },
    }
}

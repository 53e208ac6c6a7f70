//! `Cargo.lock`, versions 1 to 4.

use std::collections::BTreeMap;

use super::{Context, Entry, Lock, Scope, field};
use crate::package::Origin;

/// Index addresses under which crates.io itself is written.
const CRATES_IO: &[&str] = &[
    "registry+https://github.com/rust-lang/crates.io-index",
    "sparse+https://index.crates.io/",
    "registry+https://index.crates.io/",
];

pub(super) fn read(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    lock.check_version(cx, root.get("version").and_then(|node| node.as_number()), 1.0..=4.0);
    // Version 1 keeps the checksums apart, under `checksum NAME VERSION (SOURCE)`; before it the project was `root`.
    let apart = root.get("metadata").is_some_and(|metadata| !metadata.entries().is_empty());
    let packages = root.get("package").map(|node| node.elements()).unwrap_or_default();
    let mut nodes = Vec::new();
    for node in packages.iter().chain(root.get("root")) {
        let (Some((name, name_span)), Some((version, version_span))) = (field(node, "name"), field(node, "version"))
        else {
            continue;
        };
        let source = field(node, "source").map(|(source, _)| source);
        let pinned = node.get("checksum").is_some() || (apart && is_pinned(root, name, version));
        let at = lock.add(Entry {
            ecosystem: "crates.io",
            origin: source.map(origin).unwrap_or_default(),
            name: name.to_owned(),
            name_span,
            version: version.to_owned(),
            version_span,
            checksum: Some(pinned),
            // What has no source is part of the project.
            is_root: source.is_none(),
            ..Entry::default()
        });
        nodes.push((at, node));
    }
    let mut by_name: BTreeMap<&str, Vec<(&str, &str, usize)>> = BTreeMap::new();
    for (at, node) in &nodes {
        let text = |key| field(node, key).map(|(text, _)| text).unwrap_or_default();
        by_name.entry(text("name")).or_default().push((text("version"), text("source"), *at));
    }
    for (from, node) in &nodes {
        for needed in node.get("dependencies").map(|list| list.elements()).unwrap_or_default() {
            if let Some(to) = needed.as_str().and_then(|text| resolve(&by_name, text)) {
                lock.need(*from, to, Scope::Production);
            }
        }
    }
}

/// Finds `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)`.
fn resolve(by_name: &BTreeMap<&str, Vec<(&str, &str, usize)>>, needed: &str) -> Option<usize> {
    let mut words = needed.splitn(3, ' ');
    let candidates = by_name.get(words.next()?)?;
    let (version, source) = (words.next(), words.next().map(|source| source.trim_matches(['(', ')'])));
    let fits = |candidate: &&(&str, &str, usize)| {
        version.is_none_or(|version| version == candidate.0)
            // Git sources carry a commit that the need does not name.
            && source.is_none_or(|source| candidate.1.starts_with(source))
    };
    candidates.iter().find(fits).or(candidates.first()).map(|&(_, _, at)| at)
}

fn origin(source: &str) -> Origin {
    match source {
        known if CRATES_IO.contains(&known) => Origin::Registry,
        git if git.starts_with("git+") => Origin::Git,
        path if path.starts_with("path+") => Origin::Path,
        _ => Origin::Private,
    }
}

fn is_pinned(root: &crate::syntax::Node, name: &str, version: &str) -> bool {
    let start = format!("checksum {name} {version} ");
    let metadata = root.get("metadata").map(|node| node.entries()).unwrap_or_default();
    metadata
        .iter()
        .any(|(key, value)| key.as_str().is_some_and(|key| key.starts_with(&start)) && value.as_str() != Some("<none>"))
}

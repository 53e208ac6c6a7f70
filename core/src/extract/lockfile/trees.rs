//! Lock files that are trees with little more than names and versions: NuGet, Pub, Swift, Bun, Julia, renv (CRAN).

use std::collections::BTreeMap;

use super::{Context, Entry, Lock, Scope, field, part};
use crate::{error::NotificationId, package::Origin, span::Span, syntax::Node};

fn map<'a>(node: &'a Node, key: &str) -> &'a [(Node, Node)] {
    node.get(key).map(Node::entries).unwrap_or_default()
}

/// `packages.lock.json` of NuGet: packages by target framework.
pub(super) fn nuget(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    lock.check_version(cx, root.get("version").and_then(Node::as_number), 1.0..=2.0);
    for (_, framework) in map(root, "dependencies") {
        let (mut by_name, mut nodes) = (BTreeMap::new(), Vec::new());
        for (key, node) in framework.entries() {
            let (Some(name), Some((version, version_span))) = (key.as_str(), field(node, "resolved")) else { continue };
            let kind = field(node, "type").map(|(kind, _)| kind).unwrap_or_default();
            let at = lock.add(Entry {
                ecosystem: "NuGet",
                origin: if kind == "Project" { Origin::Path } else { Origin::Registry },
                name: name.to_owned(),
                name_span: key.span,
                version: version.to_owned(),
                version_span,
                direct: Some(kind == "Direct"),
                checksum: Some(node.get("contentHash").is_some()),
                ..Entry::default()
            });
            by_name.insert(name.to_ascii_lowercase(), at);
            nodes.push((at, node));
        }
        for (from, node) in nodes {
            for (name, _) in map(node, "dependencies") {
                if let Some(&to) = name.as_str().and_then(|name| by_name.get(&name.to_ascii_lowercase())) {
                    lock.need(from, to, Scope::Production);
                }
            }
        }
    }
}

/// `pubspec.lock`.
pub(super) fn pubspec(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    for (key, node) in map(root, "packages") {
        let (Some(name), Some((version, version_span))) = (key.as_str(), field(node, "version")) else { continue };
        let need = field(node, "dependency").map(|(need, _)| need).unwrap_or_default();
        lock.add(Entry {
            ecosystem: "Pub",
            origin: match field(node, "source").map(|(source, _)| source) {
                Some("git") => Origin::Git,
                Some("path" | "sdk") => Origin::Path,
                _ => Origin::Registry,
            },
            name: name.to_owned(),
            name_span: key.span,
            version: version.to_owned(),
            version_span,
            scope: (need == "direct dev").then_some(Scope::Development),
            direct: Some(need.starts_with("direct")),
            checksum: Some(node.at(&["description", "sha256"]).is_some()),
            ..Entry::default()
        });
    }
}

/// `Package.resolved` of Swift, versions 1 to 3; a package is its address.
pub(super) fn swift(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    lock.check_version(cx, root.get("version").and_then(Node::as_number), 1.0..=3.0);
    let pins = root.get("pins").or_else(|| root.at(&["object", "pins"]));
    for node in pins.map(Node::elements).unwrap_or_default() {
        let address = field(node, "location").or_else(|| field(node, "repositoryURL"));
        let version = node.at(&["state", "version"]).and_then(|node| Some((node.as_str()?, node.span)));
        let (Some(address), Some(version)) = (address, version) else { continue };
        lock.add(Entry {
            ecosystem: "SwiftURL",
            name: address.0.to_owned(),
            name_span: address.1,
            version: version.0.to_owned(),
            version_span: version.1,
            ..Entry::default()
        });
    }
}

/// `bun.lock`: `"a/b": ["b@1.0.0", "", {"dependencies": {...}}, "sha512-..."]`; a key is the path of installed places.
pub(super) fn bun(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    lock.check_version(cx, root.get("lockfileVersion").and_then(Node::as_number), 0.0..=1.0);
    let (mut places, mut nodes) = (BTreeMap::new(), Vec::new());
    for (key, node) in map(root, "packages") {
        let (Some(place), [first, rest @ ..]) = (key.as_str(), node.elements()) else { continue };
        let written = first.as_str().unwrap_or_default();
        let from = usize::from(written.starts_with('@'));
        let sign = written.get(from..).and_then(|rest| rest.find('@')).map(|at| at + from);
        let Some((name, version)) = sign.and_then(|at| Some((written.get(..at)?, written.get(at + 1..)?))) else {
            continue;
        };
        let origin = Origin::of_address(version).unwrap_or_default();
        let at = lock.add(Entry {
            ecosystem: "npm",
            origin,
            name: name.to_owned(),
            name_span: key.span,
            version: version.to_owned(),
            version_span: part(cx, first.span, version),
            checksum: Some(rest.last().is_some_and(|last| last.as_str().is_some())),
            is_root: version.starts_with("workspace:"),
            ..Entry::default()
        });
        places.insert(place, at);
        nodes.push((at, place, rest.iter().find(|node| !node.entries().is_empty())));
    }
    for (key, node) in map(root, "workspaces") {
        let name = field(node, "name").map(|(name, _)| name).unwrap_or_default();
        let member = places.get(name).copied().filter(|_| key.as_str() != Some(""));
        let at = member.unwrap_or_else(|| lock.add(Entry { ecosystem: "npm", is_root: true, ..Entry::default() }));
        nodes.push((at, "", Some(node)));
    }
    for (from, place, node) in nodes {
        let is_root = lock.entries.get(from).is_some_and(|entry| entry.is_root);
        let Some(node) = node else { continue };
        for (list, scope) in [
            ("dependencies", Scope::Production),
            ("peerDependencies", Scope::Production),
            ("optionalDependencies", Scope::Optional),
            ("devDependencies", Scope::Development),
        ] {
            if list == "devDependencies" && !is_root {
                continue;
            }
            for (name, _) in map(node, list) {
                if let Some(to) = name.as_str().and_then(|name| bun_place(&places, place, name)) {
                    lock.need(from, to, scope);
                }
            }
        }
    }
}

fn bun_place(places: &BTreeMap<&str, usize>, place: &str, name: &str) -> Option<usize> {
    let mut folder = place;
    loop {
        let candidate = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        if let Some(&at) = places.get(candidate.as_str()) {
            return Some(at);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

/// `Manifest.toml` of Julia, formats 1 and 2.
pub(super) fn julia(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    let format = root.get("manifest_format").and_then(Node::as_number);
    // Other tools also call a file Manifest.toml.
    if format.is_none()
        && !root.entries().iter().any(|(_, list)| list.elements().iter().any(|node| node.get("uuid").is_some()))
    {
        return;
    }
    lock.check_version(cx, format, 1.0..=2.99);
    let packages = root.get("deps").unwrap_or(root);
    let mut nodes = Vec::new();
    let mut by_name = BTreeMap::new();
    for (key, list) in packages.entries() {
        for node in list.elements().iter().filter(|node| node.get("uuid").is_some()) {
            let Some(name) = key.as_str() else { continue };
            // Packages of the standard library have no version of their own.
            let (version, version_span) = field(node, "version").unwrap_or(("", Span::default()));
            let at = lock.add(Entry {
                ecosystem: "Julia",
                origin: match () {
                    () if node.get("path").is_some() => Origin::Path,
                    () if node.get("repo-url").is_some() => Origin::Git,
                    () => Origin::Registry,
                },
                name: name.to_owned(),
                name_span: key.span,
                version: version.to_owned(),
                version_span,
                checksum: Some(node.get("git-tree-sha1").is_some()),
                ..Entry::default()
            });
            by_name.entry(name).or_insert(at);
            nodes.push((at, node));
        }
    }
    for (from, node) in nodes {
        let needed = node.get("deps").map(|list| list.elements()).unwrap_or_default();
        let keys = map(node, "deps").iter().map(|(key, _)| key);
        for name in needed.iter().chain(keys).filter_map(Node::as_str) {
            if let Some(&to) = by_name.get(name) {
                lock.need(from, to, Scope::Production);
            }
        }
    }
}

/// `renv.lock` of R.
pub(super) fn renv(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    if root.get("Packages").is_none() {
        lock.notify(cx, NotificationId::Unsupported, "no Packages: not an renv lock file");
    }
    for (key, node) in map(root, "Packages") {
        let (Some(name), Some(version)) = (field(node, "Package"), field(node, "Version")) else { continue };
        lock.add(Entry {
            ecosystem: "CRAN",
            origin: match field(node, "Source").map(|(source, _)| source) {
                None | Some("Repository" | "CRAN") => Origin::Registry,
                Some("Local") => Origin::Path,
                _ => Origin::Git,
            },
            name: name.0.to_owned(),
            name_span: key.span,
            version: version.0.to_owned(),
            version_span: version.1,
            checksum: Some(node.get("Hash").is_some()),
            ..Entry::default()
        });
    }
}

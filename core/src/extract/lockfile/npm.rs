//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.

use std::collections::BTreeMap;

use super::{Context, Entry, Lock, Scope, field, part};
use crate::{error::NotificationId, package::Origin, span::Span, syntax::Node};

/// Installed places (`node_modules/a/node_modules/b`) and the entries there.
type Places = BTreeMap<String, usize>;

/// Where a package's needs are written, and what each list means for the project itself.
const NEEDS: &[(&str, Scope)] = &[
    ("dependencies", Scope::Production),
    ("peerDependencies", Scope::Production),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Development),
];

pub(super) fn read(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    let version = root.get("lockfileVersion").and_then(Node::as_number);
    lock.check_version(cx, version, 1.0..=3.0);
    match (root.get("packages"), root.get("dependencies")) {
        (Some(packages), _) => read_packages(cx, packages, lock),
        (None, Some(dependencies)) => read_tree(cx, dependencies, lock),
        // A project without dependencies has neither; a file without a version is something else.
        (None, None) if version.is_none() => {
            lock.notify(
                cx,
                NotificationId::Unsupported,
                "no lockfileVersion, packages or dependencies: not a lock file",
            );
        }
        (None, None) => {}
    }
}

/// Versions 2 and 3: a flat map from installed place to package.
fn read_packages(cx: &Context<'_>, packages: &Node, lock: &mut Lock) {
    let (mut places, mut links, mut nodes) = (Places::new(), Vec::new(), Vec::new());
    for (key, node) in packages.entries() {
        let Some(place) = key.as_str() else { continue };
        if node.get("link").and_then(Node::as_bool) == Some(true) {
            links.push((place, field(node, "resolved").map(|(target, _)| target).unwrap_or_default()));
            continue;
        }
        let installed = place.rsplit_once("node_modules/").map(|(_, name)| name);
        let mut entry = entry(cx, node, installed.unwrap_or_default(), key.span);
        // A place outside node_modules is a folder of the project.
        entry.is_root = installed.is_none();
        let at = lock.add(entry);
        places.insert(place.to_owned(), at);
        nodes.push((at, place, node));
    }
    for (place, target) in links {
        if let Some(&at) = places.get(target) {
            places.insert(place.to_owned(), at);
        }
    }
    for (from, place, node) in nodes {
        let is_root = lock.entries.get(from).is_some_and(|entry| entry.is_root);
        for &(list, scope) in NEEDS {
            if list == "devDependencies" && !is_root {
                continue;
            }
            for (name, _) in node.get(list).map(Node::entries).unwrap_or_default() {
                if let Some(to) = name.as_str().and_then(|name| resolve(&places, place, name)) {
                    lock.need(from, to, scope);
                }
            }
        }
    }
}

/// Version 1: a tree of installed packages; the project's own needs are only in `package.json`.
fn read_tree(cx: &Context<'_>, dependencies: &Node, lock: &mut Lock) {
    let (mut places, mut nodes) = (Places::new(), Vec::new());
    // The parser bounds the depth; the list keeps the order of the file.
    let mut stack = vec![(String::new(), dependencies)];
    while let Some((parent, list)) = stack.pop() {
        for (key, node) in list.entries() {
            let Some(name) = key.as_str() else { continue };
            let place = if parent.is_empty() {
                format!("node_modules/{name}")
            } else {
                format!("{parent}/node_modules/{name}")
            };
            let at = lock.add(entry(cx, node, name, key.span));
            if let Some(inner) = node.get("dependencies") {
                stack.push((place.clone(), inner));
            }
            nodes.push((at, place.clone(), node));
            places.insert(place, at);
        }
    }
    for (from, place, node) in nodes {
        for (name, _) in node.get("requires").map(Node::entries).unwrap_or_default() {
            if let Some(to) = name.as_str().and_then(|name| resolve(&places, &place, name)) {
                lock.need(from, to, Scope::Production);
            }
        }
    }
}

/// Finds what a package at a place loads under a name: its own folder first, then each folder above.
fn resolve(places: &Places, place: &str, name: &str) -> Option<usize> {
    let mut folder = place;
    loop {
        let candidate =
            if folder.is_empty() { format!("node_modules/{name}") } else { format!("{folder}/node_modules/{name}") };
        if let Some(&at) = places.get(&candidate) {
            return Some(at);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

fn entry(cx: &Context<'_>, node: &Node, installed: &str, key: Span) -> Entry {
    let flag = |name| node.get(name).and_then(Node::as_bool) == Some(true);
    let (written, version_span) = field(node, "version").unwrap_or_default();
    let resolved = field(node, "resolved").map(|(resolved, _)| resolved);
    let mut entry = Entry {
        ecosystem: "npm",
        name: installed.to_owned(),
        name_span: key,
        version: written.to_owned(),
        version_span,
        checksum: Some(node.get("integrity").is_some()),
        scope: match () {
            () if flag("dev") => Some(Scope::Development),
            () if flag("optional") || flag("devOptional") => Some(Scope::Optional),
            () => None,
        },
        origin: origin(resolved, written),
        ..Entry::default()
    };
    if let Some((name, _)) = field(node, "name") {
        entry.name = name.to_owned();
    }
    // Version 1 writes an alias as `npm:NAME@VERSION`.
    if let Some((name, version)) = written.strip_prefix("npm:").and_then(|alias| alias.rsplit_once('@')) {
        entry.name = name.to_owned();
        entry.version = version.to_owned();
        entry.version_span = part(cx, version_span, version);
    }
    entry
}

/// Hosts that serve archives of repositories, not packages; any other address is a registry or a mirror of one.
const FORGES: &[&str] =
    &["https://codeload.github.com/", "https://github.com/", "https://gitlab.com/", "https://bitbucket.org/"];

fn origin(resolved: Option<&str>, version: &str) -> Origin {
    let is_forge = |address: &str| FORGES.iter().any(|forge| address.starts_with(forge));
    // Version 1 has the address in the place of the version.
    if let Some(origin) = Origin::of_address(version) {
        return origin;
    }
    match resolved.map(|address| (Origin::of_address(address), address)) {
        Some((Some(Origin::Url), address)) if !is_forge(address) => Origin::Registry,
        Some((Some(origin), _)) => origin,
        _ => Origin::Registry,
    }
}

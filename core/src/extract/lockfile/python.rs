//! Lock files of Python: poetry, uv, pdm, pipenv, and the common `pylock.toml` (PEP 751).

use std::collections::BTreeMap;

use super::{Context, Entry, Lock, Scope, field, part};
use crate::{
    error::NotificationId,
    package::{self, Origin},
    syntax::Node,
};

/// Entries by canonical name; forks of a resolution hold a name more than once.
type ByName = BTreeMap<String, Vec<usize>>;

fn list<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map(Node::elements).unwrap_or_default()
}

fn map<'a>(node: &'a Node, key: &str) -> &'a [(Node, Node)] {
    node.get(key).map(Node::entries).unwrap_or_default()
}

/// Adds the packages of a list; gives each entry with its node.
fn add_all<'a>(packages: &'a [Node], lock: &mut Lock, by_name: &mut ByName) -> Vec<(usize, &'a Node)> {
    let mut found = Vec::new();
    for node in packages {
        let Some((name, name_span)) = field(node, "name") else { continue };
        let (version, version_span) = field(node, "version").unwrap_or_default();
        let at = lock.add(Entry {
            ecosystem: "PyPI",
            name: name.to_owned(),
            name_span,
            version: version.to_owned(),
            version_span,
            ..Entry::default()
        });
        by_name.entry(canonical(name)).or_default().push(at);
        found.push((at, node));
    }
    found
}

fn canonical(name: &str) -> String {
    package::canonical_name("PyPI", name).into_owned()
}

fn need(lock: &mut Lock, by_name: &ByName, from: usize, name: &str, scope: Scope) {
    for &to in by_name.get(&canonical(name)).into_iter().flatten() {
        if to != from {
            lock.need(from, to, scope);
        }
    }
}

/// The name at the start of a requirement (PEP 508).
fn requirement_name(text: &str) -> &str {
    let end = text.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.')));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// `poetry.lock`.
pub(super) fn poetry(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    let version = root.at(&["metadata", "lock-version"]).and_then(Node::as_number);
    lock.check_version(cx, version, 0.0..=2.99);
    let mut by_name = ByName::new();
    let packages = add_all(list(root, "package"), lock, &mut by_name);
    // Before lock version 2 the hashes stood apart, by name.
    let apart: Vec<String> = [["metadata", "files"], ["metadata", "hashes"]]
        .iter()
        .flat_map(|path| root.at(path).map(Node::entries).unwrap_or_default())
        .filter(|(_, files)| !files.elements().is_empty())
        .filter_map(|(name, _)| name.as_str().map(canonical))
        .collect();
    for (at, node) in packages {
        for (name, _) in map(node, "dependencies") {
            need(lock, &by_name, at, name.as_str().unwrap_or_default(), Scope::Production);
        }
        let Some(entry) = lock.entries.get_mut(at) else { continue };
        entry.checksum = Some(!list(node, "files").is_empty() || apart.contains(&canonical(&entry.name)));
        entry.origin = match node.at(&["source", "type"]).and_then(Node::as_str) {
            Some("git" | "hg" | "svn") => Origin::Git,
            Some("url") => Origin::Url,
            Some("directory" | "file") => Origin::Path,
            _ => Origin::Registry,
        };
        entry.scope = poetry_scope(node);
    }
}

/// Old files have a `category`, new ones `groups`; `main` is what is shipped.
fn poetry_scope(node: &Node) -> Option<Scope> {
    let groups: Vec<&str> = list(node, "groups").iter().filter_map(Node::as_str).collect();
    let category = field(node, "category").map(|(category, _)| category);
    let is_optional = node.get("optional").and_then(Node::as_bool) == Some(true);
    let is_shipped = match (groups.is_empty(), category) {
        (false, _) => groups.contains(&"main"),
        (true, Some(category)) => category == "main",
        (true, None) => true,
    };
    match (is_shipped, is_optional) {
        (false, _) => Some(Scope::Development),
        (true, true) => Some(Scope::Optional),
        (true, false) => Some(Scope::Production),
    }
}

/// `uv.lock`.
pub(super) fn uv(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    lock.check_version(cx, root.get("version").and_then(Node::as_number), 1.0..=1.0);
    let mut by_name = ByName::new();
    let packages = add_all(list(root, "package"), lock, &mut by_name);
    for &(at, node) in &packages {
        let source = |key: &str| node.at(&["source", key]).is_some();
        let Some(entry) = lock.entries.get_mut(at) else { continue };
        entry.origin = match () {
            () if source("git") => Origin::Git,
            () if source("url") => Origin::Url,
            () if ["path", "directory", "editable", "virtual"].iter().any(|key| source(key)) => Origin::Path,
            () => Origin::Registry,
        };
        // Folders are members of the project or lie beside it.
        entry.is_root = source("virtual") || source("editable") || source("directory");
        let is_hashed = |file: &Node| file.get("hash").is_some();
        entry.checksum = Some(node.get("sdist").is_some_and(is_hashed) || list(node, "wheels").iter().any(is_hashed));
    }
    for (at, node) in packages {
        let is_root = lock.entries.get(at).is_some_and(|entry| entry.is_root);
        let extra = if is_root { Scope::Optional } else { Scope::Production };
        uv_needs(lock, &by_name, at, list(node, "dependencies"), Scope::Production);
        for (_, needed) in map(node, "optional-dependencies") {
            uv_needs(lock, &by_name, at, needed.elements(), extra);
        }
        for (_, needed) in map(node, "dev-dependencies") {
            uv_needs(lock, &by_name, at, needed.elements(), Scope::Development);
        }
    }
}

fn uv_needs(lock: &mut Lock, by_name: &ByName, from: usize, needed: &[Node], scope: Scope) {
    for node in needed {
        let Some((name, _)) = field(node, "name") else { continue };
        let version = field(node, "version").map(|(version, _)| version);
        for &to in by_name.get(&canonical(name)).into_iter().flatten() {
            // The version is written where the name alone is not clear.
            let fits = lock.entries.get(to).is_some_and(|entry| version.is_none_or(|version| entry.version == version));
            if fits && to != from {
                lock.need(from, to, scope);
            }
        }
    }
}

/// `pdm.lock`.
pub(super) fn pdm(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    let version = root.at(&["metadata", "lock_version"]).and_then(Node::as_str);
    let major = version.and_then(|version| version.split('.').next()?.parse().ok());
    lock.check_version(cx, major, 2.0..=4.0);
    let mut by_name = ByName::new();
    let packages = add_all(list(root, "package"), lock, &mut by_name);
    for (at, node) in packages {
        for needed in list(node, "dependencies").iter().filter_map(Node::as_str) {
            need(lock, &by_name, at, requirement_name(needed), Scope::Production);
        }
        let groups: Vec<&str> = list(node, "groups").iter().filter_map(Node::as_str).collect();
        let Some(entry) = lock.entries.get_mut(at) else { continue };
        entry.checksum = Some(!list(node, "files").is_empty());
        entry.origin = match () {
            () if node.get("git").is_some() => Origin::Git,
            () if node.get("path").is_some() => Origin::Path,
            () if node.get("url").is_some() => Origin::Url,
            () => Origin::Registry,
        };
        // Other groups are extras or development; the file does not tell which, so they count as shipped on request.
        entry.scope = (!groups.is_empty() && !groups.contains(&"default")).then(|| {
            let is_tool = |group: &&str| matches!(*group, "dev" | "test" | "tests" | "lint" | "doc" | "docs");
            if groups.iter().all(|group| is_tool(group)) { Scope::Development } else { Scope::Optional }
        });
    }
}

/// `pylock.toml` (PEP 751).
pub(super) fn pylock(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    match root.get("lock-version").and_then(Node::as_str) {
        Some(version) => lock.check_version(cx, version.parse().ok(), 1.0..=1.99),
        None => lock.notify(cx, NotificationId::Unsupported, "no lock-version: not a pylock file that is understood"),
    }
    let mut by_name = ByName::new();
    let packages = add_all(list(root, "packages"), lock, &mut by_name);
    for (at, node) in packages {
        for needed in list(node, "dependencies") {
            let name = field(needed, "name").map(|(name, _)| name).unwrap_or_default();
            need(lock, &by_name, at, name, Scope::Production);
        }
        let Some(entry) = lock.entries.get_mut(at) else { continue };
        entry.origin = match () {
            () if node.get("vcs").is_some() => Origin::Git,
            () if node.get("directory").is_some() => Origin::Path,
            () if node.get("archive").is_some() => Origin::Url,
            () => Origin::Registry,
        };
        let is_hashed = |file: &Node| !map(file, "hashes").is_empty();
        entry.checksum = Some(node.get("sdist").is_some_and(is_hashed) || list(node, "wheels").iter().any(is_hashed));
    }
}

/// `Pipfile.lock`.
pub(super) fn pipfile(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    lock.check_version(cx, root.at(&["_meta", "pipfile-spec"]).and_then(Node::as_number), 1.0..=6.0);
    for (section, node) in root.entries() {
        let scope = match section.as_str() {
            Some("default") => Scope::Production,
            Some("develop") => Scope::Development,
            Some("_meta") | None => continue,
            // Pipenv 2022 and later write a section for each category of the Pipfile.
            Some(_) => Scope::Optional,
        };
        for (key, node) in node.entries() {
            let Some(name) = key.as_str() else { continue };
            let (written, span) = field(node, "version").unwrap_or_default();
            let version = written.trim_start_matches('=');
            let has = |keys: &[&str]| keys.iter().any(|key| node.get(key).is_some());
            lock.add(Entry {
                ecosystem: "PyPI",
                origin: match () {
                    () if has(&["git", "hg", "svn", "ref"]) => Origin::Git,
                    () if has(&["path"]) => Origin::Path,
                    () if has(&["file", "url"]) => Origin::Url,
                    () => Origin::Registry,
                },
                name: name.to_owned(),
                name_span: key.span,
                version: version.to_owned(),
                version_span: part(cx, span, version),
                scope: Some(scope),
                checksum: Some(!list(node, "hashes").is_empty()),
                ..Entry::default()
            });
        }
    }
}

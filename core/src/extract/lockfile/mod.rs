//! Lock files to packages: one file per family of formats, one model of what they say.

mod bundler;
mod cargo;
mod composer;
mod golang;
mod graph;
mod lines;
mod npm;
mod pnpm;
mod python;
mod requirements;
mod trees;
mod yarn;

use super::{Context, Extraction};
use crate::{
    classify::Role,
    error::{Notification, NotificationId},
    fact::{Fact, FactKind},
    package::{self, Origin},
    span::Span,
    syntax::{Node, Value},
};

/// Most packages of one lock file; the largest seen in public hold a tenth of this.
const MAX_PACKAGES: usize = 100_000;

/// Reads one lock file into the model.
type Reader = fn(&Context<'_>, &mut Lock);

/// Lock files by name, the tool that writes them, their reader.
const READERS: &[(&str, &str, Reader)] = &[
    ("Cargo.lock", "cargo", cargo::read),
    ("npm-shrinkwrap.json", "npm", npm::read),
    ("package-lock.json", "npm", npm::read),
    ("yarn.lock", "yarn", yarn::read),
    ("pnpm-lock.yaml", "pnpm", pnpm::read),
    ("poetry.lock", "poetry", python::poetry),
    ("uv.lock", "uv", python::uv),
    ("pdm.lock", "pdm", python::pdm),
    ("pylock.toml", "pylock", python::pylock),
    ("Pipfile.lock", "pipenv", python::pipfile),
    ("go.mod", "go", golang::read),
    ("bun.lock", "bun", trees::bun),
    ("Gemfile.lock", "bundler", bundler::read),
    ("gems.locked", "bundler", bundler::read),
    ("composer.lock", "composer", composer::read),
    ("packages.lock.json", "nuget", trees::nuget),
    ("pubspec.lock", "pub", trees::pubspec),
    ("Package.resolved", "swiftpm", trees::swift),
    ("mix.lock", "mix", lines::mix),
    ("gradle.lockfile", "gradle", lines::gradle),
    ("buildscript-gradle.lockfile", "gradle", lines::gradle),
    ("cabal.project.freeze", "cabal", lines::cabal),
    ("Manifest.toml", "julia", trees::julia),
    ("renv.lock", "renv", trees::renv),
];

/// Names of the lock files that can stand for a manifest, beside it or in a folder above; empty for a file that needs
/// none.
pub fn locks_for(manifest: &str) -> &'static [&'static str] {
    match manifest {
        "Cargo.toml" => &["Cargo.lock"],
        "package.json" => {
            &["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"]
        }
        "pyproject.toml" => &["poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "requirements.txt"],
        "Pipfile" => &["Pipfile.lock"],
        "Gemfile" => &["Gemfile.lock", "gems.locked"],
        "composer.json" => &["composer.lock"],
        "pubspec.yaml" => &["pubspec.lock"],
        "mix.exs" => &["mix.lock"],
        "Package.swift" => &["Package.resolved"],
        _ => &[],
    }
}

/// Which part of a project needs a package, from what is shipped to what is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    /// Shipped, or nothing says otherwise.
    #[default]
    Production,
    /// Shipped when somebody asks for it.
    Optional,
    /// Building and testing.
    Development,
}

impl Scope {
    const ALL: [Self; 3] = [Self::Production, Self::Optional, Self::Development];

    fn word(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Optional => "optional",
            Self::Development => "development",
        }
    }
}

/// A package as a lock file states it, or a part of the project itself.
#[derive(Clone, Debug, Default)]
struct Entry {
    ecosystem: &'static str,
    origin: Origin,
    name: String,
    name_span: Span,
    version: String,
    version_span: Span,
    /// What the lock file itself says; otherwise the graph decides.
    scope: Option<Scope>,
    direct: Option<bool>,
    /// Whether the content is pinned by a hash; `None` where the format has none.
    checksum: Option<bool>,
    /// A part of the project (workspace member, root): where paths begin, no package.
    is_root: bool,
    /// Packages it needs.
    needs: Vec<(usize, Scope)>,
}

/// What a lock file states.
#[derive(Clone, Debug, Default)]
struct Lock {
    entries: Vec<Entry>,
    notifications: Vec<Notification>,
}

impl Lock {
    /// Adds an entry and gives its place.
    fn add(&mut self, entry: Entry) -> usize {
        self.entries.push(entry);
        self.entries.len() - 1
    }

    /// Adds what an entry needs.
    fn need(&mut self, from: usize, to: usize, scope: Scope) {
        if let Some(entry) = self.entries.get_mut(from) {
            entry.needs.push((to, scope));
        }
    }

    fn notify(&mut self, cx: &Context<'_>, id: NotificationId, message: impl Into<String>) {
        self.notifications.push(Notification::new(cx.source.path.as_ref(), id, message));
    }

    /// Says that the format's version is not the one that is known, which must not pass for "nothing found".
    fn check_version(&mut self, cx: &Context<'_>, found: Option<f64>, known: std::ops::RangeInclusive<f64>) {
        if let Some(version) = found
            && !known.contains(&version)
        {
            let (first, last) = (known.start(), known.end());
            let message = format!("lock file version {version} is not one of the supported {first} to {last}");
            self.notify(cx, NotificationId::Unsupported, message);
        }
    }
}

/// Reads facts from one source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    if !cx.wanted.has(FactKind::Package) || cx.kind.role == Role::Vendored {
        return;
    }
    let Some((manager, read)) = reader(cx) else { return };
    let mut lock = Lock::default();
    read(cx, &mut lock);
    if lock.entries.len() > MAX_PACKAGES {
        lock.notify(cx, NotificationId::Limit, format!("more than {MAX_PACKAGES} packages; the rest was left out"));
        lock.entries.truncate(MAX_PACKAGES);
    }
    out.notifications.append(&mut lock.notifications);
    out.facts.extend(facts(cx, manager, &lock));
}

/// True for the name of a lock file.
pub(super) fn is_lock(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    READERS.iter().any(|(known, ..)| *known == name)
}

/// The tool that writes a source, and how it is read; `None` for a source that is no lock file.
fn reader(cx: &Context<'_>) -> Option<(&'static str, Reader)> {
    let name = cx.source.path.rsplit('/').next().unwrap_or_default();
    if requirements::is_mine(cx) {
        return Some(("pip", requirements::read));
    }
    // PEP 751 allows a name in the middle: `pylock.web.toml`.
    let is_pylock = name.starts_with("pylock.") && name.ends_with(".toml");
    let name = if is_pylock { "pylock.toml" } else { name };
    READERS.iter().find(|(known, ..)| *known == name).map(|&(_, manager, read)| (manager, read))
}

/// One fact a package and version: the first place counts, and the strongest need.
fn facts(cx: &Context<'_>, manager: &str, lock: &Lock) -> Vec<Fact> {
    let paths = graph::walk(&lock.entries);
    let mut seen = std::collections::BTreeMap::new();
    for (at, entry) in lock.entries.iter().enumerate() {
        let is_package = !entry.is_root && !entry.name.is_empty() && !entry.version.is_empty();
        if is_package {
            let ecosystem = package::ecosystem(entry.ecosystem, entry.origin);
            let name = package::canonical_name(entry.ecosystem, &entry.name).into_owned();
            let places: &mut Vec<usize> = seen.entry((ecosystem, name, entry.version.as_str())).or_default();
            places.push(at);
        }
    }
    let mut facts: Vec<Fact> = seen
        .into_iter()
        .filter_map(|((ecosystem, _, version), places)| {
            let (entry, merged) = graph::merge(&lock.entries, &paths, &places)?;
            let span = region(entry);
            let purl = package::purl(entry.ecosystem, &entry.name, version);
            let flag = |span, value: bool| Node::new(span, Value::Bool(value));
            let mut fact = Fact::new(FactKind::Package, entry.name.as_str(), cx.source.id, span)
                .with_text("ecosystem", span, ecosystem)
                .with_text("version", entry.version_span, version)
                .with_text("scope", span, merged.scope.word())
                .with_text("manager", span, manager)
                .with_text("origin", span, entry.origin.word());
            if let Some(purl) = purl {
                fact = fact.with_text("purl", span, purl);
            }
            if let Some(direct) = merged.direct {
                fact = fact.with("direct", flag(span, direct));
            }
            if let Some(checksum) = entry.checksum {
                fact = fact.with_text("checksum", span, if checksum { "present" } else { "absent" });
            }
            let via = merged.via.iter().filter_map(|&at| lock.entries.get(at));
            let names = via.map(|entry| Node::string(entry.name_span, entry.name.as_str())).collect();
            Some(fact.with("via", Node::new(span, Value::List(names))))
        })
        .collect();
    facts.sort_by_key(|fact| fact.span);
    facts
}

/// Longest region that shows a name and a version together; otherwise the version stands alone.
const REGION: usize = 400;

fn region(entry: &Entry) -> Span {
    let whole = entry.name_span.cover(entry.version_span);
    if entry.name_span.is_empty() || whole.len() > REGION { entry.version_span } else { whole }
}

/// Text and span of a field.
fn field<'a>(node: &'a Node, key: &str) -> Option<(&'a str, Span)> {
    let value = node.get(key)?;
    Some((value.as_str()?, value.span))
}

/// The span of a part of a scalar, as the source writes it; the whole scalar when escapes hide the part.
fn part(cx: &Context<'_>, whole: Span, part: &str) -> Span {
    let start = whole.text(&cx.source.text).rfind(part);
    start.map_or(whole, |at| Span::new(whole.from() + at, whole.from() + at + part.len()))
}

#[cfg(test)]
mod tests;

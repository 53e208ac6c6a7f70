//! `requirements.txt`: what is pinned to one version. Files of constraints and inputs of pip-compile install nothing.

use super::{Context, Entry, Lock, Scope, part};
use crate::{classify::Format, error::NotificationId, package::Origin, span::Span, syntax::Node};

/// Words in a file's name or folder that say its packages are not shipped.
const TOOLS: &[&str] =
    &["dev", "develop", "development", "test", "tests", "testing", "lint", "doc", "docs", "ci", "build"];

/// True for files this reader knows.
pub(super) fn is_mine(cx: &Context<'_>) -> bool {
    let name = cx.source.path.rsplit('/').next().unwrap_or_default();
    cx.kind.format == Format::Requirements && name.ends_with(".txt") && !name.starts_with("constraints")
}

pub(super) fn read(cx: &Context<'_>, lock: &mut Lock) {
    let scope = scope(&cx.source.path);
    let mut unpinned = 0_usize;
    for node in cx.document.roots.iter().flat_map(Node::elements) {
        let Some(name) = node.get("name").filter(|name| name.as_str().is_some()) else { continue };
        let address = node.get("url").and_then(Node::as_str).map(|url| Origin::of_address(url).unwrap_or(Origin::Url));
        let Some((version, version_span)) = pinned(cx, node) else {
            // A package from an address is as fixed as the address.
            unpinned += usize::from(address.is_none());
            continue;
        };
        lock.add(Entry {
            ecosystem: "PyPI",
            origin: address.unwrap_or_default(),
            name: name.as_str().unwrap_or_default().to_owned(),
            name_span: name.span,
            version,
            version_span,
            scope: Some(scope),
            checksum: Some(node.get("hashes").is_some_and(|hashes| !hashes.elements().is_empty())),
            ..Entry::default()
        });
    }
    if unpinned > 0 {
        let (noun, verb) = if unpinned == 1 { ("requirement", "is") } else { ("requirements", "are") };
        let message =
            format!("{unpinned} {noun} {verb} not pinned to one version and cannot be compared with advisories");
        lock.notify(cx, NotificationId::NotLocked, message);
    }
}

/// The version of `==1.2.3` or `===1.2.3`, with its place.
fn pinned(cx: &Context<'_>, node: &Node) -> Option<(String, Span)> {
    if let Some(version) = node.get("version")
        && let Some(text) = version.as_str()
    {
        return Some((text.to_owned(), version.span));
    }
    let specifier = node.get("specifier")?;
    let text = specifier.as_str()?.trim();
    let version = text.strip_prefix("==")?.trim_start_matches('=').trim();
    let is_exact = !version.is_empty() && !version.contains(['*', ',', ' ', '<', '>', '!', '~', '=']);
    is_exact.then(|| (version.to_owned(), part(cx, specifier.span, version)))
}

fn scope(path: &str) -> Scope {
    let mut parts = path.rsplit('/').take(2);
    let stem = parts.next().unwrap_or_default().trim_end_matches(".txt");
    let folder = parts.next().filter(|folder| folder.starts_with("requirements")).unwrap_or_default();
    let is_tool = |text: &str| text.to_ascii_lowercase().split(['-', '_', '.']).any(|word| TOOLS.contains(&word));
    if is_tool(stem) || is_tool(folder) { Scope::Development } else { Scope::Production }
}

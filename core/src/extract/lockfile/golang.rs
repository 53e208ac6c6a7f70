//! `go.mod`: what is required, with replacements applied. It is manifest and lock file in one.

use super::{Context, Entry, Lock, field};
use crate::{package::Origin, span::Span, syntax::Node};

pub(super) fn read(cx: &Context<'_>, lock: &mut Lock) {
    let Some(root) = cx.document.roots.first() else { return };
    let replaced = root.get("replace").map(Node::elements).unwrap_or_default();
    for node in root.get("require").map(Node::elements).unwrap_or_default() {
        let (Some(path), Some(version)) = (field(node, "path"), field(node, "version")) else { continue };
        let Some((path, version)) = target(replaced, path, version) else { continue };
        lock.add(Entry {
            ecosystem: "Go",
            origin: Origin::Registry,
            name: path.0.to_owned(),
            name_span: path.1,
            version: version.0.to_owned(),
            version_span: version.1,
            direct: Some(node.get("indirect").and_then(Node::as_bool) != Some(true)),
            ..Entry::default()
        });
    }
}

type Text<'a> = (&'a str, Span);

/// What a requirement is built from: a replacement of exactly this version wins over one of every version. `None` for
/// a local folder, whose code is not the published package.
fn target<'a>(replaced: &'a [Node], path: Text<'a>, version: Text<'a>) -> Option<(Text<'a>, Text<'a>)> {
    let of = |node: &&Node, wanted: Option<&str>| {
        field(node, "old").is_some_and(|(old, _)| old == path.0)
            && field(node, "old_version").map(|(old, _)| old).filter(|old| !old.is_empty()) == wanted
    };
    let found =
        replaced.iter().find(|node| of(node, Some(version.0))).or_else(|| replaced.iter().find(|node| of(node, None)));
    let Some(found) = found else { return Some((path, version)) };
    let new_version = field(found, "new_version").filter(|(version, _)| !version.is_empty())?;
    Some((field(found, "new")?, new_version))
}

//! `Gemfile.lock` and `gems.locked`: sections by indentation.

use std::collections::BTreeMap;

use super::{Context, Entry, Lock, Scope};
use crate::{error::NotificationId, package::Origin, span::Span};

pub(super) fn read(cx: &Context<'_>, lock: &mut Lock) {
    let root = lock.add(Entry { ecosystem: "RubyGems", is_root: true, ..Entry::default() });
    let (mut section, mut start) = ("", 0);
    let (mut by_name, mut needs) = (BTreeMap::<&str, Vec<usize>>::new(), Vec::new());
    let mut last = root;
    for line in cx.source.text.split_inclusive('\n') {
        let begin = start;
        start += line.len();
        let line = line.trim_end();
        let content = line.trim_start_matches(' ');
        let (indent, at) = (line.len() - content.len(), begin + line.len() - content.len());
        match (section, indent) {
            (_, 0) => section = if content.is_empty() { section } else { content },
            ("GEM" | "GIT" | "PATH" | "PLUGIN SOURCE", 4) => {
                let Some(entry) = entry(content, at, section) else { continue };
                last = lock.add(entry);
                let name = content.split(' ').next().unwrap_or_default();
                by_name.entry(name).or_default().push(last);
            }
            ("GEM" | "GIT" | "PATH" | "PLUGIN SOURCE", 6) => needs.push((last, name_of(content))),
            ("DEPENDENCIES", 2) => needs.push((root, name_of(content))),
            _ => {}
        }
    }
    if by_name.is_empty() && !cx.source.text.contains("DEPENDENCIES") {
        lock.notify(
            cx,
            NotificationId::Unsupported,
            "no GEM, GIT, PATH or DEPENDENCIES section: not a bundler lock file",
        );
    }
    for (from, name) in needs {
        for &to in by_name.get(name).into_iter().flatten() {
            lock.need(from, to, Scope::Production);
        }
    }
}

fn name_of(content: &str) -> &str {
    content.split([' ', '!']).next().unwrap_or_default()
}

/// `nokogiri (1.13.0-x86_64-linux)`: the platform is no part of the version, which has no hyphen.
fn entry(content: &str, at: usize, section: &str) -> Option<Entry> {
    let (name, rest) = content.split_once(" (")?;
    let version = rest.trim_end_matches(')').split('-').next().unwrap_or_default();
    let version_at = at + name.len() + 2;
    Some(Entry {
        ecosystem: "RubyGems",
        origin: match section {
            "GIT" => Origin::Git,
            "PATH" => Origin::Path,
            _ => Origin::Registry,
        },
        name: name.to_owned(),
        name_span: Span::new(at, at + name.len()),
        version: version.to_owned(),
        version_span: Span::new(version_at, version_at + version.len()),
        // A gem of a path is a part of the project.
        is_root: section == "PATH",
        ..Entry::default()
    })
}

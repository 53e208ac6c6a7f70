//! Lock files that are lists of lines: Mix (Hex), Gradle (Maven), Cabal (Hackage).

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use super::{Context, Entry, Lock, Scope};
use crate::{error::NotificationId, package::Origin, span::Span};

/// The lines of a text with the place where each begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let begin = start;
        start += line.len();
        (begin, line.trim_end())
    })
}

/// `"jason": {:hex, :jason, "1.4.0", "hash", [:mix], [{:decimal, "~> 1.0", [hex: :decimal]}], "hexpm", "hash"},`
static MIX: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^\s*"([^"]+)":\s*\{:(hex|git|path),\s*(?::"?([\w.]+)"?|"[^"]*"),\s*"([^"]*)"(.*)"#).ok()
});

/// A need inside such a line.
static MIX_NEED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"\{:"?(\w+)"?,\s*""#).ok());

/// `mix.lock`.
pub(super) fn mix(cx: &Context<'_>, lock: &mut Lock) {
    let (Some(line_form), Some(need_form)) = (MIX.as_ref(), MIX_NEED.as_ref()) else { return };
    let (mut by_name, mut needs) = (BTreeMap::new(), Vec::new());
    for (begin, line) in lines(&cx.source.text) {
        let Some(found) = line_form.captures(line) else { continue };
        let group = |index: usize| found.get(index).map_or((0..0, ""), |group| (group.range(), group.as_str()));
        let at = |index: usize| Span::new(group(index).0.start, group(index).0.end).shifted(begin);
        let is_hex = group(2).1 == "hex";
        let name = if group(3).1.is_empty() { group(1).1 } else { group(3).1 };
        let entry = lock.add(Entry {
            ecosystem: "Hex",
            origin: if is_hex { Origin::Registry } else { Origin::Git },
            name: name.to_owned(),
            name_span: at(1),
            version: group(4).1.to_owned(),
            version_span: at(4),
            ..Entry::default()
        });
        by_name.insert(group(1).1, entry);
        needs.extend(need_form.captures_iter(group(5).1).filter_map(|need| Some((entry, need.get(1)?.as_str()))));
    }
    if by_name.is_empty() && cx.source.text.contains('"') {
        lock.notify(cx, NotificationId::Unsupported, "no line of this lock file is understood");
    }
    for (from, name) in needs {
        if let Some(&to) = by_name.get(name) {
            lock.need(from, to, Scope::Production);
        }
    }
}

/// `gradle.lockfile` and `buildscript-gradle.lockfile`: `group:artifact:version=configurations`.
pub(super) fn gradle(cx: &Context<'_>, lock: &mut Lock) {
    let is_buildscript = cx.source.path.rsplit('/').next().unwrap_or_default().starts_with("buildscript");
    for (begin, line) in lines(&cx.source.text) {
        let Some((module, configurations)) = line.split_once('=') else { continue };
        let Some((name, version)) = module.rsplit_once(':').filter(|(name, _)| name.contains(':')) else { continue };
        if line.starts_with('#') {
            continue;
        }
        let is_tool = |name: &str| {
            let name = name.to_ascii_lowercase();
            ["test", "annotationprocessor", "lint", "checkstyle", "jacoco", "pmd", "spotbugs", "ktlint", "detekt"]
                .iter()
                .any(|word| name.contains(word))
        };
        let is_development = is_buildscript || configurations.split(',').all(is_tool);
        lock.add(Entry {
            ecosystem: "Maven",
            name: name.to_owned(),
            name_span: Span::new(begin, begin + name.len()),
            version: version.to_owned(),
            version_span: Span::new(begin + name.len() + 1, begin + module.len()),
            scope: Some(if is_development { Scope::Development } else { Scope::Production }),
            ..Entry::default()
        });
    }
}

/// `cabal.project.freeze`: `any.aeson ==2.0.3.0,`.
pub(super) fn cabal(cx: &Context<'_>, lock: &mut Lock) {
    for (begin, line) in lines(&cx.source.text) {
        let Some((before, version)) = line.split_once(" ==") else { continue };
        let name = before.rsplit([' ', '.']).next().unwrap_or_default();
        let version = version.trim_end_matches(',').trim();
        if name.is_empty() || version.is_empty() || line.trim_start().starts_with("--") {
            continue;
        }
        lock.add(Entry {
            ecosystem: "Hackage",
            name: name.to_owned(),
            name_span: Span::new(begin + before.len() - name.len(), begin + before.len()),
            version: version.to_owned(),
            version_span: Span::new(begin + before.len() + 3, begin + before.len() + 3 + version.len()),
            ..Entry::default()
        });
    }
}

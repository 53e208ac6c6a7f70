//! `yarn.lock`, classic and berry: two spellings of the same indented blocks, read line by line.

use std::collections::BTreeMap;

use super::{Context, Entry, Lock, Scope};
use crate::{error::NotificationId, package::Origin, span::Span};

/// A block under construction.
#[derive(Debug, Default)]
struct Block<'a> {
    specifiers: Vec<&'a str>,
    header: Span,
    version: Option<(&'a str, Span)>,
    resolved: &'a str,
    resolution: &'a str,
    checksum: bool,
    needs: Vec<(&'a str, &'a str, Scope)>,
}

/// Lists inside a block, and what they mean.
const LISTS: &[(&str, Scope)] = &[("dependencies", Scope::Production), ("optionalDependencies", Scope::Optional)];

pub(super) fn read(cx: &Context<'_>, lock: &mut Lock) {
    let text: &str = &cx.source.text;
    let (mut blocks, mut list, mut format) = (Vec::<Block<'_>>::new(), None, None);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        let content = line.trim_start_matches(' ');
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - content.len();
        let begin = at + indent;
        match indent {
            0 if line.ends_with(':') => {
                list = None;
                blocks.push(Block {
                    specifiers: specifiers(content.trim_end_matches(':')),
                    header: Span::new(begin, begin + content.len() - 1),
                    ..Block::default()
                });
            }
            2 => {
                list = None;
                let (key, value, span) = pair(content, begin);
                if let Some(&(_, scope)) = LISTS.iter().find(|(name, _)| *name == key) {
                    list = Some(scope);
                }
                let Some(block) = blocks.last_mut() else { continue };
                if block.specifiers == ["__metadata"] && key == "version" {
                    format = value.parse::<f64>().ok();
                }
                set(block, key, value, span);
            }
            4 => {
                if let (Some(scope), Some(block)) = (list, blocks.last_mut()) {
                    let (name, range, _) = pair(content, begin);
                    block.needs.push((name, range, scope));
                }
            }
            _ => {}
        }
    }
    blocks.retain(|block| block.specifiers != ["__metadata"]);
    lock.check_version(cx, format, 3.0..=9.0);
    let is_known = format.is_some() || text.contains("# yarn lockfile v1");
    if !is_known && blocks.iter().all(|block| block.version.is_none()) && !text.trim().is_empty() {
        lock.notify(cx, NotificationId::Unsupported, "neither a classic nor a berry yarn lock file");
    }
    fill(lock, &blocks);
}

fn set<'a>(block: &mut Block<'a>, key: &str, value: &'a str, span: Span) {
    match key {
        "version" => block.version = Some((value, span)),
        "resolved" => block.resolved = value,
        "resolution" => block.resolution = value,
        "integrity" | "checksum" => block.checksum = true,
        _ => {}
    }
}

fn fill(lock: &mut Lock, blocks: &[Block<'_>]) {
    let mut by_specifier = BTreeMap::new();
    for block in blocks {
        let at = lock.add(entry(block));
        for specifier in &block.specifiers {
            by_specifier.insert((*specifier).to_owned(), at);
        }
    }
    for (from, block) in blocks.iter().enumerate() {
        for &(name, range, scope) in &block.needs {
            let forms = [format!("{name}@{range}"), format!("{name}@npm:{range}")];
            if let Some(&to) = forms.iter().find_map(|form| by_specifier.get(form)) {
                lock.need(from, to, scope);
            }
        }
    }
}

fn entry(block: &Block<'_>) -> Entry {
    let specifier = block.specifiers.first().copied().unwrap_or_default();
    let (mut name, range) = split_specifier(specifier);
    let mut origin = Origin::of_address(range).unwrap_or_default();
    let mut is_root = false;
    if block.resolution.is_empty() {
        // Classic: an alias keeps the name of the package behind it.
        if let Some(real) = range.strip_prefix("npm:") {
            name = split_specifier(real).0;
        }
    } else {
        let (real, reference) = split_specifier(block.resolution);
        name = real;
        is_root = reference.starts_with("workspace:");
        origin = match reference {
            // A patch keeps the version of what it patches.
            known if known.starts_with("npm:") || known.starts_with("patch:") => Origin::Registry,
            other => Origin::of_address(other).unwrap_or_default(),
        };
    }
    if range == "*" || origin == Origin::Url {
        // A range says less than the address it was resolved to.
        origin = if block.resolved.contains("/-/") { Origin::Registry } else { origin };
    }
    let (version, version_span) = block.version.unwrap_or_default();
    Entry {
        ecosystem: "npm",
        origin,
        name: name.to_owned(),
        name_span: block.header,
        version: version.to_owned(),
        version_span,
        checksum: Some(block.checksum),
        is_root,
        ..Entry::default()
    }
}

/// `"a@^1, a@^2"`, `"a@^1", "a@^2"`, `a@^1, a@^2`.
fn specifiers(header: &str) -> Vec<&str> {
    header.split(", ").map(|part| part.trim_matches(['"', ' '])).filter(|part| !part.is_empty()).collect()
}

/// Splits `@scope/name@range` at the sign that is not the scope's.
fn split_specifier(specifier: &str) -> (&str, &str) {
    let from = usize::from(specifier.starts_with('@'));
    let sign = specifier.get(from..).and_then(|rest| rest.find('@')).map(|at| at + from);
    sign.and_then(|at| Some((specifier.get(..at)?, specifier.get(at + 1..)?))).unwrap_or((specifier, ""))
}

/// `key value`, `key "value"`, `"key" "value"`, `key: value`; the span is the value's with its quotes.
fn pair(content: &str, begin: usize) -> (&str, &str, Span) {
    let (key, rest) = match content.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        Some((key, rest)) => (key, rest),
        None => content.split_at_checked(content.find([':', ' ']).unwrap_or(content.len())).unwrap_or((content, "")),
    };
    let value = rest.trim_start_matches([':', ' ']);
    let start = begin + content.len() - value.len();
    (key, value.trim_matches('"'), Span::new(start, start + value.len()))
}

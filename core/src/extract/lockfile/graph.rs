//! Who needs whom: scope, directness and the shortest path to each package of a lock file.

use std::collections::VecDeque;

use super::{Entry, Scope};

/// Longest path that is shown.
const MAX_PATH: usize = 32;

/// How an entry is reached.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    /// The strongest need on any path.
    scope: Option<Scope>,
    /// The entry before it on the shortest path of that need.
    from: Option<usize>,
    /// Needed by a part of the project itself.
    direct: Option<bool>,
}

/// What several entries of one package and version say together.
#[derive(Clone, Debug)]
pub(super) struct Merged {
    pub(super) scope: Scope,
    pub(super) direct: Option<bool>,
    /// Entries from the direct dependency to the one that needs the package; empty for a direct dependency.
    pub(super) via: Vec<usize>,
}

/// Walks from the project along its needs, breadth first; needs for production before the others, so that a path shown
/// for a production package does not lead through a tool.
pub(super) fn walk(entries: &[Entry]) -> Vec<Reach> {
    let mut reach = vec![Reach::default(); entries.len()];
    let mut order = roots(entries, &mut reach);
    for level in Scope::ALL {
        let mut queue: VecDeque<usize> = order.iter().copied().collect();
        while let Some(at) = queue.pop_front() {
            let Some(entry) = entries.get(at) else { continue };
            for &(to, _) in entry.needs.iter().filter(|(_, scope)| *scope <= level) {
                let Some(next) = reach.get_mut(to) else { continue };
                if entry.is_root {
                    next.direct = Some(true);
                }
                if next.scope.is_none() {
                    (next.scope, next.from) = (Some(level), Some(at));
                    order.push(to);
                    queue.push_back(to);
                }
            }
        }
    }
    reach
}

/// Where paths begin: the parts of the project, or, where the format does not name them, what nothing else needs.
fn roots(entries: &[Entry], reach: &mut [Reach]) -> Vec<usize> {
    let named = entries.iter().any(|entry| entry.is_root);
    let has_needs = entries.iter().any(|entry| !entry.needs.is_empty());
    let mut needed = vec![false; entries.len()];
    for &(to, _) in entries.iter().flat_map(|entry| &entry.needs) {
        needed.get_mut(to).into_iter().for_each(|flag| *flag = true);
    }
    let mut order = Vec::new();
    for (at, ((entry, reach), needed)) in entries.iter().zip(reach.iter_mut()).zip(needed).enumerate() {
        let is_start = if named { entry.is_root } else { !needed };
        if is_start {
            reach.scope = Some(Scope::Production);
            order.push(at);
        }
        reach.direct = match (named, has_needs) {
            (true, _) => Some(false),
            // Others may be direct as well, which only the manifest knows.
            (false, true) if !needed => Some(true),
            _ => None,
        };
    }
    order
}

/// Joins entries of the same package and version.
pub(super) fn merge<'a>(entries: &'a [Entry], reach: &[Reach], places: &[usize]) -> Option<(&'a Entry, Merged)> {
    let first = entries.get(*places.first()?)?;
    let mut best: Option<(Scope, usize, Vec<usize>)> = None;
    let mut direct = None;
    for &at in places {
        let (Some(entry), Some(found)) = (entries.get(at), reach.get(at)) else { continue };
        direct = match (direct, entry.direct.or(found.direct)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (known, other) => known.or(other),
        };
        let scope = entry.scope.or(found.scope).unwrap_or_default();
        let via = path(entries, reach, at);
        if best.as_ref().is_none_or(|(known, length, _)| (scope, via.len()) < (*known, *length)) {
            best = Some((scope, via.len(), via));
        }
    }
    let (scope, _, via) = best?;
    Some((first, Merged { scope, direct, via }))
}

/// Entries between the project and `at`, both left out.
fn path(entries: &[Entry], reach: &[Reach], at: usize) -> Vec<usize> {
    let mut path = Vec::new();
    let mut next = reach.get(at).and_then(|found| found.from);
    while let Some(at) = next {
        if path.len() >= MAX_PATH || entries.get(at).is_none_or(|entry| entry.is_root) {
            break;
        }
        path.push(at);
        next = reach.get(at).and_then(|found| found.from);
    }
    path.reverse();
    path
}

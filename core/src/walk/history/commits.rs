//! The commits whose files are looked at, oldest first.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
};

use gix::{
    ObjectId,
    hashtable::HashMap,
    objs::{CommitRefIter, Find as _, Kind, TagRefIter},
};

use super::Range;
use crate::{
    error::{Error, ErrorKind},
    walk::{git, names},
};

/// Tags of tags are followed this far.
const DEEPEST_TAG: usize = 16;

/// What was chosen of the history.
#[derive(Default)]
pub(super) struct Chosen {
    /// Id and tree of each commit; every commit stands behind its parents.
    pub(super) commits: Vec<(ObjectId, ObjectId)>,
    /// Trees of parents that were not chosen: what they hold was there before.
    pub(super) before: Vec<ObjectId>,
    /// Commits and tags that the repository should hold and does not, or that cannot be read.
    pub(super) missing: u64,
    /// Commits where a shallow clone ends.
    pub(super) cut: u64,
}

/// Chooses the commits of a range.
pub(super) fn choose(repository: &gix::Repository, range: &Range) -> Result<Chosen, Error> {
    let mut graph = Graph::new(repository);
    let (tips, hidden) = match range {
        Range::All => (all_tips(repository), None),
        Range::Of(words) => ends(repository, words)?,
    };
    let tips: Vec<u32> = tips.into_iter().filter_map(|tip| graph.tip(tip)).collect();
    let hidden = hidden.and_then(|hidden| graph.tip(hidden));
    graph.load();
    let known = hidden.map(|hidden| graph.reach(&[hidden], &HashSet::new())).unwrap_or_default();
    let wanted = graph.reach(&tips, &known);
    Ok(graph.ordered(&wanted))
}

/// Every reference, and what is checked out without one.
fn all_tips(repository: &gix::Repository) -> Vec<ObjectId> {
    let mut tips: Vec<ObjectId> = repository.head_id().ok().map(gix::Id::detach).into_iter().collect();
    if let Ok(references) = repository.references()
        && let Ok(all) = references.all()
    {
        tips.extend(all.filter_map(Result::ok).filter_map(|reference| reference.try_id().map(gix::Id::detach)));
    }
    tips.sort_unstable();
    tips.dedup();
    tips
}

/// The commits whose history is meant, and the one whose history is not.
fn ends(repository: &gix::Repository, words: &str) -> Result<(Vec<ObjectId>, Option<ObjectId>), Error> {
    let named = |name: &str| git::commit(repository, if name.is_empty() { "HEAD" } else { name });
    if words.contains("...") {
        let shown = names::printable(words);
        let defect = format!("`{shown}` names two sides; write `A..B` for what B has and A has not");
        return Err(Error::new(ErrorKind::Input, defect));
    }
    match words.split_once("..") {
        Some((from, to)) => Ok((vec![named(to)?], Some(named(from)?))),
        None => Ok((vec![named(words)?], None)),
    }
}

/// Commits and their parents.
struct Graph<'a> {
    repository: &'a gix::Repository,
    shallow: HashSet<ObjectId>,
    index: HashMap<ObjectId, u32>,
    commits: Vec<Commit>,
    /// Commits before this one are read.
    read: usize,
    missing: u64,
}

struct Commit {
    id: ObjectId,
    tree: Option<ObjectId>,
    time: i64,
    parents: Vec<u32>,
}

impl<'a> Graph<'a> {
    fn new(repository: &'a gix::Repository) -> Self {
        let shallow = repository.shallow_commits().ok().flatten();
        let shallow = shallow.map(|commits| commits.iter().copied().collect()).unwrap_or_default();
        Self { repository, shallow, index: HashMap::default(), commits: Vec::new(), read: 0, missing: 0 }
    }

    /// The commit that an object is, or that a tag names. A tag may name a file or a folder: no commit brought those.
    fn tip(&mut self, id: ObjectId) -> Option<u32> {
        let (mut id, mut buffer) = (id, Vec::new());
        for _ in 0..DEEPEST_TAG {
            match self.repository.objects.try_find(&id, &mut buffer) {
                Ok(Some(object)) if object.kind == Kind::Commit => return Some(self.add(id)),
                Ok(Some(object)) if object.kind == Kind::Tag => {
                    id = TagRefIter::from_bytes(object.data, object.object_hash).target_id().ok()?;
                }
                Ok(Some(_)) => return None,
                _ => {
                    self.missing += 1;
                    return None;
                }
            }
        }
        None
    }

    fn add(&mut self, id: ObjectId) -> u32 {
        let next = u32::try_from(self.commits.len()).unwrap_or(u32::MAX);
        let at = *self.index.entry(id).or_insert(next);
        if at == next {
            self.commits.push(Commit { id, tree: None, time: 0, parents: Vec::new() });
        }
        at
    }

    /// Reads all that can be reached.
    fn load(&mut self) {
        let mut buffer = Vec::new();
        while let Some(id) = self.commits.get(self.read).map(|commit| commit.id) {
            let read = self.parse(id, &mut buffer);
            let Some((tree, time, parents)) = read else {
                self.missing += 1;
                self.read += 1;
                continue;
            };
            let parents = parents.into_iter().map(|parent| self.add(parent)).collect();
            if let Some(commit) = self.commits.get_mut(self.read) {
                *commit = Commit { id, tree: Some(tree), time, parents };
            }
            self.read += 1;
        }
    }

    fn parse(&self, id: ObjectId, buffer: &mut Vec<u8>) -> Option<(ObjectId, i64, Vec<ObjectId>)> {
        let object = self.repository.objects.try_find(&id, buffer).ok().flatten()?;
        if object.kind != Kind::Commit {
            return None;
        }
        let commit = || CommitRefIter::from_bytes(object.data, object.object_hash);
        let tree = commit().tree_id().ok()?;
        let time = commit().committer().map_or(0, |person| person.seconds());
        let parents = if self.shallow.contains(&id) { Vec::new() } else { commit().parent_ids().collect() };
        Some((tree, time, parents))
    }

    /// The commits that can be reached without passing one of `known`.
    fn reach(&self, tips: &[u32], known: &HashSet<u32>) -> HashSet<u32> {
        let mut open: Vec<u32> = tips.iter().copied().filter(|tip| !known.contains(tip)).collect();
        let mut reached: HashSet<u32> = open.iter().copied().collect();
        while let Some(at) = open.pop() {
            for &parent in self.commits.get(at as usize).map_or(&[][..], |commit| &commit.parents) {
                if !known.contains(&parent) && reached.insert(parent) {
                    open.push(parent);
                }
            }
        }
        reached
    }

    /// The wanted commits, each behind its parents; of those that could come next the oldest does, then the one whose
    /// id is smallest, so that the order hangs neither on names of branches nor on how objects are stored.
    fn ordered(self, wanted: &HashSet<u32>) -> Chosen {
        let count = self.commits.len();
        let (mut waiting, mut children, mut before) = (vec![0usize; count], vec![Vec::new(); count], HashSet::new());
        let mut ready = BinaryHeap::new();
        for (at, commit) in self.commits.iter().enumerate() {
            let own = u32::try_from(at).unwrap_or(u32::MAX);
            if !wanted.contains(&own) {
                continue;
            }
            for &parent in &commit.parents {
                if !wanted.contains(&parent) {
                    before.extend(self.commits.get(parent as usize).and_then(|parent| parent.tree));
                } else if let (Some(waits), Some(below)) = (waiting.get_mut(at), children.get_mut(parent as usize)) {
                    *waits += 1;
                    below.push(own);
                }
            }
            if waiting.get(at) == Some(&0) {
                ready.push(Reverse((commit.time, commit.id, own)));
            }
        }
        let mut chosen = Chosen { missing: self.missing, ..Chosen::default() };
        while let Some(Reverse((_, id, at))) = ready.pop() {
            let Some(commit) = self.commits.get(at as usize) else { continue };
            chosen.cut += u64::from(self.shallow.contains(&id));
            chosen.commits.extend(commit.tree.map(|tree| (id, tree)));
            for &child in children.get(at as usize).map_or(&[][..], Vec::as_slice) {
                let Some(waits) = waiting.get_mut(child as usize) else { continue };
                *waits -= 1;
                if let (0, Some(child_commit)) = (*waits, self.commits.get(child as usize)) {
                    ready.push(Reverse((child_commit.time, child_commit.id, child)));
                }
            }
        }
        chosen.before = before.into_iter().collect();
        chosen.before.sort_unstable();
        chosen
    }
}

//! Which files differ from an earlier commit, and in which lines: staged ones, and all since a reference.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use gix::{ObjectId, objs::Kind, objs::tree::EntryKind};
use rayon::prelude::*;

use super::{
    changes::{self, Changes},
    git::{self, Base, Git, Tracked},
    names, open,
    worktree::{self, Found},
};

/// The version to judge.
#[derive(Clone, Debug)]
pub(super) enum After {
    /// A file of the working tree.
    File(PathBuf),
    /// A blob that the index names.
    Blob(ObjectId),
}

/// One file that may have changed.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Path below the root, as git writes it.
    pub(super) path: Vec<u8>,
    /// The blob at the same path in the earlier commit.
    pub(super) before: Option<ObjectId>,
    pub(super) after: After,
}

/// How to compare.
pub(super) struct Comparison<'a> {
    pub(super) git: &'a Git,
    /// The earlier commit's tree; nothing before the first commit.
    pub(super) root: Option<ObjectId>,
    /// Larger files are not compared: all their lines count.
    pub(super) limit: u64,
    pub(super) threads: usize,
}

/// Entries of the earlier tree looked at to find what was renamed.
const SEARCHED_FOR_RENAMES: usize = 200_000;
/// Pairs of texts compared to find what was renamed and changed at once.
const COMPARED_FOR_RENAMES: usize = 400;
/// Files larger than this are not compared for that.
const LARGEST_RENAMED: u64 = 1024 * 1024;
/// Files larger than this are not looked into to find them the same as before.
const LARGEST_HASHED: u64 = 64 * 1024 * 1024;
/// From this likeness on (git's own default), a new file is an old one under another name.
const RENAMED_LIKENESS: usize = 50;

impl Comparison<'_> {
    /// The files of a walk that may differ from the earlier commit: `None` for those that surely do not.
    pub(super) fn candidates(&self, files: &[Found], top: &Path, tracked: Option<&Tracked>) -> Vec<Option<Candidate>> {
        let repository = self.git.local();
        let mut base = Base::new(&repository, self.root);
        let one = |found: &Found| {
            let path = names::git_path(&found.path);
            let file = top.join(&found.path);
            let before = base.find(&path).filter(|item| is_blob(item.kind)).map(|item| item.id);
            let entry = tracked.and_then(|tracked| Some((tracked, tracked.entry(&path)?)));
            let is_same = entry.is_some_and(|(tracked, entry)| {
                Some(entry.id) == before && entry.stage_raw() == 0 && tracked.is_untouched(entry, &file)
            });
            (!is_same).then_some(Candidate { path, before, after: After::File(file) })
        };
        files.iter().map(one).collect()
    }

    /// What changed in each candidate; `None` where every line is new. `exists` tells whether a path of the earlier
    /// commit is still there.
    pub(super) fn changes(&self, candidates: &[Candidate], exists: &dyn Fn(&[u8]) -> bool) -> Vec<Option<Changes>> {
        let one = |repository: &mut gix::Repository, candidate: &Candidate| self.change(repository, candidate);
        let pool = if candidates.len() > 8 { worktree::pool(self.threads) } else { None };
        let mut all: Vec<Option<Changes>> = match pool {
            Some(pool) => pool.install(|| candidates.par_iter().map_init(|| self.git.local(), one).collect()),
            None => {
                let mut repository = self.git.local();
                candidates.iter().map(|candidate| one(&mut repository, candidate)).collect()
            }
        };
        if candidates.iter().any(|candidate| candidate.before.is_none()) {
            self.find_renames(candidates, &mut all, exists);
        }
        all
    }

    /// The change of a file against the blob at its own path.
    fn change(&self, repository: &gix::Repository, candidate: &Candidate) -> Option<Changes> {
        let before = candidate.before?;
        let is_same = match &candidate.after {
            After::Blob(after) => *after == before,
            After::File(path) => is_same(repository, path, before),
        };
        if is_same {
            return Some(Changes::default());
        }
        let after = self.load(repository, candidate, self.limit)?;
        let before = git::blob(repository, before, self.limit).ok()?;
        if crate::source::is_binary(&before) {
            return None;
        }
        Some(Changes::between(&before, &after))
    }

    fn load(&self, repository: &gix::Repository, candidate: &Candidate, limit: u64) -> Option<Vec<u8>> {
        match &candidate.after {
            After::Blob(id) => git::blob(repository, *id, limit).ok(),
            After::File(path) => {
                let mut bytes = Vec::new();
                let contents = open::read(path, limit, &mut bytes).ok()?;
                (contents == open::Contents::Text).then_some(bytes)
            }
        }
    }

    /// New files that are old ones under another name: what did not change with the name is not new.
    fn find_renames(&self, candidates: &[Candidate], all: &mut [Option<Changes>], exists: &dyn Fn(&[u8]) -> bool) {
        let repository = self.git.local();
        let Some(root) = self.root else { return };
        let vanished = vanished(&repository, root, exists);
        if vanished.is_empty() {
            return;
        }
        let ids: std::collections::BTreeSet<ObjectId> = vanished.values().copied().collect();
        let mut pairs = 0;
        for (candidate, changes) in candidates.iter().zip(all) {
            if candidate.before.is_some() {
                continue;
            }
            let Some(after) = self.load(&repository, candidate, self.limit) else { continue };
            *changes = match id_of(&repository, &after) {
                Some(id) if ids.contains(&id) => Some(Changes::default()),
                _ => self.find_origin(&repository, candidate, &after, &vanished, &mut pairs),
            };
        }
    }

    /// The change against the vanished file that is most alike. Those of the same name are tried first, then those
    /// with the same ending.
    fn find_origin(
        &self,
        repository: &gix::Repository,
        candidate: &Candidate,
        after: &[u8],
        vanished: &BTreeMap<Vec<u8>, ObjectId>,
        pairs: &mut usize,
    ) -> Option<Changes> {
        if after.len() as u64 > LARGEST_RENAMED {
            return None;
        }
        let rank = |path: &[u8]| match (name_of(path), name_of(&candidate.path)) {
            (one, other) if one == other => 0,
            (one, other) if ending_of(one) == ending_of(other) => 1,
            _ => 2,
        };
        let mut origins: Vec<_> = vanished.iter().map(|(path, id)| (rank(path), path, id)).collect();
        origins.sort_unstable();
        let mut best: Option<(usize, Vec<u8>)> = None;
        for (_, _, id) in origins.into_iter().filter(|(rank, ..)| *rank < 2) {
            if *pairs >= COMPARED_FOR_RENAMES {
                break;
            }
            *pairs += 1;
            let Ok(before) = git::blob(repository, *id, LARGEST_RENAMED.min(after.len() as u64 * 2 + 64)) else {
                continue;
            };
            let likeness = changes::likeness(&before, after);
            if likeness >= RENAMED_LIKENESS && best.as_ref().is_none_or(|(most, _)| likeness > *most) {
                best = Some((likeness, before));
            }
        }
        best.map(|(_, before)| Changes::between(&before, after))
    }
}

/// True when the file holds what the blob holds, whatever that is. Only a file of the same size is looked into.
fn is_same(repository: &gix::Repository, path: &Path, blob: ObjectId) -> bool {
    let Ok((file, size)) = open::open(path, false) else { return false };
    let is_alike = size <= LARGEST_HASHED && repository.find_header(blob).is_ok_and(|header| header.size() == size);
    let never = std::sync::atomic::AtomicBool::new(false);
    let hash = || {
        let (kind, mut stream) = (repository.object_hash(), std::io::BufReader::new(file));
        gix::objs::compute_stream_hash(kind, Kind::Blob, &mut stream, size, &mut gix::progress::Discard, &never)
    };
    is_alike && hash().is_ok_and(|id| id == blob)
}

/// True for the kinds of tree entries that have contents of their own.
fn is_blob(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable)
}

/// The id that git gives to a blob of these bytes.
fn id_of(repository: &gix::Repository, bytes: &[u8]) -> Option<ObjectId> {
    gix::objs::compute_hash(repository.object_hash(), Kind::Blob, bytes).ok()
}

fn name_of(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

fn ending_of(name: &[u8]) -> &[u8] {
    name.rsplit(|&byte| byte == b'.').next().unwrap_or(name)
}

/// Blobs of the tree at paths that are no longer there. Bounded, because a small tree can unfold without end.
fn vanished(
    repository: &gix::Repository,
    root: ObjectId,
    exists: &dyn Fn(&[u8]) -> bool,
) -> BTreeMap<Vec<u8>, ObjectId> {
    let mut gone = BTreeMap::new();
    let mut seen = 0;
    let mut folders = vec![(Vec::new(), root)];
    while let Some((folder, id)) = folders.pop() {
        for (name, item) in git::names_of(repository, id) {
            seen += 1;
            if seen > SEARCHED_FOR_RENAMES {
                return gone;
            }
            let mut path: Vec<u8> = folder.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend(name);
            match item.kind {
                EntryKind::Tree if path.len() < 4096 => folders.push((path, item.id)),
                kind if is_blob(kind) && !exists(&path) => {
                    gone.insert(path, item.id);
                }
                _ => {}
            }
        }
    }
    gone
}

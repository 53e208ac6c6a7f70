//! Which files the chosen commits hold: each contents once, with the paths it lay at and the commits that brought it.

use std::{collections::HashMap as Map, sync::Arc};

use gix::{
    ObjectId,
    hashtable::{HashMap, hash_map::Entry},
    objs::{Find as _, Kind, TreeRefIter, tree::EntryKind},
};

/// A contents or folder that lies at more paths than this is followed at the first of them only: trees that name each
/// other over and over would otherwise unroll without end, and the same text says the same at any path.
const MOST_PATHS: usize = 8;
/// Folders nested deeper are not followed; git itself refuses at 2048.
const DEEPEST: u16 = 1024;
/// Stands for the commits before the range.
pub(super) const BEFORE: u32 = u32::MAX;
/// Stands for no path.
const NOWHERE: u32 = u32::MAX;

/// A path and the commit that first had this contents there, both by number.
#[derive(Clone, Copy)]
pub(super) struct Brought {
    pub(super) path: u32,
    pub(super) commit: u32,
}

/// A contents of files.
pub(super) struct Blob {
    pub(super) id: ObjectId,
    first: Brought,
}

/// All contents. Most lie at one path all their life, so that one stands with them.
#[derive(Default)]
pub(super) struct Blobs {
    pub(super) all: Vec<Blob>,
    more: Map<u32, Vec<Brought>>,
}

impl Blobs {
    /// Where the contents was brought to by a commit of the range.
    pub(super) fn brought(&self, blob: u32) -> impl Iterator<Item = Brought> + '_ {
        let first = self.all.get(blob as usize).map(|blob| blob.first);
        let more = self.more.get(&blob).map_or(&[][..], Vec::as_slice);
        first.into_iter().chain(more.iter().copied()).filter(|brought| brought.commit != BEFORE)
    }

    fn note(&mut self, blob: u32, brought: Brought) {
        let Some(known) = self.all.get_mut(blob as usize) else { return };
        if known.first.path == NOWHERE {
            known.first = brought;
        } else if known.first.path != brought.path {
            let more = self.more.entry(blob).or_default();
            if more.len() + 1 < MOST_PATHS && more.iter().all(|other| other.path != brought.path) {
                more.push(brought);
            }
        }
    }
}

/// Paths, each as a name below a folder.
pub(super) struct Paths {
    nodes: Vec<Node>,
}

struct Node {
    above: u32,
    name: Arc<[u8]>,
    below: Map<Arc<[u8]>, u32>,
    /// Whether files at this path are asked for, once somebody wanted to know.
    is_asked_for: Option<bool>,
}

impl Paths {
    fn new() -> Self {
        let root = Node { above: 0, name: Arc::from(&b""[..]), below: Map::new(), is_asked_for: None };
        Self { nodes: vec![root] }
    }

    fn below(&mut self, folder: u32, name: &[u8]) -> u32 {
        let next = u32::try_from(self.nodes.len()).unwrap_or(NOWHERE);
        let Some(node) = self.nodes.get_mut(folder as usize) else { return NOWHERE };
        if let Some(&known) = node.below.get(name) {
            return known;
        }
        let name: Arc<[u8]> = Arc::from(name);
        node.below.insert(Arc::clone(&name), next);
        self.nodes.push(Node { above: folder, name, below: Map::new(), is_asked_for: None });
        next
    }

    /// The path as git writes it.
    pub(super) fn path(&self, path: u32) -> Vec<u8> {
        let (mut parts, mut at) = (Vec::new(), path);
        while let Some(node) = self.nodes.get(at as usize).filter(|_| at != 0) {
            parts.push(&*node.name);
            at = node.above;
        }
        parts.reverse();
        parts.join(&b'/')
    }

    fn is_asked_for(&mut self, path: u32, asks: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        if let Some(known) = self.nodes.get(path as usize).and_then(|node| node.is_asked_for) {
            return known;
        }
        let answer = asks(&self.path(path));
        if let Some(node) = self.nodes.get_mut(path as usize) {
            node.is_asked_for = Some(answer);
        }
        answer
    }
}

/// A walk over the trees of commits, oldest first. A tree that was seen at its path is never read again, so that all
/// commits together cost about as much as their different trees.
pub(super) struct Walk<'a> {
    asks: &'a mut dyn FnMut(&[u8]) -> bool,
    paths: Paths,
    blobs: Blobs,
    numbers: HashMap<ObjectId, u32>,
    seen: HashMap<ObjectId, u32>,
    seen_elsewhere: HashMap<ObjectId, Vec<u32>>,
    missing: u64,
}

/// What a walk came to.
pub(super) struct Walked {
    pub(super) paths: Paths,
    pub(super) blobs: Blobs,
    /// Trees that could not be read.
    pub(super) missing: u64,
}

impl<'a> Walk<'a> {
    /// A walk that keeps the files whose path `asks` admits.
    pub(super) fn new(asks: &'a mut dyn FnMut(&[u8]) -> bool) -> Self {
        Self {
            asks,
            paths: Paths::new(),
            blobs: Blobs::default(),
            numbers: HashMap::default(),
            seen: HashMap::default(),
            seen_elsewhere: HashMap::default(),
            missing: 0,
        }
    }

    /// Walks the tree of one commit.
    pub(super) fn commit(&mut self, repository: &gix::Repository, commit: u32, root: ObjectId) {
        let mut buffer = Vec::new();
        let mut open = Vec::new();
        if self.is_new(root, 0) {
            open.push((root, 0u32, 0u16));
        }
        while let Some((id, folder, depth)) = open.pop() {
            if id.is_empty_tree() {
                continue;
            }
            let object = repository.objects.try_find(&id, &mut buffer).ok().flatten();
            let Some(object) = object.filter(|object| object.kind == Kind::Tree) else {
                self.missing += 1;
                continue;
            };
            for entry in TreeRefIter::from_bytes(object.data, object.object_hash) {
                let Ok(entry) = entry else {
                    self.missing += 1;
                    break;
                };
                match entry.mode.kind() {
                    EntryKind::Tree => {
                        let path = self.paths.below(folder, entry.filename);
                        if depth >= DEEPEST {
                            self.missing += 1;
                        } else if self.is_new(entry.oid.to_owned(), path) {
                            open.push((entry.oid.to_owned(), path, depth + 1));
                        }
                    }
                    EntryKind::Blob | EntryKind::BlobExecutable => {
                        let path = self.paths.below(folder, entry.filename);
                        if self.paths.is_asked_for(path, self.asks) {
                            self.blob(entry.oid.to_owned(), Brought { path, commit });
                        }
                    }
                    EntryKind::Link | EntryKind::Commit => {}
                }
            }
        }
    }

    pub(super) fn finish(self) -> Walked {
        Walked { paths: self.paths, blobs: self.blobs, missing: self.missing }
    }

    fn blob(&mut self, id: ObjectId, brought: Brought) {
        let next = u32::try_from(self.blobs.all.len()).unwrap_or(NOWHERE);
        let number = *self.numbers.entry(id).or_insert(next);
        if number == next {
            self.blobs.all.push(Blob { id, first: Brought { path: NOWHERE, commit: BEFORE } });
        }
        self.blobs.note(number, brought);
    }

    /// True when the tree was not seen at that path yet.
    fn is_new(&mut self, tree: ObjectId, path: u32) -> bool {
        match self.seen.entry(tree) {
            Entry::Vacant(vacant) => {
                vacant.insert(path);
                true
            }
            Entry::Occupied(first) if *first.get() == path => false,
            Entry::Occupied(_) => {
                let others = self.seen_elsewhere.entry(tree).or_default();
                let is_new = others.len() + 1 < MOST_PATHS && !others.contains(&path);
                if is_new {
                    others.push(path);
                }
                is_new
            }
        }
    }
}

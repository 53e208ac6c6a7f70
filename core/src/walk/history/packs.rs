//! Contents read in the order that costs least: pack by pack along the deltas, then what stands alone.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use gix::{
    ObjectId,
    odb::pack::{
        cache::delta::{Tree, traverse},
        data::{self, entry::Header},
        index,
    },
};
use rayon::prelude::*;

use crate::walk::{
    git::{self, Git, LARGEST_OBJECT},
    open::Obstacle,
};

/// Deltas that begin in so many bytes of a pack are read through one mapping of it. What hangs on them may lie anywhere,
/// so that several times as much can be in memory.
const SLICE: u64 = 16 * 1024 * 1024;
/// Stands for an object that is only a base of others.
const BASE: u32 = u32::MAX;

/// Contents to read by number, and what is told of each.
pub(super) struct Reader<'a> {
    pub(super) git: &'a Git,
    pub(super) ids: &'a [(u32, ObjectId)],
    pub(super) limit: u64,
    pub(super) threads: usize,
    pub(super) stop: &'a AtomicBool,
}

/// How one contents was met.
pub(super) enum Met<'a> {
    Bytes(&'a [u8]),
    TooLarge,
    Missing,
}

type Take<'a> = &'a (dyn Fn(u32, Met<'_>) + Sync);

impl Reader<'_> {
    /// Reads each contents once. Every delta of a pack is applied once, to a base that is at hand: by id it would be
    /// applied again for each of its descendants.
    pub(super) fn read(&self, by_id: &AtomicU64, take: Take<'_>) {
        let done: Vec<AtomicBool> = self.ids.iter().map(|_| AtomicBool::new(false)).collect();
        let repository = self.git.local();
        for pack in packs(&repository) {
            // What cannot be read along the deltas is tried once more by id, and is missing only then.
            let _ = self.read_pack(&pack, repository.object_hash(), &done, take);
        }
        drop(repository);
        let alone: Vec<usize> =
            done.iter().enumerate().filter(|(_, done)| !done.load(Ordering::Relaxed)).map(|(at, _)| at).collect();
        alone.par_chunks(64).for_each(|some| {
            let repository = self.git.local();
            by_id.fetch_add(some.len() as u64, Ordering::Relaxed);
            for &(number, id) in some.iter().filter_map(|&at| self.ids.get(at)) {
                if self.stop.load(Ordering::Relaxed) {
                    return;
                }
                match git::blob(&repository, id, self.limit) {
                    Ok(bytes) => take(number, Met::Bytes(&bytes)),
                    Err(Obstacle::TooLarge(_)) => take(number, Met::TooLarge),
                    Err(_) => take(number, Met::Missing),
                }
            }
        });
    }

    fn read_pack(
        &self,
        index: &Path,
        hash: gix::hash::Kind,
        done: &[AtomicBool],
        take: Take<'_>,
    ) -> Result<(), gix::Error> {
        let pack = index.with_extension("pack");
        let index = index::File::at(index, hash)?;
        for slice in self.slices(&index, &pack, done)? {
            let outcome = self.read_slice((&index, &pack), slice, done, take);
            if outcome.is_err() && self.stop.load(Ordering::Relaxed) {
                return outcome;
            }
        }
        Ok(())
    }

    /// Reads some entries with all their bases, through a mapping of their own: what was read does not stay in memory.
    fn read_slice(
        &self,
        (index, pack): (&index::File, &Path),
        entries: Vec<(u64, u32)>,
        done: &[AtomicBool],
        take: Take<'_>,
    ) -> Result<(), gix::Error> {
        let hash = index.object_hash();
        let data = data::File::at(pack, hash)?;
        let tree = Tree::from_offsets_in_pack(
            pack,
            entries.into_iter(),
            &|&(offset, _)| offset,
            &|id| Ok(index.lookup(id).map(|at| index.pack_offset_at_index(at))),
            &mut gix::progress::Discard,
            self.stop,
            hash,
        )?;
        let inspect = |item: &mut (u64, u32), _: &dyn gix::Progress, context: traverse::Context<'_>| {
            let at = item.1 as usize;
            let is_first = || done.get(at).is_some_and(|done| !done.swap(true, Ordering::Relaxed));
            if item.1 != BASE && context.entry.header == Header::Blob && is_first() {
                let number = self.ids.get(at).map_or(BASE, |&(number, _)| number);
                let is_too_large = context.decompressed.len() as u64 > self.limit;
                take(number, if is_too_large { Met::TooLarge } else { Met::Bytes(context.decompressed) });
            }
            Ok(())
        };
        let options = traverse::Options {
            object_progress: Box::new(gix::progress::Discard),
            size_progress: &mut gix::progress::Discard,
            thread_limit: (self.threads > 0).then_some(self.threads),
            should_interrupt: self.stop,
            object_hash: hash,
            alloc_limit_bytes: usize::try_from(LARGEST_OBJECT).ok(),
        };
        let end = data.pack_end() as u64;
        tree.traverse(|range, data: &data::File| data.entry_slice(range), &data, end, inspect, options)?;
        Ok(())
    }

    /// The wanted contents that the pack holds, with the bases they need: in slices of the pack that no delta leaves,
    /// each in order of place.
    fn slices(
        &self,
        index: &index::File,
        pack: &Path,
        done: &[AtomicBool],
    ) -> Result<Vec<Vec<(u64, u32)>>, gix::Error> {
        let open = || data::File::at(pack, index.object_hash());
        let mut data = open()?;
        // The tree of deltas is read from the first entry of the pack on, whatever it is.
        let start = data::header::SIZE as u64;
        if !data.entry(start)?.header.is_base() {
            return Ok(Vec::new());
        }
        let mut wanted: Vec<(u64, u32)> = (0u32..)
            .zip(self.ids)
            .zip(done)
            .filter(|(_, done)| !done.load(Ordering::Relaxed))
            .filter_map(|((at, (_, id)), _)| Some((index.pack_offset_at_index(index.lookup(id)?), at)))
            .collect();
        wanted.sort_unstable();
        let mut entries: HashMap<u64, Entry> = HashMap::with_capacity(wanted.len());
        let mut mapped = 0;
        for (offset, at) in wanted {
            if offset / SLICE != mapped {
                (mapped, data) = (offset / SLICE, open()?);
            }
            let Some((bases, root)) = self.chain(index, &data, offset, &entries) else { continue };
            for base in bases {
                entries.entry(base).or_insert(Entry { at: BASE, root });
            }
            entries.insert(offset, Entry { at, root });
        }
        let mut slices: BTreeMap<u64, Vec<(u64, u32)>> = BTreeMap::new();
        for (offset, entry) in entries {
            slices.entry(entry.root / SLICE).or_default().push((offset, entry.at));
        }
        let sorted = slices.into_values().map(|mut slice| {
            slice.push((start, BASE));
            slice.sort_unstable();
            // The wanted one of two stands first.
            slice.dedup_by_key(|(offset, _)| *offset);
            slice
        });
        Ok(sorted.collect())
    }

    /// The bases of an entry that are not known yet, and where the chain begins; nothing when one is not in the pack,
    /// is broken, or is so large that its descendants are better looked at one by one.
    fn chain(
        &self,
        index: &index::File,
        data: &data::File,
        offset: u64,
        known: &HashMap<u64, Entry>,
    ) -> Option<(Vec<u64>, u64)> {
        let (mut chain, mut at) = (Vec::new(), offset);
        loop {
            if let Some(entry) = known.get(&at) {
                return Some((chain, entry.root));
            }
            let entry = data.entry(at).ok()?;
            let base = match entry.header {
                Header::OfsDelta { base_distance } => entry.checked_base_pack_offset(base_distance)?,
                Header::RefDelta { base_id } => index.pack_offset_at_index(index.lookup(base_id)?),
                Header::Blob if entry.decompressed_size <= self.limit => return Some((chain, at)),
                _ => return None,
            };
            // A base by id may stand behind its delta: without a bound, a broken pack could lead in a circle.
            if chain.len() as u64 > u64::from(data.num_objects()) {
                return None;
            }
            chain.push(base);
            at = base;
        }
    }
}

/// What is known of an entry of a pack.
struct Entry {
    /// Place in the list of wanted contents.
    at: u32,
    /// Where its chain of deltas begins.
    root: u64,
}

/// The indices of all packs, those of alternates included, in order.
fn packs(repository: &gix::Repository) -> Vec<PathBuf> {
    let store = repository.objects.store_ref();
    let mut folders = vec![store.path().to_path_buf()];
    folders.extend(store.alternate_db_paths().unwrap_or_default());
    let files = folders.iter().filter_map(|folder| fs::read_dir(folder.join("pack")).ok()).flatten();
    let paths = files.filter_map(Result::ok).map(|entry| entry.path());
    let is_file = |path: &Path| path.metadata().is_ok_and(|data| data.is_file());
    let mut packs: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "idx"))
        .filter(|path| is_file(path) && is_file(&path.with_extension("pack")))
        .collect();
    packs.sort_unstable();
    packs.dedup();
    packs
}

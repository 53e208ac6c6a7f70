//! Configuration found where the user is, or read from a place that the scanned tree cannot change.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gix::objs::tree::EntryKind;

use super::{
    git::{self, Git},
    names,
    open::{self, Obstacle},
};
use crate::error::{Error, ErrorKind};

/// Configuration, suppressions and baselines are no larger than this (a baseline is a SARIF report).
const LARGEST: u64 = 100 * 1024 * 1024;

/// Reads a file that was named as trusted: `FILE`, or `REF:PATH` for what git holds at a branch, tag or commit. `base`
/// is where a relative `FILE` starts and whose repository is meant; `PATH` starts at the repository's top. Gives the
/// name to show, and the bytes.
///
/// What has a colon in it is never taken for a file (`./a:b` and absolute paths are): otherwise a file called
/// `main:trueup.toml` in the scanned tree could take the place of the one that is trusted when the reference is absent.
pub fn read_trusted(spec: &str, base: &Path) -> Result<(String, Vec<u8>), Error> {
    let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    match reference_and_path(spec) {
        Some((reference, path)) => read_from_git(reference, path, base),
        None => read_from_disk(spec, base),
    }
}

/// The two halves of `REF:PATH`.
fn reference_and_path(spec: &str) -> Option<(&str, &str)> {
    let (reference, path) = spec.split_once(':')?;
    let is_file = spec.starts_with("./") || spec.starts_with("../") || Path::new(spec).is_absolute();
    // One letter before the colon is a drive on Windows and no reference anybody has.
    let is_drive = cfg!(windows) && reference.len() == 1;
    (!is_file && !is_drive).then_some((reference, path))
}

fn read_from_disk(spec: &str, base: &Path) -> Result<(String, Vec<u8>), Error> {
    let path = base.join(spec);
    let refused = |obstacle: Obstacle| {
        let defect = match obstacle {
            Obstacle::Io(error) if error.kind() == std::io::ErrorKind::NotFound => "no such file".to_string(),
            obstacle => obstacle.about("", LARGEST).message,
        };
        Error::new(ErrorKind::Configuration, defect).at(spec)
    };
    let (mut file, size) = open::open(&path, true).map_err(refused)?;
    let mut bytes = Vec::new();
    open::read_rest(&mut file, size.min(LARGEST), LARGEST, &mut bytes).map_err(refused)?;
    Ok((names::printable(spec), bytes))
}

fn read_from_git(reference: &str, path: &str, base: &Path) -> Result<(String, Vec<u8>), Error> {
    let shown = names::printable(&format!("{reference}:{path}"));
    let error = |defect: String| Error::new(ErrorKind::Configuration, defect);
    let folder =
        fs::canonicalize(base).map_err(|reason| error(format!("`{shown}`: the folder {}", open::explain(&reason))))?;
    let top = git::top_of(&folder).ok_or_else(|| {
        error(format!("`{shown}` names a git reference, but no `.git` is in the folder or above it (write `./` before a file with a colon in its name)"))
    })?;
    let git = Git::open(&top).map_err(|reason| error(format!("`{shown}`: git repository cannot be read: {reason}")))?;
    if reference.is_empty() || names::from_git_path(path.as_bytes()).is_none() {
        return Err(error(format!("`{shown}` should be REF:PATH with a path from the repository's top")));
    }
    let repository = git.local();
    let commit = git::commit(&repository, reference)?;
    let tree = repository.find_commit(commit).and_then(|commit| commit.tree_id().map(gix::Id::detach));
    let tree = tree.map_err(|_| error(format!("`{shown}`: git's objects do not hold the commit")))?;
    let item = git::Base::new(&repository, Some(tree)).find(path.as_bytes());
    let item = item.ok_or_else(|| error(format!("`{shown}`: the commit holds no such file")))?;
    if !matches!(item.kind, EntryKind::Blob | EntryKind::BlobExecutable) {
        return Err(error(format!("`{shown}` is not a file")));
    }
    let bytes = git::blob(&repository, item.id, LARGEST)
        .map_err(|obstacle| error(format!("`{shown}`: {}", obstacle.about("", LARGEST).message)))?;
    Ok((shown, bytes))
}

/// The first of `names` that is a file in `start`, or else in a folder above it up to the repository's top. Outside a
/// repository only `start` is looked at: what lies above it is nobody's in particular. A link counts when it stays
/// inside the repository (or `start`).
pub fn find_upwards(start: &Path, names: &[&str]) -> Option<PathBuf> {
    let start = fs::canonicalize(if start.as_os_str().is_empty() { Path::new(".") } else { start }).ok()?;
    let folder = if start.is_dir() { start.as_path() } else { start.parent()? };
    let top = git::top_of(folder).unwrap_or_else(|| folder.to_path_buf());
    let is_ours = |path: &PathBuf| path.is_file() && fs::canonicalize(path).is_ok_and(|real| real.starts_with(&top));
    let folders = folder.ancestors().take_while(|folder| folder.starts_with(&top));
    folders.flat_map(|folder| names.iter().map(|name| folder.join(name))).find(is_ours)
}

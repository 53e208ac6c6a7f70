//! Folders walked in parallel: nothing is followed out, nothing opened but folders and ignore files.

use std::{
    fs::{self, DirEntry, FileType},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    git::Tracked,
    ignoring::{Level, Listed, Rules, Verdict},
    names, open,
};
use crate::error::{Notification, NotificationId};

/// A file that is to be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// Path below the root.
    pub(super) path: PathBuf,
    /// Bytes it held when it was listed.
    pub(super) size: u64,
}

/// What a walk came to.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) files: Vec<Found>,
    pub(super) notifications: Vec<Notification>,
    /// Files and folders passed over because of an ignore file or the configuration.
    pub(super) ignored: u64,
}

/// A walk below one root.
pub(super) struct Walk<'a> {
    /// Canonical path of the root.
    pub(super) root: &'a Path,
    pub(super) rules: &'a Rules,
    /// The index, if there is one: what it names is read though git's lists ignore it.
    pub(super) tracked: Option<&'a Tracked>,
    /// Read only what the index names.
    pub(super) only_tracked: bool,
    /// Zero for as many as there are processors.
    pub(super) threads: usize,
}

/// A folder still to be walked.
struct Folder {
    path: PathBuf,
    level: Arc<Level>,
    /// Only tracked files are read here, because an ignore file names the folder or because that was asked for.
    only_tracked: bool,
}

impl Walk<'_> {
    /// Walks the folders, given by their canonical paths in or below the root.
    pub(super) fn run(&self, folders: &[PathBuf]) -> Walked {
        let start: Vec<Folder> = folders.iter().map(|path| self.start(path)).collect();
        match pool(self.threads) {
            Some(pool) => self.run_parallel(&pool, start),
            None => self.run_alone(start),
        }
    }

    /// A named folder: the ignore files around it count for what is in it, not for the folder itself.
    fn start(&self, path: &Path) -> Folder {
        // The folder's own ignore files are read when it is listed.
        let above = path.parent().filter(|parent| parent.starts_with(self.root));
        let level = above.map_or_else(Arc::default, |parent| self.rules.level(parent));
        Folder { path: path.to_path_buf(), level, only_tracked: self.only_tracked }
    }

    fn run_alone(&self, mut folders: Vec<Folder>) -> Walked {
        let mut walked = Walked::default();
        while let Some(folder) = folders.pop() {
            self.list(&folder, &mut walked, &mut |below| folders.push(below));
        }
        walked
    }

    fn run_parallel(&self, pool: &rayon::ThreadPool, folders: Vec<Folder>) -> Walked {
        let walked = Mutex::new(Walked::default());
        pool.scope(|scope| {
            for folder in folders {
                scope.spawn(|scope| self.branch(scope, folder, &walked));
            }
        });
        walked.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn branch<'s>(&'s self, scope: &rayon::Scope<'s>, folder: Folder, walked: &'s Mutex<Walked>) {
        let mut here = Walked::default();
        self.list(&folder, &mut here, &mut |below| scope.spawn(|scope| self.branch(scope, below, walked)));
        walked.lock().unwrap_or_else(PoisonError::into_inner).absorb(here);
    }

    /// Lists one folder: files go to `walked`, folders below to `below`.
    fn list(&self, folder: &Folder, walked: &mut Walked, below: &mut dyn FnMut(Folder)) {
        let entries = match fs::read_dir(&folder.path) {
            Ok(entries) => entries,
            Err(error) => {
                return walked.notify(self.shown(&folder.path), NotificationId::Unreadable, open::explain(&error));
            }
        };
        let mut listed = Listed::default();
        let mut all = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => {
                    listed.note(&entry);
                    all.push(entry);
                }
                Err(error) => {
                    walked.notify(self.shown(&folder.path), NotificationId::Unreadable, open::explain(&error));
                    break;
                }
            }
        }
        let level = self.rules.descend(&folder.level, &folder.path, &listed);
        for entry in all {
            if names::is_git_folder(&entry.file_name()) {
                continue;
            }
            match entry.file_type() {
                Ok(kind) => self.take(folder, &level, &entry, kind, walked, below),
                Err(error) => {
                    walked.notify(self.shown(&entry.path()), NotificationId::Unreadable, open::explain(&error))
                }
            }
        }
    }

    /// Decides about one entry of a folder.
    fn take(
        &self,
        folder: &Folder,
        level: &Arc<Level>,
        entry: &DirEntry,
        kind: FileType,
        walked: &mut Walked,
        below: &mut dyn FnMut(Folder),
    ) {
        let path = entry.path();
        let name = names::git_path(path.strip_prefix(self.root).unwrap_or(&path));
        let verdict = self.rules.verdict(level, &name, kind.is_dir());
        let only_tracked = folder.only_tracked || verdict == Verdict::Ignored;
        if verdict == Verdict::Excluded || (only_tracked && !self.is_tracked(&name, kind)) {
            walked.ignored += 1;
            return;
        }
        if kind.is_dir() {
            below(Folder { path, level: Arc::clone(level), only_tracked });
        } else if kind.is_file() {
            match entry.metadata() {
                Ok(metadata) => {
                    let size = metadata.len();
                    let path = path.strip_prefix(self.root).map_or_else(|_| path.clone(), Path::to_path_buf);
                    walked.files.push(Found { path, size });
                }
                Err(error) => walked.notify(self.shown(&path), NotificationId::Unreadable, open::explain(&error)),
            }
        } else if kind.is_symlink() {
            if let Some(message) = self.link(&path) {
                walked.notify(self.shown(&path), NotificationId::NotAFile, message);
            }
        } else {
            walked.notify(self.shown(&path), NotificationId::NotAFile, open::NEITHER);
        }
    }

    /// True when the index names the file, or a file below the folder.
    fn is_tracked(&self, name: &[u8], kind: FileType) -> bool {
        let Some(tracked) = self.tracked else { return false };
        if kind.is_dir() { tracked.holds_below(name) } else { tracked.entry(name).is_some() }
    }

    /// What is to be said of a link. A link to what is read anyway needs no word.
    fn link(&self, path: &Path) -> Option<&'static str> {
        let Ok(target) = fs::canonicalize(path) else {
            return Some("symbolic link leads nowhere or to itself; it was not followed");
        };
        let into_git = target.components().any(|part| names::is_git_folder(part.as_os_str()));
        if !target.starts_with(self.root) || into_git {
            Some("symbolic link leads out of the scanned folder; it was not followed")
        } else if path.starts_with(&target) {
            Some("symbolic link leads to a folder that it lies in; it was not followed")
        } else {
            None
        }
    }

    fn shown(&self, path: &Path) -> String {
        names::shown_path(path.strip_prefix(self.root).unwrap_or(path)).0
    }
}

impl Walked {
    fn notify(&mut self, path: String, id: NotificationId, message: impl Into<String>) {
        self.notifications.push(Notification::new(path, id, message));
    }

    fn absorb(&mut self, other: Self) {
        self.files.extend(other.files);
        self.notifications.extend(other.notifications);
        self.ignored += other.ignored;
    }
}

/// Folders that the index names as a commit of another repository.
pub(super) fn submodules(tracked: &Tracked) -> impl Iterator<Item = PathBuf> {
    tracked
        .entries()
        .filter(|(_, entry)| entry.mode == gix::index::entry::Mode::COMMIT)
        .filter_map(|(path, _)| names::from_git_path(path))
}

/// A pool of our own, so that a host's pool is never waited for; nothing when one thread is to do it all.
pub(super) fn pool(threads: usize) -> Option<rayon::ThreadPool> {
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    (threads > 1).then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok()).flatten()
}

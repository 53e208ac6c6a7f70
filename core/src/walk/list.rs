//! From the paths that were asked for to the entries that are read.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use gix::ObjectId;

use super::{
    Listing, Options, Selection,
    changes::Changes,
    compare::{After, Candidate, Comparison},
    entry::Entry,
    git::{self, Base, Git, Tracked},
    history::History,
    ignoring::{Levels, Rules},
    named::{Named, current_folder, shown},
    names, open,
    worktree::{Found, Walk, Walked, submodules},
};
use crate::error::{Error, ErrorKind, Notification, NotificationId};

/// Lists what is to be scanned.
///
/// Fails when a path, repository or reference that was asked for is not there; everything less is a notification.
pub fn list(options: &Options) -> Result<Listing, Error> {
    let named = Named::resolve(&options.paths)?;
    let common = named.common_folder()?;
    if options.history.is_some() && git::is_bare(&common) {
        return bare(options, &named, common);
    }
    let top = git::top_of(&common);
    let root = top.clone().unwrap_or(common);
    named.refuse_git_folder(&root)?;
    let mut notifications = Vec::new();
    let git = open_git(options, top.as_deref(), &root, &mut notifications)?;
    let folder = git.as_ref().map(|git| git.common_folder());
    let rules = Rules::new(&root, &options.exclude, options.ignore_files, folder.as_deref())?;
    let mut scan = Scan {
        options,
        named: &named,
        root: Arc::from(root.as_path()),
        git,
        rules,
        entries: Vec::new(),
        notifications,
        ignored: 0,
    };
    match &options.selection {
        Selection::Worktree => scan.worktree(false)?,
        Selection::Tracked => scan.worktree(true)?,
        Selection::Staged => scan.staged()?,
        Selection::Since(reference) => scan.since(reference)?,
    }
    let history = scan.history()?;
    scan.finish(history)
}

/// A repository without a working tree: there is nothing but its history.
fn bare(options: &Options, named: &Named, root: PathBuf) -> Result<Listing, Error> {
    let git = Git::open_bare(&root).map_err(|reason| {
        Error::new(ErrorKind::Input, format!("the git repository cannot be read: {reason}")).at(&root)
    })?;
    let rules = Rules::new(&root, &options.exclude, false, None)?;
    let scan = Scan {
        options,
        named,
        root: Arc::from(root),
        git: Some(Arc::new(git)),
        rules,
        entries: Vec::new(),
        notifications: Vec::new(),
        ignored: 0,
    };
    let history = scan.history()?;
    scan.finish(history)
}

/// The repository around the root: an error when it is needed and cannot be read, a notification when it is only of use.
fn open_git(
    options: &Options,
    top: Option<&Path>,
    root: &Path,
    notifications: &mut Vec<Notification>,
) -> Result<Option<git::Shared>, Error> {
    let purpose = match options.selection {
        Selection::Worktree => options.history.as_ref().map(|_| "reading the history"),
        Selection::Tracked => Some("listing tracked files"),
        Selection::Staged => Some("listing staged changes"),
        Selection::Since(_) => Some("comparing with a git reference"),
    };
    match (top.map(Git::open), purpose) {
        (Some(Ok(git)), _) => Ok(Some(Arc::new(git))),
        (None, None) => Ok(None),
        (None, Some(purpose)) => {
            let defect = format!("{purpose} needs a git repository; no `.git` in `{}` or above it", shown(root));
            Err(Error::new(ErrorKind::Input, defect))
        }
        (Some(Err(reason)), Some(purpose)) => {
            let defect = format!("{purpose} needs the git repository, which cannot be read: {reason}");
            Err(Error::new(ErrorKind::Input, defect).at(root.join(".git")))
        }
        (Some(Err(reason)), None) => {
            let message = format!("git repository cannot be read: {reason}");
            notifications.push(Notification::new(".git", NotificationId::NoRepository, message));
            Ok(None)
        }
    }
}

/// A listing in the making.
struct Scan<'a> {
    options: &'a Options,
    named: &'a Named,
    root: Arc<Path>,
    git: Option<git::Shared>,
    rules: Rules,
    entries: Vec<Entry>,
    notifications: Vec<Notification>,
    ignored: u64,
}

impl Scan<'_> {
    fn worktree(&mut self, only_tracked: bool) -> Result<(), Error> {
        let tracked = self.index(only_tracked)?;
        let files = self.walk(tracked.as_ref(), only_tracked);
        for found in files {
            self.push_file(&found, None);
        }
        if let (true, Some(tracked)) = (only_tracked, &tracked) {
            let message = "submodule is a repository of its own; its files are not tracked by this one";
            for path in submodules(tracked).filter(|path| self.named.holds(&self.root, path)) {
                self.notifications.push(Notification::new(shown(&path), NotificationId::NotAFile, message));
            }
        }
        Ok(())
    }

    /// Git's index; an error when it is broken and needed.
    fn index(&mut self, is_needed: bool) -> Result<Option<Tracked>, Error> {
        let Some(git) = &self.git else { return Ok(None) };
        match git.index() {
            Ok(index) => Ok(index),
            Err(reason) if is_needed => {
                let defect = format!("git's index cannot be read: {reason}");
                Err(Error::new(ErrorKind::Input, defect).at(self.root.join(".git")))
            }
            Err(reason) => {
                let message = format!("git's index cannot be read: {reason}");
                self.notifications.push(Notification::new(".git", NotificationId::NoRepository, message));
                Ok(None)
            }
        }
    }

    /// The files below the named folders and the named files themselves, sorted, each once.
    fn walk(&mut self, tracked: Option<&Tracked>, only_tracked: bool) -> Vec<Found> {
        let threads = self.options.threads;
        let walk = Walk { root: &self.root, rules: &self.rules, tracked, only_tracked, threads };
        let Walked { mut files, notifications, ignored } = walk.run(&self.named.folders);
        self.notifications.extend(notifications);
        self.ignored += ignored;
        for (file, size) in &self.named.files {
            let path = file.strip_prefix(&self.root).unwrap_or(file).to_path_buf();
            let is_tracked = || tracked.is_some_and(|tracked| tracked.entry(&names::git_path(&path)).is_some());
            if only_tracked && !is_tracked() {
                self.ignored += 1;
            } else {
                files.push(Found { path, size: *size });
            }
        }
        files.sort_unstable();
        files.dedup_by(|one, other| one.path == other.path);
        files
    }

    /// Files that differ from the last commit all branches share.
    fn since(&mut self, reference: &str) -> Result<(), Error> {
        let Some(git) = self.git.clone() else { return Ok(()) };
        let root = Some(git::shared_tree(&git.local(), reference)?);
        let tracked = self.index(true)?;
        let files = self.walk(tracked.as_ref(), false);
        let (limit, threads) = (self.options.max_bytes, self.options.threads);
        let comparison = Comparison { git: &git, root, limit, threads };
        let candidates = comparison.candidates(&files, &self.root, tracked.as_ref());
        let exists = |path: &[u8]| {
            names::from_git_path(path).is_some_and(|path| self.root.join(path).symlink_metadata().is_ok())
        };
        let judged: Vec<Candidate> = candidates.iter().flatten().cloned().collect();
        let mut changes = comparison.changes(&judged, &exists).into_iter();
        for (found, candidate) in files.iter().zip(candidates) {
            let changed = match candidate {
                Some(_) => changes.next().unwrap_or_default(),
                None => Some(Changes::default()),
            };
            self.push_file(found, changed);
        }
        Ok(())
    }

    /// What the next commit would change. The working tree is not walked.
    fn staged(&mut self) -> Result<(), Error> {
        let (Some(git), Some(tracked)) = (self.git.clone(), self.index(true)?) else { return Ok(()) };
        let repository = git.local();
        let root = match repository.head_id() {
            Ok(_) => Some(
                repository
                    .head_tree_id()
                    .map(gix::Id::detach)
                    .map_err(|_| Error::new(ErrorKind::Input, "the last commit cannot be read from git's objects"))?,
            ),
            Err(_) => None,
        };
        let listed = self.staged_files(&tracked, &mut Head::new(&repository, &tracked, root));
        let changed = listed.iter().filter(|file| file.is_changed());
        let candidates: Vec<Candidate> = changed.map(StagedFile::candidate).collect();
        let (limit, threads) = (self.options.max_bytes, self.options.threads);
        let comparison = Comparison { git: &git, root, limit, threads };
        let mut changes = comparison.changes(&candidates, &|path| tracked.entry(path).is_some()).into_iter();
        for staged in listed {
            let changed =
                if staged.is_changed() { changes.next().unwrap_or_default() } else { Some(Changes::default()) };
            let (entry, notification) = Entry::blob(&git, staged.id, &staged.relative, staged.size, limit);
            self.push(entry, notification, changed);
        }
        Ok(())
    }

    /// The files of the index that were asked for. What did not change costs no look at the disk.
    fn staged_files(&mut self, tracked: &Tracked, head: &mut Head<'_>) -> Vec<StagedFile> {
        let mut levels = Levels::default();
        let mut files = Vec::new();
        for (path, entry) in tracked.entries() {
            if !git::is_file(entry.mode) || entry.flags.contains(gix::index::entry::Flags::INTENT_TO_ADD) {
                continue;
            }
            let before = head.find(path, entry.id);
            if before == Some(entry.id) && entry.stage_raw() == 0 && !self.options.unchanged {
                continue;
            }
            let Some(relative) = names::from_git_path(path) else {
                let message = "path in git's index leads out of the repository; it was not read";
                self.notify(&names::printable(&path.to_string()), message);
                continue;
            };
            let is_named = self.named.names_file(&self.root.join(&relative));
            if !self.named.holds(&self.root, &relative) {
                continue;
            }
            if !is_named && self.rules.excludes(&relative, &mut levels) {
                self.ignored += 1;
            } else if entry.stage_raw() != 0 {
                // Each side of a conflict is an entry of its own; the repeated notification is dropped in the end.
                let message = "file has conflicts that are not resolved, so nothing of it is staged";
                self.notify(&names::shown_path(&relative).0, message);
            } else {
                let (path, size) = (path.to_vec(), entry.stat.size.into());
                files.push(StagedFile { path, relative, before, id: entry.id, size });
            }
        }
        files
    }

    fn notify(&mut self, path: &str, message: &str) {
        self.notifications.push(Notification::new(path, NotificationId::Unreadable, message));
    }

    fn push_file(&mut self, found: &Found, changed: Option<Changes>) {
        let (entry, notification) = Entry::file(&self.root, &found.path, found.size, self.options.max_bytes);
        self.push(entry, notification, changed);
    }

    fn push(&mut self, mut entry: Entry, notification: Option<Notification>, changed: Option<Changes>) {
        if changed.as_ref().is_some_and(Changes::is_empty) && !self.options.unchanged {
            return;
        }
        entry.changed = changed;
        self.entries.push(entry);
        self.notifications.extend(notification);
    }

    /// What the chosen commits hold below the named paths, but for what is excluded today.
    fn history(&self) -> Result<Option<Arc<History>>, Error> {
        let (Some(range), Some(git)) = (&self.options.history, &self.git) else { return Ok(None) };
        let mut levels = Levels::default();
        let mut asks = |path: &[u8]| {
            // A name that no folder can have today is nowhere below a named one, and no list excludes it.
            let Some(relative) = names::from_git_path(path) else { return self.named.folders.contains(&git.top) };
            self.named.holds(&self.root, &relative) && !self.rules.excludes(&relative, &mut levels)
        };
        let bounds = (self.options.max_bytes, self.options.threads);
        Ok(Some(Arc::new(History::list(git, range, bounds, &mut asks)?)))
    }

    fn finish(mut self, history: Option<Arc<History>>) -> Result<Listing, Error> {
        if self.named.stdin {
            let path = self.stdin_path()?;
            self.entries.push(Entry::stdin(path, self.options.max_bytes));
        }
        for path in &self.named.others {
            let path = names::shown_path(path.strip_prefix(&self.root).unwrap_or(path)).0;
            self.notifications.push(Notification::new(path, NotificationId::NotAFile, open::NEITHER));
        }
        self.entries.sort_by(|one, other| one.path.cmp(&other.path));
        self.notifications.extend(self.rules.into_notifications());
        self.notifications.extend(history.iter().flat_map(|history| history.notifications.clone()));
        self.notifications.sort();
        self.notifications.dedup();
        Ok(Listing {
            history,
            root: self.root.to_path_buf(),
            repository: self.git.map(|git| git.describe()),
            entries: self.entries,
            notifications: self.notifications,
            ignored: self.ignored,
        })
    }

    /// What standard input is called: a path of the current folder, as seen from the root.
    fn stdin_path(&self) -> Result<String, Error> {
        let Some(name) = &self.options.stdin_name else { return Ok("stdin".to_string()) };
        let path = names::normalised(&current_folder()?.join(name));
        Ok(match path.strip_prefix(&self.root) {
            Ok(relative) => names::shown_path(relative).0,
            Err(_) => names::printable(name),
        })
    }
}

/// A file of the index.
struct StagedFile {
    path: Vec<u8>,
    relative: PathBuf,
    /// The blob at this path in the last commit.
    before: Option<ObjectId>,
    id: ObjectId,
    size: u64,
}

impl StagedFile {
    fn is_changed(&self) -> bool {
        self.before != Some(self.id)
    }

    fn candidate(&self) -> Candidate {
        Candidate { path: self.path.clone(), before: self.before, after: After::Blob(self.id) }
    }
}

/// The last commit's files, asked in the order of the index.
struct Head<'a> {
    same: std::iter::Peekable<std::vec::IntoIter<Vec<u8>>>,
    base: Base<'a>,
}

impl<'a> Head<'a> {
    fn new(repository: &'a gix::Repository, tracked: &Tracked, root: Option<ObjectId>) -> Self {
        let same = tracked.same_folders(repository, root).into_iter().peekable();
        Self { same, base: Base::new(repository, root) }
    }

    /// The blob at the path; `staged` is the one that the index holds there.
    fn find(&mut self, path: &[u8], staged: ObjectId) -> Option<ObjectId> {
        while self.same.next_if(|folder| folder.as_slice() < path && !path.starts_with(folder)).is_some() {}
        if self.same.peek().is_some_and(|folder| path.starts_with(folder)) {
            return Some(staged);
        }
        self.base.find(path).map(|item| item.id)
    }
}

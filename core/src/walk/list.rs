//! From the paths that were asked for to the entries that are read.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Listing, Options, Selection,
    changes::Changes,
    compare::{After, Candidate, Comparison},
    entry::Entry,
    git::{self, Base, Git, Tracked},
    ignoring::{Levels, Rules},
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
    scan.finish()
}

/// The paths that were asked for.
struct Named {
    stdin: bool,
    folders: Vec<PathBuf>,
    files: Vec<(PathBuf, u64)>,
    /// Pipes, sockets, devices.
    others: Vec<PathBuf>,
}

impl Named {
    /// Follows links in the names, once: what is reported is where they lead.
    fn resolve(paths: &[PathBuf]) -> Result<Self, Error> {
        let mut named = Self { stdin: false, folders: Vec::new(), files: Vec::new(), others: Vec::new() };
        let mut defects = Vec::new();
        let current = [PathBuf::from(".")];
        for path in if paths.is_empty() { &current } else { paths } {
            if path.as_os_str() == "-" {
                named.stdin = true;
                continue;
            }
            match fs::canonicalize(path).and_then(|real| Ok((real.metadata()?, real))) {
                Ok((metadata, real)) if metadata.is_dir() => named.folders.push(real),
                Ok((metadata, real)) if metadata.is_file() => named.files.push((real, metadata.len())),
                Ok((_, real)) => named.others.push(real),
                Err(error) => defects.push(absent(path, &error)),
            }
        }
        if defects.is_empty() { Ok(named) } else { Err(Error { kind: ErrorKind::Input, path: None, defects }) }
    }

    /// The deepest folder that holds everything named.
    fn common_folder(&self) -> Result<PathBuf, Error> {
        let files = self.files.iter().map(|(file, _)| file).chain(&self.others);
        let parents = files.map(|file| file.parent().unwrap_or(file));
        let mut folders = parents.chain(self.folders.iter().map(PathBuf::as_path));
        let Some(first) = folders.next() else { return current_folder() };
        let shared = |common: PathBuf, folder: &Path| {
            common.ancestors().find(|above| folder.starts_with(above)).map_or_else(PathBuf::new, Path::to_path_buf)
        };
        Ok(folders.fold(first.to_path_buf(), shared))
    }

    /// Git's own folder holds other people's objects and hooks, and is never read.
    fn refuse_git_folder(&self, root: &Path) -> Result<(), Error> {
        let all = self.files.iter().map(|(file, _)| file).chain(&self.folders).chain(&self.others);
        let is_inside = |path: &&PathBuf| {
            let below = path.strip_prefix(root).unwrap_or(path);
            below.components().any(|part| names::is_git_folder(part.as_os_str()))
        };
        let defects: Vec<String> = all
            .filter(is_inside)
            .map(|path| format!("`{}` is part of git's own folder, which is not scanned", shown(path)))
            .collect();
        if defects.is_empty() { Ok(()) } else { Err(Error { kind: ErrorKind::Input, path: None, defects }) }
    }

    /// True when the path below the root was asked for, by itself or with a folder around it.
    fn holds(&self, root: &Path, relative: &Path) -> bool {
        let path = root.join(relative);
        self.folders.iter().any(|folder| path.starts_with(folder)) || self.names_file(&path)
    }

    fn names_file(&self, path: &Path) -> bool {
        self.files.iter().any(|(file, _)| file == path)
    }
}

fn shown(path: &Path) -> String {
    names::printable(&path.to_string_lossy())
}

fn current_folder() -> Result<PathBuf, Error> {
    fs::canonicalize(".")
        .map_err(|error| Error::new(ErrorKind::Input, format!("the current folder {}", open::explain(&error))))
}

/// Says what is wrong with a path that cannot be had, and which one may have been meant.
fn absent(path: &Path, error: &io::Error) -> String {
    let name = shown(path);
    if error.kind() != io::ErrorKind::NotFound {
        return format!("`{name}` {}", open::explain(error));
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let wanted = path.file_name().map(|wanted| wanted.to_string_lossy().into_owned());
    let near = fs::read_dir(parent.unwrap_or(Path::new("."))).ok().zip(wanted).and_then(|(entries, wanted)| {
        let known = entries.map_while(Result::ok).take(10_000);
        names::nearest(&wanted, known.map(|entry| entry.file_name().to_string_lossy().into_owned()))
    });
    match near {
        Some(near) => {
            let near = parent.map_or_else(|| PathBuf::from(&near), |parent| parent.join(&near));
            format!("no such file or folder `{name}`; did you mean `{}`?", shown(&near))
        }
        None => format!("no such file or folder `{name}`"),
    }
}

/// The repository around the root: an error when it is needed and cannot be read, a notification when it is only of use.
fn open_git(
    options: &Options,
    top: Option<&Path>,
    root: &Path,
    notifications: &mut Vec<Notification>,
) -> Result<Option<git::Shared>, Error> {
    let purpose = match options.selection {
        Selection::Worktree => None,
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
        let mut base = Base::new(&repository, root);
        let (mut listed, mut candidates) = (Vec::new(), Vec::new());
        for staged in self.staged_files(&tracked) {
            let before = base.find(&staged.path).map(|item| item.id);
            let is_changed = before != Some(staged.id);
            if is_changed || self.options.unchanged {
                candidates.extend(is_changed.then(|| Candidate {
                    path: staged.path.clone(),
                    before,
                    after: After::Blob(staged.id),
                }));
                listed.push((staged, is_changed));
            }
        }
        let (limit, threads) = (self.options.max_bytes, self.options.threads);
        let comparison = Comparison { git: &git, root, limit, threads };
        let mut changes = comparison.changes(&candidates, &|path| tracked.entry(path).is_some()).into_iter();
        for (staged, is_changed) in listed {
            let changed = if is_changed { changes.next().unwrap_or_default() } else { Some(Changes::default()) };
            let (entry, notification) = Entry::blob(&git, staged.id, &staged.relative, staged.size, limit);
            self.push(entry, notification, changed);
        }
        Ok(())
    }

    /// The files of the index that were asked for.
    fn staged_files(&mut self, tracked: &Tracked) -> Vec<StagedFile> {
        let mut levels = Levels::default();
        let mut files = Vec::new();
        for (path, entry) in tracked.entries() {
            if !git::is_file(entry.mode) || entry.flags.contains(gix::index::entry::Flags::INTENT_TO_ADD) {
                continue;
            }
            let Some(relative) = names::from_git_path(path) else {
                let message = "path in git's index leads out of the repository; it was not read";
                let path = names::printable(&path.to_string());
                self.notifications.push(Notification::new(path, NotificationId::Unreadable, message));
                continue;
            };
            if !self.named.holds(&self.root, &relative) {
                continue;
            }
            let is_named = self.named.names_file(&self.root.join(&relative));
            if !is_named && self.rules.excludes(&relative, &mut levels) {
                self.ignored += 1;
            } else if entry.stage_raw() != 0 {
                // Each side of a conflict is an entry of its own; the repeated notification is dropped in the end.
                let message = "file has conflicts that are not resolved, so nothing of it is staged";
                let path = names::shown_path(&relative).0;
                self.notifications.push(Notification::new(path, NotificationId::Unreadable, message));
            } else {
                files.push(StagedFile { path: path.to_vec(), relative, id: entry.id, size: entry.stat.size.into() });
            }
        }
        files
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

    fn finish(mut self) -> Result<Listing, Error> {
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
        self.notifications.sort();
        self.notifications.dedup();
        Ok(Listing {
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
    id: gix::ObjectId,
    size: u64,
}

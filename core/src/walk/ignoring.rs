//! Which paths are passed over: `.gitignore` and git's other lists, `.trueupignore`, and the configuration's globs.

use std::{
    fs::DirEntry,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder, gitconfig_excludes_path},
};

use super::{names, open};
use crate::error::{Error, ErrorKind, Notification, NotificationId};

/// Git's ignore file.
const GIT_IGNORE: &str = ".gitignore";
/// Our own ignore file; it is read like git's and goes before it.
const OWN_IGNORE: &str = ".trueupignore";
/// Ignore files beyond this size are not patterns that somebody wrote; compiling them would cost more than the scan.
const LARGEST: u64 = 256 * 1024;
/// The ignore files that count for one folder, its own and those around it, are together no larger than this.
const LARGEST_CHAIN: u64 = 1024 * 1024;

/// What the rules say of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing keeps it from being read.
    Read,
    /// Git's lists name it. They do not hide a file that git tracks: a committed `.env` is in the repository for all
    /// to see, whatever `.gitignore` says.
    Ignored,
    /// `.trueupignore` or the configuration names it.
    Excluded,
}

/// The ignore files of one folder, and of those around it.
pub(super) struct Level {
    git: Gitignore,
    own: Gitignore,
    /// The folder is the top of a repository: `.gitignore` files above it do not reach inside.
    is_top: bool,
    /// Bytes of the ignore files of this folder and those around it.
    spent: u64,
    above: Option<Arc<Level>>,
}

/// Everything that decides whether a path is passed over.
pub(super) struct Rules {
    root: PathBuf,
    honours_files: bool,
    configured: Gitignore,
    /// `.git/info/exclude`, then the user's own list.
    lists: [Gitignore; 2],
    notifications: Mutex<Vec<Notification>>,
}

impl Rules {
    /// Rules for a scan of `root`. `exclude` are the configuration's globs; with `honours_files` unset only they count.
    pub(super) fn new(
        root: &Path,
        exclude: &[String],
        honours_files: bool,
        git_folder: Option<&Path>,
    ) -> Result<Self, Error> {
        let mut rules = Self {
            root: root.to_path_buf(),
            honours_files,
            configured: configured(root, exclude)?,
            lists: [Gitignore::empty(), Gitignore::empty()],
            notifications: Mutex::default(),
        };
        if let (true, Some(folder)) = (honours_files, git_folder) {
            let mut spent = 0;
            let of_repository = rules.load(&folder.join("info").join("exclude"), root, false, &mut spent);
            let of_user = gitconfig_excludes_path().map(|path| rules.load(&path, root, true, &mut spent));
            rules.lists = [of_repository, of_user.unwrap_or_else(Gitignore::empty)];
        }
        Ok(rules)
    }

    /// The level of `folder`, which lies in or below the root: every ignore file from the root down to it counts.
    pub(super) fn level(&self, folder: &Path) -> Arc<Level> {
        let mut level = self.descend(&Arc::default(), &self.root, &Listed::anything());
        let Ok(below) = folder.strip_prefix(&self.root) else { return level };
        let mut at = self.root.clone();
        for part in below.components() {
            at.push(part);
            level = self.descend(&level, &at, &Listed::anything());
        }
        level
    }

    /// The level of a folder one step below `above`.
    pub(super) fn descend(&self, above: &Arc<Level>, folder: &Path, listed: &Listed) -> Arc<Level> {
        if !self.honours_files || !listed.any() {
            return Arc::clone(above);
        }
        let mut spent = above.spent;
        let mut load = |name: &str, there: bool| {
            if there { self.load(&folder.join(name), folder, false, &mut spent) } else { Gitignore::empty() }
        };
        let git = load(GIT_IGNORE, listed.git);
        let own = load(OWN_IGNORE, listed.own);
        let is_top = listed.top && folder.join(".git").symlink_metadata().is_ok();
        if git.is_empty() && own.is_empty() && !is_top {
            return Arc::clone(above);
        }
        Arc::new(Level { git, own, is_top, spent, above: Some(Arc::clone(above)) })
    }

    /// What the rules say of one path in a folder of this level; its folder is known to be read.
    pub(super) fn verdict(&self, level: &Level, path: &Path, is_dir: bool) -> Verdict {
        match self.configured.matched(path, is_dir) {
            Match::Ignore(_) => return Verdict::Excluded,
            Match::Whitelist(_) => return Verdict::Read,
            Match::None => {}
        }
        if !self.honours_files {
            return Verdict::Read;
        }
        for level in level.upwards() {
            match level.own.matched(path, is_dir) {
                Match::Ignore(_) => return Verdict::Excluded,
                Match::Whitelist(_) => return Verdict::Read,
                Match::None => {}
            }
        }
        if self.is_ignored_by_git(level, path, is_dir) { Verdict::Ignored } else { Verdict::Read }
    }

    fn is_ignored_by_git(&self, level: &Level, path: &Path, is_dir: bool) -> bool {
        for level in level.upwards() {
            match level.git.matched(path, is_dir) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None if level.is_top => break,
                Match::None => {}
            }
        }
        let listed = self.lists.iter().map(|list| list.matched(path, is_dir)).find(|verdict| !verdict.is_none());
        listed.is_some_and(|verdict| verdict.is_ignore())
    }

    /// True when `.trueupignore` or the configuration passes over the file or a folder around it. For files that come
    /// from git instead of from a walk.
    pub(super) fn excludes(&self, relative: &Path, levels: &mut Levels) -> bool {
        let mut at = self.root.clone();
        let mut level = levels.of(self, &at);
        let mut parts = relative.components().peekable();
        while let Some(part) = parts.next() {
            at.push(part);
            let is_dir = parts.peek().is_some();
            if self.verdict(&level, &at, is_dir) == Verdict::Excluded {
                return true;
            }
            if is_dir {
                level = levels.of(self, &at);
            }
        }
        false
    }

    /// What went wrong with ignore files, in the order of paths.
    pub(super) fn into_notifications(self) -> Vec<Notification> {
        self.notifications.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads an ignore file whose patterns hold below `folder`. In a scanned tree links are not followed, as git does
    /// not either; the user's own list may be one.
    fn load(&self, path: &Path, folder: &Path, of_user: bool, spent: &mut u64) -> Gitignore {
        let Ok((mut file, size)) = open::open(path, of_user) else { return Gitignore::empty() };
        let limit = LARGEST.min(LARGEST_CHAIN.saturating_sub(*spent));
        let mut bytes = Vec::new();
        if open::read_rest(&mut file, size.min(limit), limit, &mut bytes).is_err() {
            let (shown, _) = names::shown_path(path.strip_prefix(&self.root).unwrap_or(path));
            let message = "ignore file is too large or cannot be read; its patterns were not applied";
            let notification = Notification::new(shown, NotificationId::Limit, message);
            self.notifications.lock().unwrap_or_else(PoisonError::into_inner).push(notification);
            return Gitignore::empty();
        }
        *spent += bytes.len() as u64;
        let text = String::from_utf8_lossy(&bytes);
        let mut builder = GitignoreBuilder::new(folder);
        for line in text.trim_start_matches('\u{FEFF}').lines() {
            // A pattern that cannot be is skipped, as git does.
            let _ = builder.add_line(None, line);
        }
        builder.build().unwrap_or_else(|_| Gitignore::empty())
    }
}

/// The configuration's globs, or every defect in them.
fn configured(root: &Path, exclude: &[String]) -> Result<Gitignore, Error> {
    let mut builder = GitignoreBuilder::new(root);
    let mut defects = Vec::new();
    for glob in exclude {
        if let Err(error) = builder.add_line(None, glob) {
            defects.push(names::printable(&format!("exclude pattern `{glob}` cannot be understood: {error}")));
        }
    }
    match (defects.is_empty(), builder.build()) {
        (true, Ok(globs)) => return Ok(globs),
        (true, Err(error)) => defects.push(names::printable(&format!("exclude patterns are too many: {error}"))),
        (false, _) => {}
    }
    Err(Error { kind: ErrorKind::Configuration, path: None, defects })
}

/// The level outside of the root: no ignore file counts.
impl Default for Level {
    fn default() -> Self {
        Self { git: Gitignore::empty(), own: Gitignore::empty(), is_top: false, spent: 0, above: None }
    }
}

impl Level {
    fn upwards(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |level| level.above.as_deref())
    }
}

/// A long chain of folders with ignore files must not be dropped by recursion.
impl Drop for Level {
    fn drop(&mut self) {
        let mut above = self.above.take();
        while let Some(mut level) = above.and_then(Arc::into_inner) {
            above = level.above.take();
        }
    }
}

/// Which ignore files a listing of a folder showed, so that absent ones need not be tried.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Listed {
    git: bool,
    own: bool,
    top: bool,
}

impl Listed {
    /// Nothing is known of the folder.
    fn anything() -> Self {
        Self { git: true, own: true, top: true }
    }

    fn any(self) -> bool {
        self.git || self.own || self.top
    }

    /// Takes note of one entry.
    pub(super) fn note(&mut self, entry: &DirEntry) {
        match entry.file_name().as_encoded_bytes() {
            b".gitignore" => self.git = true,
            b".trueupignore" => self.own = true,
            b".git" => self.top = true,
            _ => {}
        }
    }
}

/// Levels of folders that were asked for before.
#[derive(Default)]
pub(super) struct Levels(std::collections::BTreeMap<PathBuf, Arc<Level>>);

impl Levels {
    fn of(&mut self, rules: &Rules, folder: &Path) -> Arc<Level> {
        if let Some(level) = self.0.get(folder) {
            return Arc::clone(level);
        }
        let above = folder.parent().and_then(|parent| self.0.get(parent));
        let level = match above {
            Some(above) if folder != rules.root => rules.descend(above, folder, &Listed::anything()),
            _ => rules.level(folder),
        };
        self.0.insert(folder.to_path_buf(), Arc::clone(&level));
        level
    }
}

//! Which paths are passed over: `.gitignore` and git's other lists, `.trueupignore`, and the configuration's globs.

use std::{
    fs::DirEntry,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use ignore::gitignore::gitconfig_excludes_path;

use super::{names, open, pattern::Patterns};
use crate::error::{Error, ErrorKind, Notification, NotificationId};

/// Git's ignore file.
const GIT_IGNORE: &str = ".gitignore";
/// Our own ignore file; it is read like git's and goes before it.
const OWN_IGNORE: &str = ".trueupignore";
/// Ignore files beyond this size are not patterns that somebody wrote; compiling them would cost more than the scan.
const LARGEST: u64 = 256 * 1024;
/// The ignore files that count for one folder, its own and those around it, are together no larger than this.
const LARGEST_CHAIN: u64 = 1024 * 1024;
/// Their patterns with wildcards, but for the likes of `*.log` that cost nothing, are no longer than this. Those that
/// people write come to one or two thousand bytes; each byte is one more step for every name in the tree.
const MOST_COSTLY: u64 = 16 * 1024;

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

/// The ignore files of one folder, and of those around it. The default is outside of the root, where none counts.
#[derive(Default)]
pub(super) struct Level {
    git: Patterns,
    own: Patterns,
    /// Bytes of a path that lead to the folder.
    prefix: usize,
    /// The folder is the top of a repository: `.gitignore` files above it do not reach inside.
    is_top: bool,
    spent: Spent,
    above: Option<Arc<Level>>,
}

/// What the ignore files of a folder and those around it add up to.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    bytes: u64,
    costly: u64,
}

/// Everything that decides whether a path is passed over.
pub(super) struct Rules {
    root: PathBuf,
    honours_files: bool,
    configured: Patterns,
    /// `.git/info/exclude`, then the user's own list.
    lists: [Patterns; 2],
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
            configured: configured(exclude)?,
            lists: Default::default(),
            notifications: Mutex::default(),
        };
        if let (true, Some(folder)) = (honours_files, git_folder) {
            let mut spent = Spent::default();
            let of_repository = rules.load(&folder.join("info").join("exclude"), false, &mut spent);
            let of_user = gitconfig_excludes_path().map(|path| rules.load(&path, true, &mut spent));
            rules.lists = [of_repository, of_user.unwrap_or_default()];
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
            if there { self.load(&folder.join(name), false, &mut spent) } else { Patterns::default() }
        };
        let git = load(GIT_IGNORE, listed.git);
        let own = load(OWN_IGNORE, listed.own);
        let is_top = listed.top && folder.join(".git").symlink_metadata().is_ok();
        if git.is_empty() && own.is_empty() && !is_top {
            return Arc::clone(above);
        }
        let below = names::git_path(folder.strip_prefix(&self.root).unwrap_or(Path::new("")));
        let prefix = if below.is_empty() { 0 } else { below.len() + 1 };
        Arc::new(Level { git, own, prefix, is_top, spent, above: Some(Arc::clone(above)) })
    }

    /// What the rules say of one path below the root, as git writes it, in a folder of this level; the folder itself is
    /// known to be read.
    pub(super) fn verdict(&self, level: &Level, path: &[u8], is_folder: bool) -> Verdict {
        let own = || level.upwards().find_map(|level| level.own.decide(level.below(path), is_folder));
        match self.configured.decide(path, is_folder).or_else(|| own().filter(|_| self.honours_files)) {
            Some(true) => Verdict::Excluded,
            Some(false) => Verdict::Read,
            None if self.honours_files && self.is_ignored_by_git(level, path, is_folder) => Verdict::Ignored,
            None => Verdict::Read,
        }
    }

    fn is_ignored_by_git(&self, level: &Level, path: &[u8], is_folder: bool) -> bool {
        for level in level.upwards() {
            if let Some(is_ignored) = level.git.decide(level.below(path), is_folder) {
                return is_ignored;
            }
            if level.is_top {
                break;
            }
        }
        self.lists.iter().find_map(|list| list.decide(path, is_folder)).unwrap_or(false)
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
            let name = names::git_path(at.strip_prefix(&self.root).unwrap_or(relative));
            if self.verdict(&level, &name, is_dir) == Verdict::Excluded {
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

    /// Reads an ignore file. In a scanned tree links are not followed, as git does not either; the user's own list may
    /// be one.
    fn load(&self, path: &Path, of_user: bool, spent: &mut Spent) -> Patterns {
        let Ok((mut file, size)) = open::open(path, of_user) else { return Patterns::default() };
        let limit = LARGEST.min(LARGEST_CHAIN.saturating_sub(spent.bytes));
        let mut bytes = Vec::new();
        let read = open::read_rest(&mut file, size.min(limit), limit, &mut bytes);
        // A pattern that cannot be is passed over, as git does.
        let patterns = Patterns::parse(&String::from_utf8_lossy(&bytes));
        let costly = spent.costly + patterns.cost;
        if read.is_ok() && costly <= MOST_COSTLY {
            *spent = Spent { bytes: spent.bytes + bytes.len() as u64, costly };
            return patterns;
        }
        let (shown, _) = names::shown_path(path.strip_prefix(&self.root).unwrap_or(path));
        let message =
            "ignore file cannot be read, is too large or has too many wildcards; its patterns were not applied";
        let notification = Notification::new(shown, NotificationId::Limit, message);
        self.notifications.lock().unwrap_or_else(PoisonError::into_inner).push(notification);
        Patterns::default()
    }
}

/// The configuration's globs, or every defect in them.
fn configured(exclude: &[String]) -> Result<Patterns, Error> {
    let mut patterns = Patterns::parse(&exclude.join("\n"));
    let mut defects: Vec<String> = std::mem::take(&mut patterns.defects)
        .iter()
        .map(|glob| names::printable(&format!("exclude pattern `{glob}` should be a pattern as in .gitignore")))
        .collect();
    if patterns.cost > MOST_COSTLY {
        defects.push(format!("exclude patterns with wildcards should be no longer than {MOST_COSTLY} bytes in all"));
    }
    if defects.is_empty() { Ok(patterns) } else { Err(Error { kind: ErrorKind::Configuration, path: None, defects }) }
}

impl Level {
    /// The path as seen from the folder.
    fn below<'p>(&self, path: &'p [u8]) -> &'p [u8] {
        path.get(self.prefix..).unwrap_or_default()
    }

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

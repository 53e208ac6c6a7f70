//! Git's data, read without running git and without believing the repository's configuration.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use gix::{ObjectId, bstr::BStr, index, objs::tree::EntryKind};

use super::{names, open::Obstacle};
use crate::error::{Error, ErrorKind};

/// What the report says of the repository that was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The folder that holds `.git`.
    pub top: PathBuf,
    /// Full hexadecimal id of the commit that is checked out; nothing before the first commit.
    pub head: Option<String>,
    /// Short name of the branch that is checked out.
    pub branch: Option<String>,
    /// Where it was cloned from: `origin`, or else the first remote by name. Never with a user name, password or query.
    pub remote: Option<String>,
}

/// An open repository; shared by the entries whose bytes it holds.
pub(super) struct Git {
    pub(super) top: PathBuf,
    shared: gix::ThreadSafeRepository,
}

/// No single object decoded from an untrusted repository may take more memory than this.
pub(super) const LARGEST_OBJECT: u64 = 512 * 1024 * 1024;
/// Trees and deltas that were decoded are kept in this much memory.
const CACHE: usize = 16 * 1024 * 1024;
/// At most this many references are looked at to find the one that was meant.
const COMPARED_REFERENCES: usize = 10_000;

/// The nearest folder at or above `folder` that holds `.git`.
pub(super) fn top_of(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|above| above.join(".git").metadata().is_ok()).map(Path::to_path_buf)
}

/// True for a folder that is a repository without a working tree.
pub(super) fn is_bare(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && !folder.join(".git").exists()
}

impl Git {
    /// Opens the repository whose top folder is `top`. Its configuration is read as data of a stranger: nothing in it
    /// can start a program, and neither the user's configuration nor the environment is looked at.
    pub(super) fn open(top: &Path) -> Result<Self, String> {
        Self::open_folder(top, &top.join(".git"))
    }

    /// Opens a repository without a working tree, as carefully.
    pub(super) fn open_bare(folder: &Path) -> Result<Self, String> {
        Self::open_folder(folder, folder)
    }

    fn open_folder(top: &Path, folder: &Path) -> Result<Self, String> {
        refuse_pipes(folder)?;
        let limit = format!("gitoxide.objects.allocLimit={LARGEST_OBJECT}");
        let options = gix::open::Options::isolated().with(gix::sec::Trust::Reduced).config_overrides([limit]);
        let shared = options.open(folder).map_err(|error| names::printable(&error.to_string()))?;
        Ok(Self { top: top.to_path_buf(), shared })
    }

    /// The same repository, with none of its objects at hand.
    pub(super) fn fresh(&self) -> Result<Self, Error> {
        let folder = self.shared.path().to_path_buf();
        Self::open_folder(&self.top, &folder).map_err(|reason| {
            Error::new(ErrorKind::Input, format!("the git repository cannot be read: {reason}")).at(folder)
        })
    }

    /// A handle for one thread.
    pub(super) fn local(&self) -> gix::Repository {
        let mut repository = self.shared.to_thread_local();
        repository.object_cache_size_if_unset(CACHE);
        repository
    }

    /// The folder with `info/exclude`: shared by all worktrees.
    pub(super) fn common_folder(&self) -> PathBuf {
        self.local().common_dir().to_path_buf()
    }

    /// What the report says of it.
    pub(super) fn describe(&self) -> Repository {
        let repository = self.local();
        let head = repository.head_id().ok().map(|id| id.to_string());
        let branch = repository.head_name().ok().flatten();
        let branch = branch.map(|name| names::printable(&name.shorten().to_string()));
        Repository { top: self.top.clone(), head, branch, remote: remote(&repository) }
    }

    /// The index; nothing when there is none yet.
    pub(super) fn index(&self) -> Result<Option<Tracked>, String> {
        let repository = self.local();
        match repository.index_path().metadata() {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err("it is not a file".to_string()),
            Err(_) => return Ok(None),
        }
        let state = repository.open_index().map_err(|error| names::printable(&error.to_string()))?;
        Ok(Some(Tracked { state }))
    }

    /// The bytes of a blob of at most `limit` bytes.
    pub(super) fn blob(&self, id: ObjectId, limit: u64) -> Result<Vec<u8>, Obstacle> {
        blob(&self.local(), id, limit)
    }
}

/// Files of git's folder that are read for every repository.
const READ_ALWAYS: [&str; 8] =
    ["HEAD", "config", "config.worktree", "commondir", "index", "packed-refs", "shallow", "objects/info/alternates"];

/// Reading a pipe that nobody writes to would wait for ever, and a device may have no end.
fn refuse_pipes(folder: &Path) -> Result<(), String> {
    let is_other = |path: &Path| path.metadata().is_ok_and(|data| !data.is_file() && !data.is_dir());
    if is_other(folder) || READ_ALWAYS.iter().any(|name| is_other(&folder.join(name))) {
        return Err("a file of git's folder is a pipe, socket or device".to_string());
    }
    Ok(())
}

/// The bytes of a blob of at most `limit` bytes.
pub(super) fn blob(repository: &gix::Repository, id: ObjectId, limit: u64) -> Result<Vec<u8>, Obstacle> {
    let missing = |_| Obstacle::Io(std::io::Error::other("git's objects do not hold its contents"));
    let header = repository.find_header(id).map_err(missing)?;
    if header.size() > limit {
        return Err(Obstacle::TooLarge(header.size()));
    }
    let mut blob = repository.find_object(id).and_then(gix::Object::try_into_blob).map_err(missing)?;
    Ok(blob.take_data())
}

/// The files that git's index names.
pub(super) struct Tracked {
    state: index::File,
}

impl Tracked {
    /// Every entry with its path, in git's order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&BStr, &index::Entry)> {
        self.state.entries().iter().map(|entry| (entry.path(&self.state), entry))
    }

    /// The entry of a path; of an unmerged one, the first of its stages.
    pub(super) fn entry(&self, path: &[u8]) -> Option<&index::Entry> {
        self.entries_from(path).next().filter(|(at, _)| **at == path).map(|(_, entry)| entry)
    }

    /// True when a file below the folder is tracked.
    pub(super) fn holds_below(&self, folder: &[u8]) -> bool {
        let mut prefix = folder.to_vec();
        prefix.push(b'/');
        self.entries_from(&prefix).next().is_some_and(|(path, _)| path.starts_with(&prefix))
    }

    /// True when the working tree's file was surely not touched since git looked at it.
    pub(super) fn is_untouched(&self, entry: &index::Entry, file: &Path) -> bool {
        let Ok(metadata) = index::fs::Metadata::from_path_no_follow(file) else { return false };
        let Ok(stat) = index::entry::Stat::from_fs(&metadata) else { return false };
        let options = index::entry::stat::Options::default();
        entry.stat.matches(&stat, options) && !entry.stat.is_racy(self.state.timestamp(), options)
    }

    /// Folders that hold exactly what they hold in the tree `root`, with a slash at the end, in order: git notes in the
    /// index which trees its folders are, and would commit those trees without looking further.
    pub(super) fn same_folders(&self, repository: &gix::Repository, root: Option<ObjectId>) -> Vec<Vec<u8>> {
        let mut same = Vec::new();
        let mut open: Vec<_> =
            self.state.tree().zip(root).map(|(noted, id)| (Vec::new(), noted, id)).into_iter().collect();
        while let Some((folder, noted, id)) = open.pop() {
            if noted.num_entries.is_some() && noted.id == id {
                same.push(folder);
                continue;
            }
            let names = names_of(repository, id);
            for child in &noted.children {
                let tree = names.get(child.name.as_slice()).filter(|item| item.kind == EntryKind::Tree);
                open.extend(tree.map(|item| ([&folder, child.name.as_slice(), b"/"].concat(), child, item.id)));
            }
        }
        same.sort_unstable();
        same
    }

    fn entries_from(&self, path: &[u8]) -> impl Iterator<Item = (&BStr, &index::Entry)> {
        let start = self.state.entries().partition_point(|entry| &**entry.path(&self.state) < path);
        let rest = self.state.entries().get(start..).unwrap_or_default();
        rest.iter().map(|entry| (entry.path(&self.state), entry))
    }
}

/// True for entries that are files with contents of their own.
pub(super) fn is_file(mode: index::entry::Mode) -> bool {
    matches!(mode, index::entry::Mode::FILE | index::entry::Mode::FILE_EXECUTABLE)
}

/// One entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) id: ObjectId,
    pub(super) kind: EntryKind,
}

/// A commit's tree, asked path by path. Each question costs the trees on the way that the last one did not need, so
/// paths in order read every tree about once, and a tree that repeats itself without end is never unrolled.
pub(super) struct Base<'a> {
    repository: &'a gix::Repository,
    root: Option<ObjectId>,
    open: Vec<(Vec<u8>, Names)>,
}

type Names = BTreeMap<Vec<u8>, Item>;

impl<'a> Base<'a> {
    /// The tree `root`; without one, every path is new.
    pub(super) fn new(repository: &'a gix::Repository, root: Option<ObjectId>) -> Self {
        Self { repository, root, open: Vec::new() }
    }

    /// What the tree holds at `path`.
    pub(super) fn find(&mut self, path: &[u8]) -> Option<Item> {
        let mut parts: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
        let name = parts.pop()?;
        if self.open.is_empty() {
            let names = names_of(self.repository, self.root?);
            self.open.push((Vec::new(), names));
        }
        let shared = self.open.iter().skip(1).zip(&parts).take_while(|((open, _), part)| open == *part).count();
        self.open.truncate(shared + 1);
        for part in parts.get(shared..).unwrap_or_default() {
            let (_, names) = self.open.last()?;
            let item = *names.get(*part)?;
            if item.kind != EntryKind::Tree {
                return None;
            }
            let names = names_of(self.repository, item.id);
            self.open.push((part.to_vec(), names));
        }
        self.open.last()?.1.get(name).copied()
    }
}

/// The entries of one tree; a tree that cannot be read has none.
pub(super) fn names_of(repository: &gix::Repository, id: ObjectId) -> Names {
    let Ok(object) = repository.find_object(id) else { return Names::new() };
    let Ok(tree) = object.try_into_tree() else { return Names::new() };
    let items = tree.iter().map_while(Result::ok);
    items.map(|entry| (entry.filename().to_vec(), Item { id: entry.object_id(), kind: entry.mode().kind() })).collect()
}

/// The commit that a reference or any other name of a revision stands for.
pub(super) fn commit(repository: &gix::Repository, name: &str) -> Result<ObjectId, Error> {
    let shown = names::printable(name);
    let unknown = || {
        let near = nearest_reference(repository, name).map(|near| format!("; did you mean `{near}`?"));
        let near = near.unwrap_or_else(|| shallow_hint(repository).to_string());
        Error::new(ErrorKind::Input, format!("unknown git reference `{shown}`{near}"))
    };
    let id = repository.rev_parse_single(name).map_err(|_| unknown())?;
    let object = id.object().map_err(|_| unknown())?;
    let commit = object.peel_to_commit();
    commit.map(|commit| commit.id).map_err(|_| {
        Error::new(ErrorKind::Input, format!("git reference `{shown}` does not name a commit, a branch or a tag"))
    })
}

/// The tree of the last commit that `name` and the checked-out commit share.
pub(super) fn shared_tree(repository: &gix::Repository, name: &str) -> Result<ObjectId, Error> {
    let since = commit(repository, name)?;
    let shown = names::printable(name);
    let input = |defect: String| Error::new(ErrorKind::Input, defect);
    let head = repository.head_id().map_err(|_| input("git repository has no commit yet".to_string()))?;
    let base = repository.merge_base(head, since).ok().flatten().ok_or_else(|| {
        input(format!("`{shown}` and the checked-out commit share no history{}", shallow_hint(repository)))
    })?;
    let tree = repository.find_commit(base).and_then(|commit| commit.tree_id().map(gix::Id::detach));
    tree.map_err(|_| input(format!("git's objects do not hold the commit that `{shown}` and the checkout share")))
}

/// What helps when history ends too early.
fn shallow_hint(repository: &gix::Repository) -> &'static str {
    if repository.is_shallow().unwrap_or(false) {
        "; this clone is shallow, fetch the whole history (in GitHub Actions: `fetch-depth: 0`)"
    } else {
        ""
    }
}

fn nearest_reference(repository: &gix::Repository, name: &str) -> Option<String> {
    let references = repository.references().ok()?;
    let all = references.all().ok()?.map_while(Result::ok).take(COMPARED_REFERENCES);
    names::nearest(name, all.map(|reference| names::printable(&reference.name().shorten().to_string())))
}

/// The address of the remote called `origin`, or else of the first remote by name that has one.
fn remote(repository: &gix::Repository) -> Option<String> {
    let configuration = repository.config_snapshot();
    let sections = configuration.plumbing().sections_by_name("remote")?;
    let addresses: BTreeMap<(bool, String), String> = sections
        .filter_map(|section| {
            let name = section.header().subsection_name()?.to_string();
            let address = public_address(&section.value("url")?.to_string())?;
            Some(((name != "origin", name), address))
        })
        .collect();
    addresses.into_values().next()
}

/// The address without what could be a credential: user, password, query and fragment. Addresses on this machine are
/// nobody else's business.
fn public_address(address: &str) -> Option<String> {
    let address = address.trim();
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => {
            // `user@host:path` is how ssh addresses are mostly written.
            let (host, path) = address.split_once(':').filter(|(host, _)| !host.contains('/') && host.len() > 1)?;
            return public_address(&format!("ssh://{host}/{}", path.trim_start_matches('/')));
        }
    };
    let is_scheme = scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
    if scheme.eq_ignore_ascii_case("file") || !is_scheme {
        return None;
    }
    let rest = rest.split(['?', '#']).next()?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().filter(|host| !host.is_empty())?;
    let port = host.rsplit_once(':').map_or("", |(_, port)| port);
    // A password with a slash in it puts its end into what looks like the path.
    if path.contains('@') || !port.trim_end_matches(']').chars().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    Some(names::printable(&format!("{}://{host}/{path}", scheme.to_ascii_lowercase())))
}

/// Repositories are shared between the threads that read their blobs.
pub(super) type Shared = Arc<Git>;

#[cfg(test)]
mod tests {
    use super::public_address;

    #[test]
    fn addresses_lose_credentials() {
        for (address, public) in [
            ("https://github.com/org/app.git", Some("https://github.com/org/app.git")),
            ("https://user:pass@github.com/org/app", Some("https://github.com/org/app")),
            ("https://tok@en@example.com:8443/x?private=1#y", Some("https://example.com:8443/x")),
            ("git@github.com:org/app.git", Some("ssh://github.com/org/app.git")),
            ("ssh://git@host:2222/org/app", Some("ssh://host:2222/org/app")),
            ("/srv/git/app.git", None),
            ("../app", None),
            ("file:///srv/git/app.git", None),
            ("C:\\repos\\app", None),
            ("https://user:pass@", None),
            ("https://user:pa/ss@example.com/app", None),
            ("https://user:xyz/app", None),
        ] {
            assert_eq!(public_address(address).as_deref(), public, "{address}");
        }
    }
}

//! What every test here needs, and the tests of listing and reading.

mod git;
#[cfg(unix)]
mod hostile;

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use super::*;
use crate::{
    error::{Error, NotificationId},
    source::{Place, SourceId},
};

/// A temporary folder with files in it; removed when it is dropped.
struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self { folder: tempfile::tempdir().unwrap() };
        tree.write(files);
        tree
    }

    fn path(&self, below: &str) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap().join(below)
    }

    fn write(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = self.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    fn options(&self, paths: &[&str], selection: Selection) -> Options {
        let paths = paths.iter().map(|path| self.path(path)).collect();
        Options { paths, selection, ..Options::default() }
    }

    fn list(&self, selection: Selection) -> Listing {
        list(&self.options(&[""], selection)).unwrap()
    }

    /// Runs git as a stranger to this machine's configuration; false where there is no git.
    fn git(&self, arguments: &[&str]) -> bool {
        let mut command = Command::new("git");
        command.current_dir(self.path("")).args(["-c", "protocol.file.allow=always"]).args(arguments);
        for name in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{name}_NAME"), "Test").env(format!("GIT_{name}_EMAIL"), "test@example.com");
            command.env(format!("GIT_{name}_DATE"), "2024-01-02T03:04:05Z");
        }
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        match command.output() {
            Ok(output) => {
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success(), "git {arguments:?}: {told}");
                true
            }
            Err(_) => {
                println!("skipped: there is no git");
                false
            }
        }
    }

    /// A repository whose first commit on `main` holds the files.
    fn repository(files: &[(&str, &str)]) -> Option<Self> {
        let tree = Self::new(files);
        let steps: [&[&str]; 3] = [&["init", "-q", "-b", "main"], &["add", "-A", "-f"], &["commit", "-qm", "first"]];
        steps.iter().all(|step| tree.git(step)).then_some(tree)
    }
}

fn paths(listing: &Listing) -> Vec<&str> {
    listing.entries.iter().map(|entry| entry.path.as_str()).collect()
}

fn told(listing: &Listing) -> Vec<(&str, NotificationId)> {
    listing.notifications.iter().map(|notification| (notification.path.as_str(), notification.id)).collect()
}

fn text(entry: &Entry) -> String {
    match entry.read(SourceId(7)) {
        Read::Source(source) => {
            assert_eq!((source.id, &*source.path), (SourceId(7), entry.path.as_str()));
            source.text.to_string()
        }
        other => panic!("{}: {other:?}", entry.path),
    }
}

fn defects(outcome: Result<Listing, Error>) -> String {
    outcome.map(|listing| paths(&listing).join(" ")).unwrap_err().defects.join("\n")
}

/// The lines to judge, in words: `all`, or ranges.
fn judged(listing: &Listing) -> BTreeMap<&str, String> {
    let words = |entry: &Entry| match &entry.changed {
        None => "all".to_string(),
        Some(changes) => format!("{:?} {:?}", changes.lines(), changes.removals()),
    };
    listing.entries.iter().map(|entry| (entry.path.as_str(), words(entry))).collect()
}

const IGNORING: &[(&str, &str)] = &[
    (".gitignore", "*.log\nbuild/\n/only-here\n!keep.log\n"),
    (".trueupignore", "vendor/\n*.snap\n!wanted.log\n"),
    (".env", "A=1"),
    (".github/workflows/ci.yml", "on: push"),
    (".hidden/.deep/x", "x"),
    ("a.log", ""),
    ("keep.log", ""),
    ("wanted.log", ""),
    ("build/out.js", ""),
    ("only-here", ""),
    ("src/only-here", ""),
    ("src/main.rs", "fn main() {}"),
    ("src/.gitignore", "generated.rs\n"),
    ("src/generated.rs", ""),
    ("src/deep/generated.rs", ""),
    ("src/ui.snap", ""),
    ("vendor/x.go", ""),
];

#[test]
fn ignore_files_hide_what_they_name_and_dots_hide_nothing() {
    let tree = Tree::new(IGNORING);
    let read = [
        ".env",
        ".github/workflows/ci.yml",
        ".gitignore",
        ".hidden/.deep/x",
        ".trueupignore",
        "keep.log",
        "src/.gitignore",
        "src/main.rs",
        "src/only-here",
        "wanted.log",
    ];
    let listing = tree.list(Selection::Worktree);
    assert_eq!(paths(&listing), read);
    assert_eq!((listing.ignored, listing.root.clone()), (7, tree.path("")));
    assert_eq!(told(&listing), []);

    let all = Options { ignore_files: false, ..tree.options(&[""], Selection::Worktree) };
    assert_eq!(list(&all).unwrap().entries.len(), IGNORING.len());

    let globs = ["src/**".to_string(), "!src/main.rs".to_string(), ".env".to_string()];
    let some = Options { exclude: globs.to_vec(), ..tree.options(&[""], Selection::Worktree) };
    let expected: Vec<_> = read.into_iter().filter(|path| !path.starts_with("src/") && *path != ".env").collect();
    let listing = list(&some).unwrap();
    assert_eq!(paths(&listing).iter().filter(|path| **path != "src/main.rs").copied().collect::<Vec<_>>(), expected);
    assert!(paths(&listing).contains(&"src/main.rs"));

    let broken = Options { exclude: vec!["a[".into(), "ok".into(), "b\\".into()], ..some };
    assert_eq!(list(&broken).unwrap_err().defects.len(), 2);
}

#[test]
fn one_thread_and_many_list_the_same() {
    let tree = Tree::new(IGNORING);
    let with = |threads| list(&Options { threads, ..tree.options(&[""], Selection::Worktree) }).unwrap();
    let (one, many) = (with(1), with(8));
    assert_eq!(paths(&one), paths(&many));
    assert_eq!((one.ignored, one.notifications), (many.ignored, many.notifications));
}

#[test]
fn several_paths_are_listed_once_and_named_files_are_always_read() {
    let tree = Tree::new(IGNORING);
    for (named, root, read) in [
        // Outside git nothing above what was named counts, so `*.snap` is not ignored here.
        (vec!["src", "src/main.rs", "src/deep"], "src", vec![".gitignore", "main.rs", "only-here", "ui.snap"]),
        (vec!["vendor/x.go", "a.log", "build/out.js"], "", vec!["a.log", "build/out.js", "vendor/x.go"]),
        (vec!["vendor/x.go"], "vendor", vec!["x.go"]),
        (vec!["build"], "build", vec!["out.js"]),
    ] {
        let listing = list(&tree.options(&named, Selection::Worktree)).unwrap();
        assert_eq!((listing.root.clone(), paths(&listing)), (tree.path(root), read), "{named:?}");
    }
}

#[test]
fn ignore_files_around_a_named_folder_count_for_what_is_in_it() {
    let Some(tree) = Tree::repository(&[("a/keep.txt", "")]) else { return };
    tree.write(&[(".gitignore", "*.log\nb/\n"), ("a/.gitignore", "*.tmp\n"), ("a/b/c.txt", ""), ("a/d/e.log", "")]);
    tree.write(&[("a/d/f.tmp", ""), ("a/d/g.txt", ""), ("z.txt", "")]);
    let listing = list(&tree.options(&["a/d"], Selection::Worktree)).unwrap();
    assert_eq!((listing.root.clone(), paths(&listing)), (tree.path(""), vec!["a/d/g.txt"]));
    // A folder that was named is read though a list names it.
    assert_eq!(paths(&list(&tree.options(&["a/b"], Selection::Worktree)).unwrap()), ["a/b/c.txt"]);
}

#[test]
fn what_git_tracks_is_read_though_it_is_ignored() {
    let Some(tree) = Tree::repository(&[("dist/deep/app.js", "1"), (".env", "K=1"), ("x.rs", "")]) else { return };
    tree.write(&[(".gitignore", ".env*\ndist/\n"), (".env.local", ""), ("dist/new.js", ""), ("dist/deep/new.js", "")]);
    let listing = tree.list(Selection::Worktree);
    assert_eq!(paths(&listing), [".env", ".gitignore", "dist/deep/app.js", "x.rs"]);
    // Our own ignore file is meant for us and hides tracked files too.
    tree.write(&[(".trueupignore", "dist/\n")]);
    assert_eq!(paths(&tree.list(Selection::Worktree)), [".env", ".gitignore", ".trueupignore", "x.rs"]);
    assert_eq!(paths(&tree.list(Selection::Tracked)), [".env", "x.rs"]);
    let _ = fs::remove_file(tree.path(".trueupignore"));
    assert_eq!(paths(&tree.list(Selection::Tracked)), [".env", "dist/deep/app.js", "x.rs"]);
}

#[test]
fn lists_of_the_repository_count_and_repositories_inside_have_their_own() {
    let Some(tree) = Tree::repository(&[("a.txt", "")]) else { return };
    tree.write(&[(".git/info/exclude", "*.bak\n"), ("x.bak", ""), (".gitignore", "*.gen\n"), ("y.gen", "")]);
    tree.write(&[("inner/.git/HEAD", "ref: refs/heads/main\n"), ("inner/z.gen", ""), ("inner/w.bak", "")]);
    assert_eq!(paths(&tree.list(Selection::Worktree)), [".gitignore", "a.txt", "inner/z.gen"]);
}

#[test]
fn what_is_not_there_ends_the_run_with_a_hint() {
    let tree = Tree::new(&[("src/settings.py", ""), ("docs/x.md", "")]);
    let at = |path: &str, selection: Selection| defects(list(&tree.options(&[path], selection)));
    assert!(at("src/setings.py", Selection::Worktree).ends_with("src/settings.py`?"));
    assert!(at("dosc", Selection::Worktree).ends_with("docs`?"));
    assert!(!at("nothing-like-it", Selection::Worktree).contains("did you mean"));
    assert_eq!(list(&tree.options(&["a", "b", "src"], Selection::Worktree)).unwrap_err().defects.len(), 2);
    for selection in [Selection::Tracked, Selection::Staged, Selection::Since("main".into())] {
        assert!(at("", selection).contains("needs a git repository"));
    }
    let Some(tree) = Tree::repository(&[("a.txt", "")]) else { return };
    let at = |reference: &str| defects(list(&tree.options(&[""], Selection::Since(reference.into()))));
    assert!(at("mian").ends_with("`mian`; did you mean `main`?"), "{}", at("mian"));
    assert!(at("v9.9").contains("unknown git reference `v9.9`"));
    assert!(at("main:a.txt").contains("main:a.txt"));
    assert!(at("").contains("unknown git reference"));
    assert!(at("--help\u{1b}").contains("\\u{1b}"));
    for inside in [".git/config", ".git", ".git/refs"] {
        assert!(defects(list(&tree.options(&[inside], Selection::Worktree))).contains("git's own folder"));
    }
}

#[test]
fn every_encoding_is_read_and_binaries_are_not() {
    let tree = Tree::new(&[("utf8", "é"), ("empty", "")]);
    let utf16: Vec<u8> = "\u{feff}key = é\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let long = [vec![b'x'; 200_000], vec![0; 4]].concat();
    for (name, bytes) in [
        ("utf16", utf16.as_slice()),
        ("latin1", b"caf\xE9"),
        ("cut-utf16", &utf16[..utf16.len() - 1]),
        ("cut-utf8", b"ab\xE2\x82"),
        ("nul-later", &long),
        ("binary", b"\x7fELF\0\0\0"),
        ("large-binary", &[vec![0u8; 100], vec![b'a'; 300_000]].concat()),
    ] {
        fs::write(tree.path(name), bytes).unwrap();
    }
    let listing = tree.list(Selection::Worktree);
    let (mut read, mut binary) = (BTreeMap::new(), Vec::new());
    for entry in &listing.entries {
        match entry.read(SourceId(0)) {
            Read::Source(source) => _ = read.insert(entry.path.as_str(), source.text.to_string()),
            Read::Binary => binary.push(entry.path.as_str()),
            Read::Packed(_) => panic!("{} is no archive", entry.path),
            Read::Failed(told) => panic!("{told:?}"),
        }
    }
    assert_eq!(binary, ["binary", "large-binary"]);
    assert_eq!((read["utf8"].as_str(), read["latin1"].as_str(), read["empty"].as_str()), ("é", "café", ""));
    assert_eq!((read["utf16"].as_str(), read["cut-utf8"].as_str()), ("\u{feff}key = é\n", "abâ\u{82}"));
    assert_eq!((read["nul-later"].len(), read["cut-utf16"].as_str()), (200_004, "\u{feff}key = é"));
}

#[test]
fn memory_goes_through_the_same_door() {
    assert_eq!(text(&Entry::memory("a.py", *b"x = 1")), "x = 1");
    assert!(matches!(Entry::memory("a", *b"\0\x01").read(SourceId(0)), Read::Binary));
    let told = Entry::memory("a", *b"12345").limited(4).read(SourceId(0));
    assert!(matches!(told, Read::Failed(told) if told.id == NotificationId::TooLarge));
    assert_eq!(text(&Entry::memory("a", *b"1234").limited(4)), "1234");
}

#[test]
fn the_limit_holds_for_files_that_grow_and_lets_binaries_pass() {
    let tree = Tree::new(&[("grows", "1"), ("fits", "12345678"), ("long", "123456789")]);
    let holes = fs::File::create(tree.path("holes")).unwrap();
    holes.set_len(2 << 30).unwrap();
    let words = fs::File::create(tree.path("words")).unwrap();
    std::io::Write::write_all(&mut &words, &b"word\n".repeat(2000)).unwrap();
    words.set_len(2 << 30).unwrap();
    let listing = list(&Options { max_bytes: 8, ..tree.options(&[""], Selection::Worktree) }).unwrap();
    fs::write(tree.path("grows"), "0123456789").unwrap();
    let outcomes: Vec<(&str, String)> = listing
        .entries
        .iter()
        .map(|entry| match entry.read(SourceId(0)) {
            Read::Source(source) => (entry.path.as_str(), source.text.to_string()),
            Read::Binary => (entry.path.as_str(), "binary".to_string()),
            Read::Packed(_) => (entry.path.as_str(), "packed".to_string()),
            Read::Failed(told) => (entry.path.as_str(), told.id.word().to_string()),
        })
        .collect();
    let expected = [
        ("fits", "12345678"),
        ("grows", "too-large"),
        ("holes", "binary"),
        ("long", "too-large"),
        ("words", "too-large"),
    ];
    assert_eq!(outcomes, expected.map(|(path, outcome)| (path, outcome.to_string())));
}

#[test]
fn twenty_thousand_files_are_listed() {
    let tree = Tree::new(&[]);
    for folder in 0..100 {
        let folder = tree.path(&format!("d{folder:03}"));
        fs::create_dir(&folder).unwrap();
        for file in 0..200 {
            fs::write(folder.join(format!("f{file:03}")), b"x").unwrap();
        }
    }
    let listing = tree.list(Selection::Worktree);
    assert_eq!(listing.entries.len(), 20_000);
    assert!(listing.entries.is_sorted_by(|one, other| one.path < other.path));
}

#[test]
fn standard_input_has_the_name_it_is_given() {
    let named = |name: Option<&str>| {
        let stdin_name = name.map(String::from);
        let listing = list(&Options { paths: vec!["-".into()], stdin_name, ..Options::default() }).unwrap();
        assert_eq!((listing.entries.len(), listing.entries[0].place()), (1, Place::Memory));
        (listing.entries[0].path.clone(), listing.root)
    };
    assert_eq!(named(None).0, "stdin");
    let (path, root) = named(Some("src/../main.tf"));
    assert_eq!(root.join(path), fs::canonicalize(".").unwrap().join("main.tf"));
    assert_eq!(named(Some("/elsewhere/\u{1b}x.tf")).0, "/elsewhere/\\u{1b}x.tf");
}

#[test]
fn archives_have_a_limit_of_their_own() {
    let tree = Tree::new(&[("packed.zip", "PK\u{3}\u{4} and more than the limit"), ("large.zip", "PK\u{3}\u{4}")]);
    let large = fs::OpenOptions::new().write(true).open(tree.path("large.zip")).unwrap();
    large.set_len(crate::unpack::MOST_PACKED + 1).unwrap();
    let listing = list(&Options { max_bytes: 8, ..tree.options(&[""], Selection::Worktree) }).unwrap();
    let read: Vec<Read> = listing.entries.iter().map(|entry| entry.read(SourceId(0))).collect();
    let [Read::Failed(told), Read::Packed(bytes)] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!((told.id, bytes.len()), (NotificationId::TooLarge, 28));
    assert!(told.message.starts_with("archive of"), "{}", told.message);
}

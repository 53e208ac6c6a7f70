//! Tests of trees that mean harm, or are merely strange.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, os::unix::fs::PermissionsExt, os::unix::fs::symlink, path::Path};

use super::*;

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn pipes_and_sockets_are_named_and_never_opened() {
    let tree = Tree::new(&[("a.txt", "1"), ("dir/b.txt", "")]);
    make_pipe(&tree.path("pipe"));
    make_pipe(&tree.path("dir/.gitignore"));
    let _socket = std::os::unix::net::UnixListener::bind(tree.path("socket")).unwrap();
    let listing = tree.list(Selection::Worktree);
    let not = NotificationId::NotAFile;
    assert_eq!(paths(&listing), ["a.txt", "dir/b.txt"]);
    assert_eq!(told(&listing), [("dir/.gitignore", not), ("pipe", not), ("socket", not)]);
    let listing = list(&tree.options(&["pipe", "socket"], Selection::Worktree)).unwrap();
    assert_eq!(told(&listing), [("pipe", not), ("socket", not)]);
    assert!(matches!(tree.list(Selection::Worktree).entries[0].read(SourceId(0)), Read::Source(_)));
}

#[test]
fn pipes_in_the_place_of_rules_and_of_gits_files_hold_nothing_up() {
    let tree = Tree::new(&[("a.txt", "1")]);
    make_pipe(&tree.path("rule.toml"));
    for path in [tree.path("rule.toml"), PathBuf::from("/dev/zero")] {
        assert!(read_rules(&path).unwrap_err().to_string().contains("neither a file nor a folder"));
    }
    for name in ["index", "config", "HEAD", "packed-refs"] {
        let Some(tree) = Tree::repository(&[("a.txt", "1")]) else { return };
        let _ = fs::remove_file(tree.path(".git").join(name));
        make_pipe(&tree.path(".git").join(name));
        let listing = tree.list(Selection::Worktree);
        assert_eq!(paths(&listing), ["a.txt"]);
        assert_eq!(told(&listing), [(".git", NotificationId::NoRepository)], "{name}");
        assert!(list(&tree.options(&[""], Selection::Tracked)).is_err(), "{name}");
    }
}

#[test]
fn a_file_that_becomes_something_else_is_told_of() {
    let tree = Tree::new(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("secret", "hidden")]);
    let listing = tree.list(Selection::Worktree);
    for name in ["a", "b", "c", "d"] {
        fs::remove_file(tree.path(name)).unwrap();
    }
    make_pipe(&tree.path("a"));
    symlink(tree.path("secret"), tree.path("b")).unwrap();
    fs::create_dir(tree.path("c")).unwrap();
    let words: Vec<&str> = listing
        .entries
        .iter()
        .map(|entry| match entry.read(SourceId(0)) {
            Read::Failed(told) => told.id.word(),
            _ => "read",
        })
        .collect();
    assert_eq!(words, ["not-a-file", "not-a-file", "not-a-file", "unreadable", "read"]);
}

#[test]
fn links_are_not_followed_but_for_the_one_that_was_named() {
    let outside = Tree::new(&[("secret.txt", "hidden"), ("folder/x.txt", "")]);
    let tree = Tree::new(&[("real/a.txt", "1")]);
    for (target, link) in [
        (outside.path("secret.txt"), "out.txt"),
        (outside.path("folder"), "out"),
        (tree.path("real"), "in"),
        (tree.path("real/a.txt"), "in.txt"),
        (tree.path(""), "real/loop"),
        (PathBuf::from("self"), "self"),
        (PathBuf::from("nowhere"), "dangling"),
        (PathBuf::from("/dev/zero"), ".gitignore"),
    ] {
        symlink(target, tree.path(link)).unwrap();
    }
    let listing = tree.list(Selection::Worktree);
    assert_eq!(paths(&listing), ["real/a.txt"]);
    let not = NotificationId::NotAFile;
    let expected = [".gitignore", "dangling", "out", "out.txt", "real/loop", "self"].map(|path| (path, not));
    assert_eq!(told(&listing), expected);

    let listing = list(&tree.options(&["out", "in"], Selection::Worktree)).unwrap();
    let mut roots: Vec<&str> = paths(&listing).iter().map(|path| path.rsplit('/').next().unwrap()).collect();
    roots.sort_unstable();
    assert_eq!(roots, ["a.txt", "x.txt"]);
    let listing = list(&tree.options(&["in.txt"], Selection::Worktree)).unwrap();
    assert_eq!((listing.root.clone(), paths(&listing)), (tree.path("real"), vec!["a.txt"]));
    assert!(defects(list(&tree.options(&["self"], Selection::Worktree))).contains("`"));
    assert!(defects(list(&tree.options(&["dangling"], Selection::Worktree))).contains("leads nowhere"));
}

#[test]
fn tracked_paths_behind_a_link_are_not_read() {
    let outside = Tree::new(&[("b.txt", "hidden")]);
    let Some(tree) = Tree::repository(&[("a/b.txt", "1"), ("c.txt", "")]) else { return };
    fs::remove_dir_all(tree.path("a")).unwrap();
    symlink(outside.path(""), tree.path("a")).unwrap();
    assert_eq!(paths(&tree.list(Selection::Tracked)), ["c.txt"]);
    tree.git(&["rm", "-rq", "--cached", "a"]);
    tree.git(&["add", "a"]);
    assert_eq!(paths(&tree.list(Selection::Tracked)), ["c.txt"]);
    assert_eq!(paths(&tree.list(Selection::Staged)), [""; 0]);
}

#[test]
fn names_that_are_not_utf8_are_read_and_told_of() {
    let tree = Tree::new(&[("plain", "1")]);
    let raw = tree.path("").join(OsStr::from_bytes(b"caf\xE9.txt"));
    if fs::write(&raw, "2").is_err() {
        return println!("skipped: this file system takes only UTF-8 names");
    }
    fs::write(tree.path("esc\u{1b}[31m\n"), "3").unwrap();
    let listing = tree.list(Selection::Worktree);
    assert_eq!(paths(&listing), ["caf\u{fffd}.txt", "esc\\u{1b}[31m\\u{a}", "plain"]);
    assert_eq!(told(&listing), [("caf\u{fffd}.txt", NotificationId::PathNotUtf8)]);
    assert_eq!(listing.entries.iter().map(text).collect::<Vec<_>>(), ["2", "3", "1"]);
    assert!(tree.git(&["init", "-q"]));
    tree.git(&["add", "-A"]);
    let listing = tree.list(Selection::Staged);
    assert_eq!(listing.entries.iter().map(text).collect::<Vec<_>>(), ["2", "3", "1"]);
}

#[test]
fn what_cannot_be_read_is_told_of() {
    let tree = Tree::new(&[("a.txt", "1"), ("locked/b.txt", ""), ("shut.txt", "")]);
    for name in ["locked", "shut.txt"] {
        fs::set_permissions(tree.path(name), fs::Permissions::from_mode(0)).unwrap();
    }
    if fs::read_dir(tree.path("locked")).is_ok() {
        return println!("skipped: permissions do not bind this user");
    }
    let listing = tree.list(Selection::Worktree);
    assert_eq!(told(&listing), [("locked", NotificationId::Unreadable)]);
    let shut = listing.entries.iter().find(|entry| entry.path == "shut.txt").unwrap();
    assert!(matches!(shut.read(SourceId(0)), Read::Failed(told) if told.id == NotificationId::Unreadable));
    fs::set_permissions(tree.path("locked"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn folders_nested_without_end_are_walked_as_far_as_paths_go() {
    let tree = Tree::new(&[]);
    let script = "for i in $(seq 1 700); do mkdir dddddddd && cd dddddddd && echo '*.log' > .gitignore; done";
    if !Command::new("bash").current_dir(tree.path("")).args(["-c", script]).status().is_ok_and(|done| done.success()) {
        return println!("skipped: deep folders cannot be made here");
    }
    let listing = tree.list(Selection::Worktree);
    assert!(listing.entries.len() > 300, "{}", listing.entries.len());
    assert!(listing.notifications.iter().any(|told| told.id == NotificationId::Unreadable));
    assert!(Command::new("rm").current_dir(tree.path("")).args(["-rf", "dddddddd"]).status().unwrap().success());
}

#[test]
fn ignore_files_without_end_are_not_applied() {
    let many = "*.txt\n".repeat(100_000);
    // Matchers that make one automaton of all patterns explode on these.
    let costly: String = (0..900).map(|at| format!("*a{}b*b{}c{at}\n", "?".repeat(9), "?".repeat(at % 7))).collect();
    for hostile in [many, costly.clone()] {
        let tree = Tree::new(&[(".gitignore", &hostile), ("a.txt", "1"), ("sub/b.txt", "")]);
        tree.write(&[("sub/.trueupignore", "b.txt")]);
        for name in 0..100 {
            tree.write(&[(&format!("names/{}", "ab".repeat(100) + &name.to_string()), "")]);
        }
        let listing = tree.list(Selection::Worktree);
        assert_eq!(paths(&listing).len(), 103);
        assert_eq!(told(&listing), [(".gitignore", NotificationId::Limit)]);
    }
    // What a folder takes over from those around it counts, too, and what is left still applies.
    let half: String = costly.split_inclusive('\n').take(400).collect();
    let tree = Tree::new(&[(".gitignore", &half), ("sub/.gitignore", &half), ("sub/sub/.gitignore", "x\n")]);
    tree.write(&[("sub/x", ""), ("sub/sub/x", ""), ("sub/sub/y", "")]);
    let exclude = costly.lines().map(String::from).collect();
    let listing = tree.list(Selection::Worktree);
    assert_eq!(told(&listing), [("sub/.gitignore", NotificationId::Limit)]);
    assert!(paths(&listing).contains(&"sub/x") && !paths(&listing).contains(&"sub/sub/x"));
    let told = defects(list(&Options { exclude, ..tree.options(&[""], Selection::Worktree) }));
    assert!(told.contains("wildcards"), "{told}");
}

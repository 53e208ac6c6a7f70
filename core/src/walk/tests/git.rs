//! Tests of what git tells, and of trusted places.

use super::*;

#[test]
fn the_repository_is_described_without_credentials() {
    let Some(tree) = Tree::repository(&[("a.txt", ""), ("sub/b.txt", "")]) else { return };
    tree.git(&["remote", "add", "aaa", "https://other.example/x"]);
    tree.git(&["remote", "add", "origin", "https://me:hidden@git.example/org/app.git"]);
    let listing = list(&tree.options(&["sub"], Selection::Worktree)).unwrap();
    let repository = listing.repository.clone().unwrap();
    assert_eq!((repository.top, listing.root.clone()), (tree.path(""), tree.path("")));
    assert_eq!(repository.head.map(|id| id.len()), Some(40));
    assert_eq!(repository.branch.as_deref(), Some("main"));
    assert_eq!(repository.remote.as_deref(), Some("https://git.example/org/app.git"));
    assert_eq!(paths(&listing), ["sub/b.txt"]);
    assert_eq!(Tree::new(&[("a", "")]).list(Selection::Worktree).repository, None);
}

#[test]
fn staged_changes_are_judged_by_lines_and_read_from_the_index() {
    let Some(tree) = Tree::repository(&[
        ("same.txt", "1\n2\n"),
        ("edit.txt", "a\nb\nc\n"),
        ("cut.txt", "a\nb\nc\n"),
        ("gone.txt", "gone"),
        ("old/name.txt", "one\ntwo\nthree\nfour\n"),
        ("old/other.txt", "1\n2\n3\n4\n5\n6\n"),
    ]) else {
        return;
    };
    assert_eq!(paths(&tree.list(Selection::Staged)), [""; 0]);
    tree.write(&[("edit.txt", "a\nB\nc\nd\n"), ("cut.txt", "a\nc\n"), ("new.txt", "n\n"), ("untracked.txt", "")]);
    tree.write(&[("vendor/v.txt", "v\n"), (".trueupignore", "vendor\n")]);
    tree.git(&["mv", "old/name.txt", "renamed.txt"]);
    tree.git(&["mv", "old/other.txt", "moved.txt"]);
    tree.write(&[("moved.txt", "1\n2\n3\n4\nfive\n6\n")]);
    tree.git(&["rm", "-q", "gone.txt"]);
    tree.git(&["add", "edit.txt", "cut.txt", "new.txt", "moved.txt", "vendor/v.txt"]);
    // What is not staged does not count.
    tree.write(&[("edit.txt", "not staged"), ("same.txt", "not staged")]);

    let listing = tree.list(Selection::Staged);
    let expected =
        [("cut.txt", "[] [1]"), ("edit.txt", "[2..=2, 4..=4] []"), ("moved.txt", "[5..=5] []"), ("new.txt", "all")];
    assert_eq!(judged(&listing), expected.map(|(path, lines)| (path, lines.to_string())).into());
    let edit = listing.entries.iter().find(|entry| entry.path == "edit.txt").unwrap();
    assert_eq!((text(edit), edit.place()), ("a\nB\nc\nd\n".to_string(), Place::Index));

    let whole = Options { unchanged: true, ..tree.options(&[""], Selection::Staged) };
    let whole = list(&whole).unwrap();
    assert_eq!(paths(&whole), ["cut.txt", "edit.txt", "moved.txt", "new.txt", "renamed.txt", "same.txt"]);
    assert_eq!(judged(&whole)["renamed.txt"], "[] []");
    let same = whole.entries.iter().find(|entry| entry.path == "same.txt").unwrap();
    assert_eq!(text(same), "1\n2\n");

    let part = list(&tree.options(&["edit.txt"], Selection::Staged)).unwrap();
    assert_eq!(paths(&part), ["edit.txt"]);
}

#[test]
fn folders_that_git_knows_to_be_the_same_hide_no_change() {
    let Some(tree) = Tree::repository(&[
        ("deep/one/a.txt", "1\n"),
        ("deep/one/b.txt", "1\n"),
        ("deep/two/c.txt", "1\n"),
        ("deep-er/d.txt", "1\n"),
        ("deep.txt", "1\n"),
        ("other/e.txt", "1\n"),
    ]) else {
        return;
    };
    // Right after a commit every folder is known; staging makes git forget those around the file.
    for (file, lines) in [("deep/one/b.txt", "[2..=2] []"), ("other/new/f.txt", "all"), ("deep.txt", "[2..=2] []")] {
        tree.write(&[(file, "1\n2\n")]);
        tree.git(&["add", file]);
        assert_eq!(judged(&tree.list(Selection::Staged)), [(file, lines.to_string())].into());
        tree.git(&["reset", "-q", "--hard"]);
    }
    tree.write(&[("deep/two/c.txt", "2\n"), ("deep-er/d.txt", "2\n")]);
    tree.git(&["commit", "-qam", "second"]);
    assert_eq!(paths(&tree.list(Selection::Staged)), [""; 0]);
    tree.git(&["reset", "-q", "--soft", "HEAD~1"]);
    assert_eq!(paths(&tree.list(Selection::Staged)), ["deep-er/d.txt", "deep/two/c.txt"]);
}

#[test]
fn before_the_first_commit_everything_staged_is_new() {
    let tree = Tree::new(&[("a.txt", "1\n"), ("b.txt", "2\n")]);
    if !tree.git(&["init", "-q"]) {
        return;
    }
    assert_eq!(paths(&tree.list(Selection::Staged)), [""; 0]);
    tree.git(&["add", "a.txt"]);
    assert_eq!(judged(&tree.list(Selection::Staged)), [("a.txt", "all".to_string())].into());
    assert_eq!(paths(&tree.list(Selection::Worktree)), ["a.txt", "b.txt"]);
    assert!(defects(list(&tree.options(&[""], Selection::Since("main".into())))).contains("unknown git reference"));
}

#[test]
fn conflicts_are_told_of() {
    let Some(tree) = Tree::repository(&[("a.txt", "1\n"), ("b.txt", "1\n")]) else { return };
    tree.git(&["checkout", "-q", "-b", "other"]);
    tree.write(&[("a.txt", "2\n")]);
    tree.git(&["commit", "-qam", "other"]);
    tree.git(&["checkout", "-q", "main"]);
    tree.write(&[("a.txt", "3\n")]);
    tree.git(&["commit", "-qam", "main"]);
    let merge = Command::new("git").current_dir(tree.path("")).args(["merge", "other"]).output().unwrap();
    assert!(!merge.status.success());
    let listing = tree.list(Selection::Staged);
    assert_eq!((paths(&listing), told(&listing)), (vec![], vec![("a.txt", NotificationId::Unreadable)]));
    assert_eq!(paths(&tree.list(Selection::Tracked)), ["a.txt", "b.txt"]);
}

#[test]
fn since_a_reference_counts_from_where_the_branches_parted() {
    let Some(tree) = Tree::repository(&[
        ("same.txt", "1\n"),
        ("edit.txt", "a\nb\nc\n"),
        ("touched.txt", "t\n"),
        ("moved.txt", "m1\nm2\nm3\n"),
        ("crlf.txt", "a\nb\n"),
        (".gitignore", "*.log\n"),
        ("app.log", "1\n"),
    ]) else {
        return;
    };
    tree.git(&["checkout", "-q", "-b", "work"]);
    tree.write(&[("edit.txt", "a\nb\nc\nd\n"), ("committed.txt", "c\n")]);
    tree.git(&["add", "-A"]);
    tree.git(&["commit", "-qm", "work"]);
    // What `main` did since is not ours.
    tree.git(&["checkout", "-q", "main"]);
    tree.write(&[("same.txt", "changed on main\n")]);
    tree.git(&["commit", "-qam", "main"]);
    tree.git(&["tag", "-a", "-m", "t", "v1"]);
    tree.git(&["checkout", "-q", "work"]);
    tree.write(&[("edit.txt", "A\nb\nc\nd\n"), ("untracked.txt", "u\n"), ("ignored.log", ""), ("touched.txt", "t\n")]);
    tree.write(&[("app.log", "1\n2\n"), ("crlf.txt", "a\r\nb\r\n")]);
    fs::rename(tree.path("moved.txt"), tree.path("elsewhere.txt")).unwrap();

    for reference in ["main", "v1", "work~1"] {
        let listing = tree.list(Selection::Since(reference.into()));
        let expected = [
            ("app.log", "[2..=2] []"),
            ("committed.txt", "all"),
            ("edit.txt", "[1..=1, 4..=4] []"),
            ("untracked.txt", "all"),
        ];
        assert_eq!(judged(&listing), expected.map(|(path, lines)| (path, lines.to_string())).into(), "{reference}");
        assert_eq!(text(&listing.entries[2]), "A\nb\nc\nd\n");
        assert_eq!(listing.entries[2].place(), Place::Worktree);
    }
    let whole = Options { unchanged: true, ..tree.options(&[""], Selection::Since("main".into())) };
    assert_eq!(judged(&list(&whole).unwrap())["same.txt"], "[] []");
    let part = list(&tree.options(&["edit.txt"], Selection::Since("main".into()))).unwrap();
    assert_eq!(paths(&part), ["edit.txt"]);
}

#[test]
fn many_changed_files_are_compared_alike_by_many_threads() {
    let files: Vec<(String, String)> = (0..40).map(|at| (format!("f{at}.txt"), format!("{at}\nsame\n"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let Some(tree) = Tree::repository(&files) else { return };
    for (path, text) in &files {
        tree.write(&[(path, &format!("{text}more\n"))]);
    }
    // A new time alone is no change, of a binary neither.
    fs::write(tree.path("b.bin"), b"\0\x01").unwrap();
    tree.git(&["add", "b.bin"]);
    tree.git(&["commit", "-qm", "binary"]);
    fs::write(tree.path("b.bin"), b"\0\x01").unwrap();
    let with = |threads| list(&Options { threads, ..tree.options(&[""], Selection::Since("HEAD".into())) }).unwrap();
    let (one, many) = (with(1), with(4));
    assert_eq!(judged(&one), judged(&many));
    assert!(one.entries.len() == 40 && judged(&one).values().all(|lines| lines == "[3..=3] []"));
}

#[test]
fn broken_repositories_stop_only_what_needs_them() {
    let tree = Tree::new(&[("a.txt", "1")]);
    for (broken, file) in [(".git", true), (".git/HEAD", false)] {
        let _ = fs::remove_dir_all(tree.path(".git"));
        tree.write(&[(broken, if file { "gitdir: ../nowhere/at/all\n" } else { "nonsense" })]);
        let listing = tree.list(Selection::Worktree);
        assert_eq!((paths(&listing), told(&listing)), (vec!["a.txt"], vec![(".git", NotificationId::NoRepository)]));
        assert!(!NotificationId::NoRepository.is_incomplete());
        let told = defects(list(&tree.options(&[""], Selection::Staged)));
        assert!(told.contains("cannot be read"), "{told}");
        let _ = fs::remove_file(tree.path(".git"));
    }
    let Some(tree) = Tree::repository(&[("a.txt", "1")]) else { return };
    tree.write(&[(".git/index", "DIRC garbage")]);
    let listing = tree.list(Selection::Worktree);
    assert_eq!((paths(&listing), told(&listing)), (vec!["a.txt"], vec![(".git", NotificationId::NoRepository)]));
    assert!(defects(list(&tree.options(&[""], Selection::Tracked))).contains("index cannot be read"));
}

#[test]
fn linked_worktrees_and_submodules_are_repositories_too() {
    let Some(tree) = Tree::repository(&[("a.txt", "1\n")]) else { return };
    tree.git(&["worktree", "add", "-q", "-b", "side", "linked"]);
    tree.write(&[("linked/a.txt", "1\n2\n"), ("linked/sub/b.txt", "")]);
    let listing = list(&tree.options(&["linked"], Selection::Since("main".into()))).unwrap();
    assert_eq!(listing.root, tree.path("linked"));
    assert_eq!(judged(&listing), [("a.txt", "[2..=2] []".to_string()), ("sub/b.txt", "all".to_string())].into());
    assert_eq!(listing.repository.and_then(|repository| repository.branch).as_deref(), Some("side"));

    let Some(outer) = Tree::repository(&[("b.txt", "")]) else { return };
    outer.git(&["submodule", "--quiet", "add", &tree.path("").display().to_string(), "module"]);
    assert_eq!(paths(&outer.list(Selection::Worktree)), [".gitmodules", "b.txt", "module/a.txt"]);
    let listing = outer.list(Selection::Tracked);
    assert_eq!(
        (paths(&listing), told(&listing)),
        (vec![".gitmodules", "b.txt"], vec![("module", NotificationId::NotAFile)])
    );
    assert_eq!(paths(&list(&outer.options(&["module"], Selection::Tracked)).unwrap()), ["a.txt"]);
}

#[test]
fn configuration_of_a_stranger_starts_nothing() {
    let Some(tree) = Tree::repository(&[("a.txt", "1\n")]) else { return };
    let flag = tree.path("started");
    let program = format!("touch {}", flag.display());
    for key in
        ["core.fsmonitor", "core.sshCommand", "filter.x.clean", "filter.x.smudge", "diff.x.textconv", "core.pager"]
    {
        tree.git(&["config", key, &program]);
    }
    tree.write(&[(".gitattributes", "* filter=x diff=x\n"), ("a.txt", "1\n2\n")]);
    let _ = fs::remove_file(&flag);
    let listing = tree.list(Selection::Since("HEAD".into()));
    assert_eq!(judged(&listing)["a.txt"], "[2..=2] []");
    let _ = tree.list(Selection::Staged);
    assert!(!flag.exists());
}

#[test]
fn trusted_files_come_from_where_the_tree_cannot_reach() {
    let Some(tree) = Tree::repository(&[("trueup.toml", "committed"), ("sub/x.toml", "x")]) else { return };
    tree.write(&[("trueup.toml", "changed"), ("main:trueup.toml", "forged"), ("gone:trueup.toml", "forged")]);
    let read = |spec: &str, base: &str| {
        let outcome = read_trusted(spec, &tree.path(base));
        outcome
            .map(|(name, bytes)| format!("{name}={}", String::from_utf8(bytes).unwrap()))
            .map_err(|error| error.to_string())
    };
    assert_eq!(read("trueup.toml", ""), Ok("trueup.toml=changed".into()));
    assert_eq!(read("main:trueup.toml", ""), Ok("main:trueup.toml=committed".into()));
    assert_eq!(read("HEAD:sub/x.toml", "sub"), Ok("HEAD:sub/x.toml=x".into()));
    assert_eq!(read("./main:trueup.toml", ""), Ok("./main:trueup.toml=forged".into()));
    for (spec, defect) in [
        ("gone:trueup.toml", "unknown git reference `gone`"),
        ("mian:trueup.toml", "did you mean `main`?"),
        ("main:absent.toml", "no such file"),
        ("main:sub", "is not a file"),
        ("main:../x", "path from the repository's top"),
        ("main:", "path from the repository's top"),
        (":trueup.toml", "REF:PATH"),
        ("absent.toml", "no such file"),
        ("sub", "is a folder"),
    ] {
        let told = read(spec, "").unwrap_err();
        assert!(told.contains(defect), "{spec}: {told}");
    }
    let bare = Tree::new(&[("main:trueup.toml", "forged")]);
    assert!(read_trusted("main:trueup.toml", &bare.path("")).unwrap_err().to_string().contains("no `.git`"));
}

#[test]
fn configuration_is_looked_for_up_to_the_top() {
    let names = ["trueup.toml", ".trueup.toml"];
    let found = |tree: &Tree, start: &str| {
        find_upwards(&tree.path(start), &names).map(|path| path.strip_prefix(tree.path("")).unwrap().to_path_buf())
    };
    let outside = Tree::new(&[("trueup.toml", ""), ("a/b/c.txt", ""), ("d/.trueup.toml", "")]);
    assert_eq!(found(&outside, ""), Some("trueup.toml".into()));
    assert_eq!(found(&outside, "a/b"), None);
    assert_eq!(found(&outside, "d"), Some("d/.trueup.toml".into()));

    let above = Tree::new(&[("trueup.toml", ""), ("repo/.git/HEAD", ""), ("repo/a/b/c.txt", "")]);
    assert_eq!(found(&above, "repo/a/b"), None);
    above.write(&[("repo/.trueup.toml", ""), ("repo/a/trueup.toml", ""), ("repo/a/.trueup.toml", "")]);
    assert_eq!(found(&above, "repo/a/b"), Some("repo/a/trueup.toml".into()));
    assert_eq!(found(&above, "repo/a/b/c.txt"), Some("repo/a/trueup.toml".into()));
    assert_eq!(found(&above, "repo"), Some("repo/.trueup.toml".into()));
}

/// The next of a row of numbers that look random and are always the same.
fn next(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize % below
}

#[test]
fn ignore_files_mean_what_they_mean_to_git() {
    const PIECES: [&str; 22] = [
        "a",
        "b",
        "ab",
        "c",
        "*",
        "**",
        "?",
        "/",
        "/",
        "/**/",
        "**/",
        "/**",
        ".x",
        "*.x",
        "[ab]",
        "[!a]",
        "[a-c]",
        "\\a",
        "!",
        " ",
        "[[:alpha:]]",
        "\\",
    ];
    let names = ["a", "b", "ab", "c.x", "a.x", "ba b"];
    let mut files = vec![".git-keep".to_string()];
    for one in names {
        files.push(format!("{one}-file"));
        for other in names {
            files.extend(names.iter().map(|third| format!("{one}/{other}/{third}")));
            files.push(format!("{one}/{other}-y.x"));
        }
    }
    let tree = Tree::new(&files.iter().map(|file| (file.as_str(), "")).collect::<Vec<_>>());
    if !tree.git(&["init", "-q"]) {
        return;
    }
    let mut state = 1;
    for round in 0..60 {
        let mut text = |lines: usize| -> String {
            let mut line = || -> String { (0..=next(&mut state, 5)).map(|_| PIECES[next(&mut state, 22)]).collect() };
            (0..lines).map(|_| line() + "\n").collect()
        };
        tree.write(&[(".gitignore", &text(4)), ("a/.gitignore", &text(2)), ("a/b/.gitignore", &text(1))]);
        let mut command = Command::new("git");
        command.current_dir(tree.path("")).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        let told = command.args(["ls-files", "-z", "--others", "--exclude-per-directory=.gitignore"]).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        let mut expected: Vec<&str> = told.split_terminator('\0').collect();
        expected.sort_unstable();
        let listing = tree.list(Selection::Worktree);
        let shown = |name: &str| fs::read_to_string(tree.path(name)).unwrap_or_default();
        let files = [".gitignore", "a/.gitignore", "a/b/.gitignore"].map(shown);
        assert_eq!(paths(&listing), expected, "round {round}: {files:#?}");
    }
}

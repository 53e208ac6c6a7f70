//! Repositories built by git, and what their history gives.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use trueup_core::{
    advisory::AdvisoryIndex,
    emit::{self, Form, Style},
    engine::{Ask, Input, Reply, Request, Watch, scan, scan_asking},
    error::{Error, NotificationId},
    finding::{Finding, Severity, Validity, fingerprint},
    report::Report,
    rule::{Call, RuleSet},
    source::Place,
    walk::{Options, Range, Selection},
};

const RULE: &str = r#"
id = "demo/token"
title = "Token"
severity = "high"
precision = "high"
message = "Token {secret} lies open."
help = "Revoke it."
matters = ["secrets"]
cwe = [798]
in-tests = "lower"

[match.text]
keywords = ["tok_"]
pattern = '(?<secret>tok_[0-9a-z]{12})'

[[fail]]
"a.py" = 'key = "«tok_abcdefghijkl»"'

[[pass]]
"a.py" = 'key = "tok_short"'
"#;

/// A rule without a secret: what it finds was mended when it is gone.
const OTHER: &str = r#"
id = "demo/word"
title = "Word"
severity = "high"
precision = "high"
message = "A word."
help = "Drop it."
matters = ["secrets"]
cwe = [798]

[match.text]
keywords = ["unsafe"]
pattern = 'unsafe'

[[fail]]
"a.py" = '«unsafe»'

[[pass]]
"a.py" = 'safe'
"#;

/// A folder in which git runs, with room beside it; every commit is a minute younger than the one before.
struct Repo {
    folder: tempfile::TempDir,
    minute: std::cell::Cell<u32>,
}

impl Repo {
    /// Nothing where there is no git.
    fn new(arguments: &[&str]) -> Option<Self> {
        let repo = Self { folder: tempfile::tempdir().unwrap(), minute: std::cell::Cell::new(0) };
        fs::create_dir(repo.path("")).unwrap();
        let init = [&["init", "-q", "-b", "main"], arguments].concat();
        repo.try_git(&init).is_some().then_some(repo)
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("repo").join(below)
    }

    fn try_git(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("git");
        command.current_dir(self.path("")).args(["-c", "protocol.file.allow=always"]).args(arguments);
        let date = format!("2024-01-02T03:{:02}:00Z", self.minute.get());
        for name in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{name}_NAME"), "Test").env(format!("GIT_{name}_EMAIL"), "test@example.com");
            command.env(format!("GIT_{name}_DATE"), &date);
        }
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        let output = command.output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.try_git(arguments).unwrap_or_else(|| panic!("git {arguments:?}"))
    }

    /// Writes files (an empty text removes one), commits, and gives the commit's id.
    fn commit(&self, files: &[(&str, &str)]) -> String {
        self.minute.set(self.minute.get() + 1);
        for (path, text) in files {
            let path = self.path(path);
            if text.is_empty() {
                fs::remove_file(path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
        }
        self.git(&["add", "-A", "-f"]);
        self.git(&["commit", "-qm", "step", "--allow-empty"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn scan(&self, range: &str) -> Report {
        try_scan(&self.path(""), range, 1).unwrap()
    }
}

fn rules() -> RuleSet {
    let controls = include_str!("../rules/vocabulary/controls.toml");
    let files = [("vocabulary/controls.toml", controls), ("demo/token.toml", RULE), ("demo/word.toml", OTHER)];
    RuleSet::parse(files).unwrap()
}

fn try_scan(path: &Path, range: &str, threads: usize) -> Result<Report, Error> {
    let history = Some(Range::of_words(range));
    let options = Options { paths: vec![path.to_path_buf()], history, threads, ..Options::default() };
    let request = Request { input: Input::Files(options), threads, ..Request::default() };
    scan(&request, &rules(), &AdvisoryIndex::default())
}

/// `path:line commit state`, each finding a line.
fn lines(report: &Report) -> Vec<String> {
    let line = |finding: &Finding| {
        let word = |key: &str| finding.properties.get(key).and_then(|value| value.as_str()).unwrap_or("-").to_owned();
        let (commit, state) = (word("commit"), word("history"));
        let place = match &finding.location.place {
            Place::Commit(id) => {
                assert_eq!(*id, commit);
                "past"
            }
            _ => "tree",
        };
        format!("{}:{} {commit} {state} {place}", finding.location.path, finding.location.line())
    };
    report.findings.iter().map(line).collect()
}

fn told(report: &Report) -> Vec<(NotificationId, &str)> {
    report.notifications.iter().map(|note| (note.id, note.message.as_str())).collect()
}

const ONE: &str = "# top\nkey = \"tok_aaaabbbbcccc\"\n";
const TWO: &str = "key = \"tok_ddddeeeeffff\"\n";
const SAFE: &str = "key = env(\"KEY\")\n";

#[test]
fn a_deleted_secret_is_found_with_the_commit_that_brought_it_in() {
    let Some(repo) = Repo::new(&[]) else { return };
    repo.commit(&[("README", "hello\n")]);
    let first = repo.commit(&[("src/app.py", ONE)]);
    repo.commit(&[("src/app.py", &format!("import os\n{ONE}# unsafe\n"))]);
    repo.commit(&[("src/app.py", SAFE)]);
    let report = repo.scan("");
    assert_eq!(lines(&report), [format!("src/app.py:2 {first} deleted past")]);
    let finding = &report.findings[0];
    assert!(finding.message.contains(&first[..12]) && !finding.message.contains("aaaabbbb"), "{}", finding.message);
    assert!(finding.location.snippet.as_ref().is_some_and(|snippet| !snippet.text.contains("aaaabbbb")));
    let mut with_secret = Vec::new();
    for (form, _) in Form::ALL.iter().map(|(name, form)| (*form, name)) {
        let mut out = Vec::new();
        emit::write(&report, form, &Style::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(&first[..12]), "{form:?} names no commit");
        if text.contains("aaaabbbb") || text.contains("test@example.com") {
            with_secret.push(form);
        }
    }
    assert!(with_secret.is_empty(), "{with_secret:?}");
    // Without the option nothing of it is said.
    let plain = Request {
        input: Input::Files(Options { paths: vec![repo.path("")], ..Options::default() }),
        ..Request::default()
    };
    assert!(scan(&plain, &rules(), &AdvisoryIndex::default()).unwrap().findings.is_empty());
}

/// Keeps where it was asked to ask.
struct Asked(std::sync::Mutex<Vec<String>>);

impl Ask for Asked {
    fn ask(&self, calls: &[Call]) -> Vec<Reply> {
        self.0.lock().unwrap().extend(calls.iter().map(|call| call.url.reveal().to_owned()));
        calls.iter().map(|_| Reply::Answer { status: 401, body: Vec::new() }).collect()
    }
}

#[test]
fn secrets_that_only_the_history_holds_are_asked_about_too() {
    let Some(repo) = Repo::new(&[]) else { return };
    repo.commit(&[("src/app.py", ONE), ("src/other.py", ONE)]);
    repo.commit(&[("src/app.py", SAFE), ("src/other.py", "")]);
    let table = "\n[verify]\nreference = \"https://docs.demo-provider.io/\"\nurl = \"https://demo-provider.io/{secret}\"\n\
                 valid = { status = [200] }\ninvalid = { status = [401] }\n\n[[fail]]";
    let rule = RULE.replacen("\n[[fail]]", table, 1);
    let controls = include_str!("../rules/vocabulary/controls.toml");
    let rules = RuleSet::parse([("vocabulary/controls.toml", controls), ("demo/token.toml", &*rule)]).unwrap();
    let history = Some(Range::of_words(""));
    let options = Options { paths: vec![repo.path("")], history, ..Options::default() };
    let request = Request { input: Input::Files(options), ..Request::default() };
    let asked = Asked(std::sync::Mutex::default());
    let report = scan_asking(&request, &rules, &AdvisoryIndex::default(), &Watch::default(), &asked).unwrap();
    assert_eq!(asked.0.into_inner().unwrap(), ["https://demo-provider.io/tok_aaaabbbbcccc"]);
    assert_eq!((report.findings[0].validity, report.findings[0].severity), (Validity::Inactive, Severity::Low));
    assert!(!format!("{report:?}").contains("aaaabbbb"));
}

#[test]
fn what_the_tree_still_holds_is_reported_once_and_where_it_is() {
    let Some(repo) = Repo::new(&[]) else { return };
    let first = repo.commit(&[("app.py", ONE)]);
    repo.commit(&[("app.py", &format!("import os\n{ONE}"))]);
    let report = repo.scan("");
    assert_eq!(lines(&report), [format!("app.py:3 {first} present tree")]);
    let alive = report.findings[0].fingerprint.own.clone();
    // Taken out, it is the same finding: a baseline that knows it still does.
    repo.commit(&[("app.py", SAFE)]);
    let report = repo.scan("");
    assert_eq!(lines(&report), [format!("app.py:2 {first} deleted past")]);
    assert_eq!(report.findings[0].fingerprint.own, alive);
    assert!(!alive.is_empty() && alive != fingerprint(&["demo/token"]));
}

#[test]
fn renames_and_copies_are_one_secret_at_its_last_path() {
    let Some(repo) = Repo::new(&[]) else { return };
    let first = repo.commit(&[("old/app.py", ONE), ("b.py", TWO)]);
    let moved = repo.commit(&[("old/app.py", ""), ("new/app.py", ONE), ("copy/b.py", TWO)]);
    let report = repo.scan("");
    let alive = [
        format!("b.py:1 {first} present tree"),
        format!("copy/b.py:1 {moved} present tree"),
        format!("new/app.py:2 {moved} present tree"),
    ];
    assert_eq!(lines(&report), alive);
    let print = report.findings[2].fingerprint.own.clone();
    repo.commit(&[("new/app.py", ""), ("b.py", ""), ("copy/b.py", ""), ("README", "x\n")]);
    let report = repo.scan("");
    let gone = [format!("copy/b.py:1 {moved} deleted past"), format!("new/app.py:2 {moved} deleted past")];
    assert_eq!(lines(&report), gone);
    assert_eq!(report.findings[1].fingerprint.own, print);
    // A copy in a test weighs less, and does not make light of the other.
    repo.commit(&[("tests/app.py", ONE)]);
    repo.commit(&[("tests/app.py", "")]);
    assert_eq!(lines(&repo.scan("")), gone);
}

#[test]
fn branches_merges_and_ranges_are_told_apart() {
    let Some(repo) = Repo::new(&[]) else { return };
    let root = repo.commit(&[("a.py", SAFE)]);
    repo.git(&["checkout", "-qb", "side"]);
    let side = repo.commit(&[("b.py", ONE)]);
    repo.commit(&[("b.py", SAFE)]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit(&[("c.py", SAFE)]);
    repo.minute.set(30);
    repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    // Neither parent has it: the merge itself brought it in.
    let merge = repo.commit(&[("d.py", TWO)]);
    let last = repo.commit(&[("d.py", "")]);
    repo.git(&["branch", "-qD", "side"]);
    let (b, d) = (format!("b.py:1 {side} deleted past"), format!("d.py:1 {merge} deleted past"));
    let b = b.replace("b.py:1", "b.py:2");
    let all = [b.clone(), d.clone()];
    assert_eq!(lines(&repo.scan("")), all);
    for (range, expected) in [
        ("HEAD", &all[..]),
        (&format!("{root}..HEAD"), &all[..]),
        (&format!("{side}..main"), &all[1..]),
        (&format!("{merge}..{last}"), &[]),
        (&format!("{root}..{side}"), &all[..1]),
        (&side, &all[..1]),
        (&root, &[]),
    ] {
        assert_eq!(lines(&repo.scan(range)), expected, "{range}");
    }
    for (range, defect) in [("nope", "unknown git reference"), ("main...HEAD", "A..B")] {
        let error = try_scan(&repo.path(""), range, 1).unwrap_err();
        assert!(error.to_string().contains(defect), "{error}");
    }
}

#[test]
fn packed_loose_borrowed_and_bare_repositories_say_the_same() {
    for format in ["sha1", "sha256"] {
        let Some(repo) = Repo::new(&["--object-format", format]) else { continue };
        let filler: String = (0..300).map(|line| format!("line {line} of a file that changes little\n")).collect();
        let mut first = String::new();
        for step in 0..12 {
            let id = repo.commit(&[("app.py", &format!("{filler}{}step {step}\n", if step > 3 { ONE } else { "" }))]);
            if step == 4 {
                first = id;
            }
        }
        repo.commit(&[("app.py", SAFE)]);
        let expected = [format!("app.py:302 {first} deleted past")];
        assert_eq!(lines(&repo.scan("")), expected, "{format} loose");
        let clone = |name: &str, arguments: &[&str]| {
            let target = repo.path(name).display().to_string();
            repo.git(&[&["clone", "-q"], arguments, &[&repo.path("").display().to_string(), &target]].concat());
            repo.path(name)
        };
        let borrowed = clone("../borrowed", &["--shared"]);
        let bare = clone("../bare", &["--bare"]);
        repo.git(&["worktree", "add", "-q", "../linked", "HEAD~1", "--detach"]);
        let linked = repo.path("../linked").canonicalize().unwrap();
        let report = try_scan(&linked, "", 1).unwrap();
        assert_eq!(lines(&report), [format!("app.py:302 {first} present tree")], "{format} linked");
        for pack in [".", &bare.display().to_string()] {
            repo.git(&["-C", pack, "repack", "-adqf"]);
        }
        for path in [repo.path(""), borrowed.clone(), bare.clone()] {
            let one = try_scan(&path, "", 1).unwrap();
            assert_eq!(lines(&one), expected, "{format} {}", path.display());
            assert!(one.notifications.is_empty(), "{:?}", one.notifications);
            assert_eq!((one.stats.commits, one.stats.versions), (13, 13), "{format}");
            assert_eq!(one.stats.version_by_id, 0, "{format} {}", path.display());
        }
        for folder in [borrowed, bare, linked] {
            fs::remove_dir_all(folder).unwrap();
        }
    }
}

#[test]
fn what_is_not_there_is_said_once_and_the_rest_is_read() {
    let Some(repo) = Repo::new(&[]) else { return };
    repo.commit(&[("gone.py", TWO), ("app.py", SAFE)]);
    let first = repo.commit(&[("app.py", ONE)]);
    repo.commit(&[("app.py", SAFE), ("gone.py", "")]);
    let address = format!("file://{}", repo.path("").display());
    let inside = |name: &str| repo.path(name).display().to_string();
    repo.git(&["clone", "-q", "--depth", "2", &address, &inside("shallow")]);
    let report = try_scan(&repo.path("shallow"), "", 1).unwrap();
    // Where the clone ends, the first commit that is here is the first that anybody can name.
    assert_eq!(lines(&report), [format!("app.py:2 {first} deleted past"), format!("gone.py:1 {first} deleted past")]);
    assert!(told(&report)[0].1.contains("the clone is shallow"), "{:?}", told(&report));
    assert_eq!(report.verdict.exit_status(), 1);

    // A partial clone: contents that nobody fetched. No remote is asked.
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    repo.git(&["clone", "-q", "--bare", "--filter=blob:none", &address, &inside("partial")]);
    let report = try_scan(&repo.path("partial"), "", 1).unwrap();
    let missing = "3 files of the history are not here or cannot be read (a partial clone leaves them out)";
    assert_eq!(told(&report), [(NotificationId::HistoryIncomplete, missing)]);

    // A pack with a byte turned over: what can still be read is, and nothing panics.
    repo.git(&["clone", "-q", "--bare", &address, &inside("broken")]);
    let packs = fs::read_dir(repo.path("broken/objects/pack")).unwrap();
    let pack = packs.map(|entry| entry.unwrap().path()).find(|path| path.extension().unwrap() == "pack").unwrap();
    let whole = fs::read(&pack).unwrap();
    for at in (12..whole.len() - 20).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x5a;
        let mut permissions = fs::metadata(&pack).unwrap().permissions();
        #[allow(clippy::permissions_set_readonly_false)]
        permissions.set_readonly(false);
        fs::set_permissions(&pack, permissions).unwrap();
        fs::write(&pack, bytes).unwrap();
        let _ = try_scan(&repo.path("broken"), "", 2);
    }
    fs::write(&pack, &whole[..whole.len() / 2]).unwrap();
    let report = try_scan(&repo.path("broken"), "", 1).unwrap();
    assert!(told(&report).iter().all(|(id, _)| *id == NotificationId::HistoryIncomplete), "{:?}", told(&report));
    assert!(!report.notifications.is_empty());
}

#[test]
fn named_paths_exclusions_and_limits_hold_for_the_history_too() {
    let Some(repo) = Repo::new(&[]) else { return };
    let first =
        repo.commit(&[("src/a.py", ONE), ("vendor/b.py", TWO), ("big.txt", &"tok_ ".repeat(5000)), ("x", "x\n")]);
    fs::write(repo.path("bin.dat"), b"\0\x01\x02\0\0\0\0\0").unwrap();
    repo.commit(&[("src/a.py", ""), ("vendor/b.py", ""), ("big.txt", "")]);
    fs::write(repo.path(".trueupignore"), "vendor/\n").unwrap();
    fs::create_dir_all(repo.path("src")).unwrap();
    fs::create_dir_all(repo.path("docs")).unwrap();
    let a = format!("src/a.py:2 {first} deleted past");
    let scanned = |below: &str| lines(&try_scan(&repo.path(below), "", 1).unwrap());
    assert_eq!(scanned(""), [a.clone()]);
    assert_eq!(scanned("src"), [a]);
    assert_eq!(scanned("docs"), [""; 0]);
    let options =
        Options { paths: vec![repo.path("")], history: Some(Range::All), max_bytes: 2000, ..Options::default() };
    let request = Request { input: Input::Files(options), ..Request::default() };
    let report = scan(&request, &rules(), &AdvisoryIndex::default()).unwrap();
    let note = "1 files of the history are larger than the limit of 2000 bytes";
    assert_eq!(told(&report), [(NotificationId::TooLarge, note)]);
    assert_eq!(report.stats.version_binary, 1);
}

#[test]
fn comments_of_the_last_version_accept_and_those_of_today_do_not() {
    let mark = ["trueup:", "ignore[demo/token]"].join(" ");
    let Some(repo) = Repo::new(&[]) else { return };
    repo.commit(&[("app.py", ONE), ("b.py", TWO)]);
    repo.commit(&[("app.py", &format!("key = \"tok_aaaabbbbcccc\" # {mark} revoked in May\n"))]);
    // The second one has its comment where no secret is any more.
    repo.commit(&[("app.py", SAFE), ("b.py", &format!("{} # {mark} nothing here\n", SAFE.trim_end()))]);
    let report = repo.scan("");
    let accepted: Vec<_> =
        report.findings.iter().map(|finding| (&*finding.location.path, finding.suppression.is_some())).collect();
    assert_eq!(accepted, [("app.py", true), ("b.py", false)]);
}

#[test]
fn a_secret_in_a_few_new_lines_of_a_long_file_is_found() {
    let Some(repo) = Repo::new(&[]) else { return };
    let mut file: Vec<String> = (0..900).map(|line| format!("line {line} = call({});\n", line * 7919)).collect();
    let mut expected = Vec::new();
    for step in 0..24usize {
        let (at, token) = (step * 251 % 900, format!("{:012}", 31 * (step + 1)));
        let old = file[at].clone();
        file[at] = match step % 4 {
            0 => format!("key = \"tok_{token}\"\n"),
            // Encoded, and first without what makes it one.
            1 => format!("url = x?%74ok_{token}\n"),
            2 => format!("key = \"tok_{}\"\n", &token[..11]),
            _ => "line of another kind\n".to_owned(),
        };
        let commit = repo.commit(&[("long.txt", &file.concat())]);
        if step % 4 < 2 {
            expected.push(format!("long.txt:{} {commit} deleted past", at + 1));
            file[at] = old;
            repo.commit(&[("long.txt", &file.concat())]);
        }
    }
    repo.git(&["repack", "-adqf"]);
    expected.sort();
    for threads in [1, 4] {
        let mut found = lines(&try_scan(&repo.path(""), "", threads).unwrap());
        found.sort();
        assert_eq!(found, expected, "{threads} threads");
    }
}

#[test]
fn threads_change_no_byte() {
    let Some(repo) = Repo::new(&[]) else { return };
    for step in 0..40u32 {
        let token = |of: u32| format!("tok_{:012}", of * 7919);
        let text: String =
            (0..step % 9 + 1).map(|line| format!("k{line} = \"{}\"\n", token(line + step / 3))).collect();
        repo.commit(&[(&format!("d{}/f.py", step % 5), &text), (&format!("e{}/f.py", step % 3), &text)]);
    }
    repo.commit(&[("d0/f.py", ""), ("e1/f.py", ""), ("d3/f.py", "")]);
    for packed in [false, true] {
        if packed {
            repo.git(&["repack", "-adqf"]);
        }
        let text = |threads| {
            let mut out = Vec::new();
            let report = try_scan(&repo.path(""), "", threads).unwrap();
            assert!(report.findings.len() > 10);
            emit::write(&report, Form::Json, &Style::default(), &mut out).unwrap();
            out
        };
        let one = text(1);
        assert!((0..5).all(|_| one == text(4)));
    }
}

#[test]
fn a_folder_without_history_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.py"), SAFE).unwrap();
    let error = try_scan(folder.path(), "", 1).unwrap_err();
    assert!(error.to_string().contains("reading the history needs a git repository"), "{error}");
    // So is one where no rule looks for secrets: it would pass without a look.
    let Some(repo) = Repo::new(&[]) else { return };
    repo.commit(&[("a.py", ONE)]);
    let options = Options {
        paths: vec![repo.path("")],
        history: Some(Range::All),
        selection: Selection::Tracked,
        ..Options::default()
    };
    let only = vec!["demo/word".to_owned()];
    let request = Request { input: Input::Files(options), only, ..Request::default() };
    let error = scan(&request, &rules(), &AdvisoryIndex::default()).unwrap_err();
    assert!(error.to_string().contains("no rule that runs finds secrets"), "{error}");
}

//! What the tests of the whole share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};

use trueup_core::{
    advisory::AdvisoryIndex,
    emit::{self, Form, Style},
    engine::{Input, Request, scan},
    report::Report,
    rule::RuleSet,
    walk::Options,
};

/// The top folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The embedded rules.
pub fn rules() -> RuleSet {
    trueup_rules::builtin().unwrap()
}

/// Scans files in memory with all rules.
pub fn scan_memory(files: &[(&str, &str)]) -> Report {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    let request = Request { input: Input::Memory(files), ..Request::default() };
    scan(&request, &rules(), &AdvisoryIndex::default()).unwrap()
}

/// Scans a folder with all rules.
pub fn scan_folder(folder: &Path, threads: usize) -> Report {
    let options = Options { paths: vec![folder.to_path_buf()], threads, ..Options::default() };
    let request = Request { input: Input::Files(options), threads, ..Request::default() };
    scan(&request, &rules(), &AdvisoryIndex::default()).unwrap()
}

/// A report in a form, as text.
pub fn written(report: &Report, form: Form) -> String {
    let mut out = Vec::new();
    emit::write(report, form, &Style { all: true, ..Style::default() }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Every form.
pub fn forms() -> impl Iterator<Item = Form> {
    Form::ALL.into_iter().map(|(_, form)| form)
}

/// The fixtures, copied out of the repository: below `fixtures/` they would be judged as tests, and weigh less.
pub fn fixtures() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&root().join("fixtures"), copy.path());
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else if entry.file_name() != "expected.txt" {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

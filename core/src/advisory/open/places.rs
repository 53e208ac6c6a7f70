//! Which files of a folder hold advisories.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::Input;
use crate::error::{Error, ErrorKind};

/// Ecosystems whose folder name says what is inside, so that it need not be opened for others.
const ECOSYSTEMS: &[&str] = &[
    "AlmaLinux",
    "Alpaquita",
    "Alpine",
    "Android",
    "Bitnami",
    "CRAN",
    "Chainguard",
    "ConanCenter",
    "Debian",
    "GHC",
    "Git",
    "GitHub Actions",
    "Go",
    "Hackage",
    "Hex",
    "Julia",
    "Linux",
    "Mageia",
    "Maven",
    "MinimOS",
    "NuGet",
    "OSS-Fuzz",
    "Packagist",
    "Photon OS",
    "Pub",
    "PyPI",
    "Red Hat",
    "Rocky Linux",
    "RubyGems",
    "SUSE",
    "SwiftURL",
    "Ubuntu",
    "Wolfi",
    "crates.io",
    "npm",
    "openEuler",
    "openSUSE",
];

/// Names under which people keep a copy of the RustSec tree.
const TREES: &[&str] = &["rustsec-advisory-db", "advisory-db"];

/// Folders of OSV exports: our own layout and that of osv-scanner's offline databases.
const EXPORTS: &[&str] = &["osv", "osv-scanner"];

/// Deepest folder below `advisories/github-reviewed` in a copy of GitHub's database: year, month, id.
const DEPTH: usize = 3;

/// Lists the inputs of all folders, or everything that is wrong with them.
pub(in super::super) fn list(dirs: &[PathBuf]) -> Result<Vec<Input>, Error> {
    let (mut inputs, mut defects) = (Vec::new(), Vec::new());
    for dir in dirs {
        match inputs_of(dir) {
            Ok(found) if found.is_empty() => defects.push(format!(
                "{}: no advisories here; expected a RustSec tree (crates/), osv/ECOSYSTEM/all.zip, *.zip, *.json or \
                 kev/*.json",
                dir.display()
            )),
            Ok(found) => inputs.extend(found),
            Err(error) => defects.push(format!("{}: {error}", dir.display())),
        }
    }
    if defects.is_empty() { Ok(inputs) } else { Err(Error { kind: ErrorKind::Advisories, path: None, defects }) }
}

fn inputs_of(dir: &Path) -> io::Result<Vec<Input>> {
    if fs::metadata(dir)?.is_file() {
        let (folder, name) = (dir.parent().unwrap_or(dir), file_name(dir));
        let is_zip = has_extension(dir, "zip");
        let mut found = Vec::new();
        if is_zip {
            found.push(Input::Zip { name, path: dir.to_owned(), ecosystem: ecosystem_of(folder) });
        } else if has_extension(dir, "json") {
            found.push(Input::Json { name, files: vec![dir.to_owned()], ecosystem: None });
        }
        return Ok(found);
    }
    let mut found = Vec::new();
    if dir.join("crates").is_dir() {
        found.push(Input::RustSec { name: file_name(dir), path: dir.to_owned() });
    }
    for name in TREES {
        let path = dir.join(name);
        if path.join("crates").is_dir() {
            found.push(Input::RustSec { name: (*name).to_owned(), path });
        }
    }
    export(dir, "", false, &mut found)?;
    for name in EXPORTS {
        let path = dir.join(name);
        if path.is_dir() {
            export(&path, name, true, &mut found)?;
        }
    }
    let kev = dir.join("kev");
    if kev.is_dir() {
        files(&kev, "kev", None, &mut found)?;
    }
    let mut reviewed = Vec::new();
    let github = dir.join("advisories").join("github-reviewed");
    if github.is_dir() {
        deep(&github, DEPTH, &mut reviewed)?;
        reviewed.sort();
        let name = "advisories/github-reviewed".to_owned();
        found.push(Input::Json { name, files: reviewed, ecosystem: None });
    }
    Ok(found)
}

/// The files of an export and of its folders; outside `osv` only folders named after an ecosystem count.
fn export(dir: &Path, name: &str, any_folder: bool, found: &mut Vec<Input>) -> io::Result<()> {
    files(dir, name, None, found)?;
    for path in sorted(dir)? {
        let ecosystem = ecosystem_of(&path);
        if path.is_dir() && (any_folder || ecosystem.is_some()) {
            let folder = file_name(&path);
            let name = if name.is_empty() { folder } else { format!("{name}/{folder}") };
            files(&path, &name, ecosystem, found)?;
        }
    }
    Ok(())
}

/// The archives and records directly in a folder.
fn files(dir: &Path, name: &str, ecosystem: Option<String>, found: &mut Vec<Input>) -> io::Result<()> {
    let mut loose = Vec::new();
    for path in sorted(dir)? {
        if has_extension(&path, "json") {
            loose.push(path);
        } else if has_extension(&path, "zip") {
            let file = file_name(&path);
            let name = if name.is_empty() { file } else { format!("{name}/{file}") };
            found.push(Input::Zip { name, path, ecosystem: ecosystem.clone() });
        }
    }
    if !loose.is_empty() {
        let name = if name.is_empty() { file_name(dir) } else { name.to_owned() };
        found.push(Input::Json { name, files: loose, ecosystem });
    }
    Ok(())
}

fn deep(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if depth > 0 {
                deep(&path, depth - 1, found)?;
            }
        } else if has_extension(&path, "json") {
            found.push(path);
        }
    }
    Ok(())
}

fn sorted(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn ecosystem_of(folder: &Path) -> Option<String> {
    let name = file_name(folder);
    let base = name.split(':').next().unwrap_or_default();
    ECOSYSTEMS.contains(&base).then(|| base.to_owned())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

//! Folders of advisory data to records: the only reader of files in this module.

mod archive;
mod places;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use serde::Deserialize;

pub(super) use self::places::list;
use super::{
    SourceInfo, Wanted,
    osv::{self, Head},
    record::Record,
    rustsec,
};
use crate::error::{Error, ErrorKind, Notification, NotificationId};

/// Largest record or catalogue; published ones stay below a tenth of this.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// One source of advisories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A RustSec tree.
    RustSec { name: String, path: PathBuf },
    /// An archive of OSV records; the ecosystem is known when the folder is named after it.
    Zip { name: String, path: PathBuf, ecosystem: Option<String> },
    /// OSV records or catalogues, one file each.
    Json { name: String, files: Vec<PathBuf>, ecosystem: Option<String> },
    /// Texts by path.
    Memory(Vec<(String, String)>),
}

/// What was read from one or more sources.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) records: Vec<Record>,
    pub(super) withdrawn: BTreeSet<String>,
    pub(super) exploited: BTreeSet<String>,
    pub(super) sources: Vec<SourceInfo>,
    pub(super) notifications: Vec<Notification>,
}

/// Reads every source that can hold a wanted package.
pub(super) fn read(inputs: &[Input], wanted: &Wanted) -> Result<Batch, Error> {
    let mut all = Batch::default();
    if wanted.is_empty() {
        return Ok(all);
    }
    let read: Vec<Result<Batch, String>> = inputs.par_iter().map(|input| source(input, wanted)).collect();
    let mut defects = Vec::new();
    for batch in read {
        match batch {
            Ok(batch) => all.add(batch),
            Err(defect) => defects.push(defect),
        }
    }
    if !defects.is_empty() {
        return Err(Error { kind: ErrorKind::Advisories, path: None, defects });
    }
    all.sources.sort();
    all.notifications.sort();
    Ok(all)
}

fn source(input: &Input, wanted: &Wanted) -> Result<Batch, String> {
    let skipped = |ecosystem: &Option<String>| ecosystem.as_deref().is_some_and(|base| !wanted.has_ecosystem(base));
    let failed = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let mut batch = Batch::default();
    let name = match input {
        Input::RustSec { name, path } => {
            if !wanted.has_ecosystem("crates.io") {
                return Ok(batch);
            }
            tree(path, name, wanted, &mut batch).map_err(|error| failed(path, &error))?;
            name
        }
        Input::Zip { ecosystem, .. } | Input::Json { ecosystem, .. } if skipped(ecosystem) => return Ok(batch),
        Input::Zip { name, path, .. } => {
            let batches = archive::each(path, |member, content, batch: &mut Batch| match content {
                Ok(bytes) => batch.json(&format!("{name}/{member}"), bytes, wanted),
                Err(error) => batch.unreadable(&format!("{name}/{member}"), &error),
            });
            batches.map_err(|error| failed(path, &error))?.into_iter().for_each(|part| batch.add(part));
            name
        }
        Input::Json { name, files, .. } => {
            for file in files {
                let member = file.file_name().unwrap_or_default().to_string_lossy();
                match whole(File::open(file)) {
                    Ok(bytes) => batch.json(&format!("{name}/{member}"), &bytes, wanted),
                    Err(error) => batch.unreadable(&format!("{name}/{member}"), &error),
                }
            }
            name
        }
        Input::Memory(files) => {
            for (path, text) in files {
                if path.ends_with(".md") {
                    batch.markdown(path, text)
                } else {
                    batch.json(path, text.as_bytes(), wanted)
                }
            }
            "memory"
        }
    };
    batch.name_source(name);
    Ok(batch)
}

/// Reads a file up to the limit.
fn whole(file: io::Result<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE { Err(io::Error::other("larger than 64 MiB")) } else { Ok(bytes) }
}

/// Reads the folders of the wanted crates; the others are only counted, which is what makes a scan start fast.
fn tree(root: &Path, name: &str, wanted: &Wanted, batch: &mut Batch) -> io::Result<()> {
    let mut newest: Option<PathBuf> = None;
    let mut info = SourceInfo::default();
    for folder in fs::read_dir(root.join("crates"))? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        let is_wanted = folder.file_name().to_str().is_some_and(|name| wanted.has("crates.io", name));
        for file in fs::read_dir(folder.path())? {
            let path = file?.path();
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            info.records += 1;
            if is_wanted {
                batch.markdown_file(root, name, &path);
            }
            if newest.as_ref().is_none_or(|known| known.file_name() < path.file_name()) {
                newest = Some(path);
            }
        }
    }
    // Ids begin with the year, so the last one tells how old the tree is.
    let text = newest.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    info.newest = rustsec::record(&text).ok().flatten().map(|record| record.modified);
    info.withdrawn = batch.withdrawn.len();
    batch.sources = vec![info];
    Ok(())
}

/// A catalogue of known exploited vulnerabilities, as CISA publishes it.
#[derive(Deserialize)]
struct Catalogue {
    #[serde(rename = "dateReleased", default)]
    released: String,
    vulnerabilities: Vec<Exploited>,
}

#[derive(Deserialize)]
struct Exploited {
    #[serde(rename = "cveID")]
    id: String,
}

impl Batch {
    fn add(&mut self, other: Self) {
        self.records.extend(other.records);
        self.withdrawn.extend(other.withdrawn);
        self.exploited.extend(other.exploited);
        self.sources.extend(other.sources);
        self.notifications.extend(other.notifications);
    }

    /// Joins what was counted in parts under one name.
    fn name_source(&mut self, name: &str) {
        let mut whole = SourceInfo { name: name.to_owned(), ..SourceInfo::default() };
        for part in self.sources.drain(..) {
            whole.records += part.records;
            whole.withdrawn += part.withdrawn;
            whole.newest = whole.newest.max(part.newest);
        }
        self.sources.push(whole);
    }

    fn count(&mut self, records: usize, withdrawn: bool, date: &str) {
        if self.sources.is_empty() {
            self.sources.push(SourceInfo::default());
        }
        if let Some(info) = self.sources.first_mut() {
            info.records += records;
            info.withdrawn += usize::from(withdrawn);
            // Go writes the year 1 where it knows no date.
            if !date.is_empty() && info.newest.as_deref().is_none_or(|newest| newest < date) {
                info.newest = Some(date.to_owned());
            }
        }
    }

    /// Takes in an OSV record or a catalogue.
    fn json(&mut self, path: &str, bytes: &[u8], wanted: &Wanted) {
        let head = match Head::parse(bytes) {
            Ok(head) => head,
            Err(defect) => return self.catalogue(path, bytes, &defect),
        };
        let withdrawn = head.is_withdrawn();
        self.count(1, withdrawn, &head.modified);
        if withdrawn {
            self.withdrawn.insert(head.id.into_owned());
        } else if head.is_wanted(wanted) {
            match osv::record(bytes, wanted) {
                Ok(record) => self.records.push(record),
                Err(defect) => self.broken(path, &defect),
            }
        }
    }

    fn catalogue(&mut self, path: &str, bytes: &[u8], defect: &str) {
        match serde_json::from_slice::<Catalogue>(bytes) {
            Ok(catalogue) => {
                self.count(catalogue.vulnerabilities.len(), false, &catalogue.released);
                self.exploited.extend(catalogue.vulnerabilities.into_iter().map(|entry| entry.id));
            }
            Err(_) => self.broken(path, defect),
        }
    }

    fn markdown_file(&mut self, root: &Path, name: &str, path: &Path) {
        let below = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let shown = format!("{name}/{below}");
        let text = whole(File::open(path))
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| io::Error::other("not UTF-8")));
        match text {
            Ok(text) => self.markdown(&shown, &text),
            Err(error) => self.unreadable(&shown, &error),
        }
    }

    fn markdown(&mut self, path: &str, text: &str) {
        match rustsec::record(text) {
            Ok(Some(record)) if record.withdrawn => {
                self.withdrawn.insert(record.id);
            }
            Ok(Some(record)) => self.records.push(record),
            Ok(None) => {}
            Err(defect) => self.broken(path, &defect),
        }
    }

    fn broken(&mut self, path: &str, defect: &str) {
        // What a parser says may quote the file; only its first line and no control characters are passed on.
        let defect: String = defect.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
        let message = format!("not an advisory that is understood: {defect}");
        self.notifications.push(Notification::new(path, NotificationId::Syntax, message));
    }

    fn unreadable(&mut self, path: &str, error: &io::Error) {
        self.notifications.push(Notification::new(path, NotificationId::Unreadable, error.to_string()));
    }
}

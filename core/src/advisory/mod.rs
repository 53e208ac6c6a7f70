//! Advisories: published records of affected versions, opened as a list of places, loaded for the packages at hand,
//! looked up by package and version.

mod open;
mod osv;
mod range;
mod record;
mod rustsec;
mod severity;
mod table;
pub mod version;

use std::collections::{BTreeMap, BTreeSet};

pub use self::record::Kind;
use self::table::Table;
use crate::{
    error::{Error, Notification},
    package,
};

/// Packages to load advisories for: canonical names by canonical ecosystem.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    names: BTreeMap<String, BTreeSet<String>>,
}

impl Wanted {
    /// Adds a package; spelling does not matter.
    pub fn add(&mut self, ecosystem: &str, name: &str) {
        let ecosystem = package::canonical_ecosystem(ecosystem);
        let name = package::canonical_name(ecosystem, name);
        self.names.entry(ecosystem.to_owned()).or_default().insert(name.into_owned());
    }

    /// True when nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// True for a package that was added, in any spelling.
    fn has(&self, ecosystem: &str, name: &str) -> bool {
        let ecosystem = package::canonical_ecosystem(ecosystem);
        let name = package::canonical_name(ecosystem, name);
        self.names.get(ecosystem).is_some_and(|names| names.contains(name.as_ref()))
    }

    /// True when some package of an ecosystem, release suffix aside, was added.
    fn has_ecosystem(&self, base: &str) -> bool {
        self.names.keys().any(|ecosystem| ecosystem.split(':').next().unwrap_or_default().eq_ignore_ascii_case(base))
    }
}

/// Where advisories are: nothing is read but lists of files until [`AdvisoryIndex::load`].
#[derive(Clone, Debug, Default)]
pub struct AdvisoryIndex {
    inputs: Vec<open::Input>,
}

impl AdvisoryIndex {
    /// Lists the advisories in folders: a RustSec tree, OSV exports (`osv/ECOSYSTEM/all.zip`, loose `*.zip` and
    /// `*.json`), KEV catalogues (`kev/*.json`). A folder that is absent or holds none of them is an error.
    pub fn open(dirs: &[std::path::PathBuf]) -> Result<Self, Error> {
        open::list(dirs).map(|inputs| Self { inputs })
    }

    /// Advisories in memory: (path, OSV JSON or a RustSec advisory whose path ends in `.md`).
    pub fn from_records<'a>(records: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files: Vec<_> = records.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        Self { inputs: if files.is_empty() { Vec::new() } else { vec![open::Input::Memory(files)] } }
    }

    /// True when there is nothing to look in.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// Reads what is published about the wanted packages. Sources of other ecosystems are not opened. A source that
    /// cannot be read ends the run; a record that is not understood is a notification.
    pub fn load(&self, wanted: &Wanted) -> Result<Advisories, Error> {
        let read = open::read(&self.inputs, wanted)?;
        Ok(Advisories {
            table: Table::new(read.records, read.withdrawn, read.exploited),
            sources: read.sources,
            notifications: read.notifications,
        })
    }
}

/// What one source of advisories holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceInfo {
    /// Path below the folder that was opened.
    pub name: String,
    /// Records in the source, whatever package they are about.
    pub records: usize,
    /// Records that were withdrawn; they are never reported.
    pub withdrawn: usize,
    /// Newest date of a record: the age of the data.
    pub newest: Option<String>,
}

/// Advisories about the packages that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Advisories {
    table: Table,
    sources: Vec<SourceInfo>,
    notifications: Vec<Notification>,
}

impl Advisories {
    /// Advisories that a version of a package is affected by, one for each group of aliases, in order of id.
    pub fn affecting(&self, ecosystem: &str, name: &str, version: &str) -> Vec<Hit> {
        let ecosystem = package::canonical_ecosystem(ecosystem);
        self.table.affecting(ecosystem, &package::canonical_name(ecosystem, name), version)
    }

    /// The smallest fixed version above the installed one that no vulnerability affects; `None` when there is none or
    /// nothing to clear.
    pub fn cleared(&self, ecosystem: &str, name: &str, version: &str) -> Option<String> {
        let ecosystem = package::canonical_ecosystem(ecosystem);
        self.table.cleared(ecosystem, &package::canonical_name(ecosystem, name), version)
    }

    /// Sources that were read, in order of name.
    pub fn sources(&self) -> &[SourceInfo] {
        &self.sources
    }

    /// Records that were not understood.
    pub fn notifications(&self) -> &[Notification] {
        &self.notifications
    }
}

/// An advisory that affects a version of a package.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hit {
    /// The id to show: of the ecosystem's own database where it has one.
    pub id: String,
    /// Other ids of the same advisory, in order.
    pub aliases: Vec<String>,
    /// One line; empty when no source has any text.
    pub summary: String,
    /// What it says about the package.
    pub kind: Kind,
    /// Score from 0 to 10; `None` when no source grades it.
    pub severity: Option<f64>,
    /// Smallest version above the installed one that is not affected.
    pub fixed: Option<String>,
    /// Where to read more; empty when unknown.
    pub url: String,
    /// CWE ids (`CWE-79`).
    pub cwe: Vec<String>,
    /// Listed in a catalogue of known exploited vulnerabilities.
    pub known_exploited: bool,
    /// Affected functions, as the databases write them; empty when they name none.
    pub functions: Vec<String>,
}

#[cfg(test)]
mod tests;

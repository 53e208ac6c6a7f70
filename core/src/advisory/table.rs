//! The look-up table: package to records, alias groups, hits. It knows nothing of files.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    Hit,
    range::End,
    record::{Affected, Kind, Record},
    version,
};

/// Place of one affected package: record, entry in it.
type Place = (usize, usize);

#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    packages: BTreeMap<String, BTreeMap<String, Vec<Place>>>,
    records: Vec<Record>,
    exploited: BTreeSet<String>,
}

/// A record with the part of it that is about the package in question.
type Entry<'a> = (&'a Record, &'a Affected);

impl Table {
    /// A table of records; ids that any source has withdrawn are left out.
    pub(super) fn new(mut records: Vec<Record>, withdrawn: BTreeSet<String>, exploited: BTreeSet<String>) -> Self {
        records.retain(|record| !record.withdrawn && !withdrawn.contains(&record.id));
        // Sources may come in any order; ids decide.
        records.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| b.modified.cmp(&a.modified)));
        let mut packages: BTreeMap<String, BTreeMap<String, Vec<Place>>> = BTreeMap::new();
        for (at, record) in records.iter().enumerate() {
            for (part, affected) in record.affected.iter().enumerate() {
                let names = packages.entry(affected.ecosystem.clone()).or_default();
                names.entry(affected.name.clone()).or_default().push((at, part));
            }
        }
        Self { packages, records, exploited }
    }

    /// Hits for a package in canonical spelling.
    pub(super) fn affecting(&self, ecosystem: &str, name: &str, installed: &str) -> Vec<Hit> {
        let entries = self.entries(ecosystem, name);
        if !entries.iter().any(|(_, affected)| is_affected(affected, installed)) {
            return Vec::new();
        }
        let mut hits: Vec<Hit> =
            clusters(&entries).into_iter().flat_map(|cluster| self.hits(ecosystem, &cluster, installed)).collect();
        hits.sort_by(|a, b| a.id.cmp(&b.id));
        hits
    }

    /// The smallest fixed version of any entry that no vulnerability affects.
    pub(super) fn cleared(&self, ecosystem: &str, name: &str, installed: &str) -> Option<String> {
        let mut entries = self.entries(ecosystem, name);
        entries.retain(|(_, affected)| matches!(affected.kind, Kind::Vulnerability | Kind::Malicious));
        if entries.iter().any(|(_, affected)| is_affected(affected, installed)) {
            fixed(ecosystem, &entries, installed)
        } else {
            None
        }
    }

    fn entries(&self, ecosystem: &str, name: &str) -> Vec<Entry<'_>> {
        let places = self.packages.get(ecosystem).and_then(|names| names.get(name));
        let entry = |&(at, part): &Place| {
            let record = self.records.get(at)?;
            Some((record, record.affected.get(part)?))
        };
        places.into_iter().flatten().filter_map(entry).collect()
    }

    /// Hits of one alias group. Records of the best database stay apart, for a database does not repeat itself (it
    /// may say unsound and unmaintained under one alias); records of others join those they share an id with.
    fn hits(&self, ecosystem: &str, cluster: &[Entry<'_>], installed: &str) -> Vec<Hit> {
        let matched: Vec<Entry<'_>> =
            cluster.iter().copied().filter(|(_, affected)| is_affected(affected, installed)).collect();
        let Some((best, _)) = matched.iter().min_by_key(|(record, _)| rank(ecosystem, &record.id)) else {
            return Vec::new();
        };
        let (best_rank, best_database) = (rank(ecosystem, &best.id).0, database(&best.id));
        let is_leader =
            |record: &Record| rank(ecosystem, &record.id).0 == best_rank && database(&record.id) == best_database;
        let mut leaders: Vec<&str> =
            matched.iter().filter(|(record, _)| is_leader(record)).map(|(record, _)| record.id.as_str()).collect();
        leaders.sort_unstable();
        leaders.dedup();
        let mut groups: Vec<Vec<Entry<'_>>> = vec![Vec::new(); leaders.len()];
        for entry in &matched {
            let at = leader_of(entry.0, &leaders, &matched);
            if let Some(group) = groups.get_mut(at) {
                group.push(*entry);
            }
        }
        let scores = Scores::of(cluster);
        leaders.iter().zip(groups).map(|(id, group)| self.hit(ecosystem, id, &group, installed, scores)).collect()
    }

    fn hit(&self, ecosystem: &str, id: &str, group: &[Entry<'_>], installed: &str, cluster: Scores) -> Hit {
        let mut entries = group.to_vec();
        // What the shown record says comes first, then the others in order of id.
        entries.sort_by_key(|(record, _)| record.id != id);
        let records = || entries.iter().map(|(record, _)| *record);
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for record in records() {
            names.insert(&record.id);
            names.extend(record.aliases.iter().map(String::as_str));
        }
        let own: Vec<Entry<'_>> = entries.iter().copied().filter(|(record, _)| record.id == id).collect();
        let malicious = entries.iter().any(|(_, affected)| affected.kind == Kind::Malicious);
        let kind = own.first().map(|(_, affected)| affected.kind).unwrap_or_default();
        let functions: BTreeSet<&String> = entries.iter().flat_map(|(_, affected)| &affected.functions).collect();
        let cwe: BTreeSet<&String> = records().flat_map(|record| &record.cwe).collect();
        Hit {
            id: id.to_owned(),
            known_exploited: names.iter().any(|name| self.exploited.contains(*name)),
            aliases: names.iter().filter(|name| **name != id).map(|name| (*name).to_owned()).collect(),
            summary: records().map(|record| &record.summary).find(|text| !text.is_empty()).cloned().unwrap_or_default(),
            kind: if malicious { Kind::Malicious } else { kind },
            severity: Scores::of(&own).vector.or(Scores::of(&entries).vector).or(cluster.vector).or(cluster.word),
            fixed: fixed(ecosystem, &entries, installed).or_else(|| fixed(ecosystem, &own, installed)),
            url: url(id).or_else(|| records().find_map(|record| record.url.clone())).unwrap_or_default(),
            cwe: cwe.into_iter().cloned().collect(),
            functions: functions.into_iter().cloned().collect(),
        }
    }
}

/// Scores of some entries: the first vector, the first word.
#[derive(Clone, Copy, Debug, Default)]
struct Scores {
    vector: Option<f64>,
    word: Option<f64>,
}

impl Scores {
    fn of(entries: &[Entry<'_>]) -> Self {
        Self {
            vector: entries.iter().find_map(|(record, affected)| affected.severity.or(record.severity)),
            word: entries.iter().find_map(|(record, _)| record.severity_word),
        }
    }
}

/// The leader a record belongs to: itself, one it shares an id with, the first.
fn leader_of(record: &Record, leaders: &[&str], matched: &[Entry<'_>]) -> usize {
    let own = leaders.iter().position(|leader| *leader == record.id);
    own.or_else(|| {
        leaders.iter().position(|leader| {
            let mut of_leader = matched.iter().map(|(other, _)| *other).filter(|other| other.id == *leader);
            of_leader.any(|other| share_id(record, other))
        })
    })
    .unwrap_or_default()
}

fn share_id(a: &Record, b: &Record) -> bool {
    let ids = |record: &Record| -> BTreeSet<String> { record.aliases.iter().chain([&record.id]).cloned().collect() };
    !ids(a).is_disjoint(&ids(b))
}

fn is_affected(affected: &Affected, installed: &str) -> bool {
    affected.intervals.iter().any(|interval| interval.contains(&affected.ecosystem, installed))
        || affected.versions.iter().any(|version| {
            let installed = version::public(&affected.ecosystem, installed, version);
            version::compare(&affected.ecosystem, installed, version) == Ordering::Equal
        })
}

/// Groups entries that share an id or an alias, directly or through others.
fn clusters<'a>(entries: &[Entry<'a>]) -> Vec<Vec<Entry<'a>>> {
    let mut parents: Vec<usize> = (0..entries.len()).collect();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, (record, _)) in entries.iter().enumerate() {
        for id in record.aliases.iter().chain([&record.id]) {
            let earlier = *seen.entry(id).or_insert(at);
            let (a, b) = (root(&parents, at), root(&parents, earlier));
            if let Some(parent) = parents.get_mut(a.max(b)) {
                *parent = a.min(b);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<Entry<'a>>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        groups.entry(root(&parents, at)).or_default().push(*entry);
    }
    groups.into_values().collect()
}

/// Parents never lie behind their children, so this ends.
fn root(parents: &[usize], mut at: usize) -> usize {
    while let Some(&parent) = parents.get(at) {
        if parent == at {
            break;
        }
        at = parent;
    }
    at
}

/// The smallest fix above the installed version that none of the entries affects.
fn fixed(ecosystem: &str, entries: &[Entry<'_>], installed: &str) -> Option<String> {
    let mut fixes: Vec<&str> = entries
        .iter()
        .flat_map(|(_, affected)| &affected.intervals)
        .filter_map(|interval| match &interval.to {
            End::Fixed(version) => Some(version.as_str()),
            _ => None,
        })
        .filter(|fix| version::compare(ecosystem, fix, installed) == Ordering::Greater)
        .collect();
    fixes.sort_by(|a, b| version::compare(ecosystem, a, b).then_with(|| a.cmp(b)));
    let clear = fixes.into_iter().find(|fix| !entries.iter().any(|(_, affected)| is_affected(affected, fix)));
    clear.map(|fix| version::installable(ecosystem, fix).to_owned())
}

/// The database of an id: what stands before the first hyphen.
fn database(id: &str) -> &str {
    id.split('-').next().unwrap_or_default()
}

/// Databases that ecosystems keep themselves.
const NATIVE: &[(&str, &str)] = &[
    ("CRAN", "RSEC"),
    ("Go", "GO"),
    ("Hackage", "HSEC"),
    ("Hex", "EEF"),
    ("Julia", "JLSEC"),
    ("PyPI", "PYSEC"),
    ("crates.io", "RUSTSEC"),
];

/// Which id of a group is shown: the ecosystem's own, then GitHub's, then any, CVE last.
fn rank<'a>(ecosystem: &str, id: &'a str) -> (u8, &'a str) {
    let rank = match database(id) {
        database if NATIVE.contains(&(ecosystem, database)) => 0,
        "GHSA" => 1,
        "CVE" => 3,
        _ => 2,
    };
    (rank, id)
}

/// The page of an id in the database it belongs to.
fn url(id: &str) -> Option<String> {
    match database(id) {
        "RUSTSEC" => Some(format!("https://rustsec.org/advisories/{id}.html")),
        "GO" => Some(format!("https://pkg.go.dev/vuln/{id}")),
        "GHSA" => Some(format!("https://github.com/advisories/{id}")),
        "PYSEC" | "MAL" | "HSEC" | "RSEC" | "JLSEC" | "EEF" => Some(format!("https://osv.dev/vulnerability/{id}")),
        "CVE" => Some(format!("https://nvd.nist.gov/vuln/detail/{id}")),
        _ => None,
    }
}

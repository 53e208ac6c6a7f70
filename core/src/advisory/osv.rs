//! OSV JSON (ossf.github.io/osv-schema 1.x) to records. Unknown fields are ignored, as the schema asks.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{
    Wanted,
    range::{Event, intervals},
    record::{Affected, Kind, Record, one_line},
    severity,
};
use crate::package;

/// What is read of every record: enough to know whether the rest is needed.
#[derive(Deserialize)]
pub(super) struct Head<'a> {
    #[serde(borrow, default)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) modified: Cow<'a, str>,
    #[serde(borrow, default)]
    withdrawn: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    affected: Vec<HeadAffected<'a>>,
}

#[derive(Deserialize)]
struct HeadAffected<'a> {
    #[serde(borrow, default)]
    package: Option<Package<'a>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow, default)]
    ecosystem: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
}

impl Head<'_> {
    /// Reads the head of a record; the text says what is wrong with it.
    pub(super) fn parse(json: &[u8]) -> Result<Head<'_>, String> {
        let head: Head<'_> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if head.id.is_empty() { Err("no id".to_owned()) } else { Ok(head) }
    }

    /// True when its publisher took the record back.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.withdrawn.as_ref().is_some_and(|date| !date.is_empty())
    }

    /// True when the record is about a wanted package.
    pub(super) fn is_wanted(&self, wanted: &Wanted) -> bool {
        self.affected
            .iter()
            .filter_map(|affected| affected.package.as_ref())
            .any(|package| wanted.has(&package.ecosystem, &package.name))
    }
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    modified: Cow<'a, str>,
    #[serde(borrow, default)]
    withdrawn: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    aliases: Vec<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    summary: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    details: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    severity: Vec<FileSeverity<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    affected: Vec<FileAffected<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    references: Vec<Reference<'a>>,
    #[serde(default, deserialize_with = "or_default")]
    database_specific: Map<String, Value>,
}

#[derive(Deserialize)]
struct FileSeverity<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    score: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    url: Cow<'a, str>,
}

#[derive(Deserialize)]
struct FileAffected<'a> {
    #[serde(borrow, default)]
    package: Option<Package<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    severity: Vec<FileSeverity<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    ranges: Vec<FileRange<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    versions: Vec<Cow<'a, str>>,
    #[serde(default, deserialize_with = "or_default")]
    ecosystem_specific: Map<String, Value>,
    #[serde(default, deserialize_with = "or_default")]
    database_specific: Map<String, Value>,
}

#[derive(Deserialize)]
struct FileRange<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    events: Vec<FileEvent<'a>>,
}

#[derive(Deserialize)]
struct FileEvent<'a> {
    #[serde(borrow, default)]
    introduced: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    fixed: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    last_affected: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    limit: Option<Cow<'a, str>>,
}

/// Databases write `null` for what they have not got.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads a whole record; packages that are not wanted are left out.
pub(super) fn record(json: &[u8], wanted: &Wanted) -> Result<Record, String> {
    let file: File<'_> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let malicious = file.id.starts_with("MAL-")
        || file.aliases.iter().any(|alias| alias.starts_with("MAL-"))
        || texts(&file.database_specific, "cwe_ids").iter().any(|cwe| cwe == "CWE-506");
    let affected = file
        .affected
        .iter()
        .filter(|entry| entry.package.as_ref().is_some_and(|package| wanted.has(&package.ecosystem, &package.name)))
        .filter_map(|entry| affected(entry, malicious))
        .collect();
    Ok(Record {
        summary: summary(&file.summary, &file.details),
        url: reference(&file),
        severity: best(&file.severity),
        severity_word: file.database_specific.get("severity").and_then(Value::as_str).and_then(severity::of_word),
        cwe: texts(&file.database_specific, "cwe_ids"),
        withdrawn: file.withdrawn.is_some_and(|date| !date.is_empty()),
        modified: file.modified.into_owned(),
        aliases: file.aliases.into_iter().map(Cow::into_owned).collect(),
        id: file.id.into_owned(),
        affected,
    })
}

fn affected(entry: &FileAffected<'_>, malicious: bool) -> Option<Affected> {
    let named = entry.package.as_ref()?;
    let ecosystem = package::canonical_ecosystem(&named.ecosystem);
    let informational = entry.database_specific.get("informational").and_then(Value::as_str);
    let kind = match informational {
        // Other words inform the database only; `rustsec` reports nothing for them either.
        Some(word) => Kind::informational(word)?,
        None if malicious => Kind::Malicious,
        None => Kind::Vulnerability,
    };
    Some(Affected {
        name: package::canonical_name(ecosystem, &named.name).into_owned(),
        kind,
        // Ranges over commits say nothing about versions; the others still count.
        intervals: entry
            .ranges
            .iter()
            .filter(|range| range.kind != "GIT")
            .flat_map(|range| intervals(ecosystem, events(range)))
            .collect(),
        versions: entry.versions.iter().map(|version| version.clone().into_owned()).collect(),
        severity: best(&entry.severity),
        functions: functions(&entry.ecosystem_specific),
        ecosystem: ecosystem.to_owned(),
    })
}

fn events(range: &FileRange<'_>) -> Vec<Event> {
    let owned = |version: &Option<Cow<'_, str>>| version.as_ref().map(|version| version.clone().into_owned());
    let mut found = Vec::new();
    for event in &range.events {
        found.extend(owned(&event.introduced).map(Event::Introduced));
        found.extend(owned(&event.fixed).map(Event::Fixed));
        found.extend(owned(&event.last_affected).map(Event::LastAffected));
        // A limit of `*` is no limit.
        found.extend(owned(&event.limit).filter(|limit| limit != "*").map(Event::Limit));
    }
    found
}

/// The score of the newest CVSS version among several.
fn best(severities: &[FileSeverity<'_>]) -> Option<f64> {
    let scored = severities.iter().filter_map(|entry| Some((entry.kind.as_ref(), severity::score(&entry.score)?)));
    scored.max_by(|(a, a_score), (b, b_score)| a.cmp(b).then(a_score.total_cmp(b_score))).map(|(_, score)| score)
}

/// Longest summary made of a record's details.
const SUMMARY: usize = 160;

/// The summary, or the first sentence of the details where there is none.
fn summary(summary: &str, details: &str) -> String {
    let given = summary.trim();
    if !given.is_empty() {
        return one_line(given);
    }
    let first = details.lines().map(|line| line.trim_start_matches('#').trim()).find(|line| {
        !line.is_empty() && !matches!(*line, "Impact" | "Summary" | "Description" | "Details" | "Overview")
    });
    let first = first.unwrap_or_default();
    let sentence = first.split_once(". ").map_or(first, |(sentence, _)| sentence).trim_end_matches('.');
    let mut short: String = one_line(sentence).chars().take(SUMMARY).collect();
    if short.chars().count() < sentence.chars().count() {
        short.push('…');
    }
    short
}

fn reference(file: &File<'_>) -> Option<String> {
    let own = file.database_specific.get("url").and_then(Value::as_str).map(str::to_owned);
    let of = |kind: &str| file.references.iter().find(|reference| reference.kind == kind);
    let referred = || of("ADVISORY").or_else(|| of("WEB")).or(file.references.first());
    own.or_else(|| referred().map(|reference| reference.url.clone().into_owned()))
        .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
        .map(|url| one_line(&url))
}

fn texts(map: &Map<String, Value>, key: &str) -> Vec<String> {
    let items = map.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Functions that databases name: RustSec under `affects.functions`, Go under `imports[].symbols`.
fn functions(specific: &Map<String, Value>) -> Vec<String> {
    let mut found =
        specific.get("affects").and_then(Value::as_object).map_or_else(Vec::new, |map| texts(map, "functions"));
    found.extend(texts(specific, "affected_functions"));
    let imports = specific.get("imports").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for import in imports.iter().filter_map(Value::as_object) {
        let path = import.get("path").and_then(Value::as_str).unwrap_or_default();
        found.extend(texts(import, "symbols").into_iter().map(|symbol| format!("{path}.{symbol}")));
    }
    found.sort();
    found.dedup();
    found
}

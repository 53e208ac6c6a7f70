//! The RustSec tree (Markdown with TOML front matter) to records, read through the crate `rustsec`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rustsec::{Advisory, osv::ranges_for_advisory};

use super::{
    range::{End, Interval},
    record::{Affected, Kind, Record, one_line},
};

/// Reads one advisory of the tree; `None` for a draft. The text says what is wrong with it.
pub(super) fn record(text: &str) -> Result<Option<Record>, String> {
    if !text.starts_with("```toml") {
        return Err("no front matter in a ```toml block".to_owned());
    }
    // `rustsec` asserts that ranges do not touch; a broken advisory must not end the run.
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        text.parse::<Advisory>().map(|advisory| {
            let ranges = ranges_for_advisory(&advisory.versions);
            (advisory, ranges)
        })
    }));
    let (advisory, ranges) = match parsed {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(error)) => return Err(error.to_string().lines().next().unwrap_or_default().to_owned()),
        Err(_) => return Err("version ranges contradict each other".to_owned()),
    };
    let data = &advisory.metadata;
    if data.id.is_placeholder() {
        return Ok(None);
    }
    let kind = match &data.informational {
        Some(word) => Kind::informational(word.as_str()),
        None => Some(Kind::Vulnerability),
    };
    let intervals = ranges.into_iter().map(|range| Interval {
        from: range.introduced.map(|version| version.to_string()),
        to: range.fixed.map_or(End::Open, |version| End::Fixed(version.to_string())),
    });
    let functions = advisory.affected.iter().flat_map(|affected| affected.functions.keys().map(ToString::to_string));
    // Advisories about packages of another registry are about other packages.
    let is_public = data.source.as_ref().is_none_or(|source| source.is_default_registry());
    let affected = kind.filter(|_| is_public).map(|kind| Affected {
        ecosystem: "crates.io".to_owned(),
        name: data.package.as_str().to_owned(),
        kind,
        intervals: intervals.collect(),
        versions: Vec::new(),
        severity: None,
        functions: functions.collect(),
    });
    Ok(Some(Record {
        id: data.id.as_str().to_owned(),
        aliases: data.aliases.iter().map(|alias| alias.as_str().to_owned()).collect(),
        summary: one_line(&data.title),
        url: None,
        severity: data.cvss.as_ref().map(cvss::Cvss::score),
        severity_word: None,
        cwe: Vec::new(),
        withdrawn: data.withdrawn.is_some(),
        modified: data.date.as_str().to_owned(),
        affected: affected.into_iter().collect(),
    }))
}

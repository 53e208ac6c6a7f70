use std::{fs, io::Write, path::Path};

use super::*;

/// A record about one package.
fn osv(id: &str, aliases: &[&str], ecosystem: &str, name: &str, events: &str, more: &str) -> String {
    let aliases = serde_json::to_string(aliases).unwrap();
    format!(
        r#"{{"id": "{id}", "modified": "2026-01-02T00:00:00Z", "summary": "{id} says", "aliases": {aliases},
        "affected": [{{"package": {{"ecosystem": "{ecosystem}", "name": "{name}"}},
        "ranges": [{{"type": "GIT", "events": [{{"introduced": "0"}}]}}, {{"type": "ECOSYSTEM", "events": [{events}]}}]}}]{more}}}"#
    )
}

const BELOW_2: &str = r#"{"introduced": "0"}, {"fixed": "2.0.0"}"#;

fn load(records: &[String], packages: &[(&str, &str)]) -> Advisories {
    let named: Vec<(String, &str)> = records
        .iter()
        .enumerate()
        .map(|(at, text)| (format!("{at}.{}", if text.starts_with('`') { "md" } else { "json" }), text.as_str()))
        .collect();
    let index = AdvisoryIndex::from_records(named.iter().map(|(path, text)| (path.as_str(), *text)));
    let mut wanted = Wanted::default();
    packages.iter().for_each(|(ecosystem, name)| wanted.add(ecosystem, name));
    index.load(&wanted).unwrap()
}

fn ids(hits: &[Hit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.id.as_str()).collect()
}

#[test]
fn aliases_are_one_hit_under_the_ecosystems_own_id() {
    let score = r#", "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]"#;
    let word = r#", "database_specific": {"severity": "MODERATE", "cwe_ids": ["CWE-79"]}"#;
    let records = [
        osv("CVE-2026-1", &[], "PyPI", "thing", BELOW_2, score),
        osv(
            "GHSA-aaaa-bbbb-cccc",
            &["CVE-2026-1"],
            "PyPI",
            "Thing",
            r#"{"introduced": "0"}, {"fixed": "2.0.1"}"#,
            word,
        ),
        osv("PYSEC-2026-7", &["CVE-2026-1", "GHSA-aaaa-bbbb-cccc"], "PyPI", "thing", BELOW_2, ""),
        osv("PYSEC-2026-8", &["CVE-2026-2"], "PyPI", "thing", r#"{"introduced": "1.5"}, {"last_affected": "3"}"#, word),
        osv("PYSEC-2026-9", &["CVE-2026-3"], "PyPI", "other", BELOW_2, ""),
    ];
    let advisories = load(&records, &[("PyPI", "THING")]);
    let hits = advisories.affecting("PyPI", "thing", "1.0");
    assert_eq!(ids(&hits), ["PYSEC-2026-7"]);
    let hit = &hits[0];
    assert_eq!(hit.aliases, ["CVE-2026-1", "GHSA-aaaa-bbbb-cccc"]);
    assert_eq!((hit.severity, hit.fixed.as_deref()), (Some(9.8), Some("2.0.1")));
    assert_eq!((hit.summary.as_str(), hit.cwe.len()), ("PYSEC-2026-7 says", 1));
    assert_eq!(hit.url, "https://osv.dev/vulnerability/PYSEC-2026-7");
    assert_eq!(ids(&advisories.affecting("PyPI", "thing", "1.5")), ["PYSEC-2026-7", "PYSEC-2026-8"]);
    assert_eq!(advisories.affecting("PyPI", "thing", "3.0")[0].severity, Some(4.0));
    assert_eq!(advisories.cleared("PyPI", "thing", "1.0").as_deref(), None, "2.0.1 is affected by PYSEC-2026-8");
    assert!(advisories.affecting("PyPI", "other", "1.0").is_empty(), "not asked for, not loaded");
    assert_eq!(advisories.sources()[0].records, 5);
}

#[test]
fn a_database_does_not_repeat_itself_but_others_join() {
    let informational = |word: &str| {
        format!(
            r#", "x": 0, "affected": [{{"package": {{"ecosystem": "crates.io", "name": "a"}}, "ranges": [{{"type":
            "SEMVER", "events": [{BELOW_2}]}}], "database_specific": {{"informational": {word}}}}}]"#
        )
    };
    let record = |id: &str, word: &str| format!(r#"{{"id": "{id}", "aliases": ["CVE-1"]{}}}"#, informational(word));
    let records = [
        record("RUSTSEC-2026-0001", r#""unsound""#),
        record("RUSTSEC-2026-0002", r#""unmaintained""#),
        record("RUSTSEC-2026-0003", r#""other-word""#),
        record("GHSA-x", "null"),
    ];
    let hits = load(&records, &[("crates.io", "a")]).affecting("crates.io", "a", "1.0.0");
    let seen: Vec<_> = hits.iter().map(|hit| (hit.id.as_str(), hit.kind.word())).collect();
    assert_eq!(seen, [("RUSTSEC-2026-0001", "unsound"), ("RUSTSEC-2026-0002", "unmaintained")]);
    assert!(hits[0].aliases.contains(&"GHSA-x".to_owned()));
}

#[test]
fn withdrawn_records_are_counted_and_never_reported() {
    let records = [
        osv("GO-2026-1", &[], "Go", "example.org/m", BELOW_2, r#", "withdrawn": "2026-02-01T00:00:00Z""#),
        osv("GO-2026-1", &[], "Go", "example.org/m", BELOW_2, ""),
        osv("GO-2026-2", &[], "Go", "example.org/m", BELOW_2, ""),
    ];
    let advisories = load(&records, &[("Go", "example.org/m")]);
    assert_eq!(ids(&advisories.affecting("Go", "example.org/m", "v1.9.0")), ["GO-2026-2"]);
    assert_eq!(advisories.sources()[0].withdrawn, 1);
}

#[test]
fn versions_named_one_by_one_and_catalogues_and_malice_count() {
    let listed = r#"{"id": "X-1", "aliases": ["CVE-2026-9"], "details": "\n## Impact\n\nAttackers win. Really.",
        "references": [{"type": "WEB", "url": "https://example.org/1"}],
        "affected": [{"package": {"ecosystem": "npm", "name": "p"}, "versions": ["1.2.3", "1.3"], "ranges": null}]}"#;
    let malicious = osv("MAL-2026-1", &[], "npm", "p", r#"{"introduced": "0"}"#, "");
    let kev = r#"{"dateReleased": "2026-01-01", "vulnerabilities": [{"cveID": "CVE-2026-9"}]}"#;
    let advisories = load(&[listed.into(), malicious, kev.into(), "{".into(), "[]".into()], &[("npm", "p")]);
    let hits = advisories.affecting("npm", "p", "1.3.0");
    assert_eq!(ids(&hits), ["MAL-2026-1", "X-1"]);
    assert_eq!((hits[0].kind, hits[0].known_exploited), (Kind::Malicious, false));
    assert_eq!((hits[1].summary.as_str(), hits[1].known_exploited), ("Attackers win", true));
    assert_eq!((hits[1].url.as_str(), &hits[1].fixed), ("https://example.org/1", &None));
    assert_eq!(ids(&advisories.affecting("npm", "p", "1.2.4")), ["MAL-2026-1"]);
    assert_eq!(advisories.notifications().len(), 2, "{:?}", advisories.notifications());
}

/// One advisory as the RustSec tree writes it and as its OSV export does.
const MARKDOWN: &str = r#"```toml
[advisory]
id = "RUSTSEC-2026-0042"
package = "example"
date = "2026-03-04"
aliases = ["CVE-2026-42"]
cvss = "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"

[affected.functions]
"example::run" = ["< 1.2.0"]

[versions]
patched = [">= 1.2.0", "> 1.1.4, < 1.2.0-0"]
unaffected = ["< 0.5.0"]
```

# Buffer is  read past its end

More about it.
"#;

const EXPORTED: &str = r#"{"id": "RUSTSEC-2026-0042", "modified": "2026-03-05T00:00:00Z", "aliases": ["CVE-2026-42"],
    "summary": "Buffer is  read past its end", "details": "More about it.",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
    "affected": [{"package": {"ecosystem": "crates.io", "name": "example"},
        "ecosystem_specific": {"affects": {"functions": ["example::run"]}, "affected_functions": null},
        "database_specific": {"informational": null},
        "ranges": [{"type": "SEMVER", "events": [{"introduced": "0.5.0"}, {"fixed": "1.1.5-0"},
            {"introduced": "1.2.0-0"}, {"fixed": "1.2.0"}]}], "versions": []}]}"#;

#[test]
fn the_tree_and_its_export_give_the_same_hits_alone_and_together() {
    let package = [("crates.io", "example")];
    let forms = [vec![MARKDOWN.to_owned()], vec![EXPORTED.to_owned()], vec![MARKDOWN.to_owned(), EXPORTED.to_owned()]];
    for version in ["0.4.9", "0.5.0", "1.1.4", "1.1.5", "1.2.0-alpha", "1.2.0", "9.0.0"] {
        let all: Vec<Vec<Hit>> =
            forms.iter().map(|form| load(form, &package).affecting("crates.io", "example", version)).collect();
        assert_eq!(all[0], all[1], "{version}");
        assert_eq!(all[0], all[2], "{version}");
    }
    let hit = load(&forms[0], &package).affecting("crates.io", "example", "1.0.0").remove(0);
    assert_eq!((hit.id.as_str(), hit.fixed.as_deref()), ("RUSTSEC-2026-0042", Some("1.1.5")));
    assert_eq!((hit.severity, hit.functions), (Some(6.2), vec!["example::run".to_owned()]));
    assert_eq!(load(&forms[0], &package).cleared("crates.io", "example", "1.0.0").as_deref(), Some("1.1.5"));
}

#[test]
fn broken_trees_are_said_not_fatal() {
    let touching = MARKDOWN.replace(r#"["< 0.5.0"]"#, r#"["= 1.2.0"]"#);
    let exclusive = MARKDOWN.replace(r#""> 1.1.4, < 1.2.0-0""#, r#""> 0.5.0, < 0.6.0""#).replace("< 0.5.0", "= 0.5.0");
    let records = [touching, exclusive, "```toml\n[advisory]\n```".into(), MARKDOWN.into(), "ö".repeat(20)];
    let named: Vec<_> = records.iter().map(|text| ("a.md", text.as_str())).collect();
    let mut wanted = Wanted::default();
    wanted.add("crates.io", "example");
    let advisories = AdvisoryIndex::from_records(named).load(&wanted).unwrap();
    assert_eq!(advisories.notifications().len(), 4, "{:?}", advisories.notifications());
    assert_eq!(advisories.affecting("crates.io", "example", "1.0.0").len(), 1);
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn archive(path: &Path, members: &[(&str, &str)]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, content) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn folders_of_every_layout_are_read_and_only_where_needed() {
    let root = tempfile::tempdir().unwrap();
    let at = |path: &str| root.path().join(path);
    write(&at("rustsec-advisory-db/crates/example/RUSTSEC-2026-0042.md"), MARKDOWN.as_bytes());
    write(&at("rustsec-advisory-db/crates/unasked/RUSTSEC-2026-0043.md"), b"broken, but nobody asks");
    archive(&at("osv/crates.io/all.zip"), &[("RUSTSEC-2026-0042.json", EXPORTED), ("README.md", "text")]);
    archive(&at("osv/npm/all.zip"), &[("X.json", "broken, but nobody asks")]);
    write(&at("osv/PyPI/PYSEC-1.json"), osv("PYSEC-1", &["CVE-2026-42"], "PyPI", "p", BELOW_2, "").as_bytes());
    write(&at("kev/list.json"), br#"{"vulnerabilities": [{"cveID": "CVE-2026-42"}]}"#);
    let index = AdvisoryIndex::open(&[root.path().to_owned()]).unwrap();
    let mut wanted = Wanted::default();
    wanted.add("crates.io", "example");
    wanted.add("PyPI", "p");
    let advisories = index.load(&wanted).unwrap();
    assert_eq!(advisories.notifications(), []);
    let hits = advisories.affecting("crates.io", "example", "1.0.0");
    assert_eq!((ids(&hits), hits[0].known_exploited), (vec!["RUSTSEC-2026-0042"], true));
    assert_eq!(ids(&advisories.affecting("PyPI", "p", "1.0")), ["PYSEC-1"]);
    let sources: Vec<_> = advisories.sources().iter().map(|info| (info.name.as_str(), info.records)).collect();
    assert_eq!(sources, [("kev", 1), ("osv/PyPI", 1), ("osv/crates.io/all.zip", 1), ("rustsec-advisory-db", 2)]);
    for path in ["osv/crates.io/all.zip", "osv/crates.io", "rustsec-advisory-db", "osv"] {
        let index = AdvisoryIndex::open(&[at(path)]).unwrap();
        assert_eq!(
            ids(&index.load(&wanted).unwrap().affecting("crates.io", "example", "1.0.0")),
            ["RUSTSEC-2026-0042"]
        );
    }
}

#[test]
fn absent_empty_and_broken_folders_end_the_run() {
    let root = tempfile::tempdir().unwrap();
    let defects = AdvisoryIndex::open(&[root.path().join("nowhere"), root.path().to_owned()]).unwrap_err().defects;
    assert_eq!(defects.len(), 2, "{defects:?}");
    write(&root.path().join("all.zip"), b"no archive");
    let mut wanted = Wanted::default();
    wanted.add("npm", "a");
    let index = AdvisoryIndex::open(&[root.path().to_owned()]).unwrap();
    assert!(index.load(&wanted).is_err());
    assert!(AdvisoryIndex::default().is_empty() && !index.is_empty());
}

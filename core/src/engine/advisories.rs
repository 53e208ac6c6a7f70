//! Advisory rules: packages of lock files against published advisories.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    draft::{At, Draft, severity_in},
    facts::place,
    finish::Finish,
};
use crate::{
    advisory::{Advisories, AdvisoryIndex, Hit, Wanted},
    error::{Error, Notification, NotificationId},
    fact::{Fact, FactKind},
    finding::Severity,
    rule::{Matcher, Rule, fill},
    syntax::{Node, Value},
};

/// Judges the packages of a scan. Without data it says so once, when there was something to check.
pub(super) fn run(finish: &mut Finish<'_>, index: &AdvisoryIndex) -> Result<(), Error> {
    let asks = finish.plan.rules.iter().any(|rule| matches!(rule.matcher, Matcher::Advisory(_)));
    if !asks {
        return Ok(());
    }
    let packages: Vec<Fact> = finish.facts.iter().filter(|fact| fact.kind == FactKind::Package).cloned().collect();
    if index.is_empty() {
        // Nothing was left out where nothing is locked, unless somebody asked for just this.
        if packages.is_empty() && !finish.asked_for_advisories() {
            return Ok(());
        }
        let message = format!("advisories were not checked: there is no data ({} packages are locked)", packages.len());
        finish.notifications.push(Notification::new("", NotificationId::NoAdvisories, message));
        return Ok(());
    }
    let mut wanted = Wanted::default();
    for package in &packages {
        if let Some(ecosystem) = package.text("ecosystem") {
            wanted.add(ecosystem, &package.name);
        }
    }
    let advisories = index.load(&wanted)?;
    finish.notifications.extend(advisories.notifications().iter().cloned());
    let drafts = drafts(finish, &packages, &advisories);
    finish.drafts.extend(drafts);
    Ok(())
}

fn drafts(finish: &Finish<'_>, packages: &[Fact], advisories: &Advisories) -> Vec<Draft> {
    let (mut drafts, mut seen) = (Vec::new(), BTreeSet::new());
    for package in packages {
        let (Some(ecosystem), Some(version)) = (package.text("ecosystem"), package.text("version")) else { continue };
        for hit in advisories.affecting(ecosystem, &package.name, version) {
            // One result per package, version, advisory and lock file, however often the file lists the package.
            if !seen.insert((package.source, package.name.clone(), version.to_owned(), hit.id.clone())) {
                continue;
            }
            for (index, rule) in finish.plan.rules.iter().enumerate() {
                let Matcher::Advisory(advisory) = &rule.matcher else { continue };
                if advisory.kinds.iter().any(|kind| kind == hit.kind.word()) {
                    let cleared = advisories.cleared(ecosystem, &package.name, version);
                    drafts.extend(draft(index, rule, package, &hit, cleared, finish.path(package.source)));
                }
            }
        }
    }
    drafts
}

fn draft(index: usize, rule: &Rule, package: &Fact, hit: &Hit, cleared: Option<String>, path: &str) -> Option<Draft> {
    let version = package.text("version").unwrap_or_default();
    let fixed = cleared.or_else(|| hit.fixed.clone()).filter(|version| !is_never(version));
    let message = fill(&rule.message, &|hole| match hole {
        "package" => Some(package.name.clone()),
        "version" => Some(version.to_owned()),
        "advisory" => Some(hit.id.clone()),
        "summary" => Some(if hit.summary.is_empty() { "no summary".into() } else { one_line(&hit.summary) }),
        "fixed" => Some(fixed.clone().unwrap_or_else(|| "no release yet".into())),
        "aliases" => Some(hit.aliases.join(", ")),
        "via" => Some(list(package.get("via"))),
        field => package.text(field).map(str::to_owned),
    });
    let at: At = place(package, Some("version"));
    let mut draft = Draft::new(index, rule, at, message, format!("{}@{version}#{}", package.name, hit.id));
    let graded = hit.severity.map_or(rule.severity, of_score);
    draft.severity = severity_in(rule, lowered(graded, package), path, package.environment)?;
    draft.stable = true;
    draft.evidence = hit.known_exploited.then(|| "known to be exploited".to_owned());
    draft.properties = properties(package, hit, fixed);
    Some(draft)
}

/// `999.999.999`: how some databases write that no release is good.
fn is_never(version: &str) -> bool {
    version.split('.').all(|part| part.len() > 2 && part.bytes().all(|byte| byte == b'9'))
}

/// A dependency that is not shipped weighs one severity less.
fn lowered(severity: Severity, package: &Fact) -> Severity {
    match (package.text("scope"), severity) {
        (Some("development"), Severity::Critical) => Severity::High,
        (Some("development"), Severity::High) => Severity::Medium,
        (Some("development"), Severity::Medium) => Severity::Low,
        (_, severity) => severity,
    }
}

/// CVSS bands (FIRST, CVSS v3.1 specification, table 14).
fn of_score(score: f64) -> Severity {
    match score {
        score if score >= 9.0 => Severity::Critical,
        score if score >= 7.0 => Severity::High,
        score if score >= 4.0 => Severity::Medium,
        score if score > 0.0 => Severity::Low,
        _ => Severity::Info,
    }
}

fn properties(package: &Fact, hit: &Hit, fixed: Option<String>) -> BTreeMap<String, serde_json::Value> {
    let mut properties = BTreeMap::new();
    properties.insert("advisory".to_owned(), hit.id.clone().into());
    if !hit.aliases.is_empty() {
        properties.insert("aliases".to_owned(), hit.aliases.clone().into());
    }
    if let Some(fixed) = fixed {
        properties.insert("fixed".to_owned(), fixed.into());
    }
    if let Some(score) = hit.severity {
        properties.insert("score".to_owned(), score.into());
    }
    if hit.known_exploited {
        properties.insert("knownExploited".to_owned(), true.into());
    }
    for key in ["purl", "scope", "ecosystem"] {
        if let Some(text) = package.text(key) {
            properties.insert(key.to_owned(), text.into());
        }
    }
    properties
}

fn list(node: Option<&Node>) -> String {
    let names = node.map_or(&[][..], Node::elements).iter().filter_map(|item| match &item.value {
        Value::String(name) => Some(name.as_str()),
        _ => None,
    });
    names.collect::<Vec<_>>().join(" > ")
}

fn one_line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = words.chars().take(160).collect();
    if short.len() < words.len() {
        // Cut between words.
        short.truncate(short.rfind(' ').unwrap_or(short.len()));
        short.push('…');
    }
    super::printable(&short).trim_end_matches('.').to_owned()
}

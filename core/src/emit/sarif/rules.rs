//! Rules and taxonomies as SARIF descriptors.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Serialize, Serializer};

use super::model::{
    Component, ComponentReference, Configuration, Descriptor, DescriptorReference, Message, Relationship,
};
use crate::{error::NotificationId, finding::Severity, report::Report, rule::Rule};

/// GitHub shows this many tags of a rule.
const MOST_TAGS: usize = 10;

/// Taxonomies in use: CWE and the frameworks that are shown, each with the ids that the rules need.
pub(super) struct Taxonomies {
    list: Vec<Taxonomy>,
    /// By what a rule is about: most rules are about the same as others.
    relevance: BTreeMap<About, Relevance>,
}

/// Matters and CWE numbers of a rule.
type About = (Vec<String>, Vec<u16>);

/// What a rule is evidence for.
struct Relevance {
    relationships: Vec<Relationship>,
    /// The part of the rule's page.
    page: String,
}

/// Descriptors of all rules that ran, made one after the other: together they would be larger than the scan.
pub(super) struct Descriptors<'r> {
    pub(super) report: &'r Report,
    pub(super) taxonomies: &'r Taxonomies,
}

impl Serialize for Descriptors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.report.rules.iter().map(|rule| descriptor(self.taxonomies, rule)))
    }
}

struct Taxonomy {
    key: String,
    name: String,
    version: String,
    /// Id and our own name.
    taxa: BTreeMap<String, String>,
}

impl Taxonomies {
    pub(super) fn new(report: &Report) -> Self {
        let cwe: BTreeMap<String, String> = report
            .rules
            .iter()
            .flat_map(|rule| &rule.cwe)
            .map(|number| (number.to_string(), format!("CWE-{number}")))
            .collect();
        let mut list = vec![Taxonomy { key: "CWE".into(), name: "CWE".into(), version: "4.18".into(), taxa: cwe }];
        for key in &report.frameworks {
            let Some(framework) = report.controls.framework.get(key) else { continue };
            let matters: BTreeSet<String> = report.rules.iter().flat_map(|rule| rule.matters.iter().cloned()).collect();
            let ids = report.controls.direct(&matters.into_iter().collect::<Vec<_>>(), key);
            let named = ids.into_iter().map(|id| {
                let name = report.controls.name_of(key, &id).unwrap_or(&id).to_owned();
                (id, name)
            });
            list.push(Taxonomy {
                key: key.clone(),
                name: framework.title.clone(),
                version: framework.edition.clone(),
                taxa: named.collect(),
            });
        }
        list.retain(|taxonomy| !taxonomy.taxa.is_empty());
        let mut relevance = BTreeMap::new();
        for rule in &report.rules {
            relevance.entry(about(rule)).or_insert_with(|| Relevance {
                relationships: relationships(&list, report, rule),
                page: relevant(report, rule),
            });
        }
        Self { list, relevance }
    }

    pub(super) fn references(&self) -> Vec<ComponentReference> {
        let reference =
            |(index, taxonomy): (usize, &Taxonomy)| ComponentReference { name: taxonomy.name.clone(), index };
        self.list.iter().enumerate().map(reference).collect()
    }

    pub(super) fn components(&self) -> Vec<Component<'_>> {
        self.list.iter().map(Taxonomy::component).collect()
    }
}

impl Taxonomy {
    fn component(&self) -> Component<'_> {
        Component {
            name: self.name.clone(),
            version: Some(self.version.clone()),
            short_description: Some(Message::text(format!("{}, {}.", self.name, self.version))),
            taxa: self
                .taxa
                .iter()
                .map(|(id, name)| Descriptor {
                    id: Cow::Borrowed(id),
                    short_description: Some(Message::text(name.clone())),
                    ..Descriptor::default()
                })
                .collect(),
            ..Component::default()
        }
    }
}

fn about(rule: &Rule) -> About {
    (rule.matters.clone(), rule.cwe.clone())
}

fn relationships(taxonomies: &[Taxonomy], report: &Report, rule: &Rule) -> Vec<Relationship> {
    let mut relationships = Vec::new();
    for (index, taxonomy) in taxonomies.iter().enumerate() {
        let ids: Vec<String> = if taxonomy.key == "CWE" {
            rule.cwe.iter().map(u16::to_string).collect()
        } else {
            report.controls.direct(&rule.matters, &taxonomy.key)
        };
        for id in ids {
            let Some(position) = taxonomy.taxa.keys().position(|known| *known == id) else { continue };
            let tool_component = ComponentReference { name: taxonomy.name.clone(), index };
            relationships.push(Relationship {
                target: DescriptorReference { id, index: position, tool_component },
                kinds: vec!["relevant"],
            });
        }
    }
    relationships
}

fn descriptor<'r>(taxonomies: &'r Taxonomies, rule: &'r Rule) -> Descriptor<'r> {
    let relevance = taxonomies.relevance.get(&about(rule));
    let full = if rule.description.is_empty() { &rule.help } else { &rule.description };
    Descriptor {
        id: Cow::Borrowed(&rule.id),
        name: Some(rule.name()),
        short_description: Some(Message::text(stopped(&rule.title))),
        full_description: Some(Message::text(stopped(&full.chars().take(1000).collect::<String>()))),
        help_uri: rule.references.first().map(String::as_str),
        help: Some(Message {
            text: stopped(&rule.help),
            markdown: Some(markdown(rule, relevance.map_or("", |relevance| &relevance.page))),
        }),
        default_configuration: Some(Configuration { level: rule.severity.level().word() }),
        relationships: relevance.map_or(&[], |relevance| &relevance.relationships),
        properties: properties(rule),
    }
}

fn properties(rule: &Rule) -> BTreeMap<&'static str, serde_json::Value> {
    let problem = match rule.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "recommendation",
    };
    BTreeMap::from([
        ("tags", tags(rule).into()),
        ("precision", rule.precision.word().into()),
        ("problem.severity", problem.into()),
        ("security-severity", rule.severity.score().into()),
    ])
}

fn tags(rule: &Rule) -> Vec<String> {
    let mut tags = vec!["security".to_owned(), rule.family().to_owned()];
    tags.extend(rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")));
    tags.extend(rule.matters.iter().cloned());
    let mut seen = BTreeSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
    tags.truncate(MOST_TAGS);
    tags
}

/// The page of a rule: why, what to do, what it is evidence for.
fn markdown(rule: &Rule, relevant: &str) -> String {
    let mut page = format!("## {}\n\n", rule.title);
    if !rule.description.is_empty() {
        page.push_str(&format!("{}\n\n", rule.description));
    }
    page.push_str(&format!("**What to do.** {}\n{relevant}", rule.help));
    if !rule.references.is_empty() {
        let links: Vec<String> = rule.references.iter().map(|link| format!("- <{link}>")).collect();
        page.push_str(&format!("\n**Read more**\n{}\n", links.join("\n")));
    }
    page.push_str(&format!("\nTo accept a finding: `trueup: ignore[{}] reason` in a comment beside it.\n", rule.id));
    page
}

/// What a rule is evidence for, as a part of its page; empty when it is for nothing.
fn relevant(report: &Report, rule: &Rule) -> String {
    let mut lines = Vec::new();
    for key in &report.frameworks {
        let Some(framework) = report.controls.framework.get(key) else { continue };
        for id in report.controls.direct(&rule.matters, key) {
            let cited = framework.cite.replace("{id}", &id);
            let name = report.controls.name_of(key, &id).map(|name| format!(", {name}")).unwrap_or_default();
            lines.push(format!("- {} {cited}{name}", framework.title));
        }
    }
    if lines.is_empty() { String::new() } else { format!("\n**Evidence relevant to**\n{}\n", lines.join("\n")) }
}

fn stopped(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// What a kind of notification means.
pub(super) fn notification_descriptor(id: NotificationId) -> Descriptor<'static> {
    let (text, advice) = id.about();
    Descriptor {
        id: Cow::Borrowed(id.word()),
        short_description: Some(Message::text(text)),
        full_description: Some(Message::text(text)),
        help: Some(Message::text(advice)),
        ..Descriptor::default()
    }
}

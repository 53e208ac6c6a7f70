//! SARIF 2.1.0, complete for the readers that docs/sarif.md names.

mod model;
mod rules;

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use self::{
    model::{
        Artifact, ArtifactBase, Automation, Base, Change, CodeFlow, Component, FixEntry, FlowStep, Invocation, Log,
        Logical, Message, NotificationDescriptor, NotificationEntry, Physical, Provenance, RegionEntry, Replacement,
        Run, SarifLocation, SarifResult, SuppressionEntry, ThreadFlow, Tool,
    },
    rules::{Descriptors, Taxonomies},
};
use crate::{
    baseline::KEY,
    error::{Notification, NotificationId},
    finding::{BaselineState, Finding, Kind, Location, SuppressionKind, Validity},
    gate::Verdict,
    report::{Report, Repository},
    span::Region,
};

/// The one base of all relative addresses.
const ROOT: &str = "SRCROOT";

/// Writes a report. `all` adds results that are no failures (proved, unresolved, unfilled).
pub(super) fn write(report: &Report, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let taxonomies = Taxonomies::new(report);
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: vec![run(report, &taxonomies, all)],
    };
    super::write_compact_json(&log, out)
}

fn run<'r>(report: &'r Report, taxonomies: &'r Taxonomies, all: bool) -> Run<'r> {
    let index: BTreeMap<&str, usize> =
        report.rules.iter().enumerate().map(|(index, rule)| (rule.id.as_str(), index)).collect();
    let shown = report.findings.iter().filter(|finding| all || finding.kind == Kind::Fail);
    let results = shown.filter_map(|finding| Some(result(finding, *index.get(finding.rule.as_str())?))).collect();
    let notification_ids = notification_ids(&report.notifications);
    Run {
        tool: Tool {
            driver: Component {
                name: "trueup".into(),
                version: Some(env!("CARGO_PKG_VERSION").into()),
                semantic_version: Some(env!("CARGO_PKG_VERSION").into()),
                information_uri: Some(env!("CARGO_PKG_REPOSITORY").into()),
                rules: Some(Descriptors { report, taxonomies }),
                notifications: notification_ids.iter().map(|&id| rules::notification_descriptor(id)).collect(),
                supported_taxonomies: taxonomies.references(),
                ..Component::default()
            },
        },
        taxonomies: taxonomies.components(),
        // The category before the slash keeps uploads of other tools apart.
        automation_details: Automation { id: "trueup/" },
        invocations: vec![Invocation {
            execution_successful: report.verdict != Verdict::Incomplete,
            exit_code: report.verdict.exit_status(),
            tool_execution_notifications: report
                .notifications
                .iter()
                .map(|notification| notification_entry(notification, &notification_ids))
                .collect(),
        }],
        version_control_provenance: report.repository.as_ref().and_then(provenance).into_iter().collect(),
        original_uri_base_ids: BTreeMap::from([(
            ROOT,
            Base { description: Message::text("The top folder of the repository, or the scanned folder outside git.") },
        )]),
        column_kind: "unicodeCodePoints",
        results,
        properties: BTreeMap::from([("verdict", report.verdict.word().into())]),
    }
}

fn provenance(repository: &Repository) -> Option<Provenance> {
    Some(Provenance {
        repository_uri: web_address(repository.remote.as_deref()?)?,
        revision_id: repository.commit.clone(),
        branch: repository.branch.clone(),
        mapped_to: ArtifactBase { uri_base_id: ROOT },
    })
}

/// `git@host:owner/name.git` and `ssh://` addresses as the web addresses that SARIF wants.
fn web_address(remote: &str) -> Option<String> {
    if remote.starts_with("https://") || remote.starts_with("http://") {
        return Some(remote.to_owned());
    }
    let rest = remote.strip_prefix("ssh://").unwrap_or(remote);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let (host, path) = rest.split_once([':', '/'])?;
    let is_host = host.contains('.') && !host.contains(['/', ' ']);
    is_host.then(|| format!("https://{host}/{}", path.trim_start_matches('/')))
}

fn result(finding: &Finding, rule_index: usize) -> SarifResult {
    let mut prints = BTreeMap::from([(KEY, finding.fingerprint.own.clone())]);
    if let Some(hash) = &finding.fingerprint.line_hash {
        prints.insert("primaryLocationLineHash", hash.clone());
    }
    let mut properties = finding.properties.clone();
    properties.insert("severity".into(), finding.severity.word().into());
    if finding.location.is_elsewhere() {
        properties.insert("line".into(), finding.location.line().into());
    }
    if finding.validity != Validity::NotAsked {
        properties.insert("validity".into(), finding.validity.word().into());
    }
    if let Some(member) = &finding.location.member {
        properties.insert("member".into(), member.as_str().into());
    }
    if let Some(evidence) = &finding.evidence {
        properties.insert("evidence".into(), evidence.clone().into());
    }
    SarifResult {
        rule_id: finding.rule.clone(),
        rule_index,
        kind: finding.kind.word(),
        level: finding.level().word(),
        message: Message::text(message(finding)),
        locations: vec![location(&finding.location, None)],
        related_locations: finding
            .related
            .iter()
            .enumerate()
            .map(|(id, place)| location(place, Some(id + 1)))
            .collect(),
        code_flows: code_flows(&finding.flow),
        partial_fingerprints: prints,
        baseline_state: match finding.baseline {
            BaselineState::None => None,
            BaselineState::New => Some("new"),
            BaselineState::Unchanged => Some("unchanged"),
        },
        suppressions: finding
            .suppression
            .iter()
            .map(|suppression| SuppressionEntry {
                kind: match suppression.kind {
                    SuppressionKind::InSource => "inSource",
                    SuppressionKind::External => "external",
                },
                status: "accepted",
                justification: justification(suppression),
            })
            .collect(),
        fixes: finding
            .fix
            .iter()
            .map(|fix| FixEntry {
                description: Message::text(fix.description.clone()),
                artifact_changes: vec![Change {
                    artifact_location: artifact(&finding.location.path),
                    replacements: vec![Replacement {
                        deleted_region: region(fix.region),
                        inserted_content: Message::text(fix.text.clone()),
                    }],
                }],
            })
            .collect(),
        properties,
    }
}

fn justification(suppression: &crate::finding::Suppression) -> String {
    let owner = suppression.owner.as_deref().map(|owner| format!(" ({owner})")).unwrap_or_default();
    let until = suppression.until.as_deref().map(|until| format!(", until {until}")).unwrap_or_default();
    format!("{}{owner}{until}", suppression.reason)
}

/// The message ends in a full stop, and the evidence follows as a sentence of its own.
fn message(finding: &Finding) -> String {
    let mut text = finding.placed_message().trim_end().to_owned();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    if let Some(evidence) = &finding.evidence {
        text.push_str(" Evidence: ");
        text.push_str(evidence.trim_end_matches('.'));
        text.push('.');
    }
    text
}

fn code_flows(flow: &[Location]) -> Vec<CodeFlow> {
    if flow.is_empty() {
        return Vec::new();
    }
    let locations = flow.iter().map(|place| FlowStep { location: location(place, None) }).collect();
    vec![CodeFlow { thread_flows: vec![ThreadFlow { locations }] }]
}

fn location(location: &Location, id: Option<usize>) -> SarifLocation {
    SarifLocation {
        id,
        physical_location: Physical {
            artifact_location: artifact(&location.path),
            // Readers look up a region in the file of today, where lines of an old version mean nothing or are not
            // there, and of an archive they see bytes: what is in the history or in a member is about the file, and
            // properties say which commit or member, and which line.
            region: Some(region(location.region.filter(|_| !location.is_elsewhere()).unwrap_or(Region {
                start_line: 1,
                start_column: 1,
                end_line: 1,
                end_column: 1,
            }))),
        },
        logical_locations: location
            .member
            .iter()
            .map(|member| Logical { fully_qualified_name: member.clone(), kind: "resource" })
            .collect(),
        message: location.message.as_deref().map(Message::text),
    }
}

fn artifact(path: &str) -> Artifact {
    Artifact { uri: encoded(path), uri_base_id: ROOT }
}

fn region(region: Region) -> RegionEntry {
    RegionEntry {
        start_line: region.start_line,
        start_column: region.start_column,
        end_line: region.end_line,
        end_column: region.end_column,
    }
}

/// A path as a relative address: everything but unreserved characters and slashes percent-encoded (RFC 3986).
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn notification_ids(notifications: &[Notification]) -> Vec<NotificationId> {
    let mut ids: Vec<NotificationId> = notifications.iter().map(|notification| notification.id).collect();
    ids.sort_unstable_by_key(|id| id.word());
    ids.dedup();
    ids
}

fn notification_entry(notification: &Notification, ids: &[NotificationId]) -> NotificationEntry {
    let id = notification.id;
    let place = (!notification.path.is_empty()).then(|| SarifLocation {
        id: None,
        physical_location: Physical {
            artifact_location: artifact(&notification.path),
            region: notification.region.map(region),
        },
        logical_locations: Vec::new(),
        message: None,
    });
    NotificationEntry {
        descriptor: NotificationDescriptor {
            id: id.word(),
            index: ids.iter().position(|known| *known == id).unwrap_or(0),
        },
        level: if notification.id.is_incomplete() { "warning" } else { "note" },
        message: Message::text(sentence(&notification.message)),
        locations: place.into_iter().collect(),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded_and_remotes_become_addresses() {
        assert_eq!(encoded("a b/ü#.tf"), "a%20b/%C3%BC%23.tf");
        assert_eq!(web_address("git@github.com:o/n.git").as_deref(), Some("https://github.com/o/n.git"));
        assert_eq!(web_address("ssh://git@host.org/o/n").as_deref(), Some("https://host.org/o/n"));
        assert_eq!(web_address("/srv/git/n.git"), None);
    }
}

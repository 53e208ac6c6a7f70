//! Matters and controls: what a rule is about, and where each framework files the evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Framework key to ids.
pub type Ids = BTreeMap<String, Vec<String>>;

/// `rules/vocabulary/controls.toml`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Controls {
    /// Version of the file's form.
    pub schema: u32,
    /// Day on which the ids were checked, `YYYY-MM-DD`.
    pub checked: String,
    /// Frameworks by key.
    pub framework: BTreeMap<String, Framework>,
    /// Editions that differ from a base in a few ids.
    pub variant: BTreeMap<String, Variant>,
    /// Matters by key.
    pub matter: BTreeMap<String, Matter>,
    /// Ids that were confirmed on public pages or one copy only.
    pub second_hand: Ids,
    /// Our own short name of each id, by framework.
    pub names: BTreeMap<String, BTreeMap<String, String>>,
}

/// A law or standard.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Framework {
    /// Name.
    pub title: String,
    /// Edition the ids belong to.
    pub edition: String,
    /// How an id is cited; `{id}` is the id.
    pub cite: String,
    /// `law` or `standard`.
    pub kind: String,
}

/// A framework that is another one but for a few ids.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Variant {
    /// The other one.
    pub base: String,
    /// Name.
    pub title: String,
    /// Edition.
    pub edition: String,
    /// Ids that differ.
    pub replace: BTreeMap<String, String>,
    /// Ids it has besides, by matter.
    pub add: Ids,
}

/// What a rule can be about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Matter {
    /// Short name.
    pub title: String,
    /// Ids of requirements about this matter.
    pub direct: Ids,
    /// Ids of requirements that touch it among others.
    pub context: Ids,
}

/// Frameworks shown unless the configuration says otherwise.
pub const DEFAULT_FRAMEWORKS: &[&str] = &["gdpr", "ccpa", "ccpa-regs", "soc2", "iso-27001", "nist-800-53r5", "asvs-5"];

impl Controls {
    pub(super) fn extend(&mut self, other: Self) {
        *self = other;
    }

    /// True when there is such a matter.
    pub fn knows(&self, matter: &str) -> bool {
        self.matter.contains_key(matter)
    }

    /// All matters, sorted.
    pub fn matters(&self) -> Vec<String> {
        self.matter.keys().cloned().collect()
    }

    /// Ids that requirements of `framework` about any of the matters have; sorted, without repetition.
    pub fn direct(&self, matters: &[String], framework: &str) -> Vec<String> {
        let ids = matters.iter().filter_map(|matter| self.matter.get(matter)?.direct.get(framework)).flatten();
        let mut ids: Vec<String> = ids.cloned().collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// Our own name of an id.
    pub fn name_of(&self, framework: &str, id: &str) -> Option<&str> {
        self.names.get(framework)?.get(id).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn controls() -> Controls {
        toml::from_str(include_str!("../../../rules/vocabulary/controls.toml")).unwrap()
    }

    #[test]
    fn every_id_has_a_name_and_every_framework_exists() {
        let controls = controls();
        for (matter, entry) in &controls.matter {
            for (framework, ids) in entry.direct.iter().chain(&entry.context) {
                assert!(controls.framework.contains_key(framework), "{matter}: {framework}");
                for id in ids {
                    assert!(controls.name_of(framework, id).is_some(), "{matter}: {framework} {id} has no name");
                }
            }
        }
    }

    #[test]
    fn no_id_is_direct_and_context_of_one_matter_and_no_name_is_unused() {
        let controls = controls();
        let mut used = std::collections::BTreeSet::new();
        for (matter, entry) in &controls.matter {
            for (framework, ids) in &entry.direct {
                for id in ids {
                    let context = entry.context.get(framework).is_some_and(|ids| ids.contains(id));
                    assert!(!context, "{matter}: {framework} {id}");
                }
            }
            for (framework, ids) in entry.direct.iter().chain(&entry.context) {
                used.extend(ids.iter().map(|id| (framework.clone(), id.clone())));
            }
        }
        for (framework, names) in &controls.names {
            for id in names.keys() {
                assert!(used.contains(&(framework.clone(), id.clone())), "{framework} {id} is named and not used");
            }
        }
    }
}

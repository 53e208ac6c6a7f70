//! `trueup.toml`: what to scan, what fails, what is accepted.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, ErrorKind},
    finding::Severity,
    gate::{Gate, Threshold},
};

/// The names a configuration is looked for under, in order; `pyproject.toml` counts when it has `[tool.trueup]`.
pub const FILES: &[&str] = &["trueup.toml", ".trueup.toml", "pyproject.toml"];

/// `trueup.toml`. Every key has a default, so an empty file is a configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// What to read.
    pub scan: Scan,
    /// What fails.
    pub gate: GateTable,
    /// Which rules, and how severe.
    pub rules: Rules,
    /// Accepted findings.
    pub suppress: Vec<Suppress>,
    /// Whose control ids to show.
    pub controls: ControlsTable,
    /// The declared infrastructure document.
    pub posture: Posture,
    /// Advisory data.
    pub advisories: Advisories,
}

/// `[scan]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Scan {
    /// Paths to leave out, as in `.gitignore`.
    pub exclude: Vec<String>,
    /// Largest file to read, in bytes (10 MiB when unset).
    pub max_bytes: Option<u64>,
}

/// `[gate]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct GateTable {
    /// Lowest severity that fails (high when unset).
    pub fail_on: Option<Threshold>,
    /// Other thresholds by family: `families.posture = "medium"`.
    pub families: BTreeMap<String, Threshold>,
    /// Only findings that are not in the baseline fail.
    pub new_only: bool,
    /// What becomes of files that should have been understood and were not.
    pub incomplete: Incomplete,
    /// An earlier SARIF report: its findings are old.
    pub baseline: Option<String>,
}

/// What becomes of a scan that could not look at everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Incomplete {
    /// It is said in the report.
    #[default]
    Report,
    /// The verdict is incomplete (exit 2).
    Fail,
}

/// `[rules]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Rules {
    /// Folders or files of your own rules.
    pub paths: Vec<String>,
    /// Families or rule ids to run; all when empty.
    pub only: Vec<String>,
    /// Families or rule ids to leave out.
    pub off: Vec<String>,
    /// Other severities by rule id.
    pub severity: BTreeMap<String, Severity>,
}

/// `[[suppress]]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Suppress {
    /// Rule id, or family/* for a whole family.
    pub rule: String,
    /// Path as in `.gitignore`.
    pub path: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Last day on which it holds, `YYYY-MM-DD`.
    #[serde(default)]
    pub until: Option<String>,
}

/// `[controls]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ControlsTable {
    /// Framework keys; the default is gdpr, ccpa, ccpa-regs, soc2, iso-27001, nist-800-53r5, asvs-5.
    pub frameworks: Option<Vec<String>>,
}

/// `[posture]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Posture {
    /// The declared infrastructure document; found by its name or heading when unset.
    pub document: Option<String>,
}

/// `[advisories]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Advisories {
    /// Folder with RustSec and OSV data.
    pub dir: Option<String>,
    /// Without data the verdict is incomplete (exit 2).
    pub required: bool,
}

impl Config {
    /// Reads a configuration file. `pyproject.toml` without `[tool.trueup]` gives `None`.
    pub fn parse(path: &str, text: &str) -> Result<Option<Self>, Error> {
        let config: Option<Self> = if path.rsplit('/').next() == Some("pyproject.toml") {
            toml::from_str::<PyProject>(text).map_err(|error| defect(path, text, &error))?.tool.trueup
        } else {
            Some(toml::from_str(text).map_err(|error| defect(path, text, &error))?)
        };
        if let Some(config) = &config {
            config.check().map_err(|defects| Error {
                kind: ErrorKind::Configuration,
                path: Some(path.into()),
                defects,
            })?;
        }
        Ok(config)
    }

    /// What TOML alone cannot check.
    fn check(&self) -> Result<(), Vec<String>> {
        let mut defects = Vec::new();
        for (index, entry) in self.suppress.iter().enumerate() {
            let nth = index + 1;
            if entry.reason.trim().is_empty() {
                defects.push(format!("suppress {nth}: a reason is needed"));
            }
            if is_everything(&entry.path) && is_everything(&entry.rule) {
                defects.push(format!("suppress {nth}: accepts every finding; name a rule or a path"));
            } else if is_everything(&entry.path) && entry.rule.ends_with("/*") {
                let family = &entry.rule;
                defects.push(format!("suppress {nth}: accepts every finding of {family}; name a rule or a path"));
            }
            if let Some(until) = &entry.until
                && until.parse::<jiff::civil::Date>().is_err()
            {
                defects.push(format!("suppress {nth}: until = \"{until}\" is no date; write YYYY-MM-DD"));
            }
        }
        if self.scan.exclude.iter().any(|pattern| is_everything(pattern)) {
            defects.push("scan.exclude leaves nothing to read".into());
        }
        if defects.is_empty() { Ok(()) } else { Err(defects) }
    }

    /// The gate that the configuration describes.
    pub fn gate(&self) -> Gate {
        Gate {
            fail_on: self.gate.fail_on.unwrap_or(Threshold::High),
            families: self.gate.families.clone(),
            new_only: self.gate.new_only,
            incomplete_fails: self.gate.incomplete == Incomplete::Fail,
            advisories_required: self.advisories.required,
        }
    }

    /// JSON schema of `trueup.toml`, for editors.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

fn is_everything(pattern: &str) -> bool {
    matches!(pattern.trim(), "" | "*" | "**" | "/" | "**/*" | "/*" | "/**" | "." | "./")
}

fn defect(path: &str, text: &str, error: &toml::de::Error) -> Error {
    Error::new(ErrorKind::Configuration, crate::rule::placed(path, text, error))
}

#[derive(Deserialize)]
struct PyProject {
    #[serde(default)]
    tool: Tool,
}

#[derive(Default, Deserialize)]
struct Tool {
    trueup: Option<Config>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_placed() {
        let error = Config::parse("trueup.toml", "[gate]\nfail-on = \"hgih\"\n").unwrap_err();
        assert!(error.to_string().starts_with("trueup.toml:2:11: unknown variant"), "{error}");
        let error =
            Config::parse("trueup.toml", "[[suppress]]\nrule = \"*\"\npath = \"**\"\nreason = \"x\"\n").unwrap_err();
        assert!(error.to_string().contains("every finding"), "{error}");
        let family = "[[suppress]]\nrule = \"a/*\"\npath = \"**\"\nreason = \"x\"\n";
        let error = Config::parse("trueup.toml", family).unwrap_err();
        assert!(error.to_string().contains("every finding of a/*"), "{error}");
    }

    #[test]
    fn pyproject_counts_only_with_its_table() {
        assert_eq!(Config::parse("pyproject.toml", "[project]\nname = \"x\"\n").unwrap(), None);
        let config = Config::parse("pyproject.toml", "[tool.trueup.gate]\nfail-on = \"medium\"\n").unwrap().unwrap();
        assert_eq!(config.gate().fail_on, Threshold::Medium);
    }
}

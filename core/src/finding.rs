//! Findings: one reported occurrence each, with its place, its evidence and its identity over time.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{source::Place, span::Region};

/// What people in this field sort by. Ordered: `Info < Low < Medium < High < Critical`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; never a reason to stop.
    Info,
    /// Weakness with little effect on its own.
    Low,
    /// Should be mended in the normal course of work.
    Medium,
    /// Should not ship.
    High,
    /// Should be mended now.
    Critical,
}

impl Severity {
    /// All severities, worst first: the order in which people read them.
    pub const WORST_FIRST: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word used everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Reads the word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::WORST_FIRST.into_iter().find(|severity| severity.word() == word)
    }

    /// The SARIF level that follows from it.
    pub fn level(self) -> Level {
        match self {
            Self::Critical | Self::High => Level::Error,
            Self::Medium => Level::Warning,
            Self::Low | Self::Info => Level::Note,
        }
    }

    /// GitHub's `security-severity`: a number whose band is this severity. Bands: 9.0 critical, 7.0 high, 4.0 medium,
    /// 0.1 low (GitHub's documentation of SARIF support).
    pub fn score(self) -> &'static str {
        match self {
            Self::Critical => "9.5",
            Self::High => "8.0",
            Self::Medium => "5.5",
            Self::Low => "3.0",
            Self::Info => "1.0",
        }
    }
}

/// SARIF level of a failing result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Not a failure.
    None,
    /// Low and info.
    Note,
    /// Medium.
    Warning,
    /// High and critical.
    Error,
}

impl Level {
    /// The SARIF word.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How often a finding of a rule is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Less than half.
    Low,
    /// More often than not.
    Medium,
    /// Nine of ten.
    High,
    /// Practically always.
    VeryHigh,
}

impl Precision {
    /// The SARIF (GitHub) word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::VeryHigh => "very-high",
        }
    }
}

/// SARIF `kind`: what a result says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Something is not what it should be.
    #[default]
    Fail,
    /// Looked at and proved.
    Pass,
    /// No evidence either way.
    Review,
    /// Evidence exists, its value cannot be known here.
    Open,
    /// The item was left unfilled.
    NotApplicable,
    /// A person states it.
    Informational,
}

impl Kind {
    /// The SARIF word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Pass => "pass",
            Self::Review => "review",
            Self::Open => "open",
            Self::NotApplicable => "notApplicable",
            Self::Informational => "informational",
        }
    }
}

/// A few lines of a source with every secret in them masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// 1-based number of the first line.
    pub first_line: u32,
    /// 1-based column (code points) of the first character; more than 1 where a long line is cut.
    pub first_column: u32,
    /// The lines, without the last line end; control characters replaced.
    pub text: String,
}

/// A source and a place in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Path relative to the root, forward slashes.
    pub path: String,
    /// The member of the archive (or document) that lies at the path; region and snippet are about its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Which version of the source.
    pub place: Place,
    /// Where; absent when it is about the whole file.
    pub region: Option<Region>,
    /// What stands there.
    pub snippet: Option<Snippet>,
    /// What this place has to do with the finding.
    pub message: Option<String>,
}

impl Location {
    /// True when its lines say nothing about the file of today: it is in a version that only git's history holds, or
    /// in a member of an archive.
    pub fn is_elsewhere(&self) -> bool {
        matches!(self.place, Place::Commit(_)) || self.member.is_some()
    }

    /// The path as people read it: `outer.zip!/inner/file.env` for a member.
    pub fn shown_path(&self) -> Cow<'_, str> {
        match &self.member {
            Some(member) => format!("{}!/{member}", self.path).into(),
            None => Cow::Borrowed(&self.path),
        }
    }

    /// First line, 0 for a whole file: for sorting and short forms.
    pub fn line(&self) -> u32 {
        self.region.map_or(0, |region| region.start_line)
    }
}

/// A change that would mend a finding: replace a region of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What the change does.
    pub description: String,
    /// What to replace.
    pub region: Region,
    /// With what.
    pub text: String,
}

/// Identity of a finding over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Ours: rule, path, matched text and ordinal among equals. Survives moved lines.
    pub own: String,
    /// GitHub's hash of the first line, exactly as its upload action computes it; absent without a line.
    pub line_hash: Option<String>,
}

/// How a finding stands to the baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BaselineState {
    /// There is no baseline.
    #[default]
    None,
    /// Not in the baseline.
    New,
    /// In the baseline.
    Unchanged,
}

/// What the provider said about a secret, when it was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// Nobody was asked.
    #[default]
    NotAsked,
    /// The provider accepts it.
    Active,
    /// The provider knows it no longer, or never did.
    Inactive,
    /// The answer tells neither, or there was none.
    Unknown,
}

impl Validity {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotAsked => "not-asked",
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Unknown => "unknown",
        }
    }
}

/// Where a suppression stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SuppressionKind {
    /// A comment beside the code.
    InSource,
    /// Configuration.
    External,
}

/// An accepted finding, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Where it stands.
    pub kind: SuppressionKind,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it, when said.
    pub owner: Option<String>,
    /// Until when, as `YYYY-MM-DD`.
    pub until: Option<String>,
}

/// One reported occurrence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Id of the rule.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// What the result says; everything but [`Kind::Fail`] is shown only on request.
    pub kind: Kind,
    /// What is wrong, naming the thing. No secret in it.
    pub message: String,
    /// How we know, when there is more than the match itself (`checksum is valid`).
    pub evidence: Option<String>,
    /// Where.
    pub location: Location,
    /// Other places that belong to it.
    pub related: Vec<Location>,
    /// The way of a value, first to last.
    pub flow: Vec<Location>,
    /// A change that would mend it.
    pub fix: Option<Fix>,
    /// Identity over time.
    pub fingerprint: Fingerprint,
    /// How it stands to the baseline.
    pub baseline: BaselineState,
    /// Accepted, and why.
    pub suppression: Option<Suppression>,
    /// Whether the secret still works.
    pub validity: Validity,
    /// More facts for machines (`purl`, `claim`, `verdict`).
    pub properties: BTreeMap<String, serde_json::Value>,
}

impl Finding {
    /// First half of the rule id.
    pub fn family(&self) -> &str {
        self.rule.split('/').next().unwrap_or_default()
    }

    /// The message for readers that show the path alone: it names the member of an archive.
    pub fn placed_message(&self) -> Cow<'_, str> {
        match &self.location.member {
            Some(member) => {
                let message = self.message.trim_end().trim_end_matches('.');
                format!("{message} (in {member}, line {})", self.location.line()).into()
            }
            None => Cow::Borrowed(&self.message),
        }
    }

    /// True when it can decide the gate: a failure that nobody accepted.
    pub fn is_open(&self) -> bool {
        self.kind == Kind::Fail && self.suppression.is_none()
    }

    /// SARIF level.
    pub fn level(&self) -> Level {
        if self.kind == Kind::Fail { self.severity.level() } else { Level::None }
    }
}

/// Our identity of a finding: the parts joined and hashed, 32 hexadecimal digits. Parts must hold no secret.
pub fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex(hash.finalize().as_slice(), 16)
}

/// A tag of a secret for fingerprints: 16 bits of its hash tell a rotated value from the old one and are too few to
/// confirm a guess.
pub fn secret_tag(secret: &str) -> String {
    hex(Sha256::digest(secret.as_bytes()).as_slice(), 2)
}

fn hex(bytes: &[u8], count: usize) -> String {
    bytes.iter().take(count).map(|byte| format!("{byte:02x}")).collect()
}

/// GitHub's line hashes of a text, for the lines asked for (1-based, sorted, unique).
///
/// The algorithm is that of github/codeql-action, src/fingerprints.ts: UTF-16 units without blanks and tabs, each line
/// end one LF, 0xFFFF at the end; a line's hash is the base-37 polynomial of the 100 units from its start, modulo
/// 2^64; `:n` numbers equal hashes in file order.
pub fn line_hashes(text: &str, wanted: &[u32]) -> BTreeMap<u32, String> {
    const BLOCK: usize = 100;
    const MODULUS: u64 = 37;
    let (units, starts) = hash_units(text);
    let mut seen: std::collections::HashMap<u64, u32> = std::collections::HashMap::new();
    let mut out = BTreeMap::new();
    let last = wanted.last().copied().unwrap_or(0);
    for (index, &start) in starts.iter().enumerate().take(last as usize) {
        let block = units.get(start..).unwrap_or_default();
        let hash = (0..BLOCK).fold(0u64, |hash, at| {
            hash.wrapping_mul(MODULUS).wrapping_add(block.get(at).copied().map_or(0, u64::from))
        });
        let count = seen.entry(hash).or_insert(0);
        *count += 1;
        let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if wanted.binary_search(&line).is_ok() {
            out.insert(line, format!("{hash:x}:{count}"));
        }
    }
    out
}

/// The units that GitHub's hash reads, and where each line starts among them.
fn hash_units(text: &str) -> (Vec<u16>, Vec<usize>) {
    let (mut units, mut starts) = (Vec::with_capacity(text.len() + 1), vec![0]);
    let (mut after_cr, mut fresh) = (false, false);
    for unit in text.encode_utf16() {
        let dropped = unit == 0x20 || unit == 0x09 || (unit == 0x0A && after_cr);
        if dropped {
            after_cr = false;
            continue;
        }
        if fresh {
            starts.push(units.len());
        }
        after_cr = unit == 0x0D;
        let kept = if after_cr { 0x0A } else { unit };
        units.push(kept);
        fresh = kept == 0x0A;
    }
    if fresh {
        starts.push(units.len());
    }
    units.push(0xFFFF);
    (units, starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_last_line_has_githubs_known_hash() {
        assert_eq!(line_hashes("", &[1]).get(&1).map(String::as_str), Some("c129715d7a2bc9a3:1"));
        assert_eq!(line_hashes("a\n", &[2]).get(&2).map(String::as_str), Some("c129715d7a2bc9a3:1"));
    }

    #[test]
    fn blanks_do_not_count_and_equal_lines_are_numbered() {
        let spaced = line_hashes("  a b\n", &[1]);
        let dense = line_hashes("ab\n", &[1]);
        assert_eq!(spaced, dense);
        let long = format!("{}\n", "x".repeat(120)).repeat(2);
        let hashes = line_hashes(&long, &[1, 2]);
        let (one, two) = (hashes[&1].split_once(':').unwrap(), hashes[&2].split_once(':').unwrap());
        assert_eq!((one.0, one.1, two.1), (two.0, "1", "2"));
    }
}

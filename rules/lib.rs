//! The rules of trueup, embedded: one TOML file each, checked when this crate is built.

use trueup_core::rule::RuleSet;

/// The rules without their cases: what a scan needs. Cheap: checked at build time, read back from a compact form.
///
/// # Errors
/// Never for a crate that was built whole; the text says what the compact form lacks.
pub fn builtin() -> Result<RuleSet, String> {
    RuleSet::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin")))
}

/// The rules with their cases: what `rules test` and `explain` need.
///
/// # Errors
/// As [`builtin`].
pub fn with_cases() -> Result<RuleSet, String> {
    RuleSet::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/rules-with-cases.bin")))
}

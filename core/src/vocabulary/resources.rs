//! resources

use serde::{Deserialize, Serialize};

/// Filled from rules/vocabulary/resources*.toml.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {}

impl Resources {
    /// Adds what another file of the same section holds.
    pub(super) fn extend(&mut self, _other: Self) {}
}

//! services

use serde::{Deserialize, Serialize};

/// Filled from rules/vocabulary/services*.toml.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Services {}

impl Services {
    /// Adds what another file of the same section holds.
    pub(super) fn extend(&mut self, _other: Self) {}
}

//! program

use super::{Context, Extraction};

/// Reads facts from one source.
pub(super) fn extract(_cx: &Context<'_>, _out: &mut Extraction) {}

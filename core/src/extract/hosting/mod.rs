//! Files of platforms and of technical equipment, and settings that name hosts.

mod endpoint;
mod platform;

use super::{Context, Extraction};
use crate::{
    classify::{Format, Role, role_of},
    fact::{Environment, FactKind},
};

/// Reads facts from one source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    if cx.wanted.any(&[FactKind::Service, FactKind::Step, FactKind::Store]) {
        platform::extract(cx, out);
    }
    if cx.kind.format == Format::Dotenv && cx.wanted.any(&[FactKind::Service, FactKind::Endpoint]) {
        endpoint::extract(cx, out);
    }
}

/// The environment that a path speaks for: the file's name first, then its folders from the innermost.
pub(super) fn environment_of(path: &str) -> Environment {
    if matches!(role_of(path), Role::Test | Role::Vendored) {
        return Environment::Test;
    }
    path.rsplit('/').find_map(Environment::of_word).unwrap_or_default()
}

#[cfg(test)]
mod tests;

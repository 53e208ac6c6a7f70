//! Pipelines of continuous integration: what runs, when, on which branch, and whether its failure stops anything.

mod command;
mod github;
mod model;

use super::{Context, Extraction};
use crate::{classify::Format, fact::FactKind};

/// Reads facts from one source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    if !cx.wanted.has(FactKind::Step) || cx.kind.format != Format::Yaml {
        return;
    }
    let path = cx.source.path.as_ref();
    let Some(root) = cx.document.roots.first() else { return };
    if github::is_workflow(path) {
        github::workflow(root, path).emit(cx, out);
    } else if github::is_action(path) {
        if let Some(action) = github::action(root) {
            action.emit(cx, out);
        }
    }
}

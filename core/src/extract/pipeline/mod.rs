//! Pipelines of continuous integration: what runs, when, on which branch, and whether its failure stops anything.

mod azure;
mod bitbucket;
mod circleci;
mod command;
mod github;
mod gitlab;
mod jenkins;
mod model;

use self::model::Pipeline;
pub(super) use self::model::{StepText, step_of_command};
use super::{Context, Extraction};
use crate::{classify::Format, fact::FactKind};

/// Reads facts from one source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    if !cx.wanted.has(FactKind::Step) {
        return;
    }
    for pipeline in pipelines(cx) {
        pipeline.emit(cx, out);
    }
}

/// True for a pipeline without a data tree of its own.
pub(super) fn is_read_by_name(path: &str) -> bool {
    jenkins::is_pipeline(path)
}

/// True for a file whose name and place make it a pipeline, or part of one.
pub(super) fn is_pipeline(path: &str) -> bool {
    let kinds: [fn(&str) -> bool; 7] = [
        jenkins::is_pipeline,
        github::is_workflow,
        github::is_action,
        gitlab::is_pipeline,
        circleci::is_config,
        azure::is_pipeline,
        bitbucket::is_pipeline,
    ];
    kinds.iter().any(|is_kind| is_kind(path))
}

fn pipelines(cx: &Context<'_>) -> Vec<Pipeline> {
    let path = cx.source.path.as_ref();
    if jenkins::is_pipeline(path) {
        return vec![jenkins::pipeline(&cx.source.text)];
    }
    let Some(root) = cx.document.roots.first().filter(|_| cx.kind.format == Format::Yaml) else { return Vec::new() };
    if github::is_workflow(path) {
        vec![github::workflow(root, path)]
    } else if github::is_action(path) {
        github::action(root).into_iter().collect()
    } else if gitlab::is_pipeline(path) {
        vec![gitlab::pipeline(root)]
    } else if circleci::is_config(path) {
        circleci::pipelines(root)
    } else if azure::is_pipeline(path) {
        vec![azure::pipeline(root)]
    } else if bitbucket::is_pipeline(path) {
        bitbucket::pipelines(root)
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests;

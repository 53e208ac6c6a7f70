//! Terraform and OpenTofu: modules are evaluated as far as the repository alone tells, and each object becomes facts.
//!
//! One source yields a [`TerraformFile`]; when all are read, [`link`] groups them into modules (one folder each), finds
//! the roots (folders that no other calls), and evaluates each root for each environment that its values files name.

mod blocks;
mod eval;
mod expand;
mod functions;
mod instance;
mod limits;
mod module;
mod policy;
mod project;
mod reference;
mod template;
mod types;

use std::sync::Arc;

use super::{Context, Extraction, Fragment};
use crate::{
    classify::Format,
    error::Notification,
    fact::{Fact, FactKind},
    source::SourceId,
    syntax::Node,
    vocabulary::Vocabulary,
};

/// The tree of one Terraform source, kept until the whole module can be read.
#[derive(Clone, Debug)]
pub struct TerraformFile {
    /// The source.
    pub source: SourceId,
    /// Its path.
    pub path: Arc<str>,
    /// Its tree, as `syntax` gives it.
    pub root: Node,
    /// Written in JSON, where expressions stand inside strings.
    pub json: bool,
}

impl TerraformFile {
    /// The folder: what Terraform calls a module.
    fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The name without the folder.
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Values for variables rather than code.
    fn is_values(&self) -> bool {
        let name = self.name();
        name.ends_with(".tfvars") || name.ends_with(".tfvars.json")
    }
}

/// Keeps the tree of a Terraform source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    let name = cx.source.path.rsplit('/').next().unwrap_or_default();
    let json = name.ends_with(".tf.json") || name.ends_with(".tofu.json") || name.ends_with(".tfvars.json");
    let hcl =
        cx.kind.format == Format::Hcl && [".tf", ".tofu", ".tfvars"].iter().any(|extension| name.ends_with(extension));
    let asked = cx.wanted.any(&[FactKind::Resource, FactKind::Store, FactKind::Listener, FactKind::Endpoint]);
    let Some(root) = cx.document.roots.first() else { return };
    if asked && (json || hcl) {
        out.fragments.push(Fragment::Terraform(TerraformFile {
            source: cx.source.id,
            path: cx.source.path.clone(),
            root: root.clone(),
            json,
        }));
    }
}

/// Evaluates all modules.
pub(super) fn link(files: &[TerraformFile], vocabulary: &Vocabulary) -> (Vec<Fact>, Vec<Notification>) {
    project::evaluate(files, vocabulary)
}

#[cfg(test)]
mod tests;

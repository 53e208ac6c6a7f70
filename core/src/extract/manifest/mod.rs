//! Manifests: which services and equipment a project depends on, and how much of its code tests must cover.

mod coverage;
mod packages;

use std::collections::BTreeSet;

use self::packages::Dependency;
use super::{Context, Extraction, hosting::environment_of};
use crate::{
    fact::{Fact, FactKind, Strength},
    span::Span,
    syntax::{Node, Value},
};

/// Reads facts from one source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    if cx.wanted.has(FactKind::Service) {
        let mut seen = BTreeSet::new();
        let mut dependencies = packages::read(cx);
        if dependencies.len() > packages::MAX {
            dependencies.truncate(packages::MAX);
            out.cut(cx, "more dependencies than are kept of one manifest; the rest was not looked at");
        }
        for dependency in dependencies {
            let Some(service) = cx.vocabulary.services.of_package(dependency.ecosystem, &dependency.name) else {
                continue;
            };
            if seen.insert((service.slug.clone(), dependency.name.clone())) {
                out.facts.push(fact(cx, &dependency, &service.slug, &service.kinds, service.personal_data));
            }
        }
    }
    if cx.wanted.has(FactKind::Step) {
        coverage::extract(cx, out);
    }
}

/// True for a file without a data tree of its own that is read here for its name.
pub(super) fn is_read_by_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    packages::is_text_manifest(name) || coverage::is_text_settings(name)
}

/// True for a file with a YAML tree that is read here.
pub(super) fn is_yaml(path: &str) -> bool {
    coverage::is_yaml_settings(path.rsplit('/').next().unwrap_or(path))
}

fn fact(cx: &Context<'_>, dependency: &Dependency, slug: &str, kinds: &[String], personal_data: bool) -> Fact {
    let span = dependency.span;
    Fact::new(FactKind::Service, slug, cx.source.id, span)
        .with_text("kind", span, kinds.first().cloned().unwrap_or_default())
        .with("kinds", words(kinds, span))
        .with_text("evidence", span, "package")
        .with_text("package", span, dependency.name.clone())
        .with_text("ecosystem", span, dependency.ecosystem)
        .with_text("scope", span, if dependency.is_development { "development" } else { "production" })
        .with("personal-data", Node::new(span, Value::Bool(personal_data)))
        // A dependency may lie about unused.
        .of_strength(Strength::Mention)
        .in_environment(environment_of(&cx.source.path))
}

/// A list of words that stand at one place.
pub(super) fn words(words: &[String], span: Span) -> Node {
    Node::new(span, Value::List(words.iter().map(|word| Node::string(span, word.clone())).collect()))
}

#[cfg(test)]
mod tests;

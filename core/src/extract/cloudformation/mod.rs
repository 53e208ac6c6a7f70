//! CloudFormation and SAM: one template is one source; its intrinsic functions are evaluated where the template alone
//! tells their value.

mod intrinsic;
mod template;

use self::template::Template;
use super::{
    Context, Extraction,
    resource::{self, Object},
};
use crate::{
    classify::Format,
    fact::{FactKind, Strength},
    syntax::{Node, Value},
    vocabulary::Dialect,
};

/// What every template says.
pub(super) const MARKS: &[&str] = &["Resources", "Type"];

/// Reads the resources of a template.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    let asked = cx.wanted.any(&[FactKind::Resource, FactKind::Store, FactKind::Listener, FactKind::Endpoint]);
    if !asked || !matches!(cx.kind.format, Format::Yaml | Format::Json) {
        return;
    }
    for root in &cx.document.roots {
        if is_template(root) {
            if root.get("Resources").is_some_and(|resources| resources.entries().len() > RESOURCES) {
                out.cut(cx, "more resources than are kept of one template; the rest was not looked at");
            }
            let objects = objects(cx, root);
            out.facts.extend(resource::facts(objects, cx.vocabulary));
        }
    }
}

/// A template says so, or has resources whose types are written as `A::B::C`.
fn is_template(root: &Node) -> bool {
    let typed = |(_, resource): &(Node, Node)| {
        resource.get("Type").and_then(Node::as_str).is_some_and(|kind| kind.matches("::").count() >= 1)
    };
    root.get("Resources").is_some_and(|resources| resources.entries().iter().any(typed))
}

/// Most resources of one template.
const RESOURCES: usize = 5_000;

fn objects(cx: &Context<'_>, root: &Node) -> Vec<Object> {
    let template = Template::new(cx.source.id, root);
    let environment = resource::environment_of(&cx.source.path);
    let mut objects = Vec::new();
    for (key, body) in root.get("Resources").map(Node::entries).unwrap_or_default().iter().take(RESOURCES) {
        let (Some(name), Some(kind)) = (key.as_str(), body.get("Type").and_then(Node::as_str)) else { continue };
        let absent = body
            .get("Condition")
            .and_then(Node::as_str)
            .is_some_and(|name| matches!(template.condition(name), Some(Node { value: Value::Bool(false), .. })));
        if absent {
            continue;
        }
        objects.push(Object {
            dialect: Dialect::Cloudformation,
            kind: kind.to_owned(),
            name: name.to_owned(),
            attributes: attributes(&template, kind, body),
            instances: Node::new(key.span, Value::Number(1.0)),
            region: None,
            source: cx.source.id,
            span: key.span,
            environment,
            strength: Strength::Explicit,
        });
    }
    objects
}

/// The properties, with what SAM sets for all of a kind, and the policies that stand beside them.
fn attributes(template: &Template<'_>, kind: &str, body: &Node) -> Node {
    let mut attributes = match body.get("Properties") {
        Some(properties) => template.value(properties),
        None => Node::map(body.span),
    };
    if let Some(globals) = template.globals(kind) {
        merge(&mut attributes, &template.value(globals));
    }
    for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
        if let Some(value) = body.get(policy) {
            attributes.set(policy, template.value(value));
        }
    }
    attributes
}

/// Adds what is not set; maps are joined, lists are appended, as SAM does.
fn merge(own: &mut Node, shared: &Node) {
    for (key, value) in shared.entries() {
        let Some(name) = key.as_str() else { continue };
        let Value::Map(entries) = &mut own.value else { return };
        match entries.iter_mut().find(|(known, _)| known.as_str() == Some(name)) {
            None => entries.push((key.clone(), value.clone())),
            Some((_, known)) => match (&mut known.value, &value.value) {
                (Value::Map(_), Value::Map(_)) => merge(known, value),
                (Value::List(items), Value::List(more)) => items.extend(more.iter().cloned()),
                _ => {}
            },
        }
    }
}

#[cfg(test)]
mod tests;

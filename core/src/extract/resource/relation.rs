//! Objects that complete one another: each gets the other's attributes under the other's type.

use std::collections::BTreeMap;

use super::{
    Object,
    address::{Addresses, names_object},
    index::Index,
    mapping,
};
use crate::{
    syntax::{Node, Value},
    vocabulary::Relation,
};

/// Most objects that are attached to one object.
const PARTNERS: usize = 64;

/// What will be attached to one object: type and attributes of its partners.
type Attachments = BTreeMap<usize, Vec<(String, Node)>>;

/// Joins objects by the relations of the vocabulary.
pub(super) fn join(objects: &mut [Object], index: &Index<'_>) {
    let addresses = Addresses::new(objects);
    let mut completed: Attachments = BTreeMap::new();
    let mut undecided: Vec<(&Relation, String, Node)> = Vec::new();
    let mut elsewhere: Vec<(usize, &Relation, Node)> = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        for relation in index.relations(object.dialect, &object.kind) {
            for named in mapping::nodes(&object.attributes, &relation.by) {
                match partners(objects, &addresses, object, relation, named) {
                    Partners::Found(found) if found.is_empty() => elsewhere.push((at, relation, named.clone())),
                    Partners::Found(found) => {
                        for partner in found {
                            attach(&mut completed, objects, at, partner);
                        }
                    }
                    Partners::Undecided => {
                        undecided.push((relation, object.kind.clone(), named.clone()));
                        elsewhere.push((at, relation, named.clone()));
                    }
                }
            }
        }
    }
    for (at, partners) in completed {
        if let Some(object) = objects.get_mut(at) {
            add(&mut object.attributes, partners);
        }
    }
    for (relation, kind, named) in undecided {
        leave_open(objects, relation, &kind, &named);
    }
    for (at, relation, named) in elsewhere {
        if let Some(object) = objects.get_mut(at) {
            complete_elsewhere(object, relation, &named);
        }
    }
}

enum Partners {
    Found(Vec<usize>),
    /// The name depends on what only a run tells: it may be any of them.
    Undecided,
}

fn partners(objects: &[Object], addresses: &Addresses, object: &Object, relation: &Relation, named: &Node) -> Partners {
    let fits = |at: &usize| {
        objects.get(*at).is_some_and(|other| other.dialect == object.dialect && relation.of.contains(&other.kind))
    };
    match &named.value {
        Value::Unknown(text) => {
            let found: Vec<usize> = addresses.targets(text).into_iter().filter(fits).collect();
            if found.is_empty() && !names_object(text) { Partners::Undecided } else { Partners::Found(found) }
        }
        Value::String(name) if !name.is_empty() => {
            let is_named = |other: &Object| {
                other.name == *name
                    || relation
                        .on
                        .iter()
                        .any(|path| mapping::node(&other.attributes, path).and_then(Node::as_str) == Some(name))
            };
            let all = objects.iter().enumerate().filter(|(at, other)| fits(at) && is_named(other));
            Partners::Found(all.map(|(at, _)| at).collect())
        }
        _ => Partners::Found(Vec::new()),
    }
}

fn attach(completed: &mut Attachments, objects: &[Object], one: usize, other: usize) {
    for (to, from) in [(one, other), (other, one)] {
        let Some(partner) = objects.get(from) else { continue };
        let list = completed.entry(to).or_default();
        if list.len() < PARTNERS {
            list.push((partner.kind.clone(), partner.attributes.clone()));
        }
    }
}

fn add(attributes: &mut Node, partners: Vec<(String, Node)>) {
    let mut by_kind: BTreeMap<String, Vec<Node>> = BTreeMap::new();
    for (kind, node) in partners {
        by_kind.entry(kind).or_default().push(node);
    }
    for (kind, nodes) in by_kind {
        let span = nodes.first().map_or(attributes.span, |node| node.span);
        attributes.set(&kind, Node::new(span, Value::List(nodes)));
    }
}

/// A partner that is named and not among the sources (made elsewhere, by a module or by hand) completes the object in
/// ways we cannot see.
fn complete_elsewhere(object: &mut Object, relation: &Relation, named: &Node) {
    let text = match &named.value {
        Value::Unknown(text) | Value::String(text) if !text.is_empty() => text.clone(),
        _ => return,
    };
    for kind in &relation.of {
        if object.attributes.get(kind).is_none() {
            object.attributes.set(kind, Node::new(named.span, Value::Unknown(text.clone())));
        }
    }
}

/// An object whose partner is not known may complete any that has none yet.
fn leave_open(objects: &mut [Object], relation: &Relation, kind: &str, named: &Node) {
    for object in objects.iter_mut().filter(|object| relation.of.contains(&object.kind)) {
        if object.attributes.get(kind).is_none() {
            object.attributes.set(kind, Node::new(object.span, named.value.clone()));
        }
    }
}

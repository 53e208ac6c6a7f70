//! What a provider does when an attribute is absent.

use super::{constant, mapping};
use crate::{
    span::Span,
    syntax::{Node, Origin, Value},
    vocabulary::{Defaults, Scalar},
};

/// Adds the defaults of attributes that are absent or null. A key that ends in `?` stands for a block that must be
/// there; a default inside it is not added otherwise.
pub(super) fn fill(attributes: &mut Node, place: Span, defaults: &Defaults) {
    let holds =
        defaults.conditions.iter().all(|(path, wanted)| mapping::has(&mapping::nodes(attributes, path), wanted));
    let unknown = defaults.unless.iter().any(|path| {
        mapping::nodes(attributes, path).iter().any(|node| node.value != Value::Null && node.as_str() != Some(""))
    });
    if !holds || unknown {
        return;
    }
    for (path, scalar) in &defaults.set {
        set(attributes, place, path, scalar, &defaults.source);
    }
}

fn set(node: &mut Node, place: Span, path: &str, scalar: &Scalar, source: &str) {
    let origin = || Origin::Default(source.to_owned());
    if let Value::List(items) = &mut node.value {
        items.iter_mut().for_each(|item| set(item, place, path, scalar, source));
        return;
    }
    if !matches!(node.value, Value::Map(_)) {
        return;
    }
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let (key, only_inside) = key.strip_suffix('?').map_or((key, false), |key| (key, true));
    let absent = node.get(key).is_none_or(|known| known.value == Value::Null || is_empty_list(known));
    let Some(rest) = rest else {
        if absent {
            node.set(key, constant(place, scalar, origin()));
        }
        return;
    };
    if absent && only_inside {
        return;
    }
    if absent {
        node.set(key, Node { span: place, value: Value::Map(Vec::new()), origin: origin() });
    }
    let Value::Map(entries) = &mut node.value else { return };
    let Some((_, inner)) = entries.iter_mut().find(|(name, _)| name.as_str() == Some(key)) else { return };
    // Inside a block that is written, the default stands where the block stands.
    let place = if matches!(inner.origin, Origin::Default(_)) { place } else { inner.span };
    set(inner, place, rest, scalar, source);
}

fn is_empty_list(node: &Node) -> bool {
    matches!(&node.value, Value::List(items) if items.is_empty())
}

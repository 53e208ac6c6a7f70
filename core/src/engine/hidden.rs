//! Text rules on decoded parts of a source, and on its texts as people read them.

use super::{
    decode::{self, Layer},
    plan::Plan,
    text::{Match, Told, matches},
};
use crate::{
    source::Source,
    span::{Lines, Span},
    unpack::View,
};

/// Encodings within each other that are followed.
pub(super) const DEPTH: usize = 2;

/// Looks at a decoded part like at any text. What is found there stands where the encoded part does.
pub(super) fn look_into(
    plan: &Plan<'_>,
    source: &Source,
    layer: &Layer,
    depth: usize,
    hidden: &mut Vec<Match>,
    secrets: &mut Vec<Span>,
) {
    let inner = Source { text: layer.text.as_str().into(), ..source.clone() };
    let whole = Span::new(layer.part.start, layer.part.end);
    let is_inside = |span: &Span| span.from() >= layer.decoded.start && span.to() <= layer.decoded.end;
    let mut take = |found: Vec<Match>, masked: Vec<Span>| {
        if masked.iter().any(is_inside) {
            secrets.push(whole);
        }
        hidden.extend(found.into_iter().filter(|hit| is_inside(&hit.span)).map(|mut hit| {
            hit.span = whole;
            hit.draft.at.span = whole;
            hit.draft.evidence.get_or_insert_with(|| format!("decoded from {}", layer.form));
            hit
        }));
    };
    let lines = Lines::new(&inner.text);
    let (found, masked) = matches(plan, &inner, &lines, &plan.triggers.hear(&inner.text).texts);
    take(found, masked);
    if depth > 1 {
        let (mut found, mut masked) = (Vec::new(), Vec::new());
        for layer in &decode::layers(&inner.text).all {
            look_into(plan, &inner, layer, depth - 1, &mut found, &mut masked);
        }
        take(found, masked);
    }
}

/// Looks at the texts of a notebook or of recorded traffic. What is found there stands where it is written.
pub(super) fn look_at(plan: &Plan<'_>, source: &Source, view: &View, hidden: &mut Vec<Match>, secrets: &mut Vec<Span>) {
    let inner = Source { text: view.text.as_str().into(), ..source.clone() };
    let lines = Lines::new(&inner.text);
    let (found, masked) = matches(plan, &inner, &lines, &plan.triggers.hear(&inner.text).texts);
    let place = |span: Span| {
        let there = view.span(span);
        let text = &source.text;
        Span::new(text.floor_char_boundary(there.from()), text.ceil_char_boundary(there.to()))
    };
    secrets.extend(masked.into_iter().map(place));
    hidden.extend(found.into_iter().map(|mut hit| {
        hit.span = place(hit.span);
        hit.draft.at.span = hit.span;
        hit
    }));
}

/// Of what is found in plain sight and what is found by decoding the same text, the one that tells more stays. A
/// block of settings and one encoded value in it are two things.
pub(super) fn agree(mut plain: Vec<Match>, mut hidden: Vec<Match>) -> (Vec<Match>, Vec<Match>) {
    let touch = |one: &Span, other: &Span| one.from() < other.to() && other.from() < one.to();
    let inside = |inner: &Span, outer: &Span| outer.from() < inner.from() && inner.to() < outer.to();
    hidden.retain(|inner| {
        !plain
            .iter()
            .filter(|outer| outer.family == inner.family && touch(&inner.span, &outer.span))
            .any(|outer| inner.told == Told::Name || (outer.told != Told::Name && !inside(&inner.span, &outer.span)))
    });
    plain.retain(|outer| {
        outer.told != Told::Name
            || !hidden.iter().any(|inner| inner.family == outer.family && touch(&inner.span, &outer.span))
    });
    (plain, hidden)
}

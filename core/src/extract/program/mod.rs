//! Program code to facts: calls with their canonical names, the URLs they connect to, and the personal data they get.

mod bind;
mod call;
mod class;
mod emit;
mod endpoint;
mod eval;
mod grammar;
mod imports;
mod machine;
mod scope;
mod tables;
mod text;
mod value;
mod walk;

#[cfg(test)]
mod tests;

pub(super) use self::class::Declared;
use self::{grammar::Language, machine::Machine};
use super::{Context, Extraction};
use crate::{
    error::{Notification, NotificationId},
    fact::FactKind,
};

/// Reads facts from one source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    let Some(language) = Language::of(cx.kind.format) else { return };
    if !cx.wanted.any(&[FactKind::Call, FactKind::Datum, FactKind::Endpoint]) {
        return;
    }
    let Some(table) = language.table() else { return };
    let text = &*cx.source.text;
    let Some(tree) = walk::parse(table, text) else {
        let message = "the parser gave up on this file";
        out.notifications.push(Notification::new(&*cx.source.path, NotificationId::Limit, message));
        return;
    };
    let program = walk::record(&tree, table, text, language);
    drop(tree);
    let mut machine = Machine::new(text, cx.source.id, language, cx.vocabulary, cx.wanted);
    for (name, canonical) in &program.imports {
        machine.import(name, canonical);
    }
    machine.play(&program);
    machine.restart();
    machine.play(&program);
    finish(machine, cx, out);
}

/// Hands over what the machine found; flows count facts from where ours begin.
fn finish(machine: Machine<'_>, cx: &Context<'_>, out: &mut Extraction) {
    let base = out.facts.len();
    let found = machine.found;
    if found.facts.len() >= emit::MAX_FACTS {
        let message = "more calls than are kept for one file; the rest was not looked at";
        out.notifications.push(Notification::new(&*cx.source.path, NotificationId::Limit, message));
    }
    out.facts.extend(found.facts);
    out.flows.extend(found.flows.into_iter().map(|mut flow| {
        flow.from += base;
        flow.to += base;
        flow
    }));
}

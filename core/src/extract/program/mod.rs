//! Program code to facts: calls with their canonical names, the URLs they connect to, and the personal data they get.

mod bind;
mod call;
mod class;
mod emit;
mod endpoint;
mod eval;
mod grammar;
mod imports;
mod joint;
mod machine;
mod rust;
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
    fact::{Environment, FactKind},
};

/// Most tokens of a program that is parsed. A tree takes up to 500 bytes for each; a megabyte of code that somebody
/// wrote has some 200,000, so what is beyond was made by a program.
const MAX_TOKENS: usize = 500_000;

/// Number of words and signs of a text, comments included.
fn tokens(text: &str) -> usize {
    let is_word = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let (mut count, mut in_word) = (0, false);
    for byte in text.bytes() {
        let word = is_word(byte);
        count += usize::from(if word { !in_word } else { !byte.is_ascii_whitespace() });
        in_word = word;
    }
    count
}

/// Reads facts from one source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    let Some(language) = Language::of(cx.kind.format) else { return };
    if !cx.wanted.any(&[FactKind::Call, FactKind::Datum, FactKind::Endpoint]) {
        return;
    }
    let text = &*cx.source.text;
    if tokens(text) > MAX_TOKENS {
        let message = "more code than is followed in one file; it was read as text";
        out.notifications.push(Notification::new(&*cx.source.path, NotificationId::Limit, message));
        return;
    }
    let program = match language.table() {
        Some(table) => {
            let Some(tree) = walk::parse(table, text) else {
                let message = "the parser gave up on this file";
                out.notifications.push(Notification::new(&*cx.source.path, NotificationId::Limit, message));
                return;
            };
            walk::record(&tree, table, text, language)
        }
        None => rust::record(text),
    };
    if program.unread > 0 {
        let message =
            format!("{} of its items do not parse, or are nested too deep, and were not read whole", program.unread);
        out.notifications.push(Notification::new(&*cx.source.path, NotificationId::Syntax, message));
    }
    let mut machine = Machine::new(text, cx.source.id, language, cx.vocabulary, cx.wanted);
    for (name, canonical) in &program.imports {
        machine.import(name, canonical);
    }
    machine.play(&program);
    machine.restart();
    machine.play(&program);
    for fact in &mut machine.found.facts {
        if program.tests.iter().any(|test| test.contains(fact.span)) {
            fact.environment = Environment::Test;
        }
    }
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

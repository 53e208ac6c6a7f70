//! The declared infrastructure document: what a team says it runs, as claims that rules compare with what is built.

mod lines;
mod quantity;
mod value;

use std::collections::BTreeSet;

use self::{
    lines::{Entry, Form, Outline, Piece},
    value::{Reading, State, list_of},
};
use super::{Context, Extraction};
use crate::{
    classify::{Format, Role},
    error::{Notification, NotificationId},
    fact::{Environment, Fact, FactKind, Strength},
    source::Source,
    span::Span,
    syntax::{Node, Value},
    vocabulary::{
        Claims, Vocabulary,
        words::{reduce, slug},
    },
};

/// Keys that must be recognised before an ordinary Markdown file counts as a declaration.
const ENOUGH_KEYS: usize = 5;

/// Reads claims from one source, when it is a declaration.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    if cx.kind.format != Format::Markdown || !cx.wanted.has(FactKind::Claim) {
        return;
    }
    let outline = lines::read(&cx.source.text, &cx.vocabulary.claims);
    let Some(rank) = rank_of(&cx.source.path, &outline, &cx.vocabulary.claims) else { return };
    if outline.is_cut {
        let message = "declares more than is kept of one document; the rest was not looked at";
        out.notifications.push(Notification::new(&*cx.source.path, NotificationId::Limit, message));
    }
    let facts = claims_of(cx.source, &outline, rank, cx.vocabulary);
    // Nobody runs what an example or a template for others declares.
    let elsewhere = matches!(cx.kind.role, Role::Test | Role::Example | Role::Vendored | Role::Generated);
    out.facts
        .extend(facts.into_iter().map(|fact| if elsewhere { fact.in_environment(Environment::Test) } else { fact }));
}

/// Where a Markdown file stands among possible declarations: 1 is the first place looked at. `None` for a file that
/// is none. Rank 0 is left for the document that the user names.
pub fn document_rank(path: &str, text: &str, claims: &Claims) -> Option<u8> {
    rank_of(path, &lines::read(text, claims), claims)
}

/// Claims of a document that the user named, whatever it is called.
pub fn read(source: &Source, vocabulary: &Vocabulary) -> Vec<Fact> {
    let outline = lines::read(&source.text, &vocabulary.claims);
    claims_of(source, &outline, 0, vocabulary)
}

fn rank_of(path: &str, outline: &Outline, claims: &Claims) -> Option<u8> {
    let words = claims.words();
    let lower = path.to_ascii_lowercase();
    let is_at = |document: &String| {
        let document = document.to_ascii_lowercase();
        lower.strip_suffix(&document).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    let rank = |position: usize| u8::try_from(position + 1).unwrap_or(u8::MAX);
    if let Some(at) = words.documents.iter().position(is_at) {
        return Some(rank(at));
    }
    let names: BTreeSet<String> = words.headings.iter().map(|name| reduce(name)).collect();
    if outline.headings.iter().any(|heading| names.contains(&reduce(heading))) {
        return Some(rank(words.documents.len()));
    }
    let mut known = BTreeSet::new();
    let mut ids = outline.entries.iter().filter_map(|entry| item_id(entry, claims));
    ids.any(|id| known.insert(id) && known.len() == ENOUGH_KEYS).then(|| rank(words.documents.len() + 1))
}

fn item_id<'a>(entry: &Entry, claims: &'a Claims) -> Option<&'a str> {
    claims.item(&entry.path, &entry.key.text).map(|item| item.id.as_str())
}

fn claims_of(source: &Source, outline: &Outline, rank: u8, vocabulary: &Vocabulary) -> Vec<Fact> {
    let entries = outline.entries.iter().filter(|entry| !entry.is_group);
    let parts = entries.flat_map(|entry| split_double(entry, &vocabulary.claims));
    parts.flat_map(|entry| claim(source, &entry, rank, vocabulary)).collect()
}

/// `RTO/RPO: 4 h / 1 h` is two entries when both keys are known and there are as many values.
fn split_double(entry: &Entry, claims: &Claims) -> Vec<Entry> {
    let key = &entry.key.text;
    if claims.item(&entry.path, key).is_some() || !key.contains(['/', '&']) {
        return vec![entry.clone()];
    }
    let keys: Vec<&str> = key.split(['/', '&']).map(str::trim).collect();
    let known = keys.iter().all(|key| claims.item(&entry.path, key).is_some());
    let offsets = pieces(&entry.value, ['/', ';', ',']);
    if !known || offsets.len() != keys.len() {
        return vec![entry.clone()];
    }
    let part = |(key, value): (&&str, Piece)| {
        let key = Piece { text: (*key).to_owned(), span: entry.key.span };
        Entry { key, value, ..entry.clone() }
    };
    keys.iter().zip(offsets).map(part).collect()
}

fn pieces(value: &Piece, signs: [char; 3]) -> Vec<Piece> {
    let Some(sign) = signs.into_iter().find(|&sign| value.text.contains(sign)) else { return Vec::new() };
    let mut from = value.span.from();
    let mut found = Vec::new();
    for part in value.text.split(sign) {
        let lead = part.len() - part.trim_start().len();
        let text = part.trim();
        found.push(Piece { text: text.to_owned(), span: Span::new(from + lead, from + lead + text.len()) });
        from += part.len() + sign.len_utf8();
    }
    found
}

/// The claim that an entry makes, and one more for each part that is a promise of its own; nothing for a line that
/// only looks like a claim.
fn claim(source: &Source, entry: &Entry, rank: u8, vocabulary: &Vocabulary) -> Vec<Fact> {
    let Some((fact, parts)) = whole_claim(source, entry, rank, vocabulary) else { return Vec::new() };
    let at = entry.value.span;
    let parts = parts.into_iter().map(|part| fact.clone().with_text("part", at, part));
    std::iter::once(fact.clone()).chain(parts).collect()
}

fn whole_claim(source: &Source, entry: &Entry, rank: u8, vocabulary: &Vocabulary) -> Option<(Fact, BTreeSet<String>)> {
    let claims = &vocabulary.claims;
    let canonical = claims.item_of(entry.key.text.trim());
    let item = canonical.or_else(|| claims.item(&entry.path, &entry.key.text));
    let is_service = item.is_none() && lists_services(entry, claims);
    if item.is_none() && !(entry.form == Form::BoldItem && entry.is_separated) && !is_service {
        return None;
    }
    let reading = match is_service {
        true => service(entry, vocabulary),
        false => value::read(&entry.value.text, &entry.key.text, item, vocabulary),
    };
    let name = match item {
        Some(item) => item.id.clone(),
        None if is_service => format!("service.{}", service_slug(&entry.key.text, vocabulary)),
        None => format!("claim.{}", slug(&lines::plain(&entry.key.text))),
    };
    if name.ends_with('.') {
        return None;
    }
    let attribute = |name: &str| entry.attributes.iter().find(|(of, _)| of == name).map(|(_, token)| token.as_str());
    let word =
        attribute("env").or_else(|| item.and_then(|item| env_of_id(&item.id))).or_else(|| env_of_path(entry, claims));
    let environment = match word.and_then(Environment::of_word) {
        Some(environment) => environment,
        None if item.is_some() => Environment::Production,
        None => Environment::Any,
    };
    let is_fixed =
        item.and_then(|item| item.fixed.as_deref()).is_some_and(|fixed| reduce(fixed) == reduce(&entry.value.text));
    let at = entry.value.span;
    // What lies outside the repository somebody answers for, until a date.
    let is_attested = reading.state == State::Declared && attribute("owner").is_some() && attribute("until").is_some();
    let mut fact = Fact::new(FactKind::Claim, name, source.id, entry.key.span.cover(at))
        .in_environment(environment)
        .of_strength(Strength::Explicit)
        .with_text("state", at, if is_attested { "attested" } else { reading.state.word() })
        .with_text("text", at, entry.value.text.trim())
        .with_text("key", entry.key.span, lines::plain(&entry.key.text))
        .with_text("env", at, word.unwrap_or(environment.word()))
        .with("document-rank", Node::new(at, Value::Number(f64::from(rank))))
        .with("fixed", Node::new(at, Value::Bool(is_fixed)))
        .with("known", Node::new(at, Value::Bool(item.is_some() || is_service)));
    for name in ["owner", "until", "evidence", "link"] {
        if let Some(token) = attribute(name) {
            fact = fact.with_text(name, at, token);
        }
    }
    let parts = if reading.state == State::Declared { reading.parts.clone() } else { BTreeSet::new() };
    Some((with_reading(fact, reading, at), parts))
}

fn with_reading(mut fact: Fact, reading: Reading, at: Span) -> Fact {
    if !reading.normal.is_empty() {
        let mut normal = Node::new(at, list_of(reading.normal.iter().map(String::as_str)));
        set_place(&mut normal, at);
        fact = fact.with("normal", normal);
    }
    if let Some(value) = reading.value.filter(|_| reading.state == State::Declared) {
        fact = fact.with("value", Node::new(at, value));
    }
    if !reading.unit.is_empty() {
        fact = fact.with_text("unit", at, reading.unit);
    }
    if let Some(nearest) = reading.nearest {
        fact = fact.with_text("nearest", at, nearest);
    }
    for (name, value) in reading.fields {
        let mut node = Node::new(at, value);
        set_place(&mut node, at);
        fact = fact.with(&name, node);
    }
    fact
}

fn set_place(node: &mut Node, at: Span) {
    node.span = at;
    if let Value::List(items) = &mut node.value {
        items.iter_mut().for_each(|item| item.span = at);
    }
}

fn env_of_id(id: &str) -> Option<&str> {
    id.strip_prefix("env.")?.split('.').next()
}

/// The innermost heading or column that names an environment.
fn env_of_path<'a>(entry: &Entry, claims: &'a Claims) -> Option<&'a str> {
    entry.path.iter().rev().find_map(|heading| claims.section(heading)?.environment.as_deref())
}

fn lists_services(entry: &Entry, claims: &Claims) -> bool {
    let innermost = entry.path.iter().rev().find_map(|heading| claims.section(heading));
    innermost.is_some_and(|section| section.lists_services)
}

fn service_slug(key: &str, vocabulary: &Vocabulary) -> String {
    let key = lines::plain(key);
    let words = crate::vocabulary::words::words(&key);
    let named = vocabulary.services.named(&[], &words, &[]);
    named.first().map_or_else(|| slug(&key), |found| found.what.slug.clone())
}

/// `- **Stripe**: Payments - REST + webhook`: a purpose and a way of integration.
fn service(entry: &Entry, vocabulary: &Vocabulary) -> Reading {
    let key = entry.key.text.trim();
    let is_open = key.starts_with('[') && key.ends_with(']') && !key.chars().any(char::is_lowercase);
    let mut reading = value::read(&entry.value.text, "", None, vocabulary);
    if is_open {
        return Reading { state: State::Unfilled, ..Reading::default() };
    }
    let text = lines::plain(&entry.value.text);
    let (purpose, way) = [" - ", " – ", " — ", " | "]
        .iter()
        .find_map(|sign| text.rsplit_once(sign))
        .unwrap_or((text.as_str(), text.as_str()));
    let ways = vocabulary.claims.values("integration", &crate::vocabulary::words::words(way));
    reading.normal.extend(ways.iter().map(|found| found.what.id.clone()));
    reading.fields.push(("purpose".to_owned(), Value::String(purpose.trim().to_owned())));
    reading
}

#[cfg(test)]
pub(in crate::extract) mod tests;

//! Classes and functions: what they declare, return and leave empty.

use std::rc::Rc;

use super::{
    grammar::{Field, Language, Shape},
    machine::{ClassState, Frame, Kid, Machine},
    value::{Canonical, Constant, Val},
};
use crate::{
    extract::schema,
    fact::FactKind,
    span::Span,
    syntax::{Node, Value},
};

/// A field as a class declares it.
#[derive(Clone, Debug)]
pub(in crate::extract) struct Declared<'a> {
    /// Its name.
    pub(in crate::extract) name: &'a str,
    /// Where the name stands.
    pub(in crate::extract) span: Span,
    /// The whole declaration.
    pub(in crate::extract) text: &'a str,
    /// The type as written, or the call that makes it.
    pub(in crate::extract) kind: &'a str,
    /// The canonical name of that type or call.
    pub(in crate::extract) canonical: Option<String>,
}

/// Most fields of one class.
const MAX_FIELDS: usize = 1000;

impl<'a> Machine<'a> {
    /// True directly inside a class, outside its methods.
    pub(super) fn stands_in_class(&self) -> bool {
        self.classes.last().is_some_and(|class| class.functions == self.functions.len())
    }

    /// True directly inside a method of a class.
    pub(super) fn stands_in_method(&self) -> bool {
        self.classes.last().is_some_and(|class| class.functions + 1 == self.functions.len())
    }

    /// The name and bases of a class, as its body begins.
    pub(super) fn name_class(&mut self) {
        let kids = self.last_kids().to_vec();
        let name = kids.iter().find(|kid| kid.field == Field::Name).map(|kid| self.slice(kid.val.span));
        let is_base = |kid: &&Kid<'a>| kid.field == Field::Base && kid.shape != Shape::Keyword;
        let bases: Vec<Val<'a>> = kids.iter().filter(is_base).map(|kid| kid.val.clone()).collect();
        let base = bases.iter().find_map(|base| base.canonical.clone().filter(|canonical| !canonical.global));
        if let Some(name) = name {
            let class = self.known.classes.entry(name).or_default();
            // What a type of Rust implements is no type that it is.
            if self.language != Language::Rust {
                class.base = class.base.take().or(base);
            }
        }
        if let Some(class) = self.classes.last_mut() {
            class.name = name;
            class.bases = bases;
        }
    }

    /// The class ends: its interface and its schema are judged.
    pub(super) fn close_class(&mut self, frame: &Frame<'a>) {
        let Some(class) = self.classes.pop() else { return };
        if !self.emits {
            return;
        }
        self.judge_interfaces(frame, &class);
        if self.wanted.has(FactKind::Datum) && !class.fields.is_empty() {
            let declared = schema::Declaration {
                name: class.name.unwrap_or_default(),
                bases: class.bases.iter().map(|base| named(base, self.slice(base.span))).collect(),
                marks: class.decorators.iter().map(|mark| named(mark, self.slice(mark.span))).collect(),
                fields: &class.fields,
                language: self.language.word(),
            };
            let facts = schema::of_class(&declared, self.people, self.source);
            self.found.facts.extend(facts);
        }
    }

    /// A class that answers for TLS with an empty or constant method becomes a call fact of its interface.
    fn judge_interfaces(&mut self, frame: &Frame<'a>, class: &ClassState<'a>) {
        for base in &class.bases {
            let Some(name) = base.canonical_name() else { continue };
            let global = base.canonical.as_ref().is_some_and(|canonical| canonical.global);
            let Some(pattern) = self.calls.find(name, global, self.language.word()) else { continue };
            if pattern.decides.is_empty() {
                continue;
            }
            let role = pattern.role.clone();
            let decisive: Vec<_> =
                class.methods.iter().filter(|(method, _)| pattern.decides.iter().any(|word| word == method)).collect();
            let answers: Vec<&Node> = decisive.iter().filter_map(|(_, val)| val.known().map(|node| &**node)).collect();
            let mut fact = self.call_fact(frame.span, base.span, name, &role, None);
            for answer in answers {
                for key in ["empty", "returns"] {
                    if let Some(value) = answer.get(key) {
                        fact = fact.with(key, value.clone());
                    }
                }
            }
            self.found.facts.push(fact);
        }
    }

    /// A value assigned directly in a class.
    pub(super) fn class_field(&mut self, name: &'a str, frame: &Frame<'a>, value: Val<'a>, has_value: bool) {
        let kind = self.frames.last().and_then(|above| above.declared.as_ref()).map(|declared| declared.span);
        let written = kind.map(|span| self.slice(span)).or(value.class).unwrap_or_default();
        let made = if has_value && written.is_empty() { value.canonical_name().map(str::to_owned) } else { None };
        // The declaration around a declarator holds its annotations too.
        let whole =
            self.frames.last().filter(|above| above.shape == Shape::Declare).map_or(frame.span, |above| above.span);
        let span = self.name_span(frame.span, name);
        let declared = Declared {
            name,
            span,
            text: self.slice(whole),
            kind: written,
            canonical: made.or_else(|| value.canonical_name().map(str::to_owned)),
        };
        self.declare(declared, value);
    }

    fn declare(&mut self, declared: Declared<'a>, value: Val<'a>) {
        let emits = self.emits;
        let Some(class) = self.classes.last_mut() else { return };
        if !emits {
            if let Some(owner) = class.name {
                let value = Val { made_by: None, data: None, ..value };
                self.known.learn_field(owner, declared.name, value);
            }
        } else if class.fields.len() < MAX_FIELDS {
            class.fields.push(declared);
        }
    }

    /// Where a name stands inside a span.
    fn name_span(&self, span: Span, name: &str) -> Span {
        let text = self.slice(span);
        let at = text.find(name).unwrap_or(0);
        Span::new(span.from() + at, span.from() + at + name.len())
    }

    /// A field declared by a node of its own (TypeScript, Go, Rust).
    pub(super) fn field_definition(&mut self, frame: &Frame<'a>, kids: Vec<Kid<'a>>) {
        let kind =
            kids.iter().find(|kid| kid.shape == Shape::Type || kid.field == Field::Type).map(|kid| kid.val.clone());
        let value = kids.iter().find(|kid| kid.field == Field::Value).map(|kid| kid.val.clone());
        let mut val = value.unwrap_or_else(|| Val::at(frame.span));
        let written = kind.as_ref().map(|kind| self.slice(kind.span)).unwrap_or_default();
        if let Some(kind) = kind {
            val.class = kind.class;
            val.canonical = val.canonical.take().or(kind.canonical);
        }
        let decorators = std::mem::take(&mut self.decorators);
        let start = decorators.first().map_or(frame.span.start, |mark| mark.span.start.min(frame.span.start));
        let whole = Span { start, end: frame.span.end };
        for kid in kids.iter().filter(|kid| kid.field == Field::Name) {
            let name = self.slice(kid.val.span);
            let declared = Declared {
                name,
                span: kid.val.span,
                text: self.slice(whole),
                kind: written.trim_start_matches([':', ' ']),
                canonical: val.canonical_name().map(str::to_owned),
            };
            self.declare(declared, val.clone());
        }
    }

    /// The components of a record are its fields.
    pub(super) fn record_components(&mut self, kids: Vec<Kid<'a>>) {
        for kid in kids {
            let text = self.slice(kid.val.span);
            for &(_, name, span) in &kid.targets {
                let kind = kid.val.class.unwrap_or_default();
                let declared =
                    Declared { name, span, text, kind, canonical: kid.val.canonical_name().map(str::to_owned) };
                self.declare(declared, kid.val.clone());
            }
        }
    }

    /// A decorator or annotation: kept for what follows.
    pub(super) fn decorator(&mut self, frame: &Frame<'a>, kids: Vec<Kid<'a>>) {
        let mut val = kids.into_iter().next().map(|kid| kid.val).unwrap_or_default();
        val.span = frame.span;
        if self.decorators.len() < MAX_FIELDS {
            self.decorators.push(val);
        }
    }

    /// A block ends; the body of a function notes whether anything was in it.
    pub(super) fn end_block(&mut self, frame: &Frame<'a>) {
        let is_body =
            self.frames.last().is_some_and(|above| above.shape == Shape::Function) && frame.field == Field::Body;
        if let Some(function) = self.functions.last_mut().filter(|_| is_body) {
            function.statements = Self::statements_of(frame).max(1) - usize::from(Self::statements_of(frame) == 0);
        }
    }

    /// `return x`.
    pub(super) fn end_return(&mut self, kids: Vec<Kid<'a>>) {
        let mut val = kids.into_iter().next().map(|kid| kid.val).unwrap_or_default();
        val.data = self.whole(&val);
        if let Some(function) = self.functions.last_mut() {
            function.returns = Some(match function.returns.take() {
                Some(other) => other.join(&val),
                None => val,
            });
        }
    }

    /// A function ends: its summary is kept, its value says what it always answers.
    pub(super) fn end_function(&mut self, frame: &Frame<'a>, kids: &[Kid<'a>]) -> Val<'a> {
        let Some(mut function) = self.functions.pop() else { return Val::at(frame.span) };
        let name = kids.iter().find(|kid| kid.field == Field::Name).map(|kid| self.slice(kid.val.span));
        // `x => value`.
        let body = kids.iter().rev().find(|kid| kid.field == Field::Body);
        if let Some(body) = body {
            function.statements = 1;
            function.returns = Some(body.val.clone());
        }
        let mut answer = Node::map(frame.span);
        if function.statements == 0 {
            answer.set("empty", Node::new(frame.span, Value::Bool(true)));
        } else if let Some(node) = function.returns.as_ref().and_then(Val::known) {
            // A function that makes a function returns no value; told in full, `a => b => c => ...` would nest without end.
            if !matches!(node.value, Value::Map(_)) {
                answer.set("returns", (**node).clone());
            }
        } else if let Some(val) = function.returns.as_ref().filter(|_| function.statements == 1)
            && let Some(name) = asserted(val, self.slice(val.span))
        {
            answer.set("returns", Node::string(frame.span, name));
        }
        let mut val = Val::at(frame.span);
        if !answer.entries().is_empty() {
            val.constant = Constant::Known(Rc::new(answer));
        }
        val.is_clean = true;
        self.decorators.clear();
        let Some(name) = name else { return val };
        let is_method = self.stands_in_class();
        if let Some(class) = self.classes.last_mut().filter(|_| is_method) {
            class.methods.push((name, val.clone()));
        }
        if !self.emits {
            let class =
                if is_method { self.classes.last().and_then(|class| class.name).unwrap_or_default() } else { "" };
            function.summary.returns = function.returns.map(|returns| Val { made_by: None, ..returns });
            self.known.functions.insert((class, name), function.summary);
        }
        val
    }
}

/// The call without arguments that is all there is in a body: what it is called by everyone.
fn asserted(val: &Val<'_>, text: &str) -> Option<String> {
    let canonical = val.canonical.as_ref().filter(|canonical| !canonical.global)?;
    let is_path = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | ':' | '(' | ')' | ' ');
    // `Ok(Path::to())`: in no bracket stands anything but the next call.
    let is_bare = text.trim_end_matches([')', ' ']).ends_with('(') && text.chars().all(is_path);
    (is_bare && !val.is_reference).then(|| canonical.name.to_string())
}

fn named(val: &Val<'_>, text: &str) -> String {
    val.canonical.as_ref().map_or_else(|| text.to_owned(), |Canonical { name, .. }| name.to_string())
}

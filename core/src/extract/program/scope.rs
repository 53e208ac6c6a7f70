//! Names and what they hold: scopes, branches, classes and what one pass over a file leaves for the next.

use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::value::{Canonical, Val};
use crate::span::Span;

/// Most functions and branches around a place that are looked at; nobody nests deeper, and machines without end.
const MAX_AROUND: usize = 64;

/// What a name holds, and under which condition it was bound.
#[derive(Clone, Debug)]
pub(super) struct Binding<'a> {
    pub(super) value: Val<'a>,
    branch: usize,
}

/// Names of one function, or of the file itself.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    names: HashMap<&'a str, Binding<'a>>,
}

/// A class of this file.
#[derive(Clone, Debug, Default)]
pub(super) struct Class<'a> {
    /// What its fields hold.
    pub(super) fields: HashMap<&'a str, Val<'a>>,
    /// The class it extends, when an import stands behind that.
    pub(super) base: Option<Canonical>,
}

/// A function of this file.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary<'a> {
    /// What it returns.
    pub(super) returns: Option<Val<'a>>,
    /// Parameters that reach a call of a role: bit set, canonical callee, role, service.
    pub(super) sinks: Vec<Sink>,
}

/// A call that a parameter reaches.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sink {
    pub(super) parameters: u32,
    pub(super) callee: Rc<str>,
    pub(super) role: Rc<str>,
    pub(super) service: Option<Rc<str>>,
    /// Where the inner call stands.
    pub(super) span: Span,
}

/// What the first pass learned of a file.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    /// Names of the file, joined over all their assignments.
    pub(super) globals: HashMap<&'a str, Val<'a>>,
    /// Names that are declared somewhere in the file.
    pub(super) classes: HashMap<&'a str, Class<'a>>,
    /// Functions by name; methods as (class, name).
    pub(super) functions: HashMap<(&'a str, &'a str), Summary<'a>>,
    /// Objects that have a field which only people have: start of the function around, name.
    pub(super) persons: HashSet<(u32, &'a str)>,
}

/// Scopes around the place that is read.
#[derive(Debug)]
pub(super) struct Scopes<'a> {
    stack: Vec<Scope<'a>>,
    /// Parent of each branch; the root is its own parent.
    branches: Vec<usize>,
    branch: usize,
}

impl<'a> Scopes<'a> {
    pub(super) fn new() -> Self {
        Self { stack: vec![Scope::default()], branches: vec![0], branch: 0 }
    }

    /// True outside all functions.
    pub(super) fn is_file(&self) -> bool {
        self.stack.len() <= 1
    }

    pub(super) fn push(&mut self) {
        self.stack.push(Scope::default());
    }

    pub(super) fn pop(&mut self) {
        if self.stack.len() > 1 {
            self.stack.pop();
        }
    }

    /// Enters a part that may not run; gives what [`Scopes::leave`] needs.
    pub(super) fn branch(&mut self) -> usize {
        let before = self.branch;
        self.branches.push(before);
        self.branch = self.branches.len() - 1;
        before
    }

    pub(super) fn leave(&mut self, before: usize) {
        self.branch = before;
    }

    /// True when everything that runs in `inner` runs in `outer`.
    fn holds(&self, outer: usize, inner: usize) -> bool {
        let mut at = inner;
        // Branches are numbered in order, so a parent has a smaller number and this ends.
        for _ in 0..MAX_AROUND {
            if at <= outer {
                break;
            }
            at = self.branches.get(at).copied().unwrap_or(0);
        }
        at == outer
    }

    /// Binds a name here: overwrites what certainly no longer holds, joins with what still may.
    pub(super) fn bind(&mut self, name: &'a str, value: Val<'a>) {
        let branch = self.branch;
        let old = self.find(name);
        let joined = match old {
            Some(old) if !self.holds(branch, old.branch) => {
                let both = old.value.clone().join(&value);
                Binding { value: both, branch: old.branch }
            }
            _ => Binding { value, branch },
        };
        if let Some(scope) = self.stack.last_mut() {
            scope.names.insert(name, joined);
        }
    }

    fn find(&self, name: &str) -> Option<&Binding<'a>> {
        self.stack.last().and_then(|scope| scope.names.get(name))
    }

    /// What a name holds in the functions around, innermost first; `with_file` looks at the file's own names too.
    pub(super) fn look_up(&self, name: &str, with_file: bool) -> Option<&Val<'a>> {
        let file = self.stack.first().filter(|_| with_file);
        let inner = self.stack.iter().skip(1).rev().take(MAX_AROUND).chain(file);
        inner.filter_map(|scope| scope.names.get(name)).map(|binding| &binding.value).next()
    }
}

impl<'a> Known<'a> {
    /// Joins a name of the file with what it held before.
    pub(super) fn learn(&mut self, name: &'a str, value: &Val<'a>) {
        let joined = match self.globals.remove(name) {
            Some(old) => old.join(value),
            None => value.clone(),
        };
        self.globals.insert(name, joined);
    }

    /// Joins a field of a class with what it held before.
    pub(super) fn learn_field(&mut self, class: &'a str, field: &'a str, value: Val<'a>) {
        let fields = &mut self.classes.entry(class).or_default().fields;
        let joined = match fields.remove(field) {
            Some(old) => old.join(&value),
            None => value,
        };
        fields.insert(field, joined);
    }
}

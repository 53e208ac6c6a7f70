//! Bounds of evaluation: what a hostile or merely huge repository may cost.

use std::cell::Cell;

/// Most nodes that the evaluation of one root may make; each takes some 200 bytes with the places it came through.
pub(super) const NODES_OF_ROOT: u64 = 1_000_000;
/// Most nodes that all roots together may make.
pub(super) const NODES_OF_ALL: u64 = 20_000_000;
/// Most objects that become facts.
pub(super) const OBJECTS: usize = 50_000;
/// Most instances of modules under one root.
pub(super) const INSTANCES: usize = 2_000;
/// Deepest chain of module calls.
pub(super) const CALLS: usize = 16;
/// Most elements of `count` and `for_each` that are told apart.
pub(super) const ELEMENTS: usize = 64;
/// Most elements of a list that a function makes.
pub(super) const LIST: usize = 4096;
/// Longest text that a template or function makes.
pub(super) const TEXT: usize = 65_536;
/// Deepest chain of references and nested expressions.
pub(super) const DEPTH: usize = 160;
/// Most environments for which one root is evaluated.
pub(super) const ENVIRONMENTS: usize = 12;

/// How many nodes a text counts for: copies of a long one must not fill the memory.
pub(super) fn of_text(text: &str) -> u64 {
    1 + text.len() as u64 / 64
}

/// What is left of the bounds while a root is evaluated.
#[derive(Debug)]
pub(super) struct Budget {
    nodes: Cell<u64>,
    depth: Cell<usize>,
    exhausted: Cell<bool>,
}

impl Budget {
    /// A budget of so many nodes.
    pub(super) fn new(nodes: u64) -> Self {
        Self { nodes: Cell::new(nodes), depth: Cell::new(0), exhausted: Cell::new(false) }
    }

    /// Takes nodes; false when none are left.
    pub(super) fn take(&self, nodes: u64) -> bool {
        match self.nodes.get().checked_sub(nodes) {
            Some(left) => self.nodes.set(left),
            None => {
                self.nodes.set(0);
                self.exhausted.set(true);
            }
        }
        !self.exhausted.get()
    }

    /// Nodes that are left.
    pub(super) fn left(&self) -> u64 {
        self.nodes.get()
    }

    /// True when something was left out for want of budget.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted.get()
    }

    /// One level deeper until the guard is dropped; `None` at the bottom.
    pub(super) fn enter(&self) -> Option<Level<'_>> {
        let depth = self.depth.get();
        if depth >= DEPTH {
            return None;
        }
        self.depth.set(depth + 1);
        Some(Level(self))
    }
}

/// One level of nesting.
pub(super) struct Level<'a>(&'a Budget);

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.0.depth.set(self.0.depth.get().saturating_sub(1));
    }
}

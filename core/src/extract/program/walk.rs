//! Feeds a tree-sitter tree to the machine: one cursor, no recursion.

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser, Tree, TreeCursor};

use super::{
    grammar::{Field, Shape, Table},
    imports,
    machine::Machine,
};
use crate::span::Span;

/// Parses a text. `None` when the parser gave up: it is given a number of steps in proportion to the text, so that no
/// input can hold it up for long.
pub(super) fn parse(table: &Table, text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&table.grammar).ok()?;
    let mut steps = 0usize;
    let limit = 10_000 + text.len();
    let mut give_up = |_: &ParseState| {
        steps += 1;
        if steps > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut give_up);
    let bytes = text.as_bytes();
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
}

impl<'a> Machine<'a> {
    /// Reads the imports at the top of a tree, so that names used before them are known.
    pub(super) fn walk_imports(&mut self, tree: &Tree, table: &Table) {
        let mut cursor = tree.walk();
        let mut more = cursor.goto_first_child();
        while more {
            let node = cursor.node();
            if node.is_named() && table.shape(node.kind_id()) == Shape::Import {
                self.read_imports(node);
            }
            more = cursor.goto_next_sibling();
        }
    }

    fn read_imports(&mut self, node: tree_sitter::Node<'_>) {
        for (name, canonical) in imports::read(node, self.text, self.language) {
            self.import(name, &canonical);
        }
    }

    /// Reads a tree once.
    pub(super) fn walk(&mut self, tree: &Tree, table: &Table) {
        let mut cursor = tree.walk();
        let mut depth = 0usize;
        loop {
            if self.visit(&cursor, table) && cursor.goto_first_child() {
                depth += 1;
                continue;
            }
            self.end(&cursor, table);
            while !cursor.goto_next_sibling() {
                if depth == 0 || !cursor.goto_parent() {
                    return;
                }
                depth -= 1;
                self.end(&cursor, table);
            }
        }
    }

    /// Enters a node; true when its children are to be read.
    fn visit(&mut self, cursor: &TreeCursor<'_>, table: &Table) -> bool {
        let node = cursor.node();
        let span = Span::new(node.start_byte(), node.end_byte());
        if !node.is_named() {
            if table.field(cursor.field_id()) == Field::Operator {
                self.operator(span);
            }
            return false;
        }
        let shape = table.shape(node.kind_id());
        match shape {
            Shape::Skip => return false,
            Shape::Import => {
                if !self.emits {
                    self.read_imports(node);
                }
                return false;
            }
            _ => {}
        }
        self.enter(shape, table.field(cursor.field_id()), span);
        !matches!(shape, Shape::Name | Shape::Word | Shape::Type | Shape::Number | Shape::This | Shape::Fragment)
    }

    fn end(&mut self, cursor: &TreeCursor<'_>, table: &Table) {
        let node = cursor.node();
        if node.is_named() && !matches!(table.shape(node.kind_id()), Shape::Skip | Shape::Import) {
            self.leave();
        }
    }
}

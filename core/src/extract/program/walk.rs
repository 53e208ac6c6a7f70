//! From a tree-sitter tree to the steps that the machine reads.

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser, Tree, TreeCursor};

use super::{
    grammar::{Field, Language, Shape, Table},
    imports::{self, Import},
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

/// One step through a program; recorded once and read twice.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// A node begins.
    Enter(Shape, Field, Span),
    /// The operator of the open node.
    Operator(Span),
    /// The open node ends.
    Leave,
}

/// A program as the machine reads it.
#[derive(Debug, Default)]
pub(super) struct Program<'a> {
    pub(super) events: Vec<Event>,
    pub(super) imports: Vec<Import<'a>>,
    /// Parts that run in tests only.
    pub(super) tests: Vec<Span>,
    /// Number of items and parts that could not be read.
    pub(super) unread: usize,
}

/// Records a tree: one cursor, no recursion.
pub(super) fn record<'a>(tree: &Tree, table: &Table, text: &'a str, language: Language) -> Program<'a> {
    let mut program = Program::default();
    let mut cursor = tree.walk();
    let mut open = 0usize;
    loop {
        let entered = program.visit(&cursor, table, text, language);
        if entered == Visit::Inside && cursor.goto_first_child() {
            open += 1;
            continue;
        }
        if entered != Visit::Skipped {
            program.events.push(Event::Leave);
        }
        while !cursor.goto_next_sibling() {
            if open == 0 || !cursor.goto_parent() {
                return program;
            }
            open -= 1;
            program.events.push(Event::Leave);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Skipped,
    Leaf,
    Inside,
}

impl<'a> Program<'a> {
    fn visit(&mut self, cursor: &TreeCursor<'_>, table: &Table, text: &'a str, language: Language) -> Visit {
        let node = cursor.node();
        let span = Span::new(node.start_byte(), node.end_byte());
        let field = table.field(cursor.field_id());
        if !node.is_named() {
            if field == Field::Operator {
                self.events.push(Event::Operator(span));
            }
            return Visit::Skipped;
        }
        let shape = table.shape(node.kind_id());
        match shape {
            Shape::Skip => return Visit::Skipped,
            Shape::Import => {
                self.imports.extend(imports::read(node, text, language));
                return Visit::Skipped;
            }
            _ => {}
        }
        self.events.push(Event::Enter(shape, field, span));
        match shape {
            Shape::Name | Shape::Word | Shape::Type | Shape::Number | Shape::This | Shape::Fragment => Visit::Leaf,
            _ => Visit::Inside,
        }
    }
}

impl<'a> Machine<'a> {
    /// Reads a program once.
    pub(super) fn play(&mut self, program: &Program<'a>) {
        for &event in &program.events {
            match event {
                Event::Enter(shape, field, span) => self.enter(shape, field, span),
                Event::Operator(span) => self.operator(span),
                Event::Leave => self.leave(),
            }
        }
    }
}

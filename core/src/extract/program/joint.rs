//! Texts that are put together from parts: joined, formatted, interpolated.

use std::rc::Rc;

use super::{
    text,
    value::{Constant, MAX_TEXT, Traces, Val, each, merge},
};
use crate::{
    span::Span,
    syntax::{Node, Value},
};

/// A text that grows from the left, with what is in its holes.
#[derive(Default)]
pub(super) struct Joint<'a> {
    text: String,
    /// Text was left out: only the start is known.
    pub(super) is_open: bool,
    /// All text so far, unknown parts left out.
    pub(super) follows: String,
    data: Traces<'a>,
    parameters: u32,
    pub(super) first: Option<Rc<Node>>,
    count: usize,
}

impl<'a> Joint<'a> {
    pub(super) fn push_text(&mut self, text: &str) {
        self.count += 1;
        if !self.is_open && self.text.len() < MAX_TEXT {
            self.text.push_str(text);
        }
        if self.follows.len() < MAX_TEXT {
            self.follows.push_str(text);
        }
    }

    pub(super) fn push(&mut self, val: &Val<'a>, data: &Traces<'a>) {
        self.parameters |= val.parameters;
        match &val.constant {
            Constant::Known(node) if !matches!(node.value, Value::List(_) | Value::Map(_)) => {
                if self.count == 0 {
                    self.first = Some(node.clone());
                }
                self.push_text(&plain(&node.value));
            }
            Constant::Starts(node) => {
                if self.count == 0 {
                    self.first = Some(node.clone());
                }
                self.push_text(node.as_str().unwrap_or_default());
                self.is_open = true;
            }
            _ => {
                self.count += 1;
                self.is_open = true;
            }
        }
        let in_url = text::is_url_start(&self.follows);
        let data = if in_url { each(data, |trace| trace.in_url = true) } else { data.clone() };
        self.data = merge(self.data.take(), &data);
    }

    pub(super) fn finish(self, span: Span) -> Val<'a> {
        // A text whose start was written elsewhere keeps that place.
        let place = self.first.as_ref().filter(|_| !self.text.is_empty()).map_or(span, |node| node.span);
        let node = |text: String, span: Span| Rc::new(Node::string(span, text));
        let constant = match (self.is_open, self.text.is_empty()) {
            (false, _) if self.text.len() < MAX_TEXT => Constant::Known(node(self.text, place)),
            (true, false) => Constant::Starts(node(self.text, place)),
            _ => Constant::None,
        };
        Val { constant, data: self.data, parameters: self.parameters, ..Val::at(span) }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => String::new(),
    }
}

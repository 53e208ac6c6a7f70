//! Rust, read by syn: the same steps that the walker over tree-sitter's trees records for every other language.

mod condition;
mod control;
mod depth;
mod expression;
mod imports;
mod item;
mod macros;
mod pattern;
mod split;
mod written;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use proc_macro2::TokenStream;

use super::{
    grammar::{Field, Shape},
    walk::{Event, Program},
};
use crate::span::Span;

/// Deepest nesting of modules and blocks that are taken apart because they do not parse as a whole.
const MAX_REPAIR: usize = 12;

/// Records a text.
pub(super) fn record(text: &str) -> Program<'_> {
    let mut writer = Writer::new(text);
    let (tokens, lost) = split::tokens(text.get(writer.base..).unwrap_or_default());
    writer.program.unread += lost;
    writer.items(tokens, 0);
    writer.settle_names();
    // What the lexer kept of this text for its places is of no more use.
    proc_macro2::extra::invalidate_current_thread_spans();
    writer.program
}

/// Where the first item may begin: after a byte order mark and the line that names an interpreter.
fn beginning(text: &str) -> usize {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = text.get(start..).unwrap_or_default();
    let is_script = rest.strip_prefix("#!").is_some_and(|rest| !rest.trim_start().starts_with('['));
    if is_script { start + rest.find('\n').unwrap_or(rest.len()) } else { start }
}

/// Writes the steps of one program.
struct Writer<'a> {
    text: &'a str,
    /// Where the text that syn reads begins in ours.
    base: usize,
    program: Program<'a>,
    /// Modules and macros that the file declares.
    declared: HashSet<&'a str>,
    /// First words of paths, which may be names of crates.
    roots: HashSet<&'a str>,
    /// Macros called by a bare name.
    bare_macros: HashSet<&'a str>,
    /// Macros around, each of whose tokens were read anew.
    macros: usize,
}

impl<'a> Writer<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            base: beginning(text),
            program: Program::default(),
            declared: HashSet::new(),
            roots: HashSet::new(),
            bare_macros: HashSet::new(),
            macros: 0,
        }
    }

    /// A place as syn gives it; empty for what syn made up.
    fn span(&self, span: proc_macro2::Span) -> Span {
        let range = span.byte_range();
        if range.is_empty() { Span::default() } else { Span::new(range.start, range.end).shifted(self.base) }
    }

    /// The first place to the last one.
    fn between(&self, first: proc_macro2::Span, last: proc_macro2::Span) -> Span {
        self.span(first).cover(self.span(last))
    }

    fn slice(&self, span: Span) -> &'a str {
        span.text(self.text)
    }

    /// Begins a node whose end is not known yet.
    fn open(&mut self, shape: Shape, field: Field) -> usize {
        self.program.events.push(Event::Enter(shape, field, Span::default()));
        self.program.events.len() - 1
    }

    /// Ends a node that began at that step.
    fn close(&mut self, at: usize, span: Span) -> Span {
        if let Some(Event::Enter(_, _, place)) = self.program.events.get_mut(at) {
            *place = span;
        }
        self.program.events.push(Event::Leave);
        span
    }

    /// A node without parts.
    fn leaf(&mut self, shape: Shape, field: Field, span: Span) -> Span {
        self.program.events.push(Event::Enter(shape, field, span));
        self.program.events.push(Event::Leave);
        span
    }

    /// A name, without the mark of a raw one.
    fn name_span(&self, ident: &proc_macro2::Ident) -> Span {
        let span = self.span(ident.span());
        match self.slice(span).strip_prefix("r#") {
            Some(_) => Span { start: span.start + 2, ..span },
            None => span,
        }
    }

    fn word(&mut self, ident: &proc_macro2::Ident, field: Field) -> Span {
        let span = self.name_span(ident);
        self.leaf(Shape::Word, field, span)
    }

    /// Items one by one; what does not parse is taken apart, what cannot be is counted.
    fn items(&mut self, tokens: TokenStream, depth: usize) {
        for item in split::items(tokens) {
            if depth::is_bounded(&item) {
                match syn::parse2::<syn::Item>(item.clone()) {
                    Ok(parsed) => {
                        self.item(&parsed);
                        continue;
                    }
                    Err(_) if self.is_attribute(&item) => continue,
                    Err(_) => {}
                }
            }
            self.repair(&item, depth);
        }
    }

    /// `#![...]`, which is no item: the whole file may be a test.
    fn is_attribute(&mut self, item: &TokenStream) -> bool {
        let mut tokens = item.clone().into_iter();
        let is_inner = matches!((tokens.next(), tokens.next()), (Some(hash), Some(mark)) if hash.to_string() == "#" && mark.to_string() == "!");
        if is_inner && condition::is_test_tokens(tokens) {
            self.program.tests.push(Span::new(0, self.text.len()));
        }
        is_inner
    }

    /// What of an item that does not parse can be read all the same.
    fn repair(&mut self, item: &TokenStream, depth: usize) {
        self.program.unread += 1;
        let Some((head, block)) = split::head_and_block(item) else { return };
        if depth >= MAX_REPAIR {
            return;
        }
        let is = |word: &str| {
            head.iter().any(|token| matches!(token, proc_macro2::TokenTree::Ident(ident) if ident == word))
        };
        let tests = self.test_around(&head, item);
        if is("fn") && !is("impl") && !is("trait") && !is("mod") {
            self.repair_function(&head, block);
        } else if is("mod") || is("impl") || is("trait") || is("extern") {
            self.items(block, depth + 1);
        }
        self.program.tests.extend(tests);
    }

    fn test_around(&self, head: &[proc_macro2::TokenTree], item: &TokenStream) -> Option<Span> {
        let attributes = head.iter().take_while(|token| !matches!(token, proc_macro2::TokenTree::Ident(_)));
        let is_test = attributes
            .filter_map(|token| match token {
                proc_macro2::TokenTree::Group(group) => Some(group.stream()),
                _ => None,
            })
            .any(condition::is_test_attribute);
        let last = item.clone().into_iter().last()?.span();
        is_test.then(|| self.between(head.first().map_or(last, proc_macro2::TokenTree::span), last))
    }

    /// Names of crates are names without an import, and macros of the log crates come with no import in old code.
    fn settle_names(&mut self) {
        let known: HashSet<&str> = self.program.imports.iter().map(|(name, _)| *name).collect();
        let is_free = |name: &&&str| !known.contains(**name) && !self.declared.contains(**name);
        let mut crates: Vec<&'a str> = self.roots.iter().filter(is_free).copied().collect();
        crates.sort_unstable();
        let mut levels: Vec<&'a str> = self.bare_macros.iter().filter(is_free).copied().collect();
        levels.sort_unstable();
        for (_, canonical) in &mut self.program.imports {
            // `use module::name` of a module of this file.
            let first = canonical.split("::").next().unwrap_or_default();
            if self.declared.contains(first) {
                *canonical = format!("crate::{canonical}");
            }
        }
        self.program.imports.extend(crates.into_iter().map(|name| (name, name.to_owned())));
        self.program.imports.extend(levels.into_iter().map(|name| (name, format!("log::{name}"))));
    }
}

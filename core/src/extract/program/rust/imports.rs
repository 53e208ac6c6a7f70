//! `use` and `extern crate`: local names and what they are called by everyone.

use syn::{ItemExternCrate, ItemUse, UseTree};

use super::Writer;

/// Most names of one declaration.
const MAX_NAMES: usize = 2000;
/// Longest path.
const MAX_PATH: usize = 400;

impl<'a> Writer<'a> {
    /// `use a::{self, b as c, d::*};`
    pub(super) fn import(&mut self, item: &ItemUse) {
        let mut waiting = vec![(String::new(), &item.tree)];
        let mut count = 0;
        while let Some((before, tree)) = waiting.pop() {
            if count > MAX_NAMES || before.len() > MAX_PATH {
                return;
            }
            let below = |name: &str| if before.is_empty() { name.to_owned() } else { format!("{before}::{name}") };
            match tree {
                UseTree::Path(path) => waiting.push((below(&plain(&path.ident)), &path.tree)),
                UseTree::Group(group) => waiting.extend(group.items.iter().map(|tree| (before.clone(), tree))),
                UseTree::Glob(_) => self.program.imports.push(("", before)),
                UseTree::Name(name) if name.ident == "self" => {
                    // The module itself, by its own last word, wherever that stands.
                    if let Some(place) = self.last_word(item, &before) {
                        self.program.imports.push((place, before));
                    }
                }
                UseTree::Name(name) => {
                    let local = self.slice(self.name_span(&name.ident));
                    self.program.imports.push((local, below(&plain(&name.ident))));
                }
                UseTree::Rename(name) => {
                    let canonical = if name.ident == "self" { before } else { below(&plain(&name.ident)) };
                    let local = self.slice(self.name_span(&name.rename));
                    if local != "_" {
                        self.program.imports.push((local, canonical));
                    }
                }
            }
            count += 1;
        }
    }

    /// The last word of a path as it stands in the text of its declaration.
    fn last_word(&self, item: &ItemUse, path: &str) -> Option<&'a str> {
        let text = self.slice(self.between(item.use_token.span, item.semi_token.span));
        let word = path.rsplit("::").next()?;
        let at = text.find(word)?;
        text.get(at..at + word.len())
    }

    /// `extern crate a as b;`, with `#[macro_use]` all its macros.
    pub(super) fn extern_crate(&mut self, item: &ItemExternCrate) {
        let canonical = plain(&item.ident);
        let local = item.rename.as_ref().map_or(&item.ident, |(_, rename)| rename);
        let local = self.slice(self.name_span(local));
        if item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_use")) {
            self.program.imports.push(("", canonical.clone()));
        }
        self.program.imports.push((local, canonical));
    }
}

/// A name without the mark of a raw one.
pub(super) fn plain(ident: &proc_macro2::Ident) -> String {
    let text = ident.to_string();
    match text.strip_prefix("r#") {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

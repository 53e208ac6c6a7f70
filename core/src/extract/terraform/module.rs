//! A module: what the files of one folder declare, by name.

use std::collections::BTreeMap;

use super::TerraformFile;
use crate::{
    classify::{Role, role_of},
    span::Span,
    syntax::{Node, Value},
};

/// Something declared in a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    /// The file.
    pub(super) file: &'a TerraformFile,
    /// Where it is announced: the header of a block, the key of an entry.
    pub(super) header: Span,
    /// Its body or expression.
    pub(super) node: &'a Node,
}

/// A managed object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resource<'a> {
    /// Its type, such as `aws_s3_bucket`.
    pub(super) kind: &'a str,
    /// Its name within the type.
    pub(super) name: &'a str,
    /// Its body.
    pub(super) item: Item<'a>,
}

/// What the files of one folder declare.
#[derive(Debug, Default)]
pub(super) struct Module<'a> {
    /// The folder.
    pub(super) folder: &'a str,
    /// Input variables: bodies.
    pub(super) variables: BTreeMap<&'a str, Item<'a>>,
    /// Local values: expressions.
    pub(super) locals: BTreeMap<&'a str, Item<'a>>,
    /// Outputs: bodies.
    pub(super) outputs: BTreeMap<&'a str, Item<'a>>,
    /// Calls of other modules: bodies.
    pub(super) calls: BTreeMap<&'a str, Item<'a>>,
    /// Managed objects, in order of file and place.
    pub(super) resources: Vec<Resource<'a>>,
    /// Data sources.
    pub(super) data: Vec<Resource<'a>>,
    /// Provider configurations: name and body.
    pub(super) providers: Vec<(&'a str, Item<'a>)>,
    /// Values files in this folder.
    pub(super) values: Vec<&'a TerraformFile>,
}

impl<'a> Module<'a> {
    /// True when the folder is one of tests or examples.
    pub(super) fn is_example(&self) -> bool {
        let role = role_of(&format!("{}/main.tf", self.folder));
        matches!(role, Role::Test | Role::Example | Role::Document)
    }

    /// True when the folder holds code, not only values.
    pub(super) fn has_code(&self) -> bool {
        !(self.resources.is_empty()
            && self.calls.is_empty()
            && self.variables.is_empty()
            && self.locals.is_empty()
            && self.data.is_empty()
            && self.providers.is_empty())
    }

    /// Adds what one file declares.
    pub(super) fn add(&mut self, file: &'a TerraformFile) {
        if file.is_values() {
            self.values.push(file);
            return;
        }
        for (key, value) in file.root.entries() {
            let Some(word) = key.as_str() else { continue };
            if file.json { self.add_json(file, word, value) } else { self.add_blocks(file, word, value) }
        }
    }

    fn add_blocks(&mut self, file: &'a TerraformFile, word: &'a str, blocks: &'a Node) {
        for block in blocks.elements() {
            let header = block.get("@header").map_or(block.span, |header| header.span);
            let labels: Vec<&str> =
                block.get("@labels").map(Node::elements).unwrap_or_default().iter().filter_map(Node::as_str).collect();
            self.declare(word, &labels, Item { file, header, node: block });
        }
    }

    /// In JSON the labels are keys, and a block may be a list of blocks.
    fn add_json(&mut self, file: &'a TerraformFile, word: &'a str, value: &'a Node) {
        let depth = match word {
            "resource" | "data" => 2,
            "variable" | "output" | "module" | "provider" => 1,
            _ => 0,
        };
        self.add_json_level(file, word, value, &mut Vec::new(), depth);
    }

    fn add_json_level(
        &mut self,
        file: &'a TerraformFile,
        word: &'a str,
        value: &'a Node,
        labels: &mut Vec<(&'a str, Span)>,
        depth: usize,
    ) {
        for element in value.elements() {
            if depth == 0 {
                let header = labels.last().map_or(element.span, |(_, span)| *span);
                let names: Vec<&str> = labels.iter().map(|(name, _)| *name).collect();
                self.declare(word, &names, Item { file, header, node: element });
                continue;
            }
            for (key, inner) in element.entries() {
                let Some(label) = key.as_str() else { continue };
                labels.push((label, key.span));
                self.add_json_level(file, word, inner, labels, depth - 1);
                labels.pop();
            }
        }
    }

    fn declare(&mut self, word: &str, labels: &[&'a str], item: Item<'a>) {
        match (word, labels) {
            ("resource", [kind, name]) => self.resources.push(Resource { kind, name, item }),
            ("data", [kind, name]) => self.data.push(Resource { kind, name, item }),
            ("variable", [name]) => merge(&mut self.variables, name, item),
            ("output", [name]) => merge(&mut self.outputs, name, item),
            ("module", [name]) => merge(&mut self.calls, name, item),
            ("provider", [name]) => self.providers.push((name, item)),
            ("locals", []) => {
                for (key, value) in item.node.entries() {
                    if let Some(name) = key.as_str().filter(|name| !name.starts_with('@')) {
                        merge(&mut self.locals, name, Item { file: item.file, header: key.span, node: value });
                    }
                }
            }
            _ => {}
        }
    }

    /// Folders that this module calls by a relative path, in order.
    pub(super) fn callees(&self) -> Vec<String> {
        self.calls.values().filter_map(|call| local_source(self.folder, call.node)).collect()
    }
}

/// Override files (`override.tf`, `*_override.tf`) replace what others declare; otherwise the first one counts.
fn merge<'a>(items: &mut BTreeMap<&'a str, Item<'a>>, name: &'a str, item: Item<'a>) {
    let file = item.file.name();
    let overrides = file.starts_with("override.") || file.contains("_override.");
    if overrides || !items.contains_key(name) {
        items.insert(name, item);
    }
}

/// The folder of a call whose source is a relative path; `None` for registries, git addresses and archives.
pub(super) fn local_source(folder: &str, call: &Node) -> Option<String> {
    let Value::String(source) = &call.get("source")?.value else { return None };
    let relative = source.starts_with("./") || source.starts_with("../") || source == "." || source == "..";
    if relative { join(folder, source) } else { None }
}

/// Joins a relative path to a folder; `None` when it leaves the tree.
pub(super) fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

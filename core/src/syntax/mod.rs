//! One spanned tree for every data format. Parsing never fails: what was not understood comes back as notifications.

mod dockerfile;
mod dotenv;
mod gomod;
mod hcl;
mod hole;
mod ini;
mod json;
mod markdown;
pub(crate) mod nginx;
mod prisma;
mod requirements;
mod scan;
mod sql;
mod template;
mod toml;
mod xml;
mod yaml;

#[cfg(test)]
mod tests;

use crate::{
    classify::Format,
    error::Notification,
    source::{Source, SourceId},
    span::Span,
};

/// Deepest nesting that any parser keeps; deeper parts are dropped with a notification.
pub const MAX_DEPTH: usize = 128;

/// Most nodes of one document; a YAML alias bomb ends here with a notification.
pub const MAX_NODES: usize = 2_000_000;

/// A value with its place and how it came to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Bytes of the value in its source (the quotes of a string included).
    pub span: Span,
    /// The value.
    pub value: Value,
    /// How the value is known.
    pub origin: Origin,
}

/// How a value is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Origin {
    /// Written where the span says.
    #[default]
    Explicit,
    /// Not written: the provider's documented default, with the date since when.
    Default(String),
    /// Written elsewhere and followed to here (variable, values file, caller); the places passed through, last first.
    Resolved(Vec<(SourceId, Span)>),
}

/// The value of a node. Maps keep the order of the source and may hold a key twice, as sources do.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~`, an empty YAML value.
    Null,
    /// A truth value of the format.
    Bool(bool),
    /// Any number; formats differ in precision, rules compare only small ones.
    Number(f64),
    /// Text, decoded (escapes resolved).
    String(String),
    /// A list.
    List(Vec<Node>),
    /// A map: key node and value node.
    Map(Vec<(Node, Node)>),
    /// Something that only running could tell; the text says what (`var.port`, `{{ .Values.tls }}`).
    Unknown(String),
}

impl Node {
    /// An explicit node.
    pub fn new(span: Span, value: Value) -> Self {
        Self { span, value, origin: Origin::Explicit }
    }

    /// An explicit string node.
    pub fn string(span: Span, text: impl Into<String>) -> Self {
        Self::new(span, Value::String(text.into()))
    }

    /// An empty map at a place.
    pub fn map(span: Span) -> Self {
        Self::new(span, Value::Map(Vec::new()))
    }

    /// The text of a string node.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value of a node; configuration languages also write it as text.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The number of a node; text that is a number counts.
    pub fn as_number(&self) -> Option<f64> {
        match &self.value {
            Value::Number(number) => Some(*number),
            Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }

    /// True when only running could tell the value.
    pub fn is_unknown(&self) -> bool {
        matches!(self.value, Value::Unknown(_))
    }

    /// Elements of a list; a scalar or map is a list of itself, as in HCL blocks and YAML shorthands. Null is empty.
    pub fn elements(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// Entries of a map; empty for anything else.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entry of a map by key; the last one counts, as in most formats.
    pub fn entry(&self, key: &str) -> Option<&(Node, Node)> {
        self.entries().iter().rev().find(|(name, _)| name.as_str() == Some(key))
    }

    /// The value of a map by key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The node at a path of keys.
    pub fn at<'a>(&'a self, path: &[&str]) -> Option<&'a Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Adds or replaces an entry of a map (no effect on other values).
    pub fn set(&mut self, key: &str, value: Node) {
        if let Value::Map(entries) = &mut self.value {
            match entries.iter_mut().find(|(name, _)| name.as_str() == Some(key)) {
                Some(entry) => entry.1 = value,
                None => {
                    let place = Span { start: value.span.start, end: value.span.start };
                    entries.push((Node::string(place, key), value));
                }
            }
        }
    }

    /// The same tree with every span moved right by `by` bytes: a text parsed inside another text.
    #[must_use]
    pub fn shifted(mut self, by: usize) -> Self {
        self.shift(by);
        self
    }

    fn shift(&mut self, by: usize) {
        self.span = self.span.shifted(by);
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| item.shift(by)),
            Value::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
                key.shift(by);
                value.shift(by);
            }),
            _ => {}
        }
    }
}

/// A parsed source: one root per document of the file.
///
/// Shapes that are not plain data:
/// - HCL: one root map from attribute name to value and from block type to list of blocks; a block is a map of the
///   same make with `@header` (string: type and labels as written) and `@labels` (list of strings) in front. Strings
///   and heredocs without templates, numbers, `true`, `false`, `null`, tuples and objects are values; every other
///   expression is `Unknown` with the text under its span, which hcl-edit's `parse_expr` reads again.
/// - YAML: one root per document that holds anything. Scalar keys are strings whatever they look like (`8080`, `on`).
///   An alias spans its `*name` and an entry merged with `<<` spans where it was written; both are `Resolved` and may
///   lie outside of their parent. Tags of CloudFormation become the long form (`{"Ref": ..}`, `{"Fn::GetAtt": [..]}`),
///   GitLab's `!reference` a map of that name; `!vault`, `!secret` and their kin are `Unknown`. Scalars that hold
///   `{{` are `Unknown` with their text; a map with an `Unknown` key may hold keys that nobody can see, so that a key
///   absent from it proves nothing. A block scalar spans its content, not its mark.
/// - JSON: one root per top-level value. Strings that hold `{{`, bare words and missing values are `Unknown`.
/// - TOML: one root map. A table spans its header and all it holds; dates are strings.
/// - XML element: map with `@name`, `@attributes` (map), `@children` (list of elements and strings). Text is trimmed,
///   white space alone is no child, comments are left out; only the five standard entities are resolved.
/// - requirements: one list of maps: `{name, extras (list), specifier, version (pinned with == or ===), marker, hashes
///   (list), url, editable}`, `{include}`, `{constraint}`, or `{option, value}`; what is not written is absent.
/// - go.mod: one map `{module, go, toolchain, require (list of {path, version, indirect}), replace (list of {old,
///   old_version, new, new_version}), exclude (list of {path, version}), tool, ignore, retract, godebug (lists)}`.
/// - Dockerfile: list of instructions, each a map `{instruction (capitals), arguments (list of strings), text, exec
///   (true for the JSON form), stage (name or number, from the first FROM on)}` and, where there are any, `flags` (map),
///   `pairs` (map: what ARG, ENV and LABEL set; null without a default) and `heredocs` (list of `{name, text}`).
/// - nginx: list of directives, each a map `{name, arguments (list of strings)}` and either `block` (list of
///   directives) or, for Lua blocks, `text`. A word that a template fills is `Unknown` with its text; a line of a
///   template engine is a directive `@template`. A directive's span ends behind its semicolon or closing brace.
/// - dotenv, properties: map from keys to text. A value that is nothing but a reference (`$X`, `${X:-y}`) is `Unknown`,
///   as is a dotenv name without a value.
/// - ini: map from keys to text and from section names, as written between the brackets, to maps. A key alone is
///   `true`; `name words` without a sign is a key with text; indented lines go on with a value.
/// - Markdown: flat list of blocks, each a map `{type, level, text}`; `type` is front-matter, heading, item, row,
///   paragraph, quote, code, comment or html; `level` is a heading's level or the number of lists around. `text` has
///   no markup, no comments and no struck-out words; its span is the text's, the block's span is the whole block's.
///   Items have `ordered`, maybe `checked`; rows have `cells` and `header` (lists of strings); code and front matter
///   have `language` (`yaml`, `toml`). Where there are any: `comment` (inside of an HTML comment in or under an item's
///   line), `marks` (bold and code texts), `links` (targets).
/// - SQL: list of `CREATE TABLE` and `ALTER TABLE .. ADD` statements, each a map `{statement (create-table or
///   alter-table), table (without its schema), columns (list of {name, type, text})}`; everything else is left out. A
///   type that is not written is empty.
/// - Prisma: list of maps: `{statement (model, view, type), table, columns}` as in SQL, a column's text with its
///   documentation comments; `{statement: datasource, table, provider, url}`, where `env(..)` is `Unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Root nodes, in order; YAML files may hold several.
    pub roots: Vec<Node>,
}

/// Parses a source as a format. Never fails; a format without a data tree (program code, plain text) gives an empty
/// document.
pub fn parse(source: &Source, format: Format) -> (Document, Vec<Notification>) {
    match format {
        Format::Yaml => yaml::parse(source),
        Format::Json => json::parse(source),
        Format::Toml => toml::parse(source),
        Format::Xml => xml::parse(source),
        Format::Hcl => hcl::parse(source),
        Format::Dockerfile => dockerfile::parse(source),
        Format::Dotenv => dotenv::parse(source),
        Format::Properties => dotenv::properties(source),
        Format::Ini => ini::parse(source),
        Format::Nginx => nginx::parse(source),
        Format::Markdown => markdown::parse(source),
        Format::Requirements => requirements::parse(source),
        Format::GoMod => gomod::parse(source),
        Format::Sql => sql::parse(source),
        Format::Prisma => prisma::parse(source),
        _ => (Document::default(), Vec::new()),
    }
}

/// True for formats that [`parse`] gives a tree for.
pub fn has_tree(format: Format) -> bool {
    !format.is_program() && !matches!(format, Format::Text | Format::Shell)
}

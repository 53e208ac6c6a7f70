//! What the nodes of a language's syntax tree are, in words that all languages share.

use std::sync::OnceLock;

use tree_sitter::Language as Grammar;

use super::tables;
use crate::classify::Format;

/// What a node is, whatever language it stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    /// Not looked into (comments, punctuation).
    Skip,
    /// Looked into; has no value.
    #[default]
    Pass,
    /// Its children belong to its parent.
    Splice,
    /// Has the value of its first child that has one.
    Wrap,
    Name,
    /// A name that is not looked up (the property of a member, a keyword).
    Word,
    /// `this`, `self`.
    This,
    Member,
    Index,
    Call,
    New,
    /// A call whose receiver and name are separate fields (Java).
    Invoke,
    /// A value of a type written out field by field (Go).
    Composite,
    Keyword,
    Spread,
    /// A string, with or without holes.
    String,
    Fragment,
    Hole,
    /// Strings that stand side by side.
    Concat,
    Number,
    True,
    False,
    Null,
    List,
    Map,
    Pair,
    /// `{ name }`: key and value in one.
    Shorthand,
    Binary,
    /// `a || b`, `a and b`.
    Logic,
    /// Gives a truth value.
    Compare,
    Unary,
    Ternary,
    Assign,
    Augment,
    /// Holds a type for the declarators inside.
    Declare,
    Declarator,
    ForEach,
    /// A statement whose parts may not run.
    Branch,
    /// One part that may not run.
    Arm,
    Function,
    Parameters,
    Parameter,
    ObjectPattern,
    ListPattern,
    PairPattern,
    Class,
    Bases,
    FieldDefinition,
    Decorator,
    Import,
    Return,
    Throw,
    Type,
    /// A block of statements.
    Block,
}

/// What a child is to its parent, whatever language it stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Field {
    #[default]
    None,
    Object,
    Name,
    Callee,
    Left,
    Right,
    Index,
    Key,
    Value,
    Type,
    Body,
    Condition,
    Consequence,
    Alternative,
    Parameters,
    Operator,
    Receiver,
    Result,
    Pattern,
    Tag,
    Base,
    Alias,
}

/// Field names of all grammars.
const FIELDS: &[(&str, Field)] = &[
    ("function", Field::Callee),
    ("constructor", Field::Callee),
    ("object", Field::Object),
    ("operand", Field::Object),
    ("array", Field::Object),
    ("attribute", Field::Name),
    ("property", Field::Name),
    ("field", Field::Name),
    ("name", Field::Name),
    ("left", Field::Left),
    ("right", Field::Right),
    ("subscript", Field::Index),
    ("index", Field::Index),
    ("key", Field::Key),
    ("value", Field::Value),
    ("argument", Field::Value),
    ("expression", Field::Value),
    ("type", Field::Type),
    ("body", Field::Body),
    ("condition", Field::Condition),
    ("consequence", Field::Consequence),
    ("alternative", Field::Alternative),
    ("parameters", Field::Parameters),
    ("parameter", Field::Parameters),
    ("operator", Field::Operator),
    ("receiver", Field::Receiver),
    ("return_type", Field::Result),
    ("result", Field::Result),
    ("pattern", Field::Pattern),
    ("tag", Field::Tag),
    ("superclass", Field::Base),
    ("superclasses", Field::Base),
    ("interfaces", Field::Base),
    ("alias", Field::Alias),
];

/// The languages that tree-sitter reads for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    JavaScript,
    TypeScript,
    Tsx,
    Go,
    Java,
    Rust,
}

impl Language {
    /// The language of a format.
    pub(super) fn of(format: Format) -> Option<Self> {
        Some(match format {
            Format::Python => Self::Python,
            Format::JavaScript => Self::JavaScript,
            Format::TypeScript => Self::TypeScript,
            Format::Tsx => Self::Tsx,
            Format::Go => Self::Go,
            Format::Java => Self::Java,
            Format::Rust => Self::Rust,
            _ => return None,
        })
    }

    /// The word the vocabulary uses; dialects share one.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript | Self::TypeScript | Self::Tsx => "javascript",
            Self::Go => "go",
            Self::Java => "java",
            Self::Rust => "rust",
        }
    }

    /// True for JavaScript and its dialects.
    pub(super) fn is_script(self) -> bool {
        matches!(self, Self::JavaScript | Self::TypeScript | Self::Tsx)
    }

    /// The table of the language, made on first use; `None` for Rust, which syn reads.
    pub(super) fn table(self) -> Option<&'static Table> {
        static TABLES: [OnceLock<Table>; 6] = [const { OnceLock::new() }; 6];
        let (grammar, shapes): (Grammar, &[&[(&str, Shape)]]) = match self {
            Self::Python => (tree_sitter_python::LANGUAGE.into(), &[tables::PYTHON]),
            Self::JavaScript => (tree_sitter_javascript::LANGUAGE.into(), &[tables::SCRIPT]),
            Self::TypeScript => {
                (tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(), &[tables::SCRIPT, tables::TYPED_SCRIPT])
            }
            Self::Tsx => (tree_sitter_typescript::LANGUAGE_TSX.into(), &[tables::SCRIPT, tables::TYPED_SCRIPT]),
            Self::Go => (tree_sitter_go::LANGUAGE.into(), &[tables::GO]),
            Self::Java => (tree_sitter_java::LANGUAGE.into(), &[tables::JAVA]),
            Self::Rust => return None,
        };
        TABLES.get(self as usize).map(|table| table.get_or_init(|| Table::new(grammar, shapes)))
    }
}

/// A grammar with the shape of each of its node kinds and the meaning of each of its fields.
#[derive(Debug)]
pub(super) struct Table {
    /// The grammar itself.
    pub(super) grammar: Grammar,
    shapes: Vec<Shape>,
    fields: Vec<Field>,
}

impl Table {
    fn new(grammar: Grammar, tables: &[&[(&str, Shape)]]) -> Self {
        let shape = |kind: &str| {
            let found = tables.iter().flat_map(|table| table.iter()).find(|(name, _)| *name == kind);
            found.map_or(Shape::Pass, |&(_, shape)| shape)
        };
        let kinds = u16::try_from(grammar.node_kind_count()).unwrap_or(u16::MAX);
        let fields = u16::try_from(grammar.field_count()).unwrap_or(u16::MAX);
        let field = |name: &str| FIELDS.iter().find(|(word, _)| *word == name).map_or(Field::None, |&(_, field)| field);
        Self {
            shapes: (0..kinds).map(|id| grammar.node_kind_for_id(id).map_or(Shape::Pass, shape)).collect(),
            fields: (0..=fields).map(|id| grammar.field_name_for_id(id).map_or(Field::None, field)).collect(),
            grammar,
        }
    }

    /// The shape of a node kind.
    pub(super) fn shape(&self, kind: u16) -> Shape {
        self.shapes.get(usize::from(kind)).copied().unwrap_or_default()
    }

    /// The meaning of a field.
    pub(super) fn field(&self, field: Option<std::num::NonZeroU16>) -> Field {
        field.and_then(|id| self.fields.get(usize::from(id.get()))).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_in_the_tables_exists_in_its_grammar() {
        let script = [Language::JavaScript, Language::TypeScript, Language::Tsx];
        let cases: [(&[Language], &[(&str, Shape)]); 5] = [
            (&[Language::Python], tables::PYTHON),
            (&[Language::JavaScript], tables::SCRIPT),
            // JSX and the old form of casts exclude each other.
            (script.get(1..).unwrap(), tables::TYPED_SCRIPT),
            (&[Language::Go], tables::GO),
            (&[Language::Java], tables::JAVA),
        ];
        for (languages, shapes) in cases {
            for (kind, _) in shapes {
                let known = |language: &Language| language.table().unwrap().grammar.id_for_node_kind(kind, true) != 0;
                assert!(languages.iter().any(known), "{languages:?} have no node {kind}");
            }
        }
    }
}

//! Patterns and types: the names they bind, and the name of what they hold.

use syn::{FieldPat, GenericArgument, Member, Pat, Path, PathArguments, Type, TypeParamBound};

use super::Writer;
use crate::{
    extract::program::grammar::{Field, Shape},
    span::Span,
};

/// Types that stand for what is inside them.
const TRANSPARENT: [&str; 12] =
    ["Option", "Box", "Arc", "Rc", "Result", "Vec", "Cow", "Mutex", "RwLock", "RefCell", "Cell", "OnceCell"];
/// Most wrappers around a type.
const MAX_WRAPPERS: usize = 8;

impl<'a> Writer<'a> {
    /// A pattern, with its type if it has one.
    pub(super) fn pattern(&mut self, pattern: &Pat, field: Field) {
        match pattern {
            Pat::Ident(name) => {
                let span = self.name_span(&name.ident);
                // `None` and constants are compared, not bound.
                if !self.slice(span).starts_with(char::is_uppercase) {
                    self.leaf(Shape::Word, field, span);
                } else if let Some((_, inner)) = &name.subpat {
                    self.pattern(inner, field);
                }
            }
            Pat::Type(typed) => {
                self.pattern(&typed.pat, field);
                self.kind(&typed.ty);
            }
            Pat::Reference(inner) => self.pattern(&inner.pat, field),
            Pat::Paren(inner) => self.pattern(&inner.pat, field),
            Pat::Guard(guarded) => self.pattern(&guarded.pat, field),
            Pat::Or(cases) => {
                if let Some(first) = cases.cases.first() {
                    self.pattern(first, field);
                }
            }
            Pat::Tuple(list) => self.patterns(list.elems.iter(), field),
            Pat::Slice(list) => self.patterns(list.elems.iter(), field),
            // `Some(user)` is as good as `user`.
            Pat::TupleStruct(one) if one.elems.len() == 1 => {
                if let Some(inner) = one.elems.first() {
                    self.pattern(inner, field);
                }
            }
            Pat::TupleStruct(list) => self.patterns(list.elems.iter(), field),
            Pat::Struct(object) => {
                let at = self.open(Shape::ObjectPattern, field);
                for part in &object.fields {
                    self.field_pattern(part);
                }
                let span = self.path_span(&object.path).cover(self.span(object.brace_token.span.close()));
                self.close(at, span);
            }
            _ => {}
        }
    }

    fn patterns<'p>(&mut self, parts: impl Iterator<Item = &'p Pat>, field: Field) {
        let at = self.open(Shape::ListPattern, field);
        for part in parts {
            let before = self.program.events.len();
            self.pattern(part, Field::None);
            // Each element has its place, whether it binds a name or not.
            if self.program.events.len() == before {
                self.leaf(Shape::Compare, Field::None, Span::default());
            }
        }
        self.close(at, Span::default());
    }

    fn field_pattern(&mut self, part: &FieldPat) {
        let Member::Named(key) = &part.member else { return };
        if part.colon_token.is_none() {
            self.word(key, Field::None);
            return;
        }
        let at = self.open(Shape::PairPattern, Field::None);
        let start = self.word(key, Field::Key);
        self.pattern(&part.pat, Field::Value);
        self.close(at, start);
    }

    /// A type as written, when it has a name.
    pub(super) fn kind(&mut self, kind: &Type) {
        if let Some(span) = self.named_type(kind) {
            self.leaf(Shape::Type, Field::Type, span);
        }
    }

    /// The type whose name matters: references and wrappers aside.
    pub(super) fn named_type(&mut self, kind: &Type) -> Option<Span> {
        let mut kind = kind;
        for _ in 0..MAX_WRAPPERS {
            kind = match kind {
                Type::Reference(inner) => &inner.elem,
                Type::Paren(inner) => &inner.elem,
                Type::Group(inner) => &inner.elem,
                Type::Ptr(inner) => &inner.elem,
                Type::Slice(inner) => &inner.elem,
                Type::Array(inner) => &inner.elem,
                Type::ImplTrait(bounds) => return self.first_bound(bounds.bounds.iter()),
                Type::TraitObject(bounds) => return self.first_bound(bounds.bounds.iter()),
                Type::Path(path) => match inside(&path.path) {
                    Some(inner) => inner,
                    None => return Some(self.type_path(&path.path)),
                },
                _ => return None,
            };
        }
        None
    }

    fn first_bound<'p>(&mut self, bounds: impl Iterator<Item = &'p TypeParamBound>) -> Option<Span> {
        bounds.into_iter().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => Some(self.type_path(&bound.path)),
            _ => None,
        })
    }

    /// The place of a path in a type, without the arguments of its last word.
    pub(super) fn type_path(&mut self, path: &Path) -> Span {
        self.note_root(path);
        self.path_span(path)
    }

    /// From the first word of a path to its last.
    pub(super) fn path_span(&self, path: &Path) -> Span {
        let mut words = path.segments.iter().map(|segment| self.name_span(&segment.ident));
        let first = words.next().unwrap_or_default();
        words.next_back().map_or(first, |last| first.cover(last))
    }

    /// The whole of a written type, for schemas.
    pub(super) fn written_type(&mut self, kind: &Type) -> Option<Span> {
        let inner = match kind {
            Type::Reference(inner) => return self.named_type(&inner.elem),
            Type::Path(inner) => inner,
            _ => return self.named_type(kind),
        };
        self.note_root(&inner.path);
        let span = self.path_span(&inner.path);
        match inner.path.segments.last().map(|segment| &segment.arguments) {
            Some(PathArguments::AngleBracketed(arguments)) => Some(span.cover(self.span(arguments.gt_token.span))),
            _ => Some(span),
        }
    }

    /// Notes that the first word of a path may be the name of a crate.
    pub(super) fn note_root(&mut self, path: &Path) {
        let Some(first) = path.segments.first().filter(|_| path.segments.len() > 1) else { return };
        let name = self.slice(self.name_span(&first.ident));
        let is_crate =
            name.starts_with(|letter: char| letter.is_lowercase()) && !matches!(name, "crate" | "self" | "super");
        if is_crate {
            self.roots.insert(name);
        }
    }
}

/// The type inside a wrapper.
fn inside(path: &Path) -> Option<&Type> {
    let last = path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    if !TRANSPARENT.iter().any(|word| last.ident == word) {
        return None;
    }
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(kind) => Some(kind),
        _ => None,
    })
}

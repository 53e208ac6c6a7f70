//! Names that come to hold something: assignments, patterns, parameters, loops.

use super::{
    grammar::{Field, Language, Shape},
    machine::{Frame, Kid, Machine, Take},
    value::{Canonical, Parts, Val, each, merge, passed},
};
use crate::span::Span;

/// Most names of one pattern.
const MAX_TARGETS: usize = 128;

impl<'a> Machine<'a> {
    /// An assignment or declaration that was left.
    pub(super) fn assign(&mut self, frame: &Frame<'a>, kids: Vec<Kid<'a>>) -> Val<'a> {
        let declared =
            self.frames.last().filter(|above| above.shape == Shape::Declare).and_then(|above| above.declared.clone());
        let (mut names, mut value, mut class) = (Vec::new(), None, declared);
        let is_alias = kids.iter().any(|kid| kid.field == Field::Alias);
        let count = kids.len();
        for (at, kid) in kids.into_iter().enumerate() {
            let is_value = matches!(kid.field, Field::Right | Field::Value) || (is_alias && at == 0);
            match (kid.shape, kid.field) {
                (Shape::Type, _) | (_, Field::Type) => class = Some(kid.val),
                (_, Field::Left | Field::Name | Field::Alias | Field::Pattern) => names.push(kid),
                _ if is_value || at + 1 == count => value = Some(kid.val),
                _ => {}
            }
        }
        let has_value = value.is_some();
        let mut value = value.unwrap_or_else(|| Val::at(frame.span));
        value.receiver = None;
        if frame.shape == Shape::Augment {
            value = self.augmented(frame, &names, value);
        }
        if let Some(class) = &class {
            value.class = value.class.or(class.class);
            value.canonical = value.canonical.take().or_else(|| class.canonical.clone());
        }
        let single = names.len() == 1;
        let mut element = 0;
        for name in &names {
            if name.targets.is_empty() {
                let whole = if single { Take::All } else { Take::Element(element) };
                let part = self.take(&value, whole, name.val.span);
                self.assign_to(frame, name, part, has_value);
                element += 1;
                continue;
            }
            for &(take, target, span) in name.targets.iter().take(MAX_TARGETS) {
                let part = self.take(&value, take, span);
                self.bind_name(target, span, part);
            }
        }
        value
    }

    /// `x += y`.
    fn augmented(&mut self, frame: &Frame<'a>, names: &[Kid<'a>], value: Val<'a>) -> Val<'a> {
        let old = names.first().map(|kid| kid.val.clone()).unwrap_or_default();
        if !frame.operator.starts_with('+') {
            return Val { data: merge(value.data, &old.data), ..Val::at(frame.span) };
        }
        let kid = |val: Val<'a>| Kid { val, ..Kid::default() };
        self.joined(frame.span, &[kid(old), kid(value)])
    }

    fn assign_to(&mut self, frame: &Frame<'a>, target: &Kid<'a>, value: Val<'a>, has_value: bool) {
        match target.shape {
            Shape::Name | Shape::Word => {
                let name = self.slice(target.val.span);
                if self.stands_in_class() {
                    self.class_field(name, frame, value, has_value);
                } else {
                    self.bind_name(name, target.val.span, value);
                }
            }
            Shape::List => {
                let elements = target.val.parts.elements().to_vec();
                for (index, element) in elements.iter().enumerate().take(MAX_TARGETS) {
                    let part = if elements.len() == 1 {
                        value.clone()
                    } else {
                        self.take(&value, Take::Element(index), element.span)
                    };
                    self.assign_place(frame, element, part);
                }
            }
            _ => self.assign_place(frame, &target.val, value),
        }
    }

    /// Assigns to a name or to a member, whichever the target is.
    fn assign_place(&mut self, frame: &Frame<'a>, target: &Val<'a>, value: Val<'a>) {
        let text = self.slice(target.span);
        let is_name =
            !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '$');
        if is_name {
            self.bind_name(text, target.span, value);
            return;
        }
        let Some(member) = target.name() else { return };
        if let Some(class) = target.owner
            && !self.emits
        {
            let value = Val { made_by: None, data: None, ..value.clone() };
            self.known.learn_field(class, member, value);
        }
        self.assigned(frame, target, member, &value);
    }

    /// Binds a name where it stands.
    pub(super) fn bind_name(&mut self, name: &'a str, span: Span, mut value: Val<'a>) {
        if name.is_empty() || name == "_" {
            return;
        }
        if value.data.is_some() {
            value.data = passed(&value.data, span);
        }
        if self.scopes.is_file() && !self.emits {
            self.known.learn(name, &value);
        }
        self.scopes.bind(name, value);
    }

    /// The loop variable, as its body begins: one of what is looped over.
    pub(super) fn bind_each(&mut self) {
        let find = |fields: &[Field]| self.last_kids().iter().find(|kid| fields.contains(&kid.field)).cloned();
        let target = find(&[Field::Left, Field::Name]);
        let value = find(&[Field::Right, Field::Value]).map(|kid| kid.val).unwrap_or_default();
        let class = find(&[Field::Type]).map(|kid| kid.val);
        let Some(target) = target else { return };
        let mut one = Val {
            data: value.data,
            parameters: value.parameters,
            path: value.path,
            class: value.class,
            ..Val::at(value.span)
        };
        if let Some(class) = class {
            one.class = class.class;
            one.canonical = class.canonical;
        }
        if target.targets.is_empty() {
            let name = self.slice(target.val.span);
            self.bind_name(name, target.val.span, one);
            return;
        }
        for (take, name, span) in target.targets {
            let part = if let Take::Field(_) = take { self.take(&one, take, span) } else { one.clone() };
            self.bind_name(name, span, part);
        }
    }

    /// A pattern or parameter: which names take what.
    pub(super) fn pattern(&mut self, frame: &Frame<'a>, kids: Vec<Kid<'a>>) -> Kid<'a> {
        let mut kid = Kid { field: frame.field, shape: frame.shape, val: Val::at(frame.span), ..Kid::default() };
        match frame.shape {
            Shape::Parameter => {
                for part in kids {
                    self.parameter_part(&mut kid, part);
                }
            }
            Shape::PairPattern => {
                let key = kids.first().map(|key| self.slice(key.val.span));
                let inner = kids.into_iter().nth(1).map(|part| self.names_in(part)).unwrap_or_default();
                // `{ a: { b } }`: what stands deeper takes its own field.
                kid.targets = inner
                    .into_iter()
                    .map(|(take, name, span)| match (take, key) {
                        (Take::All, Some(key)) => (Take::Field(key), name, span),
                        _ => (take, name, span),
                    })
                    .collect();
            }
            _ => {
                for (index, part) in kids.into_iter().enumerate() {
                    let is_list = frame.shape == Shape::ListPattern;
                    for (take, name, span) in self.names_in(part) {
                        let take = match take {
                            Take::All if is_list => Take::Element(index),
                            Take::All => Take::Field(name),
                            other => other,
                        };
                        kid.targets.push((take, name, span));
                    }
                }
            }
        }
        kid.targets.truncate(MAX_TARGETS);
        kid
    }

    fn names_in(&self, part: Kid<'a>) -> Vec<(Take<'a>, &'a str, Span)> {
        if !part.targets.is_empty() {
            return part.targets;
        }
        match part.shape {
            Shape::Name | Shape::Word | Shape::Shorthand => vec![(Take::All, self.slice(part.val.span), part.val.span)],
            _ => Vec::new(),
        }
    }

    fn parameter_part(&mut self, kid: &mut Kid<'a>, part: Kid<'a>) {
        let is_type = part.shape == Shape::Type || part.field == Field::Type;
        if is_type {
            kid.val.class = part.val.class;
            kid.val.canonical = part.val.canonical;
        } else if matches!(part.field, Field::Value | Field::Right) {
            // The default: only what it is, not what it holds, since a caller may give anything.
            kid.val.canonical = kid.val.canonical.take().or(part.val.canonical);
        } else {
            let names = self.names_in(part);
            kid.targets.extend(names);
        }
    }

    /// Binds what a function is called with.
    pub(super) fn bind_parameters(&mut self, frame: &Frame<'a>, kids: Vec<Kid<'a>>) {
        let above = self.frames.last().map(|above| above.shape);
        if above == Some(Shape::Class) {
            self.record_components(kids);
            return;
        }
        if frame.field == Field::Result || above != Some(Shape::Function) {
            return;
        }
        let is_receiver = frame.field == Field::Receiver;
        for (index, kid) in kids.into_iter().enumerate() {
            let is_self =
                index == 0 && self.stands_in_method() && matches!(self.slice(kid.val.span), "self" | "cls" | "&self");
            if !is_self {
                self.bind_parameter(index, is_receiver, kid);
            }
        }
    }

    fn bind_parameter(&mut self, index: usize, is_receiver: bool, kid: Kid<'a>) {
        let is_property = self.language.is_script()
            && ["private", "public", "protected", "readonly"]
                .iter()
                .any(|word| self.slice(kid.val.span).starts_with(word));
        let number = self.functions.last_mut().map_or(index, |function| {
            function.parameters += 1;
            function.parameters as usize - 1
        });
        let bit = if is_receiver || number >= 32 { 0 } else { 1u32 << number };
        let base = Val {
            class: kid.val.class,
            canonical: kid.val.canonical.clone(),
            parameters: bit,
            ..Val::at(kid.val.span)
        };
        let names = if kid.targets.is_empty() { self.names_in(kid) } else { kid.targets };
        for (take, name, span) in names {
            let mut value = match take {
                Take::Field(_) => self.take(&base, take, span),
                _ => base.clone(),
            };
            value.parameters = bit;
            value.data = each(&value.data, |trace| trace.place = "parameter");
            if is_property
                && !self.emits
                && let Some(class) = self.classes.last().and_then(|class| class.name)
            {
                self.known.learn_field(class, name, Val { parameters: 0, ..value.clone() });
            }
            self.scopes.bind(name, value);
        }
    }

    /// The class and canonical name of a type as written.
    pub(super) fn declared_type(&mut self, span: Span) -> Val<'a> {
        let Some(name) = type_name(self.slice(span)) else { return Val::at(span) };
        let simple = name.rsplit(['.', ':']).next().unwrap_or(name);
        let (first, rest) = name.split_at_checked(name.find(['.', ':']).unwrap_or(name.len())).unwrap_or((name, ""));
        let canonical = match self.imported(first) {
            Some(module) => Some(Canonical::imported(&format!("{module}{rest}"))),
            None if self.known.classes.contains_key(simple) => None,
            None => {
                let mut val = Val::default();
                self.unbound_type(first, &mut val);
                val.canonical
                    .and_then(|canonical| if rest.is_empty() { Some(canonical) } else { canonical.member("", rest) })
            }
        };
        Val { class: Some(simple), canonical, parts: Parts::None, ..Val::at(span) }
    }

    fn unbound_type(&self, name: &'a str, val: &mut Val<'a>) {
        let known = self.in_wildcards(name);
        val.canonical = match known {
            Some(name) => Some(Canonical::imported(&name)),
            None if self.language == Language::Java || self.language == Language::Rust || self.language.is_script() => {
                Some(Canonical { name: name.into(), global: true })
            }
            None => None,
        };
    }
}

/// Wrappers whose inside is the type that matters.
const WRAPPERS: [&str; 22] = [
    "Optional",
    "List",
    "list",
    "Set",
    "Collection",
    "Iterable",
    "Promise",
    "Option",
    "Result",
    "Box",
    "Arc",
    "Rc",
    "Vec",
    "Array",
    "Partial",
    "Readonly",
    "Annotated",
    "Mapped",
    "Sequence",
    "Flux",
    "Mono",
    "Page",
];

/// The name in a written type: pointers, wrappers, arguments and alternatives aside.
pub(super) fn type_name(text: &str) -> Option<&str> {
    let mut rest = text;
    // Each round takes one wrapper off, so this ends soon.
    for _ in 0..4 {
        rest = rest.trim_start_matches([':', '*', '&', '[', ']', ' ', '(', '"', '\'', '?', '.']);
        rest = ["final ", "const ", "mut ", "dyn ", "impl ", "typing.", "readonly "]
            .iter()
            .fold(rest, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
        let end = rest
            .find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '.' | ':' | '$')))
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end)?;
        let name = name.trim_end_matches([':', '.']);
        let simple = name.rsplit(['.', ':']).next().unwrap_or(name);
        if WRAPPERS.contains(&simple) && after.trim_start().starts_with(['<', '[']) {
            rest = after.trim_start();
            rest = rest.trim_start_matches(['<', '[']);
            continue;
        }
        return (!name.is_empty() && name.len() < 120).then_some(name);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_without_their_wrapping() {
        let cases = [
            (": HttpClient", "HttpClient"),
            ("*zap.Logger", "zap.Logger"),
            ("Optional[User]", "User"),
            ("List<Customer>", "Customer"),
            ("[]string", "string"),
            ("User | None", "User"),
            ("typing.Optional[models.User]", "models.User"),
            ("&mut reqwest::Client", "reqwest::Client"),
            ("Map<String, User>", "Map"),
        ];
        for (text, name) in cases {
            assert_eq!(type_name(text), Some(name), "{text}");
        }
    }
}

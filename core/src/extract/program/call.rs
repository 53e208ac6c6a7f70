//! Calls: who is called, what comes back, and what of it becomes facts.

use std::rc::Rc;

use super::{
    grammar::{Field, Language, Shape},
    machine::{Frame, Kid, Machine},
    scope::Summary,
    value::{Canonical, Constant, Parts, Trace, Val, each, merge},
};
use crate::{
    span::Span,
    vocabulary::{CallPattern, Strictness, words_of},
};

/// What is known of the function that is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect<'r> {
    /// Nothing is known.
    Unknown,
    /// The role is only a name.
    Role,
    /// The result is the argument made harmless.
    Through(&'r str),
    /// The result is the argument in another shape.
    Keeps,
    /// The result says nothing about the argument.
    Drops,
}

impl<'a> Machine<'a> {
    /// A call, construction or composite that was left.
    pub(super) fn call_node(&mut self, frame: &Frame<'a>, kids: Vec<Kid<'a>>) -> Val<'a> {
        let (callee, arguments) = self.split(frame, kids);
        let Some(callee) = callee else { return Val::at(frame.span) };
        if let Some(module) = self.required(&callee, &arguments) {
            return module;
        }
        let pattern = self.pattern_of(&callee);
        if let Some(pattern) = pattern {
            let name = self.name_of(&callee);
            let made = self.report(frame.span, &callee, &name, pattern, &arguments);
            let mut result = self.result(frame, &callee, &arguments, Some(pattern));
            result.made_by = made;
            return result;
        }
        self.set_option(&callee, &arguments);
        if let Some(summary) = self.summary_of(&callee).cloned() {
            self.report_wrapped(frame.span, &callee, &summary, &arguments);
            return self.returned(frame.span, &summary, &arguments);
        }
        self.result(frame, &callee, &arguments, None)
    }

    /// The callee and the arguments of a call in any of its forms.
    fn split(&mut self, frame: &Frame<'a>, kids: Vec<Kid<'a>>) -> (Option<Val<'a>>, Vec<Kid<'a>>) {
        let (mut callee, mut object, mut name) = (None, None, None);
        let mut arguments = Vec::new();
        for kid in kids {
            match (frame.shape, kid.field) {
                (_, Field::Callee) => callee = Some(kid.val),
                (Shape::New | Shape::Composite, Field::Type) => callee = Some(kid.val),
                (Shape::Invoke, Field::Object) => object = Some(kid.val),
                (Shape::Invoke, Field::Name) => name = Some(kid.val),
                _ if kid.shape == Shape::Type => {}
                _ => arguments.push(kid),
            }
        }
        if let Some(name) = name {
            let span = object.as_ref().map_or(name.span, |object| object.span.cover(name.span));
            callee = Some(match object {
                Some(object) => self.member(&object, self.slice(name.span), span, false),
                None => self.name(name.span),
            });
        }
        (callee, arguments)
    }

    /// `require("module")`, `import("module")`.
    fn required(&self, callee: &Val<'a>, arguments: &[Kid<'a>]) -> Option<Val<'a>> {
        if !self.language.is_script() || !matches!(callee.canonical_name(), Some("require" | "import")) {
            return None;
        }
        let module = arguments.first()?.val.text()?;
        let canonical = Some(Canonical::imported(module));
        Some(Val { canonical, is_reference: true, ..Val::at(callee.span) })
    }

    /// The vocabulary's pattern for a callee: by its canonical name or, when its origin is not known, by convention.
    fn pattern_of(&self, callee: &Val<'a>) -> Option<&'a CallPattern> {
        let word = self.language.word();
        if let Some(canonical) = &callee.canonical
            && let Some(pattern) = self.calls.find(&canonical.name, canonical.global, word)
        {
            return Some(pattern);
        }
        let path = callee.path.as_ref()?;
        let method = path.name;
        let receiver = path.parent.as_ref().map(|parent| parent.name).unwrap_or("*");
        let is_method = self.slice(callee.span) != method;
        is_method.then(|| self.calls.find_method(receiver, method, word)).flatten()
    }

    /// The name a call fact bears.
    pub(super) fn name_of(&self, callee: &Val<'a>) -> Rc<str> {
        match &callee.canonical {
            Some(canonical) => canonical.name.clone(),
            None => {
                let mut words: Vec<&str> = callee.path.iter().flat_map(|path| path.words()).collect();
                words.reverse();
                words.join(".").into()
            }
        }
    }

    fn effect<'r>(&'r self, callee: &Val<'a>, pattern: Option<&'r CallPattern>) -> Effect<'r> {
        let roles = &self.calls.roles;
        let of = |role: &'r str| {
            let holds = |list: &[String]| list.iter().any(|word| word == role);
            if holds(&roles.through) {
                Effect::Through(role)
            } else if holds(&roles.keeps) {
                Effect::Keeps
            } else if holds(&roles.drops) {
                Effect::Drops
            } else {
                Effect::Role
            }
        };
        match pattern {
            Some(pattern) => of(&pattern.role),
            None => callee.name().and_then(|name| self.calls.verb(name)).map_or(Effect::Unknown, of),
        }
    }

    /// What a call gives.
    fn result(
        &mut self,
        frame: &Frame<'a>,
        callee: &Val<'a>,
        arguments: &[Kid<'a>],
        pattern: Option<&CallPattern>,
    ) -> Val<'a> {
        let mut val = Val::at(frame.span);
        val.canonical = callee.canonical.as_ref().map(|canonical| match self.calls.result_of(&canonical.name) {
            Some(result) => Canonical { name: result.into(), global: canonical.global },
            None => canonical.clone(),
        });
        val.class = callee.class.filter(|_| callee.is_reference || frame.shape != Shape::Invoke);
        val.path = callee.path.clone();
        let mut data = callee.receiver.clone();
        let mut parameters = callee.parameters;
        for argument in arguments {
            data = merge(data, &self.whole(&argument.val));
            parameters |= argument.val.parameters;
        }
        if is_blanked(callee, arguments) {
            val.is_clean = true;
            return val;
        }
        let effect = match self.effect(callee, pattern) {
            Effect::Through(role) => {
                Effect::Through(self.calls.roles.through.iter().find(|word| *word == role).map_or("", String::as_str))
            }
            Effect::Unknown => Effect::Unknown,
            Effect::Keeps => Effect::Keeps,
            Effect::Drops => Effect::Drops,
            Effect::Role => Effect::Role,
        };
        match effect {
            Effect::Through(role) => {
                let role: Rc<str> = role.into();
                val.data = each(&data, |trace: &mut Trace<'a>| {
                    if !trace.through.contains(&role) {
                        trace.through.push(role.clone());
                    }
                });
                val.is_clean = val.data.is_none();
            }
            Effect::Keeps => {
                self.keep(callee, arguments, &mut val);
                val.data = merge(val.data.take(), &data);
                val.parameters = parameters;
            }
            Effect::Drops => val.is_clean = true,
            Effect::Role | Effect::Unknown => {
                let is_container = matches!(frame.shape, Shape::New | Shape::Composite) || self.is_constructor(callee);
                if is_container {
                    val.data = data;
                    val.parameters = parameters;
                } else if effect == Effect::Unknown {
                    self.accessed(callee, arguments, &mut val);
                }
            }
        }
        if frame.shape == Shape::Composite {
            val.parts = self.map(frame.span, arguments.to_vec()).parts;
            val.data = data_of_parts(&val);
        }
        val
    }

    fn is_constructor(&self, callee: &Val<'a>) -> bool {
        matches!(self.language, Language::Python | Language::Rust)
            && callee
                .name()
                .is_some_and(|name| name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase))
    }

    /// The text that a keeping function makes, where that is known: formats and conversions of constants.
    fn keep(&mut self, callee: &Val<'a>, arguments: &[Kid<'a>], val: &mut Val<'a>) {
        let method = callee.name().unwrap_or_default();
        let is_format = matches!(method, "format" | "formatted" | "Sprintf" | "Errorf" | "Appendf" | "format_map");
        let receiver = Val { constant: callee.receiver_constant.clone(), ..Val::at(callee.span) };
        if is_format {
            let own = receiver.text().is_some();
            let format = if own { Some(&receiver) } else { arguments.first().map(|kid| &kid.val) };
            let mut filling = Val::at(val.span);
            for kid in arguments.iter().skip(usize::from(!own)) {
                filling.data = merge(filling.data.take(), &self.whole(&kid.val));
            }
            if let Some(format) = format {
                let joined = self.formatted(val.span, format, &filling);
                val.constant = joined.constant;
                val.data = joined.data;
            }
        } else if arguments.is_empty()
            && matches!(method, "strip" | "trim" | "toString" | "to_string" | "to_owned" | "into" | "String")
        {
            val.constant = callee.receiver_constant.clone();
        } else if arguments.len() == 1
            && matches!(method, "String" | "str" | "string" | "from" | "valueOf" | "of" | "create" | "URL" | "URI")
        {
            val.constant = arguments.first().map(|kid| kid.val.constant.clone()).unwrap_or_default();
        } else if callee.name().is_some_and(|name| matches!(name, "dict" | "set" | "list")) {
            let mapped = self.map(val.span, arguments.to_vec());
            val.parts = mapped.parts;
        }
    }

    /// Personal data read by an accessor: `user.getEmail()`, `form.get("email")`, `user.email()`.
    fn accessed(&mut self, callee: &Val<'a>, arguments: &[Kid<'a>], val: &mut Val<'a>) {
        let Some(path) = callee.path.clone() else { return };
        if callee.is_clean || (callee.is_reference && arguments.is_empty()) {
            return;
        }
        let owner = path.parent.clone();
        let object = Val { path: owner, class: callee.owner, ..Val::at(callee.span) };
        if arguments.is_empty() {
            let read = self.people.read_accessor(path.name).and_then(|reading| reading.term);
            match read {
                Some((category, strictness)) => self.read_accessor(&object, path.name, category, strictness, val),
                // `user.email()`: the member was read already.
                None if !path.is_root() => val.data = callee.data.clone(),
                None => {}
            }
            let is_person = self.people.read_accessor(path.name).is_some_and(|reading| reading.is_person);
            val.is_person = is_person && val.data.is_none();
            return;
        }
        let words = words_of(path.name);
        // An element of a page by its id is no value of it.
        let reads = words.first().is_some_and(|first| self.people.accessors.contains(first))
            && !words.iter().any(|word| word.starts_with("element"));
        let key = arguments.first().and_then(|argument| self.key_text(&argument.val));
        if let Some(key) = key.filter(|key| reads && !path.is_root() && is_key(key))
            && let Some((category, strictness)) = self.reading(key).term
        {
            self.read_accessor(&object, key, category, strictness, val);
        }
    }

    fn read_accessor(
        &mut self,
        object: &Val<'a>,
        field: &'a str,
        category: u16,
        strictness: Strictness,
        val: &mut Val<'a>,
    ) {
        if let Some(owner) = self.fits(object, category, strictness) {
            val.data = super::eval::one(Trace::new(category, field, owner, "expression", val.span));
        }
    }

    /// The summary of a function of this file.
    fn summary_of(&self, callee: &Val<'a>) -> Option<&Summary<'a>> {
        let path = callee.path.as_ref()?;
        if path.is_root() {
            let here = self.classes.last().and_then(|class| class.name).unwrap_or_default();
            return self.known.functions.get(&("", path.name)).or_else(|| self.known.functions.get(&(here, path.name)));
        }
        self.known.functions.get(&(callee.owner?, path.name))
    }

    /// What a function of this file returns for these arguments.
    fn returned(&mut self, span: Span, summary: &Summary<'a>, arguments: &[Kid<'a>]) -> Val<'a> {
        let Some(returns) = &summary.returns else { return Val::at(span) };
        let mut val = Val { span, path: None, is_person: false, parameters: 0, ..returns.clone() };
        // Data of the function's own names is read where it stands, not where it is called.
        val.data = None;
        for (kid, at) in arguments.iter().zip(0u32..32) {
            if returns.parameters & (1 << at) != 0 {
                let mut data = self.whole(&kid.val);
                let through: Vec<Rc<str>> = returns
                    .data
                    .iter()
                    .flat_map(|traces| traces.iter())
                    .flat_map(|trace| trace.through.clone())
                    .collect();
                if !through.is_empty() {
                    data = each(&data, |trace| trace.through.extend(through.iter().cloned()));
                }
                val.absorb(&data);
                val.parameters |= kid.val.parameters;
            }
        }
        if !matches!(val.constant, Constant::Known(_)) {
            val.constant = Constant::None;
        }
        val
    }
}

fn data_of_parts<'a>(val: &Val<'a>) -> super::value::Traces<'a> {
    match &val.parts {
        Parts::Map(entries) => entries.iter().fold(None, |data, (_, value)| merge(data, &value.data)),
        Parts::List(elements) => elements.iter().fold(None, |data, value| merge(data, &value.data)),
        Parts::None => None,
    }
}

/// True for `password.replace(/./g, "*")`: what is left is the length.
fn is_blanked(callee: &Val<'_>, arguments: &[Kid<'_>]) -> bool {
    matches!(callee.name(), Some("replace" | "replaceAll" | "replace_all" | "sub" | "ReplaceAllString"))
        && arguments.iter().filter_map(|kid| kid.val.text()).any(|text| {
            !text.is_empty() && text.chars().all(|letter| matches!(letter, '*' | '#' | '•' | '●' | 'x' | 'X'))
        })
}

/// True for a text that names a field, not a path or a sentence.
fn is_key(text: &str) -> bool {
    text.len() <= 40
        && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '[' | ']'))
}

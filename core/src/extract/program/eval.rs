//! What each kind of expression holds, from what its parts hold.

use std::rc::Rc;

use super::{
    grammar::{Field, Language, Shape},
    joint::Joint,
    machine::{Frame, Kid, Machine, Take},
    text,
    value::{
        Canonical, Constant, MAX_CONSTANT_DEPTH, MAX_ELEMENTS, MAX_TEXT, Parts, Path, Trace, Traces, Val, each, merge,
    },
};
use crate::{
    span::Span,
    syntax::Value,
    vocabulary::{ObjectKind, Strictness},
};

/// Types whose values are no person as a whole.
const PLAIN_TYPES: [&str; 16] = [
    "str", "int", "bool", "float", "string", "number", "boolean", "String", "Integer", "Long", "int64", "int32",
    "long", "UUID", "uuid", "bytes",
];

impl<'a> Machine<'a> {
    /// The value of a node that was left, for its parent; `None` for statements.
    pub(super) fn evaluate(&mut self, frame: &Frame<'a>, kids: Vec<Kid<'a>>) -> Option<Kid<'a>> {
        let span = frame.span;
        let val = match frame.shape {
            Shape::Skip | Shape::Pass | Shape::Branch | Shape::Declare | Shape::Import => return None,
            Shape::Splice | Shape::Bases => return None,
            Shape::Block => {
                self.end_block(frame);
                return None;
            }
            Shape::Arm => {
                self.end_block(frame);
                return None;
            }
            Shape::ForEach => return None,
            Shape::Name => self.name(span),
            Shape::This => self.this(span),
            Shape::Word => Val { path: Some(Path::root(self.slice(span))), ..Val::at(span) },
            Shape::Type => self.declared_type(span),
            Shape::Member => self.member_node(span, &kids),
            Shape::Index => self.index_node(span, kids),
            Shape::Call | Shape::New | Shape::Invoke | Shape::Composite => self.call_node(frame, kids),
            Shape::String => self.string(span, &kids),
            Shape::Concat => self.concat(span, &kids),
            Shape::Fragment => Val::at(span),
            Shape::Hole | Shape::Wrap | Shape::Spread => return self.wrap(frame, kids),
            Shape::Number => match text::number(self.slice(span)) {
                Some(number) => Val::literal(span, Value::Number(number)),
                None => Val::at(span),
            },
            Shape::True => Val::literal(span, Value::Bool(true)),
            Shape::False => Val::literal(span, Value::Bool(false)),
            Shape::Null => Val::literal(span, Value::Null),
            // Go writes every side of an assignment as a list.
            Shape::List if self.language == Language::Go && kids.len() == 1 => {
                let kid = kids.into_iter().next()?;
                return Some(Kid { field: frame.field, ..kid });
            }
            Shape::List => self.list(span, kids),
            Shape::Map => self.map(span, kids),
            Shape::Pair | Shape::Keyword | Shape::Shorthand => return Some(self.pair(frame, kids)),
            Shape::Binary => self.binary(frame, &kids),
            Shape::Logic => self.either(span, &kids),
            Shape::Compare => Val { is_clean: true, ..Val::at(span) },
            Shape::Unary => self.unary(frame, kids),
            Shape::Ternary => self.ternary(span, &kids),
            Shape::Assign | Shape::Augment | Shape::Declarator => self.assign(frame, kids),
            Shape::Function => self.end_function(frame, &kids),
            Shape::Parameter | Shape::ObjectPattern | Shape::ListPattern | Shape::PairPattern => {
                return Some(self.pattern(frame, kids));
            }
            Shape::Parameters => {
                self.bind_parameters(frame, kids);
                return None;
            }
            Shape::Class => return None,
            Shape::FieldDefinition => {
                self.field_definition(frame, kids);
                return None;
            }
            Shape::Decorator => {
                self.decorator(frame, kids);
                return None;
            }
            Shape::Return => {
                self.end_return(kids);
                return None;
            }
            Shape::Throw => {
                self.end_throw(frame, kids);
                return None;
            }
        };
        if frame.shape == Shape::Name && frame.field == Field::Parameters {
            // `x => ...`: a parameter without a list.
            let kid = Kid { field: frame.field, shape: frame.shape, val, ..Kid::default() };
            self.bind_parameters(frame, vec![kid]);
            return None;
        }
        Some(Kid { field: frame.field, shape: frame.shape, val, ..Kid::default() })
    }

    fn wrap(&mut self, frame: &Frame<'a>, kids: Vec<Kid<'a>>) -> Option<Kid<'a>> {
        let mut kid = kids.into_iter().find(|kid| kid.shape != Shape::Type && kid.field != Field::Type)?;
        let is_pattern = !kid.targets.is_empty();
        if frame.shape == Shape::Spread || frame.shape == Shape::Hole {
            kid.shape = frame.shape;
        } else if !is_pattern && !matches!(kid.shape, Shape::Name | Shape::Word | Shape::Pair) {
            kid.shape = Shape::Wrap;
        }
        kid.field = frame.field;
        // A constant keeps its own place; everything else is as wide as the wrapping.
        if kid.val.known().is_none() {
            kid.val.span = frame.span;
        }
        Some(kid)
    }

    fn this(&mut self, span: Span) -> Val<'a> {
        let class = self.classes.last().and_then(|class| class.name);
        let base = class.and_then(|class| self.known.classes.get(class)).and_then(|class| class.base.clone());
        Val { path: Some(Path::root(self.slice(span))), class, canonical: base, ..Val::at(span) }
    }

    pub(super) fn name(&mut self, span: Span) -> Val<'a> {
        let text = self.slice(span);
        let first = matches!(self.language, Language::Python | Language::Rust);
        if first && matches!(text, "self" | "cls") && !self.classes.is_empty() {
            return self.this(span);
        }
        let reading = self.reading(text);
        let bound = self.look_up(text).cloned();
        let is_bound = bound.is_some();
        let mut val = bound.unwrap_or_default();
        val.span = span;
        val.receiver = None;
        val.data = each(&val.data, |trace| trace.at = span);
        val.is_person = reading.is_person && val.known().is_none();
        if val.path.is_none() || val.is_person {
            val.path = Some(Path::root(text));
        }
        if is_bound {
            val.is_reference = false;
        } else {
            self.unbound(text, &mut val);
        }
        let is_value = !val.is_reference && !val.is_clean && val.data.is_none() && val.known().is_none();
        if is_value
            && !text.starts_with(char::is_uppercase)
            && matches!(val.parts, Parts::None)
            && let Some((category, Strictness::Strict)) = reading.term
        {
            let place = if val.parameters == 0 { "expression" } else { "parameter" };
            val.data = one(Trace::new(category, text, "", place, span));
        }
        val
    }

    /// What a name holds: functions around, fields of the class (Java), the file.
    pub(super) fn look_up(&self, text: &str) -> Option<&Val<'a>> {
        let with_file = self.scopes.is_file() || !self.emits;
        let inner = self.scopes.look_up(text, with_file);
        let field = || {
            let class = self.classes.last().and_then(|class| class.name)?;
            self.known.classes.get(class)?.fields.get(text)
        };
        inner
            .or_else(|| if self.language == Language::Java { field() } else { None })
            .or_else(|| if self.emits { self.known.globals.get(text) } else { None })
    }

    /// A name that nothing here binds: imported, declared in this file, or a builtin.
    fn unbound(&mut self, text: &'a str, val: &mut Val<'a>) {
        if let Some(name) = self.imported(text) {
            val.canonical = Some(Canonical { name, global: false });
            val.is_reference = true;
            return;
        }
        if self.known.classes.contains_key(text) {
            val.class = Some(text);
            val.is_reference = true;
            return;
        }
        if self.known.functions.contains_key(&("", text)) {
            val.is_reference = true;
            return;
        }
        let known = self.in_wildcards(text);
        val.canonical = Some(match known {
            Some(name) => Canonical::imported(&name),
            None => Canonical { name: text.into(), global: true },
        });
        val.is_reference = val.canonical.as_ref().is_some_and(|canonical| !canonical.global);
    }

    /// What an import makes of a name. Of a crate that Rust knows without one, a wildcard may mean something nearer.
    pub(super) fn imported(&self, text: &str) -> Option<Rc<str>> {
        let name = self.imports.get(text)?;
        let is_bare = self.language == Language::Rust && &**name == text;
        let nearer = if is_bare { self.in_wildcards(text) } else { None };
        Some(nearer.map_or_else(|| name.clone(), Rc::from))
    }

    /// The name below the imported package that is known to have it.
    pub(super) fn in_wildcards(&self, text: &str) -> Option<String> {
        let separator = self.separator();
        let below = || self.wildcards.iter().map(|package| format!("{package}{separator}{text}"));
        let listed = below().find(|name| self.calls.lists(name));
        listed.or_else(|| below().find(|name| self.calls.covers(name)))
    }

    fn member_node(&mut self, span: Span, kids: &[Kid<'a>]) -> Val<'a> {
        let name = kids.iter().rev().find(|kid| kid.field == Field::Name);
        let object = kids.iter().find(|kid| kid.field == Field::Object).or_else(|| kids.first());
        match (object, name) {
            (Some(object), Some(name)) => self.member(&object.val, self.slice(name.val.span), span, false),
            _ => Val::at(span),
        }
    }

    /// The value of `object.name`; `keyed` when written as `object["name"]`.
    pub(super) fn member(&mut self, object: &Val<'a>, name: &'a str, span: Span, keyed: bool) -> Val<'a> {
        let local =
            object.class.and_then(|class| self.known.classes.get(class)).and_then(|class| class.fields.get(name));
        let mut val = local.or_else(|| object.parts.get(name)).cloned().unwrap_or_default();
        val.span = span;
        val.path = Some(Path::below(object.path.as_ref(), name));
        val.made_by = None;
        val.owner = object.class;
        val.owner_canonical = object.canonical.clone();
        val.owner_made_by = object.made_by;
        val.receiver = self.whole(object);
        val.receiver_constant = object.constant.clone();
        val.is_reference &= object.is_reference;
        val.parameters |= object.parameters;
        if val.canonical.is_none() && local_is_unknown(&val) {
            val.canonical = self.member_name(object.canonical.as_ref(), name);
            // What an imported object holds under a key is a value, not a part of a module.
            val.is_reference = object.is_reference && !keyed;
        }
        self.read_member(object, name, keyed, &mut val);
        val
    }

    pub(super) fn member_name(&self, object: Option<&Canonical>, name: &str) -> Option<Canonical> {
        let canonical = object?;
        if self.language.is_script() {
            if name == "default" && !canonical.global {
                return Some(canonical.clone());
            }
            if canonical.global && matches!(&*canonical.name, "window" | "globalThis" | "self" | "global") {
                return Some(Canonical { name: name.into(), global: true });
            }
        }
        canonical.member(self.separator(), name)
    }

    /// What stands between the words of a canonical name.
    fn separator(&self) -> &'static str {
        if self.language == Language::Rust { "::" } else { "." }
    }

    /// Personal data by the name of a member and of its object.
    fn read_member(&mut self, object: &Val<'a>, name: &'a str, keyed: bool, val: &mut Val<'a>) {
        let reading = self.reading(name);
        val.is_person = reading.is_person && val.known().is_none();
        if val.known().is_some() || val.is_clean || (object.is_reference && !keyed) || val.data.is_some() {
            return;
        }
        let is_constant = !keyed && name.len() > 3 && !name.contains(char::is_lowercase);
        let of_class = object.name().is_some_and(|owner| owner.starts_with(char::is_uppercase));
        if is_constant || (of_class && self.language != Language::Go) {
            return;
        }
        let Some((category, strictness)) = reading.term else {
            if reading.object == ObjectKind::Neutral && object.data.is_some() {
                val.data = object.data.clone();
            }
            return;
        };
        if let Some(owner) = self.fits(object, category, strictness) {
            val.data = one(Trace::new(category, name, owner, "expression", val.span));
        }
    }

    /// The object's name, when a term of this strictness counts for it.
    pub(super) fn fits(&mut self, object: &Val<'a>, category: u16, strictness: Strictness) -> Option<&'a str> {
        let (kind, owner) = self.owner(object);
        let function = self.functions.first().map_or(0, |function| function.start);
        match strictness {
            Strictness::Strict => {
                let identifies = self.people.category(category).is_some_and(|category| category.identifies);
                if identifies && !self.emits && !owner.is_empty() {
                    self.known.persons.insert((function, owner));
                }
                (kind != ObjectKind::Thing).then_some(owner)
            }
            Strictness::Wide => {
                let known = kind != ObjectKind::Thing && self.known.persons.contains(&(function, owner));
                (kind == ObjectKind::Person || known).then_some(owner)
            }
        }
    }

    /// Whom a value speaks of, by its class and by the words of its path.
    pub(super) fn owner(&mut self, object: &Val<'a>) -> (ObjectKind, &'a str) {
        if let Some(class) = object.class {
            let kind = self.reading(class).object;
            if matches!(kind, ObjectKind::Person | ObjectKind::Thing) {
                return (kind, class);
            }
        }
        let words: Vec<&'a str> = object.path.iter().flat_map(|path| path.words()).take(4).collect();
        for &word in &words {
            let reading = self.reading(word);
            match reading.object {
                ObjectKind::Neutral => {}
                kind => return (kind, word),
            }
        }
        (ObjectKind::Neutral, words.first().copied().unwrap_or_default())
    }

    /// The data in a value; a person as a whole is data too.
    pub(super) fn whole(&mut self, val: &Val<'a>) -> Traces<'a> {
        let is_plain = val.class.is_some_and(|class| PLAIN_TYPES.contains(&class));
        if val.data.is_some() || !val.is_person || val.is_reference || val.is_clean || is_plain {
            return val.data.clone();
        }
        let name = val.name().unwrap_or_default();
        // A class is not a person; neither is a constant of one.
        if name.starts_with(char::is_uppercase) {
            return None;
        }
        let mut trace = Trace::new(0, name, name, "expression", val.span);
        trace.category = None;
        one(trace)
    }

    fn index_node(&mut self, span: Span, kids: Vec<Kid<'a>>) -> Val<'a> {
        let index = kids.iter().find(|kid| kid.field == Field::Index).or_else(|| kids.get(1));
        let object = kids.iter().find(|kid| matches!(kid.field, Field::Object | Field::Value)).or_else(|| kids.first());
        let (Some(object), Some(index)) = (object, index) else { return Val::at(span) };
        if let Some(key) = self.key_text(&index.val) {
            return self.member(&object.val, key, span, true);
        }
        if let Some(number) = index.val.known().and_then(|node| node.as_number())
            && let Some(element) = object.val.parts.elements().get(number as usize)
        {
            return Val { span, ..element.clone() };
        }
        let object = &object.val;
        let data = self.whole(object);
        Val { data, path: object.path.clone(), class: object.class, parameters: object.parameters, ..Val::at(span) }
    }

    /// The text of a constant key, as it stands in the source.
    pub(super) fn key_text(&self, val: &Val<'a>) -> Option<&'a str> {
        let node = val.known()?;
        let value = node.as_str()?;
        let (inner, _) = text::strip(self.slice(node.span));
        (inner == value && !inner.is_empty() && inner.len() <= 80).then_some(inner)
    }

    fn list(&mut self, span: Span, kids: Vec<Kid<'a>>) -> Val<'a> {
        let mut val = Val::at(span);
        let elements: Vec<Val<'a>> =
            kids.into_iter().filter(|kid| kid.shape != Shape::Type).map(|kid| kid.val).take(MAX_ELEMENTS).collect();
        val.depth = 1 + elements.iter().map(|element| element.depth).max().unwrap_or(0);
        for element in &elements {
            let data = self.whole(element);
            val.absorb(&data);
            val.parameters |= element.parameters;
        }
        if val.depth <= MAX_CONSTANT_DEPTH {
            val.parts = Parts::List(Rc::new(elements));
        }
        val
    }

    /// A map, from its pairs; also keyword arguments and struct fields.
    pub(super) fn map(&mut self, span: Span, kids: Vec<Kid<'a>>) -> Val<'a> {
        let mut val = Val::at(span);
        let mut entries: Vec<(&'a str, Val<'a>)> = Vec::new();
        for kid in kids.into_iter().take(MAX_ELEMENTS) {
            let data = self.whole(&kid.val);
            val.absorb(&data);
            val.parameters |= kid.val.parameters;
            val.depth = val.depth.max(kid.val.depth);
            match (kid.shape, kid.key) {
                (Shape::Spread, _) => entries.extend(kid.val.parts.entries().iter().take(MAX_ELEMENTS).cloned()),
                (_, Some((key, _))) => entries.push((key, kid.val)),
                _ => {}
            }
        }
        val.depth += 1;
        if val.depth <= MAX_CONSTANT_DEPTH {
            val.parts = Parts::Map(Rc::new(entries));
        }
        val
    }

    fn pair(&mut self, frame: &Frame<'a>, mut kids: Vec<Kid<'a>>) -> Kid<'a> {
        if frame.shape == Shape::Shorthand {
            let val = self.name(frame.span);
            let key = Some((self.slice(frame.span), frame.span));
            return Kid { field: Field::None, shape: Shape::Pair, val, key, targets: Vec::new() };
        }
        let value = kids.pop().unwrap_or_default();
        let (shape, mut val) = (value.shape, value.val);
        let key = kids.first().and_then(|kid| match kid.shape {
            Shape::Name | Shape::Word => Some((self.slice(kid.val.span), kid.val.span)),
            _ => self.key_text(&kid.val).map(|key| (key, kid.val.span)),
        });
        // What a call gives under a key is as often a message or a validator as the datum.
        let is_access = matches!(shape, Shape::Name | Shape::Member | Shape::Index | Shape::Wrap | Shape::Hole);
        if let Some((key, _)) = key.filter(|_| is_access) {
            self.read_key(key, &mut val);
        }
        Kid { field: Field::None, shape: frame.shape, val, key, targets: Vec::new() }
    }

    /// Personal data by the key a value stands under, when nothing is known of the value itself.
    fn read_key(&mut self, key: &'a str, val: &mut Val<'a>) {
        let is_opaque = val.known().is_none()
            && val.data.is_none()
            && !val.is_clean
            && !val.is_person
            && !val.is_reference
            && matches!(val.parts, Parts::None)
            && !val.span.is_empty();
        let is_thing = val.name().is_some_and(|name| name.len() == 1 || self.reading(name).object == ObjectKind::Thing);
        if !is_opaque || is_thing || key.contains(' ') {
            return;
        }
        if let Some((category, Strictness::Strict)) = self.reading(key).term {
            val.data = one(Trace::new(category, key, "", "literal", val.span));
        }
    }

    fn string(&mut self, span: Span, kids: &[Kid<'a>]) -> Val<'a> {
        if kids.iter().any(|kid| kid.shape == Shape::Hole) {
            return self.joined(span, kids);
        }
        let literal = self.slice(span);
        let is_fixed = self.language != Language::Python || !literal.starts_with(['f', 'F']);
        if literal.len() > MAX_TEXT || (!is_fixed && literal.contains('{')) {
            return Val::at(span);
        }
        Val::literal(span, Value::String(text::decode(literal).into_owned()))
    }

    fn concat(&mut self, span: Span, kids: &[Kid<'a>]) -> Val<'a> {
        self.joined(span, kids)
    }

    /// Texts and holes side by side.
    pub(super) fn joined(&mut self, span: Span, kids: &[Kid<'a>]) -> Val<'a> {
        let mut joint = Joint::default();
        for kid in kids {
            if kid.shape == Shape::Fragment {
                let text = self.slice(kid.val.span);
                joint.push_text(&text::unescape(text));
                continue;
            }
            let data = self.whole(&kid.val);
            joint.push(&kid.val, &data);
        }
        joint.finish(span)
    }

    fn binary(&mut self, frame: &Frame<'a>, kids: &[Kid<'a>]) -> Val<'a> {
        let (Some(left), Some(right)) = (kids.first(), kids.get(1)) else { return Val::at(frame.span) };
        match frame.operator {
            "+" => match (number_of(&left.val), number_of(&right.val)) {
                (Some(a), Some(b)) => Val::literal(frame.span, Value::Number(a + b)),
                _ => self.joined(frame.span, kids),
            },
            "%" if left.val.text().is_some() => self.formatted(frame.span, &left.val, &right.val),
            "||" | "??" if self.language.is_script() => self.either(frame.span, kids),
            "&&" if self.language.is_script() => Val { span: frame.span, ..right.val.clone() },
            "|" | "&" | "^" if left.val.parameters | right.val.parameters == 0 => Val::at(frame.span),
            "*" | "-" | "/" => match (number_of(&left.val), number_of(&right.val)) {
                (Some(a), Some(b)) => arithmetic(frame.span, frame.operator, a, b),
                _ => Val { is_clean: true, ..Val::at(frame.span) },
            },
            _ => Val { is_clean: true, ..Val::at(frame.span) },
        }
    }

    /// A format and what fills its holes.
    pub(super) fn formatted(&mut self, span: Span, format: &Val<'a>, filling: &Val<'a>) -> Val<'a> {
        let mut joint = Joint::default();
        if let Some(start) = format.text() {
            joint.push_text(before_hole(start));
            joint.first = match &format.constant {
                Constant::Known(node) | Constant::Starts(node) => Some(node.clone()),
                Constant::None => None,
            };
            joint.is_open = true;
            joint.follows = start.to_owned();
        }
        let data = merge(self.whole(filling), &format.data);
        joint.push(&Val { parameters: filling.parameters | format.parameters, ..Val::at(filling.span) }, &data);
        joint.finish(span)
    }

    fn either(&mut self, span: Span, kids: &[Kid<'a>]) -> Val<'a> {
        let mut all = kids.iter();
        let Some(first) = all.next() else { return Val::at(span) };
        let mut val = first.val.clone();
        val.data = self.whole(&first.val);
        for kid in all {
            let mut other = kid.val.clone();
            other.data = self.whole(&kid.val);
            val = val.join(&other);
        }
        Val { span, receiver: None, is_reference: false, ..val }
    }

    fn ternary(&mut self, span: Span, kids: &[Kid<'a>]) -> Val<'a> {
        let by_field = |field: Field| kids.iter().find(|kid| kid.field == field);
        // Python writes the value first, then the condition.
        let pair = match (by_field(Field::Consequence), by_field(Field::Alternative)) {
            (Some(yes), Some(no)) => [yes.clone(), no.clone()],
            _ => match (kids.first(), kids.get(2)) {
                (Some(yes), Some(no)) => [yes.clone(), no.clone()],
                _ => return Val::at(span),
            },
        };
        self.either(span, &pair)
    }

    fn unary(&mut self, frame: &Frame<'a>, mut kids: Vec<Kid<'a>>) -> Val<'a> {
        let Some(kid) = kids.pop() else { return Val::at(frame.span) };
        match frame.operator {
            "&" | "*" | "<-" | "+" => Val { span: frame.span, ..kid.val },
            "-" => match number_of(&kid.val) {
                Some(number) => Val::literal(frame.span, Value::Number(-number)),
                None => Val { is_clean: true, ..Val::at(frame.span) },
            },
            "!" => match kid.val.known().map(|node| &node.value) {
                Some(Value::Bool(flag)) => Val::literal(frame.span, Value::Bool(!flag)),
                _ => Val { is_clean: true, ..Val::at(frame.span) },
            },
            _ => Val { is_clean: true, ..Val::at(frame.span) },
        }
    }
}

impl<'a> Trace<'a> {
    /// Data read here.
    pub(super) fn new(category: u16, field: &'a str, object: &'a str, place: &'static str, span: Span) -> Self {
        Self {
            category: Some(category),
            field,
            object,
            place,
            span,
            at: span,
            steps: Vec::new(),
            through: Vec::new(),
            in_url: false,
        }
    }
}

/// One datum.
pub(super) fn one<'a>(trace: Trace<'a>) -> Traces<'a> {
    Some(Rc::new(vec![trace]))
}

/// True when a field gave nothing that its object's name could not give better.
fn local_is_unknown(val: &Val<'_>) -> bool {
    val.known().is_none() && matches!(val.parts, Parts::None) && val.class.is_none()
}

fn number_of(val: &Val<'_>) -> Option<f64> {
    match val.known()?.value {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

fn arithmetic<'a>(span: Span, operator: &str, a: f64, b: f64) -> Val<'a> {
    let result = match operator {
        "*" => a * b,
        "-" => a - b,
        _ => a / b,
    };
    if result.is_finite() { Val::literal(span, Value::Number(result)) } else { Val::at(span) }
}

/// The part of a format before its first hole (`%s`, `{}`, `{name}`).
pub(super) fn before_hole(format: &str) -> &str {
    let end = format.find(['%', '{']).unwrap_or(format.len());
    format.get(..end).unwrap_or(format)
}

/// What a pattern's name takes from a value.
impl<'a> Machine<'a> {
    pub(super) fn take(&mut self, value: &Val<'a>, take: Take<'a>, span: Span) -> Val<'a> {
        match take {
            Take::All => value.clone(),
            Take::Field(name) => self.member(value, name, span, true),
            Take::Element(index) => match value.parts.elements().get(index) {
                Some(element) => element.clone(),
                // The first of several results is the value in Go, and as good a guess elsewhere.
                None if index == 0 => value.clone(),
                None => Val::at(span),
            },
        }
    }
}

//! What is known of an expression without running it: its name, its type, its constant, the personal data in it.

use std::rc::Rc;

use crate::{
    span::Span,
    syntax::{Node, Value},
};

/// Deepest constant that is kept; deeper ones are unknown.
pub(super) const MAX_CONSTANT_DEPTH: usize = 8;
/// Most elements of a constant list or map that are kept.
pub(super) const MAX_ELEMENTS: usize = 256;
/// Longest constant text that is kept whole.
pub(super) const MAX_TEXT: usize = 8192;
/// Longest access path that is kept; the beginning of longer ones is forgotten.
const MAX_PATH: usize = 12;
/// Longest canonical name.
const MAX_TYPE: usize = 240;
/// Most data in one value.
const MAX_TRACES: usize = 48;
/// Most places on the way of one datum.
const MAX_STEPS: usize = 12;

/// `a.b["c"]` as the words `a`, `b`, `c`, last one first.
#[derive(Clone, Debug)]
pub(super) struct Path<'a> {
    /// The last word.
    pub(super) name: &'a str,
    /// What stands before it.
    pub(super) parent: Option<Rc<Path<'a>>>,
    depth: usize,
}

impl<'a> Path<'a> {
    /// A path of one word.
    pub(super) fn root(name: &'a str) -> Rc<Self> {
        Rc::new(Self { name, parent: None, depth: 1 })
    }

    /// The path one word longer.
    pub(super) fn below(parent: Option<&Rc<Self>>, name: &'a str) -> Rc<Self> {
        let parent = parent.filter(|parent| parent.depth < MAX_PATH).cloned();
        Rc::new(Self { name, depth: parent.as_ref().map_or(1, |parent| parent.depth + 1), parent })
    }

    /// True for a single word.
    pub(super) fn is_root(&self) -> bool {
        self.parent.is_none()
    }

    /// The words, last one first.
    pub(super) fn words(&self) -> impl Iterator<Item = &'a str> {
        let mut next = Some(self);
        std::iter::from_fn(move || {
            let here = next?;
            next = here.parent.as_deref();
            Some(here.name)
        })
    }
}

/// What something is called by everyone: a reference to it or, after a call, a value of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Canonical {
    /// The name through imports.
    pub(super) name: Rc<str>,
    /// No import stands behind it: a builtin, or a name this file does not declare.
    pub(super) global: bool,
}

impl Canonical {
    /// A name that an import stands behind.
    pub(super) fn imported(name: &str) -> Self {
        Self { name: name.into(), global: false }
    }

    /// The name of a member; `None` when it grows too long to be anything known.
    pub(super) fn member(&self, separator: &str, name: &str) -> Option<Self> {
        (self.name.len() + name.len() < MAX_TYPE)
            .then(|| Self { name: format!("{}{separator}{name}", self.name).into(), global: self.global })
    }
}

/// A constant, or the start of one.
#[derive(Clone, Debug, Default)]
pub(super) enum Constant {
    /// Nothing is known.
    #[default]
    None,
    /// All of it.
    Known(Rc<Node>),
    /// A text that starts like this and goes on unknown.
    Starts(Rc<Node>),
}

/// Personal data on its way.
#[derive(Clone, Debug)]
pub(super) struct Trace<'a> {
    /// Index of its category; `None` for a whole person.
    pub(super) category: Option<u16>,
    /// The field.
    pub(super) field: &'a str,
    /// The object that has the field; empty when none is written.
    pub(super) object: &'a str,
    /// `expression`, `parameter` or `literal`.
    pub(super) place: &'static str,
    /// Where it was read.
    pub(super) span: Span,
    /// The last name that brought it here.
    pub(super) at: Span,
    /// Places on the way.
    pub(super) steps: Vec<Span>,
    /// Roles of functions on the way.
    pub(super) through: Vec<Rc<str>>,
    /// It stands inside a URL.
    pub(super) in_url: bool,
}

/// Data in a value; shared, since values are copied at every name.
pub(super) type Traces<'a> = Option<Rc<Vec<Trace<'a>>>>;

/// What is known of an expression.
#[derive(Clone, Debug, Default)]
pub(super) struct Val<'a> {
    /// Where it stands.
    pub(super) span: Span,
    /// How it is written, when it is a name or an access.
    pub(super) path: Option<Rc<Path<'a>>>,
    /// What it is called by everyone.
    pub(super) canonical: Option<Canonical>,
    /// The simple name of its declared type or class.
    pub(super) class: Option<&'a str>,
    /// Its constant.
    pub(super) constant: Constant,
    /// Personal data in it.
    pub(super) data: Traces<'a>,
    /// Personal data in the receiver, while this is a member that may be called.
    pub(super) receiver: Traces<'a>,
    /// The constant of the receiver, likewise.
    pub(super) receiver_constant: Constant,
    /// Parameters of the function around that it derives from, one bit each.
    pub(super) parameters: u32,
    /// A person as a whole, by its name.
    pub(super) is_person: bool,
    /// Known to be harmless, whatever its name says.
    pub(super) is_clean: bool,
    /// Index of the call fact that made it.
    pub(super) made_by: Option<usize>,
    /// What it is made of.
    pub(super) parts: Parts<'a>,
    /// Nesting of `parts`.
    pub(super) depth: usize,
    /// A name for something imported, not a value made from it.
    pub(super) is_reference: bool,
    /// The class of the receiver, while this is a member that may be assigned.
    pub(super) owner: Option<&'a str>,
    /// The canonical name of the receiver, likewise.
    pub(super) owner_canonical: Option<Canonical>,
    /// The call fact that made the receiver, likewise.
    pub(super) owner_made_by: Option<usize>,
}

/// What a value is made of, when it is written out.
#[derive(Clone, Debug, Default)]
pub(super) enum Parts<'a> {
    /// Not written out.
    #[default]
    None,
    /// Keys and values.
    Map(Rc<Vec<(&'a str, Val<'a>)>>),
    /// Elements.
    List(Rc<Vec<Val<'a>>>),
}

impl<'a> Parts<'a> {
    /// The value of a key; the last one counts.
    pub(super) fn get(&self, key: &str) -> Option<&Val<'a>> {
        self.entries().iter().rev().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// Keys and values; empty for anything else.
    pub(super) fn entries(&self) -> &[(&'a str, Val<'a>)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Elements; empty for anything else.
    pub(super) fn elements(&self) -> &[Val<'a>] {
        match self {
            Self::List(elements) => elements,
            _ => &[],
        }
    }
}

impl<'a> Val<'a> {
    /// A value of which only the place is known.
    pub(super) fn at(span: Span) -> Self {
        Self { span, ..Self::default() }
    }

    /// A constant written here.
    pub(super) fn literal(span: Span, value: Value) -> Self {
        Self { constant: Constant::Known(Rc::new(Node::new(span, value))), ..Self::at(span) }
    }

    /// The constant, when all of it is known.
    pub(super) fn known(&self) -> Option<&Rc<Node>> {
        match &self.constant {
            Constant::Known(node) => Some(node),
            _ => None,
        }
    }

    /// The text of the constant or of its start.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.constant {
            Constant::Known(node) | Constant::Starts(node) => node.as_str(),
            Constant::None => None,
        }
    }

    /// The last word of how it is written.
    pub(super) fn name(&self) -> Option<&'a str> {
        self.path.as_ref().map(|path| path.name)
    }

    /// The canonical name.
    pub(super) fn canonical_name(&self) -> Option<&str> {
        self.canonical.as_ref().map(|canonical| &*canonical.name)
    }

    /// Adds the data of another value.
    pub(super) fn absorb(&mut self, other: &Traces<'a>) {
        self.data = merge(self.data.take(), other);
    }

    /// What is true whichever of the two it is.
    pub(super) fn join(mut self, other: &Self) -> Self {
        self.constant = match (self.constant, &other.constant) {
            (Constant::Known(mine), Constant::Known(theirs)) if mine.value == theirs.value => Constant::Known(mine),
            (Constant::Starts(mine), Constant::Starts(theirs)) if mine.value == theirs.value => Constant::Starts(mine),
            _ => Constant::None,
        };
        self.canonical = self.canonical.or_else(|| other.canonical.clone());
        self.class = self.class.or(other.class);
        self.path = self.path.or_else(|| other.path.clone());
        self.data = merge(self.data, &other.data);
        self.parameters |= other.parameters;
        self.is_person |= other.is_person;
        self.is_clean &= other.is_clean;
        self.made_by = self.made_by.filter(|made| other.made_by == Some(*made));
        self.parts = Parts::None;
        self.is_reference &= other.is_reference;
        self
    }
}

/// Both sets of data, each datum once.
pub(super) fn merge<'a>(mine: Traces<'a>, theirs: &Traces<'a>) -> Traces<'a> {
    let Some(theirs) = theirs else { return mine };
    let Some(mine) = mine else { return Some(theirs.clone()) };
    if Rc::ptr_eq(&mine, theirs) {
        return Some(mine);
    }
    let mut all = (*mine).clone();
    for trace in theirs.iter() {
        let same = |other: &Trace<'_>| other.span == trace.span && other.category == trace.category;
        if all.len() < MAX_TRACES && !all.iter().any(same) {
            all.push(trace.clone());
        }
    }
    Some(Rc::new(all))
}

/// The data changed one by one; nothing is copied when there is none.
pub(super) fn each<'a>(traces: &Traces<'a>, change: impl Fn(&mut Trace<'a>)) -> Traces<'a> {
    let mut changed = traces.as_deref()?.clone();
    changed.iter_mut().for_each(change);
    Some(Rc::new(changed))
}

/// Notes a place that data passed, once.
pub(super) fn passed<'a>(traces: &Traces<'a>, step: Span) -> Traces<'a> {
    each(traces, |trace| {
        if trace.steps.len() < MAX_STEPS && trace.steps.last() != Some(&step) {
            trace.steps.push(step);
        }
    })
}

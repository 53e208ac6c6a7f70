//! Reads a program as a stream of nodes entered and left, in order, and knows at each what its names hold.
//!
//! Nothing here recurses: what is open lies on a stack of frames, values wait on one stack of kids.

use std::rc::Rc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::{
    grammar::{Field, Language, Shape},
    scope::{Known, Scopes, Summary},
    value::{MAX_ELEMENTS, Val},
};
use crate::{
    extract::{Extraction, Wanted},
    source::SourceId,
    span::Span,
    vocabulary::{Calls, PersonalData, Reading, Vocabulary},
};

/// A child whose parent is still open.
#[derive(Clone, Debug, Default)]
pub(super) struct Kid<'a> {
    pub(super) field: Field,
    pub(super) shape: Shape,
    pub(super) val: Val<'a>,
    /// The key of a pair or keyword.
    pub(super) key: Option<(&'a str, Span)>,
    /// Names a pattern binds: what each takes from the value, and the name.
    pub(super) targets: Vec<(Take<'a>, &'a str, Span)>,
}

/// What a name of a pattern takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take<'a> {
    /// All of it.
    All,
    /// One field.
    Field(&'a str),
    /// One element.
    Element(usize),
}

/// An open node.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) shape: Shape,
    pub(super) field: Field,
    pub(super) span: Span,
    base: usize,
    /// The operator between its operands.
    pub(super) operator: &'a str,
    /// The type its declarators share.
    pub(super) declared: Option<Val<'a>>,
    branch: Option<usize>,
    is_class: bool,
    /// Statements entered directly inside.
    statements: usize,
}

/// The function that is read.
#[derive(Debug, Default)]
pub(super) struct FunctionState<'a> {
    pub(super) returns: Option<Val<'a>>,
    pub(super) summary: Summary<'a>,
    pub(super) statements: usize,
    pub(super) parameters: u32,
    /// Where it starts.
    pub(super) start: u32,
}

/// The class that is read.
#[derive(Debug, Default)]
pub(super) struct ClassState<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) bases: Vec<Val<'a>>,
    /// Number of functions around; fields stand where the number has not grown.
    pub(super) functions: usize,
    /// Methods: name, whether empty, constant answer.
    pub(super) methods: Vec<(&'a str, Val<'a>)>,
    /// Fields as declared, for schemas.
    pub(super) fields: Vec<super::class::Declared<'a>>,
    /// Decorators and annotations before it.
    pub(super) decorators: Vec<Val<'a>>,
}

/// The state of reading one source.
pub(super) struct Machine<'a> {
    pub(super) text: &'a str,
    pub(super) source: SourceId,
    pub(super) language: Language,
    pub(super) calls: &'a Calls,
    pub(super) people: &'a PersonalData,
    pub(super) wanted: Wanted,
    pub(super) frames: Vec<Frame<'a>>,
    pub(super) kids: Vec<Kid<'a>>,
    pub(super) scopes: Scopes<'a>,
    pub(super) known: Known<'a>,
    pub(super) imports: HashMap<&'a str, Rc<str>>,
    pub(super) wildcards: Vec<String>,
    pub(super) functions: Vec<FunctionState<'a>>,
    pub(super) classes: Vec<ClassState<'a>>,
    pub(super) decorators: Vec<Val<'a>>,
    /// Second pass: facts are built.
    pub(super) emits: bool,
    pub(super) found: Extraction,
    pub(super) reported: HashSet<(usize, Span, Option<u16>)>,
    readings: HashMap<&'a str, Reading>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(
        text: &'a str,
        source: SourceId,
        language: Language,
        vocabulary: &'a Vocabulary,
        wanted: Wanted,
    ) -> Self {
        Self {
            text,
            source,
            language,
            calls: &vocabulary.calls,
            people: &vocabulary.personal_data,
            wanted,
            frames: Vec::new(),
            kids: Vec::new(),
            scopes: Scopes::new(),
            known: Known::default(),
            imports: HashMap::new(),
            wildcards: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            decorators: Vec::new(),
            emits: false,
            found: Extraction::default(),
            reported: HashSet::new(),
            readings: HashMap::new(),
        }
    }

    /// Begins the second pass with what the first one learned.
    pub(super) fn restart(&mut self) {
        self.frames.clear();
        self.kids.clear();
        self.functions.clear();
        self.classes.clear();
        self.decorators.clear();
        self.scopes = Scopes::new();
        self.emits = true;
    }

    /// The text of a span.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        span.text(self.text)
    }

    /// What an identifier says; each is read once.
    pub(super) fn reading(&mut self, name: &'a str) -> Reading {
        if let Some(&reading) = self.readings.get(name) {
            return reading;
        }
        let reading = self.people.read(name);
        self.readings.insert(name, reading);
        reading
    }

    /// Names an import brings.
    pub(super) fn import(&mut self, name: &'a str, canonical: &str) {
        if name.is_empty() {
            if !self.wildcards.iter().any(|known| known == canonical) {
                self.wildcards.push(canonical.to_owned());
            }
        } else {
            self.imports.insert(name, canonical.into());
        }
    }

    /// A node begins.
    pub(super) fn enter(&mut self, shape: Shape, field: Field, span: Span) {
        let parent = self.frames.last_mut().map(|frame| {
            frame.statements += 1;
            (frame.shape, frame.is_class)
        });
        let (above, _) = parent.unwrap_or_default();
        let shape = if is_plain_name(above, field, shape) { Shape::Word } else { shape };
        let mut frame = Frame {
            shape,
            field,
            span,
            base: self.kids.len(),
            operator: "",
            declared: None,
            branch: None,
            is_class: false,
            statements: 0,
        };
        if above == Shape::ForEach && field == Field::Body {
            self.bind_each();
        }
        if above == Shape::Class && (field == Field::Body || shape == Shape::Splice) {
            self.name_class();
        }
        let may_not_run = matches!(field, Field::Consequence | Field::Alternative | Field::Body);
        if shape == Shape::Arm || (matches!(above, Shape::Branch | Shape::ForEach | Shape::Logic) && may_not_run) {
            frame.branch = Some(self.scopes.branch());
        }
        match shape {
            Shape::Function => {
                self.scopes.push();
                self.functions.push(FunctionState { start: span.start, ..FunctionState::default() });
            }
            Shape::Class => self.open_class(&mut frame, Vec::new()),
            // The body of an anonymous class.
            Shape::Block if above == Shape::New => {
                let base = self.last_kids().iter().find(|kid| kid.field == Field::Type).map(|kid| kid.val.clone());
                self.open_class(&mut frame, base.into_iter().collect());
            }
            _ => {}
        }
        self.frames.push(frame);
    }

    fn open_class(&mut self, frame: &mut Frame<'a>, bases: Vec<Val<'a>>) {
        frame.is_class = true;
        let decorators = std::mem::take(&mut self.decorators);
        let functions = self.functions.len();
        self.classes.push(ClassState { bases, functions, decorators, ..ClassState::default() });
    }

    /// Kids of the innermost open node, so far.
    pub(super) fn last_kids(&self) -> &[Kid<'a>] {
        let base = self.frames.last().map_or(0, |frame| frame.base);
        self.kids.get(base..).unwrap_or_default()
    }

    /// The operator of the innermost open node.
    pub(super) fn operator(&mut self, span: Span) {
        let text = self.slice(span);
        if let Some(frame) = self.frames.last_mut() {
            frame.operator = text;
        }
    }

    /// The innermost open node ends.
    pub(super) fn leave(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        if frame.shape == Shape::Splice || frame.shape == Shape::Bases {
            self.splice(&frame);
            return;
        }
        let kids = if self.kids.len() > frame.base { self.kids.split_off(frame.base) } else { Vec::new() };
        let kid = self.evaluate(&frame, kids);
        if frame.shape == Shape::Function {
            self.scopes.pop();
        }
        if frame.is_class {
            self.close_class(&frame);
        }
        if let Some(before) = frame.branch {
            self.scopes.leave(before);
        }
        if let Some(kid) = kid {
            self.give(kid);
        }
    }

    /// True inside an arm of a condition; the body of a loop is none.
    pub(super) fn is_conditional(&self) -> bool {
        let above = std::iter::once(Shape::Block).chain(self.frames.iter().map(|frame| frame.shape));
        self.frames.iter().zip(above).any(|(frame, above)| frame.branch.is_some() && above != Shape::ForEach)
    }

    /// Hands a value to the open node above, if that one looks at its children's values.
    fn give(&mut self, kid: Kid<'a>) {
        let Some(parent) = self.frames.last_mut() else { return };
        if kid.shape == Shape::Type && parent.shape == Shape::Declare {
            parent.declared = Some(kid.val);
            return;
        }
        let has_kids = !matches!(
            parent.shape,
            Shape::Pass | Shape::Block | Shape::Skip | Shape::Branch | Shape::Arm | Shape::Declare | Shape::Import
        );
        if has_kids && self.kids.len() < parent.base + MAX_ELEMENTS * 2 {
            self.kids.push(kid);
        }
    }

    /// The children of a node that is none of its own go to its parent.
    fn splice(&mut self, frame: &Frame<'a>) {
        let bases = frame.shape == Shape::Bases;
        for kid in self.kids.iter_mut().skip(frame.base) {
            if bases {
                kid.field = Field::Base;
            } else if kid.field == Field::None {
                kid.field = frame.field;
            }
        }
        let drops =
            self.frames.last().is_none_or(|parent| matches!(parent.shape, Shape::Pass | Shape::Block | Shape::Skip));
        if drops {
            self.kids.truncate(frame.base);
        }
    }

    /// Statements directly inside a node that was left: what tells an empty body.
    pub(super) fn statements_of(frame: &Frame<'a>) -> usize {
        frame.statements
    }
}

/// True for an identifier that names a part of its parent and is no variable.
fn is_plain_name(above: Shape, field: Field, shape: Shape) -> bool {
    let is_part = match above {
        Shape::Member | Shape::Invoke | Shape::Keyword | Shape::Function | Shape::Class | Shape::Declarator => {
            field == Field::Name
        }
        Shape::FieldDefinition | Shape::Parameter | Shape::ForEach => field == Field::Name,
        Shape::Decorator => false,
        _ => false,
    };
    is_part && shape == Shape::Name
}

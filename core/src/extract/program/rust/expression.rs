//! Expressions. What grows to the left (methods, fields, operators) is followed in a loop, not by recursion.

use proc_macro2::Ident;
use syn::{BinOp, Expr, ExprCall, ExprMethodCall, ExprStruct, Member, Path, UnOp, punctuated::Punctuated};

use super::Writer;
use crate::{
    extract::program::grammar::{Field, Shape},
    span::Span,
};

/// Methods that give what they are called on, in another wrapping.
const SAME: [&str; 35] = [
    "unwrap",
    "expect",
    "unwrap_or_default",
    "clone",
    "cloned",
    "copied",
    "as_ref",
    "as_mut",
    "as_deref",
    "as_deref_mut",
    "borrow",
    "borrow_mut",
    "to_owned",
    "into",
    "try_into",
    "as_str",
    "as_bytes",
    "to_string",
    "into_string",
    "ok",
    "context",
    "with_context",
    "wrap_err",
    "wrap_err_with",
    "map_err",
    "iter",
    "iter_mut",
    "into_iter",
    "into_inner",
    "as_slice",
    "by_ref",
    "ok_or",
    "ok_or_else",
    "in_current_span",
    "parse",
];
/// Functions that give what they are given, in another wrapping.
const WRAPPERS: [&str; 2] = ["Ok", "Some"];
/// The same by their last two words, however the first are written.
const WRAPPING_ENDS: [&str; 16] = [
    "Box::new",
    "Arc::new",
    "Rc::new",
    "String::from",
    "Cow::from",
    "Cow::Borrowed",
    "Cow::Owned",
    "Mutex::new",
    "RwLock::new",
    "Arc::clone",
    "Rc::clone",
    "Box::pin",
    "Url::parse",
    "Uri::from_static",
    "Uri::try_from",
    "HeaderValue::from_static",
];
/// Most steps of a place that is read anew for each arm of a match.
const MAX_PLACE: usize = 6;

/// A step to the left of an expression, with its open nodes.
struct Step<'e> {
    node: &'e Expr,
    outer: usize,
    inner: usize,
}

impl Writer<'_> {
    /// An expression as a value; gives its place.
    pub(super) fn expression(&mut self, expression: &Expr, field: Field) -> Span {
        let mut steps = Vec::new();
        let (mut node, mut field) = (expression, field);
        while let Some((left, inside)) = self.descend(node, field, &mut steps) {
            (node, field) = (left, inside);
        }
        let mut span = self.single(node, field);
        while let Some(step) = steps.pop() {
            span = self.ascend(&step, span);
        }
        span
    }

    /// Opens a node that begins with another expression; gives that one and what it is to the node.
    fn descend<'e>(&mut self, node: &'e Expr, field: Field, steps: &mut Vec<Step<'e>>) -> Option<(&'e Expr, Field)> {
        let (shape, left, inside) = match node {
            Expr::MethodCall(call) if is_same(call) => (Shape::Wrap, &call.receiver, Field::None),
            Expr::MethodCall(call) if call.method == "unwrap_or" => (Shape::Logic, &call.receiver, Field::None),
            Expr::MethodCall(call) => {
                let outer = self.open(Shape::Call, field);
                let inner = self.open(Shape::Member, Field::Callee);
                steps.push(Step { node, outer, inner });
                return Some((&call.receiver, Field::Object));
            }
            Expr::Call(call) if !is_wrapper(call) => (Shape::Call, &call.func, Field::Callee),
            Expr::Field(access) => (Shape::Member, &access.base, Field::Object),
            Expr::Index(index) => (Shape::Index, &index.expr, Field::Object),
            Expr::Try(inner) => (Shape::Wrap, &inner.expr, Field::None),
            Expr::Await(inner) => (Shape::Wrap, &inner.base, Field::None),
            Expr::Cast(cast) => (Shape::Wrap, &cast.expr, Field::None),
            Expr::Binary(binary) => {
                let shape = shape_of(&binary.op);
                let inside = if shape == Shape::Augment { Field::Left } else { Field::None };
                (shape, &binary.left, inside)
            }
            _ => return None,
        };
        let outer = self.open(shape, field);
        steps.push(Step { node, outer, inner: outer });
        Some((left, inside))
    }

    /// The rest of a node after the expression it begins with.
    fn ascend(&mut self, step: &Step<'_>, left: Span) -> Span {
        let span = match step.node {
            Expr::MethodCall(call) => {
                let end = left.cover(self.span(call.paren_token.span.close()));
                if step.inner != step.outer {
                    let name = self.word(&call.method, Field::Name);
                    self.close(step.inner, left.cover(name));
                    self.arguments(&call.args);
                } else if call.method == "unwrap_or" {
                    self.arguments(&call.args);
                } else {
                    self.aside(call.args.iter());
                }
                end
            }
            Expr::Call(call) => {
                self.arguments(&call.args);
                left.cover(self.span(call.paren_token.span.close()))
            }
            Expr::Field(access) => {
                let name = match &access.member {
                    Member::Named(name) => self.word(name, Field::Name),
                    Member::Unnamed(index) => {
                        let span = self.span(index.span);
                        self.leaf(Shape::Word, Field::Name, span)
                    }
                };
                left.cover(name)
            }
            Expr::Index(index) => {
                self.expression(&index.index, Field::Index);
                left.cover(self.span(index.bracket_token.span.close()))
            }
            Expr::Try(inner) => left.cover(self.span(inner.question_token.span)),
            Expr::Await(inner) => left.cover(self.span(inner.await_token.span)),
            Expr::Binary(binary) => {
                self.operator(&binary.op);
                let field = if shape_of(&binary.op) == Shape::Augment { Field::Right } else { Field::None };
                left.cover(self.expression(&binary.right, field))
            }
            _ => left,
        };
        self.close(step.outer, span)
    }

    /// An expression that does not begin with another one.
    fn single(&mut self, node: &Expr, field: Field) -> Span {
        match node {
            Expr::Path(path) => self.path(&path.path, field),
            Expr::Lit(literal) => self.literal(&literal.lit, field),
            Expr::Call(call) => self.wrapped(call, field),
            Expr::Macro(call) => self.macro_call(&call.mac, field),
            Expr::Paren(inner) => {
                let at = self.open(Shape::Wrap, field);
                self.expression(&inner.expr, Field::None);
                self.close(at, self.span(inner.paren_token.span.join()))
            }
            Expr::Group(inner) => self.expression(&inner.expr, field),
            Expr::Reference(inner) => self.prefixed(self.span(inner.and_token.span), &inner.expr, field),
            Expr::RawAddr(inner) => self.prefixed(self.span(inner.and_token.span), &inner.expr, field),
            Expr::Unary(unary) => self.unary(&unary.op, &unary.expr, field),
            Expr::Struct(literal) => self.composite(literal, field),
            Expr::Array(list) => self.list(list.elems.iter(), self.span(list.bracket_token.span.join()), field),
            Expr::Tuple(list) => self.list(list.elems.iter(), self.span(list.paren_token.span.join()), field),
            Expr::Repeat(list) => {
                self.list(std::iter::once(&*list.expr), self.span(list.bracket_token.span.join()), field)
            }
            Expr::Assign(assign) => {
                let at = self.open(Shape::Assign, field);
                let left = self.expression(&assign.left, Field::Left);
                let right = self.expression(&assign.right, Field::Right);
                self.close(at, left.cover(right))
            }
            Expr::Range(range) => {
                let at = self.open(Shape::Compare, field);
                let ends = range.start.iter().chain(&range.end);
                let span = ends.fold(Span::default(), |span, end| join(span, self.expression(end, Field::None)));
                self.close(at, span)
            }
            _ => self.control(node, field),
        }
    }

    /// `Some(x)`, `Box::new(x)`: as good as `x`.
    fn wrapped(&mut self, call: &ExprCall, field: Field) -> Span {
        let at = self.open(Shape::Wrap, field);
        let start = match &*call.func {
            Expr::Path(path) => self.path_span(&path.path),
            _ => Span::default(),
        };
        for argument in &call.args {
            self.expression(argument, Field::None);
        }
        self.close(at, join(start, self.span(call.paren_token.span.close())))
    }

    fn prefixed(&mut self, start: Span, inner: &Expr, field: Field) -> Span {
        let at = self.open(Shape::Wrap, field);
        let end = self.expression(inner, Field::None);
        self.close(at, start.cover(end))
    }

    fn unary(&mut self, operator: &UnOp, inner: &Expr, field: Field) -> Span {
        let sign = match operator {
            UnOp::Deref(token) => return self.prefixed(self.span(token.span), inner, field),
            UnOp::Not(token) => self.span(token.span),
            UnOp::Neg(token) => self.span(token.span),
            _ => Span::default(),
        };
        let at = self.open(Shape::Unary, field);
        self.sign(sign);
        let end = self.expression(inner, Field::Value);
        self.close(at, join(sign, end))
    }

    /// `Type { field: value, field, ..rest }`.
    fn composite(&mut self, literal: &ExprStruct, field: Field) -> Span {
        let at = self.open(Shape::Composite, field);
        let start = self.type_path(&literal.path);
        self.leaf(Shape::Type, Field::Type, start);
        for part in &literal.fields {
            let Member::Named(key) = &part.member else {
                self.aside(std::iter::once(&part.expr));
                continue;
            };
            if part.colon_token.is_none() {
                let span = self.name_span(key);
                self.leaf(Shape::Shorthand, Field::None, span);
                continue;
            }
            let pair = self.open(Shape::Pair, Field::None);
            let start = self.word(key, Field::Key);
            let end = self.expression(&part.expr, Field::Value);
            self.close(pair, start.cover(end));
        }
        if let Some(rest) = &literal.rest {
            let spread = self.open(Shape::Spread, Field::None);
            let span = self.expression(rest, Field::None);
            self.close(spread, span);
        }
        self.close(at, start.cover(self.span(literal.brace_token.span.close())))
    }

    pub(super) fn list<'e>(&mut self, elements: impl Iterator<Item = &'e Expr>, span: Span, field: Field) -> Span {
        let at = self.open(Shape::List, field);
        for element in elements {
            self.expression(element, Field::None);
        }
        self.close(at, span)
    }

    pub(super) fn arguments<T>(&mut self, arguments: &Punctuated<Expr, T>) {
        for argument in arguments {
            self.expression(argument, Field::None);
        }
    }

    /// Expressions whose value goes nowhere.
    pub(super) fn aside<'e>(&mut self, expressions: impl Iterator<Item = &'e Expr>) {
        let at = self.open(Shape::Pass, Field::None);
        let span = expressions.fold(Span::default(), |span, one| join(span, self.expression(one, Field::None)));
        self.close(at, span);
    }

    /// A path: a name, or members of one.
    pub(super) fn path(&mut self, path: &Path, field: Field) -> Span {
        self.note_root(path);
        let words: Vec<&Ident> = path.segments.iter().map(|segment| &segment.ident).collect();
        let Some((first, rest)) = words.split_first() else { return self.leaf(Shape::Compare, field, Span::default()) };
        let opened: Vec<usize> =
            (0..rest.len()).map(|at| self.open(Shape::Member, if at == 0 { field } else { Field::Object })).collect();
        let shape = if **first == "Self" { Shape::This } else { Shape::Name };
        let inside = if rest.is_empty() { field } else { Field::Object };
        let start = self.name_span(first);
        let mut span = self.leaf(shape, inside, start);
        for (word, at) in rest.iter().zip(opened.into_iter().rev()) {
            let name = self.word(word, Field::Name);
            span = self.close(at, start.cover(name));
        }
        span
    }

    fn operator(&mut self, operator: &BinOp) {
        let spans: &[proc_macro2::Span] = match operator {
            BinOp::Add(token) => &token.spans,
            BinOp::Sub(token) => &token.spans,
            BinOp::Mul(token) => &token.spans,
            BinOp::Div(token) => &token.spans,
            BinOp::BitAnd(token) => &token.spans,
            BinOp::BitOr(token) => &token.spans,
            BinOp::BitXor(token) => &token.spans,
            BinOp::AddAssign(token) => &token.spans,
            _ => &[],
        };
        if let (Some(first), Some(last)) = (spans.first(), spans.last()) {
            let span = self.between(*first, *last);
            self.sign(span);
        }
    }

    fn sign(&mut self, span: Span) {
        self.program.events.push(crate::extract::program::walk::Event::Operator(span));
    }
}

/// Covers both, unless one is nowhere.
pub(super) fn join(left: Span, right: Span) -> Span {
    match (left.is_empty(), right.is_empty()) {
        (true, _) => right,
        (_, true) => left,
        _ => left.cover(right),
    }
}

fn is_same(call: &ExprMethodCall) -> bool {
    SAME.iter().any(|word| call.method == word)
}

fn is_wrapper(call: &ExprCall) -> bool {
    let Expr::Path(path) = &*call.func else { return false };
    if call.args.len() != 1 {
        return false;
    }
    let mut words = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
    match (words.next(), words.next()) {
        (Some(last), None) => WRAPPERS.contains(&last.as_str()),
        (Some(last), Some(before)) => {
            let name = format!("{before}::{last}");
            WRAPPING_ENDS.contains(&name.as_str())
        }
        _ => false,
    }
}

fn shape_of(operator: &BinOp) -> Shape {
    match operator {
        BinOp::Add(_) | BinOp::Sub(_) | BinOp::Mul(_) | BinOp::Div(_) => Shape::Binary,
        BinOp::BitAnd(_) | BinOp::BitOr(_) | BinOp::BitXor(_) => Shape::Binary,
        BinOp::AddAssign(_) | BinOp::SubAssign(_) | BinOp::MulAssign(_) | BinOp::DivAssign(_) => Shape::Augment,
        BinOp::RemAssign(_) | BinOp::BitXorAssign(_) | BinOp::BitAndAssign(_) | BinOp::BitOrAssign(_) => Shape::Augment,
        BinOp::ShlAssign(_) | BinOp::ShrAssign(_) => Shape::Augment,
        _ => Shape::Compare,
    }
}

/// True for what can be read twice without a second call: names, fields, references.
pub(super) fn is_place(expression: &Expr) -> bool {
    let mut node = expression;
    for _ in 0..MAX_PLACE {
        node = match node {
            Expr::Path(_) => return true,
            Expr::Field(access) => &access.base,
            Expr::Reference(inner) => &inner.expr,
            Expr::Paren(inner) => &inner.expr,
            Expr::Try(inner) => &inner.expr,
            Expr::MethodCall(call) if call.args.is_empty() && is_same(call) => &call.receiver,
            _ => return false,
        };
    }
    false
}

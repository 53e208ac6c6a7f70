//! Expressions: literals, operators, conditions, collections. References are in `reference`, texts in `template`.

use std::{cell::RefCell, rc::Rc};

use hcl_edit::{
    Span as _,
    expr::{
        BinaryOp, BinaryOperator, Conditional, Expression, ForExpr, FuncCall, Object, ObjectKey, UnaryOp, UnaryOperator,
    },
    template::Template,
};

use super::{TerraformFile, expand::Each, functions, instance::World, limits};
use crate::{
    source::SourceId,
    span::Span,
    syntax::{Node, Origin, Value},
};

/// An expression that Terraform itself would refuse (no such key, index out of range). `try` and `can` need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Invalid;

/// A value, or the knowledge that there can be none.
pub(super) type Outcome = Result<Node, Invalid>;

/// A parsed expression and where it stands.
#[derive(Debug)]
pub(super) struct Code<'a> {
    /// The source.
    pub(super) source: SourceId,
    /// Its text.
    pub(super) text: &'a str,
    span: Span,
    pub(super) root: Root,
}

/// What a text was parsed as.
#[derive(Debug)]
pub(super) enum Root {
    /// An expression.
    Expression(Expression),
    /// A text with holes (strings in JSON).
    Template(Template),
}

impl<'a> Code<'a> {
    /// Parses the text of a node.
    pub(super) fn parse(source: SourceId, span: Span, text: &'a str, template: bool) -> Option<Self> {
        let root = if template {
            Root::Template(text.parse().ok()?)
        } else {
            // A heredoc ends with a line end that the node's text may lack.
            let parsed = text.parse().or_else(|_| format!("{text}\n").parse());
            Root::Expression(parsed.ok()?)
        };
        Some(Self { source, text, span, root })
    }

    /// The place of a part. Text that was decoded (strings in JSON) has only one place.
    pub(super) fn place(&self, part: Option<std::ops::Range<usize>>) -> Span {
        match part {
            Some(part) if self.span.len() == self.text.len() => {
                Span::new(part.start, part.end.min(self.text.len())).shifted(self.span.from())
            }
            _ => self.span,
        }
    }

    fn words(&self, part: Option<std::ops::Range<usize>>) -> &'a str {
        part.and_then(|part| self.text.get(part)).unwrap_or(self.text).trim()
    }

    /// A value that only a run tells.
    pub(super) fn unknown(&self, expression: &Expression) -> Node {
        let words = self.words(expression.span());
        Node::new(self.place(expression.span()), Value::Unknown(words.to_owned()))
    }
}

/// Where an expression stands: its module instance, its file, and the names that only hold there.
pub(super) struct Frame<'w, 'a> {
    pub(super) world: &'w World<'a>,
    pub(super) instance: usize,
    pub(super) file: &'a TerraformFile,
    pub(super) each: Rc<Each>,
    /// Names of `for` expressions and `dynamic` blocks, innermost last.
    pub(super) bindings: RefCell<Vec<(String, Node)>>,
}

impl<'w, 'a> Frame<'w, 'a> {
    /// A frame without names of its own.
    pub(super) fn new(world: &'w World<'a>, instance: usize, file: &'a TerraformFile, each: Rc<Each>) -> Self {
        Self { world, instance, file, each, bindings: RefCell::default() }
    }

    /// Evaluates a node of the file's tree, as far as the repository tells.
    pub(super) fn value(&self, node: &'a Node) -> Node {
        let Some(_level) = self.world.budget.enter().filter(|_| self.world.budget.take(1)) else {
            return Node::new(node.span, Value::Unknown("too much to evaluate".to_owned()));
        };
        match &node.value {
            Value::Unknown(text) if !self.file.json => self.code(node, text, false),
            Value::String(text) if self.file.json && (text.contains("${") || text.contains("%{")) => {
                self.code(node, text, true)
            }
            Value::List(items) => {
                Node::new(node.span, Value::List(items.iter().map(|item| self.value(item)).collect()))
            }
            Value::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| (self.value(key), self.value(value)));
                Node::new(node.span, Value::Map(entries.collect()))
            }
            Value::String(text) if !self.world.budget.take(limits::of_text(text)) => {
                Node::new(node.span, Value::Unknown("too much to evaluate".to_owned()))
            }
            _ => node.clone(),
        }
    }

    fn code(&self, node: &'a Node, text: &'a str, template: bool) -> Node {
        let unknown = || Node::new(node.span, Value::Unknown(text.to_owned()));
        let Some(code) = self.world.code(self.file.source, node, text, template) else { return unknown() };
        let outcome = match &code.root {
            Root::Expression(expression) => self.eval(&code, expression),
            Root::Template(template) => self.template(&code, template, code.place(None)),
        };
        outcome.unwrap_or_else(|Invalid| unknown())
    }

    /// Evaluates an expression.
    pub(super) fn eval(&self, code: &Code<'a>, expression: &Expression) -> Outcome {
        let Some(_level) = self.world.budget.enter().filter(|_| self.world.budget.take(1)) else {
            return Ok(code.unknown(expression));
        };
        let span = code.place(expression.span());
        let plain = |value| Ok(Node::new(span, value));
        match expression {
            Expression::Null(_) => plain(Value::Null),
            Expression::Bool(flag) => plain(Value::Bool(*flag.value())),
            Expression::Number(number) => plain(number.value().as_f64().map_or(Value::Null, Value::Number)),
            Expression::String(text) if !self.world.budget.take(limits::of_text(text.value())) => {
                Ok(code.unknown(expression))
            }
            Expression::String(text) => plain(Value::String(text.value().clone())),
            Expression::Array(array) => {
                let items: Result<_, _> = array.iter().map(|item| self.eval(code, item)).collect();
                plain(Value::List(items?))
            }
            Expression::Object(object) => plain(Value::Map(self.object(code, object)?)),
            Expression::StringTemplate(_) | Expression::HeredocTemplate(_) => match template_of(expression) {
                Some(template) => self.template(code, &template, span),
                None => Ok(code.unknown(expression)),
            },
            Expression::Parenthesis(inner) => self.eval(code, inner.inner()),
            Expression::Variable(name) => self.refer(code, expression, name.value(), &[]),
            Expression::Traversal(traversal) => self.traverse(code, expression, traversal),
            Expression::Conditional(conditional) => self.conditional(code, expression, conditional),
            Expression::FuncCall(call) => self.call(code, expression, call),
            Expression::UnaryOp(operation) => self.unary(code, expression, operation),
            Expression::BinaryOp(operation) => self.binary(code, expression, operation),
            Expression::ForExpr(each) => self.for_each(code, expression, each),
        }
    }

    fn object(&self, code: &Code<'a>, object: &Object) -> Result<Vec<(Node, Node)>, Invalid> {
        let mut entries = Vec::new();
        for (key, value) in object.iter() {
            let key = match key {
                ObjectKey::Ident(name) => Node::string(code.place(name.span()), name.value().as_str()),
                ObjectKey::Expression(Expression::Variable(name)) => {
                    Node::string(code.place(name.span()), name.value().as_str())
                }
                ObjectKey::Expression(expression) => text_of(self.eval(code, expression)?),
            };
            entries.push((key, self.eval(code, value.expr())?));
        }
        Ok(entries)
    }

    fn conditional(&self, code: &Code<'a>, whole: &Expression, conditional: &Conditional) -> Outcome {
        let condition = self.eval(code, &conditional.cond_expr)?;
        match condition.as_bool() {
            Some(true) => self.eval(code, &conditional.true_expr),
            Some(false) => self.eval(code, &conditional.false_expr),
            None => {
                // Both branches may agree.
                let (yes, no) = (self.eval(code, &conditional.true_expr)?, self.eval(code, &conditional.false_expr)?);
                let agree = functions::equal(&yes, &no) == Some(true);
                if agree { Ok(yes) } else { Ok(code.unknown(whole)) }
            }
        }
    }

    fn call(&self, code: &Code<'a>, whole: &Expression, call: &FuncCall) -> Outcome {
        let name = call.name.name.value().as_str();
        let is_core = call.name.namespace.first().is_none_or(|space| space.value().as_str() == "core");
        let unknown = || Ok(code.unknown(whole));
        let span = code.place(whole.span());
        match name {
            "try" => {
                for argument in call.args.iter() {
                    if let Ok(value) = self.eval(code, argument) {
                        return Ok(value);
                    }
                }
                return Err(Invalid);
            }
            "can" => {
                let Some(argument) = call.args.iter().next() else { return Err(Invalid) };
                return match self.eval(code, argument) {
                    Ok(value) if value.is_unknown() => unknown(),
                    outcome => Ok(Node::new(span, Value::Bool(outcome.is_ok()))),
                };
            }
            _ => {}
        }
        let mut arguments = Vec::new();
        for argument in call.args.iter() {
            arguments.push(self.eval(code, argument)?);
        }
        if call.args.expand_final() {
            let Some(last) = arguments.pop() else { return Err(Invalid) };
            if last.is_unknown() {
                return unknown();
            }
            arguments.extend(last.elements().iter().cloned());
        }
        if !is_core {
            return unknown();
        }
        let made = functions::call(name, &arguments, span)?;
        let made = made.filter(|node| self.world.budget.take(functions::weight(node)));
        Ok(made.unwrap_or_else(|| code.unknown(whole)))
    }

    fn unary(&self, code: &Code<'a>, whole: &Expression, operation: &UnaryOp) -> Outcome {
        let value = self.eval(code, &operation.expr)?;
        let made = match operation.operator.value() {
            UnaryOperator::Not => value.as_bool().map(|flag| Value::Bool(!flag)),
            UnaryOperator::Neg => value.as_number().map(|number| Value::Number(-number)),
        };
        match made {
            Some(made) => Ok(derived(code.place(whole.span()), made, &[&value])),
            None if value.is_unknown() => Ok(code.unknown(whole)),
            None => Err(Invalid),
        }
    }

    fn binary(&self, code: &Code<'a>, whole: &Expression, operation: &BinaryOp) -> Outcome {
        let operator = *operation.operator.value();
        let left = self.eval(code, &operation.lhs_expr)?;
        // `x != null && x.y` must not evaluate its right side when the left one decides.
        match (operator, left.as_bool()) {
            (BinaryOperator::And, Some(false)) | (BinaryOperator::Or, Some(true)) => {
                return Ok(derived(code.place(whole.span()), left.value.clone(), &[&left]));
            }
            _ => {}
        }
        let right = self.eval(code, &operation.rhs_expr)?;
        match functions::operate(operator, &left, &right) {
            Some(made) => Ok(derived(code.place(whole.span()), made, &[&left, &right])),
            None => Ok(code.unknown(whole)),
        }
    }

    fn for_each(&self, code: &Code<'a>, whole: &Expression, each: &ForExpr) -> Outcome {
        let collection = self.eval(code, &each.intro.collection_expr)?;
        let Some(pairs) = functions::pairs(&collection) else { return Ok(code.unknown(whole)) };
        if pairs.len() > limits::LIST {
            return Ok(code.unknown(whole));
        }
        let key_name = each.intro.key_var.as_ref().map(|name| name.value().as_str().to_owned());
        let value_name = each.intro.value_var.value().as_str().to_owned();
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        for (key, value) in pairs {
            let mut names = vec![(value_name.clone(), value)];
            names.extend(key_name.clone().map(|name| (name, key)));
            let made = self.bound(names, || self.for_element(code, each))?;
            match made {
                Element::Left => {}
                Element::Undecided => return Ok(code.unknown(whole)),
                Element::Item(value) => items.push(value),
                Element::Entry(key, value) if each.grouping => group(&mut entries, key, value),
                Element::Entry(key, value) => entries.push((key, value)),
            }
        }
        let value = if each.key_expr.is_some() { Value::Map(entries) } else { Value::List(items) };
        Ok(derived(code.place(whole.span()), value, &[]))
    }

    fn for_element(&self, code: &Code<'a>, each: &ForExpr) -> Result<Element, Invalid> {
        if let Some(condition) = &each.cond {
            match self.eval(code, &condition.expr)?.as_bool() {
                Some(true) => {}
                Some(false) => return Ok(Element::Left),
                None => return Ok(Element::Undecided),
            }
        }
        let value = self.eval(code, &each.value_expr)?;
        match &each.key_expr {
            None => Ok(Element::Item(value)),
            Some(key) => Ok(Element::Entry(text_of(self.eval(code, key)?), value)),
        }
    }

    /// Evaluates with names that hold only there.
    pub(super) fn bound<T>(&self, names: Vec<(String, Node)>, evaluate: impl FnOnce() -> T) -> T {
        let before = self.bindings.borrow().len();
        self.bindings.borrow_mut().extend(names);
        let made = evaluate();
        self.bindings.borrow_mut().truncate(before);
        made
    }

    /// A value from elsewhere as it appears at `span` here: every part stands here and remembers where it is written.
    pub(super) fn bring(&self, node: &Node, source: SourceId, span: Span) -> Node {
        if !self.world.budget.take(functions::weight(node)) {
            return Node::new(span, Value::Unknown("too much to evaluate".to_owned()));
        }
        bring(node, source, span)
    }
}

/// What one round of a `for` expression makes.
enum Element {
    Left,
    Undecided,
    Item(Node),
    Entry(Node, Node),
}

fn group(entries: &mut Vec<(Node, Node)>, key: Node, value: Node) {
    let known = entries.iter_mut().find(|(name, _)| name.as_str().is_some() && name.as_str() == key.as_str());
    match known {
        Some((_, Node { value: Value::List(items), .. })) => items.push(value),
        _ => {
            let span = value.span;
            entries.push((key, Node::new(span, Value::List(vec![value]))));
        }
    }
}

/// The template of a text; indentation that a `<<-` heredoc removes is removed.
fn template_of(expression: &Expression) -> Option<Template> {
    match expression {
        Expression::HeredocTemplate(heredoc) => {
            let mut heredoc = heredoc.clone();
            if heredoc.indent().is_none() {
                heredoc.dedent();
            }
            Some(heredoc.template)
        }
        _ => expression.as_template().cloned(),
    }
}

/// Scalars become text, as keys of objects do.
pub(super) fn text_of(mut node: Node) -> Node {
    if let Some(text) = functions::text(&node) {
        node.value = Value::String(text);
    }
    node
}

/// Longest chain of places that a value remembers.
const CHAIN: usize = 8;

fn bring(node: &Node, source: SourceId, span: Span) -> Node {
    let value = match &node.value {
        Value::List(items) => Value::List(items.iter().map(|item| bring(item, source, span)).collect()),
        Value::Map(entries) => Value::Map(
            entries.iter().map(|(key, value)| (bring(key, source, span), bring(value, source, span))).collect(),
        ),
        plain => plain.clone(),
    };
    let origin = match &node.origin {
        Origin::Resolved(chain) if chain.len() >= CHAIN => node.origin.clone(),
        Origin::Resolved(chain) => Origin::Resolved(chain.iter().copied().chain([(source, node.span)]).collect()),
        Origin::Explicit => Origin::Resolved(vec![(source, node.span)]),
        Origin::Default(_) => node.origin.clone(),
    };
    Node { span, value, origin }
}

/// A value made from others: it remembers the places that the first resolved one came from.
pub(super) fn derived(span: Span, value: Value, parts: &[&Node]) -> Node {
    let origin = parts.iter().find(|part| matches!(part.origin, Origin::Resolved(_)));
    Node { span, value, origin: origin.map_or(Origin::Explicit, |part| part.origin.clone()) }
}

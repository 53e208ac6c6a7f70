//! References: names followed to their values, objects of the cloud kept as addresses.

use hcl_edit::{
    Span as _,
    expr::{Expression, Traversal, TraversalOperator},
};

use super::{
    eval::{Code, Frame, Invalid, Outcome, derived},
    expand::Each,
    functions,
    instance::Located,
};
use crate::{
    fact::Environment,
    span::Span,
    syntax::{Node, Value},
};

/// Attributes that are followed from one object to another.
const SPELT: &[&str] = &["location", "region", "zone", "engine", "engine_version", "port", "protocol"];

/// One step into a value.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// An attribute or key.
    Key(String),
    /// An element.
    At(usize),
    /// `.*`: the following attributes of every element.
    AttributeSplat,
    /// `[*]`: the rest for every element.
    FullSplat,
    /// An element that only a run tells.
    Unknown(String),
}

impl<'a> Frame<'_, 'a> {
    /// Evaluates `root.step[step]`.
    pub(super) fn traverse(&self, code: &Code<'a>, whole: &Expression, traversal: &Traversal) -> Outcome {
        let mut steps = Vec::new();
        for operator in &traversal.operators {
            steps.push(self.step(code, operator.value())?);
        }
        match &traversal.expr {
            Expression::Variable(name) => self.refer(code, whole, name.value(), &steps),
            other => walk(&self.eval(code, other)?, &steps, code.place(whole.span())),
        }
    }

    fn step(&self, code: &Code<'a>, operator: &TraversalOperator) -> Result<Step, Invalid> {
        Ok(match operator {
            TraversalOperator::AttrSplat(_) => Step::AttributeSplat,
            TraversalOperator::FullSplat(_) => Step::FullSplat,
            TraversalOperator::GetAttr(name) => Step::Key(name.value().as_str().to_owned()),
            TraversalOperator::LegacyIndex(index) => Step::At(usize::try_from(*index.value()).map_err(|_| Invalid)?),
            TraversalOperator::Index(expression) => {
                let index = self.eval(code, expression)?;
                match &index.value {
                    Value::Number(number) if *number >= 0.0 => Step::At(*number as usize),
                    Value::String(text) => Step::Key(text.clone()),
                    Value::Unknown(text) => Step::Unknown(text.clone()),
                    Value::Bool(flag) => Step::Key(flag.to_string()),
                    _ => return Err(Invalid),
                }
            }
        })
    }

    /// Follows a name and the steps behind it.
    pub(super) fn refer(&self, code: &Code<'a>, whole: &Expression, name: &str, steps: &[Step]) -> Outcome {
        let span = code.place(whole.span());
        let bound = self.bindings.borrow().iter().rev().find(|(known, _)| known == name).map(|(_, node)| node.clone());
        if let Some(node) = bound {
            return walk(&node, steps, span).map(|found| self.bring(&found, code.source, span));
        }
        let (Some(Step::Key(first)), rest) = (steps.first(), steps.get(1..).unwrap_or_default()) else {
            return Ok(code.unknown(whole));
        };
        match name {
            "var" => self.follow(self.world.variable(self.instance, first).as_deref(), rest, span, code, whole),
            "local" => self.follow(self.world.local(self.instance, first).as_deref(), rest, span, code, whole),
            "each" | "count" => self.element(code, whole, name, first, rest),
            "module" => self.output(code, whole, first, rest),
            "data" => match self.policy_document(steps, span) {
                Some(policy) => Ok(policy),
                None => Ok(self.address(name, steps, span)),
            },
            "path" | "terraform" | "self" => Ok(self.surroundings(code, whole, name, first)),
            _ => Ok(self.spelt(name, steps, span).unwrap_or_else(|| self.address(name, steps, span))),
        }
    }

    /// Attributes that are the same at the referring object as where they are spelt out: where and what, not who.
    fn spelt(&self, kind: &str, steps: &[Step], span: Span) -> Option<Node> {
        let (name, attribute) = match steps {
            [Step::Key(name), Step::Key(attribute)] | [Step::Key(name), _, Step::Key(attribute)] => (name, attribute),
            _ => return None,
        };
        if !SPELT.contains(&attribute.as_str()) {
            return None;
        }
        let module = self.world.module(self.instance)?;
        let item = module.resources.iter().find(|known| known.kind == kind && known.name == name)?.item;
        let written = item.node.get(attribute)?;
        let _level = self.world.budget.enter()?;
        let value = Frame::new(self.world, self.instance, item.file, Each::none()).value(written);
        (!value.is_unknown()).then(|| self.bring(&value, item.file.source, span))
    }

    fn follow(
        &self,
        located: Option<&Located>,
        steps: &[Step],
        span: Span,
        code: &Code<'a>,
        whole: &Expression,
    ) -> Outcome {
        let Some(located) = located else { return Ok(code.unknown(whole)) };
        let found = walk(&located.node, steps, located.node.span)?;
        Ok(self.bring(&found, located.source, span))
    }

    fn element(&self, code: &Code<'a>, whole: &Expression, name: &str, first: &str, steps: &[Step]) -> Outcome {
        let found = match (name, first, &self.each.entry) {
            ("count", "index", _) => self.each.index.as_ref(),
            ("each", "key", Some((key, _))) => Some(key),
            ("each", "value", Some((_, value))) => Some(value),
            _ => None,
        };
        let Some(found) = found else { return Ok(code.unknown(whole)) };
        let span = code.place(whole.span());
        let found = walk(found, steps, found.span)?;
        Ok(self.bring(&found, code.source, span))
    }

    /// `module.NAME[INDEX].OUTPUT`.
    fn output(&self, code: &Code<'a>, whole: &Expression, name: &str, steps: &[Step]) -> Outcome {
        let span = code.place(whole.span());
        let children = self.world.children(self.instance, name);
        let keyed = children.iter().any(|child| !child.label.is_empty());
        let (index, after) = match steps {
            [index @ (Step::At(_) | Step::Unknown(_)), rest @ ..] => (Some(index), rest),
            [index @ Step::Key(_), rest @ ..] if keyed => (Some(index), rest),
            _ => (None, steps),
        };
        let wanted = index.map(label).unwrap_or_default();
        let child = children.iter().find(|child| child.label.is_empty() || child.label == wanted);
        let found = match (child, after) {
            (Some(child), [Step::Key(output), rest @ ..]) => {
                self.world.output(child.instance, output).map(|located| (located, rest))
            }
            _ => None,
        };
        match found {
            Some((located, rest)) => self.follow(Some(located.as_ref()), rest, span, code, whole),
            None => Ok(self.address("module", &[&[Step::Key(name.to_owned())], steps].concat(), span)),
        }
    }

    fn surroundings(&self, code: &Code<'a>, whole: &Expression, name: &str, first: &str) -> Node {
        let folder = |instance: usize| self.world.module(instance).map(|module| module.folder.to_owned());
        let text = match (name, first) {
            ("path", "module") => folder(self.instance),
            ("path", "root") => folder(0),
            ("terraform", "workspace") => match self.world.environment {
                Environment::Any | Environment::Test => None,
                known => {
                    return Node::new(code.place(whole.span()), Value::Unknown(format!("workspace {}", known.word())));
                }
            },
            _ => None,
        };
        match text {
            Some(text) => derived(code.place(whole.span()), Value::String(text), &[]),
            None => code.unknown(whole),
        }
    }

    /// An object of the cloud or a data source: its attributes are known after a run only, its address now.
    fn address(&self, name: &str, steps: &[Step], span: Span) -> Node {
        let prefix = self.world.instance(self.instance).map(|instance| instance.prefix.clone()).unwrap_or_default();
        Node::new(span, Value::Unknown(format!("{prefix}{name}{}", render(steps))))
    }
}

/// One step as the element of `count` or `for_each` is written in addresses.
fn label(step: &Step) -> String {
    match step {
        Step::Key(key) => format!("[{key:?}]"),
        other => render(std::slice::from_ref(other)),
    }
}

/// Steps as they are written in addresses.
fn render(steps: &[Step]) -> String {
    steps
        .iter()
        .map(|step| match step {
            Step::Key(key) if is_name(key) => format!(".{key}"),
            Step::Key(key) => format!("[{key:?}]"),
            Step::At(index) => format!("[{index}]"),
            Step::AttributeSplat => ".*".to_owned(),
            Step::FullSplat => "[*]".to_owned(),
            Step::Unknown(text) => format!("[{text}]"),
        })
        .collect()
}

fn is_name(key: &str) -> bool {
    key.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && key.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
}

/// Steps into a value; the result stands at `span` when it is made here.
pub(super) fn walk(node: &Node, steps: &[Step], span: Span) -> Outcome {
    let Some((step, rest)) = steps.split_first() else { return Ok(node.clone()) };
    if let Value::Unknown(text) = &node.value {
        let text = format!("{text}{}", render(steps));
        return Ok(Node { value: Value::Unknown(text), ..node.clone() });
    }
    match step {
        Step::Key(key) => walk(key_of(node, key)?, rest, span),
        Step::At(index) => match &node.value {
            Value::List(items) => walk(items.get(*index).ok_or(Invalid)?, rest, span),
            Value::Map(_) => walk(node.get(&index.to_string()).ok_or(Invalid)?, rest, span),
            _ => Err(Invalid),
        },
        Step::FullSplat => splat(node, rest, &[], span),
        Step::AttributeSplat => {
            let keys = rest.iter().take_while(|step| matches!(step, Step::Key(_))).count();
            let (inner, after) = rest.split_at_checked(keys).ok_or(Invalid)?;
            splat(node, inner, after, span)
        }
        Step::Unknown(text) => {
            let text = format!("element {text}{}", render(rest));
            Ok(Node::new(span, Value::Unknown(text)))
        }
    }
}

fn key_of<'n>(node: &'n Node, key: &str) -> Result<&'n Node, Invalid> {
    match &node.value {
        Value::Map(entries) => {
            // With an unknown key nobody can say that this one is absent; the caller then fails, which is unknown too.
            entries.iter().rev().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value).ok_or(Invalid)
        }
        Value::List(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)).ok_or(Invalid),
        _ => Err(Invalid),
    }
}

fn splat(node: &Node, inner: &[Step], after: &[Step], span: Span) -> Outcome {
    let items = match &node.value {
        Value::Null => Vec::new(),
        Value::List(items) => items.iter().map(|item| walk(item, inner, span)).collect::<Result<_, _>>()?,
        _ => vec![walk(node, inner, span)?],
    };
    let list = derived(span, Value::List(items), &[node]);
    walk(&list, after, functions::place(&list))
}

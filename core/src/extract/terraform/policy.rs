//! `data "aws_iam_policy_document"`: the only data source that is a pure function of the code, read as the policy it
//! makes.

use super::{eval::Frame, expand::Each, reference::Step};
use crate::{
    span::Span,
    syntax::{Node, Value},
};

impl Frame<'_, '_> {
    /// The document that `data.aws_iam_policy_document.NAME.json` stands for, as a tree.
    pub(super) fn policy_document(&self, steps: &[Step], span: Span) -> Option<Node> {
        let (kind, name, rest) = match steps {
            [Step::Key(kind), Step::Key(name), rest @ ..] => (kind, name, rest),
            _ => return None,
        };
        let asked = matches!(rest.last(), Some(Step::Key(key)) if key == "json" || key == "minified_json");
        if kind != "aws_iam_policy_document" || !asked {
            return None;
        }
        let module = self.world.module(self.instance)?;
        let data = module.data.iter().find(|data| data.kind == kind && data.name == name)?;
        let _level = self.world.budget.enter()?;
        let body = Frame::new(self.world, self.instance, data.item.file, Each::none()).body(data.item.node);
        let document = document(&body);
        Some(self.bring(&document, data.item.file.source, span))
    }
}

fn document(body: &Node) -> Node {
    let mut statements = Vec::new();
    for key in ["source_policy_documents", "override_policy_documents", "source_json", "override_json"] {
        for source in body.get(key).map(Node::elements).unwrap_or_default() {
            match source.get("Statement") {
                Some(inherited) => statements.extend(inherited.elements().iter().cloned()),
                None if source.value == Value::Null => {}
                None => statements.push(Node { value: Value::Unknown(key.to_owned()), ..source.clone() }),
            }
        }
    }
    let own = body.get("statement").map(Node::elements).unwrap_or_default();
    statements.extend(own.iter().map(statement));
    let mut document = Node::map(body.span);
    document.set("Statement", Node::new(body.span, Value::List(statements)));
    document
}

/// Attributes of a statement and their words in the document.
const WORDS: &[(&str, &str)] = &[
    ("sid", "Sid"),
    ("actions", "Action"),
    ("not_actions", "NotAction"),
    ("resources", "Resource"),
    ("not_resources", "NotResource"),
];

fn statement(block: &Node) -> Node {
    if block.is_unknown() {
        return block.clone();
    }
    let mut made = Node::map(block.span);
    let effect = block.get("effect").filter(|effect| effect.value != Value::Null).cloned();
    made.set("Effect", effect.unwrap_or_else(|| Node::string(block.span, "Allow")));
    for (from, to) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(principals) = block.get(from) {
            made.set(to, keyed(principals, "type", "identifiers"));
        }
    }
    for (from, to) in WORDS {
        if let Some(value) = block.get(from) {
            made.set(to, value.clone());
        }
    }
    if let Some(conditions) = block.get("condition") {
        let mut by_test = Node::map(conditions.span);
        for condition in conditions.elements() {
            let Some(test) = condition.get("test").and_then(Node::as_str) else { continue };
            let inner = keyed(condition, "variable", "values");
            by_test.set(test, inner);
        }
        made.set("Condition", by_test);
    }
    made
}

/// Blocks of a name and a list as one map from the names to the lists.
fn keyed(blocks: &Node, name: &str, list: &str) -> Node {
    let mut map = Node::map(blocks.span);
    for block in blocks.elements() {
        if let (Some(key), Some(value)) = (block.get(name).and_then(Node::as_str), block.get(list)) {
            map.set(key, value.clone());
        }
    }
    map
}

//! Policy documents: who is let in.

use std::borrow::Cow;

use crate::{
    classify::Format,
    source::Source,
    syntax::{self, Node, Value},
};

/// Whether one of the policies allows something to everyone without a condition. `None` when there is no policy.
pub(super) fn is_open<'n>(policies: impl Iterator<Item = &'n Node>) -> Option<Node> {
    let mut answer: Option<Node> = None;
    for policy in policies.filter(|policy| policy.value != Value::Null) {
        let say = |value: Value| Node { value, ..policy.clone() };
        let open = match document(policy) {
            Some(document) => say(Value::Bool(statements(&document).any(is_open_statement))),
            None => say(Value::Unknown("policy".to_owned())),
        };
        // One open policy suffices; one that cannot be read keeps the answer open.
        let better = match (&answer, &open.value) {
            (_, Value::Bool(true)) | (None, _) => true,
            (Some(known), Value::Unknown(_)) => known.as_bool() == Some(false),
            _ => false,
        };
        if better {
            answer = Some(open);
        }
    }
    answer
}

/// The document of a policy: a tree, or text that holds JSON.
pub(super) fn document(policy: &Node) -> Option<Cow<'_, Node>> {
    match &policy.value {
        Value::Map(_) => Some(Cow::Borrowed(policy)),
        Value::String(text) if text.trim_start().starts_with('{') => {
            let (document, _) = syntax::parse(&Source::memory("", text.as_bytes()), Format::Json);
            document.roots.into_iter().next().map(Cow::Owned)
        }
        _ => None,
    }
}

/// The statements of a document.
pub(super) fn statements(document: &Node) -> impl Iterator<Item = &Node> {
    document.get("Statement").map(Node::elements).unwrap_or_default().iter()
}

fn is_open_statement(statement: &Node) -> bool {
    let allows = statement.get("Effect").and_then(Node::as_str) == Some("Allow");
    let everyone = statement.get("Principal").is_some_and(is_everyone);
    // A condition may narrow it to an account, a network or an organisation.
    let narrowed = statement.get("Condition").is_some_and(|condition| condition.value != Value::Null);
    allows && everyone && !narrowed
}

fn is_everyone(principal: &Node) -> bool {
    let star = |node: &Node| node.elements().iter().any(|item| item.as_str() == Some("*"));
    star(principal) || principal.get("AWS").is_some_and(star)
}

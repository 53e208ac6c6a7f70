//! GitHub Actions: workflows and composite actions.

use super::model::{Job, Pipeline, Step, What, When, inputs, narrow, step, texts, trigger};
use crate::syntax::{Node, Value};

/// Most values of a matrix variable that a script is read with.
const MAX_MATRIX: usize = 16;

/// True for a workflow file of GitHub or one of its relatives (Gitea, Forgejo).
pub(super) fn is_workflow(path: &str) -> bool {
    let in_folder =
        [".github/workflows/", ".gitea/workflows/", ".forgejo/workflows/"].iter().any(|folder| path.contains(folder));
    in_folder && (path.ends_with(".yml") || path.ends_with(".yaml"))
}

/// True for a file that may hold a composite action.
pub(super) fn is_action(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("action.yml" | "action.yaml"))
}

/// Reads a workflow.
pub(super) fn workflow(root: &Node, path: &str) -> Pipeline {
    let file = path.rsplit('/').next().unwrap_or(path);
    let name = root.get("name").and_then(Node::as_str).unwrap_or(file).to_owned();
    let when = when(on(root));
    let follows = on(root).is_some_and(|on| {
        on.get("workflow_run").is_some() || texts(Some(on)).iter().any(|event| event == "workflow_run")
    });
    let variables = inputs(root.get("env"));
    let jobs = root.get("jobs").map(Node::entries).unwrap_or_default();
    let read = |(id, body): &(Node, Node)| job(id.as_str()?, body, &when, &variables, follows);
    Pipeline { name, jobs: jobs.iter().filter_map(read).collect() }
}

/// Reads a composite action.
pub(super) fn action(root: &Node) -> Option<Pipeline> {
    let name = root.get("name").and_then(Node::as_str).unwrap_or("action").to_owned();
    let steps = root.at(&["runs", "steps"])?;
    let when = When { triggers: vec!["call".to_owned()], ..When::default() };
    let steps = steps.elements().iter().filter_map(|body| one_step(body, &[], &[])).collect();
    let job = Job { id: "action".to_owned(), when, is_gating: true, follows_unseen: true, steps, ..Job::default() };
    Some(Pipeline { name, jobs: vec![job] })
}

/// `on` is a truth value in YAML 1.1.
fn on(root: &Node) -> Option<&Node> {
    let is_on = |key: &Node| key.as_str() == Some("on") || key.value == Value::Bool(true);
    root.entries().iter().find(|(key, _)| is_on(key)).map(|(_, value)| value)
}

fn when(on: Option<&Node>) -> When {
    let mut when = When::default();
    let Some(on) = on else { return when };
    for event in texts(Some(on)) {
        when.triggers.push(trigger(&event));
    }
    for (event, body) in on.entries() {
        let Some(event) = event.as_str() else { continue };
        let (branches, tags) = (texts(body.get("branches")), texts(body.get("tags")));
        match event {
            "push" => {
                if !tags.is_empty() {
                    when.triggers.push("tag".to_owned());
                }
                if tags.is_empty() || !branches.is_empty() {
                    when.triggers.push("push".to_owned());
                    when.branches.extend(branches);
                }
            }
            "schedule" => {
                when.triggers.push("schedule".to_owned());
                when.cron = body.elements().iter().find_map(|entry| entry.get("cron")?.as_str()).map(str::to_owned);
            }
            other => when.triggers.push(trigger(other)),
        }
    }
    when
}

fn job(id: &str, body: &Node, when: &When, variables: &[(String, Node)], follows: bool) -> Option<Job> {
    let condition = body.get("if").and_then(condition_of);
    if condition.as_deref().is_some_and(|text| matches!(text.trim(), "false" | "${{ false }}")) {
        return None;
    }
    let mut when = when.clone();
    if let Some(condition) = &condition {
        narrow(&mut when, condition);
    }
    let mut variables = variables.to_vec();
    variables.extend(inputs(body.get("env")));
    let matrix = inputs(body.at(&["strategy", "matrix"]));
    let environment = body.get("environment").and_then(|node| node.get("name").or(Some(node)));
    let environment = environment.filter(|node| node.entries().is_empty()).map(as_unknown);
    let mut steps: Vec<Step> = body
        .get("steps")
        .map(Node::elements)
        .unwrap_or_default()
        .iter()
        .filter_map(|body| one_step(body, &variables, &matrix))
        .collect();
    if let Some(uses) = body.get("uses") {
        let mut called = step("", What::Action(uses.clone()));
        called.inputs = inputs(body.get("with"));
        steps.push(called);
    }
    Some(Job {
        id: id.to_owned(),
        when,
        environment,
        needs: texts(body.get("needs")),
        follows_unseen: follows,
        is_gating: !is_true(body.get("continue-on-error")),
        is_manual: false,
        condition,
        steps,
    })
}

fn one_step(body: &Node, variables: &[(String, Node)], matrix: &[(String, Node)]) -> Option<Step> {
    let condition = body.get("if").and_then(condition_of);
    if condition.as_deref().is_some_and(|text| matches!(text.trim(), "false" | "${{ false }}")) {
        return None;
    }
    let what = match (body.get("run"), body.get("uses")) {
        (Some(run), _) => What::Script(unrolled(run, matrix)),
        (None, Some(uses)) => What::Action(uses.clone()),
        _ => return None,
    };
    let mut given = variables.to_vec();
    given.extend(inputs(body.get("env")));
    given.extend(inputs(body.get("with")));
    let on_failure =
        condition.as_deref().is_some_and(|text| text.contains("failure()") && !text.contains("!failure()"));
    Some(Step {
        name: body.get("name").and_then(Node::as_str).unwrap_or_default().to_owned(),
        what,
        is_gating: !is_true(body.get("continue-on-error")) && !on_failure,
        condition,
        inputs: given,
    })
}

/// The script once for each value of a matrix variable that it names.
fn unrolled(run: &Node, matrix: &[(String, Node)]) -> Node {
    let text = match &run.value {
        Value::String(text) | Value::Unknown(text) => text,
        _ => return run.clone(),
    };
    let named = matrix
        .iter()
        .find(|(name, values)| text.contains(&format!("matrix.{name}")) && values.elements().len() <= MAX_MATRIX);
    let Some((name, values)) = named else { return Node::string(run.span, text.clone()) };
    let holes = [format!("${{{{ matrix.{name} }}}}"), format!("${{{{matrix.{name}}}}}")];
    let lines: Vec<String> = values
        .elements()
        .iter()
        .filter_map(Node::as_str)
        .map(|value| holes.iter().fold(text.clone(), |text, hole| text.replace(hole, value)))
        .collect();
    Node::string(run.span, if lines.is_empty() { text.clone() } else { lines.join("\n") })
}

fn condition_of(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) | Value::Unknown(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// An expression is known only when it runs.
pub(super) fn as_unknown(node: &Node) -> Node {
    match &node.value {
        Value::String(text) if text.contains('$') => Node { value: Value::Unknown(text.clone()), ..node.clone() },
        _ => node.clone(),
    }
}

fn is_true(node: Option<&Node>) -> bool {
    node.and_then(Node::as_bool) == Some(true)
}

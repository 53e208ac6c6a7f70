//! CircleCI: jobs, commands and orbs, and the workflows that put jobs in order.

use super::model::{Job, Pipeline, Step, What, When, inputs, step, texts};
use crate::syntax::{Node, Value};

/// Deepest chain of commands that call commands.
const MAX_DEPTH: usize = 4;

/// True for a CircleCI configuration.
pub(super) fn is_config(path: &str) -> bool {
    path.contains(".circleci/") && (path.ends_with(".yml") || path.ends_with(".yaml"))
}

/// Reads the workflows of a configuration; without workflows the one job called `build`.
pub(super) fn pipelines(root: &Node) -> Vec<Pipeline> {
    let workflows: Vec<Pipeline> = root
        .get("workflows")
        .map(Node::entries)
        .unwrap_or_default()
        .iter()
        .filter_map(|(name, body)| Some(workflow(name.as_str()?, body, root)).filter(|flow| !flow.jobs.is_empty()))
        .collect();
    if !workflows.is_empty() {
        return workflows;
    }
    let jobs = root.get("jobs").map(Node::entries).unwrap_or_default();
    let when = When { triggers: vec!["push".to_owned()], ..When::default() };
    let jobs =
        jobs.iter().filter_map(|(id, body)| Some(job(id.as_str()?, id.as_str()?, body, root, when.clone()))).collect();
    vec![Pipeline { name: "build".to_owned(), jobs }]
}

fn workflow(name: &str, body: &Node, root: &Node) -> Pipeline {
    let schedule =
        body.get("triggers").map(Node::elements).unwrap_or_default().iter().find_map(|entry| entry.get("schedule"));
    let mut base = When { triggers: vec!["push".to_owned()], ..When::default() };
    if let Some(schedule) = schedule {
        base.triggers = vec!["schedule".to_owned()];
        base.cron = schedule.get("cron").and_then(Node::as_str).map(str::to_owned);
    }
    let uses = body.get("jobs").map(Node::elements).unwrap_or_default();
    let jobs = uses.iter().filter_map(|entry| used(entry, root, &base)).collect();
    Pipeline { name: name.to_owned(), jobs }
}

/// A job as a workflow uses it: `name`, or `name: {requires, filters, type: approval}`.
fn used(entry: &Node, root: &Node, base: &When) -> Option<Job> {
    let (name, options) = match entry.as_str() {
        Some(name) => (name, None),
        None => entry.entries().first().and_then(|(name, options)| Some((name.as_str()?, Some(options))))?,
    };
    let option = |key: &str| options.and_then(|options| options.get(key));
    let id = option("name").and_then(Node::as_str).unwrap_or(name);
    let mut when = base.clone();
    if let Some(filters) = option("filters") {
        let only = |kind: &str| filters.at(&[kind, "only"]).map(|node| texts(Some(node))).unwrap_or_default();
        let (branches, tags) = (only("branches"), only("tags"));
        let no_branch = texts(filters.at(&["branches", "ignore"])).iter().any(|pattern| pattern.contains(".*"));
        if !tags.is_empty() {
            when.triggers.push("tag".to_owned());
        }
        if no_branch {
            when.triggers.retain(|trigger| trigger != "push");
        }
        when.branches = branches;
    }
    let needs = texts(option("requires"));
    if option("type").and_then(Node::as_str) == Some("approval") {
        return Some(Job { id: id.to_owned(), when, needs, is_gating: true, is_manual: true, ..Job::default() });
    }
    let mut read = match root.at(&["jobs", name]) {
        Some(body) => job(id, name, body, root, when),
        // A job of an orb.
        None => {
            let name = Node::string(entry.span, name);
            let steps = vec![Step { inputs: inputs(options), ..step("", What::Action(name)) }];
            Job { id: id.to_owned(), when, is_gating: true, steps, ..Job::default() }
        }
    };
    read.needs = needs;
    let approvals = root_approvals(root);
    read.is_manual |= read.needs.iter().any(|need| approvals.contains(need));
    Some(read)
}

/// Names of approval jobs anywhere in the configuration.
fn root_approvals(root: &Node) -> Vec<String> {
    let workflows = root.get("workflows").map(Node::entries).unwrap_or_default().iter();
    let jobs = workflows.flat_map(|(_, body)| body.get("jobs").map(Node::elements).unwrap_or_default());
    let approvals = jobs
        .flat_map(Node::entries)
        .filter(|(_, options)| options.get("type").and_then(Node::as_str) == Some("approval"));
    approvals.filter_map(|(name, _)| name.as_str().map(str::to_owned)).collect()
}

fn job(id: &str, name: &str, body: &Node, root: &Node, when: When) -> Job {
    let variables = inputs(body.get("environment"));
    let mut steps = Vec::new();
    for entry in body.get("steps").map(Node::elements).unwrap_or_default() {
        collect(entry, root, &variables, MAX_DEPTH, &mut steps);
    }
    let id = if id.is_empty() { name } else { id };
    Job { id: id.to_owned(), when, is_gating: true, steps, ..Job::default() }
}

fn collect(entry: &Node, root: &Node, variables: &[(String, Node)], depth: usize, steps: &mut Vec<Step>) {
    let (name, body) = match entry.as_str() {
        Some(name) => (name, None),
        None => match entry.entries().first() {
            Some((name, body)) => (name.as_str().unwrap_or_default(), Some(body)),
            None => return,
        },
    };
    if name == "run" {
        let Some(body) = body else { return };
        let command = body.get("command").unwrap_or(body);
        let title = body.get("name").and_then(Node::as_str).unwrap_or_default();
        let on_failure = body.get("when").and_then(Node::as_str) == Some("on_fail");
        let mut inputs_of = variables.to_vec();
        inputs_of.extend(inputs(body.get("environment")));
        if matches!(command.value, Value::String(_) | Value::Unknown(_)) {
            steps.push(Step {
                inputs: inputs_of,
                is_gating: !on_failure,
                ..step(title, What::Script(command.clone()))
            });
        }
        return;
    }
    if matches!(name, "when" | "unless") {
        for inner in body.and_then(|body| body.get("steps")).map(Node::elements).unwrap_or_default() {
            collect(inner, root, variables, depth.saturating_sub(1), steps);
        }
        return;
    }
    match root.at(&["commands", name, "steps"]).filter(|_| depth > 0) {
        Some(inner) => inner.elements().iter().for_each(|inner| collect(inner, root, variables, depth - 1, steps)),
        None => {
            let title = Node::string(entry.span, name);
            let mut given = variables.to_vec();
            given.extend(inputs(body));
            let what = What::Action(title);
            // CircleCI's own steps check nothing.
            let own = [
                "checkout",
                "save_cache",
                "restore_cache",
                "store_artifacts",
                "store_test_results",
                "persist_to_workspace",
                "attach_workspace",
                "add_ssh_keys",
                "setup_remote_docker",
            ];
            if !own.contains(&name) {
                steps.push(Step { inputs: given, ..step("", what) });
            }
        }
    }
}

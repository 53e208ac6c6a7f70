//! Bitbucket Pipelines: lists of steps by branch, tag, pull request or name.

use super::model::{Job, MAX_JOBS, Pipeline, Step, What, When, inputs, scripts, step};
use crate::syntax::Node;

/// True for a Bitbucket pipeline.
pub(super) fn is_pipeline(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("bitbucket-pipelines.yml" | "bitbucket-pipelines.yaml"))
}

/// Reads each list of steps as a pipeline of its own.
pub(super) fn pipelines(root: &Node) -> Vec<Pipeline> {
    let Some(all) = root.get("pipelines") else { return Vec::new() };
    let mut found = Vec::new();
    for (kind, body) in all.entries() {
        let kind = kind.as_str().unwrap_or_default();
        let event = match kind {
            "default" | "branches" => "push",
            "tags" => "tag",
            "pull-requests" => "pull_request",
            "custom" => "manual",
            _ => continue,
        };
        let when = |branch: Option<&str>| When {
            triggers: vec![event.to_owned()],
            branches: branch.filter(|_| kind == "branches").map(str::to_owned).into_iter().collect(),
            cron: None,
        };
        if kind == "default" {
            found.push(pipeline("default", body, &when(None)));
            continue;
        }
        for (name, list) in body.entries() {
            let name = name.as_str().unwrap_or_default();
            found.push(pipeline(name, list, &when(Some(name))));
        }
    }
    found
}

/// Steps run one after another; those of a `parallel` beside one another.
fn pipeline(name: &str, list: &Node, when: &When) -> Pipeline {
    let mut jobs: Vec<Job> = Vec::new();
    let mut before: Vec<String> = Vec::new();
    for entry in list.elements() {
        // One more than are kept tells that there were more.
        if jobs.len() > MAX_JOBS {
            break;
        }
        let group = match (entry.get("step"), entry.get("parallel"), entry.get("stage")) {
            (Some(step), _, _) => vec![(step, None)],
            (_, Some(parallel), _) => {
                let steps = parallel.get("steps").unwrap_or(parallel).elements();
                steps.iter().filter_map(|entry| entry.get("step")).map(|step| (step, None)).collect()
            }
            (_, _, Some(stage)) => {
                let steps = stage.get("steps").map(Node::elements).unwrap_or_default();
                steps.iter().filter_map(|entry| entry.get("step")).map(|step| (step, Some(stage))).collect()
            }
            _ => continue,
        };
        let mut ids = Vec::new();
        for (body, stage) in group.into_iter().take(MAX_JOBS + 1) {
            let id = format!("{name}/{}", jobs.len());
            let read = job(&id, body, stage, when, &before);
            ids.push(id);
            jobs.push(read);
        }
        if !ids.is_empty() {
            before = ids;
        }
    }
    Pipeline { name: name.to_owned(), jobs }
}

fn job(id: &str, body: &Node, stage: Option<&Node>, when: &When, before: &[String]) -> Job {
    let of = |key: &str| body.get(key).or_else(|| stage.and_then(|stage| stage.get(key)));
    let title = body.get("name").and_then(Node::as_str).unwrap_or_default();
    let script = body.get("script").map(Node::elements).unwrap_or_default();
    let steps = script.iter().flat_map(|entry| match entry.get("pipe") {
        Some(pipe) => {
            vec![Step { inputs: inputs(entry.get("variables")), ..step(title, What::Action(unversioned(pipe))) }]
        }
        None => scripts(entry).into_iter().map(|script| step(title, What::Script(script))).collect(),
    });
    Job {
        id: id.to_owned(),
        when: when.clone(),
        environment: of("deployment").cloned(),
        needs: before.to_vec(),
        is_gating: of("on-fail").is_none(),
        is_manual: of("trigger").and_then(Node::as_str) == Some("manual"),
        steps: steps.collect(),
        ..Job::default()
    }
}

/// `atlassian/aws-s3-deploy:1.1.0` without its version.
fn unversioned(pipe: &Node) -> Node {
    let text = pipe.as_str().unwrap_or_default();
    let name = text.trim_start_matches("docker://").split(':').next().unwrap_or(text);
    Node::string(pipe.span, name)
}

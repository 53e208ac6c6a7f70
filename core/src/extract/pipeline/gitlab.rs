//! GitLab CI: jobs at the top, stages in order, templates by `extends` and `include`.

use std::collections::BTreeMap;

use super::{
    github::as_unknown,
    model::{Job, MAX_JOBS, Pipeline, Step, What, When, inputs, narrow, scripts, step, texts, trigger},
};
use crate::syntax::Node;

/// Top-level keys that are no jobs.
const RESERVED: &[&str] = &[
    "stages",
    "variables",
    "default",
    "include",
    "workflow",
    "image",
    "services",
    "before_script",
    "after_script",
    "cache",
    "types",
    "spec",
];

/// Deepest chain of `extends`.
const MAX_EXTENDS: usize = 11;

/// True for a GitLab pipeline or a part of one.
pub(super) fn is_pipeline(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".gitlab-ci.yml")
        || name.ends_with(".gitlab-ci.yaml")
        || path.contains(".gitlab/ci/")
        || (path.contains("gitlab-ci/") && name.ends_with(".yml"))
}

/// Reads a pipeline.
pub(super) fn pipeline(root: &Node) -> Pipeline {
    let stages = match root.get("stages") {
        Some(stages) => texts(Some(stages)),
        // GitLab's own order where a pipeline names none.
        None => ["build", "test", "deploy"].map(str::to_owned).to_vec(),
    };
    let variables = inputs(root.get("variables"));
    let mut jobs: Vec<(String, Job)> = Vec::new();
    for (key, body) in root.entries() {
        let Some(id) = key.as_str().filter(|id| !id.starts_with('.') && !RESERVED.contains(id)) else { continue };
        if body.entries().is_empty() {
            continue;
        }
        // One more than are kept tells that there were more.
        if jobs.len() > MAX_JOBS {
            break;
        }
        let body = Extended::new(root, body);
        let stage = body.text("stage").unwrap_or_else(|| "test".to_owned());
        jobs.extend(job(id, &body, root, &variables).map(|job| (stage, job)));
    }
    order(&stages, &mut jobs);
    let mut jobs: Vec<Job> = jobs.into_iter().map(|(_, job)| job).collect();
    jobs.extend(included(root));
    Pipeline { name: "pipeline".to_owned(), jobs }
}

/// A job with the templates it extends, nearest first.
struct Extended<'a> {
    layers: Vec<&'a Node>,
}

impl<'a> Extended<'a> {
    fn new(root: &'a Node, body: &'a Node) -> Self {
        let (mut layers, mut at) = (vec![body], 0);
        while let Some(layer) = layers.get(at).copied() {
            // The last of several templates wins, so it is the nearer one.
            for name in texts(layer.get("extends")).iter().rev() {
                if let Some(template) = root.get(name).filter(|_| layers.len() < MAX_EXTENDS) {
                    layers.push(template);
                }
            }
            at += 1;
        }
        Self { layers }
    }

    fn get(&self, key: &str) -> Option<&'a Node> {
        self.layers.iter().find_map(|layer| layer.get(key))
    }

    fn text(&self, key: &str) -> Option<String> {
        self.get(key).and_then(Node::as_str).map(str::to_owned)
    }
}

/// A job waits for all jobs of earlier stages unless it names what it needs.
fn order(stages: &[String], jobs: &mut [(String, Job)]) {
    let place = |stage: &str| match stage {
        ".pre" => 0,
        ".post" => usize::MAX,
        stage => stages.iter().position(|known| known == stage).map_or(usize::MAX - 1, |at| at + 1),
    };
    let mut by_stage: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (stage, job) in jobs.iter() {
        by_stage.entry(place(stage)).or_default().push(job.id.clone());
    }
    for (stage, job) in jobs.iter_mut() {
        if job.needs.is_empty() {
            job.needs = by_stage.range(..place(stage)).flat_map(|(_, ids)| ids.iter().cloned()).collect();
        }
        job.needs.retain(|need| !need.is_empty());
    }
}

fn job(id: &str, body: &Extended<'_>, root: &Node, variables: &[(String, Node)]) -> Option<Job> {
    let mut when = When { triggers: vec!["push".to_owned()], ..When::default() };
    let mut is_manual = body.text("when").as_deref() == Some("manual");
    if body.text("when").as_deref() == Some("never") {
        return None;
    }
    let condition = match body.get("rules") {
        Some(rules) => {
            let (read, manual) = rules_of(rules);
            is_manual |= manual;
            when = read.0;
            read.1
        }
        None => {
            only(body, &mut when);
            None
        }
    };
    let allowed = body.get("allow_failure");
    let environment = body.get("environment").and_then(|node| node.get("name").or(Some(node)));
    let environment = environment.filter(|node| node.entries().is_empty()).map(as_unknown);
    let mut given = variables.to_vec();
    given.extend(inputs(body.get("variables")));
    given.extend(inputs(body.get("id_tokens")).into_iter().take(1).map(|(_, node)| ("id_tokens".to_owned(), node)));
    let before = body
        .get("before_script")
        .or_else(|| root.at(&["default", "before_script"]))
        .or_else(|| root.get("before_script"));
    let steps: Vec<Step> = [before, body.get("script"), body.get("after_script")]
        .into_iter()
        .flatten()
        .flat_map(scripts)
        .map(|script| Step { inputs: given.clone(), ..step("", What::Script(script)) })
        .chain(body.get("trigger").map(|node| step("", What::Action(node.get("include").unwrap_or(node).clone()))))
        .collect();
    let needs = body.get("needs").map(Node::elements).unwrap_or_default().iter();
    let needs: Vec<String> =
        needs.filter_map(|need| need.get("job").unwrap_or(need).as_str()).map(str::to_owned).collect();
    // `needs: []` starts at once: a need that no job has keeps the stages from filling in.
    let needs = if needs.is_empty() && body.get("needs").is_some() { vec![String::new()] } else { needs };
    Some(Job {
        id: id.to_owned(),
        when,
        environment,
        needs,
        follows_unseen: false,
        is_gating: allowed.is_none_or(|node| node.as_bool() == Some(false))
            && !(is_manual && allowed.is_none() && body.get("rules").is_none()),
        is_manual,
        condition,
        steps,
    })
}

/// When a job runs by its `rules`, and whether only by hand.
fn rules_of(rules: &Node) -> ((When, Option<String>), bool) {
    let mut all = When::default();
    let (mut conditions, mut manual, mut automatic) = (Vec::new(), false, false);
    for rule in rules.elements() {
        let how = rule.get("when").and_then(Node::as_str).unwrap_or("on_success");
        if how == "never" {
            continue;
        }
        manual |= how == "manual";
        automatic |= how != "manual";
        let mut one = When { triggers: vec!["push".to_owned()], ..When::default() };
        if let Some(condition) = rule.get("if").and_then(Node::as_str) {
            conditions.push(condition.to_owned());
            let is_tag = condition.contains("CI_COMMIT_TAG") && !condition.contains("!=");
            if is_tag {
                one.triggers = vec!["tag".to_owned()];
            } else if condition.contains("CI_MERGE_REQUEST_IID") || condition.contains("CI_MERGE_REQUEST_ID") {
                one.triggers = vec!["pull_request".to_owned()];
            }
            narrow(&mut one, condition);
        }
        all.triggers.extend(one.triggers);
        all.branches.extend(one.branches);
    }
    all.triggers.dedup();
    ((all, Some(conditions.join(" || ")).filter(|text| !text.is_empty())), manual && !automatic)
}

/// `only` and the refs it names.
fn only(body: &Extended<'_>, when: &mut When) {
    let Some(only) = body.get("only") else { return };
    let refs = texts(only.get("refs").or(Some(only)));
    if refs.is_empty() {
        return;
    }
    when.triggers.clear();
    for name in refs {
        match name.as_str() {
            "merge_requests" | "tags" | "schedules" | "web" | "api" | "branches" => when.triggers.push(trigger(&name)),
            "pushes" | "triggers" | "pipelines" => when.triggers.push("push".to_owned()),
            _ => {
                when.triggers.push("push".to_owned());
                when.branches.push(name.trim_matches(['/', '^', '$']).to_owned());
            }
        }
    }
    when.triggers.dedup();
}

/// Templates that bring jobs with them.
fn included(root: &Node) -> Vec<Job> {
    let include = root.get("include").map(Node::elements).unwrap_or_default().iter();
    let templates = include
        .filter_map(|entry| entry.get("template").or_else(|| entry.get("component")).or_else(|| entry.get("project")));
    templates
        .map(|name| Job {
            id: name.as_str().unwrap_or("include").to_owned(),
            when: When { triggers: vec!["push".to_owned(), "pull_request".to_owned()], ..When::default() },
            // GitLab's own scanners report and let the pipeline pass.
            is_gating: false,
            steps: vec![step("", What::Action(name.clone()))],
            ..Job::default()
        })
        .collect()
}

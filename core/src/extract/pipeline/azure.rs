//! Azure Pipelines: stages, jobs and deployments, each with steps.

use super::{
    github::as_unknown,
    model::{Job, MAX_JOBS, Pipeline, Step, What, When, inputs, narrow, scripts, step, texts},
};
use crate::syntax::{Node, Value};

/// True for an Azure pipeline or a part of one.
pub(super) fn is_pipeline(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    is_yaml
        && (name.starts_with("azure-pipelines")
            || name.starts_with("azure-pipeline")
            || path.contains(".azure-pipelines/")
            || path.contains("azure-pipelines/")
            || path.contains(".azuredevops/"))
}

/// Reads a pipeline.
pub(super) fn pipeline(root: &Node) -> Pipeline {
    let when = when(root);
    let mut jobs = Vec::new();
    let context = Stage { id: String::new(), needs: Vec::new(), when, condition: None };
    match (root.get("stages"), root.get("jobs"), root.get("steps")) {
        (Some(stages), _, _) => read_stages(stages, &context.when, &mut jobs),
        (None, Some(list), _) => jobs.extend(stage_jobs(list, &context)),
        (None, None, Some(steps)) => jobs.push(Job {
            id: "job".to_owned(),
            when: context.when.clone(),
            is_gating: true,
            steps: steps_of(steps),
            ..Job::default()
        }),
        _ => {}
    }
    let name = root.get("name").and_then(Node::as_str).unwrap_or("pipeline").to_owned();
    Pipeline { name, jobs }
}

struct Stage {
    id: String,
    needs: Vec<String>,
    when: When,
    condition: Option<String>,
}

fn when(root: &Node) -> When {
    let mut when = When::default();
    let off = |key: &str| root.get(key).and_then(Node::as_str) == Some("none");
    // Without a word about it every push and every pull request starts the pipeline.
    if !off("trigger") {
        when.triggers.push("push".to_owned());
        let trigger = root.get("trigger");
        let branches =
            trigger.and_then(|node| node.at(&["branches", "include"]).or_else(|| node.get("branches")).or(Some(node)));
        when.branches = texts(branches).into_iter().filter(|name| name != "*").collect();
        if trigger.and_then(|node| node.get("tags")).is_some() {
            when.triggers.push("tag".to_owned());
        }
    }
    if !off("pr") {
        when.triggers.push("pull_request".to_owned());
    }
    if let Some(cron) = root
        .get("schedules")
        .map(Node::elements)
        .unwrap_or_default()
        .iter()
        .find_map(|entry| entry.get("cron")?.as_str())
    {
        when.triggers.push("schedule".to_owned());
        when.cron = Some(cron.to_owned());
    }
    if when.triggers.is_empty() {
        when.triggers.push("manual".to_owned());
    }
    when
}

/// Stages run one after another unless `dependsOn` says otherwise.
fn read_stages(stages: &Node, base: &When, jobs: &mut Vec<Job>) {
    let mut before: Option<String> = None;
    let mut jobs_of: Vec<(String, Vec<String>)> = Vec::new();
    for (at, body) in stages.elements().iter().enumerate() {
        // One more than are kept tells that there were more.
        if jobs.len() > MAX_JOBS {
            break;
        }
        let id = body.get("stage").and_then(Node::as_str).map_or_else(|| format!("stage{at}"), str::to_owned);
        let depends = match body.get("dependsOn") {
            Some(node) => texts(Some(node)),
            None => before.iter().cloned().collect(),
        };
        let needs = depends
            .iter()
            .flat_map(|stage| {
                jobs_of.iter().filter(move |(id, _)| id == stage).flat_map(|(_, jobs)| jobs.iter().cloned())
            })
            .take(MAX_JOBS)
            .collect();
        let condition = body.get("condition").and_then(Node::as_str).map(str::to_owned);
        let mut when = base.clone();
        if let Some(condition) = &condition {
            narrow(&mut when, condition);
        }
        let stage = Stage { id: id.clone(), needs, when, condition };
        let read: Vec<Job> = match body.get("jobs") {
            Some(list) => stage_jobs(list, &stage),
            None => template(body, &stage).into_iter().collect(),
        };
        jobs_of.push((id.clone(), read.iter().map(|job| job.id.clone()).collect()));
        jobs.extend(read);
        before = Some(id);
    }
}

fn template(body: &Node, stage: &Stage) -> Option<Job> {
    let name = body.get("template")?;
    let steps = vec![Step { inputs: inputs(body.get("parameters")), ..step("", What::Action(name.clone())) }];
    Some(Job {
        id: format!("{}/template", stage.id),
        when: stage.when.clone(),
        needs: stage.needs.clone(),
        is_gating: true,
        steps,
        ..Job::default()
    })
}

fn stage_jobs(list: &Node, stage: &Stage) -> Vec<Job> {
    let id_of = |at: usize, body: &Node| {
        let name = body.get("job").or_else(|| body.get("deployment")).and_then(Node::as_str);
        let name = name.map_or_else(|| format!("job{at}"), str::to_owned);
        if stage.id.is_empty() { name } else { format!("{}/{name}", stage.id) }
    };
    let prefix = |name: String| if stage.id.is_empty() { name } else { format!("{}/{name}", stage.id) };
    let mut found = Vec::new();
    for (at, body) in list.elements().iter().enumerate().take(MAX_JOBS + 1) {
        if let Some(job) = template(body, stage) {
            found.push(job);
            continue;
        }
        let condition =
            body.get("condition").and_then(Node::as_str).map(str::to_owned).or_else(|| stage.condition.clone());
        let mut when = stage.when.clone();
        if let Some(condition) = &condition {
            if condition.trim().eq_ignore_ascii_case("false") {
                continue;
            }
            narrow(&mut when, condition);
        }
        let mut needs: Vec<String> = texts(body.get("dependsOn")).into_iter().map(prefix).collect();
        needs.extend(stage.needs.iter().cloned());
        let environment = body.get("environment").and_then(|node| node.get("name").or(Some(node)));
        let steps: Vec<Step> = match body.get("steps") {
            Some(steps) => steps_of(steps),
            None => strategy_steps(body.get("strategy")),
        };
        let is_manual = steps.iter().any(|step| matches!(&step.what, What::Action(name) if name.as_str().is_some_and(|name| name.starts_with("ManualValidation") || name.starts_with("ManualIntervention"))));
        found.push(Job {
            id: id_of(at, body),
            when,
            environment: environment.filter(|node| node.entries().is_empty()).map(as_unknown),
            needs,
            is_gating: body.get("continueOnError").and_then(Node::as_bool) != Some(true),
            is_manual,
            condition,
            steps,
            ..Job::default()
        });
    }
    found
}

/// Steps below `strategy.runOnce.deploy` and its relatives.
fn strategy_steps(strategy: Option<&Node>) -> Vec<Step> {
    let phases = ["preDeploy", "deploy", "routeTraffic", "postRouteTraffic"];
    let kinds = strategy.map(Node::entries).unwrap_or_default();
    kinds
        .iter()
        .flat_map(|(_, kind)| phases.iter().filter_map(|phase| kind.at(&[phase, "steps"])).flat_map(steps_of))
        .collect()
}

fn steps_of(list: &Node) -> Vec<Step> {
    list.elements().iter().flat_map(one_step).collect()
}

fn one_step(body: &Node) -> Vec<Step> {
    let title = body.get("displayName").and_then(Node::as_str).unwrap_or_default();
    let condition = body.get("condition").and_then(Node::as_str).map(str::to_owned);
    let is_off = body.get("enabled").and_then(Node::as_bool) == Some(false);
    if is_off || condition.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case("false")) {
        return Vec::new();
    }
    let is_gating = body.get("continueOnError").and_then(Node::as_bool) != Some(true);
    let mut given = inputs(body.get("env"));
    given.extend(inputs(body.get("inputs")));
    let finish =
        |what: What| Step { is_gating, condition: condition.clone(), inputs: given.clone(), ..step(title, what) };
    if let Some(script) = ["script", "bash", "pwsh", "powershell"].iter().find_map(|key| body.get(key)) {
        return scripts(script).into_iter().map(|script| finish(What::Script(script))).collect();
    }
    let Some(task) = body.get("task").or_else(|| body.get("template")) else { return Vec::new() };
    let text = task.as_str().unwrap_or_default();
    // Tasks that only run a command are that command.
    let command = match text.split('@').next().unwrap_or_default() {
        "Npm" | "Yarn" => body
            .at(&["inputs", "customCommand"])
            .or_else(|| body.at(&["inputs", "command"]))
            .map(|node| prefixed("npm ", node)),
        "DotNetCoreCLI" => body.at(&["inputs", "command"]).map(|node| prefixed("dotnet ", node)),
        "Maven" => body.at(&["inputs", "goals"]).map(|node| prefixed("mvn ", node)),
        "Gradle" => body.at(&["inputs", "tasks"]).map(|node| prefixed("gradle ", node)),
        "AzureCLI" => body.at(&["inputs", "inlineScript"]).cloned(),
        "Bash" | "PowerShell" | "CmdLine" => {
            body.at(&["inputs", "script"]).or_else(|| body.at(&["inputs", "targetType"])).cloned()
        }
        _ => None,
    };
    match command {
        Some(script) => vec![finish(What::Script(script))],
        None => vec![finish(What::Action(task.clone()))],
    }
}

fn prefixed(start: &str, node: &Node) -> Node {
    match &node.value {
        Value::String(text) => Node::string(node.span, format!("{start}{text}")),
        _ => node.clone(),
    }
}

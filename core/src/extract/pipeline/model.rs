//! What every kind of pipeline comes down to: jobs that need one another, and their steps as facts.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{Context, Extraction, cron},
    command::{self, Meaning},
};
use crate::{
    fact::{Environment, Fact, FactKind},
    span::Span,
    syntax::{Node, Value},
};

/// Most facts of one file.
const MAX_STEPS: usize = 5000;
/// Most jobs of one pipeline that are followed: each is compared with those that run before it.
pub(super) const MAX_JOBS: usize = 300;

/// Jobs of one file that run together.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    pub(super) name: String,
    pub(super) jobs: Vec<Job>,
}

/// When something runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct When {
    /// `push`, `pull_request`, `schedule`, `manual`, `tag`, `release`, `call`, or the system's own word.
    pub(super) triggers: Vec<String>,
    /// Branches pushed to; empty for all.
    pub(super) branches: Vec<String>,
    pub(super) cron: Option<String>,
}

/// A job: steps that run one after another on one machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) when: When,
    /// As written; may be unknown.
    pub(super) environment: Option<Node>,
    /// Ids of the jobs that must have succeeded before.
    pub(super) needs: Vec<String>,
    /// What runs before is not to be seen here.
    pub(super) follows_unseen: bool,
    /// Its failure fails the pipeline.
    pub(super) is_gating: bool,
    /// Somebody has to allow it.
    pub(super) is_manual: bool,
    pub(super) condition: Option<String>,
    pub(super) steps: Vec<Step>,
}

/// A step: a script or an action.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) what: What,
    pub(super) is_gating: bool,
    pub(super) condition: Option<String>,
    /// Inputs and variables by name.
    pub(super) inputs: Vec<(String, Node)>,
}

/// What a step runs.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A script; the node's span is where it stands.
    Script(Node),
    /// An action, orb, pipe, task or template.
    Action(Node),
}

/// A step with its meaning, before what comes before it is known.
struct Draft {
    job: usize,
    fact: Fact,
    meaning: Meaning,
    is_gating: bool,
}

impl Pipeline {
    /// Adds the steps of all jobs to the facts.
    pub(super) fn emit(mut self, cx: &Context<'_>, out: &mut Extraction) {
        let mut is_cut = self.jobs.len() > MAX_JOBS;
        self.jobs.truncate(MAX_JOBS);
        let mut drafts = Vec::new();
        for (at, job) in self.jobs.iter().enumerate() {
            for step in &job.steps {
                if drafts.len() < MAX_STEPS {
                    drafts.extend(self.step(cx, at, job, step));
                } else {
                    is_cut = true;
                }
            }
        }
        if is_cut {
            out.cut(cx, "more jobs or steps than are followed in one pipeline; the rest was not looked at");
        }
        let before = self.before();
        let facts: Vec<Fact> =
            drafts.iter().enumerate().map(|(at, draft)| self.placed(draft, at, &drafts, &before)).collect();
        out.facts.extend(facts);
    }

    /// Jobs that must have succeeded before each job, by index, near and far.
    fn before(&self) -> Vec<BTreeSet<usize>> {
        let ids: BTreeMap<&str, usize> = self.jobs.iter().enumerate().map(|(at, job)| (job.id.as_str(), at)).collect();
        let direct: Vec<BTreeSet<usize>> = self
            .jobs
            .iter()
            .map(|job| job.needs.iter().filter_map(|need| ids.get(need.as_str()).copied()).collect())
            .collect();
        let reach = |from: usize| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
            while let Some(at) = open.pop() {
                for &next in direct.get(at).into_iter().flatten() {
                    if seen.insert(next) {
                        open.push(next);
                    }
                }
            }
            seen
        };
        (0..self.jobs.len()).map(reach).collect()
    }

    /// The facts of one step: one for an action, one for each line of a script that does something.
    fn step(&self, cx: &Context<'_>, at: usize, job: &Job, step: &Step) -> Vec<Draft> {
        let services = &cx.vocabulary.services;
        match &step.what {
            What::Action(name) => {
                let mut meaning = Meaning::default();
                let text = name.as_str().unwrap_or_default();
                if let Some(tool) = services.tool_of_action(text) {
                    meaning.add(tool);
                    let has = |option: &String| has_input(&step.inputs, option);
                    let is_strict = tool.strict.is_empty() || tool.strict.iter().any(has);
                    meaning.is_lenient = tool.lenient.iter().any(has) || !is_strict;
                } else {
                    meaning.is_opaque = !is_known_helper(text);
                }
                let fact = self.fact(cx, job, step, &meaning, name.span).with("uses", name.clone());
                vec![Draft {
                    job: at,
                    fact,
                    is_gating: job.is_gating && step.is_gating && !meaning.is_lenient,
                    meaning,
                }]
            }
            What::Script(script) => self.script(cx, at, job, step, script),
        }
    }

    fn script(&self, cx: &Context<'_>, at: usize, job: &Job, step: &Step, script: &Node) -> Vec<Draft> {
        let text = match &script.value {
            Value::String(text) | Value::Unknown(text) => text.as_str(),
            _ => return Vec::new(),
        };
        let (mut drafts, mut is_off) = (Vec::new(), false);
        for line in command::lines(text, script.span, &cx.source.text) {
            // After `set +e` a failure no longer ends the script.
            is_off = (is_off || line.text.contains("set +e")) && !line.text.contains("set -e");
            let mut meaning = command::meaning(&line.text, &cx.vocabulary.services);
            meaning.is_lenient |= is_off;
            let fact = self.fact(cx, job, step, &meaning, line.span).with_text("run", line.span, line.text);
            let is_gating = job.is_gating && step.is_gating && !meaning.is_lenient;
            drafts.push(Draft { job: at, fact, meaning, is_gating });
        }
        drafts
    }

    fn fact(&self, cx: &Context<'_>, job: &Job, step: &Step, meaning: &Meaning, span: Span) -> Fact {
        let name = match (&step.name, meaning.tools.first()) {
            (name, _) if !name.is_empty() => name.clone(),
            (_, Some(tool)) => tool.clone(),
            _ => job.id.clone(),
        };
        let list = |words: &[String]| {
            Node::new(span, Value::List(words.iter().map(|word| Node::string(span, word.clone())).collect()))
        };
        let mut roles = list(&meaning.roles);
        if let Value::List(items) = &mut roles.value {
            // What a script or an action elsewhere does is not known here, so nothing is missing because of it.
            items.extend(meaning.is_opaque.then(|| Node::new(span, Value::Unknown("a script or action".to_owned()))));
        }
        let (word, environment) = self.environment(job, meaning, cx);
        let mut fact = Fact::new(FactKind::Step, name, cx.source.id, span)
            .in_environment(environment)
            .with_text("job", span, job.id.clone())
            .with_text("workflow", span, self.name.clone())
            .with("triggers", list(&job.when.triggers))
            .with("branches", list(&job.when.branches))
            .with("roles", roles)
            .with("manual", Node::new(span, Value::Bool(job.is_manual)));
        let region = meaning.region.clone().or_else(|| {
            input_text(&step.inputs, &["aws-region", "AWS_REGION", "AWS_DEFAULT_REGION", "region", "location"])
        });
        let condition = [job.condition.as_deref(), step.condition.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" && ");
        for (key, text) in [
            ("tool", meaning.tools.first().cloned()),
            ("platform", meaning.platform.clone()),
            ("cron", job.when.cron.clone()),
            ("condition", Some(condition).filter(|text| !text.is_empty())),
            ("region", region.filter(|region| !region.contains('$'))),
        ] {
            if let Some(text) = text {
                fact = fact.with_text(key, span, text);
            }
        }
        if let Some(word) = word {
            fact = fact.with("environment", Node { span, ..word });
        }
        let interval = job.when.cron.as_deref().and_then(cron::interval);
        for (key, number) in [("threshold", meaning.threshold), ("interval-minutes", interval)] {
            if let Some(number) = number {
                fact = fact.with(key, Node::new(span, Value::Number(number)));
            }
        }
        if meaning.tools.len() > 1 {
            fact = fact.with("tools", list(&meaning.tools));
        }
        self.access(cx, fact, step, span)
    }

    /// Secrets that the step names, and whether it logs in by a key that stays or by a token of the moment.
    fn access(&self, cx: &Context<'_>, fact: Fact, step: &Step, span: Span) -> Fact {
        let texts = step.inputs.iter().filter_map(|(_, value)| text_of(value));
        let script = match &step.what {
            What::Script(node) | What::Action(node) => text_of(node),
        };
        let secrets: BTreeSet<String> = texts.chain(script).flat_map(secrets_in).collect();
        let words = cx.vocabulary.services.command_words();
        let given = |list: &[String]| {
            list.iter().any(|name| {
                secrets.contains(name) || step.inputs.iter().any(|(input, value)| input == name && !is_empty(value))
            })
        };
        let credentials = match (given(&words.static_credentials), given(&words.federated_credentials)) {
            (true, _) => Some("static-keys"),
            (false, true) => Some("oidc"),
            _ => None,
        };
        let mut fact = fact;
        if !secrets.is_empty() {
            let names = secrets.into_iter().map(|name| Node::string(span, name)).collect();
            fact = fact.with("secrets", Node::new(span, Value::List(names)));
        }
        if !step.inputs.is_empty() {
            let entries =
                step.inputs.iter().map(|(name, value)| (Node::string(value.span, name.clone()), value.clone()));
            fact = fact.with("inputs", Node::new(span, Value::Map(entries.collect())));
        }
        match credentials {
            Some(word) => fact.with_text("credentials", span, word),
            None => fact,
        }
    }

    /// The word that says which environment a step is for, and the environment it means.
    fn environment(&self, job: &Job, meaning: &Meaning, cx: &Context<'_>) -> (Option<Node>, Environment) {
        if let Some(node) = &job.environment {
            let environment = node.as_str().and_then(Environment::of_word).unwrap_or_default();
            return (Some(node.clone()), environment);
        }
        if let Some(word) = &meaning.environment {
            let environment = Environment::of_word(&word.replace([':', '=', ','], "/")).unwrap_or_default();
            return (Some(Node::string(Span::default(), word.clone())), environment);
        }
        let changes =
            meaning.roles.iter().any(|role| matches!(role.as_str(), "deploy" | "migrate" | "schema-sync" | "backup"));
        if !changes {
            return (None, Environment::Any);
        }
        let file = cx.source.path.rsplit('/').next().unwrap_or_default();
        let branches = job.when.branches.iter().map(String::as_str).filter(|name| !name.starts_with("dev"));
        let mut words = [job.id.as_str(), self.name.as_str(), file].into_iter().chain(branches);
        (None, words.find_map(Environment::of_word).unwrap_or_default())
    }

    /// The fact with what runs before it and beside it.
    fn placed(&self, draft: &Draft, at: usize, drafts: &[Draft], before: &[BTreeSet<usize>]) -> Fact {
        let empty = BTreeSet::new();
        let needed = before.get(draft.job).unwrap_or(&empty);
        let is_before =
            |other: &Draft, place: usize| needed.contains(&other.job) || (other.job == draft.job && place < at);
        let (mut after, mut beside) = (BTreeSet::new(), BTreeSet::new());
        let mut is_open = self.jobs.get(draft.job).is_some_and(|job| job.follows_unseen);
        for (place, other) in drafts.iter().enumerate().filter(|(place, _)| *place != at) {
            let roles = other.meaning.roles.iter().map(String::as_str);
            if is_before(other, place) {
                is_open |= other.meaning.is_opaque;
                after.extend(roles.filter(|_| other.is_gating));
            } else if other.job != draft.job {
                beside.extend(roles);
            }
        }
        let span = draft.fact.span;
        let mut steps: Vec<Node> = after.iter().map(|role| Node::string(span, *role)).collect();
        if is_open {
            steps.push(Node::new(span, Value::Unknown("steps that are not seen here".to_owned())));
        }
        let jobs =
            needed.iter().filter_map(|at| self.jobs.get(*at)).map(|job| Node::string(span, job.id.clone())).collect();
        let beside = beside.difference(&after).map(|role| Node::string(span, *role)).collect();
        draft
            .fact
            .clone()
            .with("gating", Node::new(span, Value::Bool(draft.is_gating)))
            .with("needs", Node::new(span, Value::List(jobs)))
            .with("after", Node::new(span, Value::List(steps)))
            .with("beside", Node::new(span, Value::List(beside)))
    }
}

/// Actions that set something up and check nothing.
fn is_known_helper(name: &str) -> bool {
    let name = name.split('@').next().unwrap_or(name);
    let last = name.rsplit('/').next().unwrap_or(name);
    let starts = [
        "setup",
        "cache",
        "checkout",
        "upload",
        "download",
        "login",
        "configure",
        "metadata",
        "install",
        "action-setup",
    ];
    !name.starts_with('.')
        && starts
            .iter()
            .any(|start| last.starts_with(start) || last.contains(&format!("-{start}")) || name.contains(start))
}

fn has_input(inputs: &[(String, Node)], option: &str) -> bool {
    let Some((name, wanted)) = option.rsplit_once(' ') else { return false };
    inputs
        .iter()
        .any(|(input, value)| input.eq_ignore_ascii_case(name) && text_like(value).eq_ignore_ascii_case(wanted))
}

fn text_like(node: &Node) -> String {
    match &node.value {
        Value::String(text) | Value::Unknown(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => String::new(),
    }
}

fn text_of(node: &Node) -> Option<&str> {
    match &node.value {
        Value::String(text) | Value::Unknown(text) => Some(text),
        _ => None,
    }
}

fn is_empty(node: &Node) -> bool {
    matches!(&node.value, Value::Null) || node.as_str().is_some_and(|text| text.trim().is_empty())
}

fn input_text(inputs: &[(String, Node)], names: &[&str]) -> Option<String> {
    let of = |name: &&str| inputs.iter().find(|(input, _)| input == name).and_then(|(_, value)| value.as_str());
    names.iter().find_map(of).map(str::to_owned)
}

/// Names behind `secrets.` in a text.
fn secrets_in(text: &str) -> Vec<String> {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    let names = text.split("secrets.").skip(1).map(|rest| rest.split(|sign| !is_part(sign)).next().unwrap_or_default());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A step without a condition that counts.
pub(super) fn step(name: &str, what: What) -> Step {
    Step { name: name.to_owned(), what, is_gating: true, condition: None, inputs: Vec::new() }
}

/// Scripts of a node: a string, or a list of strings at any depth.
pub(super) fn scripts(node: &Node) -> Vec<Node> {
    match &node.value {
        Value::String(_) | Value::Unknown(_) => vec![node.clone()],
        Value::List(items) => items.iter().flat_map(scripts).collect(),
        _ => Vec::new(),
    }
}

/// Texts of a node: itself, or its elements.
pub(super) fn texts(node: Option<&Node>) -> Vec<String> {
    node.map(|node| node.elements().iter().filter_map(Node::as_str).map(str::to_owned).collect()).unwrap_or_default()
}

/// Entries of a map as inputs.
pub(super) fn inputs(node: Option<&Node>) -> Vec<(String, Node)> {
    let entries = node.map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|(name, value)| name.as_str().map(|name| (name.to_owned(), value.clone()))).collect()
}

/// Narrows when something runs by a condition: branches and events that it compares with.
pub(super) fn narrow(when: &mut When, condition: &str) {
    let (mut branches, mut events) = (Vec::new(), Vec::new());
    for (left, is_equal, right) in comparisons(condition) {
        let name = right.strip_prefix("refs/heads/");
        let is_branch =
            ["ref_name", "CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME", "SourceBranchName", "BITBUCKET_BRANCH", "head_ref"]
                .iter()
                .any(|word| left.ends_with(word) || left.contains(&format!("{word}'")));
        if left.contains("event_name") || left.contains("CI_PIPELINE_SOURCE") {
            let event = trigger(&right);
            match is_equal {
                true => events.push(event),
                false => when.triggers.retain(|trigger| *trigger != event),
            }
        } else if right.starts_with("refs/tags") && is_equal {
            events.push("tag".to_owned());
        } else if (is_branch || name.is_some()) && is_equal {
            let name = name.unwrap_or(&right);
            branches.push(if name.contains("default_branch") || name.contains("DEFAULT_BRANCH") {
                "$default".to_owned()
            } else {
                name.to_owned()
            });
        }
    }
    if !branches.is_empty() {
        when.branches = branches;
        if events.is_empty() {
            when.triggers.retain(|trigger| trigger != "pull_request");
        }
    }
    if !events.is_empty() {
        when.triggers = events;
    }
}

/// Our word for a system's event.
pub(super) fn trigger(event: &str) -> String {
    match event {
        "pull_request"
        | "pull_request_target"
        | "merge_request_event"
        | "merge_requests"
        | "external_pull_request_event"
        | "merge_group" => "pull_request",
        "schedule" | "schedules" => "schedule",
        "workflow_dispatch" | "repository_dispatch" | "web" | "api" | "manual" => "manual",
        "workflow_call" => "call",
        "tags" | "create" => "tag",
        "release" => "release",
        "branches" => "push",
        other => other,
    }
    .to_owned()
}

/// Comparisons of a condition: left side, equal or not, right side without quotes.
fn comparisons(condition: &str) -> Vec<(String, bool, String)> {
    let bare = |text: &str| {
        text.trim_matches(|sign: char| matches!(sign, '"' | '\'' | '(' | ')' | '{' | '}' | '$' | ' ' | '/' | '^' | ','))
            .to_owned()
    };
    let mut found = Vec::new();
    for (sign, is_equal) in [("==", true), ("!=", false), ("=~", true)] {
        for (at, _) in condition.match_indices(sign) {
            let (left, right) = condition.split_at_checked(at).unwrap_or((condition, ""));
            let left = left.split_whitespace().next_back().unwrap_or_default();
            let right = right.get(sign.len()..).unwrap_or_default();
            let right = right.split_whitespace().next().unwrap_or_default();
            found.push((bare(left), is_equal, bare(right)));
        }
    }
    for (call, is_equal) in [("startsWith(", true), ("eq(", true), ("ne(", false), ("contains(", true)] {
        for (at, _) in condition.match_indices(call) {
            let inner = condition.get(at + call.len()..).and_then(|rest| rest.split(')').next()).unwrap_or_default();
            if let Some((left, right)) = inner.split_once(',') {
                found.push((bare(left), is_equal, bare(right.trim())));
            }
        }
    }
    found
}

/// A command that something other than a pipeline runs: a platform before a release, a container at its start.
#[derive(Clone, Copy, Debug)]
pub(in crate::extract) struct StepText<'a> {
    pub(in crate::extract) job: &'a str,
    pub(in crate::extract) workflow: &'a str,
    pub(in crate::extract) trigger: &'a str,
}

/// Steps of such a command that do something known.
pub(in crate::extract) fn step_of_command(cx: &Context<'_>, command: &Node, of: &StepText<'_>) -> Vec<Fact> {
    let when = When { triggers: vec![of.trigger.to_owned()], ..When::default() };
    let steps = vec![step("", What::Script(command.clone()))];
    let job = Job { id: of.job.to_owned(), when, is_gating: true, steps, ..Job::default() };
    let mut out = Extraction::default();
    Pipeline { name: of.workflow.to_owned(), jobs: vec![job] }.emit(cx, &mut out);
    out.facts
}

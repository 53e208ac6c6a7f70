//! Platform files: what they are by name, and what they set in the words that rules compare.

use super::{
    super::{
        Context, Extraction,
        pipeline::{StepText, step_of_command},
    },
    environment_of,
};
use crate::{
    classify::Format,
    fact::{Fact, FactKind, Strength},
    source::SourceId,
    span::Span,
    syntax::{Node, Value},
    vocabulary::PlatformFile,
};

/// Most observations of one file.
const MAX_EACH: usize = 200;

/// Reads facts from one source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    let path = cx.source.path.as_ref();
    let environment = environment_of(path);
    for file in cx.vocabulary.services.of_path(path) {
        if !file.holds.is_empty() && !file.holds.iter().any(|word| cx.source.text.contains(word)) {
            continue;
        }
        let facts = services(cx, file).into_iter().map(|fact| fact.in_environment(environment));
        out.facts.extend(facts);
    }
    release_commands(cx, out);
    addons(cx, out);
    compose(cx, out);
    dockerfile(cx, out);
}

/// One observation of the file, or one of each element that it lists.
fn services(cx: &Context<'_>, file: &PlatformFile) -> Vec<Fact> {
    let root = cx.document.roots.first();
    let whole = Span::new(0, first_line(&cx.source.text));
    let Some(each) = &file.each else { return vec![service(cx, file, root, whole)] };
    let elements =
        root.map(|root| probe(root, |fact| fact.all(&format!("{each}.*")).into_iter().cloned().collect::<Vec<_>>()));
    let found: Vec<Fact> = elements
        .unwrap_or_default()
        .iter()
        .take(MAX_EACH)
        .map(|element| service(cx, file, Some(element), element.span))
        .collect();
    if found.is_empty() { vec![service(cx, file, root, whole)] } else { found }
}

fn service(cx: &Context<'_>, file: &PlatformFile, node: Option<&Node>, span: Span) -> Fact {
    let mut fact = Fact::new(FactKind::Service, file.slug.clone(), cx.source.id, span)
        .with_text("kind", span, file.kind.clone())
        .with_text("evidence", span, "file")
        .of_strength(if file.shared { Strength::Mention } else { Strength::Indirect });
    if let Some(model) = &file.model {
        fact = fact.with_text("model", span, model.clone());
    }
    let mut is_set = false;
    for (field, paths) in &file.fields {
        let read = |node: &Node| paths.iter().find_map(|path| probe(node, |fact| united(fact.all(path))));
        if let Some(value) = node.and_then(read) {
            is_set = true;
            fact = fact.with(field, value);
        }
    }
    if is_set { fact.of_strength(Strength::Explicit) } else { fact }
}

/// Runs a question on a node by the paths of facts.
fn probe<T>(node: &Node, ask: impl FnOnce(&Fact) -> T) -> T {
    let mut fact = Fact::new(FactKind::Service, "", SourceId::default(), node.span);
    fact.fields = node.clone();
    ask(&fact)
}

/// One value as it is, several as a list of their scalars.
fn united(nodes: Vec<&Node>) -> Option<Node> {
    let scalars: Vec<Node> = nodes
        .iter()
        .flat_map(|node| match &node.value {
            Value::List(items) => items.clone(),
            _ => vec![(*node).clone()],
        })
        .filter(|node| node.value != Value::Null)
        .collect();
    match scalars.as_slice() {
        [] => None,
        [one] if nodes.len() == 1 && !matches!(nodes.first().map(|node| &node.value), Some(Value::List(_))) => {
            Some(one.clone())
        }
        [first, ..] => Some(Node::new(first.span, Value::List(scalars.clone()))),
    }
}

fn first_line(text: &str) -> usize {
    let end = text.find('\n').unwrap_or(text.len());
    text.get(..end).unwrap_or(text).trim_end().len().max(1).min(text.len())
}

/// Commands that a platform runs before it puts a release into service.
fn release_commands(cx: &Context<'_>, out: &mut Extraction) {
    let name = cx.source.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let root = cx.document.roots.first();
    let mut found: Vec<Node> = Vec::new();
    if name == "procfile" || name.starts_with("procfile.") {
        found.extend(procfile(&cx.source.text));
    } else if name.starts_with("fly.") && cx.kind.format == Format::Toml {
        found.extend(root.and_then(|root| root.at(&["deploy", "release_command"])).cloned());
    } else if name == "heroku.yml" {
        found.extend(
            root.and_then(|root| root.at(&["release", "command"]))
                .map(Node::elements)
                .unwrap_or_default()
                .iter()
                .cloned(),
        );
    } else if name == "app.json" {
        found.extend(root.and_then(|root| root.at(&["scripts", "postdeploy"])).cloned());
    } else if name == "render.yaml" || name == "render.yml" {
        let services = root.and_then(|root| root.get("services")).map(Node::elements).unwrap_or_default();
        found.extend(services.iter().filter_map(|service| service.get("preDeployCommand")).cloned());
    } else if name.starts_with("railway.") {
        found.extend(
            root.and_then(|root| root.at(&["deploy", "preDeployCommand"]))
                .map(Node::elements)
                .unwrap_or_default()
                .iter()
                .cloned(),
        );
    }
    for command in found {
        let step = StepText { job: "release", workflow: &name, trigger: "release" };
        out.facts.extend(
            step_of_command(cx, &command, &step)
                .into_iter()
                .map(|fact| fact.in_environment(environment_of(&cx.source.path))),
        );
    }
}

/// `release:` and the processes that run.
fn procfile(text: &str) -> Vec<Node> {
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_end();
        if let Some((kind, command)) =
            trimmed.split_once(':').filter(|(kind, _)| !kind.starts_with('#') && !kind.contains(' '))
        {
            let lead = command.len() - command.trim_start().len();
            let start = at + kind.len() + 1 + lead;
            found.push(Node::string(Span::new(start, at + trimmed.len()), command.trim()));
        }
        at += line.len();
    }
    found
}

/// Databases that a platform file asks for.
fn addons(cx: &Context<'_>, out: &mut Extraction) {
    let name = cx.source.path.rsplit('/').next().unwrap_or_default();
    let Some(root) = cx.document.roots.first() else { return };
    let mut stores: Vec<(String, &Node, &str)> = Vec::new();
    match name {
        "app.json" => {
            for addon in root.get("addons").map(Node::elements).unwrap_or_default() {
                let plan = addon.get("plan").unwrap_or(addon);
                let text = plan.as_str().unwrap_or_default();
                let engine = [
                    ("postgres", "postgresql"),
                    ("mysql", "mysql"),
                    ("cleardb", "mysql"),
                    ("jawsdb", "mysql"),
                    ("mongo", "mongodb"),
                    ("redis", "redis"),
                    ("rediscloud", "redis"),
                    ("maria", "mariadb"),
                ];
                if let Some((_, engine)) = engine.iter().find(|(word, _)| text.contains(word)) {
                    stores.push((text.to_owned(), plan, engine));
                }
            }
        }
        "render.yaml" | "render.yml" => {
            for database in root.get("databases").map(Node::elements).unwrap_or_default() {
                let title = database.get("name").and_then(Node::as_str).unwrap_or("database");
                stores.push((title.to_owned(), database, "postgresql"));
            }
        }
        _ => return,
    }
    for (title, node, engine) in stores {
        let mut fact = Fact::new(FactKind::Store, title, cx.source.id, node.span)
            .with_text("engine", node.span, engine)
            .with_text("class", node.span, if engine == "redis" { "cache" } else { "database" })
            .with("managed", Node::new(node.span, Value::Bool(true)));
        for (field, path) in [
            ("multi-zone", "highAvailability.enabled"),
            ("plan", "plan"),
            ("region", "region"),
            ("version", "postgresMajorVersion"),
        ] {
            if let Some(value) = probe(node, |fact| fact.get(path).cloned()) {
                fact = fact.with(field, value);
            }
        }
        if let Some(replicas) = node.get("readReplicas") {
            let count = f64::from(u32::try_from(replicas.elements().len()).unwrap_or(u32::MAX));
            fact = fact.with("replicas", Node::new(replicas.span, Value::Number(count)));
        }
        out.facts.push(fact.in_environment(environment_of(&cx.source.path)));
    }
}

/// A Compose file that builds or runs the application is a local setup in containers.
fn compose(cx: &Context<'_>, out: &mut Extraction) {
    let name = cx.source.path.rsplit('/').next().unwrap_or_default();
    let is_compose =
        (name.starts_with("docker-compose") || name.starts_with("compose")) && cx.kind.format == Format::Yaml;
    let Some(services) = cx.document.roots.first().and_then(|root| root.get("services")).filter(|_| is_compose) else {
        return;
    };
    let built = services.entries().iter().find(|(_, body)| body.get("build").is_some());
    let Some((key, body)) = built else { return };
    let span = key.span.cover(body.get("build").map_or(key.span, |build| build.span));
    out.facts.push(
        Fact::new(FactKind::Service, "docker", cx.source.id, span)
            .with_text("kind", span, "local-setup")
            .with_text("evidence", span, "file")
            .in_environment(match environment_of(&cx.source.path) {
                crate::fact::Environment::Any => crate::fact::Environment::Development,
                named => named,
            }),
    );
}

fn dockerfile(cx: &Context<'_>, out: &mut Extraction) {
    if cx.kind.format != Format::Dockerfile {
        return;
    }
    let span = Span::new(0, first_line(&cx.source.text));
    let fact = Fact::new(FactKind::Service, "docker", cx.source.id, span)
        .with_text("kind", span, "container")
        .with_text("evidence", span, "file")
        .of_strength(Strength::Indirect);
    out.facts.push(fact.in_environment(environment_of(&cx.source.path)));
}

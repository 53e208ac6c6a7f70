//! Workloads: their containers, the stores among them, the endpoints their settings name, and how they scale.

use super::{Manifest, unknown};
use crate::{
    extract::{Context, connection, image},
    fact::{Fact, FactKind},
    syntax::{Node, Value},
    vocabulary::Dialect,
};

/// Most containers of one workload.
const CONTAINERS: usize = 100;

/// The template of the pods that a workload runs.
fn pod<'a>(manifest: &Manifest<'a>) -> Option<&'a Node> {
    let spec = manifest.root.get("spec")?;
    match manifest.kind {
        "Pod" => Some(spec),
        "CronJob" | "ScheduledJob" => spec.at(&["jobTemplate", "spec", "template", "spec"]),
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "ReplicationController"
        | "Job"
        | "Rollout"
        | "DeploymentConfig" => spec.at(&["template", "spec"]),
        _ => None,
    }
}

/// Containers that keep running; those that only prepare the others keep nothing.
fn containers<'a>(manifest: &Manifest<'a>) -> impl Iterator<Item = &'a Node> {
    let list = pod(manifest).and_then(|pod| pod.get("containers"));
    list.map(Node::elements).unwrap_or_default().iter().filter(|node| !node.entries().is_empty()).take(CONTAINERS)
}

/// Stores and endpoints of a workload. `services` are the names that the same source gives to its parts.
pub(super) fn facts(cx: &Context<'_>, manifest: &Manifest<'_>, services: &[String]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let near: Vec<&str> = services.iter().map(String::as_str).collect();
    for container in containers(manifest) {
        if let Some((reference, _)) = image::text(container.get("image"))
            && let Some(store) = image::read(reference, &cx.vocabulary.resources)
        {
            facts.push(self::store(cx, manifest, container, &store));
        }
        for (name, value) in settings(container) {
            let endpoint = value.as_str().and_then(|text| {
                // `$(NAME)` is filled from other settings by the cluster.
                connection::endpoint(name, text, cx.source.id, value.span, &near)
            });
            facts.extend(endpoint.map(|fact| {
                fact.with_text("format", value.span, Dialect::Kubernetes.word()).with_text(
                    "workload",
                    value.span,
                    manifest.address(),
                )
            }));
        }
    }
    facts
}

/// Names and literal values of `env`; what comes from secrets and the like has no value here.
fn settings(container: &Node) -> impl Iterator<Item = (&str, &Node)> {
    let list = container.get("env").map(Node::elements).unwrap_or_default();
    list.iter().filter_map(|entry| Some((entry.get("name")?.as_str()?, entry.get("value")?)))
}

fn store(cx: &Context<'_>, manifest: &Manifest<'_>, container: &Node, image: &image::Image<'_>) -> Fact {
    let place = container.get("image").unwrap_or(container);
    let is_claimed = manifest.root.at(&["spec", "volumeClaimTemplates"]).is_some()
        || pod(manifest)
            .and_then(|pod| pod.get("volumes"))
            .is_some_and(|volumes| volumes.elements().iter().any(|one| one.get("persistentVolumeClaim").is_some()));
    let mut fact = Fact::new(FactKind::Store, manifest.address(), cx.source.id, manifest.place().span)
        .with_text("type", place.span, format!("kubernetes/{}", manifest.kind))
        .with_text("format", place.span, Dialect::Kubernetes.word())
        .with_text("engine", place.span, image.engine.clone())
        .with_text("class", place.span, image.class)
        .with("managed", Node::new(place.span, Value::Bool(false)))
        .with("persistent", Node::new(place.span, Value::Bool(is_claimed)))
        // Services of any source may select the pods.
        .with("exposure", unknown(place, "services that select it"));
    if let Some(version) = image.version {
        fact = fact.with_text("version", place.span, version);
    }
    match manifest.root.at(&["spec", "replicas"]) {
        Some(replicas) => fact.with("replicas", replicas.clone()),
        None => fact,
    }
}

/// What a workload or a scaler says, in words that rules of other formats use too.
pub(super) fn fields(manifest: &Manifest<'_>) -> Vec<(&'static str, Node)> {
    let mut found = Vec::new();
    let mut take = |key: &'static str, path: &[&str]| {
        if let Some(node) = manifest.root.at(path) {
            found.push((key, node.clone()));
        }
    };
    match manifest.kind {
        "HorizontalPodAutoscaler" => {
            take("scaling.min", &["spec", "minReplicas"]);
            take("scaling.max", &["spec", "maxReplicas"]);
            take("scaling.target", &["spec", "scaleTargetRef", "name"]);
        }
        "ScaledObject" => {
            take("scaling.min", &["spec", "minReplicaCount"]);
            take("scaling.max", &["spec", "maxReplicaCount"]);
            take("scaling.target", &["spec", "scaleTargetRef", "name"]);
        }
        _ if pod(manifest).is_some() => {
            take("replicas", &["spec", "replicas"]);
            take("schedule", &["spec", "schedule"]);
        }
        _ => {}
    }
    if pod(manifest).is_some() {
        found.extend(of_containers(manifest));
    }
    found
}

/// `containers`: name, image and settings of each.
fn of_containers(manifest: &Manifest<'_>) -> Option<(&'static str, Node)> {
    let span = pod(manifest)?.get("containers")?.span;
    let mut all = Vec::new();
    for container in containers(manifest) {
        let mut one = Node::map(container.span);
        for key in ["name", "image", "command", "args", "resources", "readinessProbe", "livenessProbe"] {
            if let Some(value) = container.get(key) {
                one.set(key, value.clone());
            }
        }
        let mut literals = Node::map(container.span);
        for (name, value) in settings(container) {
            literals.set(name, value.clone());
        }
        one.set("env", literals);
        all.push(one);
    }
    Some(("containers", Node::new(span, Value::List(all))))
}

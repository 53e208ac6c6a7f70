//! The repository: modules, roots, environments, and the objects that each root makes.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    TerraformFile,
    eval::Frame,
    expand::{self, Each},
    instance::World,
    limits,
    module::{Item, Module, Resource},
};
use crate::{
    error::{Notification, NotificationId},
    extract::resource::{self, Object, environment_of},
    fact::{Environment, Fact, Strength},
    syntax::{Node, Value},
    vocabulary::{Dialect, Vocabulary},
};

/// Evaluates every root for every environment that its values files name.
pub(super) fn evaluate(files: &[TerraformFile], vocabulary: &Vocabulary) -> (Vec<Fact>, Vec<Notification>) {
    let modules = group(files);
    let folders: BTreeMap<&str, usize> =
        modules.iter().enumerate().map(|(index, module)| (module.folder, index)).collect();
    let calls = calls(&modules, &folders);
    let mut run = Run {
        modules: &modules,
        folders: &folders,
        vocabulary,
        left: limits::NODES_OF_ALL,
        facts: Vec::new(),
        notifications: Vec::new(),
    };
    let any_call = calls.iter().any(|callees| !callees.is_empty());
    for index in roots(&calls) {
        if let Some(module) = modules.get(index).filter(|module| module.has_code()) {
            run.root(index, module, any_call);
        }
    }
    (run.facts, run.notifications)
}

fn group(files: &[TerraformFile]) -> Vec<Module<'_>> {
    let mut modules: BTreeMap<&str, Module<'_>> = BTreeMap::new();
    for file in files {
        let folder = file.folder();
        modules.entry(folder).or_insert_with(|| Module { folder, ..Module::default() }).add(file);
    }
    modules.into_values().collect()
}

/// Modules that each module calls. A call from an example makes no module less of a root.
fn calls(modules: &[Module<'_>], folders: &BTreeMap<&str, usize>) -> Vec<BTreeSet<usize>> {
    let callees = |(index, module): (usize, &Module<'_>)| {
        let found = module.callees().into_iter().filter_map(|folder| folders.get(folder.as_str()).copied());
        let is_trusted = |callee: &usize| !module.is_example() || modules.get(*callee).is_some_and(Module::is_example);
        found.filter(|callee| *callee != index && is_trusted(callee)).collect()
    };
    modules.iter().enumerate().map(callees).collect()
}

/// Modules that no other calls, in order; and of those that only call one another, the first: a circle, which Terraform
/// refuses, must not keep what stands in it from being read.
fn roots(calls: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let called: BTreeSet<usize> = calls.iter().flatten().copied().collect();
    let free = (0..calls.len()).filter(|index| !called.contains(index));
    let (mut roots, mut reached) = (BTreeSet::new(), BTreeSet::new());
    for index in free.chain(0..calls.len()) {
        if !reached.insert(index) {
            continue;
        }
        roots.insert(index);
        let mut open = vec![index];
        while let Some(next) = open.pop() {
            let callees = calls.get(next).into_iter().flatten().copied();
            open.extend(callees.filter(|callee| reached.insert(*callee)));
        }
    }
    roots
}

/// One environment for which a root is evaluated.
struct Candidate<'a> {
    environment: Environment,
    values: Vec<&'a TerraformFile>,
}

struct Run<'a> {
    modules: &'a [Module<'a>],
    folders: &'a BTreeMap<&'a str, usize>,
    vocabulary: &'a Vocabulary,
    left: u64,
    facts: Vec<Fact>,
    notifications: Vec<Notification>,
}

impl<'a> Run<'a> {
    fn root(&mut self, index: usize, module: &'a Module<'a>, any_call: bool) {
        // A module folder that nothing calls, beside others that are called, is built by nobody.
        let unused = any_call && module.folder.split('/').any(|part| part == "modules");
        let strength = if unused { Strength::Mention } else { Strength::Explicit };
        let candidates = self.candidates(index, module);
        let many = candidates.len() > 1;
        let mut sets = Vec::new();
        for candidate in candidates {
            let nodes = self.left.min(limits::NODES_OF_ROOT);
            let world = World::new(self.modules, self.folders, index, candidate.values, candidate.environment, nodes);
            let objects = objects(&world, module, strength);
            self.left = self.left.saturating_sub(nodes.saturating_sub(world.budget.left()));
            if world.budget.is_exhausted() || world.cut.get() {
                self.notifications.push(Notification::new(
                    first_path(module),
                    NotificationId::Limit,
                    "the Terraform module was evaluated only in part",
                ));
            }
            sets.push(resource::facts(objects, self.vocabulary));
        }
        self.facts.extend(if many { unite(sets) } else { sets.into_iter().flatten().collect() });
        if self.facts.len() > limits::OBJECTS {
            self.facts.truncate(limits::OBJECTS);
            self.notifications.push(Notification::new(
                first_path(module),
                NotificationId::Limit,
                "more Terraform objects than are kept; the rest was left out",
            ));
        }
    }

    /// Values files are read in Terraform's order: terraform.tfvars, then *.auto.tfvars by name, then one that the
    /// caller names. Each of the last kind is an environment of its own.
    fn candidates(&self, index: usize, module: &'a Module<'a>) -> Vec<Candidate<'a>> {
        let mut always: Vec<&TerraformFile> = Vec::new();
        let mut named: Vec<&TerraformFile> = Vec::new();
        for file in &module.values {
            let name = file.name();
            if name == "terraform.tfvars" || name == "terraform.tfvars.json" {
                always.insert(0, file);
            } else if name.contains(".auto.tfvars") {
                always.push(file);
            } else {
                named.push(file);
            }
        }
        named.extend(self.elsewhere(index, module));
        let base = environment_of(&format!("{}/main.tf", module.folder));
        let mut candidates: Vec<Candidate<'a>> = named
            .into_iter()
            .take(limits::ENVIRONMENTS)
            .map(|file| Candidate {
                environment: Environment::of_word(file.name()).unwrap_or_else(|| match environment_of(&file.path) {
                    Environment::Any => base,
                    known => known,
                }),
                values: always.iter().copied().chain([file]).collect(),
            })
            .collect();
        let covers =
            |candidate: &Candidate<'_>| matches!(candidate.environment, Environment::Production | Environment::Any);
        if !candidates.iter().any(covers) {
            candidates.push(Candidate { environment: base, values: always });
        }
        candidates
    }

    /// Values files below the root in folders without code, or beside it when they name only its variables.
    fn elsewhere(&self, index: usize, module: &'a Module<'a>) -> Vec<&'a TerraformFile> {
        let declares = |module: &Module<'_>, file: &TerraformFile| {
            let keys: Vec<&str> = file.root.entries().iter().filter_map(|(key, _)| key.as_str()).collect();
            !keys.is_empty() && keys.iter().all(|key| module.variables.contains_key(key))
        };
        let mut found = Vec::new();
        for (other, holder) in self.modules.iter().enumerate() {
            if other == index || holder.has_code() {
                continue;
            }
            for file in holder.values.iter().filter(|file| declares(module, file)) {
                let below = module.folder.is_empty() || holder.folder.starts_with(&format!("{}/", module.folder));
                let fits = self.modules.iter().filter(|module| module.has_code() && declares(module, file)).count();
                if below || fits == 1 {
                    found.push(*file);
                }
            }
        }
        found
    }
}

fn first_path(module: &Module<'_>) -> String {
    let item = module.resources.first().map(|resource| resource.item).or(module.calls.values().next().copied());
    item.map_or_else(|| module.folder.to_owned(), |item| item.file.path.to_string())
}

/// Facts that are the same in every environment count once, for any of them.
fn unite(sets: Vec<Vec<Fact>>) -> Vec<Fact> {
    let total = sets.len();
    let mut united: Vec<(Fact, usize)> = Vec::new();
    let mut places: BTreeMap<(u32, u32, String), Vec<usize>> = BTreeMap::new();
    for fact in sets.into_iter().flatten() {
        let here = places.entry((fact.source.0, fact.span.start, fact.name.clone())).or_default();
        let same = here.iter().copied().find(|&at| {
            united.get(at).is_some_and(|(known, _)| known.kind == fact.kind && alike(&known.fields, &fact.fields))
        });
        match same.and_then(|at| united.get_mut(at)) {
            Some((known, count)) => {
                *count += 1;
                if known.environment != fact.environment {
                    known.environment = wider(known.environment, fact.environment);
                }
            }
            None => {
                here.push(united.len());
                united.push((fact, 1));
            }
        }
    }
    united
        .into_iter()
        .map(|(fact, count)| if count == total { fact.in_environment(Environment::Any) } else { fact })
        .collect()
}

/// One environment that stands for two: production is the one that matters most.
fn wider(one: Environment, other: Environment) -> Environment {
    one.min(other)
}

/// Equal but for where the values come from.
fn alike(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((key, value), (other_key, other_value))| alike(key, other_key) && alike(value, other_value))
        }
        (one, other) => one == other,
    }
}

/// All objects that a root makes.
fn objects<'a>(world: &World<'a>, root: &'a Module<'a>, strength: Strength) -> Vec<Object> {
    let mut objects = Vec::new();
    let mut queue = vec![0];
    while let Some(at) = queue.pop() {
        let Some(module) = world.module(at) else { continue };
        // What an example passes to a module of the product is no news about the product.
        let foreign = root.is_example() && !module.is_example();
        for resource in module.resources.iter().filter(|_| !foreign) {
            if objects.len() >= limits::OBJECTS {
                world.cut.set(true);
                return objects;
            }
            make(world, at, resource, strength, &mut objects);
        }
        for name in module.calls.keys().rev() {
            queue.extend(world.children(at, name).iter().rev().map(|child| child.instance));
        }
    }
    objects
}

fn make<'a>(world: &World<'a>, at: usize, resource: &Resource<'a>, strength: Strength, objects: &mut Vec<Object>) {
    let Resource { kind, name, item } = resource;
    let prefix = world.instance(at).map(|instance| instance.prefix.clone()).unwrap_or_default();
    let expansion = expand::expand(&Frame::new(world, at, item.file, Each::none()), item.node, "count.index");
    let environment = match world.environment {
        Environment::Any => environment_of(&item.file.path),
        known => known,
    };
    for each in expansion.elements {
        let label = each.label.clone();
        let frame = Frame::new(world, at, item.file, each);
        let mut attributes = frame.body(item.node);
        if let Value::Map(entries) = &mut attributes.value {
            entries.retain(|(key, _)| !matches!(key.as_str(), Some("count" | "for_each" | "depends_on")));
        }
        objects.push(Object {
            dialect: Dialect::Terraform,
            kind: (*kind).to_owned(),
            name: format!("{prefix}{kind}.{name}{label}"),
            region: region(world, at, kind, item.node),
            attributes,
            instances: expansion.instances.clone(),
            source: item.file.source,
            span: item.header,
            environment,
            strength,
        });
    }
}

/// The region of the provider that makes the object: its own, or the one that the calling module passes.
fn region<'a>(world: &World<'a>, at: usize, kind: &str, node: &'a Node) -> Option<Node> {
    let local = kind.split('_').next().unwrap_or_default();
    let mut wanted = match node.get("provider").map(|provider| &provider.value) {
        Some(Value::Unknown(text) | Value::String(text)) => text.trim().to_owned(),
        _ => local.to_owned(),
    };
    let mut at = at;
    for _ in 0..=limits::CALLS {
        let instance = world.instance(at)?;
        let module = world.modules.get(instance.module)?;
        if let Some((item, found)) = configured(module, &wanted) {
            let frame = Frame::new(world, at, item.file, Each::none());
            let value = frame.value(found);
            return Some(frame.bring(&value, item.file.source, node.span));
        }
        let (caller, call, _) = instance.caller.as_ref()?;
        let passed = call.node.get("providers").and_then(|providers| providers.get(&wanted));
        if let Some(Value::Unknown(text) | Value::String(text)) = passed.map(|passed| &passed.value) {
            wanted = text.trim().to_owned();
        } else if wanted.contains('.') {
            return None;
        }
        at = *caller;
    }
    None
}

/// The region attribute of a provider configuration `NAME` or `NAME.ALIAS`.
fn configured<'a>(module: &Module<'a>, wanted: &str) -> Option<(Item<'a>, &'a Node)> {
    let (name, alias) = wanted.split_once('.').map_or((wanted, None), |(name, alias)| (name, Some(alias)));
    let is_it = |item: &Item<'a>| item.node.get("alias").and_then(Node::as_str) == alias;
    let (_, item) = module.providers.iter().find(|(known, item)| *known == name && is_it(item))?;
    item.node.get("region").map(|region| (*item, region))
}

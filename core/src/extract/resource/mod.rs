//! Objects of infrastructure code, whatever format they were written in, become facts by the vocabulary of resources.

mod address;
mod defaults;
mod everyone;
mod index;
mod mapping;
mod parameter;
mod policy;
mod relation;

pub(super) use self::address::names_object;
use self::index::Index;
use crate::{
    classify::{Role, role_of},
    fact::{Environment, Fact, FactKind, Strength},
    source::SourceId,
    span::Span,
    syntax::{Node, Origin, Value},
    vocabulary::{Dialect, Vocabulary},
};

/// An object of infrastructure code with its values as far as they are known.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// The format it is written in.
    pub(super) dialect: Dialect,
    /// Its type (`aws_s3_bucket`, `AWS::S3::Bucket`, `Deployment`).
    pub(super) kind: String,
    /// Its address, by which others refer to it.
    pub(super) name: String,
    /// Its attributes: a map.
    pub(super) attributes: Node,
    /// How many objects it stands for: a number, or unknown.
    pub(super) instances: Node,
    /// The region it is made in, where the code around it says.
    pub(super) region: Option<Node>,
    /// The source.
    pub(super) source: SourceId,
    /// Where it is announced.
    pub(super) span: Span,
    /// The environment it speaks for.
    pub(super) environment: Environment,
    /// How strong it is as evidence.
    pub(super) strength: Strength,
}

impl Object {
    /// The provider: the first word of the type.
    fn provider(&self) -> &str {
        match self.dialect {
            Dialect::Terraform => self.kind.split('_').next().unwrap_or_default(),
            Dialect::Cloudformation => "aws",
            other => other.word(),
        }
    }

    fn fact(&self, kind: FactKind, span: Span) -> Fact {
        Fact::new(kind, self.name.clone(), self.source, span)
            .in_environment(self.environment)
            .of_strength(self.strength)
            .with_text("type", self.span, self.kind.clone())
            .with_text("format", self.span, self.dialect.word())
            .with_text("provider", self.span, self.provider())
    }
}

/// The environment that a path speaks for: tests and examples speak for none that is run.
pub(super) fn environment_of(path: &str) -> Environment {
    if matches!(role_of(path), Role::Test | Role::Example) {
        return Environment::Test;
    }
    path.rsplit('/').find_map(Environment::of_word).unwrap_or_default()
}

/// Facts of objects that were made together: they may complete one another.
pub(super) fn facts(mut objects: Vec<Object>, vocabulary: &Vocabulary) -> Vec<Fact> {
    let dialects = objects.iter().map(|object| object.dialect).collect();
    let index = Index::new(&vocabulary.resources, &dialects);
    for object in &mut objects {
        // The type is an attribute as any other for the vocabulary; `resource` leaves it out again.
        object.attributes.set("@type", Node::string(object.span, object.kind.clone()));
        for defaults in index.defaults(object.dialect, &object.kind) {
            defaults::fill(&mut object.attributes, object.span, defaults);
        }
    }
    relation::join(&mut objects, &index);
    let mut facts = Vec::new();
    for object in &objects {
        facts.push(resource(object, &index));
        for &(kind, mapping) in index.mappings(object.dialect, &object.kind) {
            facts.extend(mapping::apply(object, kind, mapping, &index));
        }
    }
    facts
}

/// Words that every resource fact has; attributes of these names stand under `own`.
const RESERVED: &[&str] = &["type", "format", "provider", "own", "instances", "role"];

/// The object as written, with what the vocabulary says it is.
fn resource(object: &Object, index: &Index<'_>) -> Fact {
    let mut fact = object.fact(FactKind::Resource, object.span).with("instances", object.instances.clone());
    let mut own = Node::map(object.attributes.span);
    let mut entries = Vec::new();
    for (key, value) in object.attributes.entries() {
        match key.as_str() {
            Some(name) if name.starts_with('@') => {}
            Some(name) if RESERVED.contains(&name) => own.set(name, value.clone()),
            _ => entries.push((key.clone(), value.clone())),
        }
    }
    if let Value::Map(fields) = &mut fact.fields.value {
        fields.extend(entries);
    }
    if !own.entries().is_empty() {
        fact = fact.with("own", own);
    }
    for mapping in index.roles(object.dialect, &object.kind) {
        for field in mapping::fields(object, mapping, None, index) {
            fact = fact.with(&field.0, field.1);
        }
    }
    with_region(fact, object)
}

/// Adds the region that the code around an object says, unless the object says its own.
fn with_region(fact: Fact, object: &Object) -> Fact {
    match &object.region {
        Some(region) if fact.get("region").is_none_or(|own| own.value == Value::Null) => {
            fact.with("region", region.clone())
        }
        _ => fact,
    }
}

/// A value that the vocabulary gives.
fn constant(span: Span, scalar: &crate::vocabulary::Scalar, origin: Origin) -> Node {
    use crate::vocabulary::Scalar;
    let value = match scalar {
        Scalar::Bool(flag) => Value::Bool(*flag),
        Scalar::Number(number) => Value::Number(*number),
        Scalar::Text(text) => Value::String(text.clone()),
        Scalar::List(items) => Value::List(items.iter().map(|item| constant(span, item, origin.clone())).collect()),
    };
    Node { span, value, origin }
}

#[cfg(test)]
mod tests;

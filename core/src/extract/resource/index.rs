//! The vocabulary of resources by format and type.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    fact::FactKind,
    vocabulary::{Defaults, Dialect, Mapping, Relation, Resources, Scalar},
};

/// What is known of a type, by format and type.
struct Table<'v, T>(BTreeMap<Dialect, BTreeMap<&'v str, Vec<T>>>);

impl<'v, T: Copy> Table<'v, T> {
    fn new(entries: impl Iterator<Item = (Dialect, &'v [String], T)>) -> Self {
        let mut table: BTreeMap<Dialect, BTreeMap<&'v str, Vec<T>>> = BTreeMap::new();
        for (dialect, names, value) in entries {
            for name in names {
                table.entry(dialect).or_default().entry(name).or_default().push(value);
            }
        }
        Self(table)
    }

    fn get(&self, dialect: Dialect, kind: &str) -> &[T] {
        self.0.get(&dialect).and_then(|types| types.get(kind)).map_or(&[], Vec::as_slice)
    }
}

/// The vocabulary of resources, to be asked by format and type.
pub(super) struct Index<'v> {
    resources: &'v Resources,
    mappings: Table<'v, (FactKind, &'v Mapping)>,
    roles: Table<'v, &'v Mapping>,
    defaults: Table<'v, &'v Defaults>,
    relations: Table<'v, &'v Relation>,
}

impl<'v> Index<'v> {
    /// The part of the vocabulary that some formats need.
    pub(super) fn new(resources: &'v Resources, dialects: &BTreeSet<Dialect>) -> Self {
        let kinds = [
            (FactKind::Store, &resources.store),
            (FactKind::Listener, &resources.listener),
            (FactKind::Endpoint, &resources.endpoint),
        ];
        let mappings = kinds.into_iter().flat_map(|(kind, mappings)| {
            mappings
                .iter()
                .filter(|mapping| dialects.contains(&mapping.format))
                .map(move |mapping| (mapping.format, mapping.resource.as_slice(), (kind, mapping)))
        });
        let roles = resources
            .resource
            .iter()
            .filter(|entry| dialects.contains(&entry.format))
            .map(|entry| (entry.format, entry.resource.as_slice(), entry));
        let defaults = resources
            .defaults
            .iter()
            .filter(|entry| dialects.contains(&entry.format))
            .map(|entry| (entry.format, entry.resource.as_slice(), entry));
        let relations = resources
            .relation
            .iter()
            .filter(|entry| dialects.contains(&entry.format))
            .map(|entry| (entry.format, entry.resource.as_slice(), entry));
        Self {
            resources,
            mappings: Table::new(mappings),
            roles: Table::new(roles),
            defaults: Table::new(defaults),
            relations: Table::new(relations),
        }
    }

    /// The mappings that make facts of a type.
    pub(super) fn mappings(&self, dialect: Dialect, kind: &str) -> &[(FactKind, &'v Mapping)] {
        self.mappings.get(dialect, kind)
    }

    /// The mappings that say what else a type is.
    pub(super) fn roles(&self, dialect: Dialect, kind: &str) -> &[&'v Mapping] {
        self.roles.get(dialect, kind)
    }

    /// The defaults of a type.
    pub(super) fn defaults(&self, dialect: Dialect, kind: &str) -> &[&'v Defaults] {
        self.defaults.get(dialect, kind)
    }

    /// The relations in which a type names another.
    pub(super) fn relations(&self, dialect: Dialect, kind: &str) -> &[&'v Relation] {
        self.relations.get(dialect, kind)
    }

    /// A shared table of values.
    pub(super) fn table(&self, name: &str) -> Option<&'v BTreeMap<String, Scalar>> {
        self.resources.values.get(name)
    }

    /// The whole vocabulary.
    pub(super) fn resources(&self) -> &'v Resources {
        self.resources
    }
}

//! A TOML table while it is filled: headers and dotted keys may come back to it.

use std::collections::HashMap;

use crate::{
    span::Span,
    syntax::{Node, Value},
};

/// A key's text and place.
pub(super) type Key = (Span, String);

/// A table in the order of the source; a key given twice is kept twice, and the last one is found.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Headers and brackets of the table itself; nothing for a table that only dotted keys imply.
    own: Option<Span>,
    entries: Vec<(Key, Item)>,
    /// Last entry of each key, once there are many: looked up only, never walked.
    places: HashMap<String, usize>,
}

/// Up to this many entries are searched one by one.
const FEW: usize = 16;

#[derive(Debug)]
enum Item {
    Value(Node),
    Table(Table),
    /// `[[...]]`.
    Tables {
        earlier: Vec<Table>,
        last: Table,
    },
}

impl Table {
    /// Adds a value. False when the key was there already.
    pub(super) fn add(&mut self, key: Key, value: Node) -> bool {
        let fresh = self.find(&key.1).is_none();
        self.push(key, Item::Value(value));
        fresh
    }

    /// The table at a path below, made where it is missing. The flag says that a value stood in the way.
    pub(super) fn descend<'t>(&'t mut self, path: &[Key], clash: &mut bool) -> Option<&'t mut Self> {
        path.iter().try_fold(self, |table, key| table.child(key, clash))
    }

    /// Opens the table of a header `[a.b]`: the one that is there, or a new one.
    pub(super) fn open(&mut self, key: &Key, header: Span, clash: &mut bool) {
        if let Some(table) = self.child(key, clash) {
            *clash |= table.own.is_some();
            table.own = Some(table.own.unwrap_or(header));
        }
    }

    /// Begins the next table of a header `[[a.b]]`.
    pub(super) fn append(&mut self, key: &Key, header: Span, clash: &mut bool) {
        let fresh = Self { own: Some(header), ..Self::default() };
        let found = self.find(&key.1);
        match found.and_then(|at| self.entries.get_mut(at)) {
            Some((_, Item::Tables { earlier, last })) => earlier.push(std::mem::replace(last, fresh)),
            other => {
                *clash |= other.is_some();
                self.push(key.clone(), Item::Tables { earlier: Vec::new(), last: fresh });
            }
        }
    }

    /// The finished map. Its span covers what it holds, wherever that stands.
    pub(super) fn node(self, place: Span) -> Node {
        let mut span = self.own;
        let mut entries = Vec::with_capacity(self.entries.len());
        for ((key_span, key), item) in self.entries {
            let value = match item {
                Item::Value(node) => node,
                Item::Table(table) => table.node(key_span),
                Item::Tables { earlier, last } => {
                    let items: Vec<Node> =
                        earlier.into_iter().chain([last]).map(|table| table.node(key_span)).collect();
                    let all = items.iter().map(|item| item.span).reduce(Span::cover).unwrap_or(key_span);
                    Node::new(all, Value::List(items))
                }
            };
            let both = key_span.cover(value.span);
            span = Some(span.map_or(both, |span| span.cover(both)));
            entries.push((Node::string(key_span, key), value));
        }
        Node::new(span.unwrap_or(place), Value::Map(entries))
    }

    fn find(&self, key: &str) -> Option<usize> {
        if self.entries.len() > FEW {
            return self.places.get(key).copied();
        }
        self.entries.iter().rposition(|((_, name), _)| name == key)
    }

    fn push(&mut self, key: Key, item: Item) {
        let count = self.entries.len();
        if count == FEW {
            self.places = self.entries.iter().enumerate().map(|(at, ((_, name), _))| (name.clone(), at)).collect();
        }
        if count >= FEW {
            self.places.insert(key.1.clone(), count);
        }
        self.entries.push((key, item));
    }

    /// The table under a key: the last one of an array of tables, a new one when there is none.
    fn child(&mut self, key: &Key, clash: &mut bool) -> Option<&mut Self> {
        let found = self.find(&key.1);
        let place = found.filter(|&at| !matches!(self.entries.get(at), None | Some((_, Item::Value(_)))));
        let at = place.unwrap_or_else(|| {
            *clash |= found.is_some();
            self.push(key.clone(), Item::Table(Self::default()));
            self.entries.len() - 1
        });
        match self.entries.get_mut(at) {
            Some((_, Item::Table(table) | Item::Tables { last: table, .. })) => Some(table),
            _ => None,
        }
    }
}

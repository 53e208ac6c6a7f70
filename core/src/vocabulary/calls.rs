//! What functions do: which of them log, send, mask or store, and who stands behind them.

use std::{collections::BTreeMap, sync::OnceLock};

use foldhash::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use super::words_of;

/// Filled from rules/vocabulary/calls*.toml.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Calls {
    /// What the roles mean for a value that passes through.
    pub roles: Roles,
    /// Roles of functions whose origin is not known, by the words of their names.
    pub verbs: BTreeMap<String, Vec<String>>,
    /// What calling the left gives: the right. A left side that ends in `*` names every call below it.
    pub types: BTreeMap<String, String>,
    /// Functions and their roles.
    pub call: Vec<CallPattern>,
    /// Third parties, their country and their hosts.
    pub service: Vec<ServiceHosts>,
    #[serde(skip)]
    index: OnceLock<Index>,
}

/// What roles do to values; every other role is only a name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Roles {
    /// Values end here: flows are built to these.
    pub sinks: Vec<String>,
    /// The result is the argument made harmless; noted on the flow.
    pub through: Vec<String>,
    /// The result is the argument in another shape.
    pub keeps: Vec<String>,
    /// The result says nothing about the argument.
    pub drops: Vec<String>,
    /// URLs in the arguments are connected to.
    pub connects: Vec<String>,
    /// The arguments declare stored fields.
    pub declares: Vec<String>,
}

/// Functions of one role.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallPattern {
    /// What they do.
    pub role: String,
    /// Languages they exist in; empty for any.
    pub languages: Vec<String>,
    /// Canonical names below an import; `prefix.*` is everything below the prefix, at any depth.
    pub names: Vec<String>,
    /// Names that need no import; `prefix.*` as above.
    pub globals: Vec<String>,
    /// Last words of receivers known by convention only (`logger`); `*` is any receiver.
    pub receivers: Vec<String>,
    /// Last segments admitted by `prefix.*` and `receivers`; empty for any.
    pub methods: Vec<String>,
    /// Methods of an interface whose emptiness or constant answer decides.
    pub decides: Vec<String>,
    /// The third party behind them.
    pub service: Option<String>,
}

/// Where a third party sits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceHosts {
    /// Slug used by calls.
    pub slug: String,
    /// Country of the company, ISO 3166.
    pub country: String,
    /// Host suffixes.
    pub hosts: Vec<String>,
    /// Host suffixes that keep data in the European Union.
    pub eu: Vec<String>,
}

/// Lookups made once.
#[derive(Clone, Debug, Default)]
struct Index {
    names: Table,
    globals: Table,
    methods: HashMap<String, Vec<u32>>,
    types: Vec<(String, String)>,
    verbs: HashMap<String, String>,
    /// Listed names and what they begin with.
    beginnings: HashSet<String>,
}

/// Exact names and prefixes, each to the patterns that hold it.
#[derive(Clone, Debug, Default)]
struct Table {
    exact: HashMap<String, Vec<u32>>,
    below: HashMap<String, Vec<u32>>,
}

impl Table {
    fn add(&mut self, name: &str, at: u32) {
        match name.strip_suffix('*').map(|prefix| prefix.trim_end_matches(SEPARATORS)) {
            Some(prefix) => self.below.entry(prefix.to_owned()).or_default().push(at),
            None => self.exact.entry(name.to_owned()).or_default().push(at),
        }
    }
}

const SEPARATORS: [char; 3] = ['.', '/', ':'];

impl Calls {
    /// Adds what another file of the same section holds.
    pub(super) fn extend(&mut self, other: Self) {
        for (mine, theirs) in [
            (&mut self.roles.sinks, other.roles.sinks),
            (&mut self.roles.through, other.roles.through),
            (&mut self.roles.keeps, other.roles.keeps),
            (&mut self.roles.drops, other.roles.drops),
            (&mut self.roles.connects, other.roles.connects),
            (&mut self.roles.declares, other.roles.declares),
        ] {
            mine.extend(theirs);
        }
        self.types.extend(other.types);
        for (role, words) in other.verbs {
            self.verbs.entry(role).or_default().extend(words);
        }
        self.call.extend(other.call);
        self.service.extend(other.service);
        self.index = OnceLock::new();
    }

    /// Adds names that a rule asks for, so that calls of them are built without a role.
    pub fn watch(&mut self, name: &str) {
        self.call.push(CallPattern {
            names: vec![name.to_owned()],
            globals: vec![name.to_owned()],
            ..CallPattern::default()
        });
        self.index = OnceLock::new();
    }

    /// The pattern for a canonical name; `global` names need no import. Exact names win over prefixes, long prefixes
    /// over short ones.
    pub fn find(&self, name: &str, global: bool, language: &str) -> Option<&CallPattern> {
        let index = self.index();
        let table = if global { &index.globals } else { &index.names };
        let exact = table.exact.get(name).into_iter().flatten().find_map(|&at| self.admit(at, None, language));
        if exact.is_some() {
            return exact;
        }
        let last = name.rsplit(SEPARATORS).next().unwrap_or_default();
        name.rmatch_indices(SEPARATORS).find_map(|(cut, _)| {
            let found = table.below.get(name.get(..cut)?)?;
            let strict = found
                .iter()
                .find_map(|&at| self.admit(at, Some(last), language).filter(|pattern| !pattern.methods.is_empty()));
            strict.or_else(|| found.iter().find_map(|&at| self.admit(at, Some(last), language)))
        })
    }

    /// The pattern for a method of a receiver whose origin is not known, by the last word of the receiver's name.
    pub fn find_method(&self, receiver: &str, method: &str, language: &str) -> Option<&CallPattern> {
        let found = self.index().methods.get(method)?;
        let by = |word: &str| {
            found.iter().find_map(|&at| {
                let pattern = self.admit(at, None, language)?;
                pattern.receivers.iter().any(|name| name == word).then_some(pattern)
            })
        };
        by(receiver).or_else(|| by("*"))
    }

    /// True for a name that the vocabulary lists, or that a listed name begins with.
    pub fn lists(&self, name: &str) -> bool {
        self.index().beginnings.contains(name)
    }

    /// True for a name below a listed prefix, whatever its last segment.
    pub fn covers(&self, name: &str) -> bool {
        let table = &self.index().names;
        name.rmatch_indices(SEPARATORS)
            .any(|(cut, _)| name.get(..cut).is_some_and(|prefix| table.below.contains_key(prefix)))
    }

    /// The role of a function whose origin is not known, by the words of its name.
    pub fn verb(&self, name: &str) -> Option<&str> {
        let verbs = &self.index().verbs;
        words_of(name).iter().find_map(|word| verbs.get(word)).map(String::as_str)
    }

    /// What calling `name` gives, when that is not a value of `name` itself.
    pub fn result_of(&self, name: &str) -> Option<&str> {
        if let Some(exact) = self.types.get(name) {
            return Some(exact);
        }
        let below = |prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(SEPARATORS));
        self.index().types.iter().find(|(prefix, _)| below(prefix)).map(|(_, result)| result.as_str())
    }

    /// The third party a host belongs to, and whether the host keeps data in the European Union.
    pub fn service_of_host(&self, host: &str) -> Option<(&ServiceHosts, bool)> {
        let ends = |suffix: &String| {
            host.strip_suffix(suffix.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let european = self.service.iter().find(|service| service.eu.iter().any(ends)).map(|service| (service, true));
        european.or_else(|| {
            self.service.iter().find(|service| service.hosts.iter().any(ends)).map(|service| (service, false))
        })
    }

    fn admit(&self, at: u32, last: Option<&str>, language: &str) -> Option<&CallPattern> {
        let pattern = self.call.get(at as usize)?;
        let spoken = pattern.languages.is_empty() || pattern.languages.iter().any(|word| word == language);
        let named =
            last.is_none_or(|last| pattern.methods.is_empty() || pattern.methods.iter().any(|word| word == last));
        (spoken && named).then_some(pattern)
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut index = Index::default();
            for (pattern, at) in self.call.iter().zip(0u32..) {
                pattern.names.iter().for_each(|name| index.names.add(name, at));
                pattern.globals.iter().for_each(|name| index.globals.add(name, at));
                if !pattern.receivers.is_empty() {
                    for method in &pattern.methods {
                        index.methods.entry(method.clone()).or_default().push(at);
                    }
                }
            }
            let listed = self.call.iter().flat_map(|pattern| &pattern.names).chain(self.types.keys());
            for name in listed {
                let name = name.trim_end_matches('*').trim_end_matches(SEPARATORS);
                let cuts = name.match_indices(SEPARATORS).filter_map(|(cut, _)| name.get(..cut));
                index.beginnings.extend(cuts.chain([name]).map(str::to_owned));
            }
            for (role, words) in &self.verbs {
                words.iter().for_each(|word| _ = index.verbs.insert(word.clone(), role.clone()));
            }
            let star = |(left, right): (&String, &String)| {
                Some((left.strip_suffix('*')?.trim_end_matches(SEPARATORS).to_owned(), right.clone()))
            };
            index.types = self.types.iter().filter_map(star).collect();
            // Long prefixes first.
            index.types.sort_by(|left, right| right.0.len().cmp(&left.0.len()).then(left.cmp(right)));
            index
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_prefixes_and_receivers_are_found_most_exact_first() {
        let text = r#"
            [types]
            "logging.getLogger" = "logging.Logger"
            "okhttp3.Builder.*" = "okhttp3.Builder"
            [[call]]
            role = "log"
            languages = ["python"]
            names = ["logging.*"]
            methods = ["info"]
            receivers = ["logger"]
            [[call]]
            role = "third-party"
            names = ["@sentry.*", "github.com/getsentry/sentry-go.*"]
            [[call]]
            role = "log"
            globals = ["print", "console.*"]
        "#;
        let calls: Calls = toml::from_str(text).unwrap();
        let role = |name: &str, global: bool, language: &str| {
            calls.find(name, global, language).map(|pattern| pattern.role.as_str())
        };
        assert_eq!(role("logging.Logger.info", false, "python"), Some("log"));
        assert_eq!(role("logging.Logger.info", false, "go"), None);
        assert_eq!(role("logging.basicConfig", false, "python"), None);
        assert_eq!(role("@sentry/node.captureException", false, "javascript"), Some("third-party"));
        assert_eq!(role("github.com/getsentry/sentry-go/http.New", false, "go"), Some("third-party"));
        assert_eq!(role("github.com/getsentry/sentry-gone.New", false, "go"), None);
        assert_eq!((role("print", true, "python"), role("print", false, "python")), (Some("log"), None));
        assert!(calls.find_method("logger", "info", "python").is_some());
        assert!(calls.find_method("catalog", "info", "python").is_none());
        assert_eq!(calls.result_of("okhttp3.Builder.a.b"), Some("okhttp3.Builder"));
        assert_eq!(calls.result_of("logging.getLogger"), Some("logging.Logger"));
    }
}

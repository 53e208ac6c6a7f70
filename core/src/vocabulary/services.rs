//! Third-party services and platforms, the files and commands by which they show themselves, and pipeline tools.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::{Deserialize, Serialize};

use super::words::{Found, Word, find, reduce};

/// A third-party service, or a part of the technical equipment that shows itself as a dependency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Service {
    /// Its id: the name of the fact.
    pub slug: String,
    /// What it is for: `errors`, `analytics`, `payment`, `mail`, ...; the first is what it is best known for.
    pub kinds: Vec<String>,
    /// Ways to write its name besides the slug.
    #[serde(default)]
    pub names: Vec<String>,
    /// Packages by ecosystem (`npm`, `pypi`, `gem`, `cargo`, `go`, `maven`, `composer`, `nuget`); `*` at the end
    /// stands for any rest.
    #[serde(default)]
    pub packages: BTreeMap<String, Vec<String>>,
    /// Hosts it is reached at; subdomains count.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Environment variables of it; `*` at the end stands for any rest.
    #[serde(default)]
    pub variables: Vec<String>,
    /// Personal data commonly reaches it.
    #[serde(default)]
    pub personal_data: bool,
    /// It starts by itself when loaded and configured; no call is needed.
    #[serde(default)]
    pub self_starting: bool,
}

/// A tool that pipelines run, and what running it means.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tool {
    /// Its id.
    pub slug: String,
    /// What a step that runs it does: `lint`, `test-unit`, `deploy`, `security-scan-sast`, ...
    pub roles: Vec<String>,
    /// Platform it deploys to.
    #[serde(default)]
    pub platform: Option<String>,
    /// Beginnings of commands; `*` stands for any words in between.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Actions, orbs, pipes, tasks and templates, without version; `*` at the end stands for any rest.
    #[serde(default)]
    pub actions: Vec<String>,
    /// Arguments that keep a failing run from failing the step.
    #[serde(default)]
    pub lenient: Vec<String>,
    /// Arguments of which one is needed before a failing run fails the step.
    #[serde(default)]
    pub strict: Vec<String>,
}

/// Names of scripts (package.json, make targets, rake tasks) and what they commonly do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Script {
    /// Whole names, or with `*` at either end.
    pub names: Vec<String>,
    /// What they do.
    pub roles: Vec<String>,
}

/// Words of command lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CommandWords {
    /// Commands that only run another command.
    pub wrappers: Vec<String>,
    /// Options of wrappers that take a value behind a blank.
    pub wrapper_values: Vec<String>,
    /// Commands whose next word is the name of a script.
    pub runners: Vec<String>,
    /// Options whose value is the smallest share of covered code.
    pub thresholds: Vec<String>,
    /// Options whose value names an environment.
    pub environments: Vec<String>,
    /// Options whose value is a provider's region.
    pub regions: Vec<String>,
    /// Inputs and secrets by which a step logs in with a key that does not expire.
    pub static_credentials: Vec<String>,
    /// Inputs by which a step logs in with a token of the moment.
    pub federated_credentials: Vec<String>,
}

/// A file by which a platform or a piece of equipment shows itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlatformFile {
    /// The service or platform.
    pub slug: String,
    /// What kind of thing it is (`platform`, `container`, `local-setup`, ...).
    pub kind: String,
    /// Ends of the path: a file name, or folders with a file name; `*` stands for any signs but `/`.
    pub paths: Vec<String>,
    /// Words of which one must stand in the file, when the name alone says too little.
    #[serde(default)]
    pub holds: Vec<String>,
    /// Other platforms read this file too, so that it alone says little.
    #[serde(default)]
    pub shared: bool,
    /// What code becomes there: `serverless`, `containers`, `traditional`, `static`.
    #[serde(default)]
    pub model: Option<String>,
    /// Path of a list or map in the file of which each element is an observation of its own.
    #[serde(default)]
    pub each: Option<String>,
    /// Fields and the paths in the file (or in the element) that they are read from, `*` for each element.
    #[serde(default)]
    pub fields: BTreeMap<String, Vec<String>>,
}

/// Filled from rules/vocabulary/services*.toml.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Services {
    service: Vec<Service>,
    tool: Vec<Tool>,
    script: Vec<Script>,
    file: Vec<PlatformFile>,
    command: CommandWords,
    #[serde(skip)]
    index: OnceLock<Index>,
}

/// Names to positions, built on first use.
#[derive(Clone, Debug, Default)]
struct Index {
    packages: BTreeMap<(String, String), usize>,
    package_starts: Vec<(String, String, usize)>,
    commands: BTreeMap<String, Vec<(Vec<String>, usize)>>,
    actions: BTreeMap<String, usize>,
    action_starts: Vec<(String, usize)>,
    files: BTreeMap<String, Vec<usize>>,
    /// Patterns of paths by the last part when that is a name, by the end of its name, and the others.
    patterns_by_name: BTreeMap<String, Vec<(String, usize)>>,
    patterns_by_ending: BTreeMap<String, Vec<(String, usize)>>,
    open_patterns: Vec<(String, usize)>,
}

impl Services {
    /// Adds what another file of the same section holds.
    pub(super) fn extend(&mut self, other: Self) {
        self.index = OnceLock::new();
        self.service.extend(other.service);
        self.tool.extend(other.tool);
        self.script.extend(other.script);
        for (mine, theirs) in [
            (&mut self.command.wrappers, other.command.wrappers),
            (&mut self.command.wrapper_values, other.command.wrapper_values),
            (&mut self.command.runners, other.command.runners),
            (&mut self.command.thresholds, other.command.thresholds),
            (&mut self.command.environments, other.command.environments),
            (&mut self.command.regions, other.command.regions),
            (&mut self.command.static_credentials, other.command.static_credentials),
            (&mut self.command.federated_credentials, other.command.federated_credentials),
        ] {
            mine.extend(theirs);
        }
        self.file.extend(other.file);
    }

    /// The service of a slug.
    pub fn of_slug(&self, slug: &str) -> Option<&Service> {
        self.service.iter().find(|service| service.slug == slug)
    }

    /// Services of some kinds (any, when none is named) whose names stand in a text.
    pub fn named<'a>(&'a self, kinds: &[String], text: &[Word], negations: &[String]) -> Vec<Found<'a, Service>> {
        let wanted = |service: &&Service| kinds.is_empty() || service.kinds.iter().any(|kind| kinds.contains(kind));
        let phrases: Vec<_> = self
            .service
            .iter()
            .filter(wanted)
            .flat_map(|service| {
                let names = service.names.iter().chain(std::iter::once(&service.slug));
                names.map(move |name| (reduce(name), service))
            })
            .collect();
        find(text, &phrases, negations)
    }

    /// Slugs of services of some kinds, for suggestions.
    pub fn slugs<'a>(&'a self, kinds: &'a [String]) -> impl Iterator<Item = &'a str> {
        let wanted = move |service: &&Service| service.kinds.iter().any(|kind| kinds.contains(kind));
        self.service.iter().filter(wanted).map(|service| service.slug.as_str())
    }

    /// The service that a package of an ecosystem belongs to.
    pub fn of_package(&self, ecosystem: &str, package: &str) -> Option<&Service> {
        let index = self.index();
        let name = package.to_ascii_lowercase();
        let exact = index.packages.get(&(ecosystem.to_owned(), name.clone())).copied();
        let at = exact.or_else(|| {
            let starts =
                index.package_starts.iter().filter(|(of, start, _)| of == ecosystem && name.starts_with(start));
            starts.max_by_key(|(_, start, _)| start.len()).map(|(_, _, at)| *at)
        });
        at.and_then(|at| self.service.get(at))
    }

    /// The service that a host belongs to; the longest known name counts.
    pub fn of_host(&self, host: &str) -> Option<&Service> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let belongs = |name: &str| host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let matches = self.service.iter().filter_map(|service| {
            service.hosts.iter().filter(|name| belongs(name)).map(String::len).max().map(|len| (len, service))
        });
        matches.max_by_key(|(len, _)| *len).map(|(_, service)| service)
    }

    /// The service that an environment variable belongs to.
    pub fn of_variable(&self, name: &str) -> Option<&Service> {
        // Frameworks put a mark before variables that reach the browser.
        const MARKS: &[&str] = &["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "NUXT_PUBLIC_", "GATSBY_", "EXPO_PUBLIC_"];
        let name = MARKS.iter().find_map(|mark| name.strip_prefix(mark)).unwrap_or(name);
        let matches = |pattern: &str| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern,
        };
        self.service.iter().find(|service| service.variables.iter().any(|pattern| matches(pattern)))
    }

    /// Tools that a command line runs. `words` are the words of one simple command, wrappers taken off.
    pub fn tools_of_command<'a>(&'a self, words: &[&str]) -> Vec<&'a Tool> {
        let Some(first) = words.first() else { return Vec::new() };
        let candidates = self.index().commands.get(*first).map_or(&[] as &[_], Vec::as_slice);
        let found = candidates.iter().filter(|(pattern, _)| runs(pattern, words));
        // The most exact pattern of each tool and only the most exact tools: `npm run build` is no `npm`.
        let longest = found.clone().map(|(pattern, _)| pattern.len()).max().unwrap_or(0);
        found.filter(|(pattern, _)| pattern.len() == longest).filter_map(|(_, at)| self.tool.get(*at)).collect()
    }

    /// The tool that an action, orb, pipe, task or template is; the version is left out of the name.
    pub fn tool_of_action(&self, name: &str) -> Option<&Tool> {
        let index = self.index();
        let name = name.split('@').next().unwrap_or(name).to_ascii_lowercase();
        let at = index.actions.get(&name).copied().or_else(|| {
            let starts = index.action_starts.iter().filter(|(start, _)| name.starts_with(start.as_str()));
            starts.max_by_key(|(start, _)| start.len()).map(|(_, at)| *at)
        });
        at.and_then(|at| self.tool.get(at))
    }

    /// How many words of a command only run the command behind them.
    pub fn wrapper(&self, words: &[&str]) -> Option<usize> {
        let fits = |wrapper: &String| {
            let parts: Vec<&str> = wrapper.split(' ').collect();
            words.starts_with(&parts).then_some(parts.len())
        };
        self.command.wrappers.iter().filter_map(fits).max()
    }

    /// True when an option of a wrapper takes the next word as its value.
    pub fn takes_value(&self, option: &str) -> bool {
        self.command.wrapper_values.iter().any(|known| known == option)
    }

    /// The name of the script that a command runs (`npm run NAME`, `make NAME`).
    pub fn script_of_command<'a>(&self, words: &[&'a str]) -> Option<&'a str> {
        let after = |runner: &String| {
            let parts: Vec<&str> = runner.split(' ').collect();
            let (first, rest) = parts.split_first()?;
            let mut words = words.iter().skip_while(|word| word.starts_with('-'));
            if words.next()? != first {
                return None;
            }
            let mut words = words.skip_while(|word| word.starts_with('-'));
            for part in rest {
                if words.next()? != part {
                    return None;
                }
            }
            words.find(|word| !word.starts_with('-')).map(|name| (parts.len(), *name))
        };
        self.command.runners.iter().filter_map(after).max_by_key(|(len, _)| *len).map(|(_, name)| name)
    }

    /// What scripts of a name commonly do.
    pub fn roles_of_script(&self, name: &str) -> &[String] {
        let name = name.rsplit('/').next().unwrap_or(name);
        let named = |script: &&Script| script.names.iter().any(|pattern| is_like(name, pattern));
        self.script.iter().find(named).map_or(&[], |script| script.roles.as_slice())
    }

    /// Options whose value is the smallest share of covered code.
    pub fn thresholds(&self) -> &[String] {
        &self.command.thresholds
    }

    /// Options whose value names an environment.
    pub fn environment_options(&self) -> &[String] {
        &self.command.environments
    }

    /// Options whose value is a provider's region.
    pub fn region_options(&self) -> &[String] {
        &self.command.regions
    }

    /// Words of command lines.
    pub fn command_words(&self) -> &CommandWords {
        &self.command
    }

    /// The tool of a slug.
    pub fn tool(&self, slug: &str) -> Option<&Tool> {
        self.tool.iter().find(|tool| tool.slug == slug)
    }

    /// True when a file of that path may be the file of something.
    pub fn knows_path(&self, path: &str) -> bool {
        !self.of_path(path).is_empty()
    }

    /// What a path is the file of.
    pub fn of_path(&self, path: &str) -> Vec<&PlatformFile> {
        let index = self.index();
        let lower = path.to_ascii_lowercase();
        let name = lower.rsplit('/').next().unwrap_or(&lower);
        let exact = index.files.get(name).into_iter().flatten().copied();
        // Most names share neither their start nor their end with any pattern.
        let ending = name.rsplit('.').next().unwrap_or_default();
        let by_ending = index.patterns_by_ending.get(ending).into_iter().flatten();
        let candidates =
            by_ending.chain(&index.open_patterns).chain(index.patterns_by_name.get(name).into_iter().flatten());
        let patterns = candidates.filter(|(pattern, _)| ends_as(&lower, pattern)).map(|(_, at)| *at);
        let mut found: Vec<usize> = exact.chain(patterns).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|at| self.file.get(at)).collect()
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut index = Index::default();
            for (at, service) in self.service.iter().enumerate() {
                for (ecosystem, names) in &service.packages {
                    for name in names.iter().map(|name| name.to_ascii_lowercase()) {
                        match name.strip_suffix('*') {
                            Some(start) => index.package_starts.push((ecosystem.clone(), start.to_owned(), at)),
                            None => {
                                index.packages.entry((ecosystem.clone(), name)).or_insert(at);
                            }
                        }
                    }
                }
            }
            for (at, tool) in self.tool.iter().enumerate() {
                for command in &tool.commands {
                    let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
                    if let Some(first) = words.first().cloned() {
                        index.commands.entry(first).or_default().push((words, at));
                    }
                }
                let unversioned = |action: &String| action.split('@').next().unwrap_or_default().to_ascii_lowercase();
                for action in tool.actions.iter().map(unversioned) {
                    match action.strip_suffix('*') {
                        Some(start) => index.action_starts.push((start.to_owned(), at)),
                        None => {
                            index.actions.entry(action).or_insert(at);
                        }
                    }
                }
            }
            for (at, file) in self.file.iter().enumerate() {
                for path in file.paths.iter().map(|path| path.to_ascii_lowercase()) {
                    if path.contains(['*', '/']) {
                        let last = path.rsplit('/').next().unwrap_or_default();
                        let ending = last.rsplit('.').next().unwrap_or_default();
                        let room = if !last.contains('*') {
                            index.patterns_by_name.entry(last.to_owned()).or_default()
                        } else if last.contains('.') && !ending.contains('*') {
                            index.patterns_by_ending.entry(ending.to_owned()).or_default()
                        } else {
                            &mut index.open_patterns
                        };
                        room.push((path, at));
                    } else {
                        index.files.entry(path).or_default().push(at);
                    }
                }
            }
            index
        })
    }
}

/// True when a command begins with the words of a pattern; options in between are passed over, `*` in a pattern
/// stands for any words.
fn runs(pattern: &[String], words: &[&str]) -> bool {
    let mut rest = words.iter();
    let mut wide = false;
    for wanted in pattern {
        if wanted == "*" {
            wide = true;
            continue;
        }
        let is_option = wanted.starts_with('-');
        let meets = |word: &&&str| {
            **word == wanted || (wanted.ends_with('*') && word.starts_with(wanted.trim_end_matches('*')))
        };
        let found = if wide || is_option {
            rest.by_ref().any(|word| meets(&word))
        } else {
            rest.by_ref().find(|word| meets(word) || !word.starts_with('-')).is_some_and(|word| meets(&word))
        };
        if !found {
            return false;
        }
        wide = false;
    }
    true
}

/// True when a path ends as a pattern of names with stars says.
fn ends_as(path: &str, pattern: &str) -> bool {
    let (mut parts, mut wanted) = (path.rsplit('/'), pattern.rsplit('/'));
    wanted.all(|wanted| parts.next().is_some_and(|part| is_like(part, wanted)))
}

/// True when a name is like a pattern in which `*` stands for any signs.
fn is_like(name: &str, pattern: &str) -> bool {
    let Some((before, last)) = pattern.rsplit_once('*') else { return name == pattern };
    // Ends differ more than starts do.
    let Some(rest) = name.strip_suffix(last) else { return false };
    let mut pieces = before.split('*');
    let Some(rest) = pieces.next().and_then(|first| rest.strip_prefix(first)) else { return false };
    pieces.try_fold(rest, |rest, piece| rest.split_once(piece).map(|(_, after)| after)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_paths_and_commands_are_matched_from_their_ends() {
        let paths = [
            ("netlify/functions/pay.js", "netlify/functions/*", true),
            ("a/b.bicep", "*.bicep", true),
            ("a/b.bicep.md", "*.bicep", false),
            ("taskdef-prod.json", "taskdef*.json", true),
            ("functions/pay.js", "netlify/functions/*", false),
        ];
        for (path, pattern, expected) in paths {
            assert_eq!(ends_as(path, pattern), expected, "{path} {pattern}");
        }
        let commands = [
            ("npm run build", "npm run build", true),
            ("npm --prefix web run build", "npm * run build", true),
            ("npm --silent run build", "npm run build", true),
            ("npm run build:docs", "npm run build", false),
            ("npm run build:docs", "npm run build*", true),
            ("aws --region x s3 sync dist s3://b", "aws * s3 sync", true),
            ("pytest -m integration", "pytest -m integration", true),
            ("pytest tests", "pytest -m integration", false),
        ];
        for (command, pattern, expected) in commands {
            let words: Vec<&str> = command.split(' ').collect();
            let pattern: Vec<String> = pattern.split(' ').map(str::to_owned).collect();
            assert_eq!(runs(&pattern, &words), expected, "{command} {pattern:?}");
        }
    }
}

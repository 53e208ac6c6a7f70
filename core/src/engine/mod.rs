//! The engine: sources in, report out. It knows no rule.

mod advisories;
mod decode;
mod draft;
mod facts;
mod finish;
mod hidden;
mod history;
mod join;
mod members;
mod outline;
mod pass;
mod pattern;
mod place;
mod plan;
mod run;
mod self_test;
mod text;
mod trigger;
mod verify;
mod words;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use jiff::civil::Date;
use rayon::prelude::*;

pub(crate) use self::place::printable;
use self::{finish::Finish, pass::Outcome, plan::Plan};
pub use self::{
    self_test::{CaseFailure, self_test},
    verify::{Ask, MOST_ASKED, Reply},
};
use crate::{
    advisory::AdvisoryIndex,
    baseline::Baseline,
    classify::{Format, classify},
    config::Config,
    error::{Error, ErrorKind, Notification, NotificationId},
    extract,
    fact::FactKind,
    report::{Report, Repository, Stats},
    rule::{Rule, RuleSet, nearest},
    source::SourceId,
    walk::{self, Entry, History, Read, Selection},
};

/// What to scan, and how.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Where the sources are.
    pub input: Input,
    /// Configuration: thresholds, suppressions, which rules.
    pub config: Config,
    /// Families or rule ids to run, besides what the configuration says; all when empty.
    pub only: Vec<String>,
    /// The declared document, when it is named: path as shown, and its text. It may lie outside the tree.
    pub declaration: Option<(String, Vec<u8>)>,
    /// Findings of an earlier report.
    pub baseline: Option<Baseline>,
    /// Suppressions written in the scanned sources count. A policy from elsewhere switches them off.
    pub ignore_inline: bool,
    /// Today, to tell suppressions that are over; without it none is.
    pub today: Option<Date>,
    /// Threads to use; 0 for as many as there are processors.
    pub threads: usize,
}

/// Where the sources are.
#[derive(Clone, Debug)]
pub enum Input {
    /// Files and folders.
    Files(walk::Options),
    /// Bytes in memory: path and content.
    Memory(Vec<(String, Vec<u8>)>),
}

impl Default for Input {
    fn default() -> Self {
        Self::Files(walk::Options::default())
    }
}

/// Lets a caller watch and stop a scan from another thread.
#[derive(Debug, Default)]
pub struct Watch {
    /// Set it to stop: the report then holds what was found so far and is incomplete.
    pub stop: AtomicBool,
    /// Sources to look at.
    pub total: AtomicU64,
    /// Sources looked at.
    pub done: AtomicU64,
}

/// Scans. Errors end the run; everything else that went wrong is a notification of the report.
pub fn scan(request: &Request, rules: &RuleSet, advisories: &AdvisoryIndex) -> Result<Report, Error> {
    scan_watched(request, rules, advisories, &Watch::default())
}

/// Scans, watched.
pub fn scan_watched(
    request: &Request,
    rules: &RuleSet,
    advisories: &AdvisoryIndex,
    watch: &Watch,
) -> Result<Report, Error> {
    pool(request.threads)?.install(|| run(request, rules, advisories, watch, None))
}

/// Scans, watched, and has providers asked whether the secrets that were found still work. Who asks stands outside:
/// the library opens no socket. The secrets are handed to `ask` alone, and are in nothing that this gives back.
pub fn scan_asking(
    request: &Request,
    rules: &RuleSet,
    advisories: &AdvisoryIndex,
    watch: &Watch,
    ask: &dyn Ask,
) -> Result<Report, Error> {
    pool(request.threads)?.install(|| run(request, rules, advisories, watch, Some(ask)))
}

/// Threads of our own: a caller's pool (Ray, a server) is not ours to fill, and parsers want a deeper stack.
fn pool(threads: usize) -> Result<rayon::ThreadPool, Error> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(16 * 1024 * 1024)
        .build()
        .map_err(|error| Error::new(ErrorKind::Input, format!("no threads to scan with: {error}")))
}

fn run(
    request: &Request,
    rules: &RuleSet,
    advisories: &AdvisoryIndex,
    watch: &Watch,
    ask: Option<&dyn Ask>,
) -> Result<Report, Error> {
    let mut clock = Clock::default();
    check_words(request, rules)?;
    let plan = Plan::new(rules, |rule| runs(request, rule))?.asking(ask.is_some());
    clock.lap("plan");
    let listed = list(request)?;
    clock.lap("list");
    let outcomes = pass_over(&plan, &listed.entries, watch);
    clock.lap("read, search, extract");
    let mut finish = Finish::new(request, &plan, &listed.entries);
    finish.ask = ask;
    finish.notifications.extend(listed.notifications);
    if watch.stop.load(Ordering::Relaxed) {
        let message = "the run was stopped before its end";
        finish.notifications.push(Notification::new("", NotificationId::Cancelled, message));
    }
    if let Some(past) = &listed.history {
        finish.history(rules, past, watch)?;
        clock.lap("history");
    }
    let fragments = finish.collect(outcomes);
    let (linked, notes) = extract::link(fragments, plan.vocabulary);
    finish.notifications.extend(notes);
    finish.linked(linked);
    clock.lap("link");
    finish.join();
    finish.advisories(advisories)?;
    clock.lap("join");
    let mut report = finish.report(rules);
    report.repository = listed.repository;
    clock.lap("report");
    report.stats.phases = clock.laps;
    Ok(report)
}

/// What there is to read.
struct Listed {
    entries: Vec<Entry>,
    notifications: Vec<Notification>,
    repository: Option<Repository>,
    history: Option<Arc<History>>,
}

fn list(request: &Request) -> Result<Listed, Error> {
    let mut listed = match &request.input {
        Input::Memory(files) => {
            let mut entries: Vec<Entry> =
                files.iter().map(|(path, bytes)| Entry::memory(path, bytes.as_slice())).collect();
            entries.sort_by(|a, b| a.path.cmp(&b.path));
            Listed { entries, notifications: Vec::new(), repository: None, history: None }
        }
        Input::Files(options) => {
            let mut options = options.clone();
            options.exclude.extend(request.config.scan.exclude.iter().cloned());
            if let Some(limit) = request.config.scan.max_bytes {
                options.max_bytes = limit;
            }
            options.threads = request.threads;
            let listing = walk::list(&options)?;
            let nothing = listing.history.is_none() && listing.entries.is_empty() && listing.notifications.is_empty();
            if nothing && matches!(options.selection, Selection::Worktree | Selection::Tracked) {
                return Err(Error::new(ErrorKind::Input, "there is nothing to scan"));
            }
            let repository = listing.repository.map(|repository| Repository {
                commit: repository.head,
                branch: repository.branch,
                remote: repository.remote,
            });
            let (entries, notifications) = (listing.entries, listing.notifications);
            Listed { entries, notifications, repository, history: listing.history }
        }
    };
    if let Some((path, bytes)) = &request.declaration
        && !listed.entries.iter().any(|entry| entry.path == *path)
    {
        listed.entries.push(Entry::memory(path, bytes.as_slice()));
    }
    Ok(listed)
}

/// Looks at every source, in parallel. Documents come first: what nothing is declared about needs no evidence.
fn pass_over(plan: &Plan<'_>, entries: &[Entry], watch: &Watch) -> Vec<Outcome> {
    watch.total.store(entries.len() as u64, Ordering::Relaxed);
    let (documents, others): (Vec<usize>, Vec<usize>) =
        (0..entries.len()).partition(|&index| entries.get(index).is_some_and(|entry| is_document(&entry.path)));
    let first = pass_over_some(plan, entries, documents, true, watch);
    let declared = first.iter().any(|(_, outcome)| outcome.facts.iter().any(|fact| fact.kind == FactKind::Claim));
    let then = pass_over_some(plan, entries, others, declared, watch);
    let mut outcomes: Vec<(usize, Outcome)> = first.into_iter().chain(then).collect();
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// True for what may make claims.
fn is_document(path: &str) -> bool {
    classify(path, "").format == Format::Markdown
}

fn pass_over_some(
    plan: &Plan<'_>,
    entries: &[Entry],
    some: Vec<usize>,
    declared: bool,
    watch: &Watch,
) -> Vec<(usize, Outcome)> {
    let look = |index: usize| {
        let Some(entry) = entries.get(index).filter(|_| !watch.stop.load(Ordering::Relaxed)) else {
            return Outcome::default();
        };
        let id = SourceId(u32::try_from(index).unwrap_or(u32::MAX));
        let outcome = match entry.read(id) {
            Read::Source(source) => pass::look(plan, &source, declared),
            Read::Packed(bytes) => members::look(plan, entry, id, &bytes),
            Read::Binary => Outcome { binary: true, ..Outcome::default() },
            Read::Failed(notification) => Outcome { notifications: vec![notification], ..Outcome::default() },
        };
        watch.done.fetch_add(1, Ordering::Relaxed);
        outcome
    };
    some.into_par_iter().with_max_len(16).map(|index| (index, look(index))).collect()
}

/// True when a rule is to run.
fn runs(request: &Request, rule: &Rule) -> bool {
    let named =
        |words: &[String]| words.iter().any(|word| *word == rule.id || word.trim_end_matches("/*") == rule.family());
    let rules = &request.config.rules;
    (request.only.is_empty() || named(&request.only))
        && (rules.only.is_empty() || named(&rules.only))
        && !named(&rules.off)
}

/// Words that select rules must name one: a typing mistake would switch a gate off.
fn check_words(request: &Request, set: &RuleSet) -> Result<(), Error> {
    let rules = &request.config.rules;
    let known: Vec<&str> = set.rules.iter().flat_map(|rule| [rule.id.as_str(), rule.family()]).collect();
    let words = request.only.iter().chain(&rules.only).chain(&rules.off).chain(rules.severity.keys());
    let defects: Vec<String> = words
        .filter(|word| !known.contains(&word.trim_end_matches("/*")))
        .map(|word| {
            let mut names: Vec<&str> = known.clone();
            names.sort_unstable();
            names.dedup();
            format!("no rule or family \"{word}\"{}", nearest(word, names.into_iter()))
        })
        .collect();
    if defects.is_empty() { Ok(()) } else { Err(Error { kind: ErrorKind::Configuration, path: None, defects }) }
}

/// Times of phases, for `--stats` only.
struct Clock {
    last: Instant,
    laps: Vec<(&'static str, f64)>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { last: Instant::now(), laps: Vec::new() }
    }
}

impl Clock {
    fn lap(&mut self, phase: &'static str) {
        let now = Instant::now();
        self.laps.push((phase, now.duration_since(self.last).as_secs_f64()));
        self.last = now;
    }
}

impl Stats {
    fn add(&mut self, outcome: &Outcome) {
        self.sources += u64::from(outcome.bytes > 0);
        self.bytes += outcome.bytes;
        self.binary += u64::from(outcome.binary);
        self.members += outcome.members;
        self.parsed += u64::from(outcome.parsed);
        self.facts += outcome.built;
    }
}

//! The commands: each prepares, runs, writes, and gives an exit status.

use std::{
    io::{self, Write as _},
    mem::ManuallyDrop,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use clap::CommandFactory as _;
use trueup_core::{
    advisory::AdvisoryIndex,
    config::Config,
    emit,
    engine::{Request, Watch, scan_watched, self_test},
    error::Error,
    report::Report,
    rule::{Matcher, Rule, RuleSet},
    setup::{Prepared, prepare},
    walk,
};

use crate::{
    arguments::{Cli, Explain, RulesAction, RulesCommand, Scan},
    outputs, progress,
};

/// Why a command did not come to its end.
pub(crate) enum Failure {
    /// Something the user can mend.
    Error(Error),
    /// An output could not be written.
    Io(io::Error),
}

impl Failure {
    /// True when the reader of our output went away: that is fine.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// One line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::Error(error) => error.to_string().lines().map(str::to_owned).collect(),
            Self::Io(error) => vec![error.to_string()],
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<String> for Failure {
    fn from(defect: String) -> Self {
        Self::Io(io::Error::other(defect))
    }
}

type Outcome = Result<u8, Failure>;

/// Scans and writes every report that was asked for.
pub(crate) fn scan(arguments: &Scan) -> Outcome {
    outputs::check(&arguments.output)?;
    let begin = Instant::now();
    // The process ends next: what the system frees at once need not be freed piece by piece.
    let report = ManuallyDrop::new(run(arguments)?);
    let seconds = begin.elapsed().as_secs_f64();
    outputs::write_all(&report, arguments, seconds)?;
    Ok(report.verdict.exit_status())
}

/// Scans and shows the board.
pub(crate) fn posture(arguments: &Scan) -> Outcome {
    let report = run(arguments)?;
    if arguments.output.is_empty() {
        emit::write_board(&report, &mut anstream::stdout().lock())?;
    } else {
        outputs::write_all(&report, arguments, 0.0)?;
    }
    Ok(report.verdict.exit_status())
}

fn run(arguments: &Scan) -> Result<Report, Failure> {
    if arguments.verify && !cfg!(feature = "verify") {
        let way = "cargo install trueup --features verify";
        return Err(
            format!("--verify: this trueup was built without the network; get one that asks with `{way}`").into()
        );
    }
    let prepared = ManuallyDrop::new(prepare(&arguments.setup(), trueup_rules::builtin()?)?);
    let Prepared { request, rules, advisories } = &*prepared;
    let watch = Watch::default();
    let scan = || match arguments.verify {
        true => asking(request, rules, advisories, &watch),
        false => scan_watched(request, rules, advisories, &watch),
    };
    let report = progress::watched(&watch, arguments.quiet, scan)?;
    if arguments.stats {
        outputs::write_stats(&report)?;
    }
    Ok(report)
}

/// Scans and has providers asked about the secrets.
#[cfg(feature = "verify")]
fn asking(request: &Request, rules: &RuleSet, advisories: &AdvisoryIndex, watch: &Watch) -> Result<Report, Error> {
    let network = crate::verify::Network::new();
    trueup_core::engine::scan_asking(request, rules, advisories, watch, &network)
}

/// Never reached: `run` has refused.
#[cfg(not(feature = "verify"))]
fn asking(request: &Request, rules: &RuleSet, advisories: &AdvisoryIndex, watch: &Watch) -> Result<Report, Error> {
    scan_watched(request, rules, advisories, watch)
}

/// `rules list`, `rules show`, `rules test`.
pub(crate) fn rules(command: &RulesCommand) -> Outcome {
    match &command.command {
        RulesAction::List { words, rules } => list(words, rules),
        RulesAction::Show(explain) => show(explain),
        RulesAction::Test { words } => test(words),
    }
}

fn list(words: &[String], more: &[PathBuf]) -> Outcome {
    let mut set = trueup_rules::builtin()?;
    extend(&mut set, more)?;
    if let Some(word) =
        words.iter().find(|word| !set.rules.iter().any(|rule| **word == rule.id || *word == rule.family()))
    {
        let known = set.rules.iter().flat_map(|rule| [rule.id.as_str(), rule.family()]);
        let near = trueup_core::rule::nearest(word, known);
        return Err(format!("no rule or family \"{word}\"{near}").into());
    }
    let mut out = anstream::stdout().lock();
    let meant = |rule: &&Rule| words.is_empty() || words.iter().any(|word| *word == rule.id || word == rule.family());
    let mut count = 0;
    for rule in set.rules.iter().map(Arc::as_ref).filter(meant) {
        writeln!(out, "{:<9} {:<52} {}", rule.severity.word(), rule.id, rule.title)?;
        count += 1;
    }
    writeln!(out, "{count} rules")?;
    Ok(0)
}

fn show(explain: &Explain) -> Outcome {
    let set = with_cases(&explain.rules)?;
    let rule = find(&set, &explain.rule)?;
    let text = serde_json::to_string_pretty(rule).map_err(io::Error::other)?;
    writeln!(anstream::stdout().lock(), "{text}")?;
    Ok(0)
}

/// Runs cases. Words that are paths are rules of the user; others choose among the built-in ones.
fn test(words: &[String]) -> Outcome {
    let (paths, ids): (Vec<&String>, Vec<&String>) = words.iter().partition(|word| Path::new(word).exists());
    let mut set = trueup_rules::with_cases()?;
    let mut chosen: Vec<String> = ids.into_iter().cloned().collect();
    for word in &chosen {
        if !set.rules.iter().any(|rule| rule.id == *word || rule.family() == word.trim_end_matches("/*")) {
            return Err(format!("no such path, rule or family: {word}").into());
        }
    }
    let known: Vec<String> = set.rules.iter().map(|rule| rule.id.clone()).collect();
    for path in paths {
        // A rule that is being written may ask, and nobody is asked here.
        let files = walk::read_rules(Path::new(path))?;
        set.extend_own(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))).map_err(defective)?;
    }
    chosen.extend(set.rules.iter().map(|rule| rule.id.clone()).filter(|id| known.binary_search(id).is_err()));
    let failures = self_test(&set, &chosen);
    let meant = |rule: &&Rule| {
        chosen.is_empty() || chosen.iter().any(|word| *word == rule.id || rule.family() == word.trim_end_matches("/*"))
    };
    let tested: Vec<&Rule> = set.rules.iter().map(Arc::as_ref).filter(meant).collect();
    let cases: usize = tested.iter().map(|rule| rule.fail.len() + rule.pass.len()).sum();
    let mut out = anstream::stdout().lock();
    for failure in &failures {
        writeln!(out, "{} {}: {}", failure.rule, failure.case, failure.message)?;
    }
    writeln!(out, "{} rules, {cases} cases, {} failed", tested.len(), failures.len())?;
    Ok(u8::from(!failures.is_empty()))
}

/// Tells all about a rule.
pub(crate) fn explain(explain: &Explain) -> Outcome {
    let set = with_cases(&explain.rules)?;
    let rule = find(&set, &explain.rule)?;
    outputs::write_page(&set, rule, &mut anstream::stdout().lock())?;
    Ok(0)
}

/// The JSON schema of `trueup.toml`.
pub(crate) fn schema() -> Outcome {
    let text = serde_json::to_string_pretty(&Config::schema()).map_err(io::Error::other)?;
    writeln!(anstream::stdout().lock(), "{text}")?;
    Ok(0)
}

/// Completions for a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "trueup", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(0)
}

fn with_cases(more: &[PathBuf]) -> Result<RuleSet, Failure> {
    let mut set = trueup_rules::with_cases()?;
    extend(&mut set, more)?;
    Ok(set)
}

fn extend(set: &mut RuleSet, paths: &[PathBuf]) -> Result<(), Failure> {
    for path in paths {
        let files = walk::read_rules(path)?;
        set.extend(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))).map_err(defective)?;
    }
    Ok(())
}

fn defective(defects: Vec<String>) -> Error {
    Error { kind: trueup_core::error::ErrorKind::Rules, path: None, defects }
}

fn find<'s>(set: &'s RuleSet, id: &str) -> Result<&'s Rule, Failure> {
    set.get(id).ok_or_else(|| {
        let near = trueup_core::rule::nearest(id, set.rules.iter().map(|rule| rule.id.as_str()));
        Failure::from(format!("no rule \"{id}\"{near}"))
    })
}

/// How a rule looks, in words.
pub(crate) fn way(matcher: &Matcher) -> &'static str {
    match matcher {
        Matcher::Text(_) => "a pattern near a trigger word",
        Matcher::Fact(_) => "a fact read from code or configuration",
        Matcher::Flow(_) => "a value followed from where it is read to where it goes",
        Matcher::Join(_) => "what is declared against what is built",
        Matcher::Advisory(_) => "locked packages against published advisories",
    }
}

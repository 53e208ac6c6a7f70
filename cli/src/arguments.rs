//! What can be typed. Arguments are parsed and checked here; nothing is read or written.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use trueup_core::{
    emit::Form,
    finding::Severity,
    gate::Threshold,
    setup::{ConfigPlace, Setup},
    walk::{MAX_BYTES, Options, Range, Selection},
};

/// Says where a repository is not what it should be: secrets, TLS, personal data, advisories, declared against built.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan files and folders
    #[command(
        after_help = "Exit status: 0 the gate passed, 1 it failed, 2 the scan could not look at what it was asked to look at."
    )]
    Scan(Box<Scan>),
    /// Show what the declaration says, what is built, and the verdict
    Posture(Box<Scan>),
    /// List, show and test rules
    Rules(RulesCommand),
    /// Tell all about a rule
    Explain(Explain),
    /// Print the JSON schema of trueup.toml
    Schema,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Arguments of a scan.
#[derive(Args, Debug)]
pub(crate) struct Scan {
    /// Files and folders; `-` reads standard input
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,

    /// Run only these families or rules
    #[arg(long, value_name = "WORD", value_delimiter = ',', help_heading = "What to look for")]
    pub(crate) only: Vec<String>,
    /// More rules: files or folders
    #[arg(long, value_name = "PATH", help_heading = "What to look for")]
    pub(crate) rules: Vec<PathBuf>,
    /// Advisory data: folders with a RustSec tree or OSV exports
    #[arg(long, value_name = "DIR", help_heading = "What to look for")]
    pub(crate) advisories: Vec<PathBuf>,
    /// Ask providers whether the secrets that are found still work: sends each to its provider, once
    #[arg(long, help_heading = "What to look for")]
    pub(crate) verify: bool,
    /// The declared infrastructure document
    #[arg(long, value_name = "FILE", help_heading = "What to look for")]
    pub(crate) declaration: Option<PathBuf>,

    /// Read what .gitignore and .trueupignore name, too
    #[arg(long, help_heading = "What to read")]
    pub(crate) no_ignore: bool,
    /// Read only files that git tracks
    #[arg(long, conflicts_with_all = ["staged", "since"], help_heading = "What to read")]
    pub(crate) tracked: bool,
    /// Judge only what the next commit changes
    #[arg(long, conflicts_with = "since", help_heading = "What to read")]
    pub(crate) staged: bool,
    /// Judge only what changed since a git reference
    #[arg(long, value_name = "REF", help_heading = "What to read")]
    pub(crate) since: Option<String>,
    /// Look for secrets in git's history, too: all of it, or what A..B names
    #[arg(long, value_name = "RANGE", num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with_all = ["staged", "since"], help_heading = "What to read")]
    pub(crate) history: Option<String>,
    /// Report larger files instead of reading them
    #[arg(long, value_name = "BYTES", default_value_t = MAX_BYTES, hide_default_value = true, help_heading = "What to read")]
    pub(crate) max_bytes: u64,
    /// What standard input is called
    #[arg(long, value_name = "NAME", help_heading = "What to read")]
    pub(crate) stdin_name: Option<String>,

    /// Configuration; found as trueup.toml or in pyproject.toml when not named
    #[arg(long, value_name = "FILE", conflicts_with = "policy", help_heading = "What fails")]
    pub(crate) config: Option<PathBuf>,
    /// No configuration
    #[arg(long, conflicts_with_all = ["config", "policy"], help_heading = "What fails")]
    pub(crate) no_config: bool,
    /// Configuration from a trusted place (FILE or REF:PATH); nothing in the tree can weaken it
    #[arg(long, value_name = "PLACE", help_heading = "What fails")]
    pub(crate) policy: Option<String>,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_parser = threshold, help_heading = "What fails")]
    pub(crate) fail_on: Option<Threshold>,
    /// An earlier SARIF report: its findings are old
    #[arg(long, value_name = "FILE", help_heading = "What fails")]
    pub(crate) baseline: Option<PathBuf>,
    /// Only findings that are not in the baseline fail (implied by --baseline)
    #[arg(long, help_heading = "What fails")]
    pub(crate) new_only: bool,
    /// What could not be understood fails
    #[arg(long, help_heading = "What fails")]
    pub(crate) strict: bool,

    /// Write a report: text, sarif, json, markdown, github, junit, gitlab; FORM=FILE writes to a file
    #[arg(short, long, value_name = "FORM[=FILE]", value_parser = output, help_heading = "What is written")]
    pub(crate) output: Vec<Output>,
    /// Show findings from this severity up, besides those that decide
    #[arg(long, value_name = "SEVERITY", value_parser = severity, help_heading = "What is written")]
    pub(crate) show: Option<Severity>,
    /// Write results that are no failures, too (proved, unresolved, unfilled)
    #[arg(long, help_heading = "What is written")]
    pub(crate) all: bool,
    /// Print counts and times
    #[arg(long, help_heading = "What is written")]
    pub(crate) stats: bool,
    /// Say nothing but errors; files are written
    #[arg(short, long, help_heading = "What is written")]
    pub(crate) quiet: bool,
    /// Colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto, hide_default_value = true, help_heading = "What is written")]
    pub(crate) color: Colour,
    /// Threads; all processors when 0
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, help_heading = "What is written")]
    pub(crate) threads: usize,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A form and where to write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    /// The form.
    pub(crate) form: Form,
    /// A file; standard output without it.
    pub(crate) file: Option<PathBuf>,
}

/// `rules ...`
#[derive(Args, Debug)]
pub(crate) struct RulesCommand {
    /// What to do with them.
    #[command(subcommand)]
    pub(crate) command: RulesAction,
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesAction {
    /// List rules
    List {
        /// Only these families or rules
        words: Vec<String>,
        /// More rules: files or folders
        #[arg(long, value_name = "PATH")]
        rules: Vec<PathBuf>,
    },
    /// Show a rule as it is held
    Show(Explain),
    /// Run the cases of rules: the built-in ones, or those of files and folders
    Test {
        /// Files and folders of rules, or families or ids of built-in ones
        words: Vec<String>,
    },
}

/// `explain RULE`
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// Id of the rule
    pub(crate) rule: String,
    /// More rules: files or folders
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
}

fn severity(word: &str) -> Result<Severity, String> {
    Severity::of_word(word).ok_or_else(|| "one of critical, high, medium, low, info".to_owned())
}

fn threshold(word: &str) -> Result<Threshold, String> {
    use Threshold::{Critical, High, Info, Low, Medium, Never};
    [Critical, High, Medium, Low, Info, Never]
        .into_iter()
        .find(|threshold| threshold.word() == word)
        .ok_or_else(|| "one of critical, high, medium, low, info, never".to_owned())
}

fn output(word: &str) -> Result<Output, String> {
    let (form, file) = match word.split_once('=') {
        Some((form, file)) if !file.is_empty() => (form, Some(PathBuf::from(file))),
        Some(_) => return Err("a file name stands after the =".to_owned()),
        None => (word, None),
    };
    let forms: Vec<&str> = Form::ALL.iter().map(|(name, _)| *name).collect();
    let form = Form::of_word(form).ok_or_else(|| format!("one of {}", forms.join(", ")))?;
    Ok(Output { form, file })
}

impl Scan {
    /// What the engine needs to know.
    pub(crate) fn setup(&self) -> Setup {
        let selection = match &self.since {
            Some(reference) => Selection::Since(reference.clone()),
            None if self.staged => Selection::Staged,
            None if self.tracked => Selection::Tracked,
            None => Selection::Worktree,
        };
        Setup {
            options: Options {
                paths: self.paths.clone(),
                stdin_name: self.stdin_name.clone(),
                ignore_files: !self.no_ignore,
                // Rules over several files see what did not change, and only findings on changed lines count.
                unchanged: matches!(selection, Selection::Since(_)),
                selection,
                history: self.history.as_deref().map(Range::of_words),
                max_bytes: self.max_bytes,
                exclude: Vec::new(),
                threads: self.threads,
            },
            memory: None,
            only: self.only.clone(),
            config: match (&self.config, self.no_config) {
                (_, true) => ConfigPlace::None,
                (Some(file), _) => ConfigPlace::File(file.clone()),
                (None, false) => ConfigPlace::Discover,
            },
            policy: self.policy.clone(),
            rules: self.rules.clone(),
            advisories: self.advisories.clone(),
            baseline: self.baseline.clone(),
            declaration: self.declaration.clone(),
            fail_on: self.fail_on,
            new_only: self.new_only || self.baseline.is_some(),
            strict: self.strict,
            today: Some(jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()),
            threads: self.threads,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn outputs_name_a_form_and_perhaps_a_file() {
        assert_eq!(output("sarif=a.sarif").unwrap(), Output { form: Form::Sarif, file: Some("a.sarif".into()) });
        assert_eq!(output("json").unwrap().file, None);
        assert!(output("html").unwrap_err().contains("sarif"));
        assert!(output("sarif=").is_err());
    }
}

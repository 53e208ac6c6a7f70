//! Reports to standard output and files. Files appear whole or not at all.

use std::{
    env, fs,
    io::{self, IsTerminal as _, Write},
    path::{Path, PathBuf},
};

use trueup_core::{
    emit::{self, Form, Style, Terminal},
    report::Report,
    rule::{Matcher, Rule, RuleSet},
};

use crate::{
    arguments::{Colour, Output, Scan},
    commands::{Failure, way},
};

/// What can be known to go wrong before the scan: two forms on standard output, a folder that is not there.
pub(crate) fn check(outputs: &[Output]) -> Result<(), Failure> {
    let to_stdout = outputs.iter().filter(|output| output.file.is_none()).count();
    if to_stdout > 1 {
        return Err("two reports on standard output; give all but one a file: --output FORM=FILE".to_owned().into());
    }
    for file in outputs.iter().filter_map(|output| output.file.as_deref()) {
        let folder = folder_of(file);
        if !folder.is_dir() {
            return Err(format!("no such folder: {}", folder.display()).into());
        }
    }
    Ok(())
}

/// Writes every report: those that were asked for, and the text on a terminal unless another form is there.
pub(crate) fn write_all(report: &Report, arguments: &Scan, seconds: f64) -> Result<(), Failure> {
    let style = style(arguments, seconds);
    for output in &arguments.output {
        match &output.file {
            Some(file) => write_file(file, |out| emit::write(report, output.form, &plain(&style), out))
                .map_err(|error| Failure::from(format!("{}: {error}", file.display())))?,
            None => write_stdout(report, output.form, &style)?,
        }
    }
    if !arguments.quiet && arguments.output.iter().all(|output| output.file.is_some()) {
        write_stdout(report, Form::Text, &style)?;
    }
    write_step_summary(report)
}

fn write_stdout(report: &Report, form: Form, style: &Style) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    emit::write(report, form, style, &mut out)?;
    out.flush()?;
    Ok(())
}

/// GitHub shows what is appended to this file on the page of the run.
fn write_step_summary(report: &Report) -> Result<(), Failure> {
    let Some(path) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return Ok(()) };
    let mut text = Vec::new();
    emit::write(report, Form::Markdown, &Style::default(), &mut text)?;
    let mut file = fs::OpenOptions::new().append(true).create(true).open(&path)?;
    file.write_all(&text)?;
    Ok(())
}

fn style(arguments: &Scan, seconds: f64) -> Style {
    let stdout = io::stdout();
    let colour = match arguments.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never && stdout.is_terminal() || forced()
        }
    };
    let width = env::var("COLUMNS").ok().and_then(|width| width.parse().ok()).unwrap_or(100);
    // Times differ from run to run; a file or a pipe gets the same bytes each time.
    let seconds = stdout.is_terminal().then_some(seconds);
    Style {
        all: arguments.all,
        terminal: Terminal { colour, width, show: arguments.show, seconds, ..Terminal::default() },
    }
}

/// `CLICOLOR_FORCE` (bixense.com/clicolors) asks for colours on a pipe; `NO_COLOR` outweighs it.
fn forced() -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    set("CLICOLOR_FORCE") && !set("NO_COLOR")
}

fn plain(style: &Style) -> Style {
    Style { terminal: Terminal { colour: false, seconds: None, ..style.terminal.clone() }, ..style.clone() }
}

/// Writes beside the file and renames, so that a reader never sees half of it.
fn write_file(file: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if fs::metadata(file).is_ok_and(|meta| !meta.is_file()) {
        // A device or a pipe cannot be renamed onto.
        let mut out = io::BufWriter::new(fs::OpenOptions::new().write(true).open(file)?);
        write(&mut out)?;
        return out.flush();
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside: PathBuf = folder_of(file).join(format!(".{name}.{}.part", std::process::id()));
    let outcome = (|| {
        let mut out = io::BufWriter::new(fs::OpenOptions::new().write(true).create_new(true).open(&beside)?);
        write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&beside, file)
    })();
    if outcome.is_err() {
        let _ = fs::remove_file(&beside);
    }
    outcome
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Counts and times, on standard error.
pub(crate) fn write_stats(report: &Report) -> io::Result<()> {
    let stats = &report.stats;
    let mut out = anstream::stderr().lock();
    writeln!(
        out,
        "{} files, {} bytes, {} binary, {} texts in archives; {} parsed, {} facts, {} read again for frames",
        stats.sources, stats.bytes, stats.binary, stats.members, stats.parsed, stats.facts, stats.reread
    )?;
    if stats.commits > 0 {
        writeln!(
            out,
            "history: {} commits, {} texts, {} bytes, {} binary; {} read by id",
            stats.commits, stats.versions, stats.version_bytes, stats.version_binary, stats.version_by_id
        )?;
    }
    for (phase, seconds) in &stats.phases {
        writeln!(out, "{:>9.1} ms  {phase}", seconds * 1000.0)?;
    }
    Ok(())
}

/// The page of a rule.
pub(crate) fn write_page(set: &RuleSet, rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}\n", rule.id, rule.title)?;
    writeln!(out, "severity   {}", rule.severity.word())?;
    writeln!(out, "precision  {}", rule.precision.word())?;
    writeln!(out, "looks for  {}", way(&rule.matcher))?;
    if let Some(verify) = &rule.verify {
        writeln!(out, "asks       {} whether it works, with --verify only ({})", verify.host, verify.reference)?;
    }
    if !rule.cwe.is_empty() {
        let numbers: Vec<String> = rule.cwe.iter().map(|number| format!("CWE-{number}")).collect();
        writeln!(out, "cwe        {}", numbers.join(", "))?;
    }
    if !rule.description.is_empty() {
        writeln!(out, "\n{}", rule.description)?;
    }
    write_signs(rule, out)?;
    writeln!(out, "\nWhat to do\n  {}", rule.help)?;
    writeln!(out, "\nEvidence relevant to")?;
    for key in trueup_core::vocabulary::DEFAULT_FRAMEWORKS {
        let Some(framework) = set.vocabulary.controls.framework.get(*key) else { continue };
        let ids = set.vocabulary.controls.direct(&rule.matters, key);
        if !ids.is_empty() {
            let cited: Vec<String> = ids.iter().map(|id| framework.cite.replace("{id}", id)).collect();
            writeln!(out, "  {}: {}", framework.title, cited.join(", "))?;
        }
    }
    for (title, case) in [("Reported (between « and »)", rule.fail.first()), ("Not reported", rule.pass.first())] {
        let Some(case) = case else { continue };
        writeln!(out, "\n{title}")?;
        for (path, content) in &case.files {
            writeln!(out, "  {path}")?;
            for line in content.trim_matches('\n').lines() {
                writeln!(out, "    {line}")?;
            }
        }
    }
    writeln!(out, "\nTo accept a finding\n  trueup: ignore[{}] REASON, until YYYY-MM-DD", rule.id)?;
    writeln!(out, "  in a comment beside it, or [[suppress]] in trueup.toml")?;
    if !rule.references.is_empty() {
        writeln!(out, "\nRead more\n  {}", rule.references.join("\n  "))?;
    }
    Ok(())
}

/// The strongest signs that learned weights weigh, for rules that ask such a probe.
fn write_signs(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    const SHOWN: usize = 12;
    let Matcher::Text(text) = &rule.matcher else { return Ok(()) };
    let signs: Vec<_> = text.probes.iter().flat_map(|name| trueup_core::probe::signs(name)).collect();
    if signs.is_empty() {
        return Ok(());
    }
    let (found, count) = (signs.iter().filter(|sign| sign.bits > 0.0), signs.len());
    writeln!(
        out,
        "\nHow the evidence is weighed\n  {count} signs; each multiplies the odds that the value is a secret"
    )?;
    writeln!(out, "  The strongest for it")?;
    for sign in found.take(SHOWN) {
        writeln!(out, "    times {:<7.1} {} ({})", sign.bits.exp2(), sign.sign, sign.what)?;
    }
    writeln!(out, "  The strongest against it")?;
    for sign in signs.iter().rev().filter(|sign| sign.bits < 0.0).take(SHOWN) {
        writeln!(out, "    divided by {:<7.1} {} ({})", (-sign.bits).exp2(), sign.sign, sign.what)?;
    }
    Ok(())
}

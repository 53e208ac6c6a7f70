//! The terminal form: findings that decide the gate, whole, worst first; the rest counted; verdict and next step last.

mod board;
mod paint;

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

pub use self::board::write_board;
use self::paint::Paint;
use crate::{
    finding::{Finding, Kind, Location, Severity},
    gate::Verdict,
    report::{ClaimState, Report},
    source::Place,
};

/// Manners of a terminal.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// Colours and bold; meaning never depends on them.
    pub colour: bool,
    /// Columns.
    pub width: usize,
    /// Show findings from this severity up, besides those that decide the gate.
    pub show: Option<Severity>,
    /// What the scan took, for the last line; none keeps the output the same on every run.
    pub seconds: Option<f64>,
    /// Findings of one rule in one file that get a frame of their own; the rest are counted.
    pub frames: usize,
}

impl Default for Terminal {
    fn default() -> Self {
        Self { colour: false, width: 100, show: None, seconds: None, frames: 3 }
    }
}

pub(super) fn write(report: &Report, terminal: &Terminal, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { colour: terminal.colour };
    let shown = shown(report, terminal);
    for block in blocks(&shown) {
        write_block(report, &block, terminal, paint, out)?;
    }
    write_counts(report, out)?;
    write_notifications(report, out)?;
    write_end(report, terminal, paint, &shown, out)
}

/// Findings to show whole: those that decide, and on request others; worst first, then in order of place.
fn shown<'r>(report: &'r Report, terminal: &Terminal) -> Vec<&'r Finding> {
    let wanted = |finding: &&Finding| {
        report.gate.decides(finding)
            || (finding.is_open() && terminal.show.is_some_and(|lowest| finding.severity >= lowest))
    };
    let mut shown: Vec<&Finding> = report.findings.iter().filter(wanted).collect();
    shown.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    shown
}

/// Severity, path and member, rule, and version.
type Key<'r> = (Severity, (&'r str, Option<&'r str>), &'r str, &'r Place);

/// Findings of one rule, severity and file stand in one block, at the place of the first.
fn blocks<'r>(shown: &[&'r Finding]) -> Vec<Vec<&'r Finding>> {
    let mut order: Vec<Key<'_>> = Vec::new();
    let mut members: BTreeMap<Key<'_>, Vec<&'r Finding>> = BTreeMap::new();
    for finding in shown {
        let location = &finding.location;
        let path = (location.path.as_str(), location.member.as_deref());
        let key = (finding.severity, path, finding.rule.as_str(), &location.place);
        let block = members.entry(key).or_default();
        if block.is_empty() {
            order.push(key);
        }
        block.push(finding);
    }
    order.into_iter().filter_map(|key| members.remove(&key)).collect()
}

fn write_block(
    report: &Report,
    block: &[&Finding],
    terminal: &Terminal,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(first) = block.first() else { return Ok(()) };
    let place = short_place(&first.location);
    let used = 10 + first.rule.chars().count() + place.chars().count();
    let gap = " ".repeat(terminal.width.min(100).saturating_sub(used).max(2));
    writeln!(out, "{:<10}{}{gap}{place}", paint.severity(first.severity), paint.bold(&first.rule))?;
    for finding in block.iter().take(terminal.frames) {
        write_frame(finding, paint, out)?;
    }
    if block.len() > terminal.frames {
        let rest: Vec<String> =
            block.iter().skip(terminal.frames).take(12).map(|finding| finding.location.line().to_string()).collect();
        let more = if block.len() - terminal.frames > rest.len() { " ..." } else { "" };
        writeln!(
            out,
            "      ├ and {} more in this file: lines {}{more}",
            block.len() - terminal.frames,
            rest.join(", ")
        )?;
    }
    if let Some(rule) = report.rule(&first.rule) {
        writeln!(out, "      {} {}", paint.faint("="), rule.help)?;
    }
    writeln!(out)
}

fn write_frame(finding: &Finding, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let said = match &finding.evidence {
        Some(evidence) => format!("{} ({evidence})", finding.message.trim_end_matches('.')),
        None => finding.message.trim_end_matches('.').to_owned(),
    };
    match (&finding.location.snippet, finding.location.region) {
        (Some(snippet), Some(region)) => {
            for (offset, line) in snippet.text.lines().enumerate().take(4) {
                let number = snippet.first_line as usize + offset;
                writeln!(out, "{} {} {line}", paint.faint(&format!("{number:>5}")), paint.faint("│"))?;
                if offset == 0 {
                    // A masked secret is shorter than what it hides, so the marks end with the line at the latest.
                    let column = region.start_column.saturating_sub(snippet.first_column) as usize;
                    let left = line.chars().count().saturating_sub(column);
                    let wide = if region.end_line > region.start_line {
                        left
                    } else {
                        (region.end_column - region.start_column) as usize
                    };
                    let marks = "^".repeat(wide.clamp(1, left.max(1)));
                    writeln!(
                        out,
                        "      {} {}{} {said}",
                        paint.faint("│"),
                        " ".repeat(column),
                        paint.mark(&marks, finding.severity)
                    )?;
                }
            }
        }
        _ => writeln!(out, "      {} {said}", paint.faint("│"))?,
    }
    for place in finding.flow.iter().chain(&finding.related).take(6) {
        let message = place.message.as_deref().unwrap_or("see also");
        writeln!(out, "      {} {} {message}", paint.faint("├"), short_place(place))?;
    }
    Ok(())
}

fn short_place(location: &Location) -> String {
    let path = match &location.place {
        // As `git show` takes it.
        Place::Commit(id) => format!("{}:{}", id.get(..12).unwrap_or(id), location.path),
        _ => location.shown_path().into_owned(),
    };
    match location.region {
        Some(region) => format!("{path}:{}:{}", region.start_line, region.start_column),
        None => path,
    }
}

fn write_counts(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.counts();
    let wide = counts.keys().map(|family| family.len()).max().unwrap_or(0).max(10);
    writeln!(out, "{:<wide$}  critical  high  medium  low  info", "")?;
    for (family, by_severity) in &counts {
        let of = |severity| by_severity.get(&severity).copied().unwrap_or(0);
        write!(
            out,
            "{family:<wide$}  {:>8}  {:>4}  {:>6}  {:>3}  {:>4}",
            of(Severity::Critical),
            of(Severity::High),
            of(Severity::Medium),
            of(Severity::Low),
            of(Severity::Info)
        )?;
        let judged: Vec<_> =
            report.claims.iter().filter(|claim| claim.rule.split('/').next() == Some(family.as_str())).collect();
        if !judged.is_empty() {
            let items = |state: Option<ClaimState>| {
                let mut names: Vec<&str> = report
                    .claims
                    .iter()
                    .filter(|claim| state.is_none_or(|state| claim.verdict == state))
                    .map(|claim| claim.claim.as_str())
                    .collect();
                names.sort_unstable();
                names.dedup();
                names.len()
            };
            write!(out, "    {} of {} declared items proved", items(Some(ClaimState::Proved)), items(None))?;
        }
        writeln!(out)?;
    }
    let accepted = report.findings.iter().filter(|finding| finding.suppression.is_some()).count();
    if accepted > 0 {
        writeln!(out, "{accepted} accepted (suppressed with a reason)")?;
    }
    writeln!(out)
}

fn write_notifications(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    const MOST: usize = 8;
    let blind: Vec<_> = report.notifications.iter().filter(|note| note.id.is_incomplete()).collect();
    for note in blind.iter().take(MOST) {
        let place = match note.region {
            Some(region) if !note.path.is_empty() => format!("{}:{}: ", note.path, region.start_line),
            _ if note.path.is_empty() => String::new(),
            _ => format!("{}: ", note.path),
        };
        writeln!(out, "not looked at: {place}{}", note.message)?;
    }
    if blind.len() > MOST {
        writeln!(out, "not looked at: {} more, all in the SARIF and JSON reports", blind.len() - MOST)?;
    }
    Ok(())
}

fn write_end(
    report: &Report,
    terminal: &Terminal,
    paint: Paint,
    shown: &[&Finding],
    out: &mut dyn Write,
) -> io::Result<()> {
    let noun = if report.stats.sources == 1 { "file" } else { "files" };
    let mut read = format!("{} {noun}, {}", thousands(report.stats.sources), size(report.stats.bytes));
    if let Some(seconds) = terminal.seconds {
        read.push_str(&format!(", {seconds:.1} s"));
    }
    let blind = report.notifications.iter().filter(|note| note.id.is_incomplete() && !note.path.is_empty());
    let blind = blind.map(|note| note.path.as_str()).collect::<std::collections::BTreeSet<_>>().len();
    if blind > 0 {
        read.push_str(&format!(" · {blind} {} not wholly understood", if blind == 1 { "file" } else { "files" }));
    }
    if report.fixed > 0 {
        read.push_str(&format!(" · {} of the baseline fixed", report.fixed));
    }
    writeln!(out, "{read}")?;
    let deciding = report.deciding();
    let line = match report.verdict {
        Verdict::Pass => paint.good("Gate passed"),
        Verdict::Incomplete => paint.bad("Gate incomplete: something that was asked for was not looked at"),
        Verdict::Fail => paint.bad(&format!("Gate failed: {}", failed(report, deciding.len()))),
    };
    write!(out, "{line}")?;
    let open = report.findings.iter().filter(|finding| finding.is_open()).count();
    if let Some(first) = deciding.first() {
        write!(out, "   next: trueup explain {}", first.rule)?;
        if report.findings.iter().any(|finding| finding.kind == Kind::Fail && finding.properties.contains_key("claim"))
        {
            write!(out, "   trueup posture")?;
        }
    } else if open > shown.len() {
        write!(out, "   {open} below it: --show low")?;
    }
    writeln!(out)
}

fn failed(report: &Report, count: usize) -> String {
    let findings = if count == 1 { "finding" } else { "findings" };
    if report.gate.families.is_empty() {
        format!("{count} {findings} at {} or above, 0 allowed", report.gate.fail_on.word())
    } else {
        format!("{count} {findings}, 0 allowed")
    }
}

fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{:.0} MB", bytes as f64 / 1e6),
    }
}

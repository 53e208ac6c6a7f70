//! A summary in Markdown: for `$GITHUB_STEP_SUMMARY` and pull request comments.

use std::io::{self, Write};

use crate::{
    finding::{Finding, Severity},
    gate::Verdict,
    report::{ClaimState, Report},
};

/// Rows of findings; the full list is in the other forms.
const MOST: usize = 50;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let verdict = match report.verdict {
        Verdict::Pass => "passed",
        Verdict::Fail => "failed",
        Verdict::Incomplete => "incomplete",
    };
    writeln!(out, "## trueup: gate {verdict}\n")?;
    writeln!(out, "| | critical | high | medium | low | info |\n|---|---:|---:|---:|---:|---:|")?;
    for (family, by_severity) in report.counts() {
        let of = |severity| by_severity.get(&severity).copied().unwrap_or(0);
        let cells: Vec<String> = Severity::WORST_FIRST.iter().map(|severity| of(*severity).to_string()).collect();
        writeln!(out, "| {family} | {} |", cells.join(" | "))?;
    }
    let mut shown: Vec<&Finding> = report.deciding();
    let rest = shown.len().saturating_sub(MOST);
    shown.truncate(MOST);
    if !shown.is_empty() {
        writeln!(out, "\n### Findings that decide\n\n| severity | rule | place | what |\n|---|---|---|---|")?;
        for finding in shown {
            let place = format!("{}:{}", finding.location.shown_path(), finding.location.line());
            writeln!(
                out,
                "| {} | `{}` | {} | {} |",
                finding.severity.word(),
                finding.rule,
                code(&place),
                escaped(&finding.message)
            )?;
        }
        if rest > 0 {
            writeln!(out, "\n{rest} more in the SARIF and JSON reports.")?;
        }
    }
    write_claims(report, out)?;
    let blind: Vec<_> = report.notifications.iter().filter(|note| note.id.is_incomplete()).collect();
    if !blind.is_empty() {
        writeln!(out, "\n### Not looked at\n")?;
        for note in blind.iter().take(MOST) {
            let place = if note.path.is_empty() { String::new() } else { format!("{}: ", code(&note.path)) };
            writeln!(out, "- {place}{}", escaped(&note.message))?;
        }
    }
    Ok(())
}

fn write_claims(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let decided: Vec<_> = report
        .claims
        .iter()
        .filter(|claim| matches!(claim.verdict, ClaimState::Contradicted | ClaimState::Proved | ClaimState::Unresolved))
        .collect();
    if decided.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Declared and built\n\n| item | declared | built | verdict |\n|---|---|---|---|")?;
    for claim in decided {
        let built = claim.built.as_deref().map_or_else(|| "-".into(), escaped);
        writeln!(out, "| `{}` | {} | {built} | {} |", claim.claim, escaped(&claim.declared), claim.verdict.word())?;
    }
    Ok(())
}

/// Text of a source as Markdown text: nothing of it may become markup, a link or a mention.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in crate::engine::printable(text).chars() {
        match letter {
            '\n' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '|' | '*' | '_' | '[' | ']' | '`' | '\\' | '#' | '!' | '~' | '$' => {
                out.push('\\');
                out.push(letter);
            }
            ':' => out.push_str("&#58;"),
            other => out.push(other),
        }
    }
    out
}

/// A path as code; a backtick or bar inside would end it.
fn code(text: &str) -> String {
    if text.contains(['`', '|', '\n']) { escaped(text) } else { format!("`{text}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_text_stays_text() {
        assert_eq!(escaped("<b>|[x](y) @me"), "&lt;b&gt;\\|\\[x\\](y) &#64;me");
    }
}

//! GitHub workflow commands: annotations on the changed lines of a pull request.

use std::io::{self, Write};

use crate::{
    finding::{Finding, Level},
    report::Report,
};

/// GitHub shows ten annotations of each level per step; deciding findings come first.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut open: Vec<&Finding> = report.findings.iter().filter(|finding| finding.is_open()).collect();
    open.sort_by_key(|finding| (!report.gate.decides(finding), std::cmp::Reverse(finding.severity)));
    for finding in open {
        let command = match finding.level() {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note | Level::None => "notice",
        };
        let mut place = format!("file={}", property(&finding.location.path));
        // Lines of an old version are not those of the file that GitHub shows.
        if let Some(region) = finding.location.region.filter(|_| !finding.location.is_elsewhere()) {
            place.push_str(&format!(",line={},endLine={}", region.start_line, region.end_line));
            if region.start_line == region.end_line {
                place.push_str(&format!(",col={},endColumn={}", region.start_column, region.end_column));
            }
        }
        writeln!(out, "::{command} {place},title={}::{}", property(&finding.rule), data(&finding.placed_message()))?;
    }
    Ok(())
}

/// Escapes of workflow command data (actions/toolkit, packages/core/src/command.ts).
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_source_can_start_a_command() {
        assert_eq!(data("a\n::error::x"), "a%0A::error::x");
        assert_eq!(property("a,line=1:b"), "a%2Cline=1%3Ab");
    }
}

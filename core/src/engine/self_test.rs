//! Cases of rules, run through the same door as any source.

use std::sync::Arc;

use super::{Input, Request, Watch, pool, run};
use crate::{
    advisory::AdvisoryIndex,
    error::Error,
    finding::{Kind, Severity},
    rule::{Case, Rule, RuleSet},
    span::{Lines, Region},
};

/// A case that does not do what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFailure {
    /// Id of the rule.
    pub rule: String,
    /// `fail 1`, `pass 2` ...
    pub case: String,
    /// What was expected and what was found.
    pub message: String,
}

/// Runs the cases of rules whose id or family starts with one of `words` (all when empty).
pub fn self_test(set: &RuleSet, words: &[String]) -> Vec<CaseFailure> {
    let is_meant = |rule: &&Rule| {
        words.is_empty() || words.iter().any(|word| rule.id == *word || rule.family() == word.trim_end_matches("/*"))
    };
    let rules: Vec<&Rule> = set.rules.iter().map(Arc::as_ref).filter(is_meant).collect();
    let hands = std::thread::available_parallelism().map_or(1, usize::from);
    let mut failures: Vec<CaseFailure> = std::thread::scope(|scope| {
        let share = |hand: usize| {
            let mine: Vec<&Rule> = rules.iter().skip(hand).step_by(hands).copied().collect();
            // A pool of one: a worker that waits for its own scan has no other scan to begin meanwhile.
            let test = move || mine.into_iter().flat_map(|rule| test_rule(set, rule)).collect::<Vec<_>>();
            scope.spawn(move || pool(1).map(|pool| pool.install(test)).unwrap_or_default())
        };
        let workers: Vec<_> = (0..hands).map(share).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    failures.sort_by(|a, b| (&a.rule, &a.case).cmp(&(&b.rule, &b.case)));
    failures
}

fn test_rule(set: &RuleSet, rule: &Rule) -> Vec<CaseFailure> {
    let kinds = [("fail", &rule.fail), ("pass", &rule.pass)];
    let cases = kinds
        .into_iter()
        .flat_map(|(kind, cases)| cases.iter().enumerate().map(move |(nth, case)| (kind, nth + 1, case)));
    cases
        .filter_map(|(kind, nth, case)| {
            let message = test_case(set, rule, case, kind == "fail").err()?;
            Some(CaseFailure { rule: rule.id.clone(), case: format!("{kind} {nth}"), message })
        })
        .collect()
}

/// Findings at or below this severity do not count for a case; everything counts for a rule that is itself info.
fn lowered(rule: &Rule) -> Option<Severity> {
    (rule.severity > Severity::Info).then_some(Severity::Info)
}

fn test_case(set: &RuleSet, rule: &Rule, case: &Case, must_fail: bool) -> Result<(), String> {
    let expected = case.expect()?;
    if must_fail == expected.regions.is_empty() {
        return Err(if must_fail {
            "a failing case marks what must be found".into()
        } else {
            "a passing case marks nothing".into()
        });
    }
    let request = Request {
        input: Input::Memory(
            expected.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect(),
        ),
        only: vec![rule.id.clone()],
        threads: 1,
        ..Request::default()
    };
    let records = expected.advisories.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let index = AdvisoryIndex::from_records(records);
    let report = run(&request, set, &index, &Watch::default(), None).map_err(|error: Error| error.to_string())?;
    let mut found: Vec<(String, Region)> = report
        .findings
        .iter()
        // What is lowered to info (refuted by its checksum, merely possible) is no report of the rule.
        .filter(|finding| finding.kind == Kind::Fail && Some(finding.severity) > lowered(rule))
        .filter_map(|finding| Some((finding.location.path.clone(), finding.location.region?)))
        .collect();
    found.sort();
    found.dedup();
    let mut wanted: Vec<(String, Region)> = expected
        .regions
        .iter()
        .filter_map(|(path, span)| {
            let (_, text) = expected.files.iter().find(|(name, _)| name == path)?;
            Some((path.clone(), Lines::new(text).region(*span)))
        })
        .collect();
    wanted.sort();
    if found == wanted {
        return Ok(());
    }
    let show = |places: &[(String, Region)]| {
        let place = |(path, region): &(String, Region)| {
            format!("{path}:{}:{}-{}:{}", region.start_line, region.start_column, region.end_line, region.end_column)
        };
        if places.is_empty() { "nothing".to_owned() } else { places.iter().map(place).collect::<Vec<_>>().join(", ") }
    };
    let notes: Vec<&str> = report.notifications.iter().map(|note| note.message.as_str()).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
    Err(format!("expected {}, found {}{notes}", show(&wanted), show(&found)))
}

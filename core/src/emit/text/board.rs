//! The board: each declared item, what is built, and the verdict.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use crate::report::{ClaimState, ClaimVerdict, Report};

/// Writes the board. An item under several rules takes the verdict that matters most.
pub fn write_board(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = report.claims.first() else {
        return writeln!(
            out,
            "No declaration found: write docs/infrastructure.md, or name one with --declaration FILE."
        );
    };
    let items = items(report);
    let wide = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let claim_width = wide(&mut items.iter().map(|item| item.claim.chars().count())).max(20);
    writeln!(out, "{:<claim_width$}  {:<32}  {:<32}  verdict", first.location.path, "declared", "built")?;
    for item in &items {
        let built = item.built.clone().unwrap_or_else(|| "-".into());
        let place = item.evidence.first().map(|place| format!("  {}:{}", place.path, place.line())).unwrap_or_default();
        writeln!(
            out,
            "{:<claim_width$}  {:<32}  {:<32}  {:<13}{place}",
            item.claim,
            short(&item.declared),
            short(&built),
            words(item.verdict)
        )?;
    }
    let mut counts: BTreeMap<ClaimState, usize> = BTreeMap::new();
    for item in &items {
        *counts.entry(item.verdict).or_default() += 1;
    }
    let said: Vec<String> = counts.iter().map(|(state, count)| format!("{count} {}", words(*state))).collect();
    writeln!(out, "{}", said.join(" · "))
}

fn items(report: &Report) -> Vec<&ClaimVerdict> {
    let mut items: Vec<&ClaimVerdict> = Vec::new();
    for claim in &report.claims {
        match items.iter_mut().find(|item| item.claim == claim.claim && item.environment == claim.environment) {
            Some(item) => {
                if claim.verdict < item.verdict {
                    *item = claim;
                }
            }
            None => items.push(claim),
        }
    }
    items
}

fn words(state: ClaimState) -> &'static str {
    match state {
        ClaimState::NoEvidence => "no evidence",
        ClaimState::NotChecked => "not checked",
        other => other.word(),
    }
}

fn short(text: &str) -> String {
    let clean = crate::engine::printable(text);
    if clean.chars().count() <= 32 { clean } else { clean.chars().take(31).chain(std::iter::once('…')).collect() }
}

//! What counted, in plain words: for a finding, and for the page of a rule.

use super::{
    Judged, Level, UNIT,
    feature::{NAMES as FEATURES, SAYS},
    file, model, reading,
    seen::{NAMES, Seen, Words},
};
use crate::probe::{Candidate, Sign};

/// Reasons that a finding tells.
const TOLD: usize = 3;
/// Quarter bits from which on a word of a name may be a value.
const DRAWN: i32 = 48;
/// The longest name that is shown.
const SHOWN: usize = 40;

/// The strongest reasons for a finding, and what speaks against one that is merely possible.
pub(in super::super) fn evidence(candidate: &Candidate<'_>, judged: &Judged, level: Level) -> String {
    let seen = Seen::of(candidate);
    let mut groups = sums(judged);
    groups.sort_by_key(|(group, units, _)| (-units, *group));
    let mut told: Vec<String> = Vec::new();
    let count = if level == Level::Likely { TOLD } else { TOLD - 1 };
    for (_, units, feature) in &groups {
        let reason = says(*feature, &seen);
        if *units > 0 && told.len() < count && !told.contains(&reason) {
            told.push(reason);
        }
    }
    let reasons = told.join("; ");
    let against = groups.last().filter(|(_, units, _)| *units < 0 && level != Level::Likely);
    match against.map(|(_, _, feature)| says(*feature, &seen)).filter(|reason| !told.contains(reason)) {
        Some(against) if reasons.is_empty() => format!("possible, but {against}"),
        Some(against) => format!("possible: {reasons}; but {against}"),
        None if level == Level::Likely => reasons,
        None if reasons.is_empty() => "possible".to_owned(),
        None => format!("possible: {reasons}"),
    }
}

/// Of each group: its number, its units, and the feature that tells most of it. The letters of the value are told by
/// nobody: they go to the group of how it reads.
fn sums(judged: &Judged) -> Vec<(usize, i32, usize)> {
    let model = model();
    let mut sums: Vec<(usize, i32, usize)> = Vec::new();
    for number in judged.present.numbers() {
        let (Some(&weight), Some(&group)) = (model.weights.get(number), model.groups.get(number)) else { continue };
        match sums.iter_mut().find(|(other, ..)| *other == group) {
            Some((_, units, told)) => {
                *units += weight;
                let before = model.weights.get(*told).copied().unwrap_or(0);
                // What has the sign of the whole tells it; the first sum has the sign of its only part.
                if (*units >= 0) == (weight >= 0) && weight.abs() > before.abs() || (*units >= 0) != (before >= 0) {
                    *told = number;
                }
            }
            None => sums.push((group, weight, number)),
        }
    }
    if let Some(letters) = sums.iter_mut().find(|(group, ..)| *group == model.reading) {
        letters.1 += judged.letters;
    }
    sums
}

fn says(feature: usize, seen: &Seen<'_>) -> String {
    let text = SAYS.get(feature).copied().unwrap_or_default();
    if text.contains("{name}") {
        let name = shown(seen).map_or_else(|| "as secrets are".to_owned(), |name| format!("`{name}`"));
        return text.replace("{name}", &name);
    }
    let length = std::str::from_utf8(seen.value).map_or(seen.value.len(), |text| text.chars().count());
    text.replace("{n}", &length.to_string())
}

/// The name, if it is one: what stands before a value may be another secret.
fn shown(seen: &Seen<'_>) -> Option<String> {
    let (name, _) = seen.name();
    let name = std::str::from_utf8(name).ok()?.trim_matches(['-', '.', '$']);
    let bits = reading::randomness(name.as_bytes());
    let plain = name.len() <= SHOWN && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.$".contains(&byte));
    let worded = Words::of(name.as_bytes(), NAMES).iter().all(|word| reading::randomness(word) < DRAWN);
    (plain && worded && bits < DRAWN && !name.is_empty()).then(|| name.to_owned())
}

/// How the evidence is weighed: the strongest signs for and against, as the data file has them.
pub(in super::super) fn signs() -> Vec<Sign> {
    let file = file();
    let mut signs: Vec<Sign> = Vec::new();
    for feature in &file.features {
        if feature.weight != 0 && FEATURES.contains(&feature.name.as_str()) {
            let what = file.groups.get(&feature.group).cloned().unwrap_or_default();
            signs.push(Sign { what, sign: feature.name.clone(), bits: f64::from(feature.weight) / UNIT });
        }
    }
    signs.sort_by(|left, right| right.bits.total_cmp(&left.bits));
    signs
}

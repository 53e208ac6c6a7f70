//! The learned weights of evidence that a value in an assignment is a secret: a logistic model in whole numbers.
//!
//! The features are those of `bench/model/features.py`, which trains the weights; `features.md` beside it describes
//! each. What was made there for comparison must come out here to the last unit.

mod around;
mod feature;
mod reading;
mod say;
mod seen;
mod value;
mod words;

use std::sync::OnceLock;

use serde::Deserialize;

use super::{Candidate, encode::from_base64};
use feature::Features;
pub(super) use say::{evidence, signs};
use seen::{NAMES, Seen, Words};

/// The data file as `train.py` writes it.
#[derive(Deserialize)]
struct File {
    bias: i32,
    gate: i32,
    info: i32,
    form: i32,
    norm: Vec<i32>,
    groups: std::collections::BTreeMap<String, String>,
    features: Vec<Weighed>,
    triples: String,
    costs: String,
}

/// A feature of the data file.
#[derive(Deserialize)]
struct Weighed {
    name: String,
    group: String,
    weight: i32,
}

/// The weights, ready for use.
struct Model {
    bias: i32,
    /// From this score on a value is reported as a secret.
    gate: i32,
    /// From this score on it is reported as possible.
    info: i32,
    /// From this score on the form of a password is enough.
    form: i32,
    norm: Vec<i32>,
    weights: Vec<i32>,
    /// The number of the group of each feature.
    groups: Vec<usize>,
    /// The group that the letters of a value belong to.
    reading: usize,
    /// One byte a slot, as it lies in the file.
    triples: Vec<u8>,
    /// Eighths of a bit of a letter after two others.
    costs: Vec<u8>,
}

/// Units of weight in a bit.
const UNIT: f64 = 256.0 * std::f64::consts::LN_2;

fn file() -> File {
    // The file is part of the program and read by a test: one that cannot be read speaks against everything.
    serde_json::from_str(include_str!("weights.json")).unwrap_or_else(|_| File {
        bias: 0,
        gate: i32::MAX,
        info: i32::MAX,
        form: i32::MAX,
        norm: Vec::new(),
        groups: std::collections::BTreeMap::new(),
        features: Vec::new(),
        triples: String::new(),
        costs: String::new(),
    })
}

/// Read with the first candidate: most runs of the program have none when they start.
fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| {
        let file = file();
        let group = |name: &str| file.groups.keys().position(|other| other == name).unwrap_or(usize::MAX);
        Model {
            groups: file.features.iter().map(|feature| group(&feature.group)).collect(),
            reading: group("words"),
            bias: file.bias,
            gate: file.gate,
            info: file.info,
            form: file.form,
            norm: file.norm,
            weights: file.features.iter().map(|feature| feature.weight).collect(),
            triples: from_base64(&file.triples).unwrap_or_default(),
            costs: from_base64(&file.costs).unwrap_or_default(),
        }
    })
}

/// How sure the model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    No,
    /// Not that what is formed like a password is none.
    Unlikely,
    Possible,
    Likely,
}

/// What the model found in a candidate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    present: Features,
    /// What the letters of the value add.
    letters: i32,
    /// 256ths of log odds.
    score: i32,
    pub(super) level: Level,
}

/// Judges a candidate.
pub(super) fn judge(candidate: &Candidate<'_>) -> Judged {
    let model = model();
    let seen = Seen::of(candidate);
    let present = see(&seen, &model.costs);
    let weights: i32 = present.numbers().filter_map(|number| model.weights.get(number)).sum();
    let (mut sum, mut count) = (0_i32, 0_usize);
    for slot in reading::slots(seen.value) {
        sum += model.triples.get(slot).map_or(0, |byte| i32::from(byte.cast_signed()));
        count += 1;
    }
    let letters = (4 * sum * model.norm.get(count).copied().unwrap_or(0)) >> 8;
    let score = model.bias + weights + letters;
    let level = match score {
        score if score >= model.gate => Level::Likely,
        score if score >= model.info => Level::Possible,
        score if score >= model.form => Level::Unlikely,
        _ => Level::No,
    };
    Judged { present, letters, level, score }
}

/// Log odds that a candidate is a secret, in bits.
pub(super) fn bits(candidate: &Candidate<'_>) -> f64 {
    f64::from(judge(candidate).score) / UNIT
}

/// Whether a text in small letters has a part that stand-ins have.
pub(super) fn has_stand_in(small: &[u8]) -> bool {
    words::lists_of(small) & words::list::FAKE_WORDS != 0 || words::parts().within(small) & words::STAND_IN != 0
}

fn see(seen: &Seen<'_>, costs: &[u8]) -> Features {
    let mut found = Features::default();
    let (name, between) = seen.name();
    let names = Words::of(name, NAMES);
    let path = seen.path.to_ascii_lowercase();
    let bits = value::see(seen, &names, costs, &mut found);
    let kind = around::see_name(seen, name, between, &names, &mut found);
    around::see_place(seen, &path, name, between, &mut found);
    around::see_file(&path, &mut found);
    around::see_pairs(seen, kind, bits, &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::model::feature::NAMES as FEATURES;

    #[derive(Deserialize)]
    struct Vector {
        path: String,
        before: String,
        value: Vec<String>,
        after: String,
        above: String,
        features: Vec<usize>,
        slots: Vec<usize>,
        score: i32,
    }

    /// Values are stored in pieces, and made whole here.
    fn vectors() -> Vec<Vector> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../bench/model/parity.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn the_data_file_belongs_to_these_features() {
        let file = file();
        let names: Vec<&str> = file.features.iter().map(|feature| feature.name.as_str()).collect();
        assert_eq!(names, FEATURES);
        assert!(file.features.iter().all(|feature| file.groups.contains_key(&feature.group)));
        let model = model();
        assert_eq!((model.triples.len(), model.costs.len()), (4096, 27 * 27 * 27));
        assert!(model.form < model.info && model.info < model.gate);
    }

    #[test]
    fn what_was_trained_is_repeated_to_the_last_unit() {
        let vectors = vectors();
        assert!(vectors.len() >= 200);
        for vector in &vectors {
            let value = vector.value.concat();
            let whole = |text: &str| text.replace("«»", &value);
            let (before, after) = (whole(&vector.before), whole(&vector.after));
            let line = [whole(&vector.above), before.clone(), value.clone(), after].concat();
            let candidate = Candidate { value: &value, line: &line, before: &before, path: &vector.path };
            let judged = judge(&candidate);
            let names = |numbers: &[usize]| numbers.iter().map(|at| FEATURES[*at]).collect::<Vec<_>>();
            let present: Vec<usize> = judged.present.numbers().collect();
            assert_eq!(names(&present), names(&vector.features), "{}: {line}", vector.path);
            let slots: Vec<usize> = reading::slots(Seen::of(&candidate).value).collect();
            assert_eq!(slots, vector.slots, "{line}");
            let probability = |score: i32| 1.0 / (1.0 + (-f64::from(score) / 256.0).exp());
            assert!((probability(judged.score) - probability(vector.score)).abs() < 1e-6, "{line}");
            assert_eq!(judged.score, vector.score, "{line}");
        }
    }
}

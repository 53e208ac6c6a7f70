//! Named yes/no checks that data cannot express: token checksums, structures, placeholders, personal identifiers.
mod assigned;
mod azure;
mod checksum;
mod encode;
mod fake_words;
mod key;
mod language;
mod model;
mod name;
mod person;
mod place;
mod random;
mod setting_words;
mod structure;
mod table;
mod template;
mod text;

pub(crate) use encode::from_base64;
pub use random::Random;
pub use table::PROBES;
pub use template::expand;

/// What a probe sees.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The text to judge.
    pub value: &'a str,
    /// The whole line (or lines) that the value stands in.
    pub line: &'a str,
    /// The text of the line before the value.
    pub before: &'a str,
    /// The path of the source, forward slashes.
    pub path: &'a str,
}

impl<'a> Candidate<'a> {
    /// A value with nothing around it.
    pub fn of(value: &'a str) -> Self {
        Self { value, line: value, before: "", path: "" }
    }
}

/// Answer of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The value is what the probe asks for; the text is evidence that may end a sentence ("checksum is valid").
    Yes(String),
    /// It may be, not more: the text says what speaks for it and against it.
    Perhaps(String),
    /// It is not, and why ("placeholder").
    No(&'static str),
    /// This kind of value proves nothing either way.
    CannotTell,
}

impl Answer {
    /// Yes, with nothing more to say.
    pub(crate) fn yes() -> Self {
        Self::Yes(String::new())
    }

    /// Yes with evidence when `holds`, else no with a reason.
    pub(crate) fn when(holds: bool, evidence: &str, reason: &'static str) -> Self {
        if holds { Self::Yes(evidence.to_owned()) } else { Self::No(reason) }
    }
}

/// A sign that a probe weighs.
#[derive(Clone, Debug, PartialEq)]
pub struct Sign {
    /// What it is a sign of, as a sentence without an end.
    pub what: String,
    /// The sign.
    pub sign: String,
    /// How much it says: 1 doubles the odds, -1 halves them.
    pub bits: f64,
}

/// A named predicate on a candidate text.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// The name rules call it by.
    pub name: &'static str,
    /// What it asks, in one sentence.
    pub doc: &'static str,
    /// The predicate.
    pub test: fn(&Candidate<'_>) -> Answer,
    /// Makes a value that passes, from an argument (mostly a prefix); an empty argument means the usual one.
    pub forge: Option<fn(&mut Random, &str) -> String>,
}

/// The probe of that name.
pub fn find(name: &str) -> Option<&'static Probe> {
    PROBES.iter().find(|probe| probe.name == name)
}

/// What learned weights alone say of an assigned value: log odds that it is a secret, in bits.
pub fn weight(candidate: &Candidate<'_>) -> f64 {
    model::bits(candidate)
}

/// The signs that a probe weighs with learned weights, the strongest for a yes first; empty for those that do not.
pub fn signs(name: &str) -> Vec<Sign> {
    match name {
        "assigned-secret" => model::signs(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_sorted_and_found() {
        assert!(PROBES.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(PROBES.len() >= 25);
        for probe in PROBES {
            assert_eq!(find(probe.name).map(|found| found.name), Some(probe.name));
            assert!(probe.doc.ends_with('.') && probe.doc.len() > 14, "{}", probe.name);
        }
        assert!(find("no such probe").is_none());
    }

    #[test]
    fn forged_values_pass_and_damaged_ones_do_not() {
        let mut random = Random::new(7);
        for probe in PROBES {
            let Some(forge) = probe.forge else { continue };
            for _ in 0..8 {
                let value = forge(&mut random, "");
                let answer = (probe.test)(&Candidate::of(&value));
                assert!(matches!(answer, Answer::Yes(_)), "{} rejects its own {value}: {answer:?}", probe.name);
                if probe.name == "basic-credentials" {
                    continue; // Half of it is a user with a shorter password.
                }
                let broken = value.get(..value.len() / 2).unwrap_or("");
                let answer = (probe.test)(&Candidate::of(broken));
                assert!(!matches!(answer, Answer::Yes(_)), "{} accepts half a value: {broken}", probe.name);
            }
        }
    }

    #[test]
    fn no_text_makes_a_probe_fail() {
        let long = "A1b".repeat(4000);
        let texts =
            ["", " ", "\0", "é", "_", "-", ".", "=", "ghp_", "😀_😀", "a.b.c", "glpat-.", "-----BEGIN", "$", &long];
        for probe in PROBES {
            for text in texts {
                for before in ["", "é =", &long] {
                    (probe.test)(&Candidate { value: text, line: text, before, path: "é" });
                }
            }
            if let Some(forge) = probe.forge {
                for text in texts {
                    forge(&mut Random::new(1), text);
                }
            }
        }
    }
}

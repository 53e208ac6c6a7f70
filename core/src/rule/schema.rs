//! The words of a rule file. Hand-written visitors keep the place of a mistake, which `serde(untagged)` would lose.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use super::{InTests, Operand, Scalar, Start, Test, Where, verify::VerifyFile};
use crate::{
    classify::Format,
    fact::{Environment, FactKind, Strength},
    finding::{Precision, Severity},
};

/// A rule file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RuleFile {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) severity: Severity,
    pub(super) precision: Precision,
    pub(super) message: String,
    pub(super) help: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) references: Vec<String>,
    pub(super) matters: Vec<String>,
    #[serde(default)]
    pub(super) cwe: Vec<u16>,
    #[serde(default)]
    pub(super) in_tests: InTests,
    #[serde(default)]
    pub(super) replaced_by: Option<String>,
    pub(super) r#match: MatchFile,
    #[serde(default)]
    pub(super) verify: Option<VerifyFile>,
    #[serde(default)]
    pub(super) fail: Vec<BTreeMap<String, String>>,
    #[serde(default)]
    pub(super) pass: Vec<BTreeMap<String, String>>,
}

/// Exactly one of the six.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct MatchFile {
    pub(super) text: Option<TextFile>,
    pub(super) credential: Option<CredentialFile>,
    pub(super) fact: Option<SelectFile>,
    pub(super) flow: Option<FlowFile>,
    pub(super) join: Option<JoinFile>,
    pub(super) advisory: Option<AdvisoryFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TextFile {
    pub(super) keywords: Vec<String>,
    pub(super) pattern: String,
    #[serde(default)]
    pub(super) lines: u16,
    #[serde(default)]
    pub(super) start: Start,
    #[serde(default)]
    pub(super) probes: Vec<String>,
    #[serde(default)]
    pub(super) proof: Option<String>,
    #[serde(default)]
    pub(super) paths: Vec<String>,
    #[serde(default)]
    pub(super) generic: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CredentialFile {
    pub(super) names: Vec<String>,
    #[serde(default)]
    pub(super) labels: Vec<String>,
    pub(super) shape: String,
    #[serde(default = "three")]
    pub(super) lines: u16,
    #[serde(default = "credential_probes")]
    pub(super) probes: Vec<String>,
    #[serde(default)]
    pub(super) proof: Option<String>,
    #[serde(default)]
    pub(super) paths: Vec<String>,
}

/// A provider's block of settings rarely has its secret further down.
fn three() -> u16 {
    3
}

fn credential_probes() -> Vec<String> {
    ["not-placeholder", "random", "not-hash-field"].map(str::to_owned).to_vec()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SelectFile {
    pub(super) kind: FactKind,
    #[serde(default)]
    pub(super) keywords: Vec<String>,
    #[serde(default)]
    pub(super) and_keywords: Vec<String>,
    #[serde(default)]
    pub(super) languages: Vec<Format>,
    #[serde(default)]
    pub(super) name: Option<TestFile>,
    #[serde(default)]
    pub(super) r#where: WhereFile,
    #[serde(default)]
    pub(super) at: Option<String>,
    #[serde(default)]
    pub(super) environments: Vec<Environment>,
    #[serde(default = "indirect")]
    pub(super) strength: Strength,
}

fn indirect() -> Strength {
    Strength::Indirect
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct FlowFile {
    pub(super) from: SelectFile,
    pub(super) to: SelectFile,
    #[serde(default)]
    pub(super) unless_through: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct JoinFile {
    pub(super) left: SelectFile,
    #[serde(default)]
    pub(super) supports: Vec<SelectFile>,
    #[serde(default)]
    pub(super) refutes: Vec<SelectFile>,
    #[serde(default)]
    pub(super) closed_if: Vec<SelectFile>,
    #[serde(default)]
    pub(super) closed: bool,
    #[serde(default)]
    pub(super) every: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AdvisoryFile {
    pub(super) kinds: Vec<String>,
}

/// One table of tests, or a list of them of which one must hold.
#[derive(Default)]
pub(super) struct WhereFile(pub(super) Vec<Where>);

impl<'de> Deserialize<'de> for WhereFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WhereVisitor;
        impl<'de> Visitor<'de> for WhereVisitor {
            type Value = WhereFile;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a table of field = test, or a list of such tables")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WhereFile, A::Error> {
                Ok(WhereFile(vec![tests(map)?]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<WhereFile, A::Error> {
                let mut tables = Vec::new();
                while let Some(WhereFile(mut table)) = list.next_element()? {
                    tables.append(&mut table);
                }
                Ok(WhereFile(tables))
            }
        }
        deserializer.deserialize_any(WhereVisitor)
    }
}

fn tests<'de, A: MapAccess<'de>>(mut map: A) -> Result<Where, A::Error> {
    let mut tests = Vec::new();
    while let Some((path, test)) = map.next_entry::<String, TestFile>()? {
        tests.push((path, test.0));
    }
    Ok(Where(tests))
}

/// A scalar is equality, a list membership, a table exactly one operator.
pub(super) struct TestFile(pub(super) Test);

const OPERATORS: &[&str] = &["not", "none-of", "any-of", "matches", "not-matches", "exists", "below", "above"];

impl<'de> Deserialize<'de> for TestFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TestVisitor;
        impl<'de> Visitor<'de> for TestVisitor {
            type Value = TestFile;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "a value, a list of values, or a table of one of {}", OPERATORS.join(", "))
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<TestFile, E> {
                Ok(TestFile(Test::AnyOf(Operand::Constants(vec![Scalar::Bool(flag)]))))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<TestFile, E> {
                self.visit_f64(number as f64)
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<TestFile, E> {
                Ok(TestFile(Test::AnyOf(Operand::Constants(vec![Scalar::Number(number)]))))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<TestFile, E> {
                Ok(TestFile(Test::AnyOf(operand_of(text))))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<TestFile, A::Error> {
                Ok(TestFile(Test::AnyOf(Operand::Constants(scalars(list)?))))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TestFile, A::Error> {
                let Some(word) = map.next_key::<String>()? else {
                    return Err(A::Error::invalid_length(0, &self));
                };
                let test = match word.as_str() {
                    "not" | "none-of" => Test::NoneOf(map.next_value::<OperandFile>()?.0),
                    "any-of" => Test::AnyOf(map.next_value::<OperandFile>()?.0),
                    "matches" => Test::Matches(pattern(map.next_value()?)?),
                    "not-matches" => Test::NotMatches(pattern(map.next_value()?)?),
                    "exists" => Test::Exists(map.next_value()?),
                    "below" => Test::Below(map.next_value::<OperandFile>()?.0),
                    "above" => Test::Above(map.next_value::<OperandFile>()?.0),
                    other => return Err(A::Error::unknown_variant(other, OPERATORS)),
                };
                match map.next_key::<String>()? {
                    None => Ok(TestFile(test)),
                    Some(second) => Err(A::Error::custom(format!("one operator in a test, found {word} and {second}"))),
                }
            }
        }
        deserializer.deserialize_any(TestVisitor)
    }
}

fn pattern<E: Error>(pattern: String) -> Result<String, E> {
    regex::Regex::new(&pattern).map_err(E::custom)?;
    Ok(pattern)
}

/// One constant, a list of constants, or `"{left.FIELD}"`.
struct OperandFile(Operand);

impl<'de> Deserialize<'de> for OperandFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OperandVisitor;
        impl<'de> Visitor<'de> for OperandVisitor {
            type Value = OperandFile;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a value, a list of values, or \"{left.FIELD}\"")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<OperandFile, E> {
                Ok(OperandFile(Operand::Constants(vec![Scalar::Bool(flag)])))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<OperandFile, E> {
                self.visit_f64(number as f64)
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<OperandFile, E> {
                Ok(OperandFile(Operand::Constants(vec![Scalar::Number(number)])))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<OperandFile, E> {
                Ok(OperandFile(operand_of(text)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<OperandFile, A::Error> {
                Ok(OperandFile(Operand::Constants(scalars(list)?)))
            }
        }
        deserializer.deserialize_any(OperandVisitor)
    }
}

fn operand_of(text: &str) -> Operand {
    match text.strip_prefix("{left.").and_then(|rest| rest.strip_suffix('}')) {
        Some(path) => Operand::Left(path.to_owned()),
        None => Operand::Constants(vec![Scalar::Text(text.to_owned())]),
    }
}

/// One constant, or a list of them.
pub(super) struct ScalarsFile(pub(super) Vec<Scalar>);

impl<'de> Deserialize<'de> for ScalarsFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match OperandFile::deserialize(deserializer)?.0 {
            Operand::Constants(constants) => Ok(Self(constants)),
            Operand::Left(_) => Err(D::Error::custom("a value, or a list of values")),
        }
    }
}

fn scalars<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Vec<Scalar>, A::Error> {
    let mut scalars = Vec::new();
    while let Some(ScalarFile(scalar)) = list.next_element()? {
        scalars.push(scalar);
    }
    Ok(scalars)
}

struct ScalarFile(Scalar);

impl<'de> Deserialize<'de> for ScalarFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScalarVisitor;
        impl Visitor<'_> for ScalarVisitor {
            type Value = ScalarFile;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("text, a number, true or false")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<ScalarFile, E> {
                Ok(ScalarFile(Scalar::Bool(flag)))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<ScalarFile, E> {
                self.visit_f64(number as f64)
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<ScalarFile, E> {
                Ok(ScalarFile(Scalar::Number(number)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ScalarFile, E> {
                Ok(ScalarFile(Scalar::Text(text.to_owned())))
            }
        }
        deserializer.deserialize_any(ScalarVisitor)
    }
}

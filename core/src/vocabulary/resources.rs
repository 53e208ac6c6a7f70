//! Resources: what the objects of infrastructure code are as facts, their provider defaults, and how they belong together.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

/// Filled from rules/vocabulary/resources*.toml.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// What keeps data: each match is a store fact.
    pub store: Vec<Mapping>,
    /// What accepts connections: each match is a listener fact.
    pub listener: Vec<Mapping>,
    /// What is connected to: each match is an endpoint fact.
    pub endpoint: Vec<Mapping>,
    /// What else an object is (its `role`): adds normalised fields to its resource fact.
    pub resource: Vec<Mapping>,
    /// What a provider does when an attribute is absent.
    pub defaults: Vec<Defaults>,
    /// Objects that complete one another.
    pub relation: Vec<Relation>,
    /// Named tables of values that several mappings share.
    pub values: BTreeMap<String, BTreeMap<String, Scalar>>,
    /// What a store holds, and the words in names that tell it.
    pub holds: BTreeMap<String, Vec<String>>,
}

/// How one or more types of objects become a fact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Mapping {
    /// Types of objects (`aws_db_instance`).
    #[serde(deserialize_with = "words")]
    pub resource: Vec<String>,
    /// The format they are written in: `terraform`, `cloudformation`, `kubernetes`, `compose`.
    pub format: Dialect,
    /// One fact for each element at this path; other paths then start at the element, or at the object after `^`.
    pub each: Option<String>,
    /// The object counts only if each of these paths has the value, or one of the values.
    #[serde(rename = "where")]
    pub conditions: BTreeMap<String, Scalar>,
    /// Fields that are the same for every such object.
    pub set: BTreeMap<String, Scalar>,
    /// Fields read from attributes.
    pub fields: BTreeMap<String, Field>,
    /// Where and when this was read: becomes the origin of defaults.
    pub source: String,
}

/// The formats that resources are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Terraform, OpenTofu.
    #[default]
    Terraform,
    /// CloudFormation, SAM.
    Cloudformation,
    /// Kubernetes objects.
    Kubernetes,
    /// Compose services.
    Compose,
}

impl Dialect {
    /// The word used in rules.
    pub fn word(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::Cloudformation => "cloudformation",
            Self::Kubernetes => "kubernetes",
            Self::Compose => "compose",
        }
    }
}

/// How one field of a fact is read. In a file, a text alone is `from`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Field {
    /// Paths of attributes; the first that is there counts. `*` steps into every element.
    pub from: Vec<String>,
    /// What each value becomes; `*` at the end of a key matches any rest, alone any value. Others stay as they are.
    /// A value that becomes `""` says nothing: the next path counts, or the default.
    pub values: BTreeMap<String, Scalar>,
    /// Name of a shared table of values.
    pub table: String,
    /// What is asked of the attribute when it is not its value.
    pub ask: Ask,
    /// Factor for numbers (seconds to days).
    pub scale: Option<f64>,
    /// The value when no attribute is there.
    pub default: Option<Scalar>,
}

/// What is asked of an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// Its value.
    #[default]
    Value,
    /// Whether it is set: true, false, or unknown when only a run tells.
    Set,
    /// Whether it is not set.
    Unset,
    /// Whether its value is false.
    Not,
    /// How many elements it has.
    Count,
    /// Whether one of the values is everyone or every address (`allUsers`, `0.0.0.0/0`): true, false, or unknown.
    Open,
    /// Whether a policy document lets everyone in: true, false, or unknown.
    OpenPolicy,
    /// Whether one of the parameters of a database (name and value) makes it refuse connections without TLS.
    ForcesTls,
}

/// A field with all its parts, as tables and compiled rules write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct FieldTable {
    #[serde(deserialize_with = "words")]
    from: Vec<String>,
    values: BTreeMap<String, Scalar>,
    table: String,
    ask: Ask,
    scale: Option<f64>,
    default: Option<Scalar>,
}

impl From<FieldTable> for Field {
    fn from(table: FieldTable) -> Self {
        let FieldTable { from, values, table, ask, scale, default } = table;
        Self { from, values, table, ask, scale, default }
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Field;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(
                    "a path of an attribute, a list of paths, or a table with from, values, table, ask, scale, default",
                )
            }

            fn visit_str<E: de::Error>(self, path: &str) -> Result<Field, E> {
                Ok(Field { from: vec![path.to_owned()], ..Field::default() })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field, A::Error> {
                let mut from = Vec::new();
                while let Some(path) = seq.next_element()? {
                    from.push(path);
                }
                Ok(Field { from, ..Field::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field, A::Error> {
                FieldTable::deserialize(MapAccessDeserializer::new(map)).map(Field::from)
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(Reader)
        } else {
            FieldTable::deserialize(deserializer).map(Field::from)
        }
    }
}

/// What a provider does when attributes are absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Defaults {
    /// Types of objects.
    #[serde(deserialize_with = "words")]
    pub resource: Vec<String>,
    /// The format they are written in.
    pub format: Dialect,
    /// Where and when this was read.
    pub source: String,
    /// The defaults hold only if each of these paths has the value, or one of the values.
    #[serde(rename = "where")]
    pub conditions: BTreeMap<String, Scalar>,
    /// The defaults are not known when one of these attributes is set (what is restored keeps its own).
    #[serde(deserialize_with = "words")]
    pub unless: Vec<String>,
    /// Path of an attribute and its value when absent.
    pub set: BTreeMap<String, Scalar>,
}

/// One type of object that completes another by naming it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Relation {
    /// Types of the objects that name another.
    #[serde(deserialize_with = "words")]
    pub resource: Vec<String>,
    /// The format they are written in.
    pub format: Dialect,
    /// The attribute that names the other.
    pub by: String,
    /// Types of the objects that are named.
    #[serde(deserialize_with = "words")]
    pub of: Vec<String>,
    /// Attributes of the named object that hold its name when it is not referred to but spelt out.
    #[serde(deserialize_with = "words")]
    pub on: Vec<String>,
}

/// A plain value in a vocabulary file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Scalar {
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// Several values.
    List(Vec<Scalar>),
}

/// The same as compiled rules write it, where a value says which it is.
#[derive(Deserialize)]
enum TaggedScalar {
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Scalar>),
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Scalar;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a truth value, a number, a text or a list of them")
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar::Bool(value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar::Number(value as f64))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar::Number(value as f64))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Scalar, E> {
                Ok(Scalar::Number(value))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Scalar::List(items))
            }
        }
        if deserializer.is_human_readable() {
            return deserializer.deserialize_any(Reader);
        }
        Ok(match TaggedScalar::deserialize(deserializer)? {
            TaggedScalar::Bool(value) => Self::Bool(value),
            TaggedScalar::Number(value) => Self::Number(value),
            TaggedScalar::Text(value) => Self::Text(value),
            TaggedScalar::List(value) => Self::List(value),
        })
    }
}

/// Reads one word or a list of words.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Reader;
    impl<'de> Visitor<'de> for Reader {
        type Value = Vec<String>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a text or a list of texts")
        }

        fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
            Ok(vec![value.to_owned()])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = seq.next_element()? {
                items.push(item);
            }
            Ok(items)
        }
    }
    if deserializer.is_human_readable() { deserializer.deserialize_any(Reader) } else { Vec::deserialize(deserializer) }
}

impl Resources {
    /// Adds what another file of the same section holds.
    pub(super) fn extend(&mut self, other: Self) {
        let Self { store, listener, endpoint, resource, defaults, relation, values, holds } = other;
        self.store.extend(store);
        self.listener.extend(listener);
        self.endpoint.extend(endpoint);
        self.resource.extend(resource);
        self.defaults.extend(defaults);
        self.relation.extend(relation);
        for (name, table) in values {
            self.values.entry(name).or_default().extend(table);
        }
        for (kind, words) in holds {
            self.holds.entry(kind).or_default().extend(words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"
        [[store]]
        resource = ["aws_db_instance", "aws_rds_cluster"]
        where = { engine = ["postgres", "mysql"] }
        set = { managed = true, holds = ["logs"] }
        fields = { engine = "engine", "customer-key" = { from = "kms_key_id", ask = "set" }, age = { from = ["a", "b"], scale = 0.5, default = 7 } }
        source = "registry, 2026-11"
        [values.engines]
        "aurora-*" = "x"
    "#;

    #[test]
    fn short_and_long_forms_are_read_and_survive_the_compact_form() {
        let read: Resources = toml::from_str(SAMPLE).unwrap();
        let mapping = &read.store[0];
        assert_eq!(mapping.fields["engine"].from, ["engine"]);
        assert_eq!(mapping.fields["customer-key"].ask, Ask::Set);
        assert_eq!(mapping.fields["age"].default, Some(Scalar::Number(7.0)));
        let bytes = postcard::to_stdvec(&read).unwrap();
        assert_eq!(postcard::from_bytes::<Resources>(&bytes).unwrap(), read);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, needle) in [
            ("[[store]]\nresource = 1", "a text or a list of texts"),
            ("[[store]]\nresurce = 'x'", "unknown field `resurce`"),
            ("[[store]]\nfields = { a = { form = 'x' } }", "unknown field `form`"),
            ("[[store]]\nformat = 'tf'", "unknown variant `tf`"),
        ] {
            let error = toml::from_str::<Resources>(text).unwrap_err().to_string();
            assert!(error.contains(needle), "{error}");
        }
    }
}

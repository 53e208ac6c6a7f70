//! Declarations of stored personal data: tables, models, rows.

use super::{Context, Extraction, program::Declared};
use crate::{
    classify::Format,
    fact::{Fact, FactKind},
    source::SourceId,
    span::Span,
    syntax::{Node, Value},
    vocabulary::{Category, ObjectKind, PersonalData, Strictness},
};

/// A class as its file declares it.
#[derive(Debug)]
pub(super) struct Declaration<'d> {
    /// Its name.
    pub(super) name: &'d str,
    /// Canonical names or texts of what it extends.
    pub(super) bases: Vec<String>,
    /// Canonical names or texts of its decorators, annotations, derives.
    pub(super) marks: Vec<String>,
    /// Its fields.
    pub(super) fields: &'d [Declared<'d>],
    /// The vocabulary's word for the language.
    pub(super) language: &'static str,
}

/// One column, field or attribute.
struct Column<'c> {
    name: &'c str,
    span: Span,
    kind: &'c str,
    /// The call that makes it, by its canonical name.
    made: &'c str,
    text: &'c str,
}

/// What has columns.
struct Object<'c> {
    name: &'c str,
    columns: Vec<Column<'c>>,
    /// Its rows are kept in a database.
    stored: bool,
    /// All of it is encrypted.
    encrypted: bool,
}

/// Ends of the names of what stored classes extend (Django, SQLAlchemy, SQLModel, MongoEngine, Active Record).
const STORED_BASES: &[&str] =
    &["Model", "AbstractUser", "AbstractBaseUser", "DeclarativeBase", "Document", "EmbeddedDocument", "ActiveRecord"];

/// Ends of the names of decorators and annotations of stored classes (TypeORM, JPA, Spring Data, NestJS).
const STORED_MARKS: &[&str] = &["Entity", "Table", "Document", "Embeddable", "ChildEntity", "Schema"];

/// What Rust derives for the rows of a table, and the macro that declares one (sqlx, Diesel, SeaORM).
const STORED_DERIVES: &[&str] = &[
    "FromRow",
    "Queryable",
    "QueryableByName",
    "Selectable",
    "Insertable",
    "Identifiable",
    "AsChangeset",
    "DeriveEntityModel",
    "table",
];

/// What Rust derives for data that is only described.
const SHAPE_DERIVES: &[&str] = &["Serialize", "Deserialize"];

/// Ends of the names of what describes data without storing it.
const SHAPE_BASES: &[&str] = &["BaseModel", "SQLModel"];

/// Calls that make a column.
const COLUMN_CALLS: &[&str] = &["Column", "mapped_column"];

/// Types of bytes: text kept in one is likely encrypted, and nobody can tell.
const BYTE_TYPES: &[&str] = &[
    "bytea",
    "varbinary",
    "binary",
    "blob",
    "mediumblob",
    "longblob",
    "bytes",
    "binaryfield",
    "largebinary",
    "buffer",
];

/// Reads facts from one source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    if !cx.wanted.has(FactKind::Datum) || !matches!(cx.kind.format, Format::Sql | Format::Prisma) {
        return;
    }
    let text = |node: &'_ Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned).unwrap_or_default();
    for statement in cx.document.roots.iter().flat_map(Node::elements) {
        let name = text(statement, "table");
        let columns = statement.get("columns").map_or(&[][..], Node::elements);
        let columns = columns.iter().filter_map(|column| {
            let name = column.get("name")?;
            let word = |key| column.get(key).and_then(Node::as_str).unwrap_or_default();
            Some(Column { name: name.as_str()?, span: name.span, kind: word("type"), made: "", text: word("text") })
        });
        let object = Object { name: &name, columns: columns.collect(), stored: true, encrypted: false };
        out.facts.extend(judge(&object, &cx.vocabulary.personal_data, cx.source.id));
    }
}

/// Facts of a class that is stored.
pub(super) fn of_class(class: &Declaration<'_>, people: &PersonalData, source: SourceId) -> Vec<Fact> {
    let any = |names: &[String], ends: &[&str]| names.iter().any(|name| ends.contains(&last_word(name)));
    let made = |field: &Declared<'_>| {
        let call = field.canonical.as_deref().unwrap_or_default();
        COLUMN_CALLS.contains(&last_word(call)) || call.starts_with("django.db.models.")
    };
    let is_table = class.fields.iter().any(|field| field.name == "__tablename__" || made(field))
        || class.bases.iter().any(|base| base.contains("table=True"));
    let is_rust = class.language == "rust";
    let (marks, shapes) = if is_rust { (STORED_DERIVES, SHAPE_DERIVES) } else { (STORED_MARKS, &[][..]) };
    let stored = is_table || any(&class.bases, STORED_BASES) || any(&class.marks, marks);
    if !stored && !any(&class.bases, SHAPE_BASES) && !any(&class.marks, shapes) {
        return Vec::new();
    }
    let columns = class.fields.iter().map(|field| Column {
        name: field.name,
        span: field.span,
        kind: field.kind,
        made: field.canonical.as_deref().unwrap_or_default(),
        text: field.text,
    });
    let encrypted = class.bases.iter().chain(&class.marks).any(|word| says_encrypted(word));
    judge(&Object { name: class.name, columns: columns.collect(), stored, encrypted }, people, source)
}

/// The last part of a dotted name, without what it is called with.
fn last_word(name: &str) -> &str {
    let head = name.trim_start_matches('@').split(['(', '<', '[']).next().unwrap_or_default().trim();
    head.rsplit(['.', ':', '/', '\\']).next().unwrap_or_default()
}

/// What the names of an object's columns say, each judged with what the others tell about the object.
fn judge(object: &Object<'_>, people: &PersonalData, source: SourceId) -> Vec<Fact> {
    let kind = people.read(object.name).object;
    let readings: Vec<_> = object.columns.iter().map(|column| (column, people.read(column.name))).collect();
    let strict = readings.iter().filter_map(|(_, reading)| match reading.term {
        Some((at, Strictness::Strict)) => people.category(at),
        _ => None,
    });
    let strict: Vec<&Category> = strict.collect();
    let identifying = strict.iter().filter(|category| category.identifies).count();
    // A row that points at a person, or holds what only people have, is about one.
    let linked = strict.iter().any(|category| category.key == "user.unique_id")
        || readings.iter().any(|(_, reading)| reading.is_person);
    let is_person = kind == ObjectKind::Person;
    let about_person = is_person || identifying > 0 || linked;
    if kind == ObjectKind::Thing && identifying < 2 {
        return Vec::new();
    }
    let mut facts = Vec::new();
    for (column, reading) in readings {
        let Some((category, strictness)) =
            reading.term.and_then(|(at, strictness)| Some((people.category(at)?, strictness)))
        else {
            continue;
        };
        let is_special = category.gdpr_art9 || category.gdpr_art10;
        // A `weight` or a `condition` is a person's only where the object is one by its name.
        let counts = match strictness {
            Strictness::Wide => is_person || (!is_special && identifying > 0),
            Strictness::Strict => !is_special || about_person,
        };
        if counts && !is_excluded(people, category, column) {
            facts.push(fact(object, column, category, source));
        }
    }
    facts
}

/// True when the declared type cannot hold the data. An enumeration of values can.
fn is_excluded(people: &PersonalData, category: &Category, column: &Column<'_>) -> bool {
    let head = column.kind.split(['(', '<']).next().unwrap_or_default().trim().to_ascii_lowercase();
    let argument =
        column.text.split_once('(').map_or("", |(_, rest)| rest.split([',', ')']).next().unwrap_or_default());
    let is_column = COLUMN_CALLS.contains(&last_word(column.made));
    let flag = !category.any_type && (head == "bit" || column.kind.replace(' ', "").eq_ignore_ascii_case("tinyint(1)"));
    flag || (head != "enum" && people.excludes_type(category, column.kind))
        || people.excludes_type(category, last_word(column.made))
        || (is_column && people.excludes_type(category, argument))
        || is_relation(column)
}

/// A key of another table says nothing about what that table holds.
fn is_relation(column: &Column<'_>) -> bool {
    let made = last_word(column.made);
    ["ForeignKey", "OneToOneField", "ManyToManyField", "relationship"].contains(&made)
        || column.text.contains("@relation")
}

fn says_encrypted(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let denied = ["unencrypted", "not encrypted", "decrypted"].iter().any(|word| text.contains(word));
    !denied && ["encrypt", "cipher", "pgcrypto", "vault"].iter().any(|word| text.contains(word))
}

fn fact(object: &Object<'_>, column: &Column<'_>, category: &Category, source: SourceId) -> Fact {
    let span = column.span;
    let flag = |flag: bool| Node::new(span, Value::Bool(flag));
    let encrypted = object.encrypted || [column.kind, column.made, column.text].into_iter().any(says_encrypted);
    let is_bytes = column.kind.contains("Vec<u8>")
        || [column.kind, column.made].into_iter().any(|kind| {
            let word = last_word(kind).trim_end_matches('?').to_ascii_lowercase();
            BYTE_TYPES.contains(&word.split_whitespace().next().unwrap_or_default())
        });
    let encrypted = match (encrypted, is_bytes) {
        (false, true) => Node::new(span, Value::Unknown(column.kind.to_owned())),
        (encrypted, _) => flag(encrypted),
    };
    let name = if object.name.is_empty() { column.name.to_owned() } else { format!("{}.{}", object.name, column.name) };
    Fact::new(FactKind::Datum, name, source, span)
        .with_text("place", span, "schema")
        .with_text("object", span, object.name)
        .with_text("field", span, column.name)
        .with_text("type", span, if column.kind.is_empty() { column.made } else { column.kind })
        .with_text("category", span, category.key.as_str())
        .with("special", flag(category.gdpr_art9))
        .with("sensitive", flag(category.ccpa_spi))
        .with("stored", flag(object.stored))
        .with("encrypted", encrypted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        classify::classify,
        extract::{Wanted, extract},
        source::Source,
        syntax::parse,
        vocabulary::Vocabulary,
    };

    /// `object.field category flags` of every datum of a schema; the place must be the field's name.
    fn found(vocabulary: &Vocabulary, path: &str, text: &str) -> Vec<String> {
        let source = Source::memory(path, text.as_bytes());
        let kind = classify(path, text);
        let (document, _) = parse(&source, kind.format);
        let wanted = Wanted::default().and(FactKind::Datum);
        let cx = Context { source: &source, kind, document: &document, vocabulary, wanted };
        let facts = extract(&cx).facts;
        let schema = facts.iter().filter(|fact| fact.text("place") == Some("schema"));
        schema
            .map(|fact| {
                assert!(fact.span.text(text).contains(fact.text("field").unwrap()), "{text}");
                let mut line = format!("{} {}", fact.name, fact.text("category").unwrap());
                for key in ["special", "encrypted"] {
                    let node = fact.get(key).unwrap();
                    if node.is_unknown() {
                        line += &format!(" {key}?");
                    } else if node.as_bool() == Some(true) {
                        line += &format!(" {key}");
                    }
                }
                if fact.get("stored").and_then(Node::as_bool) == Some(true) { line } else { line + " shape" }
            })
            .collect()
    }

    #[test]
    fn schemas_say_what_they_hold_of_people() {
        let words = include_str!("../../../rules/vocabulary/personal-data.toml");
        let calls = include_str!("../../../rules/vocabulary/calls.toml");
        let vocabulary = Vocabulary::parse([("personal-data.toml", words), ("calls.toml", calls)]).unwrap();
        let cases: &[(&str, &str, &[&str])] = &[
            (
                "a.sql",
                "CREATE TABLE patients (id INT, ssn BYTEA, diagnosis TEXT, weight INT, allergies BOOLEAN);",
                &[
                    "patients.ssn user.government_id.national_identification_number encrypted?",
                    "patients.diagnosis user.health_and_medical special",
                    "patients.weight user.health_and_medical special",
                ],
            ),
            ("a.sql", "CREATE TABLE parcels (id INT, weight INT, condition TEXT, treatment TEXT);", &[]),
            ("a.sql", "CREATE TABLE drugs (id INT, symptoms TEXT);", &[]),
            (
                "schema.prisma",
                "model User {\n  passportNumber String /// @encrypted\n  allergies String\n}",
                &[
                    "User.passportNumber user.government_id.passport_number encrypted",
                    "User.allergies user.health_and_medical special",
                ],
            ),
            (
                "models.py",
                "from django.db import models\nclass Patient(models.Model):\n    diagnosis = models.TextField()\n    ssn = EncryptedCharField()\n    disability = models.BooleanField()\n",
                &[
                    "Patient.diagnosis user.health_and_medical special",
                    "Patient.ssn user.government_id.national_identification_number encrypted",
                ],
            ),
            (
                "db.py",
                "from sqlalchemy import Column, String, Boolean\nclass Patient(Base):\n    __tablename__ = 'p'\n    diagnosis = Column(String)\n    allergy = Column(Boolean)\n",
                &["Patient.diagnosis user.health_and_medical special"],
            ),
            (
                "dto.py",
                "from pydantic import BaseModel\nclass Patient(BaseModel):\n    diagnosis: str\n",
                &["Patient.diagnosis user.health_and_medical special shape"],
            ),
            (
                "user.ts",
                "import { Entity, Column } from 'typeorm';\n@Entity()\nexport class Patient {\n  @Column()\n  diagnosis: string;\n}\n",
                &["Patient.diagnosis user.health_and_medical special"],
            ),
            (
                "models.rs",
                "#[derive(Debug, sqlx::FromRow)]\npub struct Patient {\n    /// Encrypted? No.\n    pub diagnosis: Option<String>,\n    pub ssn: Vec<u8>,\n    #[sqlx(rename = \"encrypted_iban\")]\n    pub iban: String,\n    pub disability: Option<bool>,\n}\n",
                &[
                    "Patient.diagnosis user.health_and_medical special",
                    "Patient.ssn user.government_id.national_identification_number encrypted?",
                    "Patient.iban user.financial.bank_account encrypted",
                ],
            ),
            (
                "schema.rs",
                "diesel::table! {\n    use diesel::sql_types::*;\n    patients (id) {\n        id -> Int4,\n        #[max_length = 9]\n        diagnosis -> Nullable<Text>,\n    }\n}\n#[derive(Serialize)] struct Patient { allergies: String }\n#[derive(Debug)] struct Visitor { diagnosis: String }",
                &[
                    "patients.diagnosis user.health_and_medical special",
                    "Patient.allergies user.health_and_medical special shape",
                ],
            ),
            ("calc.py", "class Patient:\n    diagnosis = compute()\n", &[]),
        ];
        let mut failed = String::new();
        for (path, text, expected) in cases {
            let found = found(&vocabulary, path, text);
            if found != *expected {
                failed += &format!("{path}: {text}\n  found {found:#?}\n  expected {expected:#?}\n");
            }
        }
        assert!(failed.is_empty(), "{failed}");
    }
}

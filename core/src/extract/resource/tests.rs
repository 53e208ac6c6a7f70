//! Objects and a small vocabulary, and the facts that they must give.

use super::{Object, facts};
use crate::{
    classify::Format,
    fact::{Environment, Fact, FactKind, Strength},
    source::{Source, SourceId},
    span::Span,
    syntax::{Node, Origin, Value, parse},
    vocabulary::{Dialect, Vocabulary},
};

/// Objects of a Terraform text without expressions of its own.
fn objects(text: &str) -> Vec<Object> {
    let (document, _) = parse(&Source::memory("main.tf", text.as_bytes()), Format::Hcl);
    let mut objects = Vec::new();
    for block in document.roots[0].get("resource").unwrap().elements() {
        let labels: Vec<&str> = block.get("@labels").unwrap().elements().iter().filter_map(Node::as_str).collect();
        let mut attributes = block.clone();
        if let Value::Map(entries) = &mut attributes.value {
            entries.retain(|(key, _)| key.as_str().is_some_and(|key| !key.starts_with('@')));
        }
        objects.push(Object {
            dialect: Dialect::Terraform,
            kind: labels[0].to_owned(),
            name: format!("{}.{}", labels[0], labels[1]),
            attributes,
            instances: Node::new(Span::default(), Value::Number(1.0)),
            region: None,
            source: SourceId(0),
            span: block.get("@header").unwrap().span,
            environment: Environment::Any,
            strength: Strength::Explicit,
        });
    }
    objects
}

fn facts_of(vocabulary: &str, text: &str) -> Vec<Fact> {
    let vocabulary = Vocabulary::parse([("resources.test.toml", vocabulary)]).unwrap();
    facts(objects(text), &vocabulary)
}

/// The value of one field of the first fact of a kind, in short.
fn field(facts: &[Fact], kind: FactKind, path: &str) -> String {
    let fact = facts.iter().find(|fact| fact.kind == kind).unwrap();
    match fact.get(path).map(|node| &node.value) {
        None => "absent".to_owned(),
        Some(Value::Unknown(_)) => "unknown".to_owned(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::List(items)) => format!("{} items", items.len()),
        Some(other) => format!("{other:?}"),
    }
}

const DATABASE: &str = r#"
[[defaults]]
resource = "db"
source = "documentation, 2026"
unless = "copy_of"
set = { encrypted = false, "block?.on" = false, "window.days" = 1 }
[[store]]
resource = "db"
set = { managed = true }
[store.fields]
engine = { from = ["engine", "kind"], values = { "aurora-*" = "postgresql", none = "" }, default = "other" }
encrypted = "encrypted"
customer-key = { from = "key", ask = "set" }
open = { from = "private", ask = "not" }
days = { from = "hours", scale = 0.5 }
inner = "block.on"
window = "window.days"
ports = "rule.*.port"
rules = { from = "rule", ask = "count" }
"#;

#[test]
fn attributes_become_fields() {
    for (body, path, expected) in [
        ("engine = \"aurora-x\"", "engine", "postgresql"),
        ("engine = \"mysql\"", "engine", "mysql"),
        ("engine = \"none\"\nkind = \"mysql\"", "engine", "mysql"),
        ("engine = \"none\"", "engine", "other"),
        ("engine = var.e", "engine", "unknown"),
        ("", "encrypted", "false"),
        ("encrypted = null", "encrypted", "false"),
        ("encrypted = var.e", "encrypted", "unknown"),
        ("copy_of = \"x\"", "encrypted", "absent"),
        ("key = aws_kms_key.k.arn", "customer-key", "true"),
        ("key = var.k", "customer-key", "unknown"),
        ("key = \"\"", "customer-key", "false"),
        ("private = true", "open", "false"),
        ("private = var.x", "open", "unknown"),
        ("hours = 6", "days", "3"),
        ("", "inner", "absent"),
        ("block {}", "inner", "false"),
        ("block {\n on = true\n}", "inner", "true"),
        ("", "window", "1"),
        ("rule {\n port = 1\n}\nrule {\n port = 2\n}", "ports", "2 items"),
        ("rule {\n port = 1\n}\nrule {\n port = 2\n}", "rules", "2"),
        ("", "rules", "0"),
    ] {
        let found = facts_of(DATABASE, &format!("resource \"db\" \"main\" {{\n{body}\n}}"));
        assert_eq!(field(&found, FactKind::Store, path), expected, "{body} {path}");
    }
}

#[test]
fn defaults_say_where_they_are_documented() {
    let found = facts_of(DATABASE, "resource \"db\" \"main\" {}");
    let encrypted = found.iter().find(|fact| fact.kind == FactKind::Store).unwrap().get("encrypted").unwrap();
    assert_eq!(encrypted.origin, Origin::Default("documentation, 2026".to_owned()));
    // The resource itself shows the default too, so that rules need not repeat it.
    assert_eq!(field(&found, FactKind::Resource, "encrypted"), "false");
}

#[test]
fn attributes_that_clash_with_our_words_stand_apart() {
    let found = facts_of("", "resource \"dns\" \"a\" {\n type = \"A\"\n provider = x.y\n}");
    assert_eq!(field(&found, FactKind::Resource, "type"), "dns");
    assert_eq!(field(&found, FactKind::Resource, "own.type"), "A");
}

const BUCKET: &str = r#"
[[store]]
resource = "bucket"
[store.fields]
versioning = { from = "bucket_versioning.status", values = { Enabled = true }, default = false }
policy = { from = "bucket_policy.policy", ask = "open-policy" }
[[relation]]
resource = ["bucket_versioning", "bucket_policy"]
by = "bucket"
of = "bucket"
on = "name"
"#;

#[test]
fn companions_are_found_by_reference_and_by_name() {
    for (by, expected) in [
        ("bucket.b.id", "true"),
        ("bucket.b[0].id", "true"),
        ("\"n\"", "true"),
        ("bucket.other.id", "false"),
        ("data.bucket.b.id", "false"),
        ("module.far.bucket", "false"),
        ("\"m\"", "false"),
        ("var.bucket", "unknown"),
    ] {
        let text = format!(
            "resource \"bucket\" \"b\" {{\n name = \"n\"\n}}\n\
             resource \"bucket_versioning\" \"v\" {{\n bucket = {by}\n status = \"Enabled\"\n}}"
        );
        assert_eq!(field(&facts_of(BUCKET, &text), FactKind::Store, "versioning"), expected, "{by}");
    }
}

const PROXY: &str = r#"
[[relation]]
resource = "proxy"
by = "map"
of = ["map", "regional_map"]
on = "name"
[[listener]]
resource = "proxy"
set = { protocol = "http" }
[listener.fields]
redirects-to = { from = ["map.redirect", "regional_map.redirect"], values = { true = "https", false = "" } }
"#;

#[test]
fn a_partner_that_stands_elsewhere_leaves_its_fields_open() {
    for (map, expected) in [
        ("map = map.m.id", "https"),
        ("map = map.plain.id", "absent"),
        ("map = data.map.other.id", "unknown"),
        ("map = var.map", "unknown"),
        ("map = module.redirect.map_id", "unknown"),
        ("map = \"made-by-hand\"", "unknown"),
        ("", "absent"),
    ] {
        let text = format!(
            "resource \"map\" \"m\" {{\n redirect = true\n}}\nresource \"map\" \"plain\" {{\n redirect = false\n}}\n\
             resource \"proxy\" \"p\" {{\n {map}\n}}"
        );
        assert_eq!(field(&facts_of(PROXY, &text), FactKind::Listener, "redirects-to"), expected, "{map}");
    }
}

#[test]
fn policies_that_let_everyone_in_are_open() {
    let statement = |principal: &str, rest: &str| {
        format!("{{ Statement = [{{ Effect = \"Allow\", Principal = {principal}, Action = \"x\" {rest} }}] }}")
    };
    for (policy, expected) in [
        (statement("\"*\"", ""), "true"),
        (statement("{ AWS = \"*\" }", ""), "true"),
        (statement("{ AWS = [\"arn:1\", \"*\"] }", ""), "true"),
        (statement("{ AWS = \"arn:1\" }", ""), "false"),
        (statement("\"*\"", ", Condition = { StringEquals = { a = \"b\" } }"), "false"),
        (statement("\"*\"", "").replace("Allow", "Deny"), "false"),
        ("data.aws_iam_policy_document.x.json".to_owned(), "unknown"),
    ] {
        let text = format!(
            "resource \"bucket\" \"b\" {{}}\n\
             resource \"bucket_policy\" \"p\" {{\n bucket = bucket.b.id\n policy = {policy}\n}}"
        );
        assert_eq!(field(&facts_of(BUCKET, &text), FactKind::Store, "policy"), expected, "{policy}");
    }
}

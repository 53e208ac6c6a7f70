//! Small modules and the facts that they must give.

use std::fmt::Write as _;

use crate::{
    classify::classify,
    extract::{Context, Wanted, extract, link},
    fact::{Environment, Fact, FactKind, Strength},
    source::{Source, SourceId},
    syntax::{Node, Origin, Value, parse},
    vocabulary::Vocabulary,
};

/// Facts of files (path, text), resources only unless the vocabulary makes more.
fn facts_of(files: &[(&str, &str)], vocabulary: &Vocabulary) -> Vec<Fact> {
    let mut fragments = Vec::new();
    for (index, (path, text)) in files.iter().enumerate() {
        let source = Source { id: SourceId(index as u32), ..Source::memory(path, text.as_bytes()) };
        let kind = classify(path, text);
        let (document, _) = parse(&source, kind.format);
        let cx = Context { source: &source, kind, document: &document, vocabulary, wanted: Wanted::all() };
        fragments.extend(extract(&cx).fragments);
    }
    link(fragments, vocabulary).0
}

/// A value in one line.
fn show(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Unknown(text) => format!("?{text}"),
        Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
        Value::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}={}", key.as_str().unwrap_or("?"), show(value))).collect();
            format!("{{{}}}", entries.join(" "))
        }
    }
}

/// One line for each resource: address and the attributes that are asked for.
fn lines(files: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for fact in facts_of(files, &Vocabulary::default()).iter().filter(|fact| fact.kind == FactKind::Resource) {
        let skipped = ["type", "format", "provider", "instances"];
        let fields =
            fact.fields.entries().iter().filter(|(key, _)| !skipped.contains(&key.as_str().unwrap_or_default()));
        let fields: Vec<String> =
            fields.map(|(key, value)| format!("{}={}", key.as_str().unwrap_or("?"), show(value))).collect();
        let instances = fact.get("instances").map(show).unwrap_or_default();
        let count = if instances == "1" { String::new() } else { format!(" x{instances}") };
        let environment = match fact.environment {
            Environment::Any => String::new(),
            known => format!(" @{}", known.word()),
        };
        let line = format!("{}{count}{environment}: {}", fact.name, fields.join(" "));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

fn check(files: &[(&str, &str)], expected: &str) {
    let expected: String =
        expected.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect();
    assert_eq!(lines(files), expected, "{files:?}");
}

/// Evaluates one expression in a module with some names.
fn check_value(expression: &str, expected: &str) {
    let text = format!(
        r#"
        variable "unset" {{}}
        variable "flag" {{ default = true }}
        variable "names" {{ default = ["a", "b"] }}
        variable "map" {{ default = {{ x = 1, y = 2 }} }}
        resource "t" "r" {{
          v = {expression}
        }}
        "#
    );
    assert_eq!(lines(&[("main.tf", &text)]), format!("t.r: v={expected}\n"), "{expression}");
}

#[test]
fn expressions_have_the_values_that_terraform_gives_them() {
    for (expression, expected) in [
        ("1 + 2 * 3", "7"),
        ("-2", "-2"),
        ("!var.flag", "false"),
        ("var.flag ? \"a\" : \"b\"", "\"a\""),
        ("var.unset ? 1 : 1", "1"),
        ("var.unset ? 1 : 2", "?var.unset ? 1 : 2"),
        ("var.unset", "?var.unset"),
        ("var.unset && false", "false"),
        ("var.flag || var.unset", "true"),
        ("\"${var.names[0]}-x\"", "\"a-x\""),
        ("\"${var.unset}-x\"", "?${var.unset}-x"),
        ("\"%{ if var.flag }on%{ else }off%{ endif }\"", "\"on\""),
        ("\"%{ for n in var.names }<${n}>%{ endfor }\"", "\"<a><b>\""),
        ("[for n in var.names : upper(n)]", "[\"A\" \"B\"]"),
        ("[for n in var.names : n if n != \"a\"]", "[\"b\"]"),
        ("{ for k, v in var.map : k => v * 10 }", "{x=10 y=20}"),
        ("{ for n in concat(var.names, [\"a\"]) : n => n... }", "{a=[\"a\" \"a\"] b=[\"b\"]}"),
        ("var.map[\"x\"]", "1"),
        ("var.map.y", "2"),
        ("var.names[*]", "[\"a\" \"b\"]"),
        ("[{ a = 1 }, { a = 2 }][*].a", "[1 2]"),
        ("[{ a = 1 }, { a = 2 }].*.a", "[1 2]"),
        ("try(var.map.z, var.map.x)", "1"),
        ("can(var.map.z)", "false"),
        ("lookup(var.map, \"z\", 7)", "7"),
        ("coalesce(null, \"\", \"c\")", "\"c\""),
        ("merge(var.map, { y = 3 })", "{x=1 y=3}"),
        ("length(var.names) > 1", "true"),
        ("contains(var.names, \"b\")", "true"),
        ("element(var.names, 3)", "\"b\""),
        ("join(\",\", var.names)", "\"a,b\""),
        ("split(\"-\", \"a-b\")", "[\"a\" \"b\"]"),
        ("format(\"%s-%03d\", \"n\", 7)", "\"n-007\""),
        ("replace(\"a.b\", \".\", \"-\")", "\"a-b\""),
        ("replace(\"abc\", \"/[ab]/\", \"x\")", "\"xxc\""),
        ("flatten([[1], [2, [3]]])", "[1 2 3]"),
        ("keys(var.map)", "[\"x\" \"y\"]"),
        ("zipmap([\"a\"], [1])", "{a=1}"),
        ("toset([\"b\", \"b\"])", "[\"b\"]"),
        ("range(3)", "[0 1 2]"),
        ("jsonencode({ Effect = \"Allow\" })", "{Effect=\"Allow\"}"),
        ("base64encode(\"hello\")", "\"aGVsbG8=\""),
        ("base64decode(\"aGVsbG8=\")", "\"hello\""),
        ("tobool(\"true\")", "true"),
        ("tostring(5)", "\"5\""),
        ("max(1, 5, 3)", "5"),
        ("one([])", "null"),
        ("aws_kms_key.main.arn", "?aws_kms_key.main.arn"),
        ("aws_subnet.all[*].id", "?aws_subnet.all[*].id"),
        ("aws_kms_key.main.arn != null", "true"),
        ("cidrsubnet(\"10.0.0.0/8\", 8, 1)", "?cidrsubnet(\"10.0.0.0/8\", 8, 1)"),
        ("data.aws_region.current.name", "?data.aws_region.current.name"),
        ("local.none", "?local.none"),
        ("<<-EOT\n  a\n    ${var.names[0]}\n  EOT\n", "\"a\\n  a\\n\""),
    ] {
        check_value(expression, expected);
    }
}

#[test]
fn variables_take_values_files_over_defaults() {
    let code = r#"
        variable "days" { default = 1 }
        variable "name" { default = "x" }
        resource "t" "r" {
          days = var.days
          name = var.name
        }"#;
    check(&[("main.tf", code)], "t.r: days=1 name=\"x\"");
    check(
        &[("main.tf", code), ("terraform.tfvars", "days = 2\nname = \"t\""), ("z.auto.tfvars", "days = 3")],
        "t.r: days=3 name=\"t\"",
    );
}

#[test]
fn modules_that_call_one_another_are_read() {
    let module = |other: &str| format!("module \"m\" {{ source = \"../{other}\" }}\nresource \"t\" \"r\" {{ a = 1 }}");
    let (a, b) = (module("b"), module("a"));
    assert!(lines(&[("a/main.tf", &a), ("b/main.tf", &b)]).contains("t.r: a=1\n"));
    // Beside a root that calls into the circle, nothing else is one.
    let found = lines(&[("a/main.tf", &a), ("b/main.tf", &b), ("top/main.tf", "module \"a\" { source = \"../a\" }")]);
    assert!(found.lines().all(|line| line.starts_with("module.a.")), "{found}");
}

#[test]
fn named_values_files_are_environments() {
    let code = r#"
        variable "days" {}
        resource "t" "r" { days = var.days }
        resource "t" "same" { a = 1 }"#;
    check(
        &[("main.tf", code), ("env/dev.tfvars", "days = 1"), ("env/prod.tfvars", "days = 7")],
        "t.r @development: days=1
         t.same: a=1
         t.r @production: days=7",
    );
    // A development file alone leaves production unknown, not at the values of development.
    check(
        &[("main.tf", code), ("dev.tfvars", "days = 1")],
        "t.r @development: days=1
         t.same: a=1
         t.r: days=?var.days",
    );
    check(&[("envs/prod/main.tf", "resource \"t\" \"r\" {}")], "t.r @production:");
    check(&[("examples/a/main.tf", "resource \"t\" \"r\" {}")], "t.r @test:");
}

#[test]
fn count_and_for_each_make_as_many_objects_as_are_told_apart() {
    let code = r#"
        variable "on" { default = false }
        variable "unset" {}
        resource "t" "none" { count = var.on ? 1 : 0 }
        resource "t" "empty" { for_each = {} }
        resource "t" "same" {
          count = 3
          a = 1
        }
        resource "t" "each" {
          count = 2
          a = "n${count.index}"
        }
        resource "t" "keys" {
          for_each = { x = 1, y = 2 }
          k = each.key
          v = each.value
        }
        resource "t" "set" {
          for_each = toset(["p"])
          k = each.key
        }
        resource "t" "unknown" {
          for_each = var.unset
          k = each.value.k
        }
        resource "t" "maybe" {
          count = var.unset
          a = 1
        }"#;
    check(
        &[("main.tf", code)],
        "t.same x3: a=1
         t.each[0]: a=\"n0\"
         t.each[1]: a=\"n1\"
         t.keys[\"x\"]: k=\"x\" v=1
         t.keys[\"y\"]: k=\"y\" v=2
         t.set[\"p\"]: k=\"p\"
         t.unknown x?var.unset: k=?var.unset[each.key].k
         t.maybe x?var.unset: a=1",
    );
}

#[test]
fn dynamic_blocks_are_written_out() {
    let code = r#"
        variable "unset" {}
        resource "t" "r" {
          rule { port = 1 }
          dynamic "rule" {
            for_each = [2, 3]
            content {
              port = rule.value
              dynamic "inner" {
                for_each = { a = "b" }
                iterator = it
                content { text = "${it.key}${it.value}${rule.value}" }
              }
            }
          }
          dynamic "none" {
            for_each = []
            content {}
          }
          dynamic "open" {
            for_each = var.unset
            content { a = open.value }
          }
        }"#;
    check(
        &[("main.tf", code)],
        "t.r: rule=[{port=1} {port=2 inner=[{text=\"ab2\"}]} {port=3 inner=[{text=\"ab3\"}]}] open=?dynamic open",
    );
}

#[test]
fn modules_are_evaluated_with_the_arguments_of_their_calls() {
    let module = r#"
        variable "name" {}
        variable "on" { default = true }
        variable "opts" {
          type = object({ days = optional(number, 5), deep = optional(object({ a = optional(bool, true) }), {}) })
          default = {}
        }
        resource "t" "r" {
          name = var.name
          on = var.on
          days = var.opts.days
          deep = var.opts.deep.a
        }
        output "id" { value = t.r.id }
        output "name" { value = "out-${var.name}" }"#;
    let root = r#"
        locals { base = "b" }
        module "one" {
          source = "./mods/m"
          name = "${local.base}-1"
          on = false
          opts = { days = 9 }
        }
        module "many" {
          source = "./mods/m"
          for_each = toset(["x"])
          name = each.key
        }
        module "off" {
          source = "./mods/m"
          count = 0
          name = "never"
        }
        resource "u" "user" {
          id = module.one.id
          name = module.one.name
          keyed = module.many["x"].name
          remote = module.far.thing
        }"#;
    check(
        &[("infra/main.tf", root), ("infra/mods/m/main.tf", module)],
        "u.user: id=?module.one.t.r.id name=\"out-b-1\" keyed=\"out-x\" remote=?module.far.thing
         module.many[\"x\"].t.r: name=\"x\" on=true days=5 deep=true
         module.one.t.r: name=\"b-1\" on=false days=9 deep=true",
    );
}

#[test]
fn modules_that_call_in_circles_end() {
    let one = "module \"b\" { source = \"../b\" }\nresource \"t\" \"a\" {}";
    let two = "module \"a\" { source = \"../a\" }\nresource \"t\" \"b\" {}";
    let root = "module \"a\" { source = \"./a\" }";
    check(&[("a/main.tf", one), ("b/main.tf", two), ("main.tf", root)], "module.a.t.a:\nmodule.a.module.b.t.b:");
    check(
        &[("main.tf", "locals {\n a = local.b\n b = local.a\n}\nresource \"t\" \"r\" { v = local.a }")],
        "t.r: v=?local.a",
    );
}

#[test]
fn huge_expansions_end_and_stay_unknown() {
    let doubled: String = (1..60).map(|n| format!("l{n} = [local.l{}, local.l{}]\n", n - 1, n - 1)).collect();
    let code = format!("locals {{\nl0 = \"x\"\n{doubled}}}\nresource \"t\" \"r\" {{ v = local.l59 }}");
    let facts = facts_of(&[("main.tf", &code)], &Vocabulary::default());
    assert!(facts.first().and_then(|fact| fact.get("v")).is_some());
    check(
        &[("main.tf", "resource \"t\" \"r\" {\n count = 1000000\n v = count.index\n}")],
        "t.r x1000000: v=?count.index",
    );
    check_value("range(1000000)", "?range(1000000)");
}

#[test]
fn a_module_that_examples_call_is_judged_by_its_own_defaults() {
    let module = "variable \"on\" { default = true }\nresource \"t\" \"r\" { on = var.on }";
    let example = "module \"m\" {\n source = \"../../\"\n on = false\n}";
    check(&[("main.tf", module), ("examples/a/main.tf", example)], "t.r: on=true");
}

#[test]
fn unused_modules_are_only_mentioned() {
    let files = [
        ("main.tf", "module \"a\" { source = \"./modules/a\" }"),
        ("modules/a/main.tf", "resource \"t\" \"a\" {}"),
        ("modules/b/main.tf", "resource \"t\" \"b\" {}"),
    ];
    let facts = facts_of(&files, &Vocabulary::default());
    let strengths: Vec<_> = facts.iter().map(|fact| (fact.name.as_str(), fact.strength)).collect();
    assert_eq!(strengths, [("module.a.t.a", Strength::Explicit), ("t.b", Strength::Mention)]);
}

#[test]
fn regions_come_from_providers_and_aliases() {
    let root = r#"
        provider "aws" { region = var.region }
        provider "aws" {
          alias = "far"
          region = "us-west-2"
        }
        variable "region" { default = "eu-west-1" }
        resource "aws_x" "near" {}
        resource "aws_x" "far" { provider = aws.far }
        module "m" {
          source = "./m"
          providers = { aws = aws.far }
        }"#;
    check(
        &[("main.tf", root), ("m/main.tf", "resource \"aws_x\" \"in\" {}")],
        "aws_x.near: region=\"eu-west-1\"
         aws_x.far: own={provider=?aws.far} region=\"us-west-2\"
         module.m.aws_x.in: region=\"us-west-2\"",
    );
}

#[test]
fn json_syntax_reads_the_same() {
    check_value("jsondecode(\"{\\\"a\\\": 1}\").a", "1");
    let variable = "variable \"days\" { default = 1 }\nresource \"t\" \"r\" { days = var.days }";
    check(&[("main.tf", variable), ("terraform.tfvars.json", "{\"days\": 4}")], "t.r: days=4");
    let code = r#"{
        "variable": {"n": {"default": 3}},
        "locals": {"name": "x-${var.n}"},
        "resource": {"t": {"r": {"n": "${var.n}", "name": "${local.name}!", "rule": [{"a": 1}]}}}
    }"#;
    check(&[("main.tf.json", code)], "t.r: n=3 name=\"x-3!\" rule=[{a=1}]");
}

#[test]
fn policy_documents_become_their_statements() {
    let code = r#"
        data "aws_iam_policy_document" "base" {
          statement {
            actions = ["s3:GetObject"]
            principals {
              type = "AWS"
              identifiers = ["*"]
            }
          }
        }
        data "aws_iam_policy_document" "all" {
          source_policy_documents = [data.aws_iam_policy_document.base.json]
          statement {
            sid = "x"
            effect = "Deny"
            resources = ["${aws_s3_bucket.b.arn}/*"]
            condition {
              test = "Bool"
              variable = "aws:SecureTransport"
              values = ["false"]
            }
          }
        }
        resource "t" "p" { policy = data.aws_iam_policy_document.all.json }"#;
    check(
        &[("main.tf", code)],
        "t.p: policy={Statement=[{Effect=\"Allow\" Principal={AWS=[\"*\"]} Action=[\"s3:GetObject\"]} \
         {Effect=\"Deny\" Sid=\"x\" Resource=[?${aws_s3_bucket.b.arn}/*] Condition={Bool={aws:SecureTransport=[\"false\"]}}}]}",
    );
}

#[test]
fn values_remember_where_they_are_written() {
    let files = [
        ("main.tf", "module \"m\" {\n source = \"./m\"\n on = false\n}"),
        ("m/main.tf", "variable \"on\" {}\nresource \"t\" \"r\" { on = var.on }"),
    ];
    let facts = facts_of(&files, &Vocabulary::default());
    let on = facts[0].get("on").unwrap();
    assert_eq!(on.span.text(files[1].1), "var.on");
    let Origin::Resolved(chain) = &on.origin else { panic!("{on:?}") };
    let texts: Vec<&str> = chain.iter().map(|(source, span)| span.text(files[source.index()].1)).collect();
    assert_eq!(texts.first(), Some(&"false"));
}

//! Small templates, as trees, and the facts that they must give.

use crate::{
    extract::{extract, testing::extraction},
    fact::{Fact, FactKind},
    syntax::{Node, Value},
    vocabulary::Vocabulary,
};

fn facts_of(path: &str, text: &str) -> Vec<Fact> {
    let vocabulary = Vocabulary::default();
    extraction(path, text, &vocabulary, |cx, out| *out = extract(cx)).facts
}

fn show(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Unknown(text) => format!("?{text}"),
        Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
        Value::Map(entries) => {
            let show_entry = |(key, value): &(Node, Node)| format!("{}={}", key.as_str().unwrap_or("?"), show(value));
            format!("{{{}}}", entries.iter().map(show_entry).collect::<Vec<_>>().join(" "))
        }
    }
}

/// The value of property `V` of resource `R`, in a template with some names.
fn value_of(expression: &str) -> String {
    let text = format!(
        r#"
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Env: {{ Type: String, Default: prod }}
  Size: {{ Type: Number, Default: 3 }}
  Open: {{ Type: String }}
Mappings:
  Sizes: {{ prod: {{ n: 5 }}, dev: {{ n: 1 }} }}
Conditions:
  IsProd: {{ "Fn::Equals": [{{ Ref: Env }}, prod] }}
  IsOpen: {{ "Fn::Equals": [{{ Ref: Open }}, "yes"] }}
  Both: {{ "Fn::And": [{{ Condition: IsProd }}, {{ "Fn::Not": [{{ Condition: IsProd }}] }}] }}
  Round: {{ Condition: Round }}
Resources:
  Key: {{ Type: "AWS::KMS::Key" }}
  R:
    Type: A::B::C
    Properties:
      V: {expression}
"#
    );
    let facts = facts_of("stack.yaml", &text);
    let fact = facts.iter().find(|fact| fact.name == "R").unwrap();
    fact.get("V").map_or("absent".to_owned(), show)
}

#[test]
fn intrinsic_functions_have_their_values() {
    for (expression, expected) in [
        ("plain", "\"plain\""),
        ("{ Ref: Size }", "3"),
        ("{ Ref: Open }", "?parameter Open"),
        ("{ Ref: Key }", "?Key.Ref"),
        ("{ Ref: \"AWS::NoValue\" }", "absent"),
        ("{ \"Fn::GetAtt\": [Key, Arn] }", "?Key.Arn"),
        ("{ \"Fn::GetAtt\": Key.Arn }", "?Key.Arn"),
        ("{ \"Fn::If\": [IsProd, 1, 2] }", "1"),
        ("{ \"Fn::If\": [IsOpen, 1, 2] }", "?Fn::If"),
        ("{ \"Fn::If\": [IsOpen, 1, 1] }", "1"),
        ("{ \"Fn::If\": [Both, 1, 2] }", "2"),
        ("{ \"Fn::If\": [Round, 1, 2] }", "?Fn::If"),
        ("{ \"Fn::FindInMap\": [Sizes, { Ref: Env }, n] }", "5"),
        ("{ \"Fn::Sub\": \"x-${Env}-${!kept}\" }", "\"x-prod-${kept}\""),
        ("{ \"Fn::Sub\": [\"${A}!\", { A: 1 }] }", "\"1!\""),
        ("{ \"Fn::Sub\": \"${Key.Arn}\" }", "?Key.Arn"),
        ("{ \"Fn::Sub\": \"${Open}-x\" }", "?${Open}-x"),
        ("{ \"Fn::Join\": [\"-\", [a, { Ref: Env }]] }", "\"a-prod\""),
        ("{ \"Fn::Select\": [1, [a, b]] }", "\"b\""),
        ("{ \"Fn::Split\": [\",\", \"a,b\"] }", "[\"a\" \"b\"]"),
        ("{ \"Fn::ImportValue\": other }", "?Fn::ImportValue"),
    ] {
        assert_eq!(value_of(expression), expected, "{expression}");
    }
}

#[test]
fn resources_whose_condition_is_false_are_not_there() {
    let text = r#"{
        "Conditions": {"No": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "Gone": {"Type": "A::B::C", "Condition": "No"},
            "Here": {"Type": "A::B::C", "DeletionPolicy": "Retain"}
        }
    }"#;
    let facts = facts_of("stack.json", text);
    let names: Vec<&str> = facts.iter().map(|fact| fact.name.as_str()).collect();
    assert_eq!(names, ["Here"]);
    assert_eq!(facts[0].text("DeletionPolicy"), Some("Retain"));
    assert_eq!(facts[0].kind, FactKind::Resource);
}

#[test]
fn sam_globals_fill_what_functions_leave_out() {
    let text = r#"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Timeout: 3, Environment: { Variables: { A: x } } }
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: { Timeout: 9, Environment: { Variables: { B: y } } }
"#;
    let facts = facts_of("template.yaml", text);
    assert_eq!(facts[0].get("Timeout").map(show), Some("9".to_owned()));
    assert_eq!(facts[0].get("Environment.Variables").map(show), Some("{B=\"y\" A=\"x\"}".to_owned()));
}

#[test]
fn other_files_are_left_alone() {
    for text in ["Resources: [1]", "Resources: { a: { Type: service } }", "a: b"] {
        assert!(facts_of("values.yaml", text).is_empty(), "{text}");
    }
}

use super::{
    super::scan::check::{bounded, read, spans, survives},
    parse,
};
use crate::syntax::{Node, Value};

const SAMPLE: &str = r#"# A comment with { and "
resource "aws_db_instance" "main" {
  engine            = "postgres" // trailing
  storage_encrypted = true
  size              = -20.5
  name              = "${var.prefix}-main"
  password          = var.password
  tags = { Name = "db", "a b" : 1, (var.key) = null }
  zones = [
    "a", # first
    "b",
  ]
  policy = <<-EOT
    {
      "Statement": []
    }
  EOT
  timeouts { create = "60m" }
  rule {
    port = 1
  }
  rule {
    port = 2
  }
}

variable "prefix" {
  default = "x"
}
locals { a = 1 }
"#;

fn find<'a>(root: &'a Node, path: &str) -> &'a Node {
    path.split('/').fold(root, |node, key| match (&node.value, key.parse::<usize>()) {
        (Value::List(items), Ok(index)) => &items[index],
        _ => node.get(key).unwrap_or_else(|| panic!("no {key} of {path}")),
    })
}

fn shown(node: &Node) -> String {
    match &node.value {
        Value::String(text) => format!("{text:?}"),
        Value::Unknown(text) => format!("?{text}"),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => "null".to_owned(),
        Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let items: Vec<_> = entries.iter().map(|(key, value)| format!("{}={}", shown(key), shown(value))).collect();
            format!("{{{}}}", items.join(", "))
        }
    }
}

/// Path to a node, the node's value, the text under its span.
fn check(text: &str, cases: &[(&str, &str, &str)]) {
    let (document, notes) = read(parse, text);
    spans(text, &document);
    assert_eq!(notes, []);
    for (path, value, literal) in cases {
        let node = find(&document.roots[0], path);
        assert_eq!((shown(node).as_str(), node.span.text(text)), (*value, *literal), "{path}");
    }
}

#[test]
fn blocks_and_values_come_with_their_places() {
    let block = "resource/0";
    let at = |key: &str| format!("{block}/{key}");
    check(
        SAMPLE,
        &[
            (&at("@header"), r#""resource \"aws_db_instance\" \"main\"""#, r#"resource "aws_db_instance" "main""#),
            (&at("@labels"), r#"["aws_db_instance", "main"]"#, r#""aws_db_instance" "main""#),
            (&at("engine"), r#""postgres""#, r#""postgres""#),
            (&at("storage_encrypted"), "true", "true"),
            (&at("size"), "-20.5", "-20.5"),
            (&at("name"), r#"?"${var.prefix}-main""#, r#""${var.prefix}-main""#),
            (&at("password"), "?var.password", "var.password"),
            (
                &at("tags"),
                r#"{"Name"="db", "a b"=1, ?(var.key)=null}"#,
                r#"{ Name = "db", "a b" : 1, (var.key) = null }"#,
            ),
            (&at("zones/1"), r#""b""#, r#""b""#),
            (&at("timeouts/0/create"), r#""60m""#, r#""60m""#),
            (
                &at("timeouts/0"),
                r#"{"@header"="timeouts", "@labels"=[], "create"="60m"}"#,
                r#"timeouts { create = "60m" }"#,
            ),
            (&at("rule/1/port"), "2", "2"),
            ("variable/0/default", r#""x""#, r#""x""#),
            ("locals/0/a", "1", "1"),
        ],
    );
    let (document, _) = read(parse, SAMPLE);
    let policy = find(&document.roots[0], "resource/0/policy");
    assert_eq!(policy.as_str(), Some("{\n  \"Statement\": []\n}\n"));
    assert!(policy.span.text(SAMPLE).starts_with("<<-EOT") && policy.span.text(SAMPLE).ends_with("EOT"));
    let whole = find(&document.roots[0], "resource/0").span.text(SAMPLE);
    assert!(whole.starts_with("resource \"aws") && whole.ends_with("  }\n}"));
}

#[test]
fn what_only_running_can_tell_is_unknown_with_its_text() {
    let cases = [
        ("a.b[0].c", "?a.b[0].c"),
        ("x ? 1 : 2", "?x ? 1 : 2"),
        ("1 + 2", "?1 + 2"),
        ("\"a\" == \"b\"", "?\"a\" == \"b\""),
        ("[for s in var.l : upper(s)]", "?[for s in var.l : upper(s)]"),
        ("{ for k, v in m : k => v if v != \"\" }", "?{ for k, v in m : k => v if v != \"\" }"),
        ("[1, 2][0]", "?[1, 2][0]"),
        ("merge({ a = 1 }, {\n b = 2\n})", "?merge({ a = 1 }, {\n b = 2\n})"),
        ("file(\"${path.module}/a \\\"b\\\" }.json\") # c", "?file(\"${path.module}/a \\\"b\\\" }.json\")"),
        ("\"${join(\",\", [for x in y : \"}${x}\"])}\"", "?\"${join(\",\", [for x in y : \"}${x}\"])}\""),
        ("[format, forty]", "[?format, ?forty]"),
        ("\"$${a} %%{b} $ % \\u00e9 \\t \\/ \\\\\"", "\"${a} %{b} $ % é \\t \\\\/ \\\\\""),
        ("(\n  a\n  && b\n)", "?(\n  a\n  && b\n)"),
        ("[\n{ a = 1 /* } */ },\n[], {}\n]", "[{\"a\"=1}, [], {}]"),
        ("1e3", "1000"),
        ("-x", "?-x"),
        ("truely", "?truely"),
        ("{ a.b = 1 }", "{?a.b=1}"),
        ("{ \"${x}\" = y == z, w : 1 }", "{?\"${x}\"=?y == z, \"w\"=1}"),
    ];
    for (text, expected) in cases {
        for text in [format!("v = {text}"), format!("v = {text}\r\nw = 1\r\n"), format!("b {{\n  v = {text}\n}}")] {
            let (document, notes) = read(parse, &text);
            spans(&text, &document);
            let root = &document.roots[0];
            let node = root.get("v").unwrap_or_else(|| find(root, "b/0/v"));
            assert_eq!((shown(node).as_str(), notes.len()), (expected, 0), "{text}");
        }
    }
}

/// Broken text, what must still be there (path and value), and how many defects are told.
#[test]
fn a_defect_costs_only_what_it_breaks() {
    let cases: &[(&str, &[(&str, &str)], usize)] = &[
        ("a = 1\nb = \"x\nc = 2\n", &[("a", "1"), ("b", "?\"x"), ("c", "2")], 1),
        ("a {\n x = [ \"p, \n \"q\" ]\n y = 1\n}\n", &[("a/0/y", "1"), ("a/0/x/1", "\"q\"")], 1),
        (
            "resource \"a\" \"b\" {\n  x = 1\n  y {\n    z = 2\n\nresource \"c\" \"d\" {\n  w = 3\n}\n",
            &[("resource/0/y/0/z", "2"), ("resource/1/w", "3")],
            1,
        ),
        (
            "resource \"a\" \"b\" {\n  x = [1,\n  y = 2\n}\nvariable \"v\" {\n  w = 3\n}\n",
            &[("resource/0/y", "2"), ("resource/0/x", "?[1,"), ("variable/0/w", "3")],
            1,
        ),
        ("resource \"a\" \"b\" {\n  x = <<EOT\n text\n}\nvariable \"v\" {\n  w = 3\n}\n", &[("variable/0/w", "3")], 2),
        ("a = 1\n}\nb = 2\n", &[("a", "1"), ("b", "2")], 1),
        ("{{ if x }}\na = 1\n{{ end }}\n", &[("a", "1")], 2),
        ("a = 1\na = 2\n", &[("a", "2")], 0),
        ("a { b = 1 c = 2 }\nd = 3", &[("d", "3")], 0),
        ("\u{FEFF}a = 1\r\nb {\r\n c = \"d\"\r\n}\r\n", &[("a", "1"), ("b/0/c", "\"d\"")], 0),
        ("a = \"\\/\" \nb = 1 }", &[("a", "\"\\\\/\""), ("b", "1")], 1),
        ("<<<<<<< HEAD\na = 1\n=======\n>>>>>>> x\nb = 2\n", &[("a", "1"), ("b", "2")], 2),
        ("t = {\n  a = \n  b = 2\n}\nc = 3", &[("t/b", "2"), ("c", "3")], 1),
        ("a =\nb = 2", &[("b", "2")], 1),
    ];
    for (text, kept, defects) in cases {
        let (document, notes) = read(parse, text);
        spans(text, &document);
        for (path, value) in *kept {
            assert_eq!(shown(find(&document.roots[0], path)), *value, "{path} of {text}");
        }
        assert_eq!(notes.len(), *defects, "{text}\n{notes:#?}");
    }
}

#[test]
fn cut_anywhere_the_blocks_before_stay() {
    survives(parse, SAMPLE);
    let end = SAMPLE.find("variable").unwrap();
    for (at, _) in SAMPLE.char_indices().filter(|(at, _)| *at >= end) {
        let (document, _) = read(parse, &SAMPLE[..at]);
        assert_eq!(find(&document.roots[0], "resource/0/rule/1/port").as_number(), Some(2.0), "cut at {at}");
    }
}

#[test]
fn nesting_and_size_are_bounded() {
    for (open, inner, close) in [
        ("a {\n", "b = 1\n", "}\n"),
        ("a = [\n", "1", "]\n"),
        ("[", "1", "]"),
        ("a = {b = {", "c = 1", "}}\n"),
        ("a = \"${\"", "b", "\"}\"\n"),
        ("a = f(", "1", ")"),
        ("a /*", "", "\n"),
        ("a = <<A\n", "", "\n"),
        ("resource \"a\" \"b\" {\n", "", "}\n"),
        ("a = \"", "", "\"\n"),
        ("a\"", "", "\n"),
        ("a", "", "\n"),
    ] {
        bounded(parse, open, inner, close);
        bounded(parse, &format!("{open}\n"), inner, close);
    }
    bounded(parse, "a = [", "", "\nresource \"a\" \"b\" {\n");
    bounded(parse, "a = <<A\nresource \"a\" \"b\" {\n", "", "");
    for (open, close) in
        [("[", "]"), ("{a=", "}"), ("f(", ")"), ("\"${", "}\""), ("[\n{ a =", "\n},\n]"), ("{for ", "}")]
    {
        for close in [close, ""] {
            let text = format!("a = {}1{}\nb = 2\n", open.repeat(100_000), close.repeat(100_000));
            let (document, notes) = read(parse, &text);
            spans(&text, &document);
            assert!(close.is_empty() || document.roots[0].get("b").is_some(), "{open} {notes:?}");
        }
    }
    let flat = format!("v = {{{}}}", (0..100_000).map(|key| format!("k{key} = [{key}, \"s\"]\n")).collect::<String>());
    let start = std::time::Instant::now();
    assert_eq!(read(parse, &flat).0.roots[0].get("v").unwrap().entries().len(), 100_000);
    assert!(start.elapsed().as_secs() < 10);
}

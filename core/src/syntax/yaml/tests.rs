//! Tests of YAML: trees, places, templates, broken files, bombs.

use super::super::{
    Node, Origin, Value,
    scan::check,
    tests::{check_cases, check_spans, read, show},
};
use crate::{classify::Format, error::NotificationId};

#[test]
fn documents_become_trees() {
    check_cases(
        Format::Yaml,
        &[
            (
                "# c\na: 1\n'b': [x, \"y\\u00e9\", {z: true}]\nc:\n- ~\n- 0x1F\n",
                &[r#"{"a": 1, "b": ["x", "yé", {"z": true}], "c": [null, 31]}"#],
                &[],
            ),
            ("%YAML 1.2\n---\na: 1\n...\n---\n---\n- b\n", &[r#"{"a": 1}"#, r#"["b"]"#], &[]),
            ("on: push\n8080: [yes, no]\ntrue: x\n", &[r#"{"on": "push", "8080": ["yes", "no"], "true": "x"}"#], &[]),
            (
                "a: |\n  one\n   two\n\nb: >-\n  x\n  y\nc: |+\n  z\n\n",
                &[r#"{"a": "one\n two\n", "b": "x y", "c": "z\n\n"}"#],
                &[],
            ),
            (
                "a: 'it''s'\nb: two\n  lines\n? c d\n: e\nf:\n",
                &[r#"{"a": "it's", "b": "two lines", "c d": "e", "f": null}"#],
                &[],
            ),
            ("\u{FEFF}a: \"\\t\"\r\nb: 2\r\n", &["{\"a\": \"\\t\", \"b\": 2}"], &[]),
            ("just text\n", &[r#""just text""#], &[]),
            ("", &[], &[]),
            ("# nothing\n---\n", &[], &[]),
        ],
    );
}

#[test]
fn anchors_and_merge_keys_are_followed() {
    check_cases(
        Format::Yaml,
        &[
            ("a: &x [1, 2]\nb: *x\n", &[r#"{"a": [1, 2], "b": [1, 2]}"#], &[]),
            (
                "a: &x {k: 1, l: 2}\nb: {l: 3, <<: *x, m: 4}\n",
                &[r#"{"a": {"k": 1, "l": 2}, "b": {"l": 3, "m": 4, "k": 1}}"#],
                &[],
            ),
            (
                "a: &x {k: 1}\nb: &y {k: 2, l: 3}\nc:\n  <<: [*x, *y]\n",
                &[r#"{"a": {"k": 1}, "b": {"k": 2, "l": 3}, "c": {"k": 1, "l": 3}}"#],
                &[],
            ),
            ("a: &x 1\nb: &x 2\nc: *x\n'<<': 3\n", &[r#"{"a": 1, "b": 2, "c": 2, "<<": 3}"#], &[]),
            ("a: *x\nb: &x 1\n---\nc: *x\n", &[r#"{"a": ?*x, "b": 1}"#, r#"{"c": ?*x}"#], &["1:4", "4:4"]),
            ("a: &x [*x]\n", &[r#"{"a": [?*x]}"#], &["1:8"]),
            ("a:\n  <<: *gone\n  b: 1\n", &[r#"{"a": {"b": 1, ?<<: ?}}"#], &["2:7"]),
        ],
    );
    let text = "a: &x {k: 1}\nb: {<<: *x, c: *x}\n";
    let (document, _) = read(Format::Yaml, text);
    let merged = document.roots[0].at(&["b", "k"]).unwrap();
    assert_eq!(merged.span.text(text), "1");
    assert!(matches!(&merged.origin, Origin::Resolved(through) if through[0].1.text(text) == "*x"));
    let alias = document.roots[0].at(&["b", "c"]).unwrap();
    assert_eq!(alias.span.text(text), "*x");
    assert!(matches!(&alias.origin, Origin::Resolved(through) if through[0].1.text(text) == "{k: 1}"));
}

#[test]
fn tags_become_their_long_forms() {
    check_cases(
        Format::Yaml,
        &[
            ("a: !Ref b\nc: !GetAtt d.e.f\n", &[r#"{"a": {"Ref": "b"}, "c": {"Fn::GetAtt": ["d", "e.f"]}}"#], &[]),
            ("a: !Sub\n  - ${x}\n  - x: !Ref y\n", &[r#"{"a": {"Fn::Sub": ["${x}", {"x": {"Ref": "y"}}]}}"#], &[]),
            (
                "a: !If [c, !Condition d, !Not [e]]\n",
                &[r#"{"a": {"Fn::If": ["c", {"Condition": "d"}, {"Fn::Not": ["e"]}]}}"#],
                &[],
            ),
            (
                "a: !!str 1\nb: !!int '2'\nc: !custom {d: 3}\ne: ! 4\n",
                &[r#"{"a": "1", "b": 2, "c": {"d": 3}, "e": "4"}"#],
                &[],
            ),
            (
                "a: !vault |\n  AES\nb: !secret c\nd: !reference [e, f]\n",
                &["{\"a\": ?!vault |\n  AES, \"b\": ?!secret c, \"d\": {\"!reference\": [\"e\", \"f\"]}}"],
                &[],
            ),
        ],
    );
    check_spans(
        Format::Yaml,
        "a: !GetAtt  'b.c'\n",
        &["a: !GetAtt  'b.c'", "a", "!GetAtt  'b.c'", "!GetAtt", "'b.c'", "b", "c"],
    );
}

#[test]
fn spans_hold_the_text_of_every_node() {
    check_spans(
        Format::Yaml,
        "é: # c\n  - 'x' # d\n  -   y\nk:\n- [ 1, {z: \"\\u0041\"} ]\nl:  |2\n   m\n\nn:\n",
        &[
            "é: # c\n  - 'x' # d\n  -   y\nk:\n- [ 1, {z: \"\\u0041\"} ]\nl:  |2\n   m\n\nn:",
            "é",
            "- 'x' # d\n  -   y",
            "'x'",
            "y",
            "k",
            "- [ 1, {z: \"\\u0041\"} ]",
            "[ 1, {z: \"\\u0041\"} ]",
            "1",
            "{z: \"\\u0041\"}",
            "z",
            "\"\\u0041\"",
            "l",
            " m",
            "n",
            "",
        ],
    );
}

#[test]
fn templates_leave_the_rest_readable() {
    let chart = r#"{{- if .Values.enabled }}
{{- $name := include "x.name" . -}}
apiVersion: v1
metadata:
  name: {{ $name }}-{{ .Release.Name }}
  labels:
    {{- include "x.labels" . | nindent 4 }}
    app: y
  annotations:
    {{- toYaml .Values.annotations | nindent 4 }}
spec:
  {{- with .Values.host }}
  host: "{{ . }}"
  {{- end }}
  ports: {{ .Values.ports }}
  args:
    - --a={{ .Values.a }}
    {{- range .Values.args }}
    - {{ . | quote }}
    {{- end }}
    {{- toYaml .Values.more | nindent 4 }}
  {{ if .Values.b }}b: 1{{ end }}
  script: |
    echo {{ .c }}
     d
{{- end }}
"#;
    let shown = r#"{"apiVersion": "v1", "metadata": {"name": ?{{ $name }}-{{ .Release.Name }}, "labels": {?{{- include "x.labels" . | nindent 4 }}: ?{{- include "x.labels" . | nindent 4 }}, "app": "y"}, "annotations": ?{{- toYaml .Values.annotations | nindent 4 }}}, "spec": {"host": ?{{ . }}, "ports": ?{{ .Values.ports }}, "args": [?--a={{ .Values.a }}, ?{{ . | quote }}, ?{{- toYaml .Values.more | nindent 4 }}], ?{{ if .Values.b }}b: 1{{ end }}: ?{{ if .Values.b }}b: 1{{ end }}, "script": ?echo {{ .c }}
 d}}"#;
    check_cases(
        Format::Yaml,
        &[
            (chart, &[shown], &[]),
            ("a: {{ b }}\nc: 1\n", &[r#"{"a": ?{{ b }}, "c": 1}"#], &[]),
            ("{% if x %}\na: \"{{ b }}\"\n{% endif %}\nc: {# d #} 1\n", &[r#"{"a": ?{{ b }}, "c": 1}"#], &[]),
            ("run: echo ${{ secrets.A }}\n", &["{\"run\": ?echo ${{ secrets.A }}}"], &[]),
            ("{{/* a\n b */}}\nc: 1\n{{ .d }}: 2\n", &[r#"{"c": 1, ?{{ .d }}: 2}"#], &[]),
        ],
    );
}

#[test]
fn broken_documents_keep_what_can_be_read() {
    check_cases(
        Format::Yaml,
        &[
            // A tab: the line is lost.
            ("a: 1\nb:\n  c: 1\n\td: 2\n  e: 3\nf: 4\n", &[r#"{"a": 1, "b": {"c": 1, "e": 3}, "f": 4}"#], &["4:1"]),
            // A value that needs quotes.
            ("a: b: c\nd: 1\n", &[r#"{"a": ?b: c, "d": 1}"#], &["1:5"]),
            ("a: @b\nd: 1\n", &[r#"{"a": ?@b, "d": 1}"#], &["1:4"]),
            ("a: \"\\d+\"\nd: 1\n", &[r#"{"a": ?"\d+", "d": 1}"#], &["1:4"]),
            // A lost quote, a lost bracket.
            ("a: \"x\nb: 1\nc: 2\n", &[r#"{"a": ?"x, "b": 1, "c": 2}"#], &["1:4"]),
            ("a: [1, 2\nb: 1\nc:\n  d: 2\n", &[r#"{"a": ?[1, 2, "b": 1, "c": {"d": 2}}"#], &["2:2"]),
            // Wrong indentation.
            ("a:\n  - b: 1\n     c: 2\n    d: 3\ne: 4\n", &[r#"{"a": [{"b": 1, "d": 3}], "e": 4}"#], &["3:7"]),
            ("a:\n    b: 1\n  c: 2\nd: 3\n", &[r#"{"a": {"b": 1}, "d": 3}"#], &["3:3"]),
            // Another document is not touched.
            ("a: }\n---\nb: 1\n", &[r#"{"a": ?}}"#, r#"{"b": 1}"#], &["1:4"]),
            ("%bad\na: 1\n---\nb: 1\n", &[r#"{"b": 1}"#], &["2:1"]),
        ],
    );
}

#[test]
fn bombs_end_with_a_notification() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let alias = format!("*a{}", level - 1);
        laughs += &format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 10].join(", "));
    }
    let merges: String =
        (1..40).map(|at| format!("m{at}: &m{at}\n  k{at}: [*m{0}, *m{0}]\n  <<: [*m{0}, *m{0}]\n", at - 1)).collect();
    for bomb in [laughs, format!("m0: &m0 {{a: 1}}\n{merges}")] {
        let start = std::time::Instant::now();
        let (document, notes) = read(Format::Yaml, &bomb);
        assert!(
            notes.iter().all(|note| matches!(note.id, NotificationId::Limit | NotificationId::TooDeep)),
            "{notes:?}"
        );
        assert!(!notes.is_empty() && document.roots.len() == 1);
        assert!(count(&document.roots[0]) < 500_000);
        assert!(start.elapsed().as_secs() < 5);
    }
}

fn count(node: &Node) -> usize {
    match &node.value {
        Value::List(items) => items.iter().map(count).sum::<usize>() + 1,
        Value::Map(entries) => entries.iter().map(|(key, value)| count(key) + count(value)).sum::<usize>() + 1,
        _ => 1,
    }
}

#[test]
fn hostile_texts_are_bounded() {
    let openings = [
        ("[", "]"),
        ("{a: ", "}"),
        ("- ", ""),
        ("a: [", ""),
        ("? ", ""),
        ("a: \"\n", ""),
        ("a: '\n", ""),
        ("a: b: c\n", ""),
        ("\ta\n", ""),
        ("{{ x }}\n", ""),
        ("{{ x", ""),
        ("---\na: [\n", ""),
        ("&a ", ""),
        ("!a ", ""),
        ("a: @b\n", ""),
        ("a: |\n", ""),
        ("- - a\n", ""),
        ("{% x %}{{ y }} z\n", ""),
        ("a: &a *a\n", ""),
        ("<<: ", ""),
    ];
    for (open, close) in openings {
        check::bounded(super::parse, open, "1", close);
    }
    let nested: String = (0..2000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let (document, notes) = read(Format::Yaml, &nested);
    assert_eq!(notes.iter().map(|note| note.id).collect::<Vec<_>>(), [NotificationId::TooDeep]);
    assert!(show(&document.roots[0]).starts_with("{\"a\": {\"a\": {"));
    check::survives(super::parse, "a: &x [1, 'b']\n? c\n: - !Ref d\n  - <<: {e: f}\n    g: {{ h }}\n---\ni: |\n  j\n");
}

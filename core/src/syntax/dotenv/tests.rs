use super::{
    super::scan::check::{bounded, read, spans, survives},
    parse, properties,
};
use crate::{
    error::Notification,
    source::Source,
    syntax::{Document, Node, Value},
};

type Parse = fn(&Source) -> (Document, Vec<Notification>);

fn shown(node: &Node) -> String {
    match &node.value {
        Value::String(text) => format!("{text:?}"),
        Value::Unknown(text) => format!("?{text}"),
        other => format!("{other:?}"),
    }
}

/// A text; each key with its value and the text under the value's span; how many defects are told.
fn check(parse: Parse, path: &str, text: &str, expected: &[(&str, &str, &str)], defects: usize) {
    let (document, notes) = parse(&Source::memory(path, text.as_bytes()));
    spans(text, &document);
    let entries = document.roots[0].entries();
    let found: Vec<_> =
        entries.iter().map(|(key, value)| (key.as_str().unwrap(), shown(value), value.span.text(text))).collect();
    let found: Vec<_> = found.iter().map(|(key, value, literal)| (*key, value.as_str(), *literal)).collect();
    assert_eq!(found, expected, "{text}");
    assert_eq!(notes.len(), defects, "{text}\n{notes:#?}");
}

const ENV: &str = r#"# comment
export A=b # note
B = 'it''s' 
C="line\n\"two\"
three" # c
D=a#b
E=$A
F=${A:-x}
G=${A}b
H='$A'
I=
J
K: yaml
L=`x y`
M="unclosed
N={"a": "b"}
O="a" "b"
P="-----BEGIN X-----
abc=
-----END X-----"
"#;

#[test]
fn environment_files_give_names_and_text() {
    check(
        parse,
        ".env",
        ENV,
        &[
            ("A", "\"b\"", "b"),
            ("B", "\"'it''s'\"", "'it''s'"),
            ("C", "\"line\\n\\\"two\\\"\\nthree\"", "\"line\\n\\\"two\\\"\nthree\""),
            ("D", "\"a#b\"", "a#b"),
            ("E", "?$A", "$A"),
            ("F", "?${A:-x}", "${A:-x}"),
            ("G", "\"${A}b\"", "${A}b"),
            ("H", "\"$A\"", "'$A'"),
            ("I", "\"\"", ""),
            ("J", "?J", ""),
            ("K", "\"yaml\"", "yaml"),
            ("L", "\"x y\"", "`x y`"),
            ("M", "\"\\\"unclosed\"", "\"unclosed"),
            ("N", "\"{\\\"a\\\": \\\"b\\\"}\"", "{\"a\": \"b\"}"),
            ("O", "\"\\\"a\\\" \\\"b\\\"\"", "\"a\" \"b\""),
            ("P", "\"-----BEGIN X-----\\nabc=\\n-----END X-----\"", "\"-----BEGIN X-----\nabc=\n-----END X-----\""),
        ],
        1,
    );
    check(parse, ".env", "\u{FEFF}A=1\r\n=x\r\nB c\r\nB=\"2\"\r\n", &[("A", "\"1\"", "1"), ("B", "\"2\"", "\"2\"")], 1);
}

const PROPERTIES: &str = "# c\n! c\na=b\nc.d : e f \ng h\ni\\ j\\==k\\\n   l\\\\\nm=\\u00e9\\t\\q\nn=${X}\no\np=";

#[test]
fn properties_give_keys_and_text() {
    check(
        properties,
        "a.properties",
        PROPERTIES,
        &[
            ("a", "\"b\"", "b"),
            ("c.d", "\"e f\"", "e f"),
            ("g", "\"h\"", "h"),
            ("i j=", "\"kl\\\\\"", "k\\\n   l\\\\"),
            ("m", "\"é\\tq\"", "\\u00e9\\t\\q"),
            ("n", "?${X}", "${X}"),
            ("o", "\"\"", ""),
            ("p", "\"\"", ""),
        ],
        0,
    );
    check(
        properties,
        "a/.npmrc",
        "; c\n//r.example/:_authToken=${T}\r\n@a:registry=https://r.example/\n//r/:_password = \"x\"\n",
        &[
            ("//r.example/:_authToken", "?${T}", "${T}"),
            ("@a:registry", "\"https://r.example/\"", "https://r.example/"),
            ("//r/:_password", "\"x\"", "\"x\""),
        ],
        0,
    );
}

#[test]
fn cut_anywhere_and_long() {
    for (parse, sample) in [(parse as Parse, ENV), (properties as Parse, PROPERTIES)] {
        survives(parse, sample);
        for (at, _) in sample.char_indices().skip(40) {
            assert!(!read(parse, &sample[..at]).0.roots[0].entries().is_empty(), "cut at {at}");
        }
        for open in ["A=\"\n", "A='", "A=`\n", "\\", "a\\\n", "=", "A=${", "#", "A=\"\\\n", "export "] {
            bounded(parse, open, "x", "\"");
        }
    }
}

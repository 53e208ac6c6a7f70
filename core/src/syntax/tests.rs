//! Checks that hold for every format, and the helpers of the formats' own tests.

use proptest::prelude::*;

use super::{Document, Node, Origin, Value, parse};
use crate::{classify::Format, error::Notification, source::Source, span::Span};

/// Every format that gives a tree, with a sample that reaches most of its grammar.
const FORMATS: &[(Format, &str)] = &[
    (
        Format::Yaml,
        "# c\na: &x {b: [1, 'c', \"\\u0041\"]}\nd: !Ref e\nf:\n  - <<: *x\n    g: |\n      {{ h }}\n---\n- 1\n",
    ),
    (Format::Json, "// c\n{\"a\": [1, 'b\\u0041', {c: /* d */ 0x1F}], \"e\": {{ f }},}\n[]"),
    (Format::Toml, "# c\na.b = [1, 'x', { c = \"\\u0041\" }]\n[[d.e]]\nf = \"\"\"\ng\"\"\"\n[h]\ni = 1979-05-27\n"),
    (Format::Xml, "<?xml version=\"1.0\"?>\n<!-- c --><a b='1'>x &amp; <![CDATA[y]]><c/>&#65;</a>\n"),
    (Format::Hcl, "# c\na \"b\" {\n  c = \"${d}\"\n  e = [1, { f = <<-X\n  g\n  X\n }]\n}\n"),
    (Format::Dockerfile, "# c\nFROM a:1 AS b\nRUN x \\\n  && y\nCOPY [\"a\", \"b\"]\nRUN <<E\nz\nE\n"),
    (Format::Dotenv, "# c\nexport A='b'\nC=\"d\\n$e\"\nF=g # h\n"),
    (Format::Properties, "! c\na.b = c\\\n  d\ne:\\u0041\n"),
    (Format::Ini, "; c\n[a]\nb = c\n  d\n[e \"f\"]\ng: 'h'\n"),
    (Format::Nginx, "# c\nserver { listen 80; location ~ ^/a { return 301 \"https://$b\"; } }\n"),
    (Format::Markdown, "# A\n\n- **b**: c\n- [ ] d\n\n| e | f |\n|---|---|\n| g | h |\n\n```yaml\ni: 1\n```\n"),
    (
        Format::Requirements,
        "# c\n-r a.txt\nb[x]==1.0; python_version < '3' \\\n  --hash=sha256:00\n-e git+https://c/d@e#egg=f\n",
    ),
    (Format::GoMod, "module a.b/c\ngo 1.22\nrequire (\n\td.e/f v1.2.3 // indirect\n)\nreplace g => ../h\n"),
    (
        Format::Sql,
        "-- c\nCREATE TABLE \"a\".b (\n  c INT NOT NULL COMMENT 'd, e',\n  [f g] DECIMAL(1, 2)\n);\nALTER TABLE a ADD h TEXT;\n",
    ),
    (Format::Prisma, "// c\ndatasource a { url = env(\"b\") }\nmodel C {\n  d String? @db.Text\n  @@map(\"e\")\n}\n"),
];

/// A node as compact text: `?` marks what is unknown.
pub(super) fn show(node: &Node) -> String {
    let list = |parts: Vec<String>, open: &str, close: &str| format!("{open}{}{close}", parts.join(", "));
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Unknown(text) => format!("?{text}"),
        Value::List(items) => list(items.iter().map(show).collect(), "[", "]"),
        Value::Map(entries) => {
            list(entries.iter().map(|(key, value)| format!("{}: {}", show(key), show(value))).collect(), "{", "}")
        }
    }
}

/// Reads a text as a format.
pub(super) fn read(format: Format, text: &str) -> (Document, Vec<Notification>) {
    parse(&Source::memory("sample", text.as_bytes()), format)
}

/// A text, its roots as [`show`] writes them, and where its defects begin as `line:column`.
pub(super) type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

/// Every text must give its roots and its defects; all that do not are listed.
pub(super) fn check_cases(format: Format, cases: &[Case<'_>]) {
    let mut failed = String::new();
    for (text, roots, defects) in cases {
        let (document, notifications) = read(format, text);
        let shown: Vec<String> = document.roots.iter().map(show).collect();
        let places: Vec<String> = notifications
            .iter()
            .map(|note| note.region.map_or("none".to_owned(), |at| format!("{}:{}", at.start_line, at.start_column)))
            .collect();
        if shown != *roots || places != *defects {
            let messages: Vec<&str> = notifications.iter().map(|note| note.message.as_str()).collect();
            failed += &format!(
                "{text}\n  roots    {}\n  expected {}\n  defects  {places:?} {messages:?}\n  expected {defects:?}\n",
                shown.join("\n           "),
                roots.join("\n           "),
            );
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

/// The nodes of the first root, in order and keys included, must span exactly these texts.
pub(super) fn check_spans(format: Format, text: &str, expected: &[&str]) {
    fn walk<'a>(node: &Node, text: &'a str, out: &mut Vec<&'a str>) {
        out.push(node.span.text(text));
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| walk(item, text, out)),
            Value::Map(entries) => entries.iter().for_each(|(key, value)| {
                walk(key, text, out);
                walk(value, text, out);
            }),
            _ => {}
        }
    }
    let (document, notifications) = read(format, text);
    assert_eq!(notifications, [], "{text}");
    let mut found = Vec::new();
    walk(&document.roots[0], text, &mut found);
    assert_eq!(found, expected, "{text}");
}

/// Spans must be ranges of the text; in sound text (`strict`) children must lie in their parents unless they came from
/// elsewhere in the source. What was repaired may reach further than the parent that was found for it.
fn check_tree(text: &str, node: &Node, within: Span, depth: usize, strict: bool) {
    // A block of HCL or nginx is a map in a list in a map.
    assert!(depth < super::MAX_DEPTH * 3, "nested too deep");
    assert!(text.get(node.span.from()..node.span.to()).is_some(), "{:?} is no range of the text", node.span);
    let moved = !strict || node.origin != Origin::Explicit;
    assert!(moved || within.contains(node.span), "{:?} lies outside of its parent {within:?} in {text:?}", node.span);
    let whole = Span::new(0, text.len());
    let within = if moved { whole } else { node.span };
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| check_tree(text, item, within, depth + 1, strict)),
        Value::Map(entries) => entries.iter().for_each(|(key, value)| {
            let explicit = value.origin == Origin::Explicit;
            check_tree(text, key, if explicit { within } else { whole }, depth + 1, strict);
            check_tree(text, value, within, depth + 1, strict);
        }),
        _ => {}
    }
}

fn check_format(format: Format, bytes: &[u8]) {
    let source = Source::memory("sample", bytes);
    let (document, notifications) = parse(&source, format);
    for root in &document.roots {
        check_tree(&source.text, root, Span::new(0, source.text.len()), 0, notifications.is_empty());
    }
    for note in notifications {
        assert!(!note.message.chars().any(char::is_control), "{}", note.message);
    }
}

/// Pieces that mean something to one format or another.
const NOISE: &[&str] = &[
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "{{",
    "}}",
    "{%",
    ":",
    ": ",
    "- ",
    ",",
    "=",
    "#",
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "\\",
    "|\n",
    "&x ",
    "*x",
    "!a ",
    "<<: ",
    "---\n",
    "%",
    "`",
    "é",
    "😀",
    "\u{FEFF}",
    "\0",
    "//",
    "/*",
    "*/",
    "--",
    "<!--",
    "<![CDATA[",
    "&#x41;",
    "]]>",
    "$",
    "${",
    "@",
    ";",
    "\"\"\"",
    "'''",
    "0x",
    "1e999",
    ".",
    "\u{2028}",
    "\u{85}",
    "\u{E000}",
    "<<A\n",
    "=>",
    "$$",
];

/// A format and a text of it in which pieces were dropped, doubled and replaced by noise.
fn mutated() -> impl Strategy<Value = (Format, Vec<u8>)> {
    let edit = (any::<prop::sample::Index>(), 0_usize..12, prop::sample::select(NOISE), 0_usize..3);
    (prop::sample::select(FORMATS), prop::collection::vec(edit, 0..8)).prop_map(|((format, sample), edits)| {
        let mut chars: Vec<char> = sample.chars().collect();
        for (at, drop, noise, times) in edits {
            let at = at.index(chars.len() + 1);
            let end = (at + drop).min(chars.len());
            chars.splice(at..end, noise.repeat(times).chars().collect::<Vec<_>>());
        }
        (format, chars.into_iter().collect::<String>().into_bytes())
    })
}

/// Cases of each property; `PROPTEST_CASES` at build time asks for more.
fn cases() -> u32 {
    option_env!("PROPTEST_CASES").and_then(|count| count.parse().ok()).unwrap_or(256)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for (format, _) in FORMATS {
            check_format(*format, &bytes);
        }
    }

    #[test]
    fn any_pieces_are_read_without_panic(pieces in prop::collection::vec(prop::sample::select(NOISE), 0..40)) {
        for (format, _) in FORMATS {
            check_format(*format, pieces.concat().as_bytes());
        }
    }

    #[test]
    fn broken_samples_keep_their_spans((format, bytes) in mutated()) {
        check_format(format, &bytes);
    }
}

#[test]
fn samples_are_read_without_defects() {
    for (format, sample) in FORMATS {
        let (document, notifications) = read(*format, sample);
        assert_eq!(notifications, [], "{format:?}");
        for root in &document.roots {
            check_tree(sample, root, Span::new(0, sample.len()), 0, true);
        }
    }
}

#[test]
fn any_nesting_is_bounded() {
    let openings = [
        "[",
        "{",
        "{a:",
        "{\"a\":[",
        "- ",
        "? ",
        "a:\n",
        "<a>",
        "<a b='",
        "(",
        "a.",
        "[a.",
        "[[a]]\n",
        "a={",
        "a=[",
        "<<A\n",
        "${",
        "\"",
        "'",
        "\\\n",
        "server {",
        "> ",
        "* ",
        "!a ",
        "&a ",
        "{{",
        "/*",
        "<!--",
        "<![CDATA[",
        "model a {",
        "CREATE TABLE a (",
    ];
    for (format, _) in FORMATS {
        for opening in openings {
            let start = std::time::Instant::now();
            check_format(*format, opening.repeat(100_000).as_bytes());
            let spent = start.elapsed();
            assert!(spent.as_secs() < 10, "{format:?} took {spent:?} for {opening:?}");
        }
    }
}

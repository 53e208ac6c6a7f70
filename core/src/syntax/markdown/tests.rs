use super::{
    super::scan::check::{bounded, read, spans, survives},
    parse,
};
use crate::syntax::{Node, Value};

const SAMPLE: &str = r#"---
title: Infrastructure
---
# Infrastructure *Plan*

Intro with `code` and
a second line.

## 1. Production & Staging

- **Platform**: AWS <!-- trueup: evidence=infra/prod.tf -->
- Region: [EU_WEST | **US_EAST**]
  - nested <your value> here
  <!-- trueup: owner=me -->
  1. [x] deep
+ Struck: ~~old~~ new <br> line
  wrapped

  Second paragraph.

> **Note**: quoted

| Item | RTO | RPO |
|------|:---:|-----|
| Database | < 1 h | 5 min |
| `Cache` | | [x](http://y.example) |

```yaml
key: value
```

<!-- hidden
- **Platform**: Azure
-->

1. **Step**: do it
"#;

fn shown(node: &Node) -> String {
    let word = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    let list = |key: &str| {
        let items: Vec<_> = node.get(key)?.elements().iter().filter_map(Node::as_str).collect();
        Some(format!(" {key}={}", items.join("/")))
    };
    let flag = |key: &str| node.get(key).and_then(Node::as_bool).map(|flag| format!(" {key}={flag}"));
    let level = node.get("level").and_then(Node::as_number).unwrap_or_default();
    let mut text = format!("{}{level} {:?}", word("type"), word("text"));
    for more in [flag("ordered"), flag("checked"), list("cells"), list("header"), list("marks"), list("links")] {
        text += &more.unwrap_or_default();
    }
    for key in ["comment", "language"] {
        if node.get(key).is_some() {
            text += &format!(" {key}={}", word(key));
        }
    }
    text
}

#[test]
fn every_kind_of_block_comes_with_its_text_and_place() {
    let (document, notes) = read(parse, SAMPLE);
    spans(SAMPLE, &document);
    assert_eq!(notes, []);
    let blocks = document.roots[0].elements();
    let expected = [
        ("front-matter0 \"title: Infrastructure\" language=yaml", "---\ntitle: Infrastructure\n---"),
        ("heading1 \"Infrastructure Plan\"", "# Infrastructure *Plan*"),
        ("paragraph0 \"Intro with code and a second line.\" marks=code", "Intro with `code` and\na second line."),
        ("heading2 \"1. Production & Staging\"", "## 1. Production & Staging"),
        (
            "item1 \"Platform: AWS\" ordered=false marks=Platform comment=trueup: evidence=infra/prod.tf",
            "- **Platform**: AWS <!-- trueup: evidence=infra/prod.tf -->",
        ),
        ("item1 \"Region: [EU_WEST | US_EAST]\" ordered=false marks=US_EAST", "- Region: [EU_WEST | **US_EAST**]"),
        (
            "item2 \"nested <your value> here\" ordered=false comment=trueup: owner=me",
            "- nested <your value> here\n  <!-- trueup: owner=me -->",
        ),
        ("item2 \"deep\" ordered=true checked=true", "1. [x] deep"),
        ("item1 \"Struck:  new   line wrapped\" ordered=false", "+ Struck: ~~old~~ new <br> line\n  wrapped"),
        ("paragraph1 \"Second paragraph.\"", "Second paragraph."),
        ("quote0 \"Note: quoted\" marks=Note", "**Note**: quoted"),
        (
            "row0 \"Database | < 1 h | 5 min\" cells=Database/< 1 h/5 min header=Item/RTO/RPO",
            "| Database | < 1 h | 5 min |",
        ),
        ("row0 \"Cache |  | x\" cells=Cache//x header=Item/RTO/RPO", "| `Cache` | | [x](http://y.example) |"),
        ("code0 \"key: value\" language=yaml", "```yaml\nkey: value\n```"),
        ("comment0 \"hidden\\n- **Platform**: Azure\"", "<!-- hidden\n- **Platform**: Azure\n-->"),
        ("item1 \"Step: do it\" ordered=true marks=Step", "1. **Step**: do it"),
    ];
    let found: Vec<_> = blocks.iter().map(|block| (shown(block), block.span.text(SAMPLE))).collect();
    let found: Vec<_> = found.iter().map(|(shown, text)| (shown.as_str(), *text)).collect();
    assert_eq!(found, expected);
    let text_of = |index: usize| blocks[index].get("text").unwrap().span.text(SAMPLE);
    assert_eq!(text_of(4), "**Platform**: AWS");
    assert_eq!(text_of(1), "Infrastructure *Plan*");
    assert_eq!(blocks[11].get("cells").unwrap().elements()[1].span.text(SAMPLE), "< 1 h");
}

#[test]
fn odd_texts_give_sensible_blocks() {
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        ("---\nnot closed", &["paragraph0 \"not closed\""]),
        ("+++\r\na = 1\r\n+++\r\n* x\r\n", &["front-matter0 \"a = 1\" language=toml", "item1 \"x\" ordered=false"]),
        (
            "\u{FEFF}# T\r\n\r\n- a\r\n  <!-- trueup: b -->\r\n",
            &["heading1 \"T\"", "item1 \"a\" ordered=false comment=trueup: b"],
        ),
        ("- \n-\n- x", &["item1 \"\" ordered=false", "item1 \"\" ordered=false", "item1 \"x\" ordered=false"]),
        (
            "- **A:** [B_C]\n\n- **D**: <TBD>",
            &["item1 \"A: [B_C]\" ordered=false marks=A:", "item1 \"D: <TBD>\" ordered=false marks=D"],
        ),
        ("Title\n=====\ntext", &["heading1 \"Title\"", "paragraph0 \"text\""]),
        ("| a |\n|---|\n", &[]),
        ("a &lt; b \\* c", &["paragraph0 \"a < b * c\""]),
        ("```\nopen", &["code0 \"open\" language="]),
        ("- a\n\n  ```\n  x\n  ```\n", &["item1 \"a\" ordered=false", "code0 \"x\" language="]),
        ("> - q\n> text", &["item1 \"q text\" ordered=false"]),
    ];
    for (text, expected) in cases {
        let (document, notes) = read(parse, text);
        spans(text, &document);
        assert_eq!(notes, []);
        let found: Vec<_> = document.roots[0].elements().iter().map(shown).collect();
        assert_eq!(found, *expected, "{text:?}");
        assert!(matches!(document.roots[0].value, Value::List(_)));
    }
}

#[test]
fn cut_anywhere_and_nested_deep() {
    survives(parse, SAMPLE);
    for (open, inner, close) in [
        ("> ", "a", ""),
        ("- ", "a", ""),
        ("*", "a", "*"),
        ("**a ", "b", "**"),
        ("[", "a", "](b)"),
        ("![", "a", "](b)"),
        ("`", "a", "``"),
        ("<!--", "", "-->"),
        ("<a ", "", ">"),
        ("|a", "\n|-", "|-"),
        ("~~a", "", "~~"),
        ("#", " a", ""),
        ("---\n", "", ""),
        ("[a]: b\n", "", "[a]"),
        ("&", "", ";"),
    ] {
        bounded(parse, open, inner, close);
    }
}

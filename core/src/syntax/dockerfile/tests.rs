use super::{
    super::scan::check::{bounded, read, spans, survives},
    parse,
};
use crate::syntax::{Node, Value};

const SAMPLE: &str = r#"# syntax=docker/dockerfile:1
# a comment
ARG VERSION=1.2 EMPTY= NONE
FROM --platform=$BUILDPLATFORM node:${VERSION}-slim AS Build
ENV A=b C="d e" E=f\ g \
    # between
    H='$x'

ENV OLD the rest "of it"
RUN --mount=type=secret,id=npm \
    npm ci && \
    npm run \
build
RUN <<EOF cat > /x
echo "<hi>"
FROM not
EOF
from alpine
COPY --from=build --chown=1:1 ["/a b", "/c"]
HEALTHCHECK --interval=30s CMD curl -f http://localhost/ || exit 1
CMD ["node", "s\u0065rver.js"]
USER $USER
"#;

fn shown(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.clone(),
        Value::Unknown(text) => format!("?{text}"),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => "null".to_owned(),
        Value::List(items) => items.iter().map(shown).collect::<Vec<_>>().join("|"),
        Value::Map(entries) => {
            let items: Vec<_> = entries.iter().map(|(key, value)| format!("{}={}", shown(key), shown(value))).collect();
            items.join(",")
        }
        other => format!("{other:?}"),
    }
}

fn line(node: &Node) -> String {
    let mut text = format!("{} [{}]", shown(node.get("instruction").unwrap()), shown(node.get("arguments").unwrap()));
    for key in ["stage", "flags", "pairs", "heredocs"] {
        text += &node.get(key).map_or(String::new(), |value| format!(" {key}:{}", shown(value)));
    }
    text
}

/// A text, its instructions as words, and how many defects are told.
fn check(text: &str, expected: &[&str], defects: usize) {
    let (document, notes) = read(parse, text);
    spans(text, &document);
    let found: Vec<_> = document.roots[0].elements().iter().map(line).collect();
    assert_eq!(found, expected, "{text}");
    assert_eq!(notes.len(), defects, "{text}\n{notes:#?}");
}

#[test]
fn instructions_come_with_stages_flags_pairs_and_here_documents() {
    check(
        SAMPLE,
        &[
            "ARG [VERSION=1.2|EMPTY=|NONE] pairs:VERSION=1.2,EMPTY=,NONE=null",
            "FROM [?node:${VERSION}-slim|AS|Build] stage:build flags:platform=?$BUILDPLATFORM",
            "ENV [A=b|C=d e|E=f g|H=$x] stage:build pairs:A=b,C=d e,E=f g,H=$x",
            "ENV [OLD|the|rest|of it] stage:build pairs:OLD=the rest of it",
            "RUN [npm|ci|&&|npm|run|build] stage:build flags:mount=type=secret,id=npm",
            "RUN [<<EOF|cat|>|/x] stage:build heredocs:name=EOF,text=echo \"<hi>\"\nFROM not\n",
            "FROM [alpine] stage:1",
            "COPY [/a b|/c] stage:1 flags:from=build,chown=1:1",
            "HEALTHCHECK [CMD|curl|-f|http://localhost/||||exit|1] stage:1 flags:interval=30s",
            "CMD [node|server.js] stage:1",
            "USER [?$USER] stage:1",
        ],
        0,
    );
    let (document, _) = read(parse, SAMPLE);
    let items = document.roots[0].elements();
    let at = |index: usize, path: &[&str]| items[index].at(path).unwrap().span.text(SAMPLE);
    assert_eq!(at(0, &["pairs", "VERSION"]), "1.2");
    assert_eq!(at(1, &["flags", "platform"]), "$BUILDPLATFORM");
    assert_eq!(at(2, &["pairs", "C"]), "\"d e\"");
    assert_eq!(at(2, &["pairs", "H"]), "'$x'");
    assert_eq!(items[4].get("arguments").unwrap().elements()[5].span.text(SAMPLE), "build");
    assert_eq!(items[4].get("text").unwrap().as_str().unwrap(), "npm ci &&     npm run build");
    assert_eq!(items[7].get("arguments").unwrap().elements()[0].span.text(SAMPLE), "\"/a b\"");
    assert!(items[4].span.text(SAMPLE).starts_with("RUN --mount") && items[4].span.text(SAMPLE).ends_with("\nbuild"));
    assert!(items[5].span.text(SAMPLE).ends_with("\nEOF"));
    assert_eq!(items[9].get("exec").unwrap().as_bool(), Some(true));
}

#[test]
fn dialects_and_broken_files_are_read() {
    check("# escape=`\nFROM a\nRUN dir C:\\x `\n  /s\n", &["FROM [a] stage:0", "RUN [dir|C:\\x|/s] stage:0"], 0);
    check("\u{FEFF}FROM a\r\nRUN b \\\r\n  c\r\n", &["FROM [a] stage:0", "RUN [b|c] stage:0"], 0);
    check("FROM a\nRUN x \\", &["FROM [a] stage:0", "RUN [x] stage:0"], 0);
    check("FROM a\nRUN x \\\n\n# c\n\n y\nUSER z", &["FROM [a] stage:0", "RUN [x|y] stage:0", "USER [z] stage:0"], 0);
    check("FROM a\nRUN cat <<EOF\nUSER b", &["FROM [a] stage:0", "RUN [cat|<<EOF] stage:0", "USER [b] stage:0"], 1);
    check(
        "RUN <<-A <<'B' x\n\tone\n\tA\n two\nB\nUSER c",
        &["RUN [<<-A|<<B|x] heredocs:name=A,text=one\n|name=B,text= two\n", "USER [c]"],
        0,
    );
    check("FROM\nFRMO x\n{% if y %}\nUSER a\n", &["FROM [] stage:0", "USER [a] stage:0"], 2);
    check("CMD [\"a\", 'b']\nCMD []\nCMD [\"a\" \"b\"]", &["CMD [[a,|b]]", "CMD []", "CMD [[a|b]]"], 0);
    check("RUN echo \"unclosed\nUSER a", &["RUN [echo|unclosed]", "USER [a]"], 0);
    check("RUN a <<< b << c", &["RUN [a|<<<|b|<<|c]"], 0);
    check("ONBUILD RUN x", &["ONBUILD [RUN|x]"], 0);
}

#[test]
fn cut_anywhere_and_long() {
    survives(parse, SAMPLE);
    for (at, _) in SAMPLE.char_indices().filter(|(at, _)| *at > SAMPLE.find("HEALTH").unwrap()) {
        assert!(read(parse, &SAMPLE[..at]).0.roots[0].elements().len() >= 8, "cut at {at}");
    }
    for (open, inner, close) in [
        ("RUN <<A\n", "", ""),
        ("RUN \\\n", "x", "A\n"),
        ("[", "", "]"),
        ("CMD [\"", "", "\"]"),
        ("<<A ", "", "\nA"),
        ("RUN a\n", "", ""),
    ] {
        bounded(parse, open, inner, close);
        bounded(parse, &format!("{open} "), inner, close);
    }
    let names: String = (0..100_000).map(|name| format!("RUN <<A{name}\n")).collect();
    let start = std::time::Instant::now();
    spans(&names, &read(parse, &names).0);
    assert!(start.elapsed().as_secs() < 20);
}

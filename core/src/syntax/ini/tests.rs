use super::{
    super::scan::check::{bounded, read, spans, survives},
    parse,
};
use crate::syntax::{Node, Value};

const SAMPLE: &str = "; c\n# c\nroot = 1\n\n[mysqld]\nssl-ca = /a ; note\nskip-networking\nport=3306 # n\n\
[remote \"origin\"]\n\turl = https://a.example/#x\n\tfetch = +refs/*:refs/*\n\
[options]\ninstall_requires =\n    requests==2.0\n    # c\n    foo>=1\nempty =\nquoted = \"a ; b\" ; c\n\
[tox]\nsetenv =\n  A = b\n  C = d\nname : x\n  more\n[mysqld]\nvar = ${X}\nhalf = ${X}/y\n[a] ; c\nb = 'c'\n";

fn shown(node: &Node) -> String {
    match &node.value {
        Value::String(text) => format!("{text:?}"),
        Value::Unknown(text) => format!("?{text}"),
        Value::Bool(flag) => flag.to_string(),
        Value::Map(entries) => {
            let items: Vec<_> =
                entries.iter().map(|(key, value)| format!("{}={}", key.as_str().unwrap(), shown(value))).collect();
            format!("{{{}}}", items.join(" "))
        }
        other => format!("{other:?}"),
    }
}

fn check(text: &str, expected: &str, defects: usize) {
    let (document, notes) = read(parse, text);
    assert_eq!(shown(&document.roots[0]), expected, "{text}");
    assert_eq!(notes.len(), defects, "{text}\n{notes:#?}");
}

#[test]
fn sections_and_keys_come_with_their_places() {
    check(
        SAMPLE,
        "{root=\"1\" mysqld={ssl-ca=\"/a\" skip-networking=true port=\"3306\" var=?${X} half=\"${X}/y\"} \
         remote \"origin\"={url=\"https://a.example/#x\" fetch=\"+refs/*:refs/*\"} \
         options={install_requires=\"requests==2.0\\nfoo>=1\" empty=\"\" quoted=\"a ; b\"} \
         tox={setenv=\"A = b\\nC = d\" name=\"x\\nmore\"} a={b=\"c\"}}",
        0,
    );
    let (document, _) = read(parse, SAMPLE);
    let at = |path: &[&str]| document.roots[0].at(path).unwrap().span.text(SAMPLE);
    assert_eq!(at(&["mysqld", "ssl-ca"]), "/a");
    assert_eq!(at(&["options", "quoted"]), "\"a ; b\"");
    assert_eq!(at(&["a", "b"]), "'c'");
    assert_eq!(document.roots[0].entry("remote \"origin\"").unwrap().0.span.text(SAMPLE), "remote \"origin\"");
}

#[test]
fn other_houses_are_read() {
    check(
        "port 6379\nbind 127.0.0.1 ::1\nprotected-mode\tno\n",
        "{port=\"6379\" bind=\"127.0.0.1 ::1\" protected-mode=\"no\"}",
        0,
    );
    check("\u{FEFF}[a]\r\nb=c\r\n", "{a={b=\"c\"}}", 0);
    check("[a\nb=c", "{b=\"c\"}", 1);
    check("[Unit]\nA=b\nA=c", "{Unit={A=\"b\" A=\"c\"}}", 0);
    check("a = b\n  c = d\n", "{a=\"b\" c=\"d\"}", 0);
    check("= b\n", "{==\"b\"}", 0);
    check("a # b\n[s]\n", "{a=true s={}}", 0);
    check("extension=x.so;c\npassword = a;b#c", "{extension=\"x.so;c\" password=\"a;b#c\"}", 0);
}

#[test]
fn cut_anywhere_and_long() {
    // A section that comes twice covers what stands between, so only the places themselves are checked here.
    let single = SAMPLE.replace("[mysqld]\nvar", "[other]\nvar");
    survives(parse, &single);
    spans(&single, &read(parse, &single).0);
    for (at, _) in SAMPLE.char_indices().filter(|(at, _)| *at > SAMPLE.find("[remote").unwrap()) {
        assert!(shown(&read(parse, &SAMPLE[..at]).0.roots[0]).contains("port=\"3306\""), "cut at {at}");
    }
    for (open, inner, close) in
        [("[", "", "]"), ("a=\n ", "b", ""), ("[a]\n", "", ""), ("a", "=", ""), (" a\n", "", "")]
    {
        bounded(parse, open, inner, close);
    }
    let sections: String = (0..100_000).map(|name| format!("[{name}]\n")).collect();
    assert_eq!(read(parse, &sections).0.roots[0].entries().len(), 100_000);
}

use super::{
    super::scan::check::{bounded, read, spans, survives},
    parse,
};
use crate::syntax::{Node, Value};

const SAMPLE: &str = r#"# a comment; with { and "
worker_processes auto;
http {
    log_format main '$remote_addr "$request"' # note
                    "a \"b\" \\ c";
    map $http_upgrade $x { default upgrade; "" close; ~^a\;b$ 'c;d'; }
    upstream app { server 10.0.0.1:80 weight=3; }
    server {
        listen [::]:443 ssl http2;
        server_name a.example ~^(?<n>.+)\.b$;
        return 301 https://${host}$request_uri;
        location ~ \.php$ {
            content_by_lua_block {
                -- it's a comment }
                local s = "}" .. '{' .. [[ } ]]
                if x then ngx.say({ 1 }) end
            }
        }
    }
}
"#;

fn shown(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.clone(),
        Value::Unknown(text) => format!("?{text}"),
        Value::List(items) => items.iter().map(shown).collect::<Vec<_>>().join(" | "),
        Value::Map(_) => {
            let block = node.get("block").map_or(String::new(), |block| format!(" {{{}}}", shown(block)));
            let text = node.get("text").map_or(String::new(), |text| format!(" <{}>", shown(text).len()));
            let arguments: Vec<_> = node.get("arguments").unwrap().elements().iter().map(shown).collect();
            format!("{}({}){block}{text}", shown(node.get("name").unwrap()), arguments.join(", "))
        }
        other => format!("{other:?}"),
    }
}

/// A text, its tree as words, and how many defects are told.
fn check(cases: &[(&str, &str, usize)]) {
    for (text, expected, defects) in cases {
        let (document, notes) = read(parse, text);
        spans(text, &document);
        assert_eq!(shown(&document.roots[0]), *expected, "{text}");
        assert_eq!(notes.len(), *defects, "{text}\n{notes:#?}");
    }
}

#[test]
fn directives_come_with_arguments_blocks_and_places() {
    let (document, notes) = read(parse, SAMPLE);
    spans(SAMPLE, &document);
    assert_eq!(notes, []);
    let http = &document.roots[0].elements()[1];
    let block = http.get("block").unwrap().elements();
    assert_eq!(shown(&block[0]), "log_format(main, $remote_addr \"$request\", a \"b\" \\ c)");
    assert_eq!(shown(&block[1]), "map($http_upgrade, $x) {default(upgrade) | (close) | ~^a\\;b$(c;d)}");
    let server = &block[3];
    assert!(server.span.text(SAMPLE).starts_with("server {") && server.span.text(SAMPLE).ends_with("    }"));
    let inner = server.get("block").unwrap().elements();
    assert_eq!(inner[0].span.text(SAMPLE), "listen [::]:443 ssl http2;");
    assert_eq!(inner[0].get("arguments").unwrap().elements()[0].span.text(SAMPLE), "[::]:443");
    assert_eq!(shown(&inner[2]), "return(301, https://${host}$request_uri)");
    let lua = &inner[3].get("block").unwrap().elements()[0];
    assert!(lua.get("text").unwrap().as_str().unwrap().trim_end().ends_with("ngx.say({ 1 }) end"));
}

#[test]
fn templates_leave_holes() {
    check(&[
        ("listen {{ port }} ssl;", "listen(?{{ port }}, ssl)", 0),
        (
            "listen ${PORT}; return 200 $PORT; set $a ${b}c;",
            "listen(?${PORT}) | return(200, ?$PORT) | set($a, ${b}c)",
            0,
        ),
        ("proxy_pass http://<%= @host %>:80/;", "proxy_pass(?http://<%= @host %>:80/)", 0),
        ("{% if x %}\nlisten 80;\n{% endif %}\n", "@template(?{% if x %}) | listen(80) | @template(?{% endif %})", 0),
        (
            "a {\n{{- range .x }}\nb {{ . }};\n{{ end }}}",
            "a() {@template(?{{- range .x }}) | b(?{{ . }}) | @template(?{{ end }})}",
            0,
        ),
        ("{{ name }} on;", "?{{ name }}(on)", 0),
        ("server {{ '{' }} a; }", "server(?{{ '{' }}, a)", 1),
    ]);
}

#[test]
fn broken_blocks_keep_what_is_readable() {
    check(&[
        (
            "server { listen 80; location / { a b;\nserver { listen 81; }",
            "server() {listen(80) | location(/) {a(b)}} | server() {listen(81)}",
            1,
        ),
        (
            "http { server { listen 80; upstream a { server b; } }",
            "http() {server() {listen(80)} | upstream(a) {server(b)}}",
            1,
        ),
        ("server { listen 80 }", "server() {listen(80)}", 1),
        ("listen 80", "listen(80)", 1),
        ("a; }\nb;", "a() | b()", 1),
        ("a \"b;\nc d;", "a(?\"b;, c, d)", 1),
        ("{ a; }", "() {a()}", 1),
        ("\u{FEFF}a b;\r\n# x\r\nc {\r\n}\r\n", "a(b) | c() {}", 0),
        ("access_by_lua_block { if x { ", "access_by_lua_block() <7>", 1),
        (";;a;", "a()", 0),
    ]);
}

#[test]
fn cut_anywhere_and_nested_deep() {
    survives(parse, SAMPLE);
    for (at, _) in SAMPLE.char_indices().filter(|(at, _)| *at > SAMPLE.find("upstream").unwrap()) {
        assert!(shown(&read(parse, &SAMPLE[..at]).0.roots[0]).contains("default(upgrade)"), "cut at {at}");
    }
    for (open, inner, close) in [
        ("a {", "b;", "}"),
        ("a {\n", "b;", "}\n"),
        ("{", "", "}"),
        ("{{", "", "}}"),
        ("a {{", "", "}};"),
        ("<%", "", "%>"),
        ("a_by_lua_block {", "", "}"),
        ("server { location / {", "", "}"),
        ("\"", "", ""),
        ("'\\\"", "", ""),
        ("a '", "", ";"),
        ("a_by_lua_block { [[", "", ""),
        ("${", "", "}"),
        ("\\", "", ""),
    ] {
        bounded(parse, open, inner, close);
    }
}

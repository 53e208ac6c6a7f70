use crate::{
    classify::{FileKind, Format, Role},
    extract::{Context, Extraction, Wanted},
    fact::{Fact, FactKind},
    source::Source,
    syntax::{Node, Value, parse},
    vocabulary::Vocabulary,
};

fn facts_of(path: &str, text: &str) -> Vec<Fact> {
    let source = Source::memory(path, text.as_bytes());
    let (document, _) = parse(&source, Format::Nginx);
    let cx = Context {
        source: &source,
        kind: FileKind { format: Format::Nginx, role: Role::Product },
        document: &document,
        vocabulary: &Vocabulary::default(),
        wanted: Wanted::all(),
    };
    let mut out = Extraction::default();
    super::super::extract(&cx, &mut out);
    out.facts
}

fn word(node: Option<&Node>) -> String {
    match node.map(|node| &node.value) {
        None => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Unknown(_)) => "?".to_owned(),
        Some(Value::Null) => "null".to_owned(),
        Some(Value::List(items)) => items.iter().map(|item| word(Some(item))).collect::<Vec<_>>().join(","),
        Some(Value::Map(_)) => "map".to_owned(),
    }
}

fn fields(fact: &Fact, names: &[&str]) -> String {
    names.iter().map(|name| word(fact.fields.get(name))).collect::<Vec<_>>().join(" ")
}

/// `name protocol port exposure redirects-to` of every listener.
fn listeners(text: &str) -> Vec<String> {
    let facts = facts_of("nginx.conf", text);
    let listeners = facts.iter().filter(|fact| fact.kind == FactKind::Listener);
    listeners
        .map(|fact| format!("{} {}", fact.name, fields(fact, &["protocol", "port", "exposure", "redirects-to"])))
        .collect()
}

/// What a server on port 80 with this body answers: `https`, `http`, `?` or `-` for content.
fn answers(cases: &[(&str, &str)]) {
    for (body, expected) in cases {
        let text = format!("server {{ listen 80; server_name a.shop.io b.shop.io; {body} }}");
        let found = listeners(&text);
        assert_eq!(found, [format!("a.shop.io http 80 public {expected}")], "{body}");
    }
}

#[test]
fn every_way_to_send_plain_requests_to_https_is_a_proof() {
    answers(&[
        ("return 301 https://$host$request_uri;", "https"),
        ("return 308 https://a.shop.io$request_uri;", "https"),
        ("return https://a.shop.io;", "https"),
        ("return 301 https://{{ domain }}$request_uri;", "https"),
        ("rewrite ^ https://$server_name$request_uri? permanent;", "https"),
        ("rewrite ^(.*)$ https://$host$1;", "https"),
        ("if ($scheme = http) { return 301 https://$host$request_uri; } location / { root /x; }", "https"),
        ("if ($scheme != \"https\") { rewrite ^ https://$host$request_uri permanent; } root /x;", "https"),
        ("if ($https = \"\") { return 301 https://$host$request_uri; }", "https"),
        ("if ($server_port = 80) { return 301 https://$host$request_uri; } root /x;", "https"),
        (
            "if ($http_x_forwarded_proto = 'http') { return 301 https://$host$request_uri; } location / { root /x; }",
            "https",
        ),
        ("if ($http_x_forwarded_proto != https) { return 301 https://$host$request_uri; }", "https"),
        ("location / { return 301 https://$host$request_uri; }", "https"),
        (
            "location /.well-known/acme-challenge/ { root /x; } location / { return 301 https://$host$request_uri; }",
            "https",
        ),
        ("location ^~ /.well-known { root /x; } location / { rewrite ^ https://$host$request_uri; }", "https"),
        (
            "location / { return 301 https://$host; } location ~ /\\. { deny all; } location = /healthz { return 200 ok; }",
            "https",
        ),
        ("location / { if ($scheme = http) { return 301 https://$host; } proxy_pass http://app; }", "https"),
        (
            "if ($host = a.shop.io) { return 301 https://$host$request_uri; } if ($host = b.shop.io) { return 301 https://$host$request_uri; } return 404;",
            "https",
        ),
        (
            "if ($host = a.shop.io) { return 301 https://$host; } if ($host = b.shop.io) { return 301 https://$host; }",
            "https",
        ),
        ("set $to https://a.shop.io; return 301 $to$request_uri;", "https"),
        (
            "location /api { return 301 https://api.shop.io$request_uri; } location ~ ^/ { return 301 https://a.shop.io; }",
            "https",
        ),
        ("include snippets/letsencrypt.conf; location / { return 301 https://$host; }", "https"),
    ]);
}

#[test]
fn refusing_every_request_is_as_good() {
    answers(&[
        ("return 444;", "https"),
        ("return 404;", "https"),
        ("return 403 'no';", "https"),
        ("location / { return 421; }", "https"),
        ("location / { deny all; }", "https"),
    ]);
}

#[test]
fn what_keeps_plain_http_is_no_proof() {
    answers(&[
        ("", "-"),
        ("location / { root /x; }", "-"),
        ("location / { proxy_pass http://app; }", "-"),
        ("return 200 ok;", "-"),
        ("return 301 $scheme://a.shop.io$request_uri;", "-"),
        ("return 301 /new;", "-"),
        ("return 301 http://a.shop.io$request_uri;", "http"),
        ("rewrite ^/old$ https://$host/new permanent; location / { root /x; }", "?"),
        ("location /admin { return 301 https://$host$request_uri; } location / { root /x; }", "-"),
        ("location /admin { return 301 https://$host$request_uri; }", "-"),
        ("location = / { return 301 https://$host; }", "-"),
        ("if ($scheme = https) { return 301 https://b.shop.io; } location / { root /x; }", "-"),
        ("if ($host = a.shop.io) { return 301 https://$host; } location / { root /x; }", "-"),
        ("location / { return 301 https://$host; } location /api { proxy_pass http://app; }", "-"),
        ("# return 301 https://$host;\nlocation / { root /x; }", "-"),
        ("add_header Location https://x; error_page 497 =301 https://$host$request_uri;", "-"),
    ]);
}

#[test]
fn what_only_running_can_tell_is_unknown() {
    answers(&[
        ("return 301 $target;", "?"),
        ("return 301 {{ target }};", "?"),
        ("include redirect.conf;", "?"),
        ("{{ extra }}\nlocation / { root /x; }", "?"),
        ("if ($redirect = 1) { return 301 https://$host; } location / { root /x; }", "?"),
        ("{% if ssl %}\nreturn 301 https://$host;\n{% endif %}\nlocation / { root /x; }", "?"),
        ("location / { include app.conf; }", "?"),
        ("location / { try_files $uri @secure; } location @secure { return 301 https://$host; }", "?"),
        ("access_by_lua_block { ngx.redirect(\"https://\" .. ngx.var.host) } location / { root /x; }", "?"),
    ]);
}

#[test]
fn listeners_have_ports_protocols_and_reach() {
    let cases: &[(&str, &[&str])] = &[
        ("server { listen 443 ssl; listen [::]:443 ssl; }", &["server https 443 public -"]),
        ("server { listen 443; }", &["server http 443 public -"]),
        ("server { listen 443; ssl on; }", &["server https 443 public -"]),
        ("server { listen 443; include ssl.conf; }", &["server ? 443 public -"]),
        ("server { listen 443 quic; listen 443 ssl; }", &["server https 443 public -"]),
        ("server { server_name x.io; }", &["x.io http 80 public -"]),
        ("server { include listen.conf; }", &["server ? ? ? -"]),
        ("server { listen 80; listen 443 ssl; }", &["server http 80 public -", "server https 443 public -"]),
        ("server { listen 127.0.0.1:8080; }", &["server http 8080 loopback -"]),
        ("server { listen localhost:8080; }", &["server http 8080 loopback -"]),
        ("server { listen unix:/run/x.sock; }", &["server http null loopback -"]),
        ("server { listen 10.1.2.3:80; }", &["server http 80 internal -"]),
        ("server { listen 80 proxy_protocol; }", &["server http 80 ? -"]),
        ("http { set_real_ip_from 10.0.0.0/8; server { listen 80; } }", &["server http 80 ? -"]),
        (
            "server { listen 80; location / { proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto; } }",
            &["server http 80 ? -"],
        ),
        (
            "server { listen 80; location / { proxy_set_header X-Forwarded-Proto $scheme; } }",
            &["server http 80 public -"],
        ),
        ("server { listen 80; server_name localhost; }", &["localhost http 80 internal -"]),
        ("server { listen 80; server_name app.svc.cluster.local; }", &["app.svc.cluster.local http 80 internal -"]),
        ("server { listen {{ port }}; }", &["server http ? ? -"]),
        ("server { listen {{ ip }}:443 ssl; }", &["server https 443 ? -"]),
        ("server { listen 443 {{ ssl }}; }", &["server ? 443 public -"]),
        (
            "{% if tls %}\nserver { listen 443 ssl; }\n{% else %}\nserver { listen 80; }\n{% endif %}",
            &["server https 443 ? -", "server http 80 ? -"],
        ),
        ("stream { server { listen 5432; proxy_pass db:5432; } }", &["server tcp 5432 public -"]),
        ("http { server { listen 80 default_server; return 444; } }", &["server http 80 public https"]),
        ("server { listen 80; server { listen 81; } }", &["server http 80 public -", "server http 81 public -"]),
    ];
    for (text, expected) in cases {
        assert_eq!(listeners(text), *expected, "{text}");
    }
}

#[test]
fn places_are_those_of_the_lines_that_say_it() {
    let text = "server {\n  listen 80;\n  listen [::]:80;\n  return 301 http://b.io;\n}\n";
    let facts = facts_of("conf.d/a.conf", text);
    let at = |field: &str| facts[0].fields.get(field).unwrap().span.text(text);
    assert_eq!((at("protocol"), at("port"), at("redirects-to")), ("listen 80;", "80", "301 http://b.io"));
    assert_eq!(word(facts[0].fields.get("addresses")), "80,[::]:80");
    assert_eq!(facts.len(), 1);
    assert_eq!(word(facts[0].fields.get("status")), "301");
}

#[test]
fn versions_suites_and_hsts_follow_inheritance() {
    const FIELDS: &[&str] =
        &["tls.protocols", "tls.min-version", "tls.ciphers", "hsts.max-age", "hsts.always", "hsts.dropped"];
    let sts = "add_header Strict-Transport-Security \"max-age=63072000; includeSubDomains\"";
    let cases = [
        (
            "server { listen 443 ssl; ssl_protocols TLSv1 TLSv1.2; ssl_ciphers HIGH:!aNULL; }".to_owned(),
            "TLSv1,TLSv1.2 1.0 HIGH:!aNULL - - -",
        ),
        (
            "http { ssl_protocols TLSv1; server { listen 443 ssl; ssl_protocols TLSv1.3; } }".to_owned(),
            "TLSv1.3 1.3 - - - -",
        ),
        ("http { ssl_protocols SSLv3 TLSv1.2; server { listen 443 ssl; } }".to_owned(), "SSLv3,TLSv1.2 ssl3 - - - -"),
        ("server { listen 443 ssl; include /etc/letsencrypt/options-ssl-nginx.conf; }".to_owned(), "? ? ? - - -"),
        ("server { listen 443 ssl; ssl_protocols {{ versions }}; }".to_owned(), "? ? - - - -"),
        (format!("server {{ listen 443 ssl; {sts} always; }}"), "- - - 63072000 true -"),
        (format!("{sts}; server {{ listen 443 ssl; location / {{ root /x; }} }}"), "- - - 63072000 false -"),
        (format!("{sts}; server {{ listen 443 ssl; add_header X-A b; }}"), "- - - - - -"),
        (
            format!("{sts}; server {{ listen 443 ssl; add_header_inherit merge; add_header X-A b; }}"),
            "- - - 63072000 false -",
        ),
        (
            format!("server {{ listen 443 ssl; {sts}; location / {{ add_header X-A b; }} }}"),
            "- - - 63072000 false true",
        ),
        (format!("server {{ listen 443 ssl; location / {{ {sts} always; }} }}"), "- - - 63072000 true -"),
        (format!("server {{ listen 443 ssl; location /a {{ {sts}; }} }}"), "- - - ? - -"),
        (
            "server { listen 443 ssl; more_set_headers 'Strict-Transport-Security: max-age=300'; }".to_owned(),
            "- - - 300 true -",
        ),
        ("server { listen 443 ssl; add_header Strict-Transport-Security $hsts always; }".to_owned(), "- - - ? true -"),
        ("server { listen 443 ssl; include security-headers.conf; }".to_owned(), "? ? ? ? - -"),
        (
            "server { listen 443 ssl; header_filter_by_lua_block { ngx.header['Strict-Transport-Security'] = x } }"
                .to_owned(),
            "- - - ? - -",
        ),
        ("server { listen 443 ssl default_server; return 444; }".to_owned(), "- - - - - -"),
        (format!("server {{ listen 80; {sts}; return 301 https://$host; }}"), "- - - - - -"),
    ];
    for (text, expected) in cases {
        let facts = facts_of("nginx.conf", &text);
        assert_eq!(fields(&facts[0], FIELDS), expected, "{text}");
    }
}

#[test]
fn passes_tell_where_requests_go_and_what_is_checked() {
    let cases: &[(&str, &str)] = &[
        ("proxy_pass http://app:3000;", "http://app:3000 http app 3000 internal false -"),
        ("proxy_pass http://127.0.0.1:3000/;", "http://127.0.0.1:3000/ http 127.0.0.1 3000 loopback false -"),
        ("proxy_pass http://unix:/run/a.sock:/x;", "http://unix:/run/a.sock:/x http - - loopback false -"),
        ("proxy_pass http://api.shop.io;", "http://api.shop.io http api.shop.io - external false -"),
        ("proxy_pass https://api.shop.io;", "https://api.shop.io https api.shop.io - external true -"),
        (
            "proxy_ssl_verify off; proxy_pass https://api.shop.io;",
            "https://api.shop.io https api.shop.io - external true false",
        ),
        ("proxy_ssl_verify on; proxy_pass https://10.0.0.1;", "https://10.0.0.1 https 10.0.0.1 - private true true"),
        (
            "grpc_pass grpcs://g.shop.io:443; grpc_ssl_verify on;",
            "grpcs://g.shop.io:443 grpcs g.shop.io 443 external true true",
        ),
        ("grpc_pass g:50051;", "g:50051 grpc g 50051 internal false -"),
        ("uwsgi_pass unix:///run/x.sock;", "unix:///run/x.sock uwsgi - - loopback false -"),
        ("fastcgi_pass php:9000;", "php:9000 fastcgi php 9000 internal false -"),
        ("proxy_pass http://$backend;", "http://$backend http - - ? false -"),
        ("proxy_pass {{ upstream }};", "? http - - ? false -"),
        ("set $b http://app:80; proxy_pass $b;", "http://app:80 http app 80 internal false -"),
        ("proxy_pass http://pool/x;", "http://pool/x http 203.0.114.9 80 external false -"),
        ("proxy_pass http://near;", "http://near http app 1 internal false -"),
        ("proxy_pass http://word:word@app/;", "http://app/ http app - internal false -"),
    ];
    for (body, expected) in cases {
        let text = format!(
            "http {{ upstream pool {{ server 127.0.0.1:1; server 203.0.114.9:80; }} upstream near {{ server app:1; }}
            server {{ listen 80; location / {{ {body} }} }} }}"
        );
        let facts = facts_of("nginx.conf", &text);
        let endpoints: Vec<_> = facts.iter().filter(|fact| fact.kind == FactKind::Endpoint).collect();
        let found: Vec<_> = endpoints
            .iter()
            .map(|fact| fields(fact, &["url", "scheme", "host", "port", "locality", "tls", "verify"]))
            .collect();
        assert_eq!(found, [*expected], "{body}");
    }
    let stream = facts_of("streams-enabled/db.conf", "server { listen 1; proxy_ssl on; proxy_pass db.shop.io:5432; }");
    assert_eq!(fields(&stream[0], &["protocol"]), "tcp");
    assert_eq!(fields(&stream[1], &["scheme", "host", "port", "tls"]), "tcp db.shop.io 5432 true");
}

#![allow(
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing
)]
use std::{fs, path::Path};
use trueup_core::{classify::classify, extract::*, fact::*, source::*, syntax::*, vocabulary::Vocabulary};
fn walk(dir: &Path, out: &mut Vec<std::path::PathBuf>) {
    let mut es: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    es.sort();
    for p in es {
        if p.is_dir() {
            if !p.ends_with(".git") {
                walk(&p, out)
            }
        } else {
            out.push(p)
        }
    }
}
fn show(node: &Node) -> String {
    let o = match &node.origin {
        Origin::Default(_) => "~",
        Origin::Resolved(_) => "^",
        _ => "",
    };
    o.to_owned()
        + &match &node.value {
            Value::Null => "null".to_owned(),
            Value::Bool(f) => f.to_string(),
            Value::Number(n) => n.to_string(),
            Value::String(t) => format!("{:?}", t.chars().take(120).collect::<String>()),
            Value::Unknown(t) => format!("?{}", t.chars().take(80).collect::<String>().replace('\n', " ")),
            Value::List(i) => format!("[{}]", i.iter().map(show).collect::<Vec<_>>().join(" ")),
            Value::Map(e) => format!(
                "{{{}}}",
                e.iter()
                    .map(|(k, v)| format!("{}={}", k.as_str().unwrap_or("?"), show(v)))
                    .collect::<Vec<_>>()
                    .join(" ")
            ),
        }
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let root = Path::new(&args[1]);
    let kinds: Vec<&str> = args.iter().skip(2).map(|s| s.as_str()).collect();
    let mut voc = Vec::new();
    for e in fs::read_dir("rules/vocabulary").unwrap() {
        let p = e.unwrap().path();
        if p.file_name().unwrap().to_str().unwrap().starts_with("resources") {
            voc.push((p.display().to_string(), fs::read_to_string(&p).unwrap()));
        }
    }
    let vocabulary = Vocabulary::parse(voc.iter().map(|(a, b)| (a.as_str(), b.as_str()))).unwrap();
    let mut files = Vec::new();
    walk(root, &mut files);
    let mut frags = Vec::new();
    let mut facts = Vec::new();
    let mut paths = Vec::new();
    let mut texts = Vec::new();
    let t = std::time::Instant::now();
    for (i, p) in files.iter().enumerate() {
        let bytes = fs::read(p).unwrap();
        if is_binary(&bytes) {
            paths.push(String::new());
            texts.push("".into());
            continue;
        }
        let rel = p.strip_prefix(root).unwrap().display().to_string();
        let s = Source { id: SourceId(i as u32), ..Source::memory(&rel, &bytes) };
        let kind = classify(&rel, &s.text);
        paths.push(rel);
        texts.push(s.text.clone());
        if kind.format.is_program() {
            continue;
        }
        let (d, notes) = parse(&s, kind.format);
        for n in notes {
            if kinds.contains(&"notes") {
                println!("NOTE {} {:?}", paths[i], n)
            }
        }
        let cx = Context { source: &s, kind, document: &d, vocabulary: &vocabulary, wanted: Wanted::all() };
        let e = extract(&cx);
        frags.extend(e.fragments);
        facts.extend(e.facts);
    }
    let t1 = t.elapsed();
    let (f, n) = link(frags, &vocabulary);
    eprintln!("extract {:?} link {:?}", t1, t.elapsed() - t1);
    facts.extend(f);
    for f in &facts {
        if !kinds.is_empty() && !kinds.contains(&f.kind.word()) {
            continue;
        }
        let lines = trueup_core::span::Lines::new(&texts[f.source.index()]);
        println!(
            "{} {} {}:{} {:?} {:?}",
            f.kind.word(),
            f.name,
            paths[f.source.index()],
            lines.line_of(f.span.start),
            f.environment,
            f.strength
        );
        for (k, v) in f.fields.entries() {
            println!("    {} = {}", k.as_str().unwrap_or("?"), show(v))
        }
    }
    for n in n {
        println!("NOTIFICATION {n:?}")
    }
    let mut m = std::collections::BTreeMap::new();
    for f in &facts {
        *m.entry(f.kind.word()).or_insert(0) += 1
    }
    eprintln!("{m:?}");
}

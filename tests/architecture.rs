//! The invariants of ARCHITECTURE.md that the compiler does not hold.

use std::{fs, path::Path};

use trueup_tests::root;

/// Modules of `core` from the ground up: each may use only those before it.
const ORDER: &[&str] = &[
    "span",
    "error",
    "source",
    "classify",
    "syntax",
    "fact",
    "package",
    "vocabulary",
    "probe",
    "finding",
    "rule",
    "extract",
    "advisory",
    "gate",
    "config",
    "suppress",
    "baseline",
    "report",
    "unpack",
    "walk",
    "engine",
    "emit",
    "setup",
];

/// Arrows against the order, each with its reason.
const ALLOWED: &[(&str, &str)] = &[];

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.to_string_lossy().replace('\\', "/"), fs::read_to_string(&path).unwrap()));
        }
    }
}

fn core_sources() -> Vec<(String, String)> {
    let src = root().join("core/src");
    let mut found = Vec::new();
    sources(&src, &mut found);
    let prefix = format!("{}/", src.to_string_lossy().replace('\\', "/"));
    found.into_iter().map(|(path, text)| (path.trim_start_matches(&prefix).to_owned(), text)).collect()
}

/// The module that a file of core belongs to.
fn module_of(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

/// True for a file that holds nothing but tests.
fn is_test(path: &str) -> bool {
    path.ends_with("tests.rs") || path.contains("/tests/")
}

/// Code without its test module.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

/// Modules that a file names: `crate::name` and the heads of `use crate::{name..., name...}`.
fn used(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => names.push(rest),
            Some(list) => {
                let mut depth = 0;
                let mut start = 0;
                for (index, letter) in list.char_indices() {
                    match letter {
                        '{' => depth += 1,
                        '}' if depth == 0 => {
                            names.push(list[start..index].trim());
                            break;
                        }
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            names.push(list[start..index].trim());
                            start = index + 1;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    let is_word = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    names.into_iter().map(|name| &name[..name.find(|letter| !is_word(letter)).unwrap_or(name.len())]).collect()
}

#[test]
fn modules_use_only_what_stands_below_them() {
    let place = |module: &str| ORDER.iter().position(|known| *known == module);
    for (path, text) in core_sources() {
        let module = module_of(&path);
        if module == "lib" {
            continue;
        }
        let own = place(module).unwrap_or_else(|| panic!("{path}: module {module} has no place in the order"));
        for other in used(code(&text)) {
            let Some(at) = place(other) else { continue };
            let allowed = at <= own || ALLOWED.contains(&(module, other));
            assert!(allowed, "{path}: {module} uses {other}, which stands above it");
        }
    }
}

#[test]
fn core_depends_neither_on_rules_nor_on_the_ends() {
    let manifest = fs::read_to_string(root().join("core/Cargo.toml")).unwrap();
    for other in ["trueup-rules", "trueup-python", "clap", "pyo3"] {
        assert!(!manifest.contains(other), "core depends on {other}");
    }
}

#[test]
fn the_engine_names_no_rule_and_no_family() {
    let set = trueup_tests::rules();
    let mut words: Vec<String> = set.rules.iter().map(|rule| rule.id.clone()).collect();
    let mut families: Vec<&str> = set.rules.iter().map(|rule| rule.family()).collect();
    families.sort_unstable();
    families.dedup();
    words.extend(families.into_iter().map(|family| format!("\"{family}\"")));
    let engine =
        ["engine", "rule", "gate", "finding", "suppress", "report", "baseline", "emit", "probe", "fact", "walk"];
    for (path, text) in core_sources().iter().filter(|(path, _)| engine.contains(&module_of(path))) {
        // SARIF has a property of the name of one family.
        // Probes hold lists of words of languages.
        let is_meant = |word: &&String| !(word.starts_with('"') && module_of(path) == "probe");
        for word in words.iter().filter(|word| *word != "\"suppressions\"").filter(is_meant) {
            assert!(!code(text).contains(word.as_str()), "{path} names {word}");
        }
    }
}

#[test]
fn only_walk_and_advisories_read_files_and_nothing_prints() {
    let reads = [
        "std::fs",
        "fs::read",
        "File::open",
        "std::env",
        "TcpStream",
        "UdpSocket",
        "std::process",
        "println!",
        "eprintln!",
    ];
    for (path, text) in core_sources().into_iter().filter(|(path, _)| !is_test(path)) {
        let reader = matches!(module_of(&path), "walk") || path.starts_with("advisory/open");
        for word in reads {
            let allowed = (reader && !matches!(word, "TcpStream" | "UdpSocket") && !word.ends_with("println!"))
                || !code(&text).contains(word);
            assert!(allowed, "{path} has {word}");
        }
    }
}

#[test]
fn the_network_stands_in_one_place_behind_a_feature() {
    let manifest = |name: &str| {
        let text = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        toml::from_str::<toml::Table>(&text).unwrap()
    };
    for name in ["core", "rules", "python"] {
        assert!(!manifest(name)["dependencies"].as_table().unwrap().contains_key("ureq"), "{name} has a network");
    }
    let cli = manifest("cli");
    assert_eq!(cli["dependencies"]["ureq"]["optional"].as_bool(), Some(true));
    assert!(!cli["features"].as_table().unwrap().contains_key("default"), "the command asks by default");
    let mut files = Vec::new();
    for folder in ["cli/src", "python/src", "rules"] {
        sources(&root().join(folder), &mut files);
    }
    for (path, text) in files.iter().filter(|(path, _)| !path.contains("cli/src/verify/")) {
        for word in ["ureq", "std::net", "TcpStream"] {
            assert!(!text.contains(word), "{path} has {word}");
        }
    }
}

#[test]
fn every_file_of_core_opens_with_a_sentence() {
    for (path, text) in core_sources().into_iter().filter(|(path, _)| !is_test(path)) {
        assert!(text.starts_with("//!"), "{path} does not say what it is");
    }
}

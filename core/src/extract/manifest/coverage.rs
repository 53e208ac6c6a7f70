//! Coverage gates: the smallest share of code that tests must run, as each tool's settings say it.

use super::super::{Context, Extraction};
use crate::{
    fact::{Fact, FactKind},
    span::Span,
    syntax::{Node, Value},
};

/// A gate: a share of a hundred, and where it is set.
struct Gate {
    tool: &'static str,
    value: f64,
    span: Span,
}

/// True for a settings file that is a program or plain text and may hold a gate.
pub(super) fn is_text_settings(name: &str) -> bool {
    let starts = ["jest.config.", "vitest.config.", "vite.config.", "vitest.workspace.", "karma.conf.", "wdio.conf."];
    starts.iter().any(|start| name.starts_with(start))
        || matches!(
            name,
            ".simplecov"
                | "spec_helper.rb"
                | "test_helper.rb"
                | "rails_helper.rb"
                | "build.gradle"
                | "build.gradle.kts"
                | ".coveragerc"
                | "build.sbt"
                | "mix.exs"
        )
}

/// True for a settings file in YAML that may hold a gate.
pub(super) fn is_yaml_settings(name: &str) -> bool {
    matches!(name, "codecov.yml" | ".codecov.yml" | "codecov.yaml" | ".testcoverage.yml" | ".testcoverage.yaml")
}

/// Reads gates from one source.
pub(super) fn extract(cx: &Context<'_>, out: &mut Extraction) {
    let name = cx.source.path.rsplit('/').next().unwrap_or_default();
    for gate in gates(cx, name) {
        let span = gate.span;
        let one = |word: &str| Node::new(span, Value::List(vec![Node::string(span, word)]));
        out.facts.push(
            Fact::new(FactKind::Step, "coverage-threshold", cx.source.id, span)
                .with("roles", one("coverage"))
                .with_text("tool", span, gate.tool)
                .with_text("evidence", span, "settings")
                .with("threshold", Node::new(span, Value::Number(gate.value))),
        );
    }
}

fn gates(cx: &Context<'_>, name: &str) -> Vec<Gate> {
    let root = cx.document.roots.first();
    let text = &cx.source.text;
    let data = |root: &Node, tool: &'static str, paths: &[&[&str]]| of_paths(root, tool, paths);
    match (name, root) {
        ("package.json", Some(root)) => {
            let mut found = whole_of(root.at(&["jest", "coverageThreshold", "global"]), "jest");
            found.extend(checked(root.get("nyc"), "nyc"));
            found.extend(checked(root.get("c8"), "c8"));
            found
        }
        (".nycrc" | ".nycrc.json", Some(root)) => checked(Some(root), "nyc"),
        (".c8rc.json" | ".c8rc", Some(root)) => checked(Some(root), "c8"),
        ("jest.config.json", Some(root)) => whole_of(root.at(&["coverageThreshold", "global"]), "jest"),
        ("pyproject.toml", Some(root)) => data(
            root,
            "coverage",
            &[&["tool", "coverage", "report", "fail_under"], &["tool", "pytest", "ini_options", "cov_fail_under"]],
        ),
        ("setup.cfg" | "tox.ini" | ".coveragerc", _) => key_value(text, "coverage", &["fail_under"]),
        ("tarpaulin.toml" | ".tarpaulin.toml", Some(root)) => {
            let tables = root.entries().iter().filter_map(|(_, table)| table.get("fail-under"));
            let found: Vec<Gate> = tables.filter_map(|node| gate("tarpaulin", node)).collect();
            if found.is_empty() { data(root, "tarpaulin", &[&["fail-under"]]) } else { found }
        }
        ("codecov.yml" | ".codecov.yml" | "codecov.yaml", Some(root)) => codecov(root),
        (".testcoverage.yml" | ".testcoverage.yaml", Some(root)) => {
            data(root, "go-test-coverage", &[&["threshold", "total"]])
        }
        ("pom.xml", _) => jacoco_xml(text),
        ("build.gradle" | "build.gradle.kts", _) => jacoco_gradle(text),
        (".simplecov" | "spec_helper.rb" | "test_helper.rb" | "rails_helper.rb", _) => {
            after_word(text, "simplecov", "minimum_coverage")
        }
        ("build.sbt", _) => after_word(text, "scoverage", "coverageMinimumStmtTotal"),
        ("mix.exs", _) => after_word(text, "mix", "threshold:"),
        _ if is_text_settings(name) => script_settings(text),
        _ if name.ends_with(".csproj") => after_word(text, "coverlet", "<Threshold>"),
        _ => Vec::new(),
    }
}

fn gate(tool: &'static str, node: &Node) -> Option<Gate> {
    let text = node.as_str().map(|text| text.trim_end_matches('%').trim().parse::<f64>().ok());
    let value = text.unwrap_or_else(|| node.as_number())?;
    (0.0..=100.0).contains(&value).then_some(Gate { tool, value, span: node.span })
}

fn of_paths(root: &Node, tool: &'static str, paths: &[&[&str]]) -> Vec<Gate> {
    paths.iter().filter_map(|path| root.at(path)).filter_map(|node| gate(tool, node)).collect()
}

/// The figure that stands for the whole: lines, else statements, else the lowest.
fn whole_of(table: Option<&Node>, tool: &'static str) -> Vec<Gate> {
    let Some(table) = table else { return Vec::new() };
    let named = ["lines", "statements"].iter().find_map(|name| table.get(name));
    if let Some(node) = named {
        return gate(tool, node).into_iter().collect();
    }
    let others =
        ["functions", "branches"].iter().filter_map(|name| table.get(name)).filter_map(|node| gate(tool, node));
    others.min_by(|left, right| left.value.total_cmp(&right.value)).into_iter().collect()
}

/// nyc and c8 check only when told to; their figure for lines is 90 unless set (nyc's documentation).
fn checked(table: Option<&Node>, tool: &'static str) -> Vec<Gate> {
    let is_on = table
        .and_then(|table| table.get("check-coverage").or_else(|| table.get("checkCoverage")))
        .and_then(Node::as_bool)
        == Some(true);
    if is_on { whole_of(table, tool) } else { Vec::new() }
}

/// `coverage.status.project.default.target: 80%`; `auto` compares with the base and promises no number.
fn codecov(root: &Node) -> Vec<Gate> {
    let Some(project) = root.at(&["coverage", "status", "project"]) else { return Vec::new() };
    let flags = std::iter::once(project).chain(project.entries().iter().map(|(_, flag)| flag));
    let informs = |flag: &&Node| flag.get("informational").and_then(Node::as_bool) != Some(true);
    let targets = flags.filter(informs).filter_map(|flag| flag.get("target")).filter_map(|node| gate("codecov", node));
    targets.min_by(|left, right| left.value.total_cmp(&right.value)).into_iter().collect()
}

fn key_value(text: &str, tool: &'static str, keys: &[&str]) -> Vec<Gate> {
    let mut at = 0;
    let mut found = Vec::new();
    for whole in text.split_inclusive('\n') {
        let line = whole.trim();
        let key = line.split(['=', ':']).next().unwrap_or_default().trim();
        if keys.contains(&key) {
            found.extend(number_in(whole, at, tool));
        }
        at += whole.len();
    }
    found
}

/// The first number of a piece of text.
fn number_in(text: &str, at: usize, tool: &'static str) -> Option<Gate> {
    let start = text.find(|sign: char| sign.is_ascii_digit())?;
    let digits = text.get(start..)?;
    let len = digits.find(|sign: char| !(sign.is_ascii_digit() || sign == '.')).unwrap_or(digits.len());
    let number = digits.get(..len)?.trim_end_matches('.');
    let value: f64 = number.parse().ok()?;
    let span = Span::new(at + start, at + start + number.len());
    (0.0..=100.0).contains(&value).then_some(Gate { tool, value, span })
}

/// The number behind a word, on its line; comment lines do not count.
fn after_word(text: &str, tool: &'static str, word: &str) -> Vec<Gate> {
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let is_comment = line.trim_start().starts_with(['#', '/']);
        if let Some(place) = line.find(word).filter(|_| !is_comment) {
            let after = place + word.len();
            found.extend(line.get(after..).and_then(|rest| number_in(rest, at + after, tool)));
        }
        at += line.len();
    }
    found.into_iter().min_by(|left: &Gate, right| left.value.total_cmp(&right.value)).into_iter().collect()
}

/// JaCoCo's limits are shares of one; the rule for the whole bundle counts, else the lowest.
fn shares_of_one(found: Vec<Gate>) -> Vec<Gate> {
    let scaled = found.into_iter().map(|gate| Gate {
        value: if gate.value <= 1.0 { (gate.value * 1000.0).round() / 10.0 } else { gate.value },
        ..gate
    });
    scaled.min_by(|left, right| left.value.total_cmp(&right.value)).into_iter().collect()
}

fn jacoco_xml(text: &str) -> Vec<Gate> {
    if !text.contains("jacoco") {
        return Vec::new();
    }
    let places = text.match_indices("<minimum>").map(|(at, word)| at + word.len());
    let found = places.filter_map(|at| {
        text.get(at..).and_then(|rest| rest.split('<').next()).and_then(|number| number_in(number, at, "jacoco"))
    });
    shares_of_one(found.collect())
}

fn jacoco_gradle(text: &str) -> Vec<Gate> {
    let words = ["jacocoTestCoverageVerification", "violationRules", "koverVerify", "minBound", "kover"];
    if !words.iter().any(|word| text.contains(word)) {
        return Vec::new();
    }
    let mut found = after_word(text, "jacoco", "minimum =");
    found.extend(after_word(text, "jacoco", "minimum.set("));
    found.extend(after_word(text, "kover", "minBound("));
    found.extend(after_word(text, "jacoco", "minimum = \""));
    shares_of_one(found)
}

/// `coverageThreshold: { global: { lines: 80 } }` of Jest and `thresholds: { lines: 80 }` of Vitest, found by their
/// words: the settings are a program, and all that counts of it is a few numbers in braces.
fn script_settings(text: &str) -> Vec<Gate> {
    let Some(start) = ["coverageThreshold", "thresholds"].iter().find_map(|word| uncommented(text, word)) else {
        return Vec::new();
    };
    let Some(block) = braces(text, start) else { return Vec::new() };
    let inner = block.text(text);
    // Jest's limits for single paths stand beside `global`.
    let global = inner.find("global").and_then(|at| braces(text, block.from() + at)).unwrap_or(block);
    let inner = global.text(text);
    let of = |word: &str| {
        let at = inner.find(word)?;
        number_in(inner.get(at..)?.split([',', '}', '\n']).next()?, global.from() + at, "coverage-settings")
    };
    let named = of("lines").or_else(|| of("statements"));
    let all_or_least = || {
        let others = [of("functions"), of("branches")].into_iter().flatten();
        others.min_by(|left, right| left.value.total_cmp(&right.value))
    };
    named.or_else(all_or_least).into_iter().collect()
}

fn uncommented(text: &str, word: &str) -> Option<usize> {
    text.match_indices(word).map(|(at, _)| at).find(|&at| {
        let line = text.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        !line.contains("//") && !line.trim_start().starts_with('*')
    })
}

/// The text within the first braces after a place.
fn braces(text: &str, from: usize) -> Option<Span> {
    let open = from + text.get(from..)?.find('{')?;
    let mut depth = 0_usize;
    for (at, sign) in text.get(open..)?.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(Span::new(open + 1, open + at));
        }
    }
    None
}

//! Rule files to checked rules: every defect at once, each with file, line and column.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Advisory, Case, Credential, Flow, Join, Matcher, Rule, RuleSet, Select, Start, Text,
    schema::{CredentialFile, JoinFile, MatchFile, RuleFile, SelectFile, TextFile},
    template::holes,
    text_regex,
    verify::{self, Verify, VerifyFile},
};
use crate::{fact::FactKind, probe, vocabulary::Vocabulary};

/// Kinds of advisory a rule may name.
const ADVISORY_KINDS: &[&str] = &["vulnerability", "unmaintained", "unsound", "yanked", "notice", "malicious"];

/// Shortest trigger word: shorter ones occur everywhere and would cost every scan.
const SHORTEST_KEYWORD: usize = 3;

pub(super) fn rule_set<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<RuleSet, Vec<String>> {
    let (vocabulary, rules): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(path, _)| path.starts_with("vocabulary/") || path.contains("/vocabulary/"));
    let mut set = RuleSet { rules: Vec::new(), vocabulary: Vocabulary::default() };
    let mut defects = Vec::new();
    match Vocabulary::parse(vocabulary) {
        Ok(read) => set.vocabulary = read,
        Err(mut found) => defects.append(&mut found),
    }
    if let Err(mut found) = extend(&mut set, rules, Origin::Own) {
        defects.append(&mut found);
    }
    if defects.is_empty() { Ok(set) } else { Err(defects) }
}

/// Whose rules are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Built in.
    Own,
    /// Of a user, or of the scanned tree.
    User,
}

pub(super) fn extend<'a>(
    set: &mut RuleSet,
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    origin: Origin,
) -> Result<(), Vec<String>> {
    let mut defects = Vec::new();
    let mut added: BTreeMap<String, &str> = BTreeMap::new();
    for (path, text) in files {
        match read(path, text, &set.vocabulary, origin) {
            Ok(rule) if set.rules.iter().any(|known| known.id == rule.id) => {
                let first = added.get(&rule.id).copied().unwrap_or("a built-in rule");
                defects.push(format!("{path}: the id {} is taken by {first}", rule.id));
            }
            Ok(rule) => {
                added.insert(rule.id.clone(), path);
                set.rules.push(Arc::new(rule));
            }
            Err(mut found) => defects.append(&mut found),
        }
    }
    set.rules.sort_by(|a, b| a.id.cmp(&b.id));
    if defects.is_empty() { Ok(()) } else { Err(defects) }
}

/// Reads one rule and lists what is wrong with it.
fn read(path: &str, text: &str, vocabulary: &Vocabulary, origin: Origin) -> Result<Rule, Vec<String>> {
    let file: RuleFile = toml::from_str(text).map_err(|error| vec![placed(path, text, &error)])?;
    let mut defects = Vec::new();
    let line = |key: &str| line_of_key(text, key);
    let mut defect = |key: &str, message: String| defects.push(format!("{path}:{}: {message}", line(key)));

    if !is_id(&file.id) {
        defect("id", format!("\"{}\" is no rule id; write family/kebab-name", file.id));
    } else if !path.trim_end_matches(".toml").ends_with(&file.id) && path.ends_with(".toml") {
        defect("id", format!("the id {} does not end the path of its file", file.id));
    }
    for (key, value) in [("title", &file.title), ("message", &file.message), ("help", &file.help)] {
        if value.trim().is_empty() {
            defect(key, format!("{key} is empty"));
        }
    }
    if file.title.chars().count() > 80 {
        defect("title", "a title has at most 80 characters".into());
    }
    if file.matters.is_empty() {
        defect("matters", "a rule names at least one matter".into());
    }
    for matter in &file.matters {
        if !vocabulary.controls.knows(matter) {
            let known = vocabulary.controls.matters();
            defect(
                "matters",
                format!("unknown matter \"{matter}\"{}", nearest(matter, known.iter().map(String::as_str))),
            );
        }
    }
    let matcher = matcher(file.r#match, &mut |message| defect("match", message));
    if let Some(matcher) = &matcher {
        check_holes(&file.message, matcher, &mut |message| defect("message", message));
    }
    let verify = asked(file.verify, matcher.as_ref(), origin, &mut |message| defect("verify", message));
    for (key, count) in [("fail", file.fail.len()), ("pass", file.pass.len())] {
        if count == 0 {
            defect("id", format!("a rule needs at least one [[{key}]] case"));
        }
    }
    let (fail, pass) = (cases(file.fail), cases(file.pass));
    for case in fail.iter().chain(&pass) {
        if let Err(message) = case.expect() {
            defect("fail", message);
        }
    }
    match matcher {
        Some(matcher) if defects.is_empty() => Ok(Rule {
            id: file.id,
            title: file.title,
            severity: file.severity,
            precision: file.precision,
            message: file.message,
            help: file.help,
            description: file.description,
            references: file.references,
            matters: file.matters,
            cwe: file.cwe,
            in_tests: file.in_tests,
            replaced_by: file.replaced_by,
            matcher,
            verify,
            fail,
            pass,
        }),
        _ => Err(defects),
    }
}

fn cases(tables: Vec<BTreeMap<String, String>>) -> Vec<Case> {
    tables.into_iter().map(|table| Case { files: table.into_iter().collect() }).collect()
}

fn is_id(id: &str) -> bool {
    let kebab = |part: &str| {
        !part.is_empty()
            && part.split('-').all(|word| {
                !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            })
    };
    let parts: Vec<&str> = id.split('/').collect();
    parts.len() == 2 && parts.into_iter().all(kebab)
}

/// Exactly one matcher, checked.
fn matcher(file: MatchFile, defect: &mut dyn FnMut(String)) -> Option<Matcher> {
    let there = [
        file.text.is_some(),
        file.credential.is_some(),
        file.fact.is_some(),
        file.flow.is_some(),
        file.join.is_some(),
        file.advisory.is_some(),
    ];
    if there.into_iter().filter(|there| *there).count() != 1 {
        let forms = "match.text, match.credential, match.fact, match.flow, match.join, match.advisory";
        defect(format!("a rule has exactly one of {forms}"));
        return None;
    }
    if let Some(credential) = file.credential {
        return Some(Matcher::Text(credential_matcher(credential, defect)));
    }
    if let Some(text) = file.text {
        return Some(Matcher::Text(text_matcher(text, defect)));
    }
    if let Some(fact) = file.fact {
        let select = select(fact);
        check_select(&select, false, defect);
        return Some(Matcher::Fact(select));
    }
    if let Some(flow) = file.flow {
        let (from, to) = (select(flow.from), select(flow.to));
        check_select(&from, true, defect);
        check_select(&to, false, defect);
        return Some(Matcher::Flow(Flow { from, to, unless_through: flow.unless_through }));
    }
    if let Some(join) = file.join {
        return Some(Matcher::Join(join_matcher(join, defect)));
    }
    file.advisory.map(|advisory| {
        for kind in &advisory.kinds {
            if !ADVISORY_KINDS.contains(&kind.as_str()) {
                defect(format!("unknown kind of advisory \"{kind}\"; one of {}", ADVISORY_KINDS.join(", ")));
            }
        }
        Matcher::Advisory(Advisory { kinds: advisory.kinds })
    })
}

fn text_matcher(file: TextFile, defect: &mut dyn FnMut(String)) -> Text {
    if file.keywords.is_empty() {
        defect("a text rule needs keywords: words of which one is in every match".into());
    }
    let text = Text {
        keywords: file.keywords,
        pattern: file.pattern,
        credential: None,
        lines: file.lines,
        start: file.start,
        probes: file.probes,
        proof: file.proof,
        paths: file.paths,
        generic: file.generic,
    };
    check_text(&text, defect);
    text
}

fn credential_matcher(file: CredentialFile, defect: &mut dyn FnMut(String)) -> Text {
    if file.names.is_empty() {
        defect("a credential needs names: what its provider is called".into());
    }
    for (what, part) in file.labels.iter().map(|label| ("labels", label)).chain([("shape", &file.shape)]) {
        match text_regex(part) {
            Err(error) => defect(format!("{what}: {}", one_line(&error.to_string()))),
            Ok(part) if part.is_match(b"") => defect(format!("{what}: one matches the empty text")),
            Ok(_) => {}
        }
    }
    let credential = Credential { names: file.names, labels: file.labels, shape: file.shape };
    let text = Text {
        keywords: credential.keywords(),
        pattern: String::new(),
        credential: Some(credential),
        lines: file.lines,
        start: Start::Anywhere,
        probes: file.probes,
        proof: file.proof,
        paths: file.paths,
        generic: false,
    };
    check_text(&text, defect);
    text
}

/// What every text rule must hold.
fn check_text(text: &Text, defect: &mut dyn FnMut(String)) {
    for word in &text.keywords {
        if word.len() < SHORTEST_KEYWORD {
            defect(format!("the keyword \"{word}\" is too short; at least {SHORTEST_KEYWORD} characters"));
        }
    }
    match text_regex(&text.pattern()) {
        Err(error) => defect(format!("pattern: {}", one_line(&error.to_string()))),
        Ok(pattern) if pattern.is_match(b"") => defect("the pattern matches the empty text".into()),
        Ok(_) => {}
    }
    for path in &text.paths {
        if let Err(error) = regex::Regex::new(path) {
            defect(format!("paths: {}", one_line(&error.to_string())));
        }
    }
    for name in text.probes.iter().chain(&text.proof) {
        if probe::find(name).is_none() {
            defect(format!("unknown probe \"{name}\"{}", nearest(name, probe::PROBES.iter().map(|probe| probe.name))));
        }
    }
}

fn select(file: SelectFile) -> Select {
    Select {
        kind: file.kind,
        keywords: file.keywords,
        and_keywords: file.and_keywords,
        languages: file.languages,
        name: file.name.map(|test| test.0),
        any: file.r#where.0,
        at: file.at,
        environments: file.environments,
        strength: file.strength,
    }
}

fn check_select(select: &Select, is_flow_source: bool, defect: &mut dyn FnMut(String)) {
    let of_program = matches!(select.kind, FactKind::Call);
    if of_program && select.keywords.is_empty() && !is_flow_source {
        defect("a call needs keywords: words of which one is in every source to parse for it".into());
    }
    if select.keywords.is_empty() && !select.and_keywords.is_empty() {
        defect("and-keywords narrow keywords, and there are none".into());
    }
    for word in select.keywords.iter().chain(&select.and_keywords) {
        if word.len() < SHORTEST_KEYWORD {
            defect(format!("the keyword \"{word}\" is too short; at least {SHORTEST_KEYWORD} characters"));
        }
    }
    if select.languages.iter().any(|format| !format.is_program()) {
        defect("languages are those of programs: rust, python, javascript, typescript, tsx, go, java".into());
    }
    if select.any.iter().any(|table| table.0.is_empty()) {
        defect("a where table without tests meets everything".into());
    }
}

fn join_matcher(file: JoinFile, defect: &mut dyn FnMut(String)) -> Join {
    let many = |files: Vec<SelectFile>| files.into_iter().map(select).collect::<Vec<_>>();
    let join = Join {
        left: select(file.left),
        supports: many(file.supports),
        refutes: many(file.refutes),
        closed_if: many(file.closed_if),
        closed: file.closed,
        every: file.every,
    };
    if join.supports.is_empty() && join.refutes.is_empty() {
        defect("a join needs supports or refutes: evidence for or against its left side".into());
    }
    if (join.closed || !join.closed_if.is_empty()) && join.supports.is_empty() {
        defect("absence can only refute where support is described".into());
    }
    join
}

/// How a provider is asked, checked. Users' rules ask nobody: what a tree or its configuration names could otherwise
/// have secrets sent anywhere.
fn asked(
    table: Option<VerifyFile>,
    matcher: Option<&Matcher>,
    origin: Origin,
    defect: &mut dyn FnMut(String),
) -> Option<Verify> {
    let table = table?;
    if origin == Origin::User {
        defect("only built-in rules say where a secret is sent to ask whether it works; leave [verify] out".into());
    }
    let pattern = match matcher {
        Some(Matcher::Text(text)) => text_regex(&text.pattern()).ok(),
        _ => None,
    };
    let groups: Vec<&str> = pattern.iter().flat_map(|pattern| pattern.capture_names().flatten()).collect();
    Some(verify::check(table, &groups, defect))
}

/// Every hole of a message must be something the matcher can fill.
fn check_holes(message: &str, matcher: &Matcher, defect: &mut dyn FnMut(String)) {
    for hole in holes(message) {
        let known = match matcher {
            Matcher::Text(text) => {
                matches!(hole.as_str(), "secret" | "match" | "evidence" | "path")
                    || text_regex(&text.pattern())
                        .is_ok_and(|pattern| pattern.capture_names().flatten().any(|name| name == hole))
            }
            Matcher::Fact(_) => true,
            Matcher::Flow(_) => hole.starts_with("from.") || hole.starts_with("to."),
            Matcher::Join(_) => hole.starts_with("left.") || hole.starts_with("right.") || hole == "environment",
            Matcher::Advisory(_) => {
                ["package", "version", "advisory", "summary", "fixed", "aliases", "ecosystem", "scope", "via"]
                    .contains(&hole.as_str())
            }
        };
        if !known {
            defect(format!("nothing fills the hole {{{hole}}} of the message"));
        }
    }
}

/// `; did you mean "x"?` or the list of words, for a word that is not known.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    match known.iter().map(|other| (distance(word, other), other)).min() {
        Some((far, other)) if far <= 3.max(word.len() / 3) => format!("; did you mean \"{other}\"?"),
        _ if known.len() <= 20 => format!("; one of {}", known.join(", ")),
        _ => String::new(),
    }
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (other, &above) in b.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(letter != *other)).min(above + 1).min(left + 1);
            diagonal = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// `path:line:column: message` of a TOML error.
pub(crate) fn placed(path: &str, text: &str, error: &toml::de::Error) -> String {
    let message = one_line(error.message());
    match error.span() {
        Some(span) => {
            let lines = crate::span::Lines::new(text);
            let region = lines.region(crate::span::Span::new(span.start, span.end));
            format!("{path}:{}:{}: {message}", region.start_line, region.start_column)
        }
        None => format!("{path}: {message}"),
    }
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// 1-based line where a top-level key stands, 1 when it does not.
fn line_of_key(text: &str, key: &str) -> usize {
    let is_key = |line: &str| {
        let line = line.trim_start().trim_start_matches('[');
        line.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', '=', '.', ']']))
    };
    text.lines().position(is_key).map_or(1, |index| index + 1)
}

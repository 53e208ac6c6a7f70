//! Text rules: a pattern in a window around each trigger word, then probes.

use std::{cmp::Reverse, collections::BTreeMap, ops::Range};

use super::{
    decode::Layers,
    draft::{At, Draft, severity_in},
    hidden,
    pattern::{Pattern, word_starts},
    plan::{Plan, TextRule},
};
use crate::{
    fact::Environment,
    finding::{Severity, secret_tag},
    probe::{self, Answer, Candidate},
    rule::{Rule, Start, Text, fill},
    source::Source,
    span::{Lines, Span},
    unpack::view,
};

/// Bytes a window may reach back from its trigger word on a long line.
const BACK: usize = 512;
/// Bytes a window may reach on from its trigger word on a long line.
const ON: usize = 2048;
/// Bytes a further line of a rule that spans lines may have.
const PER_LINE: usize = 160;

/// What text rules found in one source.
#[derive(Default)]
pub(super) struct TextMatches {
    pub(super) drafts: Vec<Draft>,
    /// Spans to mask wherever text of this source is shown.
    pub(super) secrets: Vec<Span>,
}

/// A match before overlapping ones are settled.
pub(super) struct Match {
    pub(super) rule: usize,
    /// Which kind of fault it is: a secret on a line hides no missing TLS there.
    pub(super) family: String,
    pub(super) told: Told,
    pub(super) span: Span,
    /// Bytes from the start of the match to what is reported: the nearer of two names is the right one.
    pub(super) distance: usize,
    pub(super) draft: Draft,
}

/// Runs the text rules whose trigger words were hit: rule index into `Plan::texts` and places of the words, sorted.
pub(super) fn run(
    plan: &Plan<'_>,
    source: &Source,
    lines: &Lines<'_>,
    hits: &BTreeMap<usize, Vec<usize>>,
    layers: &Layers,
) -> TextMatches {
    let (mut found, mut secrets) = matches(plan, source, lines, hits);
    let mut inner = Vec::new();
    for layer in &layers.all {
        hidden::look_into(plan, source, layer, hidden::DEPTH, &mut inner, &mut secrets);
    }
    if let Some(view) = view(source) {
        hidden::look_at(plan, source, &view, &mut inner, &mut secrets);
    }
    (found, inner) = hidden::agree(settle(found), settle(inner));
    found.append(&mut inner);
    TextMatches { drafts: found.into_iter().map(|hit| hit.draft).collect(), secrets }
}

/// Matches of the rules, and spans to mask.
pub(super) fn matches(
    plan: &Plan<'_>,
    source: &Source,
    lines: &Lines<'_>,
    hits: &BTreeMap<usize, Vec<usize>>,
) -> (Vec<Match>, Vec<Span>) {
    let sight = Sight { plan, source, lines, tests: tests_of(source) };
    let (mut found, mut secrets) = (Vec::new(), Vec::new());
    for (&index, places) in hits {
        let Some(rule) = plan.texts.get(index) else { continue };
        if !rule.looks_in(&source.path) {
            continue;
        }
        let pattern = rule.pattern();
        let mut searched = 0;
        for window in windows(&source.text, lines, places, rule.text) {
            // What a match has taken is not searched again.
            if window.start >= searched {
                let end = search(&sight, rule, pattern, window, &mut found, &mut secrets);
                searched = end.unwrap_or(searched);
            }
        }
    }
    (found, secrets)
}

/// What a rule takes for secrets in a text, probes not asked.
pub(super) fn secrets(rule: &TextRule<'_>, text: &str, places: &[usize]) -> Vec<Span> {
    let pattern = rule.pattern();
    let windows = match rule.text.start {
        Start::Anywhere => std::iter::once(0..text.len()).collect(),
        Start::Word => windows(text, &Lines::new(text), places, rule.text),
    };
    let mut spans = Vec::new();
    for window in windows {
        let haystack = text.as_bytes().get(window.clone()).unwrap_or_default();
        let secrets = pattern.matches(haystack).filter_map(|captures| captures.name("secret"));
        spans.extend(secrets.map(|secret| {
            let (start, end) = (window.start + secret.start(), window.start + secret.end());
            Span::new(text.floor_char_boundary(start), text.ceil_char_boundary(end))
        }));
    }
    spans
}

/// Windows around places: merged where they touch, or one for each word where a match can begin.
fn windows(text: &str, lines: &Lines<'_>, places: &[usize], rule: &Text) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    let more = rule.lines;
    for &place in places {
        let line = lines.line_of(Span::new(place, place).start);
        let start = lines.line_span(line).from().max(place.saturating_sub(BACK));
        let count = u32::try_from(lines.count()).unwrap_or(u32::MAX);
        let last = lines.line_span(line.saturating_add(u32::from(more)).min(count));
        let reach = ON + usize::from(more) * PER_LINE;
        // A pattern may ask for the line end after its last line.
        let end = last.to().saturating_add(usize::from(more > 0)).min(place.saturating_add(reach)).min(text.len());
        let end = text.ceil_char_boundary(end.max(start));
        if rule.start == Start::Word {
            windows.extend(word_starts(text, place).map(|start| start..end));
            windows.dedup_by_key(|window| window.start);
            continue;
        }
        let window = text.floor_char_boundary(start)..end;
        match windows.last_mut() {
            Some(previous) if window.start <= previous.end => previous.end = previous.end.max(window.end),
            _ => windows.push(window),
        }
    }
    windows
}

/// What every rule sees of a source.
struct Sight<'s> {
    plan: &'s Plan<'s>,
    source: &'s Source,
    lines: &'s Lines<'s>,
    /// The part that only tests are built from.
    tests: Option<Span>,
}

/// Searches a window; gives the end of the last match, whatever became of it.
fn search(
    sight: &Sight<'_>,
    text_rule: &TextRule<'_>,
    pattern: &Pattern,
    window: Range<usize>,
    found: &mut Vec<Match>,
    secrets: &mut Vec<Span>,
) -> Option<usize> {
    let &Sight { plan, source, lines, tests } = sight;
    let haystack = source.text.as_bytes().get(window.clone())?;
    let mut taken = None;
    for captures in pattern.matches(haystack) {
        taken = captures.get(0).map(|all| window.start + all.end());
        let Some(hit) = captures.name("secret").or_else(|| captures.get(0)) else { continue };
        let span = Span::new(
            source.text.floor_char_boundary(window.start + hit.start()),
            source.text.ceil_char_boundary(window.start + hit.end()),
        );
        let value = span.text(&source.text);
        let first = captures.get(0).map_or(span.from(), |all| window.start + all.start());
        let candidate = candidate(source, lines, span, first, value);
        let Some((evidence, severity)) = judge(text_rule, &candidate) else { continue };
        if text_rule.masks() {
            secrets.push(span);
        }
        let Some(index) = text_rule.rule else { continue };
        let Some(rule) = plan.rules.get(index) else { continue };
        let named =
            |name: &str| captures.name(name).map(|group| String::from_utf8_lossy(group.as_bytes()).into_owned());
        let severity = match severity {
            Proof::Proved => Some(rule.severity),
            Proof::Silent => severity_in(rule, rule.severity, &source.path, environment_of(tests, span)),
            Proof::Refuted => Some(Severity::Info),
        };
        let Some(severity) = severity else { continue };
        let message = message(rule, text_rule, source, value, &evidence, &named);
        let identity = identity(text_rule, lines, source, span, value);
        let at = At { source: source.id, span };
        let mut draft = Draft::new(index, rule, at, message, identity);
        draft.severity = severity;
        draft.evidence = (!evidence.is_empty()).then_some(evidence);
        draft.held = plan.holds(rule, &|name| if name == "secret" { Some(value.to_owned()) } else { named(name) });
        let family = rule.family().to_owned();
        found.push(Match {
            rule: index,
            family,
            told: Told::by(text_rule.text),
            span,
            distance: span.from() - first.min(span.from()),
            draft,
        });
    }
    taken
}

/// The module of tests at the end of a Rust source: no path tells of it.
fn tests_of(source: &Source) -> Option<Span> {
    if !source.path.ends_with(".rs") {
        return None;
    }
    let text = &*source.text;
    let start = text.find("\n#[cfg(test)]\nmod ")?;
    let end = text.get(start..)?.find("\n}").map_or(text.len(), |end| start + end);
    Some(Span::new(start, end))
}

fn environment_of(tests: Option<Span>, span: Span) -> Environment {
    if tests.is_some_and(|tests| tests.contains(span)) { Environment::Test } else { Environment::Any }
}

/// `first` is where the whole match starts: a name on an earlier line is part of what a probe sees.
fn candidate<'a>(source: &'a Source, lines: &Lines<'a>, span: Span, first: usize, value: &'a str) -> Candidate<'a> {
    let line_span = lines.line_span(lines.line_of(span.start));
    // A minified line is no context; what stands near is.
    let start = source.text.floor_char_boundary(line_span.from().max(span.from().saturating_sub(BACK)));
    let end = source.text.ceil_char_boundary(line_span.to().min(span.to().saturating_add(BACK)).max(span.to()));
    let above = lines.line_span(lines.line_of(Span::new(first, first).start)).from();
    let above = source.text.floor_char_boundary(above.max(span.from().saturating_sub(BACK)).min(start));
    Candidate {
        value,
        line: source.text.get(above..end).unwrap_or_default(),
        before: source.text.get(start..span.from()).unwrap_or_default(),
        path: &source.path,
    }
}

enum Proof {
    /// A structure that only a real one has.
    Proved,
    /// No proof either way.
    Silent,
    /// The structure that every real one has is not there, or a probe is not sure.
    Refuted,
}

/// Asks the probes; `None` when one of them says no. Proof is above them: what is proved needs no other test, and what
/// is refuted is shown only if nothing else speaks against it.
fn judge(rule: &TextRule<'_>, candidate: &Candidate<'_>) -> Option<(String, Proof)> {
    let proof = rule.text.proof.as_deref().and_then(probe::find).map(|probe| (probe.test)(candidate));
    if let Some(Answer::Yes(evidence)) = proof {
        return Some((evidence, Proof::Proved));
    }
    let (mut said, mut sure) = (String::new(), true);
    for name in &rule.text.probes {
        match probe::find(name).map(|probe| (probe.test)(candidate)) {
            Some(Answer::No(_)) => return None,
            Some(Answer::Yes(evidence)) if !evidence.is_empty() => said = evidence,
            Some(Answer::Perhaps(evidence)) => (said, sure) = (evidence, false),
            _ => {}
        }
    }
    match proof {
        Some(Answer::No(reason)) => Some((reason.to_owned(), Proof::Refuted)),
        _ if !sure => Some((said, Proof::Refuted)),
        _ => Some((said, Proof::Silent)),
    }
}

fn message(
    rule: &Rule,
    text_rule: &TextRule<'_>,
    source: &Source,
    value: &str,
    evidence: &str,
    named: &dyn Fn(&str) -> Option<String>,
) -> String {
    fill(&rule.message, &|hole| match hole {
        "secret" => Some(masked(value, &text_rule.text.keywords)),
        "match" if !text_rule.masks() => Some(shortened(value)),
        "evidence" => Some(evidence.to_owned()),
        "path" => Some(source.path.to_string()),
        name => named(name).map(|text| shortened(&text)),
    })
}

/// What may be shown of a secret: the public prefix that its kind shares (a trigger word it starts with), never more.
pub(super) fn masked(value: &str, keywords: &[String]) -> String {
    let prefix = keywords
        .iter()
        .filter(|word| value.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)))
        .filter(|word| word.len() * 2 <= value.len())
        .map(|word| value.get(..word.len()).unwrap_or_default())
        .max_by_key(|prefix| prefix.len())
        .unwrap_or_default();
    format!("{prefix}…")
}

fn shortened(text: &str) -> String {
    let clean: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(80).collect();
    if clean.len() < text.len() { format!("{}…", clean.trim_end()) } else { clean }
}

/// The line with the secret taken out, and a tag of the secret.
fn identity(rule: &TextRule<'_>, lines: &Lines<'_>, source: &Source, span: Span, value: &str) -> String {
    if !rule.masks() {
        return value.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(400).collect();
    }
    let line = lines.line_span(lines.line_of(span.start));
    let start = source.text.floor_char_boundary(line.from().max(span.from().saturating_sub(80)));
    let before = source.text.get(start..span.from()).unwrap_or_default();
    let name: String = before.chars().filter(|letter| letter.is_alphanumeric() || "_-.".contains(*letter)).collect();
    format!("{name}={}", secret_tag(value))
}

/// By what a match is told, from the most exact on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    /// By its own form.
    Form,
    /// By what stands near it.
    Neighbours,
    /// By the name it is assigned to.
    Name,
}

impl Told {
    fn by(rule: &Text) -> Self {
        match (rule.generic, &rule.credential) {
            (true, _) => Self::Name,
            (false, Some(_)) => Self::Neighbours,
            (false, None) => Self::Form,
        }
    }
}

/// Of matches of one family that share text the most exact one stays, then the graver, the longer, the nearer to what
/// tells it. Of providers the nearest is the right one, however grave another would be.
fn settle(mut found: Vec<Match>) -> Vec<Match> {
    found.sort_by_key(|hit| {
        let severity = if hit.told == Told::Neighbours { Severity::Info } else { hit.draft.severity };
        (hit.told, Reverse(severity), Reverse(hit.span.len()), hit.span, hit.distance, hit.rule)
    });
    // What is kept of a family never overlaps: the nearest one that starts before an end is the only one to compare.
    let mut taken: BTreeMap<String, BTreeMap<u32, u32>> = BTreeMap::new();
    found.retain(|hit| {
        let spans = taken.entry(hit.family.clone()).or_default();
        let last = spans.range(..hit.span.end.max(hit.span.start.saturating_add(1))).next_back();
        let free = last.is_none_or(|(_, &end)| end <= hit.span.start);
        if free {
            spans.insert(hit.span.start, hit.span.end);
        }
        free
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_follow_lines_and_merge() {
        let text = "one\ntwo key\nthree key key\n";
        let lines = Lines::new(text);
        let places: Vec<usize> = text.match_indices("key").map(|(at, _)| at).collect();
        let rule = |lines| Text { lines, ..Text::default() };
        let texts: Vec<&str> =
            windows(text, &lines, &places, &rule(0)).into_iter().map(|window| &text[window]).collect();
        assert_eq!(texts, ["two key", "three key key"]);
        assert_eq!(windows(text, &lines, &places[..1], &rule(1)), vec![4..26]);
    }

    #[test]
    fn tests_inside_a_rust_source_are_tests() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  x\n}\nfn b() {}\n";
        let place = |word: &str| Span::new(text.find(word).unwrap(), text.find(word).unwrap() + 1);
        let tests = tests_of(&Source::memory("src/a.rs", text.as_bytes()));
        assert_eq!(environment_of(tests, place("x")), Environment::Test);
        assert_eq!(environment_of(tests, place("a()")), Environment::Any);
        assert_eq!(environment_of(tests, place("b()")), Environment::Any);
        assert_eq!(tests_of(&Source::memory("src/a.py", text.as_bytes())), None);
    }

    #[test]
    fn only_the_shared_prefix_of_a_secret_is_shown() {
        let words = ["abc_".to_owned()];
        assert_eq!(masked("abc_0123456789", &words), "abc_…");
        assert_eq!(masked("abc_0", &words), "…");
        assert_eq!(masked("0123456789", &words), "…");
    }
}

//! Jenkinsfiles, read by a scanner that knows strings, comments and braces and nothing else of Groovy.

use super::model::{Job, MAX_JOBS, Pipeline, Step, What, When, step};
use crate::{
    span::Span,
    syntax::{MAX_DEPTH, Node},
};

/// Steps whose argument is a script.
const SHELLS: &[&str] = &["sh", "bat", "powershell", "pwsh"];

/// True for a Jenkinsfile.
pub(super) fn is_pipeline(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "Jenkinsfile"
        || name.starts_with("Jenkinsfile.")
        || name.ends_with(".jenkinsfile")
        || name.ends_with(".Jenkinsfile")
}

/// A word, a string or a sign of the text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Text(&'a str, Span),
    Open,
    Close,
    Sign,
}

/// Reads stages as jobs that run one after another.
pub(super) fn pipeline(text: &str) -> Pipeline {
    let tokens = tokens(text);
    let mut jobs: Vec<Job> = Vec::new();
    let base = When { triggers: vec!["push".to_owned()], cron: cron(&tokens), ..When::default() };
    // Open stages with the depth of their braces, outermost first.
    let (mut depth, mut open): (usize, Vec<(usize, usize)>) = (0, Vec::new());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            Token::Open => depth = (depth + 1).min(MAX_DEPTH * 8),
            Token::Close => {
                depth = depth.saturating_sub(1);
                open.retain(|(of, _)| *of < depth + 1);
            }
            // One more than are kept tells that there were more.
            Token::Word("stage") if jobs.len() <= MAX_JOBS => {
                let Some(name) = text_within(&tokens, at, 3) else { continue };
                let needs = jobs.iter().map(|job| job.id.clone()).collect();
                jobs.push(Job { id: name.0.to_owned(), when: base.clone(), needs, is_gating: true, ..Job::default() });
                open.push((depth + 1, jobs.len() - 1));
            }
            Token::Word(word) => {
                let current = open.last().and_then(|(_, at)| jobs.get_mut(*at));
                if let Some(job) = current {
                    read(word, &tokens, at, job);
                }
            }
            _ => {}
        }
    }
    Pipeline { name: "Jenkinsfile".to_owned(), jobs }
}

/// What one word of a stage says about it.
fn read(word: &str, tokens: &[Token<'_>], at: usize, job: &mut Job) {
    match word {
        "branch" => {
            if let Some((name, _)) = text_within(tokens, at, 2) {
                job.when.branches.push(name.to_owned());
            }
        }
        "input" => job.is_manual = true,
        "buildingTag" | "tag" if job.steps.is_empty() => job.when.triggers = vec!["tag".to_owned()],
        "changeRequest" => job.when.triggers = vec!["pull_request".to_owned()],
        "catchError" | "warnError" => job.is_gating = false,
        shell if SHELLS.contains(&shell) => {
            // `sh 'x'`, `sh("x")`, `sh(script: 'x', returnStatus: true)`.
            let Some((script, span)) = text_within(tokens, at, 5) else { return };
            let is_status = tokens.iter().skip(at).take(10).any(|token| *token == Token::Word("returnStatus"));
            let script = What::Script(Node::string(span, script));
            job.steps.push(Step { is_gating: !is_status, ..step("", script) });
        }
        _ => {}
    }
}

fn cron(tokens: &[Token<'_>]) -> Option<String> {
    let at = tokens.iter().position(|token| *token == Token::Word("cron"))?;
    text_within(tokens, at + 1, 2).map(|(text, _)| text.to_owned())
}

/// The first string within a few tokens, before any brace.
fn text_within<'a>(tokens: &[Token<'a>], at: usize, reach: usize) -> Option<(&'a str, Span)> {
    let near = tokens.iter().skip(at).take(reach).take_while(|token| !matches!(token, Token::Open | Token::Close));
    near.into_iter().find_map(|token| match token {
        Token::Text(text, span) => Some((*text, *span)),
        _ => None,
    })
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (token, len) = next(rest, at);
        found.extend(token);
        // A string that is never closed reaches to the end.
        at = text.ceil_char_boundary(at + len.max(1));
    }
    found
}

fn next(rest: &str, at: usize) -> (Option<Token<'_>>, usize) {
    if let Some(comment) = rest.strip_prefix("//") {
        return (None, 2 + comment.find('\n').unwrap_or(comment.len()));
    }
    if let Some(comment) = rest.strip_prefix("/*") {
        return (None, 2 + comment.find("*/").map_or(comment.len(), |end| end + 2));
    }
    for mark in ["'''", "\"\"\"", "'", "\""] {
        let Some(inner) = rest.strip_prefix(mark) else { continue };
        let end = string_end(inner, mark);
        let span = Span::new(at + mark.len(), at + mark.len() + end);
        return (inner.get(..end).map(|text| Token::Text(text, span)), mark.len() * 2 + end);
    }
    match rest.chars().next() {
        Some('{') => (Some(Token::Open), 1),
        Some('}') => (Some(Token::Close), 1),
        Some(sign) if sign.is_alphabetic() || sign == '_' => {
            let len = rest.find(|sign: char| !(sign.is_alphanumeric() || sign == '_')).unwrap_or(rest.len());
            (rest.get(..len).map(Token::Word), len)
        }
        Some(sign) if sign.is_whitespace() => (None, sign.len_utf8()),
        Some(sign) => (Some(Token::Sign), sign.len_utf8()),
        None => (None, 1),
    }
}

fn string_end(inner: &str, mark: &str) -> usize {
    let mut escaped = false;
    for (at, sign) in inner.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        if sign == '\\' {
            escaped = true;
        } else if inner.get(at..).is_some_and(|rest| rest.starts_with(mark)) || (mark.len() == 1 && sign == '\n') {
            return at;
        }
    }
    inner.len()
}

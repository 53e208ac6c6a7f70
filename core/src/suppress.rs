//! Accepted findings: comments beside the code and entries of the configuration. They mark, and never drop.

use jiff::civil::Date;

use crate::{
    config::Suppress,
    finding::{Finding, Suppression, SuppressionKind},
    span::{Lines, Span},
    vocabulary::{About, Comment},
};

/// The word that opens a suppression in a comment; it is a trigger word of every scan.
pub const MARK: &str = "trueup: ignore";

/// Bytes of a line before and behind a mark that are read.
const REACH: usize = 4096;

/// A suppression as written in a comment.
#[derive(Clone, Debug, PartialEq)]
pub struct Inline {
    /// Rule ids or `family/*` between the brackets; empty when none were named.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
    /// Last day on which it holds.
    pub until: Option<String>,
    /// Lines it is about.
    pub lines: LineSet,
    /// The scanner it was written for, when that is another one.
    pub tool: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// Lines that a suppression is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineSet {
    /// The line it stands on, and the next one of code where it stands alone.
    Both(u32, u32),
    /// From one to another.
    Range(u32, u32),
}

impl LineSet {
    fn has(self, line: u32) -> bool {
        match self {
            Self::Both(one, other) => line == one || line == other,
            Self::Range(first, last) => (first..=last).contains(&line),
        }
    }

    /// The first of them.
    pub fn first(self) -> u32 {
        match self {
            Self::Both(first, _) | Self::Range(first, _) => first,
        }
    }
}

/// What became of a suppression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It accepts a finding.
    Used,
    /// Nothing to accept.
    Unused,
    /// Its last day is over.
    Expired,
    /// Nobody said why, or for which rule.
    WithoutReason,
}

impl State {
    /// The word used in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Unused => "unused",
            Self::Expired => "expired",
            Self::WithoutReason => "without-reason",
        }
    }
}

/// Reads the suppression at a mark, when the mark stands in a comment.
pub fn inline(lines: &Lines<'_>, text: &str, mark: usize) -> Option<Inline> {
    let line = lines.line_of(Span::new(mark, mark).start);
    let span = lines.line_span(line);
    // On a line of megabytes with a mark at every turn, only what stands near is read.
    let near = text.floor_char_boundary(span.from().max(mark.saturating_sub(REACH)));
    let far = text.ceil_char_boundary(span.to().min(mark.saturating_add(REACH)));
    let before = text.get(near..mark)?;
    let opener = comment_opener(before)?;
    let after = text.get(mark + MARK.len()..far)?;
    // An apostrophe opens a comment in few languages and a string in most: one more behind the mark makes it a string.
    let is_quoted = before.get(opener..)?.starts_with('\'') && after.contains('\'');
    if is_quoted || in_string(before.get(..opener)?, after) {
        return None;
    }
    let (rules, rest) = match after.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((rules, rest)) => {
            (rules.split(',').map(|rule| rule.trim().to_owned()).filter(|rule| !rule.is_empty()).collect(), rest)
        }
        None => (Vec::new(), after),
    };
    let said = trim_closers(rest);
    let (reason, until) = reason_and_until(said);
    let alone = near == span.from() && before.get(..opener).is_some_and(|code| code.trim().is_empty());
    let about = if alone { next_code_line(lines, line) } else { line };
    let end = mark + MARK.len() + (after.len() - rest.len()) + rest.find(said).unwrap_or(0) + said.len();
    let span = Span::new(mark, end.min(span.to()));
    Some(Inline { rules, reason, until, lines: LineSet::Both(line, about), tool: None, span })
}

/// Reads the comment of another scanner at its mark. It holds wherever it stands on a line, as it does there.
pub fn foreign(lines: &Lines<'_>, text: &str, mark: usize, comment: &Comment) -> Option<Inline> {
    let after = text.get(mark + comment.mark.len()..)?;
    // A longer mark begins like this one.
    if after.starts_with(|sign: char| sign == '-' || sign.is_alphanumeric()) {
        return None;
    }
    let line = lines.line_of(Span::new(mark, mark).start);
    let about = match comment.about {
        About::Line => LineSet::Range(line, line),
        About::Next => LineSet::Range(line + 1, line + 1),
        About::Block => {
            let end =
                after.find(&comment.end).filter(|_| !comment.end.is_empty()).map(|at| at + text.len() - after.len());
            let last = end.map_or(u32::MAX, |end| lines.line_of(Span::new(end, end).start));
            LineSet::Range(line, last)
        }
    };
    Some(Inline {
        rules: comment.rules.clone(),
        reason: format!("accepted by a comment for {}", comment.tool),
        until: None,
        lines: about,
        tool: Some(comment.tool.clone()),
        span: Span::new(mark, mark + comment.mark.len()),
    })
}

/// Byte where the comment that holds the mark opens, if the text before it opens one.
fn comment_opener(before: &str) -> Option<usize> {
    const OPENERS: &[&str] = &["#", "//", "/*", "<!--", "--", ";", "{{/*", "{#", "%", "\"\"\"", "(*"];
    let trimmed = before.trim_start();
    if trimmed.starts_with('*') {
        return Some(before.len() - trimmed.len());
    }
    let last = |opener: &str| before.rfind(opener).filter(|&at| quiet(before.get(at..).unwrap_or_default()));
    OPENERS.iter().filter_map(|opener| last(opener)).min().or_else(|| last("'"))
}

/// True when a quote that was opened before the comment sign is closed after the mark: the sign is part of a string.
fn in_string(code: &str, after: &str) -> bool {
    ['"', '\'', '`'].into_iter().any(|quote| {
        let open = code.matches(quote).count() - code.matches(&format!("\\{quote}")).count();
        open % 2 == 1 && after.contains(quote)
    })
}

/// Between the opener and the mark there is nothing but marks of other tools and blanks.
fn quiet(comment: &str) -> bool {
    !comment.contains('"') || comment.starts_with("\"\"\"")
}

fn trim_closers(text: &str) -> &str {
    let mut text = text.trim();
    for closer in ["*/}}", "*/", "-->", "#}", "*)", "\"\"\""] {
        text = text.strip_suffix(closer).unwrap_or(text).trim_end();
    }
    text.trim_start_matches([':', ' ', '-', '—']).trim()
}

/// `internal health check, until 2027-03-01` to its two halves.
fn reason_and_until(text: &str) -> (String, Option<String>) {
    let Some(at) = text.rfind("until ") else { return (text.to_owned(), None) };
    let date = text.get(at + "until ".len()..).unwrap_or_default().trim().trim_end_matches(['.', ')']);
    if date.parse::<Date>().is_err() {
        return (text.to_owned(), None);
    }
    let reason = text.get(..at).unwrap_or_default().trim().trim_end_matches([',', ';', '(']).trim_end();
    (reason.to_owned(), Some(date.to_owned()))
}

/// The first line below that holds more than a comment; a few comment lines may stand between.
fn next_code_line(lines: &Lines<'_>, line: u32) -> u32 {
    let is_code = |line: &u32| {
        let text = lines.line_text(*line).trim();
        !text.is_empty() && !["#", "//", "/*", "*", "<!--", "--", ";"].iter().any(|opener| text.starts_with(opener))
    };
    (line + 1..line + 6).find(is_code).unwrap_or(line + 1)
}

/// True when a date is over. Without a `today` nothing is.
pub fn is_over(until: Option<&str>, today: Option<Date>) -> bool {
    match (until.and_then(|until| until.parse::<Date>().ok()), today) {
        (Some(until), Some(today)) => until < today,
        _ => false,
    }
}

/// True when a suppression's rule word covers a rule id (also under an id the rule had before).
pub fn covers(word: &str, rule: &str, former: &[String]) -> bool {
    let one = |id: &str| match word.strip_suffix("/*") {
        Some(family) => id.split('/').next() == Some(family),
        None => word == id || word == "*",
    };
    one(rule) || former.iter().any(|id| one(id))
}

impl Inline {
    /// True when the finding stands on one of the lines and its rule is named.
    pub fn accepts(&self, finding: &Finding, former: &[String]) -> bool {
        // A comment of today says nothing about the lines of an old version.
        !finding.location.is_elsewhere() && self.accepts_line(finding.location.line(), &finding.rule, former)
    }

    /// True when a finding of the rule on that line of the same text is meant.
    pub fn accepts_line(&self, line: u32, rule: &str, former: &[String]) -> bool {
        self.lines.has(line) && self.rules.iter().any(|word| covers(word, rule, former))
    }

    /// What there is to say against it before looking at findings.
    pub fn fault(&self, today: Option<Date>) -> Option<State> {
        if self.reason.is_empty() || self.rules.is_empty() {
            return Some(State::WithoutReason);
        }
        is_over(self.until.as_deref(), today).then_some(State::Expired)
    }

    /// The mark that a finding gets.
    pub fn suppression(&self) -> Suppression {
        Suppression {
            kind: SuppressionKind::InSource,
            reason: self.reason.clone(),
            owner: None,
            until: self.until.clone(),
        }
    }
}

/// An entry of the configuration with its path pattern compiled.
pub struct External<'a> {
    entry: &'a Suppress,
    paths: ignore::gitignore::Gitignore,
}

impl<'a> External<'a> {
    /// Compiles an entry; `None` when its path is no pattern.
    pub fn new(entry: &'a Suppress) -> Option<Self> {
        let mut builder = ignore::gitignore::GitignoreBuilder::new("");
        builder.add_line(None, &entry.path).ok()?;
        Some(Self { entry, paths: builder.build().ok()? })
    }

    /// True when the finding's path and rule are meant.
    pub fn accepts(&self, finding: &Finding, former: &[String]) -> bool {
        let matches = |path: &str| self.paths.matched_path_or_any_parents(path, false).is_ignore();
        let location = &finding.location;
        // An archive stands for its members.
        covers(&self.entry.rule, &finding.rule, former)
            && (matches(&location.path) || (location.member.is_some() && matches(&location.shown_path())))
    }

    /// The entry.
    pub fn entry(&self) -> &'a Suppress {
        self.entry
    }

    /// The mark that a finding gets.
    pub fn suppression(&self) -> Suppression {
        Suppression {
            kind: SuppressionKind::External,
            reason: self.entry.reason.clone(),
            owner: self.entry.owner.clone(),
            until: self.entry.until.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Inline> {
        inline(&Lines::new(text), text, text.find(MARK).unwrap())
    }

    #[test]
    fn comments_of_every_syntax_are_read() {
        let cases = [
            "x = 1 # trueup: ignore[a/b] known, until 2027-03-01\n",
            "x = 1 // trueup: ignore[a/b] known, until 2027-03-01\n",
            "<!-- trueup: ignore[a/b] known, until 2027-03-01 -->\n<a/>\n",
            "/* trueup: ignore[a/b] known, until 2027-03-01 */\nx\n",
            "{{/* trueup: ignore[a/b] known, until 2027-03-01 */}}\nx\n",
            "-- trueup: ignore[a/b] known, until 2027-03-01\nselect\n",
            "; trueup: ignore[a/b] known, until 2027-03-01\nx=1\n",
        ];
        for text in cases {
            let found = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (found.rules, found.reason.as_str(), found.until.as_deref()),
                (vec!["a/b".to_owned()], "known", Some("2027-03-01")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_comment_of_its_own_is_about_the_next_line_of_code() {
        assert_eq!(read("# trueup: ignore[a/b] why\n# more\n\nx = 1\n").unwrap().lines, LineSet::Both(1, 4));
        assert_eq!(read("x = 1 # trueup: ignore[a/b] why\ny\n").unwrap().lines, LineSet::Both(1, 1));
    }

    #[test]
    fn comments_of_other_scanners_hold_for_their_lines() {
        let comment = |mark: &str, about, end: &str| Comment {
            tool: "other".into(),
            mark: mark.into(),
            about,
            end: end.into(),
            rules: vec!["a/*".into()],
        };
        for (text, comment, lines) in [
            ("a\nx = 1 # other:allow\n", comment("other:allow", About::Line, ""), Some(LineSet::Range(2, 2))),
            ("# other-next\nx\n", comment("other-next", About::Next, ""), Some(LineSet::Range(2, 2))),
            (
                "# other-off\nx\n# other-on\ny",
                comment("other-off", About::Block, "other-on"),
                Some(LineSet::Range(1, 3)),
            ),
            ("# other-off\nx\n", comment("other-off", About::Block, "other-on"), Some(LineSet::Range(1, u32::MAX))),
            ("# other-off-next\nx\n", comment("other-off", About::Block, "other-on"), None),
        ] {
            let found = foreign(&Lines::new(text), text, text.find(&comment.mark).unwrap(), &comment);
            assert_eq!(found.map(|inline| inline.lines), lines, "{text}");
        }
    }

    #[test]
    fn text_outside_comments_and_missing_reasons_do_not_count() {
        assert_eq!(read("say(\"trueup: ignore[a/b] x\")\n"), None);
        assert_eq!(read("say(\"# trueup: ignore[a/b] x\")\n"), None);
        assert_eq!(read("say('// trueup: ignore[a/b] x')\n"), None);
        assert_eq!(read("say('trueup: ignore[a/b] x')\n"), None);
        assert!(read("x = 1 ' trueup: ignore[a/b] x\n").is_some());
        assert!(read("say('it') # trueup: ignore[a/b] it's fine\n").is_some());
        assert!(read("say(\"it\") # trueup: ignore[a/b] it's fine\n").is_some());
        assert_eq!(read("x # trueup: ignore[a/b]\n").unwrap().fault(None), Some(State::WithoutReason));
        assert_eq!(read("x # trueup: ignore why\n").unwrap().fault(None), Some(State::WithoutReason));
        let old = read("x # trueup: ignore[a/b] why, until 2020-01-01\n").unwrap();
        assert_eq!(old.fault("2026-01-01".parse().ok()), Some(State::Expired));
    }
}

//! Command lines of pipelines: simple commands without their wrappers, and what running them means.

use crate::{
    fact::Environment,
    span::Span,
    vocabulary::{Services, Tool},
};

/// Most command lines read from one script.
const MAX_LINES: usize = 2000;

/// One line of a script after joining continued lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) span: Span,
}

/// What a command line does.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Meaning {
    /// Roles of the tools it runs, in order of appearance.
    pub(super) roles: Vec<String>,
    /// Slugs of the tools.
    pub(super) tools: Vec<String>,
    /// Platform that it deploys to.
    pub(super) platform: Option<String>,
    /// A failing tool does not fail the line.
    pub(super) is_lenient: bool,
    /// Runs something whose meaning stands elsewhere (a make target, a script file).
    pub(super) is_opaque: bool,
    /// Smallest share of covered code that it accepts.
    pub(super) threshold: Option<f64>,
    /// Words that follow options naming an environment, region or stage.
    pub(super) environment: Option<String>,
    pub(super) region: Option<String>,
}

impl Meaning {
    pub(super) fn add(&mut self, tool: &Tool) {
        for role in &tool.roles {
            // Setting up checks nothing and changes nothing; the tool is noted so that the line is understood.
            if role != "setup" && !self.roles.contains(role) {
                self.roles.push(role.clone());
            }
        }
        if !self.tools.contains(&tool.slug) {
            self.tools.push(tool.slug.clone());
        }
        if self.platform.is_none() {
            self.platform.clone_from(&tool.platform);
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        for role in other.roles {
            if !self.roles.contains(&role) {
                self.roles.push(role);
            }
        }
        for tool in other.tools {
            if !self.tools.contains(&tool) {
                self.tools.push(tool);
            }
        }
        self.platform = self.platform.take().or(other.platform);
        self.threshold = self.threshold.or(other.threshold);
        self.environment = self.environment.take().or(other.environment);
        self.region = self.region.take().or(other.region);
        self.is_lenient |= other.is_lenient;
        self.is_opaque |= other.is_opaque;
    }
}

/// Lines of a script that stands within `span` of the source; each is found again in the source text, so that it can
/// be pointed at although indentation was taken off. Comment lines and the bodies of here-documents are no commands.
pub(super) fn lines(script: &str, span: Span, source: &str) -> Vec<Line> {
    let (mut found, mut pending, mut from) = (Vec::new(), None::<Line>, span.from());
    let mut document_end: Option<String> = None;
    for raw in script.lines().take(MAX_LINES) {
        let text = raw.trim();
        if let Some(end) = &document_end {
            if text == end {
                document_end = None;
            }
            continue;
        }
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let place = place_of(text, from, span, source);
        from = place.to();
        let (part, goes_on) = match text.strip_suffix('\\') {
            Some(part) => (part.trim_end(), true),
            None => (text, false),
        };
        let line = match pending.take() {
            Some(before) => Line { text: format!("{} {part}", before.text), span: before.span.cover(place) },
            None => Line { text: part.to_owned(), span: place },
        };
        document_end = here_document(text);
        if goes_on {
            pending = Some(line);
        } else {
            found.push(line);
        }
    }
    found.extend(pending);
    found
}

fn place_of(text: &str, from: usize, span: Span, source: &str) -> Span {
    let rest = source.get(from..span.to()).unwrap_or_default();
    match rest.find(text) {
        Some(at) => Span::new(from + at, from + at + text.len()),
        None => span,
    }
}

/// The word that ends a here-document begun in a line.
fn here_document(text: &str) -> Option<String> {
    let (_, after) = text.split_once("<<")?;
    let word = after.trim_start_matches(['-', '~']).trim_start();
    if word.starts_with('<') {
        return None;
    }
    let end =
        word.find(|sign: char| sign.is_whitespace() || matches!(sign, ')' | ';' | '|' | '>')).unwrap_or(word.len());
    let name = word.get(..end)?.trim_matches(['"', '\'', '\\']);
    (!name.is_empty() && name.chars().all(|sign| sign.is_alphanumeric() || sign == '_')).then(|| name.to_owned())
}

/// A simple command and the sign behind it.
struct Command<'a> {
    words: Vec<&'a str>,
    /// `||` with something that always succeeds follows.
    is_forgiven: bool,
}

/// Reads what a line does.
pub(super) fn meaning(line: &str, services: &Services) -> Meaning {
    let mut whole = Meaning::default();
    let mut lenient_tools = 0_usize;
    let mut tools = 0_usize;
    for command in commands(line) {
        let read = one(&command.words, services);
        if !read.tools.is_empty() {
            tools += 1;
            lenient_tools += usize::from(read.is_lenient || command.is_forgiven);
        }
        whole.join(Meaning { is_lenient: false, ..read });
    }
    whole.is_lenient = tools > 0 && lenient_tools == tools;
    whole
}

fn one(words: &[&str], services: &Services) -> Meaning {
    let mut meaning = Meaning::default();
    let words = unwrapped(words, services);
    for tool in services.tools_of_command(words) {
        meaning.add(tool);
        meaning.is_lenient |= is_lenient(tool, words);
    }
    // `yarn` alone installs; `yarn test:e2e` runs a script whose name tells.
    if meaning.roles.is_empty() {
        let script = services.script_of_command(words);
        meaning.roles = script.map(|script| services.roles_of_script(script).to_vec()).unwrap_or_default();
        match script {
            Some(script) if !meaning.roles.is_empty() => meaning.tools.push(format!("script:{script}")),
            Some(_) => meaning.is_opaque = meaning.tools.is_empty(),
            None => {
                let is_file = words.first().is_some_and(|word| is_script_file(word));
                meaning.is_opaque = meaning.tools.is_empty() && is_file;
            }
        }
    }
    // `--min` and `--lines` mean coverage only where tests run.
    let measures = meaning.roles.iter().any(|role| role.starts_with("test") || role == "coverage");
    let mut options = services.thresholds().iter().filter(|_| measures);
    meaning.threshold = options.find_map(|option| number_of(words, option));
    meaning.environment = environment(words, &meaning.roles, services);
    meaning.region = text_of(words, services.region_options());
    meaning
}

/// The word of a command that names an environment: behind an option made for it, or, where the command changes
/// something that runs, anywhere.
fn environment(words: &[&str], roles: &[String], services: &Services) -> Option<String> {
    let names = |word: &str| Environment::of_word(&word.replace([':', '=', ','], "/")).is_some();
    let named = services.environment_options().iter().filter_map(|option| text_of(words, std::slice::from_ref(option)));
    let by_option = named.into_iter().find(|value| names(value));
    let changes =
        roles.iter().any(|role| matches!(role.as_str(), "deploy" | "migrate" | "schema-sync" | "backup" | "restore"));
    by_option.or_else(|| words.iter().skip(1).find(|word| changes && names(word)).map(|word| (*word).to_owned()))
}

fn is_lenient(tool: &Tool, words: &[&str]) -> bool {
    let has = |option: &String| {
        let parts: Vec<&str> = option.split(' ').collect();
        words.windows(parts.len()).any(|window| window == parts)
            || words.iter().any(|word| *word == option.replace(' ', "="))
    };
    tool.lenient.iter().any(has) || (!tool.strict.is_empty() && !tool.strict.iter().any(has))
}

fn is_script_file(word: &str) -> bool {
    word.starts_with("./")
        || word.starts_with("bin/")
        || word.starts_with("scripts/")
        || word.ends_with(".sh")
        || word.ends_with(".ps1")
}

/// The command itself: `sudo`, `npx`, `poetry run`, `FOO=bar` and their like taken off.
fn unwrapped<'a, 'b>(words: &'b [&'a str], services: &Services) -> &'b [&'a str] {
    let mut rest = words;
    // Each round takes something off, so this ends.
    while let Some((first, after)) = rest.split_first() {
        let is_assignment = first.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
        });
        if is_assignment
            || matches!(*first, "!" | "if" | "then" | "else" | "do" | "while" | "until" | "(" | "{" | "@" | "&")
        {
            rest = after;
            continue;
        }
        let Some(len) = services.wrapper(rest) else { break };
        rest = rest.get(len..).unwrap_or_default();
        while let Some((option, after)) = rest.split_first().filter(|(word, _)| word.starts_with('-')) {
            // An option with its value behind a blank takes the value with it.
            let takes_value = services.takes_value(option);
            rest = if takes_value { after.get(1..).unwrap_or_default() } else { after };
        }
    }
    rest
}

/// Simple commands of a line.
fn commands(line: &str) -> Vec<Command<'_>> {
    let (mut found, mut words): (Vec<Command<'_>>, Vec<&str>) = (Vec::new(), Vec::new());
    let parts = tokens(line);
    let mut tokens = parts.iter().peekable();
    while let Some(token) = tokens.next() {
        match *token {
            "&&" | ";" | "|" | "||" | "&" | "|&" => {
                let next = tokens.peek().copied().copied().unwrap_or_default();
                let is_forgiven = *token == "||" && matches!(next, "true" | ":" | "echo" | "printf" | "exit0");
                let is_exit_zero = *token == "||" && next == "exit" && tokens.clone().nth(1) == Some(&"0");
                let words = std::mem::take(&mut words);
                // A pipe hides the status of what stands before it, unless `pipefail` is set, as GitHub does.
                found.push(Command { words, is_forgiven: is_forgiven || is_exit_zero });
            }
            word => words.push(word),
        }
    }
    found.push(Command { words, is_forgiven: false });
    found.retain(|command| !command.words.is_empty());
    found
}

/// Words and control signs of a shell line; quotes are taken off.
fn tokens(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && found.len() < 4096 {
        if rest.starts_with('#') {
            break;
        }
        let control = ["&&", "||", "|&", ";;", ";", "|", "&"].iter().find(|sign| rest.starts_with(**sign));
        let len = match control {
            Some(sign) => sign.len(),
            None => word_len(rest),
        };
        let (word, after) = rest.split_at_checked(len.max(1)).unwrap_or((rest, ""));
        found.push(word.trim_matches(['"', '\'']));
        rest = after.trim_start();
    }
    found.retain(|word| !word.is_empty());
    found
}

fn word_len(text: &str) -> usize {
    let (mut quote, mut depth, mut escaped, mut dollar) = (None, 0_usize, false, false);
    for (at, sign) in text.char_indices() {
        let was_dollar = std::mem::replace(&mut dollar, sign == '$');
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, sign) {
            (_, '\\') => escaped = true,
            (Some(mark), _) if mark == sign => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(sign),
            // `${{ github.ref == 'x' }}` and `$(date)` are part of a word.
            (None, '{' | '(') if was_dollar || depth > 0 => depth += 1,
            (None, '}' | ')') if depth > 0 => depth -= 1,
            (None, ';' | '|' | '&') if depth == 0 => return at,
            (None, sign) if sign.is_whitespace() && depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

/// The number behind an option: `--fail-under=80`, `--fail-under 80`, `/p:Threshold=80`.
fn number_of(words: &[&str], option: &str) -> Option<f64> {
    let text = text_of(words, std::slice::from_ref(&option.to_owned()))?;
    let number: f64 = text.trim_end_matches('%').parse().ok()?;
    let share = if number > 0.0 && number <= 1.0 && text.contains('.') { number * 100.0 } else { number };
    (0.0..=100.0).contains(&share).then_some(share)
}

/// The text behind the first of some options.
fn text_of(words: &[&str], options: &[String]) -> Option<String> {
    let mut following = words.iter().skip(1);
    for word in words {
        let next = following.next().copied().unwrap_or_default();
        for option in options {
            let joined = word.strip_prefix(option.as_str()).and_then(|rest| rest.strip_prefix(['=', ':']));
            let value = joined.or((word == option && !next.starts_with('-')).then_some(next));
            if let Some(value) = value.map(|value| value.trim_matches(['"', '\''])).filter(|value| !value.is_empty()) {
                return Some(value.to_owned());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::declaration::tests::vocabulary;

    #[test]
    fn command_lines_tell_their_roles() {
        let services = vocabulary().services;
        let cases: &[(&str, &[&str])] = &[
            ("npm run lint", &["lint"]),
            ("npx eslint . && npx tsc --noEmit", &["lint", "typecheck"]),
            ("poetry run mypy src", &["typecheck"]),
            ("python -m pytest -q", &["test-unit"]),
            ("pytest -m integration", &["test-integration"]),
            ("cargo test --workspace", &["test-unit"]),
            ("yarn test:e2e", &["test-integration"]),
            ("sudo docker build -t app .", &["build"]),
            ("FOO=1 BAR=2 golangci-lint run", &["lint"]),
            ("terraform apply -auto-approve", &["deploy"]),
            ("netlify deploy --prod --dir=dist", &["deploy"]),
            ("aws ecs update-service --cluster c", &["deploy"]),
            ("kubectl --context prod apply -f k8s/", &["deploy"]),
            ("npx prisma migrate deploy", &["migrate"]),
            ("echo npm run lint", &[]),
            ("make ci", &[]),
            ("git push heroku main", &["deploy"]),
            ("trivy fs --exit-code 1 .", &["security-scan-dependencies"]),
        ];
        for (line, roles) in cases {
            assert_eq!(meaning(line, &services).roles, *roles, "{line}");
        }
    }

    #[test]
    fn leniency_thresholds_and_environments_are_read() {
        let services = vocabulary().services;
        let lenient = |line: &str| meaning(line, &services).is_lenient;
        assert!(lenient("npm run lint || true"));
        assert!(lenient("ruff check --exit-zero ."));
        assert!(lenient("mypy . || exit 0"));
        assert!(lenient("trivy fs ."));
        assert!(!lenient("npm run lint && npm test"));
        assert!(!lenient("npm run lint || (echo bad; exit 1)"));
        assert!(meaning("make ci", &services).is_opaque);
        assert_eq!(meaning("pytest --cov --cov-fail-under=80", &services).threshold, Some(80.0));
        assert_eq!(meaning("cargo llvm-cov --fail-under-lines 72", &services).threshold, Some(72.0));
        assert_eq!(meaning("sls deploy --stage=staging", &services).environment.as_deref(), Some("staging"));
        assert_eq!(meaning("aws s3 sync . s3://x --region eu-west-1", &services).region.as_deref(), Some("eu-west-1"));
    }

    #[test]
    fn lines_are_found_again_in_the_source() {
        let source =
            "run: |\n    # note\n    npm ci\n    cat <<EOF\n    npm run lint\n    EOF\n    npm test \\\n      --all\n";
        let script = "# note\nnpm ci\ncat <<EOF\nnpm run lint\nEOF\nnpm test \\\n  --all\n";
        let found = lines(script, Span::new(5, source.len()), source);
        let texts: Vec<&str> = found.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["npm ci", "cat <<EOF", "npm test --all"]);
        assert_eq!(found[0].span.text(source), "npm ci");
        assert_eq!(found[2].span.text(source), "npm test \\\n      --all");
    }
}

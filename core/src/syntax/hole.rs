//! Holes that a template engine fills before a program reads its configuration.

use super::scan::Scan;

/// How the usual engines open and close their holes: Jinja, Go, Handlebars, Helm; ERB, EJS.
const MARKS: &[(&str, &str)] = &[("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("<%", "%>")];

/// Longest hole that is looked for; longer ones are text.
const LONGEST: usize = 4096;

/// The length of the hole that starts here.
pub(super) fn here(scan: &Scan<'_>) -> Option<usize> {
    let &(open, close) = MARKS.iter().find(|(open, _)| scan.sees(open))?;
    let rest = scan.text.as_bytes().get(scan.at + open.len()..)?;
    let window = rest.get(..LONGEST).unwrap_or(rest);
    memchr::memmem::find(window, close.as_bytes()).map(|at| open.len() + at + close.len())
}

/// True when a value, trimmed, is nothing but one reference that something else fills: `$X`, `${X:-y}`, `$(x)`,
/// `%(x)s`, `@x@`, `{{ x }}`, `<%= x %>`.
pub(super) fn fills(value: &str) -> bool {
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
    };
    let between = |open: &str, close: &str| {
        let inner = value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        inner.filter(|inner| !inner.contains(close) || open == "${" || open == "$(")
    };
    if let Some(name) = value.strip_prefix('$')
        && word(name)
    {
        return true;
    }
    balanced(value, "${", '{', '}')
        || balanced(value, "$(", '(', ')')
        || between("%(", ")s").is_some()
        || between("@", "@").is_some_and(word)
        || MARKS.iter().any(|(open, close)| between(open, close).is_some())
}

/// True when `value` starts with `mark` and the bracket it opens is closed by the last character.
fn balanced(value: &str, mark: &str, open: char, close: char) -> bool {
    let Some(inner) = value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(close)) else { return false };
    let mut depth = 0_usize;
    for letter in inner.chars() {
        if letter == open {
            depth += 1;
        } else if letter == close {
            let Some(less) = depth.checked_sub(1) else { return false };
            depth = less;
        }
    }
    depth == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_value_is_a_hole() {
        for hole in ["$A", "${A}", "${A:-b}", "${A:-${B}}", "$(cat x)", "%(here)s", "@port@", "{{ x.y }}", "<%= x %>"] {
            assert!(fills(hole), "{hole}");
        }
        for value in
            ["", "$", "a$A", "$A/b", "${A}${B}", "${A}-x", "{{ a }}{{ b }}", "a@b", "@a@b@", "$2y$10$abc/", "{}"]
        {
            assert!(!fills(value), "{value}");
        }
    }
}

//! Cases: small repositories inside a rule file, with the regions that must be found.

use serde::{Deserialize, Serialize};

use crate::{probe, span::Span};

/// A small repository: path and content, with `«regions»` marked, `${...}` templates and `@advisories/` records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Path and content as written.
    pub files: Vec<(String, String)>,
}

/// A case with its templates expanded and its marks taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Files to scan.
    pub files: Vec<(String, String)>,
    /// Advisory records.
    pub advisories: Vec<(String, String)>,
    /// Where findings must be, by path.
    pub regions: Regions,
}

/// Path and span of each marked region, in order of path and place.
pub type Regions = Vec<(String, Span)>;

impl Case {
    /// Expands templates (from a fixed seed) and takes the marks out.
    pub fn expect(&self) -> Result<Expected, String> {
        let mut random = probe::Random::default();
        let mut expected = Expected::default();
        for (path, content) in &self.files {
            let content = probe::expand(content, &mut random).map_err(|defect| format!("{path}: {defect}"))?;
            if let Some(name) = path.strip_prefix("@advisories/") {
                expected.advisories.push((name.to_owned(), content));
                continue;
            }
            let (text, regions) = unmark(&content).map_err(|defect| format!("{path}: {defect}"))?;
            expected.regions.extend(regions.into_iter().map(|span| (path.clone(), span)));
            expected.files.push((path.clone(), text));
        }
        expected.files.sort();
        expected.regions.sort();
        Ok(expected)
    }
}

/// Takes `«` and `»` out of a text and gives their spans; `««` and `»»` are literal.
fn unmark(marked: &str) -> Result<(String, Vec<Span>), String> {
    let (mut text, mut regions, mut open) = (String::with_capacity(marked.len()), Vec::new(), Vec::new());
    let mut letters = marked.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '«' | '»' if letters.peek() == Some(&letter) => {
                letters.next();
                text.push(letter);
            }
            '«' => open.push(text.len()),
            '»' => match open.pop() {
                Some(start) => regions.push(Span::new(start, text.len())),
                None => return Err("» without «".into()),
            },
            _ => text.push(letter),
        }
    }
    if open.is_empty() { Ok((text, regions)) } else { Err("« without »".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_spans() {
        assert_eq!(unmark("a «b» ««c").unwrap(), ("a b «c".to_owned(), vec![Span::new(2, 3)]));
        assert!(unmark("«a").is_err());
    }
}

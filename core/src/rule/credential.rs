//! Credentials without a form of their own: the provider's name and a word for secrets near a value of a known shape.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// Words that say that a value is secret, as parts of a name: a regular expression without case. `api` and `app` alone
/// stand in addresses, beside what is no secret.
const LABELS: &str = "key|token|secret|pass(?:word|wd|phrase|code)?|pwd|credential|bearer|authorization|auth\\b|\
                      signature|signing|webhook|license|pat\\b|sid\\b|dsn\\b|sk\\b";

/// Most bytes from the start of a match to its value. A pattern that counted so far would need a state for each.
pub const REACH: usize = 260;

/// What may stand before a value and after it.
const BEFORE: &str = "[\\s\"'`:=>(,/@|\\[{]";
const AFTER: &str = "(?:[\\s\"'`,;<>()\\[\\]{}\\\\&|#@:/?]|\\.(?:\\s|$)|$)";

/// What a value is like and what stands near it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Credential {
    /// What the provider is called: `new relic` stands for `newrelic`, `new_relic`, `NEW-RELIC`, `NewRelic` too.
    pub names: Vec<String>,
    /// Words that say that the value is secret, in place of the usual ones; regular expressions without case.
    pub labels: Vec<String>,
    /// The value: a regular expression.
    pub shape: String,
}

impl Credential {
    /// Words of which one is in every match.
    pub(super) fn keywords(&self) -> Vec<String> {
        self.names.iter().flat_map(|name| spellings(name)).collect()
    }

    /// The pattern of a text rule: the name, then a word for secrets, then the value (in a nested block, in the next
    /// line of a list of names and values, too); or the word before the name; or the name alone where it is what the
    /// value is assigned to or given to.
    pub fn pattern(&self) -> String {
        let (name, label) = (self.name(), self.label());
        let next_line =
            "[^\\n]{0,20}?\\n[^\\n]{0,20}?(?i:value|default|content|data)[\"']?[ \\t]{0,4}[:=>][^\\n]{0,4}?";
        let mut pattern = String::new();
        // Writing to a text cannot fail.
        let _ = write!(
            pattern,
            "(?:{name}(?:(?:[^a-z](?s:.*?))?{label}(?:[^\\n]{{0,40}}?|{next_line}){BEFORE}\
             |(?:[^a-z\\n][\\w.:]{{0,40}})?\\(\\s{{0,20}}[\"'`]\
             |[\"']?\\s{{0,3}}(?:=>|=|:\\s)\\s{{0,3}}[\"'`]?)\
             |{label}[ \\w.\\-]{{0,24}}?{name}(?:[^a-z\\n][^\\n]{{0,24}}?)?{BEFORE})\
             {}{AFTER}",
            self.secret(),
        );
        pattern
    }

    /// The part of the pattern that is reported.
    pub(crate) fn secret(&self) -> String {
        format!("(?<secret>{})", self.shape)
    }

    /// The name at the start of a word, or of a part of one with a capital.
    fn name(&self) -> String {
        let spelled: Vec<String> =
            self.names.iter().map(|name| parts(name).collect::<Vec<_>>().join("[ _.\\-]?")).collect();
        let capital: Vec<String> = self.names.iter().map(|name| capitalised(name)).collect();
        format!("(?:(?:^|[^A-Za-z])(?i:{})|[a-z](?:{}))", spelled.join("|"), capital.join("|"))
    }

    fn label(&self) -> String {
        let own = self.labels.join("|");
        format!("(?i:{})", if own.is_empty() { LABELS } else { &own })
    }
}

/// The words of a name, escaped.
fn parts(name: &str) -> impl Iterator<Item = String> + '_ {
    name.split([' ', '-', '_']).filter(|part| !part.is_empty()).map(regex_syntax::escape)
}

/// `NewRelic`, as a regular expression.
fn capitalised(name: &str) -> String {
    parts(name).fold(String::new(), |mut all, part| {
        let mut letters = part.chars();
        all.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        all.push_str(letters.as_str());
        all
    })
}

/// A name as it is written in one word and in several.
fn spellings(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split([' ', '-', '_']).filter(|part| !part.is_empty()).collect();
    match parts.len() {
        0 | 1 => parts.into_iter().map(str::to_owned).collect(),
        _ => ["", " ", "_", "-", "."].iter().map(|sign| parts.join(sign)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::text_regex;

    #[test]
    fn names_labels_and_values_are_found_as_people_write_them() {
        let credential = Credential { names: vec!["new box".into()], labels: Vec::new(), shape: "[0-9a-f]{8}".into() };
        let pattern = text_regex(&credential.pattern()).unwrap();
        for text in [
            "NEWBOX_API_KEY=0123abcd",
            "export NEW_BOX_TOKEN='0123abcd'",
            "newBoxToken: \"0123abcd\"",
            "myNewBoxKey = 0123abcd",
            "new-box:\n  region: eu\n  token: 0123abcd\n",
            "{\"newbox\": {\"secret\": \"0123abcd\"}}",
            "- name: NEWBOX_TOKEN\n  value: 0123abcd",
            "<newbox-key>0123abcd</newbox-key>",
            "client = NewBoxClient(\"0123abcd\")",
            "curl https://api.newbox.io/v1?api_key=0123abcd&x=1",
            "curl -u key:0123abcd https://x/ # token_newbox=0123abcd",
            "newbox: 0123abcd",
            "The token of newbox is 0123abcd.",
        ] {
            let found = pattern.captures(text.as_bytes()).and_then(|captures| captures.name("secret"));
            assert_eq!(found.map(|found| found.as_bytes()), Some("0123abcd".as_bytes()), "{text}");
        }
        for text in [
            "newboxes_key=0123abcd",
            "renewbox_key=0123abcd",
            "NEWBOX_API_KEY=0123abcd0",
            "NEWBOX_API_KEY=0123abc",
            "newbox commit 0123abcd",
            "NEWBOX_TOKEN=0123abcd-0123",
            "image: registry.io/new-box:0123abcd",
            "https://github.com/a/newbox-api/blob/0123abcd/x",
        ] {
            assert!(!pattern.is_match(text.as_bytes()), "{text}");
        }
    }
}

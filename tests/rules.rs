//! Every rule does what its cases say, and the set keeps its promises.

use std::collections::{BTreeMap, BTreeSet};

use trueup_core::{
    engine::self_test,
    rule::{Matcher, RuleSet},
};

#[test]
fn every_case_reports_exactly_its_regions() {
    let set = trueup_rules::with_cases().unwrap();
    let failures: Vec<String> = self_test(&set, &[])
        .into_iter()
        .map(|failure| format!("{} {}: {}", failure.rule, failure.case, failure.message))
        .collect();
    assert!(failures.is_empty(), "{} cases fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_set_is_worth_running() {
    let set = trueup_tests::rules();
    let mut families: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in &set.rules {
        *families.entry(rule.family()).or_default() += 1;
    }
    let promised = [("secrets", 40), ("https", 25), ("privacy", 15), ("advisories", 1), ("posture", 12)];
    for (family, least) in promised {
        assert!(families.get(family).copied().unwrap_or(0) >= least, "{family}: {families:?}");
    }
    assert!(set.rules.len() >= 120, "{families:?}");
}

#[test]
fn titles_and_names_tell_rules_apart() {
    let set = trueup_tests::rules();
    let names: BTreeSet<String> = set.rules.iter().map(|rule| rule.name()).collect();
    assert_eq!(names.len(), set.rules.len());
    for rule in &set.rules {
        assert_ne!(rule.name(), rule.id);
        assert!(!rule.title.ends_with('.'), "{}", rule.id);
        assert!(rule.references.iter().all(|link| link.starts_with("https://")), "{}", rule.id);
    }
}

#[test]
fn the_compact_form_holds_what_the_files_say() {
    let set = trueup_rules::with_cases().unwrap();
    let again = RuleSet::from_bytes(&set.to_bytes_with_cases().unwrap()).unwrap();
    assert_eq!(again.rules, set.rules);
    assert!(trueup_tests::rules().rules.iter().all(|rule| rule.fail.is_empty()));
}

/// A broken rule and what must be said of it.
const DEFECTS: &[(&str, &str, &str)] = &[
    ("severity = \"high\"", "severity = \"hgih\"", "3:12: unknown variant `hgih`"),
    ("[[pass]]", "[[fail]]", "a rule needs at least one [[pass]] case"),
    ("\"not-placeholder\"", "\"not-placeholdr\"", "did you mean \"not-placeholder\"?"),
    ("[\"secrets\"]", "[\"secrest\"]", "did you mean \"secrets\"?"),
    ("{secret}", "{secrte}", "nothing fills the hole {secrte}"),
    ("keywords", "keyword", "unknown field `keyword`"),
    ("[\"corp_\"]", "[\"co\"]", "too short"),
    ("id = \"corp/token\"", "id = \"corp/Token\"", "no rule id"),
    ("id = \"corp/token\"", "id = \"secrets/stripe-live-key\"", "secrets/stripe-live-key"),
];

const RULE: &str = r#"id = "corp/token"
title = "Token of ours"
severity = "high"
precision = "high"
message = "A token {secret} is in the file."
help = "Take it out."
matters = ["secrets"]
match.text = { keywords = ["corp_"], pattern = '\b(?<secret>corp_[0-9a-z]{16})\b', probes = ["not-placeholder"] }
[[fail]]
"a.txt" = "x «corp_${lower:16}»"
[[pass]]
"a.txt" = "corp_name"
"#;

#[test]
fn a_user_rule_goes_through_the_same_door_and_mistakes_are_placed() {
    let mut set = trueup_tests::rules();
    set.extend([("rules/corp/token.toml", RULE)]).unwrap();
    assert!(matches!(set.get("corp/token").unwrap().matcher, Matcher::Text(_)));
    assert_eq!(self_test(&set, &["corp/token".to_owned()]), []);
    for (right, wrong, said) in DEFECTS {
        let text = RULE.replace(right, wrong);
        assert_ne!(text, RULE, "{right}");
        let defects = trueup_tests::rules().extend([("rules/corp/token.toml", text.as_str())]).unwrap_err();
        assert!(defects.iter().any(|defect| defect.contains(said)), "{wrong}: {defects:?}");
    }
}

//! SARIF of the fixtures keeps the promises of docs/sarif.md.

use std::collections::BTreeSet;

use serde_json::Value;
use trueup_core::emit::Form;
use trueup_tests::{fixtures, scan_folder, written};

fn sarif() -> Value {
    serde_json::from_str(&written(&scan_folder(fixtures().path(), 0), Form::Sarif)).unwrap()
}

fn list<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    value.pointer(path).and_then(Value::as_array).map(|list| list.iter().collect()).unwrap_or_default()
}

#[test]
fn rules_carry_what_readers_ask_for() {
    let log = sarif();
    for rule in list(&log, "/runs/0/tool/driver/rules") {
        for field in ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown", "/name"] {
            let text = rule.pointer(field).and_then(Value::as_str).unwrap_or_default();
            assert!(!text.is_empty(), "{} lacks {field}", rule["id"]);
        }
        let score: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!(score > 0.0 && score <= 10.0);
        assert!(list(rule, "/properties/tags").len() <= 10);
    }
}

#[test]
fn results_point_at_declared_rules_and_whole_regions() {
    let log = sarif();
    let rules = list(&log, "/runs/0/tool/driver/rules");
    let results = list(&log, "/runs/0/results");
    assert!(results.len() >= 10);
    let mut own = BTreeSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uriBaseId"], "SRCROOT");
        for field in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][field].as_u64().unwrap() >= 1, "{field}");
        }
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string(), "{}", result["ruleId"]);
        assert!(own.insert(result["partialFingerprints"]["trueup/v1"].as_str().unwrap().to_owned()));
    }
}

#[test]
fn taxa_of_rules_exist() {
    let log = sarif();
    let taxonomies = list(&log, "/runs/0/taxonomies");
    assert!(taxonomies.len() >= 5);
    for rule in list(&log, "/runs/0/tool/driver/rules") {
        for relation in list(rule, "/relationships") {
            let target = &relation["target"];
            let component = usize::try_from(target["toolComponent"]["index"].as_u64().unwrap()).unwrap();
            let taxon = usize::try_from(target["index"].as_u64().unwrap()).unwrap();
            assert_eq!(taxonomies[component]["taxa"][taxon]["id"], target["id"]);
        }
    }
}

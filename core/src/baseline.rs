//! A baseline is an earlier SARIF report: its findings are old.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind};

/// Key of our own identity among a result's `partialFingerprints`.
pub const KEY: &str = "trueup/v1";

/// Identities of the findings of an earlier report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Identity to how many open findings had it.
    known: BTreeMap<String, usize>,
}

impl Baseline {
    /// Reads a SARIF report. Results that were no failures or were suppressed are no baseline.
    pub fn parse(path: &str, text: &str) -> Result<Self, Error> {
        let fail = |message: &str| Error::new(ErrorKind::Configuration, message).at(path);
        let sarif: serde_json::Value =
            serde_json::from_str(text).map_err(|error| fail(&format!("no SARIF report: {error}")))?;
        let runs = sarif
            .get("runs")
            .and_then(|runs| runs.as_array())
            .ok_or_else(|| fail("no SARIF report: it has no runs"))?;
        let mut known = BTreeMap::new();
        for result in runs.iter().filter_map(|run| run.get("results")?.as_array()).flatten() {
            let is_failure = result.get("kind").is_none_or(|kind| kind == "fail");
            let accepted =
                result.get("suppressions").and_then(|list| list.as_array()).is_some_and(|list| !list.is_empty());
            let gone = result.get("baselineState").is_some_and(|state| state == "absent");
            let own = result.get("partialFingerprints").and_then(|prints| prints.get(KEY)).and_then(|own| own.as_str());
            if let Some(own) = own.filter(|_| is_failure && !accepted && !gone) {
                *known.entry(own.to_owned()).or_default() += 1;
            }
        }
        Ok(Self { known })
    }

    /// True when the report had this finding.
    pub fn has(&self, own: &str) -> bool {
        self.known.contains_key(own)
    }

    /// How many of its findings are not among these identities.
    pub fn gone<'a>(&self, present: impl IntoIterator<Item = &'a str>) -> usize {
        let present: std::collections::BTreeSet<&str> = present.into_iter().collect();
        self.known.iter().filter(|(own, _)| !present.contains(own.as_str())).map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_open_failures_are_a_baseline() {
        let text = r#"{"runs": [{"results": [
            {"partialFingerprints": {"trueup/v1": "a"}},
            {"partialFingerprints": {"trueup/v1": "b"}, "suppressions": [{"kind": "inSource"}]},
            {"kind": "pass", "partialFingerprints": {"trueup/v1": "c"}}]}]}"#;
        let baseline = Baseline::parse("b.sarif", text).unwrap();
        assert!(baseline.has("a") && !baseline.has("b") && !baseline.has("c"));
        assert_eq!(baseline.gone(["x"]), 1);
        assert!(Baseline::parse("b.sarif", "{}").is_err());
    }
}

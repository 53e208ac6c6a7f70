//! JUnit XML: one suite a family, one case a finding; a family without findings is one passing case.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report as JUnit, TestCase, TestCaseStatus, TestSuite};

use crate::report::Report;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut junit = JUnit::new("trueup");
    for family in report.counts().into_keys() {
        let mut suite = TestSuite::new(family.clone());
        for finding in report.findings.iter().filter(|finding| finding.is_open() && finding.family() == family) {
            let place = format!("{}:{}", finding.location.shown_path(), finding.location.line());
            let mut status = if report.gate.decides(finding) {
                TestCaseStatus::non_success(NonSuccessKind::Failure)
            } else {
                TestCaseStatus::skipped()
            };
            status.set_message(format!("{place}: {}", finding.message)).set_type(finding.severity.word());
            let mut case = TestCase::new(format!("{} {place}", finding.rule), status);
            case.set_classname(finding.rule.clone());
            suite.add_test_case(case);
        }
        if suite.test_cases.is_empty() {
            suite.add_test_case(TestCase::new(format!("{family}: nothing found"), TestCaseStatus::success()));
        }
        junit.add_test_suite(suite);
    }
    let text = junit.to_string().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

//! Frozen reports and findings.

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyBytes, PyCapsule, PyDict, PyList},
};
use trueup_core::{
    emit::{self, Form, Style},
    report,
};

use crate::{TrueupError, arrow};

/// Whether the gate passed.
#[pyclass(module = "trueup", name = "Verdict", frozen, eq, hash, rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    /// Nothing that fails was found.
    Pass,
    /// Something that fails was found.
    Fail,
    /// The scan could not look at something it was asked to look at.
    Incomplete,
}

/// One reported occurrence.
#[pyclass(module = "trueup", name = "Finding", frozen, eq, hash, get_all, from_py_object)]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) family: String,
    pub(crate) severity: String,
    pub(crate) level: String,
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) evidence: Option<String>,
    pub(crate) path: String,
    pub(crate) start_line: u32,
    pub(crate) start_column: u32,
    pub(crate) end_line: u32,
    pub(crate) end_column: u32,
    pub(crate) fingerprint: String,
    pub(crate) suppressed: bool,
    pub(crate) baseline: Option<String>,
}

/// Fields of a finding in the order of its constructor.
type Fields = (
    (String, String, String, String, String, String, Option<String>, String),
    (u32, u32, u32, u32, String, bool, Option<String>),
);

#[pymethods]
impl Finding {
    /// Rebuilds a pickled finding.
    #[staticmethod]
    fn _of(fields: Fields) -> Self {
        let ((rule, family, severity, level, kind, message, evidence, path), rest) = fields;
        let (start_line, start_column, end_line, end_column, fingerprint, suppressed, baseline) = rest;
        Self {
            rule,
            family,
            severity,
            level,
            kind,
            message,
            evidence,
            path,
            start_line,
            start_column,
            end_line,
            end_column,
            fingerprint,
            suppressed,
            baseline,
        }
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Fields,))> {
        let it = self.clone();
        let fields = (
            (it.rule, it.family, it.severity, it.level, it.kind, it.message, it.evidence, it.path),
            (it.start_line, it.start_column, it.end_line, it.end_column, it.fingerprint, it.suppressed, it.baseline),
        );
        Ok((py.get_type::<Self>().getattr("_of")?, (fields,)))
    }

    fn __repr__(&self) -> String {
        format!("<Finding {} {} {}:{}>", self.severity, self.rule, self.path, self.start_line)
    }

    /// The finding as a dict.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("rule", &self.rule)?;
        dict.set_item("family", &self.family)?;
        dict.set_item("severity", &self.severity)?;
        dict.set_item("level", &self.level)?;
        dict.set_item("kind", &self.kind)?;
        dict.set_item("message", &self.message)?;
        dict.set_item("evidence", &self.evidence)?;
        dict.set_item("path", &self.path)?;
        dict.set_item("start_line", self.start_line)?;
        dict.set_item("start_column", self.start_column)?;
        dict.set_item("end_line", self.end_line)?;
        dict.set_item("end_column", self.end_column)?;
        dict.set_item("fingerprint", &self.fingerprint)?;
        dict.set_item("suppressed", self.suppressed)?;
        dict.set_item("baseline", &self.baseline)?;
        Ok(dict)
    }
}

/// All of a scan.
#[pyclass(module = "trueup", name = "Report", frozen, eq)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    verdict: Verdict,
    pub(crate) findings: Vec<Finding>,
    notifications: Vec<String>,
    sarif: String,
    json: String,
}

impl Report {
    /// Takes what Python can ask for out of a report of the engine.
    pub(crate) fn new(report: &report::Report) -> Result<Self, String> {
        let text = |form| {
            let mut bytes = Vec::new();
            emit::write(report, form, &Style::default(), &mut bytes).map_err(|error| error.to_string())?;
            String::from_utf8(bytes).map_err(|error| error.to_string())
        };
        Ok(Self {
            verdict: match report.verdict.word() {
                "pass" => Verdict::Pass,
                "fail" => Verdict::Fail,
                _ => Verdict::Incomplete,
            },
            findings: report.findings.iter().filter(|finding| finding.kind.word() == "fail").map(finding).collect(),
            notifications: report.notifications.iter().map(notification).collect(),
            sarif: text(Form::Sarif)?,
            json: text(Form::Json)?,
        })
    }
}

fn finding(finding: &trueup_core::finding::Finding) -> Finding {
    let region = finding.location.region.unwrap_or_default();
    Finding {
        rule: finding.rule.clone(),
        family: finding.family().to_owned(),
        severity: finding.severity.word().to_owned(),
        level: finding.level().word().to_owned(),
        kind: finding.kind.word().to_owned(),
        message: finding.message.clone(),
        evidence: finding.evidence.clone(),
        path: finding.location.shown_path().into_owned(),
        start_line: region.start_line,
        start_column: region.start_column,
        end_line: region.end_line,
        end_column: region.end_column,
        fingerprint: finding.fingerprint.own.clone(),
        suppressed: finding.suppression.is_some(),
        baseline: match finding.baseline {
            trueup_core::finding::BaselineState::None => None,
            trueup_core::finding::BaselineState::New => Some("new".into()),
            trueup_core::finding::BaselineState::Unchanged => Some("unchanged".into()),
        },
    }
}

fn notification(note: &trueup_core::error::Notification) -> String {
    if note.path.is_empty() { note.message.clone() } else { format!("{}: {}", note.path, note.message) }
}

/// Parts of a pickled report.
type Parts = (String, Vec<Finding>, Vec<String>, String, String);

#[pymethods]
impl Report {
    /// Whether the gate passed.
    #[getter]
    fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Findings in order of path, region and rule.
    #[getter]
    fn findings(&self) -> Vec<Finding> {
        self.findings.clone()
    }

    /// What was not analysed, one line each.
    #[getter]
    fn notifications(&self) -> Vec<String> {
        self.notifications.clone()
    }

    fn __len__(&self) -> usize {
        self.findings.len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        PyList::new(py, self.findings.clone())?.call_method0("__iter__")
    }

    fn __getitem__(&self, index: isize) -> PyResult<Finding> {
        let count = isize::try_from(self.findings.len()).unwrap_or(isize::MAX);
        let at = if index < 0 { index + count } else { index };
        let found = usize::try_from(at).ok().and_then(|at| self.findings.get(at)).cloned();
        found.ok_or_else(|| pyo3::exceptions::PyIndexError::new_err("no such finding"))
    }

    fn __repr__(&self) -> String {
        format!("<Report {}: {} findings>", self.verdict.word(), self.findings.len())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Parts,))> {
        let it = self.clone();
        let parts = (it.verdict.word().to_owned(), it.findings, it.notifications, it.sarif, it.json);
        Ok((py.get_type::<Self>().getattr("_of")?, (parts,)))
    }

    /// Rebuilds a pickled report.
    #[staticmethod]
    fn _of(parts: Parts) -> Self {
        let (verdict, findings, notifications, sarif, json) = parts;
        let verdict = match verdict.as_str() {
            "pass" => Verdict::Pass,
            "fail" => Verdict::Fail,
            _ => Verdict::Incomplete,
        };
        Self { verdict, findings, notifications, sarif, json }
    }

    /// The report as SARIF 2.1.0 text.
    fn to_sarif(&self) -> &str {
        &self.sarif
    }

    /// The report as JSON text (docs/json.md).
    fn to_json(&self) -> &str {
        &self.json
    }

    /// Findings as dicts.
    fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        self.findings.iter().map(|finding| finding.to_dict(py)).collect()
    }

    /// Hands the findings to a data frame without a copy through text (Arrow PyCapsule interface).
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        if requested_schema.is_some_and(|schema| !schema.is_none() && schema.cast::<PyCapsule>().is_err()) {
            return Err(PyTypeError::new_err("requested_schema is an Arrow schema capsule or None"));
        }
        arrow::stream(py, &self.findings).map_err(TrueupError::new_err)
    }

    /// A table for notebooks; everything that comes from the scanned tree is escaped.
    fn _repr_html_(&self) -> String {
        const MOST: usize = 200;
        let mut html = format!(
            "<p>trueup: {}, {} findings</p><table><tr><th>severity</th><th>rule</th><th>place</th><th>what</th></tr>",
            self.verdict.word(),
            self.findings.len()
        );
        for finding in self.findings.iter().take(MOST) {
            let place = format!("{}:{}", finding.path, finding.start_line);
            let cells = [&finding.severity, &finding.rule, &place, &finding.message];
            let cells: String = cells.into_iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
            html.push_str(&format!("<tr>{cells}</tr>"));
        }
        html.push_str("</table>");
        if self.findings.len() > MOST {
            html.push_str(&format!("<p>and {} more</p>", self.findings.len() - MOST));
        }
        html
    }

    /// The JSON text as bytes, for writers.
    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.json.as_bytes())
    }
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Incomplete => "incomplete",
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

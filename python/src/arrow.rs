//! Findings as an Arrow stream: one method serves polars, pandas, pyarrow and duckdb.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, RecordBatch, RecordBatchIterator, StringArray, UInt32Array,
    ffi_stream::FFI_ArrowArrayStream,
};
use arrow_schema::{DataType, Field, Schema};
use pyo3::{prelude::*, types::PyCapsule};

use crate::report::Finding;

/// A capsule named `arrow_array_stream` that owns the stream and releases it when it is dropped.
pub(crate) fn stream<'py>(py: Python<'py>, findings: &[Finding]) -> Result<Bound<'py, PyCapsule>, String> {
    let batch = batch(findings).map_err(|error| error.to_string())?;
    let schema = batch.schema();
    let reader = RecordBatchIterator::new([Ok(batch)], schema);
    let stream = FFI_ArrowArrayStream::new(Box::new(reader));
    PyCapsule::new_with_value(py, stream, c"arrow_array_stream").map_err(|error| error.to_string())
}

fn batch(findings: &[Finding]) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let text = |of: fn(&Finding) -> &str| Arc::new(StringArray::from_iter_values(findings.iter().map(of))) as ArrayRef;
    let number = |of: fn(&Finding) -> u32| Arc::new(UInt32Array::from_iter_values(findings.iter().map(of))) as ArrayRef;
    let maybe =
        |of: fn(&Finding) -> Option<&str>| Arc::new(findings.iter().map(of).collect::<StringArray>()) as ArrayRef;
    let suppressed =
        Arc::new(findings.iter().map(|finding| Some(finding.suppressed)).collect::<BooleanArray>()) as ArrayRef;
    let columns: [(&str, ArrayRef); 15] = [
        ("rule", text(|finding| &finding.rule)),
        ("family", text(|finding| &finding.family)),
        ("severity", text(|finding| &finding.severity)),
        ("level", text(|finding| &finding.level)),
        ("kind", text(|finding| &finding.kind)),
        ("message", text(|finding| &finding.message)),
        ("evidence", maybe(|finding| finding.evidence.as_deref())),
        ("path", text(|finding| &finding.path)),
        ("start_line", number(|finding| finding.start_line)),
        ("start_column", number(|finding| finding.start_column)),
        ("end_line", number(|finding| finding.end_line)),
        ("end_column", number(|finding| finding.end_column)),
        ("fingerprint", text(|finding| &finding.fingerprint)),
        ("suppressed", suppressed),
        ("baseline", maybe(|finding| finding.baseline.as_deref())),
    ];
    let fields: Vec<Field> = columns.iter().map(|(name, column)| field(name, column.data_type())).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, column)| column).collect())
}

fn field(name: &str, kind: &DataType) -> Field {
    Field::new(name, kind.clone(), matches!(name, "evidence" | "baseline"))
}

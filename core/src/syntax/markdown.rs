//! markdown

use crate::{error::Notification, source::Source, syntax::Document};

/// Parses one source.
pub(super) fn parse(_source: &Source) -> (Document, Vec<Notification>) {
    (Document::default(), Vec::new())
}

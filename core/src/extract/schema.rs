//! Declarations of stored personal data: tables, models, rows.

use super::{Context, Extraction, program::Declared};
use crate::{fact::Fact, source::SourceId, vocabulary::PersonalData};

/// A class as its file declares it.
#[derive(Debug)]
pub(super) struct Declaration<'d> {
    /// Its name.
    pub(super) name: &'d str,
    /// Canonical names or texts of what it extends.
    pub(super) bases: Vec<String>,
    /// Canonical names or texts of its decorators, annotations, derives.
    pub(super) marks: Vec<String>,
    /// Its fields.
    pub(super) fields: &'d [Declared<'d>],
    /// The vocabulary's word for the language.
    pub(super) language: &'static str,
}

/// Reads facts from one source.
pub(super) fn extract(_cx: &Context<'_>, _out: &mut Extraction) {}

/// Facts of a class that is stored.
pub(super) fn of_class(_class: &Declaration<'_>, _people: &PersonalData, _source: SourceId) -> Vec<Fact> {
    Vec::new()
}

//! What the tests of extractors share.

use super::{Context, Extraction, Wanted};
use crate::{classify::classify, source::Source, syntax::parse, vocabulary::Vocabulary};

/// What one extractor makes of a text.
pub(super) fn extraction(
    path: &str,
    text: &str,
    vocabulary: &Vocabulary,
    extract: impl FnOnce(&Context<'_>, &mut Extraction),
) -> Extraction {
    let source = Source::memory(path, text.as_bytes());
    let kind = classify(path, text);
    let (document, _) = parse(&source, kind.format);
    let mut out = Extraction::default();
    extract(&Context { source: &source, kind, document: &document, vocabulary, wanted: Wanted::all() }, &mut out);
    out
}

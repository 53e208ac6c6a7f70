//! Template marks in data files: what Helm, Jinja and their kin leave in YAML and JSON for later.

/// True when a text may hold template expressions.
pub(super) fn may_hold(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"{{").is_some()
}

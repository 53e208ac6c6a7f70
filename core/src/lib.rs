//! The engine of trueup: sources are read once, become facts, and rules that are data judge them.
//!
//! The modules below are ordered: each uses only those above it (tests/architecture.rs holds this true).
pub mod advisory;
pub mod classify;
pub mod error;
pub mod extract;
pub mod fact;
pub mod finding;
pub mod package;
pub mod probe;
pub mod rule;
pub mod source;
pub mod span;
pub mod syntax;
pub mod vocabulary;
pub mod walk;

//! The engine of trueup: sources are read once, become facts, and rules that are data judge them.
//!
//! Modules from the ground up; each uses only those before it (tests/architecture.rs holds this true): span, error,
//! source, classify, syntax, fact, package, vocabulary, probe, finding, rule, extract, advisory, gate, config, suppress,
//! baseline, report, unpack, walk, engine, emit, setup.
pub mod advisory;
pub mod baseline;
pub mod classify;
pub mod config;
pub mod emit;
pub mod engine;
pub mod error;
pub mod extract;
pub mod fact;
pub mod finding;
pub mod gate;
pub mod package;
pub mod probe;
pub mod report;
pub mod rule;
pub mod setup;
pub mod source;
pub mod span;
pub mod suppress;
pub mod syntax;
pub mod unpack;
pub mod vocabulary;
pub mod walk;

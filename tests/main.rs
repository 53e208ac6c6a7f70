//! Tests of the whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod architecture;
mod archives;
mod command_line;
mod determinism;
mod fixtures;
mod history;
mod hostile;
mod rules;
mod sarif;
mod secrecy;
mod secrets;
mod verdicts;
mod verify;

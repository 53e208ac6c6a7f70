//! Advisories.

pub mod version;

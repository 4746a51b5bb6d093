//! What users of the toolchain crate rely on, on small projects that need no registry.
#![expect(clippy::disallowed_methods, reason = "tests make trees of their own")]

mod oracle_runs;
mod oracle_sources;
mod oracle_types;
mod shadow;
mod shadow_tests;
mod support;
mod test_results;
mod workspace;

//! What users of the toolchain crate rely on, on small projects that need no registry.

mod oracle_runs;
mod oracle_sources;
mod oracle_types;
mod shadow;
mod support;
mod workspace;

//! What the analysis promises to those who call it.

// The package has a longer name than the library has in the rest of the workspace.
extern crate io_optimize_analyze as analyze;

mod cases;
mod fixes;
mod fixtures;
mod flow;
mod in_memory;
mod input;
mod models;
mod modules;
mod resolution;
mod runtime;
mod summaries;
mod support;

//! All that can go wrong while `--apply` writes: the sweep that takes too long for every change.

use std::path::Path;

use anyhow::Result;

use crate::project;

/// Runs it; it says how many faults were injected.
pub(crate) fn run(root: &Path) -> Result<()> {
    let arguments = [
        "test",
        "-p",
        "io-optimize-tests",
        "--locked",
        "--test",
        "end_to_end",
        "--",
        "--ignored",
        "--exact",
        "--nocapture",
        "apply_faults::all_calls",
    ];
    project::run_cargo(root, &arguments)
}

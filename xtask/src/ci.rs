//! Everything a change must pass, the quick checks first.

use std::path::Path;

use anyhow::Result;

use crate::{codegen, fuzz, project, tidy};

/// Runs the checks and stops at the first that fails.
pub(crate) fn run(root: &Path) -> Result<()> {
    project::run_cargo(root, &["fmt", "--all", "--check"])?;
    codegen::check(root)?;
    tidy::run(root)?;
    project::run_cargo(
        root,
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    // About a minute.
    let options = fuzz::Options {
        inputs: 100_000,
        seed: 1,
    };
    fuzz::run(root, &options)?;
    // Last, so that its closing lines are the last of the log.
    project::run_cargo(root, &["test", "--workspace", "--locked", "--no-fail-fast"])
}

//! Everything a change must pass, the quick checks first.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::{codegen, fuzz, project, tidy};

/// Runs the checks and stops at the first that fails.
pub(crate) fn run(root: &Path) -> Result<()> {
    cargo(root, &["fmt", "--all", "--check"])?;
    codegen::check(root)?;
    tidy::run(root)?;
    cargo(
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
    cargo(root, &["test", "--workspace", "--locked", "--no-fail-fast"])
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<()> {
    let line = format!("cargo {}", arguments.join(" "));
    eprintln!("> {line}");
    let status = project::cargo()
        .args(arguments)
        .current_dir(root)
        .status()
        .with_context(|| format!("could not start `{line}`"))?;
    ensure!(status.success(), "`{line}` failed with {status}");
    Ok(())
}

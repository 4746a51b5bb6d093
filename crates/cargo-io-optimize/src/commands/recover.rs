//! `recover`: what an `--apply` that was cut off left behind.

use std::path::PathBuf;

use anyhow::{Result, bail};
use rewrite::Recovered;
use toolchain::CargoOptions;

use super::state_directory;
use crate::request::RecoverRequest;
use crate::shell::Shell;

pub(super) fn run(request: &RecoverRequest, shell: &Shell) -> Result<()> {
    let workspace = toolchain::load(&CargoOptions {
        manifest_path: request.manifest_path.clone(),
        target_dir: request.target_dir.clone(),
        ..CargoOptions::default()
    })?;
    match rewrite::recover(&workspace.root, &state_directory(&workspace))? {
        Recovered::Nothing => shell.say("nothing to recover: no `--apply` was cut off here"),
        Recovered::Finished { files } => {
            shell.say("the files had all been written; what was left over is removed");
            shell.data(&list(&files))?;
        }
        Recovered::Undone { files } => {
            shell.say("the files are as they were before `--apply`");
            shell.data(&list(&files))?;
        }
        Recovered::Conflict { files, kept } => {
            shell.data(&list(&files))?;
            bail!(
                "the files listed have changed since `--apply` was cut off and were left alone; \
                 their texts before and after are in {}",
                kept.display()
            );
        }
    }
    Ok(())
}

fn list(files: &[PathBuf]) -> String {
    files
        .iter()
        .map(|path| format!("{}\n", path.display()))
        .collect()
}

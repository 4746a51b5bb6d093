//! One function per command: from a request to what is printed and the exit code.

mod bench;
mod preflight;
mod recover;

use std::path::PathBuf;

use anyhow::Result;
use model::RuleMeta;
use toolchain::Workspace;

use crate::exit::ExitCode;
use crate::interrupt::Interrupt;
use crate::request::{Command, Request};
use crate::shell::Shell;
use crate::{audit, cli, figures, rule_table};

/// Every rule, in the order in which rules are listed to users.
#[must_use]
pub fn rules() -> Vec<&'static RuleMeta> {
    analyze::rules().collect()
}

/// Carries the request out.
///
/// # Errors
/// Why it could not be carried out; [`crate::exit::Interrupted`] when the user stopped it.
pub fn run(request: Request, shell: &Shell, interrupt: &Interrupt) -> Result<ExitCode> {
    match request.command {
        Command::Audit(request) => return audit::run(&request, shell, interrupt),
        Command::Rules => shell.data(&rule_table::list(&rules()))?,
        Command::Explain(rule) => shell.data(&rule_table::page(rule, &figures::all()?))?,
        Command::Preflight(request) => preflight::run(&request, shell, interrupt)?,
        Command::Bench(request) => bench::run(&request, shell, interrupt)?,
        Command::Emit(request) => return audit::emit(&request, shell, interrupt),
        Command::Recover(request) => recover::run(&request, shell)?,
        Command::Completions(kind) => {
            let mut script = Vec::new();
            clap_complete::generate(kind, &mut cli::command(), "cargo-io-optimize", &mut script);
            shell.data(&String::from_utf8_lossy(&script))?;
        }
    }
    Ok(ExitCode::Done)
}

/// Where the lock and the journal of `--apply` lie, so that `recover` finds what a run left behind.
#[must_use]
pub fn state_directory(workspace: &Workspace) -> PathBuf {
    workspace.scratch_directory().join("apply")
}

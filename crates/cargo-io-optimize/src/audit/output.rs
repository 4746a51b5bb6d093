//! What a person sees, and the report.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use model::{Audit, Failure};
use report::HumanOptions;
use toolchain::Workspace;

use super::default_report;
use crate::request::AuditRequest;
use crate::shell::{Shell, Verbosity};

fn options(shell: &Shell) -> HumanOptions {
    HumanOptions {
        color: shell.colors_data(),
        width: shell.width(),
        verbose: shell.verbosity() == Verbosity::Verbose,
    }
}

pub(super) fn findings(audit: &Audit, shell: &Shell) -> Result<()> {
    shell.data(&report::human_findings(audit, &options(shell)))
}

pub(super) fn measurements(audit: &Audit, shell: &Shell) -> Result<()> {
    shell.data(&report::human_measurements(audit, &options(shell)))
}

pub(super) fn summary(audit: &Audit, report: Option<&str>, shell: &Shell) -> Result<()> {
    shell.data(&report::human_summary(audit, &options(shell), report))
}

/// Writes the report, and says where it is. Without findings there is nothing to report on, unless the user names a file.
pub(super) fn write_report(
    request: &AuditRequest,
    workspace: &Workspace,
    audit: &mut Audit,
) -> Option<String> {
    let named = request.report.clone();
    let unnamed =
        !audit.findings.is_empty() && (request.may_start_processes || request.apply.is_some());
    let path = named.or_else(|| unnamed.then(|| default_report(workspace)))?;
    match write(&path, &report::markdown(audit)) {
        Ok(()) => Some(shown(&path)),
        Err(error) => {
            audit.failures.push(Failure {
                what: format!("{error:#}"),
                fallback: "the report was not written; name another place with --report, or print it with --format markdown".to_owned(),
                look_with: None,
            });
            None
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the report is not a source file, and is written whole or not at all by its reader's judgement"
)]
fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("could not make the folder {}", folder.display()))?;
    }
    std::fs::write(path, text)
        .with_context(|| format!("could not write the report {}", path.display()))
}

/// A path as short as the working directory allows.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::new());
    path.strip_prefix(&here)
        .unwrap_or(path)
        .display()
        .to_string()
}

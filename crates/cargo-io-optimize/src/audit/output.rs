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
///
/// # Errors
/// If a file that the user named cannot be written; elsewhere that is a failure of the audit's, and the rest stands.
pub(super) fn write_report(
    request: &AuditRequest,
    workspace: &Workspace,
    audit: &mut Audit,
) -> Result<Option<String>> {
    let text = report::markdown(audit);
    if let Some(named) = &request.report {
        let result = named
            .parent()
            .map_or(Ok(()), make_folder)
            .and_then(|()| write(named, &text));
        result.context("the report was not written; name another file with --report")?;
        return Ok(Some(shown(named)));
    }
    if audit.findings.is_empty() || !request.may_start_processes {
        return Ok(None);
    }
    let path = default_report(workspace);
    let result = workspace
        .make_scratch_directory()
        .and_then(|_| write(&path, &text));
    Ok(match result {
        Ok(()) => Some(shown(&path)),
        Err(error) => {
            audit.failures.push(Failure {
                what: format!("{error:#}"),
                fallback: "the report was not written; name a file with --report, or print it with --format markdown".to_owned(),
                look_with: None,
            });
            None
        }
    })
}

fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("could not make the folder {}", folder.display()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the report is no source file: the next run writes it anew"
)]
fn write(path: &Path, text: &str) -> Result<()> {
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

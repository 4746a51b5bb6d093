//! What a person sees, and the report.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use model::{Audit, Failure};
use report::HumanOptions;
use toolchain::Workspace;

use super::{default_report, report_files};
use crate::request::{AuditRequest, Format};
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

/// Where a report was written, as the user would type it.
pub(super) struct Written {
    pub(super) report: String,
    /// The file with the whole text, if the report had to be cut.
    pub(super) whole: Option<String>,
}

/// Writes the report, and says where it is. Without findings there is nothing to report on, unless the user names a file.
///
/// # Errors
/// If a file that the user named cannot be written; elsewhere that is a failure of the audit's, and the rest stands.
pub(super) fn write_report(
    request: &AuditRequest,
    workspace: &Workspace,
    audit: &mut Audit,
) -> Result<Option<Written>> {
    let written = |path: &Path, whole: Option<PathBuf>| Written {
        report: shown(path),
        whole: whole.as_deref().map(shown),
    };
    if let Some(named) = &request.report {
        let result = named
            .parent()
            .map_or(Ok(()), report_files::make_folder)
            .and_then(|()| report_files::write(named, audit));
        let whole =
            result.context("the report was not written; name another file with --report")?;
        return Ok(Some(written(named, whole)));
    }
    if audit.findings.is_empty() || !request.may_start_processes {
        return Ok(None);
    }
    let path = default_report(workspace);
    let result = workspace.make_scratch_directory().and_then(|_| {
        report_files::clear(&path);
        report_files::write(&path, audit)
    });
    Ok(match result {
        Ok(whole) => Some(written(&path, whole)),
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

/// Whether this run shows the report, on disk or to stdout.
pub(super) fn shows_report(request: &AuditRequest) -> bool {
    request.report.is_some()
        || request.may_start_processes
        || matches!(request.format, Format::Markdown | Format::Html)
}

/// A path as short as the working directory allows.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::new());
    path.strip_prefix(&here)
        .unwrap_or(path)
        .display()
        .to_string()
}

//! The default command: audit, types, benchmark, report, and with `--apply` the rewrite. Each step is a function from what
//! the steps before it found; [`run`] is their order.

mod alternatives;
mod analysis;
mod apply;
mod begin;
mod dependencies;
mod emission;
mod inputs;
mod interactive;
mod manifests;
mod measurement;
mod online;
mod output;
mod recorded;
mod report_files;
mod runtime;
mod trial;
mod types;
mod versions;

use std::path::PathBuf;

pub(crate) use analysis::empty_audit;
use anyhow::Result;
use apply::Applied;
pub(crate) use emission::emit;
use model::{Audit, Finding, FindingId};
use toolchain::Workspace;

use crate::exit::ExitCode;
use crate::interrupt::Interrupt;
use crate::request::{AuditRequest, Format};
use crate::shell::Shell;

/// Carries an audit out.
///
/// # Errors
/// Why it could not be carried out; nothing has been written then but what the error says.
pub(crate) fn run(
    request: &AuditRequest,
    shell: &Shell,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    if let Some(options) = &request.apply {
        begin::require_terminal(options, shell)?;
    }
    let mut workspace = load_workspace(request)?;
    let _turn = match &request.apply {
        Some(options) => Some(begin::begin(options, &workspace, shell)?),
        None => None,
    };
    let runtime = runtime::source(request, &workspace, shell)?;
    let mut audit = analysis::analyse(request, &mut workspace, shell)?;
    if let Some(runtime) = &runtime {
        runtime::prefer(runtime, &mut audit);
    }
    interrupt.check()?;
    let human = request.format == Format::Human;
    if human {
        output::findings(&audit, shell)?;
    }
    if let Some(bench) = &request.bench {
        measurement::measure(request, bench, &workspace, &mut audit, shell, interrupt);
        let returned = runtime::keep_what_pays(&mut audit, request.min_gain);
        alternatives::weigh(&mut audit, request.min_gain);
        if returned > 0 {
            shell.say(format_args!(
                "rewrites onto the runtime crate that are left out, since std measured as fast here: {returned}"
            ));
        }
        interrupt.check()?;
    }
    if human {
        output::measurements(&audit, shell)?;
    }
    let applied = apply::plan_and_apply(request, &workspace, &mut audit, shell, interrupt)?;
    if output::shows_report(request) {
        audit.project.online = online::sources(&workspace.root, &audit);
    }
    let written = output::write_report(request, &workspace, &mut audit);
    let files = written.as_ref().ok().and_then(Option::as_ref);
    match request.format {
        Format::Human => output::summary(&audit, files.map(|it| it.report.as_str()), shell)?,
        Format::Json => shell.data(&report::json(&audit))?,
        Format::Markdown => {
            let options = report::MarkdownOptions {
                pictures: None,
                whole: files.and_then(|it| it.whole.as_deref()),
            };
            shell.data(&report::markdown(&audit, &options).text)?;
        }
        Format::Html => shell.data(&report::html(&audit))?,
        Format::Patch => shell.data(&report::patch(&audit))?,
    }
    // What was found has been said; that the rest of the request failed is the last word.
    written?;
    match applied {
        Applied::Refused(error) => Err(error),
        Applied::Done { backed_out } => Ok(exit_code(request, &audit, backed_out)),
    }
}

fn load_workspace(request: &AuditRequest) -> Result<Workspace> {
    if request.may_start_processes {
        toolchain::load(&request.cargo)
    } else {
        toolchain::load_without_cargo(request.cargo.manifest_path.as_deref())
    }
}

/// The findings that are not repaired yet.
fn left(audit: &Audit) -> impl Iterator<Item = &Finding> {
    let repaired: Vec<&FindingId> = audit.applied.iter().map(|applied| &applied.id).collect();
    audit
        .findings
        .iter()
        .filter(move |finding| finding.suppressed.is_none() && !repaired.contains(&&finding.id))
}

fn exit_code(request: &AuditRequest, audit: &Audit, backed_out: bool) -> ExitCode {
    let mut code = ExitCode::Done;
    if backed_out {
        code = code.and(ExitCode::BackedOut);
    }
    if request
        .fail_on
        .is_some_and(|least| left(audit).any(|finding| finding.confidence >= least))
    {
        code = code.and(ExitCode::Findings);
    }
    code
}

/// Where the report goes when the user names no place.
fn default_report(workspace: &Workspace) -> PathBuf {
    workspace.scratch_directory().join("report.md")
}

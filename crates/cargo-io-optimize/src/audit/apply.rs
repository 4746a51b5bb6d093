//! From suggestions to a plan, and with `--apply` to a changed tree that was tried before.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use model::{AppliedFix, Audit, Failure, FindingId, NotApplied, Patch, Verified};
use rewrite::{CheckError, Checked, ErrorSpan, GuardOptions, Plan, Selection, VerifyError};
use toolchain::{CheckOutcome, CompileError, Shadow, Workspace};

use crate::interrupt::Interrupt;
use crate::request::{ApplyOptions, AuditRequest, Verify};
use crate::shell::Shell;

/// Refuses early what would be refused at the end.
pub(super) fn guard(workspace: &Workspace, options: &ApplyOptions) -> Result<()> {
    rewrite::guard(&workspace.root, &[], &guard_options(workspace, options))?;
    Ok(())
}

fn guard_options(workspace: &Workspace, options: &ApplyOptions) -> GuardOptions {
    GuardOptions {
        allow_dirty: options.allow_dirty,
        allow_staged: options.allow_staged,
        allow_no_vcs: options.allow_no_vcs,
        protected: vec![workspace.target_directory.clone()],
    }
}

/// How applying ended.
pub(super) enum Applied {
    /// As asked, or nothing was asked.
    Done {
        /// A fix was taken out again.
        backed_out: bool,
    },
    /// Not at all: nothing was changed.
    Refused(anyhow::Error),
}

/// Plans the fixes and, if asked to, applies what passes.
pub(super) fn plan_and_apply(
    request: &AuditRequest,
    workspace: &Workspace,
    audit: &mut Audit,
    shell: &Shell,
    interrupt: &Interrupt,
) -> Result<Applied> {
    let selection = Selection {
        minimum: request.applicability,
        excluded: not_worth_it(audit),
    };
    let plan = rewrite::plan(&audit.findings, &audit.sources, &selection);
    audit.not_applied.clone_from(&plan.not_applied);
    audit.patches = plan.patches(&audit.sources, &std::collections::HashSet::new());
    let Some(options) = &request.apply else {
        return Ok(Applied::Done { backed_out: false });
    };
    if plan.fixes.is_empty() {
        return Ok(Applied::Done { backed_out: false });
    }
    let files: Vec<PathBuf> = audit
        .patches
        .iter()
        .map(|patch| patch.absolute.clone())
        .collect();
    rewrite::guard(&workspace.root, &files, &guard_options(workspace, options))?;
    let mut state = Verified::No;
    let mut dropped = Vec::new();
    if options.verify == Verify::Check {
        let (patches, not_applied) =
            match verified(request, workspace, &plan, audit, shell, interrupt)? {
                Ok(kept) => kept,
                Err(refusal) => return Ok(Applied::Refused(refusal)),
            };
        audit.patches = patches;
        dropped = not_applied;
        state = Verified::Compiled;
    }
    let backed_out = dropped.iter().any(|one| one.backed_out);
    audit.not_applied.extend(dropped);
    interrupt.check()?;
    write(workspace, audit, state)?;
    Ok(Applied::Done { backed_out })
}

/// Rules about speed are not applied where the figure says that nothing is gained.
fn not_worth_it(audit: &Audit) -> HashMap<FindingId, String> {
    let slow = audit
        .findings
        .iter()
        .filter(|finding| finding.rule.about_speed)
        .filter_map(|finding| {
            let headline = finding.headline.as_ref()?;
            let gain = headline.ratio.median;
            (!headline.worth_it).then(|| {
                (
                    finding.id.clone(),
                    format!("not worth it here: measured {gain:.2} times as fast"),
                )
            })
        });
    slow.collect()
}

type Kept = (Vec<Patch>, Vec<NotApplied>);

/// The patches that compile; the inner error if the project does not compile without them, so that nothing can be told.
fn verified(
    request: &AuditRequest,
    workspace: &Workspace,
    plan: &Plan,
    audit: &mut Audit,
    shell: &Shell,
    interrupt: &Interrupt,
) -> Result<Result<Kept>> {
    let mut shadow = Shadow::create(workspace).context(
        "could not copy the workspace to try the fixes; `--verify none` applies them untried",
    )?;
    let progress = shell.progress("checking the patched copy");
    let mut executed = Vec::new();
    let mut check = |(), patches: &[Patch]| -> Result<Checked> {
        interrupt.check()?;
        shadow.restore_all()?;
        for patch in patches {
            shadow.write(&patch.path, &patch.after)?;
        }
        let outcome = shadow.check(&request.cargo)?;
        executed.push(outcome.command.clone());
        Ok(checked(outcome))
    };
    let result = rewrite::verify(plan, &audit.sources, &[()], &mut check);
    drop(progress);
    executed.dedup();
    audit.executed.extend(executed);
    match result {
        Ok(verification) => Ok(Ok((verification.patches, verification.not_applied))),
        Err(VerifyError::DidNotPassBefore { message, .. }) => {
            audit.failures.push(Failure {
                what: format!("the project does not compile without any fix: {message}"),
                fallback: "nothing was applied; `--verify none` applies fixes untried".to_owned(),
                look_with: Some("cargo check".to_owned()),
            });
            Ok(Err(anyhow::anyhow!(
                "the project does not compile as it is, so that fixes cannot be tried: {message}; nothing was changed"
            )))
        }
        Err(error) => Err(error).context("could not check the patched copy; nothing was changed"),
    }
}

fn checked(outcome: CheckOutcome) -> Checked {
    if outcome.success {
        return Checked::Passed;
    }
    let mut errors: Vec<CheckError> = outcome.errors.into_iter().map(check_error).collect();
    if errors.is_empty() {
        errors.extend(outcome.other.map(|message| CheckError {
            message,
            spans: Vec::new(),
        }));
    }
    Checked::Failed {
        by: "rustc".to_owned(),
        errors,
    }
}

fn check_error(error: CompileError) -> CheckError {
    let span = |place: &toolchain::Place, primary: bool| ErrorSpan {
        path: place.path.clone(),
        start: place.start as usize,
        end: place.end as usize,
        primary,
    };
    let places = error.places.iter().map(|place| span(place, true));
    let spans = places
        .chain(error.related.iter().map(|place| span(place, false)))
        .collect();
    CheckError {
        message: error.message,
        spans,
    }
}

fn write(workspace: &Workspace, audit: &mut Audit, state: Verified) -> Result<()> {
    let written = rewrite::write(
        &audit.patches,
        &workspace.root,
        &crate::commands::state_directory(workspace),
    )?;
    audit
        .patches
        .retain(|patch| written.paths.contains(&patch.path));
    audit.written = !written.paths.is_empty();
    audit.not_applied.extend(written.not_applied);
    audit.applied = written
        .applied
        .into_iter()
        .map(|id| AppliedFix {
            id,
            verified: state,
        })
        .collect();
    for finding in &mut audit.findings {
        let applied = audit.applied.iter().any(|applied| applied.id == finding.id);
        if let (true, Some(fix)) = (applied, &mut finding.suggestion) {
            fix.verified = state;
        }
    }
    Ok(())
}

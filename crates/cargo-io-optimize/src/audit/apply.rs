//! From suggestions to a plan, and with `--apply` to a changed tree that was tried before.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use model::{AppliedFix, Audit, Failure, FindingId, NotApplied, Patch, Verified};
use rewrite::{GuardOptions, Plan, Selection, VerifyError};
use toolchain::{Shadow, TestCount, Workspace};

use super::trial::{Step, TestsDoNotBuild, Trial};
use super::{interactive, manifests};
use crate::bundled;
use crate::interrupt::Interrupt;
use crate::request::{ApplyOptions, AuditRequest, Verify};
use crate::shell::Shell;

/// Refuses early what would be refused at the end.
pub(super) fn guard(workspace: &Workspace, options: &ApplyOptions) -> Result<()> {
    rewrite::guard(&workspace.root, &[], &guard_options(workspace, options))?;
    Ok(())
}

pub(super) fn guard_options(workspace: &Workspace, options: &ApplyOptions) -> GuardOptions {
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
    let mut selection = Selection {
        minimum: request.applicability,
        excluded: not_worth_it(audit),
        ..Selection::default()
    };
    let asks = request
        .apply
        .as_ref()
        .is_some_and(|options| options.interactive);
    selection.excluded.extend(locked_out(request, audit));
    let manifests = manifests::read(workspace, &bundled::files());
    let plan = if asks {
        interactive::ask(audit, &manifests, &mut selection, shell, interrupt)?
    } else {
        rewrite::plan(&audit.findings, &audit.sources, &manifests, &selection)
    };
    audit.not_applied.clone_from(&plan.not_applied);
    audit.patches = plan.patches(&audit.sources, &std::collections::HashSet::new());
    let Some(options) = &request.apply else {
        return Ok(Applied::Done { backed_out: false });
    };
    if plan.fixes.is_empty() {
        return Ok(Applied::Done { backed_out: false });
    }
    let named = |is_new: bool| -> Vec<PathBuf> {
        let patches = audit.patches.iter();
        patches
            .filter(|patch| patch.before.is_none() == is_new)
            .map(|patch| patch.absolute.clone())
            .collect()
    };
    let guarded = guard_options(workspace, options);
    rewrite::guard(&workspace.root, &named(false), &guarded)?;
    rewrite::guard_new(&workspace.root, &named(true), &guarded)?;
    let mut state = Verified::No;
    let mut dropped = Vec::new();
    let steps: &[Step] = match options.verify {
        Verify::Check => &[Step::Compile],
        Verify::Test => &[Step::Compile, Step::Test],
        Verify::None => &[],
    };
    if !steps.is_empty() {
        let kept = match verified(request, workspace, &plan, steps, audit, shell, interrupt)? {
            Ok(kept) => kept,
            Err(refusal) => return Ok(Applied::Refused(refusal)),
        };
        audit.patches = kept.patches;
        dropped = kept.not_applied;
        state = kept.state;
    }
    let backed_out = dropped.iter().any(|one| one.backed_out);
    audit.not_applied.extend(dropped);
    interrupt.check()?;
    write(workspace, audit, state)?;
    Ok(Applied::Done { backed_out })
}

/// A dependency that is added changes the lock file.
fn locked_out(request: &AuditRequest, audit: &Audit) -> Vec<(FindingId, String)> {
    if !(request.cargo.locked || request.cargo.frozen) {
        return Vec::new();
    }
    let needs_more = audit.findings.iter().filter(|finding| {
        let fix = finding.suggestion.as_ref();
        fix.is_some_and(|fix| !fix.requires.is_empty())
    });
    let reason =
        "the fix adds a dependency, and `--locked` and `--frozen` keep Cargo.lock as it is";
    needs_more
        .map(|finding| (finding.id.clone(), reason.to_owned()))
        .collect()
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

struct Kept {
    patches: Vec<Patch>,
    not_applied: Vec<NotApplied>,
    state: Verified,
}

/// What passes the steps; the inner error if the project does not without fixes, so that nothing can be told.
fn verified(
    request: &AuditRequest,
    workspace: &Workspace,
    plan: &Plan,
    steps: &[Step],
    audit: &mut Audit,
    shell: &Shell,
    interrupt: &Interrupt,
) -> Result<Result<Kept>> {
    let shadow = if steps.contains(&Step::Test) {
        Shadow::create_for_tests(workspace)
    } else {
        Shadow::create(workspace)
    };
    let shadow = shadow.context(
        "could not copy the workspace to try the fixes; `--verify none` applies them untried",
    )?;
    let progress = shell.progress("checking the patched copy");
    let mut trial = Trial::new(shadow, &request.cargo, interrupt, &progress);
    let result = rewrite::verify(plan, &audit.sources, steps, &mut |step, patches| {
        trial.check(step, patches)
    });
    let locked = match &result {
        Ok(verification) => lock(workspace, &verification.patches, &mut trial),
        Err(_) => Ok(None),
    };
    let (executed, tests) = trial.told();
    drop(progress);
    for command in executed {
        if !audit.executed.contains(&command) {
            audit.executed.push(command);
        }
    }
    // Errors that an interrupt leads to are no news.
    interrupt.check()?;
    match result {
        Ok(verification) => {
            let tests = tests.filter(|_| !verification.kept.is_empty());
            let mut patches = verification.patches;
            patches.extend(locked?);
            Ok(Ok(Kept {
                patches,
                not_applied: verification.not_applied,
                state: tests.map_or(Verified::Compiled, |tests| tested(tests, audit, shell)),
            }))
        }
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
        Err(VerifyError::Check(error)) if error.is::<TestsDoNotBuild>() => {
            audit.failures.push(Failure {
                what: "the tests do not build without any fix".to_owned(),
                fallback: "nothing was applied; `--verify check` does without tests".to_owned(),
                look_with: Some("cargo test --no-run".to_owned()),
            });
            Ok(Err(error))
        }
        Err(error) => Err(error).context("could not check the patched copy; nothing was changed"),
    }
}

/// The lock file as cargo makes it of patched manifests.
fn lock(workspace: &Workspace, patches: &[Patch], trial: &mut Trial<'_>) -> Result<Option<Patch>> {
    let Some(file) = manifests::lock_file(workspace, patches)? else {
        return Ok(None);
    };
    let text = trial.locked(patches)?;
    Ok(file.patch(workspace, text))
}

/// Says what the tests can show, which is nothing when none passes without fixes.
fn tested(tests: TestCount, audit: &mut Audit, shell: &Shell) -> Verified {
    let TestCount { passed, failed } = tests;
    if passed == 0 {
        audit.failures.push(Failure {
            what: "no test passes without the fixes, so that there is none to test them by"
                .to_owned(),
            fallback: "the fixes are compiled only".to_owned(),
            look_with: Some("cargo test".to_owned()),
        });
        return Verified::Compiled;
    }
    let ignored = match failed {
        0 => String::new(),
        failed => format!("; failing without them, and not counted: {failed}"),
    };
    shell.say(format_args!(
        "tests that pass without the fixes and with them: {passed}{ignored}"
    ));
    Verified::Tested
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

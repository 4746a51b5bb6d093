//! Tries what is to be written in a copy of the workspace, before anything is written.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, anyhow, bail};
use measure::emit::TARGET;
use model::Patch;
use rewrite::{NewTarget, NewTargetKind};
use toolchain::{CargoOptions, CheckOutcome, Package, Shadow, Tested, Workspace};

use crate::audit::manifests;
use crate::audit::trial::{Trial, first_message};
use crate::interrupt::Interrupt;
use crate::request::{EmitRequest, Verify};
use crate::shell::Shell;

/// How it went.
pub(super) enum Tried {
    /// Well. The lock file as cargo makes it of the new manifests, where it is another one.
    Passed(Option<Patch>),
    /// It does not compile here or does not pass, while the project compiles without it.
    Refused(anyhow::Error),
}

/// Compiles the patched workspace's new targets and, if asked to, runs them.
///
/// # Errors
/// If nothing can be told: the copy cannot be made, what is needed cannot be had, or the project does not compile as it is.
pub(super) fn try_out(
    request: &EmitRequest,
    workspace: &Workspace,
    patches: &[Patch],
    targets: &[NewTarget],
    shell: &Shell,
    interrupt: &Interrupt,
) -> Result<Tried> {
    let runs = request.write.verify == Verify::Test;
    let shadow = if runs {
        Shadow::create_for_tests(workspace)
    } else {
        Shadow::create(workspace)
    };
    let shadow = shadow.context(
        "could not copy the workspace to try what would be written, so that nothing was written; \
         `--verify none` writes it untried",
    )?;
    let cargo = options(&request.audit.cargo, workspace, targets)?;
    let progress = shell.progress("compiling what would be written");
    let mut trial = Trial::new(shadow, &cargo, interrupt, &progress);
    let lock_file = lock_file(workspace, patches, targets, &mut trial, interrupt)?;
    let mut how = "compiled in a copy of the workspace first".to_owned();
    if runs {
        match trial.cargo_test(patches, None)? {
            Tested::NotBuilt(outcome) => return refused(outcome, request, &mut trial),
            Tested::Ran { results, .. } if !results.failed().is_empty() => {
                return Ok(Tried::Refused(anyhow!(
                    "what would be written does not pass here, so that nothing was written; `--verify check` writes it all the \
                     same: {}",
                    results.failed().join(", ")
                )));
            }
            Tested::Ran { results, .. } => {
                let passed = results.totals().passed;
                how =
                    format!("compiled and run in a copy of the workspace first; passed: {passed}");
            }
        }
    } else {
        let outcome = trial.cargo_check(patches, &cargo)?;
        if !outcome.success {
            return refused(outcome, request, &mut trial);
        }
    }
    drop(progress);
    shell.say(format_args!("what is written was {how}"));
    Ok(Tried::Passed(lock_file))
}

/// The user's choice of features, profile and the like, for the new targets alone.
fn options(
    asked: &CargoOptions,
    workspace: &Workspace,
    targets: &[NewTarget],
) -> Result<CargoOptions> {
    let id = |package: &Package| format!("{}@{}", package.name, package.version);
    // Features are named for all packages that were selected; those of an earlier run need not be among them.
    let selected = asked.selected_packages(workspace)?.into_iter().map(id);
    let gets = |package: &&Package| targets.iter().any(|it| it.package == package.name);
    let written = workspace.packages.iter().filter(gets).map(id);
    let packages: BTreeSet<String> = selected.chain(written).collect();
    let named = |kind: NewTargetKind| -> Vec<String> {
        let is_there = targets.iter().any(|target| target.kind == kind);
        is_there.then(|| TARGET.to_owned()).into_iter().collect()
    };
    Ok(CargoOptions {
        packages: packages.into_iter().collect(),
        test: named(NewTargetKind::Test),
        bench: named(NewTargetKind::Benchmark),
        ..asked.without_selection()
    })
}

/// Makes cargo find and download everything, which is no question of the code, and returns the patch of the lock file.
fn lock_file(
    workspace: &Workspace,
    patches: &[Patch],
    targets: &[NewTarget],
    trial: &mut Trial<'_>,
    interrupt: &Interrupt,
) -> Result<Option<Patch>> {
    let file = manifests::lock_file(workspace, patches)?;
    let text = trial.locked(patches);
    interrupt.check()?;
    let text = text.with_context(|| {
        let needed = targets.iter().flat_map(|it| &it.dependencies);
        let needed: BTreeSet<&str> = needed.map(|it| it.name).collect();
        let needed: Vec<&str> = needed.into_iter().collect();
        let what = match needed.is_empty() {
            true => "what the project needs".to_owned(),
            false => format!("what the new files need ({})", needed.join(", ")),
        };
        format!(
            "cargo cannot find or download {what}, so that nothing was written; go online, or let `--verify none` write without \
             compiling"
        )
    })?;
    Ok(file.and_then(|file| file.patch(workspace, text)))
}

/// Blames what would be written, unless the project does not compile without it.
fn refused(outcome: CheckOutcome, request: &EmitRequest, trial: &mut Trial<'_>) -> Result<Tried> {
    let before = trial.cargo_check(&[], &request.audit.cargo)?;
    if !before.success {
        bail!(
            "the project does not compile as it is, so that what would be written cannot be tried, and nothing was written; \
             `--verify none` writes it untried: {}",
            first_message(before)
        );
    }
    let shown = outcome.errors.into_iter().map(|error| error.rendered);
    let shown: Vec<String> = shown.chain(outcome.other).collect();
    Ok(Tried::Refused(anyhow!(
        "what would be written does not compile here, so that nothing was written; `--verify none` writes it all the same:\n{}",
        shown.join("\n").trim_end()
    )))
}

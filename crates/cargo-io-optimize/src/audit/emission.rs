//! `bench --emit` and `--emit-tests`: the models of the patterns that are found, as benchmarks and tests of the project.

mod package;
mod tried;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use model::{FindingId, Patch};
use package::Emitted;
use rewrite::{GuardOptions, NewTargetKind};
use toolchain::Workspace;
use tried::Tried;

use super::{analysis, apply, begin, manifests};
use crate::exit::ExitCode;
use crate::interrupt::Interrupt;
use crate::request::{EmitRequest, SizeHint, Verify};
use crate::shell::Shell;

/// Writes benchmarks and tests of the patterns that the audit finds into the packages that have them.
///
/// # Errors
/// Why they could not be written; nothing has been written then.
pub(crate) fn emit(
    request: &EmitRequest,
    shell: &Shell,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let mut workspace = super::load_workspace(&request.audit)?;
    let _turn = begin::begin(&request.write, &workspace, shell)?;
    let audit = analysis::analyse(&request.audit, &mut workspace, shell)?;
    interrupt.check()?;
    let manifests = manifests::read(&workspace, &[]);
    let kinds = [
        (request.benchmarks, NewTargetKind::Benchmark),
        (request.tests, NewTargetKind::Test),
    ];
    let mut patches = Vec::new();
    let mut targets = Vec::new();
    let mut commands = Vec::new();
    for package in workspace.packages.iter().filter(|it| !it.bundled) {
        for kind in kinds.iter().filter(|(wanted, _)| *wanted) {
            let target = Emitted {
                package,
                kind: kind.1,
            };
            let emissions = target.emissions(&audit, &workspace, &manifests)?;
            for emission in &emissions {
                target.say_left_out(emission, shell);
            }
            if emissions.iter().all(|it| it.left_out.is_some()) {
                continue;
            }
            let hint = request.audit.size.map(SizeHint::bytes);
            patches.extend(target.patches(&workspace, &emissions, hint)?);
            targets.push(target.manifest_entry(&emissions));
            commands.push(target.command(workspace.packages.len() > 1));
        }
    }
    if targets.is_empty() {
        shell.say("no pattern was found that has a model to write, so nothing was written");
        return Ok(ExitCode::Done);
    }
    let manifests = rewrite::add_targets(&manifests, &targets, &owner())
        .map_err(|reason| anyhow::anyhow!("{reason}; nothing was written"))?;
    ensure!(
        manifests.is_empty() || !(request.audit.cargo.locked || request.audit.cargo.frozen),
        "what is written adds dependencies, and `--locked` and `--frozen` keep Cargo.lock as it is; nothing was written"
    );
    patches.splice(0..0, manifests);
    patches.retain(|patch| patch.before.as_ref() != Some(&patch.after));
    let options = apply::guard_options(&workspace, &request.write);
    guard(&workspace, &patches, &options)?;
    if request.write.verify != Verify::None && !patches.is_empty() {
        match tried::try_out(request, &workspace, &patches, &targets, shell, interrupt)? {
            Tried::Passed(lock_file) => patches.extend(lock_file),
            Tried::Refused(why) => {
                shell.error(&why);
                return Ok(ExitCode::BackedOut);
            }
        }
    }
    write(&workspace, &patches)?;
    interrupt.check()?;
    say(&patches, &commands, shell)?;
    Ok(ExitCode::Done)
}

/// All of it is written, or nothing: one name for what belongs together.
fn owner() -> FindingId {
    FindingId("bench --emit".to_owned())
}

fn guard(workspace: &Workspace, patches: &[Patch], options: &GuardOptions) -> Result<()> {
    let named = |is_new: bool| -> Vec<PathBuf> {
        patches
            .iter()
            .filter(|patch| patch.before.is_none() == is_new)
            .map(|patch| patch.absolute.clone())
            .collect()
    };
    rewrite::guard(&workspace.root, &named(false), options)?;
    rewrite::guard_new(&workspace.root, &named(true), options)?;
    Ok(())
}

fn write(workspace: &Workspace, patches: &[Patch]) -> Result<()> {
    let state = crate::commands::state_directory(workspace);
    let written = rewrite::write(patches, &workspace.root, &state)?;
    if let Some(refused) = written.not_applied.first() {
        bail!("{}; nothing was written", refused.reason);
    }
    Ok(())
}

fn say(patches: &[Patch], commands: &[String], shell: &Shell) -> Result<()> {
    let mut text = String::new();
    for patch in patches {
        text.push_str(&patch.path);
        text.push('\n');
    }
    if patches.is_empty() {
        shell.say("everything is there as it would be written");
    } else {
        text.push('\n');
    }
    for command in commands {
        text.push_str(command);
        text.push('\n');
    }
    shell.data(&text)
}

//! What comes before an audit that is to end in `--apply`.

use std::path::Path;

use anyhow::{Result, bail};
use toolchain::Workspace;

use crate::request::ApplyOptions;
use crate::shell::Shell;

/// Refuses early what could not be asked later.
pub(super) fn require_terminal(options: &ApplyOptions, shell: &Shell) -> Result<()> {
    if options.interactive && !shell.can_ask() {
        bail!(
            "`--interactive` asks on a terminal, and stdin or stderr is none here: run it in a terminal, or choose \
             with `--rule` and `--skip`"
        );
    }
    Ok(())
}

/// Keeps other runs away until the end of this one, and refuses early what would be refused at the end.
pub(super) fn begin(
    options: &ApplyOptions,
    workspace: &Workspace,
    shell: &Shell,
) -> Result<rewrite::Turn> {
    let state = crate::commands::state_directory(workspace);
    if state.exists() {
        let turn = rewrite::Turn::take(&state)?;
        finish_interrupted_apply(workspace, &state, shell)?;
        super::apply::guard(workspace, options)?;
        return Ok(turn);
    }
    // Version control is asked before there is a new folder that it may not know to ignore.
    super::apply::guard(workspace, options)?;
    workspace.make_scratch_directory()?;
    Ok(rewrite::Turn::take(&state)?)
}

/// A run that was cut off while it wrote has left a journal: it comes first.
fn finish_interrupted_apply(workspace: &Workspace, state: &Path, shell: &Shell) -> Result<()> {
    match rewrite::recover(&workspace.root, state)? {
        rewrite::Recovered::Nothing => {}
        rewrite::Recovered::Finished { .. } => {
            shell.say("an earlier `--apply` had written everything; what it left over is removed");
        }
        rewrite::Recovered::Undone { .. } => {
            shell.say("an earlier `--apply` was cut off; its files are as they were before it");
        }
        rewrite::Recovered::Conflict { kept, .. } => bail!(
            "an earlier `--apply` was cut off and its files have changed since: run `cargo io-optimize recover`; their texts before and after are in {}",
            kept.display()
        ),
    }
    Ok(())
}

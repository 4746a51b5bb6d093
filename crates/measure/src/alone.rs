//! One way of a model by itself, for tools that look on from outside.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use model::WorkloadId;

use crate::{scratch, workloads};

/// Makes the input of a model for about `size` bytes in a folder of its own below `directory`, does the work by the way of that
/// name so many times and nothing else, and returns the time of each. Nothing is checked, and nothing is left behind.
///
/// It is what lets `strace` count the calls of one way: those of two runs less those of one are those of the work.
///
/// # Errors
/// If there is no such model or way, or the input or the work fails.
pub fn alone(
    id: WorkloadId,
    method: &str,
    directory: &Path,
    size: u64,
    runs: u32,
) -> anyhow::Result<Vec<Duration>> {
    let Some(model) = workloads::find(id) else {
        bail!("there is no model {}", id.name());
    };
    let scratch = scratch::create(directory)?;
    let mut setup = model
        .set_up(scratch.path(), size)
        .context("the input cannot be made")?;
    let known: Vec<String> = setup
        .candidates
        .iter()
        .map(|candidate| candidate.method.to_string())
        .collect();
    let candidate = setup
        .candidates
        .iter_mut()
        .find(|candidate| candidate.method == method);
    let Some(candidate) = candidate else {
        bail!(
            "the model {} has no way `{method}`: name one of {}",
            id.name(),
            known.join("; ")
        );
    };
    let times = (0..runs)
        .map(|_| candidate.time())
        .collect::<Result<_, _>>()
        .with_context(|| format!("`{method}` failed"))?;
    let path = scratch.path().to_owned();
    scratch
        .close()
        .with_context(|| format!("cannot remove {} (remove it by hand)", path.display()))?;
    Ok(times)
}

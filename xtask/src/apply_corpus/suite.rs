//! The tests of a crate before and after.

use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use toolchain::{TestResults, test_results};

use super::crate_run::Workplace;
use super::marks::Marks;

/// What the tests say of a change.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Compared {
    pub(super) passed_before: usize,
    pub(super) passed_after: usize,
    /// Tests that passed before and not after, in two runs each.
    pub(super) broken: Vec<String>,
    /// Edited functions, and how many of them the tests execute.
    pub(super) functions: usize,
    pub(super) executed: usize,
}

/// Runs the tests; `None` if they cannot be built before.
pub(super) fn compare(
    place: &Workplace,
    before: &Path,
    after: &Path,
    marked: &Path,
    marks: Marks,
) -> Result<Option<Compared>> {
    let Some(results_before) = results(place, before)? else {
        return Ok(None);
    };
    let results_after = results(place, after)?.unwrap_or_default();
    let mut broken = results_after.broken_since(&results_before);
    if !broken.is_empty() {
        // What does not always pass says nothing.
        let mut steady = results_before.clone();
        steady.keep_what_passes_in(&results(place, before)?.unwrap_or_default());
        let after_again = results(place, after)?.unwrap_or_default();
        let still = after_again.broken_since(&steady);
        broken.retain(|name| still.contains(name));
    }
    results(place, marked)?;
    Ok(Some(Compared {
        passed_before: results_before.totals().passed,
        passed_after: results_after.totals().passed,
        broken,
        functions: marks.functions,
        executed: marks.executed(),
    }))
}

/// `None` if nothing could be built.
fn results(place: &Workplace, tree: &Path) -> Result<Option<TestResults>> {
    let output = place
        .cargo(tree, &["test", "--no-fail-fast", "--color=never"])?
        .output()
        .context("could not start cargo")?;
    let found = test_results(
        &String::from_utf8_lossy(&output.stdout),
        &String::from_utf8_lossy(&output.stderr),
    );
    let has_run = !found.programs.is_empty();
    Ok((has_run || output.status.success()).then_some(found))
}

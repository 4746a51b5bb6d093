//! Drops the fixes that break the project, and only those.
//!
//! All fixes are checked together. When that fails, the fixes that the errors point at are set aside, the others are checked
//! without them, and those set aside are put back one at a time. Where errors point at no fix, the fixes are halved. Checks
//! of several steps, cheap ones first, are made in turn: the fixes that one step leaves are what the next one starts from.
//!
//! What is kept is maximal: with any dropped fix put back, a check fails. In the end each dropped fix is put back once
//! more unless that very set is known to fail, as one fix can need another: the last use of an import goes with the first,
//! and comes back with the second.

mod search;

use std::fmt;

use model::{FindingId, NotApplied, Patch, Sources};

use crate::plan::Plan;
use search::Found;

/// The most checks that are made for one step; fixes that are not settled by then are dropped.
///
/// With one step, a plan of `n` fixes of which `k` are dropped takes at most `2 + k * (3 + 2 * ceil(log2(n)))` checks; when
/// all errors point at the fixes they come from, `2 + k`.
pub const MAX_CHECKS: usize = 100;

/// What a check said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// All is well.
    Passed,
    /// It failed.
    Failed {
        /// Who says so, for example `rustc` or `cargo test`.
        by: String,
        /// What it says, in its order; may be empty.
        errors: Vec<CheckError>,
    },
}

/// One error of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckError {
    /// The message, without its place.
    pub message: String,
    /// The places it names in the patched texts.
    pub spans: Vec<ErrorSpan>,
}

/// A place in a patched text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorSpan {
    /// Path relative to the workspace root, `/`-separated.
    pub path: String,
    /// Offset of the first byte in the patched text.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
    /// Whether the error is here; otherwise the place only explains it.
    pub primary: bool,
}

/// What is left of a plan.
#[derive(Debug, Clone)]
pub struct Verification {
    /// The fixes that pass together, in the plan's order.
    pub kept: Vec<FindingId>,
    /// Their patches.
    pub patches: Vec<Patch>,
    /// The fixes that were dropped, in the plan's order; does not repeat the plan's own.
    pub not_applied: Vec<NotApplied>,
    /// How many checks were made.
    pub checks: usize,
}

/// Why nothing could be verified.
#[derive(Debug)]
pub enum VerifyError {
    /// The project fails the check without any fix; the first message.
    DidNotPassBefore {
        /// Who says so, for example `rustc`.
        by: String,
        /// Its first message.
        message: String,
    },
    /// The check could not be made.
    Check(anyhow::Error),
}

impl fmt::Display for VerifyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DidNotPassBefore { by, message } if by == "rustc" => write!(
                formatter,
                "the project did not compile before any fix was applied, so no fix can be checked (rustc: {message})"
            ),
            Self::DidNotPassBefore { by, message } => write!(
                formatter,
                "the project failed before any fix was applied, so no fix can be checked ({by}: {message})"
            ),
            Self::Check(_) => formatter.write_str("the patched project could not be checked"),
        }
    }
}

impl std::error::Error for VerifyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::DidNotPassBefore { .. } => None,
            Self::Check(error) => Some(error.as_ref()),
        }
    }
}

/// Finds a maximal set of the plan's fixes that passes `check` in all `steps`, in at most [`MAX_CHECKS`] checks for each.
///
/// `check` gets a step and the patches to look at, none for the project as it is, and is never asked twice about one set in
/// one step. It is asked about a set in a step only if the set passed the steps before. The project as it is has to pass
/// the first step; the others are for what is judged by how the project did without any fix. The last set that is asked
/// about need not be the one that is kept.
///
/// # Errors
/// When the project fails the first step without any fix, which is only looked at once a fix is to be blamed; and what
/// `check` returns.
pub fn verify<S: Copy>(
    plan: &Plan,
    sources: &Sources,
    steps: &[S],
    check: &mut dyn FnMut(S, &[Patch]) -> anyhow::Result<Checked>,
) -> Result<Verification, VerifyError> {
    let Found {
        kept,
        dropped,
        checks,
    } = search::run(plan, sources, steps, check)?;
    let not_applied: Vec<NotApplied> = plan
        .fixes
        .iter()
        .enumerate()
        .filter_map(|(index, fix)| {
            let reason = dropped.get(&index)?.clone();
            Some(NotApplied {
                id: fix.id.clone(),
                reason,
                backed_out: true,
            })
        })
        .collect();
    let without = not_applied
        .iter()
        .map(|dropped| dropped.id.clone())
        .collect();
    Ok(Verification {
        kept: kept
            .into_iter()
            .map(|index| plan.fixes[index].id.clone())
            .collect(),
        patches: plan.patches(sources, &without),
        not_applied,
        checks,
    })
}

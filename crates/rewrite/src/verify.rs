//! Drops the fixes that break the project, and only those.
//!
//! All fixes are checked together. When that fails, the fixes that the errors point at are set aside, the others are checked
//! without them, and those set aside are put back one at a time. Where errors point at no fix, the fixes are halved. Checks
//! of several steps, cheap ones first, are made in turn: the fixes that one step leaves are what the next one starts from.
//!
//! What is kept is maximal: with any dropped fix put back, a check fails. In the end each dropped fix is put back once
//! more unless that very set is known to fail, as one fix can need another: the last use of an import goes with the first,
//! and comes back with the second.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use model::{FindingId, NotApplied, Patch, Sources};

use crate::plan::{Patched, Plan};

/// The most checks that are made for one step; fixes that are not settled by then are dropped.
///
/// With one step, a plan of `n` fixes of which `k` are dropped takes at most `2 + k * (3 + 2 * ceil(log2(n)))` checks; when
/// all errors point at the fixes they come from, `2 + k`.
pub const MAX_CHECKS: usize = 100;

/// How many lines an error may lie away from a replacement and still be held against it first.
const NEAR_LINES: usize = 2;

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
    let mut search = Search {
        plan,
        sources,
        steps,
        check,
        step: 0,
        checks: 0,
        left: MAX_CHECKS,
        kept: BTreeSet::new(),
        kept_passes: false,
        passes: HashSet::new(),
        failures: Vec::new(),
        dropped: HashMap::new(),
        unsettled: HashSet::new(),
    };
    search.run()?;
    let Search {
        kept,
        dropped,
        checks,
        ..
    } = search;
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

/// A set of fixes that fails, with what it fails with.
#[derive(Clone)]
struct Failure {
    step: usize,
    set: BTreeSet<usize>,
    by: String,
    /// The first message.
    message: String,
    /// The first message that points at a fix.
    blamed: HashMap<usize, String>,
}

impl Failure {
    fn reason(&self, fix: usize) -> String {
        let message = self.blamed.get(&fix).unwrap_or(&self.message);
        format!("{}: {message}", self.by)
    }
}

struct Search<'a, S> {
    plan: &'a Plan,
    sources: &'a Sources,
    steps: &'a [S],
    check: &'a mut dyn FnMut(S, &[Patch]) -> anyhow::Result<Checked>,
    /// The step that sets have to pass now, with those before it.
    step: usize,
    checks: usize,
    /// How many checks may still be made for this step.
    left: usize,
    kept: BTreeSet<usize>,
    /// Whether `kept` is known to pass: always, but for the empty set in the beginning.
    kept_passes: bool,
    /// Steps and the sets that passed them.
    passes: HashSet<(usize, BTreeSet<usize>)>,
    failures: Vec<Failure>,
    dropped: HashMap<usize, String>,
    /// Dropped for want of checks.
    unsettled: HashSet<usize>,
}

impl<S: Copy> Search<'_, S> {
    fn run(&mut self) -> Result<(), VerifyError> {
        let mut group: Vec<usize> = (0..self.plan.fixes.len()).collect();
        for step in 0..self.steps.len() {
            self.step = step;
            self.left = MAX_CHECKS;
            self.kept_passes = step > 0;
            self.grow(group)?;
            group = self.kept.iter().copied().collect();
            if step + 1 < self.steps.len() {
                self.kept.clear();
            }
        }
        self.put_back()
    }

    /// Adds as much of `group` to `kept` as passes, and drops the rest.
    fn grow(&mut self, group: Vec<usize>) -> Result<(), VerifyError> {
        if group.is_empty() {
            return Ok(());
        }
        if !self.may_check() {
            for fix in group {
                let reason = format!("not settled within {MAX_CHECKS} checks");
                self.dropped.insert(fix, reason);
                self.unsettled.insert(fix);
            }
            return Ok(());
        }
        let trial: BTreeSet<usize> = self.kept.iter().chain(&group).copied().collect();
        let Some(failure) = self.attempt(&trial)? else {
            self.kept = trial;
            self.kept_passes = true;
            return Ok(());
        };
        let (blamed, mut rest): (Vec<usize>, Vec<usize>) = group
            .iter()
            .partition(|fix| failure.blamed.contains_key(fix));
        if group.len() == 1 {
            self.require_baseline()?;
            self.dropped.insert(group[0], failure.reason(group[0]));
        } else if blamed.is_empty() {
            self.require_baseline()?;
            let second = rest.split_off(rest.len().div_ceil(2));
            self.grow(rest)?;
            self.grow(second)?;
        } else {
            self.grow(rest)?;
            self.require_baseline()?;
            for fix in blamed {
                self.grow(vec![fix])?;
            }
        }
        Ok(())
    }

    /// Whether there are checks left for a set, and for the project as it is where its own errors could be put down to a fix.
    fn may_check(&self) -> bool {
        let sets = 1 + usize::from(!self.kept_passes);
        self.left >= sets * (self.step + 1)
    }

    /// Puts back what passes now that other fixes have been kept or dropped.
    fn put_back(&mut self) -> Result<(), VerifyError> {
        let mut dropped: Vec<usize> = self
            .dropped
            .keys()
            .filter(|fix| !self.unsettled.contains(fix))
            .copied()
            .collect();
        dropped.sort_unstable();
        loop {
            let before = dropped.len();
            let mut left = Vec::new();
            for fix in dropped {
                let mut trial = self.kept.clone();
                trial.insert(fix);
                if self.may_check() && self.attempt(&trial)?.is_none() {
                    self.kept = trial;
                    self.kept_passes = true;
                    self.dropped.remove(&fix);
                } else {
                    left.push(fix);
                }
            }
            if left.len() == before {
                return Ok(());
            }
            dropped = left;
        }
    }

    /// Makes sure that the project passes without any fix.
    fn require_baseline(&mut self) -> Result<(), VerifyError> {
        if self.kept_passes {
            return Ok(());
        }
        if let Some(failure) = self.attempt(&BTreeSet::new())? {
            let Failure { by, message, .. } = failure;
            return Err(VerifyError::DidNotPassBefore { by, message });
        }
        self.kept_passes = true;
        Ok(())
    }

    /// Checks a set in the steps up to the present one, as far as it is not known how it does.
    fn attempt(&mut self, set: &BTreeSet<usize>) -> Result<Option<Failure>, VerifyError> {
        for step in 0..=self.step {
            let mut known = self.failures.iter();
            if let Some(known) = known.find(|known| known.step == step && known.set == *set) {
                return Ok(Some(known.clone()));
            }
            if self.passes.contains(&(step, set.clone())) {
                continue;
            }
            if let Some(failure) = self.ask(step, set)? {
                self.failures.push(failure.clone());
                return Ok(Some(failure));
            }
            self.passes.insert((step, set.clone()));
        }
        Ok(None)
    }

    fn ask(&mut self, step: usize, set: &BTreeSet<usize>) -> Result<Option<Failure>, VerifyError> {
        let fixes = self.plan.fixes.iter().enumerate();
        let without: HashSet<FindingId> = fixes
            .filter(|(index, _)| !set.contains(index))
            .map(|(_, fix)| fix.id.clone())
            .collect();
        let patched = self.plan.patched(self.sources, &without);
        self.checks += 1;
        self.left = self.left.saturating_sub(1);
        let checked = (self.check)(self.steps[step], &patched.patches);
        let Checked::Failed { by, errors } = checked.map_err(VerifyError::Check)? else {
            return Ok(None);
        };
        Ok(Some(Failure {
            step,
            set: set.clone(),
            message: errors.first().map_or_else(
                || "failed without a message".to_owned(),
                |error| error.message.clone(),
            ),
            blamed: self.blame(&patched, &errors),
            by,
        }))
    }

    fn blame(&self, patched: &Patched, errors: &[CheckError]) -> HashMap<usize, String> {
        let index: HashMap<&FindingId, usize> = self
            .plan
            .fixes
            .iter()
            .enumerate()
            .map(|(index, fix)| (&fix.id, index))
            .collect();
        let mut blamed = HashMap::new();
        for error in errors {
            for fix in suspects(patched, error) {
                blamed
                    .entry(index[&fix])
                    .or_insert_with(|| error.message.clone());
            }
        }
        blamed
    }
}

/// The fixes under the place of an error, else under the places that explain it, else near its place.
fn suspects(patched: &Patched, error: &CheckError) -> Vec<FindingId> {
    for (primary, lines) in [(true, 0), (false, 0), (true, NEAR_LINES)] {
        let spans = error.spans.iter().filter(|span| span.primary == primary);
        let found: BTreeSet<FindingId> = spans
            .flat_map(|span| patched.map_back(&span.path, span.start, span.end, lines))
            .collect();
        if !found.is_empty() {
            return found.into_iter().collect();
        }
    }
    Vec::new()
}

//! The search for a maximal set of fixes that passes: by what errors point at, else by halves.

use std::collections::{BTreeSet, HashMap, HashSet};

use model::{FindingId, Patch, Sources};

use super::{CheckError, Checked, MAX_CHECKS, VerifyError};
use crate::plan::{Patched, Plan};

/// How many lines an error may lie away from a replacement and still be held against it first.
const NEAR_LINES: usize = 2;

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

/// What the search came to, by the positions of fixes in the plan.
pub(super) struct Found {
    pub(super) kept: BTreeSet<usize>,
    /// With the reason.
    pub(super) dropped: HashMap<usize, String>,
    pub(super) checks: usize,
}

/// Looks for a maximal set that passes all steps.
pub(super) fn run<S: Copy>(
    plan: &Plan,
    sources: &Sources,
    steps: &[S],
    check: &mut dyn FnMut(S, &[Patch]) -> anyhow::Result<Checked>,
) -> Result<Found, VerifyError> {
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
    Ok(Found {
        kept: search.kept,
        dropped: search.dropped,
        checks: search.checks,
    })
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

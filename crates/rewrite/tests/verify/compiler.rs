//! A project of many fixes, and a pretended compiler that refuses some of them.

use std::collections::BTreeSet;

use model::{Patch, Sources};
use rewrite::{
    CheckError, Checked, ErrorSpan, Manifests, Plan, Selection, Verification, plan, verify,
};

use crate::support::{edit, finding, sources};

/// How the errors of the pretended compiler point at the fix they come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pointing {
    Exactly,
    Nowhere,
    /// At the fix before it.
    Wrongly,
}

/// A project of `count` lines with one fix for each, far enough apart that no two are near each other.
pub(crate) fn project(count: usize) -> (Sources, Plan) {
    let line = "a........\n\n\n\n\n";
    let sources = sources(&[&line.repeat(count)]);
    let findings: Vec<_> = (0..count)
        .map(|index| {
            let start = index * line.len();
            finding(
                &format!("{index:04}"),
                vec![edit(0, start, start + 1, &format!("<{index:04}>"))],
            )
        })
        .collect();
    let plan = plan(
        &findings,
        &sources,
        &Manifests::default(),
        &Selection::default(),
    );
    assert_eq!(plan.fixes.len(), count);
    (sources, plan)
}

/// The fixes that are in the patched text.
pub(crate) fn applied(patches: &[Patch], count: usize) -> BTreeSet<usize> {
    let text = patches.first().map_or("", |patch| patch.after.as_str());
    (0..count)
        .filter(|index| text.contains(&format!("<{index:04}>")))
        .collect()
}

fn error(patches: &[Patch], fix: usize, pointing: Pointing) -> CheckError {
    let target = if pointing == Pointing::Wrongly {
        fix.saturating_sub(1)
    } else {
        fix
    };
    let place = patches[0].after.find(&format!("<{target:04}>"));
    let span = place
        .filter(|_| pointing != Pointing::Nowhere)
        .map(|start| ErrorSpan {
            path: "src/0.rs".to_owned(),
            start,
            end: start + 6,
            primary: true,
        });
    CheckError {
        message: format!("fix {fix} is wrong"),
        spans: span.into_iter().collect(),
    }
}

/// Verifies against a compiler that refuses every text which holds one of `groups` whole.
pub(crate) fn run(
    count: usize,
    groups: &[&[usize]],
    pointing: Pointing,
) -> (Verification, Vec<BTreeSet<usize>>) {
    let (outcome, asked) = run_steps(count, &[groups], pointing);
    (outcome, asked.into_iter().map(|(_, set)| set).collect())
}

/// Verifies in steps, of which each refuses every text that holds one of its groups whole; returns what was asked in which.
/// Errors of the first point as they are told to, those of the others nowhere.
pub(crate) fn run_steps(
    count: usize,
    steps: &[&[&[usize]]],
    pointing: Pointing,
) -> (Verification, Vec<(usize, BTreeSet<usize>)>) {
    let (sources, plan) = project(count);
    let mut asked: Vec<(usize, BTreeSet<usize>)> = Vec::new();
    let numbers: Vec<usize> = (0..steps.len()).collect();
    let outcome = verify(&plan, &sources, &numbers, &mut |step, patches| {
        let set = applied(patches, count);
        assert!(
            step == 0 || asked.contains(&(step - 1, set.clone())),
            "{set:?} comes to step {step} out of turn"
        );
        asked.push((step, set.clone()));
        let bad = steps[step]
            .iter()
            .filter(|group| group.iter().all(|fix| set.contains(fix)));
        let (by, pointing) = match step {
            0 => ("rustc", pointing),
            _ => ("cargo test", Pointing::Nowhere),
        };
        let errors: Vec<_> = bad
            .flat_map(|group| group.iter().map(|fix| error(patches, *fix, pointing)))
            .collect();
        Ok(if errors.is_empty() {
            Checked::Passed
        } else {
            Checked::Failed {
                by: by.to_owned(),
                errors,
            }
        })
    });
    let outcome = outcome.unwrap();
    assert_eq!(outcome.checks, asked.len());
    (outcome, asked)
}

pub(crate) fn kept(outcome: &Verification) -> BTreeSet<usize> {
    outcome
        .kept
        .iter()
        .map(|id| id.0.parse().unwrap())
        .collect()
}

pub(crate) fn dropped(outcome: &Verification) -> Vec<usize> {
    outcome
        .not_applied
        .iter()
        .map(|no| no.id.0.parse().unwrap())
        .collect()
}

//! The back-out: which fixes are dropped when the project no longer compiles, and after how many checks.

mod support;

use std::collections::{BTreeSet, HashSet};

use model::{FindingId, Patch, Sources};
use proptest::prelude::*;
use rewrite::{
    CheckError, Checked, ErrorSpan, MAX_CHECKS, Plan, Selection, Verification, VerifyError, plan,
    verify,
};
use support::{edit, finding, id, sources};

/// How the errors of the pretended compiler point at the fix they come from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Pointing {
    Exactly,
    Nowhere,
    /// At the fix before it.
    Wrongly,
}

/// A project of `count` lines with one fix for each, far enough apart that no two are near each other.
fn project(count: usize) -> (Sources, Plan) {
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
    let plan = plan(&findings, &sources, &Selection::default());
    assert_eq!(plan.fixes.len(), count);
    (sources, plan)
}

/// The fixes that are in the patched text.
fn applied(patches: &[Patch], count: usize) -> BTreeSet<usize> {
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
fn run(
    count: usize,
    groups: &[&[usize]],
    pointing: Pointing,
) -> (Verification, Vec<BTreeSet<usize>>) {
    let (outcome, asked) = run_steps(count, &[groups], pointing);
    (outcome, asked.into_iter().map(|(_, set)| set).collect())
}

/// Verifies in steps, of which each refuses every text that holds one of its groups whole; returns what was asked in which.
/// Errors of the first point as they are told to, those of the others nowhere.
fn run_steps(
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

fn kept(outcome: &Verification) -> BTreeSet<usize> {
    outcome
        .kept
        .iter()
        .map(|id| id.0.parse().unwrap())
        .collect()
}

fn dropped(outcome: &Verification) -> Vec<usize> {
    outcome
        .not_applied
        .iter()
        .map(|no| no.id.0.parse().unwrap())
        .collect()
}

#[test]
fn fixes_that_compile_take_one_check() {
    let (outcome, asked) = run(50, &[], Pointing::Exactly);
    assert_eq!(asked.len(), 1);
    assert_eq!(outcome.kept.len(), 50);
    assert!(outcome.not_applied.is_empty());
}

#[test]
fn a_plan_without_fixes_takes_no_check() {
    let (sources, _) = project(1);
    let outcome = verify(
        &Plan::default(),
        &sources,
        &[()],
        &mut |(), _| unreachable!(),
    )
    .unwrap();
    assert!(outcome.patches.is_empty() && outcome.checks == 0);
}

#[test]
fn one_bad_fix_that_the_error_points_at_is_dropped_alone_in_two_checks() {
    let (outcome, asked) = run(50, &[&[17]], Pointing::Exactly);
    assert_eq!(asked.len(), 2);
    assert_eq!(dropped(&outcome), [17]);
    assert_eq!(applied(&outcome.patches, 50).len(), 49);
    assert_eq!(outcome.not_applied[0].reason, "rustc: fix 17 is wrong");
    assert!(outcome.not_applied[0].backed_out);
}

#[test]
fn bad_fixes_that_errors_point_at_take_one_check_each_and_two() {
    let (outcome, asked) = run(60, &[&[3], &[17], &[40], &[59]], Pointing::Exactly);
    assert_eq!(dropped(&outcome), [3, 17, 40, 59]);
    assert!(asked.len() <= 2 + 4, "{} checks", asked.len());
    assert_eq!(outcome.not_applied[2].reason, "rustc: fix 40 is wrong");
}

#[test]
fn of_two_fixes_that_do_not_go_together_one_stays() {
    for pointing in [Pointing::Exactly, Pointing::Nowhere, Pointing::Wrongly] {
        let (outcome, _) = run(20, &[&[5, 12]], pointing);
        assert_eq!(dropped(&outcome), [12], "{pointing:?}");
    }
}

#[test]
fn a_bad_fix_that_no_error_points_at_is_found_by_halving() {
    let (outcome, asked) = run(64, &[&[37]], Pointing::Nowhere);
    assert_eq!(dropped(&outcome), [37]);
    assert!(asked.len() <= 2 + 2 * (1 + 6), "{} checks", asked.len());
}

#[test]
fn an_error_on_the_line_below_a_fix_is_held_against_it() {
    let (sources, plan) = project(40);
    let mut checks = 0;
    let outcome = verify(&plan, &sources, &[()], &mut |(), patches| {
        checks += 1;
        let Some(start) = patches[0].after.find("<0009>") else {
            return Ok(Checked::Passed);
        };
        let next = patches[0].after[start..].find('\n').unwrap() + start + 1;
        let span = ErrorSpan {
            path: "src/0.rs".to_owned(),
            start: next,
            end: next,
            primary: true,
        };
        let error = CheckError {
            message: "wrong".to_owned(),
            spans: vec![span],
        };
        Ok(Checked::Failed {
            by: "rustc".to_owned(),
            errors: vec![error],
        })
    });
    assert_eq!(dropped(&outcome.unwrap()), [9]);
    assert_eq!(checks, 2);
}

#[test]
fn what_does_not_compile_never_comes_to_the_tests() {
    let (outcome, asked) = run_steps(50, &[&[&[17]], &[]], Pointing::Exactly);
    assert_eq!(dropped(&outcome), [17]);
    let tested: Vec<_> = asked.iter().filter(|(step, _)| *step == 1).collect();
    assert_eq!(
        tested.len(),
        1,
        "one run of the tests, over all that compile"
    );
    assert_eq!(tested[0].1.len(), 49);
    assert_eq!(asked.len(), 3);
}

#[test]
fn of_two_fixes_that_break_a_test_only_together_one_stays() {
    let (outcome, asked) = run_steps(20, &[&[&[3]], &[&[5, 12]]], Pointing::Exactly);
    assert_eq!(dropped(&outcome), [3, 12]);
    assert_eq!(outcome.not_applied[0].reason, "rustc: fix 3 is wrong");
    assert!(outcome.not_applied[1].reason.starts_with("cargo test: "));
    let tested = asked.iter().filter(|(step, _)| *step == 1).count();
    assert!(tested <= 3 + 2 * 5, "{tested} runs of the tests");
}

#[test]
fn a_fix_whose_rival_fails_a_test_is_put_back() {
    // The compiler takes one of 2 and 7, and keeps 2; but that one breaks a test.
    let (outcome, _) = run_steps(9, &[&[&[2, 7]], &[&[2]]], Pointing::Exactly);
    assert_eq!(dropped(&outcome), [2]);
}

#[test]
fn a_fix_that_passes_only_with_a_later_one_is_put_back() {
    // Without 6, fix 1 leaves an import unused.
    let (sources, plan) = project(8);
    let outcome = verify(&plan, &sources, &[()], &mut |(), patches| {
        let set = applied(patches, 8);
        Ok(
            if (set.contains(&1) && !set.contains(&6)) || set.contains(&3) {
                Checked::Failed {
                    by: "rustc".to_owned(),
                    errors: Vec::new(),
                }
            } else {
                Checked::Passed
            },
        )
    });
    assert_eq!(dropped(&outcome.unwrap()), [3]);
}

#[test]
fn tests_have_checks_of_their_own() {
    let bad: Vec<usize> = (0..300).step_by(2).collect();
    let groups: Vec<&[usize]> = bad.iter().map(std::slice::from_ref).collect();
    let (outcome, asked) = run_steps(300, &[&groups, &[]], Pointing::Nowhere);
    assert!(asked.len() <= 2 * MAX_CHECKS);
    assert!(!outcome.kept.is_empty(), "what compiled was tested");
    assert!(asked.contains(&(1, kept(&outcome))));
}

#[test]
fn a_failed_test_names_who_failed() {
    let (sources, plan) = project(1);
    let outcome = verify(&plan, &sources, &[()], &mut |(), patches| {
        let failed = Checked::Failed {
            by: "cargo test".to_owned(),
            errors: Vec::new(),
        };
        Ok(if patches.is_empty() {
            Checked::Passed
        } else {
            failed
        })
    });
    assert_eq!(
        outcome.unwrap().not_applied[0].reason,
        "cargo test: failed without a message"
    );
}

#[test]
fn a_project_that_did_not_compile_before_is_said_to() {
    for pointing in [Pointing::Exactly, Pointing::Nowhere] {
        let (sources, plan) = project(30);
        let mut checks = 0;
        let outcome = verify(&plan, &sources, &[()], &mut |(), patches| {
            checks += 1;
            let mut error = CheckError {
                message: "broken all along".to_owned(),
                spans: Vec::new(),
            };
            if pointing == Pointing::Exactly && !patches.is_empty() {
                let end = patches[0].after.len();
                error.spans.push(ErrorSpan {
                    path: "src/0.rs".to_owned(),
                    start: 0,
                    end,
                    primary: true,
                });
            }
            Ok(Checked::Failed {
                by: "rustc".to_owned(),
                errors: vec![error],
            })
        });
        let error = outcome.unwrap_err();
        assert!(
            matches!(&error, VerifyError::DidNotPassBefore { message, .. } if message == "broken all along")
        );
        assert!(
            error
                .to_string()
                .starts_with("the project did not compile before")
        );
        assert_eq!(checks, 2);
    }
}

#[test]
fn a_check_that_cannot_be_made_ends_it() {
    let (sources, plan) = project(3);
    let outcome = verify(&plan, &sources, &[()], &mut |(), _| {
        anyhow::bail!("no cargo")
    });
    assert!(matches!(outcome, Err(VerifyError::Check(error)) if error.to_string() == "no cargo"));
}

#[test]
fn the_number_of_checks_is_bounded_and_what_is_kept_compiles() {
    let bad: Vec<usize> = (0..300).step_by(2).collect();
    let groups: Vec<&[usize]> = bad.iter().map(std::slice::from_ref).collect();
    for pointing in [Pointing::Exactly, Pointing::Nowhere] {
        let (outcome, asked) = run(300, &groups, pointing);
        assert!(asked.len() <= MAX_CHECKS);
        assert!(kept(&outcome).iter().all(|fix| fix % 2 == 1));
        assert_eq!(outcome.kept.len() + outcome.not_applied.len(), 300);
        assert!(
            outcome
                .not_applied
                .iter()
                .any(|no| no.reason.starts_with("not settled within"))
        );
    }
}

fn pointings() -> impl Strategy<Value = Pointing> {
    prop_oneof![
        Just(Pointing::Exactly),
        Just(Pointing::Nowhere),
        Just(Pointing::Wrongly)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_kept_passes_and_anything_put_back_breaks_it(
        count in 1..9_usize,
        groups in proptest::collection::vec(proptest::collection::btree_set(0..9_usize, 1..4), 0..4),
        pointing in pointings(),
    ) {
        let groups: Vec<Vec<usize>> = groups.into_iter().map(|group| group.into_iter().collect()).collect();
        let groups: Vec<&[usize]> = groups.iter().map(Vec::as_slice).collect();
        let passes = |set: &BTreeSet<usize>| {
            !groups.iter().any(|group| group.iter().all(|fix| set.contains(fix)))
        };
        let (outcome, asked) = run(count, &groups, pointing);
        let kept = kept(&outcome);
        prop_assert!(passes(&kept));
        prop_assert!(kept.is_empty() || asked.contains(&kept));
        for fix in (0..count).filter(|fix| !kept.contains(fix)) {
            let mut more = kept.clone();
            more.insert(fix);
            prop_assert!(!passes(&more), "{fix} could be put back into {kept:?}");
        }
        // Brute force: no set that passes holds what is kept and more.
        for bits in 0..1_u32 << count {
            let set: BTreeSet<usize> = (0..count).filter(|fix| bits & (1 << fix) != 0).collect();
            prop_assert!(!(passes(&set) && set.is_superset(&kept) && set != kept));
        }
        prop_assert_eq!(applied(&outcome.patches, count), kept);
        let distinct: HashSet<&BTreeSet<usize>> = asked.iter().collect();
        prop_assert_eq!(distinct.len(), asked.len(), "a set was checked twice");
    }

    #[test]
    fn what_is_kept_compiles_and_passes_the_tests_and_anything_put_back_breaks_either(
        count in 1..9_usize,
        compile in proptest::collection::vec(proptest::collection::btree_set(0..9_usize, 1..4), 0..3),
        tests in proptest::collection::vec(proptest::collection::btree_set(0..9_usize, 1..4), 0..3),
        pointing in pointings(),
    ) {
        let owned = |groups: Vec<BTreeSet<usize>>| -> Vec<Vec<usize>> {
            groups.into_iter().map(|group| group.into_iter().collect()).collect()
        };
        let (compile, tests) = (owned(compile), owned(tests));
        let compile: Vec<&[usize]> = compile.iter().map(Vec::as_slice).collect();
        let tests: Vec<&[usize]> = tests.iter().map(Vec::as_slice).collect();
        let passes = |set: &BTreeSet<usize>| {
            let mut groups = compile.iter().chain(&tests);
            !groups.any(|group| group.iter().all(|fix| set.contains(fix)))
        };
        let (outcome, asked) = run_steps(count, &[&compile, &tests], pointing);
        let kept = kept(&outcome);
        prop_assert!(passes(&kept));
        prop_assert!(kept.is_empty() || asked.contains(&(1, kept.clone())));
        for bits in 0..1_u32 << count {
            let set: BTreeSet<usize> = (0..count).filter(|fix| bits & (1 << fix) != 0).collect();
            prop_assert!(!(passes(&set) && set.is_superset(&kept) && set != kept));
        }
        prop_assert_eq!(applied(&outcome.patches, count), kept);
        let distinct: HashSet<_> = asked.iter().collect();
        prop_assert_eq!(distinct.len(), asked.len(), "a set was checked twice");
    }

    #[test]
    fn the_checks_stay_within_the_documented_number(
        count in 1..100_usize,
        bad in proptest::collection::btree_set(0..100_usize, 0..5),
        pointing in pointings(),
    ) {
        let bad: Vec<usize> = bad.into_iter().filter(|fix| *fix < count).collect();
        let groups: Vec<&[usize]> = bad.iter().map(std::slice::from_ref).collect();
        let (outcome, asked) = run(count, &groups, pointing);
        prop_assert_eq!(dropped(&outcome), bad.clone());
        let levels = count.next_power_of_two().ilog2() as usize;
        let bound = match pointing {
            Pointing::Exactly => 2 + bad.len(),
            Pointing::Nowhere => 2 + bad.len() * (3 + 2 * levels),
            Pointing::Wrongly => MAX_CHECKS,
        };
        prop_assert!(asked.len() <= bound, "{} checks, bound {bound}", asked.len());
    }
}

#[test]
fn the_order_of_the_plan_is_kept() {
    let (outcome, _) = run(9, &[&[2], &[7]], Pointing::Nowhere);
    let expected: Vec<FindingId> = [0, 1, 3, 4, 5, 6, 8]
        .map(|index| id(&format!("{index:04}")))
        .into();
    assert_eq!(outcome.kept, expected);
}

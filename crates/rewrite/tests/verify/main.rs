//! The back-out: which fixes are dropped when the project no longer compiles, and after how many checks.

mod compiler;
mod laws;
#[path = "../support/mod.rs"]
mod support;

use model::FindingId;
use rewrite::{CheckError, Checked, ErrorSpan, MAX_CHECKS, Plan, VerifyError, verify};

use compiler::{Pointing, applied, dropped, kept, project, run, run_steps};
use support::id;

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

#[test]
fn the_order_of_the_plan_is_kept() {
    let (outcome, _) = run(9, &[&[2], &[7]], Pointing::Nowhere);
    let expected: Vec<FindingId> = [0, 1, 3, 4, 5, 6, 8]
        .map(|index| id(&format!("{index:04}")))
        .into();
    assert_eq!(outcome.kept, expected);
}

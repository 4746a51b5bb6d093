//! Sizes that fit, and figures that are refused.

use super::*;

use std::sync::atomic::AtomicBool;

use crate::workload::{Candidate, Role, Sizes, Workload};

const HOUR: Duration = Duration::from_secs(3600);

fn load(size: u64, slowest: Duration, together: Duration) -> Load {
    Load {
        size,
        slowest,
        together,
        setup: Duration::ZERO,
    }
}

#[test]
fn a_run_of_any_candidate_stays_below_the_longest() {
    let slow = load(1 << 20, 4 * LONGEST_RUN, 5 * LONGEST_RUN);
    assert_eq!(
        slow.fitting(HOUR, LONGEST_RUN),
        1 << 17,
        "four times over, a fifth spared, a power of two"
    );
}

#[test]
fn eight_rounds_fit_into_the_time() {
    let each = Duration::from_millis(10);
    let load = load(1 << 20, each, 4 * each);
    assert_eq!(
        load.fitting(ROUNDS * 4 * each, LONGEST_RUN),
        1 << 19,
        "they just fit without the fifth spared"
    );
    assert_eq!(load.fitting(ROUNDS * 8 * each, LONGEST_RUN), 1 << 20);
    assert_eq!(
        load.fitting(Duration::ZERO, LONGEST_RUN),
        1,
        "no time: the smallest size there is"
    );
}

#[test]
fn making_the_input_leaves_time_to_measure() {
    let run = Duration::from_millis(1);
    let setup = Duration::from_millis(100);
    let load = Load {
        setup,
        ..load(1 << 20, run, run)
    };
    assert_eq!(load.fitting(setup, LONGEST_RUN), 1 << 18);
    assert_eq!(load.fitting(10 * setup, LONGEST_RUN), 1 << 21);
}

/// What is said of 1 GiB to one who gave a minute, if 1 MiB takes that and there were ten seconds for it.
fn said(slowest: Duration, together: Duration) -> String {
    let directory = tempfile::tempdir().unwrap();
    let environment = crate::preflight(directory.path()).unwrap();
    let mut ladder = lying(directory.path(), &environment);
    ladder.load = Some(load(1 << 20, slowest, together));
    let shortfall = ladder.short_of(1 << 30, 1 << 27, Duration::from_secs(10));
    shortfall.unwrap().reason(Duration::from_secs(60))
}

#[test]
fn what_a_size_that_was_asked_for_would_take_is_said() {
    let run = Duration::from_millis(1);
    assert_eq!(
        said(run, 2 * run),
        "there was no time for 1 GiB: the largest size is 128 MiB; `--bench-budget 130s` should do",
        "2 s a round, 8 rounds and a fifth spared: 20.5 s in the place of 10"
    );
    assert_eq!(
        said(4 * run, 5 * run),
        "a run at 1 GiB would take about 4 s here, and one may take 3 s: the largest size is 128 MiB"
    );
}

const LIAR: Workload = Workload {
    rule: "liar",
    variants: &["default"],
    description: "gives another answer above the first size",
    sizes: Sizes::Calls,
    throughput: false,
    pieces: None,
    set_up: |_, size| {
        let wrong = u64::from(size > FIRST);
        Ok(Setup {
            size,
            candidates: vec![
                Candidate::new(Role::Baseline, "right", || Ok(0_u64)),
                Candidate::new(Role::Suggested, "wrong", move || Ok(wrong)),
            ],
        })
    },
};

fn lying<'a>(directory: &Path, environment: &'a Environment) -> Ladder<'a> {
    let model = Model::new(&LIAR, None);
    Ladder::new(model, Contest::Rewrites, directory, environment).unwrap()
}

fn an_hour() -> Stop<'static> {
    static RUNNING: AtomicBool = AtomicBool::new(false);
    Stop {
        deadline: Instant::now() + HOUR,
        interrupted: &RUNNING,
    }
}

#[test]
fn one_wrong_answer_takes_all_figures_away() {
    let directory = tempfile::tempdir().unwrap();
    let environment = crate::preflight(directory.path()).unwrap();
    let mut ladder = lying(directory.path(), &environment);
    ladder.climb(FIRST, an_hour()).unwrap();
    let Err(Halt::Workload(reason)) = ladder.climb(2 * FIRST, an_hour()) else {
        panic!("the second size must be refused")
    };
    assert_eq!(
        reason,
        "no figures: wrong gives another answer than the pattern"
    );
    assert!(ladder.finish().0.is_empty());
}

#[test]
fn a_size_that_does_not_fit_on_the_disk_is_refused_before_anything_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let mut environment = crate::preflight(directory.path()).unwrap();
    environment.file_system.available_bytes = Some(4096);
    let mut ladder = lying(directory.path(), &environment);
    let Err(Halt::Workload(reason)) = ladder.climb(FIRST, an_hour()) else {
        panic!("there is no room")
    };
    assert!(
        reason.contains("disk space, and there is 4 KiB"),
        "{reason}"
    );
}

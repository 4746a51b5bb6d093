//! Sizes that fit, and figures that are refused.

use super::*;

use std::sync::atomic::AtomicBool;

use crate::workload::{Candidate, Role, Sizes, Workload};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn an_input_is_made_anew_where_it_leaves_time_for_a_figure() {
    const MILLISECOND: Duration = Duration::from_millis(1);
    let ready = Ready {
        asked: FIRST,
        setup: Setup {
            size: FIRST,
            candidates: Vec::new(),
        },
        times: vec![60 * MILLISECOND, 40 * MILLISECOND],
        cost: 250 * MILLISECOND,
        directory: PathBuf::new(),
    };
    let samples = Samples::default();
    let time = |left| ready.time_for(&samples, left * MILLISECOND);
    // Two rounds, then the input anew and three: a share, and five rounds in all.
    assert_eq!(time(1000), (200 * MILLISECOND, false));
    // With two rounds on each of two inputs there would be four.
    assert_eq!(time(700), (700 * MILLISECOND, true));
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

//! What the command relies on: figures within a budget, kept for the next run, and nothing left behind.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use io_optimize_measure::{
    Options, Progress, alone, headline, host, measure, preflight, strategies, workloads,
};
use model::{Cache, Capability, Environment, HostWork, Measurement, Outcome, Ratio, WorkloadId};

const WRITE: WorkloadId = WorkloadId::new("unbuffered_write", "default");
const READ: WorkloadId = WorkloadId::new("unbuffered_read", "default");
static RUNNING: AtomicBool = AtomicBool::new(false);

/// Options for a file of 1 KiB and far more time than that takes, so that no test depends on the machine's speed.
fn options<'a>(directory: &Path, environment: &'a Environment) -> Options<'a> {
    Options {
        directory: directory.to_owned(),
        cache_directory: None,
        budget: Duration::from_secs(600),
        size_hint: Some(1024),
        environment,
        interrupted: &RUNNING,
    }
}

fn entries(directory: &Path) -> usize {
    fs::read_dir(directory).unwrap().count()
}

fn row(size: u64, is_suggested: bool, low: f64) -> Measurement {
    Measurement {
        method: "any".to_owned(),
        is_baseline: !is_suggested,
        is_suggested,
        size,
        cache: Cache::Warm,
        time_ns: if is_suggested { 10 } else { 20 },
        bytes_per_second: None,
        ratio: Ratio {
            median: low + 1.0,
            low,
            high: low + 2.0,
        },
        samples: 10,
    }
}

fn without_ratio(row: &Measurement) -> Measurement {
    let ratio = Ratio {
        median: 1.0,
        low: 1.0,
        high: 1.0,
    };
    Measurement {
        ratio,
        bytes_per_second: None,
        ..row.clone()
    }
}

fn outcome(measurements: Vec<Measurement>) -> Outcome {
    Outcome {
        workload: WRITE,
        description: String::new(),
        measurements,
        cached: false,
        note: None,
    }
}

#[test]
fn preflight_tells_the_host_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let environment = preflight(directory.path()).unwrap();
    assert!(environment.cores >= 1);
    assert_eq!(entries(directory.path()), 0);
    if cfg!(target_os = "linux") {
        assert!(
            environment.system.starts_with("Linux "),
            "{}",
            environment.system
        );
        assert!(environment.page_bytes.is_power_of_two());
        assert!(environment.memory_bytes > 0);
        assert_ne!(environment.file_system.kind, "unknown");
        let tried = |capability: &Capability| !matches!(capability, Capability::Unknown(_));
        assert!(tried(&environment.io_uring) && tried(&environment.file_system.reflink));
    } else {
        assert!(matches!(environment.io_uring, Capability::Unknown(_)));
    }
}

#[test]
fn a_directory_that_cannot_be_used_is_named_in_one_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing");
    let error = format!("{:#}", preflight(&missing).unwrap_err());
    assert!(
        error.contains(missing.to_str().unwrap()) && error.contains("create it"),
        "{error}"
    );

    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let error = format!("{:#}", preflight(&file).unwrap_err());
    assert!(error.contains("is not a directory"), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_directory_without_room_for_files_gives_notes_instead_of_figures() {
    // Nobody can make files there, root included.
    let directory = Path::new("/proc/self");
    let error = format!("{:#}", preflight(directory).unwrap_err());
    assert!(error.contains("cannot make files in /proc/"), "{error}");

    let environment = preflight(tempfile::tempdir().unwrap().path()).unwrap();
    let outcomes = measure(&[WRITE], &options(directory, &environment), &mut |_| {});
    assert!(outcomes[0].measurements.is_empty());
    assert!(
        outcomes[0]
            .note
            .as_ref()
            .unwrap()
            .contains("cannot make files in /proc/self")
    );
}

#[test]
fn the_hosts_own_figures_are_taken_once_and_leave_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let kept = tempfile::tempdir().unwrap();
    let mut environment = preflight(directory.path()).unwrap();
    // Room for small files only, so that it takes no time.
    environment.file_system.available_bytes = Some(8 << 20);
    let options = Options {
        cache_directory: Some(kept.path().to_owned()),
        budget: Duration::from_secs(20),
        ..options(directory.path(), &environment)
    };
    let first = host(&options, &mut |_| {});
    assert_eq!(entries(directory.path()), 0);
    for work in HostWork::ALL {
        assert!(
            first
                .figures
                .iter()
                .any(|figure| figure.work == work && figure.time_ns > 0),
            "{work:?}: {:?}",
            first.notes
        );
    }
    let mut steps = Vec::new();
    let second = host(&options, &mut |step| steps.push(step));
    assert_eq!(second.figures, first.figures);
    assert_eq!(
        steps.len(),
        strategies().len(),
        "no figure is taken again: {steps:?}"
    );

    let options = Options {
        budget: Duration::ZERO,
        ..options
    };
    let none = host(&options, &mut |_| {});
    assert!(none.figures.is_empty() && none.notes[0].contains("the budget is 0"));
}

#[test]
fn a_budget_of_zero_gives_no_figures_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let environment = preflight(directory.path()).unwrap();
    let options = Options {
        budget: Duration::ZERO,
        ..options(directory.path(), &environment)
    };
    let outcomes = measure(&workloads(), &options, &mut |_| {});
    assert_eq!(outcomes.len(), workloads().len());
    for outcome in outcomes {
        assert!(outcome.measurements.is_empty());
        assert_eq!(
            outcome.note.as_deref(),
            Some("nothing was measured: the budget is 0")
        );
    }
    assert_eq!(entries(directory.path()), 0);
}

#[test]
fn an_interrupt_gives_no_figures_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let environment = preflight(directory.path()).unwrap();
    let interrupted = AtomicBool::new(true);
    let options = Options {
        interrupted: &interrupted,
        ..options(directory.path(), &environment)
    };
    let outcomes = measure(&[WRITE, READ], &options, &mut |_| {});
    for outcome in outcomes {
        assert!(outcome.measurements.is_empty());
        assert_eq!(outcome.note.as_deref(), Some("interrupted"));
    }
    assert_eq!(entries(directory.path()), 0);
}

#[test]
fn every_request_has_its_outcome_and_work_is_done_once() {
    let directory = tempfile::tempdir().unwrap();
    let environment = preflight(directory.path()).unwrap();
    let json = |variant| WorkloadId::new("unbuffered_serde", variant);
    let unknown = WorkloadId::new("unbuffered_write", "carrier-pigeon");
    let requests = [
        json("json-read"),
        unknown,
        json("default"),
        json("json-read"),
    ];
    let mut seen = Vec::new();
    let outcomes = measure(
        &requests,
        &options(directory.path(), &environment),
        &mut |progress| {
            seen.push(progress);
        },
    );

    let asked: Vec<WorkloadId> = outcomes.iter().map(|outcome| outcome.workload).collect();
    assert_eq!(asked, requests[..3]);
    assert!(
        outcomes[1]
            .note
            .as_ref()
            .unwrap()
            .contains("carrier-pigeon")
    );
    assert_eq!(
        outcomes[0].measurements, outcomes[2].measurements,
        "two names of one model"
    );
    let steps = |done| Progress {
        workload: json("json-read"),
        done,
        total: 1,
    };
    assert_eq!(seen, [steps(0), steps(1)]);

    let rows = &outcomes[0].measurements;
    assert_eq!(rows.iter().filter(|row| row.is_baseline).count(), 1);
    assert!(rows.iter().all(|row| row.samples >= 5 && row.time_ns > 0));
    assert!(rows.iter().all(|row| row.ratio.low <= row.ratio.median));
    let baseline = Ratio {
        median: 1.0,
        low: 1.0,
        high: 1.0,
    };
    assert!(
        rows.iter()
            .all(|row| row.is_baseline == (row.ratio == baseline))
    );
    assert!(
        outcomes[0].description.contains("serde_json 1."),
        "{}",
        outcomes[0].description
    );
    assert_eq!(entries(directory.path()), 0);
}

#[test]
fn one_way_works_alone_as_often_as_asked_and_others_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let run = |method| alone(WRITE, method, directory.path(), 1024, 3);
    assert_eq!(run("writeln! on File").unwrap().len(), 3);
    let error = run("by pigeon").unwrap_err().to_string();
    assert!(
        error.contains("by pigeon") && error.contains("writeln! on BufWriter;"),
        "{error}"
    );
    assert_eq!(entries(directory.path()), 0);
}

#[test]
fn figures_are_kept_for_this_host_and_not_for_another() {
    let directory = tempfile::tempdir().unwrap();
    let kept = tempfile::tempdir().unwrap();
    let cache = kept.path().join("figures");
    let mut environment = preflight(directory.path()).unwrap();
    let run = |environment: &Environment| {
        let options = Options {
            cache_directory: Some(cache.clone()),
            ..options(directory.path(), environment)
        };
        measure(&[READ], &options, &mut |_| {}).remove(0)
    };

    let first = run(&environment);
    assert!(!first.cached);
    assert_eq!(first.note, None);
    let second = run(&environment);
    assert!(second.cached);
    assert_eq!(first.measurements.len(), second.measurements.len());
    for (fresh, kept) in first.measurements.iter().zip(&second.measurements) {
        assert_eq!(without_ratio(fresh), without_ratio(kept));
        // JSON keeps all digits but the last of a fraction.
        let same = |fresh: f64, kept: f64| (fresh - kept).abs() < fresh * 1e-12;
        assert!(same(fresh.ratio.median, kept.ratio.median));
        assert!(same(fresh.ratio.low, kept.ratio.low) && same(fresh.ratio.high, kept.ratio.high));
    }

    let file = fs::read_dir(&cache)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    fs::write(&file, "{ not JSON").unwrap();
    assert!(
        !run(&environment).cached,
        "a file that cannot be read counts as none"
    );
    assert!(run(&environment).cached, "and is written anew");

    environment.processor.push_str(" of another host");
    assert!(!run(&environment).cached);
}

#[test]
fn the_headline_is_the_suggestion_at_the_largest_size() {
    let rows = vec![
        row(1, false, 1.0),
        row(1, true, 9.0),
        row(2, false, 1.0),
        row(2, true, 1.2),
    ];
    let outcome = outcome(rows);
    let told = headline(&outcome, 1.05).unwrap();
    assert_eq!(
        (told.size, told.baseline_ns, told.optimized_ns),
        (2, 20, 10)
    );
    assert!(told.worth_it);
    assert!(
        !headline(&outcome, 1.2).unwrap().worth_it,
        "the whole interval must lie above"
    );
}

#[test]
fn without_figures_there_is_no_headline() {
    assert_eq!(headline(&outcome(Vec::new()), 1.05), None);
    assert_eq!(headline(&outcome(vec![row(1, false, 1.0)]), 1.05), None);
}

//! Measures what is asked for within a budget of time.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use model::{Environment, Headline, Measurement, Outcome, WorkloadId};

use crate::cache::{self, Key};
use crate::ladder::{self, Ladder};
use crate::sampling::{self, Stop};
use crate::units;
use crate::workload::Workload;
use crate::workloads;

/// How to measure.
#[derive(Debug)]
pub struct Options<'a> {
    /// Where files are made, read and removed.
    pub directory: PathBuf,
    /// Where figures are kept for later runs; without it every run measures.
    pub cache_directory: Option<PathBuf>,
    /// Time for all workloads together.
    pub budget: Duration,
    /// Bytes of the files that the user has in mind: nothing larger is measured.
    pub size_hint: Option<u64>,
    /// The host, as [`crate::preflight()`] of `directory` describes it.
    pub environment: &'a Environment,
    /// Set from outside to stop: looked at between samples.
    pub interrupted: &'a AtomicBool,
}

/// How far measuring is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is measured next; after the last, what was measured last.
    pub workload: WorkloadId,
    /// Sizes of workloads that are done.
    pub done: u64,
    /// Sizes of workloads in all.
    pub total: u64,
}

/// Measures each distinct workload that is asked for, in the order asked for.
///
/// Figures that an earlier run kept for this host are taken from the cache. The budget is shared evenly: what a
/// workload leaves is shared among those after it. A workload without figures, or with unclear ones, says why in its
/// note; nothing here panics or fails as a whole. The files that are made are removed again.
///
/// `progress` is called before each size of a workload and after the last. A cache that cannot be written is none: the
/// figures stand without it.
pub fn measure(
    requests: &[WorkloadId],
    options: &Options<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Vec<Outcome> {
    let mut wanted: Vec<&'static Workload> = Vec::new();
    for workload in requests.iter().filter_map(|id| workloads::find(*id)) {
        if wanted.iter().all(|known| known.id() != workload.id()) {
            wanted.push(workload);
        }
    }
    let mut outcomes: Vec<Outcome> = wanted
        .iter()
        .filter_map(|workload| from_cache(workload, options))
        .collect();
    wanted.retain(|workload| {
        outcomes
            .iter()
            .all(|outcome| outcome.workload != workload.id())
    });

    let end = Instant::now() + options.budget;
    let total = wanted
        .iter()
        .map(|workload| sizes(workload, options.size_hint).len() as u64)
        .sum();
    let mut done = 0;
    for (index, workload) in wanted.iter().enumerate() {
        let now = Instant::now();
        let share = end.saturating_duration_since(now) / (wanted.len() - index) as u32;
        let stop = Stop {
            deadline: now + share,
            interrupted: options.interrupted,
        };
        let mut step = |finished: u64| {
            progress(Progress {
                workload: workload.id(),
                done: done + finished,
                total,
            });
        };
        outcomes.push(measure_one(workload, options, stop, &mut step));
        done += sizes(workload, options.size_hint).len() as u64;
    }
    if let Some(last) = wanted.last() {
        progress(Progress {
            workload: last.id(),
            done,
            total,
        });
    }
    distinct(requests).map(|id| named(id, &outcomes)).collect()
}

/// The figure that stands beside a finding: the suggested way at the largest size that was measured, which is at most
/// the size the user has in mind. None if there are no figures.
///
/// It is worth it if the whole interval lies above `min_gain`.
#[must_use]
pub fn headline(outcome: &Outcome, min_gain: f64) -> Option<Headline> {
    headline_of(outcome, min_gain, |row| row.is_suggested)
}

/// The same of another way than the suggested one.
#[must_use]
pub fn headline_of(
    outcome: &Outcome,
    min_gain: f64,
    is_wanted: impl Fn(&Measurement) -> bool,
) -> Option<Headline> {
    let rows = &outcome.measurements;
    let wanted = rows
        .iter()
        .filter(|row| is_wanted(row))
        .max_by_key(|row| row.size)?;
    let baseline = rows
        .iter()
        .find(|row| row.is_baseline && row.size == wanted.size)?;
    Some(Headline {
        workload: outcome.workload,
        size: wanted.size,
        baseline_ns: baseline.time_ns,
        optimized_ns: wanted.time_ns,
        ratio: wanted.ratio,
        samples: wanted.samples,
        cache: wanted.cache,
        worth_it: wanted.ratio.low > min_gain,
    })
}

fn distinct(requests: &[WorkloadId]) -> impl Iterator<Item = WorkloadId> + '_ {
    let first = |index: usize| !requests[..index].contains(&requests[index]);
    (0..requests.len())
        .filter(move |index| first(*index))
        .map(|index| requests[index])
}

/// The outcome of the workload that answers to `id`, under the name that was asked for.
fn named(id: WorkloadId, outcomes: &[Outcome]) -> Outcome {
    workloads::find(id)
        .and_then(|workload| {
            outcomes
                .iter()
                .find(|outcome| outcome.workload == workload.id())
        })
        .map_or_else(
            || Outcome {
                workload: id,
                description: String::new(),
                measurements: Vec::new(),
                cached: false,
                note: Some(format!("there is no model {} of {}", id.variant, id.rule)),
            },
            |outcome| Outcome {
                workload: id,
                ..outcome.clone()
            },
        )
}

fn from_cache(workload: &Workload, options: &Options<'_>) -> Option<Outcome> {
    if options.budget.is_zero() {
        return None;
    }
    let directory = options.cache_directory.as_deref()?;
    let measurements = cache::load(directory, &key(workload, options))?;
    Some(Outcome {
        workload: workload.id(),
        description: description(workload),
        measurements,
        cached: true,
        note: None,
    })
}

fn key(workload: &Workload, options: &Options<'_>) -> Key {
    Key::new(
        workload.id(),
        &sizes(workload, options.size_hint),
        options.environment,
    )
}

fn description(workload: &Workload) -> String {
    let unoptimized = if cfg!(debug_assertions) {
        "; built without optimizations"
    } else {
        ""
    };
    format!("{}{unoptimized}", workload.description)
}

/// The sizes at which a workload is measured, in bytes, smallest first.
pub(crate) fn sizes(workload: &Workload, hint: Option<u64>) -> Vec<u64> {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    let usual: &[u64] = if workload.bulk {
        &[KIB, MIB, 100 * MIB]
    } else {
        &[KIB, MIB]
    };
    let Some(hint) = hint else {
        return usual.to_vec();
    };
    let largest = hint.clamp(1, if workload.bulk { 1024 * MIB } else { MIB });
    usual
        .iter()
        .copied()
        .filter(|size| *size < largest)
        .chain([largest])
        .collect()
}

fn measure_one(
    workload: &Workload,
    options: &Options<'_>,
    stop: Stop<'_>,
    step: &mut dyn FnMut(u64),
) -> Outcome {
    let (measurements, mut notes) = if options.budget.is_zero() {
        (
            Vec::new(),
            vec!["nothing was measured: the budget is 0".to_owned()],
        )
    } else {
        figures(workload, options, stop, step)
    };
    let mut outcome = Outcome {
        workload: workload.id(),
        description: description(workload),
        measurements,
        cached: false,
        note: None,
    };
    let file_system = &options.environment.file_system;
    if let Some(headline) = headline(&outcome, 1.0) {
        if file_system.network {
            notes.push(format!(
                "measured over {}: the figures depend on the server and on what else it does",
                file_system.kind
            ));
        }
        if sampling::is_unclear(headline.ratio) {
            notes.push(format!(
                "too noisy to tell at {}: the ratio lies between {:.2} and {:.2}",
                units::size(headline.size),
                headline.ratio.low,
                headline.ratio.high
            ));
        }
    }
    outcome.note = (!notes.is_empty()).then(|| notes.join("; "));
    // Figures with a reservation are not kept: the next run may do better.
    if let Some(directory) = options.cache_directory.as_deref()
        && outcome.note.is_none()
    {
        // Documented at `measure`: a cache that cannot be written is no cache.
        let _unkept = cache::store(directory, &key(workload, options), &outcome.measurements);
    }
    outcome
}

/// The rows of every size, and what there is to say of sizes without rows.
fn figures(
    workload: &Workload,
    options: &Options<'_>,
    stop: Stop<'_>,
    step: &mut dyn FnMut(u64),
) -> (Vec<Measurement>, Vec<String>) {
    let mut ladder = match Ladder::new(workload, &options.directory, options.environment) {
        Ok(ladder) => ladder,
        Err(error) => return (Vec::new(), vec![format!("{error:#}")]),
    };
    let mut notes = Vec::new();
    let sizes = sizes(workload, options.size_hint);
    for (index, size) in sizes.iter().enumerate() {
        step(index as u64);
        // Each further size gets twice the time of the one before: its samples are longer.
        let parts = (1_u32 << (sizes.len() - index)) - 1;
        let share = Stop {
            deadline: Instant::now() + stop.remaining() / parts,
            ..stop
        };
        match ladder.climb(*size, share) {
            Ok(()) => {}
            Err(ladder::Halt::Size(reason)) => {
                notes.push(format!("{}: {reason}", units::size(*size)));
            }
            Err(ladder::Halt::Workload(reason)) => {
                notes.push(reason);
                break;
            }
        }
    }
    let (rows, removed) = ladder.finish();
    notes.extend(removed.err().map(|error| format!("{error:#}")));
    (rows, notes)
}

//! Measures what is asked for within a budget of time.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use model::{Cache, Environment, Headline, Measurement, Outcome, WorkloadId};

use crate::cache::{self, Key};
use crate::ladder::{self, Ladder};
use crate::sampling::Stop;
use crate::units;
use crate::workload::{Contest, Model};
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
    let mut wanted: Vec<Model> = Vec::new();
    for model in requests.iter().filter_map(|id| workloads::find(*id)) {
        if wanted.iter().all(|known| known.id() != model.id()) {
            wanted.push(model);
        }
    }
    let mut outcomes: Vec<Outcome> = wanted
        .iter()
        .filter_map(|model| from_cache(*model, options))
        .collect();
    wanted.retain(|model| {
        outcomes
            .iter()
            .all(|outcome| outcome.workload != model.id())
    });

    let end = Instant::now() + options.budget;
    let total = wanted
        .iter()
        .map(|model| steps(*model, options.size_hint))
        .sum();
    let mut done = 0;
    for (index, model) in wanted.iter().enumerate() {
        let now = Instant::now();
        let share = end.saturating_duration_since(now) / (wanted.len() - index) as u32;
        let stop = Stop {
            deadline: now + share,
            interrupted: options.interrupted,
        };
        let mut step = |finished: u64| {
            progress(Progress {
                workload: model.id(),
                done: done + finished,
                total,
            });
        };
        outcomes.push(measure_one(
            *model,
            Contest::Rewrites,
            options,
            stop,
            &mut step,
        ));
        done += steps(*model, options.size_hint);
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

/// Measures a pattern against itself, made slower by that share of its time: the rows of its suggested way are those of the
/// pattern once more. Nothing is taken from the cache or kept in it.
///
/// It is how the method is tried: `docs/benchmark-method.md`.
#[must_use]
pub fn against_itself(id: WorkloadId, slower: f64, options: &Options<'_>) -> Option<Outcome> {
    let model = workloads::find(id)?;
    let stop = Stop {
        deadline: Instant::now() + options.budget,
        interrupted: options.interrupted,
    };
    let options = Options {
        cache_directory: None,
        directory: options.directory.clone(),
        ..*options
    };
    Some(measure_one(
        model,
        Contest::Itself(slower),
        &options,
        stop,
        &mut |_| {},
    ))
}

/// Measures one workload, or takes what an earlier run kept of it.
pub(crate) fn one(model: Model, budget: Duration, options: &Options<'_>) -> Outcome {
    let stop = Stop {
        deadline: Instant::now() + budget,
        interrupted: options.interrupted,
    };
    from_cache(model, options)
        .unwrap_or_else(|| measure_one(model, Contest::Rewrites, options, stop, &mut |_| {}))
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
        .max_by_key(|row| (row.size, row.cache == Cache::Warm))?;
    let baseline = rows
        .iter()
        .find(|row| row.is_baseline && (row.size, row.cache) == (wanted.size, wanted.cache))?;
    Some(Headline {
        workload: outcome.workload,
        method: wanted.method.clone(),
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
        .and_then(|model| {
            outcomes
                .iter()
                .find(|outcome| outcome.workload == model.id())
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

fn from_cache(model: Model, options: &Options<'_>) -> Option<Outcome> {
    if options.budget.is_zero() {
        return None;
    }
    let directory = options.cache_directory.as_deref()?;
    let (measurements, note) = cache::load(directory, &key(model, options))?;
    Some(Outcome {
        workload: model.id(),
        description: description(model),
        measurements,
        cached: true,
        note,
    })
}

/// What the figures of a workload depend on.
fn key(model: Model, options: &Options<'_>) -> Key {
    Key::new(
        model.id(),
        &model.workload.sizes.up_to(options.size_hint),
        options.environment,
    )
}

fn description(model: Model) -> String {
    let unoptimized = if cfg!(debug_assertions) {
        "; built without optimizations"
    } else {
        ""
    };
    format!("{}{unoptimized}", model.description())
}

/// Sizes of a workload, and one step more where it is measured without the page cache too.
fn steps(model: Model, hint: Option<u64>) -> u64 {
    let sizes = model.workload.sizes;
    sizes.up_to(hint).len() as u64 + u64::from(sizes.cold_too())
}

fn measure_one(
    model: Model,
    contest: Contest,
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
        figures(model, contest, options, stop, step)
    };
    let mut outcome = Outcome {
        workload: model.id(),
        description: description(model),
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
        if headline.ratio.is_unclear() {
            notes.push(format!(
                "too noisy to tell at {}: the ratio lies between {:.2} and {:.2}",
                units::size(headline.size),
                headline.ratio.low,
                headline.ratio.high
            ));
        }
    }
    outcome.note = (!notes.is_empty()).then(|| notes.join("; "));
    if let Some(directory) = options.cache_directory.as_deref()
        && !outcome.measurements.is_empty()
        && !stop.is_interrupted()
    {
        let key = key(model, options);
        // Documented at `measure`: a cache that cannot be written is no cache.
        let _unkept = cache::store(
            directory,
            &key,
            &outcome.measurements,
            outcome.note.as_deref(),
        );
    }
    outcome
}

/// The rows of every size, and what there is to say of sizes without rows.
fn figures(
    model: Model,
    contest: Contest,
    options: &Options<'_>,
    stop: Stop<'_>,
    step: &mut dyn FnMut(u64),
) -> (Vec<Measurement>, Vec<String>) {
    let mut ladder = match Ladder::new(model, contest, &options.directory, options.environment) {
        Ok(ladder) => ladder,
        Err(error) => return (Vec::new(), vec![format!("{error:#}")]),
    };
    let mut notes = Vec::new();
    let sizes = model.workload.sizes.up_to(options.size_hint);
    let last = steps(model, options.size_hint);
    let targets = sizes.into_iter().map(Some).chain([None]);
    for (index, target) in (0..last).zip(targets) {
        step(index);
        // Each further size gets twice the time of the one before: its samples are longer.
        let parts = (1_u32 << (last - index)) - 1;
        let share = Stop {
            deadline: Instant::now() + stop.remaining() / parts,
            ..stop
        };
        let climbed = match target {
            Some(size) => ladder.climb(size, share),
            None => ladder.chill(share),
        };
        match climbed {
            Ok(()) => {}
            Err(ladder::Halt::Size(reason)) => {
                let size = target.map_or_else(|| "cold".to_owned(), units::size);
                notes.push(format!("{size}: {reason}"));
            }
            Err(ladder::Halt::Workload(reason)) => {
                notes.push(reason);
                break;
            }
        }
    }
    if notes.is_empty() && !stop.is_interrupted() {
        let shortfall = ladder.shortfall();
        notes.extend(shortfall.map(|it| it.reason(options.budget)));
    }
    let (rows, removed) = ladder.finish();
    notes.extend(removed.err().map(|error| format!("{error:#}")));
    (rows, notes)
}

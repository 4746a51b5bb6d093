//! Measures one workload at growing sizes, each as large as the time for a sample allows.

mod load;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use model::{Cache, Environment, Measurement};
use tempfile::TempDir;

pub(crate) use self::load::Shortfall;
use self::load::{LONGEST_RUN, LONGEST_RUN_ASKED_FOR, Load};
use crate::cold::Inputs;
use crate::preflight::memory_left;
use crate::sampling::{MIN_PAIRS, SHORTEST_SAMPLE, Samples, Stop};
use crate::scratch;
use crate::units;
use crate::workload::{Contest, Model, Setup};

/// Where every climb begins, in bytes: small enough to be quick where each call is a round trip.
const FIRST: u64 = 1 << 10;
/// Rounds below which no further block is begun.
const LEAST_ROUNDS: u32 = 2;
/// Space that is left alone, in bytes.
const RESERVE: u64 = 4 << 20;

/// Why there are no rows.
#[derive(Debug)]
pub(crate) enum Halt {
    /// There are none of this size.
    Size(String),
    /// There are none of this size or any larger one.
    Workload(String),
}

/// A workload in its temporary directory, and the rows it has given.
pub(crate) struct Ladder<'a> {
    model: Model,
    contest: Contest,
    environment: &'a Environment,
    scratch: TempDir,
    /// What the first setup took, the smallest there is.
    least_setup: Option<Duration>,
    rows: Vec<Measurement>,
    /// What the size tried last took.
    load: Option<Load>,
    shortfall: Option<Shortfall>,
}

/// A setup whose candidates agree.
struct Ready {
    /// The size it was asked to have.
    asked: u64,
    setup: Setup,
    /// What a run of each candidate took.
    times: Vec<Duration>,
    /// What it took to make the input and to compare the answers.
    cost: Duration,
    directory: PathBuf,
}

impl Ready {
    /// What it takes to make the input anew, and so many rounds on it.
    fn again(&self, rounds: u32) -> Duration {
        self.cost + self.round() * rounds
    }

    fn round(&self) -> Duration {
        self.times.iter().sum()
    }

    /// How much of the time that is left the rounds on this input get, and whether those are the last: without the time for
    /// some rounds more, and for as many as a figure takes, what it costs to make the input anew is better spent on them.
    fn time_for(&self, samples: &Samples, left: Duration) -> (Duration, bool) {
        let share = left / samples.blocks_left().max(1);
        let round = self.round().as_secs_f64();
        // Rounds that take no time fit at any number; the cast saturates.
        let rounds = (share.as_secs_f64() / round) as usize;
        let missing = MIN_PAIRS.saturating_sub(samples.pairs().saturating_add(rounds));
        let missing = LEAST_ROUNDS.max(missing as u32);
        if share + self.again(missing) > left {
            (left, true)
        } else {
            (share, false)
        }
    }
}

impl<'a> Ladder<'a> {
    /// Prepares to measure below `directory`.
    ///
    /// # Errors
    /// If nothing can be made in `directory`.
    pub(crate) fn new(
        model: Model,
        contest: Contest,
        directory: &Path,
        environment: &'a Environment,
    ) -> anyhow::Result<Self> {
        let scratch = scratch::create(directory)?;
        scratch::spread(scratch.path());
        Ok(Self {
            model,
            contest,
            environment,
            scratch,
            least_setup: None,
            rows: Vec::new(),
            load: None,
            shortfall: None,
        })
    }

    /// Adds the rows of a size of at most `target` bytes: a smaller one where runs would take too long, and none where
    /// there are such rows already.
    pub(crate) fn climb(&mut self, target: u64, stop: Stop<'_>) -> Result<(), Halt> {
        let time = stop.remaining();
        let ready = self.ready(target, stop)?;
        let size = ready.setup.size;
        let largest = self.rows.iter().map(|row| row.size).max();
        let no_larger = largest.filter(|largest| *largest >= size);
        let asked_for = self.is_beyond_usual(target);
        // Models make inputs of about the size that they are asked for.
        if asked_for && size < target / 2 {
            let reached = no_larger.unwrap_or(size);
            self.shortfall = self.load.map(|load| load.short_of(target, reached, time));
        }
        if let Some(largest) = no_larger {
            remove(&ready.directory)?;
            if asked_for {
                return Ok(());
            }
            return Err(Halt::Workload(format!(
                "nothing above {}: a run would take too long here",
                units::size(largest)
            )));
        }
        self.sample(ready, Cache::Warm, stop)
    }

    /// Adds the rows of the largest size so far with the files out of the page cache. None where the file system does not let
    /// go of them.
    pub(crate) fn chill(&mut self, stop: Stop<'_>) -> Result<(), Halt> {
        let Some(size) = self.rows.iter().map(|row| row.size).max() else {
            return Ok(());
        };
        let (mut ready, _) = self.set_up(size)?;
        let failed = |error| Halt::Size(format!("a run without the page cache failed: {error}"));
        let inputs = Inputs::below(&ready.directory).map_err(failed)?;
        if !inputs.can_be_evicted().map_err(failed)? {
            return remove(&ready.directory);
        }
        // The times so far are warm ones.
        for (candidate, time) in ready.setup.candidates.iter_mut().zip(&mut ready.times) {
            inputs.evict().map_err(failed)?;
            *time = candidate.time().map_err(failed)?;
        }
        self.sample(ready, Cache::Cold, stop)
    }

    /// Samples a setup, and others of its size that are made anew, and adds the rows.
    fn sample(&mut self, mut ready: Ready, cache: Cache, stop: Stop<'_>) -> Result<(), Halt> {
        let size = ready.setup.size;
        let failed = |error| Halt::Size(format!("a run failed: {error}"));
        let mut samples = Samples::default();
        loop {
            let (time, is_last) = ready.time_for(&samples, stop.remaining());
            let block = Stop {
                deadline: Instant::now() + time,
                ..stop
            };
            let candidates = &mut ready.setup.candidates;
            let sampled = match cache {
                Cache::Warm => {
                    samples.add_block(candidates, &ready.times, SHORTEST_SAMPLE, block, || Ok(()))
                }
                Cache::Cold => Inputs::below(&ready.directory).and_then(|inputs| {
                    // A second run within a sample would be a warm one.
                    samples.add_block(candidates, &ready.times, Duration::ZERO, block, || {
                        inputs.evict()
                    })
                }),
            };
            sampled.map_err(failed)?;
            remove(&ready.directory)?;
            if is_last || samples.is_enough() || ready.again(LEAST_ROUNDS) > stop.remaining() {
                break;
            }
            ready = self.set_up(ready.asked)?.0;
        }
        let rows = samples.rows(
            &ready.setup.candidates,
            size,
            cache,
            self.model.workload.throughput,
        );
        if rows.is_empty() {
            return Err(if stop.is_interrupted() {
                Halt::Workload("interrupted".to_owned())
            } else {
                let pairs = samples.pairs();
                Halt::Size(format!(
                    "time for {pairs} pairs only, and a figure takes {MIN_PAIRS}"
                ))
            });
        }
        self.rows.extend(rows);
        Ok(())
    }

    /// What is missing at the size that was asked for, if something is.
    pub(crate) fn shortfall(&self) -> Option<Shortfall> {
        self.shortfall
    }

    /// The rows in order of size, and whether everything that was made is removed.
    pub(crate) fn finish(self) -> (Vec<Measurement>, anyhow::Result<()>) {
        let path = self.scratch.path().to_owned();
        let removed = self
            .scratch
            .close()
            .with_context(|| format!("cannot remove {} (remove it by hand)", path.display()));
        (self.rows, removed)
    }

    /// Sets the workload up at growing sizes until the target, or the time a run may take, is reached.
    fn ready(&mut self, target: u64, stop: Stop<'_>) -> Result<Ready, Halt> {
        let longest_run = if self.is_beyond_usual(target) {
            LONGEST_RUN_ASKED_FOR
        } else {
            LONGEST_RUN
        };
        let fitting = |load: Load| load.fitting(stop.remaining(), longest_run);
        let first = self.load.map_or(FIRST, |load| fitting(load).max(load.size));
        let mut size = target.min(first);
        let mut shrunk = false;
        loop {
            if stop.is_interrupted() {
                return Err(Halt::Workload("interrupted".to_owned()));
            }
            if stop.remaining().is_zero() {
                return Err(Halt::Workload(format!(
                    "{target} bytes: the budget was spent before"
                )));
            }
            self.check_room(size)?;
            let (ready, load) = self.set_up(size)?;
            self.load = Some(load);
            let next = target.min(fitting(load));
            let grow = size < target && !shrunk && (next == target || next >= 2 * size);
            // Not below the size where each climb begins, and once: two sizes must not take turns.
            let shrink = size > FIRST && !shrunk && next < size / 2;
            if !grow && !shrink {
                return Ok(ready);
            }
            remove(&ready.directory)?;
            shrunk = shrink;
            size = if shrink { next.max(FIRST) } else { next };
        }
    }

    /// Sets the workload up and compares the answers of its candidates.
    fn set_up(&mut self, size: u64) -> Result<(Ready, Load), Halt> {
        let start = Instant::now();
        let failed = |doing: &str, error: io::Error| Halt::Workload(format!("{doing}: {error}"));
        let unmade = |error| failed("the input cannot be made", error);
        let directory = scratch::part(self.scratch.path()).map_err(unmade)?;
        let mut setup = self
            .contest
            .set_up(self.model, &directory, size)
            .map_err(unmade)?;
        let mut times = Vec::with_capacity(setup.candidates.len());
        let mut expected = None;
        for candidate in &mut setup.candidates {
            let (time, answer) = candidate
                .answer()
                .map_err(|error| failed(&candidate.method, error))?;
            if *expected.get_or_insert(answer) != answer {
                self.rows.clear();
                return Err(Halt::Workload(format!(
                    "no figures: {} gives another answer than the pattern",
                    candidate.method
                )));
            }
            times.push(time);
        }
        let cost = start.elapsed();
        let least = *self.least_setup.get_or_insert(cost);
        let load = Load {
            size,
            slowest: times.iter().copied().max().unwrap_or_default(),
            together: times.iter().sum(),
            setup: cost.saturating_sub(least),
        };
        Ok((
            Ready {
                asked: size,
                setup,
                times,
                cost,
                directory,
            },
            load,
        ))
    }

    /// Whether a size is larger than all that are measured when nothing is asked for.
    fn is_beyond_usual(&self, size: u64) -> bool {
        let usual = self.model.workload.sizes.up_to(None);
        usual.last().is_some_and(|largest| size > *largest)
    }

    /// Whether the disk and the memory hold what a size needs: input and output, and both again in memory.
    fn check_room(&self, size: u64) -> Result<(), Halt> {
        let needed = size.saturating_mul(4).saturating_add(RESERVE);
        // What others take meanwhile shows in the second alone.
        let memory = [self.environment.memory_limit_bytes, memory_left()];
        for (what, bytes) in [
            ("disk space", self.environment.file_system.available_bytes),
            ("memory", memory.into_iter().flatten().min()),
        ] {
            if let Some(bytes) = bytes
                && bytes < needed
            {
                return Err(Halt::Workload(format!(
                    "{} needs {} of {what}, and there is {}: name another directory or a smaller size",
                    units::size(size),
                    units::size(needed),
                    units::size(bytes)
                )));
            }
        }
        Ok(())
    }
}

/// Removes what a setup made, so that sizes do not add up on the disk.
fn remove(directory: &Path) -> Result<(), Halt> {
    fs::remove_dir_all(directory)
        .with_context(|| format!("cannot remove {}", directory.display()))
        .map_err(|error| Halt::Workload(format!("{error:#}")))
}

//! Takes the times of candidates, interleaved, until their ratios are known well enough or the time is over.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use model::{Cache, Measurement, Ratio};

use crate::statistics::{self, Random};
use crate::workload::{Candidate, Role};

/// Pairs below which a ratio is not told.
pub(crate) const MIN_PAIRS: usize = 5;
/// Times that the input is made anew.
const BLOCKS: usize = 5;
/// Blocks below which an interval is not believed to be as narrow as it looks.
const BLOCKS_TO_STOP: usize = 3;
/// Pairs of a block below which it is not left for being precise.
const PAIRS_IN_BLOCK: usize = 5;
/// Pairs of all blocks after which more of them tell nothing new.
const MAX_PAIRS: usize = 200;
/// Half-width of an interval, as a share of its median, at which sampling stops.
const PRECISION: f64 = 0.03;
/// Shorter samples are repeated up to this time: a clock tick or an interrupt would show in them.
pub(crate) const SHORTEST_SAMPLE: Duration = Duration::from_millis(1);
/// However short one run is, a sample has no more of them.
const MAX_REPEATS: u128 = 1000;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop<'a> {
    /// No round begins after this.
    pub(crate) deadline: Instant,
    /// Set from outside when the user interrupts.
    pub(crate) interrupted: &'a AtomicBool,
}

impl Stop<'_> {
    /// Whether the user interrupted.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Time until the deadline; none if the user interrupted.
    pub(crate) fn remaining(&self) -> Duration {
        if self.is_interrupted() {
            return Duration::ZERO;
        }
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// The times that candidates took at one size: rounds, in blocks between which the input was made anew.
///
/// Where a file lies on the disk, in the page cache and in memory differs from one making to the next, and holds for all
/// rounds on it: several blocks are what lets an interval tell of it.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    /// Nanoseconds of one run, by block, round and candidate.
    blocks: Vec<Vec<Vec<f64>>>,
}

impl Samples {
    /// Samples all candidates of a new setup in rounds of changing order, until a block is full, all is known well enough, or
    /// the time is over.
    ///
    /// `estimates` are times of one run of each candidate; `before` runs before each sample, outside its time. The last
    /// round is dropped when an interrupt cuts it.
    ///
    /// # Errors
    /// The first error of a candidate, or of `before`.
    pub(crate) fn add_block(
        &mut self,
        candidates: &mut [Candidate],
        estimates: &[Duration],
        shortest: Duration,
        stop: Stop<'_>,
        mut before: impl FnMut() -> io::Result<()>,
    ) -> io::Result<()> {
        let repeats: Vec<u128> = estimates
            .iter()
            .map(|once| {
                shortest
                    .as_nanos()
                    .div_ceil(once.as_nanos().max(1))
                    .clamp(1, MAX_REPEATS)
            })
            .collect();
        let mut random = Random::new(candidates.len() as u64 + self.blocks.len() as u64);
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        self.blocks.push(Vec::new());
        let mut rounds = 0;
        while rounds < MAX_PAIRS / BLOCKS && !stop.remaining().is_zero() {
            random.shuffle(&mut order);
            let mut round = vec![0.0; candidates.len()];
            for index in &order {
                if stop.is_interrupted() {
                    return Ok(());
                }
                before()?;
                let mut elapsed = Duration::ZERO;
                for _ in 0..repeats[*index] {
                    elapsed += candidates[*index].time()?;
                }
                // A clock too coarse for one run must not lead to a division by zero.
                round[*index] = elapsed.as_nanos().max(1) as f64 / repeats[*index] as f64;
            }
            if let Some(block) = self.blocks.last_mut() {
                block.push(round);
            }
            rounds += 1;
            if rounds >= PAIRS_IN_BLOCK && rounds.is_multiple_of(5) && self.is_precise() {
                break;
            }
        }
        Ok(())
    }

    /// Rounds in all.
    pub(crate) fn pairs(&self) -> usize {
        self.blocks.iter().map(Vec::len).sum()
    }

    /// Whether no further block would tell anything new.
    pub(crate) fn is_enough(&self) -> bool {
        self.blocks.len() >= BLOCKS || (self.blocks.len() >= BLOCKS_TO_STOP && self.is_precise())
    }

    /// Blocks that are yet to come, if nothing ends them early.
    pub(crate) fn blocks_left(&self) -> u32 {
        BLOCKS.saturating_sub(self.blocks.len()) as u32
    }

    fn is_precise(&self) -> bool {
        let candidates = self.blocks.iter().flatten().next().map_or(0, Vec::len);
        (1..candidates).all(|index| statistics::spread(self.ratio(index)) <= PRECISION)
    }

    /// The ratio of the baseline to a candidate, as far as this run knows it.
    fn ratio(&self, candidate: usize) -> Ratio {
        let ratios = |block: &Vec<Vec<f64>>| {
            let rounds = block.iter();
            rounds.map(|round| round[0] / round[candidate]).collect()
        };
        let blocks: Vec<Vec<f64>> = self.blocks.iter().map(ratios).collect();
        statistics::ratio_of_blocks(&blocks)
    }

    /// One row per candidate; none when there are too few rounds.
    pub(crate) fn rows(
        &self,
        candidates: &[Candidate],
        size: u64,
        cache: Cache,
        throughput: bool,
    ) -> Vec<Measurement> {
        if self.pairs() < MIN_PAIRS {
            return Vec::new();
        }
        let row = |(index, candidate): (usize, &Candidate)| {
            let rounds = self.blocks.iter().flatten();
            let mut times: Vec<f64> = rounds.map(|round| round[index]).collect();
            let time = statistics::median(&mut times);
            Measurement {
                method: candidate.method.clone().into_owned(),
                is_baseline: candidate.role == Role::Baseline,
                is_suggested: candidate.role == Role::Suggested,
                size,
                cache,
                time_ns: time.round() as u64,
                bytes_per_second: throughput.then_some(size as f64 / time * 1e9),
                ratio: if index == 0 {
                    Ratio {
                        median: 1.0,
                        low: 1.0,
                        high: 1.0,
                    }
                } else {
                    statistics::between_runs(self.ratio(index), candidate.in_threads)
                },
                samples: u32::try_from(self.pairs()).unwrap_or(u32::MAX),
            }
        };
        candidates.iter().enumerate().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    fn counted(role: Role, runs: &Rc<Cell<u32>>) -> Candidate {
        let runs = runs.clone();
        Candidate::new(role, "counted", move || {
            runs.set(runs.get() + 1);
            Ok(0_u64)
        })
    }

    fn ratio_of(low: f64, median: f64, high: f64) -> Ratio {
        Ratio { median, low, high }
    }

    fn stop(interrupted: &AtomicBool) -> Stop<'_> {
        Stop {
            deadline: Instant::now() + Duration::from_secs(3600),
            interrupted,
        }
    }

    /// Blocks of rounds in which the pattern takes `ratio` times as long as the rewrite.
    fn samples(blocks: &[&[(f64, f64)]]) -> Samples {
        let round = |(time, ratio): &(f64, f64)| vec![*time, time / ratio];
        Samples {
            blocks: blocks
                .iter()
                .map(|block| block.iter().map(round).collect())
                .collect(),
        }
    }

    fn two() -> [Candidate; 2] {
        let runs = Rc::new(Cell::new(0));
        [
            counted(Role::Baseline, &runs),
            counted(Role::Suggested, &runs),
        ]
    }

    #[test]
    fn an_interrupt_ends_sampling_before_the_next_sample() {
        let runs = Rc::new(Cell::new(0));
        let mut candidates = [
            counted(Role::Baseline, &runs),
            counted(Role::Suggested, &runs),
        ];
        let interrupted = AtomicBool::new(true);
        let mut samples = Samples::default();
        samples
            .add_block(
                &mut candidates,
                &[Duration::from_secs(1); 2],
                SHORTEST_SAMPLE,
                stop(&interrupted),
                || Ok(()),
            )
            .unwrap();
        assert_eq!((samples.pairs(), runs.get()), (0, 0));
    }

    #[test]
    fn every_candidate_is_sampled_in_every_round() {
        let runs = [Rc::new(Cell::new(0)), Rc::new(Cell::new(0))];
        let mut candidates = [
            counted(Role::Baseline, &runs[0]),
            counted(Role::Suggested, &runs[1]),
        ];
        let interrupted = AtomicBool::new(false);
        let estimates = [Duration::from_secs(1), Duration::from_micros(250)];
        let mut samples = Samples::default();
        let mut before = 0;
        samples
            .add_block(
                &mut candidates,
                &estimates,
                SHORTEST_SAMPLE,
                stop(&interrupted),
                || {
                    before += 1;
                    Ok(())
                },
            )
            .unwrap();
        let rounds = samples.pairs();
        assert!((PAIRS_IN_BLOCK..=MAX_PAIRS / BLOCKS).contains(&rounds));
        assert_eq!(runs[0].get() as usize, rounds);
        assert_eq!(
            runs[1].get() as usize,
            4 * rounds,
            "a short run is repeated"
        );
        assert_eq!(before, 2 * rounds, "before each sample");
    }

    #[test]
    fn rows_compare_round_by_round() {
        // The machine gets ten times slower in the middle; the ratio does not see it.
        let samples = samples(&[&[
            (10.0, 4.0),
            (10.0, 4.0),
            (10.0, 4.0),
            (100.0, 4.0),
            (100.0, 4.0),
        ]]);
        let rows = samples.rows(&two(), 1000, Cache::Cold, true);
        assert_eq!(rows[0].ratio, ratio_of(1.0, 1.0, 1.0));
        assert_eq!(rows[1].ratio.median, 4.0);
        assert_eq!(rows[0].time_ns, 10);
        assert_eq!(rows[0].bytes_per_second, Some(1e11));
        assert!(rows[0].is_baseline && rows[1].is_suggested);
        assert_eq!((rows[1].samples, rows[1].cache), (5, Cache::Cold));
    }

    #[test]
    fn blocks_that_differ_make_the_interval_wide_however_many_rounds_they_have() {
        let low = [(10.0, 2.0); 40];
        let high = [(10.0, 3.0); 40];
        let samples = samples(&[&low, &high, &low, &high]);
        let ratio = samples.ratio(1);
        assert!(ratio.low <= 2.0 && ratio.high >= 3.0, "{ratio:?}");
        assert!(!samples.is_enough());
    }

    #[test]
    fn alike_blocks_are_enough() {
        let block = [(10.0, 2.0); PAIRS_IN_BLOCK];
        assert!(!samples(&[&block, &block]).is_enough());
        assert!(samples(&[&block, &block, &block]).is_enough());
    }

    #[test]
    fn too_few_rounds_give_no_figure() {
        let round = (1.0, 1.0);
        assert!(
            samples(&[&[round; MIN_PAIRS - 1]])
                .rows(&two(), 1, Cache::Warm, true)
                .is_empty()
        );
        assert_eq!(
            samples(&[&[round; 2], &[round; MIN_PAIRS - 2]])
                .rows(&two(), 1, Cache::Warm, true)
                .len(),
            2
        );
    }
}

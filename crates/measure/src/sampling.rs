//! Takes the times of candidates, interleaved, until their ratios are known well enough or the time is over.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use model::{Cache, Measurement, Ratio};

use crate::statistics::{self, Random};
use crate::workload::{Candidate, Role};

/// Pairs below which a ratio is not told.
pub(crate) const MIN_PAIRS: usize = 5;
/// Pairs below which an interval is not believed to be as narrow as it looks.
const PAIRS_TO_STOP: usize = 10;
/// Pairs after which more of them tell nothing new.
const MAX_PAIRS: usize = 200;
/// Half-width of an interval, as a share of its median, at which sampling stops.
const PRECISION: f64 = 0.05;
/// Shorter samples are repeated up to this time: a clock tick or an interrupt would show in them.
const SHORTEST_SAMPLE: Duration = Duration::from_millis(1);
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

/// Samples all candidates in rounds of changing order: nanoseconds of one run, by round and candidate.
///
/// `estimates` are times of one run of each candidate. The last round is dropped when an interrupt cuts it.
///
/// # Errors
/// The first error of a candidate.
pub(crate) fn rounds(
    candidates: &mut [Candidate],
    estimates: &[Duration],
    stop: Stop<'_>,
) -> io::Result<Vec<Vec<f64>>> {
    let repeats: Vec<u128> = estimates
        .iter()
        .map(|once| {
            SHORTEST_SAMPLE
                .as_nanos()
                .div_ceil(once.as_nanos().max(1))
                .min(MAX_REPEATS)
        })
        .collect();
    let mut random = Random::new(candidates.len() as u64);
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let mut rounds = Vec::new();
    while rounds.len() < MAX_PAIRS && !stop.remaining().is_zero() {
        random.shuffle(&mut order);
        let mut round = vec![0.0; candidates.len()];
        for index in &order {
            if stop.is_interrupted() {
                return Ok(rounds);
            }
            let mut elapsed = Duration::ZERO;
            for _ in 0..repeats[*index] {
                elapsed += candidates[*index].time()?;
            }
            // A clock too coarse for one run must not lead to a division by zero.
            round[*index] = elapsed.as_nanos().max(1) as f64 / repeats[*index] as f64;
        }
        rounds.push(round);
        let look = rounds.len() >= PAIRS_TO_STOP && rounds.len().is_multiple_of(5);
        if look && (1..candidates.len()).all(|index| ratio(&rounds, index).1 <= PRECISION) {
            break;
        }
    }
    Ok(rounds)
}

/// The ratio of the baseline to a candidate, and its spread.
fn ratio(rounds: &[Vec<f64>], candidate: usize) -> (Ratio, f64) {
    let ratios: Vec<f64> = rounds
        .iter()
        .map(|round| round[0] / round[candidate])
        .collect();
    let ratio = statistics::ratio(&ratios);
    (ratio, statistics::spread(ratio))
}

/// One row per candidate; none when there are too few rounds.
pub(crate) fn rows(
    candidates: &[Candidate],
    rounds: &[Vec<f64>],
    size: u64,
    throughput: bool,
) -> Vec<Measurement> {
    if rounds.len() < MIN_PAIRS {
        return Vec::new();
    }
    let row = |(index, candidate): (usize, &Candidate)| {
        let mut times: Vec<f64> = rounds.iter().map(|round| round[index]).collect();
        let time = statistics::median(&mut times);
        Measurement {
            method: candidate.method.to_owned(),
            is_baseline: candidate.role == Role::Baseline,
            is_suggested: candidate.role == Role::Suggested,
            size,
            cache: Cache::Warm,
            time_ns: time.round() as u64,
            bytes_per_second: throughput.then_some(size as f64 / time * 1e9),
            ratio: ratio(rounds, index).0,
            samples: u32::try_from(rounds.len()).unwrap_or(u32::MAX),
        }
    };
    candidates.iter().enumerate().map(row).collect()
}

/// Whether the interval is too wide to say on which side of 1 the ratio lies.
pub(crate) fn is_unclear(ratio: Ratio) -> bool {
    ratio.low <= 1.0 && 1.0 <= ratio.high && statistics::spread(ratio) > 2.0 * PRECISION
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

    #[test]
    fn an_interrupt_ends_sampling_before_the_next_sample() {
        let runs = Rc::new(Cell::new(0));
        let mut candidates = [
            counted(Role::Baseline, &runs),
            counted(Role::Suggested, &runs),
        ];
        let interrupted = AtomicBool::new(true);
        let deadline = Instant::now() + Duration::from_secs(3600);
        let stop = Stop {
            deadline,
            interrupted: &interrupted,
        };
        let rounds = rounds(&mut candidates, &[Duration::from_secs(1); 2], stop).unwrap();
        assert_eq!((rounds.len(), runs.get()), (0, 0));
    }

    #[test]
    fn every_candidate_is_sampled_in_every_round() {
        let runs = [Rc::new(Cell::new(0)), Rc::new(Cell::new(0))];
        let mut candidates = [
            counted(Role::Baseline, &runs[0]),
            counted(Role::Suggested, &runs[1]),
        ];
        let interrupted = AtomicBool::new(false);
        let deadline = Instant::now() + Duration::from_secs(3600);
        let stop = Stop {
            deadline,
            interrupted: &interrupted,
        };
        let estimates = [Duration::from_secs(1), Duration::from_micros(250)];
        let rounds = rounds(&mut candidates, &estimates, stop).unwrap();
        assert!((PAIRS_TO_STOP..=MAX_PAIRS).contains(&rounds.len()));
        assert_eq!(runs[0].get() as usize, rounds.len());
        assert_eq!(
            runs[1].get() as usize,
            4 * rounds.len(),
            "a short run is repeated"
        );
    }

    #[test]
    fn rows_compare_round_by_round() {
        let runs = Rc::new(Cell::new(0));
        let candidates = [
            counted(Role::Baseline, &runs),
            counted(Role::Suggested, &runs),
        ];
        // The machine gets ten times slower in the middle; the ratio does not see it.
        let rounds: Vec<Vec<f64>> = [10.0, 10.0, 10.0, 100.0, 100.0]
            .iter()
            .map(|time| vec![*time, time / 4.0])
            .collect();
        let rows = rows(&candidates, &rounds, 1000, true);
        assert_eq!(rows[0].ratio, ratio_of(1.0, 1.0, 1.0));
        assert_eq!(rows[1].ratio, ratio_of(4.0, 4.0, 4.0));
        assert_eq!(rows[0].time_ns, 10);
        assert_eq!(rows[0].bytes_per_second, Some(1e11));
        assert!(rows[0].is_baseline && rows[1].is_suggested);
    }

    #[test]
    fn too_few_rounds_give_no_figure() {
        let runs = Rc::new(Cell::new(0));
        let candidates = [counted(Role::Baseline, &runs)];
        assert!(rows(&candidates, &vec![vec![1.0]; MIN_PAIRS - 1], 1, true).is_empty());
        assert_eq!(
            rows(&candidates, &vec![vec![1.0]; MIN_PAIRS], 1, true).len(),
            1
        );
    }

    #[test]
    fn a_wide_interval_around_one_is_unclear_and_others_are_not() {
        assert!(is_unclear(ratio_of(0.7, 1.0, 1.4)));
        assert!(
            !is_unclear(ratio_of(0.98, 1.0, 1.02)),
            "as fast as the pattern, and known to be"
        );
        assert!(
            !is_unclear(ratio_of(40.0, 80.0, 120.0)),
            "faster by far, whatever the figure"
        );
    }
}

//! What a size takes, and which one fits.

use std::time::Duration;

use crate::units;

/// The longest a run of any candidate should take.
pub(super) const LONGEST_RUN: Duration = Duration::from_millis(200);
/// The same at a size that the user asked for and that is not measured otherwise.
pub(super) const LONGEST_RUN_ASKED_FOR: Duration = Duration::from_secs(3);
/// Rounds that must fit into the time for a size.
const ROUNDS: u32 = 8;
/// The part of the time for a size that is planned with.
const PLANNED: f64 = 0.8;
/// Inputs that must fit into it besides: rounds on one alone tell nothing of others.
const INPUTS: u32 = 2;

/// What a size takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) size: u64,
    /// The longest run of a candidate.
    pub(super) slowest: Duration,
    /// A run of every candidate.
    pub(super) together: Duration,
    /// Making the input and comparing the answers, without what that takes at any size.
    pub(super) setup: Duration,
}

impl Load {
    /// The size at which runs and setups are as long as they may be, if they take time in proportion: a power of two.
    pub(super) fn fitting(self, time: Duration, longest_run: Duration) -> u64 {
        let used = (self.slowest.as_secs_f64() / longest_run.as_secs_f64())
            .max(self.seconds() / time.as_secs_f64());
        // Runs that are too short to be timed fit at any size; the cast saturates.
        let size = (self.size as f64 * PLANNED / used) as u64;
        1 << size.max(1).ilog2()
    }

    /// What keeps `asked` from being measured in a time in which `reached` was.
    pub(super) fn short_of(self, asked: u64, reached: u64, time: Duration) -> Shortfall {
        let factor = asked as f64 / self.size as f64;
        Shortfall {
            asked,
            reached,
            run: self.slowest.mul_f64(factor),
            times: self.seconds() * factor / PLANNED / time.as_secs_f64(),
        }
    }

    /// Seconds that measuring takes.
    fn seconds(self) -> f64 {
        (self.together * ROUNDS + self.setup * INPUTS).as_secs_f64()
    }
}

/// A size that was asked for, and is not measured otherwise, and one that was measured in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shortfall {
    asked: u64,
    reached: u64,
    /// What a run of the slowest candidate would take.
    run: Duration,
    /// How many times the time that there was it would take.
    times: f64,
}

impl Shortfall {
    /// What has to be said of it to one who gave that budget.
    pub(crate) fn reason(self, budget: Duration) -> String {
        let (asked, reached) = (units::size(self.asked), units::size(self.reached));
        if self.run > LONGEST_RUN_ASKED_FOR {
            return format!(
                "a run at {asked} would take about {:.0} s here, and one may take {} s: the largest size is {reached}",
                self.run.as_secs_f64(),
                LONGEST_RUN_ASKED_FOR.as_secs()
            );
        }
        let tens = (budget.as_secs_f64() * self.times / 10.0).ceil();
        format!(
            "there was no time for {asked}: the largest size is {reached}; `--bench-budget {:.0}s` should do",
            tens * 10.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_input_can_be_made_anew_besides() {
        let run = Duration::from_millis(1);
        let setup = Duration::from_millis(100);
        let load = Load {
            setup,
            ..load(1 << 20, run, run)
        };
        assert_eq!(
            load.fitting(2 * setup, LONGEST_RUN),
            1 << 19,
            "they just fit without the rounds"
        );
        assert_eq!(load.fitting(3 * setup, LONGEST_RUN), 1 << 20);
    }

    /// What is said of 1 GiB to one who gave a minute, if 1 MiB takes that and there were ten seconds for it.
    fn said(slowest: Duration, together: Duration) -> String {
        let shortfall =
            load(1 << 20, slowest, together).short_of(1 << 30, 1 << 27, Duration::from_secs(10));
        shortfall.reason(Duration::from_secs(60))
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
}

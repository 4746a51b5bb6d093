//! Which buffer size pays: decided from what each refill brought and took, without a clock.

use std::time::Duration;

/// The size of a buffer in bytes, found by trying: twice as large as long as that makes refills faster,
/// half as large when it does not.
///
/// The logic of [`AdaptiveBuffer`](crate::AdaptiveBuffer), which reads the clock and allocates; this only
/// counts. The same records always lead to the same size. Sizes are 64 KiB doubled or halved, from
/// [`MINIMUM`](AdaptiveSize::MINIMUM) to [`MAXIMUM`](AdaptiveSize::MAXIMUM).
///
/// The throughput of a size is the best of four refills, since what else the machine does can only slow
/// one down. A step that gains less than 5 % is taken back. Once neither a larger nor a smaller size
/// gains, the size stays, until its throughput falls to less than half or rises to more than twice what
/// it was: then the search begins anew, with smaller sizes (256 KiB first) or with larger ones.
/// Every thousand refills the next larger size is tried again.
///
/// ```
/// use io_optimize::AdaptiveSize;
/// use std::time::Duration;
/// let mut size = AdaptiveSize::new(AdaptiveSize::MAXIMUM);
/// for _ in 0..100 {
///     // Ten microseconds for each call and a nanosecond for each four bytes.
///     let bytes = size.get();
///     size.record(bytes, Duration::from_nanos(10_000 + bytes as u64 / 4));
/// }
/// assert_eq!(size.get(), 512 * 1024);
/// ```
#[derive(Debug, Clone)]
pub struct AdaptiveSize {
    size: usize,
    limit: usize,
    search: Search,
    /// Bytes per second of the best size so far, or of the size that stays.
    reference: f64,
    /// Bytes per second, the best of the refills since the last decision.
    best: f64,
    refills: u32,
}

/// What the next decision is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    /// The size that there is has no throughput yet.
    First,
    /// A step was taken: does it pay?
    Step {
        /// The size before it.
        from: usize,
        /// Where to go on if it does.
        direction: Direction,
        /// A step that does not pay leads to trying the other direction.
        may_turn: bool,
    },
    /// The size has stayed for so many decisions.
    Settled { decisions: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Grow,
    Shrink,
}

impl Direction {
    const fn other(self) -> Self {
        match self {
            Self::Grow => Self::Shrink,
            Self::Shrink => Self::Grow,
        }
    }
}

/// Refills after which a decision is taken.
const REFILLS: u32 = 4;
/// What a step must gain: less is within what equal refills differ by.
const GAIN: f64 = 1.05;
/// By how much the throughput of a settled size must change for a new search.
const CHANGE: f64 = 2.0;
/// Decisions after which a settled size tries the next larger one: that it has become fast again shows in
/// nothing else. So seldom that it costs little where that one is ten times as slow.
const RETRY_AFTER: u32 = 256;
/// Bytes. Where larger buffers have become slow, as with memory that a virtual machine must first get from
/// its host, steps of half the size may all be as slow down to here.
const CAUTIOUS: usize = 256 * 1024;
/// Bytes.
const START: usize = 64 * 1024;

impl AdaptiveSize {
    /// The smallest size: 4 KiB.
    pub const MINIMUM: usize = 4 * 1024;
    /// The largest size: 16 MiB.
    pub const MAXIMUM: usize = 16 * 1024 * 1024;

    /// Starts at 64 KiB, or at the largest size within the limit if that is less.
    ///
    /// No size will be above `limit` bytes, except that none is below
    /// [`MINIMUM`](AdaptiveSize::MINIMUM).
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let mut adaptive = Self {
            size: START,
            limit: Self::MAXIMUM,
            search: Search::First,
            reference: 0.0,
            best: 0.0,
            refills: 0,
        };
        adaptive.set_limit(limit);
        adaptive
    }

    /// The size now, in bytes.
    #[must_use]
    pub const fn get(&self) -> usize {
        self.size
    }

    /// Sets another limit; a size above it is halved until it is not.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit.clamp(Self::MINIMUM, Self::MAXIMUM);
        if self.size > self.limit {
            while self.size > self.limit {
                self.size /= 2;
            }
            self.restart(Search::First);
        }
    }

    /// Takes into account that a refill brought `bytes` and took `elapsed`, and returns the size for the
    /// next one. A refill that brought nothing does not count.
    pub fn record(&mut self, bytes: usize, elapsed: Duration) -> usize {
        if bytes == 0 {
            return self.size;
        }
        // A clock may be too coarse to see a refill at all.
        let seconds = elapsed.max(Duration::from_nanos(1)).as_secs_f64();
        self.best = self.best.max(bytes as f64 / seconds);
        self.refills += 1;
        if self.refills == REFILLS {
            self.decide(self.best);
        }
        self.size
    }

    fn decide(&mut self, throughput: f64) {
        match self.search {
            Search::First => {
                self.reference = throughput;
                self.try_direction(Direction::Grow, true);
            }
            Search::Step {
                from,
                direction,
                may_turn,
            } => {
                if throughput >= self.reference * GAIN {
                    self.reference = throughput;
                    // Where this came from is known to be slower.
                    self.try_direction(direction, false);
                } else {
                    self.size = from;
                    if may_turn {
                        self.try_direction(direction.other(), false);
                    } else {
                        self.restart(Search::Settled { decisions: 0 });
                    }
                }
            }
            Search::Settled { .. } if throughput < self.reference / CHANGE => {
                self.reference = throughput;
                if self.size > CAUTIOUS {
                    self.step_to(CAUTIOUS, Direction::Grow, true);
                } else {
                    self.try_direction(Direction::Shrink, true);
                }
            }
            Search::Settled { .. } if throughput > self.reference * CHANGE => {
                self.reference = throughput;
                self.try_direction(Direction::Grow, true);
            }
            Search::Settled {
                decisions: RETRY_AFTER,
            } => {
                self.reference = throughput;
                self.try_direction(Direction::Grow, false);
            }
            Search::Settled { decisions } => self.restart(Search::Settled {
                decisions: decisions + 1,
            }),
        }
    }

    /// Takes a step, or one in the other direction where the bounds forbid it, or none.
    fn try_direction(&mut self, direction: Direction, may_turn: bool) {
        if let Some(size) = self.stepped(direction) {
            self.step_to(size, direction, may_turn);
        } else if may_turn {
            self.try_direction(direction.other(), false);
        } else {
            self.restart(Search::Settled { decisions: 0 });
        }
    }

    fn step_to(&mut self, size: usize, direction: Direction, may_turn: bool) {
        let from = self.size;
        self.size = size;
        self.restart(Search::Step {
            from,
            direction,
            may_turn,
        });
    }

    fn stepped(&self, direction: Direction) -> Option<usize> {
        let size = match direction {
            Direction::Grow => self.size * 2,
            Direction::Shrink => self.size / 2,
        };
        (Self::MINIMUM..=self.limit).contains(&size).then_some(size)
    }

    fn restart(&mut self, search: Search) {
        self.search = search;
        self.best = 0.0;
        self.refills = 0;
    }
}

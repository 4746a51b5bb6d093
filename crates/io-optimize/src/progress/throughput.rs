//! How fast something goes, and how long it will still take.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::Progress;

/// Stands for a total that is not known.
const UNKNOWN: u64 = u64::MAX;

/// Counts what it is told of, and says from that the rate and the time that is left.
///
/// The rate is the mean since the beginning. To be looked at from another thread while the copy runs, or
/// after it.
///
/// ```
/// use io_optimize::{CopyOptions, Throughput};
/// use std::sync::Arc;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// # std::fs::write(&from, [7; 100_000])?;
/// let throughput = Arc::new(Throughput::new());
/// CopyOptions::new().progress(throughput.clone()).copy(&from, &to)?;
/// assert_eq!((throughput.bytes(), throughput.total()), (100_000, Some(100_000)));
/// println!("{throughput}"); // 0.1 of 0.1 MB, 1250.0 MB/s, 0.0 s left
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Throughput {
    started: OnceLock<Instant>,
    total: AtomicU64,
    bytes: AtomicU64,
}

impl Default for Throughput {
    fn default() -> Self {
        Self::new()
    }
}

impl Throughput {
    /// One that has been told of nothing. Time is counted from [`Progress::begin`] on.
    #[must_use]
    pub fn new() -> Self {
        Self {
            started: OnceLock::new(),
            total: AtomicU64::new(UNKNOWN),
            bytes: AtomicU64::new(0),
        }
    }

    /// How many bytes are done.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How many bytes there are, if that was known at the beginning. Several copies that are told to the
    /// same value one after the other add up.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        Some(self.total.load(Ordering::Relaxed)).filter(|&total| total != UNKNOWN)
    }

    /// Bytes a second since the beginning, or `None` before anything was done.
    #[must_use]
    pub fn bytes_per_second(&self) -> Option<f64> {
        rate(self.bytes(), self.elapsed())
    }

    /// How long the rest will take at this rate, or `None` where the total or the rate is not known.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        remaining(self.bytes(), self.total()?, self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        self.started.get().map_or(Duration::ZERO, Instant::elapsed)
    }
}

impl Progress for Throughput {
    fn begin(&self, total: Option<u64>) {
        self.started.get_or_init(Instant::now);
        let add = |before: u64| match (before, total) {
            (_, None) => UNKNOWN,
            (UNKNOWN, Some(total)) if self.bytes() == 0 => total,
            (UNKNOWN, Some(_)) => UNKNOWN,
            (before, Some(total)) => before.saturating_add(total),
        };
        let _ = self
            .total
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |before| {
                Some(add(before))
            });
    }

    fn advance(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// In MB of a million bytes, MB a second and seconds.
impl fmt::Display for Throughput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        write!(f, "{:.1}", megabytes(self.bytes()))?;
        if let Some(total) = self.total() {
            write!(f, " of {:.1}", megabytes(total))?;
        }
        f.write_str(" MB")?;
        if let Some(rate) = self.bytes_per_second() {
            write!(f, ", {:.1} MB/s", rate / 1e6)?;
        }
        if let Some(remaining) = self.remaining() {
            write!(f, ", {:.1} s left", remaining.as_secs_f64())?;
        }
        Ok(())
    }
}

fn rate(bytes: u64, elapsed: Duration) -> Option<f64> {
    (bytes > 0 && !elapsed.is_zero()).then(|| bytes as f64 / elapsed.as_secs_f64())
}

fn remaining(bytes: u64, total: u64, elapsed: Duration) -> Option<Duration> {
    let seconds = total.saturating_sub(bytes) as f64 / rate(bytes, elapsed)?;
    // Too long to be said is as good as not known.
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_its_share() {
        let second = Duration::from_secs(1);
        assert_eq!(rate(500, second), Some(500.0));
        assert_eq!(remaining(500, 2000, second), Some(3 * second));
        assert_eq!(remaining(2500, 2000, second), Some(Duration::ZERO));
    }

    #[test]
    fn without_a_rate_nothing_is_said() {
        assert_eq!(rate(0, Duration::from_secs(1)), None);
        assert_eq!(rate(1, Duration::ZERO), None);
        assert_eq!(remaining(0, 10, Duration::from_secs(1)), None);
        assert_eq!(remaining(1, u64::MAX, Duration::MAX), None);
    }

    #[test]
    fn totals_add_up_until_one_is_not_known() {
        let throughput = Throughput::new();
        assert_eq!(throughput.total(), None);
        throughput.begin(Some(10));
        throughput.advance(10);
        throughput.begin(Some(5));
        assert_eq!(throughput.total(), Some(15));
        throughput.begin(None);
        throughput.begin(Some(5));
        assert_eq!((throughput.bytes(), throughput.total()), (10, None));
    }
}

//! What was measured on this host.

use crate::Finding;

/// Names a model of a pattern: the rule and, where a rule has several, which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkloadId {
    /// The rule's name.
    pub rule: &'static str,
    /// Which of the rule's models, for example `json-read`; every rule has at least `default`.
    pub variant: &'static str,
    /// Bytes of one operation of the pattern, or of its buffer, where the code says so and the model can be made with it: a power
    /// of two, so that findings that are nearly alike share their figures.
    pub piece: Option<u32>,
}

impl WorkloadId {
    /// The model as it is without any finding.
    #[must_use]
    pub const fn new(rule: &'static str, variant: &'static str) -> Self {
        Self {
            rule,
            variant,
            piece: None,
        }
    }

    /// The same in pieces of about so many bytes, if that is known.
    #[must_use]
    pub fn in_pieces(self, bytes: Option<u64>) -> Self {
        let nearest = |bytes: u64| {
            let below = 1 << bytes.clamp(1, 1 << 30).ilog2();
            if bytes - below > below / 2 {
                2 * below
            } else {
                below
            }
        };
        let piece = bytes.map(|bytes| nearest(bytes.clamp(1, 1 << 30)) as u32);
        Self { piece, ..self }
    }

    /// Its name in data and in words: `unbuffered_read/default`, or `unbuffered_read/default-4` in pieces of 4 bytes.
    #[must_use]
    pub fn name(&self) -> String {
        match self.piece {
            None => format!("{}/{}", self.rule, self.variant),
            Some(bytes) => format!("{}/{}-{bytes}", self.rule, self.variant),
        }
    }
}

/// Whether the data was in the page cache when the clock started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cache {
    /// In the page cache.
    Warm,
    /// Dropped from the page cache before each sample.
    Cold,
}

/// Time of the baseline divided by time of the candidate: the median over interleaved pairs with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The median.
    pub median: f64,
    /// Lower end of the 95 % bootstrap interval.
    pub low: f64,
    /// Upper end of the 95 % bootstrap interval.
    pub high: f64,
}

impl Ratio {
    /// Half the width of the interval, as a share of the median, from which on a ratio that may be 1 says nothing.
    const TOO_WIDE: f64 = 0.1;

    /// Whether there is too much noise to say on which side of 1 the ratio lies, or that it is near it.
    #[must_use]
    pub fn is_unclear(&self) -> bool {
        let holds_one = self.low <= 1.0 && 1.0 <= self.high;
        holds_one && (self.high - self.low) / 2.0 / self.median > Self::TOO_WIDE
    }
}

/// One way to do the work of a workload, at one size.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The way, as a reader would name it, for example `serde_json::from_reader(BufReader)`.
    pub method: String,
    /// Whether it is the pattern itself, to which the ratios are taken.
    pub is_baseline: bool,
    /// Whether it is what the rule's fix turns the pattern into.
    pub is_suggested: bool,
    /// Bytes of data the work was done on.
    pub size: u64,
    /// State of the page cache.
    pub cache: Cache,
    /// Median time in nanoseconds.
    pub time_ns: u64,
    /// Bytes of data per second at the median, where bytes are what counts.
    pub bytes_per_second: Option<f64>,
    /// Against the baseline of the same size; of the baseline itself, 1.
    pub ratio: Ratio,
    /// Pairs measured.
    pub samples: u32,
}

/// What one workload said, for every size and candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The model that ran.
    pub workload: WorkloadId,
    /// What the model does, with the versions of the crates it was built with.
    pub description: String,
    /// One row per size and method.
    pub measurements: Vec<Measurement>,
    /// Whether the rows come from this host's cache.
    pub cached: bool,
    /// Why there is no figure, or only an unclear one.
    pub note: Option<String>,
}

impl Outcome {
    /// The one of the model of a finding.
    #[must_use]
    pub fn of<'a>(finding: &Finding, outcomes: &'a [Self]) -> Option<&'a Self> {
        let model = finding.workload?;
        outcomes.iter().find(|outcome| outcome.workload == model)
    }
}

/// The figure that stands beside a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Headline {
    /// The model that was measured.
    pub workload: WorkloadId,
    /// The way that was measured, as a reader would name it.
    pub method: String,
    /// Bytes of data.
    pub size: u64,
    /// Median time of the pattern, in nanoseconds.
    pub baseline_ns: u64,
    /// Median time of the rewrite, in nanoseconds.
    pub optimized_ns: u64,
    /// How many times faster the rewrite is.
    pub ratio: Ratio,
    /// Pairs measured.
    pub samples: u32,
    /// State of the page cache.
    pub cache: Cache,
    /// Whether the whole interval lies above the gain that the user asks for.
    pub worth_it: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_interval_around_one_is_unclear_and_others_are_not() {
        let ratio = |low, median, high| Ratio { median, low, high };
        assert!(ratio(0.7, 1.0, 1.4).is_unclear());
        assert!(
            !ratio(0.98, 1.0, 1.02).is_unclear(),
            "as fast as the pattern, and known to be"
        );
        assert!(
            !ratio(40.0, 80.0, 120.0).is_unclear(),
            "faster by far, whatever the figure"
        );
    }

    #[test]
    fn pieces_are_rounded_to_the_nearest_power_of_two() {
        let model = WorkloadId::new("small_buffer", "default");
        let rounded = |bytes| model.in_pieces(Some(bytes)).piece;
        let pieces = [0, 1, 3, 4, 5, 6, 7, 100, 1000, 1 << 40].map(rounded);
        assert_eq!(pieces, [1, 1, 2, 4, 4, 4, 8, 128, 1024, 1 << 30].map(Some));
        assert_eq!(model.in_pieces(None), model);
        assert_eq!(model.in_pieces(Some(4)).name(), "small_buffer/default-4");
    }
}

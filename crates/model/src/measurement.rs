//! What was measured on this host.

/// Names a model of a pattern: the rule and, where a rule has several, which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkloadId {
    /// The rule's name.
    pub rule: &'static str,
    /// Which of the rule's models, for example `json-read`; every rule has at least `default`.
    pub variant: &'static str,
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

/// The figure that stands beside a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Headline {
    /// The model that was measured.
    pub workload: WorkloadId,
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

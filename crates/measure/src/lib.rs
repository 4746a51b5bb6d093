//! What patterns and their rewrites cost on this host: preflight of the host, models of the patterns, interleaved
//! sampling, medians with intervals, and a cache of the figures. It knows nothing of source code.

mod alone;
mod cache;
mod cold;
mod data;
pub mod emit;
mod host;
mod ladder;
mod libraries;
mod preflight;
mod run;
mod sampling;
mod scratch;
mod statistics;
mod units;
mod workload;
mod workloads;

pub use alone::alone;
pub use host::{host, strategies};
pub use libraries::{Library, libraries};
pub use preflight::preflight;
pub use run::{Options, Progress, against_itself, headline, headline_of, measure};
pub use statistics::{median, ratio};
pub use workloads::{is_alias, workloads};

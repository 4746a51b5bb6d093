//! How many threads run at once.

use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::thread;

/// As many as [`thread::available_parallelism`] says, or one. Asked once: the answer takes a look at
/// several files.
pub(crate) fn processors() -> usize {
    static ANSWER: OnceLock<usize> = OnceLock::new();
    *ANSWER.get_or_init(|| thread::available_parallelism().map_or(1, NonZeroUsize::get))
}

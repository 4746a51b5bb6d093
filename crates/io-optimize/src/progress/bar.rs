//! Progress on a terminal.

use indicatif::ProgressBar;

use super::Progress;

/// With the feature `indicatif`: the length is set at the beginning where it is known, and what is done is
/// added. Style and end of the bar stay the caller's.
///
/// ```
/// use io_optimize::CopyOptions;
/// use std::sync::Arc;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// # std::fs::write(&from, [7; 100_000])?;
/// let bar = indicatif::ProgressBar::no_length();
/// # bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
/// CopyOptions::new().progress(Arc::new(bar.clone())).copy(&from, &to)?;
/// assert_eq!((bar.position(), bar.length()), (100_000, Some(100_000)));
/// bar.finish();
/// # Ok(())
/// # }
/// ```
impl Progress for ProgressBar {
    fn begin(&self, total: Option<u64>) {
        if let Some(total) = total {
            self.set_length(total);
        }
    }

    fn advance(&self, bytes: u64) {
        self.inc(bytes);
    }
}

//! How a file is to be copied, and the choice of the backend.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

#[cfg(target_os = "linux")]
use super::linux;
use super::monitor::Monitor;
use super::portable;
use super::report::{CopyReport, Strategy};
use crate::failure::Failure;
use crate::progress::{CancelToken, Progress};

/// How to copy, where the default is not wanted.
///
/// ```
/// use io_optimize::{CopyOptions, Strategy};
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// # std::fs::write(&from, "text")?;
/// let report = CopyOptions::new().strategy(Strategy::Std).copy(&from, &to)?;
/// assert_eq!(report.strategy, Strategy::Std);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct CopyOptions {
    pub(super) strategy: Option<Strategy>,
    pub(super) workers: usize,
    progress: Option<Arc<dyn Progress>>,
    cancel: Option<CancelToken>,
}

impl fmt::Debug for CopyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyOptions")
            .field("strategy", &self.strategy)
            .field("workers", &self.workers)
            .field("progress", &self.progress.as_ref().map(|_| ".."))
            .field("cancel", &self.cancel)
            .finish()
    }
}

impl CopyOptions {
    /// The options of [`copy`]: the system's ladder from its top.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Copies by this strategy or not at all: nothing is chosen by size and nothing falls back,
    /// except that a source which seems to end early is read on to be sure of it.
    ///
    /// Meant for measurements and tests. Where the strategy does not work for these files, the copy
    /// fails with the system's error, the destination already emptied; where this system has no such
    /// strategy at all, with [`Unsupported`](io::ErrorKind::Unsupported) and nothing changed.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = Some(strategy);
        self
    }

    /// How many threads [`Strategy::Positioned`] uses, this one counted; 0, the default, for as many as
    /// were measured to pay: one up to 8 MiB, then as many as there are processors, at most 4.
    ///
    /// 1 keeps the whole copy on this thread, as is right where many files are copied at the same time.
    /// There are never more than the file has stretches of 4 MiB, nor more than 64, and fewer where the
    /// system gives no more threads. The other strategies use one thread whatever is asked for.
    ///
    /// ```
    /// use io_optimize::{CopyOptions, Strategy};
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
    /// # std::fs::write(&from, "text")?;
    /// let report = CopyOptions::new().workers(1).copy(&from, &to)?;
    /// assert_eq!(report.bytes, 4);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Who is told how far the copy has come.
    ///
    /// Copies that the kernel makes are made in slices of a few MiB then. A reflink is one step.
    #[must_use]
    pub fn progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = Some(progress);
        self
    }

    /// What ends the copy early, from another thread, a signal handler or [`Progress::advance`].
    ///
    /// The copy then fails as by an error in its middle; [`CopyError::is_cancelled`] tells it from others.
    ///
    /// [`CopyError::is_cancelled`]: crate::CopyError::is_cancelled
    #[must_use]
    pub fn cancel(mut self, token: CancelToken) -> Self {
        self.cancel = Some(token);
        self
    }

    /// What the copy reports to and asks between two steps.
    pub(super) fn monitor(&self) -> Monitor<'_> {
        Monitor::new(self.progress.as_deref(), self.cancel.as_ref())
    }

    /// Copies `from` to `to` with these options.
    ///
    /// # Errors
    /// Those of [`copy`], and those of [`CopyOptions::strategy`].
    pub fn copy<P: AsRef<Path>, Q: AsRef<Path>>(&self, from: P, to: Q) -> io::Result<CopyReport> {
        let (from, to) = (from.as_ref(), to.as_ref());
        self.run(from, to)
            .map_err(|failure| failure.naming(from, to))
    }

    #[cfg(target_os = "linux")]
    fn run(&self, from: &Path, to: &Path) -> Result<CopyReport, Failure> {
        match self.strategy {
            Some(Strategy::Std) => portable::copy(from, to, self),
            _ => linux::copy(from, to, self),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn run(&self, from: &Path, to: &Path) -> Result<CopyReport, Failure> {
        match self.strategy {
            None | Some(Strategy::Std) => portable::copy(from, to, self),
            Some(other) => Err(Failure::new(
                "this system has no such strategy",
                io::Error::new(io::ErrorKind::Unsupported, other.name()),
            )),
        }
    }
}

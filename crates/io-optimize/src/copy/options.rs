//! How a file is to be copied, and the choice of the backend.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

#[cfg(target_os = "linux")]
use super::linux as system;
#[cfg(target_os = "macos")]
use super::macos as system;
#[cfg(target_os = "linux")]
use super::manner::Manner;
use super::manner::{Cache, Replace, Sparse};
use super::monitor::Monitor;
use super::portable;
use super::preserve::Preserve;
use super::report::{CopyReport, Strategy};
#[cfg(windows)]
use super::windows as system;
use crate::calibrate::{Calibration, WorthIt};
use crate::failure::Failure;
use crate::progress::{CancelToken, Progress};
use crate::workers::Workers;
use crate::write::Durability;

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
#[derive(Clone)]
pub struct CopyOptions {
    pub(super) strategy: Option<Strategy>,
    pub(super) workers: Workers,
    calibration: Option<(WorthIt, WorthIt)>,
    pub(super) preserve: Preserve,
    pub(super) sparse: Sparse,
    pub(super) durability: Durability,
    pub(super) replace: Replace,
    pub(super) cache: Cache,
    progress: Option<Arc<dyn Progress>>,
    cancel: Option<CancelToken>,
}

impl Default for CopyOptions {
    fn default() -> Self {
        Self {
            strategy: None,
            workers: Workers::default(),
            calibration: None,
            preserve: Preserve::default(),
            sparse: Sparse::default(),
            // Not the default of the type: a copy is as durable as one of the standard library.
            durability: Durability::None,
            replace: Replace::default(),
            cache: Cache::default(),
            progress: None,
            cancel: None,
        }
    }
}

impl fmt::Debug for CopyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyOptions")
            .field("strategy", &self.strategy)
            .field("workers", &self.workers)
            .field("calibration", &self.calibration)
            .field("preserve", &self.preserve)
            .field("sparse", &self.sparse)
            .field("durability", &self.durability)
            .field("replace", &self.replace)
            .field("cache", &self.cache)
            .field("progress", &self.progress.as_ref().map(|_| ".."))
            .field("cancel", &self.cancel)
            .finish()
    }
}

impl CopyOptions {
    /// The options of [`copy`](crate::copy()): the system's ladder from its top.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Copies by this strategy or not at all: nothing is chosen by size and nothing falls back,
    /// except that a source which seems to end early is read on to be sure of it.
    ///
    /// Meant for measurements and tests. Where the strategy does not work for these files, the copy
    /// fails with the system's error, the destination already emptied (not so by a reflink on macOS, which
    /// needs one that does not exist, or on Windows, where the volume says that it has none); where this system has no such
    /// strategy at all, with [`Unsupported`](io::ErrorKind::Unsupported) and nothing changed.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = Some(strategy);
        self
    }

    /// How many threads [`Strategy::Positioned`] uses, this one counted; 0, the default, for as many as
    /// were measured to pay: one up to 16 MiB, then as many as there are processors, at most 4. With
    /// `Workers::rayon` they are those of a pool; see [`Workers`].
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
    pub fn workers<W: Into<Workers>>(mut self, workers: W) -> Self {
        self.workers = workers.into();
        self
    }

    /// Chooses by what [`calibrate`](crate::calibrate()) measured, in place of what the crate was made with.
    ///
    /// That holds for every file system then, also those for which nothing but the kernel's own copy would
    /// have been chosen: it is for copies to where it was measured. What was unclear stays as it was.
    #[must_use]
    pub fn calibration(mut self, calibration: &Calibration) -> Self {
        self.calibration = Some((calibration.splice, calibration.workers));
        self
    }

    /// What is kept beside the contents; the permission bits unless set. See [`Preserve`].
    ///
    /// What is refused is listed in [`CopyReport::not_kept`]. Where owner, extended attributes or an
    /// access control list are kept, only the destination's owner may read it until all is set, which
    /// is also how an error leaves it that comes in between.
    #[must_use]
    pub fn preserve(mut self, preserve: Preserve) -> Self {
        self.preserve = preserve;
        self
    }

    /// What becomes of holes and of zeros; holes stay unless set. See [`Sparse`].
    #[must_use]
    pub fn sparse(mut self, sparse: Sparse) -> Self {
        self.sparse = sparse;
        self
    }

    /// What a loss of power may cost of the copy; [`Durability::None`] unless set.
    ///
    /// [`Durability::Data`] flushes the contents once they are written, [`Durability::Full`] the
    /// attributes and, on Unix, the destination's folder too. An error of the flush is an error of the
    /// copy: the contents may then be in memory only. With [`Replace::Atomically`] and
    /// [`Replace::New`] the flush comes before the copy takes its name. FIFOs, sockets and character
    /// devices are not flushed.
    ///
    /// Both flush as [`File::sync_data`](std::fs::File::sync_data) and
    /// [`sync_all`](std::fs::File::sync_all) do. On macOS both are `F_FULLFSYNC`, which has the device write
    /// out its own cache too, as `fsync` does not there; a file system that has no such flush (some network
    /// shares) makes it an error. On Windows both are `FlushFileBuffers`; a copy that is read-only, as its
    /// source is, can for a moment be written to by others while it is opened to be flushed. Sources:
    /// [fdatasync(2), fsync(2)](https://man7.org/linux/man-pages/man2/fsync.2.html),
    /// [fcntl(2)](https://keith.github.io/xcode-man-pages/fcntl.2.html),
    /// [FlushFileBuffers](https://learn.microsoft.com/en-us/windows/win32/api/fileapi/nf-fileapi-flushfilebuffers).
    ///
    /// ```
    /// use io_optimize::{CopyOptions, Durability, Replace};
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
    /// # std::fs::write(&from, "new")?;
    /// # std::fs::write(&to, "old")?;
    /// let options = CopyOptions::new().replace(Replace::Atomically);
    /// options.durability(Durability::Full).copy(&from, &to)?;
    /// assert_eq!(std::fs::read(&to)?, b"new");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// What becomes of an existing destination; it is written in place unless set. See [`Replace`].
    #[must_use]
    pub fn replace(mut self, replace: Replace) -> Self {
        self.replace = replace;
        self
    }

    /// What the copy does to the pages of other files in memory; nothing is spared unless set. See
    /// [`Cache`].
    ///
    /// ```
    /// use io_optimize::{Cache, CopyOptions};
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
    /// # std::fs::write(&from, [7; 100_000])?;
    /// # if cfg!(target_os = "linux") {
    /// CopyOptions::new().cache(Cache::Spare).copy(&from, &to)?;
    /// # assert_eq!(std::fs::read(&to)?, [7; 100_000]);
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn cache(mut self, cache: Cache) -> Self {
        self.cache = cache;
        self
    }

    /// Who is told how far the copy has come.
    ///
    /// Copies that the kernel makes are made in slices of a few MiB then. A reflink is one step, and so are
    /// `fcopyfile` and [`std::fs::copy`] where they are forced. Windows tells by `CopyFileExW`'s steps.
    #[must_use]
    pub fn progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = Some(progress);
        self
    }

    /// What ends the copy early, from another thread, a signal handler or [`Progress::advance`].
    ///
    /// The copy then fails as by an error in its middle; [`CopyError::is_cancelled`] tells it from others.
    /// On Windows the system removes the destination that `CopyFileExW` had begun.
    ///
    /// [`CopyError::is_cancelled`]: crate::CopyError::is_cancelled
    #[must_use]
    pub fn cancel(mut self, token: CancelToken) -> Self {
        self.cancel = Some(token);
        self
    }

    /// The same options, and what ends their copy besides the token that they have.
    #[cfg(feature = "tokio")]
    pub(crate) fn with_token(&self) -> (Self, CancelToken) {
        let token = self.cancel.clone().unwrap_or_default().child();
        (self.clone().cancel(token.clone()), token)
    }

    /// What the copy reports to and asks between two steps.
    pub(super) fn monitor(&self) -> Monitor<'_> {
        Monitor::new(self.progress.as_deref(), self.cancel.as_ref())
    }

    /// How the contents are to be copied, once both files are open.
    #[cfg(target_os = "linux")]
    pub(super) fn manner(&self) -> Manner<'_> {
        Manner {
            forced: self.strategy,
            workers: self.workers,
            replaces: false,
            splice: self.calibration.map(|(splice, _)| splice),
            shared: self.calibration.map(|(_, workers)| workers),
            monitor: self.monitor(),
            preserve: self.preserve,
            sparse: self.sparse,
            cache: self.cache,
        }
    }

    /// Copies `from` to `to` with these options.
    ///
    /// # Errors
    /// Those of [`copy`](crate::copy()), and those of the options. Before anything is changed:
    /// [`Unsupported`](io::ErrorKind::Unsupported) where this system, or [`Strategy::Std`], cannot do
    /// what an option asks for, and [`InvalidInput`](io::ErrorKind::InvalidInput) where
    /// [`strategy`](Self::strategy) forces another way than, on Linux, [`sparse`](Self::sparse) or
    /// [`cache`](Self::cache) needs, which is [`Strategy::Positioned`].
    pub fn copy<P: AsRef<Path>, Q: AsRef<Path>>(&self, from: P, to: Q) -> io::Result<CopyReport> {
        let (from, to) = (from.as_ref(), to.as_ref());
        self.run(from, to)
            .map_err(|failure| failure.naming(from, to))
    }

    fn run(&self, from: &Path, to: &Path) -> Result<CopyReport, Failure> {
        match self.strategy {
            Some(strategy) if !Strategy::available().contains(&strategy) => Err(Failure::new(
                "this system has no such strategy",
                io::Error::new(io::ErrorKind::Unsupported, strategy.name()),
            )),
            #[cfg(any(target_os = "linux", target_os = "macos", windows))]
            strategy if strategy != Some(Strategy::Std) => system::copy(from, to, self),
            _ => portable::copy(from, to, self, portable::by_std),
        }
    }
}

//! Copying a directory and all that is in it: the public functions, and the choice of the backend.

mod existing;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;
mod report;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub use existing::Existing;
pub use report::{TreeError, TreeNotKept, TreeReport};

use crate::copy::{Monitor, Preserve};
use crate::progress::{CancelToken, Progress};
use crate::write::Durability;

#[cfg(target_os = "linux")]
use linux as backend;
#[cfg(not(target_os = "linux"))]
use portable as backend;

/// Copies the directory `from` and all that is in it to the new directory `to`.
///
/// The two paths themselves may lead through symbolic links; within the tree none is followed.
/// `to` must not exist, or be an empty directory. What becomes of the entries:
///
/// | entry | copy |
/// |---|---|
/// | directory | directory; mode 01700 until it is filled, then the source's permission bits |
/// | file | file, permission bits and holes as [`copy`](crate::copy()) keeps them; one that cannot be copied whole is removed again |
/// | symbolic link | symbolic link with the same target, to the letter |
/// | one more hard link to a file within the tree | hard link, where the file system of the copy can; else a file of its own |
/// | FIFO | FIFO, where it may be made; else skipped |
/// | socket, device | skipped |
///
/// Permission bits do not depend on the umask. A directory that exists already keeps its own, unless
/// an earlier copy was ended while it filled it ([`Existing`]). Times, owner, access control lists and extended attributes are kept on demand ([`TreeOptions::preserve`]).
/// File systems that are mounted in the source are copied too. No order among the entries is
/// promised.
///
/// # Trees that change meanwhile
/// On Linux every entry is opened relative to its open directory and without following symbolic
/// links. Whatever is moved or replaced in the two trees, nothing is read that lies outside the
/// source and nothing is written that lies outside the destination: a directory that was replaced by
/// a symbolic link is an error of that entry. A file on which somebody holds a lease is waited for, as
/// long as the system lets them keep it (45 seconds by default); without `/proc` it is a
/// [`WouldBlock`](io::ErrorKind::WouldBlock) error. A directory that something else moves out of the tree
/// while it is copied is still copied. At most about 300 descriptors are open, and 10 for each
/// worker.
///
/// # Errors
/// The function fails where nothing can be begun, and then has changed nothing, except that the
/// empty directory `to` may remain:
/// - [`InvalidInput`](io::ErrorKind::InvalidInput): the source is no directory, or the destination
///   lies inside the source or is the source, by whatever path. A source inside a destination that
///   is merged into is copied, but a directory that would be copied onto it is an error.
/// - [`AlreadyExists`](io::ErrorKind::AlreadyExists): the destination is no directory, or is not
///   empty.
/// - What the system says to opening the source and to making the destination.
///
/// Such an error is a [`CopyError`](crate::CopyError) inside the [`io::Error`]. Whatever goes wrong
/// after that is one [`TreeError`] in [`TreeReport::errors`], and the copy goes on with the other
/// entries: the result is `Ok`, and a caller that needs the whole tree asks whether that list and
/// [`TreeReport::skipped`] are empty. [`OnError::Stop`] makes the first such error the result, and
/// [`TreeOptions::cancel`] ends the copy with an error of its own.
///
/// # Panics
/// Never by itself; a panic in a thread that it started, such as one of [`TreeOptions::progress`], is
/// passed on, and may leave a part of the file that was being copied.
///
/// # Platform differences
/// Elsewhere than on Linux one entry follows the other, by paths: the promises about trees that
/// change meanwhile do not hold there. FIFOs are skipped. Hard links are kept on Unix; symbolic
/// links are copied on Unix and on Windows, there as far as the process may make them.
///
/// # Sources
/// [openat(2)](https://man7.org/linux/man-pages/man2/openat.2.html),
/// [getdents64(2)](https://man7.org/linux/man-pages/man2/getdents.2.html),
/// [mkdirat(2)](https://man7.org/linux/man-pages/man2/mkdir.2.html),
/// [linkat(2)](https://man7.org/linux/man-pages/man2/link.2.html),
/// [symlinkat(2)](https://man7.org/linux/man-pages/man2/symlink.2.html),
/// [utimensat(2)](https://man7.org/linux/man-pages/man2/utimensat.2.html).
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// # std::fs::create_dir_all(from.join("sub"))?;
/// # std::fs::write(from.join("sub/file"), "text")?;
/// let report = io_optimize::copy_tree(&from, &to)?;
/// assert!(report.is_complete(), "{report}");
/// assert_eq!((report.directories, report.files, report.bytes), (2, 1, 4));
/// assert_eq!(std::fs::read(to.join("sub/file"))?, b"text");
/// # Ok(())
/// # }
/// ```
pub fn copy_tree<P: AsRef<Path>, Q: AsRef<Path>>(from: P, to: Q) -> io::Result<TreeReport> {
    TreeOptions::new().copy(from, to)
}

/// What an error of one entry does to the copy of the rest.
///
/// ```
/// use io_optimize::{OnError, TreeOptions};
/// let options = TreeOptions::new().on_error(OnError::Stop);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OnError {
    /// The error is listed in [`TreeReport::errors`], and the rest is copied.
    #[default]
    Collect,
    /// Nothing more is begun, and the error is the result: a [`CopyError`](crate::CopyError) with
    /// the paths of the entry. What has been copied remains.
    Stop,
}

/// How to copy a tree, where the default is not wanted.
///
/// ```
/// use io_optimize::TreeOptions;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// # std::fs::create_dir(&from)?;
/// # std::fs::write(from.join("file"), "text")?;
/// TreeOptions::new().preserve_times(true).workers(2).copy(&from, &to)?;
/// let modified = |path| std::fs::metadata(path)?.modified();
/// assert_eq!(modified(from.join("file"))?, modified(to.join("file"))?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TreeOptions {
    workers: usize,
    preserve: Preserve,
    durability: Durability,
    merge: bool,
    existing: Existing,
    on_error: OnError,
    progress: Option<Arc<dyn Progress>>,
    cancel: Option<CancelToken>,
}

impl Default for TreeOptions {
    fn default() -> Self {
        Self {
            workers: 0,
            preserve: Preserve::default(),
            durability: Durability::None,
            merge: false,
            existing: Existing::default(),
            on_error: OnError::default(),
            progress: None,
            cancel: None,
        }
    }
}

impl fmt::Debug for TreeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TreeOptions")
            .field("workers", &self.workers)
            .field("preserve", &self.preserve)
            .field("durability", &self.durability)
            .field("merge", &self.merge)
            .field("existing", &self.existing)
            .field("on_error", &self.on_error)
            .field("progress", &self.progress.as_ref().map(|_| ".."))
            .field("cancel", &self.cancel)
            .finish()
    }
}

impl TreeOptions {
    /// The options of [`copy_tree`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many threads copy, the calling one included; 0, the default, stands for
    /// [`available_parallelism`](std::thread::available_parallelism). On a device that serves many
    /// requests at once, a cold tree gains by more threads than there are processors.
    ///
    /// A small tree uses fewer. Elsewhere than on Linux there is always one.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Whether the copies get the times of last access and last modification of their sources, as
    /// far as the file system keeps them. Not so by default.
    ///
    /// Elsewhere than on Linux those of files, and on Unix those of directories.
    #[must_use]
    pub fn preserve_times(mut self, preserve: bool) -> Self {
        self.preserve = self.preserve.times(preserve);
        self
    }

    /// What is kept beside contents, the permission bits unless set. See [`Preserve`].
    ///
    /// What the destination's file system or the system's rules refuse is listed in
    /// [`TreeReport::not_kept`]. On Linux files and directories keep all of it, with a directory's
    /// default access control list; FIFOs keep no extended attributes and no lists, symbolic links
    /// their times and their owner only. Elsewhere files keep what [`CopyOptions::preserve`] says,
    /// and directories their permission bits and, on Unix, times.
    ///
    /// [`CopyOptions::preserve`]: crate::CopyOptions::preserve
    ///
    /// ```
    /// use io_optimize::{Preserve, TreeOptions};
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
    /// # std::fs::create_dir(&from)?;
    /// let preserve = Preserve::mode_only().times(true).owner(true);
    /// let report = TreeOptions::new().preserve(preserve).copy(&from, &to)?;
    /// assert!(report.not_kept.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn preserve(mut self, preserve: Preserve) -> Self {
        self.preserve = preserve;
        self
    }

    /// What a loss of power may cost; [`Durability::None`] unless set.
    ///
    /// [`Durability::Data`] and [`Durability::Full`] are the same here, on Linux: when all is copied,
    /// the whole file system of the destination is flushed once
    /// ([syncfs(2)](https://man7.org/linux/man-pages/man2/syncfs.2.html)), what others have written
    /// there included; another that is mounted within a destination that existed is not. Before
    /// Linux 5.8 errors of the device are not told. An error is one of the root in
    /// [`TreeReport::errors`]. Elsewhere each file is flushed by itself, and directories are not.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// What becomes of an entry that exists in a destination that is merged into
    /// ([`merge`](Self::merge)); unless set it is an error. See [`Existing`].
    #[must_use]
    pub fn existing(mut self, existing: Existing) -> Self {
        self.existing = existing;
        self
    }

    /// Whether the destination may be a directory with entries. Not so by default.
    ///
    /// Directories on both sides are merged and keep the permission bits and times that they have in
    /// the destination, but for those that an earlier copy did not fill ([`Existing`]). Everything else that exists there is left as it is, and is an
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) error of its entry, unless
    /// [`existing`](Self::existing) says otherwise.
    #[must_use]
    pub fn merge(mut self, merge: bool) -> Self {
        self.merge = merge;
        self
    }

    /// What an error of one entry does; by default it is collected.
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// Who is told how many bytes of files have been copied.
    ///
    /// [`Progress::begin`] is called once, without a total: to know it, the whole tree would have to
    /// be walked over and every file examined before the first is copied. A caller that knows the
    /// total gives it to its own display beforehand. [`Progress::advance`] is called by all threads,
    /// once for a file of up to 32 KiB and for each slice of a larger one, as in
    /// [`CopyOptions::progress`]. Without errors the sum is [`TreeReport::bytes`]; of a file that
    /// could not be copied whole some bytes may have been told. Further hard links and what is taken
    /// for a copy ([`Existing::SkipSame`]) count nothing.
    ///
    /// [`CopyOptions::progress`]: crate::CopyOptions::progress
    ///
    /// ```
    /// use io_optimize::{Progress, TreeOptions};
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use std::sync::Arc;
    ///
    /// #[derive(Default)]
    /// struct Bytes(AtomicU64);
    ///
    /// impl Progress for Bytes {
    ///     fn advance(&self, bytes: u64) {
    ///         self.0.fetch_add(bytes, Ordering::Relaxed);
    ///     }
    /// }
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
    /// # std::fs::create_dir(&from)?;
    /// # std::fs::write(from.join("file"), [7; 100_000])?;
    /// # std::fs::write(from.join("small"), "text")?;
    /// let bytes = Arc::new(Bytes::default());
    /// let report = TreeOptions::new().progress(bytes.clone()).copy(&from, &to)?;
    /// assert_eq!(bytes.0.load(Ordering::Relaxed), report.bytes);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = Some(progress);
        self
    }

    /// What ends the copy early, from another thread, a signal handler or [`Progress::advance`].
    ///
    /// It is asked before each entry and between the slices of a large file. The copy then fails, and
    /// [`CopyError::is_cancelled`](crate::CopyError::is_cancelled) tells it from other failures; the
    /// report is lost. If it was cancelled before it began, nothing is changed. Otherwise what was
    /// copied whole stays, files that were being copied are removed, nothing is flushed, and a second
    /// copy completes it ([`Existing::SkipSame`]). If nothing was left to do, the copy has succeeded.
    ///
    /// ```
    /// use io_optimize::{CancelToken, CopyError, TreeOptions};
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
    /// # std::fs::create_dir(&from).unwrap();
    /// let token = CancelToken::new();
    /// token.cancel(); // here, before it begins
    /// let error = TreeOptions::new().cancel(token).copy(&from, &to).unwrap_err();
    /// let details = error.get_ref().unwrap().downcast_ref::<CopyError>().unwrap();
    /// assert!(details.is_cancelled() && !to.exists());
    /// ```
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

    /// Copies the directory `from` to `to` with these options.
    ///
    /// # Errors
    /// Those of [`copy_tree`], and those of [`TreeOptions::on_error`] and [`TreeOptions::cancel`].
    pub fn copy<P: AsRef<Path>, Q: AsRef<Path>>(&self, from: P, to: Q) -> io::Result<TreeReport> {
        self.copy_by(backend::copy_tree, from.as_ref(), to.as_ref())
    }

    fn copy_by(&self, copy_tree: Backend, from: &Path, to: &Path) -> io::Result<TreeReport> {
        let mut report = Monitor::new(None, self.cancel.as_ref())
            .check()
            .and_then(|()| copy_tree(self, from, to))
            .map_err(|failure| failure.naming(from, to))?;
        if self.on_error == OnError::Stop && !report.errors.is_empty() {
            let error = report.errors.swap_remove(0);
            return Err(error.into_io_error(from, to));
        }
        // The threads come to the entries in any order.
        report.errors.sort_by(|a, b| a.path().cmp(b.path()));
        report.not_kept.sort_by(|a, b| a.path.cmp(&b.path));
        report.skipped.sort();
        Ok(report)
    }
}

/// A backend fails where nothing could be begun or the copy was cancelled; with [`OnError::Stop`] it
/// returns at the first error in its report.
type Backend =
    fn(&TreeOptions, from: &Path, to: &Path) -> Result<TreeReport, crate::failure::Failure>;

/// Tells of the bytes of all files together, not that each begins.
struct Together(Arc<dyn Progress>);

impl Progress for Together {
    fn advance(&self, bytes: u64) {
        self.0.advance(bytes);
    }
}

//! What went wrong in a copy, with both paths.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::monitor::Cancelled;
use crate::failure::Failure;

/// Why a copy failed: both paths, what was being done, and the system's error.
///
/// It is inside every [`io::Error`] that this crate's copies return. Such an error has the
/// [`kind`](io::Error::kind) of the system's error, but no
/// [`raw_os_error`](io::Error::raw_os_error) of its own: that is asked of the value here.
///
/// ```
/// let error = io_optimize::copy("no/such/file", "copy").unwrap_err();
/// let details = error.get_ref().unwrap().downcast_ref::<io_optimize::CopyError>().unwrap();
/// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
/// assert_eq!(details.from().to_str(), Some("no/such/file"));
/// assert!(details.io_error().raw_os_error().is_some());
/// ```
#[derive(Debug)]
pub struct CopyError {
    from: PathBuf,
    to: PathBuf,
    failure: Failure,
}

impl CopyError {
    /// The path that was to be copied, as it was given.
    #[must_use]
    pub fn from(&self) -> &Path {
        &self.from
    }

    /// The path that was to be written, as it was given.
    #[must_use]
    pub fn to(&self) -> &Path {
        &self.to
    }

    /// The error as it came from the system, or from this crate where it refused.
    #[must_use]
    pub fn io_error(&self) -> &io::Error {
        self.failure.error()
    }

    /// Whether the copy was ended by a [`CancelToken`](crate::CancelToken).
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.failure.is_cancelled()
    }
}

impl fmt::Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (problem, error) = (self.failure.problem(), self.failure.error());
        let (from, to) = (self.from.display(), self.to.display());
        write!(f, "cannot copy `{from}` to `{to}`: {problem}: {error}")
    }
}

/// Without a source: the system's error is part of the text already.
impl Error for CopyError {}

impl Failure {
    /// Both paths lead to one file, of which nothing has been changed.
    pub(super) fn same_file() -> Self {
        Self::new(
            "they are one file",
            io::Error::new(io::ErrorKind::InvalidInput, "nothing was changed"),
        )
    }

    /// The source is no file.
    pub(super) fn directory() -> Self {
        Self::new(
            "the source is a directory",
            io::Error::new(io::ErrorKind::InvalidInput, "give the path of a file"),
        )
    }

    /// Whether it is the end that a token brought about, of this copy or of one inside it.
    pub(crate) fn is_cancelled(&self) -> bool {
        let Some(inner) = self.error().get_ref() else {
            return false;
        };
        let copy = inner.downcast_ref::<CopyError>();
        inner.is::<Cancelled>() || copy.is_some_and(CopyError::is_cancelled)
    }

    /// The error for callers, in which this failure is a [`CopyError`].
    pub(crate) fn naming(self, from: &Path, to: &Path) -> io::Error {
        let kind = self.error().kind();
        io::Error::new(
            kind,
            CopyError {
                from: from.to_path_buf(),
                to: to.to_path_buf(),
                failure: self,
            },
        )
    }
}

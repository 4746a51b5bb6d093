//! What went wrong in a copy, with both paths.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

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
        &self.failure.error
    }
}

impl fmt::Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { problem, error } = &self.failure;
        let (from, to) = (self.from.display(), self.to.display());
        write!(f, "cannot copy `{from}` to `{to}`: {problem}: {error}")
    }
}

/// Without a source: the system's error is part of the text already.
impl Error for CopyError {}

/// A failure before it is told which paths it belongs to.
#[derive(Debug)]
pub(crate) struct Failure {
    problem: &'static str,
    error: io::Error,
}

impl Failure {
    /// `problem` completes "cannot copy a to b: …".
    pub(crate) fn new(problem: &'static str, error: impl Into<io::Error>) -> Self {
        Self {
            problem,
            error: error.into(),
        }
    }

    /// The same as a function, for `map_err`.
    pub(crate) fn while_<E: Into<io::Error>>(problem: &'static str) -> impl Fn(E) -> Self {
        move |error| Self::new(problem, error)
    }

    /// Both paths lead to one file, of which nothing has been changed.
    pub(crate) fn same_file() -> Self {
        Self::new(
            "they are one file",
            io::Error::new(io::ErrorKind::InvalidInput, "nothing was changed"),
        )
    }

    /// What was being done, as it completes "cannot copy a to b: …".
    pub(crate) fn problem(&self) -> &'static str {
        self.problem
    }

    /// The error as it came from the system, or from this crate where it refused.
    pub(crate) fn error(&self) -> &io::Error {
        &self.error
    }

    /// The error for callers, in which this failure is a [`CopyError`].
    pub(crate) fn naming(self, from: &Path, to: &Path) -> io::Error {
        let kind = self.error.kind();
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

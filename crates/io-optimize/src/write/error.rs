//! What went wrong in writing a file, with its path.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Why a file could not be written: its path, what was being done, and the system's error.
///
/// It is inside every [`io::Error`] of [`atomic_write`](crate::atomic_write) and
/// [`sync_all`](crate::sync_all). Such an error has the [`kind`](io::Error::kind) of the system's
/// error, but no [`raw_os_error`](io::Error::raw_os_error) of its own: that is asked of the value here.
///
/// ```
/// let error = io_optimize::atomic_write("no/such/folder/file", |_| Ok(())).unwrap_err();
/// let details = error.get_ref().unwrap().downcast_ref::<io_optimize::WriteError>().unwrap();
/// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
/// assert_eq!(details.path().to_str(), Some("no/such/folder/file"));
/// assert!(details.io_error().raw_os_error().is_some());
/// ```
#[derive(Debug)]
pub struct WriteError {
    path: PathBuf,
    failure: Failure,
}

impl WriteError {
    /// The path that was to be written, as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The error as it came from the system or from the caller's function, or from this crate where
    /// it refused.
    #[must_use]
    pub fn io_error(&self) -> &io::Error {
        self.failure.error()
    }

    /// The error for callers.
    pub(crate) fn naming(path: &Path, failure: Failure) -> io::Error {
        let kind = failure.error().kind();
        let path = path.to_path_buf();
        io::Error::new(kind, Self { path, failure })
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (problem, error) = (self.failure.problem(), self.failure.error());
        let path = self.path.display();
        write!(f, "cannot write `{path}`: {problem}: {error}")
    }
}

/// Without a source: the system's error is part of the text already.
impl Error for WriteError {}

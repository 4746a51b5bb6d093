//! What went wrong in reading a file, with its path.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file could not be read: its path and the system's error.
///
/// It is inside every [`io::Error`] that the functions of this crate which read a file by its path
/// return. Such an error has the [`kind`](io::Error::kind) of the system's error, but no
/// [`raw_os_error`](io::Error::raw_os_error) of its own: that is asked of the value here.
///
/// ```
/// let error = io_optimize::read("no/such/file").unwrap_err();
/// let details = error.get_ref().unwrap().downcast_ref::<io_optimize::ReadError>().unwrap();
/// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
/// assert_eq!(details.path().to_str(), Some("no/such/file"));
/// assert!(details.io_error().raw_os_error().is_some());
/// ```
#[derive(Debug)]
pub struct ReadError {
    path: PathBuf,
    error: io::Error,
}

impl ReadError {
    /// The path that was to be read, as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The error as it came from the system, or from this crate where it refused.
    #[must_use]
    pub fn io_error(&self) -> &io::Error {
        &self.error
    }

    /// The error with the path that it belongs to, of the same kind.
    pub(crate) fn naming(path: &Path, error: io::Error) -> io::Error {
        let kind = error.kind();
        let path = path.to_path_buf();
        io::Error::new(kind, Self { path, error })
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read `{}`: {}", self.path.display(), self.error)
    }
}

/// Without a source: the system's error is part of the text already.
impl Error for ReadError {}

//! What went wrong with a file that is read at offsets: which file, and where in it.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file could not be opened or read: its path, the offset, and the system's error.
///
/// It is inside every [`io::Error`] that [`RandomAccessFile`](crate::RandomAccessFile) returns. Such
/// an error has the [`kind`](io::Error::kind) of the system's error, but no
/// [`raw_os_error`](io::Error::raw_os_error) of its own: that is asked of the value here.
///
/// ```
/// use io_optimize::{RandomAccessError, RandomAccessFile};
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("short");
/// # std::fs::write(&path, "four")?;
/// let file = RandomAccessFile::open(&path)?;
/// let error = file.read_exact_at(1, &mut [0; 10]).unwrap_err();
/// let details = error.get_ref().unwrap().downcast_ref::<RandomAccessError>().unwrap();
/// assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
/// assert_eq!(details.path(), Some(path.as_path()));
/// assert_eq!(details.offset(), Some(4));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RandomAccessError {
    path: Option<PathBuf>,
    offset: Option<u64>,
    error: io::Error,
}

impl RandomAccessError {
    /// The path as it was given, if the file was opened by one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Where the first byte lies that could not be read, in bytes from the start of the file; nothing
    /// where the file could not be opened or its length not be asked.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.offset
    }

    /// The error as it came from the system, or from this crate where it refused or the file ended.
    #[must_use]
    pub fn io_error(&self) -> &io::Error {
        &self.error
    }

    /// As the error that the crate's functions return.
    pub(super) fn wrap(path: Option<&Path>, offset: Option<u64>, error: io::Error) -> io::Error {
        let kind = error.kind();
        let path = path.map(Path::to_path_buf);
        io::Error::new(
            kind,
            Self {
                path,
                offset,
                error,
            },
        )
    }
}

impl fmt::Display for RandomAccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.offset {
            Some(_) => "cannot read ",
            None => "cannot open or examine ",
        })?;
        match &self.path {
            Some(path) => write!(f, "`{}`", path.display())?,
            None => f.write_str("the file")?,
        }
        if let Some(offset) = self.offset {
            write!(f, " at offset {offset}")?;
        }
        write!(f, ": {}", self.error)
    }
}

/// Without a source: the system's error is part of the text already.
impl Error for RandomAccessError {}

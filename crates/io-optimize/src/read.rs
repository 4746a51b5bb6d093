//! Reading a whole file into memory.

mod error;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

pub use error::ReadError;

/// Reads the whole file into a new vector, as [`std::fs::read`] does, with errors that name the path.
///
/// Memory is set aside for the length that the metadata states, and the file is read to its end
/// whatever that length was: files of `/proc` and `/sys`, which state none or a wrong one, and files
/// that grow or are truncated meanwhile give what the system reads. A FIFO or a device is read to its
/// end; opening a FIFO waits for a writer.
///
/// For many files in turn use [`read_into`]: most of the time that a large file takes is the
/// system's, for fresh memory.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("a");
/// # std::fs::write(&path, "text")?;
/// assert_eq!(io_optimize::read(&path)?, b"text");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Every error is a [`ReadError`] inside the [`io::Error`]; its kind is that of the system's error.
/// - [`OutOfMemory`](io::ErrorKind::OutOfMemory): there is no memory for the length that the metadata
///   states.
/// - The path cannot be opened or read; a directory cannot.
///
/// # Sources
/// [read(2)](https://man7.org/linux/man-pages/man2/read.2.html),
/// [proc(5)](https://man7.org/linux/man-pages/man5/proc.5.html).
pub fn read<P: AsRef<Path>>(path: P) -> io::Result<Vec<u8>> {
    let path = path.as_ref();
    fs::read(path).map_err(|error| ReadError::naming(path, error))
}

/// Reads the whole file into `buffer`, whose former contents are dropped and whose memory is used
/// again, and returns the file's length in bytes.
///
/// Memory is only asked for where the buffer's capacity is too small. Else it does what [`read`]
/// does. The capacity never shrinks: a buffer that has held a large file keeps that much.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let paths = ["a", "b"].map(|name| directory.path().join(name));
/// # for path in &paths { std::fs::write(path, "text")?; }
/// let mut buffer = Vec::new();
/// for path in &paths {
///     assert_eq!(io_optimize::read_into(path, &mut buffer)?, 4);
///     assert_eq!(buffer, b"text");
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`read`]. The buffer then holds what was read before the error.
pub fn read_into<P: AsRef<Path>>(path: P, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let path = path.as_ref();
    buffer.clear();
    // The file itself, not a reader around it: only `File` sizes the buffer from the metadata.
    File::open(path)
        .and_then(|mut file| file.read_to_end(buffer))
        .map_err(|error| ReadError::naming(path, error))
}

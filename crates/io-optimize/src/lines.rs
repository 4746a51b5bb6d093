//! Reading a file by lines, in turn or split over threads, without an allocation per line; and by
//! chunks, split over threads in the same way.

mod chunks;
mod invalid_utf8;
mod newlines;
mod parallel;
mod ranges;
mod reader;
mod word;

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

pub use chunks::{fold_chunks, for_each_chunk};
pub use invalid_utf8::InvalidUtf8;
pub use newlines::count_newlines;
pub use parallel::{count_lines, fold_lines};
pub use reader::LineReader;

/// How many bytes a read asks for, where nothing else is said: larger ones gain little and leave the
/// processor's second-level cache.
const BUFFER_LENGTH: usize = 256 * 1024;

/// Calls `each` with every line of the file in turn, until it breaks or fails.
///
/// What a line is, and what kinds of files may be read, says [`LineReader`], whose
/// [`next_line`](LineReader::next_line) does the same in a loop of the caller's own.
///
/// ```
/// use std::ops::ControlFlow;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("a");
/// # std::fs::write(&path, "one\ntwo\r\n\nfour")?;
/// let mut before_the_gap = Vec::new();
/// io_optimize::for_each_line(&path, |line| {
///     if line.is_empty() {
///         return Ok(ControlFlow::Break(()));
///     }
///     before_the_gap.push(line.len());
///     Ok(ControlFlow::Continue(()))
/// })?;
/// assert_eq!(before_the_gap, [3, 3]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// - Those of [`LineReader::open`] and [`LineReader::next_line`], with a
///   [`ReadError`](crate::ReadError) inside.
/// - What `each` returns, as it is.
pub fn for_each_line<P, F>(path: P, each: F) -> io::Result<()>
where
    P: AsRef<Path>,
    F: FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
{
    LineReader::open(path)?.for_each(each)
}

/// Reads once, again for as long as a signal comes in between.
fn read_uninterrupted<R: io::Read>(source: &mut R, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

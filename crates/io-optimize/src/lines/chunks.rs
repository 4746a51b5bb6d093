//! All bytes of one file in chunks, on several threads.

use std::fs::File;
use std::io;
use std::path::Path;

use super::ranges::{fold_ranges, split, RangeReader};
use super::{read_uninterrupted, BUFFER_LENGTH};
use crate::buffers::with_buffer;
use crate::read::ReadError;
use crate::workers::Workers;

/// Folds all bytes of a file into one value, chunk by chunk, on several threads.
///
/// The file is split into as many ranges of the same length as there are workers. Each worker starts with
/// `init()` and calls `fold` with every chunk of its range in turn: where it begins, in bytes from the
/// start of the file, and its bytes. Then `merge` appends the values to the first one in the order of
/// the file. Chunks have up to 256 KiB, never none, and lie one behind the other: together they are
/// the file. Where one ends says nothing: what is searched can begin in one and end in the next, also
/// in the next worker's.
///
/// `workers` is the number of threads, the calling one included; 0 means as many as
/// [`available_parallelism`](std::thread::available_parallelism) says, and `Workers::rayon` those of a
/// pool ([`Workers`]). It is an upper limit: files below 1 MiB and whatever is no regular file (a FIFO, a
/// device) are read by the calling thread alone, and no worker gets less than 64 KiB.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("a");
/// # std::fs::write(&path, [1, 2, 3, 255])?;
/// let sum = io_optimize::fold_chunks(
///     &path,
///     0,
///     || 0,
///     |sum, _offset, chunk| *sum += chunk.iter().map(|&byte| u64::from(byte)).sum::<u64>(),
///     |sum, other| *sum += other,
/// )?;
/// assert_eq!(sum, 261);
/// # Ok(())
/// # }
/// ```
///
/// # A file that changes meanwhile
/// What is appended is read by the last worker. Where the file is truncated, the chunks end early.
///
/// # Errors
/// Every error is a [`ReadError`] inside the [`io::Error`], with the kind of the system's error: the
/// first in the order of the file, reported when all workers are done.
///
/// # Panics
/// Where `init`, `fold` or `merge` does, with the same payload, when all workers are done.
///
/// # Platform differences
/// Unix (`pread`) and Windows (`ReadFile` with an offset) split files; other systems read with the
/// calling thread alone.
///
/// # Sources
/// [pread(2)](https://man7.org/linux/man-pages/man2/pread.2.html).
pub fn fold_chunks<P, W, T, I, F, M>(
    path: P,
    workers: W,
    init: I,
    fold: F,
    mut merge: M,
) -> io::Result<T>
where
    P: AsRef<Path>,
    W: Into<Workers>,
    T: Send,
    I: Fn() -> T + Sync,
    F: Fn(&mut T, u64, &[u8]) + Sync,
    M: FnMut(&mut T, T),
{
    let (path, workers) = (path.as_ref(), workers.into());
    let mut run = || {
        let file = File::open(path)?;
        let positions = split(&file, workers)?;
        if positions.is_empty() {
            return fold_source(&file, 0, &init, &fold);
        }
        let work = |range: RangeReader<'_>| {
            let offset = range.offset();
            fold_source(range, offset, &init, &fold)
        };
        fold_ranges(&file, &positions, workers, &init, work, &mut merge)
    };
    run().map_err(|error| ReadError::naming(path, error))
}

/// Calls `each` with all bytes of a file, chunk by chunk, on several threads, and returns how many bytes
/// that were.
///
/// `each` is told where the chunk begins, in bytes from the start of the file, and is called by all
/// workers at once, each with the chunks of its own part of the file in turn: over all of the file there
/// is no order. Chunks and `workers` are those of [`fold_chunks`], which puts results together in order.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("a");
/// # std::fs::write(&path, "text without an end")?;
/// let spaces = AtomicU64::new(0);
/// let length = io_optimize::for_each_chunk(&path, 0, |_offset, chunk| {
///     let found = chunk.iter().filter(|&&byte| byte == b' ').count();
///     spaces.fetch_add(found as u64, Ordering::Relaxed);
/// })?;
/// assert_eq!((spaces.into_inner(), length), (3, 19));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`fold_chunks`]. `each` has then been called for some of the chunks.
///
/// # Panics
/// Where `each` does, as [`fold_chunks`].
pub fn for_each_chunk<P, W, F>(path: P, workers: W, each: F) -> io::Result<u64>
where
    P: AsRef<Path>,
    W: Into<Workers>,
    F: Fn(u64, &[u8]) + Sync,
{
    let count = |bytes: &mut u64, offset: u64, chunk: &[u8]| {
        each(offset, chunk);
        *bytes += chunk.len() as u64;
    };
    fold_chunks(path, workers, || 0, count, |bytes, more| *bytes += more)
}

/// Folds what the source reads, whose first byte lies at `offset`.
fn fold_source<R, T, I, F>(mut source: R, mut offset: u64, init: &I, fold: &F) -> io::Result<T>
where
    R: io::Read,
    I: Fn() -> T,
    F: Fn(&mut T, u64, &[u8]),
{
    let mut value = init();
    with_buffer(BUFFER_LENGTH, |buffer| loop {
        let length = read_uninterrupted(&mut source, buffer)?;
        if length == 0 {
            return Ok(value);
        }
        fold(&mut value, offset, &buffer[..length]);
        offset += length as u64;
    })
}

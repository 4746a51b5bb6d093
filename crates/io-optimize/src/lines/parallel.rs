//! Lines of one file on several threads.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::ops::ControlFlow;
use std::path::Path;

use super::chunks::fold_chunks;
use super::newlines::count_newlines;
use super::ranges::{align_to_lines, fold_ranges, split};
use super::reader::LineReader;
use crate::read::ReadError;
use crate::workers::Workers;

/// Folds all lines of a file into one value, on several threads.
///
/// The file is split at ends of lines into as many ranges as there are workers. Each worker starts
/// with `init()` and calls `fold` with every line of its range in turn; then `merge` appends the
/// values to the first one in the order of the file. Where `init` gives a neutral element of `merge`,
/// the outcome is that of one worker, whatever their number. Lines are those of [`LineReader`].
///
/// `workers` is the number of threads, the calling one included; 0 means as many as
/// [`available_parallelism`](std::thread::available_parallelism) says, and `Workers::rayon` those of a
/// pool ([`Workers`]). It is an upper limit: files below 1 MiB and whatever is no regular file (a FIFO, a
/// device) are read by the calling thread alone, and no worker gets less than 64 KiB. Each worker has a buffer of 256 KiB and, where all
/// keep up, `fold` is called by all at once.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("a");
/// # std::fs::write(&path, "3\n4\n5")?;
/// let sum = io_optimize::fold_lines(
///     &path,
///     0,
///     || 0,
///     |sum, line| {
///         if let Ok(number) = String::from_utf8_lossy(line).parse::<u64>() {
///             *sum += number;
///         }
///     },
///     |sum, other| *sum += other,
/// )?;
/// assert_eq!(sum, 12);
/// # Ok(())
/// # }
/// ```
///
/// # A file that changes meanwhile
/// What is appended is read by the last worker. What is overwritten or truncated can give lines that
/// neither the old nor the new contents have.
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
pub fn fold_lines<P, W, T, I, F, M>(
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
    F: Fn(&mut T, &[u8]) + Sync,
    M: FnMut(&mut T, T),
{
    let (path, workers) = (path.as_ref(), workers.into());
    let mut run = || {
        let file = File::open(path)?;
        let positions = split(&file, workers)?;
        let is_positioned = !positions.is_empty();
        let positions = align_to_lines(&file, positions)?;
        if positions.is_empty() {
            if is_positioned {
                // Windows moves the cursor with every positioned read.
                (&file).rewind()?;
            }
            return fold_source(&file, &init, &fold);
        }
        let work = |source| fold_source(source, &init, &fold);
        fold_ranges(&file, &positions, workers, &init, work, &mut merge)
    };
    run().map_err(|error| ReadError::naming(path, error))
}

fn fold_source<R, T, I, F>(source: R, init: &I, fold: &F) -> io::Result<T>
where
    R: Read,
    I: Fn() -> T,
    F: Fn(&mut T, &[u8]),
{
    let mut value = init();
    LineReader::new(source).for_each(|line| {
        fold(&mut value, line);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(value)
}

/// Counts the lines of a file, on as many threads as the system can run at once.
///
/// It is the number of lines that [`LineReader`] lends: other than with `wc -l`, a last line without
/// an end is one. Files are split as by [`fold_lines`], except that no worker gets less than 512 KiB.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("a");
/// # std::fs::write(&path, "one\ntwo\nthree")?;
/// assert_eq!(io_optimize::count_lines(&path)?, 3);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`fold_lines`].
pub fn count_lines<P: AsRef<Path>>(path: P) -> io::Result<u64> {
    let count = |count: &mut Count, _: u64, chunk: &[u8]| {
        count.append(Count {
            newlines: count_newlines(chunk),
            last_byte: chunk.last().copied(),
        });
    };
    Ok(fold_chunks(path, 0, Count::default, count, Count::append)?.lines())
}

/// What is known of the lines of a part of a file, wherever it begins.
#[derive(Default)]
struct Count {
    newlines: u64,
    last_byte: Option<u8>,
}

impl Count {
    fn append(&mut self, next: Self) {
        self.newlines += next.newlines;
        self.last_byte = next.last_byte.or(self.last_byte);
    }

    fn lines(&self) -> u64 {
        let has_open_line = self.last_byte.is_some_and(|byte| byte != b'\n');
        self.newlines + u64::from(has_open_line)
    }
}

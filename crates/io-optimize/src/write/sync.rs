//! Flushing many files to the device, their waits overlapped.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::error::WriteError;
use crate::failure::Failure;

/// The threads do nothing but wait for the device, so their number has nothing to do with that of the
/// processors. Journalling file systems put the waits that coincide into one commit.
const MOST_THREADS: usize = 16;

/// Flushes these files to the device, as one [`File::sync_all`] after the other does, but in less time.
///
/// Up to 16 threads wait for the device at once, which lets the file system answer several waits with
/// one commit of its journal. Once the call has returned without an error, the content and the
/// attributes of every file survive a loss of power. The names of new files do so on Unix only if their
/// folders are among the paths.
///
/// # Errors
/// All files are tried; the error is that of the first file in order that failed, as a
/// [`WriteError`](crate::WriteError) with its path inside the [`io::Error`].
/// A failed flush is final: the system may have dropped what it could not write, and a second call may
/// succeed nevertheless. Write the file anew.
///
/// # Platform differences
/// Folders can be flushed on Unix only. Windows needs write access to the files.
///
/// # Source
/// [fsync(2)](https://man7.org/linux/man-pages/man2/fsync.2.html).
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// let paths = [1, 2, 3].map(|number| directory.path().join(number.to_string()));
/// for path in &paths {
///     std::fs::write(path, "text")?;
/// }
/// io_optimize::sync_all(&paths)?;
/// # Ok(())
/// # }
/// ```
pub fn sync_all<I>(paths: I) -> io::Result<()>
where
    I: IntoIterator,
    I::Item: AsRef<Path>,
{
    let paths: Vec<PathBuf> = paths
        .into_iter()
        .map(|path| path.as_ref().to_path_buf())
        .collect();
    for_each_at_once(&paths, |path| {
        let flushed = match open(path) {
            Ok(file) => file
                .sync_all()
                .map_err(Failure::while_("cannot flush it to the device")),
            Err(error) => Err(Failure::new("cannot open it", error)),
        };
        flushed.map_err(|failure| WriteError::naming(path, failure))
    })
}

/// Flushes these open files to the device as [`sync_all`] does.
///
/// # Errors
/// All files are tried; the error is the system's for the first file in order that failed.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (a, b) = (directory.path().join("a"), directory.path().join("b"));
/// let files = [std::fs::File::create(a)?, std::fs::File::create(b)?];
/// io_optimize::sync_all_files(&files)?;
/// # Ok(())
/// # }
/// ```
pub fn sync_all_files<'a>(files: impl IntoIterator<Item = &'a File>) -> io::Result<()> {
    let files: Vec<&File> = files.into_iter().collect();
    for_each_at_once(&files, |file| file.sync_all())
}

/// Flushing wants a handle that may write on Windows; elsewhere any will do, and folders cannot be
/// opened for writing.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let writing = OpenOptions::new().write(true).clone();
    if cfg!(windows) {
        return writing.open(path);
    }
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => writing.open(path),
        result => result,
    }
}

/// Calls the function for every item, on several threads; returns the error of the first in order.
fn for_each_at_once<T: Sync>(
    items: &[T],
    call: impl Fn(&T) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let first_error: Mutex<Option<(usize, io::Error)>> = Mutex::new(None);
    let work = || loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(item) = items.get(index) else {
            return;
        };
        if let Err(error) = call(item) {
            let mut first = first_error.lock().unwrap_or_else(PoisonError::into_inner);
            if first.as_ref().map_or(true, |(other, _)| index < *other) {
                *first = Some((index, error));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..items.len().min(MOST_THREADS) {
            // The threads that there are, at least this one, do the work of one that cannot start.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let first = first_error
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    first.map_or(Ok(()), |(_, error)| Err(error))
}

//! With the feature `tokio`: files within asynchronous code, without holding up its other tasks.
//!
//! Each function runs the whole job as one task of tokio's pool for blocking work
//! ([`spawn_blocking`](::tokio::task::spawn_blocking)) and waits for it. That is one change of threads
//! for a job, where `tokio::fs` makes one for every call of the system. [`CopyOptions::copy_async`],
//! [`TreeOptions::copy_async`] and [`AtomicWriteOptions::write_async`] take options, and [`blocking`] runs
//! all else in this way.
//!
//! Results and errors are those of the functions of the same name in the root of the crate. The pool
//! takes on as many jobs as it has threads, 512 unless the runtime was built otherwise, and the others
//! wait; a caller that starts thousands of copies at once does well to wait for some of them first.
//!
//! ```
//! use std::io::Write;
//! # fn main() -> std::io::Result<()> {
//! # let directory = tempfile::tempdir()?;
//! # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! io_optimize::asynchronous::atomic_write(&from, |writer| writer.write_all(b"text")).await?;
//! assert_eq!(io_optimize::asynchronous::copy(&from, &to).await?, 4);
//! assert_eq!(io_optimize::asynchronous::read(&to).await?, b"text");
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! # When the future is dropped
//! A job that has not begun is not begun. One that has goes on in the pool, as nothing can end a call of
//! the system: a copy of a file or a tree fails at its next step, as by [`CancelToken::cancel`], lines end
//! at the next one, and everything else goes on to its end. Nobody is told of the outcome, and a runtime that is
//! dropped waits for it. Nothing happens before the future is polled for the first time.
//!
//! # Errors
//! Beside those that each function names, an error of kind [`Other`](io::ErrorKind::Other) where the
//! runtime was shut down before the job began.
//!
//! # Panics
//! All of these futures panic where they are polled outside a runtime of tokio or where the system has
//! no thread for its pool, as `spawn_blocking` does, and pass on the panic of a function that they were
//! given, with the same payload.

mod options;

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::panic;
use std::path::Path;
use std::sync::Arc;

use ::tokio::task::{self, JoinHandle};

use crate::copy::CopyOptions;
use crate::progress::CancelToken;
use crate::random_access::{RandomAccessFile, ReadRequest};
use crate::tree::{TreeOptions, TreeReport};
use crate::write::{AtomicWriteOptions, BufferedWriter};

/// Runs `job` in tokio's pool for blocking work, and returns what it returns.
///
/// It is for whole jobs, from the first call of the system to the last. In a runtime whose other tasks
/// must go on, what computes for long belongs elsewhere: the pool has far more threads than there are
/// processors.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("a");
/// # std::fs::write(&path, "one\ntwo\n")?;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let lines = io_optimize::asynchronous::blocking(|| io_optimize::count_lines(path)).await?;
/// assert_eq!(lines, 2);
/// # Ok(())
/// # })
/// # }
/// ```
///
/// # Errors
/// Those of `job`, and that of [the module](self).
///
/// # Panics
/// Where `job` does, and as [the module](self) says.
pub async fn blocking<T, F>(job: F) -> io::Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> io::Result<T> + Send + 'static,
{
    ended_by(CancelToken::new(), job).await
}

/// Runs the job, and cancels the token if nobody waits for it any more.
async fn ended_by<T, F>(token: CancelToken, job: F) -> io::Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> io::Result<T> + Send + 'static,
{
    let task = task::spawn_blocking(job);
    let mut running = Running { task, token };
    match (&mut running.task).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => panic::resume_unwind(panic),
            Err(_) => Err(io::Error::other(
                "the runtime of tokio was shut down before the work on files began",
            )),
        },
    }
}

/// A job that somebody waits for.
struct Running<T> {
    task: JoinHandle<T>,
    token: CancelToken,
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        self.token.cancel();
        // Takes it out of the queue, if it is still there.
        self.task.abort();
    }
}

/// Copies as [`copy`](crate::copy()) does. If the future is dropped, the copy fails at its next step, as
/// [`CopyOptions::copy_async`] says.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// # std::fs::write(&from, "text")?;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// assert_eq!(io_optimize::asynchronous::copy(&from, &to).await?, 4);
/// # Ok(())
/// # })
/// # }
/// ```
///
/// # Errors
/// Those of [`copy`](crate::copy()), and that of [the module](self).
///
/// # Panics
/// As [the module](self) says.
pub async fn copy<P: AsRef<Path>, Q: AsRef<Path>>(from: P, to: Q) -> io::Result<u64> {
    Ok(CopyOptions::new().copy_async(from, to).await?.bytes)
}

/// Copies a tree as [`copy_tree`](crate::copy_tree) does. If the future is dropped, the copy ends before
/// its next step, as [`TreeOptions::copy_async`] says.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// # std::fs::create_dir(&from)?;
/// # std::fs::write(from.join("file"), "text")?;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let report = io_optimize::asynchronous::copy_tree(&from, &to).await?;
/// assert!(report.is_complete(), "{report}");
/// # Ok(())
/// # })
/// # }
/// ```
///
/// # Errors
/// Those of [`copy_tree`](crate::copy_tree), and that of [the module](self).
///
/// # Panics
/// As [the module](self) says.
pub async fn copy_tree<P: AsRef<Path>, Q: AsRef<Path>>(from: P, to: Q) -> io::Result<TreeReport> {
    TreeOptions::new().copy_async(from, to).await
}

/// Reads a whole file as [`read`](crate::read()) does.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let path = tempfile::NamedTempFile::new()?;
/// # std::fs::write(&path, "text")?;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// assert_eq!(io_optimize::asynchronous::read(&path).await?, b"text");
/// # Ok(())
/// # })
/// # }
/// ```
///
/// # Errors
/// Those of [`read`](crate::read()), and that of [the module](self).
///
/// # Panics
/// As [the module](self) says.
pub async fn read<P: AsRef<Path>>(path: P) -> io::Result<Vec<u8>> {
    let path = path.as_ref().to_path_buf();
    blocking(move || crate::read(path)).await
}

/// Fills buffers as [`RandomAccessFile::read_many`] does: each from its offset, in bytes from the start of
/// the file. Returns them in the same order.
///
/// ```
/// use std::sync::Arc;
/// # fn main() -> std::io::Result<()> {
/// # let path = tempfile::NamedTempFile::new()?;
/// # std::fs::write(&path, "first second third ")?;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let file = Arc::new(io_optimize::RandomAccessFile::open(&path)?);
/// let wanted = vec![(13, vec![0; 5]), (0, vec![0; 5])];
/// let records = io_optimize::asynchronous::read_many(file, wanted).await?;
/// assert_eq!(records, [b"third", b"first"]);
/// # Ok(())
/// # })
/// # }
/// ```
///
/// # Errors
/// Those of [`RandomAccessFile::read_many`], and that of [the module](self). The buffers are gone then.
///
/// # Panics
/// As [the module](self) says.
pub async fn read_many(
    file: Arc<RandomAccessFile>,
    mut buffers: Vec<(u64, Vec<u8>)>,
) -> io::Result<Vec<Vec<u8>>> {
    blocking(move || {
        let mut requests: Vec<_> = buffers
            .iter_mut()
            .map(|(offset, buffer)| ReadRequest {
                offset: *offset,
                buffer,
            })
            .collect();
        file.read_many(&mut requests)?;
        Ok(buffers.into_iter().map(|(_, buffer)| buffer).collect())
    })
    .await
}

/// Calls `each` with every line of the file in turn, as [`for_each_line`](crate::for_each_line) does,
/// in tokio's pool: what it gives the caller goes through a channel or shared memory. If the future is
/// dropped, the line in hand is the last one.
///
/// ```
/// use std::ops::ControlFlow;
/// use std::sync::mpsc;
/// # fn main() -> std::io::Result<()> {
/// # let path = tempfile::NamedTempFile::new()?;
/// # std::fs::write(&path, "one\nthree\n")?;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let (sender, lengths) = mpsc::channel();
/// io_optimize::asynchronous::for_each_line(&path, move |line| match sender.send(line.len()) {
///     Ok(()) => Ok(ControlFlow::Continue(())),
///     Err(_) => Ok(ControlFlow::Break(())), // nobody listens any more
/// })
/// .await?;
/// assert!(lengths.into_iter().eq([3, 5]));
/// # Ok(())
/// # })
/// # }
/// ```
///
/// # Errors
/// Those of [`for_each_line`](crate::for_each_line), and that of [the module](self).
///
/// # Panics
/// Where `each` does, and as [the module](self) says.
pub async fn for_each_line<P, F>(path: P, mut each: F) -> io::Result<()>
where
    P: AsRef<Path>,
    F: FnMut(&[u8]) -> io::Result<ControlFlow<()>> + Send + 'static,
{
    let path = path.as_ref().to_path_buf();
    let token = CancelToken::new();
    let ends = token.clone();
    ended_by(token, move || {
        crate::for_each_line(path, |line| {
            if ends.is_cancelled() {
                return Ok(ControlFlow::Break(()));
            }
            each(line)
        })
    })
    .await
}

/// Writes a file as a whole as [`atomic_write`](crate::atomic_write()) does, `fill` being called in
/// tokio's pool. If the future is dropped after it has begun, the file is replaced all the same.
///
/// ```
/// use std::io::Write;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("settings");
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// io_optimize::asynchronous::atomic_write(&path, |writer| writeln!(writer, "colour = blue")).await?;
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # assert_eq!(std::fs::read_to_string(&path)?, "colour = blue\n");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`atomic_write`](crate::atomic_write()), and that of [the module](self).
///
/// # Panics
/// Where `fill` does, and as [the module](self) says.
pub async fn atomic_write<P, T, F>(path: P, fill: F) -> io::Result<T>
where
    P: AsRef<Path>,
    T: Send + 'static,
    F: FnOnce(&mut BufferedWriter<File>) -> io::Result<T> + Send + 'static,
{
    AtomicWriteOptions::new().write_async(path, fill).await
}

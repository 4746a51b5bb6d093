//! File I/O by the fastest way that the system at hand offers, falling back one step at a time.
//!
//! [`copy`] copies one file. It keeps the contract of [`std::fs::copy`] (contents, permission bits,
//! number of bytes) and departs from it where that loses data, disk space or time:
//!
//! | case | [`std::fs::copy`] | [`copy`] |
//! |---|---|---|
//! | destination is the source, by path, hard link or symbolic link | may empty the file | refused, nothing changed |
//! | holes of a sparse file | written out as zeros | stay holes (Linux) |
//! | source is a FIFO or a device | refused | read to its end, as `cp` does (Linux, macOS) |
//! | destination's permissions cannot be set | fails after emptying the destination | fails before touching it (Linux, macOS) |
//! | an error | names no path | names both paths, see [`CopyError`] |
//!
//! [`copy_with_report`] says besides which [`Strategy`] did the work and why the ones before it were
//! left. [`CopyOptions`] says what is kept beside the contents ([`Preserve`]), what becomes of holes
//! ([`Sparse`]) and of an existing destination ([`Replace`]), what a loss of power may cost
//! ([`Durability`]), and whether the page cache is spared ([`Cache`]).
//!
//! ```
//! # fn main() -> std::io::Result<()> {
//! # let directory = tempfile::tempdir()?;
//! # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
//! # std::fs::write(&from, [7; 100_000])?;
//! let report = io_optimize::copy_with_report(&from, &to)?;
//! assert_eq!(report.bytes, 100_000);
//! println!("{report}"); // 100000 bytes by copy_file_range; reflink left at byte 0: Operation not …
//! # Ok(())
//! # }
//! ```
//!
//! # Streams and ranges
//! [`io_copy`] copies from a reader to a writer, as [`std::io::copy`] does, and keeps the kernel's copy
//! under buffers, limits and [`Watched`]; what passes through this process does so in blocks of 256 KiB.
//! [`copy_range`] copies a part of one open file into another.
//!
//! # Writing
//! | instead of | use | which |
//! |---|---|---|
//! | [`std::io::BufWriter`] | [`BufferedWriter`] | writes blocks of 64 KiB, and returns the last error from [`finish`](BufferedWriter::finish) |
//! | `println!`, [`std::io::stdout`] | [`stdout`](fn@stdout) | writes blocks unless to a terminal, and does not panic |
//! | [`std::fs::write`] | [`atomic_write`] | leaves the old content or the new one, never a mix |
//! | [`File::sync_all`](std::fs::File::sync_all) in a loop | [`sync_all`] | waits for all files at once |
//!
//! # Random access
//! | need | what serves it |
//! |---|---|
//! | reads at offsets, from one thread or many | [`RandomAccessFile`] |
//! | many reads whose offsets are known beforehand | [`RandomAccessFile::read_many`] |
//! | small reads with seeks back and forth | [`SeekReader`] |
//! | blocks of a network file system or of direct I/O again and again | [`BlockCache`] |
//!
//! # Buffers
//! [`BufferPool`] lends buffers of one size, [`AdaptiveBuffer`] finds the size that pays.
//!
//! # Reading
//! [`read`], [`read_into`] and [`FileBytes`] read whole files. [`LineReader`], [`for_each_line`],
//! [`fold_lines`] and [`count_lines`] read lines, [`fold_chunks`] and [`for_each_chunk`] bytes, in which
//! [`count_newlines`] counts. They keep the contracts of the standard library except for this:
//!
//! | case | standard library | this crate |
//! |---|---|---|
//! | many whole files in turn | [`std::fs::read`]: new memory for each | [`read_into`]: the same memory for all |
//! | a line | [`BufRead::lines`](std::io::BufRead::lines): a new string, checked to be UTF-8 | [`LineReader`]: lent from the buffer, checked on demand |
//! | a line that is not UTF-8 | the error says no more | the error says at which line and byte, see [`InvalidUtf8`] |
//! | a large file | one thread | [`fold_lines`], [`count_lines`], [`fold_chunks`]: as many as asked for |
//! | an error | names no path | names the path, see [`ReadError`] |
//!
//! # Systems at hand
//! [`Capabilities`] says what a system and the file system of a directory offer. [`calibrate`](fn@calibrate)
//! measures from which lengths on the larger steps of a copy pay there.
//!
//! # Trees
//! [`copy_tree`] copies a directory and all that is in it, on Linux by several threads and without leaving
//! the two trees even if something else changes them meanwhile. [`TreeReport`] counts what was copied and
//! lists what was not. A second copy completes one that was ended ([`Existing`]).
//!
//! # Threads and tasks
//! All functions wait for the system, and return when all is done. Threads that they start end with the
//! call. [`fold_lines`], [`fold_chunks`], [`for_each_chunk`] and [`CopyOptions`] use those of a pool of rayon
//! where they are asked to ([`Workers`]). In asynchronous code the module `asynchronous` keeps tokio's
//! other tasks going.
//!
//! # Systems
//! Reading is the same on all systems, except that files are split over threads on Unix and Windows
//! only. On Linux the copy goes down a ladder: reflink, positioned reads and writes of large blocks by
//! several threads, `splice`, `copy_file_range`, `sendfile`, read and write. On macOS it is `clonefile`,
//! `fcopyfile`, read and write; on Windows `CopyFileExW`. Elsewhere it is [`std::fs::copy`] behind a check
//! that the two files are not one. Streams are copied by the kernel on Linux only. Many reads at once
//! keep a device's queue full on Linux, and go one by one elsewhere. The code for macOS has been compiled
//! but not run; that for Windows runs under Wine. `unsafe` code maps sources for [`Strategy::Mmap`] and a
//! page by which a forked process knows itself (both Linux), calls `fcopyfile` and the Windows functions,
//! counts newlines by AVX2, and is part of the features `io-uring` and `mmap`.
//!
//! # Features
//! None is on by default, and without them the crate depends on `memchr` and on `rustix` or `windows-sys`.
//! - `indicatif`: its `ProgressBar` is a [`Progress`].
//! - `io-uring`: [`RandomAccessFile::read_many`] uses io_uring for files that are open for direct I/O.
//! - `mmap`: `FileBytes::map`, an `unsafe` function.
//! - `rayon`: `Workers::rayon`, the threads of a pool that the program has already. `copy_tree` and
//!   [`sync_all`] have threads of their own all the same: those wait for one another or for the device,
//!   which would hold up the pool.
//! - `tokio`: the module `asynchronous`, [`copy`] and the rest as one task of tokio's pool for blocking work.
//!
//! The crate needs Rust 1.78. The newest releases of indicatif, rayon and tokio need a newer one; rayon
//! 1.10 and tokio 1.38 to 1.47 do not.
#![deny(missing_docs)]
#![deny(clippy::incompatible_msrv)]

#[cfg(feature = "tokio")]
pub mod asynchronous;
mod block_cache;
mod buffers;
mod calibrate;
mod capabilities;
mod copy;
mod copy_range;
mod failure;
mod file_bytes;
mod io_copy;
mod lines;
#[cfg(feature = "mmap")]
mod mapped_words;
mod processors;
mod progress;
mod random_access;
mod read;
mod read_at;
mod seek_reader;
mod tree;
#[cfg(windows)]
mod windows_path;
mod workers;
mod write;

pub use block_cache::BlockCache;
pub use buffers::{AdaptiveBuffer, AdaptiveSize, BufferPool, PooledBuffer, BUFFER_ALIGNMENT};
pub use calibrate::{calibrate, Calibration, Measurement, WorthIt};
pub use capabilities::{Capabilities, DirectIoAlignment, Support};
pub use copy::{
    copy, copy_with_report, Attribute, Cache, CopyError, CopyOptions, CopyReport, LeaveReason,
    LeftStrategy, NotKept, Preserve, Replace, Sparse, Strategy,
};
pub use copy_range::copy_range;
#[cfg(feature = "mmap")]
pub use file_bytes::AccessPattern;
pub use file_bytes::FileBytes;
pub use io_copy::{io_copy, CopySink, CopySource, Inspected, Plain, Watched};
pub use lines::{
    count_lines, count_newlines, fold_chunks, fold_lines, for_each_chunk, for_each_line,
    InvalidUtf8, LineReader,
};
#[cfg(feature = "mmap")]
#[doc(hidden)]
pub use mapped_words::MappedWords;
pub use progress::{CancelToken, Progress, Throughput};
pub use random_access::{RandomAccessError, RandomAccessFile, ReadRequest};
pub use read::{read, read_into, ReadError};
pub use read_at::ReadAt;
pub use seek_reader::SeekReader;
pub use tree::{copy_tree, Existing, OnError, TreeError, TreeNotKept, TreeOptions, TreeReport};
pub use workers::Workers;
pub use write::{
    atomic_write, stdout, sync_all, sync_all_files, AtomicWriteOptions, BufferedWriter, Durability,
    FinishError, Stdout, WriteError,
};

//! Copying one file: the public functions, and the choice of the backend.

mod error;
#[cfg(target_os = "linux")]
mod linux;
mod manner;
mod monitor;
mod options;
mod portable;
mod preserve;
mod report;

use std::io;
use std::path::Path;

pub use error::CopyError;
#[cfg(target_os = "linux")]
pub(crate) use linux::{
    copy_open, has_holes, is_refusal, keep, keep_default_acl, keep_times, keeps_no_permissions,
    kernel_copies_ranges, mode_of_new, refused, set_mode, splice, times, write_all, ACCESS_BITS,
    SPECIAL_BITS,
};
#[cfg(target_os = "linux")]
pub(crate) use manner::Manner;
pub use manner::{Cache, Replace, Sparse};
pub use options::CopyOptions;
pub use preserve::{Attribute, NotKept, Preserve};
pub use report::{CopyReport, LeaveReason, LeftStrategy, Strategy};

/// Copies the contents and the permission bits of the file `from` to the file `to`.
///
/// Returns the length of the copy in bytes, holes included. A destination that exists is emptied and
/// written in place (its other names and its owner stay); one that does not exist is created.
/// Symbolic links are followed on both sides, a dangling one as destination has its target created.
/// The source is copied to its end, which for a file that grows meanwhile lies past its first length.
///
/// # Sources and destinations that are no regular files
/// On Linux a FIFO or a device as source is read to its end, as `cp` does; opening a FIFO waits for a
/// writer. Files of `/proc` and `/sys`, whose length says nothing, are copied whole. A FIFO or a
/// device as destination is written to. Permission bits are set from a regular file to a regular
/// file only, and not where the file system keeps none. Elsewhere [`std::fs::copy`] decides.
///
/// # Errors
/// Every error is a [`CopyError`] inside the [`io::Error`]; its kind is that of the system's error.
/// - [`InvalidInput`](io::ErrorKind::InvalidInput), before anything is changed: both paths are one
///   file, on Linux also where overlayfs or a FUSE file system shows it a second time, or the source is
///   a directory.
/// - On Linux, what stands in the way before the first byte (a missing source, a destination that may
///   not be written or whose permission bits may not be set) leaves an existing destination's
///   contents alone.
/// - An error in the middle (a full disk, a failing device) leaves the part that was copied. A process
///   that is killed leaves a file that is too short or, on Linux from 32 MiB on, where several threads
///   write, one with stretches of zeros. [`Replace::Atomically`] leaves the old file instead.
///
/// # Platform differences
/// Outside Linux the check that both paths are not one file comes before the opening, so a rename
/// in that very moment can get past it; hard links are recognised on Unix only (Windows refuses by
/// itself to copy onto a file that is open). Holes are kept on Linux only, where the source's file
/// system reports them.
///
/// # Sources
/// [ioctl_ficlone(2)](https://man7.org/linux/man-pages/man2/ioctl_ficlone.2.html),
/// [pread(2)](https://man7.org/linux/man-pages/man2/pread.2.html),
/// [fallocate(2)](https://man7.org/linux/man-pages/man2/fallocate.2.html),
/// [splice(2)](https://man7.org/linux/man-pages/man2/splice.2.html),
/// [copy_file_range(2)](https://man7.org/linux/man-pages/man2/copy_file_range.2.html),
/// [sendfile(2)](https://man7.org/linux/man-pages/man2/sendfile.2.html),
/// [lseek(2)](https://man7.org/linux/man-pages/man2/lseek.2.html) for holes.
pub fn copy<P: AsRef<Path>, Q: AsRef<Path>>(from: P, to: Q) -> io::Result<u64> {
    Ok(copy_with_report(from, to)?.bytes)
}

/// Copies as [`copy`] does, and says which [`Strategy`] ran and why each one before it was left.
///
/// # Errors
/// Those of [`copy`].
pub fn copy_with_report<P: AsRef<Path>, Q: AsRef<Path>>(from: P, to: Q) -> io::Result<CopyReport> {
    CopyOptions::new().copy(from, to)
}

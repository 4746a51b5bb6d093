//! Copying one file: the public functions, and the choice of the backend.

mod error;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod manner;
mod monitor;
mod options;
mod portable;
mod preserve;
mod report;
#[cfg(any(target_os = "macos", windows))]
mod stream;
#[cfg(windows)]
pub(crate) mod windows;

use std::io;
use std::path::Path;

pub use error::CopyError;
#[cfg(target_os = "linux")]
pub(crate) use linux::{
    copy_open, ficlone, has_holes, is_refusal, keep, keep_default_acl, keep_times,
    keeps_no_permissions, kernel_copies_ranges, mode_of_new, refused, set_mode, splice, times,
    write_all, ACCESS_BITS, DONT_CACHE, SPECIAL_BITS,
};
#[cfg(target_os = "linux")]
pub(crate) use manner::Manner;
pub use manner::{Cache, Replace, Sparse};
pub(crate) use monitor::Monitor;
pub use options::CopyOptions;
pub use preserve::{Attribute, NotKept, Preserve};
pub use report::{CopyReport, LeaveReason, LeftStrategy, Strategy};

/// Copies the contents and the permission bits of the file `from` to the file `to`.
///
/// Returns the length of the copy in bytes, holes included. A destination that exists is emptied and
/// written in place (its other names and its owner stay); one that does not exist is created.
/// Symbolic links are followed on both sides, a dangling one as destination has its target created.
/// The source is copied to its end, which for a file that grows meanwhile lies past its first length.
/// One that is cut meanwhile ends where it ends then. One that is cut and written again meanwhile gives
/// bytes that it had at one time or another; before Linux 6.13, and on file systems whose times of change
/// are no finer than the kernel's tick, [`Strategy::Splice`] and [`Strategy::Mmap`] can give zeros behind a
/// cut that a write within the same tick made good.
///
/// # Sources and destinations that are no regular files
/// On Linux a FIFO or a device as source is read to its end, as `cp` does; opening a FIFO waits for a
/// writer. Files of `/proc` and `/sys`, whose length says nothing, are copied whole. A FIFO or a
/// device as destination is written to. Permission bits are set from a regular file to a regular
/// file only, and not where the file system keeps none. macOS does the same. Elsewhere the system
/// decides.
///
/// # Errors
/// Every error is a [`CopyError`] inside the [`io::Error`]; its kind is that of the system's error.
/// - [`InvalidInput`](io::ErrorKind::InvalidInput), before anything is changed: both paths are one
///   file, on Linux also where overlayfs or a FUSE file system shows it a second time, or the source is
///   a directory. Two names of one file within a FUSE mount that gives them two inode numbers (sshfs)
///   are not recognised.
/// - On Linux and macOS, what stands in the way before the first byte (a missing source, a destination that may
///   not be written or whose permission bits may not be set) leaves an existing destination's
///   contents alone.
/// - An error in the middle (a full disk, a failing device) leaves the part that was copied. A process
///   that is killed leaves a file that is too short (on Linux, with space taken behind its end) or, where
///   several threads write ([`Strategy::Positioned`]), one with stretches of zeros. [`Replace::Atomically`] leaves the old file instead.
///
/// # Platform differences
/// Linux and macOS compare the two files when they are open and nothing has been emptied. Windows
/// copies by path, and compares the numbers of the files before: what is renamed in that very moment is
/// left to `CopyFileExW`, which refuses to write a file that it reads. On other systems a rename in that
/// moment can get past the check, and hard links are recognised on Unix only. Holes are kept on Linux,
/// where the source's file system reports them, and by clones.
///
/// macOS: a destination that does not exist becomes a clone on APFS, in the time that a small file takes;
/// set-user-id and set-group-id are cleared. A destination that exists is written by `fcopyfile`, or,
/// where progress or a way to end the copy is asked for, by reads and writes. All three keep what
/// [`std::fs::copy`] keeps there: ACLs, extended attributes, times and, where permitted, the owner.
///
/// Windows: `CopyFileExW` copies, as in [`std::fs::copy`], with attributes, the time of last modification
/// and alternate streams; where the volume can (ReFS), a file that has none of the latter becomes a block
/// clone with the same attributes and time. A destination that is read-only or hidden is refused. After a cancel in the middle the destination is
/// gone, old contents included; what an error in the middle leaves is up to the system.
///
/// The macOS backend has been compiled but not run. The Windows backend has been run under Wine, which
/// does not call back from `CopyFileExW`: progress on the way and its cancelling have not been seen. Block
/// clones have been compiled, and seen refused under Wine, but not run on ReFS.
///
/// # Sources
/// [ioctl_ficlone(2)](https://man7.org/linux/man-pages/man2/ioctl_ficlone.2.html),
/// [pread(2)](https://man7.org/linux/man-pages/man2/pread.2.html),
/// [fallocate(2)](https://man7.org/linux/man-pages/man2/fallocate.2.html),
/// [splice(2)](https://man7.org/linux/man-pages/man2/splice.2.html),
/// [copy_file_range(2)](https://man7.org/linux/man-pages/man2/copy_file_range.2.html),
/// [sendfile(2)](https://man7.org/linux/man-pages/man2/sendfile.2.html),
/// [lseek(2)](https://man7.org/linux/man-pages/man2/lseek.2.html) for holes;
/// [clonefile(2)](https://keith.github.io/xcode-man-pages/clonefile.2.html),
/// [copyfile(3)](https://keith.github.io/xcode-man-pages/copyfile.3.html);
/// [CopyFileExW](https://learn.microsoft.com/en-us/windows/win32/api/winbase/nf-winbase-copyfileexw),
/// [FSCTL_DUPLICATE_EXTENTS_TO_FILE](https://learn.microsoft.com/en-us/windows/win32/api/winioctl/ni-winioctl-fsctl_duplicate_extents_to_file).
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

//! What a copy says about itself: plain values.

use std::fmt;
use std::io;

use super::preserve::NotKept;

/// A way to copy a file's contents, the fastest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strategy {
    /// Both files share their blocks until one is written to: Linux
    /// [`FICLONE`](https://man7.org/linux/man-pages/man2/ioctl_ficlone.2.html), on file systems that
    /// can (btrfs, xfs, bcachefs, and others); macOS
    /// [`clonefile`](https://keith.github.io/xcode-man-pages/clonefile.2.html), on APFS and for a
    /// destination that does not exist; Windows
    /// [`FSCTL_DUPLICATE_EXTENTS_TO_FILE`](https://learn.microsoft.com/en-us/windows/win32/api/winioctl/ni-winioctl-fsctl_duplicate_extents_to_file),
    /// within a volume that says it can (ReFS, Dev Drives), for files that are nothing but contents, attributes and times.
    Reflink,
    /// This process reads blocks of 512 KiB at their positions and writes them at the same positions,
    /// with several threads, on ext4 into space that was allocated before the first of them (Linux
    /// [`fallocate`](https://man7.org/linux/man-pages/man2/fallocate.2.html)). Chosen from 16 MiB on,
    /// on ext4 and xfs.
    Positioned,
    /// The kernel moves pages through a pipe of 1 MiB, on ext4 into space that was allocated before:
    /// Linux [`splice`](https://man7.org/linux/man-pages/man2/splice.2.html). Chosen from 128 KiB on, on
    /// ext4 and xfs. Where one of the files is a pipe itself (a FIFO), straight from one to the other.
    Splice,
    /// The kernel, a file server or a device copies: Linux
    /// [`copy_file_range`](https://man7.org/linux/man-pages/man2/copy_file_range.2.html).
    CopyFileRange,
    /// The kernel copies: Linux
    /// [`sendfile`](https://man7.org/linux/man-pages/man2/sendfile.2.html).
    Sendfile,
    /// The system's own function for this: macOS
    /// [`fcopyfile`](https://keith.github.io/xcode-man-pages/copyfile.3.html), Windows
    /// [`CopyFileExW`](https://learn.microsoft.com/en-us/windows/win32/api/winbase/nf-winbase-copyfileexw).
    CopyFile,
    /// This process reads into a buffer and writes it. Works for everything that can be read.
    ReadWrite,
    /// This process reads and writes past the page cache (Linux `O_DIRECT`), in the units that
    /// [`statx`](https://man7.org/linux/man-pages/man2/statx.2.html) gives for the two files, or of 4096
    /// bytes where it gives none. What is no whole unit, such as the end of most files, goes through
    /// the page cache. Both must be regular files on file systems that can: tmpfs cannot.
    ///
    /// Only on demand: it was measured to be four times slower than the others for files in the page
    /// cache, and not faster for files that are not. It leaves what is in the page cache alone.
    Direct,
    /// This process maps 8 MiB of the source at a time and gives the mapping to
    /// [`write`](https://man7.org/linux/man-pages/man2/write.2.html). It does not look at the mapping
    /// itself, so that a source which is truncated meanwhile ends the copy and not the process. Both
    /// must be regular files.
    ///
    /// Linux, only on demand: it was measured to be no faster than [`Strategy::Positioned`].
    Mmap,
    /// [`std::fs::copy`], whatever that does on this system. Expands holes.
    Std,
}

impl Strategy {
    /// The strategies that this system has, in the order in which they are tried, and last those which
    /// are used on demand only: [`Strategy::Direct`] and [`Strategy::Mmap`] on Linux, and
    /// [`Strategy::Std`] on Linux, macOS and Windows.
    #[must_use]
    pub const fn available() -> &'static [Self] {
        if cfg!(target_os = "linux") {
            &[
                Self::Reflink,
                Self::Positioned,
                Self::Splice,
                Self::CopyFileRange,
                Self::Sendfile,
                Self::ReadWrite,
                Self::Direct,
                Self::Mmap,
                Self::Std,
            ]
        } else if cfg!(any(target_os = "macos", windows)) {
            &[Self::Reflink, Self::CopyFile, Self::ReadWrite, Self::Std]
        } else {
            &[Self::Std]
        }
    }

    /// Its name in reports, such as `copy_file_range`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reflink => "reflink",
            Self::Positioned => "positioned read/write",
            Self::CopyFileRange => "copy_file_range",
            Self::Sendfile => "sendfile",
            Self::Splice => "splice",
            Self::CopyFile if cfg!(windows) => "CopyFileExW",
            Self::CopyFile => "fcopyfile",
            Self::ReadWrite => "read/write",
            Self::Direct => "direct read/write",
            Self::Mmap => "mmap",
            Self::Std => "std::fs::copy",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How a copy was done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyReport {
    /// The strategy that copied the last byte, or that found nothing to copy.
    pub strategy: Strategy,
    /// Length of the copy in bytes, holes included.
    pub bytes: u64,
    /// How many of these bytes lie in holes that were stepped over, neither read nor written, or were
    /// found to be zeros and not written ([`Sparse::Detect`](crate::Sparse::Detect)). Holes that a
    /// reflink shares are not counted.
    pub hole_bytes: u64,
    /// The strategies that were left, in the order of the ladder. Where the source has holes, each stretch of
    /// data begins anew with those that another one was too short for: what was not tried for such a reason
    /// is told of the last stretch.
    pub left: Vec<LeftStrategy>,
    /// What was to be kept ([`CopyOptions::preserve`](crate::CopyOptions::preserve)) and was refused
    /// by the destination's file system or by the system's rules. The contents are whole all the same.
    pub not_kept: Vec<NotKept>,
}

impl CopyReport {
    /// Of a copy without holes that kept all it was to keep.
    pub(super) fn of(strategy: Strategy, bytes: u64, left: Vec<LeftStrategy>) -> Self {
        Self {
            strategy,
            bytes,
            hole_bytes: 0,
            left,
            not_kept: Vec::new(),
        }
    }
}

impl fmt::Display for CopyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes by {}", self.bytes, self.strategy)?;
        if self.hole_bytes > 0 {
            write!(f, " ({} of them holes)", self.hole_bytes)?;
        }
        for left in &self.left {
            write!(
                f,
                "; {} left at byte {}: {}",
                left.strategy, left.offset, left.reason
            )?;
        }
        for not_kept in &self.not_kept {
            write!(f, "; not kept: {not_kept}")?;
        }
        Ok(())
    }
}

/// A strategy that did not do the copy, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftStrategy {
    /// The strategy that was left.
    pub strategy: Strategy,
    /// Where in the file the next strategy went on, in bytes.
    pub offset: u64,
    /// Why it was left.
    pub reason: LeaveReason,
}

/// Why a strategy was left for the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeaveReason {
    /// The system refused it with this error number.
    Refused {
        /// The `errno`; on Windows what `GetLastError` gave.
        errno: i32,
    },
    /// Not tried, because the system refused it for these two devices within the last minute.
    Remembered {
        /// The `errno` of that time.
        errno: i32,
    },
    /// It reported the end of the source where the source's length says there is more, or where it
    /// had copied nothing; reading on found more.
    EndedEarly,
    /// Not tried: for a file this small its set-up costs more than it saves.
    Small,
    /// Not tried: the source's length is zero, so only reading can tell whether it is empty.
    NoLength,
    /// Not tried: on the destination's file system, or with one thread, it is not known to be faster
    /// than the next.
    NotFaster,
    /// Not tried: it needs a regular file on both sides.
    NotRegular,
    /// Not tried: the file system says that its files cannot share blocks, or the two files are on two
    /// file systems (Windows).
    CannotShare,
    /// Not tried: one of the files has more than contents, attributes and times (an alternate stream, an
    /// extended attribute, compression, encryption), or is hidden, which only the next would treat as
    /// [`std::fs::copy`] does (Windows).
    KeepsLess,
    /// Not tried: it would share the source's holes, which are to be written out or to be found anew
    /// ([`Sparse`](crate::Sparse)).
    SharesHoles,
    /// Not tried: it is one step, of which no progress is told and which nobody can end early.
    OneStep,
    /// Not tried: this kernel's version of it is known to be faulty.
    FaultyKernel,
}

impl fmt::Display for LeaveReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let os = io::Error::from_raw_os_error;
        match *self {
            Self::Refused { errno } => write!(f, "{}", os(errno)),
            Self::Remembered { errno } => write!(f, "refused before here, {}", os(errno)),
            Self::EndedEarly => f.write_str("it ended before the file did"),
            Self::Small => f.write_str("the file is too small to gain by it"),
            Self::NoLength => f.write_str("the source does not tell its length"),
            Self::NotFaster => f.write_str("not known to be faster here"),
            Self::NotRegular => f.write_str("it needs regular files"),
            Self::CannotShare => f.write_str("the file system cannot share blocks between them"),
            Self::KeepsLess => f.write_str("it would not keep all that the files have"),
            Self::SharesHoles => f.write_str("it would share the holes as they are"),
            Self::OneStep => f.write_str("it cannot be watched or ended"),
            Self::FaultyKernel => f.write_str("faulty in this kernel"),
        }
    }
}

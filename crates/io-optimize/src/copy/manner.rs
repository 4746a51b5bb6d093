//! The choices that a copy leaves to its caller, and all of them together.

#[cfg(target_os = "linux")]
use super::{monitor::Monitor, preserve::Preserve, report::Strategy};
#[cfg(target_os = "linux")]
use crate::calibrate::WorthIt;
#[cfg(target_os = "linux")]
use crate::workers::Workers;

/// What becomes of holes and of zeros. Where the source or the destination is no regular file, and
/// so has no holes, nothing is to be chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sparse {
    /// Holes stay holes, as far as the system tells where they are (Linux); elsewhere
    /// [`std::fs::copy`] decides.
    #[default]
    Keep,
    /// Holes are written out as zeros, so that later writes need no more space. Linux only. A file
    /// system that compresses or finds zeros by itself may still store less.
    Expand,
    /// Blocks of zeros become holes too, as with `cp --sparse=always`. All data is read for that.
    /// Linux only. A block is 4 KiB.
    Detect,
}

/// What becomes of a file that exists under the destination's name, and what is there after an error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Replace {
    /// It is emptied and written anew, as [`std::fs::copy`] does: its other hard links and its owner
    /// stay. An error in the middle leaves a part.
    #[default]
    InPlace,
    /// The copy is made under a temporary name in the same folder, which then takes the destination's
    /// name, as in [`atomic_write`](crate::atomic_write()). Whoever opens it finds the old file or
    /// the whole new one. After every error, a cancellation and a full disk the old file is as it was
    /// and nothing else is left; the one exception is a folder that cannot be flushed after the
    /// rename ([`Durability::Full`](crate::Durability::Full)). A process that is killed leaves the
    /// temporary file (`.io-optimize-….tmp`) beside the old or the new one.
    ///
    /// A symbolic link stays one, and the file that it leads to is replaced. The copy is a new file:
    /// other hard links keep the old content, and the owner is that of the process unless it is
    /// kept from the source. FIFOs, devices and directories are refused as destination
    /// ([`InvalidInput`](std::io::ErrorKind::InvalidInput)).
    Atomically,
    /// There must be none, nor a symbolic link:
    /// [`AlreadyExists`](std::io::ErrorKind::AlreadyExists) otherwise, and nothing is changed. The
    /// copy takes its name when it is whole, as with [`Replace::Atomically`], and takes it from
    /// nobody: of two that make the same file one fails. The file system must have hard links or a
    /// rename that does not replace (Linux and macOS), Windows always has one.
    New,
}

/// What the copy does to the pages of other files that the system keeps in memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cache {
    /// What is read and written stays in memory as long as the system likes, and pushes out what
    /// was used least.
    #[default]
    Keep,
    /// What the copy brought into memory is let go behind it, for large files that nobody reads
    /// again soon. Linux and macOS only, regular files only. A reflink, which needs no memory, is still tried
    /// first; else, on Linux, one thread reads and writes blocks of 1 MiB.
    ///
    /// With Linux 6.14 and a file system that can (ext4, xfs), reads and writes say so themselves
    /// (`RWF_DONTCACHE`): what was in memory before the copy stays. Elsewhere each block of the
    /// source is asked for what is in memory (`RWF_NOWAIT`), and only what was not is let go after
    /// it was read; where that cannot be asked, all of the source stays. The destination is then let
    /// go as far as it has reached the device: what was written last may stay, unless
    /// [`CopyOptions::durability`](crate::CopyOptions::durability) flushes it.
    ///
    /// macOS is told so for both files
    /// ([`F_NOCACHE`](https://keith.github.io/xcode-man-pages/fcntl.2.html)), whichever strategy copies but
    /// [`Strategy::Std`](crate::Strategy::Std), which is refused. A file system
    /// that does not heed it copies all the same. Compiled, but not seen at work.
    Spare,
}

/// How a copy between two open files is made.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Default)]
pub(crate) struct Manner<'a> {
    pub(crate) forced: Option<Strategy>,
    /// Threads of positioned reads and writes.
    pub(crate) workers: Workers,
    /// The copy takes the name of a file that exists.
    pub(crate) replaces: bool,
    /// From which length on to splice, as measured here.
    pub(crate) splice: Option<WorthIt>,
    /// From which length on to use several threads, as measured here.
    pub(crate) shared: Option<WorthIt>,
    pub(crate) monitor: Monitor<'a>,
    pub(crate) preserve: Preserve,
    pub(crate) sparse: Sparse,
    pub(crate) cache: Cache,
}

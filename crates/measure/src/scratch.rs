//! The temporary directory that everything measured lives in.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;

/// What the names of temporary directories begin with.
const PREFIX: &str = ".io-optimize-bench-";

/// Makes an empty directory below `directory` that is removed when it is dropped.
///
/// # Errors
/// If `directory` is missing or nothing can be made in it.
pub(crate) fn create(directory: &Path) -> anyhow::Result<TempDir> {
    tempfile::Builder::new()
        .prefix(PREFIX)
        .tempdir_in(directory)
        .with_context(|| {
            format!(
                "cannot make files in {} (name a directory that can be written)",
                directory.display()
            )
        })
}

/// Asks the file system to put the directories that are made in `directory` far from each other (`FS_TOPDIR_FL`, `chattr +T`).
///
/// ext4 without a journal makes a file slowly where many were removed in the last minute, and that is the same part of the disk
/// for all directories beside each other. No more than a hint: file systems that do not know it go on as they are.
#[cfg(target_os = "linux")]
pub(crate) fn spread(directory: &Path) {
    use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};

    if let Ok(directory) = std::fs::File::open(directory)
        && let Ok(flags) = ioctl_getflags(&directory)
    {
        let _unheard = ioctl_setflags(&directory, flags | IFlags::TOPDIR);
    }
}

/// Other systems have no such hint.
#[cfg(not(target_os = "linux"))]
pub(crate) fn spread(_directory: &Path) {}

/// Makes an empty directory in a spread one. Its name says where it is put, so that no two runs may use the same.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn part(spread: &Path) -> io::Result<PathBuf> {
    tempfile::Builder::new()
        .prefix("")
        .tempdir_in(spread)
        .map(TempDir::keep)
}

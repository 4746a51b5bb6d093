//! How a source looked, by which it is known whether it was changed since.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// What two looks at a file have in common, unless it was changed in between. Since Linux 6.13 each
/// change that follows a look gives a new time on ext4, xfs, btrfs and tmpfs; before, and elsewhere, two
/// changes within one tick of the kernel's clock (1 to 10 ms) can have the same.
///
/// Source: [multigrain timestamps](https://docs.kernel.org/filesystems/multigrain-ts.html).
#[derive(PartialEq)]
pub(super) struct Seen {
    /// In bytes.
    pub(super) length: u64,
    /// `st_ctime`, in seconds and nanoseconds.
    changed: (i64, i64),
}

impl Seen {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

//! Whether two open files are one, also where a file system shows the files of another.

use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::thread;
use std::time::Duration;

use rustix::fs::{statx, AtFlags, StatxFlags};

/// The kernel's coarse clock goes on in steps of at most 10 ms.
const CLOCK_STEP: Duration = Duration::from_millis(20);

/// Whether both are one file.
///
/// On one device, inodes tell. A file of overlayfs or of a FUSE file system such as bindfs has a device
/// of its own, and yet can be the other file: then length and times are the same on both sides, and
/// stay so when the destination's time of change is renewed. That one is all that this changes.
///
/// Sources: [statx(2)](https://man7.org/linux/man-pages/man2/statx.2.html),
/// [fchmod(2)](https://man7.org/linux/man-pages/man2/chmod.2.html).
pub(in crate::copy) fn is_same_file(
    source: (&File, &Metadata),
    destination: (&File, &Metadata),
) -> io::Result<bool> {
    let ((source, of_source), (destination, of_destination)) = (source, destination);
    if of_source.dev() == of_destination.dev() {
        return Ok(of_source.ino() == of_destination.ino());
    }
    let may_be = of_source.is_file() && of_destination.is_file() && of_destination.len() > 0;
    if !may_be || Stamp::of(source)? != Stamp::of(destination)? {
        return Ok(false);
    }
    let same_mode = Permissions::from_mode(of_destination.mode() & 0o7777);
    thread::sleep(CLOCK_STEP);
    // Where that is not permitted, it is safer to take the two for one.
    let _ = destination.set_permissions(same_mode);
    Ok(Stamp::of(source)? == Stamp::of(destination)?)
}

/// Whether both are one inode of one device: all there is to ask where nothing is written to what is there.
pub(super) fn is_same_inode(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// What two names of one file have in common at every moment.
#[derive(PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(file: &File) -> io::Result<Self> {
        // FUSE would answer with what it was told a second ago.
        let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_FORCE_SYNC;
        if let Ok(found) = statx(file, c"", flags, StatxFlags::BASIC_STATS) {
            let (modified, changed) = (found.stx_mtime, found.stx_ctime);
            return Ok(Self {
                length: found.stx_size,
                modified: (modified.tv_sec, modified.tv_nsec.into()),
                changed: (changed.tv_sec, changed.tv_nsec.into()),
            });
        }
        // Kernels before 4.11 have no statx, and some sandboxes refuse it.
        let metadata = file.metadata()?;
        Ok(Self {
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

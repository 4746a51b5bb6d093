//! Permission bits of new files, asked for as seldom as possible.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::copy::{set_mode, ACCESS_BITS};
use crate::failure::Failure;

/// Which permission bits a new file in one directory gets if it is made with them.
///
/// The umask and the directory's default ACL take bits away, each bit by itself and for all files
/// alike: what was seen of one file need not be asked of the next.
#[derive(Default)]
pub(super) struct GrantedBits {
    granted: AtomicU32,
    denied: AtomicU32,
}

impl GrantedBits {
    /// Sees to it that the file, which was made with this mode's access bits, has them.
    pub(super) fn complete(&self, file: &File, mode: u32) -> Result<(), Failure> {
        let wanted = mode & ACCESS_BITS;
        let mut denied = self.denied.load(Ordering::Relaxed);
        if wanted & !(self.granted.load(Ordering::Relaxed) | denied) != 0 {
            let metadata = file
                .metadata()
                .map_err(Failure::while_("cannot examine the destination"))?;
            denied = wanted & !metadata.mode();
            self.denied.fetch_or(denied, Ordering::Relaxed);
            self.granted.fetch_or(wanted & !denied, Ordering::Relaxed);
        }
        if wanted & denied == 0 {
            return Ok(());
        }
        set_mode(file, wanted)
    }
}

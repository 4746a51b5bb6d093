//! Space that is taken before it is written.

use std::fs::File;
use std::ops::Range;

use rustix::fs::FallocateFlags;
use rustix::io::{retry_on_intr, Errno};

use super::transfer::TransferError;
use crate::failure::Failure;

/// From here on, in bytes, writing into space that is there saves more than taking it costs.
const WORTHWHILE: u64 = 256 * 1024;

/// Takes the blocks of a range, if it is worth it, so that the writes need not, and so that a full disk
/// is known of before the first byte. The file's length still grows with the writes: who is killed in
/// between leaves a file that is seen to be too short.
///
/// Source: [fallocate(2)](https://man7.org/linux/man-pages/man2/fallocate.2.html).
pub(super) fn take(destination: &File, range: &Range<u64>) -> Result<(), TransferError> {
    let length = range.end.saturating_sub(range.start);
    if length < WORTHWHILE {
        return Ok(());
    }
    let taken = retry_on_intr(|| {
        rustix::fs::fallocate(destination, FallocateFlags::KEEP_SIZE, range.start, length)
    });
    match taken {
        Err(errno @ (Errno::NOSPC | Errno::DQUOT | Errno::IO)) => {
            // What was taken of it before it failed is given back.
            let _ = destination.set_len(range.start);
            let failure = Failure::new("cannot take the space for the destination", errno);
            Err(TransferError::Fatal(failure))
        }
        // Not every file system can, and none has to.
        Ok(()) | Err(_) => Ok(()),
    }
}

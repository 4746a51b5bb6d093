//! Many positioned reads at once, on Linux: the device is told of the next ones before it is waited
//! for.

use std::fs::{File, Metadata};
use std::io;
use std::num::NonZeroU64;
use std::os::unix::fs::FileTypeExt;

use rustix::fs::{fadvise, fcntl_getfl, Advice, OFlags};

use super::ReadRequest;

/// Reads that the device is told of at once. Measured: from 32 on the queue of a solid-state drive is
/// full, and the more are told of in a row, the less it costs to tell and the fewer waits there are.
const DEPTH: usize = 2048;
/// Bytes that the device is told of at once: many large reads must not push out of the page cache
/// what is to be read first.
const DEPTH_BYTES: usize = 8 << 20;

/// Announces requests before it hands them to `wait`, in their order. When half of what is announced has
/// been read, the next are announced, so that the queue of the device does not run empty.
///
/// No attempt is made to find out what the page cache holds: announcing that costs less than asking costs
/// for what it does not hold.
///
/// Source: [posix_fadvise(2)](https://man7.org/linux/man-pages/man2/posix_fadvise.2.html).
pub(super) fn read(
    file: &File,
    requests: &mut [ReadRequest<'_>],
    mut wait: impl FnMut(&mut ReadRequest<'_>) -> io::Result<()>,
) -> io::Result<()> {
    // What lies between these two is announced and not read yet.
    let (mut announced, mut announced_bytes) = (0, 0);
    let mut refills = true;
    for index in 0..requests.len() {
        while refills && announced < requests.len() {
            let request = &requests[announced];
            let size = request.buffer.len();
            let is_full = announced - index >= DEPTH || announced_bytes + size > DEPTH_BYTES;
            if is_full && announced > index {
                break;
            }
            if let Some(length) = NonZeroU64::new(size as u64) {
                // Only advice: where it fails, the read itself says why.
                let _ = fadvise(file, request.offset, Some(length), Advice::WillNeed);
            }
            announced_bytes += size;
            announced += 1;
        }
        let size = requests[index].buffer.len();
        wait(&mut requests[index])?;
        announced_bytes -= size;
        let left = announced - index - 1;
        refills = left <= DEPTH / 2 && announced_bytes <= DEPTH_BYTES / 2;
    }
    Ok(())
}

/// Whether the file goes past the page cache: what is announced would be read twice. The flag has another
/// meaning for a pipe.
pub(super) fn is_direct(file: &File) -> bool {
    let is_set = fcntl_getfl(file).is_ok_and(|flags| flags.contains(OFlags::DIRECT));
    let has_positions = |metadata: Metadata| {
        let kind = metadata.file_type();
        kind.is_file() || kind.is_block_device()
    };
    is_set && file.metadata().is_ok_and(has_positions)
}

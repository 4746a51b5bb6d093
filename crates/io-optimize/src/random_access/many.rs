//! Many positioned reads at once, on Linux: the device is told of the next ones before it is waited
//! for.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::num::NonZeroU64;

use rustix::fs::{fadvise, Advice};

use super::ReadRequest;

/// Reads that the device is told of at once. Measured: 32 keep the queue of a solid-state drive full.
const DEPTH: usize = 32;
/// Bytes that the device is told of at once: many large reads must not push out of the page cache
/// what is to be read first.
const DEPTH_BYTES: usize = 8 << 20;

/// Announces each request some requests before it hands it to `wait`. As soon as one has been read the
/// next is announced: in batches the queue would run empty at the end of each.
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
    let mut announced = VecDeque::with_capacity(DEPTH);
    let mut announced_bytes = 0;
    for index in 0..requests.len() {
        let size = requests[index].buffer.len();
        let Some(length) = NonZeroU64::new(size as u64) else {
            continue;
        };
        while announced.len() >= DEPTH || announced_bytes + size > DEPTH_BYTES {
            let Some(oldest) = announced.pop_front() else {
                break;
            };
            let oldest: &mut ReadRequest<'_> = &mut requests[oldest];
            announced_bytes -= oldest.buffer.len();
            wait(oldest)?;
        }
        // Only advice: where it fails, the read itself says why.
        let _ = fadvise(file, requests[index].offset, Some(length), Advice::WillNeed);
        announced.push_back(index);
        announced_bytes += size;
    }
    for index in announced {
        wait(&mut requests[index])?;
    }
    Ok(())
}

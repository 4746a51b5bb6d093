//! Many positioned reads at once, on Linux: the device is told of the next ones before it is waited
//! for.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::num::NonZeroU64;

use rustix::fs::{fadvise, Advice};
use rustix::io::{preadv2, Errno, ReadWriteFlags};

use super::ReadRequest;

/// Reads that the device is told of at once. Measured: 32 keep the queue of a solid-state drive full.
const DEPTH: usize = 32;
/// Bytes that the device is told of at once: many large reads must not push out of the page cache
/// what is to be read first.
const DEPTH_BYTES: usize = 8 << 20;

/// What a read without waiting came to.
enum Attempt {
    Read(usize),
    /// It would have to wait for the device, or the end of the file is there.
    WouldWait,
    /// This file or this kernel does not read so.
    Refused,
}

/// Hands every part that has to be waited for to `wait`, with the bytes that were read already.
///
/// Sources: [posix_fadvise(2)](https://man7.org/linux/man-pages/man2/posix_fadvise.2.html),
/// [preadv2(2)](https://man7.org/linux/man-pages/man2/preadv2.2.html), `RWF_NOWAIT`.
pub(super) fn read(
    file: &File,
    requests: &mut [ReadRequest<'_>],
    mut wait: impl FnMut(u64, &mut [u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut announced: VecDeque<(usize, usize)> = VecDeque::with_capacity(DEPTH);
    let mut announced_bytes = 0;
    let mut may_be_cached = true;
    let mut finish = |requests: &mut [ReadRequest<'_>], (index, read): (usize, usize)| {
        let request: &mut ReadRequest<'_> = &mut requests[index];
        wait(
            request.offset.saturating_add(read as u64),
            &mut request.buffer[read..],
        )
    };
    for index in 0..requests.len() {
        let ReadRequest { offset, buffer } = &mut requests[index];
        let mut read = 0;
        if may_be_cached {
            match read_cached(file, *offset, buffer) {
                Attempt::Read(bytes) => read = bytes,
                Attempt::WouldWait => {}
                Attempt::Refused => may_be_cached = false,
            }
        }
        let missing = buffer.len() - read;
        let Some(length) = NonZeroU64::new(missing as u64) else {
            continue;
        };
        while announced.len() >= DEPTH
            || !announced.is_empty() && announced_bytes + missing > DEPTH_BYTES
        {
            let Some(oldest) = announced.pop_front() else {
                break;
            };
            announced_bytes -= requests[oldest.0].buffer.len() - oldest.1;
            finish(requests, oldest)?;
        }
        // Only advice: where it fails, the read itself says why.
        let _ = fadvise(
            file,
            requests[index].offset.saturating_add(read as u64),
            Some(length),
            Advice::WillNeed,
        );
        announced.push_back((index, read));
        announced_bytes += missing;
    }
    while let Some(oldest) = announced.pop_front() {
        finish(requests, oldest)?;
    }
    Ok(())
}

/// Reads what lies in the page cache: reads that need no device shall not pay for its queue.
fn read_cached(file: &File, offset: u64, buffer: &mut [u8]) -> Attempt {
    // An offset of -1 would read at the file's cursor.
    if i64::try_from(offset).is_err() {
        return Attempt::WouldWait;
    }
    match preadv2(
        file,
        &mut [IoSliceMut::new(buffer)],
        offset,
        ReadWriteFlags::NOWAIT,
    ) {
        // Some kernels say 0 where they would have to wait.
        Ok(0) | Err(Errno::AGAIN | Errno::INTR) => Attempt::WouldWait,
        Ok(bytes) => Attempt::Read(bytes),
        Err(_) => Attempt::Refused,
    }
}

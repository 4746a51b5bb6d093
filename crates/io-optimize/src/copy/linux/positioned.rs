//! Positioned reads and writes of large blocks, by one worker or by several.

use std::fs::File;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::io::{retry_on_intr, Errno};

use super::allocation;
use super::transfer::TransferError;
use crate::buffers::with_buffer;
use crate::copy::monitor::Monitor;
use crate::failure::Failure;
use crate::workers::Workers;

/// From here on, in bytes, a second worker saves more than its thread costs, and more than a single one
/// saves that splices.
pub(super) const SHARED: u64 = 16 << 20;
/// One read and one write, in bytes. The page cache takes them as pieces of memory of that size; pieces
/// of 1 MiB are a little faster as long as they are to be had, and four times slower when memory is in
/// smaller pieces, as it is after some hours.
const BLOCK: usize = 512 * 1024;
/// What a worker takes at a time, in bytes: whole blocks, so that two seldom meet in one.
const STRIPE: u64 = 4 << 20;
/// Writes to one file take turns in the kernel; a second worker reads meanwhile, a fifth waits.
const MOST_WORKERS: usize = 4;
/// The same where they are asked for: each takes a buffer and a thread.
const MOST_WORKERS_ON_DEMAND: usize = 64;

/// Copies `range` and returns where it stopped: before its end only if the source ends there. As many
/// threads do it as `workers` says, or as many as pay if that is 0.
///
/// The destination must have nothing within the range or behind it; where `allocates` says so, its
/// space is taken first. After an error it ends behind the last byte before which all was copied.
///
/// Sources: [pread(2)](https://man7.org/linux/man-pages/man2/pread.2.html),
/// [fallocate(2)](https://man7.org/linux/man-pages/man2/fallocate.2.html).
pub(super) fn copy(
    source: &File,
    destination: &File,
    range: Range<u64>,
    allocates: bool,
    workers: Workers,
    monitor: Monitor<'_>,
) -> Result<u64, TransferError> {
    let length = range.end - range.start;
    if allocates {
        allocation::take(destination, &range)?;
    }
    let count = workers_for(length, workers);
    let shared = Shared {
        source,
        destination,
        monitor,
        state: Mutex::new(State {
            next: range.start,
            end: range.end,
            failure: None,
        }),
    };
    workers.share(count - 1, || shared.work());
    let state = shared.state.into_inner();
    let state = state.unwrap_or_else(PoisonError::into_inner);
    if state.end < range.end {
        destination
            .set_len(state.end)
            .map_err(Failure::while_("cannot cut the destination"))
            .map_err(TransferError::Fatal)?;
    }
    match state.failure {
        Some(failure) => Err(failure),
        None => Ok(state.end),
    }
}

/// How many threads copy so many bytes, at least one: as many as pay where no number is asked for.
pub(super) fn workers_for(length: u64, workers: Workers) -> usize {
    match workers.asked() {
        0 if length < SHARED => 1,
        0 => workers.available().min(MOST_WORKERS),
        // More than stripes would find nothing to do.
        asked => asked
            .min(MOST_WORKERS_ON_DEMAND)
            .min(usize::try_from(length.div_ceil(STRIPE)).unwrap_or(usize::MAX))
            // There may be nothing to copy.
            .max(1),
    }
}

/// Copies from `offset` to the end of the source, wherever that is by now, and returns where.
pub(super) fn copy_rest(
    source: &File,
    destination: &File,
    mut offset: u64,
    monitor: Monitor<'_>,
) -> Result<u64, TransferError> {
    with_buffer(BLOCK, |buffer| loop {
        match copy_block(source, destination, offset, buffer)? {
            0 => return Ok(offset),
            count => {
                offset += count as u64;
                let watched = monitor.advance(count as u64);
                watched.map_err(TransferError::Fatal)?;
            }
        }
    })
}

/// What the workers of one copy share.
struct Shared<'a> {
    source: &'a File,
    destination: &'a File,
    monitor: Monitor<'a>,
    state: Mutex<State>,
}

struct State {
    /// Where the next stripe begins.
    next: u64,
    /// Where the copy ends: earlier than planned if the source ended or a worker failed there. Stripes
    /// are taken in order and finished once taken, so that all before it is copied.
    end: u64,
    failure: Option<TransferError>,
}

impl Shared<'_> {
    /// Takes stripes until there are none left.
    fn work(&self) {
        with_buffer(BLOCK, |buffer| {
            while let Some(stripe) = self.take() {
                let Range { start, end } = stripe;
                let (reached, mut failure) = self.copy_stripe(stripe, buffer);
                let watched = self.monitor.advance(reached - start);
                failure = failure.or(watched.err().map(TransferError::Fatal));
                if reached < end || failure.is_some() {
                    self.stop(reached, failure);
                    return;
                }
            }
        });
    }

    fn take(&self) -> Option<Range<u64>> {
        let mut state = self.locked();
        let stripe = state.next..state.end.min(state.next + STRIPE);
        state.next += STRIPE;
        (!stripe.is_empty()).then_some(stripe)
    }

    fn stop(&self, reached: u64, failure: Option<TransferError>) {
        let mut state = self.locked();
        state.end = state.end.min(reached);
        state.failure = state.failure.take().or(failure);
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        // Plain values are whole at every moment, whoever panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Copies a stripe, and returns where it stopped and what failed there.
    fn copy_stripe(&self, stripe: Range<u64>, buffer: &mut [u8]) -> (u64, Option<TransferError>) {
        let mut offset = stripe.start;
        while offset < stripe.end {
            let wanted = (stripe.end - offset).min(buffer.len() as u64) as usize;
            match copy_block(self.source, self.destination, offset, &mut buffer[..wanted]) {
                Ok(0) => break,
                Ok(count) => offset += count as u64,
                Err(failure) => return (offset, Some(failure)),
            }
        }
        (offset, None)
    }
}

/// Reads once and writes all of it; 0 at the end of the source.
pub(super) fn copy_block(
    source: &File,
    destination: &File,
    offset: u64,
    buffer: &mut [u8],
) -> Result<usize, TransferError> {
    let count = retry_on_intr(|| rustix::io::pread(source, &mut *buffer, offset))
        .map_err(|errno| failed(errno, "cannot read the source"))?;
    let (mut bytes, mut at) = (&buffer[..count], offset);
    while !bytes.is_empty() {
        let written = retry_on_intr(|| rustix::io::pwrite(destination, bytes, at))
            .map_err(|errno| failed(errno, "cannot write the destination"))?;
        if written == 0 {
            let failure = Failure::nothing_written("cannot write the destination");
            return Err(TransferError::Fatal(failure));
        }
        bytes = &bytes[written..];
        at += written as u64;
    }
    Ok(count)
}

/// A pipe or a terminal has no positions.
fn failed(errno: Errno, problem: &'static str) -> TransferError {
    match errno {
        Errno::SPIPE => TransferError::Refused(errno),
        _ => TransferError::Fatal(Failure::new(problem, errno)),
    }
}

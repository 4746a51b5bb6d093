//! A file in ranges, each read by a thread of its own.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use memchr::memchr;

use super::read_uninterrupted;
use crate::read_at::positioned_read;
use crate::workers::Workers;

/// Bytes of a file below which it is read by one thread: another costs more than it saves.
const SPLIT_FLOOR: u64 = 1024 * 1024;
/// Bytes of the smallest range where the number of threads is chosen here.
const CHOSEN_RANGE: u64 = 512 * 1024;
/// Bytes of the smallest range where the caller chose the number of threads.
const SMALLEST_RANGE: u64 = 64 * 1024;

/// A part of a file, read by its position and not by the file's cursor, which all parts share.
pub(super) struct RangeReader<'a> {
    file: &'a File,
    range: Range<u64>,
}

impl RangeReader<'_> {
    /// Where it reads next, in bytes from the start of the file.
    pub(super) fn offset(&self) -> u64 {
        self.range.start
    }
}

impl Read for RangeReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.range.end - self.range.start).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let count = positioned_read(self.file, self.range.start, &mut buffer[..length])?;
        self.range.start += count as u64;
        Ok(count)
    }
}

/// Where to split the file for these threads, where no number was asked for as many as can run at once:
/// ascending positions, none of them 0; empty where one thread is to read all of it.
pub(super) fn split(file: &File, workers: Workers) -> io::Result<Vec<u64>> {
    let metadata = file.metadata()?;
    let length = metadata.len();
    if !cfg!(any(unix, windows)) || !metadata.is_file() || length < SPLIT_FLOOR {
        return Ok(Vec::new());
    }
    let (wanted, smallest) = match workers.asked() {
        0 => (workers.available(), CHOSEN_RANGE),
        chosen => (chosen, SMALLEST_RANGE),
    };
    let count = (wanted as u64).min(length / smallest);
    Ok((1..count)
        .map(|part| (u128::from(length) * u128::from(part) / u128::from(count)) as u64)
        .collect())
}

/// Moves each position on to the next start of a line; those that meet, or that no line follows,
/// become fewer.
pub(super) fn align_to_lines(file: &File, positions: Vec<u64>) -> io::Result<Vec<u64>> {
    let mut aligned: Vec<u64> = Vec::with_capacity(positions.len());
    let mut buffer = [0; 8 * 1024];
    for position in positions {
        // Between this position and the last start of a line no other line starts.
        if aligned.last().is_some_and(|&last| last >= position) {
            continue;
        }
        match line_start(file, position, &mut buffer)? {
            Some(start) => aligned.push(start),
            None => break,
        }
    }
    Ok(aligned)
}

/// The first start of a line at or after the position, which is not 0; `None` where no line ends any
/// more.
fn line_start(file: &File, position: u64, buffer: &mut [u8]) -> io::Result<Option<u64>> {
    let mut source = RangeReader {
        file,
        // A line that starts right here is known by the end of the one before.
        range: position - 1..u64::MAX,
    };
    loop {
        let before = source.range.start;
        let count = read_uninterrupted(&mut source, buffer)?;
        if count == 0 {
            return Ok(None);
        }
        if let Some(found) = memchr(b'\n', &buffer[..count]) {
            return Ok(Some(before + found as u64 + 1));
        }
    }
}

/// What the work on each range gives, merged in the order of the file; `init` where there is no range.
pub(super) fn fold_ranges<'a, T, W>(
    file: &'a File,
    positions: &[u64],
    workers: Workers,
    init: impl FnOnce() -> T,
    work: W,
    mut merge: impl FnMut(&mut T, T),
) -> io::Result<T>
where
    T: Send,
    W: Fn(RangeReader<'a>) -> io::Result<T> + Sync,
{
    let mut parts = each_range(file, positions, workers, work).into_iter();
    let mut whole = parts.next().unwrap_or_else(|| Ok(init()))?;
    for part in parts {
        merge(&mut whole, part?);
    }
    Ok(whole)
}

/// Runs `work` on each range between the positions, each of which a thread takes when it has done the
/// one before, and returns the outcomes in the file's order. The last range is open: a file that grows is
/// read to its end.
fn each_range<'a, T, W>(
    file: &'a File,
    positions: &[u64],
    workers: Workers,
    work: W,
) -> Vec<io::Result<T>>
where
    T: Send,
    W: Fn(RangeReader<'a>) -> io::Result<T> + Sync,
{
    let ends = positions.iter().copied().chain([u64::MAX]);
    let mut start = 0;
    let ranges: Vec<Range<u64>> = ends
        .map(|end| std::mem::replace(&mut start, end)..end)
        .collect();
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::with_capacity(ranges.len()));
    workers.share(positions.len(), || loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(range) = ranges.get(index).cloned() else {
            return;
        };
        let outcome = work(RangeReader { file, range });
        let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.push((index, outcome));
    });
    let mut outcomes = outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_unstable_by_key(|&(index, _)| index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

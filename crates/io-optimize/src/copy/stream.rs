//! Read and write from start to end: the last step of the ladders outside Linux, whose own loop takes
//! up at any byte.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};

use super::monitor::Monitor;
use crate::buffers::with_buffer;
use crate::failure::Failure;

/// Big enough for a file's contents to outweigh the two calls, small enough to stay in a core's cache
/// between them.
const BUFFER: u64 = 256 * 1024;
/// Buffer where the length is unknown.
const UNKNOWN_LENGTH_BUFFER: u64 = 64 * 1024;

/// Copies from where both files stand to the end of the source, and returns how many bytes that were.
///
/// `length` is what the source is thought to have, 0 where that is unknown; what it really has counts.
pub(super) fn copy_to_end(
    mut source: &File,
    mut destination: &File,
    length: u64,
    monitor: Monitor<'_>,
) -> Result<u64, Failure> {
    // One byte more than the file has, so that its contents come in one read.
    let wanted = match length {
        0 => UNKNOWN_LENGTH_BUFFER,
        length => length.saturating_add(1).min(BUFFER),
    };
    with_buffer(wanted as usize, |buffer| {
        let mut copied = 0;
        loop {
            let count = match source.read(buffer) {
                Ok(0) => return Ok(copied),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failure::new("cannot read the source", error)),
            };
            destination
                .write_all(&buffer[..count])
                .map_err(Failure::while_("cannot write the destination"))?;
            copied += count as u64;
            monitor.advance(count as u64)?;
        }
    })
}

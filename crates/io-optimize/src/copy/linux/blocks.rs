//! Blocks of 1 MiB one after the other, for a copy that looks at what it copies: to find zeros, to
//! write holes out, or to leave nothing in the page cache.

use std::fs::{File, Metadata};

use super::cache::{Reader, Writer};
use super::has_holes;
use super::sparse::{length, look_ahead, Ahead};
use crate::buffers::{with_buffer, LARGEST};
use crate::copy::manner::{Cache, Manner, Sparse};
use crate::failure::Failure;

/// Zeros of this length at a multiple of it become a hole, in bytes: a block of most file systems.
const PIECE: usize = 4096;
static ZEROS: [u8; PIECE] = [0; PIECE];

/// Where a copy by blocks has come to.
struct Blocks<'a> {
    source: &'a File,
    reader: Reader<'a>,
    writer: Writer<'a>,
    manner: Manner<'a>,
    /// Bytes that were neither written nor, where the system told of a hole, read.
    hole_bytes: u64,
}

/// Copies between two regular files, the destination empty; returns the length and how much of it was
/// not written.
///
/// Sources: [pread(2)](https://man7.org/linux/man-pages/man2/pread.2.html),
/// [lseek(2)](https://man7.org/linux/man-pages/man2/lseek.2.html).
pub(super) fn copy(
    source: &File,
    metadata: &Metadata,
    destination: &File,
    manner: Manner<'_>,
) -> Result<(u64, u64), Failure> {
    let spare = manner.cache == Cache::Spare;
    let mut blocks = Blocks {
        source,
        reader: Reader::new(source, spare),
        writer: Writer::new(destination, spare),
        manner,
        hole_bytes: 0,
    };
    let length = with_buffer(LARGEST, |buffer| {
        if manner.sparse == Sparse::Expand || !has_holes(metadata) {
            blocks.copy_range(0, u64::MAX, buffer)
        } else {
            blocks.copy_extents(buffer)
        }
    })?;
    // What lies behind the last byte that was written is a hole; what was skipped and then cut off
    // the source meanwhile is none.
    destination
        .set_len(length)
        .map_err(Failure::while_("cannot set the destination's length"))?;
    blocks.writer.finish();
    Ok((length, blocks.hole_bytes))
}

impl Blocks<'_> {
    /// Goes from one stretch of data to the next, and returns the length of the copy.
    fn copy_extents(&mut self, buffer: &mut [u8]) -> Result<u64, Failure> {
        let mut done = 0;
        loop {
            match look_ahead(self.source, done)? {
                Ahead::Unknown => return self.copy_range(done, u64::MAX, buffer),
                Ahead::Hole => {
                    // What is appended between the look and the length is none of the hole.
                    let length = length(self.source)?.max(done);
                    if let Ahead::Hole = look_ahead(self.source, done)? {
                        self.skip(done, length)?;
                        return Ok(length);
                    }
                }
                Ahead::Data { start, end } => {
                    let reached = self.copy_range(start, end, buffer)?;
                    if reached == start {
                        // Truncated meanwhile, perhaps within the hole before it.
                        let length = length(self.source)?.clamp(done, start);
                        self.skip(done, length)?;
                        return Ok(length);
                    }
                    self.skip(done, start)?;
                    if reached < end {
                        return Ok(reached);
                    }
                    done = reached;
                }
            }
        }
    }

    /// Copies to `end` or to the end of the source, and returns where it stopped.
    fn copy_range(&mut self, start: u64, end: u64, buffer: &mut [u8]) -> Result<u64, Failure> {
        let mut offset = start;
        while offset < end {
            // To the next multiple of a block, so that pieces lie where the file system's blocks do.
            let to_border = buffer.len() as u64 - offset % buffer.len() as u64;
            let wanted = to_border.min(end - offset) as usize;
            let count = self.reader.read(&mut buffer[..wanted], offset)?;
            if count == 0 {
                break;
            }
            self.write(&buffer[..count], offset)?;
            offset += count as u64;
            self.manner.monitor.advance(count as u64)?;
        }
        Ok(offset)
    }

    fn write(&mut self, bytes: &[u8], offset: u64) -> Result<(), Failure> {
        if self.manner.sparse != Sparse::Detect {
            return self.writer.write_all(bytes, offset);
        }
        // The stretch of data that begins here is written when a piece of zeros ends it.
        let (mut start, mut at) = (0, 0);
        while at < bytes.len() {
            let to_border = PIECE - ((offset + at as u64) % PIECE as u64) as usize;
            let end = bytes.len().min(at + to_border);
            if bytes[at..end] == ZEROS[..end - at] {
                self.writer
                    .write_all(&bytes[start..at], offset + start as u64)?;
                self.hole_bytes += (end - at) as u64;
                start = end;
            }
            at = end;
        }
        self.writer
            .write_all(&bytes[start..], offset + start as u64)
    }

    fn skip(&mut self, start: u64, end: u64) -> Result<(), Failure> {
        self.reader.skipped(start, end);
        self.hole_bytes += end - start;
        self.manner.monitor.advance(end - start)
    }
}

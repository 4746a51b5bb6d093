//! Copies the data of a file with holes and leaves the holes.

use std::fs::File;

use rustix::fs::{seek, SeekFrom};
use rustix::io::Errno;

use super::ladder::Ladder;
use crate::failure::Failure;

/// What lies ahead in a file.
pub(super) enum Ahead {
    /// Data from here to there.
    Data { start: u64, end: u64 },
    /// A hole up to the end of the file, or nothing.
    Hole,
    /// The file system does not say.
    Unknown,
}

/// Copies from the start to the end of the source. The destination must be empty, so that what is
/// not written reads as zeros.
///
/// Source: [lseek(2)](https://man7.org/linux/man-pages/man2/lseek.2.html), `SEEK_DATA`, `SEEK_HOLE`.
pub(super) fn copy(ladder: &mut Ladder<'_>, source: &File) -> Result<(), Failure> {
    // All before it has been copied.
    let mut done = 0;
    loop {
        match look_ahead(source, done)? {
            Ahead::Unknown => return ladder.copy_to_end(),
            Ahead::Hole => {
                // What is appended between the look and the length is none of the hole.
                let length = length(source)?;
                if let Ahead::Hole = look_ahead(source, done)? {
                    return ladder.end_with_hole(length.max(done));
                }
            }
            Ahead::Data { start, end } => {
                ladder.source_was_moved();
                ladder.skip_hole(start)?;
                let reached = ladder.copy_range(end)?;
                // The file ended inside what was said to be data. It was truncated meanwhile, or it
                // is a pseudo file whose length is made up: padding would invent contents.
                if reached == start {
                    // Not even the hole before it need still be whole.
                    return ladder.end_with_hole(length(source)?.clamp(done, start));
                }
                if reached < end {
                    return Ok(());
                }
                done = reached;
            }
        }
    }
}

pub(super) fn look_ahead(source: &File, from: u64) -> Result<Ahead, Failure> {
    let failed = Failure::while_("cannot look for holes in the source");
    let start = match seek(source, SeekFrom::Data(from)) {
        Ok(start) => start,
        Err(Errno::NXIO) => return Ok(Ahead::Hole),
        Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS | Errno::SPIPE) => {
            return Ok(Ahead::Unknown);
        }
        Err(errno) => return Err(failed(errno)),
    };
    match seek(source, SeekFrom::Hole(start)) {
        Ok(end) if end > start => Ok(Ahead::Data { start, end }),
        // A hole was made there between the two calls, or the file was truncated: copying to the end is
        // right for both.
        Ok(_) | Err(Errno::NXIO) => Ok(Ahead::Data {
            start,
            end: u64::MAX,
        }),
        Err(errno) => Err(failed(errno)),
    }
}

pub(super) fn length(source: &File) -> Result<u64, Failure> {
    seek(source, SeekFrom::End(0)).map_err(Failure::while_("cannot find the source's end"))
}

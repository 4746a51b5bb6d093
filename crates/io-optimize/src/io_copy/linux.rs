//! The kernel's ways to copy between two descriptors, at their positions.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::fs::FileType;
use rustix::io::{retry_on_intr, Errno};

use super::{CopySink, CopySource};
use crate::copy::{is_refusal, kernel_copies_ranges, splice};

/// One request to the kernel, in bytes: what is longer takes another.
const CHUNK: u64 = 1 << 30;

pub(super) enum Copied {
    /// So many bytes, and there are no more.
    All(u64),
    /// So many bytes, and only a read can tell whether there are more.
    Some(u64),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    CopyFileRange,
    Sendfile,
    Splice,
}

const NONE: &[Way] = &[];

pub(super) fn copy<R, W>(reader: &mut R, writer: &mut W) -> io::Result<Copied>
where
    R: CopySource + ?Sized,
    W: CopySink + ?Sized,
{
    let (ways, ends_for_good) = match (reader.descriptor(), writer.descriptor()) {
        (Some(source), Some(sink)) => match (kind(source), kind(sink)) {
            (Ok(source), Ok(sink)) => ways(source, sink),
            // Standard streams may be closed, which their readers and writers make up for.
            _ => (NONE, false),
        },
        _ => (NONE, false),
    };
    if ways.is_empty() {
        return Ok(Copied::Some(0));
    }
    let mut copied = reader.drain(u64::MAX, &mut &mut *writer)?;
    writer.settle()?;
    for &way in ways {
        loop {
            let most = reader.most_at_once().min(writer.most_at_once()).min(CHUNK);
            if most == 0 {
                return Ok(Copied::All(copied));
            }
            let (Some(source), Some(sink)) = (reader.descriptor(), writer.descriptor()) else {
                return Ok(Copied::Some(copied));
            };
            match step(way, source, sink, most as usize) {
                Ok(0) if ends_for_good => return Ok(Copied::All(copied)),
                // A file of /proc, say, of which the kernel's own copy finds nothing.
                Ok(0) => return Ok(Copied::Some(copied)),
                Ok(count) => {
                    copied += count as u64;
                    reader.moved(count as u64);
                    writer.moved(count as u64);
                }
                Err(errno) if is_refusal(errno) => break,
                // A sink that does not wait makes the kernel not wait for the source either: a read and a
                // write tell which of the two it was.
                Err(Errno::AGAIN) if way == Way::Splice => break,
                Err(errno) => return Err(errno.into()),
            }
        }
    }
    Ok(Copied::Some(copied))
}

/// What to try, the fastest first, and whether a read would not know better when it finds the end.
fn ways(source: FileType, sink: FileType) -> (&'static [Way], bool) {
    match (source, sink) {
        (FileType::RegularFile, FileType::RegularFile) if kernel_copies_ranges() => {
            (&[Way::CopyFileRange, Way::Sendfile], false)
        }
        (FileType::RegularFile, FileType::Fifo) => (&[Way::Sendfile, Way::Splice], false),
        (FileType::RegularFile, _) => (&[Way::Sendfile], false),
        // Not from a terminal to a pipe: behind its end there may be more, which must not be waited for.
        (FileType::Fifo, _) => (&[Way::Splice], true),
        // An urgent byte of a peer stops the kernel's copy, though there is more behind it.
        (FileType::Socket, FileType::Fifo) => (&[Way::Splice], false),
        _ => (NONE, false),
    }
}

fn kind(descriptor: BorrowedFd<'_>) -> Result<FileType, Errno> {
    let status = rustix::fs::fstat(descriptor)?;
    Ok(FileType::from_raw_mode(status.st_mode))
}

fn step(
    way: Way,
    source: BorrowedFd<'_>,
    sink: BorrowedFd<'_>,
    most: usize,
) -> Result<usize, Errno> {
    match way {
        Way::CopyFileRange => {
            retry_on_intr(|| rustix::fs::copy_file_range(source, None, sink, None, most))
        }
        Way::Sendfile => retry_on_intr(|| rustix::fs::sendfile(sink, source, None, most)),
        Way::Splice => splice(source, None, sink, most),
    }
}

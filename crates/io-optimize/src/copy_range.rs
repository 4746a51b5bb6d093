//! Copying a part of a file into a part of another.

use std::fs::File;
use std::io;
use std::ops::Range;

use crate::buffers::with_buffer;
use crate::read_at::positioned_read;

/// Bytes of one read and one write.
const BLOCK: u64 = 1 << 20;
/// No file has a byte behind it, on any system.
const LARGEST_OFFSET: u64 = i64::MAX as u64;

/// Copies the bytes in `range` of `source` to `offset` of `destination`, and returns how many: fewer than
/// the range has only if the source ends within it.
///
/// The positions of both files stay as they are. What `destination` has at that place is overwritten, the
/// rest of it stays; a gap between its end and `offset` reads as zeros. Both may be the same file if the
/// two places do not overlap. Where file systems share blocks, those of the range may be shared.
///
/// ```
/// use std::fs::{File, OpenOptions};
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// std::fs::write(&from, "some text")?;
/// std::fs::write(&to, "0123456789")?;
/// let destination = OpenOptions::new().write(true).open(&to)?;
/// let bytes = io_optimize::copy_range(&File::open(&from)?, 5..100, &destination, 2)?;
/// assert_eq!((bytes, std::fs::read(&to)?.as_slice()), (4, b"01text6789".as_slice()));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// - [`InvalidInput`](io::ErrorKind::InvalidInput), before anything is written: both are the same file and
///   the places overlap; `offset` is larger than 2⁶³ - 1; on Linux, `destination` was opened to append, which
///   would write at its end instead.
/// - What the system says otherwise, such as that a pipe has no offsets; the bytes before that may have
///   been written.
///
/// # Platform differences
/// On Linux [`copy_file_range`](https://man7.org/linux/man-pages/man2/copy_file_range.2.html) copies where
/// it can, elsewhere reads and writes of 1 MiB. On Windows the positions are moved and put back, so
/// another thread must not use them meanwhile; where a file system does not number its files, it is not
/// recognised that both are the same, and what overlaps then is not specified. Outside Linux the system decides what a destination that was opened to append does. Systems other than Unix and Windows have no such reads:
/// [`Unsupported`](io::ErrorKind::Unsupported).
pub fn copy_range(
    source: &File,
    range: Range<u64>,
    destination: &File,
    offset: u64,
) -> io::Result<u64> {
    if offset > LARGEST_OFFSET {
        return Err(invalid("no file has such an offset to write to"));
    }
    let mut range = range.start..range.end.min(LARGEST_OFFSET);
    if range.is_empty() {
        return Ok(0);
    }
    if let Some(length) = length_of_same_file(source, destination)? {
        // What is copied may lengthen the file: it is no source of this copy.
        range.end = range.end.min(length.max(range.start));
        let count = range.end - range.start;
        if offset < range.end && range.start < offset.saturating_add(count) {
            return Err(invalid("both places are in one file and overlap"));
        }
    }
    #[cfg(windows)]
    let _kept = (Position::keep(source)?, Position::keep(destination)?);
    let copied = by_the_kernel(source, &range, destination, offset)?;
    range.start += copied;
    Ok(copied + by_blocks(source, range, destination, offset + copied)?)
}

fn invalid(problem: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

/// The file's length, if both are the same.
#[cfg(unix)]
fn length_of_same_file(a: &File, b: &File) -> io::Result<Option<u64>> {
    use std::os::unix::fs::MetadataExt;
    let (a, b) = (a.metadata()?, b.metadata()?);
    let same = (a.dev(), a.ino()) == (b.dev(), b.ino());
    // A device is as long as it is, whatever its name says.
    let length = if a.is_file() { a.len() } else { u64::MAX };
    Ok(same.then_some(length))
}

/// The file's length, if both are the same and the file system numbers its files.
#[cfg(windows)]
fn length_of_same_file(a: &File, b: &File) -> io::Result<Option<u64>> {
    if crate::copy::windows::have_one_number(a, b) != Some(true) {
        return Ok(None);
    }
    a.metadata().map(|metadata| Some(metadata.len()))
}

/// Not known.
#[cfg(not(any(unix, windows)))]
fn length_of_same_file(_a: &File, _b: &File) -> io::Result<Option<u64>> {
    Ok(None)
}

/// Copies as far as the kernel does it, and returns how far that was.
#[cfg(target_os = "linux")]
fn by_the_kernel(
    source: &File,
    range: &Range<u64>,
    destination: &File,
    offset: u64,
) -> io::Result<u64> {
    use rustix::fs::OFlags;
    use rustix::io::retry_on_intr;

    /// One request, in bytes.
    const CHUNK: u64 = 1 << 30;

    if rustix::fs::fcntl_getfl(destination)?.contains(OFlags::APPEND) {
        return Err(invalid("the destination is open to append only"));
    }
    let mut copied = 0;
    if !crate::copy::kernel_copies_ranges() {
        return Ok(copied);
    }
    let length = range.end - range.start;
    while copied < length {
        let step = retry_on_intr(|| {
            let (mut read_at, mut write_at) = (range.start + copied, offset + copied);
            let most = (length - copied).min(CHUNK) as usize;
            rustix::fs::copy_file_range(
                source,
                Some(&mut read_at),
                destination,
                Some(&mut write_at),
                most,
            )
        });
        match step {
            // The end, or a file that only a read finds something in.
            Ok(0) => break,
            Ok(count) => copied += count as u64,
            Err(errno) if crate::copy::is_refusal(errno) => break,
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(copied)
}

/// Nothing: this system's kernel has no such call.
#[cfg(not(target_os = "linux"))]
fn by_the_kernel(
    _source: &File,
    _range: &Range<u64>,
    _destination: &File,
    _offset: u64,
) -> io::Result<u64> {
    Ok(0)
}

fn by_blocks(source: &File, range: Range<u64>, destination: &File, offset: u64) -> io::Result<u64> {
    let length = range.end - range.start;
    let mut copied = 0;
    with_buffer(length.min(BLOCK) as usize, |buffer| {
        while copied < length {
            let most = (length - copied).min(BLOCK) as usize;
            let count = match positioned_read(source, range.start + copied, &mut buffer[..most]) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            write_all_at(destination, &buffer[..count], offset + copied)?;
            copied += count as u64;
        }
        Ok(copied)
    })
}

fn write_all_at(destination: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match positioned_write(destination, bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                bytes = &bytes[count..];
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(unix)]
fn positioned_write(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, bytes, offset)
}

#[cfg(windows)]
fn positioned_write(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_write(file, bytes, offset)
}

#[cfg(not(any(unix, windows)))]
fn positioned_write(_file: &File, _bytes: &[u8], _offset: u64) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A file's position, which is put back when this goes.
#[cfg(windows)]
struct Position<'a> {
    file: &'a File,
    position: u64,
}

#[cfg(windows)]
impl<'a> Position<'a> {
    fn keep(mut file: &'a File) -> io::Result<Self> {
        let position = io::Seek::stream_position(&mut file)?;
        Ok(Self { file, position })
    }
}

#[cfg(windows)]
impl Drop for Position<'_> {
    fn drop(&mut self) {
        // It was there before, and a file of which that cannot be asked was refused.
        let _ = io::Seek::seek(&mut self.file, io::SeekFrom::Start(self.position));
    }
}

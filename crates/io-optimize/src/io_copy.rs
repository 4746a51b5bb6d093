//! Copying a stream: by the kernel where both ends are descriptors, in large blocks elsewhere.

/// Readers or writers that are descriptors, and hold nothing that a flush does not empty.
macro_rules! descriptors {
    ($trait:ident: $($(#[$condition:meta])* $stream:ty),* $(,)?) => {$(
        $(#[$condition])*
        impl $trait for $stream {
            #[cfg(unix)]
            fn descriptor(&self) -> Option<BorrowedFd<'_>> {
                Some(self.as_fd())
            }
        }
    )*};
}

mod adapters;
#[cfg(target_os = "linux")]
mod linux;
mod sink;
mod source;

use std::io::{self, Read, Write};

pub use adapters::{Inspected, Plain, Watched};
pub use sink::CopySink;
pub use source::CopySource;

use crate::buffers::with_clean_buffer;

/// Bytes of one read where this process copies: larger ones, and a size that adapts to the source, were
/// measured to be no faster, see [`AdaptiveBuffer`](crate::AdaptiveBuffer).
const BLOCK: usize = 256 * 1024;

/// Copies all that `reader` has left to `writer`, as [`std::io::copy`] does, and returns how many bytes
/// that were.
///
/// On Linux the kernel copies where both lead to a descriptor, through any number of wrappers: between
/// regular files `copy_file_range`, from a regular file to anything `sendfile`, from or to a pipe
/// `splice`. What a [`BufReader`](io::BufReader) has read ahead is written first, what a
/// [`BufWriter`](io::BufWriter) holds is written before that, a [`Take`](io::Take) ends the copy where
/// it should, and a [`Watched`] is told of every slice. The positions of both descriptors advance as by
/// reads and writes, and a destination that was opened to append is appended to.
///
/// Everything else is read in blocks of 256 KiB, and so is what the kernel refuses: wrap a reader or a
/// writer in [`Plain`], unless it implements [`CopySource`] or [`CopySink`]. A hash needs to see the
/// bytes: see [`Inspected`].
///
/// ```
/// use std::fs::File;
/// use std::io::{BufReader, Read};
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// std::fs::write(&from, "head, body and tail")?;
/// let mut reader = BufReader::new(File::open(&from)?);
/// reader.read_exact(&mut [0; 6])?;
/// let bytes = io_optimize::io_copy(&mut reader.take(8), &mut File::create(&to)?)?;
/// assert_eq!((bytes, std::fs::read(&to)?.as_slice()), (8, b"body and".as_slice()));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The first error of a read or a write other than [`Interrupted`](io::ErrorKind::Interrupted), after
/// which it is not known how much was copied. No path is known here, so none is named.
///
/// # Platform differences
/// Outside Linux it always reads and writes blocks. On Linux a pipe that a file is copied to may hold
/// the file's pages rather than their copies: what is written to the file before they are read shows
/// in them. That is so with [`std::io::copy`] too.
///
/// # Sources
/// [copy_file_range(2)](https://man7.org/linux/man-pages/man2/copy_file_range.2.html),
/// [sendfile(2)](https://man7.org/linux/man-pages/man2/sendfile.2.html),
/// [splice(2)](https://man7.org/linux/man-pages/man2/splice.2.html).
pub fn io_copy<R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    R: CopySource + ?Sized,
    W: CopySink + ?Sized,
{
    #[cfg(target_os = "linux")]
    let copied = match linux::copy(reader, writer)? {
        linux::Copied::All(bytes) => return Ok(bytes),
        linux::Copied::Some(bytes) => bytes,
    };
    #[cfg(not(target_os = "linux"))]
    let copied = 0;
    Ok(copied + copy_blocks(reader, writer)?)
}

/// Reads and writes until a read finds nothing.
fn copy_blocks<R: Read + ?Sized, W: Write + ?Sized>(
    reader: &mut R,
    writer: &mut W,
) -> io::Result<u64> {
    // The reader may be anybody's, and what another copy left in a buffer is not for it.
    with_clean_buffer(BLOCK, |buffer| {
        let (mut copied, mut used) = (0, 0);
        let outcome = loop {
            match reader.read(buffer) {
                Ok(0) => break Ok(copied),
                Ok(count) => {
                    used = used.max(count);
                    if let Err(error) = writer.write_all(&buffer[..count]) {
                        break Err(error);
                    }
                    copied += count as u64;
                }
                Err(error) => {
                    // Nobody says how much of it was written before.
                    used = BLOCK;
                    if error.kind() != io::ErrorKind::Interrupted {
                        break Err(error);
                    }
                }
            }
        };
        (outcome, used)
    })
}

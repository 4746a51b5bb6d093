//! What can be read at an offset.

use std::fs::File;
use std::io;
use std::sync::Arc;

/// Bytes that can be read at any offset, by many threads at once: there is no cursor.
///
/// ```
/// use io_optimize::ReadAt;
/// let bytes = b"positioned".as_slice();
/// let mut buffer = [0; 4];
/// assert_eq!(bytes.read_at(8, &mut buffer)?, 2);
/// bytes.read_exact_at(2, &mut buffer)?;
/// assert_eq!(&buffer, b"siti");
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait ReadAt {
    /// Reads into `buffer` what lies `offset` bytes from the start, and returns how many bytes that
    /// were.
    ///
    /// As with [`io::Read::read`] these may be fewer than the buffer holds. 0 means that the buffer is
    /// empty or that nothing lies at this offset.
    ///
    /// # Errors
    /// What the bytes come from decides. An error says that nothing was read.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Fills `buffer` with what lies `offset` bytes from the start.
    ///
    /// # Errors
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) where the bytes end before the buffer is full,
    /// and those of [`read_at`](ReadAt::read_at), of which
    /// [`Interrupted`](io::ErrorKind::Interrupted) is tried again. What the buffer then holds is not
    /// specified.
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut filled = 0;
        while filled < buffer.len() {
            // Past the largest offset there is nothing.
            let bytes = match offset.checked_add(filled as u64) {
                Some(offset) => self.read_at(offset, &mut buffer[filled..]),
                None => Ok(0),
            };
            match bytes {
                Ok(0) => return Err(unexpected_end()),
                Ok(bytes) => filled += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

pub(crate) fn unexpected_end() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the end comes before the buffer is full",
    )
}

impl ReadAt for [u8] {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.get(offset..))
            .unwrap_or_default();
        let bytes = rest.len().min(buffer.len());
        buffer[..bytes].copy_from_slice(&rest[..bytes]);
        Ok(bytes)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buffer)
    }
}

/// Hands both methods on, so that a type's own errors of `read_exact_at` stay.
macro_rules! read_at_by_reference {
    ($($pointer:ty),*) => {$(
        impl<R: ReadAt + ?Sized> ReadAt for $pointer {
            fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
                (**self).read_at(offset, buffer)
            }

            fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
                (**self).read_exact_at(offset, buffer)
            }
        }
    )*};
}

read_at_by_reference!(&R, Box<R>, Arc<R>);

/// Reads once at an offset.
#[cfg(unix)]
pub(crate) fn positioned_read(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

/// Reads once at an offset, and moves the cursor of the file too.
#[cfg(windows)]
pub(crate) fn positioned_read(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    // No file reaches there, and to the system some of these offsets mean the cursor.
    if i64::try_from(offset).is_err() {
        return Ok(0);
    }
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// Not on this system.
#[cfg(not(any(unix, windows)))]
pub(crate) fn positioned_read(_file: &File, _offset: u64, _buffer: &mut [u8]) -> io::Result<usize> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system has no positioned reads",
    ))
}

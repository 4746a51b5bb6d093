//! What a stream can be copied from.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Empty, Read, Stdin, StdinLock, Take, Write};
use std::net::TcpStream;
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::process::{ChildStderr, ChildStdout};
use std::sync::Arc;

/// What [`io_copy`](crate::io_copy()) reads: a reader that can say where its bytes come from.
///
/// The methods that are given here say that they come from no descriptor, which is right for every
/// reader and copies through [`Read::read`]. A wrapper that leaves the bytes as they are hands all
/// methods on to what it wraps, and keeps its own count right.
///
/// ```
/// use io_optimize::CopySource;
/// use std::io::Read;
///
/// struct Zeros(usize);
///
/// impl Read for Zeros {
///     fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
///         let count = buffer.len().min(self.0);
///         buffer[..count].fill(0);
///         self.0 -= count;
///         Ok(count)
///     }
/// }
///
/// impl CopySource for Zeros {}
///
/// let mut bytes = Vec::new();
/// assert_eq!(io_optimize::io_copy(&mut Zeros(5), &mut bytes)?, 5);
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait CopySource: Read {
    /// The descriptor from whose position on the bytes come, once what was read ahead is gone.
    #[cfg(unix)]
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Writes what was read ahead, but at most so many bytes, and returns how many. If it returns fewer,
    /// nothing is left that was read ahead.
    ///
    /// # Errors
    /// Those of the writer, and those of a read that is needed to find out.
    fn drain(&mut self, most: u64, writer: &mut dyn Write) -> io::Result<u64> {
        let _ = (most, writer);
        Ok(0)
    }

    /// How many bytes may at most be taken from the descriptor before [`moved`](Self::moved) is called.
    /// 0 is the end.
    fn most_at_once(&self) -> u64 {
        u64::MAX
    }

    /// So many bytes were taken from the descriptor by someone else than [`Read::read`].
    fn moved(&mut self, bytes: u64) {
        let _ = bytes;
    }
}

descriptors!(
    CopySource:
    File,
    &File,
    Arc<File>,
    ChildStdout,
    ChildStderr,
    TcpStream,
    &TcpStream,
    #[cfg(unix)]
    UnixStream,
    #[cfg(unix)]
    &UnixStream,
);

impl CopySource for &[u8] {}
impl CopySource for Empty {}
impl<T: AsRef<[u8]>> CopySource for Cursor<T> {}

/// Bytes that another thread takes into the common buffer while the kernel copies are not copied: lock
/// the handle where there is one.
impl CopySource for Stdin {
    #[cfg(unix)]
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.as_fd())
    }

    fn drain(&mut self, most: u64, writer: &mut dyn Write) -> io::Result<u64> {
        self.lock().drain(most, writer)
    }
}

impl CopySource for StdinLock<'_> {
    #[cfg(unix)]
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.as_fd())
    }

    /// Reads once if the buffer is empty, since it cannot be told from outside.
    fn drain(&mut self, most: u64, writer: &mut dyn Write) -> io::Result<u64> {
        if most == 0 {
            return Ok(0);
        }
        let buffered = loop {
            match self.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(buffered) => break buffered.len(),
                Err(error) => return Err(error),
            }
        };
        if buffered == 0 {
            return Ok(0);
        }
        // What is there already, without another read.
        let bytes = self.fill_buf()?;
        let count = at_most(bytes.len(), most);
        writer.write_all(&bytes[..count])?;
        self.consume(count);
        Ok(count as u64)
    }
}

impl<R: CopySource> CopySource for BufReader<R> {
    #[cfg(unix)]
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.get_ref().descriptor()
    }

    fn drain(&mut self, most: u64, writer: &mut dyn Write) -> io::Result<u64> {
        let count = at_most(self.buffer().len(), most);
        writer.write_all(&self.buffer()[..count])?;
        self.consume(count);
        let count = count as u64;
        Ok(count + self.get_mut().drain(most - count, writer)?)
    }

    fn most_at_once(&self) -> u64 {
        self.get_ref().most_at_once()
    }

    fn moved(&mut self, bytes: u64) {
        self.get_mut().moved(bytes);
    }
}

impl<R: CopySource> CopySource for Take<R> {
    #[cfg(unix)]
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.get_ref().descriptor()
    }

    fn drain(&mut self, most: u64, writer: &mut dyn Write) -> io::Result<u64> {
        let limit = self.limit();
        let count = self.get_mut().drain(most.min(limit), writer)?;
        self.set_limit(limit.saturating_sub(count));
        Ok(count)
    }

    fn most_at_once(&self) -> u64 {
        self.limit().min(self.get_ref().most_at_once())
    }

    fn moved(&mut self, bytes: u64) {
        self.set_limit(self.limit().saturating_sub(bytes));
        self.get_mut().moved(bytes);
    }
}

/// Hands all methods on.
macro_rules! by_reference {
    ($($pointer:ty),*) => {$(
        impl<R: CopySource + ?Sized> CopySource for $pointer {
            #[cfg(unix)]
            fn descriptor(&self) -> Option<BorrowedFd<'_>> {
                (**self).descriptor()
            }

            fn drain(&mut self, most: u64, writer: &mut dyn Write) -> io::Result<u64> {
                (**self).drain(most, writer)
            }

            fn most_at_once(&self) -> u64 {
                (**self).most_at_once()
            }

            fn moved(&mut self, bytes: u64) {
                (**self).moved(bytes);
            }
        }
    )*};
}

by_reference!(&mut R, Box<R>);

fn at_most(length: usize, most: u64) -> usize {
    usize::try_from(most).map_or(length, |most| length.min(most))
}

//! Wrappers for readers and writers that are copied.

use std::fmt;
use std::io::{self, Read, Write};
#[cfg(unix)]
use std::os::fd::BorrowedFd;

use super::{CopySink, CopySource};

/// What the kernel copies between two calls of the function, in bytes.
const SLICE: u64 = 8 << 20;

/// A reader or a writer of which a function is told how many bytes came or went.
///
/// Unlike a wrapper of another crate it does not keep [`io_copy`](crate::io_copy()) from letting the kernel
/// copy, which it then does in slices of at most 8 MiB.
///
/// ```
/// use io_optimize::Watched;
/// use std::fs::File;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// std::fs::write(&from, [7; 100_000])?;
/// let mut done = 0;
/// let mut reader = Watched::new(File::open(&from)?, |bytes| done += bytes);
/// io_optimize::io_copy(&mut reader, &mut File::create(&to)?)?;
/// assert_eq!(done, 100_000);
/// # Ok(())
/// # }
/// ```
pub struct Watched<T, F> {
    inner: T,
    watch: F,
}

impl<T, F: FnMut(u64)> Watched<T, F> {
    /// Calls `watch` with the number of bytes whenever some were read from `inner` or written to it.
    pub fn new(inner: T, watch: F) -> Self {
        Self { inner, watch }
    }

    /// What was wrapped.
    pub fn into_inner(self) -> T {
        self.inner
    }

    fn count(&mut self, bytes: u64) {
        if bytes > 0 {
            (self.watch)(bytes);
        }
    }
}

impl<T: fmt::Debug, F> fmt::Debug for Watched<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<R: Read, F: FnMut(u64)> Read for Watched<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count(count as u64);
        Ok(count)
    }
}

impl<W: Write, F: FnMut(u64)> Write for Watched<W, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.count(count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: CopySource, F: FnMut(u64)> CopySource for Watched<R, F> {
    #[cfg(unix)]
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.inner.descriptor()
    }

    fn drain(&mut self, most: u64, writer: &mut dyn Write) -> io::Result<u64> {
        let count = self.inner.drain(most, writer)?;
        self.count(count);
        Ok(count)
    }

    fn most_at_once(&self) -> u64 {
        self.inner.most_at_once().min(SLICE)
    }

    fn moved(&mut self, bytes: u64) {
        self.inner.moved(bytes);
        self.count(bytes);
    }
}

impl<W: CopySink, F: FnMut(u64)> CopySink for Watched<W, F> {
    #[cfg(unix)]
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.inner.descriptor()
    }

    fn settle(&mut self) -> io::Result<()> {
        self.inner.settle()
    }

    fn most_at_once(&self) -> u64 {
        self.inner.most_at_once().min(SLICE)
    }

    fn moved(&mut self, bytes: u64) {
        self.inner.moved(bytes);
        self.count(bytes);
    }
}

/// A reader or a writer of which a function sees all bytes, for a hash or a checksum.
///
/// The function needs the bytes in this process, so the kernel cannot copy them:
/// [`io_copy`](crate::io_copy()) reads blocks of 256 KiB, each once, where [`std::io::copy`] reads 8 KiB.
///
/// ```
/// use io_optimize::Inspected;
/// use std::fs::File;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// std::fs::write(&from, [7; 100_000])?;
/// let mut sum = 0_u64;
/// let count = |bytes: &[u8]| sum += bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>();
/// let mut reader = Inspected::new(File::open(&from)?, count);
/// io_optimize::io_copy(&mut reader, &mut File::create(&to)?)?;
/// assert_eq!(sum, 700_000);
/// # Ok(())
/// # }
/// ```
pub struct Inspected<T, F> {
    inner: T,
    inspect: F,
}

impl<T, F: FnMut(&[u8])> Inspected<T, F> {
    /// Calls `inspect` with all bytes that were read from `inner` or written to it, in their order.
    pub fn new(inner: T, inspect: F) -> Self {
        Self { inner, inspect }
    }

    /// What was wrapped.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: fmt::Debug, F> fmt::Debug for Inspected<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspected")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<R: Read, F: FnMut(&[u8])> Read for Inspected<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        (self.inspect)(&buffer[..count]);
        Ok(count)
    }
}

impl<W: Write, F: FnMut(&[u8])> Write for Inspected<W, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        (self.inspect)(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read, F: FnMut(&[u8])> CopySource for Inspected<R, F> {}
impl<W: Write, F: FnMut(&[u8])> CopySink for Inspected<W, F> {}

/// Any reader or writer, for [`io_copy`](crate::io_copy()) to read and write in blocks of 256 KiB.
///
/// ```
/// use io_optimize::Plain;
/// let mut reader = Plain(std::io::repeat(7));
/// let mut bytes = Vec::new();
/// io_optimize::io_copy(&mut std::io::Read::take(reader, 3), &mut bytes)?;
/// assert_eq!(bytes, [7, 7, 7]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Plain<T>(
    /// What is read or written.
    pub T,
);

impl<R: Read> Read for Plain<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<R: Read> CopySource for Plain<R> {}
impl<W: Write> CopySink for Plain<W> {}

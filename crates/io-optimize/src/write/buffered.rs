//! A buffer in front of a writer, whose last error can be asked for.

use std::error::Error;
use std::fmt;
use std::io::{self, IoSlice, Seek, SeekFrom, Write};

use super::deliver::{deliver, DEFAULT_CAPACITY};

/// Gathers small writes into blocks of 64 KiB, as [`std::io::BufWriter`] does into blocks of 8 KiB.
///
/// Writes that do not fit into an empty buffer go straight through. The bytes reach the inner writer in
/// order and once each: short writes are continued, interrupted ones repeated. After an error the
/// buffer still holds what the inner writer did not take, and the next write or flush goes on there.
///
/// # Dropping
/// A writer that is dropped writes what it still holds, as `BufWriter` does, but a drop can return no
/// error: **one that happens there is ignored and leaves no trace**, and the bytes are lost. Programs
/// that must know call [`finish`](Self::finish). Nothing is written by the drop if the inner writer
/// panicked before, because part of the buffer may have been written then. Neither
/// [`std::process::exit`] nor an abort drops anything: the bytes that are buffered are lost.
///
/// ```
/// use std::io::Write;
/// # fn main() -> std::io::Result<()> {
/// let mut writer = io_optimize::BufferedWriter::new(Vec::new());
/// for number in 0..3 {
///     writeln!(writer, "{number}")?;
/// }
/// assert_eq!(writer.buffer(), b"0\n1\n2\n"); // nothing written so far
/// assert_eq!(writer.finish()?, b"0\n1\n2\n");
/// # Ok(())
/// # }
/// ```
pub struct BufferedWriter<W: Write> {
    buffer: Vec<u8>,
    /// A call of the inner writer was entered and has not returned.
    in_call: bool,
    /// Taken out by what consumes this value.
    inner: Option<W>,
}

const TAKEN: &str = "only methods that consume the value take the inner writer";

impl<W: Write> BufferedWriter<W> {
    /// A buffer of 64 KiB in front of `inner`.
    #[must_use]
    pub fn new(inner: W) -> Self {
        Self::with_capacity(DEFAULT_CAPACITY, inner)
    }

    /// A buffer of `capacity` bytes in front of `inner`; with none, every write goes straight through.
    ///
    /// ```
    /// use std::io::Write;
    /// # fn main() -> std::io::Result<()> {
    /// let mut writer = io_optimize::BufferedWriter::with_capacity(4, Vec::new());
    /// writer.write_all(b"abc")?;
    /// assert_eq!(writer.get_ref(), b"");
    /// writer.write_all(b"def")?;
    /// assert_eq!(writer.get_ref(), b"abc");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize, inner: W) -> Self {
        Self {
            buffer: Vec::with_capacity(capacity),
            in_call: false,
            inner: Some(inner),
        }
    }

    /// Writes what is buffered and returns the inner writer, without flushing that one in turn.
    ///
    /// # Errors
    /// The error that a drop would have ignored, with this writer beside it, which holds the bytes
    /// that were not written. The `?` operator makes it a plain [`io::Error`] where one is wanted, and
    /// gives these bytes up.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use std::io::Write;
    /// let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    /// let mut writer = io_optimize::BufferedWriter::new(full);
    /// writer.write_all(b"lost by a drop").unwrap();
    /// let (error, writer) = writer.finish().unwrap_err().into_parts();
    /// assert_eq!(error.raw_os_error(), Some(28)); // ENOSPC
    /// assert_eq!(writer.buffer(), b"lost by a drop");
    /// # }
    /// ```
    pub fn finish(mut self) -> Result<W, FinishError<W>> {
        match self.write_buffer() {
            Ok(()) => Ok(self.into_parts().0),
            Err(error) => Err(FinishError {
                error,
                writer: self,
            }),
        }
    }

    /// Returns the inner writer and the bytes that were not written to it, and writes nothing.
    ///
    /// If the inner writer panicked before, it may have written some of these bytes.
    ///
    /// ```
    /// use std::io::Write;
    /// let mut writer = io_optimize::BufferedWriter::new(Vec::new());
    /// writer.write_all(b"text").unwrap();
    /// assert_eq!(writer.into_parts(), (Vec::new(), b"text".to_vec()));
    /// ```
    #[must_use]
    pub fn into_parts(mut self) -> (W, Vec<u8>) {
        let inner = self.inner.take().expect(TAKEN);
        (inner, std::mem::take(&mut self.buffer))
    }

    /// The inner writer.
    #[must_use]
    pub fn get_ref(&self) -> &W {
        self.inner.as_ref().expect(TAKEN)
    }

    /// The inner writer. What is written to it directly comes before what is buffered here.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut W {
        self.inner.as_mut().expect(TAKEN)
    }

    /// The bytes that were not yet written.
    #[must_use]
    pub fn buffer(&self) -> &[u8] {
        &self.buffer
    }

    /// The length of the buffer in bytes; at least what [`with_capacity`](Self::with_capacity) asked
    /// for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    fn write_buffer(&mut self) -> io::Result<()> {
        let end = self.buffer.len();
        self.in_call = true;
        let result = deliver(&mut self.buffer, end, self.inner.as_mut().expect(TAKEN));
        self.in_call = false;
        result
    }

    fn call_inner<T>(&mut self, call: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        self.in_call = true;
        let result = call(self.get_mut());
        self.in_call = false;
        result
    }

    #[inline]
    fn fits(&self, count: usize) -> bool {
        count < self.buffer.capacity() - self.buffer.len()
    }

    #[cold]
    #[inline(never)]
    fn write_what_does_not_fit(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.make_room(bytes.len())?;
        if bytes.len() >= self.buffer.capacity() {
            return self.call_inner(|inner| inner.write(bytes));
        }
        self.buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    #[cold]
    #[inline(never)]
    fn write_all_that_does_not_fit(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.make_room(bytes.len())?;
        if bytes.len() >= self.buffer.capacity() {
            return self.call_inner(|inner| inner.write_all(bytes));
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn make_room(&mut self, count: usize) -> io::Result<()> {
        if count > self.buffer.capacity() - self.buffer.len() {
            self.write_buffer()?;
        }
        Ok(())
    }
}

impl<W: Write> Write for BufferedWriter<W> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.fits(bytes.len()) {
            self.buffer.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        self.write_what_does_not_fit(bytes)
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.fits(bytes.len()) {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        self.write_all_that_does_not_fit(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut count = 0;
        for slice in slices.iter().filter(|slice| !slice.is_empty()) {
            if !self.fits(slice.len()) {
                // Only the first one may write: its error would hide how much was taken before.
                return if count == 0 {
                    self.write(slice)
                } else {
                    Ok(count)
                };
            }
            self.buffer.extend_from_slice(slice);
            count += slice.len();
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_buffer()?;
        self.call_inner(W::flush)
    }
}

/// Writes what is buffered before each move.
impl<W: Write + Seek> Seek for BufferedWriter<W> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.write_buffer()?;
        self.get_mut().seek(position)
    }
}

impl<W: Write> Drop for BufferedWriter<W> {
    fn drop(&mut self) {
        if self.inner.is_some() && !self.in_call {
            let _ = self.write_buffer();
        }
    }
}

impl<W: Write + fmt::Debug> fmt::Debug for BufferedWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferedWriter")
            .field("inner", &self.inner)
            .field("buffered", &self.buffer.len())
            .field("capacity", &self.buffer.capacity())
            .finish()
    }
}

/// Why [`BufferedWriter::finish`] failed, and the writer with the bytes that were not written.
///
/// The writer is as before: dropped, it tries to write them once more. [`BufferedWriter::into_parts`]
/// gives them up instead.
///
/// ```
/// use std::io::Write;
/// fn copy_of(text: &[u8], file: std::fs::File) -> std::io::Result<()> {
///     let mut writer = io_optimize::BufferedWriter::new(file);
///     writer.write_all(text)?;
///     writer.finish()?; // FinishError becomes io::Error
///     Ok(())
/// }
/// ```
pub struct FinishError<W: Write> {
    error: io::Error,
    writer: BufferedWriter<W>,
}

impl<W: Write> FinishError<W> {
    /// The error of the inner writer.
    #[must_use]
    pub fn error(&self) -> &io::Error {
        &self.error
    }

    /// The error of the inner writer, and the buffered writer.
    #[must_use]
    pub fn into_parts(self) -> (io::Error, BufferedWriter<W>) {
        (self.error, self.writer)
    }
}

impl<W: Write> fmt::Debug for FinishError<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinishError")
            .field("error", &self.error)
            .field("buffered", &self.writer.buffer.len())
            .finish_non_exhaustive()
    }
}

impl<W: Write> fmt::Display for FinishError<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.writer.buffer.len();
        write!(f, "cannot write the last {count} bytes: {}", self.error)
    }
}

/// Without a source: the inner writer's error is part of the text already.
impl<W: Write> Error for FinishError<W> {}

impl<W: Write> From<FinishError<W>> for io::Error {
    fn from(error: FinishError<W>) -> Self {
        let (error, writer) = error.into_parts();
        // Whoever is told of the error does not expect that the drop tries once more.
        let _given_up = writer.into_parts();
        error
    }
}

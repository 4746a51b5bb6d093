//! One line at a time, lent from the buffer.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::str;

use memchr::memchr;

use super::invalid_utf8::InvalidUtf8;
use super::{read_uninterrupted, BUFFER_LENGTH};
use crate::read::ReadError;

/// Reads lines from any [`Read`] and lends each from its own buffer: no allocation, and no copy but
/// of a line that two reads gave in parts.
///
/// A line ends before `\n`, `\r\n` or at the end of the file; the end is not part of it. As in
/// [`BufRead::lines`](io::BufRead::lines) a `\r` that no `\n` follows is a part of its line, and after
/// a last `\n` there is no empty line.
///
/// The buffer is 256 KiB unless [`with_capacity`](Self::with_capacity) says otherwise, and doubles for
/// a line that does not fit: it can become as large as twice the longest line. A source that has a
/// buffer of its own, such as a [`BufReader`](io::BufReader), copies all bytes once more; hand over
/// what is inside.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("a");
/// # std::fs::write(&path, "one\ntwo\r\n\nfour")?;
/// let mut lines = io_optimize::LineReader::open(&path)?;
/// let mut longest = 0;
/// while let Some(line) = lines.next_line()? {
///     longest = longest.max(line.len());
/// }
/// assert_eq!(longest, 4);
/// # Ok(())
/// # }
/// ```
pub struct LineReader<R> {
    source: R,
    /// What errors name; readers that did not open a path themselves have none.
    path: Option<Box<Path>>,
    /// All of it is initialised; what is read and not lent yet lies in `unread`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    lines: u64,
}

impl LineReader<File> {
    /// Opens the file and reads its lines; all errors name the path.
    ///
    /// Files of `/proc` and `/sys`, devices and FIFOs are read to their end; opening a FIFO waits for
    /// a writer.
    ///
    /// # Errors
    /// A [`ReadError`] inside an [`io::Error`] of the system's kind: the path cannot be opened. On
    /// Unix a directory can, but not read: there [`next_line`](Self::next_line) fails.
    pub fn open<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| ReadError::naming(path, error))?;
        let mut lines = Self::new(file);
        lines.path = Some(path.into());
        Ok(lines)
    }
}

impl<R: Read> LineReader<R> {
    /// Reads the lines of `source` through a buffer of 256 KiB.
    #[must_use]
    pub fn new(source: R) -> Self {
        Self::with_capacity(BUFFER_LENGTH, source)
    }

    /// Reads the lines of `source` through a buffer of this many bytes at first, at least one.
    ///
    /// A smaller buffer than that of [`new`](Self::new) saves memory where many readers are open at
    /// once, and costs more system calls.
    #[must_use]
    pub fn with_capacity(capacity: usize, source: R) -> Self {
        Self {
            source,
            path: None,
            buffer: vec![0; capacity.max(1)],
            start: 0,
            end: 0,
            lines: 0,
        }
    }

    /// Lends the next line without its end; `None` at the end of the source.
    ///
    /// `None` need not be the last word: each further call reads again, so that a file which has
    /// grown meanwhile goes on. Where its last line had no end, what is added to that line comes as a
    /// line of its own. Where a file is truncated, the lines end.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let mut lines = io_optimize::LineReader::new(&b"a\r\n\xff\rb"[..]);
    /// assert_eq!(lines.next_line()?, Some(&b"a"[..]));
    /// assert_eq!(lines.next_line()?, Some(&b"\xff\rb"[..]));
    /// assert_eq!(lines.next_line()?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - That of the source, except [`Interrupted`](io::ErrorKind::Interrupted), upon which it is
    ///   read again. Nothing is lost: the next call goes on with the same line.
    /// - [`OutOfMemory`](io::ErrorKind::OutOfMemory): a line is too long for the memory.
    ///
    /// A reader from [`open`](LineReader::open) has a [`ReadError`] inside each.
    #[inline]
    pub fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        match self.advance()? {
            Some(line) => Ok(Some(&self.buffer[line])),
            None => Ok(None),
        }
    }

    /// Lends the next line without its end as a string; `None` at the end of the source.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let mut lines = io_optimize::LineReader::new("größer\nals".as_bytes());
    /// assert_eq!(lines.next_str()?, Some("größer"));
    /// assert_eq!(lines.next_str()?, Some("als"));
    /// assert_eq!(lines.next_str()?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`InvalidData`](io::ErrorKind::InvalidData): the line is not UTF-8. Inside is an
    ///   [`InvalidUtf8`], which says where; with a reader from [`open`](LineReader::open) it is
    ///   inside the [`io_error`](ReadError::io_error) of a [`ReadError`]. The next call goes on with
    ///   the line after this one.
    /// - Those of [`next_line`](Self::next_line).
    #[inline]
    pub fn next_str(&mut self) -> io::Result<Option<&str>> {
        let Some(line) = self.advance()? else {
            return Ok(None);
        };
        match str::from_utf8(&self.buffer[line]) {
            Ok(line) => Ok(Some(line)),
            Err(error) => Err(self.name(InvalidUtf8::new(self.lines, error).into())),
        }
    }

    /// How many lines have been lent, which is the number of the last one, the first being 1.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let mut lines = io_optimize::LineReader::new(&b"a\nb\n"[..]);
    /// while let Some(line) = lines.next_line()? {
    ///     if line == b"b" {
    ///         break;
    ///     }
    /// }
    /// assert_eq!(lines.line_number(), 2);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn line_number(&self) -> u64 {
        self.lines
    }

    /// Goes past the next line, and says where in the buffer it lies.
    #[inline]
    fn advance(&mut self) -> io::Result<Option<Range<usize>>> {
        let length = match memchr(b'\n', &self.buffer[self.start..self.end]) {
            Some(length) => length,
            None => match self.read_on()? {
                Some(length) => length,
                None => return Ok(None),
            },
        };
        let start = self.start;
        let mut end = start + length;
        self.lines += 1;
        if end == self.end {
            self.start = end;
        } else {
            self.start = end + 1;
            if length > 0 && self.buffer[end - 1] == b'\r' {
                end -= 1;
            }
        }
        Ok(Some(start..end))
    }

    /// Reads until there is a line in the buffer, and returns its length without `\n`; that of what
    /// is left at the end of the source, if anything is.
    #[cold]
    fn read_on(&mut self) -> io::Result<Option<usize>> {
        loop {
            let searched = self.end - self.start;
            let count = self
                .make_room()
                .and_then(|()| read_uninterrupted(&mut self.source, &mut self.buffer[self.end..]))
                .map_err(|error| self.name(error))?;
            if count == 0 {
                return Ok((searched > 0).then_some(searched));
            }
            self.end += count;
            if let Some(found) = memchr(b'\n', &self.buffer[searched..self.end]) {
                return Ok(Some(searched + found));
            }
        }
    }

    /// Moves what is not lent yet to the front, and doubles the buffer if that fills it.
    fn make_room(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let length = self.buffer.len();
        if self.end == length {
            self.buffer
                .try_reserve_exact(length)
                .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
            self.buffer.resize(2 * length, 0);
        }
        Ok(())
    }

    fn name(&self, error: io::Error) -> io::Error {
        match &self.path {
            Some(path) => ReadError::naming(path, error),
            None => error,
        }
    }
}

impl<R: fmt::Debug> fmt::Debug for LineReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineReader")
            .field("source", &self.source)
            .field("path", &self.path)
            .field("unread", &(self.end - self.start))
            .field("line_number", &self.lines)
            .finish_non_exhaustive()
    }
}

//! One line at a time, lent from the buffer.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::str;

use memchr::{memchr, memchr_iter};

use super::invalid_utf8::InvalidUtf8;
use super::word::{newlines, WORD_LENGTH};
use super::{read_uninterrupted, BUFFER_LENGTH};
use crate::buffers::BUFFER_ALIGNMENT;
use crate::read::ReadError;

/// What a search finds that ends right behind a newline.
const LAST_OF_WORD: u64 = 1 << (WORD_LENGTH - 1);
/// Bytes of the average line, with its end, below which the search by words is faster than `memchr`.
const SHORT_LINE: usize = 64;
/// Bytes at the start of a read that tell how long lines are.
const SAMPLE_LENGTH: usize = 4096;
/// How many words in a row are searched before it goes on by `memchr`.
const WORDS_AT_ONCE: usize = 2;

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
    /// All of it is initialised; what is read and not lent yet lies from `start` to `end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Up to here all newlines are lent or in `newlines`.
    searched: usize,
    /// Those of the word that ends at `searched` which are not lent yet, see [`newlines`].
    newlines: u64,
    /// Whether the lines that were read last are short enough for the search by words to pay.
    has_short_lines: bool,
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
            searched: 0,
            newlines: 0,
            has_short_lines: false,
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

    /// Hands over all lines that are left, until `each` breaks or fails: faster than one by one, as
    /// what is known of the buffer stays in registers.
    pub(super) fn for_each<F>(mut self, mut each: F) -> io::Result<()>
    where
        F: FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    {
        // The first line of a buffer comes by the way that reads on.
        while let Some(line) = self.next_line()? {
            if each(line)?.is_break() {
                break;
            }
            let read = &self.buffer[..self.end];
            let mut start = self.start;
            let mut searched = self.searched;
            let mut found = self.newlines;
            loop {
                while found != 0 {
                    let newline = searched + found.trailing_zeros() as usize - WORD_LENGTH;
                    found &= found - 1;
                    if each(without_return(&read[start..newline]))?.is_break() {
                        return Ok(());
                    }
                    start = newline + 1;
                }
                if self.has_short_lines {
                    let word = read
                        .get(searched..)
                        .and_then(|rest| rest.get(..WORD_LENGTH));
                    let Some(Ok(word)) = word.map(TryInto::try_into) else {
                        break;
                    };
                    found = newlines(word);
                    searched += WORD_LENGTH;
                } else {
                    let Some(length) = memchr(b'\n', &read[searched..]) else {
                        break;
                    };
                    found = LAST_OF_WORD;
                    searched += length + 1;
                }
            }
            self.start = start;
            self.searched = searched;
            self.newlines = 0;
        }
        Ok(())
    }

    /// Goes past the next line, and says where in the buffer it lies.
    #[inline]
    fn advance(&mut self) -> io::Result<Option<Range<usize>>> {
        if self.newlines == 0 {
            self.search_words();
            if self.newlines == 0 && !self.search()? {
                return Ok(self.take_rest());
            }
        }
        let start = self.start;
        let newline = self.searched + self.newlines.trailing_zeros() as usize - WORD_LENGTH;
        self.newlines &= self.newlines - 1;
        self.start = newline + 1;
        self.lines += 1;
        let line = without_return(&self.buffer[start..newline]);
        Ok(Some(start..start + line.len()))
    }

    /// Searches the next words, if they are whole in the buffer and lines are short.
    #[inline]
    fn search_words(&mut self) {
        for _ in 0..WORDS_AT_ONCE {
            let unsearched = &self.buffer[self.searched..self.end];
            let word = unsearched.get(..WORD_LENGTH).map(TryInto::try_into);
            let (true, Some(Ok(word))) = (self.has_short_lines, word) else {
                return;
            };
            self.newlines = newlines(word);
            self.searched += WORD_LENGTH;
            if self.newlines != 0 {
                return;
            }
        }
    }

    /// Searches up to the next newline, reading on where none is in the buffer; whether there is one.
    fn search(&mut self) -> io::Result<bool> {
        let unsearched = &self.buffer[self.searched..self.end];
        if let Some(length) = memchr(b'\n', unsearched) {
            self.newlines = LAST_OF_WORD;
            self.searched += length + 1;
            return Ok(true);
        }
        self.read_line()
    }

    /// Reads on, with no newline in the buffer, up to one; whether there is one, `searched` then
    /// being right behind it.
    #[cold]
    fn read_line(&mut self) -> io::Result<bool> {
        loop {
            self.searched = self.end;
            let count = self.read_on().map_err(|error| self.name(error))?;
            if count == 0 {
                return Ok(false);
            }
            let read = &self.buffer[self.searched..self.end];
            let sample = &read[..count.min(SAMPLE_LENGTH)];
            self.has_short_lines = memchr_iter(b'\n', sample).count() * SHORT_LINE > sample.len();
            if let Some(found) = memchr(b'\n', read) {
                self.newlines = LAST_OF_WORD;
                self.searched += found + 1;
                return Ok(true);
            }
        }
    }

    /// Reads behind what is not lent yet, which moves to the front; if that fills the buffer, it
    /// doubles.
    fn read_on(&mut self) -> io::Result<usize> {
        let rest = self.end - self.start;
        let mut place = self.place_behind(rest);
        let length = self.buffer.len();
        if place >= length {
            self.buffer
                .try_reserve_exact(length)
                .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
            self.buffer.resize(2 * length, 0);
            place = self.place_behind(rest);
        }
        self.buffer.copy_within(self.start..self.end, place - rest);
        self.searched = self.searched - self.start + place - rest;
        self.start = place - rest;
        self.end = place;
        let count = read_uninterrupted(&mut self.source, &mut self.buffer[self.end..])?;
        self.end += count;
        Ok(count)
    }

    /// Where to read to behind so many bytes: at the beginning of a page, where the buffer has many,
    /// since the kernel copies to there fastest, see [`BUFFER_ALIGNMENT`].
    fn place_behind(&self, rest: usize) -> usize {
        if self.buffer.len() < 16 * BUFFER_ALIGNMENT {
            return rest;
        }
        let address = self.buffer.as_ptr() as usize + rest;
        rest + address.wrapping_neg() % BUFFER_ALIGNMENT
    }

    /// What no newline ends before the end of the source, if anything is left.
    #[cold]
    fn take_rest(&mut self) -> Option<Range<usize>> {
        let rest = self.start..self.end;
        self.start = self.end;
        self.lines += u64::from(!rest.is_empty());
        (!rest.is_empty()).then_some(rest)
    }

    fn name(&self, error: io::Error) -> io::Error {
        match &self.path {
            Some(path) => ReadError::naming(path, error),
            None => error,
        }
    }
}

/// The line, which a newline ends, without the `\r` that belongs to its end.
#[inline]
fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
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

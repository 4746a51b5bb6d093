//! The standard output in blocks.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use super::deliver::{deliver, DEFAULT_CAPACITY};

/// The standard output with a buffer of 64 KiB of its own.
///
/// The standard library writes every line to the standard output at once, whatever that is. Here that
/// is so only on a terminal; to a file or a pipe whole blocks are written, which for short lines is
/// more than ten times faster. Each call makes a separate buffer: call it once and pass the writer on.
///
/// ```
/// use std::io::Write;
/// # fn main() -> std::io::Result<()> {
/// let mut output = io_optimize::stdout();
/// for number in 0..3 {
///     writeln!(output, "{number}")?;
/// }
/// output.finish()?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn stdout() -> Stdout {
    Stdout {
        buffer: Vec::with_capacity(DEFAULT_CAPACITY),
        is_line_buffered: io::stdout().is_terminal(),
    }
}

/// A writer to the standard output, made by [`stdout`](fn@stdout).
///
/// # Together with `println!`
/// The blocks go through [`std::io::Stdout`], whose lock is held for the length of a block only. What
/// was printed with `println!` before a block is written comes before it. What is printed while text
/// is still buffered here **comes before that text**: call [`flush`](Write::flush) first. The same
/// holds for other threads and for child processes that inherit the standard output. A block ends with
/// a line wherever one ends within it, so that others' output lands between lines, not within them.
///
/// ```
/// use std::io::Write;
/// # fn main() -> std::io::Result<()> {
/// let mut output = io_optimize::stdout();
/// writeln!(output, "first")?;
/// output.flush()?;
/// println!("second");
/// writeln!(output, "third")?;
/// # output.finish()
/// # }
/// ```
///
/// # Dropping
/// A writer that is dropped writes what it still holds; an error that happens there is ignored.
/// [`finish`](Self::finish) returns it. Neither [`std::process::exit`] nor an abort drops anything: the
/// text that is buffered **is lost** there, where the standard library's own buffer would be written.
///
/// # Errors
/// A reader that has gone away gives [`BrokenPipe`](io::ErrorKind::BrokenPipe), at the earliest when a
/// block is full. It never panics, unlike `println!`.
///
/// # Platform differences
/// What is a terminal is decided by [`IsTerminal`]. A Windows console accepts UTF-8 only, as it does
/// from the standard library. A standard output that is closed takes all writes and drops them, again
/// as in the standard library.
pub struct Stdout {
    buffer: Vec<u8>,
    is_line_buffered: bool,
}

impl Stdout {
    /// Writes what is buffered.
    ///
    /// # Errors
    /// The error that a drop would have ignored. What was not written by then is given up.
    pub fn finish(mut self) -> io::Result<()> {
        let result = self.flush();
        self.buffer.clear();
        result
    }

    /// Whether each line is written at once, because the standard output is a terminal.
    #[must_use]
    pub fn is_line_buffered(&self) -> bool {
        self.is_line_buffered
    }

    #[inline]
    fn only_buffers(&self, bytes: &[u8]) -> bool {
        bytes.len() < self.buffer.capacity() - self.buffer.len() && !self.is_line_buffered
    }

    fn deliver(&mut self, end: usize) -> io::Result<()> {
        deliver(&mut self.buffer, end, &mut io::stdout().lock())
    }

    #[cold]
    #[inline(never)]
    fn write_to_output(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fits = |buffer: &Vec<u8>| bytes.len() < buffer.capacity() - buffer.len();
        if !fits(&self.buffer) {
            // The standard library would keep an incomplete line in its own buffer, and then write it
            // by itself in front of the next block.
            self.deliver(end_of_lines(&self.buffer))?;
            if !fits(&self.buffer) {
                self.deliver(self.buffer.len())?;
            }
        }
        if !fits(&self.buffer) {
            return io::stdout().lock().write(&bytes[..end_of_lines(bytes)]);
        }
        if self.is_line_buffered && bytes.contains(&b'\n') {
            return self.write_lines(bytes);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Writes the lines that are complete with these bytes; after an error none of the bytes that it
    /// does not report as taken stays in the buffer.
    fn write_lines(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let held = self.buffer.len();
        self.buffer.extend_from_slice(bytes);
        let before = self.buffer.len();
        let result = self.deliver(end_of_lines(&self.buffer));
        let delivered = before - self.buffer.len();
        match result {
            Ok(()) => Ok(bytes.len()),
            Err(_) if delivered > held => {
                self.buffer.clear();
                Ok(delivered - held)
            }
            Err(error) => {
                self.buffer.truncate(held - delivered);
                Err(error)
            }
        }
    }
}

/// The position behind the last line end, or behind all bytes where there is none.
fn end_of_lines(bytes: &[u8]) -> usize {
    let last = bytes.iter().rposition(|&byte| byte == b'\n');
    last.map_or(bytes.len(), |at| at + 1)
}

impl Write for Stdout {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.only_buffers(bytes) {
            self.buffer.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        self.write_to_output(bytes)
    }

    #[inline]
    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if self.only_buffers(bytes) {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        while !bytes.is_empty() {
            match self.write_to_output(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.deliver(self.buffer.len())?;
        io::stdout().lock().flush()
    }
}

impl Drop for Stdout {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

impl fmt::Debug for Stdout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stdout")
            .field("buffered", &self.buffer.len())
            .field("is_line_buffered", &self.is_line_buffered)
            .finish()
    }
}

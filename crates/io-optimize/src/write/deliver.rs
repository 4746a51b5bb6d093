//! Handing buffered bytes over to a writer, each exactly once.

use std::io::{self, Write};

/// Bytes that a buffer of this crate holds where nothing else is asked for.
///
/// Eight times that of the standard library: the time of a system call is spread over more bytes, and
/// the buffer still lies within a processor's second cache.
pub(super) const DEFAULT_CAPACITY: usize = 64 * 1024;

/// Writes the first `end` bytes of the buffer and removes from it what was written, be it all or not.
///
/// Repeats interrupted calls; a writer that takes nothing is a
/// [`WriteZero`](io::ErrorKind::WriteZero). A panic of the writer removes what was written before
/// that call.
pub(super) fn deliver(buffer: &mut Vec<u8>, end: usize, writer: &mut impl Write) -> io::Result<()> {
    let mut delivery = Delivery { buffer, written: 0 };
    while delivery.written < end {
        match writer.write(&delivery.buffer[delivery.written..end]) {
            Ok(0) => {
                return Err(io::Error::new(
                    io::ErrorKind::WriteZero,
                    "the writer took none of the buffered bytes",
                ));
            }
            Ok(count) => delivery.written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Forgets what was written also where the writer panics.
struct Delivery<'a> {
    buffer: &'a mut Vec<u8>,
    written: usize,
}

impl Drop for Delivery<'_> {
    fn drop(&mut self) {
        // A writer may claim more than it was given; that must not panic in a drop.
        let written = self.written.min(self.buffer.len());
        self.buffer.drain(..written);
    }
}

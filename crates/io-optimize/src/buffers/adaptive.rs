//! A buffer that measures its refills.

use std::io::{self, Read};
use std::time::Instant;

use super::memory;
use super::size::AdaptiveSize;
use super::AlignedBuffer;

/// The part of the free memory that one buffer may take: many may be in use at once.
const MEMORY_SHARE: u64 = 64;

/// A buffer from 4 KiB to 16 MiB that grows while larger reads are faster.
///
/// What size is best depends on the device, on what is in the page cache and on whether memory is
/// fresh: 256 KiB to 1 MiB for most files, less for pipes, more over a network. [`AdaptiveSize`] says how
/// it is found. For files of less than a few MiB the search is not over before the file is: a fixed
/// buffer of 256 KiB does as well there.
///
/// ```
/// use io_optimize::AdaptiveBuffer;
/// # fn main() -> std::io::Result<()> {
/// let mut reader = std::io::repeat(7).take(1_000_000);
/// # use std::io::Read;
/// let mut buffer = AdaptiveBuffer::new();
/// let mut total = 0;
/// loop {
///     let bytes = buffer.read_from(&mut reader)?;
///     if bytes.is_empty() {
///         break;
///     }
///     total += bytes.len();
/// }
/// assert_eq!(total, 1_000_000);
/// # Ok(())
/// # }
/// ```
///
/// # Platform differences
/// On Linux the buffer takes at most a 64th of the memory that is available, or that the process's
/// control group (cgroup v2) may use, asked when it is made and before it grows. Elsewhere only the 16
/// MiB bound it.
///
/// # Sources
/// [proc_meminfo(5)](https://man7.org/linux/man-pages/man5/proc_meminfo.5.html), `MemAvailable`;
/// [cgroup v2](https://docs.kernel.org/admin-guide/cgroup-v2.html), `memory.max`.
#[derive(Debug)]
pub struct AdaptiveBuffer {
    size: AdaptiveSize,
    /// In bytes, as the caller set it.
    limit: usize,
    memory: AlignedBuffer,
}

impl AdaptiveBuffer {
    /// A buffer of 64 KiB to begin with, less where little memory is free.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(AdaptiveSize::MAXIMUM)
    }

    /// A buffer that never holds more than `limit` bytes, except that none is below 4 KiB.
    ///
    /// ```
    /// let buffer = io_optimize::AdaptiveBuffer::with_limit(10_000);
    /// assert!(buffer.size() <= 8192);
    /// ```
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self {
            size: AdaptiveSize::new(limit.min(memory_limit())),
            limit,
            memory: AlignedBuffer::new(0),
        }
    }

    /// How many bytes the next read asks for.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size.get()
    }

    /// Reads once from `reader`, as much as the buffer holds or less, and returns the bytes: none when the
    /// reader is at its end. What was read before is gone.
    ///
    /// # Errors
    /// Those of the reader, of which [`Interrupted`](io::ErrorKind::Interrupted) is tried again.
    pub fn read_from<R: Read>(&mut self, mut reader: R) -> io::Result<&[u8]> {
        self.resize();
        loop {
            let start = Instant::now();
            match reader.read(self.memory.bytes_mut()) {
                Ok(bytes) => {
                    self.size.record(bytes, start.elapsed());
                    return Ok(&self.memory.bytes()[..bytes]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes the memory as large as was decided after the last read.
    fn resize(&mut self) {
        // It was asked for when the buffer was made.
        let held = self.memory.bytes().len();
        if held > 0 && self.size.get() > held {
            self.size.set_limit(self.limit.min(memory_limit()));
        }
        if self.size.get() != held {
            // The old memory goes first: both together may be more than is free.
            self.memory = AlignedBuffer::new(0);
            self.memory = AlignedBuffer::new(self.size.get());
        }
    }
}

impl Default for AdaptiveBuffer {
    fn default() -> Self {
        Self::new()
    }
}

fn memory_limit() -> usize {
    memory::available().map_or(AdaptiveSize::MAXIMUM, |bytes| {
        usize::try_from(bytes / MEMORY_SHARE).unwrap_or(usize::MAX)
    })
}

//! A buffer that measures its refills.

use std::io::{self, Read};
use std::time::Instant;

use super::memory;
use super::pool::PooledBuffer;
use super::shared::{self, LARGEST};
use super::size::AdaptiveSize;

/// The part of the free memory that one buffer may take: many may be in use at once.
const MEMORY_SHARE: u64 = 64;

/// A buffer from 4 KiB to 16 MiB that grows while larger reads are faster.
///
/// What size is best depends on the device, on what is in the page cache and on whether memory is
/// fresh: 256 KiB to 1 MiB for most files, less for pipes, more over a network. [`AdaptiveSize`] says how
/// it is found. Up to 1 MiB the memory is one of the buffers that the copies of this crate share, see
/// [`BufferPool`](crate::BufferPool); what the reader is given of it is cleared first.
///
/// **Over files in the page cache, pipes and sockets of one machine it does not pay**, so
/// [`io_copy`](crate::io_copy()) reads blocks of 256 KiB instead: against those, with sizes up to 1 MiB, it
/// was 0.5 times as fast for 1000 bytes from a file, 0.88 times for 64 KiB, 0.92 to 1.00 times from 1 MiB on,
/// 0.93 to 0.99 times for a socket, and 0.99 to 1.06 times for a pipe, which is within the noise. It is for
/// sources of which nothing is known: where each read takes long, as over a network, or where large blocks
/// are slow.
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
/// On Linux the buffer grows to at most a 64th of the memory that is available, or that the process's
/// control group (cgroup v2) may use, asked each time before it grows. Elsewhere only the 16 MiB bound it.
///
/// # Sources
/// [proc_meminfo(5)](https://man7.org/linux/man-pages/man5/proc_meminfo.5.html), `MemAvailable`;
/// [cgroup v2](https://docs.kernel.org/admin-guide/cgroup-v2.html), `memory.max`.
#[derive(Debug)]
pub struct AdaptiveBuffer {
    size: AdaptiveSize,
    /// In bytes, as the caller set it.
    limit: usize,
    /// `None` before the first read.
    memory: Option<PooledBuffer>,
    /// Bytes that were last asked for, 0 before the first read.
    asked: usize,
}

impl AdaptiveBuffer {
    /// A buffer of 64 KiB to begin with.
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
            size: AdaptiveSize::new(limit),
            limit,
            memory: None,
            asked: 0,
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
        if self.asked > 0 && self.size.get() > self.asked {
            self.size.set_limit(self.limit.min(memory_limit()));
        }
        self.asked = self.size.get();
        let bytes = loop {
            let memory = self.resized();
            let start = Instant::now();
            match reader.read(memory) {
                Ok(bytes) => {
                    self.size.record(bytes, start.elapsed());
                    break bytes;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        Ok(&self.resized()[..bytes])
    }

    /// As many bytes as are asked for, with nothing in them but what was read before.
    fn resized(&mut self) -> &mut [u8] {
        let length = self.asked.max(LARGEST);
        if self.memory.as_ref().map(|memory| memory.len()) != Some(length) {
            // The old memory goes first: both together may be more than is free.
            self.memory = None;
        }
        let memory = self.memory.get_or_insert_with(|| {
            if length > LARGEST {
                PooledBuffer::of_no_pool(length)
            } else {
                shared::take_clean()
            }
        });
        if let Some(memory) = memory.memory() {
            memory.use_up_to(self.asked);
        }
        &mut memory[..self.asked]
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

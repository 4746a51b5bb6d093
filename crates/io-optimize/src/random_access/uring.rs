//! Many positioned reads at once by io_uring, on Linux.
//!
//! For direct I/O only. Through the page cache it was measured to be no faster than announcing the
//! reads: there the memory for the pages takes the time, whoever asks for them.

// Reading by io_uring means that the kernel writes to memory whose address it was given.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::sync::OnceLock;
use std::thread;

use io_uring::{opcode, types, IoUring, Probe};
use rustix::io::Errno;

use super::ReadRequest;

/// Reads that the kernel has at once. Measured: 128 keep a solid-state drive busier than 32.
const DEPTH: usize = 128;
/// Bytes that the kernel has at once, at least one request: it holds on to their memory meanwhile.
const DEPTH_BYTES: usize = 32 << 20;
/// Reads that are waited for together, where so many are under way.
const BATCH: usize = 16;
/// Bytes of one read, the kernel's limit being just below 2 GiB.
const LARGEST_READ: usize = 1 << 30;

/// Tries each request once, and returns how many bytes each one got: fewer than it asks for where the
/// read was short, failed or was not tried, which the caller finds out by reading the rest. `None` where
/// the kernel has no io_uring for this process, or none that reads.
///
/// Sources: [io_uring_setup(2)](https://man7.org/linux/man-pages/man2/io_uring_setup.2.html),
/// [io_uring_enter(2)](https://man7.org/linux/man-pages/man2/io_uring_enter.2.html).
pub(super) fn read(file: &File, requests: &mut [ReadRequest<'_>]) -> Option<Vec<usize>> {
    let mut filled = vec![0; requests.len()];
    // A ring for each call: setting it up takes as long as one read of a drive, and a ring that is kept
    // would be shared with the process that a `fork` makes.
    let mut flight = Flight {
        ring: ring().ok()?,
        file,
        requests,
        next: 0,
        started: 0,
        done: 0,
        bytes: 0,
    };
    while flight.start() {
        match flight.wait() {
            Ok(()) => flight.reap(|index, bytes| filled[index] = bytes),
            // Nothing is lost: what is not read by the ring is read without it.
            Err(_) => break,
        }
    }
    // Waits for what is still under way.
    drop(flight);
    Some(filled)
}

/// Why this process cannot read by a ring, if so.
pub(crate) fn refusal() -> Option<io::Error> {
    ring().err()
}

/// A ring of a kernel that has the operation which is used: Linux 5.6 and later, where 5.1 has rings.
///
/// Source: [io_uring_register(2)](https://man7.org/linux/man-pages/man2/io_uring_register.2.html),
/// `IORING_REGISTER_PROBE`, of Linux 5.6 too.
fn ring() -> io::Result<IoUring> {
    static READS: OnceLock<()> = OnceLock::new();
    let ring = IoUring::new(DEPTH as u32)?;
    if READS.get().is_none() {
        let mut probe = Probe::new();
        ring.submitter().register_probe(&mut probe)?;
        if !probe.is_supported(opcode::Read::CODE) {
            // What the kernel says of operations that it does not know.
            return Err(Errno::INVAL.into());
        }
        let _ = READS.set(());
    }
    Ok(ring)
}

/// Reads that the kernel works on. It borrows the buffers for as long as it lives, and when dropped it
/// first waits until the kernel is done with them.
struct Flight<'a, 'b> {
    ring: IoUring,
    file: &'a File,
    requests: &'a mut [ReadRequest<'b>],
    /// The request that is started next.
    next: usize,
    /// Entries that were put into the submission queue.
    started: usize,
    /// Completions that were taken out.
    done: usize,
    /// Of the requests under way.
    bytes: usize,
}

impl Flight<'_, '_> {
    /// Puts as many requests into the queue as there is room for; whether any is under way then.
    fn start(&mut self) -> bool {
        while self.next < self.requests.len() && self.started - self.done < DEPTH {
            let request = &mut self.requests[self.next];
            let size = request.buffer.len().min(LARGEST_READ);
            if self.started > self.done && self.bytes + size > DEPTH_BYTES {
                break;
            }
            // An offset that no file has would mean the file's cursor.
            if size > 0 && i64::try_from(request.offset).is_ok() {
                let address = request.buffer.as_mut_ptr();
                let entry =
                    opcode::Read::new(types::Fd(self.file.as_raw_fd()), address, size as u32)
                        .offset(request.offset)
                        .build()
                        .user_data(self.next as u64);
                // SAFETY: the kernel may write `size` bytes at `address` and use the descriptor until it
                // has posted the completion. The buffer is that long, is borrowed mutably by `self` and
                // not touched by it, the file is borrowed too, and `drop` returns only when there is a
                // completion for every entry that the kernel took. `self` is not leaked: it does not
                // leave `read`.
                if unsafe { self.ring.submission().push(&entry) }.is_err() {
                    break;
                }
                self.started += 1;
                self.bytes += size;
            }
            self.next += 1;
        }
        self.started > self.done
    }

    /// Submits what is in the queue, and waits for some completions. An error says that the kernel
    /// took none.
    fn wait(&mut self) -> io::Result<()> {
        let batch = BATCH.min(self.started - self.done);
        match self.ring.submit_and_wait(batch) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            // Short of memory, or a refusal: to be waited out while something is under way.
            Err(error) if self.is_idle() => Err(error),
            Err(_) => {
                thread::yield_now();
                Ok(())
            }
        }
    }

    /// Whether the kernel has taken no entry but those that are completed.
    fn is_idle(&mut self) -> bool {
        let untaken = self.ring.submission().len();
        self.started - untaken == self.done
    }

    /// Hands over the number of each request that is completed, and how many bytes it got.
    fn reap(&mut self, mut each: impl FnMut(usize, usize)) {
        for completion in self.ring.completion() {
            let index = completion.user_data() as usize;
            let size = self.requests[index].buffer.len().min(LARGEST_READ);
            self.done += 1;
            self.bytes -= size;
            // An error is a negative number.
            let bytes = usize::try_from(completion.result()).unwrap_or(0);
            each(index, bytes.min(size));
        }
    }
}

impl Drop for Flight<'_, '_> {
    fn drop(&mut self) {
        while !self.is_idle() {
            // Where the call fails, completions are posted all the same.
            if self.ring.submit_and_wait(1).is_err() {
                thread::yield_now();
            }
            self.reap(|_, _| {});
        }
    }
}

//! Moves bytes through a pipe, in which they lie as pages of the kernel.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Mutex;

use rustix::io::{retry_on_intr, Errno};
use rustix::pipe::{fcntl_setpipe_size, pipe_with, PipeFlags, SpliceFlags};

use super::process::is_own_process;
use super::transfer::{refused_or_fatal, write_all, TransferError};
use crate::buffers::with_buffer;
use crate::failure::Failure;

/// What a pipe is asked to hold, in bytes: the most that a user without privileges may ask for.
const CAPACITY: usize = 1 << 20;

/// Moves at most `limit` bytes, and returns how many: 0 at the end of the source. One of the two must
/// be a pipe, and what is none goes on at its file position or, the source, at `read_at`.
///
/// Source: [splice(2)](https://man7.org/linux/man-pages/man2/splice.2.html).
pub(crate) fn splice(
    source: impl AsFd,
    read_at: Option<u64>,
    destination: impl AsFd,
    limit: usize,
) -> Result<usize, Errno> {
    retry_on_intr(|| {
        let mut read_at = read_at;
        rustix::pipe::splice(
            &source,
            read_at.as_mut(),
            &destination,
            None,
            limit,
            SpliceFlags::MOVE,
        )
    })
}

/// Empty pipes that wait for the next copy: to make one takes as long as to copy 50 KiB. A process that
/// forks shares them, and what is in them, with the new one, which therefore leaves them alone.
static IDLE: Mutex<Vec<Pipe>> = Mutex::new(Vec::new());
/// More would only hold descriptors.
const MOST_IDLE: usize = 4;

/// A pipe that is empty between two calls.
pub(super) struct Pipe {
    reader: OwnedFd,
    writer: OwnedFd,
}

impl Pipe {
    /// One that was used before, or a new one. Refused to a user whose pipes hold much already: with
    /// smaller ones nothing is gained.
    pub(super) fn take() -> Result<Self, Errno> {
        if is_own_process() {
            // Whoever holds the lock is not waited for.
            if let Some(pipe) = IDLE.try_lock().ok().and_then(|mut idle| idle.pop()) {
                return Ok(pipe);
            }
        }
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
        fcntl_setpipe_size(&writer, CAPACITY)?;
        Ok(Self { reader, writer })
    }

    /// Keeps it for the next copy.
    pub(super) fn keep(self) {
        if !is_own_process() {
            return;
        }
        if let Ok(mut idle) = IDLE.try_lock() {
            if idle.len() < MOST_IDLE {
                idle.push(self);
            }
        }
    }

    /// Fills the empty pipe from the source, and returns how much it holds: 0 at the end of the source.
    pub(super) fn fill(
        &self,
        source: &File,
        read_at: Option<u64>,
        limit: usize,
    ) -> Result<usize, TransferError> {
        splice(source, read_at, &self.writer, limit.min(CAPACITY))
            .map_err(|errno| refused_or_fatal(errno, "splice from the source failed"))
    }

    /// Empties the pipe, which holds `taken` bytes, into the destination's file position. Returns the
    /// pipe too, unless something is left in it that can be had from the source again.
    pub(super) fn drain(
        self,
        taken: usize,
        read_at: Option<u64>,
        destination: &File,
    ) -> Result<(usize, Option<Self>), TransferError> {
        let mut given = 0;
        while given < taken {
            match splice(&self.reader, None, destination, taken - given) {
                Ok(0) => {
                    let failure = Failure::nothing_written("splice to the destination failed");
                    return Err(TransferError::Fatal(failure));
                }
                Ok(count) => given += count,
                Err(errno) => match refused_or_fatal(errno, "splice to the destination failed") {
                    TransferError::Refused(_) if read_at.is_none() => {
                        // These bytes are nowhere else any more.
                        self.write_rest(destination, taken - given)
                            .map_err(TransferError::Fatal)?;
                        given = taken;
                    }
                    TransferError::Refused(_) if given > 0 => return Ok((given, None)),
                    error => return Err(error),
                },
            }
        }
        Ok((taken, Some(self)))
    }

    fn write_rest(&self, destination: &File, mut rest: usize) -> Result<(), Failure> {
        while rest > 0 {
            rest -= with_buffer(rest.min(CAPACITY), |buffer| {
                let count = retry_on_intr(|| rustix::io::read(&self.reader, &mut *buffer))
                    .map_err(Failure::while_("cannot read the pipe of the copy"))?;
                write_all(destination, &buffer[..count])
                    .map_err(Failure::while_("cannot write the destination"))?;
                Ok(count)
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    // To fork, and to end the child without what the test harness would do, safe code cannot.
    #![allow(unsafe_code)]

    use std::ffi::c_int;
    use std::io;

    use super::Pipe;

    // The C library's, which the standard library links.
    extern "C" {
        fn fork() -> c_int;
        fn waitpid(process: c_int, status: *mut c_int, options: c_int) -> c_int;
        fn _exit(status: c_int) -> !;
    }

    fn number(pipe: &Pipe) -> u64 {
        rustix::fs::fstat(&pipe.reader).unwrap().st_ino
    }

    /// Forks, and returns what `child` returned there.
    fn in_a_fork(child: impl FnOnce() -> c_int) -> c_int {
        // SAFETY: what the child runs neither allocates nor waits for a lock that another thread may hold,
        // and ends by `_exit`.
        let process = unsafe { fork() };
        assert!(process >= 0, "{}", io::Error::last_os_error());
        if process == 0 {
            let status = child();
            // SAFETY: it has no precondition, and does not return.
            unsafe { _exit(status) };
        }
        let mut status = 0;
        // SAFETY: the pointer is valid for a write for as long as the call takes.
        while unsafe { waitpid(process, &mut status, 0) } < 0 {
            let error = io::Error::last_os_error();
            assert_eq!(error.kind(), io::ErrorKind::Interrupted, "{error}");
        }
        assert_eq!(status & 0x7f, 0, "the child was killed");
        status >> 8
    }

    #[test]
    fn a_forked_process_leaves_the_pipes_alone() {
        let pipe = Pipe::take().unwrap();
        let kept = number(&pipe);
        pipe.keep();
        let said = in_a_fork(|| {
            let Ok(pipe) = Pipe::take() else { return 2 };
            let is_shared = rustix::fs::fstat(&pipe.reader).map_or(true, |it| it.st_ino == kept);
            // Nor does it keep one: whoever it forks would share that.
            pipe.keep();
            let Ok(next) = Pipe::take() else { return 3 };
            let is_kept = rustix::fs::fstat(&next.reader).map_or(true, |it| it.st_ino == kept);
            c_int::from(is_shared || is_kept)
        });
        assert_eq!(said, 0);
        // It is there, and was not merely gone.
        let pipe = Pipe::take().unwrap();
        assert_eq!(number(&pipe), kept);
    }
}

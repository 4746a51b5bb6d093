//! A stretch of a file mapped into memory, which only the kernel looks at.
// Mapping memory and handing its address to the kernel takes raw pointers.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr;

use rustix::io::{retry_on_intr, Errno};
use rustix::mm::{mmap, munmap, MapFlags, ProtFlags};

extern "C" {
    /// The C library's, which the standard library links. rustix's takes a slice, and memory that
    /// another process may change or take away must never be one.
    fn write(descriptor: c_int, bytes: *const c_void, count: usize) -> isize;
}

/// Bytes of a file that may be truncated meanwhile: to touch them from here could be a SIGBUS, so
/// nothing here does, and there is no way to get at them.
pub(super) struct Mapping {
    start: *mut c_void,
    length: usize,
}

impl Mapping {
    /// Maps so many bytes of the file from `offset` on, a multiple of the page size.
    ///
    /// Source: [mmap(2)](https://man7.org/linux/man-pages/man2/mmap.2.html).
    pub(super) fn new(file: &File, offset: u64, length: usize) -> Result<Self, Errno> {
        let flags = MapFlags::PRIVATE | MapFlags::POPULATE;
        // SAFETY: the address is null, so the kernel chooses a place where nothing is mapped. No
        // reference to the memory is ever made: `start` leaves this module in no way.
        let start = unsafe {
            mmap(
                ptr::null_mut(),
                length,
                ProtFlags::READ,
                flags,
                file,
                offset,
            )
        }?;
        Ok(Self { start, length })
    }

    /// Writes the bytes from `from` on to the file, at its position; returns how many were written.
    /// EFAULT says that the first of them is not there: the mapped file is shorter, or could not be
    /// read.
    ///
    /// # Panics
    /// If `from` lies behind the end.
    pub(super) fn write(&self, from: usize, destination: &File) -> Result<usize, Errno> {
        let count = self.length.checked_sub(from).expect("within the mapping");
        let bytes = self.start.cast::<u8>().wrapping_add(from);
        retry_on_intr(|| {
            // SAFETY: the descriptor is open for as long as `destination` is borrowed. The kernel
            // only reads the `count` bytes, which lie within the mapping as checked above, and
            // answers EFAULT for those that it cannot read.
            let written = unsafe { write(destination.as_raw_fd(), bytes.cast(), count) };
            usize::try_from(written).map_err(|_| {
                let error = io::Error::last_os_error();
                Errno::from_io_error(&error).unwrap_or(Errno::IO)
            })
        })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: `new` mapped just this, nothing else unmaps it, and no reference to it exists.
        // It fails for addresses and lengths only that were never mapped.
        let _ = unsafe { munmap(self.start, self.length) };
    }
}

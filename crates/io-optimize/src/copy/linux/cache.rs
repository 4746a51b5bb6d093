//! Reads and writes that leave nothing behind in the page cache, as far as the system can.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut};
use std::num::NonZeroU64;

use rustix::fs::{fadvise, Advice};
use rustix::io::{pread, preadv2, pwrite, pwritev2, retry_on_intr, Errno, ReadWriteFlags};

use crate::failure::Failure;

/// `RWF_DONTCACHE` of linux/fs.h, since Linux 6.14: younger than the names that rustix has.
pub(crate) const DONT_CACHE: ReadWriteFlags = ReadWriteFlags::from_bits_retain(0x80);
/// What is written between two requests to let it go, in bytes.
const WINDOW: u64 = 8 << 20;
/// So many windows are asked for again: what was on its way to the device the last time may have
/// come there.
const WINDOWS_ASKED_AGAIN: u64 = 4;

/// How the pages of a file are spared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    /// They are not.
    None,
    /// Each call says so.
    Flag,
    /// Advice after the call.
    Advice,
}

/// Whether the kernel or the file system has no such flag.
fn is_unknown(errno: Errno) -> bool {
    [Errno::OPNOTSUPP, Errno::INVAL, Errno::NOSYS].contains(&errno)
}

pub(super) struct Reader<'a> {
    file: &'a File,
    method: Method,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a File, spare: bool) -> Self {
        let method = if spare { Method::Flag } else { Method::None };
        Self { file, method }
    }

    /// Reads once; 0 at the end of the file.
    ///
    /// Source: [preadv2(2)](https://man7.org/linux/man-pages/man2/preadv2.2.html).
    pub(super) fn read(&mut self, buffer: &mut [u8], offset: u64) -> Result<usize, Failure> {
        self.try_read(buffer, offset)
            .map_err(Failure::while_("cannot read the source"))
    }

    /// Lets go of a hole that was read ahead. Its zeros come from no device: if they were in memory
    /// before, nothing is lost with them.
    pub(super) fn skipped(&self, start: u64, end: u64) {
        if self.method != Method::None {
            let_go(self.file, start, end - start);
        }
    }

    fn try_read(&mut self, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        if self.method == Method::Flag {
            match self.read_with(DONT_CACHE, buffer, offset) {
                Err(errno) if is_unknown(errno) => {
                    self.method = Method::Advice;
                    // What is read ahead would be taken for what was in memory before.
                    let _ = fadvise(self.file, 0, None, Advice::Random);
                }
                result => return result,
            }
        }
        if self.method == Method::Advice {
            match self.read_with(ReadWriteFlags::NOWAIT, buffer, offset) {
                Err(Errno::AGAIN) => {
                    let count = self.read_plainly(buffer, offset)?;
                    let_go(self.file, offset, count as u64);
                    return Ok(count);
                }
                Err(errno) if is_unknown(errno) => self.method = Method::None,
                // Linux 5.9 and 5.10 say so before the end too.
                Ok(0) => {}
                result => return result,
            }
        }
        self.read_plainly(buffer, offset)
    }

    fn read_with(
        &self,
        flags: ReadWriteFlags,
        buffer: &mut [u8],
        offset: u64,
    ) -> Result<usize, Errno> {
        retry_on_intr(|| {
            let mut buffers = [IoSliceMut::new(&mut *buffer)];
            preadv2(self.file, &mut buffers, offset, flags)
        })
    }

    fn read_plainly(&self, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        retry_on_intr(|| pread(self.file, &mut *buffer, offset))
    }
}

pub(super) struct Writer<'a> {
    file: &'a File,
    method: Method,
    /// Where the written part that has been asked to be let go ends.
    asked: u64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(file: &'a File, spare: bool) -> Self {
        Self {
            file,
            method: if spare { Method::Flag } else { Method::None },
            asked: 0,
        }
    }

    /// Writes at rising offsets.
    ///
    /// Source: [pwritev2(2)](https://man7.org/linux/man-pages/man2/pwritev2.2.html).
    pub(super) fn write_all(&mut self, mut bytes: &[u8], mut offset: u64) -> Result<(), Failure> {
        let failed = Failure::while_::<io::Error>("cannot write the destination");
        while !bytes.is_empty() {
            let written = self.write(bytes, offset);
            match written.map_err(|errno| failed(errno.into()))? {
                0 => return Err(failed(io::ErrorKind::WriteZero.into())),
                count => {
                    bytes = &bytes[count..];
                    offset += count as u64;
                }
            }
        }
        if self.method == Method::Advice && offset >= self.asked + WINDOW {
            let start = self.asked.saturating_sub(WINDOWS_ASKED_AGAIN * WINDOW);
            let_go(self.file, start, offset - start);
            self.asked = offset;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8], offset: u64) -> Result<usize, Errno> {
        if self.method == Method::Flag {
            let written =
                retry_on_intr(|| pwritev2(self.file, &[IoSlice::new(bytes)], offset, DONT_CACHE));
            match written {
                Err(errno) if is_unknown(errno) => self.method = Method::Advice,
                result => return result,
            }
        }
        retry_on_intr(|| pwrite(self.file, bytes, offset))
    }

    /// All has been written.
    pub(super) fn finish(&self) {
        if self.method == Method::Advice {
            forget(self.file);
        }
    }
}

/// Lets go what the system keeps in memory of a file and has on the device; what it has not is set
/// on its way there.
pub(super) fn forget(file: &File) {
    let_go(file, 0, u64::MAX);
}

/// It is advice: where it is refused the pages stay.
///
/// Source: [posix_fadvise(2)](https://man7.org/linux/man-pages/man2/posix_fadvise.2.html).
fn let_go(file: &File, offset: u64, length: u64) {
    if length > 0 {
        let length = NonZeroU64::new(length).filter(|length| length.get() < u64::MAX);
        let _ = fadvise(file, offset, length, Advice::DontNeed);
    }
}

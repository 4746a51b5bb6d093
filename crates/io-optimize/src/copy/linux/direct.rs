//! Reads and writes past the page cache, as far as whole units of the devices go.

use std::fs::File;

use rustix::fs::{AtFlags, OFlags, StatxFlags};
use rustix::io::{retry_on_intr, Errno};

use super::positioned;
use super::transfer::{refused_or_fatal, TransferError};
use crate::buffers::{with_buffer, BUFFER_ALIGNMENT, LARGEST};
use crate::failure::Failure;

/// For file systems that can and do not say how, in bytes: the largest unit of common devices.
const ASSUMED: u32 = 4096;

/// Two files of which every stretch is read and written in the one mode that fits it.
pub(super) struct Direct<'a> {
    source: Mode<'a>,
    destination: Mode<'a>,
    /// What offsets and lengths must be multiples of on both sides, in bytes.
    unit: u64,
}

impl<'a> Direct<'a> {
    /// Both must be regular files: the flag has another meaning for a pipe.
    pub(super) fn new(source: &'a File, destination: &'a File) -> Result<Self, TransferError> {
        // Powers of two, so the larger is a multiple of the smaller.
        let unit = unit(source)?.max(unit(destination)?);
        Ok(Self {
            source: Mode::of(source)?,
            destination: Mode::of(destination)?,
            unit: u64::from(unit),
        })
    }

    /// Copies at most `limit` bytes at `offset` to the same place, and returns how many: 0 at the end
    /// of the source.
    pub(super) fn step(&mut self, offset: u64, limit: usize) -> Result<usize, TransferError> {
        let behind = offset % self.unit;
        let most = limit.min(LARGEST);
        let whole = most - most % self.unit as usize;
        if behind == 0 && whole > 0 {
            self.set(true)?;
            let copied = with_buffer(whole, |buffer| self.copy_units(offset, buffer))?;
            if let Some(count) = copied {
                return Ok(count);
            }
        }
        // To the next border of a unit, and by way of the page cache.
        self.set(false)?;
        let most = most.min((self.unit - behind) as usize);
        with_buffer(most, |buffer| {
            positioned::copy_block(self.source.file, self.destination.file, offset, buffer)
        })
    }

    /// Reads once and writes the whole units of that once; `None` if that was less than a unit. What
    /// was read and not written is read again by the next step.
    fn copy_units(&self, offset: u64, buffer: &mut [u8]) -> Result<Option<usize>, TransferError> {
        let count = retry_on_intr(|| rustix::io::pread(self.source.file, &mut *buffer, offset))
            .map_err(|errno| refused_or_fatal(errno, "cannot read the source directly"))?;
        let whole = count - count % self.unit as usize;
        if whole == 0 {
            // The end, too, is asked of the page cache: it is the same for every reader.
            return Ok(None);
        }
        let written =
            retry_on_intr(|| rustix::io::pwrite(self.destination.file, &buffer[..whole], offset))
                .map_err(|errno| refused_or_fatal(errno, "cannot write the destination directly"))?;
        if written == 0 {
            let failure = Failure::nothing_written("cannot write the destination directly");
            return Err(TransferError::Fatal(failure));
        }
        Ok(Some(written))
    }

    fn set(&mut self, direct: bool) -> Result<(), TransferError> {
        self.source.set(direct)?;
        self.destination.set(direct)
    }
}

/// A file whose flags are put back when this goes.
struct Mode<'a> {
    file: &'a File,
    /// As they were.
    flags: OFlags,
    direct: bool,
}

impl<'a> Mode<'a> {
    fn of(file: &'a File) -> Result<Self, TransferError> {
        let flags = rustix::fs::fcntl_getfl(file)
            .map_err(|errno| refused_or_fatal(errno, "cannot ask for a file's flags"))?;
        Ok(Self {
            file,
            flags,
            direct: flags.contains(OFlags::DIRECT),
        })
    }

    fn set(&mut self, direct: bool) -> Result<(), TransferError> {
        if self.direct == direct {
            return Ok(());
        }
        let mut flags = self.flags;
        flags.set(OFlags::DIRECT, direct);
        rustix::fs::fcntl_setfl(self.file, flags)
            .map_err(|errno| refused_or_fatal(errno, "cannot set a file's flags"))?;
        self.direct = direct;
        Ok(())
    }
}

impl Drop for Mode<'_> {
    fn drop(&mut self) {
        // Flags that the file has had are not refused.
        let _ = self.set(self.flags.contains(OFlags::DIRECT));
    }
}

/// What offsets and lengths of direct I/O on this file must be multiples of, in bytes.
///
/// Source: [statx(2)](https://man7.org/linux/man-pages/man2/statx.2.html), `STATX_DIOALIGN`.
fn unit(file: &File) -> Result<u32, TransferError> {
    // Kernels before 6.1 do not know, some file systems (btrfs) do not say.
    let known = rustix::fs::statx(file, c"", AtFlags::EMPTY_PATH, StatxFlags::DIOALIGN)
        .ok()
        .filter(|statx| statx.stx_mask & StatxFlags::DIOALIGN.bits() != 0);
    let (memory, unit) = match known {
        Some(statx) => (statx.stx_dio_mem_align, statx.stx_dio_offset_align),
        None => (ASSUMED, ASSUMED),
    };
    // Zero is a file that has no direct I/O, though its flag may be set (tmpfs).
    let fits =
        memory as usize <= BUFFER_ALIGNMENT && unit.is_power_of_two() && unit as usize <= LARGEST;
    if fits {
        Ok(unit)
    } else {
        Err(TransferError::Refused(Errno::OPNOTSUPP))
    }
}

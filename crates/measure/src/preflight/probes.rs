//! Tries what the file system and the kernel can do, with files in a temporary directory.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use model::{Capability, DirectIo};
use rustix::fs::{AtFlags, OFlags, StatxFlags};

/// Length of the files that are tried, in bytes: a multiple of every block size in use.
const LENGTH: usize = 64 * 1024;

/// Tries `ioctl_ficlone(2)`.
pub(super) fn reflink(scratch: &Path) -> Capability {
    capability((|| {
        let source = filled(&scratch.join("reflink-source"))?;
        let copy = File::create(scratch.join("reflink-copy"))?;
        Ok(rustix::fs::ioctl_ficlone(&copy, &source)?)
    })())
}

/// Tries `copy_file_range(2)`.
pub(super) fn copy_file_range(scratch: &Path) -> Capability {
    capability((|| {
        let source = filled(&scratch.join("range-source"))?;
        let copy = File::create(scratch.join("range-copy"))?;
        let copied = rustix::fs::copy_file_range(&source, Some(&mut 0), &copy, None, LENGTH)?;
        if copied == 0 {
            Err(io::Error::other("it copied nothing"))
        } else {
            Ok(())
        }
    })())
}

/// Tries a read with `O_DIRECT`, aligned as `statx(2)` asks where it says so and to 4096 bytes elsewhere.
pub(super) fn direct_io(scratch: &Path) -> DirectIo {
    let path = scratch.join("direct");
    let alignment = filled(&path).and_then(|file| Ok(direct_alignment(&file)?));
    let (memory_alignment, offset_alignment) = alignment
        .ok()
        .flatten()
        .map_or((None, None), |(memory, offset)| {
            (Some(memory), Some(offset))
        });
    let capability = if offset_alignment == Some(0) {
        Capability::Refused("statx reports no support for direct I/O".to_owned())
    } else {
        capability(read_direct(&path))
    };
    DirectIo {
        capability,
        memory_alignment: memory_alignment.filter(|bytes| *bytes != 0),
        offset_alignment: offset_alignment.filter(|bytes| *bytes != 0),
    }
}

/// Tries `io_uring_setup(2)` with the smallest ring.
pub(super) fn io_uring() -> Capability {
    capability(io_uring::IoUring::new(1).map(drop))
}

fn capability(tried: io::Result<()>) -> Capability {
    match tried {
        Ok(()) => Capability::Supported,
        Err(error) => Capability::Refused(error.to_string()),
    }
}

/// A new file of [`LENGTH`] bytes, opened for reading, its bytes on the disk: some file systems do not share blocks
/// that have none yet.
fn filled(path: &Path) -> io::Result<File> {
    let mut file = File::create(path)?;
    file.write_all(&vec![b'x'; LENGTH])?;
    file.sync_all()?;
    File::open(path)
}

/// Alignment of memory and of offsets, in bytes; nothing on kernels before 6.1 and file systems that do not tell.
fn direct_alignment(file: &File) -> rustix::io::Result<Option<(u32, u32)>> {
    let told = rustix::fs::statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::DIOALIGN)?;
    let known = told.stx_mask & StatxFlags::DIOALIGN.bits() != 0;
    Ok(known.then_some((told.stx_dio_mem_align, told.stx_dio_offset_align)))
}

fn read_direct(path: &Path) -> io::Result<()> {
    const BLOCK: usize = 4096;
    let flags = i32::try_from(OFlags::DIRECT.bits()).map_err(io::Error::other)?;
    let mut file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    let mut memory = vec![0_u8; 2 * BLOCK];
    let start = memory.as_ptr().align_offset(BLOCK);
    let block = memory
        .get_mut(start..)
        .and_then(|aligned| aligned.get_mut(..BLOCK))
        .ok_or_else(|| io::Error::other("no aligned memory"))?;
    file.read_exact(block)
}

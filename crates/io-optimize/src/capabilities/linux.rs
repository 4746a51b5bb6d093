//! Trying out what Linux offers, with two temporary files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{
    copy_file_range, fallocate, fcntl_getfl, fcntl_setfl, fstatfs, statx, AtFlags, FallocateFlags,
    OFlags, StatxFlags,
};
use rustix::io::{pwritev2, retry_on_intr, Errno};

use super::{Capabilities, DirectIoAlignment, Support};
use crate::copy::{ficlone, DONT_CACHE};
use crate::write::temporary_name;

/// Bytes of what is copied to try it: a block of any file system.
const SIZE: usize = 64 * 1024;

/// From linux/magic.h: there direct I/O may be had, but what it is handed is cached all the same.
const TMPFS: u32 = 0x0102_1994;

impl Capabilities {
    pub(super) fn try_out(&mut self, directory: &Path) -> io::Result<()> {
        let release = rustix::system::uname();
        self.kernel = Some(release.release().to_string_lossy().into_owned());
        self.page_size = Some(rustix::param::page_size());

        let from = Temporary::create(directory)?;
        let to = Temporary::create(directory)?;
        let (from, to) = (&from.file, &to.file);
        let bytes = vec![7; SIZE];
        from.write_all_at(&bytes, 0)?;

        self.copy_file_range = support(|| {
            let (mut read_at, mut write_at) = (0, 0);
            copy_file_range(from, Some(&mut read_at), to, Some(&mut write_at), SIZE)
        });
        to.set_len(0)?;
        self.reflink = support(|| ficlone(to, from));
        to.set_len(0)?;
        self.preallocation = support(|| fallocate(to, FallocateFlags::KEEP_SIZE, 0, SIZE as u64));
        self.uncached_writes = support(|| pwritev2(to, &[IoSlice::new(&bytes)], 0, DONT_CACHE));
        self.direct_io = match fstatfs(to) {
            // It takes the flag and goes through the memory that the file is.
            Ok(statistics) if statistics.f_type as u32 == TMPFS => {
                Support::Refused(Errno::OPNOTSUPP.raw_os_error())
            }
            _ => support(|| {
                let flags = fcntl_getfl(to)?;
                fcntl_setfl(to, flags | OFlags::DIRECT)
            }),
        };
        self.direct_io_alignment = alignment(to);
        self.io_uring = io_uring();
        Ok(())
    }
}

fn support<T>(mut attempt: impl FnMut() -> Result<T, Errno>) -> Support {
    match retry_on_intr(&mut attempt) {
        Ok(_) => Support::Available,
        Err(errno) => Support::Refused(errno.raw_os_error()),
    }
}

/// Nothing where the kernel or the file system does not say.
fn alignment(file: &File) -> Option<DirectIoAlignment> {
    let told = statx(file, c"", AtFlags::EMPTY_PATH, StatxFlags::DIOALIGN).ok()?;
    let (memory, offset) = (told.stx_dio_mem_align, told.stx_dio_offset_align);
    let is_told = told.stx_mask & StatxFlags::DIOALIGN.bits() != 0 && memory > 0 && offset > 0;
    is_told.then_some(DirectIoAlignment { memory, offset })
}

#[cfg(feature = "io-uring")]
fn io_uring() -> Support {
    match crate::random_access::uring::refusal() {
        None => Support::Available,
        Some(error) => error
            .raw_os_error()
            .map_or(Support::Unknown, Support::Refused),
    }
}

#[cfg(not(feature = "io-uring"))]
fn io_uring() -> Support {
    Support::Unknown
}

/// A file that goes away when dropped, or has never had a name.
struct Temporary {
    file: File,
    path: Option<PathBuf>,
}

impl Temporary {
    fn create(directory: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).mode(0o600);
        let unnamed = options
            .clone()
            .custom_flags(OFlags::TMPFILE.bits() as i32)
            .open(directory);
        match unnamed {
            Ok(file) => Ok(Self { file, path: None }),
            // Not every file system can; whether a file can be made at all, the next call says.
            Err(_) => {
                let path = directory.join(temporary_name());
                let file = options.create_new(true).open(&path)?;
                let path = Some(path);
                Ok(Self { file, path })
            }
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = fs::remove_file(path);
        }
    }
}

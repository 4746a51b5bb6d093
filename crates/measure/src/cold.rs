//! Takes files out of the page cache, so that a run has to ask the device for them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Places of each file that are looked at.
#[cfg(target_os = "linux")]
const LOOKS: u64 = 16;

/// The files of a workload, to be taken out of the page cache before each run.
#[derive(Debug)]
pub(crate) struct Inputs {
    files: Vec<PathBuf>,
}

impl Inputs {
    /// All files below `directory`.
    ///
    /// # Errors
    /// If a directory cannot be read.
    pub(crate) fn below(directory: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        let mut directories = vec![directory.to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    directories.push(entry.path());
                } else {
                    files.push(entry.path());
                }
            }
        }
        Ok(Self { files })
    }

    /// Asks the system to let go of the files' pages, which must be on the device already. What lies below this system, such as
    /// a host's cache, keeps what it has.
    ///
    /// Source: [posix_fadvise(2)](https://man7.org/linux/man-pages/man2/posix_fadvise.2.html).
    ///
    /// # Errors
    /// If a file cannot be opened or the advice is refused, which is always so elsewhere than on Linux.
    #[cfg(target_os = "linux")]
    pub(crate) fn evict(&self) -> io::Result<()> {
        for path in &self.files {
            let file = fs::File::open(path)?;
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        }
        Ok(())
    }

    /// See above.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn evict(&self) -> io::Result<()> {
        let _unused = &self.files;
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Whether [`Inputs::evict`] works here: after it, none of the places looked at is in the page cache. File systems that
    /// keep their files in memory, and some behind a server, do not let go.
    ///
    /// Source: `RWF_NOWAIT` of [preadv2(2)](https://man7.org/linux/man-pages/man2/preadv2.2.html), which reads only what is there.
    ///
    /// # Errors
    /// If a file cannot be opened.
    #[cfg(target_os = "linux")]
    pub(crate) fn can_be_evicted(&self) -> io::Result<bool> {
        use std::io::IoSliceMut;

        use rustix::io::{Errno, ReadWriteFlags, preadv2};

        if self.evict().is_err() {
            return Ok(false);
        }
        for path in &self.files {
            let file = fs::File::open(path)?;
            let length = file.metadata()?.len();
            for look in 0..LOOKS {
                let mut byte = [0];
                let read = preadv2(
                    &file,
                    &mut [IoSliceMut::new(&mut byte)],
                    length / LOOKS * look,
                    ReadWriteFlags::NOWAIT,
                );
                match read {
                    Ok(0) | Err(Errno::AGAIN) => {}
                    _ => return Ok(false),
                }
            }
        }
        Ok(true)
    }

    /// See above.
    ///
    /// # Errors
    /// None.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn can_be_evicted(&self) -> io::Result<bool> {
        Ok(false)
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    use rustix::fs::{NFS_SUPER_MAGIC, statfs};

    const TMPFS: u64 = 0x0102_1994;

    #[test]
    fn files_leave_the_page_cache_where_there_is_a_device_and_stay_in_memory_where_there_is_none() {
        for directory in [env!("CARGO_MANIFEST_DIR"), "/dev/shm"] {
            let Ok(directory) = tempfile::tempdir_in(directory) else {
                println!("SKIPPED: no files can be made in {directory}");
                continue;
            };
            let kind = statfs(directory.path()).unwrap().f_type as u64;
            if kind == NFS_SUPER_MAGIC as u64 {
                continue;
            }
            fs::create_dir(directory.path().join("inner")).unwrap();
            crate::data::source(directory.path(), 1 << 20).unwrap();
            crate::data::source(&directory.path().join("inner"), 5000).unwrap();
            let inputs = Inputs::below(directory.path()).unwrap();
            assert_eq!(inputs.files.len(), 2);
            assert_eq!(
                inputs.can_be_evicted().unwrap(),
                kind != TMPFS,
                "{directory:?}"
            );
            fs::read(directory.path().join("source")).unwrap();
        }
    }
}

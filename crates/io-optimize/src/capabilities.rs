//! What the system at hand offers to the functions of this crate.

#[cfg(target_os = "linux")]
mod linux;

use std::fmt;
use std::io;
use std::path::Path;

use crate::buffers::available_memory;
use crate::processors::processors;
use crate::read::ReadError;

/// What this system, and the file system of one directory, offers to the functions of this crate: to be
/// printed, or to be asked where a function was slower than expected.
///
/// It is what was found when it was asked: memory comes and goes, and another file system can be mounted.
///
/// ```
/// use io_optimize::Capabilities;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// let capabilities = Capabilities::of(directory)?;
/// assert!(capabilities.processors >= 1);
/// println!("{capabilities}");
/// // kernel             6.18.44
/// // processors         2
/// // page size          4096 bytes
/// // available memory   24379392000 bytes
/// // reflink            no: Operation not supported (os error 95)
/// // …
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The release of the kernel, as `uname -r` prints it. Linux only.
    pub kernel: Option<String>,
    /// How many threads run at once, as [`available_parallelism`](std::thread::available_parallelism)
    /// says; 1 where it does not.
    pub processors: usize,
    /// Bytes of a page of memory. Linux only.
    pub page_size: Option<usize>,
    /// Bytes of memory that can be had without pushing out what others use: what the machine has, or
    /// what the control group (version 2) of the process may use in all, where that is less. Linux only.
    pub available_memory: Option<u64>,
    /// Whether two files within the directory can share blocks (`FICLONE`).
    pub reflink: Support,
    /// Whether the kernel copies between two files within the directory (`copy_file_range`).
    pub copy_file_range: Support,
    /// Whether blocks can be taken before they are written (`fallocate`).
    pub preallocation: Support,
    /// Whether writes can leave nothing in the page cache (`RWF_DONTCACHE`, from Linux 6.14 on).
    pub uncached_writes: Support,
    /// Whether files can be opened for reads and writes past the page cache (`O_DIRECT`).
    pub direct_io: Support,
    /// How those must be aligned, as far as the file system tells (`statx`, from Linux 6.1 on).
    pub direct_io_alignment: Option<DirectIoAlignment>,
    /// Whether [`RandomAccessFile::read_many`](crate::RandomAccessFile::read_many) can use io_uring, from Linux
    /// 5.6 on. Without the feature `io-uring` of this crate that is [`Unknown`](Support::Unknown).
    pub io_uring: Support,
}

/// Whether the system does something.
///
/// ```
/// assert_eq!(io_optimize::Support::Available.to_string(), "yes");
/// assert_eq!(io_optimize::Support::Unknown.to_string(), "unknown");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It was tried and did work.
    Available,
    /// It was tried, and the system refused with this error number.
    Refused(i32),
    /// It was not tried: this system has nothing of the kind, or the crate does not use it.
    Unknown,
}

/// Multiples, in bytes, that direct I/O asks for.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// let capabilities = io_optimize::Capabilities::of(directory.path())?;
/// if let Some(alignment) = capabilities.direct_io_alignment {
///     assert!(alignment.memory.is_power_of_two());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectIoAlignment {
    /// Of the buffer's address.
    pub memory: u32,
    /// Of the offset in the file, and of the length.
    pub offset: u32,
}

impl Capabilities {
    /// Asks the system, and on Linux tries what it offers with two temporary files in the directory, which
    /// have no name where the file system can do that, and else are removed.
    ///
    /// Outside Linux only the number of processors is asked.
    ///
    /// # Errors
    /// A [`ReadError`] inside an [`io::Error`] of the system's kind: the path is no directory, or on Linux
    /// no file can be made and written in it.
    ///
    /// # Sources
    /// [uname(2)](https://man7.org/linux/man-pages/man2/uname.2.html),
    /// [ioctl_ficlone(2)](https://man7.org/linux/man-pages/man2/ioctl_ficlone.2.html),
    /// [copy_file_range(2)](https://man7.org/linux/man-pages/man2/copy_file_range.2.html),
    /// [fallocate(2)](https://man7.org/linux/man-pages/man2/fallocate.2.html),
    /// [pwritev2(2)](https://man7.org/linux/man-pages/man2/pwritev2.2.html),
    /// [statx(2)](https://man7.org/linux/man-pages/man2/statx.2.html),
    /// [io_uring_setup(2)](https://man7.org/linux/man-pages/man2/io_uring_setup.2.html),
    /// [io_uring_register(2)](https://man7.org/linux/man-pages/man2/io_uring_register.2.html).
    pub fn of<P: AsRef<Path>>(directory: P) -> io::Result<Self> {
        let directory = directory.as_ref();
        let mut capabilities = Self {
            kernel: None,
            processors: processors(),
            page_size: None,
            available_memory: available_memory(),
            reflink: Support::Unknown,
            copy_file_range: Support::Unknown,
            preallocation: Support::Unknown,
            uncached_writes: Support::Unknown,
            direct_io: Support::Unknown,
            direct_io_alignment: None,
            io_uring: Support::Unknown,
        };
        capabilities
            .try_out(directory)
            .map_err(|error| ReadError::naming(directory, error))?;
        Ok(capabilities)
    }

    #[cfg(not(target_os = "linux"))]
    fn try_out(&mut self, directory: &Path) -> io::Result<()> {
        // What is no directory is refused on every system.
        std::fs::read_dir(directory).map(|_| ())
    }
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Available => f.write_str("yes"),
            Self::Refused(number) => write!(f, "no: {}", io::Error::from_raw_os_error(*number)),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

impl fmt::Display for DirectIoAlignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { memory, offset } = self;
        write!(f, "memory {memory}, offset {offset} bytes")
    }
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = |number: u64| format!("{number} bytes");
        let or_unknown = |text: Option<String>| text.unwrap_or_else(|| "unknown".into());
        let lines = [
            ("kernel", or_unknown(self.kernel.clone())),
            ("processors", self.processors.to_string()),
            (
                "page size",
                or_unknown(self.page_size.map(|size| bytes(size as u64))),
            ),
            (
                "available memory",
                or_unknown(self.available_memory.map(bytes)),
            ),
            ("reflink", self.reflink.to_string()),
            ("copy_file_range", self.copy_file_range.to_string()),
            ("preallocation", self.preallocation.to_string()),
            ("uncached writes", self.uncached_writes.to_string()),
            ("direct I/O", self.direct_io.to_string()),
            (
                "direct I/O aligns",
                or_unknown(self.direct_io_alignment.map(|it| it.to_string())),
            ),
            ("io_uring", self.io_uring.to_string()),
        ];
        for (index, (name, value)) in lines.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{name:<19}{value}")?;
        }
        Ok(())
    }
}

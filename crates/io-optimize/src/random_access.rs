//! Files that are read at offsets: one positioned read, or many at once.

mod error;
#[cfg(target_os = "linux")]
mod many;
#[cfg(all(target_os = "linux", feature = "io-uring"))]
pub(crate) mod uring;

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::read_at::{positioned_read, unexpected_end, ReadAt};
pub use error::RandomAccessError;

/// A file that is read at offsets, by many threads at once.
///
/// A positioned read takes one system call where seeking and reading take two (measured on Linux,
/// 4 KiB from the page cache: 1.2 times as fast, 1.8 times as fast as seeking in a
/// [`BufReader`](io::BufReader)), and it needs no exclusive access. Many reads whose offsets are known
/// beforehand belong into [`read_many`](RandomAccessFile::read_many).
///
/// It only reads: positioned writes are in [`FileExt`](https://doc.rust-lang.org/std/os/unix/fs/trait.FileExt.html) and gain nothing here.
///
/// ```
/// use io_optimize::RandomAccessFile;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("records");
/// # std::fs::write(&path, "first second third ")?;
/// let file = RandomAccessFile::open(&path)?;
/// let mut record = [0; 6];
/// file.read_exact_at(6, &mut record)?;
/// assert_eq!(&record, b"second");
/// # Ok(())
/// # }
/// ```
///
/// # Platform differences
/// On Unix a read is
/// [`pread`](https://man7.org/linux/man-pages/man2/pread.2.html) and leaves the file's cursor alone. On
/// Windows it is [`seek_read`](https://doc.rust-lang.org/std/os/windows/fs/trait.FileExt.html), which moves the cursor;
/// reads at offsets do not mind, those of other handles made by [`File::try_clone`] do. Elsewhere every
/// read fails with [`Unsupported`](io::ErrorKind::Unsupported).
#[derive(Debug)]
pub struct RandomAccessFile {
    file: File,
    path: Option<PathBuf>,
}

/// A read for [`RandomAccessFile::read_many`]: where to, and from where.
///
/// ```
/// let mut buffer = [0; 512];
/// let request = io_optimize::ReadRequest { offset: 4096, buffer: &mut buffer };
/// assert_eq!(request.buffer.len(), 512);
/// ```
#[derive(Debug)]
pub struct ReadRequest<'a> {
    /// Where the bytes lie, in bytes from the start of the file.
    pub offset: u64,
    /// Takes the bytes; its length says how many.
    pub buffer: &'a mut [u8],
}

impl RandomAccessFile {
    /// Opens the file at `path` for reading. Symbolic links are followed.
    ///
    /// # Errors
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for a directory, and on Unix for a FIFO or a
    /// socket, of which no part can be read by offset; a FIFO is refused without waiting for a writer.
    /// Otherwise those of [`File::open`]. All are a [`RandomAccessError`] inside.
    pub fn open<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        let path = path.as_ref();
        let open = || {
            // Before the opening, which for a FIFO waits.
            if let Some(refusal) = refusal(&fs::metadata(path)?) {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, refusal));
            }
            File::open(path)
        };
        let file = open().map_err(|error| RandomAccessError::wrap(Some(path), None, error))?;
        Ok(Self {
            file,
            path: Some(path.to_path_buf()),
        })
    }

    /// The length of the file in bytes, as the file system tells it now; of pseudo files and devices
    /// often 0.
    ///
    /// # Errors
    /// Those of [`File::metadata`], as a [`RandomAccessError`].
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("a");
    /// # std::fs::write(&path, "four")?;
    /// let file = io_optimize::RandomAccessFile::open(&path)?;
    /// assert_eq!(file.len()?, 4);
    /// assert!(!file.is_empty()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn len(&self) -> io::Result<u64> {
        match self.file.metadata() {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) => Err(RandomAccessError::wrap(self.path.as_deref(), None, error)),
        }
    }

    /// Whether [`len`](RandomAccessFile::len) is 0.
    ///
    /// # Errors
    /// Those of [`len`](RandomAccessFile::len).
    pub fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// The file itself.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Gives the file back.
    #[must_use]
    pub fn into_file(self) -> File {
        self.file
    }

    /// Reads into `buffer` what lies `offset` bytes from the start of the file, in one system call, and
    /// returns how many bytes that were.
    ///
    /// 0 means that the buffer is empty or the file ends at or before this offset. A call that a signal
    /// interrupted is made again.
    ///
    /// # Errors
    /// Those of the system as a [`RandomAccessError`]: among them an offset above [`i64::MAX`]
    /// ([`InvalidInput`](io::ErrorKind::InvalidInput)), and files given by [`File`] that cannot be
    /// read by offset.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("a");
    /// # std::fs::write(&path, "four")?;
    /// let file = io_optimize::RandomAccessFile::open(&path)?;
    /// let mut buffer = [0; 10];
    /// assert_eq!(file.read_at(1, &mut buffer)?, 3);
    /// assert_eq!(&buffer[..3], b"our");
    /// assert_eq!(file.read_at(4, &mut buffer)?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match positioned_read(&self.file, offset, buffer) {
                Ok(bytes) => return Ok(bytes),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed_at(offset, error)),
            }
        }
    }

    /// Fills `buffer` with what lies `offset` bytes from the start of the file.
    ///
    /// # Errors
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) where the file ends before the buffer is full,
    /// and those of [`read_at`](RandomAccessFile::read_at). What the buffer then holds is not specified.
    pub fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut filled = 0;
        while filled < buffer.len() {
            let offset = offset.saturating_add(filled as u64);
            match self.read_at(offset, &mut buffer[filled..])? {
                0 => return Err(self.failed_at(offset, unexpected_end())),
                bytes => filled += bytes,
            }
        }
        Ok(())
    }

    /// Fills the buffer of every request, as [`read_exact_at`](RandomAccessFile::read_exact_at) does one
    /// by one, but on Linux with the device working on many of them at once.
    ///
    /// For that no other thread is needed: the kernel is told of up to 2048 requests, or 8 MiB, before
    /// they are waited for. Measured with 4 KiB at random offsets of a file that is not in the page
    /// cache, on a solid-state drive: about 4 times as fast as one by one. There is no gain on a device
    /// with one arm or where the file system takes no advice, and none from the page cache, where it costs
    /// one short system call more for each request.
    ///
    /// A file that was opened for direct I/O (`O_DIRECT`) and given by `From<File>` takes no such advice.
    /// With the feature `io-uring` of this crate up to 128 of its requests are handed to the kernel at
    /// once: measured, about 5 times as fast as one by one through the page cache. Without the feature, or
    /// where the kernel refuses it, its requests are read one by one;
    /// [`Capabilities`](crate::Capabilities) says which it is. Buffers and offsets must be aligned as the
    /// file system asks for.
    ///
    /// # Errors
    /// Those of [`read_exact_at`](RandomAccessFile::read_exact_at), of the first request that fails; the
    /// [`RandomAccessError`] tells the offset. Those before it have been read. Those after it have not,
    /// except by io_uring, which may have filled their buffers or parts of them.
    ///
    /// # Platform differences
    /// Outside Linux the requests are read one by one.
    ///
    /// # Sources
    /// [posix_fadvise(2)](https://man7.org/linux/man-pages/man2/posix_fadvise.2.html),
    /// `POSIX_FADV_WILLNEED`; [open(2)](https://man7.org/linux/man-pages/man2/open.2.html), `O_DIRECT`;
    /// [io_uring(7)](https://man7.org/linux/man-pages/man7/io_uring.7.html).
    ///
    /// ```
    /// use io_optimize::{RandomAccessFile, ReadRequest};
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("records");
    /// # std::fs::write(&path, "first second third ")?;
    /// let file = RandomAccessFile::open(&path)?;
    /// let (mut first, mut third) = ([0; 5], [0; 5]);
    /// file.read_many(&mut [
    ///     ReadRequest { offset: 13, buffer: &mut third },
    ///     ReadRequest { offset: 0, buffer: &mut first },
    /// ])?;
    /// assert_eq!((&first, &third), (b"first", b"third"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn read_many(&self, requests: &mut [ReadRequest<'_>]) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if requests.len() > 1 && !many::is_direct(&self.file) {
            return many::read(&self.file, requests, |request| {
                self.read_exact_at(request.offset, request.buffer)
            });
        }
        #[cfg(all(target_os = "linux", feature = "io-uring"))]
        if requests.len() > 1 {
            if let Some(filled) = uring::read(&self.file, requests) {
                for (request, filled) in requests.iter_mut().zip(filled) {
                    let offset = request.offset.saturating_add(filled as u64);
                    self.read_exact_at(offset, &mut request.buffer[filled..])?;
                }
                return Ok(());
            }
        }
        for request in requests {
            self.read_exact_at(request.offset, request.buffer)?;
        }
        Ok(())
    }

    fn failed_at(&self, offset: u64, error: io::Error) -> io::Error {
        RandomAccessError::wrap(self.path.as_deref(), Some(offset), error)
    }
}

/// Takes a file that was opened elsewhere, whatever it is: what cannot be read by offset says so when it
/// is read. Its errors name no path.
///
/// ```
/// use io_optimize::RandomAccessFile;
/// # fn main() -> std::io::Result<()> {
/// # let path = tempfile::NamedTempFile::new()?;
/// # std::fs::write(&path, "text")?;
/// let file = RandomAccessFile::from(std::fs::File::open(&path)?);
/// let mut end = [0; 2];
/// file.read_exact_at(2, &mut end)?;
/// assert_eq!(&end, b"xt");
/// # Ok(())
/// # }
/// ```
impl From<File> for RandomAccessFile {
    fn from(file: File) -> Self {
        Self { file, path: None }
    }
}

impl ReadAt for RandomAccessFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_at(offset, buffer)
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(offset, buffer)
    }
}

/// Why such a file cannot be read by offset.
fn refusal(metadata: &Metadata) -> Option<&'static str> {
    if metadata.is_dir() {
        return Some("it is a directory");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let file_type = metadata.file_type();
        if file_type.is_fifo() {
            return Some("a FIFO cannot be read by offset");
        }
        if file_type.is_socket() {
            return Some("a socket cannot be read by offset");
        }
    }
    None
}

//! All bytes of a file as one slice: read, or mapped.

use std::fmt;
#[cfg(feature = "mmap")]
use std::fs::File;
use std::io;
#[cfg(feature = "mmap")]
use std::io::Read;
use std::ops::Deref;
use std::path::Path;

use crate::read::read;
#[cfg(feature = "mmap")]
use crate::read::ReadError;

/// All bytes of a file, as a slice that is either in memory of its own or mapped.
///
/// [`read`](FileBytes::read) is right for most: nobody can change what has been read. With the
/// feature `mmap` of this crate there is `FileBytes::map`, which is `unsafe`, as the bytes of a mapped
/// file change when the file does. Where it applies it saves the memory and the copy of what is in the page
/// cache. Of a file that comes from the device it is no faster.
///
/// ```
/// use io_optimize::FileBytes;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("a");
/// # std::fs::write(&path, "text")?;
/// let bytes = FileBytes::read(&path)?;
/// assert_eq!(&bytes[1..3], b"ex");
/// assert!(!bytes.is_mapped());
/// # Ok(())
/// # }
/// ```
pub struct FileBytes {
    bytes: Bytes,
}

enum Bytes {
    Owned(Vec<u8>),
    #[cfg(feature = "mmap")]
    Mapped(memmap2::Mmap),
}

/// In which order a mapped file is going to be looked at.
///
/// ```
/// assert_eq!(io_optimize::AccessPattern::default(), io_optimize::AccessPattern::Normal);
/// ```
#[cfg(feature = "mmap")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccessPattern {
    /// Not known: the system reads some of what surrounds each place.
    #[default]
    Normal,
    /// From the front to the end: the system reads far ahead.
    Sequential,
    /// Here and there: the system reads no more than it must.
    Random,
}

impl FileBytes {
    /// Reads the whole file into memory, as [`read`](fn@crate::read) does.
    ///
    /// Of any length that fits into memory: what one call of the system does not read, which is
    /// what lies behind the first 2 GiB, others do.
    ///
    /// # Errors
    /// Those of [`read`](fn@crate::read).
    pub fn read<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Ok(Self::owned(read(path)?))
    }

    /// Maps the file into memory, or reads it where it cannot be mapped.
    ///
    /// Read are: what is no regular file (a FIFO, a device); files whose metadata states no length,
    /// such as empty ones and those of `/proc`; and those of which the system refuses a map, such as
    /// files of `/sys`. [`is_mapped`](FileBytes::is_mapped) tells which it was. Opening a FIFO waits for
    /// a writer.
    ///
    /// A mapped file has the length that it had when it was mapped; what is appended later is not seen.
    ///
    /// # Safety
    /// For as long as the value lives nobody, in this process or another one, may truncate the file or
    /// write to it. A slice whose bytes change is undefined behaviour, and touching what was cut off
    /// ends the process by a signal (`SIGBUS`; on Windows an exception). No check can rule it out:
    /// the caller has to know that the file is let alone.
    ///
    /// # Errors
    /// Those of [`read`](fn@crate::read). Bytes that the device cannot read when they are looked at are
    /// no error but end the process like those that were cut off.
    ///
    /// # Platform differences
    /// On Windows a mapped file cannot be truncated, and not be removed on many versions.
    ///
    /// # Sources
    /// [mmap(2)](https://man7.org/linux/man-pages/man2/mmap.2.html).
    ///
    /// ```
    /// use io_optimize::FileBytes;
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("a");
    /// # std::fs::write(&path, "text")?;
    /// // SAFETY: the file was made by this process in a folder of its own, and is not written any more.
    /// let bytes = unsafe { FileBytes::map(&path)? };
    /// assert_eq!(*bytes, *b"text");
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "mmap")]
    #[allow(unsafe_code)]
    pub unsafe fn map<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        // SAFETY: the caller keeps the promise that both functions ask for.
        unsafe { Self::map_for(path, AccessPattern::Normal) }
    }

    /// Maps the file as [`map`](FileBytes::map) does, and tells the system how it is going to be looked
    /// at. That is advice: where the system takes none, nothing is said.
    ///
    /// # Safety
    /// That of [`map`](FileBytes::map).
    ///
    /// # Errors
    /// Those of [`map`](FileBytes::map).
    ///
    /// # Platform differences
    /// On Unix it is [madvise(2)](https://man7.org/linux/man-pages/man2/madvise.2.html); elsewhere the
    /// pattern is not used.
    ///
    /// ```
    /// use io_optimize::{AccessPattern, FileBytes};
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("a");
    /// # std::fs::write(&path, "text")?;
    /// // SAFETY: the file was made by this process in a folder of its own, and is not written any more.
    /// let bytes = unsafe { FileBytes::map_for(&path, AccessPattern::Random)? };
    /// assert_eq!(bytes[3], b't');
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "mmap")]
    #[allow(unsafe_code)]
    pub unsafe fn map_for<P: AsRef<Path>>(path: P, pattern: AccessPattern) -> io::Result<Self> {
        let path = path.as_ref();
        let run = || {
            let mut file = File::open(path)?;
            let metadata = file.metadata()?;
            if metadata.is_file() && metadata.len() > 0 {
                // SAFETY: the caller promises that nobody changes the file while the map lives.
                if let Ok(map) = unsafe { memmap2::Mmap::map(&file) } {
                    advise(&map, pattern);
                    let bytes = Bytes::Mapped(map);
                    return Ok(Self { bytes });
                }
            }
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(Self::owned(bytes))
        };
        run().map_err(|error| ReadError::naming(path, error))
    }

    fn owned(bytes: Vec<u8>) -> Self {
        let bytes = Bytes::Owned(bytes);
        Self { bytes }
    }

    /// Whether the file is mapped, and not in memory of its own.
    #[must_use]
    pub fn is_mapped(&self) -> bool {
        !matches!(self.bytes, Bytes::Owned(_))
    }

    /// The bytes as a vector: those that were read as they are, those that are mapped as a copy.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("a");
    /// # std::fs::write(&path, "text")?;
    /// let mut bytes = io_optimize::FileBytes::read(&path)?.into_vec();
    /// bytes.push(b'!');
    /// assert_eq!(bytes, b"text!");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        match self.bytes {
            Bytes::Owned(bytes) => bytes,
            #[cfg(feature = "mmap")]
            Bytes::Mapped(map) => map.to_vec(),
        }
    }
}

#[cfg(all(feature = "mmap", unix))]
impl AccessPattern {
    /// What the system is told, if there is something to tell.
    pub(crate) fn advice(self) -> Option<memmap2::Advice> {
        match self {
            Self::Normal => None,
            Self::Sequential => Some(memmap2::Advice::Sequential),
            Self::Random => Some(memmap2::Advice::Random),
        }
    }
}

#[cfg(feature = "mmap")]
fn advise(map: &memmap2::Mmap, pattern: AccessPattern) {
    #[cfg(unix)]
    if let Some(advice) = pattern.advice() {
        // Only advice: without it, it is slower.
        let _ = map.advise(advice);
    }
    #[cfg(not(unix))]
    let _ = (map, pattern);
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Owned(bytes) => bytes,
            #[cfg(feature = "mmap")]
            Bytes::Mapped(map) => map,
        }
    }
}

impl AsRef<[u8]> for FileBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for FileBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileBytes")
            .field("len", &self.len())
            .field("is_mapped", &self.is_mapped())
            .finish()
    }
}

//! Replacing a file as a whole: the old content or the new one, never a mix.

mod temporary;
#[cfg(windows)]
mod windows;

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
pub(crate) use self::temporary::temporary_name;
pub(crate) use self::temporary::TemporaryFile;
use super::buffered::BufferedWriter;
use super::error::WriteError;
use crate::failure::Failure;

/// As many links as Linux follows in one path.
const MOST_LINKS: usize = 40;

/// Writes a file as a whole: whoever opens `path` sees the old content or the new one, never a mix.
///
/// The function `fill` writes to a temporary file in the same folder, which then takes the
/// destination's name. If `fill` fails or panics, or the disk is full, the temporary file is removed
/// and the old content stays. The same holds when the process is killed, except that the temporary
/// file (`.io-optimize-….tmp`) is left behind. Returns what `fill` returns.
///
/// This is [`AtomicWriteOptions::write`] with the default options: [`Durability::Data`], and an existing
/// destination's permission bits are kept.
///
/// # What is kept and what is not
/// - A symbolic link stays one: the file that it leads to is replaced, or created.
/// - Permission bits are those of the destination. Its owner and group are kept where the system
///   permits that (Unix); where the group cannot be kept, the group gets no more access than others.
///   Set-user-id, set-group-id and sticky bits are dropped. A new file gets the bits that
///   [`File::create`] gives.
/// - Other hard links keep the old content. ACLs and extended attributes are not carried over.
/// - A destination that may not be written is replaced all the same on Unix: there the folder decides.
///
/// # Errors
/// Every error is a [`WriteError`](crate::WriteError) inside the [`io::Error`], with the kind of the
/// error that `fill` or the system gave.
/// - [`InvalidInput`](io::ErrorKind::InvalidInput): `path` leads to a directory, a FIFO or a device.
/// - The destination is as it was after every error but one: if the folder cannot be flushed after the
///   rename ([`Durability::Full`]), the new content is in place.
///
/// # Platform differences
/// On Windows the rename is that of [`std::fs::rename`], which replaces an existing file, but fails if
/// that one is read-only or was opened by someone who does not share it.
///
/// # Sources
/// [rename(2)](https://man7.org/linux/man-pages/man2/rename.2.html),
/// [fsync(2)](https://man7.org/linux/man-pages/man2/fsync.2.html).
///
/// ```
/// use std::io::Write;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("settings");
/// let lines = io_optimize::atomic_write(&path, |writer| {
///     writeln!(writer, "colour = blue")?;
///     Ok(1)
/// })?;
/// assert_eq!(lines, 1);
/// assert_eq!(std::fs::read_to_string(&path)?, "colour = blue\n");
/// # Ok(())
/// # }
/// ```
pub fn atomic_write<P, T, F>(path: P, fill: F) -> io::Result<T>
where
    P: AsRef<Path>,
    F: FnOnce(&mut BufferedWriter<File>) -> io::Result<T>,
{
    AtomicWriteOptions::new().write(path, fill)
}

/// What a loss of power, or a crash of the system, may cost. Each step takes longer than the one before.
///
/// The end of the process alone costs nothing in any of them.
///
/// ```
/// use io_optimize::{AtomicWriteOptions, Durability};
/// let options = AtomicWriteOptions::new().durability(Durability::Full);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// Nothing is flushed to the device. Afterwards the file may have the old content, the new one, or
    /// on some file systems none. For what can be made again.
    None,
    /// The new content is flushed before it takes the destination's name: afterwards the file has the
    /// old content or the new one, whole. Linux
    /// [`fdatasync`](https://man7.org/linux/man-pages/man2/fdatasync.2.html).
    #[default]
    Data,
    /// The content and its attributes are flushed, and after the rename the folder, on Unix: once the
    /// call has returned, the file has the new content. Linux
    /// [`fsync`](https://man7.org/linux/man-pages/man2/fsync.2.html). On Windows folders cannot be
    /// flushed, and the rename may come later.
    Full,
}

/// How [`atomic_write`] works, where the default is not wanted.
///
/// ```
/// use io_optimize::{AtomicWriteOptions, Durability};
/// use std::io::Write;
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("cache");
/// AtomicWriteOptions::new()
///     .durability(Durability::None)
///     .preserve_mode(false)
///     .write(&path, |writer| writer.write_all(b"text"))?;
/// assert_eq!(std::fs::read(&path)?, b"text");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AtomicWriteOptions {
    durability: Durability,
    preserve_mode: bool,
}

impl Default for AtomicWriteOptions {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            preserve_mode: true,
        }
    }
}

impl AtomicWriteOptions {
    /// The options of [`atomic_write`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How much is flushed to the device; [`Durability::Data`] unless set.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Whether an existing destination's permission bits, owner and group are kept (Unix); they are
    /// unless set to `false`, which gives the file those of a new one.
    #[must_use]
    pub fn preserve_mode(mut self, preserve_mode: bool) -> Self {
        self.preserve_mode = preserve_mode;
        self
    }

    /// Writes a file as [`atomic_write`] does, with these options.
    ///
    /// # Errors
    /// Those of [`atomic_write`].
    pub fn write<P, T, F>(&self, path: P, fill: F) -> io::Result<T>
    where
        P: AsRef<Path>,
        F: FnOnce(&mut BufferedWriter<File>) -> io::Result<T>,
    {
        let path = path.as_ref();
        self.replace(path, fill)
            .map_err(|failure| WriteError::naming(path, failure))
    }

    fn replace<T, F>(&self, path: &Path, fill: F) -> Result<T, Failure>
    where
        F: FnOnce(&mut BufferedWriter<File>) -> io::Result<T>,
    {
        let existing = existing_file(path)?;
        let target = follow_links(path)?;
        let folder = folder_of(&target);
        let preserved = existing.filter(|_| self.preserve_mode);
        let (temporary, file) = TemporaryFile::create(folder, preserved.as_ref())?;

        let mut writer = BufferedWriter::new(file);
        let value = match fill(&mut writer) {
            Ok(value) => value,
            Err(error) => {
                // What is buffered is not worth writing any more.
                let _given_up = writer.into_parts();
                return Err(Failure::new("its content could not be made", error));
            }
        };
        let file = writer
            .finish()
            .map_err(Failure::while_("cannot write the temporary file"))?;
        let flushed = match self.durability {
            Durability::None => Ok(()),
            Durability::Data => file.sync_data(),
            Durability::Full => file.sync_all(),
        };
        flushed.map_err(Failure::while_("cannot flush the temporary file"))?;
        drop(file);

        // Opened before the rename: a folder that cannot be opened leaves the destination as it is.
        let opened_folder = if cfg!(unix) && self.durability == Durability::Full {
            let opened = File::open(folder).map_err(Failure::while_("cannot open the folder"));
            Some(opened?)
        } else {
            None
        };
        temporary.rename(&target)?;
        if let Some(folder) = opened_folder {
            folder.sync_all().map_err(Failure::while_(
                "the new content is in place, but the folder cannot be flushed",
            ))?;
        }
        Ok(value)
    }
}

/// What `path` leads to, `None` where that does not exist; refuses all but regular files.
pub(crate) fn existing_file(path: &Path) -> Result<Option<Metadata>, Failure> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::new("cannot examine the destination", error)),
    };
    let problem = if metadata.is_dir() {
        "it is a directory"
    } else if !metadata.is_file() {
        "it is a FIFO, a socket or a device"
    } else {
        return Ok(Some(metadata));
    };
    let refusal = "only a regular file can be replaced";
    Err(Failure::new(
        problem,
        io::Error::new(io::ErrorKind::InvalidInput, refusal),
    ))
}

/// The path behind all symbolic links that end it, be there a file or not.
pub(crate) fn follow_links(path: &Path) -> Result<PathBuf, Failure> {
    let mut target = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_symlink() => {}
            Ok(_) => return Ok(target),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(target),
            Err(error) => return Err(Failure::new("cannot examine the destination", error)),
        }
        let link =
            fs::read_link(&target).map_err(Failure::while_("cannot read the symbolic link"))?;
        target = folder_of(&target).join(link);
    }
    Err(Failure::new(
        "cannot follow the symbolic link",
        io::Error::new(io::ErrorKind::InvalidInput, "there are too many of them"),
    ))
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

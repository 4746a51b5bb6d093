//! A temporary file that is either renamed or removed.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::failure::Failure;

#[cfg(windows)]
use super::windows::{remove, rename_unless_taken};
#[cfg(not(windows))]
use std::fs::remove_file as remove;

/// Names are random numbers of 64 bits: a second attempt is rare already.
const MOST_ATTEMPTS: usize = 16;

/// Removes the file when dropped, also by a panic.
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    path: PathBuf,
    is_renamed: bool,
}

impl TemporaryFile {
    /// Creates a file with the mode and the owner of the `preserved` one, or with those of a new file.
    pub(crate) fn create(
        folder: &Path,
        preserved: Option<&Metadata>,
    ) -> Result<(Self, File), Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        if preserved.is_some() {
            // Nobody reads the new content whom the old file's permissions keep out.
            set_mode(&mut options, 0o600);
        }
        let (temporary, file) = Self::create_at_free_name(folder, &options)
            .map_err(Failure::while_("cannot create a temporary file"))?;
        if let Some(preserved) = preserved {
            take_over(&file, preserved).map_err(Failure::while_(
                "cannot set the temporary file's permissions",
            ))?;
        }
        Ok((temporary, file))
    }

    /// Creates a file with these permission bits less the umask; on Unix only, elsewhere with those of
    /// a new file.
    pub(crate) fn create_with_mode(folder: &Path, mode: u32) -> Result<(Self, File), Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        set_mode(&mut options, mode);
        Self::create_at_free_name(folder, &options)
            .map_err(Failure::while_("cannot create a temporary file"))
    }

    fn create_at_free_name(folder: &Path, options: &OpenOptions) -> io::Result<(Self, File)> {
        for _ in 0..MOST_ATTEMPTS {
            let path = folder.join(temporary_name());
            match options.open(&path) {
                Ok(file) => {
                    let is_renamed = false;
                    return Ok((Self { path, is_renamed }, file));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the name of what is there, if anything is.
    pub(crate) fn rename(mut self, to: &Path) -> Result<(), Failure> {
        fs::rename(&self.path, to)
            .map_err(Failure::while_("cannot rename the temporary file to it"))?;
        self.is_renamed = true;
        Ok(())
    }

    /// Takes a name that nothing has.
    pub(crate) fn rename_to_new(mut self, to: &Path) -> Result<(), Failure> {
        let failed = Failure::while_("cannot rename the temporary file to it");
        self.is_renamed = rename_unless_taken(&self.path, to).map_err(&failed)?;
        if !self.is_renamed {
            // The first name is removed with this value.
            fs::hard_link(&self.path, to).map_err(failed)?;
        }
        Ok(())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if !self.is_renamed {
            let _ = remove(&self.path);
        }
    }
}

/// A name that nobody else takes, hidden on Unix.
pub(crate) fn temporary_name() -> String {
    format!(".io-optimize-{:016x}.tmp", random())
}

/// Differs between threads by the hasher's keys, between processes by these and the process id, and
/// from call to call by the counter.
fn random() -> u64 {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(process::id());
    hasher.write_u64(COUNTER.fetch_add(1, Ordering::Relaxed));
    hasher.finish()
}

/// Whether the system could do it.
///
/// Sources: [renameat2(2)](https://man7.org/linux/man-pages/man2/rename.2.html), `RENAME_NOREPLACE`;
/// [renamex_np(2)](https://keith.github.io/xcode-man-pages/renamex_np.2.html), `RENAME_EXCL`.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn rename_unless_taken(from: &Path, to: &Path) -> io::Result<bool> {
    use rustix::fs::{renameat_with, RenameFlags, CWD};
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        // On macOS the last two differ.
        Err(errno)
            if [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP, Errno::NOTSUP].contains(&errno) =>
        {
            Ok(false)
        }
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn rename_unless_taken(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(unix)]
fn set_mode(options: &mut OpenOptions, mode: u32) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(mode);
}

#[cfg(not(unix))]
fn set_mode(_: &mut OpenOptions, _: u32) {}

#[cfg(unix)]
fn take_over(file: &File, preserved: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{fchown, MetadataExt, PermissionsExt};
    const GROUP_BITS: u32 = 0o070;
    const ACCESS_BITS: u32 = 0o777;

    let own = file.metadata()?;
    let (user, group) = (preserved.uid(), preserved.gid());
    let mut mode = preserved.mode() & ACCESS_BITS;
    if (own.uid(), own.gid()) != (user, group)
        && fchown(file, Some(user), Some(group)).is_err()
        && fchown(file, None, Some(group)).is_err()
    {
        // These bits were meant for another group.
        mode &= !GROUP_BITS | (mode << 3);
    }
    // A file system that keeps no permission bits refuses to change them.
    if own.mode() & ACCESS_BITS == mode {
        return Ok(());
    }
    match file.set_permissions(fs::Permissions::from_mode(mode)) {
        #[cfg(target_os = "linux")]
        Err(error) if crate::copy::keeps_no_permissions(&error) => Ok(()),
        result => result,
    }
}

#[cfg(not(unix))]
fn take_over(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

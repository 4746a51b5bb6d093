//! A temporary file that is either renamed or removed.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::failure::Failure;

/// Names are random numbers of 64 bits: a second attempt is rare already.
const MOST_ATTEMPTS: usize = 16;

/// Removes the file when dropped, also by a panic.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    path: PathBuf,
    is_renamed: bool,
}

impl TemporaryFile {
    /// Creates a file with the mode and the owner of the `preserved` one, or with those of a new file.
    pub(super) fn create(
        folder: &Path,
        preserved: Option<&Metadata>,
    ) -> Result<(Self, File), Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        if preserved.is_some() {
            // Nobody reads the new content whom the old file's permissions keep out.
            restrict(&mut options);
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

    fn create_at_free_name(folder: &Path, options: &OpenOptions) -> io::Result<(Self, File)> {
        for _ in 0..MOST_ATTEMPTS {
            let path = folder.join(format!(".io-optimize-{:016x}.tmp", random()));
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

    pub(super) fn rename(mut self, to: &Path) -> Result<(), Failure> {
        fs::rename(&self.path, to)
            .map_err(Failure::while_("cannot rename the temporary file to it"))?;
        self.is_renamed = true;
        Ok(())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if !self.is_renamed {
            let _ = fs::remove_file(&self.path);
        }
    }
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

#[cfg(unix)]
fn restrict(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn restrict(_: &mut OpenOptions) {}

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

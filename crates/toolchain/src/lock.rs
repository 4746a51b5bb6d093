//! Keeps two runs of this program out of one folder.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context as _, Result};

/// Waits until no other run holds the lock, and holds it while the file lives.
///
/// Where the file system has no locks, there is none.
///
/// # Errors
/// If the file cannot be made.
pub(crate) fn acquire(path: &Path) -> Result<File> {
    let failed = || format!("cannot make {}: give --target-dir", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    let file = File::create(path).with_context(failed)?;
    if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        let _ = file.lock();
    }
    Ok(file)
}

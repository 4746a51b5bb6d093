//! The temporary directory that everything measured lives in.

use std::path::Path;

use anyhow::Context;
use tempfile::TempDir;

/// What the names of temporary directories begin with.
const PREFIX: &str = ".io-optimize-bench-";

/// Makes an empty directory below `directory` that is removed when it is dropped.
///
/// # Errors
/// If `directory` is missing or nothing can be made in it.
pub(crate) fn create(directory: &Path) -> anyhow::Result<TempDir> {
    tempfile::Builder::new()
        .prefix(PREFIX)
        .tempdir_in(directory)
        .with_context(|| {
            format!(
                "cannot make files in {} (name a directory that can be written)",
                directory.display()
            )
        })
}

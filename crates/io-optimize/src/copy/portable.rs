//! The backend for every system: [`std::fs::copy`] behind a check that the two files are not one.

use std::fs;
use std::path::Path;

use super::options::CopyOptions;
use super::report::{CopyReport, Strategy};
use crate::failure::Failure;

pub(super) fn copy(from: &Path, to: &Path, options: &CopyOptions) -> Result<CopyReport, Failure> {
    let monitor = options.monitor();
    let length = fs::metadata(from).ok().map(|metadata| metadata.len());
    monitor.begin(length)?;
    if is_same_file(from, to) {
        return Err(Failure::same_file());
    }
    let bytes = fs::copy(from, to).map_err(Failure::while_("std::fs::copy failed"))?;
    monitor.advance(bytes)?;
    Ok(CopyReport {
        strategy: Strategy::Std,
        bytes,
        hole_bytes: 0,
        left: Vec::new(),
    })
}

/// Whether both paths lead to one file; not so when either cannot be looked at, which the copy itself
/// will then report.
#[cfg(target_os = "linux")]
fn is_same_file(from: &Path, to: &Path) -> bool {
    let open = |path: &Path, options: &fs::OpenOptions| {
        // Opening a FIFO would wait, and a device could be set in motion.
        if !fs::metadata(path)?.is_file() {
            return Err(std::io::ErrorKind::InvalidInput.into());
        }
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        std::io::Result::Ok((file, metadata))
    };
    let opened = open(from, fs::File::options().read(true))
        .and_then(|source| Ok((source, open(to, fs::File::options().write(true))?)));
    opened.is_ok_and(|((source, of_source), (destination, of_destination))| {
        super::linux::is_same_file((&source, &of_source), (&destination, &of_destination))
            .unwrap_or(true)
    })
}

/// Whether both paths lead to one file; not so when either cannot be looked at, which the copy itself
/// will then report.
#[cfg(all(unix, not(target_os = "linux")))]
fn is_same_file(from: &Path, to: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(from), fs::metadata(to)) {
        (Ok(from), Ok(to)) => (from.dev(), from.ino()) == (to.dev(), to.ino()),
        _ => false,
    }
}

/// Whether both paths lead to one file; a second hard link is not recognised.
#[cfg(not(unix))]
fn is_same_file(from: &Path, to: &Path) -> bool {
    match (fs::canonicalize(from), fs::canonicalize(to)) {
        (Ok(from), Ok(to)) => from == to,
        _ => false,
    }
}

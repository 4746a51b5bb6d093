//! The Windows backend: the system's own copy between two paths that are known not to be one file.

mod system;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;

use self::system::Refusal;
use super::monitor::Monitor;
use super::options::CopyOptions;
use super::portable;
use super::report::{CopyReport, LeaveReason, LeftStrategy, Strategy};
use super::stream;
use crate::failure::Failure;

/// `FILE_FLAG_BACKUP_SEMANTICS`: without it no directory can be opened.
const OPENS_DIRECTORIES: u32 = 0x0200_0000;
/// `ERROR_INVALID_FUNCTION`, `ERROR_NOT_SUPPORTED`, `ERROR_CALL_NOT_IMPLEMENTED`.
const REFUSALS: [i32; 3] = [1, 50, 120];

pub(super) fn copy(from: &Path, to: &Path, options: &CopyOptions) -> Result<CopyReport, Failure> {
    portable::copy(from, to, options, copy_contents)
}

fn copy_contents(
    from: &Path,
    to: &Path,
    forced: Option<Strategy>,
    monitor: Monitor<'_>,
) -> Result<CopyReport, Failure> {
    // A device need not have any, and can be copied from all the same.
    let metadata = fs::metadata(from).ok();
    if metadata.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(Failure::directory());
    }
    let mut left = Vec::new();
    if matches!(forced, None | Some(Strategy::CopyFile)) {
        match system::copy_file(from, to, monitor) {
            Ok(bytes) => return Ok(CopyReport::of(Strategy::CopyFile, bytes, left)),
            Err(Refusal::System(error)) => {
                let code = error.raw_os_error().unwrap_or_default();
                if forced.is_some() || !REFUSALS.contains(&code) {
                    return Err(Failure::new("CopyFileExW failed", error));
                }
                left.push(LeftStrategy {
                    strategy: Strategy::CopyFile,
                    offset: 0,
                    reason: LeaveReason::Refused { errno: code },
                });
            }
            Err(Refusal::Ended(failure)) => return Err(failure),
        }
    }
    let bytes = read_write(from, to, monitor)?;
    Ok(CopyReport::of(Strategy::ReadWrite, bytes, left))
}

/// The plain loop between two open files that are not one. Keeps the contents and whether the file is
/// read-only.
fn read_write(from: &Path, to: &Path, monitor: Monitor<'_>) -> Result<u64, Failure> {
    let source = File::open(from).map_err(Failure::while_("cannot open the source"))?;
    let source_metadata = source
        .metadata()
        .map_err(Failure::while_("cannot examine the source"))?;
    let destination = OpenOptions::new()
        .write(true)
        .create(true)
        // What is there may turn out to be the source.
        .truncate(false)
        .open(to)
        .map_err(Failure::while_("cannot open the destination"))?;
    let destination_metadata = destination
        .metadata()
        .map_err(Failure::while_("cannot examine the destination"))?;
    if is_one((&source, from), (&destination, to)) {
        return Err(Failure::same_file());
    }
    // Before the old contents are dropped, so that a refusal loses nothing. What is read-only already
    // could not have been opened.
    if source_metadata.permissions().readonly() {
        let mut permissions = destination_metadata.permissions();
        permissions.set_readonly(true);
        destination
            .set_permissions(permissions)
            .map_err(Failure::while_("cannot set the destination's permissions"))?;
    }
    if destination_metadata.len() > 0 {
        destination
            .set_len(0)
            .map_err(Failure::while_("cannot empty the destination"))?;
    }
    stream::copy_to_end(&source, &destination, source_metadata.len(), monitor)
}

/// Whether both paths lead to one file; not so when either cannot be opened, which the copy itself will
/// then report.
pub(super) fn is_same_file(from: &Path, to: &Path) -> bool {
    let open = |path| {
        OpenOptions::new()
            // Only to ask what it is: nobody is kept from anything.
            .access_mode(0)
            .custom_flags(OPENS_DIRECTORIES)
            .open(path)
    };
    match (open(from), open(to)) {
        (Ok(source), Ok(destination)) => is_one((&source, from), (&destination, to)),
        _ => false,
    }
}

/// By number, and where a file system has none for its files, by the whole path.
fn is_one(a: (&File, &Path), b: (&File, &Path)) -> bool {
    match (system::identity(a.0), system::identity(b.0)) {
        (Some(a), Some(b)) => a == b,
        _ => match (fs::canonicalize(a.1), fs::canonicalize(b.1)) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        },
    }
}

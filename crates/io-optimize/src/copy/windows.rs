//! The Windows backend: a block clone where the volume has them, else the system's own copy between two
//! paths that are known not to be one file.

mod clone;
mod identity;
mod system;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_BACKUP_SEMANTICS, FILE_READ_ATTRIBUTES, FILE_SHARE_DELETE, FILE_SHARE_READ,
    FILE_WRITE_ATTRIBUTES,
};

pub(crate) use self::identity::have_one_number;
use self::identity::is_one;
use self::system::Refusal;
use super::monitor::Monitor;
use super::options::CopyOptions;
use super::portable;
use super::report::{CopyReport, LeaveReason, LeftStrategy, Strategy};
use super::stream;
use crate::failure::Failure;

/// `ERROR_SHARING_VIOLATION`.
const IN_USE: i32 = 32;
/// `ERROR_INVALID_FUNCTION`, `ERROR_NOT_SUPPORTED`, `ERROR_CALL_NOT_IMPLEMENTED`.
const REFUSALS: [i32; 3] = [1, 50, 120];

pub(super) fn copy(from: &Path, to: &Path, options: &CopyOptions) -> Result<CopyReport, Failure> {
    portable::copy(from, to, options, copy_contents)
}

fn copy_contents(from: &Path, to: &Path, options: &CopyOptions) -> Result<CopyReport, Failure> {
    let (forced, monitor) = (options.strategy, options.monitor());
    // A device need not have any, and can be copied from all the same.
    let metadata = fs::metadata(from).ok();
    if metadata.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(Failure::directory());
    }
    let mut left = Vec::new();
    let mut leave = |strategy, reason| {
        left.push(LeftStrategy {
            strategy,
            offset: 0,
            reason,
        });
    };
    if matches!(forced, None | Some(Strategy::Reflink)) {
        let is_file = metadata.as_ref().is_some_and(fs::Metadata::is_file);
        let cloned = if is_file || forced.is_some() {
            clone::clone(from, to)?
        } else {
            // To open a pipe is to use it.
            Err(LeaveReason::NotRegular)
        };
        match cloned {
            Ok(bytes) => {
                monitor.advance(bytes)?;
                return Ok(CopyReport::of(Strategy::Reflink, bytes, Vec::new()));
            }
            Err(reason) if forced.is_some() => return Err(not_cloned(reason)),
            Err(reason) => leave(Strategy::Reflink, reason),
        }
    }
    if matches!(forced, None | Some(Strategy::CopyFile)) {
        match system::copy_file(from, to, monitor) {
            Ok(bytes) => return Ok(CopyReport::of(Strategy::CopyFile, bytes, left)),
            Err(Refusal::System(error)) => {
                let code = error.raw_os_error().unwrap_or_default();
                if forced.is_some() || !REFUSALS.contains(&code) {
                    return Err(Failure::new("CopyFileExW failed", error));
                }
                leave(Strategy::CopyFile, LeaveReason::Refused { errno: code });
            }
            Err(Refusal::Ended(failure)) => return Err(failure),
        }
    }
    let bytes = read_write(from, to, monitor)?;
    Ok(CopyReport::of(Strategy::ReadWrite, bytes, left))
}

/// The failure of a reflink that nothing else is to stand in for.
fn not_cloned(reason: LeaveReason) -> Failure {
    let error = match reason {
        LeaveReason::Refused { errno } => io::Error::from_raw_os_error(errno),
        reason => io::Error::new(io::ErrorKind::Unsupported, reason.to_string()),
    };
    Failure::new("the strategy does not work for these files", error)
}

/// The plain loop between two open files that are not one. Keeps the contents and whether the file is
/// read-only.
fn read_write(from: &Path, to: &Path, monitor: Monitor<'_>) -> Result<u64, Failure> {
    let source = open_source(from).map_err(Failure::while_("cannot open the source"))?;
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

/// Opens the source in such a way that it cannot be opened to be written meanwhile, also by this process
/// under a name that is not known to be the same file's; unless somebody has it open for that already.
fn open_source(from: &Path) -> io::Result<File> {
    let opened = OpenOptions::new()
        .read(true)
        .share_mode(FILE_SHARE_READ | FILE_SHARE_DELETE)
        .open(from);
    match opened {
        Err(error) if error.raw_os_error() == Some(IN_USE) => File::open(from),
        result => result,
    }
}

/// Opens the copy to set its times and, where it is to be flushed, to flush it, which takes a file that may
/// be written. A copy that is read-only as its source is so again when this returns. Devices and pipes have
/// nothing to set or flush: none.
pub(super) fn open_to_finish(copy: &Path, flushes: bool) -> Result<Option<File>, Failure> {
    let opened = match open_to_set(copy, flushes) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_read_only_to_set(copy, flushes)?.ok_or(error)
        }
        result => result,
    };
    let file = opened.map_err(Failure::while_("cannot open the copy again"))?;
    Ok(identity::is_on_disk(&file).then_some(file))
}

fn open_to_set(copy: &Path, flushes: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    if !flushes {
        // Windows gives that for read-only files too.
        options.access_mode(FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES);
    }
    options.open(copy)
}

/// None where the copy is not read-only.
fn open_read_only_to_set(copy: &Path, flushes: bool) -> Result<Option<File>, Failure> {
    let examine = Failure::while_("cannot examine the destination");
    // Not the attribute of a symbolic link that leads to the copy.
    let copy = fs::canonicalize(copy).map_err(&examine)?;
    let permissions = fs::metadata(&copy).map_err(examine)?.permissions();
    if !permissions.readonly() {
        return Ok(None);
    }
    let failed_to_set = Failure::while_("cannot set the destination's permissions");
    let mut writable = permissions.clone();
    // The attribute of Windows; Unix, where this would let everybody write, has no such module.
    #[allow(clippy::permissions_set_readonly_false)]
    writable.set_readonly(false);
    fs::set_permissions(&copy, writable).map_err(&failed_to_set)?;
    let opened = open_to_set(&copy, flushes);
    fs::set_permissions(&copy, permissions).map_err(failed_to_set)?;
    opened
        .map(Some)
        .map_err(Failure::while_("cannot open the copy again"))
}

/// Whether both paths lead to one file; not so when either cannot be opened, which the copy itself will
/// then report.
pub(super) fn is_same_file(from: &Path, to: &Path) -> bool {
    let open = |path| {
        OpenOptions::new()
            // Only to ask what it is: nobody is kept from anything.
            .access_mode(0)
            // Without it no directory can be opened.
            .custom_flags(FILE_FLAG_BACKUP_SEMANTICS)
            .open(path)
    };
    match (open(from), open(to)) {
        (Ok(source), Ok(destination)) => is_one((&source, from), (&destination, to)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_is_open_to_be_copied_cannot_be_emptied_by_another_name() {
        let directory = tempfile::tempdir().unwrap();
        let [file, link] = ["file", "link"].map(|name| directory.path().join(name));
        fs::write(&file, "all that there is").unwrap();
        fs::hard_link(&file, &link).unwrap();
        let source = open_source(&file).unwrap();
        let error = OpenOptions::new().write(true).open(&link).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(IN_USE));
        drop(source);
        let _writer = OpenOptions::new().write(true).open(&link).unwrap();
        open_source(&file).unwrap();
    }
}

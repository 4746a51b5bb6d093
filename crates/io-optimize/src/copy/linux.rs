//! The Linux backend: opens both files, refuses what would lose data, and hands over to the ladder.

mod direct;
mod identity;
mod ladder;
mod mapping;
mod positioned;
mod refusals;
mod sparse;
mod splice;
mod transfer;

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::io::Errno;

pub(super) use self::identity::is_same_file;
use self::ladder::Ladder;
pub(crate) use self::ladder::{kernel_copies_ranges, SMALL};
pub(crate) use self::splice::splice;
pub(crate) use self::transfer::{is_refusal, write_all};
use super::monitor::Monitor;
use super::options::CopyOptions;
use super::report::{CopyReport, Strategy};
use crate::failure::Failure;

/// Read, write and execute for owner, group and others.
pub(crate) const ACCESS_BITS: u32 = 0o777;
/// Set-user-id, set-group-id and sticky: writing to the file clears the first two.
pub(crate) const SPECIAL_BITS: u32 = 0o7000;

pub(super) fn copy(from: &Path, to: &Path, options: &CopyOptions) -> Result<CopyReport, Failure> {
    let source = File::open(from).map_err(Failure::while_("cannot open the source"))?;
    let source_metadata = source
        .metadata()
        .map_err(Failure::while_("cannot examine the source"))?;
    if source_metadata.is_dir() {
        return Err(Failure::new(
            "the source is a directory",
            io::Error::new(io::ErrorKind::InvalidInput, "give the path of a file"),
        ));
    }
    let destination = open_destination(to, source_metadata.mode())
        .map_err(Failure::while_("cannot open the destination"))?;
    let destination_metadata = destination
        .metadata()
        .map_err(Failure::while_("cannot examine the destination"))?;
    copy_open(
        &source,
        &source_metadata,
        &destination,
        &destination_metadata,
        options.strategy,
        options.workers,
        options.monitor(),
    )
}

/// Copies between two open files, both at their start, unless they are one file.
///
/// The destination may still have its old contents and permission bits.
pub(crate) fn copy_open(
    source: &File,
    source_metadata: &Metadata,
    destination: &File,
    destination_metadata: &Metadata,
    forced: Option<Strategy>,
    workers: usize,
    monitor: Monitor<'_>,
) -> Result<CopyReport, Failure> {
    let is_same = is_same_file(
        (source, source_metadata),
        (destination, destination_metadata),
    );
    if is_same.map_err(Failure::while_("cannot examine the files"))? {
        return Err(Failure::same_file());
    }
    let mode = source_metadata.mode();

    let set_mode = |mode| match destination.set_permissions(Permissions::from_mode(mode)) {
        // A file system that keeps no permission bits has none to get wrong.
        Err(error) if keeps_no_permissions(&error) => Ok(()),
        result => result.map_err(Failure::while_("cannot set the destination's permissions")),
    };
    let both_regular = source_metadata.is_file() && destination_metadata.is_file();
    monitor.begin(source_metadata.is_file().then_some(source_metadata.len()))?;
    // Before the old contents are dropped, so that a refusal loses nothing, and before the new ones
    // are written, so that nobody reads them whom the source's permissions keep out.
    if both_regular
        && destination_metadata.mode() & (ACCESS_BITS | SPECIAL_BITS) != mode & ACCESS_BITS
    {
        set_mode(mode & ACCESS_BITS)?;
    }
    if destination_metadata.is_file() && destination_metadata.len() > 0 {
        destination
            .set_len(0)
            .map_err(Failure::while_("cannot empty the destination"))?;
    }

    let mut ladder = Ladder::new(
        (source, source_metadata),
        (destination, destination_metadata),
        forced,
        workers,
        monitor,
    );
    if !ladder.reflink()? {
        if both_regular && has_holes(source_metadata) {
            sparse::copy(&mut ladder, source)?;
        } else {
            ladder.copy_to_end()?;
        }
    }
    if both_regular && mode & SPECIAL_BITS != 0 {
        set_mode(mode & (ACCESS_BITS | SPECIAL_BITS))?;
    }
    Ok(ladder.report())
}

/// Whether this is how a file system says that it keeps no permission bits.
pub(crate) fn keeps_no_permissions(error: &io::Error) -> bool {
    // By number: older compilers' error kinds do not tell EOPNOTSUPP.
    matches!(
        Errno::from_io_error(error),
        Some(Errno::OPNOTSUPP | Errno::NOSYS)
    )
}

/// Opens for writing without emptying: what is there may turn out to be the source.
fn open_destination(to: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    let created = options
        .clone()
        .create(true)
        .truncate(false)
        .mode(mode & ACCESS_BITS)
        .open(to);
    match created {
        // fs.protected_regular and fs.protected_fifos forbid to open another user's file in a
        // sticky directory with O_CREAT, even where it may be written.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            if fs::metadata(to).is_ok() {
                options.open(to)
            } else {
                Err(error)
            }
        }
        result => result,
    }
}

/// Whether fewer blocks are allocated than the length needs. True also of compressed files and of
/// many pseudo files: the walk over the holes must be right for those too.
pub(crate) fn has_holes(metadata: &Metadata) -> bool {
    // Linux counts in units of 512 bytes whatever the file system's block size.
    metadata.blocks().saturating_mul(512) < metadata.len()
}

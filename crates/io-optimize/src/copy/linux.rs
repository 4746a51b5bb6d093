//! The Linux backend: opens both files, refuses what would lose data, and hands over to the ladder.

mod allocation;
mod blocks;
mod cache;
mod direct;
mod file_system;
mod identity;
mod kernel;
mod ladder;
mod lately;
mod mapping;
mod metadata;
mod positioned;
mod process;
mod refusals;
mod replace;
mod seen;
mod sparse;
mod splice;
mod transfer;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::io::Errno;

pub(crate) use self::cache::DONT_CACHE;
pub(super) use self::identity::is_same_file;
pub(crate) use self::kernel::kernel_copies_ranges;
use self::ladder::Ladder;
pub(crate) use self::metadata::{keep, keep_default_acl, keep_times, refused, set_mode, times};
pub(crate) use self::splice::splice;
pub(crate) use self::transfer::{ficlone, is_refusal, write_all};
use super::manner::{Cache, Manner, Sparse};
use super::options::CopyOptions;
use super::preserve::Preserve;
use super::report::{CopyReport, LeaveReason, LeftStrategy, Strategy};
use crate::failure::Failure;

/// Read, write and execute for owner, group and others.
pub(crate) const ACCESS_BITS: u32 = 0o777;
/// Set-user-id, set-group-id and sticky: writing to the file clears the first two.
pub(crate) const SPECIAL_BITS: u32 = 0o7000;

/// Read and write for the owner: what a file has of which not all is set yet that keeps others out.
const PRIVATE: u32 = 0o600;
/// What [`File::create`] asks for.
const NEW: u32 = 0o666;

pub(super) fn copy(from: &Path, to: &Path, options: &CopyOptions) -> Result<CopyReport, Failure> {
    let manner = options.manner();
    refuse_contradictions(&manner)?;
    let source = File::open(from).map_err(Failure::while_("cannot open the source"))?;
    let source_metadata = source
        .metadata()
        .map_err(Failure::while_("cannot examine the source"))?;
    if source_metadata.is_dir() {
        return Err(Failure::directory());
    }
    replace::copy(&source, &source_metadata, to, options)
}

/// Copies between two open files, both at their start, unless they are one file.
///
/// The destination may still have its old contents and permission bits.
pub(crate) fn copy_open(
    source: &File,
    source_metadata: &Metadata,
    destination: &File,
    destination_metadata: &Metadata,
    manner: Manner<'_>,
) -> Result<CopyReport, Failure> {
    let is_same = is_same_file(
        (source, source_metadata),
        (destination, destination_metadata),
    );
    if is_same.map_err(Failure::while_("cannot examine the files"))? {
        return Err(Failure::same_file());
    }
    let Manner {
        monitor, preserve, ..
    } = manner;
    let mode = source_metadata.mode();
    let both_regular = source_metadata.is_file() && destination_metadata.is_file();
    monitor.begin(source_metadata.is_file().then_some(source_metadata.len()))?;
    // Before the old contents are dropped, so that a refusal loses nothing, and before the new ones
    // are written, so that nobody reads them whom the source's permissions keep out.
    let first_mode = mode_while_copying(preserve, mode);
    if both_regular
        && preserve.keeps_mode()
        && destination_metadata.mode() & (ACCESS_BITS | SPECIAL_BITS) != first_mode
    {
        set_mode(destination, first_mode)?;
    }
    if destination_metadata.is_file() && destination_metadata.len() > 0 {
        destination
            .set_len(0)
            .map_err(Failure::while_("cannot empty the destination"))?;
    }

    let files = (
        (source, source_metadata),
        (destination, destination_metadata),
    );
    let mut report = if both_regular && looks_at_contents(&manner) {
        copy_by_blocks(files, manner)?
    } else {
        copy_down_the_ladder(files, both_regular, manner)?
    };
    if !both_regular {
        return Ok(report);
    }
    let not_kept = &mut report.not_kept;
    keep(source, source_metadata, destination, preserve, not_kept)?;
    Ok(report)
}

/// The source and the destination.
type Files<'a> = ((&'a File, &'a Metadata), (&'a File, &'a Metadata));

fn copy_down_the_ladder(
    (source, destination): Files<'_>,
    both_regular: bool,
    manner: Manner<'_>,
) -> Result<CopyReport, Failure> {
    let mut ladder = Ladder::new(source, destination, manner);
    if !ladder.reflink()? {
        if both_regular && has_holes(source.1) {
            sparse::copy(&mut ladder, source.0)?;
        } else {
            ladder.copy_to_end()?;
        }
    }
    Ok(ladder.report())
}

/// Copies what the ladder is not for, after a reflink was tried where one would do.
fn copy_by_blocks(
    (source, destination): Files<'_>,
    manner: Manner<'_>,
) -> Result<CopyReport, Failure> {
    let mut left = Vec::new();
    if manner.sparse == Sparse::Keep && manner.forced != Some(Strategy::Positioned) {
        let mut ladder = Ladder::new(source, destination, manner);
        let is_cloned = ladder.reflink()?;
        let report = ladder.report();
        if is_cloned || manner.forced.is_some() {
            return Ok(report);
        }
        left = report.left;
        // Of the strategies below it none was in question.
        left.retain(|left| left.strategy == Strategy::Reflink);
    } else if manner.forced.is_none() {
        left.push(LeftStrategy {
            strategy: Strategy::Reflink,
            offset: 0,
            reason: LeaveReason::SharesHoles,
        });
    }
    let (bytes, hole_bytes) = blocks::copy(source.0, source.1, destination.0, manner)?;
    Ok(CopyReport {
        strategy: Strategy::Positioned,
        bytes,
        hole_bytes,
        left,
        not_kept: Vec::new(),
    })
}

fn looks_at_contents(manner: &Manner<'_>) -> bool {
    manner.sparse != Sparse::Keep || manner.cache == Cache::Spare
}

/// Refuses a forced strategy that cannot do what else was asked for.
fn refuse_contradictions(manner: &Manner<'_>) -> Result<(), Failure> {
    let can = match manner.forced {
        None | Some(Strategy::Positioned) => true,
        Some(Strategy::Reflink) => manner.sparse == Sparse::Keep,
        Some(_) => !looks_at_contents(manner),
    };
    if can {
        return Ok(());
    }
    Err(Failure::new(
        "the strategy cannot change holes or spare the cache",
        io::Error::new(io::ErrorKind::InvalidInput, "nothing was changed"),
    ))
}

/// The permission bits that the destination has while it is written.
fn mode_while_copying(preserve: Preserve, mode: u32) -> u32 {
    if preserve.widens_at_end() {
        PRIVATE
    } else {
        mode & ACCESS_BITS
    }
}

/// The permission bits to make a destination with.
pub(crate) fn mode_of_new(preserve: Preserve, source: &Metadata) -> u32 {
    if !preserve.keeps_mode() {
        NEW
    } else if source.is_file() {
        mode_while_copying(preserve, source.mode())
    } else {
        // Nothing is kept of what is no file, so that nothing widens them later.
        source.mode() & ACCESS_BITS
    }
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
        .mode(mode)
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

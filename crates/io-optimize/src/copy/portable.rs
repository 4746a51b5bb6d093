//! The copy by paths behind a check that the two files are not one: what is kept, flushed and replaced
//! around a system's own way to copy the contents, or around [`std::fs::copy`].

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;

use super::manner::{Cache, Replace, Sparse};
use super::options::CopyOptions;
use super::preserve::{Attribute, NotKept, Preserve};
use super::report::{CopyReport, Strategy};
#[cfg(windows)]
use super::windows::{is_same_file, open_to_finish};
use crate::failure::Failure;
#[cfg(not(windows))]
use crate::write::open_to_flush;
use crate::write::{existing_file, folder_of, follow_links, Durability, TemporaryFile};

/// Copies the contents, and what the system's way to copy keeps beside them, from one path to another
/// that is known not to be the same file.
pub(super) type Contents = fn(&Path, &Path, &CopyOptions) -> Result<CopyReport, Failure>;

/// Copies by paths as the options say, the contents by `contents`.
pub(super) fn copy(
    from: &Path,
    to: &Path,
    options: &CopyOptions,
    contents: Contents,
) -> Result<CopyReport, Failure> {
    refuse_unsupported(options)?;
    let monitor = options.monitor();
    let metadata = fs::metadata(from).ok();
    monitor.begin(metadata.as_ref().map(Metadata::len))?;
    if is_same_file(from, to) {
        return Err(Failure::same_file());
    }
    let copy_to = |path: &Path| {
        let mut report = contents(from, path, options)?;
        finish(metadata.as_ref(), path, options, &mut report.not_kept)?;
        Ok(report)
    };
    let take_name: fn(TemporaryFile, &Path) -> Result<(), Failure> = match options.replace {
        Replace::InPlace => {
            let folder = folder_to_flush(to, options)?;
            let report = copy_to(to)?;
            flush_folder(folder)?;
            return Ok(report);
        }
        Replace::Atomically => {
            existing_file(to)?;
            TemporaryFile::rename
        }
        Replace::New => {
            if fs::symlink_metadata(to).is_ok() {
                let error = io::ErrorKind::AlreadyExists;
                return Err(Failure::new("the destination exists", error));
            }
            TemporaryFile::rename_to_new
        }
    };
    let target = follow_links(to)?;
    let folder = folder_to_flush(to, options)?;
    // Closed before it is written: Windows copies to no file that is open.
    let (temporary, _) = TemporaryFile::create_with_mode(folder_of(&target), 0o600)?;
    let report = copy_to(temporary.path())?;
    take_name(temporary, &target)?;
    flush_folder(folder)?;
    Ok(report)
}

fn refuse_unsupported(options: &CopyOptions) -> Result<(), Failure> {
    let Preserve {
        mode, xattr, acl, ..
    } = options.preserve;
    let what = if !mode {
        "a copy without the permission bits"
    } else if xattr || acl {
        "extended attributes and access control lists"
    } else if options.sparse != Sparse::Keep {
        "another choice of holes than the source's"
    } else if options.cache != Cache::Keep && !can_spare(options) {
        "sparing the cache"
    } else {
        return Ok(());
    };
    Err(Failure::new(
        "copying by paths cannot do what was asked for",
        io::Error::new(io::ErrorKind::Unsupported, what),
    ))
}

/// Whether the files are copied by this process's own descriptors, on a system that can be told to keep
/// nothing of them in memory.
fn can_spare(options: &CopyOptions) -> bool {
    cfg!(target_os = "macos") && options.strategy != Some(Strategy::Std)
}

/// By [`fs::copy`], in one step.
pub(super) fn by_std(from: &Path, to: &Path, options: &CopyOptions) -> Result<CopyReport, Failure> {
    let bytes = fs::copy(from, to).map_err(Failure::while_("std::fs::copy failed"))?;
    options.monitor().advance(bytes)?;
    Ok(CopyReport::of(Strategy::Std, bytes, Vec::new()))
}

/// Sets what is to be kept beside the contents, from a regular file to a regular file, and flushes the
/// copy.
fn finish(
    metadata: Option<&Metadata>,
    to: &Path,
    options: &CopyOptions,
    not_kept: &mut Vec<NotKept>,
) -> Result<(), Failure> {
    let Preserve { times, owner, .. } = options.preserve;
    let flushes = options.durability != Durability::None;
    if !times && !owner && !flushes {
        return Ok(());
    }
    let Some(copy) = open_to_finish(to, flushes)? else {
        return Ok(());
    };
    let is_file = copy
        .metadata()
        .map_err(Failure::while_("cannot examine the destination"))?
        .is_file();
    if let Some(metadata) = metadata.filter(|metadata| is_file && metadata.is_file()) {
        if owner {
            keep_owner(&copy, metadata, not_kept)?;
        }
        if times {
            keep_times(&copy, metadata, not_kept)?;
        }
    }
    let flushed = match options.durability {
        Durability::None => Ok(()),
        Durability::Data => copy.sync_data(),
        Durability::Full => copy.sync_all(),
    };
    flushed.map_err(Failure::while_("cannot flush the destination"))
}

/// Opens the copy to flush it. None where it has nothing to flush or set: to open a FIFO would wait.
#[cfg(not(windows))]
fn open_to_finish(copy: &Path, _: bool) -> Result<Option<File>, Failure> {
    let metadata = fs::metadata(copy).map_err(Failure::while_("cannot examine the destination"))?;
    if !stores(&metadata) {
        return Ok(None);
    }
    let opened = open_to_flush(copy).map_err(Failure::while_("cannot open the copy again"))?;
    Ok(Some(opened))
}

/// Whether it keeps what is written to it: regular files and block devices do.
#[cfg(not(windows))]
fn stores(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if metadata.file_type().is_block_device() {
            return true;
        }
    }
    metadata.is_file()
}

#[cfg(unix)]
fn keep_owner(
    copy: &File,
    metadata: &Metadata,
    not_kept: &mut Vec<NotKept>,
) -> Result<(), Failure> {
    use std::os::unix::fs::{fchown, MetadataExt, PermissionsExt};
    const SET_ID_BITS: u32 = 0o6000;
    let examine = Failure::while_("cannot examine the destination");
    let made = copy.metadata().map_err(examine)?;
    let (user, group) = (metadata.uid(), metadata.gid());
    if (made.uid(), made.gid()) == (user, group) {
        return Ok(());
    }
    let problem = "cannot set the destination's owner";
    let mut mode = metadata.mode() & 0o7777;
    if let Err(error) = fchown(copy, Some(user), Some(group)) {
        // Set-id bits would lend out another's rights.
        mode &= !SET_ID_BITS;
        let attribute = if made.uid() == user {
            Attribute::Group
        } else {
            Attribute::Owner
        };
        let owner_is_lost = attribute == Attribute::Owner;
        refused(attribute, error, problem, not_kept)?;
        if owner_is_lost && made.gid() != group {
            if let Err(error) = fchown(copy, None, Some(group)) {
                refused(Attribute::Group, error, problem, not_kept)?;
            }
        }
    }
    // A change of the owner clears some of them.
    copy.set_permissions(fs::Permissions::from_mode(mode))
        .map_err(Failure::while_("cannot set the destination's permissions"))
}

/// There are no owners that the standard library could set.
#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata, _: &mut Vec<NotKept>) -> Result<(), Failure> {
    Ok(())
}

fn keep_times(
    copy: &File,
    metadata: &Metadata,
    not_kept: &mut Vec<NotKept>,
) -> Result<(), Failure> {
    let set = || {
        let times = fs::FileTimes::new()
            .set_accessed(metadata.accessed()?)
            .set_modified(metadata.modified()?);
        copy.set_times(times)
    };
    match set() {
        Ok(()) => Ok(()),
        Err(error) => {
            let problem = "cannot set the destination's times";
            refused(Attribute::Times, error, problem, not_kept)
        }
    }
}

/// Adds to the list what is not permitted or not there; everything else is an error.
fn refused(
    attribute: Attribute,
    error: io::Error,
    problem: &'static str,
    not_kept: &mut Vec<NotKept>,
) -> Result<(), Failure> {
    let kinds = [io::ErrorKind::PermissionDenied, io::ErrorKind::Unsupported];
    match error.raw_os_error() {
        Some(errno) if kinds.contains(&error.kind()) => {
            not_kept.push(NotKept { attribute, errno });
            Ok(())
        }
        _ => Err(Failure::new(problem, error)),
    }
}

/// Opened before anything is changed: a folder that cannot be opened leaves all as it is. Not where the
/// destination is a device or a FIFO, whose name nobody made. On Windows folders cannot be flushed.
fn folder_to_flush(to: &Path, options: &CopyOptions) -> Result<Option<File>, Failure> {
    let is_special = || fs::metadata(to).is_ok_and(|metadata| !metadata.is_file());
    if !cfg!(unix) || options.durability != Durability::Full || is_special() {
        return Ok(None);
    }
    let folder = File::open(folder_of(&follow_links(to)?));
    folder
        .map(Some)
        .map_err(Failure::while_("cannot open the folder"))
}

fn flush_folder(folder: Option<File>) -> Result<(), Failure> {
    folder.map_or(Ok(()), |folder| {
        folder.sync_all().map_err(Failure::while_(
            "the copy is in place, but the folder cannot be flushed",
        ))
    })
}

/// Whether both paths lead to one file; not so when either cannot be looked at, which the copy itself
/// will then report.
#[cfg(target_os = "linux")]
fn is_same_file(from: &Path, to: &Path) -> bool {
    let open = |path: &Path, options: &fs::OpenOptions| {
        // Opening a FIFO would wait, and a device could be set in motion.
        if !fs::metadata(path)?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        io::Result::Ok((file, metadata))
    };
    let opened = open(from, File::options().read(true))
        .and_then(|source| Ok((source, open(to, File::options().write(true))?)));
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
#[cfg(not(any(unix, windows)))]
fn is_same_file(from: &Path, to: &Path) -> bool {
    match (fs::canonicalize(from), fs::canonicalize(to)) {
        (Ok(from), Ok(to)) => from == to,
        _ => false,
    }
}

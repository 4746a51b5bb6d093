//! What becomes of a destination that exists, and when the copy takes its name.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use super::identity::is_same_inode;
use super::{cache, copy_open, mode_of_new, open_destination};
use crate::copy::manner::{Cache, Manner, Replace};
use crate::copy::options::CopyOptions;
use crate::copy::report::CopyReport;
use crate::failure::Failure;
use crate::write::{existing_file, folder_of, follow_links, Durability, TemporaryFile};

/// Copies an open source to a path.
pub(super) fn copy(
    source: &File,
    source_metadata: &Metadata,
    to: &Path,
    options: &CopyOptions,
) -> Result<CopyReport, Failure> {
    let source = (source, source_metadata);
    match options.replace {
        Replace::InPlace => in_place(source, to, options),
        Replace::Atomically => {
            let existing = existing_file(to)?;
            if let Some(existing) = &existing {
                if is_same_inode(existing, source_metadata) {
                    return Err(Failure::same_file());
                }
            }
            let target = follow_links(to)?;
            let rename = TemporaryFile::rename;
            under_temporary_name(source, &target, existing.as_ref(), options, rename)
        }
        Replace::New => {
            match fs::symlink_metadata(to) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(Failure::new("cannot examine the destination", error));
                }
                Ok(_) => return Err(exists(source_metadata, to)),
            }
            under_temporary_name(source, to, None, options, TemporaryFile::rename_to_new)
        }
    }
}

/// Onto itself a file is not copied for one more reason.
fn exists(source: &Metadata, to: &Path) -> Failure {
    match fs::metadata(to) {
        Ok(existing) if is_same_inode(&existing, source) => Failure::same_file(),
        _ => Failure::new("the destination exists", io::ErrorKind::AlreadyExists),
    }
}

fn in_place(
    (source, source_metadata): (&File, &Metadata),
    to: &Path,
    options: &CopyOptions,
) -> Result<CopyReport, Failure> {
    // First, so that a folder that cannot be opened leaves all as it is.
    let folder = match options.durability {
        Durability::Full => Some(open_folder(folder_of(&follow_links(to)?))?),
        _ => None,
    };
    let mode = mode_of_new(options.preserve, source_metadata);
    let destination =
        open_destination(to, mode).map_err(Failure::while_("cannot open the destination"))?;
    let destination_metadata = destination
        .metadata()
        .map_err(Failure::while_("cannot examine the destination"))?;
    let report = copy_open(
        source,
        source_metadata,
        &destination,
        &destination_metadata,
        options.manner(),
    )?;
    let kind = destination_metadata.file_type();
    if kind.is_file() || kind.is_block_device() {
        flush(&destination, options.durability)?;
        spare(&destination, options);
    }
    // The name of anything else, such as /dev/stdout, is nobody's to make durable.
    if let Some(folder) = folder.filter(|_| kind.is_file()) {
        flush_folder(&folder)?;
    }
    Ok(report)
}

/// Copies to a new file beside the target, which then takes its name.
fn under_temporary_name(
    (source, source_metadata): (&File, &Metadata),
    target: &Path,
    existing: Option<&Metadata>,
    options: &CopyOptions,
    take_name: fn(TemporaryFile, &Path) -> Result<(), Failure>,
) -> Result<CopyReport, Failure> {
    let folder = folder_of(target);
    // Opened before the name is taken: a folder that cannot be opened leaves all as it is.
    let opened_folder = match options.durability {
        Durability::Full => Some(open_folder(folder)?),
        _ => None,
    };
    let (temporary, destination) = match existing.filter(|_| !options.preserve.keeps_mode()) {
        Some(existing) => TemporaryFile::create(folder, Some(existing))?,
        None => {
            let mode = mode_of_new(options.preserve, source_metadata);
            TemporaryFile::create_with_mode(folder, mode)?
        }
    };
    let destination_metadata = destination
        .metadata()
        .map_err(Failure::while_("cannot examine the temporary file"))?;
    let report = copy_open(
        source,
        source_metadata,
        &destination,
        &destination_metadata,
        Manner {
            replaces: existing.is_some() && options.durability == Durability::None,
            ..options.manner()
        },
    )?;
    flush(&destination, options.durability)?;
    spare(&destination, options);
    take_name(temporary, target)?;
    if let Some(folder) = opened_folder {
        flush_folder(&folder)?;
    }
    Ok(report)
}

fn open_folder(folder: &Path) -> Result<File, Failure> {
    File::open(folder).map_err(Failure::while_("cannot open the folder"))
}

fn flush_folder(folder: &File) -> Result<(), Failure> {
    folder.sync_all().map_err(Failure::while_(
        "the copy is in place, but the folder cannot be flushed",
    ))
}

/// Source: [fsync(2)](https://man7.org/linux/man-pages/man2/fsync.2.html).
fn flush(destination: &File, durability: Durability) -> Result<(), Failure> {
    let flushed = match durability {
        Durability::None => Ok(()),
        Durability::Data => destination.sync_data(),
        Durability::Full => destination.sync_all(),
    };
    flushed.map_err(Failure::while_("cannot flush the destination"))
}

/// What has just come to the device can be let go.
fn spare(destination: &File, options: &CopyOptions) {
    if options.cache == Cache::Spare && options.durability != Durability::None {
        cache::forget(destination);
    }
}

//! Opens both roots, and refuses before anything is changed.

use std::ffi::{CStr, OsStr};
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{mkdirat, Mode, OFlags, RawDir, CWD};
use rustix::io::Errno;

use super::directory::{first_mode, id, open_at, Directory, Handles};
use crate::failure::Failure;
use crate::tree::TreeOptions;

/// Opens the source, and opens or makes the destination.
pub(super) fn open(
    from: &Path,
    to: &Path,
    options: &TreeOptions,
) -> Result<(Arc<Handles>, Arc<Directory>), Failure> {
    let source = open_directory(from).map_err(|errno| {
        let problem = "cannot open the source";
        if errno == Errno::NOTDIR {
            let kind = io::ErrorKind::InvalidInput;
            return Failure::new(problem, io::Error::new(kind, "it is not a directory"));
        }
        Failure::new(problem, errno)
    })?;
    let metadata = source
        .metadata()
        .map_err(Failure::while_("cannot examine the source"))?;
    let (destination, made) = match open_directory(to) {
        Ok(destination) => {
            refuse_inside(&destination, &metadata)?;
            if !options.merge && !is_empty(&destination)? {
                return Err(exists("it is not empty"));
            }
            (destination, false)
        }
        Err(Errno::NOENT) => (make(to, &metadata, options)?, true),
        Err(Errno::NOTDIR) if fs::symlink_metadata(to).is_ok() => {
            return Err(exists("it is not a directory"));
        }
        Err(errno) => return Err(Failure::new("cannot open the destination", errno)),
    };
    let handles = Handles {
        source,
        destination,
    };
    let directory = Directory::new(None, &handles, metadata, made, options)?;
    Ok((Arc::new(handles), Arc::new(directory)))
}

/// Of the two paths that the caller gives, symbolic links are followed.
fn open_directory(path: &Path) -> Result<File, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    open_at(CWD, path, flags, Mode::empty())
}

fn make(to: &Path, source: &Metadata, options: &TreeOptions) -> Result<File, Failure> {
    let failed = Failure::while_("cannot make the destination");
    let name = to.file_name().ok_or_else(|| failed(Errno::NOENT))?;
    let parent = match to.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let parent = open_at(CWD, parent, flags, Mode::empty()).map_err(&failed)?;
    refuse_inside(&parent, source)?;
    mkdirat(&parent, name, first_mode(options.preserve)).map_err(&failed)?;
    open_made(&parent, name).map_err(&failed)
}

fn open_made(parent: &File, name: &OsStr) -> Result<File, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    open_at(parent, name.as_bytes(), flags, Mode::empty())
}

/// Refuses a directory that is the source or lies anywhere in it: its copy would be copied too.
fn refuse_inside(directory: &File, source: &Metadata) -> Result<(), Failure> {
    let examine = |directory: &File| {
        let metadata = directory.metadata();
        metadata
            .map(|metadata| id(&metadata))
            .map_err(Failure::while_("cannot examine the destination's parents"))
    };
    let mut here = examine(directory)?;
    let mut parent: File;
    let mut at = directory;
    loop {
        if here == id(source) {
            return Err(Failure::new(
                "the destination lies inside the source",
                io::Error::new(io::ErrorKind::InvalidInput, "nothing was changed"),
            ));
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        parent = match open_at(at, c"..", flags, Mode::empty()) {
            Ok(parent) => parent,
            // Where the way up is barred, the destination is still recognised if it is met in the
            // source.
            Err(Errno::ACCESS | Errno::PERM) => return Ok(()),
            Err(errno) => {
                let problem = "cannot open the destination's parents";
                return Err(Failure::new(problem, errno));
            }
        };
        let above = examine(&parent)?;
        if above == here {
            return Ok(());
        }
        here = above;
        at = &parent;
    }
}

fn is_empty(directory: &File) -> Result<bool, Failure> {
    let mut buffer = Vec::with_capacity(4096);
    let mut entries = RawDir::new(directory, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        if matches!(entry, Err(Errno::INTR)) {
            continue;
        }
        let entry = entry.map_err(Failure::while_("cannot read the destination"))?;
        if !is_dots(entry.file_name()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether it is the name of the directory itself or of its parent.
pub(super) fn is_dots(name: &CStr) -> bool {
    matches!(name.to_bytes(), b"." | b"..")
}

fn exists(why: &'static str) -> Failure {
    let error = io::Error::new(io::ErrorKind::AlreadyExists, why);
    Failure::new("the destination exists", error)
}

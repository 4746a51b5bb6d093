//! Copies one entry that is no directory.

use std::ffi::{CStr, OsStr};
use std::fs::{File, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::sync::Arc;

use rustix::fs::{
    linkat, mkfifoat, readlinkat, symlinkat, unlinkat, utimensat, AtFlags, FileType, Mode, OFlags,
};
use rustix::io::{retry_on_intr, Errno};

use super::directory::{id, open_at, replaced, set_times, times, times_set, Directory, Handles};
use super::hard_links::{Claim, Place};
use super::modes;
use super::worker::{Entry, Worker};
use crate::copy::{copy_open, has_holes, write_all, Monitor, ACCESS_BITS, SMALL, SPECIAL_BITS};
use crate::failure::Failure;

/// Small files are copied by one read and one write, as in [`copy`](crate::copy()); one byte more, so that a
/// read that does not fill it has met the end.
pub(super) const BUFFER: usize = SMALL as usize + 1;

impl Worker<'_, '_> {
    pub(super) fn copy_entry(
        &mut self,
        directory: &Arc<Directory>,
        handles: &Arc<Handles>,
        entry: &Entry,
    ) -> Result<(), Failure> {
        let name = entry.name.as_c_str();
        if entry.kind == FileType::RegularFile {
            return self.copy_file(directory, handles, name);
        }
        // Without opening: that would wait at a FIFO, and could set a device in motion.
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let source = open_at(&handles.source, name, flags, Mode::empty());
        let source = source.map_err(Failure::while_("cannot open the source"))?;
        let metadata = examine(&source)?;
        let kind = metadata.file_type();
        if kind.is_dir() {
            self.push_directory(directory, name);
            Ok(())
        } else if kind.is_file() {
            self.copy_file(directory, handles, name)
        } else if kind.is_symlink() {
            self.link_or_copy(directory, handles, name, &metadata, |worker| {
                worker.copy_symbolic_link(&source, &metadata, handles, name)
            })
        } else if kind.is_fifo() {
            self.link_or_copy(directory, handles, name, &metadata, |worker| {
                worker.copy_fifo(&metadata, directory, handles, name)
            })
        } else {
            self.skip(directory, name);
            Ok(())
        }
    }

    fn skip(&mut self, directory: &Directory, name: &CStr) {
        let path = directory.path().join(OsStr::from_bytes(name.to_bytes()));
        self.report.skipped.push(path);
    }

    /// Makes another hard link if another name of the same file has been copied, else copies.
    fn link_or_copy(
        &mut self,
        directory: &Arc<Directory>,
        handles: &Arc<Handles>,
        name: &CStr,
        metadata: &Metadata,
        copy: impl FnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if metadata.nlink() < 2 {
            return copy(self);
        }
        match self.shared.hard_links.claim(id(metadata)) {
            Claim::First(first) => {
                copy(self)?;
                first.copied(Place {
                    directory: Arc::clone(directory),
                    name: name.to_owned(),
                });
                Ok(())
            }
            // The file system may have no hard links or no more for this file, and the copy may have
            // been removed meanwhile: then this is the first of its own.
            Claim::Copied(place) if self.link(&place, handles, name).is_err() => copy(self),
            Claim::Copied(_) => {
                self.report.hard_links += 1;
                Ok(())
            }
        }
    }

    /// Source: [linkat(2)](https://man7.org/linux/man-pages/man2/link.2.html).
    fn link(&self, place: &Place, handles: &Handles, name: &CStr) -> Result<(), Failure> {
        let copied = self.handles(&place.directory)?;
        linkat(
            &copied.destination,
            &place.name,
            &handles.destination,
            name,
            AtFlags::empty(),
        )
        .map_err(Failure::while_("cannot make the hard link"))
    }

    fn copy_file(
        &mut self,
        directory: &Arc<Directory>,
        handles: &Arc<Handles>,
        name: &CStr,
    ) -> Result<(), Failure> {
        // Without waiting, if it has become a FIFO.
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let source = open_at(&handles.source, name, flags, Mode::empty());
        let source = source.map_err(Failure::while_("cannot open the source"))?;
        let metadata = examine(&source)?;
        if !metadata.is_file() {
            return Err(Failure::new("cannot copy the source", replaced()));
        }
        self.link_or_copy(directory, handles, name, &metadata, |worker| {
            worker.copy_contents(&source, &metadata, directory, handles, name)
        })
    }

    fn copy_contents(
        &mut self,
        source: &File,
        metadata: &Metadata,
        directory: &Directory,
        handles: &Handles,
        name: &CStr,
    ) -> Result<(), Failure> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(metadata.mode() & ACCESS_BITS);
        let destination = open_at(&handles.destination, name, flags, mode);
        let destination = destination.map_err(Failure::while_("cannot make the destination"))?;
        let copied = self
            .fill(source, metadata, directory, &destination)
            .and_then(|bytes| {
                if self.shared.options.preserve_times {
                    set_times(&destination, metadata)?;
                }
                Ok(bytes)
            });
        match copied {
            Ok(bytes) => {
                self.report.files += 1;
                self.report.bytes += bytes;
                Ok(())
            }
            Err(failure) => {
                // The first failure says more than one to clean up.
                let _ = unlinkat(&handles.destination, name, AtFlags::empty());
                Err(failure)
            }
        }
    }

    /// Copies contents and permission bits, and returns the length in bytes.
    fn fill(
        &mut self,
        source: &File,
        metadata: &Metadata,
        directory: &Directory,
        destination: &File,
    ) -> Result<u64, Failure> {
        if metadata.len() > SMALL || has_holes(metadata) {
            let made = destination
                .metadata()
                .map_err(Failure::while_("cannot examine the destination"))?;
            let report = copy_open(
                source,
                metadata,
                destination,
                &made,
                None,
                0,
                Monitor::default(),
            )?;
            return Ok(report.bytes);
        }
        directory.granted.complete(destination, metadata.mode())?;
        let mut bytes = 0;
        loop {
            let count = retry_on_intr(|| rustix::io::read(source, &mut self.buffer[..]))
                .map_err(Failure::while_("cannot read the source"))?;
            write_all(destination, &self.buffer[..count])
                .map_err(Failure::while_("cannot write the destination"))?;
            bytes += count as u64;
            // Many pseudo files say nothing of their length, or too much.
            let is_whole = bytes > 0 && bytes >= metadata.len() && metadata.len() > 0;
            if count == 0 || (is_whole && count < self.buffer.len()) {
                break;
            }
        }
        if metadata.mode() & SPECIAL_BITS != 0 {
            // Writing clears them.
            modes::set(destination, metadata.mode() & (ACCESS_BITS | SPECIAL_BITS))?;
        }
        Ok(bytes)
    }

    /// Sources: [readlinkat(2)](https://man7.org/linux/man-pages/man2/readlink.2.html),
    /// [symlinkat(2)](https://man7.org/linux/man-pages/man2/symlink.2.html).
    fn copy_symbolic_link(
        &mut self,
        source: &File,
        metadata: &Metadata,
        handles: &Handles,
        name: &CStr,
    ) -> Result<(), Failure> {
        let target = readlinkat(source, c"", Vec::new())
            .map_err(Failure::while_("cannot read the symbolic link"))?;
        symlinkat(&target, &handles.destination, name)
            .map_err(Failure::while_("cannot make the symbolic link"))?;
        self.set_times_by_name(metadata, handles, name)?;
        self.report.symbolic_links += 1;
        Ok(())
    }

    /// Source: [mkfifoat(3)](https://man7.org/linux/man-pages/man3/mkfifo.3.html).
    fn copy_fifo(
        &mut self,
        metadata: &Metadata,
        directory: &Directory,
        handles: &Handles,
        name: &CStr,
    ) -> Result<(), Failure> {
        let mode = metadata.mode() & ACCESS_BITS;
        match mkfifoat(&handles.destination, name, Mode::from_raw_mode(mode)) {
            Ok(()) => {}
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
                self.skip(directory, name);
                return Ok(());
            }
            Err(errno) => return Err(Failure::new("cannot make the FIFO", errno)),
        }
        // For reading, and without waiting for a writer.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        if mode & 0o400 != 0 {
            let made = open_at(&handles.destination, name, flags, Mode::empty());
            let made = made.map_err(Failure::while_("cannot open the FIFO"))?;
            directory.granted.complete(&made, mode)?;
        }
        self.set_times_by_name(metadata, handles, name)?;
        self.report.fifos += 1;
        Ok(())
    }

    /// Source: [utimensat(2)](https://man7.org/linux/man-pages/man2/utimensat.2.html).
    fn set_times_by_name(
        &self,
        metadata: &Metadata,
        handles: &Handles,
        name: &CStr,
    ) -> Result<(), Failure> {
        if !self.shared.options.preserve_times {
            return Ok(());
        }
        times_set(utimensat(
            &handles.destination,
            name,
            &times(metadata),
            AtFlags::SYMLINK_NOFOLLOW,
        ))
    }
}

fn examine(source: &File) -> Result<Metadata, Failure> {
    source
        .metadata()
        .map_err(Failure::while_("cannot examine the source"))
}

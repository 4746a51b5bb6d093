//! Copies one entry that is no directory.

use std::ffi::{CStr, OsStr};
use std::fs::{File, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::sync::Arc;

use rustix::fs::{
    chownat, linkat, mkfifoat, readlinkat, symlinkat, unlinkat, utimensat, AtFlags, FileType, Gid,
    Mode, OFlags, Stat, Uid,
};
use rustix::io::{retry_on_intr, Errno};

use super::directory::{id, open_at, replaced, Directory, Handles};
use super::hard_links::{Claim, Place};
use super::placing::{is_same_file, Making, Placed};
use super::worker::{Entry, Worker};
use crate::copy::{
    copy_open, has_holes, keep, mode_of_new, refused, times, write_all, Attribute, Manner, NotKept,
};
use crate::failure::Failure;

/// Up to here, in bytes, a file is copied by one read and one write.
const SMALL: u64 = 32 * 1024;
/// One byte more, so that a read that does not fill it has met the end.
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
                worker.copy_symbolic_link(&source, &metadata, directory, handles, name)
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
            Claim::Copied(place) => match self.link(&place, handles, name, metadata) {
                Err(_) => copy(self),
                Ok(Placed::Existing) => Ok(()),
                Ok(Placed::Made(())) => {
                    self.report.hard_links += 1;
                    Ok(())
                }
            },
        }
    }

    /// Source: [linkat(2)](https://man7.org/linux/man-pages/man2/link.2.html).
    fn link(
        &mut self,
        place: &Place,
        handles: &Handles,
        name: &CStr,
        metadata: &Metadata,
    ) -> Result<Placed<()>, Failure> {
        let copied = self.handles(&place.directory)?;
        let is_same = |stat: &Stat| is_same_file(stat, metadata);
        self.place(handles, name, is_same, |_, name| {
            let flags = AtFlags::empty();
            let (from, to) = (&copied.destination, &handles.destination);
            linkat(from, &place.name, to, name, flags)
                .map_err(|errno| Making::error(errno, "cannot make the hard link"))
        })
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
        let is_same = |stat: &Stat| is_same_file(stat, metadata);
        let placed = self.place(handles, name, is_same, |worker, name| {
            worker.make_file(source, metadata, directory, handles, name)
        })?;
        if let Placed::Made((bytes, not_kept)) = placed {
            self.report.files += 1;
            self.report.bytes += bytes;
            self.not_kept(directory, name, not_kept);
        }
        Ok(())
    }

    fn make_file(
        &mut self,
        source: &File,
        metadata: &Metadata,
        directory: &Directory,
        handles: &Handles,
        name: &CStr,
    ) -> Result<(u64, Vec<NotKept>), Making> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(mode_of_new(self.shared.options.preserve, metadata));
        let destination = open_at(&handles.destination, name, flags, mode)
            .map_err(|errno| Making::error(errno, "cannot make the destination"))?;
        let copied = self.fill(source, metadata, directory, &destination);
        copied.map_err(|failure| removed(handles, name, failure))
    }

    fn not_kept(&mut self, directory: &Directory, name: &CStr, not_kept: Vec<NotKept>) {
        if !not_kept.is_empty() {
            let path = directory.path().join(OsStr::from_bytes(name.to_bytes()));
            self.report.add_not_kept(&path, not_kept);
        }
    }

    /// Copies the contents and what is kept beside them; returns the length in bytes and what was not
    /// kept.
    fn fill(
        &mut self,
        source: &File,
        metadata: &Metadata,
        directory: &Directory,
        destination: &File,
    ) -> Result<(u64, Vec<NotKept>), Failure> {
        let preserve = self.shared.options.preserve;
        if metadata.len() > SMALL || has_holes(metadata) {
            let made = destination
                .metadata()
                .map_err(Failure::while_("cannot examine the destination"))?;
            let manner = Manner {
                preserve,
                ..Manner::default()
            };
            let report = copy_open(source, metadata, destination, &made, manner)?;
            return Ok((report.bytes, report.not_kept));
        }
        if preserve.keeps_mode() && !preserve.widens_at_end() {
            directory.granted.complete(destination, metadata.mode())?;
        }
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
        let mut not_kept = Vec::new();
        keep(source, metadata, destination, preserve, &mut not_kept)?;
        Ok((bytes, not_kept))
    }

    /// Sources: [readlinkat(2)](https://man7.org/linux/man-pages/man2/readlink.2.html),
    /// [symlinkat(2)](https://man7.org/linux/man-pages/man2/symlink.2.html).
    fn copy_symbolic_link(
        &mut self,
        source: &File,
        metadata: &Metadata,
        directory: &Directory,
        handles: &Handles,
        name: &CStr,
    ) -> Result<(), Failure> {
        let target = readlinkat(source, c"", Vec::new())
            .map_err(Failure::while_("cannot read the symbolic link"))?;
        let is_same = |stat: &Stat| {
            // Asked by name, and so of what has the name now.
            FileType::from_raw_mode(stat.st_mode) == FileType::Symlink
                && readlinkat(&handles.destination, name, Vec::new()).as_ref() == Ok(&target)
        };
        let placed = self.place(handles, name, is_same, |worker, name| {
            symlinkat(&target, &handles.destination, name)
                .map_err(|errno| Making::error(errno, "cannot make the symbolic link"))?;
            worker.keep_by_name(metadata, handles, name)
        })?;
        if let Placed::Made(not_kept) = placed {
            self.report.symbolic_links += 1;
            self.not_kept(directory, name, not_kept);
        }
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
        let is_same = |stat: &Stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo;
        let placed = self.place(handles, name, is_same, |worker, name| {
            worker.make_fifo(metadata, directory, handles, name)
        })?;
        match placed {
            Placed::Existing => {}
            Placed::Made(None) => self.skip(directory, name),
            Placed::Made(Some(not_kept)) => {
                self.report.fifos += 1;
                self.not_kept(directory, name, not_kept);
            }
        }
        Ok(())
    }

    /// `None` where none may be made.
    fn make_fifo(
        &mut self,
        metadata: &Metadata,
        directory: &Directory,
        handles: &Handles,
        name: &CStr,
    ) -> Result<Option<Vec<NotKept>>, Making> {
        let keeps_mode = self.shared.options.preserve.keeps_mode();
        let mode = mode_of_new(self.shared.options.preserve, metadata);
        match mkfifoat(&handles.destination, name, Mode::from_raw_mode(mode)) {
            Ok(()) => {}
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => return Ok(None),
            Err(errno) => return Err(Making::error(errno, "cannot make the FIFO")),
        }
        // For reading, and without waiting for a writer.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        if keeps_mode && mode & 0o400 != 0 {
            let made = open_at(&handles.destination, name, flags, Mode::empty());
            let made = made.map_err(Failure::while_("cannot open the FIFO"));
            made.and_then(|made| directory.granted.complete(&made, mode))
                .map_err(|failure| removed(handles, name, failure))?;
        }
        self.keep_by_name(metadata, handles, name).map(Some)
    }

    /// Keeps the owner and the times of what is not opened; removes it where that fails.
    ///
    /// Sources: [fchownat(2)](https://man7.org/linux/man-pages/man2/chown.2.html),
    /// [utimensat(2)](https://man7.org/linux/man-pages/man2/utimensat.2.html).
    fn keep_by_name(
        &self,
        metadata: &Metadata,
        handles: &Handles,
        name: &CStr,
    ) -> Result<Vec<NotKept>, Making> {
        let preserve = self.shared.options.preserve;
        let (folder, flags) = (&handles.destination, AtFlags::SYMLINK_NOFOLLOW);
        let mut not_kept = Vec::new();
        let mut result = Ok(());
        if preserve.owner {
            let user = Uid::from_raw(metadata.uid());
            let group = Gid::from_raw(metadata.gid());
            if let Err(errno) = chownat(folder, name, Some(user), Some(group), flags) {
                let problem = "cannot set the destination's owner";
                result = refused(Attribute::Owner, errno, problem, &mut not_kept);
            }
        }
        if preserve.times && result.is_ok() {
            if let Err(errno) = utimensat(folder, name, &times(metadata), flags) {
                let problem = "cannot set the destination's times";
                result = refused(Attribute::Times, errno, problem, &mut not_kept);
            }
        }
        match result {
            Ok(()) => Ok(not_kept),
            Err(failure) => Err(removed(handles, name, failure)),
        }
    }
}

/// The first failure says more than one to clean up.
fn removed(handles: &Handles, name: &CStr, failure: Failure) -> Making {
    let _ = unlinkat(&handles.destination, name, AtFlags::empty());
    Making::Failed(failure)
}

fn examine(source: &File) -> Result<Metadata, Failure> {
    source
        .metadata()
        .map_err(Failure::while_("cannot examine the source"))
}

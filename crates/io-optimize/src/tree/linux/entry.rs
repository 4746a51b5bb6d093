//! Copies one entry that is no directory.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::sync::Arc;

use rustix::fs::{linkat, AtFlags, FileType, Mode, OFlags, Stat, CWD};
use rustix::io::{retry_on_intr, Errno};

use super::directory::{id, open_at, replaced};
use super::hard_links::{Claim, Place};
use super::placing::{is_same_file, Making, Placed};
use super::site::Site;
use super::worker::Worker;
use crate::copy::{copy_open, has_holes, keep, mode_of_new, write_all, Manner, NotKept};
use crate::failure::Failure;

/// Up to here, in bytes, a file is copied by one read and one write.
const SMALL: u64 = 32 * 1024;
/// One byte more, so that a read that does not fill it has met the end.
pub(super) const BUFFER: usize = SMALL as usize + 1;

impl Worker<'_, '_> {
    pub(super) fn copy_entry(&mut self, site: Site<'_>, kind: FileType) -> Result<(), Failure> {
        if kind == FileType::RegularFile {
            return self.copy_file(site);
        }
        // Without opening: that would wait at a FIFO, and could set a device in motion.
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let source = open_at(&site.handles.source, site.name, flags, Mode::empty());
        let source = source.map_err(Failure::while_("cannot open the source"))?;
        let metadata = examine(&source)?;
        let kind = metadata.file_type();
        if kind.is_dir() {
            self.push_directory(site.directory, site.name);
            Ok(())
        } else if kind.is_file() {
            self.copy_file(site)
        } else if kind.is_symlink() {
            self.link_or_copy(site, &metadata, |worker| {
                worker.copy_symbolic_link(&source, &metadata, site)
            })
        } else if kind.is_fifo() {
            self.link_or_copy(site, &metadata, |worker| worker.copy_fifo(&metadata, site))
        } else {
            self.skip(site);
            Ok(())
        }
    }

    pub(super) fn skip(&mut self, site: Site<'_>) {
        self.report.skipped.push(site.path());
    }

    /// Makes another hard link if another name of the same file has been copied, else copies.
    fn link_or_copy(
        &mut self,
        site: Site<'_>,
        metadata: &Metadata,
        copy: impl FnOnce(&mut Self) -> Result<Placed<()>, Failure>,
    ) -> Result<(), Failure> {
        if metadata.nlink() < 2 {
            return copy(self).map(|_| ());
        }
        match self.shared.hard_links.claim(id(metadata)) {
            Claim::First(first) => {
                if let Placed::Refused = copy(self)? {
                    return Ok(());
                }
                first.copied(Place {
                    directory: Arc::clone(site.directory),
                    name: site.name.to_owned(),
                });
                Ok(())
            }
            // The file system may have no hard links or no more for this file, and the copy may have
            // been removed meanwhile: then this is the first of its own.
            Claim::Copied(place) => match self.link(&place, site, metadata) {
                Err(_) | Ok(Placed::Refused) => copy(self).map(|_| ()),
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
        site: Site<'_>,
        metadata: &Metadata,
    ) -> Result<Placed<()>, Failure> {
        let copied = self.handles(&place.directory)?;
        let is_same = |stat: &Stat| is_same_file(stat, metadata);
        self.place(site, is_same, |_, site| {
            let flags = AtFlags::empty();
            let (from, to) = (&copied.destination, &site.handles.destination);
            linkat(from, &place.name, to, site.name, flags)
                .map_err(|errno| Making::error(errno, "cannot make the hard link"))
        })
    }

    fn copy_file(&mut self, site: Site<'_>) -> Result<(), Failure> {
        let source = open_file(site).map_err(Failure::while_("cannot open the source"))?;
        let metadata = examine(&source)?;
        if !metadata.is_file() {
            return Err(Failure::new("cannot copy the source", replaced()));
        }
        self.link_or_copy(site, &metadata, |worker| {
            worker.copy_contents(&source, &metadata, site)
        })
    }

    fn copy_contents(
        &mut self,
        source: &File,
        metadata: &Metadata,
        site: Site<'_>,
    ) -> Result<Placed<()>, Failure> {
        let is_same = |stat: &Stat| is_same_file(stat, metadata);
        let placed = self.place(site, is_same, |worker, site| {
            worker.make_file(source, metadata, site)
        })?;
        Ok(placed.map(|(bytes, not_kept)| {
            self.report.files += 1;
            self.report.bytes += bytes;
            self.not_kept(site, not_kept);
        }))
    }

    fn make_file(
        &mut self,
        source: &File,
        metadata: &Metadata,
        site: Site<'_>,
    ) -> Result<(u64, Vec<NotKept>), Making> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(mode_of_new(self.shared.options.preserve, metadata));
        let destination = open_at(&site.handles.destination, site.name, flags, mode)
            .map_err(|errno| Making::error(errno, "cannot make the destination"))?;
        let copied = self.fill(source, metadata, site, &destination);
        copied.map_err(|failure| site.removed(failure))
    }

    pub(super) fn not_kept(&mut self, site: Site<'_>, not_kept: Vec<NotKept>) {
        if !not_kept.is_empty() {
            self.report.add_not_kept(&site.path(), not_kept);
        }
    }

    /// Copies the contents and what is kept beside them; returns the length in bytes and what was not
    /// kept.
    fn fill(
        &mut self,
        source: &File,
        metadata: &Metadata,
        site: Site<'_>,
        destination: &File,
    ) -> Result<(u64, Vec<NotKept>), Failure> {
        let (preserve, monitor) = (self.shared.options.preserve, self.shared.monitor());
        if metadata.len() > SMALL || has_holes(metadata) {
            let made = destination
                .metadata()
                .map_err(Failure::while_("cannot examine the destination"))?;
            let manner = Manner {
                preserve,
                monitor,
                ..Manner::default()
            };
            let report = copy_open(source, metadata, destination, &made, manner)?;
            return Ok((report.bytes, report.not_kept));
        }
        if preserve.keeps_mode() && !preserve.widens_at_end() {
            site.directory
                .granted
                .complete(destination, metadata.mode())?;
        }
        let mut bytes = 0;
        loop {
            let count = retry_on_intr(|| rustix::io::read(source, &mut self.buffer[..]))
                .map_err(Failure::while_("cannot read the source"))?;
            write_all(destination, &self.buffer[..count])
                .map_err(Failure::while_("cannot write the destination"))?;
            bytes += count as u64;
            if count > 0 {
                monitor.tell(count as u64);
            }
            // Many pseudo files say nothing of their length, or too much.
            let is_whole = bytes > 0 && bytes >= metadata.len() && metadata.len() > 0;
            if count == 0 || (is_whole && count < self.buffer.len()) {
                break;
            }
            monitor.check()?;
        }
        let mut not_kept = Vec::new();
        keep(source, metadata, destination, preserve, &mut not_kept)?;
        Ok((bytes, not_kept))
    }
}

/// Opens a regular file that was seen under this name.
fn open_file(site: Site<'_>) -> io::Result<File> {
    let folder = &site.handles.source;
    let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
    // Without waiting: it may have become a FIFO, and there are files of /proc that keep a reader.
    let at_once = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    match open_at(folder, site.name, at_once, Mode::empty()) {
        Err(Errno::WOULDBLOCK) => {}
        result => return Ok(result?),
    }
    // Somebody holds a lease on it, and has been asked to give it up: that is waited for, if it is
    // still a regular file. By its descriptor, as the name may come to lead to a FIFO.
    let flags_of_path = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let path = open_at(folder, site.name, flags_of_path, Mode::empty())?;
    if !path.metadata()?.is_file() {
        return Err(replaced());
    }
    let link = format!("/proc/thread-self/fd/{}", path.as_raw_fd());
    match open_at(CWD, link.as_str(), flags, Mode::empty()) {
        // Without /proc there is no such way.
        Err(Errno::NOENT) => Err(Errno::WOULDBLOCK.into()),
        result => Ok(result?),
    }
}

fn examine(source: &File) -> Result<Metadata, Failure> {
    source
        .metadata()
        .map_err(Failure::while_("cannot examine the source"))
}

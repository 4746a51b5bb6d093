//! Copies what is no file and no directory: symbolic links and FIFOs.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;

use rustix::fs::{
    chownat, mkfifoat, readlinkat, symlinkat, utimensat, AtFlags, FileType, Gid, Mode, OFlags,
    Stat, Uid,
};
use rustix::io::Errno;

use super::directory::open_at;
use super::placing::{Making, Placed};
use super::site::Site;
use super::worker::Worker;
use crate::copy::{mode_of_new, refused, times, Attribute, NotKept};
use crate::failure::Failure;

impl Worker<'_, '_> {
    /// Sources: [readlinkat(2)](https://man7.org/linux/man-pages/man2/readlink.2.html),
    /// [symlinkat(2)](https://man7.org/linux/man-pages/man2/symlink.2.html).
    pub(super) fn copy_symbolic_link(
        &mut self,
        source: &File,
        metadata: &Metadata,
        site: Site<'_>,
    ) -> Result<(), Failure> {
        let target = readlinkat(source, c"", Vec::new())
            .map_err(Failure::while_("cannot read the symbolic link"))?;
        let is_same = |stat: &Stat| {
            // Asked by name, and so of what has the name now.
            FileType::from_raw_mode(stat.st_mode) == FileType::Symlink
                && readlinkat(&site.handles.destination, site.name, Vec::new()).as_ref()
                    == Ok(&target)
        };
        let placed = self.place(site, is_same, |worker, site| {
            symlinkat(&target, &site.handles.destination, site.name)
                .map_err(|errno| Making::error(errno, "cannot make the symbolic link"))?;
            worker.keep_by_name(metadata, site)
        })?;
        if let Placed::Made(not_kept) = placed {
            self.report.symbolic_links += 1;
            self.not_kept(site, not_kept);
        }
        Ok(())
    }

    /// Source: [mkfifoat(3)](https://man7.org/linux/man-pages/man3/mkfifo.3.html).
    pub(super) fn copy_fifo(&mut self, metadata: &Metadata, site: Site<'_>) -> Result<(), Failure> {
        let is_same = |stat: &Stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo;
        let placed = self.place(site, is_same, |worker, site| {
            worker.make_fifo(metadata, site)
        })?;
        match placed {
            Placed::Existing => {}
            Placed::Made(None) => self.skip(site),
            Placed::Made(Some(not_kept)) => {
                self.report.fifos += 1;
                self.not_kept(site, not_kept);
            }
        }
        Ok(())
    }

    /// `None` where none may be made.
    fn make_fifo(
        &mut self,
        metadata: &Metadata,
        site: Site<'_>,
    ) -> Result<Option<Vec<NotKept>>, Making> {
        let keeps_mode = self.shared.options.preserve.keeps_mode();
        let mode = mode_of_new(self.shared.options.preserve, metadata);
        match mkfifoat(
            &site.handles.destination,
            site.name,
            Mode::from_raw_mode(mode),
        ) {
            Ok(()) => {}
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => return Ok(None),
            Err(errno) => return Err(Making::error(errno, "cannot make the FIFO")),
        }
        // For reading, and without waiting for a writer.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        if keeps_mode && mode & 0o400 != 0 {
            let made = open_at(&site.handles.destination, site.name, flags, Mode::empty());
            let made = made.map_err(Failure::while_("cannot open the FIFO"));
            made.and_then(|made| site.directory.granted.complete(&made, mode))
                .map_err(|failure| site.removed(failure))?;
        }
        self.keep_by_name(metadata, site).map(Some)
    }

    /// Keeps the owner and the times of what is not opened; removes it where that fails.
    ///
    /// Sources: [fchownat(2)](https://man7.org/linux/man-pages/man2/chown.2.html),
    /// [utimensat(2)](https://man7.org/linux/man-pages/man2/utimensat.2.html).
    fn keep_by_name(&self, metadata: &Metadata, site: Site<'_>) -> Result<Vec<NotKept>, Making> {
        let preserve = self.shared.options.preserve;
        let (folder, flags) = (&site.handles.destination, AtFlags::SYMLINK_NOFOLLOW);
        let mut not_kept = Vec::new();
        let mut result = Ok(());
        if preserve.owner {
            let user = Uid::from_raw(metadata.uid());
            let group = Gid::from_raw(metadata.gid());
            if let Err(errno) = chownat(folder, site.name, Some(user), Some(group), flags) {
                let problem = "cannot set the destination's owner";
                result = refused(Attribute::Owner, errno, problem, &mut not_kept);
            }
        }
        if preserve.times && result.is_ok() {
            if let Err(errno) = utimensat(folder, site.name, &times(metadata), flags) {
                let problem = "cannot set the destination's times";
                result = refused(Attribute::Times, errno, problem, &mut not_kept);
            }
        }
        match result {
            Ok(()) => Ok(not_kept),
            Err(failure) => Err(site.removed(failure)),
        }
    }
}

//! Copies what is no file and no directory: symbolic links and FIFOs.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;

use rustix::fs::{
    chownat, mkfifoat, readlinkat, symlinkat, utimensat, AtFlags, FileType, Gid, Mode, OFlags,
    Stat, Uid,
};
use rustix::io::Errno;

use super::directory::{open_at, replaced};
use super::placing::{Making, Placed};
use super::site::Site;
use super::worker::Worker;
use crate::copy::{mode_of_new, refused, set_mode, times, Attribute, NotKept};
use crate::failure::Failure;

const OWNER_READS: u32 = 0o400;

impl Worker<'_, '_> {
    /// Sources: [readlinkat(2)](https://man7.org/linux/man-pages/man2/readlink.2.html),
    /// [symlinkat(2)](https://man7.org/linux/man-pages/man2/symlink.2.html).
    pub(super) fn copy_symbolic_link(
        &mut self,
        source: &File,
        metadata: &Metadata,
        site: Site<'_>,
    ) -> Result<Placed<()>, Failure> {
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
        Ok(placed.map(|not_kept| {
            self.report.symbolic_links += 1;
            self.not_kept(site, not_kept);
        }))
    }

    /// Source: [mkfifoat(3)](https://man7.org/linux/man-pages/man3/mkfifo.3.html).
    pub(super) fn copy_fifo(
        &mut self,
        metadata: &Metadata,
        site: Site<'_>,
    ) -> Result<Placed<()>, Failure> {
        let is_same = |stat: &Stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo;
        let placed = self.place(site, is_same, |worker, site| {
            worker.make_fifo(metadata, site)
        })?;
        if let Placed::Refused = placed {
            self.skip(site);
        }
        Ok(placed.map(|not_kept| {
            self.report.fifos += 1;
            self.not_kept(site, not_kept);
        }))
    }

    fn make_fifo(&mut self, metadata: &Metadata, site: Site<'_>) -> Result<Vec<NotKept>, Making> {
        let preserve = self.shared.options.preserve;
        let mode = mode_of_new(preserve, metadata);
        // Its owner may read it until its permission bits are set, as it is opened for that.
        let first_mode = if preserve.keeps_mode() {
            mode | OWNER_READS
        } else {
            mode
        };
        let (folder, first) = (&site.handles.destination, Mode::from_raw_mode(first_mode));
        match mkfifoat(folder, site.name, first) {
            Ok(()) => {}
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
                return Err(Making::Refused);
            }
            Err(errno) => return Err(Making::error(errno, "cannot make the FIFO")),
        }
        if preserve.keeps_mode() {
            // Without waiting for a writer.
            let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let made = open_at(folder, site.name, flags, Mode::empty());
            let made = made.map_err(Failure::while_("cannot open the FIFO"));
            made.and_then(|made| {
                check_kind(&made, metadata)?;
                if first_mode == mode {
                    site.directory.granted.complete(&made, mode)
                } else {
                    set_mode(&made, mode)
                }
            })
            .map_err(|failure| site.removed(failure))?;
        }
        self.keep_by_name(metadata, site)
    }

    /// Keeps the owner and the times of what is not opened for reading; removes it where that fails.
    ///
    /// Sources: [fchownat(2)](https://man7.org/linux/man-pages/man2/chown.2.html),
    /// [utimensat(2)](https://man7.org/linux/man-pages/man2/utimensat.2.html).
    fn keep_by_name(&self, metadata: &Metadata, site: Site<'_>) -> Result<Vec<NotKept>, Making> {
        let preserve = self.shared.options.preserve;
        let (folder, flags) = (&site.handles.destination, AtFlags::SYMLINK_NOFOLLOW);
        let mut not_kept = Vec::new();
        let mut result = Ok(());
        if preserve.owner {
            result = keep_owner(metadata, site, &mut not_kept);
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

/// Sets the owner by a handle: a name may have come to lead to another file meanwhile, one that has a
/// name outside the tree too.
fn keep_owner(
    metadata: &Metadata,
    site: Site<'_>,
    not_kept: &mut Vec<NotKept>,
) -> Result<(), Failure> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let made = open_at(&site.handles.destination, site.name, flags, Mode::empty());
    let made = made.map_err(Failure::while_("cannot open the destination"))?;
    check_kind(&made, metadata)?;
    let (user, group) = (Uid::from_raw(metadata.uid()), Gid::from_raw(metadata.gid()));
    match chownat(&made, c"", Some(user), Some(group), AtFlags::EMPTY_PATH) {
        Ok(()) => Ok(()),
        Err(errno) => {
            let problem = "cannot set the destination's owner";
            refused(Attribute::Owner, errno, problem, not_kept)
        }
    }
}

/// Fails if what was opened is not of the kind that was made.
fn check_kind(made: &File, source: &Metadata) -> Result<(), Failure> {
    let metadata = made
        .metadata()
        .map_err(Failure::while_("cannot examine the destination"))?;
    if metadata.file_type() == source.file_type() {
        return Ok(());
    }
    Err(Failure::new(
        "cannot set the destination's metadata",
        replaced(),
    ))
}

//! The macOS backend: a clone where there is nothing yet, else the system's own copy between two open
//! files that are known not to be one.

mod copyfile;

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::Seek;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{CloneFlags, CopyfileFlags};
use rustix::io::Errno;

use super::manner::Cache;
use super::monitor::Monitor;
use super::options::CopyOptions;
use super::portable;
use super::report::{CopyReport, LeaveReason, LeftStrategy, Strategy};
use super::stream;
use crate::failure::Failure;

/// Read, write and execute for owner, group and others.
const ACCESS_BITS: u32 = 0o777;
/// Set-user-id, set-group-id and sticky: writing to the file clears the first two.
const SPECIAL_BITS: u32 = 0o7000;

/// Two open files that are not one.
struct Pair<'a> {
    source: &'a File,
    source_metadata: &'a Metadata,
    destination: &'a File,
    destination_metadata: &'a Metadata,
}

pub(super) fn copy(from: &Path, to: &Path, options: &CopyOptions) -> Result<CopyReport, Failure> {
    portable::copy(from, to, options, copy_contents)
}

fn copy_contents(from: &Path, to: &Path, options: &CopyOptions) -> Result<CopyReport, Failure> {
    let (forced, monitor) = (options.strategy, options.monitor());
    let source = File::open(from).map_err(Failure::while_("cannot open the source"))?;
    let source_metadata = source
        .metadata()
        .map_err(Failure::while_("cannot examine the source"))?;
    if source_metadata.is_dir() {
        return Err(Failure::directory());
    }
    let mut left = Vec::new();
    let mut leave = |strategy, reason| {
        left.push(LeftStrategy {
            strategy,
            offset: 0,
            reason,
        });
    };
    if matches!(forced, None | Some(Strategy::Reflink)) {
        match clone(&source, &source_metadata, to, forced.is_some())? {
            Ok(bytes) => {
                monitor.advance(bytes)?;
                return Ok(CopyReport::of(Strategy::Reflink, bytes, Vec::new()));
            }
            Err(reason) => leave(Strategy::Reflink, reason),
        }
    }

    let destination = OpenOptions::new()
        .write(true)
        .create(true)
        // What is there may turn out to be the source.
        .truncate(false)
        .mode(source_metadata.mode() & ACCESS_BITS)
        .open(to)
        .map_err(Failure::while_("cannot open the destination"))?;
    let destination_metadata = destination
        .metadata()
        .map_err(Failure::while_("cannot examine the destination"))?;
    let pair = Pair {
        source: &source,
        source_metadata: &source_metadata,
        destination: &destination,
        destination_metadata: &destination_metadata,
    };
    pair.prepare()?;
    if options.cache == Cache::Spare {
        pair.spare_cache();
    }
    if matches!(forced, None | Some(Strategy::CopyFile)) {
        match pair.copy_file(monitor, forced.is_some())? {
            Ok(bytes) => return Ok(CopyReport::of(Strategy::CopyFile, bytes, left)),
            Err(reason) => leave(Strategy::CopyFile, reason),
        }
    }
    let bytes = pair.read_write(monitor)?;
    Ok(CopyReport::of(Strategy::ReadWrite, bytes, left))
}

/// Makes `to`, which must not exist, a clone of the source, and returns its length in bytes; or says
/// why not, unless that is to be the end of it.
///
/// Source: [clonefile(2)](https://keith.github.io/xcode-man-pages/clonefile.2.html).
fn clone(
    source: &File,
    source_metadata: &Metadata,
    to: &Path,
    forced: bool,
) -> Result<Result<u64, LeaveReason>, Failure> {
    if !source_metadata.is_file() && !forced {
        return Ok(Err(LeaveReason::NotRegular));
    }
    match rustix::fs::fclonefileat(source, rustix::fs::CWD, to, CloneFlags::empty()) {
        Ok(()) => {
            // The source may have grown since it was opened; the clone is of one moment.
            let metadata = fs::metadata(to);
            let metadata = metadata.map_err(Failure::while_("cannot examine the destination"))?;
            Ok(Ok(metadata.len()))
        }
        Err(Errno::EXIST) if forced && is_at(source_metadata, to) => Err(Failure::same_file()),
        // What another way to read could hide, and what leaves nothing else to try.
        Err(errno) if forced || [Errno::IO, Errno::NOSPC, Errno::DQUOT].contains(&errno) => {
            Err(Failure::new("reflink failed", errno))
        }
        Err(errno) => Ok(Err(refused(errno))),
    }
}

fn is_at(source: &Metadata, to: &Path) -> bool {
    fs::metadata(to).is_ok_and(|to| is_same_file(source, &to))
}

fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

fn refused(errno: Errno) -> LeaveReason {
    LeaveReason::Refused {
        errno: errno.raw_os_error(),
    }
}

/// Whether another way to copy may work. The copy that was interrupted does not say where it stopped:
/// it is begun anew.
fn is_refusal(errno: Errno) -> bool {
    [
        Errno::NOTSUP,
        Errno::OPNOTSUPP,
        Errno::NOSYS,
        Errno::INVAL,
        Errno::INTR,
    ]
    .contains(&errno)
}

impl Pair<'_> {
    fn both_regular(&self) -> bool {
        self.source_metadata.is_file() && self.destination_metadata.is_file()
    }

    /// Refuses one file under two names, sets the permission bits, and empties the destination.
    fn prepare(&self) -> Result<(), Failure> {
        if is_same_file(self.source_metadata, self.destination_metadata) {
            return Err(Failure::same_file());
        }
        // Before the old contents are dropped, so that a refusal loses nothing, and before the new ones
        // are written, so that nobody reads them whom the source's permissions keep out.
        let (mode, old) = (
            self.source_metadata.mode(),
            self.destination_metadata.mode(),
        );
        if self.both_regular() && old & (ACCESS_BITS | SPECIAL_BITS) != mode & ACCESS_BITS {
            self.set_mode(mode & ACCESS_BITS)?;
        }
        if self.destination_metadata.len() > 0 {
            self.empty()?;
        }
        Ok(())
    }

    /// Has what is read and written by these descriptors kept in no memory longer than that takes, also where
    /// `fcopyfile` does it. A file system that does not heed this copies as well.
    ///
    /// Source: [fcntl(2)](https://keith.github.io/xcode-man-pages/fcntl.2.html), `F_NOCACHE`.
    fn spare_cache(&self) {
        if self.both_regular() {
            for file in [self.source, self.destination] {
                let _ = rustix::fs::fcntl_nocache(file, true);
            }
        }
    }

    fn set_mode(&self, mode: u32) -> Result<(), Failure> {
        match self
            .destination
            .set_permissions(Permissions::from_mode(mode))
        {
            // A file system that keeps no permission bits has none to get wrong.
            Err(error) if Errno::from_io_error(&error).is_some_and(is_refusal) => Ok(()),
            result => result.map_err(Failure::while_("cannot set the destination's permissions")),
        }
    }

    fn empty(&self) -> Result<(), Failure> {
        if self.destination_metadata.is_file() {
            self.destination
                .set_len(0)
                .map_err(Failure::while_("cannot empty the destination"))?;
        }
        Ok(())
    }

    /// The system's own copy, in one step; or why it was left, with both files at their start again.
    fn copy_file(
        &self,
        monitor: Monitor<'_>,
        forced: bool,
    ) -> Result<Result<u64, LeaveReason>, Failure> {
        if !forced && !self.both_regular() {
            return Ok(Err(LeaveReason::NotRegular));
        }
        if !forced && monitor.is_watched() {
            return Ok(Err(LeaveReason::OneStep));
        }
        let flags = if self.both_regular() {
            CopyfileFlags::ALL
        } else {
            CopyfileFlags::DATA
        };
        match copyfile::copy(self.source, self.destination, flags) {
            Ok(bytes) => {
                monitor.advance(bytes)?;
                Ok(Ok(bytes))
            }
            Err(errno) if !forced && is_refusal(errno) => {
                self.empty()?;
                for mut file in [self.source, self.destination] {
                    file.rewind()
                        .map_err(Failure::while_("cannot go back to the start"))?;
                }
                Ok(Err(refused(errno)))
            }
            Err(errno) => Err(Failure::new("fcopyfile failed", errno)),
        }
    }

    /// The plain loop, and then what the system's own copy keeps besides the contents.
    fn read_write(&self, monitor: Monitor<'_>) -> Result<u64, Failure> {
        let (source, destination) = (self.source, self.destination);
        let bytes = stream::copy_to_end(source, destination, self.source_metadata.len(), monitor)?;
        if self.both_regular() {
            match copyfile::copy(source, destination, CopyfileFlags::METADATA) {
                Ok(_) => {}
                Err(errno) if is_refusal(errno) => {
                    let mode = self.source_metadata.mode();
                    if mode & SPECIAL_BITS != 0 {
                        self.set_mode(mode & (ACCESS_BITS | SPECIAL_BITS))?;
                    }
                }
                Err(errno) => return Err(Failure::new("cannot copy the metadata", errno)),
            }
        }
        Ok(bytes)
    }
}

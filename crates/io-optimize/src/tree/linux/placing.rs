//! Entries whose names are taken in the destination.

use std::ffi::CString;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{renameat, statat, unlinkat, AtFlags, FileType, Stat};
use rustix::io::Errno;

use super::site::Site;
use super::worker::Worker;
use crate::failure::Failure;
use crate::tree::Existing;

/// Names that were made by another process and left behind are passed over.
const MOST_ATTEMPTS: usize = 64;

/// What became of an entry.
pub(super) enum Placed<T> {
    /// It was made, with this result.
    Made(T),
    /// What has its name was taken for its copy.
    Existing,
    /// None of its kind may be made here; what has its name is as it was.
    Refused,
}

impl<T> Placed<T> {
    pub(super) fn map<U>(self, function: impl FnOnce(T) -> U) -> Placed<U> {
        match self {
            Self::Made(value) => Placed::Made(function(value)),
            Self::Existing => Placed::Existing,
            Self::Refused => Placed::Refused,
        }
    }
}

impl Worker<'_, '_> {
    /// Calls `make` with the entry's site, and if its name is taken and may be replaced, with that of
    /// a temporary name, which then takes the entry's. `make` gives [`Making::Taken`] where the name
    /// is taken and removes what it began where it fails.
    pub(super) fn place<T>(
        &mut self,
        site: Site<'_>,
        is_same: impl FnOnce(&Stat) -> bool,
        mut make: impl FnMut(&mut Self, Site<'_>) -> Result<T, Making>,
    ) -> Result<Placed<T>, Failure> {
        let options = &self.shared.options;
        let (merges, existing) = (options.merge, options.existing);
        match make(self, site) {
            Err(Making::Taken) if merges && existing != Existing::Fail => {}
            result => return finished(result),
        }
        let stat = statat(
            &site.handles.destination,
            site.name,
            AtFlags::SYMLINK_NOFOLLOW,
        )
        .map_err(Failure::while_("cannot examine the destination"))?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            return finished(Err(Making::Taken));
        }
        if existing == Existing::SkipSame && is_same(&stat) {
            self.report.existing += 1;
            return Ok(Placed::Existing);
        }
        for _ in 0..MOST_ATTEMPTS {
            let temporary = temporary_name();
            let temporary_site = Site {
                name: &temporary,
                ..site
            };
            let made = match make(self, temporary_site) {
                Err(Making::Taken) => continue,
                result => finished(result)?,
            };
            if let Placed::Refused = made {
                return Ok(made);
            }
            let (folder, flags) = (&site.handles.destination, AtFlags::empty());
            let renamed = renameat(folder, &temporary, folder, site.name);
            // Two names of one file are left as they are by a rename, which is no error.
            let _ = unlinkat(folder, &temporary, flags);
            renamed.map_err(Failure::while_("cannot replace the destination"))?;
            return Ok(made);
        }
        finished(Err(Making::Taken))
    }
}

/// Why an entry was not made.
pub(super) enum Making {
    /// Something has its name.
    Taken,
    /// None of its kind may be made here.
    Refused,
    Failed(Failure),
}

impl Making {
    /// Tells a name that is taken from other errors.
    pub(super) fn error(errno: Errno, problem: &'static str) -> Self {
        match errno {
            Errno::EXIST => Self::Taken,
            errno => Self::Failed(Failure::new(problem, errno)),
        }
    }
}

fn finished<T>(result: Result<T, Making>) -> Result<Placed<T>, Failure> {
    match result {
        Ok(made) => Ok(Placed::Made(made)),
        Err(Making::Refused) => Ok(Placed::Refused),
        Err(Making::Failed(failure)) => Err(failure),
        Err(Making::Taken) => Err(Failure::new("cannot make the destination", Errno::EXIST)),
    }
}

/// Whether this regular file is taken for the copy of the other.
pub(super) fn is_same_file(stat: &Stat, source: &Metadata) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
        && u64::try_from(stat.st_size) == Ok(source.len())
        && (stat.st_mtime, stat.st_mtime_nsec as i64) == (source.mtime(), source.mtime_nsec())
}

fn temporary_name() -> CString {
    // A name of letters and digits holds no zero byte.
    CString::new(crate::write::temporary_name()).unwrap_or_default()
}

//! The backend for every system: one entry after the other, by paths, each file by
//! [`copy`](crate::copy()).

use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::report::{TreeError, TreeReport};
use super::{Existing, OnError, Together, TreeOptions};
use crate::copy::{Monitor, Preserve, Replace};
use crate::failure::Failure;
use crate::progress::Progress;

/// A directory whose metadata is set when all is in it.
struct Made {
    /// Relative to the root.
    path: PathBuf,
    metadata: Metadata,
}

struct Copy<'a> {
    options: &'a TreeOptions,
    from: &'a Path,
    to: &'a Path,
    /// Directories to read, relative to the root.
    pending: Vec<PathBuf>,
    made: Vec<Made>,
    #[cfg(unix)]
    hard_links: std::collections::HashMap<(u64, u64), PathBuf>,
    progress: Option<Arc<dyn Progress>>,
    /// Set when the copy was seen to be cancelled.
    cancelled: Option<Failure>,
    report: TreeReport,
}

/// Source: see [`copy_tree`](crate::copy_tree).
pub(super) fn copy_tree(
    options: &TreeOptions,
    from: &Path,
    to: &Path,
) -> Result<TreeReport, Failure> {
    let Preserve {
        mode, xattr, acl, ..
    } = options.preserve;
    if !mode || xattr || acl {
        let what = "only permission bits, times and owners can be kept or not";
        let error = io::Error::new(io::ErrorKind::Unsupported, what);
        return Err(Failure::new("this system cannot do what was asked", error));
    }
    let metadata = fs::metadata(from).map_err(Failure::while_("cannot open the source"))?;
    if !metadata.is_dir() {
        let error = io::Error::new(io::ErrorKind::InvalidInput, "it is not a directory");
        return Err(Failure::new("cannot open the source", error));
    }
    refuse_inside(from, to)?;
    // Several threads could not agree by paths on what is whose.
    let _one_thread_only = options.workers;
    let mut copy = Copy {
        options,
        from,
        to,
        pending: vec![PathBuf::new()],
        made: Vec::new(),
        #[cfg(unix)]
        hard_links: std::collections::HashMap::new(),
        progress: None,
        cancelled: None,
        report: TreeReport::default(),
    };
    match fs::read_dir(to) {
        Ok(mut entries) => {
            if !options.merge && entries.next().is_some() {
                return Err(exists("it is not empty"));
            }
        }
        Err(_) if fs::metadata(to).is_ok_and(|metadata| !metadata.is_dir()) => {
            return Err(exists("it is not a directory"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_directory(to).map_err(Failure::while_("cannot make the destination"))?;
            copy.made.push(Made {
                path: PathBuf::new(),
                metadata,
            });
        }
        Err(error) => return Err(Failure::new("cannot open the destination", error)),
    }
    if let Some(progress) = &options.progress {
        progress.begin(None);
        copy.progress = Some(Arc::new(Together(Arc::clone(progress))));
    }
    copy.report.directories = 1;
    copy.run();
    copy.end_directories();
    let has_error = copy.stops();
    match copy.cancelled.filter(|_| !has_error) {
        Some(failure) => Err(failure),
        None => Ok(copy.report),
    }
}

impl Copy<'_> {
    fn run(&mut self) {
        while let Some(path) = self.pending.pop() {
            if self.is_stopped() {
                return;
            }
            if let Err(failure) = self.read(&path) {
                self.fail(path, failure);
            }
        }
    }

    fn read(&mut self, directory: &Path) -> Result<(), Failure> {
        let failed = Failure::while_::<io::Error>("cannot read the source");
        for entry in fs::read_dir(self.from.join(directory)).map_err(&failed)? {
            if self.is_stopped() {
                break;
            }
            let entry = entry.map_err(&failed)?;
            let path = directory.join(entry.file_name());
            let copied = entry
                .file_type()
                .map_err(Failure::while_("cannot examine the source"))
                .and_then(|kind| self.copy_entry(&path, kind));
            if let Err(failure) = copied {
                self.fail(path, failure);
            }
        }
        Ok(())
    }

    fn copy_entry(&mut self, path: &Path, kind: FileType) -> Result<(), Failure> {
        let (from, to) = (self.from.join(path), self.to.join(path));
        if !(kind.is_dir() || kind.is_file() || kind.is_symlink()) {
            self.report.skipped.push(path.to_path_buf());
            return Ok(());
        }
        let metadata =
            fs::symlink_metadata(&from).map_err(Failure::while_("cannot examine the source"))?;
        let existing = fs::symlink_metadata(&to).ok();
        let mut replaces = false;
        if let Some(existing) = &existing {
            let merged = self.options.merge && kind.is_dir() && existing.is_dir();
            if merged && matches!((identity(&to), identity(self.from)), (Ok(a), Ok(b)) if a == b) {
                // The source lies inside the destination, and would be changed while it is copied.
                let error = io::Error::new(io::ErrorKind::InvalidInput, "it is left as it was");
                return Err(Failure::new("this is the source", error));
            }
            let may_replace = self.options.merge && self.options.existing != Existing::Fail;
            replaces = may_replace && !kind.is_dir() && !existing.is_dir();
            if !merged && !replaces {
                return Err(exists("it is left as it was"));
            }
            if replaces
                && self.options.existing == Existing::SkipSame
                && is_same((&from, &metadata), (&to, existing))
            {
                self.report.existing += 1;
                return Ok(());
            }
        }
        if replaces && (kind.is_symlink() || !existing.as_ref().is_some_and(Metadata::is_file)) {
            fs::remove_file(&to).map_err(Failure::while_("cannot replace the destination"))?;
        }
        if kind.is_dir() {
            if existing.is_none() {
                make_directory(&to).map_err(Failure::while_("cannot make the destination"))?;
                self.made.push(Made {
                    path: path.to_path_buf(),
                    metadata,
                });
            }
            self.report.directories += 1;
            self.pending.push(path.to_path_buf());
            return Ok(());
        }
        if self.link(path, &metadata, &to) {
            return Ok(());
        }
        if kind.is_symlink() {
            copy_symbolic_link(&from, &to)
                .map_err(Failure::while_("cannot make the symbolic link"))?;
            self.report.symbolic_links += 1;
            return Ok(());
        }
        let replace = if replaces {
            Replace::Atomically
        } else {
            Replace::InPlace
        };
        let mut file = crate::CopyOptions::new()
            .preserve(self.options.preserve)
            .durability(self.options.durability)
            .replace(replace);
        if let Some(progress) = &self.progress {
            file = file.progress(Arc::clone(progress));
        }
        if let Some(token) = &self.options.cancel {
            file = file.cancel(token.clone());
        }
        match file.copy(&from, &to) {
            Ok(report) => {
                self.report.files += 1;
                self.report.bytes += report.bytes;
                self.report.add_not_kept(path, report.not_kept);
                Ok(())
            }
            Err(error) => {
                if !replaces {
                    // The first failure says more than one to clean up.
                    let _ = fs::remove_file(&to);
                }
                Err(Failure::new("cannot copy the file", error))
            }
        }
    }

    /// Whether a hard link to an earlier copy was made; if not, this is the first of its own.
    #[cfg(unix)]
    fn link(&mut self, path: &Path, metadata: &Metadata, to: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        if metadata.nlink() < 2 {
            return false;
        }
        let id = (metadata.dev(), metadata.ino());
        if let Some(copied) = self.hard_links.get(&id) {
            if fs::hard_link(self.to.join(copied), to).is_ok() {
                self.report.hard_links += 1;
                return true;
            }
        }
        self.hard_links.insert(id, path.to_path_buf());
        false
    }

    #[cfg(not(unix))]
    fn link(&mut self, _path: &Path, _metadata: &Metadata, _to: &Path) -> bool {
        false
    }

    /// The deepest first, as the way to them leads through the others.
    fn end_directories(&mut self) {
        while let Some(Made { path, metadata }) = self.made.pop() {
            let to = self.to.join(&path);
            let ended = self
                .set_directory_times(&to, &metadata)
                .and_then(|()| set_directory_mode(&to, &metadata));
            if let Err(failure) = ended {
                self.fail(path, failure);
            }
        }
    }

    #[cfg(unix)]
    fn set_directory_times(&self, to: &Path, metadata: &Metadata) -> Result<(), Failure> {
        self.set_times_of(fs::File::open(to), metadata)
    }

    /// What opens a directory for that is not in the standard library.
    #[cfg(not(unix))]
    fn set_directory_times(&self, _to: &Path, _metadata: &Metadata) -> Result<(), Failure> {
        Ok(())
    }

    #[cfg(unix)]
    fn set_times_of(
        &self,
        opened: io::Result<fs::File>,
        metadata: &Metadata,
    ) -> Result<(), Failure> {
        if !self.options.preserve.times {
            return Ok(());
        }
        let set = || {
            let times = fs::FileTimes::new()
                .set_accessed(metadata.accessed()?)
                .set_modified(metadata.modified()?);
            opened?.set_times(times)
        };
        set().map_err(Failure::while_("cannot set the destination's times"))
    }

    fn fail(&mut self, path: PathBuf, failure: Failure) {
        if failure.is_cancelled() {
            self.cancelled = Some(failure);
        } else {
            self.report.errors.push(TreeError::new(path, failure));
        }
    }

    fn is_stopped(&mut self) -> bool {
        if let Err(failure) = Monitor::new(None, self.options.cancel.as_ref()).check() {
            self.cancelled.get_or_insert(failure);
        }
        self.cancelled.is_some() || self.stops()
    }

    fn stops(&self) -> bool {
        self.options.on_error == OnError::Stop && !self.report.errors.is_empty()
    }
}

/// Whether what exists is taken for the copy.
fn is_same((from, source): (&Path, &Metadata), (to, existing): (&Path, &Metadata)) -> bool {
    if source.is_symlink() || existing.is_symlink() {
        let targets = (fs::read_link(from), fs::read_link(to));
        return matches!(targets, (Ok(source), Ok(existing)) if source == existing);
    }
    existing.is_file()
        && existing.len() == source.len()
        && matches!(
            (source.modified(), existing.modified()),
            (Ok(source), Ok(existing)) if source == existing
        )
}

#[cfg(unix)]
fn make_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_directory(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

fn set_directory_mode(to: &Path, metadata: &Metadata) -> Result<(), Failure> {
    if cfg!(unix) {
        fs::set_permissions(to, metadata.permissions())
            .map_err(Failure::while_("cannot set the destination's permissions"))?;
    }
    Ok(())
}

#[cfg(unix)]
fn copy_symbolic_link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

#[cfg(windows)]
fn copy_symbolic_link(from: &Path, to: &Path) -> io::Result<()> {
    use std::os::windows::fs::{symlink_dir, symlink_file, FileTypeExt};
    let target = fs::read_link(from)?;
    if fs::symlink_metadata(from)?.file_type().is_symlink_dir() {
        symlink_dir(target, to)
    } else {
        symlink_file(target, to)
    }
}

#[cfg(not(any(unix, windows)))]
fn copy_symbolic_link(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Refuses a destination that is the source or lies anywhere in it: its copy would be copied too.
fn refuse_inside(from: &Path, to: &Path) -> Result<(), Failure> {
    let failed = Failure::while_::<io::Error>("cannot examine the destination's parents");
    let existing = match fs::canonicalize(to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match to.parent() {
            Some(parent) if parent != Path::new("") => fs::canonicalize(parent),
            _ => fs::canonicalize("."),
        },
        result => result,
    };
    let source = identity(from).map_err(&failed)?;
    for parent in existing.map_err(&failed)?.ancestors() {
        if identity(parent).is_ok_and(|parent| parent == source) {
            return Err(Failure::new(
                "the destination lies inside the source",
                io::Error::new(io::ErrorKind::InvalidInput, "nothing was changed"),
            ));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// The standard library tells no number of a directory here, so it is its whole path.
#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

fn exists(why: &'static str) -> Failure {
    let error = io::Error::new(io::ErrorKind::AlreadyExists, why);
    Failure::new("the destination exists", error)
}

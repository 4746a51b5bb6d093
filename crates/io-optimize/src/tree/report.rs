//! What a copy of a tree says about itself.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::copy::NotKept;
use crate::failure::Failure;

/// What was copied of a tree, and what was not.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// # std::fs::create_dir(&from)?;
/// # std::fs::write(from.join("file"), "text")?;
/// let report = io_optimize::copy_tree(&from, &to)?;
/// assert_eq!(report.to_string(), "1 directories, 1 files, 4 bytes");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct TreeReport {
    /// Directories that were made or merged into, the root included.
    pub directories: u64,
    /// Files whose contents were copied.
    pub files: u64,
    /// Sum of the lengths of these files in bytes, holes included.
    pub bytes: u64,
    /// Symbolic links.
    pub symbolic_links: u64,
    /// Names that were made as hard links to something copied before.
    pub hard_links: u64,
    /// FIFOs.
    pub fifos: u64,
    /// Sockets and devices, and FIFOs that may not be made: their paths relative to the source, in
    /// order.
    pub skipped: Vec<PathBuf>,
    /// Entries of the destination that were taken for copies ([`Existing`](crate::Existing)).
    pub existing: u64,
    /// What was to be kept beside the contents and was refused, in the order of the paths.
    pub not_kept: Vec<TreeNotKept>,
    /// What could not be copied, in the order of the paths.
    pub errors: Vec<TreeError>,
}

impl TreeReport {
    /// Whether the whole tree was copied: nothing failed and nothing was skipped. What
    /// [`not_kept`](Self::not_kept) lists does not count.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.errors.is_empty() && self.skipped.is_empty()
    }

    pub(super) fn add_not_kept(&mut self, path: &Path, not_kept: Vec<NotKept>) {
        let named = |not_kept| TreeNotKept {
            path: path.to_path_buf(),
            not_kept,
        };
        self.not_kept.extend(not_kept.into_iter().map(named));
    }

    #[cfg(target_os = "linux")]
    pub(super) fn add(&mut self, other: Self) {
        self.directories += other.directories;
        self.files += other.files;
        self.bytes += other.bytes;
        self.symbolic_links += other.symbolic_links;
        self.hard_links += other.hard_links;
        self.fifos += other.fifos;
        self.existing += other.existing;
        self.skipped.extend(other.skipped);
        self.not_kept.extend(other.not_kept);
        self.errors.extend(other.errors);
    }
}

impl fmt::Display for TreeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            directories,
            files,
            bytes,
            ..
        } = self;
        write!(f, "{directories} directories, {files} files, {bytes} bytes")?;
        for (count, name) in [
            (self.symbolic_links, "symbolic links"),
            (self.hard_links, "hard links"),
            (self.fifos, "FIFOs"),
            (self.existing, "existing"),
            (self.skipped.len() as u64, "skipped"),
            (self.not_kept.len() as u64, "not kept"),
            (self.errors.len() as u64, "errors"),
        ] {
            if count > 0 {
                write!(f, ", {count} {name}")?;
            }
        }
        for error in &self.errors {
            write!(f, "; {error}")?;
        }
        Ok(())
    }
}

/// Something of one entry that its copy has not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TreeNotKept {
    /// The path of the entry relative to the source; empty for the root.
    pub path: PathBuf,
    /// What it is, and why.
    pub not_kept: NotKept,
}

impl fmt::Display for TreeNotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.path.display(), self.not_kept)
    }
}

/// Why one entry of a tree was not copied: where it lies, what was being done, and the system's
/// error.
///
/// ```no_run
/// # fn main() -> std::io::Result<()> {
/// for error in io_optimize::copy_tree("from", "to")?.errors {
///     // sub/file: cannot open the source: Permission denied (os error 13)
///     println!("{}: {}: {}", error.path().display(), error.problem(), error.io_error());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TreeError {
    path: PathBuf,
    failure: Failure,
}

impl TreeError {
    pub(super) fn new(path: PathBuf, failure: Failure) -> Self {
        Self { path, failure }
    }

    /// The path of the entry relative to the source, and so relative to the destination too; empty
    /// for the root.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What could not be done, such as `cannot open the source`.
    #[must_use]
    pub fn problem(&self) -> &'static str {
        self.failure.problem()
    }

    /// The error as it came from the system, or from this crate where it refused.
    #[must_use]
    pub fn io_error(&self) -> &io::Error {
        self.failure.error()
    }

    /// The error for callers of a copy that stops, naming whole paths.
    pub(super) fn into_io_error(self, from: &Path, to: &Path) -> io::Error {
        let (from, to) = (from.join(&self.path), to.join(&self.path));
        self.failure.naming(&from, &to)
    }
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, problem, error) = (self.path.display(), self.problem(), self.io_error());
        write!(f, "`{path}`: {problem}: {error}")
    }
}

/// Without a source: the system's error is part of the text already.
impl Error for TreeError {}

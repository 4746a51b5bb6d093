//! What becomes of what a merged destination has already.

/// What becomes of an entry that exists in the destination and is no directory on both sides.
///
/// A copy that was ended, by an error, a token ([`TreeOptions::cancel`]) or with its process, is
/// completed by a second one with [`Existing::SkipSame`] or [`Existing::Replace`]. A directory that
/// the first had made and not filled has the mode 01700: its owner's alone, and the sticky bit as a
/// mark. By this mode the second copy takes it for its own, and gives it what is kept of the source
/// when it is filled. This holds on Linux, where the permission bits are kept and the file system keeps
/// them. Elsewhere, and where a directory that was filled gets one more entry, directories
/// keep what they have.
///
/// Names that are two in the source and one in the destination, whose file system may not tell upper
/// from lower case, replace each other: the last one stays, unless [`Existing::Fail`] refuses it.
///
/// [`TreeOptions::cancel`]: crate::TreeOptions::cancel
///
/// ```
/// use io_optimize::{Existing, TreeOptions};
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// # std::fs::create_dir(&from)?;
/// # std::fs::write(from.join("one"), "1")?;
/// let options = TreeOptions::new()
///     .preserve_times(true)
///     .merge(true)
///     .existing(Existing::SkipSame);
/// options.copy(&from, &to)?;
/// std::fs::write(from.join("two"), "2")?;
/// let report = options.copy(&from, &to)?;
/// assert!(report.is_complete(), "{report}");
/// assert_eq!((report.files, report.existing), (1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Existing {
    /// It is left as it is, and is an [`AlreadyExists`](std::io::ErrorKind::AlreadyExists) error.
    #[default]
    Fail,
    /// A regular file of the same length and the same time of last modification as the source, to
    /// the nanosecond, is taken for its copy and counted in
    /// [`TreeReport::existing`](crate::TreeReport::existing); so is a symbolic link with the same
    /// target, and a FIFO for a FIFO. All else is replaced as with [`Existing::Replace`].
    ///
    /// The first copy must have kept the times ([`TreeOptions::preserve_times`]), or nothing is the
    /// same. It sets a file's times last, so that a file that it did not end is not taken for a copy;
    /// after a loss of power that holds only with
    /// [`TreeOptions::durability`](crate::TreeOptions::durability). A file system that keeps times
    /// less exactly than the source's has nothing that is the same. What else belongs to a file that
    /// is taken for a copy is left as it is, hard links too.
    ///
    /// [`TreeOptions::preserve_times`]: crate::TreeOptions::preserve_times
    SkipSame,
    /// It is replaced once the copy is whole: until then the old entry stays, and after an error too.
    /// A directory is never replaced by something else, nor something else by a directory: that is an
    /// error still. A process that is killed may leave a temporary file (`.io-optimize-….tmp`).
    ///
    /// Elsewhere than on Linux this holds for a file that replaces a file; otherwise the old entry is
    /// removed first, and a hard link becomes a file of its own.
    Replace,
}

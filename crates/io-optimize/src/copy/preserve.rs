//! What a copy keeps of a file beside its contents, and how it says what it could not keep.

use std::ffi::OsString;
use std::fmt;
use std::io;

/// What a copy keeps beside the contents. The default keeps the permission bits, as [`std::fs::copy`].
///
/// Only what is copied from a regular file to a regular file (in a tree also directories and, as far
/// as they have it, FIFOs and symbolic links) keeps anything beside its contents.
///
/// ```
/// use io_optimize::{CopyOptions, Preserve};
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// # std::fs::write(&from, "text")?;
/// let preserve = Preserve::mode_only().times(true);
/// CopyOptions::new().preserve(preserve).copy(&from, &to)?;
/// assert_eq!(from.metadata()?.modified()?, to.metadata()?.modified()?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Preserve {
    pub(crate) mode: bool,
    pub(crate) times: bool,
    pub(crate) owner: bool,
    pub(crate) xattr: bool,
    pub(crate) acl: bool,
}

impl Default for Preserve {
    fn default() -> Self {
        Self::mode_only()
    }
}

impl Preserve {
    /// Nothing: the destination is as a file that was made by [`File::create`](std::fs::File::create),
    /// an existing one keeps what it has.
    #[must_use]
    pub const fn nothing() -> Self {
        Self {
            mode: false,
            times: false,
            owner: false,
            xattr: false,
            acl: false,
        }
    }

    /// The permission bits, set-user-id, set-group-id and sticky among them.
    #[must_use]
    pub const fn mode_only() -> Self {
        Self::nothing().mode(true)
    }

    /// All that this type has a method for.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            mode: true,
            times: true,
            owner: true,
            xattr: true,
            acl: true,
        }
    }

    /// Whether the permission bits are kept. An access control list contains them, so that they are
    /// kept with [`acl`](Self::acl) too. Elsewhere than on Linux they always are, and `false` is
    /// [`Unsupported`](io::ErrorKind::Unsupported).
    #[must_use]
    pub const fn mode(mut self, keep: bool) -> Self {
        self.mode = keep;
        self
    }

    /// Whether the times of last access and of last modification are kept, to the nanosecond where
    /// the file system has it. They are those at which the source was opened.
    #[must_use]
    pub const fn times(mut self, keep: bool) -> Self {
        self.times = keep;
        self
    }

    /// Whether the owner and the group are kept (Unix; nothing happens elsewhere).
    ///
    /// Most systems let only a privileged process give files away. Where the owner cannot be kept the
    /// group still is, if that is permitted; what could not be kept is in the report, and then the
    /// copy has no set-user-id and no set-group-id bit, which would lend out another's rights.
    #[must_use]
    pub const fn owner(mut self, keep: bool) -> Self {
        self.owner = keep;
        self
    }

    /// Whether extended attributes are kept: all those that the system lists to this process, but for
    /// the `system.` ones. Linux only; elsewhere
    /// [`Unsupported`](io::ErrorKind::Unsupported).
    ///
    /// An attribute that the destination's file system or the system's policy refuses
    /// (often `security.…` and `trusted.…`) is listed in the report and does not end the copy.
    /// Attributes of an existing destination that the source does not have stay.
    #[must_use]
    pub const fn xattr(mut self, keep: bool) -> Self {
        self.xattr = keep;
        self
    }

    /// Whether the access control list is kept, which is `system.posix_acl_access` and what other
    /// `system.` attributes the source has. Linux only; elsewhere
    /// [`Unsupported`](io::ErrorKind::Unsupported).
    ///
    /// A destination whose source has no such list loses its own, be it inherited from the folder.
    /// Where the list cannot be set, the report says so, and the group gets no more access than
    /// others: the group's permission bits are the list's mask, meant for all whom it names.
    #[must_use]
    pub const fn acl(mut self, keep: bool) -> Self {
        self.acl = keep;
        self
    }

    #[cfg(target_os = "linux")]
    pub(crate) const fn keeps_mode(self) -> bool {
        self.mode || self.acl
    }

    /// Whether access to the copy is decided only when all of it is set: until then nobody but its
    /// owner may read it.
    #[cfg(target_os = "linux")]
    pub(crate) const fn widens_at_end(self) -> bool {
        self.keeps_mode() && self.beyond_mode_and_times()
    }

    /// Whether there is something to keep that only a file with all its contents can be given.
    #[cfg(target_os = "linux")]
    pub(crate) const fn beyond_mode_and_times(self) -> bool {
        self.owner || self.xattr || self.acl
    }
}

/// Something of the source that its copy has not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotKept {
    /// What it is.
    pub attribute: Attribute,
    /// The `errno` of the refusal.
    pub errno: i32,
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = io::Error::from_raw_os_error(self.errno);
        write!(f, "{}: {error}", self.attribute)
    }
}

/// What a file has beside its contents.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Attribute {
    /// Times of last access and last modification.
    Times,
    /// The user that owns it.
    Owner,
    /// The group that owns it.
    Group,
    /// An extended attribute of this name, which begins with `system.` where it is an access control
    /// list.
    Xattr(OsString),
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times => f.write_str("times"),
            Self::Owner => f.write_str("owner"),
            Self::Group => f.write_str("group"),
            Self::Xattr(name) => write!(f, "{}", name.to_string_lossy()),
        }
    }
}

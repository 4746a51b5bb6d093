//! A directory of the tree that has been begun, and the handles by which both sides of it are reached.

use std::ffi::{CStr, CString, OsStr};
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustix::fs::{openat, Mode, OFlags};
use rustix::io::{retry_on_intr, Errno};
use rustix::path::Arg;

use super::locked;
use super::modes::GrantedBits;
use crate::copy::{
    keep, keep_default_acl, keep_times, set_mode, NotKept, Preserve, ACCESS_BITS, SPECIAL_BITS,
};
use crate::failure::Failure;
use crate::tree::{Existing, TreeOptions};

/// `st_dev` and `st_ino`.
pub(super) type Id = (u64, u64);

/// The permission bits of a directory that is being filled. Nobody else looks in, and by the sticky
/// bit, which does nothing there, a later copy knows what an earlier one did not end.
const UNFINISHED: u32 = 0o1700;
/// A new directory can have it from the one it is made in.
const SET_GROUP_ID: u32 = 0o2000;

/// With these bits a directory's owner can still fill it and pass through it.
const OWNER_BITS: u32 = 0o700;

/// The two sides of a directory, open.
pub(super) struct Handles {
    pub(super) source: File,
    pub(super) destination: File,
}

/// A directory of which both sides exist and have been opened. It may be closed again while work in
/// it is left, as a tree can have more directories than a process may have descriptors.
pub(super) struct Directory {
    /// `None` for the root.
    parent: Option<Arc<Directory>>,
    name: CString,
    depth: usize,
    /// Of the source, before anything was read.
    metadata: Metadata,
    destination_id: Id,
    /// Whether this copy made the destination, or another that was ended, and so decides on its
    /// metadata.
    made: bool,
    kept: Mutex<Option<Arc<Handles>>>,
    /// Pieces of work that will still make entries in it.
    pieces: AtomicUsize,
    pub(super) granted: GrantedBits,
}

impl Directory {
    /// The directory begins with one piece of work: to read it.
    pub(super) fn new(
        parent: Option<(&Arc<Directory>, &CStr)>,
        handles: &Handles,
        metadata: Metadata,
        made: bool,
        options: &TreeOptions,
    ) -> Result<Self, Failure> {
        let destination = handles
            .destination
            .metadata()
            .map_err(Failure::while_("cannot examine the destination"))?;
        Ok(Self {
            parent: parent.map(|(parent, _)| Arc::clone(parent)),
            name: parent.map_or_else(CString::default, |(_, name)| name.to_owned()),
            depth: parent.map_or(0, |(parent, _)| parent.depth + 1),
            metadata,
            destination_id: id(&destination),
            made: made || (completes(options) && is_unfinished(&destination)),
            kept: Mutex::default(),
            pieces: AtomicUsize::new(1),
            granted: GrantedBits::default(),
        })
    }

    /// How many directories lie between it and the root, one of the two included.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn source_id(&self) -> Id {
        id(&self.metadata)
    }

    pub(super) fn destination_id(&self) -> Id {
        self.destination_id
    }

    /// Relative to the root.
    pub(super) fn path(&self) -> PathBuf {
        let mut names = Vec::new();
        let mut at = self;
        while let Some(parent) = &at.parent {
            names.push(OsStr::from_bytes(at.name.to_bytes()));
            at = parent;
        }
        names.into_iter().rev().collect()
    }

    /// The handles, opened again if they have been closed: step by step from the nearest directory
    /// above that is open, each checked to be the one that was there before.
    pub(super) fn handles(&self, root: &Arc<Handles>) -> Result<Arc<Handles>, Failure> {
        let mut closed = Vec::new();
        let mut at = self;
        let mut handles = loop {
            if let Some(kept) = &*locked(&at.kept) {
                break Arc::clone(kept);
            }
            let Some(parent) = &at.parent else {
                break Arc::clone(root);
            };
            closed.push(at);
            at = parent;
        };
        for directory in closed.into_iter().rev() {
            handles = Arc::new(directory.open_again(&handles)?);
        }
        Ok(handles)
    }

    fn open_again(&self, parent: &Handles) -> Result<Handles, Failure> {
        let failed = Failure::while_::<io::Error>("cannot open the directory again");
        let open = |side, wanted: Id| {
            let directory = open_directory(side, &self.name)?;
            if id(&directory.metadata()?) != wanted {
                return Err(replaced());
            }
            Ok(directory)
        };
        Ok(Handles {
            source: open(&parent.source, id(&self.metadata)).map_err(&failed)?,
            destination: open(&parent.destination, self.destination_id).map_err(&failed)?,
        })
    }

    pub(super) fn add_piece(&self) {
        self.pieces.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether that was the last piece.
    pub(super) fn end_piece(&self) -> bool {
        self.pieces.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Whether the final permission bits would keep this process from passing through.
    pub(super) fn is_restricted(&self) -> bool {
        self.made && self.metadata.mode() & OWNER_BITS != OWNER_BITS
    }

    /// Sets what is kept of the source, if this copy made the directory.
    pub(super) fn set_metadata(
        &self,
        handles: &Handles,
        preserve: Preserve,
        not_kept: &mut Vec<NotKept>,
    ) -> Result<(), Failure> {
        if !self.made {
            return Ok(());
        }
        let (source, destination) = (&handles.source, &handles.destination);
        if preserve.beyond_mode_and_times() {
            keep(source, &self.metadata, destination, preserve, not_kept)?;
            if preserve.acl {
                keep_default_acl(source, destination)?;
            }
            return Ok(());
        }
        if preserve.mode {
            // Also where they seem to be those it was made with: a folder can hand down its set-group-id bit.
            set_mode(
                destination,
                self.metadata.mode() & (ACCESS_BITS | SPECIAL_BITS),
            )?;
        }
        keep_times(&self.metadata, destination, preserve, not_kept)
    }
}

/// One after the other: a chain of parents may be longer than a stack is deep.
impl Drop for Directory {
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(directory) = next {
            next = Arc::into_inner(directory).and_then(|mut directory| directory.parent.take());
        }
    }
}

/// Handles that stay open between two pieces of work, as many as [`KeptHandles::LIMIT`].
#[derive(Default)]
pub(super) struct KeptHandles {
    count: AtomicUsize,
}

impl KeptHandles {
    /// Two descriptors each; a process has 1,024 by default, and this crate is not alone in it.
    const LIMIT: usize = 128;

    pub(super) fn keep(&self, directory: &Directory, handles: &Arc<Handles>) {
        if self.count.fetch_add(1, Ordering::Relaxed) < Self::LIMIT {
            *locked(&directory.kept) = Some(Arc::clone(handles));
        } else {
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    pub(super) fn let_go(&self, directory: &Directory) {
        if locked(&directory.kept).take().is_some() {
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The permission bits to make a directory with.
pub(super) fn first_mode(preserve: Preserve) -> Mode {
    if preserve.keeps_mode() {
        Mode::from_raw_mode(UNFINISHED)
    } else {
        Mode::RWXU | Mode::RWXG | Mode::RWXO
    }
}

/// Whether directories that another copy did not end are ended by this one.
fn completes(options: &TreeOptions) -> bool {
    options.merge && options.existing != Existing::Fail && options.preserve.keeps_mode()
}

fn is_unfinished(destination: &Metadata) -> bool {
    let mode = destination.mode() & (ACCESS_BITS | SPECIAL_BITS);
    mode & !SET_GROUP_ID == UNFINISHED
}

pub(super) fn id(metadata: &Metadata) -> Id {
    (metadata.dev(), metadata.ino())
}

/// Opens a directory by its name, never by a symbolic link.
///
/// Source: [openat(2)](https://man7.org/linux/man-pages/man2/openat.2.html).
pub(super) fn open_directory(parent: &File, name: &CStr) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(open_at(parent, name, flags, Mode::empty())?)
}

/// Opens relative to a directory. File systems whose server is waited for can be interrupted in it.
pub(super) fn open_at<N: Arg + Copy>(
    parent: impl AsFd,
    name: N,
    flags: OFlags,
    mode: Mode,
) -> Result<File, Errno> {
    retry_on_intr(|| openat(&parent, name, flags, mode)).map(File::from)
}

/// The error where something is no longer what it was seen to be.
pub(super) fn replaced() -> io::Error {
    io::Error::other("it was replaced meanwhile")
}

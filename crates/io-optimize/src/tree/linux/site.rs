//! Where one entry lies in both trees.

use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::{unlinkat, AtFlags};

use super::directory::{Directory, Handles};
use super::placing::Making;
use crate::failure::Failure;

/// A name in a directory, on both of its sides.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) directory: &'a Arc<Directory>,
    /// Of the directory.
    pub(super) handles: &'a Handles,
    pub(super) name: &'a CStr,
}

impl Site<'_> {
    /// Relative to the root.
    pub(super) fn path(self) -> PathBuf {
        let name = OsStr::from_bytes(self.name.to_bytes());
        self.directory.path().join(name)
    }

    /// Removes what was begun here, after a failure. The first failure says more than one to clean
    /// up.
    pub(super) fn removed(self, failure: Failure) -> Making {
        let _ = unlinkat(&self.handles.destination, self.name, AtFlags::empty());
        Making::Failed(failure)
    }
}

//! What a copy reports to and asks between two steps.

use std::error::Error;
use std::fmt;
use std::io;

use crate::failure::Failure;
use crate::progress::{CancelToken, Progress};

/// What is copied between two reports where somebody waits for them, in bytes.
#[cfg(target_os = "linux")]
const SLICE: u64 = 8 << 20;

/// Nobody, or who is told of a copy's progress and who may end it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Monitor<'a> {
    progress: Option<&'a dyn Progress>,
    cancel: Option<&'a CancelToken>,
}

impl<'a> Monitor<'a> {
    pub(crate) fn new(progress: Option<&'a dyn Progress>, cancel: Option<&'a CancelToken>) -> Self {
        Self { progress, cancel }
    }

    /// Whether somebody waits for reports, or may end the copy.
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    pub(super) fn is_watched(self) -> bool {
        self.progress.is_some() || self.cancel.is_some()
    }

    /// The most that is to be copied in one step, in bytes: no limit where nobody waits.
    #[cfg(target_os = "linux")]
    pub(super) fn slice(self) -> u64 {
        if self.is_watched() {
            SLICE
        } else {
            u64::MAX
        }
    }

    /// The copy begins; fails if it has been cancelled.
    pub(super) fn begin(self, total: Option<u64>) -> Result<(), Failure> {
        if let Some(progress) = self.progress {
            progress.begin(total);
        }
        self.check()
    }

    /// So many more bytes are done; fails if the copy has been cancelled.
    pub(super) fn advance(self, bytes: u64) -> Result<(), Failure> {
        self.tell(bytes);
        self.check()
    }

    /// So many more bytes are done, whether or not it has been cancelled.
    pub(crate) fn tell(self, bytes: u64) {
        if let Some(progress) = self.progress {
            progress.advance(bytes);
        }
    }

    /// Fails if it has been cancelled.
    pub(crate) fn check(self) -> Result<(), Failure> {
        match self.cancel {
            Some(token) if token.is_cancelled() => Err(Failure::new(
                "it was ended early",
                io::Error::other(Cancelled),
            )),
            _ => Ok(()),
        }
    }
}

/// The mark by which such an error is known.
#[derive(Debug)]
pub(super) struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cancelled")
    }
}

impl Error for Cancelled {}

//! Whose turn it is to apply fixes to a workspace: from before it is read until after it is written.
//!
//! The lock of the transaction itself ([`crate::write`](fn@crate::write)) is another one: `recover` needs that and not this.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The turn, had while the value lives; a crash ends it too.
#[derive(Debug)]
pub struct Turn {
    _lock: File,
}

/// Why there is no turn.
#[derive(Debug)]
#[non_exhaustive]
pub enum TurnError {
    /// Another run has it.
    Taken,
    /// The lock file could not be made.
    Lock {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl fmt::Display for TurnError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => formatter.write_str(
                "another `cargo io-optimize` is at work on this workspace: wait for it to end and run again; \
                 nothing was changed",
            ),
            Self::Lock { path, .. } => write!(
                formatter,
                "cannot make the lock file {}, so nothing was changed: give --target-dir a folder that can be written",
                path.display()
            ),
        }
    }
}

impl std::error::Error for TurnError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Taken => None,
            Self::Lock { source, .. } => Some(source),
        }
    }
}

impl Turn {
    /// Takes the turn, with a file in `state_dir`, which is made if it is not there. Nothing is waited for: what the other
    /// run writes would have to be read anew.
    ///
    /// Where the file system has no locks, every run gets a turn; the transaction still leaves out what changed meanwhile.
    ///
    /// # Errors
    /// When another run has it, or the file cannot be made.
    pub fn take(state_dir: &Path) -> Result<Self, TurnError> {
        let path = state_dir.join("apply.lock");
        let opened = fs::create_dir_all(state_dir)
            .and_then(|()| OpenOptions::new().create(true).append(true).open(&path));
        let lock = opened.map_err(|source| TurnError::Lock { path, source })?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => Err(TurnError::Taken),
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { _lock: lock }),
        }
    }
}

//! Telling how far something has come, and ending it early.

#[cfg(feature = "indicatif")]
mod bar;
mod throughput;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

pub use throughput::Throughput;

/// Is told how far a copy has come.
///
/// The calls come from the threads that copy, one after the other or at the same time, and hold them
/// up: they should be short. Nobody is called, and nothing is counted, where no progress was asked for.
///
/// ```
/// use io_optimize::{CopyOptions, Progress};
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::sync::Arc;
///
/// #[derive(Default)]
/// struct Bytes(AtomicU64);
///
/// impl Progress for Bytes {
///     fn advance(&self, bytes: u64) {
///         self.0.fetch_add(bytes, Ordering::Relaxed);
///     }
/// }
/// # fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// # std::fs::write(&from, [7; 100_000])?;
/// let bytes = Arc::new(Bytes::default());
/// CopyOptions::new().progress(bytes.clone()).copy(&from, &to)?;
/// assert_eq!(bytes.0.load(Ordering::Relaxed), 100_000);
/// # Ok(())
/// # }
/// ```
pub trait Progress: Send + Sync {
    /// It begins, and this many bytes are expected, where that is known. More or fewer may come: a
    /// file can grow or be cut meanwhile.
    fn begin(&self, total: Option<u64>) {
        let _ = total;
    }

    /// So many more bytes are done, holes included. In total these are the bytes that the report gives,
    /// unless the source was truncated meanwhile.
    fn advance(&self, bytes: u64);
}

/// Ends what it was given to, at its next step. Clones end the same.
///
/// ```
/// use io_optimize::{CancelToken, CopyError, CopyOptions};
/// # let directory = tempfile::tempdir().unwrap();
/// # let (from, to) = (directory.path().join("a"), directory.path().join("b"));
/// # std::fs::write(&from, [7; 100_000]).unwrap();
/// let token = CancelToken::new();
/// token.cancel(); // here, before it begins
/// let error = CopyOptions::new().cancel(token).copy(&from, &to).unwrap_err();
/// let details = error.get_ref().unwrap().downcast_ref::<CopyError>().unwrap();
/// assert!(details.is_cancelled());
/// ```
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    is_set: AtomicBool,
    parent: Option<CancelToken>,
}

impl CancelToken {
    /// A token that nobody has cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that is cancelled with this one, and that can be cancelled without it.
    ///
    /// ```
    /// use io_optimize::CancelToken;
    /// let all = CancelToken::new();
    /// let (one, other) = (all.child(), all.child());
    /// one.cancel();
    /// assert!(one.is_cancelled() && !other.is_cancelled() && !all.is_cancelled());
    /// all.cancel();
    /// assert!(other.is_cancelled());
    /// ```
    #[must_use]
    pub fn child(&self) -> Self {
        Self(Arc::new(Flag {
            is_set: AtomicBool::new(false),
            parent: Some(self.clone()),
        }))
    }

    /// Ends what has this token. Does nothing the second time. May be called in a signal handler.
    pub fn cancel(&self) {
        self.0.is_set.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called, of this token or of one that it is a child of.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        let parent = self.0.parent.as_ref();
        self.0.is_set.load(Ordering::Relaxed) || parent.is_some_and(Self::is_cancelled)
    }
}

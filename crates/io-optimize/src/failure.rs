//! What failed, before it is told which path it belongs to.

use std::io;

/// What was being done, and the error.
#[derive(Debug)]
pub(crate) struct Failure {
    problem: &'static str,
    error: io::Error,
}

impl Failure {
    /// `problem` completes "cannot copy a to b: …" or "cannot write a: …".
    pub(crate) fn new(problem: &'static str, error: impl Into<io::Error>) -> Self {
        Self {
            problem,
            error: error.into(),
        }
    }

    /// A write that is asked for bytes and takes none would be asked for ever.
    #[cfg(target_os = "linux")]
    pub(crate) fn nothing_written(problem: &'static str) -> Self {
        Self::new(problem, io::ErrorKind::WriteZero)
    }

    /// The same as a function, for `map_err`.
    pub(crate) fn while_<E: Into<io::Error>>(problem: &'static str) -> impl Fn(E) -> Self {
        move |error| Self::new(problem, error)
    }

    pub(crate) fn problem(&self) -> &'static str {
        self.problem
    }

    /// The error as it came from the system, or from this crate where it refused.
    pub(crate) fn error(&self) -> &io::Error {
        &self.error
    }
}

//! What can go wrong with one system call, and what follows from it whatever the operation.

use std::fmt;

use crate::child::Outcome;

/// Errors that are injected: interruption, a broken device, a full one, and the ways in which file
/// systems, kernels and sandboxes refuse.
pub(crate) const ERRORS: [(&str, i32); 7] = [
    ("EINTR", 4),
    ("EIO", 5),
    ("ENOSPC", 28),
    ("EXDEV", 18),
    ("EINVAL", 22),
    ("EPERM", 1),
    ("ENOSYS", 38),
];
/// Calls for which 0 means the end of the file.
const ENDING: [&str; 5] = ["read", "pread64", "copy_file_range", "sendfile", "splice"];
/// Calls that return 0 where nothing can be written.
const WRITING: [&str; 2] = ["write", "pwrite64"];
/// Calls without which the contents are not there.
const MOVING: [&str; 13] = [
    "read",
    "pread64",
    "preadv2",
    "copy_file_range",
    "sendfile",
    "splice",
    "write",
    "pwrite64",
    "pwritev2",
    "ioctl",
    "ftruncate",
    "fsync",
    "fdatasync",
];
/// Calls besides that can be interrupted, and are to be repeated then.
const WAITING: [&str; 4] = ["openat", "fallocate", "fchmod", "close"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By its name and number.
    Error(&'static str, i32),
    /// The call is skipped and returns 0.
    Zero,
    /// The process is killed when it makes the call.
    Kill,
}

/// One fault at one call.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) call: String,
    /// Which of the calls of that name, from 1, for each thread.
    pub(crate) when: usize,
    pub(crate) kind: Kind,
}

impl Fault {
    /// All that can be injected into a call of this name.
    pub(crate) fn kinds(call: &str) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = ERRORS
            .iter()
            .map(|&(name, number)| Kind::Error(name, number))
            .collect();
        if ENDING.contains(&call) || WRITING.contains(&call) {
            kinds.push(Kind::Zero);
        }
        kinds.push(Kind::Kill);
        kinds
    }

    /// Whether the system claims that the source ends here.
    pub(crate) fn is_end(&self) -> bool {
        self.kind == Kind::Zero && ENDING.contains(&&*self.call)
    }

    /// Whether the call is only to be made once more.
    pub(crate) fn is_interruption(&self) -> bool {
        self.kind == Kind::Error("EINTR", 4)
    }

    /// Whether the file system says that it keeps no permission bits.
    pub(crate) fn is_without_modes(&self) -> bool {
        self.call == "fchmod" && self.kind == Kind::Error("ENOSYS", 38)
    }

    /// What holds for every operation: a broken or full device is told of, an interruption is not,
    /// and an error is the one that was injected.
    pub(crate) fn check(&self, outcome: &Outcome) -> Result<(), String> {
        match (self.kind, outcome) {
            (Kind::Kill, Outcome::Killed) => Ok(()),
            (Kind::Kill, _) => Err("went on after it was killed".to_owned()),
            (_, Outcome::Killed) => Err("ended without a result".to_owned()),
            (Kind::Error("EIO" | "ENOSPC", _), Outcome::Done(_))
                if MOVING.contains(&&*self.call) =>
            {
                Err("the error was passed over".to_owned())
            }
            (Kind::Zero, Outcome::Done(_)) if !self.is_end() => {
                Err("a write that took nothing was passed over".to_owned())
            }
            (Kind::Error("EINTR", _), Outcome::Failed(..))
                if [&MOVING[..], &WAITING].concat().contains(&&*self.call) =>
            {
                Err("the interruption was not borne".to_owned())
            }
            (Kind::Error(_, injected), Outcome::Failed(number, _)) if *number != Some(injected) => {
                Err("the error is another one".to_owned())
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, when, kind } = self;
        match kind {
            Kind::Error(name, _) => write!(f, "{call}:error={name}:when={when}"),
            Kind::Zero => write!(f, "{call}:retval=0:when={when}"),
            Kind::Kill => write!(f, "{call}:signal=SIGKILL:when={when}"),
        }
    }
}

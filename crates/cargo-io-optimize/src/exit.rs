//! Exit codes: what a script learns from a run without reading its output.

use std::fmt;
use std::process;

/// How a run ended. The numbers are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// Done, whether or not something was found.
    Done = 0,
    /// Findings at or over `--fail-on` are left.
    Findings = 1,
    /// The request could not be carried out: wrong usage, no project, cargo failed.
    Failed = 2,
    /// `--apply` took a fix out again, or `bench --emit` wrote nothing, because the result did not compile or pass.
    BackedOut = 3,
    /// Interrupted by the user or by the system.
    Interrupted = 130,
}

impl ExitCode {
    /// All codes, in the order in which one takes the place of another, strongest first.
    pub const BY_PRECEDENCE: [Self; 5] = [
        Self::Interrupted,
        Self::Failed,
        Self::BackedOut,
        Self::Findings,
        Self::Done,
    ];

    /// What the code says, for the reference.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, whether or not something was found",
            Self::Findings => "findings at or over `--fail-on` are left",
            Self::Failed => {
                "the request could not be carried out: wrong usage, no project, cargo failed"
            }
            Self::BackedOut => {
                "`--apply` took a fix out again, or `bench --emit` wrote nothing, because the result did not compile or pass"
            }
            Self::Interrupted => "interrupted",
        }
    }

    /// The number that the process ends with.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The code of a run to which both apply.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::BY_PRECEDENCE
            .into_iter()
            .find(|code| *code == self || *code == other)
            .unwrap_or(Self::Done)
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

/// The error of a step that stopped because the user asked to; the run ends with [`ExitCode::Interrupted`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

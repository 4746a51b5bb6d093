//! From suggested fixes to changed files: which fixes go together ([`plan`]), which of them compile ([`verify`]), whether
//! the tree may be written at all ([`guard`]), and one transaction over its files ([`write`](fn@write), [`recover`](fn@recover)).
//!
//! Absences: nothing here decides whether a finding is true; no process is started but `git`, by the guard; the files
//! of a project are written in the `write` module and nowhere else in the workspace.

mod additions;
mod attributes;
mod edits;
mod guard;
mod journal;
mod manifest;
mod plan;
mod recover;
mod turn;
mod vcs;
mod verify;
mod write;

pub use additions::{Manifest, Manifests};
pub use edits::adapt_line_endings;
pub use guard::{GuardError, GuardOptions, guard, guard_new};
pub use manifest::{DevDependency, NewTarget, NewTargetKind, add_targets, obstacle};
pub use plan::{Patched, Plan, PlannedFix, Selection, plan};
pub use recover::{RecoverError, Recovered, recover};
pub use turn::{Turn, TurnError};
pub use verify::{CheckError, Checked, ErrorSpan, MAX_CHECKS, Verification, VerifyError, verify};
pub use write::{TreeState, WriteError, Written, write};

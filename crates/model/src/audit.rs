//! The outcome of a run as one value: what a report is rendered from.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::{
    Environment, Finding, FindingId, HostFigures, Outcome, Patch, Sources, Span, Verified,
};

/// Where the types of receivers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Types {
    /// rustc was asked where syntax left a question open.
    Rustc,
    /// Syntax alone.
    Syntax,
}

/// The project that was audited.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// Root of the workspace.
    pub root: PathBuf,
    /// Names of the packages that were looked at.
    pub packages: Vec<String>,
    /// Where others can look at its files, if that is known.
    pub online: Option<OnlineSources>,
}

/// The commit that is checked out, as a site shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlineSources {
    /// Address of the repository's files at that commit, without a slash at its end:
    /// `https://github.com/OWNER/REPOSITORY/blob/COMMIT`.
    pub address: String,
    /// The workspace root within the repository, `/`-separated; empty if it is the same folder.
    pub folder: String,
    /// Files that read the same there, as paths relative to the workspace root.
    pub files: BTreeSet<String>,
}

/// A file, or a part of the project, that was left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotAnalysed {
    /// Path relative to the workspace root, `/`-separated.
    pub path: String,
    /// Why: lower case, no full stop.
    pub reason: String,
}

/// What the analysis covered.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// Where types come from.
    pub types: Types,
    /// Files that were analysed.
    pub files: u64,
    /// Lines in them.
    pub lines: u64,
    /// Time it took, in milliseconds.
    pub elapsed_ms: u64,
    /// What was left out.
    pub not_analysed: Vec<NotAnalysed>,
}

/// A place that looks like a pattern and is right as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fine {
    /// The place.
    pub span: Span,
    /// The rule that looked at it.
    pub rule: &'static str,
    /// Why it is fine: lower case, no full stop.
    pub reason: String,
}

/// A finding whose fix is in the user's tree now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedFix {
    /// The finding.
    pub id: FindingId,
    /// How far the result was tried.
    pub verified: Verified,
}

/// A finding whose fix was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotApplied {
    /// The finding.
    pub id: FindingId,
    /// Why: lower case, no full stop.
    pub reason: String,
    /// Whether it was put in and taken out again because the result did not compile or pass.
    pub backed_out: bool,
}

/// Something that did not work, and what was done instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What was tried and how it failed: lower case, no full stop.
    pub what: String,
    /// What was done instead: lower case, no full stop.
    pub fallback: String,
    /// A command that looks closer, where there is one.
    pub look_with: Option<String>,
}

/// Everything a run has to say.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The project.
    pub project: Project,
    /// What was covered.
    pub analysis: Analysis,
    /// The host, if anything was measured.
    pub environment: Option<Environment>,
    /// The files as they were read.
    pub sources: Sources,
    /// The findings that the user's selection lets through, in order of path and place.
    pub findings: Vec<Finding>,
    /// Places that look slow and are not.
    pub fine: Vec<Fine>,
    /// What was measured.
    pub outcomes: Vec<Outcome>,
    /// What the host itself did.
    pub host: HostFigures,
    /// The change of each file if the suggested fixes were, or are, applied.
    pub patches: Vec<Patch>,
    /// Whether the patches have been written.
    pub written: bool,
    /// Fixes in the user's tree.
    pub applied: Vec<AppliedFix>,
    /// Fixes that are not, with the reason.
    pub not_applied: Vec<NotApplied>,
    /// What did not work.
    pub failures: Vec<Failure>,
    /// What was executed on the user's behalf, as command lines.
    pub executed: Vec<String>,
    /// The command line of this run, as the user would type it again.
    pub command: String,
}

//! Rewrites: from one edit to the patch of a file.

use std::path::PathBuf;

use crate::{FindingId, Headline, Span};

/// How far a fix may be trusted, in rustc's words. Ordered, so that selecting fixes is one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// The text has blanks that a person must fill in.
    HasPlaceholders,
    /// It may change error kinds, permissions, memory growth, the order of effects or what an onlooker sees.
    MaybeIncorrect,
    /// When the owner of the handle returns, the same bytes are where they were, and the same failures are returned.
    MachineApplicable,
}

/// The replacement of one piece of text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// The new text.
    pub replacement: String,
}

/// A file that a fix adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Path relative to the workspace root, `/`-separated.
    pub path: String,
    /// Its whole text.
    pub contents: String,
}

/// Where a dependency is taken from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DependencySource {
    /// A registry.
    Registry,
    /// A folder that is there: relative to the workspace root, or absolute; `/`-separated.
    Path(String),
    /// A folder of the workspace that is made of the sources bundled with the tool: relative to the root, `/`-separated.
    Bundled(String),
}

/// What a fix needs besides its edits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// A dependency of the package.
    Dependency {
        /// The crate's name.
        name: String,
        /// The version: a requirement where a registry serves it, otherwise that of the sources.
        version: String,
        /// Where its sources come from.
        source: DependencySource,
    },
    /// A cargo feature of the package.
    Feature(String),
}

/// How far a fix has been tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verified {
    /// Not at all.
    No,
    /// The patched tree compiles.
    Compiled,
    /// The patched tree passes the tests that passed before.
    Tested,
}

/// One rewrite. It is applied whole or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    /// What it does, as an instruction: lower case, no full stop.
    pub title: String,
    /// How far it may be trusted.
    pub applicability: Applicability,
    /// Sorted by span and disjoint within a file; an insertion that two fixes share is the same edit in both.
    pub edits: Vec<Edit>,
    /// Files it adds.
    pub creates: Vec<NewFile>,
    /// What it needs besides.
    pub requires: Vec<Requirement>,
    /// How far it has been tried.
    pub verified: Verified,
    /// The measured way that it stands for, by its name in the model of its finding's pattern; `None` is the one that the model
    /// measures as the suggested one.
    pub method: Option<String>,
    /// What it is worth on this host, if it is an alternative that was measured; that of a suggestion is its finding's.
    pub headline: Option<Headline>,
}

impl Fix {
    /// Whether it says how the text is changed.
    #[must_use]
    pub fn has_text(&self) -> bool {
        !(self.edits.is_empty() && self.creates.is_empty())
    }
}

/// The change of one file, or a new one.
#[derive(Debug, Clone)]
pub struct Patch {
    /// Path relative to the workspace root, `/`-separated.
    pub path: String,
    /// Where it is written.
    pub absolute: PathBuf,
    /// The text it was computed from; nothing is written when the file no longer reads so. `None` for a file that is not
    /// there yet; nothing is written when there is one by then.
    pub before: Option<String>,
    /// The text it will have.
    pub after: String,
    /// The findings whose fixes are in it.
    pub findings: Vec<FindingId>,
}

//! Source files and places in them.

use std::path::PathBuf;
use std::sync::Arc;

/// Index of a file in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open range of byte offsets into the original text of one file, byte order mark included.
///
/// Lines and columns exist only where something is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file that the offsets count in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

/// What cargo builds from a file. A file that several targets share has the first of these that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// A library, procedural macros excepted.
    Library,
    /// A binary.
    Binary,
    /// A build script.
    BuildScript,
    /// A procedural macro: it runs inside the compiler.
    ProcMacro,
    /// An example.
    Example,
    /// An integration test.
    Test,
    /// A benchmark.
    Benchmark,
}

/// One file of the workspace as it was read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its index.
    pub id: FileId,
    /// Path relative to the workspace root, separated by `/` on every platform.
    pub path: String,
    /// Where it was read from.
    pub absolute: PathBuf,
    /// The whole text, unchanged.
    pub text: Arc<str>,
    /// Name of the package it belongs to.
    pub package: String,
    /// What cargo builds from it.
    pub target: TargetKind,
}

/// All files of an audit, indexed by [`FileId`].
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The files; `files[i].id == FileId(i)`.
    pub files: Vec<SourceFile>,
}

impl Sources {
    /// The file of that index.
    ///
    /// # Panics
    /// If the index comes from other sources.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The text under a span.
    ///
    /// # Panics
    /// If the span does not lie on character borders of its file.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        &self.file(span.file).text[span.start as usize..span.end as usize]
    }
}

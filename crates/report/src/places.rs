//! Spans as paths, lines and columns.

use std::cell::OnceCell;

use model::{FileId, Sources, Span};

use crate::line_index::{LineIndex, Position};
use crate::text::printable;

/// Finds places in the files of an audit; a file's lines are counted when it is first asked about.
pub(crate) struct Places<'a> {
    sources: &'a Sources,
    indexes: Vec<OnceCell<LineIndex<'a>>>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            indexes: vec![OnceCell::new(); sources.files.len()],
        }
    }

    pub(crate) fn path(&self, file: FileId) -> &'a str {
        &self.sources.file(file).path
    }

    pub(crate) fn text(&self, file: FileId) -> &'a str {
        &self.sources.file(file).text
    }

    pub(crate) fn index(&self, file: FileId) -> &LineIndex<'a> {
        self.indexes[file.0 as usize].get_or_init(|| LineIndex::new(self.text(file)))
    }

    pub(crate) fn start(&self, span: Span) -> Position {
        self.index(span.file).position(span.start as usize)
    }

    pub(crate) fn end(&self, span: Span) -> Position {
        self.index(span.file).position(span.end as usize)
    }

    /// `path:line`, free of control characters.
    pub(crate) fn short(&self, span: Span) -> String {
        format!(
            "{}:{}",
            printable(self.path(span.file)),
            self.start(span).line
        )
    }

    /// Numbers of the first and the last line under a span.
    pub(crate) fn line_numbers(&self, span: Span) -> (usize, usize) {
        let index = self.index(span.file);
        let range = index.lines_around(span.start as usize, span.end as usize);
        (
            index.position(range.start).line,
            index.position(range.end).line,
        )
    }

    /// The whole lines under a span, without the last line's end.
    pub(crate) fn lines(&self, span: Span) -> &'a str {
        let range = self
            .index(span.file)
            .lines_around(span.start as usize, span.end as usize);
        &self.text(span.file)[range]
    }
}

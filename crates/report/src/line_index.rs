//! Lines and columns of byte offsets.

/// A place as people and editors count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1. Lines end with `\n`; a `\r` before it belongs to the line.
    pub line: usize,
    /// The column in characters, from 1. A tab is one character; a byte order mark counts for nothing.
    pub column: usize,
}

/// Where the lines of a text begin.
#[derive(Debug, Clone)]
pub struct LineIndex<'a> {
    text: &'a str,
    /// Offset of each line's first byte behind the byte order mark; the first entry always exists.
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Looks through the text once.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let first = if text.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8()
        } else {
            0
        };
        let starts = std::iter::once(first)
            .chain(text.match_indices('\n').map(|(newline, _)| newline + 1))
            .collect();
        Self { text, starts }
    }

    /// The place of a byte offset.
    ///
    /// An offset inside a character is taken as the character's first byte, one behind the end as the end, and one
    /// before the end of a byte order mark as the first column.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.line_of(offset);
        let start = self.starts[line];
        Position {
            line: line + 1,
            column: self.text[start..offset.max(start)].chars().count() + 1,
        }
    }

    /// The byte range of the whole lines that a range of offsets touches, without the last line's end.
    ///
    /// A range that ends right behind a line's end does not touch the next line.
    #[must_use]
    pub fn lines_around(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        let first = self.line_of(start);
        let last = self.line_of(end.saturating_sub(1).max(start));
        let end = self
            .starts
            .get(last + 1)
            .map_or(self.text.len(), |next| next - 1);
        let lines = &self.text[..end];
        self.starts[first]
            ..lines
                .strip_suffix('\r')
                .unwrap_or(lines)
                .len()
                .max(self.starts[first])
    }

    /// Zero-based line of an offset.
    fn line_of(&self, offset: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }
}

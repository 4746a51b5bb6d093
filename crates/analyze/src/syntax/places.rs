//! From places as the parser gives them to offsets of bytes.

use proc_macro2::{LineColumn, Span};

/// In a line that is not ASCII, columns up to this one are counted from its beginning.
const LONGEST_COUNT: usize = 1024;

/// Where the lines of a text begin: the parser counts chars, and would search, and remember, the byte of each place.
pub(super) struct Places<'a> {
    code: &'a str,
    lines: Vec<usize>,
    is_ascii: bool,
}

impl<'a> Places<'a> {
    pub(super) fn of(code: &'a str) -> Self {
        let ends = code.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            code,
            lines: std::iter::once(0)
                .chain(ends.map(|(end, _)| end + 1))
                .collect(),
            is_ascii: code.is_ascii(),
        }
    }

    pub(super) fn start(&self, span: Span) -> usize {
        let exact = || span.byte_range().start;
        self.offset(span.start()).unwrap_or_else(exact)
    }

    pub(super) fn end(&self, span: Span) -> usize {
        let exact = || span.byte_range().end;
        self.offset(span.end()).unwrap_or_else(exact)
    }

    /// `None` for a place far into a line that is not ASCII.
    fn offset(&self, place: LineColumn) -> Option<usize> {
        let line = *self.lines.get(place.line.checked_sub(1)?)?;
        if self.is_ascii {
            return Some(line + place.column);
        }
        if place.column > LONGEST_COUNT {
            return None;
        }
        let mut chars = self.code[line..].char_indices();
        let before = chars.nth(place.column).map(|(at, _)| at);
        Some(before.map_or(self.code.len(), |at| line + at))
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn offsets_are_those_of_the_parser() {
        let long = format!("\"{}\" a", "ä".repeat(2000));
        for code in ["a b\n  c", "ä\n /* ö */ b \"ü\" c\r\nd", &long] {
            let places = Places::of(code);
            let tokens: proc_macro2::TokenStream = code.parse().expect("these are tokens");
            for token in tokens {
                let span = token.span();
                assert_eq!(places.start(span)..places.end(span), span.byte_range());
            }
        }
    }
}

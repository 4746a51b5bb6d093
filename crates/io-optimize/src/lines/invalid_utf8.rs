//! Where a line is not UTF-8.

use std::error::Error;
use std::fmt;
use std::io;
use std::str::Utf8Error;

/// Where a line is not UTF-8: inside the [`io::Error`] of [`LineReader::next_str`].
///
/// [`LineReader::next_str`]: crate::LineReader::next_str
///
/// ```
/// let mut lines = io_optimize::LineReader::new(&b"good\nba\xff\n"[..]);
/// assert_eq!(lines.next_str().unwrap(), Some("good"));
/// let error = lines.next_str().unwrap_err();
/// assert_eq!(error.to_string(), "line 2, byte 3: invalid UTF-8");
/// let details = error.get_ref().unwrap().downcast_ref::<io_optimize::InvalidUtf8>().unwrap();
/// assert_eq!((details.line(), details.byte()), (2, 3));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidUtf8 {
    line: u64,
    error: Utf8Error,
}

impl InvalidUtf8 {
    pub(super) fn new(line: u64, error: Utf8Error) -> Self {
        Self { line, error }
    }

    /// The number of the line, the first being 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The number of the first byte that is not part of a character, the line's first byte being 1.
    #[must_use]
    pub fn byte(&self) -> usize {
        self.error.valid_up_to() + 1
    }
}

impl fmt::Display for InvalidUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, byte {}: invalid UTF-8", self.line, self.byte())
    }
}

impl Error for InvalidUtf8 {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

impl From<InvalidUtf8> for io::Error {
    fn from(error: InvalidUtf8) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

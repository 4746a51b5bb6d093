//! What looking at a mapped file costs, for those who measure it.
// Bytes that another process may change are looked at through a raw pointer only.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use crate::file_bytes::AccessPattern;
use crate::read::ReadError;

/// A mapped file of which sums are taken, and nothing else.
///
/// It is what cargo io-optimize measures reading through a map by, and no part of what this crate promises:
/// [`FileBytes`](crate::FileBytes) is for programs. Unlike that one it is safe to make, since no slice of the bytes
/// ever exists: a file that is written to meanwhile changes a sum. One that is truncated meanwhile still ends the
/// process by a signal.
#[doc(hidden)]
#[derive(Debug)]
pub struct MappedWords {
    map: memmap2::MmapRaw,
}

impl MappedWords {
    /// Maps a regular file that is not empty, and tells the system how it is going to be looked at.
    ///
    /// # Errors
    /// A [`ReadError`] inside the [`io::Error`] if the file cannot be opened or mapped.
    pub fn map(path: &Path, pattern: AccessPattern) -> io::Result<Self> {
        let map = || {
            let map = memmap2::MmapOptions::new().map_raw_read_only(&File::open(path)?)?;
            #[cfg(unix)]
            if let Some(advice) = pattern.advice() {
                // Only advice: without it, it is slower.
                let _ = map.advise(advice);
            }
            #[cfg(not(unix))]
            let _ = pattern;
            Ok(Self { map })
        };
        map().map_err(|error| ReadError::naming(path, error))
    }

    /// The wrapping sum of the little-endian words of eight bytes in a range of the file, and of the single bytes behind
    /// the last of them.
    ///
    /// # Panics
    /// If the range does not lie within the file, or does not begin at a multiple of eight.
    #[must_use]
    pub fn sum(&self, range: Range<usize>) -> u64 {
        assert!(range.start <= range.end && range.end <= self.map.len());
        assert_eq!(range.start % 8, 0);
        let length = range.end - range.start;
        let first = self.map.as_ptr().wrapping_add(range.start);
        let words = (0..length / 8).map(|index| {
            let word = first.cast::<u64>().wrapping_add(index);
            // SAFETY: the word lies within the map, as checked above, which lives as long as `self`. A map begins at a page, so
            // that the word is aligned. Any bytes are a `u64`. The read is volatile: nothing is assumed of its outcome.
            u64::from_le(unsafe { word.read_volatile() })
        });
        let words = words.fold(0, u64::wrapping_add);
        (length / 8 * 8..length).fold(words, |sum, index| {
            // SAFETY: as above; a byte has no alignment.
            let byte = unsafe { first.wrapping_add(index).read_volatile() };
            sum.wrapping_add(u64::from(byte))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_words_and_of_the_bytes_behind_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        let mut bytes = vec![0; 4096];
        bytes.extend_from_slice(&7_u64.to_le_bytes());
        bytes.extend_from_slice(&u64::MAX.to_le_bytes());
        bytes.extend_from_slice(&[3, 4]);
        std::fs::write(&path, &bytes).unwrap();
        let words = MappedWords::map(&path, AccessPattern::Sequential).unwrap();
        assert_eq!(words.sum(0..bytes.len()), 6 + 3 + 4);
        assert_eq!(words.sum(4096..4104), 7);
        assert_eq!(words.sum(8..8), 0);
    }

    #[test]
    #[should_panic(expected = "range.end <= self.map.len()")]
    fn nothing_behind_the_end_is_looked_at() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        std::fs::write(&path, [0; 8]).unwrap();
        let words = MappedWords::map(&path, AccessPattern::Normal).unwrap();
        let _ = words.sum(0..16);
    }
}

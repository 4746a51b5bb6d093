//! Contents of the files that workloads read: the same on every run.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

pub(crate) use crate::emit::templates::pattern::{LINE, add_line, lines, noise, write_lines};

/// Writes `bytes` to a new file of that name and brings them to the disk, so that no candidate pays for it.
///
/// # Errors
/// If the file cannot be made or written.
pub(crate) fn file(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<Rc<Path>> {
    let path: Rc<Path> = directory.join(name).into();
    let mut file = File::create(&path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(path)
}

/// The bytes of [`noise`] in a new file named `source`.
///
/// # Errors
/// If the file cannot be made or written.
pub(crate) fn source(directory: &Path, size: u64) -> io::Result<Rc<Path>> {
    file(directory, "source", &noise(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_length_that_sizes_are_counted_in() {
        let mut text = Vec::new();
        write_lines(&mut text, 10 * LINE).unwrap();
        assert_eq!(text.len() as u64, 10 * LINE);
        assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 10);
    }

    #[test]
    fn noise_has_the_size_asked_for() {
        assert_eq!(
            [0, 1, 8, 1025].map(|size| noise(size).len() as u64),
            [0, 1, 8, 1025]
        );
    }
}

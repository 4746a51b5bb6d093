//! Contents of the files that workloads read: the same on every run.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use crate::statistics::Random;

/// Bytes that no file system compresses or stores as a hole.
pub(crate) fn noise(size: u64) -> Vec<u8> {
    let mut random = Random::new(size);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 8);
    while (bytes.len() as u64) < size {
        bytes.extend_from_slice(&random.next().to_le_bytes());
    }
    bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    bytes
}

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

/// Length of a line of [`write_lines`], in bytes.
pub(crate) const LINE: u64 = 32;

/// Writes as many lines as `size` bytes hold, at least one, as a program does that formats two values a line.
///
/// # Errors
/// Those of the writer.
pub(crate) fn write_lines(writer: &mut impl Write, size: u64) -> io::Result<()> {
    const FIRST: u64 = 10_000_000;
    // A literal in the macro would be joined to the text around it and save a call.
    let name = "twenty-two bytes there";
    for number in FIRST..FIRST + lines(size) {
        writeln!(writer, "{number} {name}")?;
    }
    Ok(())
}

/// Adds a line, without its end, to a sum that depends on the order of the lines.
pub(crate) fn add_line(sum: u64, line: &[u8]) -> u64 {
    // The eighth byte is the last digit of the line's number.
    let digit = line.get(7).copied().unwrap_or_default();
    sum.wrapping_mul(31)
        .wrapping_add(u64::from(digit) + line.len() as u64)
}

/// Lines that `size` bytes hold, at least one.
pub(crate) const fn lines(size: u64) -> u64 {
    if size < LINE { 1 } else { size / LINE }
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

//! What a pattern and its rewrites are made of, and the data they work on.

// Which of these are used depends on the patterns beside this file.
#![allow(dead_code)]

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What is read and what is written.
pub(crate) struct Place {
    /// The file or folder that is read.
    pub(crate) source: PathBuf,
    /// The file or folder that is written: not there before, and removed after each run.
    pub(crate) target: PathBuf,
    /// Bytes that are worked on.
    pub(crate) size: u64,
}

impl Place {
    /// A place in a folder, for so many bytes. Nothing is made.
    pub(crate) fn new(directory: &Path, size: u64) -> Place {
        Place {
            source: directory.join("source"),
            target: directory.join("target"),
            size,
        }
    }

    /// A place whose target takes as many lines as `size` bytes hold.
    pub(crate) fn of_lines(directory: &Path, size: u64) -> Place {
        Place::new(directory, lines(size) * LINE)
    }

    /// A place whose source is a file with these bytes, which are brought to the disk so that no run pays for it.
    pub(crate) fn with_source(directory: &Path, bytes: &[u8]) -> io::Result<Place> {
        let place = Place::new(directory, bytes.len() as u64);
        let mut file = File::create(&place.source)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(place)
    }
}

/// A place that is worked on in pieces of so many bytes.
pub(crate) struct InPieces {
    pub(crate) place: Place,
    pub(crate) piece: u32,
}

/// A pattern and the ways to do the same work.
pub(crate) struct Pattern<I: 'static, A: 'static> {
    /// Its name in the results.
    pub(crate) name: &'static str,
    /// What it reads.
    pub(crate) input: Input,
    /// Whether it writes its target.
    pub(crate) writes: bool,
    /// Whether bytes per second tell something.
    pub(crate) throughput: bool,
    /// Makes the source in an empty folder, for about that many bytes.
    pub(crate) set_up: fn(&Path, u64) -> io::Result<Place>,
    /// What is done once, outside the time that is measured.
    pub(crate) prepare: fn(Place) -> io::Result<I>,
    /// The ways: the pattern first, then its rewrite, then others.
    pub(crate) ways: &'static [Way<I, A>],
}

/// What a pattern reads.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Input {
    /// Nothing.
    None,
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// One way to do the work.
pub(crate) struct Way<I: 'static, A: 'static> {
    /// As a reader would name it.
    pub(crate) method: &'static str,
    /// Does the work.
    pub(crate) run: fn(&I) -> io::Result<A>,
    /// Inputs for which it is known to end otherwise than the pattern, with the reason.
    pub(crate) differs: &'static [(&'static str, &'static str)],
}

impl<I, A> Way<I, A> {
    /// A way that ends as the pattern does, whatever the input.
    pub(crate) const fn new(method: &'static str, run: fn(&I) -> io::Result<A>) -> Way<I, A> {
        Way {
            method,
            run,
            differs: &[],
        }
    }

    /// The same way, which ends otherwise for these inputs.
    pub(crate) const fn but(self, differs: &'static [(&'static str, &'static str)]) -> Way<I, A> {
        Way {
            method: self.method,
            run: self.run,
            differs,
        }
    }
}

/// What a way to do the work produced.
pub(crate) trait Answer {
    /// Every byte of it.
    fn bytes(&self) -> io::Result<Vec<u8>>;

    /// Takes back what the work left behind, outside the time that is measured.
    fn discard(self) -> io::Result<()>
    where
        Self: Sized,
    {
        Ok(())
    }
}

impl Answer for u64 {
    fn bytes(&self) -> io::Result<Vec<u8>> {
        Ok(self.to_le_bytes().to_vec())
    }
}

impl Answer for Vec<u8> {
    fn bytes(&self) -> io::Result<Vec<u8>> {
        Ok(self.clone())
    }
}

/// A file that was written.
pub(crate) struct Written(pub(crate) PathBuf);

impl Written {
    /// The target of a place.
    pub(crate) fn at(place: &Place) -> Written {
        Written(place.target.clone())
    }
}

impl Answer for Written {
    fn bytes(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.0)
    }

    fn discard(self) -> io::Result<()> {
        fs::remove_file(&self.0)
    }
}

/// Bytes that no file system compresses or stores as a hole.
pub(crate) fn noise(size: u64) -> Vec<u8> {
    let mut state = size;
    let mut bytes = Vec::with_capacity(size as usize + 8);
    while (bytes.len() as u64) < size {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
    }
    bytes.truncate(size as usize);
    bytes
}

/// Length of a line of [`write_lines`], in bytes.
pub(crate) const LINE: u64 = 32;

/// Lines that `size` bytes hold, at least one.
pub(crate) fn lines(size: u64) -> u64 {
    (size / LINE).max(1)
}

/// Writes as many lines as `size` bytes hold, as a program does that formats two values a line.
pub(crate) fn write_lines<W: Write>(writer: &mut W, size: u64) -> io::Result<()> {
    const FIRST: u64 = 10_000_000;
    // A literal in the macro would be joined to the text around it and save a call.
    let name = "twenty-two bytes there";
    for number in FIRST..FIRST + lines(size) {
        writeln!(writer, "{number} {name}")?;
    }
    Ok(())
}

/// A place whose source is a file of such lines.
pub(crate) fn file_of_lines(directory: &Path, size: u64) -> io::Result<Place> {
    let mut text = Vec::new();
    write_lines(&mut text, size)?;
    Place::with_source(directory, &text)
}

/// Adds a line, without its end, to a sum that depends on the order of the lines.
pub(crate) fn add_line(sum: u64, line: &[u8]) -> u64 {
    // The eighth byte is the last digit of the line's number.
    let digit = line.get(7).copied().unwrap_or_default();
    sum.wrapping_mul(31)
        .wrapping_add(u64::from(digit) + line.len() as u64)
}

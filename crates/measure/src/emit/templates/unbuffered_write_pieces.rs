//! Pieces of 64 bytes written one by one to a file.
//!
//! The report also measures `io_optimize::BufferedWriter`: it needs the crate io-optimize and is left out here.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way, Written};

/// Bytes that are written at a time.
pub(crate) const PIECE: u32 = 64;

pub(crate) const PATTERN: Pattern<Pieces, Written> = Pattern {
    name: "unbuffered_write/default-64",
    input: Input::None,
    writes: true,
    throughput: true,
    set_up: |directory, size| Ok(place(directory, size, PIECE)),
    prepare: |place| Ok(Pieces::new(place, PIECE)),
    ways: &[
        Way::new("write_all on File", bare),
        Way::new("write_all on BufWriter", buffered),
        Way::new("write_all on BufWriter of 64 KiB", large),
        Way::new("write_all on Vec, then fs::write", memory),
    ],
};

/// The same bytes again and again.
pub(crate) struct Pieces {
    place: Place,
    bytes: Vec<u8>,
}

impl Pieces {
    pub(crate) fn new(place: Place, piece: u32) -> Pieces {
        let bytes = noise(u64::from(piece));
        Pieces { place, bytes }
    }

    pub(crate) fn write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        let count = self.place.size / self.bytes.len() as u64;
        (0..count).try_for_each(|_| writer.write_all(&self.bytes))
    }
}

/// At least one piece.
pub(crate) fn place(directory: &Path, size: u64, piece: u32) -> Place {
    let piece = u64::from(piece);
    Place::new(directory, (size / piece).max(1) * piece)
}

fn bare(it: &Pieces) -> io::Result<Written> {
    it.write_to(&mut File::create(&it.place.target)?)?;
    Ok(Written::at(&it.place))
}

fn buffered(it: &Pieces) -> io::Result<Written> {
    let mut writer = BufWriter::new(File::create(&it.place.target)?);
    it.write_to(&mut writer)?;
    writer.flush()?;
    Ok(Written::at(&it.place))
}

fn large(it: &Pieces) -> io::Result<Written> {
    let mut writer = BufWriter::with_capacity(64 << 10, File::create(&it.place.target)?);
    it.write_to(&mut writer)?;
    writer.flush()?;
    Ok(Written::at(&it.place))
}

fn memory(it: &Pieces) -> io::Result<Written> {
    let mut text = Vec::new();
    it.write_to(&mut text)?;
    fs::write(&it.place.target, text)?;
    Ok(Written::at(&it.place))
}

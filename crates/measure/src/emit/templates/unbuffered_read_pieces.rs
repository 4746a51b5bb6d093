//! Pieces of 64 bytes read one by one from a file.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{InPieces, Input, Pattern, Place, Way};

/// Bytes that are read at a time.
pub(crate) const PIECE: u32 = 64;

pub(crate) const PATTERN: Pattern<InPieces, u64> = Pattern {
    name: "unbuffered_read/default-64",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up: |directory, size| set_up(directory, size, PIECE),
    prepare,
    ways: &[
        Way::new("read_exact on File", bare),
        Way::new("read_exact on BufReader", buffered),
        Way::new("read_exact on BufReader of 64 KiB", large),
        Way::new("fs::read, then read_exact on the slice", slice),
    ],
};

pub(crate) fn set_up(directory: &Path, size: u64, piece: u32) -> io::Result<Place> {
    Place::with_source(directory, &noise(size.next_multiple_of(u64::from(piece))))
}

fn prepare(place: Place) -> io::Result<InPieces> {
    let piece = PIECE;
    Ok(InPieces { place, piece })
}

fn bare(it: &InPieces) -> io::Result<u64> {
    sum(&mut File::open(&it.place.source)?, it)
}

fn buffered(it: &InPieces) -> io::Result<u64> {
    sum(&mut BufReader::new(File::open(&it.place.source)?), it)
}

fn large(it: &InPieces) -> io::Result<u64> {
    let file = File::open(&it.place.source)?;
    sum(&mut BufReader::with_capacity(64 << 10, file), it)
}

fn slice(it: &InPieces) -> io::Result<u64> {
    sum(&mut fs::read(&it.place.source)?.as_slice(), it)
}

fn sum<R: Read>(reader: &mut R, it: &InPieces) -> io::Result<u64> {
    let mut bytes = vec![0; it.piece as usize];
    let last = bytes.len() - 1;
    let mut sum = 0_u64;
    for _ in 0..it.place.size.div_ceil(u64::from(it.piece)) {
        reader.read_exact(&mut bytes)?;
        let ends = u64::from(bytes[0]) ^ (u64::from(bytes[last]) << 8);
        sum = sum.rotate_left(7).wrapping_add(ends);
    }
    Ok(sum)
}

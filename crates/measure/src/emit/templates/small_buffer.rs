//! A tiny buffer for a whole file, whose bytes are added up.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{InPieces, Input, Pattern, Place, Way};

/// Bytes that the pattern's buffer holds.
pub(crate) const PIECE: u32 = 512;

pub(crate) const PATTERN: Pattern<InPieces, u64> = Pattern {
    name: "small_buffer/default",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up,
    prepare,
    ways: &[
        Way::new("a buffer of 512 bytes", |it| sum(&it.place, it.piece)),
        Way::new("a buffer of 64 KiB", |it| sum(&it.place, 64 << 10)),
        Way::new("a buffer of 4 KiB", |it| sum(&it.place, 4 << 10)),
        Way::new("a buffer of 256 KiB", |it| sum(&it.place, 256 << 10)),
    ],
};

pub(crate) fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size))
}

fn prepare(place: Place) -> io::Result<InPieces> {
    let piece = PIECE;
    Ok(InPieces { place, piece })
}

fn sum(place: &Place, bytes: u32) -> io::Result<u64> {
    let mut file = File::open(&place.source)?;
    let mut buffer = vec![0; bytes as usize];
    let mut sum = 0_u64;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(sum);
        }
        let part: u64 = buffer[..read].iter().map(|byte| u64::from(*byte)).sum();
        sum = sum.wrapping_add(part);
    }
}

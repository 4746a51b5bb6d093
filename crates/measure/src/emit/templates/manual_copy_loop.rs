//! A copy from file to file by a loop of read and write_all.
//!
//! The report also measures `io_optimize::io_copy`: it needs the crate io-optimize and is left out here.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{InPieces, Input, Pattern, Place, Way, Written};

/// Bytes that the pattern's buffer holds.
pub(crate) const PIECE: u32 = 8 << 10;

pub(crate) const PATTERN: Pattern<InPieces, Written> = Pattern {
    name: "manual_copy_loop/default",
    input: Input::File,
    writes: true,
    throughput: true,
    set_up,
    prepare,
    ways: &[
        Way::new("loop of 8 KiB", |it| looped(&it.place, it.piece)),
        Way::new("io::copy", copy),
        Way::new("loop of 256 KiB", |it| looped(&it.place, 256 << 10)),
    ],
};

pub(crate) fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size))
}

fn prepare(place: Place) -> io::Result<InPieces> {
    let piece = PIECE;
    Ok(InPieces { place, piece })
}

fn copy(it: &InPieces) -> io::Result<Written> {
    let place = &it.place;
    let (mut reader, mut writer) = (File::open(&place.source)?, File::create(&place.target)?);
    io::copy(&mut reader, &mut writer)?;
    Ok(Written::at(place))
}

fn looped(place: &Place, length: u32) -> io::Result<Written> {
    let (mut reader, mut writer) = (File::open(&place.source)?, File::create(&place.target)?);
    let mut buffer = vec![0; length as usize];
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(Written::at(place));
        }
        writer.write_all(&buffer[..read])?;
    }
}

//! The 8-byte key of each 64-byte record of a file, with the rest skipped.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way};

const KEY: usize = 8;
const PAYLOAD: i64 = 56;
const RECORD: u64 = KEY as u64 + PAYLOAD as u64;

pub(crate) const PATTERN: Pattern<Place, u64> = Pattern {
    name: "seek_discards_buffer/default",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("BufReader::seek", seek),
        Way::new("BufReader::seek_relative", relative),
        Way::new("File::seek", bare),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size.next_multiple_of(RECORD)))
}

fn seek(place: &Place) -> io::Result<u64> {
    let mut reader = BufReader::new(File::open(&place.source)?);
    keys(&mut reader, place.size, |reader| {
        reader.seek(SeekFrom::Current(PAYLOAD)).map(drop)
    })
}

fn relative(place: &Place) -> io::Result<u64> {
    let mut reader = BufReader::new(File::open(&place.source)?);
    keys(&mut reader, place.size, |reader| {
        reader.seek_relative(PAYLOAD)
    })
}

fn bare(place: &Place) -> io::Result<u64> {
    keys(&mut File::open(&place.source)?, place.size, |file| {
        file.seek(SeekFrom::Current(PAYLOAD)).map(drop)
    })
}

fn keys<R: Read>(reader: &mut R, size: u64, skip: fn(&mut R) -> io::Result<()>) -> io::Result<u64> {
    let mut sum = 0_u64;
    for _ in 0..size.div_ceil(RECORD) {
        let mut key = [0; KEY];
        reader.read_exact(&mut key)?;
        sum = sum.rotate_left(7).wrapping_add(u64::from_le_bytes(key));
        skip(reader)?;
    }
    Ok(sum)
}

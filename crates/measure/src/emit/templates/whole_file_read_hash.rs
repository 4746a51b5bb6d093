//! A file read whole to be hashed with BLAKE3.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use blake3::Hasher;

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way};

pub(crate) const PATTERN: Pattern<Place, Vec<u8>> = Pattern {
    name: "whole_file_read/hash",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("fs::read, then hash", whole),
        Way::new("update with 64 KiB at a time", pieces),
        Way::new("io::copy into the hasher", copied),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size))
}

fn whole(place: &Place) -> io::Result<Vec<u8>> {
    Ok(blake3::hash(&fs::read(&place.source)?).as_bytes().to_vec())
}

fn pieces(place: &Place) -> io::Result<Vec<u8>> {
    let mut file = File::open(&place.source)?;
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hasher.finalize().as_bytes().to_vec());
        }
        hasher.update(&buffer[..read]);
    }
}

fn copied(place: &Place) -> io::Result<Vec<u8>> {
    let mut hasher = Hasher::new();
    io::copy(&mut File::open(&place.source)?, &mut hasher)?;
    Ok(hasher.finalize().as_bytes().to_vec())
}

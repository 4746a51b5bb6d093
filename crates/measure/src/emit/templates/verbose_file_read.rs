//! A whole file read by hand into a new Vec.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way};

pub(crate) const PATTERN: Pattern<Place, Vec<u8>> = Pattern {
    name: "verbose_file_read/default",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("File::open and read_to_end", by_hand),
        Way::new("fs::read", read),
        Way::new("read_to_end on BufReader", buffered),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size))
}

fn by_hand(place: &Place) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(&place.source)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read(place: &Place) -> io::Result<Vec<u8>> {
    fs::read(&place.source)
}

fn buffered(place: &Place) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    BufReader::new(File::open(&place.source)?).read_to_end(&mut bytes)?;
    Ok(bytes)
}

//! A copy from file to file by a loop of read and write_all.
//!
//! The report also measures `io_optimize::io_copy`: it needs the crate io-optimize and is left out here.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way, Written};

pub(crate) const PATTERN: Pattern<Place, Written> = Pattern {
    name: "manual_copy_loop/default",
    input: Input::File,
    writes: true,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("loop of 8 KiB", small),
        Way::new("io::copy", copy),
        Way::new("loop of 256 KiB", large),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size))
}

fn small(place: &Place) -> io::Result<Written> {
    looped(place, 8 << 10)
}

fn copy(place: &Place) -> io::Result<Written> {
    let (mut reader, mut writer) = (File::open(&place.source)?, File::create(&place.target)?);
    io::copy(&mut reader, &mut writer)?;
    Ok(Written::at(place))
}

fn large(place: &Place) -> io::Result<Written> {
    looped(place, 256 << 10)
}

fn looped(place: &Place, length: usize) -> io::Result<Written> {
    let (mut reader, mut writer) = (File::open(&place.source)?, File::create(&place.target)?);
    let mut buffer = vec![0; length];
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(Written::at(place));
        }
        writer.write_all(&buffer[..read])?;
    }
}

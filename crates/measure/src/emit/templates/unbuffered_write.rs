//! Lines formatted onto a file: 32 bytes each, two values a line.
//!
//! The report also measures `io_optimize::BufferedWriter`: it needs the crate io-optimize and is left out here.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::pattern::write_lines;

use super::pattern::{Input, Pattern, Place, Way, Written};

pub(crate) const PATTERN: Pattern<Place, Written> = Pattern {
    name: "unbuffered_write/default",
    input: Input::None,
    writes: true,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("writeln! on File", bare),
        Way::new("writeln! on BufWriter", buffered),
        Way::new("writeln! on BufWriter of 64 KiB", large),
        Way::new("writeln! on Vec, then fs::write", memory),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Ok(Place::of_lines(directory, size))
}

fn bare(place: &Place) -> io::Result<Written> {
    write_lines(&mut File::create(&place.target)?, place.size)?;
    Ok(Written::at(place))
}

fn buffered(place: &Place) -> io::Result<Written> {
    let mut writer = BufWriter::new(File::create(&place.target)?);
    write_lines(&mut writer, place.size)?;
    writer.flush()?;
    Ok(Written::at(place))
}

fn large(place: &Place) -> io::Result<Written> {
    let mut writer = BufWriter::with_capacity(64 << 10, File::create(&place.target)?);
    write_lines(&mut writer, place.size)?;
    writer.flush()?;
    Ok(Written::at(place))
}

fn memory(place: &Place) -> io::Result<Written> {
    let mut text = Vec::new();
    write_lines(&mut text, place.size)?;
    fs::write(&place.target, text)?;
    Ok(Written::at(place))
}

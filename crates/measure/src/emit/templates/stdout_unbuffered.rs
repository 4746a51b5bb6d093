//! Lines of 32 bytes printed one by one: a LineWriter, which is how std buffers stdout, over a file; the lock is no part of it.

use std::fs::File;
use std::io::{self, BufWriter, LineWriter, Write};
use std::path::Path;

use super::pattern::write_lines;

use super::pattern::{Input, Pattern, Place, Way, Written};

pub(crate) const PATTERN: Pattern<Place, Written> = Pattern {
    name: "stdout_unbuffered/default",
    input: Input::None,
    writes: true,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("println! (LineWriter)", bare),
        Way::new("writeln! on BufWriter over stdout", buffered),
        Way::new("writeln! on BufWriter of 64 KiB over stdout", large),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Ok(Place::of_lines(directory, size))
}

fn bare(place: &Place) -> io::Result<Written> {
    let mut stdout = LineWriter::new(File::create(&place.target)?);
    write_lines(&mut stdout, place.size)?;
    stdout.flush()?;
    Ok(Written::at(place))
}

fn buffered(place: &Place) -> io::Result<Written> {
    let stdout = LineWriter::new(File::create(&place.target)?);
    let mut writer = BufWriter::new(stdout);
    write_lines(&mut writer, place.size)?;
    writer.flush()?;
    Ok(Written::at(place))
}

fn large(place: &Place) -> io::Result<Written> {
    let stdout = LineWriter::new(File::create(&place.target)?);
    let mut writer = BufWriter::with_capacity(64 << 10, stdout);
    write_lines(&mut writer, place.size)?;
    writer.flush()?;
    Ok(Written::at(place))
}

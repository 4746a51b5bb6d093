//! A buffer over a buffer: lines of 32 bytes are written with writeln!.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::pattern::write_lines;

use super::pattern::{Input, Pattern, Place, Way, Written};

pub(crate) const PATTERN: Pattern<Place, Written> = Pattern {
    name: "double_buffering/write",
    input: Input::None,
    writes: true,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("BufWriter over BufWriter", twice),
        Way::new("one BufWriter", once),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Ok(Place::of_lines(directory, size))
}

fn twice(place: &Place) -> io::Result<Written> {
    let mut writer = BufWriter::new(BufWriter::new(File::create(&place.target)?));
    write_lines(&mut writer, place.size)?;
    writer.flush()?;
    Ok(Written::at(place))
}

fn once(place: &Place) -> io::Result<Written> {
    let mut writer = BufWriter::new(File::create(&place.target)?);
    write_lines(&mut writer, place.size)?;
    writer.flush()?;
    Ok(Written::at(place))
}

//! Lines of 32 bytes appended one by one to a file, which is opened for each of them.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::pattern::lines;

use super::pattern::{Input, Pattern, Place, Way, Written};

const LINE: usize = 32;

pub(crate) const PATTERN: Pattern<Place, Written> = Pattern {
    name: "open_in_loop/default",
    input: Input::None,
    writes: true,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("open, append, close for each line", each),
        Way::new("opened once, through BufWriter", buffered),
        Way::new("opened once", once),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Ok(Place::of_lines(directory, size))
}

fn each(place: &Place) -> io::Result<Written> {
    for number in 0..lines(place.size) {
        append(&place.target)?.write_all(&line(number))?;
    }
    Ok(Written::at(place))
}

fn buffered(place: &Place) -> io::Result<Written> {
    let mut file = BufWriter::new(append(&place.target)?);
    for number in 0..lines(place.size) {
        file.write_all(&line(number))?;
    }
    file.flush()?;
    Ok(Written::at(place))
}

fn once(place: &Place) -> io::Result<Written> {
    let mut file = append(&place.target)?;
    for number in 0..lines(place.size) {
        file.write_all(&line(number))?;
    }
    Ok(Written::at(place))
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn line(number: u64) -> [u8; LINE] {
    let mut line = [b'.'; LINE];
    line[..8].copy_from_slice(&number.to_le_bytes());
    line[LINE - 1] = b'\n';
    line
}

//! A buffer over a buffer: lines of 32 bytes are read into a reused Vec.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use super::pattern::{add_line, file_of_lines};

use super::pattern::{Input, Pattern, Place, Way};

pub(crate) const PATTERN: Pattern<Place, u64> = Pattern {
    name: "double_buffering/read",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up: file_of_lines,
    prepare: Ok,
    ways: &[
        Way::new("BufReader over BufReader", twice),
        Way::new("one BufReader", once),
    ],
};

fn twice(place: &Place) -> io::Result<u64> {
    sum(&mut BufReader::new(BufReader::new(File::open(
        &place.source,
    )?)))
}

fn once(place: &Place) -> io::Result<u64> {
    sum(&mut BufReader::new(File::open(&place.source)?))
}

fn sum<R: BufRead>(reader: &mut R) -> io::Result<u64> {
    let (mut line, mut sum) = (Vec::new(), 0_u64);
    while reader.read_until(b'\n', &mut line)? != 0 {
        sum = add_line(sum, &line);
        line.clear();
    }
    Ok(sum)
}

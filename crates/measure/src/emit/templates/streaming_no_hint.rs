//! One pass over the lines of a file through a small window: lines of 32 bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use super::pattern::{add_line, file_of_lines};

use super::pattern::{Input, Pattern, Place, Way};

pub(crate) const PATTERN: Pattern<Place, u64> = Pattern {
    name: "streaming_no_hint/default",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up: file_of_lines,
    prepare: Ok,
    ways: &[
        Way::new("a BufReader of 8 KiB", |place| sum(place, 8 * 1024)),
        Way::new("a BufReader of 256 KiB", |place| sum(place, 256 * 1024)),
        Way::new("a BufReader of 1 MiB", |place| sum(place, 1024 * 1024)),
    ],
};

fn sum(place: &Place, bytes: usize) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(bytes, File::open(&place.source)?);
    let (mut line, mut sum) = (Vec::new(), 0_u64);
    while reader.read_until(b'\n', &mut line)? != 0 {
        sum = add_line(sum, &line);
        line.clear();
    }
    Ok(sum)
}

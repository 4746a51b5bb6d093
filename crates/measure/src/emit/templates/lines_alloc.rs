//! A new String for each line of a file: the lengths and numbers of lines of 32 bytes are added up.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use super::pattern::{add_line, file_of_lines};

use super::pattern::{Input, Pattern, Place, Way};

pub(crate) const PATTERN: Pattern<Place, u64> = Pattern {
    name: "lines_alloc/default",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up: file_of_lines,
    prepare: Ok,
    ways: &[
        Way::new("lines()", lines),
        Way::new("read_line into one String", read_line),
        Way::new("read_until into one Vec", read_until).but(&[
            ("CRLF", "the carriage return stays"),
            ("invalid UTF-8", "bytes need not be text"),
            (
                "invalid UTF-8 behind the first line",
                "bytes need not be text",
            ),
        ]),
    ],
};

fn lines(place: &Place) -> io::Result<u64> {
    let mut sum = 0_u64;
    for line in BufReader::new(File::open(&place.source)?).lines() {
        sum = add_line(sum, line?.as_bytes());
    }
    Ok(sum)
}

fn read_line(place: &Place) -> io::Result<u64> {
    let mut reader = BufReader::new(File::open(&place.source)?);
    let (mut line, mut sum) = (String::new(), 0_u64);
    while reader.read_line(&mut line)? != 0 {
        if line.ends_with('\n') {
            line.pop();
            if line.ends_with('\r') {
                line.pop();
            }
        }
        sum = add_line(sum, line.as_bytes());
        line.clear();
    }
    Ok(sum)
}

fn read_until(place: &Place) -> io::Result<u64> {
    let mut reader = BufReader::new(File::open(&place.source)?);
    let (mut line, mut sum) = (Vec::new(), 0_u64);
    while reader.read_until(b'\n', &mut line)? != 0 {
        sum = add_line(sum, line.strip_suffix(b"\n").unwrap_or(&line));
        line.clear();
    }
    Ok(sum)
}

//! A file read whole for one pass over its lines: their lengths and numbers are added up, 32 bytes each.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};

use super::pattern::{add_line, file_of_lines};

use super::pattern::{Input, Pattern, Place, Way};

pub(crate) const PATTERN: Pattern<Place, u64> = Pattern {
    name: "whole_file_read/lines",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up: file_of_lines,
    prepare: Ok,
    ways: &[
        Way::new("fs::read_to_string, then lines", whole),
        Way::new("read_line into one String", read_line),
        Way::new("BufRead::lines", lines),
    ],
};

fn whole(place: &Place) -> io::Result<u64> {
    let text = fs::read_to_string(&place.source)?;
    let lines = text.lines();
    Ok(lines.fold(0_u64, |sum, line| add_line(sum, line.as_bytes())))
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

fn lines(place: &Place) -> io::Result<u64> {
    let mut sum = 0_u64;
    for line in BufReader::new(File::open(&place.source)?).lines() {
        sum = add_line(sum, line?.as_bytes());
    }
    Ok(sum)
}

//! A file read whole for its first line: lines of 32 bytes.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};

use super::pattern::file_of_lines;

use super::pattern::{Input, Pattern, Place, Way};

pub(crate) const PATTERN: Pattern<Place, Vec<u8>> = Pattern {
    name: "whole_file_read/first-line",
    input: Input::File,
    writes: false,
    throughput: false,
    set_up: file_of_lines,
    prepare: Ok,
    ways: &[
        Way::new("fs::read_to_string, then the first line", whole),
        Way::new("read_line through a BufReader", beginning).but(&[(
            "invalid UTF-8 behind the first line",
            "what is not read is not looked at",
        )]),
    ],
};

fn whole(place: &Place) -> io::Result<Vec<u8>> {
    let text = fs::read_to_string(&place.source)?;
    Ok(text.lines().next().unwrap_or_default().as_bytes().to_vec())
}

fn beginning(place: &Place) -> io::Result<Vec<u8>> {
    let mut line = String::new();
    BufReader::new(File::open(&place.source)?).read_line(&mut line)?;
    Ok(line.lines().next().unwrap_or_default().as_bytes().to_vec())
}

//! A CSV file of two fields a row.

// Which of these are used depends on the patterns beside this file.
#![allow(dead_code)]

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::pattern::{Place, add_line, lines};

/// A place whose source has rows of 32 bytes.
pub(crate) fn file_of_rows(directory: &Path, size: u64) -> io::Result<Place> {
    const FIRST: u64 = 10_000_000;
    let mut text = Vec::new();
    for number in FIRST..FIRST + lines(size) {
        writeln!(text, "{number},twenty-two bytes there")?;
    }
    Place::with_source(directory, &text)
}

pub(crate) fn reader(place: &Place) -> io::Result<Reader<File>> {
    let file = File::open(&place.source)?;
    Ok(ReaderBuilder::new().has_headers(false).from_reader(file))
}

/// Adds the fields of a row to a sum that depends on their order.
pub(crate) fn add_row<'a>(sum: u64, row: impl Iterator<Item = &'a [u8]>) -> u64 {
    row.fold(sum, add_line)
}

pub(crate) fn read_byte_record(place: &Place) -> io::Result<u64> {
    let mut reader = reader(place)?;
    let (mut row, mut sum) = (ByteRecord::new(), 0_u64);
    while reader.read_byte_record(&mut row)? {
        sum = add_row(sum, row.iter());
    }
    Ok(sum)
}

//! A new StringRecord for each row of a CSV file: the lengths and numbers of rows of 32 bytes are added up.

use std::io;

use csv::StringRecord;

use super::pattern::{Input, Pattern, Place, Way};
use super::rows::{add_row, file_of_rows, read_byte_record, reader};

pub(crate) const PATTERN: Pattern<Place, u64> = Pattern {
    name: "lines_alloc/records",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up: file_of_rows,
    prepare: Ok,
    ways: &[
        Way::new("records()", records),
        Way::new("read_record into one StringRecord", read_record),
        Way::new("read_byte_record into one ByteRecord", read_byte_record).but(&[
            ("invalid UTF-8", "bytes need not be text"),
            (
                "invalid UTF-8 behind the first line",
                "bytes need not be text",
            ),
        ]),
    ],
};

fn records(place: &Place) -> io::Result<u64> {
    let mut sum = 0_u64;
    for row in reader(place)?.records() {
        sum = add_row(sum, row?.iter().map(str::as_bytes));
    }
    Ok(sum)
}

fn read_record(place: &Place) -> io::Result<u64> {
    let mut reader = reader(place)?;
    let (mut row, mut sum) = (StringRecord::new(), 0_u64);
    while reader.read_record(&mut row)? {
        sum = add_row(sum, row.iter().map(str::as_bytes));
    }
    Ok(sum)
}

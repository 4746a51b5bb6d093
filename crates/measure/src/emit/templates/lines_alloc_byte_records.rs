//! A new ByteRecord for each row of a CSV file: the lengths and numbers of rows of 32 bytes are added up.

use std::io;

use super::pattern::{Input, Pattern, Place, Way};
use super::rows::{add_row, file_of_rows, read_byte_record, reader};

pub(crate) const PATTERN: Pattern<Place, u64> = Pattern {
    name: "lines_alloc/byte-records",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up: file_of_rows,
    prepare: Ok,
    ways: &[
        Way::new("byte_records()", byte_records),
        Way::new("read_byte_record into one ByteRecord", read_byte_record),
    ],
};

fn byte_records(place: &Place) -> io::Result<u64> {
    let mut sum = 0_u64;
    for row in reader(place)?.byte_records() {
        sum = add_row(sum, row?.iter());
    }
    Ok(sum)
}

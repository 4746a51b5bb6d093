//! Header fields read one by one from a file: records of 32 bytes, five fields each.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way};

const RECORD: u64 = 32;

pub(crate) const PATTERN: Pattern<Place, u64> = Pattern {
    name: "unbuffered_read/default",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("read_exact on File", bare),
        Way::new("read_exact on BufReader", buffered),
        Way::new("read_exact on BufReader of 64 KiB", large),
        Way::new("fs::read, then read_exact on the slice", slice),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size.next_multiple_of(RECORD)))
}

fn bare(place: &Place) -> io::Result<u64> {
    sum(&mut File::open(&place.source)?, place.size)
}

fn buffered(place: &Place) -> io::Result<u64> {
    let reader = BufReader::new(File::open(&place.source)?);
    sum(&mut Called(reader), place.size)
}

fn large(place: &Place) -> io::Result<u64> {
    let reader = BufReader::with_capacity(64 << 10, File::open(&place.source)?);
    sum(&mut Called(reader), place.size)
}

fn slice(place: &Place) -> io::Result<u64> {
    sum(&mut fs::read(&place.source)?.as_slice(), place.size)
}

fn sum<R: Read>(reader: &mut R, size: u64) -> io::Result<u64> {
    let mut sum = 0_u64;
    for _ in 0..size.div_ceil(RECORD) {
        let kind = u16::from_le_bytes(field(reader)?);
        let flags = u16::from_le_bytes(field(reader)?);
        let length = u32::from_le_bytes(field(reader)?);
        let offset = u64::from_le_bytes(field(reader)?);
        let payload = u128::from_le_bytes(field(reader)?);
        sum = sum
            .rotate_left(7)
            .wrapping_add(u64::from(kind) ^ (u64::from(flags) << 16) ^ (u64::from(length) << 32))
            .wrapping_add(offset)
            .wrapping_add(payload as u64 ^ (payload >> 64) as u64);
    }
    Ok(sum)
}

fn field<const LENGTH: usize, R: Read>(reader: &mut R) -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A reader whose `read_exact` is called, as default builds do with that of a `BufReader`. Some with link-time optimization inline
/// it into the loop, where it is four times as fast.
struct Called<R>(R);

impl<R: Read> Read for Called<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }

    #[inline(never)]
    fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_exact(buffer)
    }
}

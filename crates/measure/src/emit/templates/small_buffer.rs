//! A tiny buffer for a whole file, whose bytes are added up.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way};

pub(crate) const PATTERN: Pattern<Place, u64> = Pattern {
    name: "small_buffer/default",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("a buffer of 512 bytes", |place| sum(place, 512)),
        Way::new("a buffer of 64 KiB", |place| sum(place, 64 * 1024)),
        Way::new("a buffer of 4 KiB", |place| sum(place, 4 * 1024)),
        Way::new("a buffer of 256 KiB", |place| sum(place, 256 * 1024)),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size))
}

fn sum(place: &Place, bytes: usize) -> io::Result<u64> {
    let mut file = File::open(&place.source)?;
    let mut buffer = vec![0; bytes];
    let mut sum = 0_u64;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(sum);
        }
        let part: u64 = buffer[..read].iter().map(|byte| u64::from(*byte)).sum();
        sum = sum.wrapping_add(part);
    }
}

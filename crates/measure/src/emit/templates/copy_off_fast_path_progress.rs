//! A copy from file to file that the kernel could do, were the source not behind a counter.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way, Written};

/// Bytes after which progress is told.
const SLICE: u64 = 1 << 20;

pub(crate) const PATTERN: Pattern<Place, Written> = Pattern {
    name: "copy_off_fast_path/progress",
    input: Input::File,
    writes: true,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("io::copy through a counter", counter),
        Way::new("io::copy of slices of 1 MiB", slices),
        Way::new("loop of 256 KiB", looped),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size))
}

fn counter(place: &Place) -> io::Result<Written> {
    let inner = File::open(&place.source)?;
    let mut reader = Counting { inner, count: 0 };
    io::copy(&mut reader, &mut File::create(&place.target)?)?;
    counted(place, reader.count)
}

fn slices(place: &Place) -> io::Result<Written> {
    let (mut reader, mut writer) = (File::open(&place.source)?, File::create(&place.target)?);
    let mut count = 0;
    loop {
        match io::copy(&mut Read::by_ref(&mut reader).take(SLICE), &mut writer)? {
            0 => return counted(place, count),
            copied => count += copied,
        }
    }
}

fn looped(place: &Place) -> io::Result<Written> {
    let (mut reader, mut writer) = (File::open(&place.source)?, File::create(&place.target)?);
    let mut buffer = vec![0; 256 << 10];
    let mut count = 0;
    loop {
        match reader.read(&mut buffer)? {
            0 => return counted(place, count),
            read => {
                writer.write_all(&buffer[..read])?;
                count += read as u64;
            }
        }
    }
}

struct Counting<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count += read as u64;
        Ok(read)
    }
}

/// The file that was written, if the count is right.
fn counted(place: &Place, count: u64) -> io::Result<Written> {
    if count == place.target.metadata()?.len() {
        Ok(Written::at(place))
    } else {
        Err(io::Error::other("the count is wrong"))
    }
}

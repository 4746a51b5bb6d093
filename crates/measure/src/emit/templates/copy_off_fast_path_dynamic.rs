//! A copy from file to file that the kernel could do, were the source not behind a Box<dyn Read>.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way, Written};

pub(crate) const PATTERN: Pattern<Place, Written> = Pattern {
    name: "copy_off_fast_path/dynamic",
    input: Input::File,
    writes: true,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("io::copy(Box<dyn Read>)", boxed),
        Way::new("io::copy(File)", file),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size))
}

fn boxed(place: &Place) -> io::Result<Written> {
    let mut reader: Box<dyn Read> = Box::new(File::open(&place.source)?);
    io::copy(&mut reader, &mut File::create(&place.target)?)?;
    Ok(Written::at(place))
}

fn file(place: &Place) -> io::Result<Written> {
    let (mut reader, mut writer) = (File::open(&place.source)?, File::create(&place.target)?);
    io::copy(&mut reader, &mut writer)?;
    Ok(Written::at(place))
}

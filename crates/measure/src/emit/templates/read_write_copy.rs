//! A file read whole only to be written elsewhere.
//!
//! The report also measures `io_optimize::copy`: it needs the crate io-optimize and is left out here.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way, Written};

pub(crate) const PATTERN: Pattern<Place, Written> = Pattern {
    name: "read_write_copy/default",
    input: Input::File,
    writes: true,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("fs::read, then fs::write", whole),
        Way::new("fs::copy", copy).but(&[("a folder", "fs::copy takes files only")]),
        Way::new("io::copy", streamed),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size))
}

fn whole(place: &Place) -> io::Result<Written> {
    fs::write(&place.target, fs::read(&place.source)?)?;
    Ok(Written::at(place))
}

fn copy(place: &Place) -> io::Result<Written> {
    fs::copy(&place.source, &place.target)?;
    Ok(Written::at(place))
}

fn streamed(place: &Place) -> io::Result<Written> {
    let (mut reader, mut writer) = (File::open(&place.source)?, File::create(&place.target)?);
    io::copy(&mut reader, &mut writer)?;
    Ok(Written::at(place))
}

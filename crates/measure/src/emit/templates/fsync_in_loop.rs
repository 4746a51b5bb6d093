//! Records of 4 KiB, each brought to the disk on its own.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way, Written};

const RECORD: u64 = 4096;

pub(crate) const PATTERN: Pattern<Task, Written> = Pattern {
    name: "fsync_in_loop/default",
    input: Input::None,
    writes: true,
    throughput: true,
    set_up,
    prepare,
    ways: &[
        Way::new("sync_data after each record", each),
        Way::new("one sync_data for all records", together),
    ],
};

/// What is written, and where.
pub(crate) struct Task {
    place: Place,
    bytes: Vec<u8>,
}

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Ok(Place::new(directory, size.next_multiple_of(RECORD)))
}

fn prepare(place: Place) -> io::Result<Task> {
    let bytes = noise(place.size);
    Ok(Task { place, bytes })
}

fn each(task: &Task) -> io::Result<Written> {
    let mut file = File::create(&task.place.target)?;
    for record in task.bytes.chunks(RECORD as usize) {
        file.write_all(record)?;
        file.sync_data()?;
    }
    Ok(Written::at(&task.place))
}

fn together(task: &Task) -> io::Result<Written> {
    let mut file = File::create(&task.place.target)?;
    for record in task.bytes.chunks(RECORD as usize) {
        file.write_all(record)?;
    }
    file.sync_data()?;
    Ok(Written::at(&task.place))
}

//! Records of about 100 bytes serialized to a file: a Vec of structs as a JSON array.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::pattern::{Input, Pattern, Place, Way, Written};

pub(crate) const PATTERN: Pattern<Task, Written> = Pattern {
    name: "unbuffered_serde/json-write",
    input: Input::None,
    writes: true,
    throughput: true,
    set_up,
    prepare,
    ways: &[
        Way::new("serde_json::to_writer(File)", bare),
        Way::new("serde_json::to_writer(BufWriter)", buffered),
        Way::new("fs::write(serde_json::to_vec)", memory),
    ],
};

/// What is written, and where.
pub(crate) struct Task {
    place: Place,
    records: Vec<Record>,
}

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &serde_json::to_vec(&records(size))?)
}

fn prepare(place: Place) -> io::Result<Task> {
    let records = serde_json::from_slice(&fs::read(&place.source)?)?;
    Ok(Task { place, records })
}

fn bare(task: &Task) -> io::Result<Written> {
    serde_json::to_writer(File::create(&task.place.target)?, &task.records)?;
    Ok(Written::at(&task.place))
}

fn buffered(task: &Task) -> io::Result<Written> {
    let mut writer = BufWriter::new(File::create(&task.place.target)?);
    serde_json::to_writer(&mut writer, &task.records)?;
    writer.flush()?;
    Ok(Written::at(&task.place))
}

fn memory(task: &Task) -> io::Result<Written> {
    fs::write(&task.place.target, serde_json::to_vec(&task.records)?)?;
    Ok(Written::at(&task.place))
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Record {
    id: u64,
    name: String,
    tags: Vec<String>,
    score: f64,
    active: bool,
}

/// As many records as make about `size` bytes of JSON, at least one.
fn records(size: u64) -> Vec<Record> {
    const RECORD: u64 = 108;
    const FIRST: u64 = 100_000;
    let count = (size / RECORD).max(1);
    let record = |id: u64| Record {
        id,
        name: format!("a record with the number {id}"),
        tags: vec!["first".to_owned(), "second".to_owned()],
        score: id as f64 / 4.0,
        active: id & 1 == 0,
    };
    (FIRST..FIRST + count).map(record).collect()
}

//! Records of about 100 bytes deserialized from a file: a JSON array into a Vec of structs.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::pattern::{Answer, Input, Pattern, Place, Way};

pub(crate) const PATTERN: Pattern<Place, Vec<Record>> = Pattern {
    name: "unbuffered_serde/json-read",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("serde_json::from_reader(File)", bare),
        Way::new("serde_json::from_reader(BufReader)", buffered),
        Way::new("serde_json::from_slice(fs::read)", slice),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &serde_json::to_vec(&records(size))?)
}

fn bare(place: &Place) -> io::Result<Vec<Record>> {
    Ok(serde_json::from_reader(File::open(&place.source)?)?)
}

fn buffered(place: &Place) -> io::Result<Vec<Record>> {
    Ok(serde_json::from_reader(BufReader::new(File::open(
        &place.source,
    )?))?)
}

fn slice(place: &Place) -> io::Result<Vec<Record>> {
    Ok(serde_json::from_slice(&fs::read(&place.source)?)?)
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

impl Answer for Vec<Record> {
    fn bytes(&self) -> io::Result<Vec<u8>> {
        Ok(serde_json::to_vec(self)?)
    }
}

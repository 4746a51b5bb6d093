//! Records serialized to and from a bare file.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::data;
use crate::workload::{Answer, Candidate, Role, Setup, Sizes, Workload, Written};

pub(super) const JSON_READ: Workload = Workload {
    rule: "unbuffered_serde",
    variants: &["json-read", "default"],
    description: "reads a JSON array of records of about 100 bytes into a Vec of structs with serde_json 1.0.154",
    sizes: Sizes::Calls,
    throughput: true,
    pieces: None,
    set_up: set_up_read,
};

pub(super) const JSON_WRITE: Workload = Workload {
    rule: "unbuffered_serde",
    variants: &["json-write"],
    description: "writes a Vec of structs to a new file as a JSON array of records of about 100 bytes with serde_json \
                  1.0.154",
    sizes: Sizes::Calls,
    throughput: true,
    pieces: None,
    set_up: set_up_write,
};

#[derive(Serialize, Deserialize)]
struct Record {
    id: u64,
    name: String,
    tags: Vec<String>,
    score: f64,
    active: bool,
}

impl Record {
    fn new(id: u64) -> Self {
        Self {
            id,
            name: format!("a record with the number {id}"),
            tags: vec!["first".to_owned(), "second".to_owned()],
            score: id as f64 / 4.0,
            active: id.is_multiple_of(2),
        }
    }
}

impl Answer for Vec<Record> {
    fn feed(&self, hasher: &mut blake3::Hasher) -> io::Result<()> {
        Ok(serde_json::to_writer(hasher, self)?)
    }
}

/// As many records as make about `size` bytes of JSON, at least one.
fn records(size: u64) -> Vec<Record> {
    const RECORD: u64 = 108;
    const FIRST: u64 = 100_000;
    (FIRST..FIRST + (size / RECORD).max(1))
        .map(Record::new)
        .collect()
}

fn set_up_read(directory: &Path, size: u64) -> io::Result<Setup> {
    let json = serde_json::to_vec(&records(size))?;
    let source = data::file(directory, "source.json", &json)?;
    let (bare, buffered) = (source.clone(), source.clone());
    Ok(Setup {
        size: json.len() as u64,
        candidates: vec![
            Candidate::new(Role::Baseline, "serde_json::from_reader(File)", move || {
                let records: Vec<Record> = serde_json::from_reader(File::open(&bare)?)?;
                Ok(records)
            }),
            Candidate::new(
                Role::Suggested,
                "serde_json::from_reader(BufReader)",
                move || {
                    let reader = BufReader::new(File::open(&buffered)?);
                    let records: Vec<Record> = serde_json::from_reader(reader)?;
                    Ok(records)
                },
            ),
            Candidate::new(
                Role::Alternative,
                "serde_json::from_slice(fs::read)",
                move || {
                    let records: Vec<Record> = serde_json::from_slice(&fs::read(&source)?)?;
                    Ok(records)
                },
            ),
        ],
    })
}

fn set_up_write(directory: &Path, size: u64) -> io::Result<Setup> {
    let records: Rc<[Record]> = records(size).into();
    let size = serde_json::to_vec(&records[..])?.len() as u64;
    let target: Rc<Path> = directory.join("target.json").into();
    let write = |write: fn(&Path, &[Record]) -> io::Result<()>| {
        let (records, target) = (records.clone(), target.clone());
        move || write(&target, &records).map(|()| Written(target.clone()))
    };
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(
                Role::Baseline,
                "serde_json::to_writer(File)",
                write(|target, records| Ok(serde_json::to_writer(File::create(target)?, records)?)),
            ),
            Candidate::new(
                Role::Suggested,
                "serde_json::to_writer(BufWriter)",
                write(|target, records| {
                    let mut writer = BufWriter::new(File::create(target)?);
                    serde_json::to_writer(&mut writer, records)?;
                    writer.flush()
                }),
            ),
            Candidate::new(
                Role::Alternative,
                "fs::write(serde_json::to_vec)",
                write(|target, records| fs::write(target, serde_json::to_vec(records)?)),
            ),
        ],
    })
}

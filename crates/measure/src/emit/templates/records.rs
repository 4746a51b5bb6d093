//! Records of about 100 bytes in a file, written and read in a format: the pattern on the bare file, through a buffer, and by
//! way of memory.

// Which of these are used depends on the patterns beside this file.
#![allow(dead_code)]

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::pattern::{Answer, Input, Pattern, Place, Way, Written};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) tags: Vec<String>,
    pub(crate) score: f64,
    pub(crate) active: bool,
}

impl Answer for Vec<Record> {
    fn bytes(&self) -> io::Result<Vec<u8>> {
        Ok(format!("{self:?}").into_bytes())
    }
}

/// A format that records are written in.
pub(crate) trait Format {
    /// About how many bytes a record has.
    const RECORD: u64;
    /// The ways to write as a reader would name them: to the file, through a buffer, in memory and then at once.
    const WRITES: [&'static str; 3];

    fn write<W: Write>(writer: W, records: &[Record]) -> io::Result<()>;

    fn to_vec(records: &[Record]) -> io::Result<Vec<u8>>;
}

/// A format that they are read in too.
pub(crate) trait Parse: Format {
    /// The ways to read as a reader would name them: from the file, through a buffer, all at once and then in memory.
    const READS: [&'static str; 3];

    fn read<R: Read>(reader: R) -> io::Result<Vec<Record>>;

    fn from_slice(bytes: &[u8]) -> io::Result<Vec<Record>>;
}

/// The pattern of a file that is read.
pub(crate) const fn reading<F: Parse + 'static>(name: &'static str) -> Pattern<Place, Vec<Record>> {
    Pattern {
        name,
        input: Input::File,
        writes: false,
        throughput: true,
        set_up: set_up_source::<F>,
        prepare: Ok,
        ways: Ways::<F>::READING,
    }
}

/// The pattern of a file that is written.
pub(crate) const fn writing<F: Format + 'static>(name: &'static str) -> Pattern<Task, Written> {
    Pattern {
        name,
        input: Input::None,
        writes: true,
        throughput: true,
        set_up: set_up_task::<F>,
        prepare,
        ways: Ways::<F>::WRITING,
    }
}

struct Ways<F>(F);

impl<F: Parse + 'static> Ways<F> {
    const READING: &'static [Way<Place, Vec<Record>>] = &[
        Way::new(F::READS[0], read_bare::<F>),
        Way::new(F::READS[1], read_buffered::<F>),
        Way::new(F::READS[2], read_whole::<F>),
    ];
}

impl<F: Format + 'static> Ways<F> {
    const WRITING: &'static [Way<Task, Written>] = &[
        Way::new(F::WRITES[0], write_bare::<F>),
        Way::new(F::WRITES[1], write_buffered::<F>),
        Way::new(F::WRITES[2], write_whole::<F>),
    ];
}

/// What is written, and where.
pub(crate) struct Task {
    place: Place,
    records: Vec<Record>,
}

/// What is wrong with bytes that could be read.
pub(crate) fn invalid<E: Into<Box<dyn Error + Send + Sync>>>(error: E) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

fn records(count: u64) -> Vec<Record> {
    const FIRST: u64 = 100_000;
    let record = |id: u64| Record {
        id,
        name: format!("a record with the number {id}"),
        tags: vec!["first".to_owned(), "second".to_owned()],
        score: id as f64 / 4.0,
        active: id & 1 == 0,
    };
    (FIRST..FIRST + count).map(record).collect()
}

/// As many as make about `size` bytes, at least one.
fn count<F: Format>(size: u64) -> u64 {
    (size / F::RECORD).max(1)
}

fn set_up_source<F: Format>(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &F::to_vec(&records(count::<F>(size)))?)
}

/// The source says how many records there are.
fn set_up_task<F: Format>(directory: &Path, size: u64) -> io::Result<Place> {
    let count = count::<F>(size);
    let size = F::to_vec(&records(count))?.len() as u64;
    let place = Place::with_source(directory, count.to_string().as_bytes())?;
    Ok(Place { size, ..place })
}

fn prepare(place: Place) -> io::Result<Task> {
    let count = fs::read_to_string(&place.source)?;
    let records = records(count.parse().map_err(invalid)?);
    Ok(Task { place, records })
}

fn read_bare<F: Parse>(place: &Place) -> io::Result<Vec<Record>> {
    F::read(File::open(&place.source)?)
}

fn read_buffered<F: Parse>(place: &Place) -> io::Result<Vec<Record>> {
    F::read(BufReader::new(File::open(&place.source)?))
}

fn read_whole<F: Parse>(place: &Place) -> io::Result<Vec<Record>> {
    F::from_slice(&fs::read(&place.source)?)
}

fn write_bare<F: Format>(task: &Task) -> io::Result<Written> {
    F::write(File::create(&task.place.target)?, &task.records)?;
    Ok(Written::at(&task.place))
}

fn write_buffered<F: Format>(task: &Task) -> io::Result<Written> {
    let mut writer = BufWriter::new(File::create(&task.place.target)?);
    F::write(&mut writer, &task.records)?;
    writer.flush()?;
    Ok(Written::at(&task.place))
}

fn write_whole<F: Format>(task: &Task) -> io::Result<Written> {
    fs::write(&task.place.target, F::to_vec(&task.records)?)?;
    Ok(Written::at(&task.place))
}

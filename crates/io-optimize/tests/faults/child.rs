//! The process that does one operation under strace and prints one line about it.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use io_optimize::{
    AtomicWriteOptions, BufferedWriter, CopyError, CopyOptions, Durability, LineReader,
    RandomAccessError, RandomAccessFile, ReadError, ReadRequest, Strategy, TreeOptions, WriteError,
};

pub(crate) const OPERATION: &str = "IO_OPTIMIZE_TEST_OPERATION";
pub(crate) const FROM: &str = "IO_OPTIMIZE_TEST_FROM";
pub(crate) const TO: &str = "IO_OPTIMIZE_TEST_TO";
/// The ignored test that the driver starts.
pub(crate) const TEST: &str = "child::operate";
/// What a child looks for before and after an operation whose files have no known names.
pub(crate) const BEGIN: &str = "/io-optimize-begin";
pub(crate) const END: &str = "/io-optimize-end";
/// More calls of each kind than another thread of the test harness makes.
const AHEAD: usize = 64;
/// Length of each record that is read at its offset.
pub(crate) const RECORD: usize = 5000;

/// What was printed.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// What the operation returned.
    Done(String),
    /// The error number, if the system gave one, and the text.
    Failed(Option<i32>, String),
    Killed,
}

impl Outcome {
    /// Of a child's whole output.
    pub(crate) fn parse(output: &str) -> Self {
        let line = output.lines().find_map(|line| line.split("RESULT ").nth(1));
        match line.and_then(|line| line.split_once(' ')) {
            None => Self::Killed,
            Some(("done", value)) => Self::Done(value.to_owned()),
            Some((number, text)) => Self::Failed(number.parse().ok(), text.to_owned()),
        }
    }
}

#[test]
#[ignore = "the driver runs it under strace"]
fn operate() {
    let Some(operation) = env::var_os(OPERATION) else {
        return;
    };
    let operation = operation.into_string().unwrap();
    let [from, to] = [FROM, TO].map(|name| PathBuf::from(env::var_os(name).unwrap()));
    let result = match operation.split_once(':') {
        Some(("copy", strategy)) => copy(strategy, &from, &to),
        _ => match &*operation {
            "tree" => tree(&from, &to),
            "atomic" => atomic(&to),
            "buffered" => buffered(to),
            "sync" => io_optimize::sync_all([&from, &to]).map(|()| String::new()),
            "read" => io_optimize::read(&from).map(|bytes| summary(&bytes)),
            "lines" => lines(from),
            "fold" => fold(from),
            "records" => records(&from),
            other => panic!("no operation {other}"),
        },
    };
    let line = match result {
        Ok(value) => format!("RESULT done {value}"),
        Err(error) => match number(&error) {
            Some(number) => format!("RESULT {number} {error}"),
            None => format!("RESULT none {error}"),
        },
    };
    println!("{line}");
}

/// The system's error number, wherever it is.
fn number(error: &io::Error) -> Option<i32> {
    fn inner<E: Error + 'static>(error: &io::Error) -> Option<&E> {
        error.get_ref()?.downcast_ref()
    }
    if let Some(Listed { number, .. }) = inner(error) {
        return Some(*number);
    }
    let details = inner(error).map(CopyError::io_error);
    let details = details.or_else(|| inner(error).map(WriteError::io_error));
    let details = details.or_else(|| inner(error).map(ReadError::io_error));
    let details = details.or_else(|| inner(error).map(RandomAccessError::io_error));
    details.unwrap_or(error).raw_os_error()
}

/// Tells contents apart without printing them.
pub(crate) fn summary(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{} {hash:016x}", bytes.len())
}

/// What the writers write.
pub(crate) fn text() -> Vec<u8> {
    let lines = (0..5000).flat_map(|number| format!("line number {number}\n").into_bytes());
    lines.collect()
}

fn copy(strategy: &str, from: &PathBuf, to: &PathBuf) -> io::Result<String> {
    let mut options = CopyOptions::new();
    if let Ok(index) = strategy.parse::<usize>() {
        options = options.strategy(Strategy::available()[index]);
    }
    Ok(options.copy(from, to)?.bytes.to_string())
}

/// An error that is not the result of the operation but listed in it.
#[derive(Debug)]
struct Listed {
    number: i32,
    said: String,
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl Error for Listed {}

fn tree(from: &PathBuf, to: &PathBuf) -> io::Result<String> {
    let mut report = TreeOptions::new().workers(1).copy(from, to)?;
    let said = report.to_string();
    match report.errors.pop() {
        None => Ok(said),
        Some(last) => Err(match last.io_error().raw_os_error() {
            Some(number) => io::Error::other(Listed { number, said }),
            None => io::Error::other(said),
        }),
    }
}

/// The temporary file's name is not known, so the calls between the two marks are counted.
fn atomic(to: &PathBuf) -> io::Result<String> {
    for _ in 0..AHEAD {
        let mut null = File::options().read(true).write(true).open("/dev/null")?;
        null.metadata()?;
        null.write_all(b"text")?;
        let _ = null.read(&mut [0])?;
        null.seek(SeekFrom::Start(0))?;
    }
    // Made outside, as the allocator reads a file of the system when it gives back much memory.
    let text = text();
    let _ = fs::symlink_metadata(BEGIN);
    let result = AtomicWriteOptions::new()
        .durability(Durability::Full)
        .write(to, |writer| {
            text.chunks(1000)
                .try_for_each(|part| writer.write_all(part))
        });
    let _ = fs::symlink_metadata(END);
    result.map(|()| String::new())
}

fn buffered(to: PathBuf) -> io::Result<String> {
    let mut writer = BufferedWriter::with_capacity(20_000, File::create(to)?);
    for part in text().chunks(1000) {
        writer.write_all(part)?;
    }
    // One that does not fit the buffer goes straight through.
    writer.write_all(&text())?;
    writer.finish()?;
    Ok(String::new())
}

fn lines(from: PathBuf) -> io::Result<String> {
    let mut lines = LineReader::open(from)?;
    let mut bytes = Vec::new();
    while let Some(line) = lines.next_line()? {
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    Ok(summary(&bytes))
}

fn fold(from: PathBuf) -> io::Result<String> {
    let append = |all: &mut Vec<u8>, line: &[u8]| {
        all.extend_from_slice(line);
        all.push(b'\n');
    };
    let bytes = io_optimize::fold_lines(from, 2, Vec::new, append, |all, mut more| {
        all.append(&mut more);
    })?;
    Ok(summary(&bytes))
}

fn records(from: &PathBuf) -> io::Result<String> {
    let file = RandomAccessFile::open(from)?;
    let length = file.len()? as usize;
    let mut bytes = vec![0; length / RECORD * RECORD];
    let mut requests: Vec<ReadRequest<'_>> = bytes
        .chunks_mut(RECORD)
        .enumerate()
        .map(|(index, buffer)| ReadRequest {
            offset: (index * RECORD) as u64,
            buffer,
        })
        .collect();
    // Not in the order of the file.
    requests.reverse();
    file.read_many(&mut requests)?;
    Ok(summary(&bytes))
}

/// The environment of a child.
pub(crate) fn environment(operation: &str, from: PathBuf, to: PathBuf) -> [(&str, OsString); 3] {
    [
        (OPERATION, operation.into()),
        (FROM, from.into()),
        (TO, to.into()),
    ]
}

//! Records at scattered places of a file.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload};

const RECORD: u64 = 64;

/// A step through the records that comes by each of them and never to the next one.
const STRIDE: u64 = 7919;

pub(super) const WORKLOAD: Workload = Workload {
    rule: "seek_read",
    variants: &["default"],
    description: "reads every 64-byte record of a file, far from the one before each time",
    sizes: Sizes::Calls,
    throughput: true,
    pieces: None,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let size = size.next_multiple_of(RECORD);
    let source = data::source(directory, size)?;
    let records = size / RECORD;
    let (by_offset, buffered) = (source.clone(), source.clone());
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "seek, then read_exact", move || {
                sought(&mut File::open(&source)?, records)
            }),
            Candidate::new(Role::Suggested, "read by offset", move || {
                let file = File::open(&by_offset)?;
                sum(records, |record, offset| read_at(&file, record, offset))
            }),
            Candidate::new(Role::Alternative, "the same on BufReader", move || {
                sought(&mut BufReader::new(File::open(&buffered)?), records)
            }),
        ],
    })
}

fn sought(reader: &mut (impl Read + Seek), records: u64) -> io::Result<u64> {
    sum(records, |record, offset| {
        reader.seek(SeekFrom::Start(offset))?;
        reader.read_exact(record)
    })
}

fn sum(records: u64, mut read: impl FnMut(&mut [u8], u64) -> io::Result<()>) -> io::Result<u64> {
    let mut sum = 0_u64;
    let mut record = [0; RECORD as usize];
    for number in 0..records {
        read(&mut record, number * STRIDE % records * RECORD)?;
        sum = record.iter().fold(sum.rotate_left(7), |sum, byte| {
            sum.wrapping_add(u64::from(*byte))
        });
    }
    Ok(sum)
}

#[cfg(unix)]
fn read_at(file: &File, record: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, record, offset)
}

#[cfg(windows)]
fn read_at(file: &File, record: &mut [u8], offset: u64) -> io::Result<()> {
    let read = std::os::windows::fs::FileExt::seek_read(file, record, offset)?;
    if read == record.len() {
        return Ok(());
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

#[cfg(not(any(unix, windows)))]
fn read_at(mut file: &File, record: &mut [u8], offset: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(record)
}

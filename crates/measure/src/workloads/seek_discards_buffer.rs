//! Keys of records whose payload is skipped.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use io_optimize::SeekReader;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload};

const KEY: usize = 8;
const PAYLOAD: i64 = 56;
const RECORD: u64 = KEY as u64 + PAYLOAD as u64;

pub(super) const WORKLOAD: Workload = Workload {
    rule: "seek_discards_buffer",
    variants: &["default"],
    description: concat!(
        "reads the 8-byte key of each 64-byte record of a file and skips the rest; io-optimize ",
        env!("CARGO_PKG_VERSION")
    ),
    sizes: Sizes::Calls,
    throughput: true,
    pieces: None,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let size = size.next_multiple_of(RECORD);
    let source = data::source(directory, size)?;
    let records = size / RECORD;
    let (relative, bare, runtime) = (source.clone(), source.clone(), source.clone());
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "BufReader::seek", move || {
                let mut reader = BufReader::new(File::open(&source)?);
                keys(&mut reader, records, |reader| {
                    reader.seek(SeekFrom::Current(PAYLOAD)).map(drop)
                })
            }),
            Candidate::new(Role::Suggested, "BufReader::seek_relative", move || {
                let mut reader = BufReader::new(File::open(&relative)?);
                keys(&mut reader, records, |reader| reader.seek_relative(PAYLOAD))
            }),
            Candidate::new(Role::Alternative, "File::seek", move || {
                keys(&mut File::open(&bare)?, records, |file| {
                    file.seek(SeekFrom::Current(PAYLOAD)).map(drop)
                })
            }),
            Candidate::new(Role::Alternative, "io_optimize::SeekReader", move || {
                let mut reader = SeekReader::new(File::open(&runtime)?)?;
                keys(&mut reader, records, |reader| {
                    reader.seek(SeekFrom::Current(PAYLOAD)).map(drop)
                })
            }),
        ],
    })
}

fn keys<R: Read>(
    reader: &mut R,
    records: u64,
    skip: impl Fn(&mut R) -> io::Result<()>,
) -> io::Result<u64> {
    let mut sum = 0_u64;
    for _ in 0..records {
        let mut key = [0; KEY];
        reader.read_exact(&mut key)?;
        sum = sum.rotate_left(7).wrapping_add(u64::from_le_bytes(key));
        skip(reader)?;
    }
    Ok(sum)
}

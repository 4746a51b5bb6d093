//! Header fields read one by one from a bare file.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload};

/// A record has four header fields of 2, 2, 4 and 8 bytes and 16 bytes of payload.
const RECORD: u64 = 32;

pub(super) const WORKLOAD: Workload = Workload {
    rule: "unbuffered_read",
    variants: &["default"],
    description: "reads a file of 32-byte records with five read_exact calls a record",
    sizes: Sizes::Calls,
    throughput: true,
    pieces: Some(set_up_pieces),
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let size = size.next_multiple_of(RECORD);
    let source = data::source(directory, size)?;
    let records = size / RECORD;
    let (bare, buffered, large) = (source.clone(), source.clone(), source.clone());
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "read_exact on File", move || {
                sum(&mut File::open(&bare)?, records)
            }),
            Candidate::new(Role::Suggested, "read_exact on BufReader", move || {
                sum(&mut BufReader::new(File::open(&buffered)?), records)
            }),
            Candidate::new(
                Role::Alternative,
                "read_exact on BufReader of 64 KiB",
                move || {
                    sum(
                        &mut BufReader::with_capacity(64 << 10, File::open(&large)?),
                        records,
                    )
                },
            ),
            Candidate::new(
                Role::Alternative,
                "fs::read, then read_exact on the slice",
                move || sum(&mut fs::read(&source)?.as_slice(), records),
            ),
        ],
    })
}

/// The same for a file that is read in pieces of one size.
fn set_up_pieces(directory: &Path, size: u64, piece: u32) -> io::Result<Setup> {
    let size = size.next_multiple_of(piece.into());
    let source = data::source(directory, size)?;
    let count = size / u64::from(piece);
    let (bare, buffered, large) = (source.clone(), source.clone(), source.clone());
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "read_exact on File", move || {
                sum_pieces(&mut File::open(&bare)?, count, piece)
            }),
            Candidate::new(Role::Suggested, "read_exact on BufReader", move || {
                sum_pieces(&mut BufReader::new(File::open(&buffered)?), count, piece)
            }),
            Candidate::new(
                Role::Alternative,
                "read_exact on BufReader of 64 KiB",
                move || {
                    let file = File::open(&large)?;
                    sum_pieces(&mut BufReader::with_capacity(64 << 10, file), count, piece)
                },
            ),
            Candidate::new(
                Role::Alternative,
                "fs::read, then read_exact on the slice",
                move || sum_pieces(&mut fs::read(&source)?.as_slice(), count, piece),
            ),
        ],
    })
}

fn sum_pieces(reader: &mut impl Read, count: u64, piece: u32) -> io::Result<u64> {
    let mut bytes = vec![0; piece as usize];
    let mut sum = 0_u64;
    for _ in 0..count {
        reader.read_exact(&mut bytes)?;
        let last = bytes.last().copied().unwrap_or_default();
        sum = sum
            .rotate_left(7)
            .wrapping_add(u64::from(bytes[0]) ^ u64::from(last) << 8);
    }
    Ok(sum)
}

fn sum(reader: &mut impl Read, records: u64) -> io::Result<u64> {
    let mut sum = 0_u64;
    for _ in 0..records {
        let kind = u16::from_le_bytes(field(reader)?);
        let flags = u16::from_le_bytes(field(reader)?);
        let length = u32::from_le_bytes(field(reader)?);
        let offset = u64::from_le_bytes(field(reader)?);
        let payload = u128::from_le_bytes(field(reader)?);
        sum = sum
            .rotate_left(7)
            .wrapping_add(u64::from(kind) ^ u64::from(flags) << 16 ^ u64::from(length) << 32)
            .wrapping_add(offset)
            .wrapping_add(payload as u64 ^ (payload >> 64) as u64);
    }
    Ok(sum)
}

fn field<const LENGTH: usize>(reader: &mut impl Read) -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

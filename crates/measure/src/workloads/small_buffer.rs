//! A tiny buffer for a whole file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::data;
use crate::units;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "small_buffer",
    variants: &["default"],
    description: "adds up the bytes of a file; the pattern reads 512 of them at a time",
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: Some(set_up_pieces),
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    set_up_pieces(directory, size, 512)
}

fn set_up_pieces(directory: &Path, size: u64, piece: u32) -> io::Result<Setup> {
    let source = data::source(directory, size)?;
    let through = |bytes: usize| {
        let source = source.clone();
        move || sum(&source, bytes)
    };
    Ok(Setup {
        size,
        candidates: [
            (Role::Baseline, piece),
            (Role::Suggested, 64 << 10),
            (Role::Alternative, 4 << 10),
            (Role::Alternative, 256 << 10),
        ]
        .into_iter()
        // The pattern's own size is measured once.
        .filter(|(role, bytes)| *role != Role::Alternative || *bytes != piece)
        .map(|(role, bytes)| {
            let method = format!("a buffer of {}", units::size(bytes.into()));
            Candidate::new(role, method, through(bytes as usize))
        })
        .collect(),
    })
}

fn sum(path: &Path, bytes: usize) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; bytes];
    let mut sum = 0_u64;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(sum);
        }
        let part: u64 = buffer[..read].iter().map(|byte| u64::from(*byte)).sum();
        sum = sum.wrapping_add(part);
    }
}

//! A tiny buffer for a whole file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "small_buffer",
    variants: &["default"],
    description: "adds up the bytes of a file; the pattern reads 512 of them at a time",
    sizes: Sizes::Bulk,
    throughput: true,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let source = data::source(directory, size)?;
    let through = |bytes: usize| {
        let source = source.clone();
        move || sum(&source, bytes)
    };
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "a buffer of 512 bytes", through(512)),
            Candidate::new(Role::Suggested, "a buffer of 64 KiB", through(64 * 1024)),
            Candidate::new(Role::Alternative, "a buffer of 4 KiB", through(4 * 1024)),
            Candidate::new(
                Role::Alternative,
                "a buffer of 256 KiB",
                through(256 * 1024),
            ),
        ],
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

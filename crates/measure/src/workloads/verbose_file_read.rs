//! A whole file read by hand.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "verbose_file_read",
    variants: &["default"],
    description: "reads a whole file into a new Vec",
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let source = data::source(directory, size)?;
    let (bare, buffered) = (source.clone(), source.clone());
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "File::open and read_to_end", move || {
                let mut bytes = Vec::new();
                File::open(&bare)?.read_to_end(&mut bytes)?;
                Ok(bytes)
            }),
            Candidate::new(Role::Suggested, "fs::read", move || fs::read(&source)),
            Candidate::new(Role::Alternative, "read_to_end on BufReader", move || {
                let mut bytes = Vec::new();
                BufReader::new(File::open(&buffered)?).read_to_end(&mut bytes)?;
                Ok(bytes)
            }),
        ],
    })
}

//! A file read whole for one pass over it.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use io_optimize::LineReader;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload};

pub(super) const LINES: Workload = Workload {
    rule: "whole_file_read",
    variants: &["lines", "default"],
    description: concat!(
        "adds up the lengths and numbers of the lines of 32 bytes of a file; io-optimize ",
        env!("CARGO_PKG_VERSION")
    ),
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up: set_up_lines,
};

pub(super) const HASH: Workload = Workload {
    rule: "whole_file_read",
    variants: &["hash"],
    description: "hashes a file with blake3",
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up: set_up_hash,
};

pub(super) const BEGINNING: Workload = Workload {
    rule: "whole_file_read",
    variants: &["first-line"],
    description: "reads the first line of a file of lines of 32 bytes",
    sizes: Sizes::Calls,
    throughput: false,
    pieces: None,
    set_up: set_up_beginning,
};

fn set_up_lines(directory: &Path, size: u64) -> io::Result<Setup> {
    let mut text = Vec::new();
    data::write_lines(&mut text, size)?;
    let source = data::file(directory, "source", &text)?;
    let (streamed, allocated, runtime) = (source.clone(), source.clone(), source.clone());
    Ok(Setup {
        size: text.len() as u64,
        candidates: vec![
            Candidate::new(
                Role::Baseline,
                "fs::read_to_string, then lines",
                move || {
                    let text = fs::read_to_string(&source)?;
                    let lines = text.lines();
                    Ok(lines.fold(0_u64, |sum, line| data::add_line(sum, line.as_bytes())))
                },
            ),
            Candidate::new(Role::Suggested, "read_line into one String", move || {
                let mut reader = BufReader::new(File::open(&streamed)?);
                let (mut line, mut sum) = (String::new(), 0_u64);
                while reader.read_line(&mut line)? != 0 {
                    sum = data::add_line(sum, line.trim_end_matches('\n').as_bytes());
                    line.clear();
                }
                Ok(sum)
            }),
            Candidate::new(Role::Alternative, "BufRead::lines", move || {
                let mut sum = 0_u64;
                for line in BufReader::new(File::open(&allocated)?).lines() {
                    sum = data::add_line(sum, line?.as_bytes());
                }
                Ok(sum)
            }),
            Candidate::new(Role::Alternative, "io_optimize::LineReader", move || {
                let mut reader = LineReader::open(&runtime)?;
                let mut sum = 0_u64;
                while let Some(line) = reader.next_line()? {
                    sum = data::add_line(sum, line);
                }
                Ok(sum)
            }),
        ],
    })
}

fn set_up_hash(directory: &Path, size: u64) -> io::Result<Setup> {
    let source = data::source(directory, size)?;
    let (pieces, copied) = (source.clone(), source.clone());
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "fs::read, then hash", move || {
                Ok(blake3::hash(&fs::read(&source)?).as_bytes().to_vec())
            }),
            Candidate::new(Role::Suggested, "update with 64 KiB at a time", move || {
                let mut file = File::open(&pieces)?;
                let mut hasher = blake3::Hasher::new();
                let mut buffer = vec![0; 64 * 1024];
                loop {
                    let read = file.read(&mut buffer)?;
                    if read == 0 {
                        return Ok(hasher.finalize().as_bytes().to_vec());
                    }
                    hasher.update(&buffer[..read]);
                }
            }),
            Candidate::new(Role::Alternative, "io::copy into the hasher", move || {
                let mut hasher = blake3::Hasher::new();
                io::copy(&mut File::open(&copied)?, &mut hasher)?;
                Ok(hasher.finalize().as_bytes().to_vec())
            }),
        ],
    })
}

fn set_up_beginning(directory: &Path, size: u64) -> io::Result<Setup> {
    let mut text = Vec::new();
    data::write_lines(&mut text, size)?;
    let source = data::file(directory, "source", &text)?;
    let streamed = source.clone();
    Ok(Setup {
        size: text.len() as u64,
        candidates: vec![
            Candidate::new(
                Role::Baseline,
                "fs::read_to_string, then the first line",
                move || {
                    let text = fs::read_to_string(&source)?;
                    Ok(text.lines().next().unwrap_or_default().as_bytes().to_vec())
                },
            ),
            Candidate::new(
                Role::Suggested,
                "read_line through a BufReader",
                move || {
                    let mut line = String::new();
                    BufReader::new(File::open(&streamed)?).read_line(&mut line)?;
                    Ok(line.trim_end_matches('\n').as_bytes().to_vec())
                },
            ),
        ],
    })
}

//! A line or record of its own for each turn of a loop. The models of records are the templates of `bench --emit`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use io_optimize::LineReader;

use crate::data;
use crate::emit::{self, templates};
use crate::workload::{Candidate, Role, Setup, Sizes, Workload};

pub(super) const LINES: Workload = Workload {
    rule: "lines_alloc",
    variants: &["default"],
    description: concat!(
        "adds up the lengths and numbers of the lines of 32 bytes of a file, through a BufReader; io-optimize ",
        env!("CARGO_PKG_VERSION")
    ),
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up,
};

pub(super) const RECORDS: Workload = Workload {
    rule: "lines_alloc",
    variants: &["records"],
    description: "adds up the lengths and numbers of the fields of a file, two in a row of 32 bytes, as records of text with csv",
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up: |directory, size| {
        emit::set_up(&templates::lines_alloc_records::PATTERN, directory, size)
    },
};

pub(super) const BYTE_RECORDS: Workload = Workload {
    rule: "lines_alloc",
    variants: &["byte-records"],
    description: "adds up the lengths and numbers of the fields of a file, two in a row of 32 bytes, as records of bytes with csv",
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up: |directory, size| {
        emit::set_up(
            &templates::lines_alloc_byte_records::PATTERN,
            directory,
            size,
        )
    },
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let mut text = Vec::new();
    data::write_lines(&mut text, size)?;
    let source = data::file(directory, "source", &text)?;
    let (string, bytes, runtime) = (source.clone(), source.clone(), source.clone());
    Ok(Setup {
        size: text.len() as u64,
        candidates: vec![
            Candidate::new(Role::Baseline, "lines()", move || {
                let mut sum = 0_u64;
                for line in BufReader::new(File::open(&source)?).lines() {
                    sum = data::add_line(sum, line?.as_bytes());
                }
                Ok(sum)
            }),
            Candidate::new(Role::Suggested, "read_line into one String", move || {
                let mut reader = BufReader::new(File::open(&string)?);
                let (mut line, mut sum) = (String::new(), 0_u64);
                while reader.read_line(&mut line)? != 0 {
                    sum = data::add_line(sum, line.trim_end_matches('\n').as_bytes());
                    line.clear();
                }
                Ok(sum)
            }),
            Candidate::new(Role::Alternative, "read_until into one Vec", move || {
                let mut reader = BufReader::new(File::open(&bytes)?);
                let (mut line, mut sum) = (Vec::new(), 0_u64);
                while reader.read_until(b'\n', &mut line)? != 0 {
                    sum = data::add_line(sum, line.strip_suffix(b"\n").unwrap_or(&line));
                    line.clear();
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

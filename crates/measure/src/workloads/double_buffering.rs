//! A buffer over a buffer.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::rc::Rc;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

pub(super) const READ: Workload = Workload {
    rule: "double_buffering",
    variants: &["read", "default"],
    description: "walks the lines of 32 bytes of a file with read_until into a reused Vec",
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up: set_up_read,
};

pub(super) const WRITE: Workload = Workload {
    rule: "double_buffering",
    variants: &["write"],
    description: "writes lines of 32 bytes with writeln! to a new file",
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up: set_up_write,
};

fn set_up_read(directory: &Path, size: u64) -> io::Result<Setup> {
    let mut text = Vec::new();
    data::write_lines(&mut text, size)?;
    let source = data::file(directory, "source", &text)?;
    let twice = source.clone();
    Ok(Setup {
        size: text.len() as u64,
        candidates: vec![
            Candidate::new(Role::Baseline, "BufReader over BufReader", move || {
                sum(&mut BufReader::new(BufReader::new(File::open(&twice)?)))
            }),
            Candidate::new(Role::Suggested, "one BufReader", move || {
                sum(&mut BufReader::new(File::open(&source)?))
            }),
        ],
    })
}

fn sum(reader: &mut impl BufRead) -> io::Result<u64> {
    let mut line = Vec::new();
    let mut sum = 0_u64;
    while reader.read_until(b'\n', &mut line)? != 0 {
        // The eighth byte is the last digit of the line's number.
        let digit = line.get(7).copied().unwrap_or_default();
        sum = sum
            .wrapping_mul(31)
            .wrapping_add(u64::from(digit) + line.len() as u64);
        line.clear();
    }
    Ok(sum)
}

fn set_up_write(directory: &Path, size: u64) -> io::Result<Setup> {
    let target: Rc<Path> = directory.join("target").into();
    let twice = target.clone();
    Ok(Setup {
        size: data::lines(size) * data::LINE,
        candidates: vec![
            Candidate::new(Role::Baseline, "BufWriter over BufWriter", move || {
                let mut writer = BufWriter::new(BufWriter::new(File::create(&twice)?));
                data::write_lines(&mut writer, size)?;
                writer.flush()?;
                Ok(Written(twice.clone()))
            }),
            Candidate::new(Role::Suggested, "one BufWriter", move || {
                let mut writer = BufWriter::new(File::create(&target)?);
                data::write_lines(&mut writer, size)?;
                writer.flush()?;
                Ok(Written(target.clone()))
            }),
        ],
    })
}

//! One pass over a large file through a small window.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use io_optimize::LineReader;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "streaming_no_hint",
    variants: &["default"],
    description: concat!(
        "walks the lines of 32 bytes of a file with read_until into a reused Vec; io-optimize ",
        env!("CARGO_PKG_VERSION")
    ),
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let mut text = Vec::new();
    data::write_lines(&mut text, size)?;
    let source = data::file(directory, "source", &text)?;
    let runtime = source.clone();
    let through = |bytes: usize| {
        let source = source.clone();
        move || sum(BufReader::with_capacity(bytes, File::open(&source)?))
    };
    Ok(Setup {
        size: text.len() as u64,
        candidates: vec![
            Candidate::new(Role::Baseline, "a BufReader of 8 KiB", through(8 * 1024)),
            Candidate::new(
                Role::Suggested,
                "a BufReader of 256 KiB",
                through(256 * 1024),
            ),
            Candidate::new(
                Role::Alternative,
                "a BufReader of 1 MiB",
                through(1024 * 1024),
            ),
            Candidate::new(Role::Alternative, "io_optimize::LineReader", move || {
                let mut reader = LineReader::open(&runtime)?;
                let mut sum = 0_u64;
                while let Some(line) = reader.next_line()? {
                    // The others have the line's end in it, and its length is what is added.
                    sum = data::add_line(sum, line).wrapping_add(1);
                }
                Ok(sum)
            }),
        ],
    })
}

fn sum(mut reader: impl BufRead) -> io::Result<u64> {
    let (mut line, mut sum) = (Vec::new(), 0_u64);
    while reader.read_until(b'\n', &mut line)? != 0 {
        sum = data::add_line(sum, &line);
        line.clear();
    }
    Ok(sum)
}

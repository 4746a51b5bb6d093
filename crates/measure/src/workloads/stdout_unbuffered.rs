//! Lines printed one by one, modelled over a file.

use std::fs::File;
use std::io::{self, BufWriter, LineWriter, Write};
use std::path::Path;
use std::rc::Rc;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "stdout_unbuffered",
    variants: &["default"],
    description: "writes lines of 32 bytes through a LineWriter, which is how std buffers stdout, over a new file in \
                  the benchmark directory; the lock of stdout is not part of it",
    sizes: Sizes::Calls,
    throughput: true,
    pieces: None,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let target: Rc<Path> = directory.join("target").into();
    let buffered = target.clone();
    let large = target.clone();
    Ok(Setup {
        size: data::lines(size) * data::LINE,
        candidates: vec![
            Candidate::new(Role::Baseline, "println! (LineWriter)", {
                move || {
                    let mut stdout = LineWriter::new(File::create(&target)?);
                    data::write_lines(&mut stdout, size)?;
                    stdout.flush()?;
                    Ok(Written(target.clone()))
                }
            }),
            Candidate::new(
                Role::Suggested,
                "writeln! on BufWriter over stdout",
                move || {
                    let stdout = LineWriter::new(File::create(&buffered)?);
                    let mut writer = BufWriter::new(stdout);
                    data::write_lines(&mut writer, size)?;
                    writer.flush()?;
                    Ok(Written(buffered.clone()))
                },
            ),
            Candidate::new(
                Role::Alternative,
                "writeln! on BufWriter of 64 KiB over stdout",
                move || {
                    let stdout = LineWriter::new(File::create(&large)?);
                    let mut writer = BufWriter::with_capacity(64 << 10, stdout);
                    data::write_lines(&mut writer, size)?;
                    writer.flush()?;
                    Ok(Written(large.clone()))
                },
            ),
        ],
    })
}

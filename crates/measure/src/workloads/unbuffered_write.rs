//! Lines formatted onto a bare file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::rc::Rc;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "unbuffered_write",
    variants: &["default"],
    description: "writes lines of 32 bytes with writeln!, two values a line, to a new file",
    sizes: Sizes::Calls,
    throughput: true,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let target: Rc<Path> = directory.join("target").into();
    let (bare, buffered, large) = (target.clone(), target.clone(), target.clone());
    Ok(Setup {
        size: data::lines(size) * data::LINE,
        candidates: vec![
            Candidate::new(Role::Baseline, "writeln! on File", move || {
                data::write_lines(&mut File::create(&bare)?, size)?;
                Ok(Written(bare.clone()))
            }),
            Candidate::new(Role::Suggested, "writeln! on BufWriter", move || {
                let mut writer = BufWriter::new(File::create(&buffered)?);
                data::write_lines(&mut writer, size)?;
                writer.flush()?;
                Ok(Written(buffered.clone()))
            }),
            Candidate::new(
                Role::Alternative,
                "writeln! on BufWriter of 64 KiB",
                move || {
                    let mut writer = BufWriter::with_capacity(64 << 10, File::create(&large)?);
                    data::write_lines(&mut writer, size)?;
                    writer.flush()?;
                    Ok(Written(large.clone()))
                },
            ),
            Candidate::new(
                Role::Alternative,
                "writeln! on Vec, then fs::write",
                move || {
                    let mut text = Vec::new();
                    data::write_lines(&mut text, size)?;
                    fs::write(&target, text)?;
                    Ok(Written(target.clone()))
                },
            ),
        ],
    })
}

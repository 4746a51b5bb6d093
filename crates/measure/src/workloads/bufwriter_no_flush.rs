//! What the flush costs that keeps the last error from being lost.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::rc::Rc;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "bufwriter_no_flush",
    variants: &["default"],
    description: "writes lines of 32 bytes through a BufWriter that is dropped, with and without a flush before: the \
                  flush is there to report errors, the figure shows what it costs",
    sizes: Sizes::Calls,
    throughput: true,
    pieces: None,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let target: Rc<Path> = directory.join("target").into();
    let flushed = target.clone();
    Ok(Setup {
        size: data::lines(size) * data::LINE,
        candidates: vec![
            Candidate::new(Role::Baseline, "BufWriter dropped", move || {
                let mut writer = BufWriter::new(File::create(&target)?);
                data::write_lines(&mut writer, size)?;
                drop(writer);
                Ok(Written(target.clone()))
            }),
            Candidate::new(
                Role::Suggested,
                "BufWriter flushed, then dropped",
                move || {
                    let mut writer = BufWriter::new(File::create(&flushed)?);
                    data::write_lines(&mut writer, size)?;
                    writer.flush()?;
                    drop(writer);
                    Ok(Written(flushed.clone()))
                },
            ),
        ],
    })
}

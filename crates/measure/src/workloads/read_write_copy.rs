//! A file read whole only to be written elsewhere.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::rc::Rc;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "read_write_copy",
    variants: &["default"],
    description: concat!(
        "copies a file to a new file; the pattern reads it whole and writes it; io-optimize ",
        env!("CARGO_PKG_VERSION")
    ),
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let source = data::source(directory, size)?;
    let target: Rc<Path> = directory.join("target").into();
    let copy = |copy: fn(&Path, &Path) -> io::Result<u64>| {
        let (source, target) = (source.clone(), target.clone());
        move || copy(&source, &target).map(|_| Written(target.clone()))
    };
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(
                Role::Baseline,
                "fs::read, then fs::write",
                copy(|source, target| {
                    let bytes = fs::read(source)?;
                    fs::write(target, &bytes).map(|()| bytes.len() as u64)
                }),
            ),
            Candidate::new(
                Role::Suggested,
                "fs::copy",
                copy(|source, target| fs::copy(source, target)),
            ),
            Candidate::new(
                Role::Alternative,
                "io_optimize::copy",
                copy(|source, target| io_optimize::copy(source, target)),
            ),
            Candidate::new(
                Role::Alternative,
                "io::copy",
                copy(|source, target| {
                    io::copy(&mut File::open(source)?, &mut File::create(target)?)
                }),
            ),
        ],
    })
}

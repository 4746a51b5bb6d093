//! A copy from file to file by a loop.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::rc::Rc;

use crate::data;
use crate::units;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "manual_copy_loop",
    variants: &["default"],
    description: concat!(
        "copies a file to a new file; the pattern is a loop of read and write_all over 8 KiB; io-optimize ",
        env!("CARGO_PKG_VERSION")
    ),
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: Some(set_up_pieces),
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    set_up_pieces(directory, size, 8 << 10)
}

fn set_up_pieces(directory: &Path, size: u64, piece: u32) -> io::Result<Setup> {
    let source = data::source(directory, size)?;
    let target: Rc<Path> = directory.join("target").into();
    let looped = |length: usize| {
        let (source, target) = (source.clone(), target.clone());
        move || {
            let (mut reader, mut writer) = (File::open(&source)?, File::create(&target)?);
            let mut buffer = vec![0; length];
            loop {
                let read = reader.read(&mut buffer)?;
                if read == 0 {
                    return Ok(Written(target.clone()));
                }
                writer.write_all(&buffer[..read])?;
            }
        }
    };
    let runtime = (source.clone(), target.clone());
    let (small, large) = (looped(piece as usize), looped(256 << 10));
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(
                Role::Baseline,
                format!("loop of {}", units::size(piece.into())),
                small,
            ),
            Candidate::new(Role::Suggested, "io::copy", move || {
                io::copy(&mut File::open(&source)?, &mut File::create(&target)?)?;
                Ok(Written(target.clone()))
            }),
            Candidate::new(Role::Alternative, "io_optimize::io_copy", move || {
                let (source, target) = &runtime;
                io_optimize::io_copy(&mut File::open(source)?, &mut File::create(target)?)?;
                Ok(Written(target.clone()))
            }),
            Candidate::new(Role::Alternative, "loop of 256 KiB", large),
        ],
    })
}

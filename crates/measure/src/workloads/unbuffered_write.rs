//! Lines formatted onto a bare file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::rc::Rc;

use io_optimize::BufferedWriter;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "unbuffered_write",
    variants: &["default"],
    description: concat!(
        "writes lines of 32 bytes with writeln!, two values a line, to a new file; io-optimize ",
        env!("CARGO_PKG_VERSION")
    ),
    sizes: Sizes::Calls,
    throughput: true,
    pieces: Some(set_up_pieces),
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let target: Rc<Path> = directory.join("target").into();
    let (bare, buffered, large) = (target.clone(), target.clone(), target.clone());
    let runtime = target.clone();
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
            Candidate::new(
                Role::Alternative,
                "io_optimize::BufferedWriter",
                move || {
                    let mut writer = BufferedWriter::new(File::create(&runtime)?);
                    data::write_lines(&mut writer, size)?;
                    writer.finish()?;
                    Ok(Written(runtime.clone()))
                },
            ),
        ],
    })
}

/// The same for a file that is written in pieces of one size.
fn set_up_pieces(directory: &Path, size: u64, piece: u32) -> io::Result<Setup> {
    let bytes: Rc<[u8]> = data::noise(piece.into()).into();
    let count = (size / u64::from(piece)).max(1);
    let target: Rc<Path> = directory.join("target").into();
    let write = |write: fn(&Path, u64, &[u8]) -> io::Result<()>| {
        let (bytes, target) = (bytes.clone(), target.clone());
        move || write(&target, count, &bytes).map(|()| Written(target.clone()))
    };
    Ok(Setup {
        size: count * u64::from(piece),
        candidates: vec![
            Candidate::new(
                Role::Baseline,
                "write_all on File",
                write(|target, count, bytes| {
                    write_pieces(&mut File::create(target)?, count, bytes)
                }),
            ),
            Candidate::new(
                Role::Suggested,
                "write_all on BufWriter",
                write(|target, count, bytes| {
                    let mut writer = BufWriter::new(File::create(target)?);
                    write_pieces(&mut writer, count, bytes)?;
                    writer.flush()
                }),
            ),
            Candidate::new(
                Role::Alternative,
                "write_all on BufWriter of 64 KiB",
                write(|target, count, bytes| {
                    let mut writer = BufWriter::with_capacity(64 << 10, File::create(target)?);
                    write_pieces(&mut writer, count, bytes)?;
                    writer.flush()
                }),
            ),
            Candidate::new(
                Role::Alternative,
                "write_all on Vec, then fs::write",
                write(|target, count, bytes| {
                    let mut text = Vec::new();
                    write_pieces(&mut text, count, bytes)?;
                    fs::write(target, text)
                }),
            ),
            Candidate::new(
                Role::Alternative,
                "io_optimize::BufferedWriter",
                write(|target, count, bytes| {
                    let mut writer = BufferedWriter::new(File::create(target)?);
                    write_pieces(&mut writer, count, bytes)?;
                    writer.finish()?;
                    Ok(())
                }),
            ),
        ],
    })
}

fn write_pieces(writer: &mut impl Write, count: u64, bytes: &[u8]) -> io::Result<()> {
    (0..count).try_for_each(|_| writer.write_all(bytes))
}

//! A copy from file to file that the kernel could do, were the files not behind a layer.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

/// Bytes after which progress is told.
const SLICE: u64 = 1 << 20;

pub(super) const DYNAMIC: Workload = Workload {
    rule: "copy_off_fast_path",
    variants: &["dynamic", "default"],
    description: concat!(
        "copies a file to a new file with io::copy; the pattern reads through Box<dyn Read>; io-optimize ",
        env!("CARGO_PKG_VERSION")
    ),
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up: dynamic,
};

pub(super) const PROGRESS: Workload = Workload {
    rule: "copy_off_fast_path",
    variants: &["progress"],
    description: "copies a file to a new file with io::copy and counts; the pattern counts in a wrapper, the rewrite \
                  after each slice of 1 MiB",
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up: progress,
};

fn dynamic(directory: &Path, size: u64) -> io::Result<Setup> {
    let source = data::source(directory, size)?;
    let target: Rc<Path> = directory.join("target").into();
    let pair = || (source.clone(), target.clone());
    let (pattern, rewrite, runtime) = (pair(), pair(), pair());
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "io::copy(Box<dyn Read>)", move || {
                let (source, target) = &pattern;
                let mut reader: Box<dyn Read> = Box::new(File::open(source)?);
                io::copy(&mut reader, &mut File::create(target)?)?;
                Ok(Written(target.clone()))
            }),
            Candidate::new(Role::Suggested, "io::copy(File)", move || {
                let (source, target) = &rewrite;
                io::copy(&mut File::open(source)?, &mut File::create(target)?)?;
                Ok(Written(target.clone()))
            }),
            Candidate::new(Role::Alternative, "io_optimize::io_copy", move || {
                let (source, target) = &runtime;
                let mut reader = Box::new(File::open(source)?);
                io_optimize::io_copy(&mut reader, &mut File::create(target)?)?;
                Ok(Written(target.clone()))
            }),
        ],
    })
}

struct Counting<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count += read as u64;
        Ok(read)
    }
}

fn progress(directory: &Path, size: u64) -> io::Result<Setup> {
    let source = data::source(directory, size)?;
    let target: Rc<Path> = directory.join("target").into();
    let (pattern, slices, looped) = (
        (source.clone(), target.clone()),
        (source.clone(), target.clone()),
        (source, target),
    );
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "io::copy through a counter", move || {
                let (source, target) = &pattern;
                let inner = File::open(source)?;
                let mut reader = Counting { inner, count: 0 };
                io::copy(&mut reader, &mut File::create(target)?)?;
                counted(target, reader.count)
            }),
            Candidate::new(Role::Suggested, "io::copy of slices of 1 MiB", move || {
                let (source, target) = &slices;
                let (mut reader, mut writer) = (File::open(source)?, File::create(target)?);
                let mut count = 0;
                loop {
                    match io::copy(&mut reader.by_ref().take(SLICE), &mut writer)? {
                        0 => return counted(target, count),
                        copied => count += copied,
                    }
                }
            }),
            Candidate::new(Role::Alternative, "loop of 256 KiB", move || {
                let (source, target) = &looped;
                let (mut reader, mut writer) = (File::open(source)?, File::create(target)?);
                let mut buffer = vec![0; 256 << 10];
                let mut count = 0;
                loop {
                    match reader.read(&mut buffer)? {
                        0 => return counted(target, count),
                        read => {
                            io::Write::write_all(&mut writer, &buffer[..read])?;
                            count += read as u64;
                        }
                    }
                }
            }),
        ],
    })
}

/// The file that was written, if the count is right.
fn counted(target: &Rc<Path>, count: u64) -> io::Result<Written> {
    let length = target.metadata()?.len();
    if count == length {
        Ok(Written(target.clone()))
    } else {
        Err(io::Error::other(format!(
            "{count} bytes were counted, {length} written"
        )))
    }
}

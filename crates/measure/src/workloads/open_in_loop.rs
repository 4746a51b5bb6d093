//! Lines that are appended one by one to a file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::rc::Rc;

use crate::data::{self, LINE};
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "open_in_loop",
    variants: &["default"],
    description: "appends lines of 32 bytes to a file, which is opened for each line or once",
    sizes: Sizes::Calls,
    throughput: true,
    pieces: None,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let target: Rc<Path> = directory.join("target").into();
    let (kept, buffered) = (target.clone(), target.clone());
    Ok(Setup {
        size: data::lines(size) * LINE,
        candidates: vec![
            Candidate::new(
                Role::Baseline,
                "open, append, close for each line",
                move || {
                    for line in lines(size) {
                        append(&target)?.write_all(&line)?;
                    }
                    Ok(Written(target.clone()))
                },
            ),
            Candidate::new(
                Role::Suggested,
                "opened once, through BufWriter",
                move || {
                    let mut file = BufWriter::new(append(&buffered)?);
                    for line in lines(size) {
                        file.write_all(&line)?;
                    }
                    file.flush()?;
                    Ok(Written(buffered.clone()))
                },
            ),
            Candidate::new(Role::Alternative, "opened once", move || {
                let mut file = append(&kept)?;
                for line in lines(size) {
                    file.write_all(&line)?;
                }
                Ok(Written(kept.clone()))
            }),
        ],
    })
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn lines(size: u64) -> impl Iterator<Item = [u8; LINE as usize]> {
    (0..data::lines(size)).map(|number| {
        let mut line = [b'.'; LINE as usize];
        line[..8].copy_from_slice(&number.to_le_bytes());
        line[LINE as usize - 1] = b'\n';
        line
    })
}

//! Records that are synced one by one.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

const RECORD: usize = 4096;

pub(super) const WORKLOAD: Workload = Workload {
    rule: "fsync_in_loop",
    variants: &["default"],
    description: "writes records of 4 KiB to a file and brings them to the disk, each on its own or all together",
    sizes: Sizes::Calls,
    throughput: true,
    pieces: None,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let size = size.next_multiple_of(RECORD as u64);
    let bytes: Rc<[u8]> = data::noise(size).into();
    let target: Rc<Path> = directory.join("target").into();
    let (all, together) = (bytes.clone(), target.clone());
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "sync_data after each record", move || {
                let mut file = File::create(&target)?;
                for record in bytes.chunks(RECORD) {
                    file.write_all(record)?;
                    file.sync_data()?;
                }
                Ok(Written(target.clone()))
            }),
            Candidate::new(
                Role::Suggested,
                "one sync_data for all records",
                move || {
                    let mut file = File::create(&together)?;
                    for record in all.chunks(RECORD) {
                        file.write_all(record)?;
                    }
                    file.sync_data()?;
                    Ok(Written(together.clone()))
                },
            ),
        ],
    })
}

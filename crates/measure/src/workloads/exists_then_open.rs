//! Small files, half of which are missing.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::workload::{Candidate, Role, Setup, Sizes, Workload};

/// Bytes that a path counts for: the inode that it leads to, on ext4.
const PATH_BYTES: u64 = 256;

pub(super) const WORKLOAD: Workload = Workload {
    rule: "exists_then_open",
    variants: &["default"],
    description: "opens files of a few bytes by a list of paths, of which every second leads nowhere; a path counts \
                  as 256 bytes",
    sizes: Sizes::Calls,
    throughput: false,
    pieces: None,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let count = (size / PATH_BYTES).max(1);
    let mut paths = Vec::new();
    for number in 0..count {
        let path = directory.join(format!("file-{number:08}"));
        if number % 2 == 0 {
            fs::write(&path, number.to_le_bytes())?;
        }
        paths.push(path);
    }
    let paths: Rc<[PathBuf]> = paths.into();
    let matched = paths.clone();
    Ok(Setup {
        size: count * PATH_BYTES,
        candidates: vec![
            Candidate::new(Role::Baseline, "exists, then File::open", move || {
                sum(&paths, |path| {
                    if path.exists() {
                        File::open(path).map(Some)
                    } else {
                        Ok(None)
                    }
                })
            }),
            Candidate::new(Role::Suggested, "File::open, NotFound matched", move || {
                sum(&matched, |path| match File::open(path) {
                    Ok(file) => Ok(Some(file)),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(error),
                })
            }),
        ],
    })
}

fn sum(paths: &[PathBuf], open: impl Fn(&Path) -> io::Result<Option<File>>) -> io::Result<u64> {
    let mut sum = 0_u64;
    for path in paths {
        if let Some(mut file) = open(path)? {
            let mut bytes = [0; 8];
            file.read_exact(&mut bytes)?;
            sum = sum.rotate_left(7).wrapping_add(u64::from_le_bytes(bytes));
        }
    }
    Ok(sum)
}

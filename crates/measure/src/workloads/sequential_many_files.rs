//! Files of one directory, hashed by one thread or by several.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::thread;

use crate::data;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload};

/// Bytes of each file but the last.
const FILE_BYTES: u64 = 256 << 10;

pub(super) const WORKLOAD: Workload = Workload {
    rule: "sequential_many_files",
    variants: &["default"],
    description: "reads the files of a directory, 256 KiB each, with fs::read and hashes them with BLAKE3, one after \
                  another or by as many threads of std as there are cores",
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: None,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let folder: Rc<Path> = directory.join("files").into();
    fs::create_dir(&folder)?;
    let bytes = data::noise(size.max(1));
    for (number, part) in (0_u64..).zip(bytes.chunks(usize::try_from(FILE_BYTES).unwrap_or(1))) {
        fs::write(folder.join(format!("file-{number:08}")), part)?;
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let hash = |threads: usize| {
        let folder = folder.clone();
        move || hashes(&folder, threads)
    };
    let streamed = folder.clone();
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "one file after another", hash(1)),
            Candidate::new(Role::Suggested, "a thread for each core", hash(cores)).in_threads(),
            Candidate::new(
                Role::Alternative,
                "one file after another, streamed",
                move || {
                    joined(paths(&streamed)?.iter().map(|path| {
                        let mut hasher = blake3::Hasher::new();
                        io::copy(&mut File::open(path)?, &mut hasher)?;
                        Ok(hasher.finalize())
                    }))
                },
            ),
        ],
    })
}

/// In the order of the names, so that the answers can be compared.
fn paths(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    Ok(paths)
}

fn hash(path: &PathBuf) -> io::Result<blake3::Hash> {
    fs::read(path).map(|bytes| blake3::hash(&bytes))
}

fn hashes(folder: &Path, threads: usize) -> io::Result<Vec<u8>> {
    let paths = paths(folder)?;
    if threads == 1 {
        return joined(paths.iter().map(hash));
    }
    let share = paths.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let parts: Vec<_> = paths
            .chunks(share)
            .map(|part| scope.spawn(move || joined(part.iter().map(hash))))
            .collect();
        let mut all = Vec::new();
        for part in parts {
            let part = part
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a thread panicked")));
            all.append(&mut part?);
        }
        Ok(all)
    })
}

fn joined(hashes: impl Iterator<Item = io::Result<blake3::Hash>>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    for hash in hashes {
        all.extend(hash?.as_bytes());
    }
    Ok(all)
}

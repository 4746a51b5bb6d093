//! The files of a directory, 256 KiB each, hashed with BLAKE3 one after another or by several threads.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use blake3::{Hash, Hasher};

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way};

/// Bytes of each file but the last.
const FILE: usize = 256 << 10;

pub(crate) const PATTERN: Pattern<Place, Vec<u8>> = Pattern {
    name: "sequential_many_files/default",
    input: Input::Folder,
    writes: false,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("one file after another", one_by_one),
        Way::new("a thread for each core", threads),
        Way::new("one file after another, streamed", streamed),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    let place = Place::new(directory, size.max(1));
    fs::create_dir(&place.source)?;
    for (number, part) in noise(place.size).chunks(FILE).enumerate() {
        fs::write(place.source.join(format!("file-{number:08}")), part)?;
    }
    Ok(place)
}

fn one_by_one(place: &Place) -> io::Result<Vec<u8>> {
    joined(&paths(&place.source)?, whole)
}

fn threads(place: &Place) -> io::Result<Vec<u8>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let paths = paths(&place.source)?;
    if cores == 1 {
        return joined(&paths, whole);
    }
    let share = paths.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        let parts: Vec<_> = paths
            .chunks(share)
            .map(|part| scope.spawn(move || joined(part, whole)))
            .collect();
        let mut all = Vec::new();
        for part in parts {
            all.append(&mut part.join().expect("the thread does not panic")?);
        }
        Ok(all)
    })
}

fn streamed(place: &Place) -> io::Result<Vec<u8>> {
    joined(&paths(&place.source)?, |path| {
        let mut hasher = Hasher::new();
        io::copy(&mut File::open(path)?, &mut hasher)?;
        Ok(hasher.finalize())
    })
}

/// In the order of the names, so that the answers can be compared.
fn paths(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

fn whole(path: &Path) -> io::Result<Hash> {
    fs::read(path).map(|bytes| blake3::hash(&bytes))
}

fn joined(paths: &[PathBuf], hash: fn(&Path) -> io::Result<Hash>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    for path in paths {
        all.extend(hash(path)?.as_bytes());
    }
    Ok(all)
}

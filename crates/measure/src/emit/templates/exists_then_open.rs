//! Files of a few bytes opened by a list of paths, of which every second leads nowhere; a path counts as 256 bytes.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::pattern::{Input, Pattern, Place, Way};

/// Bytes that a path counts for: the inode that it leads to, on ext4.
const PATH: u64 = 256;

pub(crate) const PATTERN: Pattern<Paths, u64> = Pattern {
    name: "exists_then_open/default",
    input: Input::Folder,
    writes: false,
    throughput: false,
    set_up,
    prepare,
    ways: &[
        Way::new("exists, then File::open", exists),
        Way::new("File::open, NotFound matched", matched).but(&[(
            "a file instead",
            "what cannot be looked at does not exist, but opening it fails otherwise",
        )]),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    let count = (size / PATH).max(1);
    let place = Place::new(directory, count * PATH);
    fs::create_dir(&place.source)?;
    for (number, path) in (0..count).zip(paths(&place)) {
        if number % 2 == 0 {
            fs::write(path, number.to_le_bytes())?;
        }
    }
    Ok(place)
}

/// What is opened.
pub(crate) struct Paths(Vec<PathBuf>);

fn prepare(place: Place) -> io::Result<Paths> {
    Ok(Paths(paths(&place)))
}

fn paths(place: &Place) -> Vec<PathBuf> {
    let numbers = 0..place.size / PATH;
    numbers
        .map(|number| place.source.join(format!("file-{number:08}")))
        .collect()
}

fn exists(paths: &Paths) -> io::Result<u64> {
    sum(&paths.0, |path| {
        if path.exists() {
            File::open(path).map(Some)
        } else {
            Ok(None)
        }
    })
}

fn matched(paths: &Paths) -> io::Result<u64> {
    sum(&paths.0, |path| match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) => match error.kind() {
            ErrorKind::NotFound => Ok(None),
            _ => Err(error),
        },
    })
}

fn sum(paths: &[PathBuf], open: fn(&Path) -> io::Result<Option<File>>) -> io::Result<u64> {
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

//! A tree of files of 4 KiB, sixteen to a directory, copied by one thread or by several.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use super::pattern::noise;

use super::pattern::{Answer, Input, Pattern, Place, Way};

/// Bytes of each file but the last.
const FILE: usize = 4 << 10;
/// Files of each directory.
const FILES: usize = 16;

pub(crate) const PATTERN: Pattern<Place, Tree> = Pattern {
    name: "tree_copy/default",
    input: Input::Folder,
    writes: true,
    throughput: false,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("one file after another", |place| copied(place, 1)),
        Way::new("a thread for each core", |place| copied(place, cores())),
        Way::new("two threads for each core", |place| {
            copied(place, 2 * cores())
        }),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    let place = Place::new(directory, size.max(1));
    for (number, part) in noise(place.size).chunks(FILE).enumerate() {
        let folder = place.source.join(format!("folder-{:06}", number / FILES));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("file-{number:08}")), part)?;
    }
    Ok(place)
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// With one thread each file is copied where the walk meets it, as the pattern does.
fn copied(place: &Place, threads: usize) -> io::Result<Tree> {
    let mut files = Vec::new();
    walk(&place.source, &place.target, &mut |from, to| {
        if threads == 1 {
            fs::copy(from, to).map(drop)
        } else {
            files.push((from, to));
            Ok(())
        }
    })?;
    let share = files.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let copies: Vec<_> = files
            .chunks(share)
            .map(|part| scope.spawn(move || copy_all(part)))
            .collect();
        copies
            .into_iter()
            .try_for_each(|copy| copy.join().expect("the thread does not panic"))
    })?;
    Ok(Tree(place.target.clone()))
}

fn copy_all(files: &[(PathBuf, PathBuf)]) -> io::Result<()> {
    for (from, to) in files {
        fs::copy(from, to)?;
    }
    Ok(())
}

type Visit<'a> = &'a mut dyn FnMut(PathBuf, PathBuf) -> io::Result<()>;

fn walk(from: &Path, to: &Path, file: Visit<'_>) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &target, file)?;
        } else {
            file(entry.path(), target)?;
        }
    }
    Ok(())
}

/// A tree that was written: the names and contents of its files are the answer.
pub(crate) struct Tree(PathBuf);

impl Answer for Tree {
    fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut files = Vec::new();
        walk(&self.0, &self.0, &mut |path, _| {
            files.push(path);
            Ok(())
        })?;
        files.sort();
        let mut all = Vec::new();
        for path in files {
            let name = path.strip_prefix(&self.0).expect("it lies there");
            all.extend(name.to_string_lossy().as_bytes());
            all.extend(fs::read(path)?);
        }
        Ok(all)
    }

    fn discard(self) -> io::Result<()> {
        fs::remove_dir_all(&self.0)
    }
}

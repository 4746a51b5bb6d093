//! A tree of small files, copied by one thread or by several.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::thread;

use io_optimize::{Existing, OnError, TreeOptions};

use crate::data;
use crate::workload::{Answer, Candidate, Role, Setup, Sizes, Workload};

/// Bytes of each file but the last.
const FILE_BYTES: u64 = 4 << 10;
/// Files of each directory.
const FILES: u64 = 16;

pub(super) const WORKLOAD: Workload = Workload {
    rule: "tree_copy",
    variants: &["default"],
    description: concat!(
        "copies a tree of files of 4 KiB, sixteen to a directory; the pattern calls fs::copy for one after another; \
         io-optimize ",
        env!("CARGO_PKG_VERSION")
    ),
    sizes: Sizes::Calls,
    throughput: false,
    pieces: None,
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let source: Rc<Path> = directory.join("source").into();
    let bytes = data::noise(size.max(1));
    for (number, part) in (0_u64..).zip(bytes.chunks(usize::try_from(FILE_BYTES).unwrap_or(1))) {
        let folder = source.join(format!("folder-{:06}", number / FILES));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("file-{number:08}")), part)?;
    }
    let target: Rc<Path> = directory.join("target").into();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let copy = |threads: usize| {
        let (source, target) = (source.clone(), target.clone());
        move || {
            copy_tree(&source, &target, threads)?;
            Ok(Tree(target.clone()))
        }
    };
    Ok(Setup {
        size,
        candidates: vec![
            Candidate::new(Role::Baseline, "one file after another", copy(1)),
            Candidate::new(Role::Suggested, "a thread for each core", copy(cores)).in_threads(),
            Candidate::new(
                Role::Alternative,
                "two threads for each core",
                copy(2 * cores),
            )
            .in_threads(),
            Candidate::new(Role::Alternative, "io_optimize::TreeOptions", {
                let (source, target) = (source.clone(), target.clone());
                let options = TreeOptions::new()
                    .merge(true)
                    .existing(Existing::Replace)
                    .on_error(OnError::Stop);
                move || {
                    fs::create_dir_all(&target)?;
                    options.copy(&source, &target)?;
                    Ok(Tree(target.clone()))
                }
            })
            .in_threads(),
        ],
    })
}

/// With one thread each file is copied where the walk meets it, as the pattern does.
fn copy_tree(from: &Path, to: &Path, threads: usize) -> io::Result<()> {
    let mut files = Vec::new();
    walk(from, to, &mut |from, to| {
        if threads == 1 {
            fs::copy(from, to).map(drop)
        } else {
            files.push((from, to));
            Ok(())
        }
    })?;
    let share = files.len().div_ceil(threads).max(1);
    let copy_all = |files: &[(PathBuf, PathBuf)]| {
        files
            .iter()
            .try_for_each(|(from, to)| fs::copy(from, to).map(drop))
    };
    thread::scope(|scope| {
        let copies: Vec<_> = files
            .chunks(share)
            .map(|part| scope.spawn(move || copy_all(part)))
            .collect();
        copies.into_iter().try_for_each(|copy| {
            copy.join()
                .unwrap_or_else(|_| Err(io::Error::other("a thread panicked")))
        })
    })
}

fn walk(
    from: &Path,
    to: &Path,
    file: &mut dyn FnMut(PathBuf, PathBuf) -> io::Result<()>,
) -> io::Result<()> {
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

/// A tree that a candidate wrote: the names and contents of its files are the answer.
struct Tree(Rc<Path>);

impl Answer for Tree {
    fn feed(&self, hasher: &mut blake3::Hasher) -> io::Result<()> {
        let mut files = Vec::new();
        walk(&self.0, &self.0, &mut |path, _| {
            files.push(path);
            Ok(())
        })?;
        files.sort();
        for path in files {
            let name = path.strip_prefix(&self.0).unwrap_or(&path);
            hasher.update(name.as_os_str().as_encoded_bytes());
            io::copy(&mut File::open(path)?, hasher)?;
        }
        Ok(())
    }

    fn discard(self) -> io::Result<()> {
        fs::remove_dir_all(&self.0)
    }
}

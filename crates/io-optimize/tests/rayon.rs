//! With the feature `rayon`: work is done by the threads of a pool, wherever it is called from.
#![cfg(feature = "rayon")]

use std::collections::HashSet;
use std::fs;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use io_optimize::{fold_chunks, fold_lines, for_each_chunk, CopyOptions, Progress, Workers};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tempfile::TempDir;

const MIB: usize = 1 << 20;

fn pool(threads: usize) -> ThreadPool {
    let builder = ThreadPoolBuilder::new().num_threads(threads);
    builder.build().unwrap()
}

/// Numbered lines, so that any order but the file's is found out.
fn make(directory: &Path, length: usize) -> (PathBuf, Vec<u8>) {
    let mut contents = Vec::with_capacity(length + 20);
    for number in 0.. {
        contents.extend(format!("line {number}\n").into_bytes());
        if contents.len() >= length {
            break;
        }
    }
    let path = directory.join("a");
    fs::write(&path, &contents).unwrap();
    (path, contents)
}

/// The threads that were met.
#[derive(Default)]
struct Threads(Mutex<HashSet<ThreadId>>);

impl Threads {
    fn note(&self) {
        self.0.lock().unwrap().insert(thread::current().id());
    }

    fn of(pool: &ThreadPool) -> HashSet<ThreadId> {
        let all = pool.broadcast(|_| thread::current().id());
        all.into_iter().collect()
    }
}

impl Progress for Threads {
    fn advance(&self, _bytes: u64) {
        self.note();
    }
}

/// The lines in the order of the merges, and the threads that gave them.
fn fold(path: &Path) -> (Vec<u8>, HashSet<ThreadId>) {
    let threads = Threads::default();
    let append = |lines: &mut Vec<u8>, line: &[u8]| {
        threads.note();
        lines.extend_from_slice(line);
        lines.push(b'\n');
    };
    let merge = |lines: &mut Vec<u8>, more| lines.extend::<Vec<u8>>(more);
    let lines = fold_lines(path, Workers::rayon(), Vec::new, append, merge).unwrap();
    (lines, threads.0.into_inner().unwrap())
}

#[test]
fn lines_are_read_by_the_threads_of_the_pool_only() {
    let directory = TempDir::new().unwrap();
    let (path, contents) = make(directory.path(), 4 * MIB);
    for threads in [1, 2, 5] {
        let pool = pool(threads);
        let (lines, met) = pool.install(|| fold(&path));
        assert!(lines == contents, "{threads} threads");
        assert!(met.is_subset(&Threads::of(&pool)), "{threads} threads");
    }
}

#[test]
fn chunks_are_read_by_the_threads_of_the_pool_only() {
    let directory = TempDir::new().unwrap();
    let (path, contents) = make(directory.path(), 4 * MIB);
    for threads in [1, 3] {
        let pool = pool(threads);
        let met = Threads::default();
        let append = |bytes: &mut Vec<u8>, offset: u64, chunk: &[u8]| {
            met.note();
            let from = offset as usize;
            assert!(contents[from..from + chunk.len()] == *chunk, "{offset}");
            bytes.extend_from_slice(chunk);
        };
        let merge = |bytes: &mut Vec<u8>, more| bytes.extend::<Vec<u8>>(more);
        let bytes = pool.install(|| fold_chunks(&path, Workers::rayon(), Vec::new, append, merge));
        assert!(bytes.unwrap() == contents, "{threads} threads");
        let length = pool.install(|| for_each_chunk(&path, Workers::rayon(), |_, _| met.note()));
        assert_eq!(length.unwrap(), contents.len() as u64);
        let met = met.0.into_inner().unwrap();
        assert!(met.is_subset(&Threads::of(&pool)), "{threads} threads");
    }
}

#[test]
fn copies_are_made_by_the_threads_of_the_pool_only() {
    let directory = TempDir::new().unwrap();
    let (from, contents) = make(directory.path(), 32 * MIB);
    let to = directory.path().join("b");
    for threads in [1, 3] {
        let pool = pool(threads);
        let met = Arc::new(Threads::default());
        let mut options = CopyOptions::new().workers(Workers::rayon());
        if cfg!(target_os = "linux") {
            options = options.strategy(io_optimize::Strategy::Positioned);
        }
        let options = options.progress(met.clone());
        let report = pool.install(|| options.copy(&from, &to)).unwrap();
        assert_eq!(report.bytes, contents.len() as u64);
        assert!(fs::read(&to).unwrap() == contents, "{threads} threads");
        let met = met.0.lock().unwrap();
        assert!(met.is_subset(&Threads::of(&pool)), "{threads} threads");
    }
}

#[test]
fn more_calls_at_once_than_the_pool_has_threads() {
    let directory = TempDir::new().unwrap();
    let (path, contents) = make(directory.path(), 2 * MIB);
    for threads in [1, 2] {
        pool(threads).scope(|scope| {
            for number in 0..6 {
                let (path, contents) = (&path, &contents);
                let to = directory.path().join(format!("copy {number}"));
                scope.spawn(move |_| {
                    assert!(fold(path).0 == *contents);
                    let options = CopyOptions::new().workers(Workers::rayon());
                    options.copy(path, &to).unwrap();
                    assert!(fs::read(&to).unwrap() == *contents);
                });
            }
        });
    }
}

#[test]
fn a_call_within_what_is_called() {
    let directory = TempDir::new().unwrap();
    let (path, contents) = make(directory.path(), MIB);
    for threads in [1, 2] {
        let inner = |bytes: &mut usize, _, _: &[u8]| *bytes += fold(&path).0.len();
        let sum = |bytes: &mut usize, more| *bytes += more;
        let call = || fold_chunks(&path, Workers::rayon(), || 0, inner, sum);
        let bytes = pool(threads).install(call).unwrap();
        assert_eq!(bytes % contents.len(), 0);
        assert!(bytes >= 4 * contents.len(), "chunks have up to 256 KiB");
    }
}

#[test]
fn from_outside_the_global_pool_helps() {
    let directory = TempDir::new().unwrap();
    let (path, contents) = make(directory.path(), 4 * MIB);
    let (lines, met) = fold(&path);
    assert!(lines == contents);
    let mut known: HashSet<_> = rayon::broadcast(|_| thread::current().id())
        .into_iter()
        .collect();
    known.insert(thread::current().id());
    assert!(met.is_subset(&known));
}

#[test]
fn a_panic_is_the_callers() {
    let directory = TempDir::new().unwrap();
    let (path, contents) = make(directory.path(), 2 * MIB);
    let last = contents.len() as u64 - 1;
    for threads in [1, 2] {
        let run = || {
            let stop_at_last = |offset: u64, chunk: &[u8]| {
                assert!(offset + chunk.len() as u64 <= last, "the last byte");
            };
            pool(threads).install(|| for_each_chunk(&path, Workers::rayon(), stop_at_last))
        };
        let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"the last byte"));
    }
}

//! One file in chunks, on several threads.

use std::fs;
use std::io::ErrorKind;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;
use std::sync::Mutex;

use io_optimize::{fold_chunks, for_each_chunk, ReadError};
use tempfile::TempDir;

/// Bytes.
const MIB: usize = 1024 * 1024;

/// All chunks with their offsets in the order of the merges, and how many values were started with.
fn fold(path: &Path, workers: usize) -> (Vec<(u64, Vec<u8>)>, usize) {
    fold_chunks(
        path,
        workers,
        || (Vec::new(), 1),
        |(chunks, _), offset, chunk| chunks.push((offset, chunk.to_vec())),
        |(chunks, parts), (more, others)| {
            chunks.extend(more);
            *parts += others;
        },
    )
    .unwrap()
}

/// The chunks lie one behind the other and are the contents.
fn check_chunks(chunks: &[(u64, Vec<u8>)], contents: &[u8]) {
    let mut end = 0;
    for (offset, chunk) in chunks {
        assert_eq!(*offset, end as u64);
        assert!(!chunk.is_empty());
        assert!(contents[end..].starts_with(chunk), "{offset}");
        end += chunk.len();
    }
    assert_eq!(end, contents.len());
}

#[test]
fn chunks_are_the_file_whatever_the_number_of_workers() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    for length in [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 77] {
        let contents: Vec<u8> = (0..length)
            .map(|at| (at % 251 + at / 4096 % 5) as u8)
            .collect();
        fs::write(&path, &contents).unwrap();
        for workers in [0, 1, 2, 3, usize::MAX] {
            let (chunks, parts) = fold(&path, workers);
            check_chunks(&chunks, &contents);
            assert!(workers == 0 || parts <= workers);
            assert!(length >= MIB || parts == 1);
            assert!([0, 1, usize::MAX].contains(&workers) || length < MIB || parts == workers);

            let chunks = Mutex::new(Vec::new());
            let bytes = for_each_chunk(&path, workers, |offset, chunk| {
                chunks.lock().unwrap().push((offset, chunk.to_vec()));
            });
            assert_eq!(bytes.unwrap(), length as u64);
            let mut chunks = chunks.into_inner().unwrap();
            chunks.sort();
            check_chunks(&chunks, &contents);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn pseudo_files_are_read_whole() {
    let wanted = fs::read("/proc/filesystems").unwrap();
    let (chunks, parts) = fold(Path::new("/proc/filesystems"), 4);
    check_chunks(&chunks, &wanted);
    assert_eq!(parts, 1);
}

#[test]
fn a_panic_in_a_worker_is_the_callers() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, vec![7; 2 * MIB]).unwrap();
    let run = || for_each_chunk(&path, 4, |offset, _| assert_eq!(offset, 0, "not the first"));
    let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert!(panic
        .downcast_ref::<String>()
        .unwrap()
        .contains("not the first"));
}

#[test]
fn errors_name_the_path() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("missing");
    let error = for_each_chunk(&path, 2, |_, _| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let details = error.get_ref().unwrap().downcast_ref::<ReadError>();
    assert_eq!(details.unwrap().path(), path);
}

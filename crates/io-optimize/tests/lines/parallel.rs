//! One file on several threads.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;
use std::thread;

use crate::common::{contents, oracle};
use io_optimize::{count_lines, fold_lines, ReadError};
use proptest::prelude::*;
use tempfile::TempDir;

/// Bytes.
const MIB: usize = 1024 * 1024;

/// Appends the line so that it can be told from the ones round it, without memory of its own.
fn append(lines: &mut Vec<u8>, line: &[u8]) {
    lines.extend(line.len().to_le_bytes());
    lines.extend(line);
}

/// The lines of the file in the order of the merges, and how many values were started with.
fn fold(path: &Path, workers: usize) -> (Vec<u8>, usize) {
    fold_lines(
        path,
        workers,
        || (Vec::new(), 1),
        |(lines, _), line| append(lines, line),
        |(lines, parts), (more, others)| {
            lines.extend(more);
            *parts += others;
        },
    )
    .unwrap()
}

/// Compares with the oracle, for many numbers of workers.
fn check(contents: &[u8]) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, contents).unwrap();
    let lines = oracle(contents);
    let mut wanted = Vec::new();
    lines.iter().for_each(|line| append(&mut wanted, line));
    for workers in [0, 1, 3, usize::MAX] {
        let (folded, parts) = fold(&path, workers);
        assert!(folded == wanted, "{workers} workers");
        assert!(workers == 0 || parts <= workers);
        assert!(contents.len() >= MIB || parts == 1);
    }
    assert_eq!(count_lines(&path).unwrap(), lines.len() as u64);
}

/// The pieces over and over, up to this length.
fn repeated(pieces: &[u8], length: usize) -> Vec<u8> {
    pieces.iter().copied().cycle().take(length).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn any_contents(pieces in contents(), length in MIB..MIB + 300_000) {
        check(&repeated(&pieces, length));
    }
}

#[test]
fn files_round_the_sizes_that_are_split() {
    for length in [0, 1, 100, MIB - 1, MIB, MIB + 1, 2 * MIB] {
        check(&repeated(
            b"a line of a common length\r\n\nand another one of them\n",
            length,
        ));
    }
}

#[test]
fn lines_longer_than_a_range() {
    check(&vec![b'x'; 2 * MIB]);
    let half = vec![b'x'; MIB];
    check(&[&half[..], b"\n", &half].concat());
    check(&[&half[..], &half, b"\n"].concat());
    check(&[b"a\n", &half[..], b"\r\nb\n", &half, b"\nc"].concat());
    check(&vec![b'\n'; MIB]);
}

#[test]
fn newlines_round_each_border() {
    for workers in [2_usize, 3] {
        for shift in -3_isize..=3 {
            let mut contents = vec![b'x'; MIB];
            for part in 1..workers {
                contents[(MIB * part / workers).wrapping_add_signed(shift)] = b'\n';
            }
            check(&contents);
        }
    }
}

#[test]
fn the_caller_has_as_many_workers_as_it_asks_for() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, "line\n".repeat(MIB / 4)).unwrap();
    for workers in [1, 2, 5, 16] {
        assert_eq!(fold(&path, workers).1, workers);
    }
}

#[test]
fn a_file_that_changes_its_length_meanwhile() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    let contents = "12345\n".repeat(MIB / 3);
    fs::write(&path, &contents).unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            for _ in 0..100 {
                // Down to less than the first range, then longer than it was.
                file.set_len(MIB as u64 / 2).unwrap();
                file.write_all(contents.as_bytes()).unwrap();
            }
        });
        while !writer.is_finished() {
            let only_such_bytes = fold_lines(
                &path,
                4,
                || true,
                // Two writes can meet within a line, and what is cut off can be seen as zeros.
                |all, line| *all &= line.iter().all(|byte| b"12345\0".contains(byte)),
                |all, others| *all &= others,
            );
            assert!(only_such_bytes.unwrap());
            assert!(count_lines(&path).unwrap() >= MIB as u64 / 2 / 6);
        }
    });
}

#[test]
fn a_panic_in_a_worker_is_the_callers() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, format!("{}last", "line\n".repeat(MIB / 4))).unwrap();
    let run = || {
        let stop_at_last = |(): &mut (), line: &[u8]| assert_ne!(line, b"last", "the last line");
        fold_lines(&path, 4, || (), stop_at_last, |(), ()| ())
    };
    let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert!(panic
        .downcast_ref::<String>()
        .unwrap()
        .contains("the last line"));
}

#[test]
fn errors_name_the_path() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("missing");
    let fold_error = fold_lines(&path, 2, || (), |(), _| (), |(), ()| ()).unwrap_err();
    let count_error = count_lines(&path).unwrap_err();
    for error in [fold_error, count_error] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let details = error.get_ref().unwrap().downcast_ref::<ReadError>();
        assert_eq!(details.unwrap().path(), path);
    }
}

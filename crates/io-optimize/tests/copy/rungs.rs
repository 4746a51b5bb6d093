//! What is particular to one strategy: pipes for splice, units for direct I/O, truncation under a
//! mapping, and the number of workers. The injected faults need strace.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::common::{make, skip, works_here, Piece::Data, Piece::Hole};
use crate::injected::copy_in_strace;
use io_optimize::{copy_with_report, CopyOptions, LeaveReason, Strategy};
use tempfile::TempDir;

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn splice_joins_pipes_and_files() {
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name);
    fifo(&path("in"));
    fifo(&path("out"));
    make(&path("source"), &[Data(300_001)]);
    let contents = fs::read(path("source")).unwrap();
    let options = CopyOptions::new().strategy(Strategy::Splice);
    for from in ["in", "source"] {
        for to in ["out", "copy"] {
            let received = thread::scope(|scope| {
                if from == "in" {
                    scope.spawn(|| {
                        let mut writer = OpenOptions::new().write(true).open(path("in")).unwrap();
                        for piece in contents.chunks(7000) {
                            writer.write_all(piece).unwrap();
                        }
                    });
                }
                let reader = (to == "out").then(|| scope.spawn(|| fs::read(path("out")).unwrap()));
                let report = options.copy(path(from), path(to)).unwrap();
                assert_eq!(report.bytes, 300_001, "{from} to {to}");
                match reader {
                    Some(reader) => reader.join().unwrap(),
                    None => fs::read(path(to)).unwrap(),
                }
            });
            assert!(received == contents, "{from} to {to}");
        }
    }
}

#[test]
fn a_fifo_is_spliced_unless_something_else_is_forced() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("fifo"), directory.path().join("copy"));
    fifo(&from);
    let report = thread::scope(|scope| {
        scope.spawn(|| fs::write(&from, "text").unwrap());
        copy_with_report(&from, &to).unwrap()
    });
    assert_eq!(report.strategy, Strategy::Splice, "{report}");
    assert!(report
        .left
        .iter()
        .all(|left| left.reason == LeaveReason::NotRegular));
    assert_eq!(fs::read(&to).unwrap(), b"text");
}

#[test]
fn what_needs_regular_files_leaves_others_alone() {
    let directory = TempDir::new().unwrap();
    let from = directory.path().join("source");
    make(&from, &[Data(10_000)]);
    for strategy in [Strategy::Direct, Strategy::Mmap] {
        let options = CopyOptions::new().strategy(strategy);
        let error = options.copy(&from, "/dev/null").unwrap_err();
        assert!(error.to_string().contains("does not work"), "{error}");
    }
}

#[test]
fn direct_io_copies_every_length_round_its_units() {
    let directory = TempDir::new().unwrap();
    if !works_here(directory.path(), Strategy::Direct) {
        return skip(
            "direct I/O",
            "a temporary directory on a file system that has it",
        );
    }
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    let options = CopyOptions::new().strategy(Strategy::Direct);
    for border in [512, 4096, 1 << 20, 3 << 20] {
        for length in [border - 1, border, border + 1, border + 513] {
            make(&from, &[Data(length)]);
            options.copy(&from, &to).unwrap();
            assert!(
                fs::read(&from).unwrap() == fs::read(&to).unwrap(),
                "{length} bytes"
            );
        }
    }
    // Data that begins and ends within a unit, where the file system keeps such holes.
    make(&from, &[Hole(70_001), Data(50_000), Hole(100_000), Data(3)]);
    options.copy(&from, &to).unwrap();
    assert!(fs::read(&from).unwrap() == fs::read(&to).unwrap());
}

#[test]
fn any_number_of_workers_copies_the_same() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    for length in [0, 1, 600_000, (12 << 20) + 1] {
        make(&from, &[Data(length)]);
        for workers in [0, 1, 2, 3, usize::MAX] {
            let options = CopyOptions::new()
                .strategy(Strategy::Positioned)
                .workers(workers);
            let report = options.copy(&from, &to).unwrap();
            assert_eq!(report.bytes, length as u64);
            let same = fs::read(&from).unwrap() == fs::read(&to).unwrap();
            assert!(same, "{length} bytes by {workers} workers");
        }
    }
}

#[test]
fn each_stretch_of_data_is_copied_by_what_is_right_for_its_length() {
    let directory = TempDir::new().unwrap();
    let [from, whole, to] = ["source", "whole", "copy"].map(|name| directory.path().join(name));
    let lengths = [4096, 300_000, 17 << 20];
    for last in lengths {
        make(&whole, &[Data(last)]);
        let alone = copy_with_report(&whole, &to).unwrap();
        for first in lengths {
            make(&from, &[Data(first), Hole(1 << 20), Data(last)]);
            let report = copy_with_report(&from, &to).unwrap();
            assert!(fs::read(&from).unwrap() == fs::read(&to).unwrap());
            // A file this small is not asked for, a stretch is: both are read and written in the end.
            if last > 16 << 10 || alone.strategy == Strategy::Reflink {
                assert_eq!(report.strategy, alone.strategy, "{first}, {last}: {report}");
            }
            let mut strategies: Vec<_> = report.left.iter().map(|left| left.strategy).collect();
            assert!(!strategies.contains(&report.strategy), "{report}");
            strategies.dedup();
            assert_eq!(strategies.len(), report.left.len(), "{report}");
        }
    }
}

#[test]
fn what_was_refused_stays_refused_for_the_next_stretch() {
    let directory = TempDir::new().unwrap();
    let [from, to] = ["source", "copy"].map(|name| directory.path().join(name));
    let small_and_large = [Data(4096), Hole(1 << 20), Data(300_000), Hole(1 << 20)];
    let pieces = [&small_and_large[..], &small_and_large[..]].concat();
    make(&from, &pieces);
    // Two large stretches and a refusal at the first call of each: the second is not asked for.
    for refusal in ["splice:error=EINVAL", "copy_file_range:error=EXDEV"] {
        let _ = fs::remove_file(&to);
        let Some(said) = copy_in_strace(None, &[refusal], &from, &to) else {
            return;
        };
        let call = refusal.split_once(':').unwrap().0;
        assert!(said.matches(&format!("{call} left")).count() <= 1, "{said}");
        assert!(said.contains("bytes by"), "{said}");
        assert!(fs::read(&from).unwrap() == fs::read(&to).unwrap(), "{said}");
    }
}

#[test]
fn interruptions_and_what_a_mapping_cannot_give_do_no_harm() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    make(&from, &[Data((9 << 20) + 5), Hole(1 << 20), Data(70_000)]);
    let mut cases = vec![
        (Strategy::Splice, "splice:error=EINTR:when=1+2"),
        (Strategy::Splice, "fcntl:error=EPERM"),
        (Strategy::Mmap, "write:error=EINTR:when=1+2"),
        // As where the source was truncated under the mapping: read on from there.
        (Strategy::Mmap, "write:error=EFAULT:when=1"),
        (Strategy::Mmap, "write:error=EFAULT:when=2"),
    ];
    if works_here(directory.path(), Strategy::Direct) {
        cases.extend([
            (Strategy::Direct, "pread64:error=EINTR:when=1+2"),
            (Strategy::Direct, "pwrite64:error=EINTR:when=1+2"),
            (Strategy::Direct, "statx:error=ENOSYS:when=3+"),
        ]);
    }
    for (strategy, injection) in cases {
        let _ = fs::remove_file(&to);
        let Some(said) = copy_in_strace(Some(strategy), &[injection], &from, &to) else {
            return;
        };
        assert!(said.contains("bytes by"), "{strategy}, {injection}: {said}");
        let same = fs::read(&from).unwrap() == fs::read(&to).unwrap();
        assert!(same, "{strategy}, {injection}: contents differ");
    }
}

#[test]
fn errors_are_reported_and_leave_what_was_copied() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    make(&from, &[Data((9 << 20) + 5)]);
    let mut cases = vec![
        (Strategy::Splice, "splice:error=EIO:when=3", "splice"),
        (Strategy::Splice, "splice:error=ENOSPC:when=4", "splice"),
        (Strategy::Splice, "splice:error=EINVAL:when=4", "not work"),
        (Strategy::Mmap, "write:error=ENOSPC:when=2", "cannot write"),
        (Strategy::Mmap, "write:retval=0:when=2", "cannot write"),
        (Strategy::Mmap, "mmap:error=ENODEV", "not work"),
    ];
    if works_here(directory.path(), Strategy::Direct) {
        cases.extend([
            (Strategy::Direct, "pread64:error=EIO:when=3", "cannot read"),
            (Strategy::Direct, "pwrite64:error=ENOSPC:when=3", "write"),
            (Strategy::Direct, "pwrite64:retval=0:when=3", "write"),
            (Strategy::Direct, "fcntl:error=EINVAL:when=3", "not work"),
        ]);
    }
    for (strategy, injection, named) in cases {
        let _ = fs::remove_file(&to);
        let Some(said) = copy_in_strace(Some(strategy), &[injection], &from, &to) else {
            return;
        };
        let reported = said.contains("cannot copy") && said.contains(named);
        assert!(reported, "{strategy}, {injection}: {said}");
        let (whole, part) = (fs::read(&from).unwrap(), fs::read(&to).unwrap());
        assert!(whole.starts_with(&part), "{strategy}, {injection}");
        assert!(part.len() < whole.len(), "{strategy}, {injection}");
    }
}

#[test]
fn a_source_that_is_truncated_meanwhile_is_neither_padded_nor_the_end_of_the_process() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    make(&from, &[Data(12 << 20)]);
    let whole = fs::read(&from).unwrap();
    for strategy in [Strategy::Splice, Strategy::Mmap, Strategy::Direct] {
        if !works_here(directory.path(), strategy) {
            continue;
        }
        for round in 0..5 {
            fs::write(&from, &whole).unwrap();
            thread::scope(|scope| {
                scope.spawn(|| {
                    let file = OpenOptions::new().write(true).open(&from).unwrap();
                    // Whatever part is copied by then: every outcome must be right.
                    for length in (0..48).rev() {
                        file.set_len(length * 250_007 + round).unwrap();
                    }
                });
                let options = CopyOptions::new().strategy(strategy);
                options.copy(&from, &to).unwrap();
            });
            let mut copied = Vec::new();
            fs::File::open(&to)
                .unwrap()
                .read_to_end(&mut copied)
                .unwrap();
            assert!(whole.starts_with(&copied), "by {strategy}");
        }
    }
}

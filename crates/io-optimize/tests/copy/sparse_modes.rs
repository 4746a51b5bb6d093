//! Holes that are written out, and zeros that become holes.

use std::fs;
use std::io::ErrorKind;

use crate::common::{allocated, make, table, Piece::Data, Piece::Hole};
use io_optimize::{CopyOptions, LeaveReason, Sparse, Strategy};
use tempfile::TempDir;

const BLOCK: usize = 4096;

#[test]
fn holes_are_written_out() {
    let directory = TempDir::new().unwrap();
    let [from, to] = ["from", "to"].map(|name| directory.path().join(name));
    let options = CopyOptions::new().sparse(Sparse::Expand);
    for (name, pieces) in table() {
        make(&from, &pieces);
        let report = options.copy(&from, &to).unwrap();
        let wanted = fs::read(&from).unwrap();
        assert!(fs::read(&to).unwrap() == wanted, "{name}");
        assert_eq!((report.bytes, report.hole_bytes), (wanted.len() as u64, 0));
        assert!(allocated(&to) >= wanted.len() as u64, "{name}: {report}");
    }
}

/// How many bytes lie in blocks of zeros, by looking at each.
fn zeros(contents: &[u8]) -> u64 {
    let blocks = contents.chunks(BLOCK);
    let zeros = blocks.filter(|block| block.iter().all(|&byte| byte == 0));
    zeros.map(|block| block.len() as u64).sum()
}

#[test]
fn zeros_become_holes() {
    let directory = TempDir::new().unwrap();
    let [from, to] = ["from", "to"].map(|name| directory.path().join(name));
    let options = CopyOptions::new().sparse(Sparse::Detect);
    for (name, pieces) in table() {
        // Once as it is, once with all its holes written out.
        for written_out in [false, true] {
            make(&from, &pieces);
            let wanted = fs::read(&from).unwrap();
            if written_out {
                fs::write(&from, &wanted).unwrap();
            }
            let _ = fs::remove_file(&to);
            let report = options.copy(&from, &to).unwrap();
            assert!(fs::read(&to).unwrap() == wanted, "{name}");
            assert_eq!(report.bytes, wanted.len() as u64);
            assert!(report.hole_bytes >= zeros(&wanted) / BLOCK as u64 * BLOCK as u64);
            // One block may be kept for what describes the extents.
            let most = wanted.len() as u64 - zeros(&wanted) + 2 * BLOCK as u64;
            assert!(allocated(&to) <= most, "{name}: {report}");
        }
    }
}

#[test]
fn the_report_says_why_nothing_was_shared() {
    let directory = TempDir::new().unwrap();
    let [from, to] = ["from", "to"].map(|name| directory.path().join(name));
    make(&from, &[Data(100_000), Hole(100_000)]);
    let report = CopyOptions::new().sparse(Sparse::Expand).copy(&from, &to);
    let report = report.unwrap();
    assert_eq!(report.strategy, Strategy::Positioned);
    assert_eq!(report.left[0].reason, LeaveReason::SharesHoles);
    assert_eq!(report.left.len(), 1);
}

#[test]
fn what_a_forced_strategy_cannot_do_is_refused_before_anything_is_changed() {
    let directory = TempDir::new().unwrap();
    let [from, to] = ["from", "to"].map(|name| directory.path().join(name));
    make(&from, &[Data(100_000)]);
    fs::write(&to, "old").unwrap();
    for &strategy in Strategy::available() {
        for sparse in [Sparse::Expand, Sparse::Detect] {
            let options = CopyOptions::new().strategy(strategy).sparse(sparse);
            match options.copy(&from, &to) {
                Ok(report) => {
                    assert_eq!(strategy, Strategy::Positioned);
                    assert_eq!(report.strategy, strategy);
                    fs::write(&to, "old").unwrap();
                }
                Err(error) => {
                    let refusals = [ErrorKind::InvalidInput, ErrorKind::Unsupported];
                    assert!(refusals.contains(&error.kind()), "{error}");
                    assert_eq!(fs::read(&to).unwrap(), b"old");
                }
            }
        }
    }
}

//! Ranges against slices.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom};
use std::ops::Range;

use crate::bytes;
use io_optimize::copy_range;
use proptest::prelude::{proptest, ProptestConfig};
use tempfile::TempDir;

/// What the destination must hold, by slices.
fn oracle(source: &[u8], range: Range<u64>, destination: &[u8], offset: u64) -> (u64, Vec<u8>) {
    let end = source.len().min(range.end as usize);
    let part = source.get(range.start as usize..end).unwrap_or_default();
    let mut wanted = destination.to_vec();
    if !part.is_empty() {
        let offset = offset as usize;
        wanted.resize(wanted.len().max(offset + part.len()), 0);
        wanted[offset..offset + part.len()].copy_from_slice(part);
    }
    (part.len() as u64, wanted)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_range_to_any_place(
        length in 0..3_000_000_usize,
        old in 0..2_000_000_usize,
        start in 0..3_000_000_u64,
        count in 0..3_000_000_u64,
        offset in 0..2_000_000_u64,
    ) {
        let directory = TempDir::new().unwrap();
        let (from, to) = (directory.path().join("source"), directory.path().join("copy"));
        let (contents, before) = (bytes(length), vec![0xff; old]);
        fs::write(&from, &contents).unwrap();
        fs::write(&to, &before).unwrap();
        let mut source = File::open(&from).unwrap();
        let mut destination = OpenOptions::new().read(true).write(true).open(&to).unwrap();
        source.seek(SeekFrom::Start(11)).unwrap();
        destination.seek(SeekFrom::Start(12)).unwrap();
        let range = start..start + count;
        let (wanted, after) = oracle(&contents, range.clone(), &before, offset);
        assert_eq!(copy_range(&source, range, &destination, offset).unwrap(), wanted);
        assert!(fs::read(&to).unwrap() == after);
        let positions = (source.stream_position().unwrap(), destination.stream_position().unwrap());
        assert_eq!(positions, (11, 12));
    }
}

#[test]
#[cfg(any(unix, windows))]
fn within_one_file_only_what_does_not_overlap() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    let contents = bytes(100_000);
    let open = || {
        fs::write(&path, &contents).unwrap();
        OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .unwrap()
    };
    for (range, offset) in [
        (0..100, 100),
        (100..200, 0),
        (99_000..u64::MAX, 98_000),
        (0..u64::MAX, 100_000),
        (100_000..200_000, 50),
        (50..50, 50),
    ] {
        let file = open();
        let (wanted, after) = oracle(&contents, range.clone(), &contents, offset);
        let copied = copy_range(&file, range.clone(), &file, offset).unwrap();
        assert_eq!(copied, wanted, "{range:?} to {offset}");
        assert!(fs::read(&path).unwrap() == after, "{range:?} to {offset}");
    }
    for (range, offset) in [
        (0..100, 0),
        (0..100, 99),
        (100..200, 1),
        (0..u64::MAX, 99_999),
        (99_999..u64::MAX, 99_999),
    ] {
        let file = open();
        // Another descriptor is the same file too.
        let other = OpenOptions::new().write(true).open(&path).unwrap();
        let error = copy_range(&file, range.clone(), &other, offset).unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::InvalidInput,
            "{range:?} to {offset}"
        );
        assert!(fs::read(&path).unwrap() == contents);
    }
}

#[test]
fn offsets_that_no_file_has() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "text").unwrap();
    let source = File::open(&path).unwrap();
    let destination = File::create(directory.path().join("copy")).unwrap();
    let behind = u64::MAX - 5..u64::MAX;
    assert_eq!(copy_range(&source, behind, &destination, 0).unwrap(), 0);
    let error = copy_range(&source, 0..4, &destination, u64::MAX).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    copy_range(&source, 0..4, &destination, i64::MAX as u64).unwrap_err();
    copy_range(&destination, 0..4, &source, 0).unwrap_err();
    assert_eq!(destination.metadata().unwrap().len(), 0);
    assert_eq!(fs::read(&path).unwrap(), b"text");
}

#[test]
#[cfg(target_os = "linux")]
fn a_destination_that_only_appends_is_refused_and_a_pseudo_file_is_read() {
    let directory = TempDir::new().unwrap();
    let to = directory.path().join("copy");
    fs::write(&to, "old").unwrap();
    let log = OpenOptions::new().append(true).open(&to).unwrap();
    let version = File::open("/proc/version").unwrap();
    let error = copy_range(&version, 0..5, &log, 0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(fs::read(&to).unwrap(), b"old");
    let file = OpenOptions::new().write(true).open(&to).unwrap();
    assert_eq!(copy_range(&version, 0..5, &file, 1).unwrap(), 5);
    assert_eq!(fs::read(&to).unwrap(), b"oLinux");
}

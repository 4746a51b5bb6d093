//! All bytes of a file, read and, with the feature `mmap`, mapped: against `std::fs::read`.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use io_optimize::{FileBytes, ReadError};
use tempfile::TempDir;

/// By every way there is.
fn every_way(path: &Path) -> Vec<FileBytes> {
    let mut ways = vec![FileBytes::read(path).unwrap()];
    ways.extend(mapped(path));
    ways
}

#[cfg(feature = "mmap")]
#[allow(unsafe_code)]
fn mapped(path: &Path) -> Vec<FileBytes> {
    use io_optimize::AccessPattern::{Normal, Random, Sequential};
    [Normal, Sequential, Random]
        // SAFETY: the files of these tests are let alone for as long as they are mapped.
        .map(|pattern| unsafe { FileBytes::map_for(path, pattern).unwrap() })
        .into()
}

#[cfg(not(feature = "mmap"))]
fn mapped(_: &Path) -> Vec<FileBytes> {
    Vec::new()
}

#[test]
fn contents_of_every_size() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    for length in [0, 1, 4095, 4096, 4097, 1_000_000] {
        let wanted: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        fs::write(&path, &wanted).unwrap();
        for (way, bytes) in every_way(&path).into_iter().enumerate() {
            // There are no maps of nothing.
            assert_eq!(bytes.is_mapped(), way > 0 && length > 0);
            assert!(*bytes == *wanted);
            assert!(bytes.as_ref() == wanted);
            assert!(bytes.into_vec() == wanted);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_mapped_is_read() {
    for path in [
        "/proc/filesystems",
        "/sys/devices/system/cpu/online",
        "/dev/null",
    ] {
        let Ok(wanted) = fs::read(path) else { continue };
        for bytes in every_way(Path::new(path)) {
            assert!(!bytes.is_mapped(), "{path}");
            assert_eq!(*bytes, *wanted, "{path}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_fifo_is_read_to_its_end() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let wanted = vec![7; 200_000];
    let check = |read: &dyn Fn() -> FileBytes| {
        std::thread::scope(|scope| {
            scope.spawn(|| fs::write(&path, &wanted).unwrap());
            let bytes = read();
            assert!(!bytes.is_mapped());
            assert!(*bytes == *wanted);
        });
    };
    check(&|| FileBytes::read(&path).unwrap());
    #[cfg(feature = "mmap")]
    #[allow(unsafe_code)]
    // SAFETY: a FIFO is read, not mapped.
    check(&|| unsafe { FileBytes::map(&path).unwrap() });
}

#[cfg(all(feature = "mmap", target_os = "linux", target_pointer_width = "64"))]
#[test]
#[allow(unsafe_code)]
fn a_map_may_be_longer_than_the_memory() {
    use std::os::unix::fs::FileExt;
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("sparse");
    let file = fs::File::create(&path).unwrap();
    file.write_all_at(b"end", (5 << 30) - 3).unwrap();
    // SAFETY: the file is not touched any more.
    let bytes = unsafe { FileBytes::map(&path).unwrap() };
    assert!(bytes.is_mapped());
    assert_eq!(bytes.len(), 5 << 30);
    assert_eq!(bytes[(5 << 30) - 4..], *b"\0end");
}

#[cfg(feature = "mmap")]
#[test]
#[allow(unsafe_code)]
fn a_file_that_grows_is_as_long_as_it_was() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, vec![1; 4096]).unwrap();
    // SAFETY: only behind what is mapped is the file written.
    let bytes = unsafe { FileBytes::map(&path).unwrap() };
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    std::io::Write::write_all(&mut file, b"more").unwrap();
    assert_eq!(*bytes, [1; 4096]);
}

#[test]
fn errors_name_the_path() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing");
    #[allow(unused_mut)]
    let mut errors = vec![
        (FileBytes::read(&missing).unwrap_err(), missing.as_path()),
        (
            FileBytes::read(directory.path()).unwrap_err(),
            directory.path(),
        ),
    ];
    #[cfg(feature = "mmap")]
    #[allow(unsafe_code)]
    for path in [missing.as_path(), directory.path()] {
        // SAFETY: there is no file.
        errors.push((unsafe { FileBytes::map(path).unwrap_err() }, path));
    }
    assert_eq!(errors[0].0.kind(), ErrorKind::NotFound);
    for (error, path) in errors {
        let details = error.get_ref().unwrap().downcast_ref::<ReadError>();
        assert_eq!(details.unwrap().path(), path);
    }
}

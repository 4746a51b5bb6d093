//! Whole files, in new and in used memory.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::thread;

use io_optimize::{read, read_into, ReadError};
use tempfile::TempDir;

#[test]
fn contents_of_every_size() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    let mut buffer = vec![0xff; 1000];
    for length in [0, 1, 31, 32, 33, 4096, 8191, 8192, 8193, 1_000_000, 5] {
        let wanted: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        fs::write(&path, &wanted).unwrap();
        assert!(read(&path).unwrap() == wanted);
        assert_eq!(read_into(&path, &mut buffer).unwrap(), length);
        assert!(buffer == wanted);
    }
}

#[test]
fn the_memory_of_the_buffer_is_used_again() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, vec![7; 100_000]).unwrap();
    let mut buffer = Vec::new();
    read_into(&path, &mut buffer).unwrap();
    let (address, capacity) = (buffer.as_ptr(), buffer.capacity());
    for _ in 0..3 {
        read_into(&path, &mut buffer).unwrap();
        assert_eq!((buffer.as_ptr(), buffer.capacity()), (address, capacity));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn pseudo_files_are_read_whole() {
    let mut buffer = Vec::new();
    for path in [
        "/proc/filesystems",
        "/proc/self/limits",
        "/proc/sys/kernel/ostype",
        "/sys/kernel/mm/transparent_hugepage/enabled",
        "/sys/devices/system/cpu/online",
    ] {
        // Not every kernel has each of them.
        let Ok(wanted) = fs::read(path) else { continue };
        assert!(!wanted.is_empty(), "{path}");
        assert_eq!(read(path).unwrap(), wanted, "{path}");
        assert_eq!(read_into(path, &mut buffer).unwrap(), wanted.len());
        assert_eq!(buffer, wanted, "{path}");
    }
}

#[test]
fn a_file_that_changes_its_length_meanwhile() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, vec![1; 100_000]).unwrap();
    // What is cut off in the middle of a read can be seen as zeros.
    let is_expected = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(|&byte| byte <= 1);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            for _ in 0..200 {
                file.set_len(1).unwrap();
                for _ in 0..20 {
                    file.write_all(&[1; 20_000]).unwrap();
                }
            }
        });
        let mut buffer = Vec::new();
        while !writer.is_finished() {
            assert_eq!(read_into(&path, &mut buffer).unwrap(), buffer.len());
            assert!(is_expected(&buffer));
            assert!(is_expected(&read(&path).unwrap()));
        }
    });
}

#[test]
fn errors_name_the_path() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("missing");
    let mut buffer = vec![1];
    for error in [
        read(&path).unwrap_err(),
        read_into(&path, &mut buffer).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let details = error.get_ref().unwrap().downcast_ref::<ReadError>();
        assert_eq!(details.unwrap().path(), path);
        assert!(error.to_string().contains(path.to_str().unwrap()));
    }
    assert!(buffer.is_empty());
}

#[test]
fn a_length_beyond_memory_is_an_error() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    // No file system that must be here holds holes of this size: without one, nothing is tested.
    if File::create(&path).unwrap().set_len(1 << 62).is_err() {
        return;
    }
    let error = read_into(&path, &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
}

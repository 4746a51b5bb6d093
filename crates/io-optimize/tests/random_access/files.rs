//! Files of every kind, read at offsets by one thread and by many.

#[cfg(unix)]
use std::fs::File;
use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::thread;

use crate::common::{bytes, expected};
use io_optimize::{RandomAccessError, RandomAccessFile, ReadAt, ReadRequest};
use proptest::prelude::*;
use tempfile::TempDir;

fn file_of(contents: &[u8]) -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, contents).unwrap();
    (directory, path)
}

fn details(error: &std::io::Error) -> &RandomAccessError {
    let details = error.get_ref().unwrap().downcast_ref();
    let details: &RandomAccessError = details.unwrap();
    assert_eq!(details.io_error().kind(), error.kind());
    details
}

/// Drops the file from the page cache, so that reads have to wait for the device.
#[cfg(target_os = "linux")]
fn make_cold(file: &File) {
    file.sync_all().unwrap();
    rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_read_is_a_part_of_the_file(
        length in 0_usize..20_000,
        reads in prop::collection::vec((0_u64..25_000, 0_usize..9000), 1..20),
    ) {
        let contents = bytes(length);
        let (_directory, path) = file_of(&contents);
        let file = RandomAccessFile::open(&path).unwrap();
        prop_assert_eq!(file.len().unwrap(), length as u64);
        for (offset, size) in reads {
            let wanted = expected(&contents, offset, size);
            let mut buffer = vec![0xaa; size];
            let read = file.read_at(offset, &mut buffer).unwrap();
            prop_assert_eq!(&buffer[..read], wanted);
            let result = file.read_exact_at(offset, &mut buffer);
            if wanted.len() == size {
                result.unwrap();
                prop_assert_eq!(buffer, wanted);
            } else {
                let error = result.unwrap_err();
                prop_assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
                let end = (length as u64).max(offset);
                prop_assert_eq!(details(&error).offset(), Some(end));
            }
        }
    }

    #[test]
    fn many_reads_are_as_good_as_one_by_one(
        length in 1_usize..300_000,
        reads in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..20_000), 0..100),
        is_cold in any::<bool>(),
        past_the_end in prop::option::weighted(0.2, 0_usize..100),
    ) {
        let contents = bytes(length);
        let (_directory, path) = file_of(&contents);
        let file = RandomAccessFile::open(&path).unwrap();
        #[cfg(target_os = "linux")]
        if is_cold {
            make_cold(file.file());
        }
        let _ = is_cold;
        let mut places: Vec<(u64, usize)> = reads
            .iter()
            .map(|(at, size)| {
                let at = at.index(length);
                (at as u64, (*size).min(length - at))
            })
            .collect();
        if let Some(at) = past_the_end {
            places.insert(at.min(places.len()), (length as u64 - 1, 2));
        }
        let mut buffers: Vec<Vec<u8>> = places.iter().map(|&(_, size)| vec![0xaa; size]).collect();
        let mut requests: Vec<ReadRequest<'_>> = places
            .iter()
            .zip(&mut buffers)
            .map(|(&(offset, _), buffer)| ReadRequest { offset, buffer })
            .collect();
        let result = file.read_many(&mut requests);
        if past_the_end.is_some() {
            let error = result.unwrap_err();
            prop_assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
            prop_assert_eq!(details(&error).offset(), Some(length as u64));
        } else {
            result.unwrap();
        }
        let failing = past_the_end.map(|at| at.min(places.len() - 1));
        for (index, (&(offset, size), buffer)) in places.iter().zip(&buffers).enumerate() {
            match failing {
                Some(failing) if index == failing => {}
                Some(failing) if index > failing => {
                    prop_assert!(buffer.iter().all(|&byte| byte == 0xaa));
                }
                _ => prop_assert_eq!(buffer.as_slice(), expected(&contents, offset, size)),
            }
        }
    }
}

/// More bytes than the device is told of at once, and requests that are larger than that.
#[test]
fn large_requests_are_read_whole() {
    let contents = bytes(24 << 20);
    let (_directory, path) = file_of(&contents);
    let file = RandomAccessFile::open(&path).unwrap();
    for size in [1 << 20, 10 << 20] {
        #[cfg(target_os = "linux")]
        make_cold(file.file());
        let mut buffers = vec![vec![0; size]; 20];
        let mut requests: Vec<ReadRequest<'_>> = buffers
            .iter_mut()
            .enumerate()
            .map(|(at, buffer)| ReadRequest {
                offset: (at * 123_457) as u64,
                buffer,
            })
            .collect();
        file.read_many(&mut requests).unwrap();
        for (at, buffer) in buffers.iter().enumerate() {
            assert!(buffer.as_slice() == expected(&contents, (at * 123_457) as u64, size));
        }
    }
}

/// More requests than the device is told of at once, some of nothing.
#[test]
fn very_many_requests_are_read() {
    let contents = bytes(100_000);
    let (_directory, path) = file_of(&contents);
    let file = RandomAccessFile::open(&path).unwrap();
    let places: Vec<(u64, usize)> = (0..9000)
        .map(|at| (at * 7919 % 99_000, at as usize % 5))
        .collect();
    let mut buffers: Vec<Vec<u8>> = places.iter().map(|&(_, size)| vec![0xaa; size]).collect();
    let mut requests: Vec<ReadRequest<'_>> = places
        .iter()
        .zip(&mut buffers)
        .map(|(&(offset, _), buffer)| ReadRequest { offset, buffer })
        .collect();
    file.read_many(&mut requests).unwrap();
    for (&(offset, size), buffer) in places.iter().zip(&buffers) {
        assert_eq!(buffer, expected(&contents, offset, size));
    }
}

#[test]
fn threads_do_not_disturb_one_another() {
    let contents = bytes(100_000);
    let (_directory, path) = file_of(&contents);
    let file = RandomAccessFile::open(&path).unwrap();
    thread::scope(|scope| {
        for thread in 0..4_u64 {
            let (file, contents) = (&file, &contents);
            scope.spawn(move || {
                let mut buffer = [0; 777];
                for turn in 0..2000_u64 {
                    let offset = (turn * 7919 + thread * 104_729) % 99_000;
                    file.read_exact_at(offset, &mut buffer).unwrap();
                    assert_eq!(buffer.as_slice(), expected(contents, offset, 777));
                }
            });
        }
    });
}

#[test]
#[cfg(unix)]
fn the_cursor_of_the_file_stays() {
    let (_directory, path) = file_of(b"0123456789");
    let file = RandomAccessFile::from(File::open(&path).unwrap());
    let (mut a, mut b) = ([0; 2], [0; 2]);
    file.read_exact_at(7, &mut a).unwrap();
    let offset = 3;
    file.read_many(&mut [
        ReadRequest {
            offset,
            buffer: &mut a,
        },
        ReadRequest {
            offset,
            buffer: &mut b,
        },
    ])
    .unwrap();
    assert_eq!((&a, &b), (b"34", b"34"));
    let text = std::io::read_to_string(file.into_file()).unwrap();
    assert_eq!(text, "0123456789");
}

#[test]
fn a_missing_file_is_named() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("missing");
    let error = RandomAccessFile::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(details(&error).path(), Some(path.as_path()));
    assert_eq!(details(&error).offset(), None);
    assert!(error.to_string().contains("missing"), "{error}");
}

#[test]
fn a_directory_is_refused() {
    let directory = TempDir::new().unwrap();
    let error = RandomAccessFile::open(directory.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    #[cfg(unix)]
    {
        let file = RandomAccessFile::from(File::open(directory.path()).unwrap());
        let error = file.read_at(5, &mut [0; 10]).unwrap_err();
        assert_eq!(details(&error).path(), None);
        assert_eq!(details(&error).offset(), Some(5));
        assert!(details(&error).io_error().raw_os_error().is_some());
    }
}

#[test]
#[cfg(unix)]
fn a_fifo_is_refused_without_waiting() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("fifo");
    let made = std::process::Command::new("mkfifo")
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    let error = RandomAccessFile::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    // Opened elsewhere, it says so when it is read.
    let both_ways = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    let file = RandomAccessFile::from(both_ways);
    assert!(file.read_at(0, &mut [0; 10]).is_err());
    let (mut a, mut b) = ([0; 2], [0; 2]);
    let requests = &mut [&mut a, &mut b].map(|buffer| ReadRequest { offset: 0, buffer });
    assert!(file.read_many(requests).is_err());
}

#[test]
fn a_file_that_is_truncated_meanwhile_ends_early() {
    let (_directory, path) = file_of(&bytes(10_000));
    let file = RandomAccessFile::open(&path).unwrap();
    let mut buffer = [0; 100];
    file.read_exact_at(9_000, &mut buffer).unwrap();
    let other = OpenOptions::new().write(true).open(&path).unwrap();
    other.set_len(9_050).unwrap();
    assert_eq!(file.read_at(9_000, &mut buffer).unwrap(), 50);
    let error = file.read_exact_at(9_000, &mut buffer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert_eq!(details(&error).offset(), Some(9_050));
    other.set_len(0).unwrap();
    assert!(file.is_empty().unwrap());
    assert_eq!(file.read_at(0, &mut buffer).unwrap(), 0);
}

/// -1 as an offset means the cursor to some system calls.
#[test]
fn offsets_that_no_file_has_are_no_places_in_it() {
    let (_directory, path) = file_of(&bytes(1000));
    let file = RandomAccessFile::open(&path).unwrap();
    for offset in [u64::MAX, u64::MAX - 1, i64::MAX as u64 + 1, i64::MAX as u64] {
        let mut buffers = [[0xaa; 10]; 2];
        let requests = &mut buffers
            .each_mut()
            .map(|buffer| ReadRequest { offset, buffer });
        let error = file.read_many(requests).unwrap_err();
        assert_eq!(details(&error).offset(), Some(offset));
        assert_eq!(buffers, [[0xaa; 10]; 2]);
        // Whether that is the end or an error, the system decides.
        assert!(matches!(file.read_at(offset, &mut [0; 10]), Ok(0) | Err(_)));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn pseudo_files_are_read() {
    let file = RandomAccessFile::open("/proc/self/status").unwrap();
    let mut name = [0; 5];
    file.read_exact_at(0, &mut name).unwrap();
    assert_eq!(&name, b"Name:");
}

#[test]
fn references_read_as_what_they_refer_to() {
    fn third<R: ReadAt>(reader: R) -> u8 {
        let mut byte = [0];
        reader.read_exact_at(2, &mut byte).unwrap();
        byte[0]
    }
    let contents = b"abcd".to_vec();
    assert_eq!(third(contents.as_slice()), b'c');
    assert_eq!(third(&contents), b'c');
    let boxed: Box<dyn ReadAt> = Box::new(contents.clone());
    assert_eq!(third(boxed), b'c');
    assert_eq!(third(std::sync::Arc::new(contents)), b'c');
}

//! Random sequences of reads and seeks, against `std::io::Cursor`.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};
use std::rc::Rc;

use crate::common::bytes;
use io_optimize::SeekReader;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Read(usize),
    ReadExact(usize),
    FillAndConsume(usize),
    ReadToEnd,
    ReadUntil(u8),
    Seek(SeekFrom),
    StreamPosition,
}

fn step() -> impl Strategy<Value = Step> {
    let near = -40_i64..40;
    prop_oneof![
        4 => (0_usize..60).prop_map(Step::Read),
        2 => (0_usize..60).prop_map(Step::ReadExact),
        2 => (0_usize..60).prop_map(Step::FillAndConsume),
        1 => Just(Step::ReadToEnd),
        1 => any::<u8>().prop_map(Step::ReadUntil),
        4 => near.clone().prop_map(|distance| Step::Seek(SeekFrom::Current(distance))),
        2 => (0_u64..400).prop_map(|target| Step::Seek(SeekFrom::Start(target))),
        2 => (-400_i64..100).prop_map(|distance| Step::Seek(SeekFrom::End(distance))),
        1 => any::<i64>().prop_map(|distance| Step::Seek(SeekFrom::Current(distance))),
        1 => any::<i64>().prop_map(|distance| Step::Seek(SeekFrom::End(distance))),
        1 => any::<u64>().prop_map(|target| Step::Seek(SeekFrom::Start(target))),
        1 => Just(Step::StreamPosition),
    ]
}

/// Reads at most some bytes, fails now and then, moves at failures and counts the calls.
struct Unreliable {
    inner: Cursor<Vec<u8>>,
    at_most: usize,
    fail_every: usize,
    calls: Rc<Cell<usize>>,
}

impl Unreliable {
    fn fails(&mut self) -> bool {
        self.calls.set(self.calls.get() + 1);
        let fails = self.fail_every != 0 && self.calls.get() % self.fail_every == 0;
        if fails {
            self.inner.set_position(3);
        }
        fails
    }
}

impl Read for Unreliable {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(self.at_most);
        if self.fails() {
            // What an error leaves in the buffer means nothing.
            buffer.fill(0xee);
            return Err(io::Error::other("unreliable"));
        }
        let read = self.inner.read(&mut buffer[..length])?;
        buffer[read..].fill(0xee);
        Ok(read)
    }
}

impl Seek for Unreliable {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        if self.fails() {
            return Err(io::Error::other("unreliable"));
        }
        self.inner.seek(target)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_seek_reader_is_a_cursor(
        length in 0_usize..300,
        capacity in 1_usize..50,
        start in 0_u64..50,
        at_most in 1_usize..100,
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut oracle = Cursor::new(bytes(length));
        oracle.set_position(start);
        let inner = Unreliable {
            inner: oracle.clone(),
            at_most,
            fail_every: 0,
            calls: Rc::default(),
        };
        let mut reader = SeekReader::with_capacity(capacity, inner).unwrap();
        for step in steps {
            match step {
                Step::Read(size) => {
                    let mut ours = vec![0; size];
                    let read = reader.read(&mut ours).unwrap();
                    let mut theirs = vec![0; read];
                    oracle.read_exact(&mut theirs).unwrap();
                    prop_assert_eq!(&ours[..read], theirs);
                    let at_end = oracle.position() >= length as u64;
                    prop_assert!(read > 0 || size == 0 || at_end);
                }
                Step::ReadExact(size) => {
                    let (mut ours, mut theirs) = (vec![0; size], vec![0; size]);
                    let expected = oracle.read_exact(&mut theirs);
                    let result = reader.read_exact(&mut ours);
                    prop_assert_eq!(result.is_ok(), expected.is_ok());
                    if expected.is_ok() {
                        prop_assert_eq!(ours, theirs);
                    } else {
                        // Where that leaves the position is not specified.
                        oracle.set_position(reader.stream_position().unwrap());
                    }
                }
                Step::FillAndConsume(amount) => {
                    let ours = reader.fill_buf().unwrap();
                    let theirs = oracle.fill_buf().unwrap();
                    prop_assert!(theirs.starts_with(ours));
                    prop_assert!(!ours.is_empty() || theirs.is_empty());
                    let amount = amount.min(ours.len());
                    reader.consume(amount);
                    oracle.consume(amount);
                }
                Step::ReadToEnd => {
                    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
                    reader.read_to_end(&mut ours).unwrap();
                    oracle.read_to_end(&mut theirs).unwrap();
                    prop_assert_eq!(ours, theirs);
                }
                Step::ReadUntil(byte) => {
                    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
                    reader.read_until(byte, &mut ours).unwrap();
                    oracle.read_until(byte, &mut theirs).unwrap();
                    prop_assert_eq!(ours, theirs);
                }
                Step::Seek(target) => match (reader.seek(target), oracle.seek(target)) {
                    (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
                    (Err(ours), Err(theirs)) => prop_assert_eq!(ours.kind(), theirs.kind()),
                    (ours, theirs) => prop_assert!(false, "{ours:?}, not {theirs:?}"),
                },
                Step::StreamPosition => {}
            }
            prop_assert_eq!(reader.stream_position().unwrap(), oracle.position());
        }
    }

    /// An error loses nothing: what is read before and after it is what lies there.
    #[test]
    fn errors_lose_no_bytes(
        capacity in 1_usize..50,
        fail_every in 2_usize..5,
        reads in prop::collection::vec((1_usize..60, -60_i64..60), 1..80),
    ) {
        let contents = bytes(500);
        let inner = Unreliable {
            inner: Cursor::new(contents.clone()),
            at_most: 33,
            fail_every,
            calls: Rc::default(),
        };
        let mut reader = SeekReader::with_capacity(capacity, inner).unwrap();
        let mut position = 0;
        for (size, distance) in reads {
            let mut buffer = vec![0; size];
            if let Ok(read) = reader.read(&mut buffer) {
                prop_assert_eq!(&buffer[..read], &contents[position..position + read]);
                position += read;
            }
            if let Ok(target) = reader.seek(SeekFrom::Current(distance)) {
                position = target as usize;
            }
            prop_assert_eq!(reader.stream_position().unwrap(), position as u64);
            if position > contents.len() {
                position = 0;
                while reader.seek(SeekFrom::Start(0)).is_err() {}
            }
        }
    }
}

#[test]
fn seeks_inside_the_buffer_ask_nobody() {
    let calls = Rc::new(Cell::new(0));
    let inner = Unreliable {
        inner: Cursor::new(bytes(100)),
        at_most: usize::MAX,
        fail_every: 0,
        calls: Rc::clone(&calls),
    };
    let mut reader = SeekReader::with_capacity(200, inner).unwrap();
    let mut contents = Vec::new();
    reader.read_to_end(&mut contents).unwrap();
    assert_eq!(contents, bytes(100));
    let before = calls.get();
    for target in (0..100).rev() {
        let mut byte = [0];
        reader.seek(SeekFrom::Start(target)).unwrap();
        reader.read_exact(&mut byte).unwrap();
        assert_eq!(byte[0], contents[target as usize]);
        reader.seek(SeekFrom::Current(-1)).unwrap();
        assert_eq!(reader.stream_position().unwrap(), target);
    }
    reader.seek(SeekFrom::Current(100)).unwrap();
    assert_eq!(calls.get(), before);
    assert_eq!(reader.seek(SeekFrom::End(-1)).unwrap(), 99);
    assert_eq!(calls.get(), before + 1);
    assert_eq!(reader.buffer(), &contents[99..]);
}

#[test]
fn appended_bytes_are_seen_at_the_end() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("log");
    std::fs::write(&path, "one\n").unwrap();
    let mut reader = SeekReader::new(File::open(&path).unwrap()).unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    std::fs::write(&path, "one\ntwo\n").unwrap();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "one\ntwo\n");
}

#[test]
fn a_file_refuses_what_it_cannot_have() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, "text").unwrap();
    let mut reader = SeekReader::new(File::open(&path).unwrap()).unwrap();
    reader.read_exact(&mut [0; 2]).unwrap();
    for target in [
        SeekFrom::Start(u64::MAX),
        SeekFrom::Current(-3),
        SeekFrom::End(-5),
    ] {
        assert!(reader.seek(target).is_err(), "{target:?}");
        assert_eq!(reader.stream_position().unwrap(), 2);
    }
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "xt");
    std::fs::remove_file(&path).unwrap();
}

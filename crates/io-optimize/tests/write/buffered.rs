//! The buffered writer against a plain vector: every byte once and in order, every error told.

use std::cell::RefCell;
use std::io::{self, Cursor, IoSlice, Seek, SeekFrom, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::rc::Rc;

use io_optimize::BufferedWriter;
use proptest::prelude::{any, prop, prop_oneof, proptest, Just, ProptestConfig};
use proptest::strategy::Strategy;

/// What the inner writer does when it is called.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// Takes at most this many bytes.
    Take(usize),
    Interrupt,
    Fail,
    TakeNothing,
    Panic,
}

/// Keeps what it took; answers as it is told, and then takes all.
#[derive(Debug, Clone)]
struct Inner {
    taken: Rc<RefCell<Vec<u8>>>,
    answers: Rc<RefCell<Vec<Answer>>>,
}

impl Inner {
    fn new(answers: &[Answer]) -> Self {
        Self {
            taken: Rc::default(),
            answers: Rc::new(RefCell::new(answers.iter().rev().copied().collect())),
        }
    }

    fn taken(&self) -> Vec<u8> {
        self.taken.borrow().clone()
    }
}

impl Write for Inner {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let answer = self.answers.borrow_mut().pop();
        let count = match answer {
            _ if bytes.is_empty() => 0,
            None => bytes.len(),
            Some(Answer::Take(most)) => bytes.len().min(most),
            Some(Answer::Interrupt) => return Err(io::ErrorKind::Interrupted.into()),
            Some(Answer::Fail) => return Err(io::ErrorKind::PermissionDenied.into()),
            Some(Answer::TakeNothing) => 0,
            Some(Answer::Panic) => {
                // The worst case: it took the bytes before it panicked.
                self.taken.borrow_mut().extend_from_slice(bytes);
                panic!("told to");
            }
        };
        self.taken.borrow_mut().extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
enum Call {
    /// Bytes.
    Write(usize),
    /// Bytes of two slices.
    WriteVectored(usize, usize),
    Flush,
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let size = || prop_oneof![3 => 0..12_usize, 1 => 0..80_usize];
    let call = prop_oneof![
        6 => size().prop_map(Call::Write),
        2 => (size(), size()).prop_map(|(a, b)| Call::WriteVectored(a, b)),
        1 => Just(Call::Flush),
    ];
    prop::collection::vec(call, 0..30)
}

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let answer = prop_oneof![
        6 => (1..40_usize).prop_map(Answer::Take),
        2 => Just(Answer::Interrupt),
        1 => Just(Answer::Fail),
        1 => Just(Answer::TakeNothing),
    ];
    prop::collection::vec(answer, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn each_byte_arrives_once_and_in_order(
        calls in calls(),
        answers in answers(),
        capacity in 0..48_usize,
        drops in any::<bool>(),
    ) {
        let inner = Inner::new(&answers);
        let mut writer = BufferedWriter::with_capacity(capacity, inner.clone());
        let mut accepted = Vec::new();
        let mut next = 0_u8;
        let mut bytes = |count: usize| -> Vec<u8> {
            (0..count).map(|_| { next = next.wrapping_add(1); next }).collect()
        };
        for call in calls {
            match call {
                Call::Write(count) => {
                    let bytes = bytes(count);
                    if let Ok(count) = writer.write(&bytes) {
                        accepted.extend_from_slice(&bytes[..count]);
                    }
                }
                Call::WriteVectored(a, b) => {
                    let (a, b) = (bytes(a), bytes(b));
                    if let Ok(count) = writer.write_vectored(&[IoSlice::new(&a), IoSlice::new(&b)]) {
                        accepted.extend_from_slice(&[a, b].concat()[..count]);
                    }
                }
                Call::Flush => {
                    if writer.flush().is_ok() {
                        assert_eq!(inner.taken(), accepted);
                    }
                }
            }
            // Taken and buffered bytes are together what was accepted, whatever failed.
            assert_eq!([&*inner.taken(), writer.buffer()].concat(), accepted);
        }
        if drops {
            inner.answers.borrow_mut().clear();
            drop(writer);
            assert_eq!(inner.taken(), accepted);
            return Ok(());
        }
        while let Err(error) = writer.finish() {
            writer = error.into_parts().1;
            assert_eq!([&*inner.taken(), writer.buffer()].concat(), accepted);
            assert_ne!(writer.buffer(), b"");
        }
        assert_eq!(inner.taken(), accepted);
    }

    #[test]
    fn write_all_without_errors_is_that_of_a_vector(
        sizes in prop::collection::vec(0..100_usize, 0..30),
        takes in prop::collection::vec(1..20_usize, 0..100),
        capacity in 0..48_usize,
    ) {
        let answers: Vec<Answer> = takes.into_iter().map(Answer::Take).collect();
        let mut writer = BufferedWriter::with_capacity(capacity, Inner::new(&answers));
        let mut wanted = Vec::new();
        for (at, size) in sizes.into_iter().enumerate() {
            let bytes = vec![at as u8; size];
            writer.write_all(&bytes).unwrap();
            wanted.write_all(&bytes).unwrap();
        }
        assert_eq!(writer.finish().unwrap().taken(), wanted);
    }
}

#[test]
fn finish_tells_what_a_drop_would_hide() {
    for (answer, kind) in [
        (Answer::Fail, io::ErrorKind::PermissionDenied),
        (Answer::TakeNothing, io::ErrorKind::WriteZero),
    ] {
        let inner = Inner::new(&[Answer::Take(2), answer]);
        let mut writer = BufferedWriter::new(inner.clone());
        writer.write_all(b"text").unwrap();
        let error = writer.finish().unwrap_err();
        assert_eq!(error.error().kind(), kind);
        assert!(error.to_string().contains("last 2 bytes"), "{error}");
        assert_eq!(inner.taken(), b"te");
        drop(error);
        assert_eq!(inner.taken(), b"text");
    }
}

#[test]
fn an_error_that_was_passed_on_is_not_tried_again() {
    fn write(inner: Inner) -> io::Result<()> {
        let mut writer = BufferedWriter::new(inner);
        writer.write_all(b"text")?;
        writer.finish()?;
        Ok(())
    }
    let inner = Inner::new(&[Answer::Fail]);
    let error = write(inner.clone()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    assert_eq!(inner.taken(), b"");
}

#[test]
fn a_panic_of_the_inner_writer_writes_nothing_twice() {
    for direct in [false, true] {
        let inner = Inner::new(&[Answer::Take(3), Answer::Panic]);
        let mut writer = BufferedWriter::with_capacity(8, inner.clone());
        let caught = catch_unwind(AssertUnwindSafe(|| {
            if direct {
                writer.write_all(b"longer than eight")
            } else {
                writer.write_all(b"short").unwrap();
                writer.flush()
            }
        }));
        assert!(caught.is_err());
        drop(writer);
        let wanted: &[u8] = if direct {
            b"longer than eight"
        } else {
            b"short"
        };
        assert_eq!(inner.taken(), wanted);
    }
}

#[test]
fn large_writes_pass_through() {
    let inner = Inner::new(&[]);
    let mut writer = BufferedWriter::with_capacity(8, inner.clone());
    writer.write_all(b"ab").unwrap();
    writer.write_all(b"12345678").unwrap();
    assert_eq!(inner.taken(), b"ab12345678");
    assert_eq!(writer.buffer(), b"");
    assert_eq!(writer.into_parts().1, b"");
}

#[test]
fn seeking_writes_first() {
    let mut writer = BufferedWriter::new(Cursor::new(Vec::new()));
    writer.write_all(b"0123456789").unwrap();
    assert_eq!(writer.stream_position().unwrap(), 10);
    writer.seek(SeekFrom::Start(2)).unwrap();
    writer.write_all(b"ab").unwrap();
    writer.seek(SeekFrom::End(-1)).unwrap();
    writer.write_all(b"c").unwrap();
    assert_eq!(writer.finish().unwrap().into_inner(), b"01ab45678c");
}

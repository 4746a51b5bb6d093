//! One line at a time.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::ops::ControlFlow;

use crate::common::{collect, contents, oracle, Step, Troubled};
use io_optimize::{for_each_line, InvalidUtf8, LineReader, ReadError};
use proptest::prelude::*;
use tempfile::TempDir;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1_usize..100).prop_map(Step::Short),
        (1_usize..4).prop_map(Step::Short),
        Just(Step::Fail(ErrorKind::Interrupted)),
    ];
    // Ending in a read that succeeds: a source that is always interrupted never ends.
    prop::collection::vec(step, 0..20).prop_map(|mut steps| {
        steps.push(Step::Short(70));
        steps
    })
}

proptest! {
    #[test]
    fn lines_are_those_of_the_whole_contents(
        contents in contents(), steps in steps(), capacity in 0_usize..300,
    ) {
        let wanted = oracle(&contents);
        let source = Troubled::new(&contents, steps.clone());
        let mut lines = LineReader::with_capacity(capacity, source);
        prop_assert_eq!(collect(&mut lines).unwrap(), wanted.clone());
        prop_assert_eq!(lines.line_number(), wanted.len() as u64);
        prop_assert!(lines.next_line().unwrap().is_none());
        let mut lines = LineReader::new(Troubled::new(&contents, steps));
        prop_assert_eq!(collect(&mut lines).unwrap(), wanted);
    }

    #[test]
    fn strings_are_the_lines_that_are_utf_8(
        contents in contents(), capacity in 1_usize..300,
    ) {
        let mut lines = LineReader::with_capacity(capacity, &contents[..]);
        for (number, line) in (1..).zip(oracle(&contents)) {
            match (std::str::from_utf8(line), lines.next_str()) {
                (Ok(wanted), Ok(Some(line))) => prop_assert_eq!(line, wanted),
                (Err(wanted), Err(error)) => {
                    prop_assert_eq!(error.kind(), ErrorKind::InvalidData);
                    let details = error.get_ref().unwrap().downcast_ref::<InvalidUtf8>().unwrap();
                    prop_assert_eq!(details.line(), number);
                    prop_assert_eq!(details.byte(), wanted.valid_up_to() + 1);
                }
                (wanted, given) => prop_assert!(false, "{wanted:?} became {given:?}"),
            }
        }
        prop_assert!(lines.next_str().unwrap().is_none());
    }

    #[test]
    fn an_error_of_the_source_loses_nothing(contents in contents(), capacity in 1_usize..100) {
        let steps = vec![Step::Short(5), Step::Fail(ErrorKind::WouldBlock), Step::Short(50)];
        let mut lines = LineReader::with_capacity(capacity, Troubled::new(&contents, steps));
        let mut collected = Vec::new();
        loop {
            match lines.next_line() {
                Ok(Some(line)) => collected.push(line.to_vec()),
                Ok(None) => break,
                Err(error) => prop_assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        prop_assert_eq!(collected, oracle(&contents));
    }
}

#[test]
fn every_border_of_small_buffers() {
    let contents: Vec<u8> = (0..70)
        .flat_map(|length| {
            let end: &[u8] = [&b"\n"[..], b"\r\n", b"\r\r\n", b"\n\n"][length % 4];
            [&b"0123456789".repeat(7)[..length], end].concat()
        })
        .collect();
    for cut in 0..70 {
        let contents = &contents[..contents.len() - cut];
        for capacity in 1..=64 {
            let mut lines = LineReader::with_capacity(capacity, contents);
            assert_eq!(
                collect(&mut lines).unwrap(),
                oracle(contents),
                "{cut} {capacity}"
            );
        }
    }
}

#[test]
fn an_end_of_line_in_two_reads() {
    for length in [1, 63, 64, 65, 1000] {
        let contents = ["x".repeat(length), "y".into(), "\rz".into(), "\r".into()].join("\r\n");
        for first in 1..contents.len() {
            let (one, two) = contents.as_bytes().split_at(first);
            let mut lines = LineReader::new(one.chain(two));
            assert_eq!(collect(&mut lines).unwrap(), oracle(contents.as_bytes()));
        }
    }
}

#[test]
fn lines_longer_than_the_buffer() {
    let long = "l".repeat(3_000_000);
    let contents = format!("{long}\nshort\n{long}\r\n\n{long}");
    let mut lines = LineReader::with_capacity(16, contents.as_bytes());
    assert_eq!(collect(&mut lines).unwrap(), oracle(contents.as_bytes()));
}

#[test]
fn lengths_that_change_within_a_file() {
    let contents: Vec<u8> = (0..40_000_usize)
        .flat_map(|line| {
            let length = if line / 1000 % 2 == 0 {
                line % 7
            } else {
                line % 300
            };
            let mut line = vec![b'x'; length];
            line.push(b'\n');
            line
        })
        .collect();
    assert_eq!(
        collect(&mut LineReader::new(&contents[..])).unwrap(),
        oracle(&contents)
    );
}

#[test]
fn a_file_that_grows_goes_on() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, "one\ntwo").unwrap();
    let mut lines = LineReader::open(&path).unwrap();
    assert_eq!(collect(&mut lines).unwrap(), [&b"one"[..], b"two"]);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b" more\nthree\n").unwrap();
    assert_eq!(collect(&mut lines).unwrap(), [&b" more"[..], b"three"]);
    assert!(lines.next_line().unwrap().is_none());
    assert_eq!(lines.line_number(), 4);
}

#[test]
fn a_file_that_is_truncated_ends() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, "12345\n".repeat(10_000)).unwrap();
    let mut lines = LineReader::open(&path).unwrap();
    assert_eq!(lines.next_line().unwrap(), Some(&b"12345"[..]));
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(10).unwrap();
    let left = collect(&mut lines).unwrap();
    assert!(left.len() < 10_000);
    assert!(left.iter().all(|line| line == b"12345"));
    assert!(lines.next_line().unwrap().is_none());
}

#[test]
fn for_each_line_breaks_and_fails_where_its_closure_does() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, "one\ntwo\nthree\n").unwrap();
    let mut seen = Vec::new();
    let mut until = |wanted: &[u8], outcome: fn() -> io::Result<ControlFlow<()>>| {
        seen.clear();
        let result = for_each_line(&path, |line| {
            seen.push(line.to_vec());
            if line == wanted {
                outcome()
            } else {
                Ok(ControlFlow::Continue(()))
            }
        });
        (result, seen.clone())
    };
    let (result, seen) = until(b"two", || Ok(ControlFlow::Break(())));
    result.unwrap();
    assert_eq!(seen, [&b"one"[..], b"two"]);
    let (result, seen) = until(b"two", || Err(io::Error::other("mine")));
    assert_eq!(result.unwrap_err().to_string(), "mine");
    assert_eq!(seen, [&b"one"[..], b"two"]);
    let (result, seen) = until(b"", || Ok(ControlFlow::Break(())));
    result.unwrap();
    assert_eq!(seen, [&b"one"[..], b"two", b"three"]);
}

#[test]
fn for_each_line_gives_the_same_lines_up_to_any_break() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    for length in [1, 5, 63, 64, 65, 300] {
        let line = "x".repeat(length);
        let contents = format!("{line}\r\n\n{line}\n{line}\r\r\n").repeat(200_000 / length) + &line;
        fs::write(&path, &contents).unwrap();
        let wanted = oracle(contents.as_bytes());
        for stop in [1, 2, 3, 4, 100, wanted.len() - 1, usize::MAX] {
            let mut seen = 0;
            for_each_line(&path, |line| {
                assert!(line == wanted[seen], "line {seen} of length {length}");
                seen += 1;
                Ok(if seen == stop {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                })
            })
            .unwrap();
            assert_eq!(seen, stop.min(wanted.len()));
        }
    }
}

#[test]
fn errors_name_the_path() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a");
    let error = LineReader::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(path.to_str().unwrap()));

    fs::write(&path, b"fine\nnot \xc3(\n").unwrap();
    let mut lines = LineReader::open(&path).unwrap();
    assert_eq!(lines.next_str().unwrap(), Some("fine"));
    let error = lines.next_str().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    let details = error.get_ref().unwrap().downcast_ref::<ReadError>();
    let details = details.unwrap();
    assert_eq!(details.path(), path);
    let inner = details.io_error().get_ref().unwrap();
    let inner = inner.downcast_ref::<InvalidUtf8>().unwrap();
    assert_eq!((inner.line(), inner.byte()), (2, 5));
    assert!(lines.next_str().unwrap().is_none());
}

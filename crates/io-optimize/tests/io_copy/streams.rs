//! What std's copy does with the same readers and writers is the oracle.

use std::fs::{self, File, OpenOptions};
use std::io::{
    copy, BufReader, BufWriter, Cursor, Error, ErrorKind, Read, Result, Seek, SeekFrom, Write,
};
use std::path::Path;

use crate::bytes;
use io_optimize::{
    io_copy, AdaptiveBuffer, BufferedWriter, CopySink, CopySource, Inspected, Plain, Watched,
};
use tempfile::TempDir;

/// Copies between two files, the readers and writers of which `copy` has wrapped, and tells all that
/// can be seen afterwards.
fn seen(
    directory: &Path,
    contents: &[u8],
    copy: impl FnOnce(&mut File, &mut File) -> Result<u64>,
) -> (u64, Vec<u8>, u64, u64) {
    let (from, to) = (directory.join("source"), directory.join("copy"));
    fs::write(&from, contents).unwrap();
    fs::write(&to, b"what was there before").unwrap();
    let mut reader = File::open(from).unwrap();
    let mut writer = OpenOptions::new().write(true).open(&to).unwrap();
    reader.seek(SeekFrom::Start(3)).unwrap();
    writer.seek(SeekFrom::Start(5)).unwrap();
    let count = copy(&mut reader, &mut writer).unwrap();
    (
        count,
        fs::read(&to).unwrap(),
        reader.stream_position().unwrap(),
        writer.stream_position().unwrap(),
    )
}

/// The same wrappers round both copies, so that nothing but the copy differs.
macro_rules! agree {
    ($contents:expr, |$reader:ident, $writer:ident, $copy:ident| $body:expr) => {{
        let directory = TempDir::new().unwrap();
        let wanted = {
            let $copy = |reader: &mut dyn Read, writer: &mut dyn Write| copy(reader, writer);
            seen(directory.path(), $contents, |$reader, $writer| $body)
        };
        let got = {
            let $copy =
                |reader: &mut dyn CopySource, writer: &mut dyn CopySink| io_copy(reader, writer);
            seen(directory.path(), $contents, |$reader, $writer| $body)
        };
        assert!(
            got == wanted,
            "{} of {}",
            stringify!($body),
            $contents.len()
        );
    }};
}

#[test]
fn every_wrapper_ends_where_the_standard_library_ends() {
    for length in [0, 2, 3, 4, 100, 8192, 300_000, (9 << 20) + 1] {
        let contents = &bytes(length);
        agree!(contents, |reader, writer, copy| copy(reader, writer));
        agree!(contents, |reader, writer, copy| copy(
            &mut &*reader,
            &mut &*writer
        ));
        agree!(contents, |reader, writer, copy| {
            let mut writer = BufWriter::new(writer);
            writer.write_all(b"before").unwrap();
            let count = copy(reader, &mut writer);
            writer.write_all(b"behind").unwrap();
            writer.flush().unwrap();
            count
        });
        agree!(contents, |reader, writer, copy| {
            let mut writer = BufferedWriter::new(writer);
            writer.write_all(b"before").unwrap();
            let count = copy(reader, &mut writer);
            writer.write_all(b"behind").unwrap();
            writer.finish().unwrap();
            count
        });
        for limit in [0, 1, 50, 10_000, u64::MAX] {
            agree!(contents, |reader, writer, copy| copy(
                &mut reader.take(limit),
                writer
            ));
        }
        agree!(contents, |reader, writer, copy| copy(
            &mut Plain(reader),
            &mut Plain(writer)
        ));
    }
}

#[test]
fn what_was_read_ahead_comes_first_and_once() {
    let contents = bytes(100_000);
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    fs::write(&from, &contents).unwrap();
    for (first, limit) in [
        (0, u64::MAX),
        (10, u64::MAX),
        (10, 20),
        (10, 8182),
        (10, 9000),
    ] {
        // A limit round the buffer.
        let mut reader = BufReader::new(File::open(&from).unwrap());
        reader.read_exact(&mut vec![0; first]).unwrap();
        let mut limited = reader.take(limit);
        let count = io_copy(&mut limited, &mut File::create(&to).unwrap()).unwrap();
        let wanted = &contents[first..contents.len().min(first.saturating_add(limit as usize))];
        assert_eq!(count, wanted.len() as u64);
        assert!(fs::read(&to).unwrap() == wanted, "{first}, {limit}");
        let mut rest = Vec::new();
        limited.into_inner().read_to_end(&mut rest).unwrap();
        assert!(rest == contents[first + wanted.len()..], "{first}, {limit}");

        // A buffer round the limit.
        let mut reader = BufReader::new(File::open(&from).unwrap().take(limit));
        reader.read_exact(&mut vec![0; first]).unwrap();
        io_copy(&mut reader, &mut File::create(&to).unwrap()).unwrap();
        let end = contents.len().min(usize::try_from(limit).unwrap());
        assert!(
            fs::read(&to).unwrap() == contents[first..end],
            "{first}, {limit}"
        );
    }
}

#[test]
fn watchers_are_told_of_every_byte_once() {
    let contents = bytes((20 << 20) + 7);
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    fs::write(&from, &contents).unwrap();
    let (mut came, mut went) = (Vec::new(), 0);
    let mut reader = BufReader::new(File::open(&from).unwrap());
    reader.read_exact(&mut [0; 7]).unwrap();
    let mut reader = Watched::new(reader, |count| came.push(count));
    let writer = BufWriter::new(File::create(&to).unwrap());
    let mut writer = Watched::new(writer, |count| went += count);
    let count = io_copy(&mut reader, &mut writer).unwrap();
    assert_eq!(count, 20 << 20);
    assert!(fs::read(&to).unwrap() == contents[7..]);
    drop((reader, writer));
    assert_eq!((came.iter().sum::<u64>(), went), (count, count));
    assert!(came.iter().all(|&count| count <= 8 << 20), "{came:?}");
}

#[test]
fn an_inspector_sees_the_bytes_in_their_order() {
    let contents = bytes(700_001);
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("source");
    fs::write(&path, &contents).unwrap();
    let (mut read, mut written) = (Vec::new(), Vec::new());
    let file = File::open(&path).unwrap();
    let mut reader = Inspected::new(file, |bytes: &[u8]| read.extend_from_slice(bytes));
    let target = File::create(directory.path().join("copy")).unwrap();
    let mut writer = Inspected::new(target, |bytes: &[u8]| written.extend_from_slice(bytes));
    assert_eq!(io_copy(&mut reader, &mut writer).unwrap(), 700_001);
    assert!(read == contents && written == contents);
    assert!(fs::read(directory.path().join("copy")).unwrap() == contents);
}

#[test]
fn a_destination_that_is_open_to_append_is_appended_to() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    let contents = bytes(300_000);
    fs::write(&from, &contents).unwrap();
    fs::write(&to, "old").unwrap();
    let mut log = OpenOptions::new().append(true).open(&to).unwrap();
    let count = io_copy(&mut File::open(&from).unwrap(), &mut log).unwrap();
    assert_eq!(count, 300_000);
    assert!(fs::read(&to).unwrap() == [b"old", contents.as_slice()].concat());
}

/// Gives a byte, then an interruption, then a byte, and in the end an error.
struct Halting(u8, bool);

impl Read for Halting {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.1 = !self.1;
        match self.0 {
            3 => Err(Error::new(ErrorKind::ConnectionReset, "gone")),
            _ if self.1 => Err(ErrorKind::Interrupted.into()),
            _ => {
                buffer[0] = self.0;
                self.0 += 1;
                Ok(1)
            }
        }
    }
}

#[test]
fn interruptions_are_repeated_and_errors_are_returned() {
    let mut written = Vec::new();
    let error = io_copy(&mut Plain(Halting(0, false)), &mut written).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(written, [0, 1, 2]);
    let error = io_copy(
        &mut bytes(10).as_slice(),
        &mut Cursor::new([0; 4].as_mut_slice()),
    );
    assert_eq!(error.unwrap_err().kind(), ErrorKind::WriteZero);
}

#[test]
fn a_reader_may_copy_while_it_is_read() {
    struct Nested(usize);
    impl Read for Nested {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let mut inner = Vec::new();
            io_copy(&mut [self.0 as u8; 1000].as_slice(), &mut inner)?;
            let count = inner.len().min(buffer.len()).min(self.0);
            buffer[..count].copy_from_slice(&inner[..count]);
            self.0 -= count;
            Ok(count)
        }
    }
    let mut written = Vec::new();
    io_copy(&mut Plain(Nested(5)), &mut written).unwrap();
    assert_eq!(written, [5; 5]);
}

#[test]
fn no_reader_comes_to_see_what_another_copy_moved() {
    /// Looks at what it is given, and says that it filled it.
    struct Idle {
        reads: usize,
        seen: bool,
    }
    impl Read for Idle {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            self.seen |= buffer.iter().any(|&byte| byte != 0);
            self.reads += 1;
            Ok(if self.reads > 10 { 0 } else { buffer.len() })
        }
    }
    let secret = vec![0xff; 2 << 20];
    io_copy(&mut Plain(&secret[..]), &mut Vec::new()).unwrap();
    let mut idle = Plain(Idle {
        reads: 0,
        seen: false,
    });
    let mut copy = Vec::new();
    let count = io_copy(&mut idle, &mut copy).unwrap();
    assert!(!idle.0.seen && copy.iter().all(|&byte| byte == 0));
    assert_eq!(count, copy.len() as u64);
    let mut idle = Idle {
        reads: 0,
        seen: false,
    };
    let mut buffer = AdaptiveBuffer::new();
    while !buffer.read_from(&mut idle).unwrap().is_empty() {}
    assert!(!idle.seen);
}

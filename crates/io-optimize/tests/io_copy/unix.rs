//! Pipes and sockets at either end.

use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread;

use crate::bytes;
use io_optimize::{io_copy, Watched};
use tempfile::TempDir;

#[test]
fn through_a_child_and_back() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    let contents = bytes(1_000_003);
    fs::write(&from, &contents).unwrap();
    let mut child = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    thread::scope(|scope| {
        scope.spawn(move || io_copy(&mut File::open(&from).unwrap(), &mut input).unwrap());
        let mut told = 0;
        let mut output = BufReader::new(output);
        let mut first = [0; 3];
        output.read_exact(&mut first).unwrap();
        assert_eq!(first, contents[..3]);
        let mut output = Watched::new(output, |count| told += count);
        let count = io_copy(&mut output, &mut File::create(&to).unwrap()).unwrap();
        assert_eq!((count, told), (1_000_000, 1_000_000));
    });
    assert!(child.wait().unwrap().success());
    assert!(fs::read(&to).unwrap() == contents[3..]);
}

#[test]
fn from_pipe_to_pipe_and_from_socket_to_pipe() {
    let contents = bytes(300_001);
    let (mut near, mut far) = UnixStream::pair().unwrap();
    let child = |arguments: &[&str]| {
        Command::new("cat")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let (mut first, mut second) = (child(&[]), child(&[]));
    let (mut to_first, mut from_first) =
        (first.stdin.take().unwrap(), first.stdout.take().unwrap());
    let (mut to_second, mut from_second) =
        (second.stdin.take().unwrap(), second.stdout.take().unwrap());
    let received = thread::scope(|scope| {
        scope.spawn(|| {
            near.write_all(&contents).unwrap();
            near.shutdown(Shutdown::Write).unwrap();
        });
        scope.spawn(move || io_copy(&mut far, &mut to_first).unwrap());
        scope.spawn(move || io_copy(&mut from_first, &mut to_second).unwrap());
        let mut received = Vec::new();
        io_copy(&mut from_second, &mut received).unwrap();
        received
    });
    assert!(received == contents);
    assert!(first.wait().unwrap().success() && second.wait().unwrap().success());
}

#[test]
fn from_a_file_to_a_socket() {
    let directory = TempDir::new().unwrap();
    let from = directory.path().join("source");
    let contents = bytes(900_001);
    fs::write(&from, &contents).unwrap();
    let (mut near, mut far) = UnixStream::pair().unwrap();
    let received = thread::scope(|scope| {
        scope.spawn(move || io_copy(&mut File::open(&from).unwrap(), &mut near).unwrap());
        let mut received = Vec::new();
        far.read_to_end(&mut received).unwrap();
        received
    });
    assert!(received == contents);
}

#[test]
fn a_pipe_that_nobody_reads_is_an_error() {
    let mut child = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    child.wait().unwrap();
    let directory = TempDir::new().unwrap();
    let from = directory.path().join("source");
    fs::write(&from, bytes(300_000)).unwrap();
    let error = io_copy(&mut File::open(&from).unwrap(), &mut input).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

#[test]
fn a_descriptor_that_may_not_be_written_is_an_error() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    fs::write(&from, bytes(300_000)).unwrap();
    fs::write(&to, "old").unwrap();
    let mut only_read = File::open(&to).unwrap();
    io_copy(&mut File::open(&from).unwrap(), &mut only_read).unwrap_err();
    assert_eq!(fs::read(&to).unwrap(), b"old");
}

#[test]
#[cfg(target_os = "linux")]
fn pseudo_files_are_read_and_devices_are_files() {
    let mut bytes = Vec::new();
    io_copy(&mut File::open("/proc/version").unwrap(), &mut bytes).unwrap();
    assert!(bytes.starts_with(b"Linux"));
    let directory = TempDir::new().unwrap();
    let to = directory.path().join("copy");
    let mut file = File::create(&to).unwrap();
    io_copy(&mut File::open("/proc/version").unwrap(), &mut file).unwrap();
    assert_eq!(fs::read(&to).unwrap(), bytes);
    let mut zeros = File::open("/dev/zero").unwrap().take(100_000);
    assert_eq!(io_copy(&mut zeros, &mut file).unwrap(), 100_000);
    let mut null = File::create("/dev/null").unwrap();
    let length = fs::metadata(&to).unwrap().len();
    assert_eq!(
        io_copy(&mut File::open(&to).unwrap(), &mut null).unwrap(),
        length
    );
    let mut full = File::create("/dev/full").unwrap();
    io_copy(&mut File::open(&to).unwrap(), &mut full).unwrap_err();
}

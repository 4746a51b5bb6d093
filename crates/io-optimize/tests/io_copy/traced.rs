//! That the kernel copies, and what happens when it refuses to: the copy runs in a process of its own
//! under strace.

use std::env;
use std::fs::{self, File};
use std::io::{stdin, stdout, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::bytes;
use io_optimize::{copy_range, io_copy, Watched};
use tempfile::TempDir;

const FROM: &str = "IO_OPTIMIZE_TEST_STREAM_FROM";
const TO: &str = "IO_OPTIMIZE_TEST_STREAM_TO";

fn has_strace() -> bool {
    let has = Command::new("strace").arg("-V").output().is_ok();
    if !has {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: tracing system calls needs strace"
        );
    }
    has
}

/// Runs the test in a process under strace with these arguments; returns what strace wrote.
fn traced(arguments: &[&str], test: &str, from: &Path, to: &Path) -> String {
    let log = from.with_file_name("log");
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(&log)
        .arg("-P")
        .arg(from)
        .arg("-P")
        .arg(to)
        .args(arguments)
        .arg(env::current_exe().unwrap())
        .args(["--ignored", "--exact", test])
        .env(FROM, from)
        .env(TO, to)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    fs::read_to_string(log).unwrap()
}

#[test]
#[ignore = "the other tests of this file run it under strace"]
fn copy_through_wrappers() {
    let [from, to] = [FROM, TO].map(|name| env::var_os(name).unwrap());
    let mut told = 0;
    let mut reader = BufReader::new(File::open(&from).unwrap());
    reader.read_exact(&mut [0; 7]).unwrap();
    let mut reader = Watched::new(reader, |count| told += count).take(900_000);
    let mut writer = BufWriter::new(File::create(&to).unwrap());
    assert_eq!(io_copy(&mut reader, &mut writer).unwrap(), 900_000);
    drop((reader, writer));
    assert_eq!(told, 900_000);
}

#[test]
#[ignore = "the other tests of this file run it under strace"]
fn copy_a_range() {
    let [from, to] = [FROM, TO].map(|name| env::var_os(name).unwrap());
    let (source, destination) = (File::open(from).unwrap(), File::create(to).unwrap());
    let copied = copy_range(&source, 7..900_007, &destination, 0).unwrap();
    assert_eq!(copied, 900_000);
}

#[test]
fn the_kernel_copies_under_wrappers_and_what_it_refuses_is_read_and_written() {
    if !has_strace() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    let contents = bytes(1_000_000);
    fs::write(&from, &contents).unwrap();
    let refused = "inject=copy_file_range:error=EXDEV";
    let in_the_middle = "inject=copy_file_range:error=EXDEV:when=2+";
    let both = "inject=copy_file_range,sendfile:error=EINVAL";
    let zero = "inject=copy_file_range:retval=0";
    let interrupted = "inject=copy_file_range:error=EINTR:when=1";
    for (injection, made) in [
        ("trace=copy_file_range", "copy_file_range("),
        (refused, "sendfile("),
        (in_the_middle, "copy_file_range("),
        (both, "read("),
        (zero, "read("),
        (interrupted, "copy_file_range("),
    ] {
        for test in ["traced::copy_through_wrappers", "traced::copy_a_range"] {
            let _ = fs::remove_file(&to);
            let log = traced(&["-e", injection], test, &from, &to);
            if test.ends_with("wrappers") {
                assert!(log.contains(made), "{injection}: {log}");
            }
            assert!(
                fs::read(&to).unwrap() == contents[7..900_007],
                "{injection}, {test}"
            );
        }
    }
}

#[test]
#[ignore = "another test of this file runs it"]
fn copy_standard_input() {
    let mut input = stdin().lock();
    let mut line = String::new();
    input.read_line(&mut line).unwrap();
    let mut output = stdout();
    output.write_all(b"[").unwrap();
    io_copy(&mut input, &mut output).unwrap();
    output.write_all(b"]").unwrap();
}

#[test]
fn standard_input_goes_to_standard_output_behind_what_both_have_buffered() {
    let contents: Vec<u8> = bytes(500_000).iter().map(|byte| byte % 26 + b'a').collect();
    let text = [b"first line\n", contents.as_slice()].concat();
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("in"), &text).unwrap();
    let wanted = [b"[", contents.as_slice(), b"]"].concat();
    for piped in [false, true] {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("traced::copy_standard_input");
        let said = if piped {
            let mut child = command
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut input = child.stdin.take().unwrap();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    input.write_all(&text).unwrap();
                    drop(input);
                });
                child.wait_with_output().unwrap().stdout
            })
        } else {
            let output = File::create(path("out")).unwrap();
            command
                .stdin(File::open(path("in")).unwrap())
                .stdout(output)
                .status()
                .unwrap();
            fs::read(path("out")).unwrap()
        };
        let begin = said.iter().position(|&byte| byte == b'[').unwrap();
        assert!(said[begin..].starts_with(&wanted), "piped: {piped}");
    }
}

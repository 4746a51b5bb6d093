//! The standard output of a child process: a pipe, a file, a terminal, a pipe without a reader.

use std::env;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::process::{self, Output, Stdio};

use crate::common::child;
#[cfg(target_os = "linux")]
use crate::common::{child_arguments, has_program, skip};
#[cfg(target_os = "linux")]
use std::process::Command;
use tempfile::TempDir;

const CASE: &str = "IO_OPTIMIZE_TEST_CASE";
const CHILD: &str = "stdout::write_in_a_child";
/// Comes after what the test harness prints by itself.
const START: &str = "=== start ===\n";

/// The exit code of a child that got the error that it should.
const BROKEN_PIPE: i32 = 32;

#[test]
#[ignore = "the other tests of this file run it in a process of its own"]
fn write_in_a_child() {
    let case = env::var(CASE).unwrap();
    print(START);
    io::stdout().flush().unwrap();
    let result = match &*case {
        "lines" => lines(100_000),
        "mixed" => mixed(),
        "sizes" => sizes(),
        "interactive" => interactive(),
        "drop" => {
            write!(io_optimize::stdout(), "dropped").unwrap();
            Ok(())
        }
        "drop without a reader" => {
            wait_for_parent();
            write!(io_optimize::stdout(), "dropped").unwrap();
            Err(io::ErrorKind::BrokenPipe.into())
        }
        "finish without a reader" => {
            wait_for_parent();
            lines(1)
        }
        "lines without a reader" => {
            wait_for_parent();
            lines(100_000)
        }
        _ => unreachable!(),
    };
    // Not a return: the test harness would print on.
    match result {
        Ok(()) => process::exit(0),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => process::exit(BROKEN_PIPE),
        Err(error) => panic!("{error}"),
    }
}

/// As `print!` does, with the same buffer behind it.
fn print(text: &str) {
    io::stdout().write_all(text.as_bytes()).unwrap();
}

fn lines(count: u32) -> io::Result<()> {
    let mut output = io_optimize::stdout();
    for number in 0..count {
        writeln!(output, "line {number}")?;
    }
    output.finish()
}

fn expected_lines(count: u32) -> String {
    (0..count)
        .map(|number| format!("line {number}\n"))
        .collect()
}

fn mixed() -> io::Result<()> {
    print("a");
    let mut output = io_optimize::stdout();
    write!(output, "b\nc")?;
    output.flush()?;
    print("d");
    write!(output, "e\n\nf")?;
    output.finish()?;
    print("g\n");
    Ok(())
}

/// Lengths round that of the buffer, with line ends at every kind of place.
fn sizes() -> io::Result<()> {
    let mut output = io_optimize::stdout();
    for piece in pieces() {
        output.write_all(&piece)?;
    }
    output.finish()
}

fn pieces() -> Vec<Vec<u8>> {
    const BUFFER: usize = 64 * 1024;
    let mut pieces = Vec::new();
    for length in [1, 100, BUFFER - 1, BUFFER, BUFFER + 1, 3 * BUFFER + 7, 0, 5] {
        for line_end in [None, Some(0), Some(length / 2), length.checked_sub(1)] {
            let mut piece = vec![b'a' + (pieces.len() % 26) as u8; length];
            if let Some(byte) = line_end.and_then(|at| piece.get_mut(at)) {
                *byte = b'\n';
            }
            pieces.push(piece);
        }
    }
    pieces
}

/// The order shows what was written by then.
fn interactive() -> io::Result<()> {
    let mut output = io_optimize::stdout();
    assert!(output.is_line_buffered());
    write!(output, "partial")?;
    // What println! writes comes first as long as the line is not complete.
    print("[1]\n");
    writeln!(output, " line")?;
    print("[2]\n");
    write!(output, "two\nthr")?;
    print("[3]\n");
    output.finish()
}

fn wait_for_parent() {
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn after_start(output: &[u8]) -> &[u8] {
    let at = output
        .windows(START.len())
        .position(|window| window == START.as_bytes());
    &output[at.expect("the child started") + START.len()..]
}

fn output_of(case: &str) -> Output {
    child(CHILD).env(CASE, case).output().unwrap()
}

#[track_caller]
fn prints(case: &str, wanted: &[u8]) {
    let output = output_of(case);
    assert!(output.status.success(), "{output:?}");
    let printed = after_start(&output.stdout);
    assert!(printed == wanted, "{case}: {} bytes", printed.len());
}

#[test]
fn to_a_pipe() {
    prints("lines", expected_lines(100_000).as_bytes());
    prints("sizes", &pieces().concat());
    prints("drop", b"dropped");
}

#[test]
fn to_a_file() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("output");
    for (case, wanted) in [
        ("lines", expected_lines(100_000).into_bytes()),
        ("sizes", pieces().concat()),
    ] {
        let file = File::create(&path).unwrap();
        let status = child(CHILD).env(CASE, case).stdout(file).status().unwrap();
        assert!(status.success());
        assert!(after_start(&fs::read(&path).unwrap()) == wanted, "{case}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn interrupted_calls_are_repeated() {
    if !has_program("strace") {
        return skip("interrupting system calls", "strace");
    }
    for (case, wanted) in [
        ("lines", expected_lines(100_000).into_bytes()),
        ("sizes", pieces().concat()),
    ] {
        let output = Command::new("strace")
            .args(["-f", "-qq", "-o", "/dev/null", "-e"])
            .arg("inject=write:error=EINTR:when=4+3")
            .arg(env::current_exe().unwrap())
            .args(child_arguments(CHILD))
            .env(CASE, case)
            .output()
            .unwrap();
        assert!(output.status.success(), "{case}");
        assert!(after_start(&output.stdout) == wanted, "{case}");
    }
}

#[test]
fn the_order_with_println_is_kept() {
    prints("mixed", b"ab\ncde\n\nfg\n");
}

#[test]
fn a_pipe_without_a_reader_is_an_error_and_no_panic() {
    for case in [
        "finish without a reader",
        "lines without a reader",
        "drop without a reader",
    ] {
        let mut child = child(CHILD)
            .env(CASE, case)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = child.stdout.take().unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(START.as_bytes()) {
            let mut byte = [0];
            output.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
        drop(output);
        // Its end is what the child waits for.
        drop(child.stdin.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(BROKEN_PIPE), "{case}: {said}");
        assert!(!said.contains("panicked"), "{case}: {said}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn each_line_at_once_on_a_terminal() {
    if !has_program("script") {
        return skip("a terminal", "script");
    }
    let program = env::current_exe().unwrap();
    let command = format!(
        "'{}' {}",
        program.display(),
        child_arguments(CHILD).join(" ")
    );
    let output = Command::new("script")
        .args(["-q", "-e", "-c", &command, "/dev/null"])
        .env(CASE, "interactive")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
    assert!(output.status.success(), "{printed}");
    let printed = after_start(printed.as_bytes());
    assert_eq!(
        String::from_utf8_lossy(printed),
        "[1]\npartial line\n[2]\ntwo\n[3]\nthr"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_block_is_one_system_call() {
    if !has_program("strace") {
        return skip("counting system calls", "strace");
    }
    let directory = TempDir::new().unwrap();
    let trace = directory.path().join("trace");
    let status = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=write", "-o"])
        .arg(&trace)
        .arg(env::current_exe().unwrap())
        .args(child_arguments(CHILD))
        .env(CASE, "lines")
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let trace = fs::read_to_string(trace).unwrap();
    let calls = trace
        .lines()
        .filter(|line| line.contains("write(1, \"line "));
    let blocks = expected_lines(100_000).len() / (64 * 1024) + 1;
    assert_eq!(calls.count(), blocks, "{trace}");
    assert!(!trace.contains("EPIPE"));
}

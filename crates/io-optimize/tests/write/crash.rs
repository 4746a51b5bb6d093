//! A process that is killed at each of its system calls, and calls that fail, while it replaces a file.
//! Needs strace.

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::atomic::names;
use crate::common::{child_arguments, has_program, skip};
use io_optimize::{AtomicWriteOptions, Durability};
use tempfile::TempDir;

const PATH: &str = "IO_OPTIMIZE_TEST_PATH";
const CHILD: &str = "crash::replace_in_a_child";

/// Calls that a replacement makes, and for each the number of the first one that can be its own.
const CALLS: [(&str, usize); 10] = [
    ("openat", AHEAD + 1),
    ("statx", AHEAD + 1),
    ("write", AHEAD + 1),
    ("close", AHEAD + 1),
    ("fchmod", 1),
    ("fdatasync", 1),
    ("fsync", 1),
    ("rename", 1),
    ("unlink", 1),
    ("exit_group", 1),
];
/// The calls of each thread are counted by themselves. So that no other thread of the test harness
/// comes to a number first, the child makes more calls than that one before it starts.
const AHEAD: usize = 200;
/// More than the child makes of any call.
const MOST_CALLS: usize = 300;

fn content(byte: u8) -> Vec<u8> {
    vec![byte; 200_000]
}

#[test]
#[ignore = "the other tests of this file run it under strace"]
fn replace_in_a_child() {
    let path = env::var_os(PATH).unwrap();
    for _ in 0..AHEAD {
        let mut null = File::create("/dev/null").unwrap();
        null.metadata().unwrap();
        null.write_all(b"text").unwrap();
    }
    let result = AtomicWriteOptions::new()
        .durability(Durability::Full)
        .write(path, |writer| {
            content(b'n')
                .chunks(1000)
                .try_for_each(|chunk| writer.write_all(chunk))
        });
    match result {
        Ok(()) => println!("replaced"),
        Err(error) => println!("{error}"),
    }
}

/// What a child under this injection printed; `None` if it was killed.
fn replace(path: &Path, injection: &str) -> Option<String> {
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e"])
        .arg(format!("inject={injection}"))
        .arg(env::current_exe().unwrap())
        .args(child_arguments(CHILD))
        .env(PATH, path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(said)
}

fn make_old(path: &Path) {
    fs::write(path, content(b'o')).unwrap();
    // Not the mode of the temporary file, so that it has to be changed.
    fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
}

#[test]
fn killed_at_any_call_the_file_is_old_or_new() {
    if !has_program("strace") {
        return skip("killing a process at a system call", "strace");
    }
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    let (mut old, mut new, mut left_behind) = (0, 0, 0);
    for (call, first) in CALLS {
        for number in first..MOST_CALLS {
            make_old(&path);
            let injection = format!("{call}:signal=SIGKILL:when={number}");
            let said = replace(&path, &injection);
            let found = fs::read(&path).unwrap();
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o640, "{injection}");
            if found == content(b'n') {
                new += 1;
            } else {
                assert!(found == content(b'o'), "{injection}: a mix");
                old += 1;
            }
            for name in names(directory.path()) {
                if name != "file" {
                    assert!(name.starts_with(".io-optimize-"), "{name}");
                    left_behind += 1;
                    fs::remove_file(directory.path().join(name)).unwrap();
                }
            }
            if let Some(said) = said {
                assert!(said.contains("replaced"), "{injection}: {said}");
                assert!(found == content(b'n'));
                break;
            }
            assert_ne!(
                number,
                MOST_CALLS - 1,
                "{call} is made too often to try all"
            );
        }
    }
    // Before the temporary file is there: a look at the path and the creation. While it is: the mode,
    // four blocks, the flush, the close, the opened folder, the rename. Then the folder's flush and
    // close. And for each call one run in which it is not made so often.
    assert!(
        old >= left_behind + 2 && left_behind >= 9 && new >= 2 + CALLS.len(),
        "{old} {left_behind} {new}"
    );
}

#[test]
fn a_call_that_fails_leaves_the_old_content_and_nothing_else() {
    if !has_program("strace") {
        return skip("injecting errors into system calls", "strace");
    }
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    for (injection, problem) in [
        ("fchmod:error=EPERM", "permissions"),
        ("fsync:error=EIO", "cannot flush the temporary file"),
        ("rename:error=EIO", "cannot rename"),
    ] {
        make_old(&path);
        let said = replace(&path, injection).unwrap();
        assert!(said.contains(problem), "{injection}: {said}");
        assert!(fs::read(&path).unwrap() == content(b'o'), "{injection}");
        assert_eq!(names(directory.path()), ["file"]);
    }
    // The file is flushed first, then the folder.
    make_old(&path);
    let said = replace(&path, "fsync:error=EIO:when=2").unwrap();
    assert!(said.contains("the new content is in place"), "{said}");
    assert!(fs::read(&path).unwrap() == content(b'n'));
    assert_eq!(names(directory.path()), ["file"]);
    // A file system without permission bits, and a group that may not be set.
    make_old(&path);
    let said = replace(&path, "fchmod:error=EOPNOTSUPP").unwrap();
    assert!(said.contains("replaced"), "{said}");
    make_old(&path);
    if std::os::unix::fs::chown(&path, None, Some(2345)).is_err() {
        return skip("a group that may not be kept", "root");
    }
    let said = replace(&path, "fchown:error=EPERM").unwrap();
    assert!(said.contains("replaced"), "{said}");
    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "the wrong group may read it");
}

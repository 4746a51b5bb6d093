//! A process that is killed at each of its system calls, and calls that fail, while it replaces a file.
//! Needs strace.

use std::env;
use std::fs;
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

/// Calls that a replacement makes, and as many as it could make more.
const CALLS: [&str; 10] = [
    "openat",
    "write",
    "statx",
    "fchmod",
    "fdatasync",
    "fsync",
    "close",
    "rename",
    "unlink",
    "exit_group",
];
/// More than the child makes of any call.
const MOST_CALLS: usize = 400;

fn content(byte: u8) -> Vec<u8> {
    vec![byte; 200_000]
}

#[test]
#[ignore = "the other tests of this file run it under strace"]
fn replace_in_a_child() {
    let path = env::var_os(PATH).unwrap();
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
    for call in CALLS {
        for number in 1..MOST_CALLS {
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
    // Killed before the temporary file was there, while it was, and after the rename.
    assert!(old > left_behind && left_behind > 5, "{old} {left_behind}");
    // One for each call comes from the run that was not killed; the harness's own calls come after.
    assert!(new > CALLS.len(), "{new}");
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

//! The transaction is killed, or refused by the system, at every one of its system calls. Needs Linux and strace.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use tempfile::TempDir;

const FILES: [&str; 3] = ["a.rs", "b.rs", "c.rs"];
const OLD: &str = "\u{feff}fn old() {}\r\n";
const NEW: &str = "\u{feff}fn new() {}\r\n";

/// Calls that look at or change files; the others cannot leave anything behind.
const FILE_CALLS: &str = "%file,%desc";

/// The program that runs one transaction; it is built with the tests of the package.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples/transaction");
    assert!(
        program.exists(),
        "{} is missing: test the whole package",
        program.display()
    );
    program
}

fn tree() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let state = root.join("target");
    fs::create_dir(root.join("src")).unwrap();
    for name in FILES {
        fs::write(root.join("src").join(name), OLD).unwrap();
    }
    (folder, root, state)
}

/// Runs `action` under strace with these faults; nothing if strace cannot be used here.
fn run(action: &str, root: &Path, state: &Path, faults: &[String]) -> ExitStatus {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null"]);
    for fault in faults {
        command.args(["-e", &format!("inject={fault}")]);
    }
    command.arg(program()).arg(action).arg(root).arg(state);
    command
        .output()
        .expect("strace was there a moment ago")
        .status
}

fn strace_works() -> bool {
    let traced = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .output();
    let works = traced.is_ok_and(|output| output.status.success());
    if !works {
        let mut log = std::io::stderr();
        writeln!(log, "SKIPPED: strace is missing or not permitted here").unwrap();
    }
    works
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Texts {
    Old,
    New,
    Mixed,
}

/// What the files hold; none may ever hold anything but its old or its new text.
fn texts(root: &Path) -> Texts {
    let new = FILES.iter().filter(|name| {
        let text = fs::read_to_string(root.join("src").join(name)).unwrap();
        assert!(text == OLD || text == NEW, "{name} holds {text:?}");
        text == NEW
    });
    match new.count() {
        0 => Texts::Old,
        count if count == FILES.len() => Texts::New,
        _ => Texts::Mixed,
    }
}

/// Nothing but the files lies among the sources, and nothing but the lock in the state folder.
fn assert_clean(root: &Path, state: &Path, when: &str) {
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&root.join("src")), FILES, "{when}");
    assert!(
        names(state).iter().all(|name| name == "write.lock"),
        "{when}: {:?}",
        names(state)
    );
}

fn recover(root: &Path, state: &Path) -> Texts {
    assert!(run("recover", root, state, &[]).success());
    texts(root)
}

#[test]
fn killed_at_any_system_call_the_tree_is_old_or_new_or_made_so_by_recovering() {
    if !strace_works() {
        return;
    }
    let (mut mixed, mut killed) = (0, 0);
    for call in 1.. {
        let (_folder, root, state) = tree();
        let status = run(
            "write",
            &root,
            &state,
            &[format!("{FILE_CALLS}:signal=KILL:when={call}")],
        );
        if status.success() {
            assert_eq!(texts(&root), Texts::New);
            break;
        }
        assert_eq!(status.signal(), Some(9), "call {call}: {status}");
        killed += 1;
        let before = texts(&root);
        mixed += u32::from(before == Texts::Mixed);
        let after = recover(&root, &state);
        assert_ne!(after, Texts::Mixed, "call {call}");
        assert!(
            before != Texts::New || after == Texts::New,
            "call {call}: a complete run is undone"
        );
        assert_clean(&root, &state, &format!("call {call}"));
    }
    assert!(
        killed > 20 && mixed > 0,
        "the kills did not reach the renames: {killed}, {mixed}"
    );
}

#[test]
fn recovering_may_itself_be_killed_at_any_system_call() {
    if !strace_works() {
        return;
    }
    for call in 1.. {
        let (_folder, root, state) = tree();
        // The first rename puts the journal in place, the fourth would be the last file's.
        run(
            "write",
            &root,
            &state,
            &["rename:signal=KILL:when=4".to_owned()],
        );
        assert_eq!(texts(&root), Texts::Mixed);
        let status = run(
            "recover",
            &root,
            &state,
            &[format!("{FILE_CALLS}:signal=KILL:when={call}")],
        );
        let done = status.success();
        assert!(done || status.signal() == Some(9), "call {call}: {status}");
        if !done {
            assert_eq!(recover(&root, &state), Texts::Old, "call {call}");
        }
        assert_eq!(texts(&root), Texts::Old);
        assert_clean(&root, &state, &format!("call {call}"));
        if done {
            break;
        }
    }
}

#[test]
fn an_error_of_any_system_call_that_writes_puts_everything_back() {
    if !strace_works() {
        return;
    }
    let faults = [
        ("write", "ENOSPC"),
        ("fsync", "EIO"),
        ("rename", "EIO"),
        ("openat", "EMFILE"),
        ("fchmod", "EPERM"),
        ("unlink", "EIO"),
    ];
    for (name, error) in faults {
        let mut refused = 0;
        for call in 1.. {
            let (_folder, root, state) = tree();
            let when = format!("{name} {error} at {call}");
            let status = run(
                "write",
                &root,
                &state,
                &[format!("{name}:error={error}:when={call}")],
            );
            match status.code() {
                Some(0) => assert_eq!(texts(&root), Texts::New, "{when}"),
                Some(3) => assert_eq!(texts(&root), Texts::Old, "{when}"),
                // The program itself did not start, or could not read the files.
                _ => assert_eq!(texts(&root), Texts::Old, "{when}: {status}"),
            }
            assert_clean(&root, &state, &when);
            if status.success() && calls_of(name, &root, &state) < call {
                break;
            }
            refused += 1;
        }
        assert!(refused > 0, "{name} was never reached");
    }
}

/// How often a run that nothing disturbs makes this call.
fn calls_of(name: &str, root: &Path, state: &Path) -> usize {
    for file in FILES {
        fs::write(root.join("src").join(file), OLD).unwrap();
    }
    let log = root.join("calls.log");
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-o"])
        .arg(&log)
        .args(["-e", &format!("trace={name}")]);
    let status = command
        .arg(program())
        .arg("write")
        .arg(root)
        .arg(state)
        .status()
        .unwrap();
    assert!(status.success());
    fs::read_to_string(log)
        .unwrap()
        .matches(&format!("{name}("))
        .count()
}

#[test]
fn when_a_disk_fails_for_good_the_old_texts_are_back_and_recovering_finishes_the_rest() {
    if !strace_works() {
        return;
    }
    for (name, error) in [("fsync", "EIO"), ("rename", "EIO"), ("unlink", "EROFS")] {
        let mut first = 1;
        loop {
            let (_folder, root, state) = tree();
            let when = format!("{name} {error} from {first} on");
            let status = run(
                "write",
                &root,
                &state,
                &[format!("{name}:error={error}:when={first}+")],
            );
            if status.success() {
                assert_eq!(texts(&root), Texts::New, "{when}");
                break;
            }
            let stuck = status.code() == Some(4);
            assert!(stuck || status.code() == Some(3), "{when}: {status}");
            if name != "rename" || !stuck {
                assert_eq!(texts(&root), Texts::Old, "{when}");
            }
            assert_eq!(recover(&root, &state), Texts::Old, "{when}");
            assert_clean(&root, &state, &when);
            first += 1;
        }
        assert!(first > 1, "{name} was never reached");
    }
}

/// What a power failure leaves depends on what was synced before what, which no kill shows.
#[test]
fn every_text_is_on_disk_before_anything_depends_on_it() {
    if !strace_works() {
        return;
    }
    let (_folder, root, state) = tree();
    let log = root.join("calls.log");
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-y", "-e", "trace=fsync,rename,unlink", "-o"])
        .arg(&log);
    command.arg(program()).arg("write").arg(&root).arg(&state);
    assert!(command.status().unwrap().success());
    let log = fs::read_to_string(log).unwrap();
    let place = |call: &str, path: &str| {
        let found = log
            .lines()
            .position(|line| line.contains(call) && line.contains(path));
        found.unwrap_or_else(|| panic!("no {call} of {path} in\n{log}"))
    };
    let journal = place("rename(", "journal.json.tmp");
    let removed = place("unlink(", "journal.json");
    assert!(place("fsync(", "journal.json.tmp") < journal);
    let journal_is_safe = place("fsync(", "/target>");
    assert!(journal < journal_is_safe);
    let renames = FILES.map(|name| place("rename(", &format!("/src/{name}\"")));
    let first = *renames.iter().min().unwrap();
    assert!(journal_is_safe < first);
    for name in FILES {
        assert!(place("fsync(", &format!("/src/.{name}.")) < first);
    }
    let renames_are_safe = place("fsync(", "/src>");
    assert!(renames.iter().all(|rename| *rename < renames_are_safe));
    assert!(renames_are_safe < removed);
}

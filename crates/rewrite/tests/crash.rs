//! The transaction is killed, or refused by the system, at every one of its system calls. Needs Linux and strace.
#![expect(clippy::disallowed_methods, reason = "tests make trees of their own")]
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use tempfile::TempDir;

const FILES: [&str; 3] = ["a.rs", "b.rs", "c.rs"];
/// The file that is added, with its folders.
const ADDED: &str = "added/deep/new.rs";
const OLD: &str = "\u{feff}fn old() {}\r\n";
const NEW: &str = "\u{feff}fn new() {}\r\n";

/// Calls that look at or change files; the others cannot leave anything behind.
const FILE_CALLS: &str = "%file,%desc";

/// The program that runs one transaction. Cargo builds it when the whole package is tested, not for this test alone.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples/transaction");
    let modified = |path: &Path| {
        fs::metadata(path)
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    let sources = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
    let newest = sources
        .filter_map(|entry| modified(&entry.unwrap().path()))
        .max();
    let path = program.display();
    assert!(
        modified(&program) >= newest,
        "{path} is missing or old: test the whole package"
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

/// strace with these faults.
fn strace(faults: &[&str]) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null"]);
    command.args(
        faults
            .iter()
            .flat_map(|fault| ["-e".to_owned(), format!("inject={fault}")]),
    );
    command
}

/// Runs `action` under strace with these faults.
fn run(action: &str, root: &Path, state: &Path, faults: &[&str]) -> ExitStatus {
    let mut command = strace(faults);
    command
        .arg(program())
        .args([Path::new(action), root, state]);
    command.output().unwrap().status
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
    let added = match fs::read_to_string(root.join(ADDED)) {
        Ok(text) => {
            assert_eq!(text, "fn new() {}\n", "{ADDED}");
            1
        }
        Err(_) => 0,
    };
    match new.count() + added {
        0 => Texts::Old,
        count if count == FILES.len() + 1 => Texts::New,
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
    let is_new = root.join(ADDED).exists();
    assert_eq!(
        names(&root.join("added/deep")),
        if is_new { vec!["new.rs"] } else { Vec::new() },
        "{when}"
    );
    assert_eq!(
        root.join("added").exists(),
        is_new,
        "{when}: an empty folder"
    );
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

/// The calls of a run that nothing disturbs, each with how often it is made: strace counts every name for itself.
fn calls(action: &str, root: &Path, state: &Path) -> BTreeMap<String, usize> {
    let log = root.join("calls.log");
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-e", &format!("trace={FILE_CALLS}"), "-o"])
        .arg(&log);
    command
        .arg(program())
        .args([Path::new(action), root, state]);
    assert!(command.status().unwrap().success());
    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    for line in fs::read_to_string(log).unwrap().lines() {
        let call = line.split_whitespace().nth(1).unwrap();
        let name = call.split('(').next().unwrap();
        *calls.entry(name.to_owned()).or_default() += 1;
    }
    // The start of the program is not disturbed.
    calls.remove("execve");
    calls
}

/// Every moment at which `calls` can be disturbed.
fn moments(calls: BTreeMap<String, usize>) -> impl Iterator<Item = (String, usize)> {
    calls
        .into_iter()
        .flat_map(|(name, count)| (1..=count).map(move |nth| (name.clone(), nth)))
}

#[test]
fn killed_at_any_system_call_the_tree_is_old_or_new_or_made_so_by_recovering() {
    if !strace_works() {
        return;
    }
    let (_folder, root, state) = tree();
    let mut mixed = 0;
    for (name, nth) in moments(calls("write", &root, &state)) {
        let when = format!("killed at {name} number {nth}");
        let (_folder, root, state) = tree();
        let status = run(
            "write",
            &root,
            &state,
            &[&format!("{name}:signal=KILL:when={nth}")],
        );
        assert_eq!(status.signal(), Some(9), "{when}: {status}");
        let before = texts(&root);
        mixed += u32::from(before == Texts::Mixed);
        let after = recover(&root, &state);
        assert_ne!(after, Texts::Mixed, "{when}");
        assert!(
            before != Texts::New || after == Texts::New,
            "{when}: a complete run is undone"
        );
        assert_clean(&root, &state, &when);
    }
    assert!(mixed > 2, "only {mixed} kills were between renames");
}

/// A run that was killed at its third rename: one of the files is new.
fn half_written() -> (TempDir, PathBuf, PathBuf) {
    let (folder, root, state) = tree();
    run("write", &root, &state, &["rename:signal=KILL:when=3"]);
    assert_eq!(texts(&root), Texts::Mixed);
    (folder, root, state)
}

#[test]
fn recovering_may_itself_be_killed_at_any_system_call() {
    if !strace_works() {
        return;
    }
    let (_folder, root, state) = half_written();
    for (name, nth) in moments(calls("recover", &root, &state)) {
        let when = format!("killed at {name} number {nth}");
        let (_folder, root, state) = half_written();
        let status = run(
            "recover",
            &root,
            &state,
            &[&format!("{name}:signal=KILL:when={nth}")],
        );
        assert_eq!(status.signal(), Some(9), "{when}: {status}");
        assert_eq!(recover(&root, &state), Texts::Old, "{when}");
        assert_clean(&root, &state, &when);
    }
}

#[test]
fn an_error_of_any_system_call_puts_everything_back() {
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
        ("read", "EIO"),
        ("statx", "ENOMEM"),
    ];
    let (_folder, root, state) = tree();
    let calls = calls("write", &root, &state);
    for (name, error) in faults {
        assert!(calls.contains_key(name), "{name} is never called");
        let mut refused = 0;
        for nth in 1..=calls[name] {
            let (_folder, root, state) = tree();
            let when = format!("{error} of {name} number {nth}");
            let status = run(
                "write",
                &root,
                &state,
                &[&format!("{name}:error={error}:when={nth}")],
            );
            refused += u32::from(status.code() == Some(3));
            // Other codes than 0 and 3 come from the loader of the program, or its own reading.
            let expected = if status.success() {
                Texts::New
            } else {
                Texts::Old
            };
            assert_eq!(texts(&root), expected, "{when}: {status}");
            assert_ne!(status.code(), Some(4), "{when}");
            assert_clean(&root, &state, &when);
        }
        assert!(refused > 0, "no error of {name} reached the transaction");
    }
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
                &[&format!("{name}:error={error}:when={first}+")],
            );
            if status.success() {
                assert_eq!(texts(&root), Texts::New, "{when}");
                break;
            }
            let stuck = status.code() == Some(4);
            assert!(stuck || status.code() == Some(3), "{when}: {status}");
            // Without renames no old text comes back, and without unlinks no new file goes.
            if name == "fsync" || !stuck {
                assert_eq!(texts(&root), Texts::Old, "{when}");
            }
            assert_eq!(recover(&root, &state), Texts::Old, "{when}");
            assert_clean(&root, &state, &when);
            first += 1;
        }
        assert!(first > 1, "{name} was never reached");
    }
}

/// Starts a run that stops itself at its `rename`th rename, edits the file `name` meanwhile, and lets it go on.
fn edit_at(rename: usize, name: &str, faults: &[&str], root: &Path, state: &Path) -> ExitStatus {
    let mut command = strace(faults);
    command.args(["-e", &format!("inject=rename:signal=STOP:when={rename}")]);
    command
        .arg(program())
        .args([Path::new("write"), root, state]);
    let mut strace = command.spawn().unwrap();
    // The stop is pending before the rename is made, so nothing runs after it.
    let path = root.join("src").join(name);
    let reached = || match rename {
        1 => state.join("journal.json").exists(),
        _ => fs::read_to_string(root.join("src").join(FILES[rename - 2])).unwrap() == NEW,
    };
    while !reached() {
        assert!(
            strace.try_wait().unwrap().is_none(),
            "the run ended before rename {rename}"
        );
        std::thread::yield_now();
    }
    fs::write(path, "mine").unwrap();
    let children = format!("/proc/{0}/task/{0}/children", strace.id());
    let child = fs::read_to_string(children).unwrap();
    let resumed = Command::new("kill")
        .args(["-CONT", child.trim()])
        .status()
        .unwrap();
    assert!(resumed.success());
    strace.wait().unwrap()
}

#[test]
fn a_file_that_somebody_edits_while_others_are_written_keeps_the_edit() {
    if !strace_works() {
        return;
    }
    let (_folder, root, state) = tree();
    let status = edit_at(1, "b.rs", &[], &root, &state);
    assert_eq!(status.code(), Some(3));
    assert_clean(&root, &state, "edited before it is replaced");
    let text = |name: &str| fs::read_to_string(root.join("src").join(name)).unwrap();
    assert_eq!(FILES.map(text), [OLD, "mine", OLD]);
}

#[test]
fn a_failure_after_somebody_edited_a_new_text_keeps_the_edit_and_the_journal() {
    if !strace_works() {
        return;
    }
    let (_folder, root, state) = tree();
    let status = edit_at(3, "a.rs", &["fsync:error=EIO:when=7"], &root, &state);
    assert_eq!(status.code(), Some(4));
    let text = |name: &str| fs::read_to_string(root.join("src").join(name)).unwrap();
    assert_eq!(FILES.map(text), ["mine", OLD, OLD]);
    assert!(
        fs::read_to_string(state.join("journal.json"))
            .unwrap()
            .contains("fn old")
    );
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

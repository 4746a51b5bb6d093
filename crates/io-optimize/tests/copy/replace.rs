//! What becomes of a destination that exists.

use std::fs::{self, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{symlink, MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use crate::child::{self, names, AHEAD};
use crate::common::{make, Mount, Piece::Data, Piece::Hole};
use io_optimize::{CancelToken, CopyError, CopyOptions, Durability, Progress, Replace, Strategy};
use tempfile::TempDir;

fn atomically() -> CopyOptions {
    CopyOptions::new().replace(Replace::Atomically)
}

fn new() -> CopyOptions {
    CopyOptions::new().replace(Replace::New)
}

#[test]
fn the_copy_is_a_new_file_and_the_old_one_keeps_its_other_names() {
    for strategy in [None, Some(Strategy::Std)] {
        let directory = TempDir::new().unwrap();
        let [from, to, other] = ["from", "to", "other"].map(|name| directory.path().join(name));
        make(&from, &[Data(70_000), Hole(1 << 20), Data(10)]);
        fs::set_permissions(&from, Permissions::from_mode(0o641)).unwrap();
        fs::write(&to, "old").unwrap();
        fs::hard_link(&to, &other).unwrap();
        for durability in [Durability::None, Durability::Data, Durability::Full] {
            let mut options = atomically().durability(durability);
            if let Some(strategy) = strategy {
                options = options.strategy(strategy);
            }
            let report = options.copy(&from, &to).unwrap();
            assert_eq!(report.bytes, 70_000 + (1 << 20) + 10);
            assert!(fs::read(&from).unwrap() == fs::read(&to).unwrap());
            assert_eq!(fs::metadata(&to).unwrap().mode() & 0o7777, 0o641);
            assert_eq!(fs::read(&other).unwrap(), b"old");
            assert_eq!(names(directory.path()), ["from", "other", "to"]);
            fs::remove_file(&to).unwrap();
        }
        let mut options = new();
        if let Some(strategy) = strategy {
            options = options.strategy(strategy);
        }
        options.copy(&from, &to).unwrap();
        assert!(fs::read(&from).unwrap() == fs::read(&to).unwrap());
        assert_eq!(fs::metadata(&to).unwrap().mode() & 0o7777, 0o641);
        assert_eq!(names(directory.path()), ["from", "other", "to"]);
        let error = options.copy(&other, &to).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert!(fs::read(&from).unwrap() == fs::read(&to).unwrap());
    }
}

#[test]
fn symbolic_links_stay() {
    let directory = TempDir::new().unwrap();
    let [from, link, target] = ["from", "link", "target"].map(|name| directory.path().join(name));
    fs::write(&from, "new").unwrap();
    symlink("target", &link).unwrap();
    let error = new().copy(&from, &link).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "a dangling link");
    atomically().copy(&from, &link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&target).unwrap(), b"new");
    fs::write(&from, "newer").unwrap();
    atomically().copy(&from, &link).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"newer");
    assert_eq!(names(directory.path()), ["from", "link", "target"]);
}

#[test]
fn what_is_no_regular_file_is_not_replaced() {
    let directory = TempDir::new().unwrap();
    let from = directory.path().join("from");
    fs::write(&from, "text").unwrap();
    let fifo = directory.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    for to in [&fifo, Path::new("/dev/null"), directory.path()] {
        let error = atomically().copy(&from, to).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        let error = new().copy(&from, to).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
    }
    assert_eq!(names(directory.path()), ["fifo", "from"]);
}

#[test]
fn a_file_is_not_copied_onto_itself() {
    let directory = TempDir::new().unwrap();
    let [from, hard, soft] = ["from", "hard", "soft"].map(|name| directory.path().join(name));
    fs::write(&from, "text").unwrap();
    fs::hard_link(&from, &hard).unwrap();
    symlink("from", &soft).unwrap();
    let inode = fs::metadata(&from).unwrap().ino();
    for to in [&from, &hard, &soft] {
        for options in [atomically(), new()] {
            let error = options.copy(&from, to).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
        assert_eq!(fs::metadata(to).unwrap().ino(), inode);
        assert_eq!(fs::read(to).unwrap(), b"text");
    }
    assert_eq!(names(directory.path()), ["from", "hard", "soft"]);
}

#[test]
fn a_full_disk_leaves_the_old_file_and_nothing_else() {
    let directory = TempDir::new().unwrap();
    let from = directory.path().join("from");
    make(&from, &[Data(5 << 20)]);
    let Some(mount) = Mount::tmpfs(&directory.path().join("tmpfs"), 2048) else {
        return;
    };
    let [to, missing] = ["to", "missing"].map(|name| mount.path().join(name));
    fs::write(&to, "old").unwrap();
    for strategy in Strategy::available() {
        for (options, to) in [(atomically(), &to), (new(), &missing)] {
            let error = options.strategy(*strategy).copy(&from, to).unwrap_err();
            // Some copy within one file system only.
            if ![Strategy::Reflink, Strategy::CopyFileRange].contains(strategy) {
                assert_eq!(os_error(&error), Some(28), "{error}");
            }
            assert_eq!(fs::read(mount.path().join("to")).unwrap(), b"old");
            assert_eq!(names(mount.path()), ["to"], "{strategy}");
        }
    }
}

fn os_error(error: &std::io::Error) -> Option<i32> {
    let details = error.get_ref()?.downcast_ref::<CopyError>()?;
    details.io_error().raw_os_error()
}

/// Cancels when something has been copied.
struct CancelsSoon(CancelToken);

impl Progress for CancelsSoon {
    fn advance(&self, _bytes: u64) {
        self.0.cancel();
    }
}

#[test]
fn a_cancelled_copy_leaves_the_old_file_and_nothing_else() {
    let directory = TempDir::new().unwrap();
    let [from, to, missing] = ["from", "to", "missing"].map(|name| directory.path().join(name));
    make(&from, &[Data(20 << 20)]);
    fs::write(&to, "old").unwrap();
    for (options, to) in [(atomically(), &to), (new(), &missing)] {
        let token = CancelToken::new();
        let progress = Arc::new(CancelsSoon(token.clone()));
        let options = options.progress(progress).cancel(token);
        let error = options.copy(&from, to).unwrap_err();
        let details = error.get_ref().unwrap().downcast_ref::<CopyError>();
        assert!(details.unwrap().is_cancelled());
        assert_eq!(names(directory.path()), ["from", "to"]);
    }
    assert_eq!(fs::read(&to).unwrap(), b"old");
}

#[test]
fn a_name_that_is_taken_meanwhile_is_not_taken_away() {
    /// Makes the destination while the copy is under way.
    struct Takes(std::path::PathBuf);
    impl Progress for Takes {
        fn advance(&self, _bytes: u64) {
            let _ = File::create_new(&self.0).map(|_| fs::write(&self.0, "theirs"));
        }
    }
    let directory = TempDir::new().unwrap();
    let [from, to] = ["from", "to"].map(|name| directory.path().join(name));
    make(&from, &[Data(1 << 20)]);
    let options = new().progress(Arc::new(Takes(to.clone())));
    let error = options.copy(&from, &to).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
    assert_eq!(fs::read(&to).unwrap(), b"theirs");
    assert_eq!(names(directory.path()), ["from", "to"]);
}

#[test]
fn where_a_rename_must_replace_a_hard_link_takes_the_name() {
    if !child::has_strace() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let [from, to] = ["from", "to"].map(|name| directory.path().join(name));
    make(&from, &[Data(70_000)]);
    let refused = ["renameat2:error=EINVAL"];
    child::copy("new", &from, &to, &refused).said("copied");
    assert!(fs::read(&from).unwrap() == fs::read(&to).unwrap());
    assert_eq!(fs::metadata(&to).unwrap().nlink(), 1);
    assert_eq!(names(directory.path()), ["from", "to"]);
}

/// The calls of an atomic copy, and for each the number of the first one that can be its own.
const CALLS: [(&str, usize); 17] = [
    ("openat", AHEAD + 1),
    ("statx", AHEAD + 1),
    ("close", AHEAD + 1),
    ("ioctl", 1),
    ("fstatfs", 1),
    ("fallocate", 1),
    ("pread64", 1),
    ("pwrite64", 1),
    ("copy_file_range", 1),
    ("sendfile", 1),
    ("flistxattr", 1),
    ("fremovexattr", 1),
    ("fchmod", 1),
    ("utimensat", 1),
    ("fsync", 1),
    ("rename", 1),
    ("exit_group", 1),
];
/// More than the child makes of any call.
const MOST_CALLS: usize = 300;

#[test]
fn killed_at_any_call_the_file_is_old_or_new() {
    if !child::has_strace() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let [from, to] = ["from", "to"].map(|name| directory.path().join(name));
    make(&from, &[Data(600_000)]);
    fs::set_permissions(&from, Permissions::from_mode(0o640)).unwrap();
    let (new_contents, old_contents) = (fs::read(&from).unwrap(), vec![b'o'; 100_000]);
    let (mut old, mut new) = (0, 0);
    for (call, first) in CALLS {
        for number in first..MOST_CALLS {
            fs::write(&to, &old_contents).unwrap();
            let injection = format!("{call}:signal=SIGKILL:when={number}");
            let outcome = child::copy("atomic full all", &from, &to, &[&injection]);
            let found = fs::read(&to).unwrap();
            if found == new_contents {
                new += 1;
            } else {
                assert!(found == old_contents, "{injection}: a mix");
                old += 1;
            }
            for name in names(directory.path()) {
                if name != "from" && name != "to" {
                    assert!(name.starts_with(".io-optimize-"), "{name}");
                    fs::remove_file(directory.path().join(name)).unwrap();
                }
            }
            if outcome.said.is_some() {
                outcome.said("copied");
                break;
            }
            assert!(
                number < MOST_CALLS - 1,
                "{call} is made too often to try all"
            );
        }
    }
    // Each call has one run in which it is not made so often, and some calls come after the rename.
    assert!(old >= 12 && new > CALLS.len(), "{old} {new}");
}

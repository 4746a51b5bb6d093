//! Sources and destinations that cannot be copied from or to: the right kind of error with both paths,
//! and whatever was there is still there.

use std::fs::{self, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{symlink, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use io_optimize::{CopyError, CopyOptions, Strategy};
use tempfile::TempDir;

use crate::common::{make, skip, works_here, Mount, Piece::Data, Piece::Hole};
use crate::injected::copy_in_new_process;

const PERM: i32 = 1;
const NXIO: i32 = 6;
const ISDIR: i32 = 21;
const TXTBSY: i32 = 26;
const FBIG: i32 = 27;
const INVAL: i32 = 22;
const NOSPC: i32 = 28;
const ROFS: i32 = 30;
const NAMETOOLONG: i32 = 36;
const LOOP: i32 = 40;

const OLD: &[u8] = b"old contents";

/// What is expected of the error.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Kind(ErrorKind),
    /// An error number, whose kind older compilers do not tell.
    Number(i32),
}

/// The copy fails by every strategy; nothing in the watched paths changes.
#[track_caller]
fn assert_fails(from: &Path, to: &Path, wanted: Wanted, watched: &[&Path]) {
    let before: Vec<_> = watched.iter().map(|path| fs::read(path).ok()).collect();
    for strategy in Strategy::available()
        .iter()
        .copied()
        .map(Some)
        .chain([None])
    {
        let mut options = CopyOptions::new();
        if let Some(strategy) = strategy {
            options = options.strategy(strategy);
        }
        // The standard library empties before it asks, and refuses sources by itself.
        let is_std = strategy == Some(Strategy::Std);
        let error = options.copy(from, to).unwrap_err();
        let details = error.get_ref().unwrap().downcast_ref::<CopyError>();
        let details = details.unwrap();
        let system = details.io_error();
        match wanted {
            _ if is_std => {}
            Wanted::Kind(kind) => assert_eq!(error.kind(), kind, "{strategy:?}: {error}"),
            Wanted::Number(number) => {
                assert_eq!(system.raw_os_error(), Some(number), "{strategy:?}: {error}");
                assert_eq!(error.kind(), system.kind());
            }
        }
        assert_eq!((details.from(), details.to()), (from, to));
        let text = error.to_string();
        for path in [from, to] {
            assert!(text.contains(&*path.to_string_lossy()), "{text}");
        }
        for (path, before) in watched.iter().zip(&before) {
            let after = fs::read(path).ok();
            assert!(after == *before, "{strategy:?}: {} changed", path.display());
        }
    }
}

/// A folder with a source and an old destination.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        make(&folder.path("source"), &[Data(100_000)]);
        fs::write(folder.path("old"), OLD).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

#[test]
fn sources_that_cannot_be_opened() {
    let folder = Folder::new();
    symlink("nothing", folder.path("dangling")).unwrap();
    symlink("round", folder.path("round")).unwrap();
    fs::create_dir(folder.path("folder")).unwrap();
    let _listener = UnixListener::bind(folder.path("socket")).unwrap();
    let long = "n".repeat(256);
    for (name, wanted) in [
        ("missing", Wanted::Kind(ErrorKind::NotFound)),
        ("missing/file", Wanted::Kind(ErrorKind::NotFound)),
        ("dangling", Wanted::Kind(ErrorKind::NotFound)),
        ("", Wanted::Kind(ErrorKind::InvalidInput)),
        ("folder", Wanted::Kind(ErrorKind::InvalidInput)),
        ("source\0", Wanted::Kind(ErrorKind::InvalidInput)),
        ("round", Wanted::Number(LOOP)),
        ("socket", Wanted::Number(NXIO)),
        (&*long, Wanted::Number(NAMETOOLONG)),
    ] {
        let (from, old) = (folder.path(name), folder.path("old"));
        if name.is_empty() {
            // The folder itself, with a slash behind it.
            assert!(from.is_dir());
        }
        assert_fails(&from, &old, wanted, &[&old]);
        assert_fails(&from, &folder.path("new"), wanted, &[]);
        assert!(!folder.path("new").exists(), "{name}");
    }
}

#[test]
fn destinations_that_cannot_be_opened() {
    let folder = Folder::new();
    let source = folder.path("source");
    symlink("missing/file", folder.path("dangling")).unwrap();
    symlink("round", folder.path("round")).unwrap();
    fs::create_dir(folder.path("folder")).unwrap();
    let _listener = UnixListener::bind(folder.path("socket")).unwrap();
    let long = "n".repeat(256);
    for (name, wanted) in [
        ("missing/file", Wanted::Kind(ErrorKind::NotFound)),
        ("dangling", Wanted::Kind(ErrorKind::NotFound)),
        ("old\0", Wanted::Kind(ErrorKind::InvalidInput)),
        ("folder", Wanted::Number(ISDIR)),
        ("round", Wanted::Number(LOOP)),
        ("socket", Wanted::Number(NXIO)),
        (&*long, Wanted::Number(NAMETOOLONG)),
    ] {
        assert_fails(&source, &folder.path(name), wanted, &[&source]);
    }
    assert!(!folder.path("missing").exists());
    let entries = fs::read_dir(folder.0.path()).unwrap().count();
    assert_eq!(entries, 6, "something was made");
}

#[test]
fn a_program_that_runs_is_not_written() {
    let folder = Folder::new();
    let program = folder.path("program");
    fs::copy("/bin/sleep", &program).unwrap();
    let mut running = Command::new(&program).arg("600").spawn().unwrap();
    let source = folder.path("source");
    let wanted = Wanted::Number(TXTBSY);
    assert_fails(&source, &program, wanted, &[&source, &program]);
    running.kill().unwrap();
    running.wait().unwrap();
}

#[test]
fn destinations_with_attributes_that_forbid() {
    for attribute in ["i", "a"] {
        let folder = Folder::new();
        let (source, old) = (folder.path("source"), folder.path("old"));
        let set = Command::new("chattr")
            .arg(format!("+{attribute}"))
            .arg(&old)
            .output();
        if !set.is_ok_and(|output| output.status.success()) {
            return skip(
                "immutable and append-only files",
                "root, chattr and a file system with them",
            );
        }
        assert_fails(&source, &old, Wanted::Number(PERM), &[&source, &old]);
        // A source with these attributes is one like any other.
        let copied = CopyOptions::new().copy(&old, folder.path("new"));
        let unset = Command::new("chattr")
            .arg(format!("-{attribute}"))
            .arg(&old)
            .status();
        assert!(unset.unwrap().success());
        assert_eq!(copied.unwrap().bytes, OLD.len() as u64);
        assert_eq!(fs::read(folder.path("new")).unwrap(), OLD);
    }
}

#[test]
fn a_file_system_that_may_only_be_read() {
    let folder = Folder::new();
    let Some(mount) = Mount::tmpfs(&folder.path("mount"), 1024) else {
        return;
    };
    let old = mount.path().join("old");
    fs::write(&old, OLD).unwrap();
    let again = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(mount.path())
        .status();
    assert!(again.unwrap().success());
    let source = folder.path("source");
    assert_fails(&source, &old, Wanted::Number(ROFS), &[&source, &old]);
    let new = mount.path().join("new");
    assert_fails(&source, &new, Wanted::Number(ROFS), &[&source]);
    assert_eq!(CopyOptions::new().copy(&old, &source).unwrap().bytes, 12);
}

#[test]
fn a_full_file_system_by_every_strategy() {
    let folder = Folder::new();
    let Some(mount) = Mount::tmpfs(&folder.path("mount"), 1024) else {
        return;
    };
    for pieces in [&[Data(3 << 20)][..], &[Hole(1 << 20), Data(3 << 20)]] {
        let (from, to) = (folder.path("source"), mount.path().join("copy"));
        make(&from, pieces);
        for strategy in Strategy::available()
            .iter()
            .copied()
            .map(Some)
            .chain([None])
        {
            if strategy.is_some_and(|it| !works_here(mount.path(), it)) {
                continue;
            }
            let mut options = CopyOptions::new();
            if let Some(strategy) = strategy {
                options = options.strategy(strategy);
            }
            let Err(error) = options.copy(&from, &to) else {
                panic!("{strategy:?} fits 3 MiB into one");
            };
            let details = error.get_ref().unwrap().downcast_ref::<CopyError>();
            let number = details.unwrap().io_error().raw_os_error();
            // Between two devices some strategies do not work at all.
            assert!(
                [Some(NOSPC), Some(18)].contains(&number),
                "{strategy:?}: {error}"
            );
            let (whole, part) = (fs::read(&from).unwrap(), fs::read(&to).unwrap());
            assert!(
                whole.starts_with(&part) && part.len() < whole.len(),
                "{strategy:?}"
            );
            fs::remove_file(&to).unwrap();
        }
    }
}

/// The limit cuts a write short before the next one fails.
#[test]
fn a_limit_of_the_length() {
    const LIMIT: u64 = 1_234_567;
    let folder = Folder::new();
    let (from, to) = (folder.path("source"), folder.path("copy"));
    for pieces in [
        &[Data(3 << 20)][..],
        &[Data(9 << 20)],
        &[Data(4096), Hole(1 << 20), Data(1 << 20)],
    ] {
        make(&from, pieces);
        let whole = fs::read(&from).unwrap();
        for strategy in Strategy::available()
            .iter()
            .copied()
            .map(Some)
            .chain([None])
        {
            if strategy.is_some_and(|it| !works_here(folder.0.path(), it)) {
                continue;
            }
            let _ = fs::remove_file(&to);
            let said = limited(LIMIT, strategy, &from, &to);
            let part = fs::read(&to).unwrap();
            // What the limit leaves is no whole number of the device's units.
            let errno = match strategy {
                Some(Strategy::Direct) => INVAL,
                _ => FBIG,
            };
            assert!(
                said.contains(&format!("(os error {errno})")),
                "{strategy:?}: {said}"
            );
            assert!(
                whole.starts_with(&part),
                "{strategy:?}: {} bytes",
                part.len()
            );
            assert!(
                part.len() as u64 <= LIMIT,
                "{strategy:?}: {} bytes",
                part.len()
            );
        }
    }
}

/// Copies in a process whose files may not become longer, and which ignores the signal that tells of it.
fn limited(limit: u64, strategy: Option<Strategy>, from: &Path, to: &Path) -> String {
    let mut command = Command::new("sh");
    let script = format!("trap '' XFSZ; exec prlimit --fsize={limit} \"$0\" \"$@\"");
    command.args(["-c", &script]);
    command.arg(std::env::current_exe().unwrap());
    crate::injected::output_of_child(command, strategy, from, to)
}

#[test]
fn permission_bits_do_not_stand_in_the_way_of_who_may_pass_them() {
    let folder = Folder::new();
    let (from, to) = (folder.path("source"), folder.path("copy"));
    fs::set_permissions(&from, Permissions::from_mode(0o444)).unwrap();
    let said = copy_in_new_process(&from, &to);
    assert!(said.contains("100000 bytes by"), "{said}");
    assert_eq!(
        fs::metadata(&to).unwrap().permissions().mode() & 0o7777,
        0o444
    );
    if File::options().write(true).open(&to).is_err() {
        return skip("a destination that may not be written", "root");
    }
    fs::write(&to, OLD).unwrap();
    assert_eq!(CopyOptions::new().copy(&from, &to).unwrap().bytes, 100_000);
}

/// The umask has no say, and nobody gets more access than the source gives while it is copied.
#[test]
fn the_umask_has_no_say() {
    let folder = Folder::new();
    for umask in ["000", "077", "777"] {
        for mode in [0o666, 0o640, 0o4755, 0o2750, 0o1777] {
            let (from, to) = (folder.path("source"), folder.path("copy"));
            let _ = fs::remove_file(&to);
            fs::set_permissions(&from, Permissions::from_mode(mode)).unwrap();
            let mut command = Command::new("sh");
            command.args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")]);
            command.arg(std::env::current_exe().unwrap());
            let said = crate::injected::output_of_child(command, None, &from, &to);
            assert!(said.contains("100000 bytes by"), "{said}");
            let found = fs::metadata(&to).unwrap().permissions().mode() & 0o7777;
            assert_eq!(format!("{found:o}"), format!("{mode:o}"), "umask {umask}");
        }
    }
}

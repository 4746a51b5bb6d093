//! Permission bits, pseudo files, FIFOs, devices, links, and what cannot be copied.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{symlink, FileExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::common::{allocated, make, skip, works_here, Piece::Data, Piece::Hole};
use io_optimize::{
    copy, copy_with_report, CopyError, CopyOptions, Durability, LeaveReason, Preserve, Strategy,
};
use tempfile::TempDir;

const NOSPC: i32 = 28;
const ISDIR: i32 = 21;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

#[test]
fn permission_bits_are_copied() {
    let directory = TempDir::new().unwrap();
    for pieces in [vec![Data(10)], vec![Data(100_000)], vec![Hole(100_000)]] {
        for bits in [0o644, 0o600, 0o777, 0o444, 0o400, 0o4751, 0o2755, 0o1644] {
            let directory = TempDir::new_in(directory.path()).unwrap();
            let [from, new, old] = ["source", "new", "old"].map(|name| directory.path().join(name));
            make(&from, &pieces);
            set_mode(&from, bits);
            fs::write(&old, "longer than ten bytes").unwrap();
            set_mode(&old, 0o4666);
            for to in [&new, &old] {
                copy(&from, to).unwrap();
                assert_eq!(
                    format!("{:o}", mode(to)),
                    format!("{bits:o}"),
                    "{}",
                    to.display()
                );
            }
        }
    }
}

#[test]
fn pseudo_files_are_copied_whole() {
    let directory = TempDir::new().unwrap();
    let to = directory.path().join("copy");
    for from in [
        "/proc/cpuinfo",
        "/proc/self/status",
        "/proc/self/maps",
        "/proc/sys/kernel/ostype",
        "/sys/kernel/mm/transparent_hugepage/enabled",
        "/sys/devices/system/cpu/online",
    ] {
        if !Path::new(from).exists() {
            skip(from, "a kernel that has it");
            continue;
        }
        let bytes = copy(from, &to).unwrap();
        let copied = fs::read(&to).unwrap();
        // Most may only be read, and so may their copies.
        fs::remove_file(&to).unwrap();
        assert_eq!(bytes, copied.len() as u64, "{from}");
        assert!(bytes > 0, "{from}");
        // The speed of a processor and the state of the process change between two readings.
        if !from.contains("cpuinfo") && !from.contains("self") {
            assert_eq!(copied, fs::read(from).unwrap(), "{from}");
        }
    }
    let report = copy_with_report("/proc/cpuinfo", &to).unwrap();
    assert_eq!(report.strategy, Strategy::ReadWrite);
    assert_eq!(report.left[0].reason, LeaveReason::NoLength);
    let text = fs::read_to_string(&to).unwrap();
    assert!(
        text.starts_with("processor") && text.ends_with("\n\n"),
        "{text}"
    );
}

#[test]
fn a_fifo_is_read_to_its_end() {
    let directory = TempDir::new().unwrap();
    let (fifo, to) = (directory.path().join("fifo"), directory.path().join("copy"));
    assert!(Command::new("mkfifo")
        .arg(&fifo)
        .status()
        .unwrap()
        .success());
    let contents: Vec<u8> = (0..300_000_u32).map(|at| at as u8).collect();
    let report = thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = OpenOptions::new().write(true).open(&fifo).unwrap();
            for piece in contents.chunks(7000) {
                writer.write_all(piece).unwrap();
            }
        });
        copy_with_report(&fifo, &to).unwrap()
    });
    assert!(fs::read(&to).unwrap() == contents);
    assert_eq!(report.bytes, 300_000);
    assert_eq!(report.left[0].reason, LeaveReason::NotRegular);

    let from = directory.path().join("source");
    fs::write(&from, &contents).unwrap();
    let received = thread::scope(|scope| {
        let reader = scope.spawn(|| fs::read(&fifo).unwrap());
        copy(&from, &fifo).unwrap();
        reader.join().unwrap()
    });
    assert!(received == contents);
}

#[test]
fn what_is_no_regular_file_is_neither_flushed_nor_given_times_or_an_owner() {
    let directory = TempDir::new().unwrap();
    let (fifo, from) = (
        directory.path().join("fifo"),
        directory.path().join("source"),
    );
    fs::write(&from, "text").unwrap();
    set_mode(&from, 0o400);
    let options = CopyOptions::new().durability(Durability::Full);
    for options in [options.clone(), options.strategy(Strategy::Std)] {
        options.copy(&from, "/dev/null").unwrap();
        let _ = fs::remove_file(&fifo);
        assert!(Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success());
        let before = (mode(&fifo), fs::metadata(&fifo).unwrap().uid());
        if is_root() {
            std::os::unix::fs::chown(&from, Some(1234), None).unwrap();
        }
        let all = Preserve::mode_only().times(true).owner(true);
        let received = thread::scope(|scope| {
            let reader = scope.spawn(|| fs::read(&fifo).unwrap());
            options.preserve(all).copy(&from, &fifo).unwrap();
            reader.join().unwrap()
        });
        assert_eq!(received, b"text");
        let after = (mode(&fifo), fs::metadata(&fifo).unwrap().uid());
        assert_eq!(before, after);
    }
}

#[test]
fn devices_are_files() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    make(&from, &[Data(100), Hole(1 << 20)]);
    fs::write(&to, "old").unwrap();
    set_mode(&to, 0o640);
    assert_eq!(copy(&from, "/dev/null").unwrap(), 100 + (1 << 20));
    let null = mode(Path::new("/dev/null"));
    assert_eq!(copy("/dev/null", &to).unwrap(), 0);
    assert_eq!(fs::read(&to).unwrap(), b"");
    assert_eq!((mode(&to), mode(Path::new("/dev/null"))), (0o640, null));

    let error = copy(&from, "/dev/full").unwrap_err();
    let details = error
        .get_ref()
        .unwrap()
        .downcast_ref::<CopyError>()
        .unwrap();
    assert_eq!(details.io_error().raw_os_error(), Some(NOSPC), "{error}");
}

#[test]
fn symbolic_links_are_followed_even_dangling() {
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("file"), "text").unwrap();
    symlink("file", path("to file")).unwrap();
    symlink("nothing yet", path("dangling")).unwrap();
    assert_eq!(copy(path("to file"), path("dangling")).unwrap(), 4);
    assert_eq!(fs::read(path("nothing yet")).unwrap(), b"text");
    assert!(fs::symlink_metadata(path("dangling")).unwrap().is_symlink());

    let error = copy(path("gone"), path("copy")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(!path("copy").exists());
}

#[test]
fn other_names_of_the_destination_see_the_copy() {
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name);
    make(&path("source"), &[Data(100_000)]);
    fs::write(path("old"), "old").unwrap();
    fs::hard_link(path("old"), path("other name")).unwrap();
    copy(path("source"), path("old")).unwrap();
    assert!(fs::read(path("other name")).unwrap() == fs::read(path("source")).unwrap());
}

#[test]
fn directories_are_refused() {
    let directory = TempDir::new().unwrap();
    let (file, to) = (directory.path().join("file"), directory.path().join("copy"));
    fs::write(&file, "text").unwrap();
    let error = copy(directory.path(), &to).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(
        error.to_string().contains("the source is a directory"),
        "{error}"
    );
    assert!(!to.exists());

    let error = copy(&file, directory.path()).unwrap_err();
    let details = error
        .get_ref()
        .unwrap()
        .downcast_ref::<CopyError>()
        .unwrap();
    assert_eq!(details.io_error().raw_os_error(), Some(ISDIR));
    assert_eq!(details.from(), file);
    assert_eq!(details.to(), directory.path());
}

#[test]
fn what_may_not_be_read_or_written_is_left_alone() {
    if is_root() {
        skip("a source that may not be read", "a user other than root");
        return;
    }
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    fs::write(&from, "new").unwrap();
    fs::write(&to, "old").unwrap();
    set_mode(&from, 0o200);
    assert_eq!(
        copy(&from, &to).unwrap_err().kind(),
        ErrorKind::PermissionDenied
    );
    set_mode(&from, 0o600);
    set_mode(&to, 0o444);
    assert_eq!(
        copy(&from, &to).unwrap_err().kind(),
        ErrorKind::PermissionDenied
    );
    assert_eq!(fs::read(&to).unwrap(), b"old");
}

#[test]
fn a_file_that_grows_meanwhile_is_copied_to_an_end_it_had() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    const LENGTH: usize = 4 << 20;
    for strategy in [
        Strategy::CopyFileRange,
        Strategy::Sendfile,
        Strategy::Splice,
        Strategy::ReadWrite,
        Strategy::Direct,
        Strategy::Mmap,
    ] {
        if !works_here(directory.path(), strategy) {
            continue;
        }
        make(&from, &[Data(LENGTH)]);
        let report = thread::scope(|scope| {
            scope.spawn(|| {
                let mut log = OpenOptions::new().append(true).open(&from).unwrap();
                for number in 0..2000_u32 {
                    log.write_all(&[number as u8; 1000]).unwrap();
                }
            });
            CopyOptions::new()
                .strategy(strategy)
                .copy(&from, &to)
                .unwrap()
        });
        let copied = fs::read(&to).unwrap();
        assert_eq!(report.bytes, copied.len() as u64);
        assert!(copied.len() >= LENGTH);
        assert!(
            fs::read(&from).unwrap().starts_with(&copied),
            "by {strategy}"
        );
    }
}

#[test]
fn offsets_behind_four_gibibytes_are_right() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    let length = (5 << 30) + 5000;
    make(&from, &[Data(4096), Hole((5 << 30) - 4096), Data(5000)]);
    for strategy in [
        Strategy::CopyFileRange,
        Strategy::Sendfile,
        Strategy::Splice,
        Strategy::ReadWrite,
        Strategy::Direct,
        Strategy::Mmap,
    ] {
        if !works_here(directory.path(), strategy) {
            continue;
        }
        let report = CopyOptions::new()
            .strategy(strategy)
            .copy(&from, &to)
            .unwrap();
        assert_eq!(report.bytes, length);
        assert_eq!(fs::metadata(&to).unwrap().len(), length);
        assert!(allocated(&to) <= allocated(&from), "by {strategy}");
        for offset in [0, length - 5000] {
            let [wanted, copied] = [&from, &to].map(|path| {
                let mut bytes = [0; 5000];
                fs::File::open(path)
                    .unwrap()
                    .read_exact_at(&mut bytes, offset)
                    .unwrap();
                bytes
            });
            assert!(wanted == copied, "by {strategy} at {offset}");
        }
    }
}

#[test]
fn a_refused_reflink_is_remembered() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (
        directory.path().join("source"),
        directory.path().join("copy"),
    );
    make(&from, &[Data(100_000)]);
    let first = copy_with_report(&from, &to).unwrap();
    if first.strategy == Strategy::Reflink {
        skip(
            "a refused reflink",
            "a temporary directory without reflinks",
        );
        return;
    }
    // Unless another thread has the list, of which there is not always one.
    let is_remembered = (0..100).any(|_| {
        let next = copy_with_report(&from, &to).unwrap();
        assert_eq!(next.left[0].strategy, Strategy::Reflink);
        matches!(next.left[0].reason, LeaveReason::Remembered { .. })
    });
    assert!(is_remembered);
}

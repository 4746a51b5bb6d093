//! Copies that leave nothing behind in memory.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use crate::child;
use crate::common::{has_program, make, skip, Mount, Piece, Piece::Data, Piece::Hole};
use io_optimize::{Cache, CopyOptions, Durability, Strategy};
use rustix::fs::{fadvise, Advice};
use tempfile::TempDir;

/// Bytes: pages that are in use at the moment, and what a write of the last page shares.
const FEW: u64 = 1 << 20;
const PIECES: &[Piece] = &[Data(3 << 20), Hole(1 << 20), Data(2_000_000)];

/// Bytes of a file that are in memory.
fn bytes_in_memory(path: &Path) -> u64 {
    let output = Command::new("fincore")
        .args(["--bytes", "--noheadings", "--output", "RES"])
        .arg(path)
        .output();
    let said = String::from_utf8(output.unwrap().stdout).unwrap();
    said.trim().parse().unwrap()
}

/// Whether nothing of it is in memory now.
fn drop_from_memory(path: &Path) -> bool {
    let file = File::open(path).unwrap();
    file.sync_all().unwrap();
    fadvise(&file, 0, None, Advice::DontNeed).unwrap();
    bytes_in_memory(path) < FEW
}

fn check(directory: &Path) {
    let [from, to] = ["from", "to"].map(|name| directory.join(name));
    make(&from, PIECES);
    if !has_program("fincore") {
        return skip("sparing the cache", "fincore");
    }
    if !drop_from_memory(&from) {
        return skip("sparing the cache", "a file system on a device");
    }
    let options = CopyOptions::new()
        .cache(Cache::Spare)
        .durability(Durability::Data);
    let report = options.copy(&from, &to).unwrap();
    if report.strategy == Strategy::Reflink {
        fs::remove_file(&to).unwrap();
        options
            .clone()
            .strategy(Strategy::Positioned)
            .copy(&from, &to)
            .unwrap();
    }
    let (source, copy) = (bytes_in_memory(&from), bytes_in_memory(&to));
    assert!(
        source < FEW,
        "{source} bytes of the source stayed: {report}"
    );
    assert!(copy < FEW, "{copy} bytes of the copy stayed: {report}");

    // All of it is in memory now, and stays there.
    assert!(fs::read(&from).unwrap() == fs::read(&to).unwrap());
    let before = bytes_in_memory(&from);
    let again = directory.join("again");
    options
        .strategy(Strategy::Positioned)
        .copy(&from, &again)
        .unwrap();
    let after = bytes_in_memory(&from);
    assert!(after > before / 2, "{before} bytes became {after}");
    assert!(fs::read(&from).unwrap() == fs::read(&again).unwrap());
}

#[test]
fn what_the_copy_brought_into_memory_goes_and_the_rest_stays() {
    let directory = TempDir::new().unwrap();
    check(directory.path());
}

#[test]
fn on_file_systems_of_every_kind() {
    let directory = TempDir::new().unwrap();
    for kind in ["ext4", "xfs", "btrfs"] {
        let program = format!("mkfs.{kind}");
        if !has_program(&program) {
            skip(&format!("sparing the cache on {kind}"), &program);
            continue;
        }
        let image = directory.path().join(format!("{kind}.img"));
        File::create(&image).unwrap().set_len(400 << 20).unwrap();
        let made = Command::new(&program).arg("-q").arg(&image).output();
        assert!(made.unwrap().status.success());
        let arguments = ["-o", "loop", image.to_str().unwrap()];
        if let Some(mount) = Mount::new(&directory.path().join(kind), &arguments) {
            check(mount.path());
        }
    }
}

#[test]
fn without_the_flags_the_copy_is_right_all_the_same() {
    if !child::has_strace() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let [from, to] = ["from", "to"].map(|name| directory.path().join(name));
    make(&from, PIECES);
    for injections in [
        &["pwritev2:error=EOPNOTSUPP"][..],
        &["preadv2:error=EOPNOTSUPP"],
        &["preadv2:error=EOPNOTSUPP:when=1", "pwritev2:error=ENOSYS"],
        &["preadv2:error=EINTR:when=1", "pwritev2:error=EINTR:when=1"],
        &["fadvise64:error=EINVAL", "pwritev2:error=EINVAL"],
    ] {
        let _ = fs::remove_file(&to);
        let no_reflink = ["ioctl:error=EOPNOTSUPP"];
        let injections = [injections, &no_reflink].concat();
        let outcome = child::copy("spare", &from, &to, &injections);
        outcome.said("copied: 6194304 bytes by positioned read/write");
        assert!(fs::read(&from).unwrap() == fs::read(&to).unwrap());
    }
    for (injection, problem) in [
        ("preadv2:error=EIO", "cannot read the source"),
        ("pwritev2:error=ENOSPC", "cannot write the destination"),
    ] {
        child::copy("spare", &from, &to, &[injection, "ioctl:error=EOPNOTSUPP"]).said(problem);
    }
}

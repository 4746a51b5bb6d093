//! The table on other file systems than the one of the temporary directory, and between two of them.
//! Needs root to mount, and `mkfs.xfs`, `mkfs.btrfs` and `mkfs.ext4` each for its part.

use std::fs;

use crate::common::{check, check_table, make, table, works_here, Mount, Piece::Data};
use crate::faults::copy_in_new_process;
use io_optimize::{copy, CopyError, LeaveReason, Strategy};
use tempfile::TempDir;

const XDEV: i32 = 18;
const NOSPC: i32 = 28;

#[test]
fn on_tmpfs() {
    let directory = TempDir::new().unwrap();
    if let Some(mount) = Mount::tmpfs(&directory.path().join("tmpfs"), 32 * 1024) {
        check_table(mount.path());
    }
}

#[test]
fn on_ext4() {
    let directory = TempDir::new().unwrap();
    if let Some(mount) = Mount::image(directory.path(), "ext4", &[]) {
        check_table(mount.path());
    }
}

#[test]
fn on_file_systems_with_reflinks() {
    let directory = TempDir::new().unwrap();
    for kind in ["xfs", "btrfs"] {
        let Some(mount) = Mount::image(directory.path(), kind, &[]) else {
            continue;
        };
        check_table(mount.path());
        assert!(works_here(mount.path(), Strategy::Reflink));
        let from = mount.path().join("large");
        make(&from, &[Data(5 << 20)]);
        // This process may remember what another file system refused on the same device number.
        let said = copy_in_new_process(&from, &mount.path().join("clone"));
        assert!(said.contains("5242880 bytes by reflink"), "{kind}: {said}");
    }
}

#[test]
fn on_xfs_without_reflinks() {
    let directory = TempDir::new().unwrap();
    if let Some(mount) = Mount::image(directory.path(), "xfs", &["-m", "reflink=0"]) {
        check_table(mount.path());
    }
}

#[test]
fn from_one_file_system_to_another() {
    let directory = TempDir::new().unwrap();
    let Some(mount) = Mount::tmpfs(&directory.path().join("tmpfs"), 32 * 1024) else {
        return;
    };
    let from = directory.path().join("source");
    for (name, pieces) in table() {
        make(&from, &pieces);
        let report = check(mount.path(), &from, None);
        if report.bytes > 32 * 1024 && report.bytes > report.hole_bytes {
            assert_eq!(report.strategy, Strategy::Sendfile, "{name}: {report}");
            // Remembered from copying onto the existing file.
            let reason = LeaveReason::Remembered { errno: XDEV };
            assert!(
                report
                    .left
                    .iter()
                    .filter(|left| left.strategy != Strategy::Positioned)
                    .all(|left| left.reason == reason),
                "{name}: {report}"
            );
        }
    }
}

#[test]
fn a_full_file_system_is_reported_and_nothing_else_is_tried() {
    let directory = TempDir::new().unwrap();
    let Some(mount) = Mount::tmpfs(&directory.path().join("tmpfs"), 2048) else {
        return;
    };
    let from = directory.path().join("source");
    make(&from, &[Data(5 << 20)]);
    let to = mount.path().join("copy");
    let error = copy(&from, &to).unwrap_err();
    let details = error
        .get_ref()
        .unwrap()
        .downcast_ref::<CopyError>()
        .unwrap();
    assert_eq!(details.io_error().raw_os_error(), Some(NOSPC), "{error}");
    assert!(error.to_string().contains("sendfile failed"), "{error}");
    // What fitted is there, and right.
    let partial = fs::read(&to).unwrap();
    assert!(fs::read(&from).unwrap().starts_with(&partial));
}

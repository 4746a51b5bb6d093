//! The table on other file systems than the one of the temporary directory, and between two of them.
//! Needs root to mount, and `mkfs.xfs`, `mkfs.btrfs`, `mkfs.ext4` and `bindfs` each for its part.

use std::fs;
use std::path::Path;

use crate::common::{
    check, check_table, check_table_where, has_program, make, skip, table, works_here, Mount,
    Piece, Piece::Data,
};
use crate::injected::copy_in_new_process;
use io_optimize::{copy, CopyError, CopyOptions, LeaveReason, Strategy};
use tempfile::TempDir;

const XDEV: i32 = 18;
const NOSPC: i32 = 28;

#[test]
fn on_tmpfs() {
    let directory = TempDir::new().unwrap();
    if let Some(mount) = Mount::tmpfs(&directory.path().join("tmpfs"), 80 * 1024) {
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
fn what_one_file_system_refused_is_not_held_against_the_next_on_its_device_number() {
    let directory = TempDir::new().unwrap();
    let within = |name: &str| {
        let path = directory.path().join(name);
        fs::create_dir(&path).unwrap();
        path
    };
    let (first, second) = (within("first"), within("second"));
    let Some(mount) = Mount::image(&first, "ext4", &[]) else {
        return;
    };
    let from = mount.path().join("source");
    make(&from, &[Data(100_000)]);
    let report = CopyOptions::new().copy(&from, mount.path().join("copy"));
    assert_ne!(report.unwrap().strategy, Strategy::Reflink);
    drop(mount);
    // On the loop device that has just become free, unless another test was faster.
    let Some(mount) = Mount::image(&second, "xfs", &[]) else {
        return;
    };
    let from = mount.path().join("source");
    make(&from, &[Data(100_000)]);
    let report = CopyOptions::new().copy(&from, mount.path().join("copy"));
    assert_eq!(report.unwrap().strategy, Strategy::Reflink);
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
    let Some(mount) = Mount::tmpfs(&directory.path().join("tmpfs"), 40 * 1024) else {
        return;
    };
    let from = directory.path().join("source");
    for (name, pieces) in table() {
        make(&from, &pieces);
        let report = check(mount.path(), &from, None);
        if report.bytes > 16 * 1024 && report.bytes > report.hole_bytes {
            assert_eq!(report.strategy, Strategy::Sendfile, "{name}: {report}");
            let tried = report
                .left
                .iter()
                .filter(|left| ![Strategy::Positioned, Strategy::Splice].contains(&left.strategy));
            for left in tried {
                // Remembered, but when another thread has the list.
                assert!(
                    matches!(
                        left.reason,
                        LeaveReason::Remembered { errno: XDEV }
                            | LeaveReason::Refused { errno: XDEV }
                    ),
                    "{name}: {report}"
                );
            }
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

#[test]
fn on_fuse() {
    let directory = TempDir::new().unwrap();
    if !has_program("bindfs") {
        return skip("copying on FUSE", "bindfs");
    }
    let folder = directory.path().join("folder");
    fs::create_dir(&folder).unwrap();
    if let Some(mount) = Mount::bindfs(&folder, &directory.path().join("shown")) {
        check_table_where(mount.path(), false);
    }
}

#[test]
fn on_overlayfs() {
    let directory = TempDir::new().unwrap();
    if let Some(mount) = Mount::overlay(directory.path()) {
        check_table(mount.path());
        // From the lower folder, by the merged one, to the upper folder.
        let lower = directory.path().join("lower/source");
        for (name, pieces) in table() {
            make(&lower, &pieces);
            let report = check(mount.path(), &lower, None);
            assert_eq!(report.bytes, fs::metadata(&lower).unwrap().len(), "{name}");
        }
    }
}

/// Copies the table from each of these to each other one, by every strategy that works between them.
fn check_pairs(places: &[(&str, &Path)], shapes: &[(&str, Vec<Piece>)]) {
    for (from_kind, from) in places {
        for (name, pieces) in shapes {
            let source = from.join("source of pairs");
            make(&source, pieces);
            for (to_kind, to) in places {
                if from_kind == to_kind {
                    continue;
                }
                let mut worked = 0;
                check(to, &source, None);
                for &strategy in Strategy::available() {
                    let copied = CopyOptions::new()
                        .strategy(strategy)
                        .copy(&source, to.join("probe"));
                    match copied {
                        Ok(_) => {
                            worked += 1;
                            let report = check(to, &source, Some(strategy));
                            assert_eq!(report.left, [], "{name}, {from_kind} to {to_kind}");
                        }
                        Err(error) => {
                            let text = error.to_string();
                            let is_refusal = text.contains("the strategy does not work");
                            assert!(is_refusal, "{name}, {from_kind} to {to_kind}: {text}");
                        }
                    }
                }
                // Reading and writing, and the standard library, work everywhere.
                assert!(worked >= 2, "{name}, {from_kind} to {to_kind}: {worked}");
            }
            fs::remove_file(&source).unwrap();
        }
    }
}

/// Each kind of file system that can be had here, beside the temporary directory.
fn check_all_pairs(shapes: &[(&str, Vec<Piece>)]) {
    let directory = TempDir::new().unwrap();
    let within = |name: &str| directory.path().join(name);
    fs::create_dir_all(within("folder")).unwrap();
    fs::create_dir_all(within("layers")).unwrap();
    let bindfs = has_program("bindfs").then(|| Mount::bindfs(&within("folder"), &within("fuse")));
    let mounts = [
        ("tmpfs", Mount::tmpfs(&within("tmpfs"), 64 * 1024)),
        ("ext4", Mount::image(directory.path(), "ext4", &[])),
        ("xfs", Mount::image(directory.path(), "xfs", &[])),
        ("btrfs", Mount::image(directory.path(), "btrfs", &[])),
        ("overlayfs", Mount::overlay(&within("layers"))),
        ("FUSE", bindfs.flatten()),
    ];
    let mut places = vec![("the temporary directory", directory.path())];
    for (kind, mount) in &mounts {
        if let Some(mount) = mount {
            places.push((kind, mount.path()));
        }
    }
    check_pairs(&places, shapes);
}

#[test]
fn between_any_two_file_systems() {
    let mut shapes = table();
    shapes.retain(|(name, _)| ["smallest with a pipe", "hole between"].contains(name));
    assert_eq!(shapes.len(), 2);
    check_all_pairs(&shapes);
}

#[test]
#[ignore = "takes minutes: cargo xtask runtime-faults"]
fn the_whole_table_between_any_two_file_systems() {
    check_all_pairs(&table());
}

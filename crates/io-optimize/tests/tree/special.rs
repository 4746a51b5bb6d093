//! Depth, names, permissions, kinds and full file systems, on Linux.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{symlink, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use io_optimize::{copy_tree, CopyError, OnError, TreeOptions};
use tempfile::TempDir;

use crate::common::{check, directory_for_many_files, skip, walk};

/// Makes that many directories, one in the other, with a file in the last.
fn deepen(root: &Path, levels: usize) {
    let bottom = root.join((0..levels).map(|_| "d").collect::<PathBuf>());
    fs::create_dir_all(&bottom).unwrap();
    fs::write(bottom.join("file"), "text").unwrap();
}

#[test]
fn deeper_than_there_are_descriptors() {
    let directory = directory_for_many_files();
    let from = directory.path().join("from");
    fs::create_dir(&from).unwrap();
    deepen(&from, 1000);
    for workers in [1, 4] {
        let to = directory.path().join(format!("to {workers}"));
        let options = TreeOptions::new().workers(workers).preserve_times(true);
        check(&options, &from, &to, true);
    }
}

#[test]
fn deep_branches_that_must_be_opened_again() {
    let directory = directory_for_many_files();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    // Every level has a second directory, and the way back to it leads past the bound on handles.
    let mut path = from.clone();
    for level in 0..400 {
        fs::create_dir_all(path.join("b/c")).unwrap();
        fs::create_dir_all(path.join("0/c")).unwrap();
        fs::write(path.join("b/c/file"), format!("{level}")).unwrap();
        path.push("d");
    }
    fs::create_dir(&path).unwrap();
    check(&TreeOptions::new().workers(3), &from, &to, false);
}

#[test]
fn paths_longer_than_the_system_takes() {
    let directory = directory_for_many_files();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir(&from).unwrap();
    deepen(&from, 1500);
    for _ in 0..2 {
        let longer = directory.path().join("longer");
        fs::create_dir(&longer).unwrap();
        deepen(&longer, 1500);
        let bottom: PathBuf = (0..1500).map(|_| "d").collect();
        fs::rename(&from, longer.join(bottom).join("d")).unwrap();
        fs::rename(&longer, &from).unwrap();
    }
    let report = copy_tree(&from, &to).unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.directories, report.files), (4503, 3));
    // The standard library's own removal goes down by recursion.
    for path in [&from, &to] {
        assert!(Command::new("rm")
            .arg("-r")
            .arg(path)
            .status()
            .unwrap()
            .success());
    }
}

#[test]
fn names_that_are_not_utf_8() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    let sub = from.join(OsStr::from_bytes(b"sub \xff"));
    fs::create_dir_all(&sub).unwrap();
    fs::write(sub.join(OsStr::from_bytes(b"\xc3\x28")), "text").unwrap();
    symlink(OsStr::from_bytes(b"\xfe target"), sub.join("link")).unwrap();
    check(&TreeOptions::new(), &from, &to, false);
}

#[test]
fn symbolic_links_that_lead_in_circles() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir_all(from.join("sub")).unwrap();
    symlink("..", from.join("sub/up")).unwrap();
    symlink("self", from.join("self")).unwrap();
    symlink(&from, from.join("root")).unwrap();
    check(&TreeOptions::new().preserve_times(true), &from, &to, true);
}

#[test]
fn read_only_directories_are_filled() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir_all(from.join("closed/inner")).unwrap();
    fs::write(from.join("closed/inner/file"), "text").unwrap();
    fs::hard_link(from.join("closed/inner/file"), from.join("other name")).unwrap();
    let closed = [from.join("closed/inner"), from.join("closed")];
    for path in &closed {
        fs::set_permissions(path, Permissions::from_mode(0o555)).unwrap();
    }
    check(&TreeOptions::new().preserve_times(true), &from, &to, true);
    for path in [from, to]
        .iter()
        .flat_map(|root| [root.join("closed"), root.join("closed/inner")])
    {
        fs::set_permissions(path, Permissions::from_mode(0o700)).unwrap();
    }
}

#[test]
fn unreadable_files_are_errors_and_the_rest_is_copied() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir_all(from.join("sub")).unwrap();
    for name in ["sub/secret", "sub/other"] {
        fs::write(from.join(name), "text").unwrap();
    }
    fs::set_permissions(from.join("sub/secret"), Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(from.join("sub/secret")).is_ok() {
        skip("a file that may not be read", "another user than root");
        return;
    }
    let report = copy_tree(&from, &to).unwrap();
    assert_eq!(report.errors.len(), 1, "{report}");
    assert_eq!(report.errors[0].path(), Path::new("sub/secret"));
    assert_eq!(report.errors[0].problem(), "cannot open the source");
    assert!(to.join("sub/other").exists());
    let stopped = TreeOptions::new()
        .on_error(OnError::Stop)
        .copy(&from, directory.path().join("2"));
    let error = stopped.unwrap_err();
    let details = error
        .get_ref()
        .unwrap()
        .downcast_ref::<CopyError>()
        .unwrap();
    assert_eq!(details.from(), from.join("sub/secret"));
}

#[test]
fn sockets_and_devices_are_skipped() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir(&from).unwrap();
    let _listener = UnixListener::bind(from.join("socket")).unwrap();
    let mut skipped = vec![PathBuf::from("socket")];
    let made = Command::new("mknod")
        .arg(from.join("device"))
        .args(["c", "1", "3"])
        .output();
    if made.is_ok_and(|output| output.status.success()) {
        skipped.insert(0, PathBuf::from("device"));
    } else {
        skip("a device in a tree", "root and mknod");
    }
    let report = copy_tree(&from, &to).unwrap();
    assert_eq!(report.skipped, skipped);
    assert!(report.errors.is_empty() && !report.is_complete());
    assert_eq!(walk(&to, false).len(), 1);
}

#[test]
fn holes_stay_holes() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir(&from).unwrap();
    fs::File::create(from.join("sparse"))
        .unwrap()
        .set_len(8 << 20)
        .unwrap();
    check(&TreeOptions::new(), &from, &to, false);
    let blocks = fs::metadata(to.join("sparse")).unwrap().blocks();
    assert!(blocks <= fs::metadata(from.join("sparse")).unwrap().blocks());
}

struct Mount(PathBuf);

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_file_system_lists_errors_and_ends() {
    let directory = TempDir::new().unwrap();
    let (from, full) = (directory.path().join("from"), directory.path().join("full"));
    fs::create_dir(&full).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"])
        .arg(&full)
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        skip("a full file system", "root");
        return;
    }
    let mount = Mount(full);
    for group in 0..10 {
        let sub = from.join(format!("{group}"));
        fs::create_dir_all(&sub).unwrap();
        for number in 0..20 {
            let size = if number == 0 { 60_000 } else { 8_000 };
            fs::write(sub.join(format!("{number}")), vec![b'x'; size]).unwrap();
        }
    }
    let to = mount.0.join("to");
    let report = TreeOptions::new().workers(4).copy(&from, &to).unwrap();
    assert!(!report.errors.is_empty());
    assert_eq!(report.files + report.errors.len() as u64, 200, "{report}");
    for error in &report.errors {
        assert_eq!(error.io_error().raw_os_error(), Some(28), "{error}");
        assert!(!to.join(error.path()).exists(), "{error}");
    }
    for (path, seen) in walk(&to, false) {
        if seen.kind == "file" {
            assert_eq!(seen.contents, fs::read(from.join(path)).unwrap());
        }
    }
    let stopped = TreeOptions::new().workers(4).on_error(OnError::Stop);
    stopped.copy(&from, mount.0.join("2")).unwrap_err();
}

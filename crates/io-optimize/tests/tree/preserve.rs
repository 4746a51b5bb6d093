//! What a tree keeps beside its contents, and that it is flushed.

use std::env;
use std::ffi::CStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{lchown, symlink, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use io_optimize::{Durability, Preserve, TreeOptions};
use rustix::fs::{getxattr, setxattr, XattrFlags};
use tempfile::TempDir;

use crate::common::{skip, walk};

const PATHS: &str = "IO_OPTIMIZE_TEST_TREE";
const DEFAULT_ACL: &CStr = c"system.posix_acl_default";

/// A file system mounted for one test, unmounted when dropped.
pub(crate) struct Mount(PathBuf);

impl Mount {
    /// Of this many KiB; `None` where mounting is not permitted.
    pub(crate) fn tmpfs(path: &Path, kibibytes: u32) -> Option<Self> {
        Self::new(path, "tmpfs", &format!("size={kibibytes}k"))
    }

    fn new(path: &Path, kind: &str, options: &str) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", kind, "-o", options, kind]).arg(path);
        let mounted = mount.status().is_ok_and(|status| status.success());
        mounted.then(|| Self(path.to_path_buf()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn attribute(path: &Path, name: &CStr) -> Option<Vec<u8>> {
    let mut value = vec![0; 65_536];
    let length = getxattr(path, name, &mut value[..]).ok()?;
    value.truncate(length);
    Some(value)
}

/// An access control list for a directory's new files, as the kernel takes it.
fn default_acl() -> Vec<u8> {
    let mut bytes = 2u32.to_le_bytes().to_vec();
    for (tag, access, id) in [
        (1u16, 7u16, u32::MAX),
        (2, 5, 4321),
        (4, 0, u32::MAX),
        (16, 5, u32::MAX),
        (32, 0, u32::MAX),
    ] {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(access.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    bytes
}

/// A tree with small and large files, other owners, and a directory that may not be entered.
fn make(from: &Path) -> bool {
    fs::create_dir_all(from.join("closed/inner")).unwrap();
    fs::write(from.join("small"), "text").unwrap();
    fs::write(from.join("closed/inner/large"), vec![1; 200_000]).unwrap();
    symlink("small", from.join("link")).unwrap();
    let made = Command::new("mkfifo").arg(from.join("fifo")).status();
    assert!(made.unwrap().success());
    for path in [
        "small",
        "closed/inner/large",
        "closed/inner",
        "link",
        "fifo",
    ] {
        if lchown(from.join(path), Some(1234), Some(2345)).is_err() {
            skip("other owners", "root");
            return false;
        }
    }
    for (path, mode) in [
        ("small", 0o4711),
        ("closed/inner/large", 0o2750),
        ("closed/inner", 0o1777),
        ("closed", 0o500),
        ("fifo", 0o640),
    ] {
        fs::set_permissions(from.join(path), Permissions::from_mode(mode)).unwrap();
    }
    for path in ["small", "closed/inner/large", "closed", "closed/inner"] {
        let set = setxattr(from.join(path), c"user.name", b"value", XattrFlags::empty());
        if set.is_err() {
            skip("extended attributes", "a file system that has them");
            return false;
        }
    }
    true
}

#[test]
fn all_is_kept() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    if !make(&from) {
        return;
    }
    let inner = from.join("closed/inner");
    let list = default_acl();
    let has_lists = setxattr(&inner, DEFAULT_ACL, &list, XattrFlags::empty()).is_ok();
    let wanted = walk(&from, true);
    let options = TreeOptions::new().preserve(Preserve::all());
    let report = options.copy(&from, &to).unwrap();
    assert!(
        report.is_complete() && report.not_kept.is_empty(),
        "{report}"
    );
    assert_eq!(wanted, walk(&to, true));
    for path in wanted.keys() {
        let [source, copy] = [&from, &to].map(|root| root.join(path));
        let owner = |path: &Path| {
            let metadata = fs::symlink_metadata(path).unwrap();
            (metadata.uid(), metadata.gid())
        };
        assert_eq!(owner(&source), owner(&copy), "{}", path.display());
        if !wanted[path].kind.contains("link") {
            for name in [c"user.name", DEFAULT_ACL, c"system.posix_acl_access"] {
                let values = [&source, &copy].map(|path| attribute(path, name));
                assert_eq!(values[0], values[1], "{} {name:?}", path.display());
            }
        }
    }
    if has_lists {
        // A destination that hands a list down to what is made in it.
        let heir = directory.path().join("heir");
        fs::create_dir(&heir).unwrap();
        setxattr(&heir, DEFAULT_ACL, &list, XattrFlags::empty()).unwrap();
        options.copy(&from, heir.join("to")).unwrap();
        assert_eq!(attribute(&heir.join("to"), DEFAULT_ACL), None);
        assert_eq!(
            attribute(&heir.join("to/small"), c"system.posix_acl_access"),
            None
        );
        assert_eq!(walk(&from, true), walk(&heir.join("to"), true));
    }
}

#[test]
fn what_a_file_system_does_not_have_is_listed_by_path() {
    let directory = TempDir::new().unwrap();
    let from = directory.path().join("from");
    if !make(&from) {
        return;
    }
    let Some(mount) = Mount::new(&directory.path().join("ramfs"), "ramfs", "mode=755") else {
        return skip("a file system without attributes", "root");
    };
    let options = TreeOptions::new().preserve(Preserve::all());
    let report = options.copy(&from, mount.path().join("to")).unwrap();
    assert!(report.is_complete(), "{report}");
    let paths: Vec<_> = report.not_kept.iter().map(|not| not.path.clone()).collect();
    let wanted = ["closed", "closed/inner", "closed/inner/large", "small"].map(PathBuf::from);
    assert_eq!(paths, wanted);
    assert_eq!(walk(&from, true), walk(&mount.path().join("to"), true));
}

#[test]
#[ignore = "another test runs it under strace"]
fn copy_in_a_child() {
    let path = PathBuf::from(env::var_os(PATHS).unwrap());
    let options = TreeOptions::new().durability(Durability::Data);
    let report = options.copy(path.join("from"), path.join("to")).unwrap();
    println!("copied: {report}");
}

#[test]
fn the_file_system_is_flushed_once_and_its_error_is_told() {
    if Command::new("strace").arg("-V").output().is_err() {
        return skip("looking at a process's system calls", "strace");
    }
    let directory = TempDir::new().unwrap();
    fs::create_dir_all(directory.path().join("from/sub")).unwrap();
    fs::write(directory.path().join("from/sub/file"), "text").unwrap();
    let trace = directory.path().join("trace");
    for injection in [None, Some("inject=syncfs:error=EIO")] {
        let _ = fs::remove_dir_all(directory.path().join("to"));
        let mut command = Command::new("strace");
        command.args([
            "-f",
            "-qq",
            "-e",
            "trace=syncfs,utimensat,mkdirat,write",
            "-o",
        ]);
        command.arg(&trace);
        if let Some(injection) = injection {
            command.args(["-e", injection]);
        }
        let output = command
            .arg(env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("preserve::copy_in_a_child")
            .env(PATHS, directory.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let traced = fs::read_to_string(&trace).unwrap();
        let flushes: Vec<_> = traced.match_indices("syncfs(").collect();
        assert_eq!(flushes.len(), 1, "{traced}");
        let written = traced.find("\"text\"").unwrap();
        assert!(written < flushes[0].0, "{traced}");
        let failed = said.contains("cannot flush the destination's file system");
        assert_eq!(failed, injection.is_some(), "{said}");
    }
}

#[test]
fn without_the_mode_directories_are_as_any_new_one() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::create_dir_all(from.join("sub")).unwrap();
    for path in [from.clone(), from.join("sub")] {
        fs::set_permissions(path, Permissions::from_mode(0o711)).unwrap();
    }
    let any = directory.path().join("any");
    fs::create_dir(&any).unwrap();
    let options = TreeOptions::new().preserve(Preserve::nothing());
    options.copy(&from, &to).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode();
    assert_eq!([mode(&to), mode(&to.join("sub"))], [mode(&any); 2]);
}

//! What a file keeps when its text is replaced, beside its permission bits and owner. Needs a file system with extended attributes.
#![expect(clippy::disallowed_methods, reason = "tests make trees of their own")]
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use model::{FindingId, Patch};
use rustix::fs::{XattrFlags, getxattr, listxattr, setxattr};
use tempfile::TempDir;

fn tree() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    fs::create_dir(root.join("src")).unwrap();
    fs::write(root.join("src/a.rs"), "old").unwrap();
    (folder, root)
}

fn replace(root: &Path) {
    let patch = Patch {
        path: "src/a.rs".to_owned(),
        absolute: root.join("src/a.rs"),
        before: Some("old".to_owned()),
        after: "new".to_owned(),
        findings: vec![FindingId("1".to_owned())],
    };
    rewrite::write(&[patch], root, &root.join("target")).unwrap();
    assert_eq!(fs::read_to_string(root.join("src/a.rs")).unwrap(), "new");
}

fn set(path: &Path, name: &str, value: &[u8]) -> bool {
    let is_set = setxattr(path, name, value, XattrFlags::empty()).is_ok();
    if !is_set {
        let mut log = std::io::stderr();
        writeln!(log, "SKIPPED: {name} cannot be set here").unwrap();
    }
    is_set
}

fn value(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 4096];
    let length = getxattr(path, name, value.as_mut_slice()).ok()?;
    value.truncate(length);
    Some(value)
}

/// A list as the system takes it: owner `rw`, one more user `rw`, group `r`, mask `rw`, others nothing.
fn list_with_user(user: u32) -> Vec<u8> {
    let mut list = 2_u32.to_le_bytes().to_vec();
    let nobody = u32::MAX;
    for (tag, bits, id) in [
        (0x01_u16, 6_u16, nobody),
        (0x02, 6, user),
        (0x04, 4, nobody),
        (0x10, 6, nobody),
        (0x20, 0, nobody),
    ] {
        list.extend(tag.to_le_bytes());
        list.extend(bits.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

#[test]
fn extended_attributes_stay() {
    let (_folder, root) = tree();
    let file = root.join("src/a.rs");
    if !set(&file, "user.note", b"kept") || !set(&file, "user.empty", b"") {
        return;
    }
    replace(&root);
    assert_eq!(value(&file, "user.note").unwrap(), b"kept");
    assert_eq!(value(&file, "user.empty").unwrap(), b"");
}

#[test]
fn an_access_control_list_stays() {
    let (_folder, root) = tree();
    let file = root.join("src/a.rs");
    let list = list_with_user(12345);
    if !set(&file, "system.posix_acl_access", &list) {
        return;
    }
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    replace(&root);
    assert_eq!(value(&file, "system.posix_acl_access").unwrap(), list);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode(), mode);
}

#[test]
fn what_the_folder_gives_to_new_files_is_not_given_to_one_that_had_it_not() {
    let (_folder, root) = tree();
    let file = root.join("src/a.rs");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    if !set(
        &root.join("src"),
        "system.posix_acl_default",
        &list_with_user(12345),
    ) {
        return;
    }
    replace(&root);
    let mut names = vec![0; 4096];
    let length = listxattr(&file, names.as_mut_slice()).unwrap();
    let names = String::from_utf8_lossy(&names[..length]);
    assert!(!names.contains("posix_acl_access"), "{names}");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

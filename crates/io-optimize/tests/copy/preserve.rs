//! What is kept beside the contents.

use std::ffi::CStr;
use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::{chown, MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use crate::child;
use crate::common::{make, skip, Mount, Piece, Piece::Data, Piece::Hole};
use io_optimize::{Attribute, CopyOptions, Preserve, Strategy};
use rustix::fs::{getxattr, setxattr, XattrFlags};
use tempfile::TempDir;

const PIECES: &[Piece] = &[Data(100_000), Hole(1 << 20), Data(1)];
const ACL: &CStr = c"system.posix_acl_access";
const DEFAULT_ACL: &CStr = c"system.posix_acl_default";

/// A source with times that have nanoseconds, and where the copy is to be.
fn files() -> (TempDir, std::path::PathBuf, std::path::PathBuf) {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    make(&from, PIECES);
    let times = FileTimes::new()
        .set_accessed(UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789))
        .set_modified(UNIX_EPOCH + Duration::new(1_100_000_000, 987_654_321));
    File::options()
        .write(true)
        .open(&from)
        .unwrap()
        .set_times(times)
        .unwrap();
    (directory, from, to)
}

fn times_of(path: &Path) -> [(i64, i64); 2] {
    let metadata = fs::metadata(path).unwrap();
    [
        (metadata.atime(), metadata.atime_nsec()),
        (metadata.mtime(), metadata.mtime_nsec()),
    ]
}

fn attribute(path: &Path, name: &CStr) -> Option<Vec<u8>> {
    let mut value = vec![0; 65_536];
    let length = getxattr(path, name, &mut value[..]).ok()?;
    value.truncate(length);
    Some(value)
}

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// An access control list with a named user and a mask, as the kernel takes it.
fn acl(user: u16, named: u16, group: u16, mask: u16, other: u16) -> Vec<u8> {
    let mut bytes = 2u32.to_le_bytes().to_vec();
    let none = u32::MAX;
    for (tag, access, id) in [
        (1u16, user, none),
        (2, named, 4321),
        (4, group, none),
        (16, mask, none),
        (32, other, none),
    ] {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(access.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    bytes
}

fn can_set(path: &Path, name: &CStr, value: &[u8], what: &str) -> bool {
    let set = setxattr(path, name, value, XattrFlags::empty());
    if set.is_err() {
        skip(what, "a file system that has such attributes, and root");
    }
    set.is_ok()
}

#[test]
fn times_are_kept_to_the_nanosecond_by_every_strategy() {
    let (_directory, from, to) = files();
    let wanted = times_of(&from);
    for &strategy in Strategy::available() {
        let options = CopyOptions::new()
            .strategy(strategy)
            .preserve(Preserve::mode_only().times(true));
        let _ = fs::remove_file(&to);
        match options.copy(&from, &to) {
            Ok(report) => assert_eq!(report.not_kept, []),
            Err(_) => {
                assert_eq!(strategy, Strategy::Reflink);
                continue;
            }
        }
        // The copy read the source, which the next one is to see as it was.
        let found = times_of(&to);
        assert_eq!(found[1], wanted[1], "{strategy}");
        if strategy != Strategy::Std {
            assert_eq!(found[0].1, wanted[0].1, "{strategy}");
        }
        File::options()
            .write(true)
            .open(&from)
            .unwrap()
            .set_times(
                FileTimes::new().set_accessed(
                    UNIX_EPOCH + Duration::new(wanted[0].0 as u64, wanted[0].1 as u32),
                ),
            )
            .unwrap();
    }
    fs::remove_file(&to).unwrap();
    CopyOptions::new().copy(&from, &to).unwrap();
    assert_ne!(times_of(&to)[1], wanted[1], "nobody asked for it");
}

#[test]
fn permission_bits_are_not_kept_where_not_asked_for() {
    let (directory, from, to) = files();
    fs::set_permissions(&from, Permissions::from_mode(0o4711)).unwrap();
    let options = CopyOptions::new().preserve(Preserve::nothing());
    options.copy(&from, &to).unwrap();
    let new = directory.path().join("new");
    File::create(&new).unwrap();
    assert_eq!(mode_of(&to), mode_of(&new));
    fs::set_permissions(&to, Permissions::from_mode(0o640)).unwrap();
    options.copy(&from, &to).unwrap();
    assert_eq!(mode_of(&to), 0o640);
    assert_eq!(fs::read(&from).unwrap(), fs::read(&to).unwrap());
}

#[test]
fn owner_and_set_id_bits_are_kept() {
    let (_directory, from, to) = files();
    if chown(&from, Some(1234), Some(2345)).is_err() {
        return skip("another owner", "root");
    }
    for mode in [0o6755, 0o4711, 0o600, 0o444, 0] {
        fs::set_permissions(&from, Permissions::from_mode(mode)).unwrap();
        for strategy in [None, Some(Strategy::Std)] {
            let mut options = CopyOptions::new().preserve(Preserve::mode_only().owner(true));
            if let Some(strategy) = strategy {
                options = options.strategy(strategy);
            }
            let _ = fs::remove_file(&to);
            for existing in [false, true] {
                let report = options.copy(&from, &to).unwrap();
                assert_eq!(report.not_kept, [], "{existing}");
                let copied = fs::metadata(&to).unwrap();
                assert_eq!((copied.uid(), copied.gid()), (1234, 2345));
                assert_eq!(mode_of(&to), mode, "{strategy:?} {existing}");
            }
        }
    }
}

#[test]
fn an_owner_that_may_not_be_set_is_listed_and_lends_no_rights() {
    let (_directory, from, to) = files();
    if !child::has_strace() {
        return;
    }
    if chown(&from, Some(1234), Some(2345)).is_err() {
        return skip("another owner", "root");
    }
    fs::set_permissions(&from, Permissions::from_mode(0o6755)).unwrap();
    let outcome = child::copy("owner", &from, &to, &["fchown:error=EPERM"]);
    outcome.said("not kept: owner: Operation not permitted");
    outcome.said("not kept: group: Operation not permitted");
    assert_eq!(mode_of(&to), 0o755);
    assert_eq!(fs::read(&from).unwrap(), fs::read(&to).unwrap());
    fs::remove_file(&to).unwrap();
    let outcome = child::copy("owner", &from, &to, &["fchown:error=EPERM:when=1"]);
    outcome.said("not kept: owner");
    assert!(!outcome.said.as_ref().unwrap().contains("group"));
    assert_eq!(fs::metadata(&to).unwrap().gid(), 2345);
    assert_eq!(mode_of(&to), 0o755);
    fs::remove_file(&to).unwrap();
    child::copy("owner", &from, &to, &["fchown:error=EIO"]).said("cannot copy");
}

#[test]
fn extended_attributes_are_kept() {
    let (_directory, from, to) = files();
    let long: Vec<u8> = (0..1000u32).map(|at| (at % 256) as u8).collect();
    let values: [(&CStr, &[u8]); 3] = [
        (c"user.empty", b""),
        (c"user.a name with spaces", b"text"),
        (c"user.long", &long),
    ];
    for (name, value) in values {
        if !can_set(&from, name, value, "extended attributes") {
            return;
        }
    }
    // Read-only: the attributes must be set while the copy may be written.
    fs::set_permissions(&from, Permissions::from_mode(0o444)).unwrap();
    let options = CopyOptions::new().preserve(Preserve::all());
    let report = options.copy(&from, &to).unwrap();
    assert_eq!(report.not_kept, []);
    for (name, value) in values {
        assert_eq!(attribute(&to, name).unwrap(), value);
    }
    assert_eq!(
        (mode_of(&to), times_of(&to)[1]),
        (0o444, times_of(&from)[1])
    );
    fs::remove_file(&to).unwrap();
    CopyOptions::new().copy(&from, &to).unwrap();
    assert_eq!(attribute(&to, c"user.empty"), None, "nobody asked for it");
}

#[test]
fn a_capability_outlives_the_change_of_the_owner() {
    let (_directory, from, to) = files();
    if chown(&from, Some(1234), Some(2345)).is_err() {
        return skip("another owner", "root");
    }
    // Revision 2, effective, and the right to bind to low ports.
    let mut capability = 0x0200_0001_u32.to_le_bytes().to_vec();
    capability.extend((1u32 << 10).to_le_bytes());
    capability.extend([0; 12]);
    let name = c"security.capability";
    if !can_set(&from, name, &capability, "capabilities") {
        return;
    }
    let options = CopyOptions::new().preserve(Preserve::all());
    assert_eq!(options.copy(&from, &to).unwrap().not_kept, []);
    assert_eq!(attribute(&to, name).unwrap(), capability);
}

#[test]
fn what_a_file_system_does_not_have_is_listed() {
    let (directory, from, _) = files();
    if !can_set(&from, c"user.name", b"value", "extended attributes") {
        return;
    }
    let Some(mount) = Mount::new(&directory.path().join("ramfs"), &["-t", "ramfs", "ramfs"]) else {
        return;
    };
    let to = mount.path().join("to");
    let options = CopyOptions::new().preserve(Preserve::all());
    let report = options.copy(&from, &to).unwrap();
    let [not_kept] = &report.not_kept[..] else {
        panic!("{report}");
    };
    assert_eq!(not_kept.attribute, Attribute::Xattr("user.name".into()));
    assert!(report.to_string().contains("; not kept: user.name: "));
    assert_eq!(fs::read(&from).unwrap(), fs::read(&to).unwrap());
    assert_eq!(times_of(&from)[1], times_of(&to)[1]);
}

#[test]
fn an_access_control_list_is_kept() {
    let (directory, from, to) = files();
    let list = acl(6, 4, 0, 4, 0);
    if !can_set(&from, ACL, &list, "access control lists") {
        return;
    }
    let mode = mode_of(&from);
    assert_eq!(mode, 0o640, "the mask stands in for the group");
    let options = CopyOptions::new().preserve(Preserve::nothing().acl(true));
    for existing in [false, true] {
        assert_eq!(options.copy(&from, &to).unwrap().not_kept, []);
        assert_eq!(attribute(&to, ACL).unwrap(), list, "{existing}");
        assert_eq!(mode_of(&to), mode);
    }
    // A folder that hands a list down, and a source that has none.
    let folder = directory.path().join("folder");
    fs::create_dir(&folder).unwrap();
    setxattr(
        &folder,
        DEFAULT_ACL,
        &acl(7, 7, 7, 7, 0),
        XattrFlags::empty(),
    )
    .unwrap();
    let (plain, inherits) = (directory.path().join("plain"), folder.join("to"));
    fs::write(&plain, "text").unwrap();
    fs::set_permissions(&plain, Permissions::from_mode(0o640)).unwrap();
    CopyOptions::new().copy(&plain, &inherits).unwrap();
    assert!(attribute(&inherits, ACL).is_some(), "nobody asked for it");
    options.copy(&plain, &inherits).unwrap();
    assert_eq!(attribute(&inherits, ACL), None);
    assert_eq!(mode_of(&inherits), 0o640);
}

#[test]
fn a_list_that_cannot_be_set_gives_the_group_nothing() {
    let (_directory, from, to) = files();
    // The mask, and so the bits of the group, is what the named user has.
    if !child::has_strace() || !can_set(&from, ACL, &acl(6, 6, 0, 6, 4), "access control lists") {
        return;
    }
    let outcome = child::copy("all", &from, &to, &["fsetxattr:error=EOPNOTSUPP"]);
    outcome.said("not kept: system.posix_acl_access");
    assert_eq!(mode_of(&to), 0o644);
}

#[test]
fn nobody_may_read_before_all_is_set() {
    let (_directory, from, to) = files();
    if !child::has_strace() || !can_set(&from, c"user.name", b"value", "extended attributes") {
        return;
    }
    if chown(&from, Some(1234), Some(2345)).is_err() {
        return skip("another owner", "root");
    }
    fs::set_permissions(&from, Permissions::from_mode(0o644)).unwrap();
    for existing in [false, true] {
        if existing {
            chown(&to, Some(0), Some(0)).unwrap();
        }
        let outcome = child::copy("all", &from, &to, &[]);
        outcome.said("copied");
        let name = to.display().to_string();
        let private = if existing {
            outcome.position("fchmod(", "0600")
        } else {
            outcome.position("openat(", "0600")
        };
        let owner = outcome.position("fchown(", &name);
        let attribute = outcome.position("fsetxattr(", "user.name");
        let mode = outcome.position("fchmod(", "0644");
        let times = outcome.position("utimensat(", &name);
        let order = [private, owner, attribute, mode, times];
        assert!(order.windows(2).all(|two| two[0] < two[1]), "{order:?}");
    }
}

#[test]
fn what_the_standard_library_cannot_keep_is_refused_before_anything_is_changed() {
    let (_directory, from, to) = files();
    fs::write(&to, "old").unwrap();
    for preserve in [
        Preserve::nothing(),
        Preserve::mode_only().xattr(true),
        Preserve::mode_only().acl(true),
    ] {
        let options = CopyOptions::new().strategy(Strategy::Std);
        let error = options.preserve(preserve).copy(&from, &to).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::Unsupported, "{error}");
        assert_eq!(fs::read(&to).unwrap(), b"old");
    }
}

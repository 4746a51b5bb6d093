//! A second copy that completes a first one, and what it replaces.

use std::fs::{self, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{symlink, MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use io_optimize::{Existing, TreeOptions};

use crate::common::{directory_for_many_files, skip, walk};

fn make(from: &Path) {
    fs::create_dir_all(from.join("sub")).unwrap();
    for number in 0..20 {
        let name = format!("file {number}");
        fs::write(
            from.join("sub").join(&name),
            vec![number; 5000 * number as usize],
        )
        .unwrap();
    }
    fs::hard_link(from.join("sub/file 3"), from.join("other name")).unwrap();
    symlink("sub/file 4", from.join("link")).unwrap();
    let made = Command::new("mkfifo").arg(from.join("fifo")).status();
    assert!(made.unwrap().success());
}

fn options(existing: Existing) -> TreeOptions {
    TreeOptions::new()
        .preserve_times(true)
        .merge(true)
        .existing(existing)
        .workers(2)
}

#[test]
fn a_second_copy_completes_the_first() {
    let directory = directory_for_many_files();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    make(&from);
    let skip_same = options(Existing::SkipSame);
    skip_same.copy(&from, &to).unwrap();
    // What a copy that was ended leaves: a file too short, one of zeros, and one not there.
    File::options()
        .write(true)
        .open(to.join("sub/file 7"))
        .unwrap()
        .set_len(10)
        .unwrap();
    fs::write(to.join("sub/file 8"), vec![0; 40_000]).unwrap();
    fs::remove_file(to.join("sub/file 9")).unwrap();
    fs::remove_file(to.join("link")).unwrap();
    symlink("elsewhere", to.join("link")).unwrap();
    let untouched = fs::metadata(to.join("sub/file 10")).unwrap();
    let report = skip_same.copy(&from, &to).unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.files, report.symbolic_links), (3, 1), "{report}");
    // 20 files less these, the second name of one, and the FIFO.
    assert_eq!(report.existing, 17 + 1 + 1, "{report}");
    let after = fs::metadata(to.join("sub/file 10")).unwrap();
    assert_eq!(untouched.ctime_nsec(), after.ctime_nsec());
    compare(&from, &to);
}

/// Both trees are alike, but for the times of directories, which merging does not set, and of what is
/// no file, which is taken for a copy whatever its time.
fn compare(from: &Path, to: &Path) {
    let (mut wanted, mut found) = (walk(from, true), walk(to, true));
    for seen in wanted.values_mut().chain(found.values_mut()) {
        if seen.kind != "file" {
            seen.modified = None;
        }
    }
    for (path, wanted) in &wanted {
        assert!(&found[path] == wanted, "{}: {wanted:?}", path.display());
    }
    assert_eq!(wanted.len(), found.len(), "something was left behind");
}

#[test]
fn without_times_everything_is_copied_again() {
    let directory = directory_for_many_files();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    make(&from);
    TreeOptions::new().copy(&from, &to).unwrap();
    let report = options(Existing::SkipSame).copy(&from, &to).unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.files, report.existing), (20, 2), "{report}");
    compare(&from, &to);
}

#[test]
fn what_exists_is_replaced_as_a_whole() {
    let directory = directory_for_many_files();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    make(&from);
    let outside = directory.path().join("outside");
    fs::write(&outside, "not in the tree").unwrap();
    fs::create_dir_all(to.join("sub")).unwrap();
    // A link leads outside, another name too, and kinds differ.
    symlink(&outside, to.join("sub/file 1")).unwrap();
    fs::hard_link(&outside, to.join("sub/file 2")).unwrap();
    fs::write(to.join("link"), "a file").unwrap();
    fs::write(to.join("fifo"), "a file").unwrap();
    fs::write(to.join("other name"), "a file").unwrap();
    for _ in 0..2 {
        let report = options(Existing::Replace).copy(&from, &to).unwrap();
        assert!(report.is_complete(), "{report}");
        assert_eq!((report.files, report.hard_links), (20, 1), "{report}");
        compare(&from, &to);
    }
    assert_eq!(fs::read(&outside).unwrap(), b"not in the tree");
}

#[test]
fn a_directory_is_not_replaced_and_nothing_by_one() {
    let directory = directory_for_many_files();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    for (side, a, b) in [(&from, "a", "b"), (&to, "b", "a")] {
        fs::create_dir_all(side.join(a)).unwrap();
        fs::write(side.join(b), "a file").unwrap();
    }
    for existing in [Existing::Fail, Existing::SkipSame, Existing::Replace] {
        let report = options(existing).copy(&from, &to).unwrap();
        let kinds = report.errors.iter().map(|error| error.io_error().kind());
        let kinds: Vec<_> = kinds.collect();
        assert_eq!(kinds, [ErrorKind::AlreadyExists; 2], "{report}");
        assert!(to.join("b").is_dir() && to.join("a").is_file());
        assert_eq!(fs::read_dir(&to).unwrap().count(), 2);
    }
}

#[test]
fn an_old_file_outlives_a_source_that_cannot_be_copied() {
    let directory = directory_for_many_files();
    let Some(mount) = crate::preserve::Mount::tmpfs(&directory.path().join("tmpfs"), 256) else {
        return skip("a full disk", "root");
    };
    let (from, to) = (directory.path().join("from"), mount.path().join("to"));
    fs::create_dir(&from).unwrap();
    fs::create_dir(&to).unwrap();
    fs::write(from.join("file"), vec![1; 1 << 20]).unwrap();
    fs::write(to.join("file"), "old").unwrap();
    fs::set_permissions(from.join("file"), Permissions::from_mode(0o600)).unwrap();
    let report = options(Existing::Replace).copy(&from, &to).unwrap();
    assert_eq!(report.errors.len(), 1, "{report}");
    assert_eq!(fs::read(to.join("file")).unwrap(), b"old");
    assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
}

#[test]
fn directories_that_a_copy_did_not_end_are_ended_by_the_second() {
    let directory = directory_for_many_files();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    for (sub, mode) in [("", 0o750), ("a", 0o755), ("a/b", 0o2770), ("mine", 0o755)] {
        fs::create_dir_all(from.join(sub)).unwrap();
        fs::write(from.join(sub).join("file"), "text").unwrap();
        fs::set_permissions(from.join(sub), Permissions::from_mode(mode)).unwrap();
    }
    let skip_same = options(Existing::SkipSame);
    skip_same.copy(&from, &to).unwrap();
    assert_eq!(walk(&from, true), walk(&to, true));
    // As a copy that was killed leaves it, and a directory that somebody has closed since.
    for (sub, mode) in [("", 0o1700), ("a/b", 0o3700), ("mine", 0o700)] {
        fs::remove_file(to.join(sub).join("file")).unwrap();
        fs::set_permissions(to.join(sub), Permissions::from_mode(mode)).unwrap();
    }
    let report = skip_same.copy(&from, &to).unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.files, report.existing), (3, 1), "{report}");
    let (mut wanted, mut found) = (walk(&from, true), walk(&to, true));
    let mine = found.remove(Path::new("mine")).unwrap();
    assert_eq!(mine.mode, 0o700);
    wanted.remove(Path::new("mine"));
    assert_eq!(wanted, found);
}

//! A file is never copied onto itself, whatever it is called, where [`std::fs::copy`] empties it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use io_optimize::{CopyOptions, Strategy};
use tempfile::TempDir;

const CONTENTS: &[u8] = b"all that there is";

fn assert_refused(from: &Path, to: &Path) {
    let mut every = vec![CopyOptions::new()];
    every.extend(
        Strategy::available()
            .iter()
            .map(|&s| CopyOptions::new().strategy(s)),
    );
    for options in every {
        let error = options.copy(from, to).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        let text = error.to_string();
        assert!(text.contains(&*from.to_string_lossy()), "{text}");
        assert!(text.contains(&*to.to_string_lossy()), "{text}");
        assert!(
            text.contains("they are one file: nothing was changed"),
            "{text}"
        );
        assert_eq!(fs::read(from).unwrap(), CONTENTS);
    }
}

/// What the standard library makes of the same two paths; the contents are put back.
#[cfg(target_os = "linux")]
fn assert_std_empties(from: &Path, to: &Path) {
    assert_eq!(fs::copy(from, to).unwrap(), 0);
    assert_eq!(fs::read(from).unwrap(), b"");
    fs::write(from, CONTENTS).unwrap();
}

#[test]
fn by_path() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, CONTENTS).unwrap();
    fs::create_dir(directory.path().join("sub")).unwrap();
    for other in ["file", "sub/../file", "./file", "sub/.././/file"] {
        let other = directory.path().join(other);
        assert_refused(&file, &other);
        assert_refused(&other, &file);
        #[cfg(target_os = "linux")]
        assert_std_empties(&file, &other);
    }
}

#[test]
fn by_hard_link() {
    let directory = TempDir::new().unwrap();
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    fs::write(&file, CONTENTS).unwrap();
    fs::hard_link(&file, &link).unwrap();
    assert_refused(&file, &link);
    assert_refused(&link, &file);
}

#[test]
#[cfg(unix)]
fn by_hard_link_without_a_change_of_mode_or_times() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let directory = TempDir::new().unwrap();
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    fs::write(&file, CONTENTS).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    fs::hard_link(&file, &link).unwrap();
    let before = fs::metadata(&file).unwrap();
    assert_refused(&file, &link);
    assert_refused(&link, &file);
    let after = fs::metadata(&file).unwrap();
    assert_eq!(before.mode(), after.mode());
    assert_eq!(
        (before.mtime(), before.mtime_nsec()),
        (after.mtime(), after.mtime_nsec())
    );
    #[cfg(target_os = "linux")]
    assert_std_empties(&file, &link);
}

#[test]
#[cfg(unix)]
fn by_symbolic_link() {
    use std::os::unix::fs::symlink;
    let directory = TempDir::new().unwrap();
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    fs::write(&file, CONTENTS).unwrap();
    symlink("file", &link).unwrap();
    symlink("link", directory.path().join("link to link")).unwrap();
    symlink(directory.path(), directory.path().join("link to folder")).unwrap();
    assert_refused(&file, &link);
    assert_refused(&link, &file);
    for other in ["link", "link to link", "link to folder/file"] {
        let other = directory.path().join(other);
        assert_refused(&other, &file);
        assert_refused(&file, &other);
        #[cfg(target_os = "linux")]
        assert_std_empties(&file, &other);
    }
}

/// Names that lead to open files and to folders of processes.
#[test]
#[cfg(target_os = "linux")]
fn by_the_number_of_an_open_file() {
    use std::fs::File;
    use std::os::fd::AsRawFd;
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, CONTENTS).unwrap();
    let open = File::open(&file).unwrap();
    for folder in ["/proc/self/fd", "/dev/fd"] {
        let number = format!("{folder}/{}", open.as_raw_fd());
        let number = Path::new(&number);
        assert_refused(&file, number);
        assert_refused(number, &file);
        assert_std_empties(&file, number);
    }
    let folder = File::open(directory.path()).unwrap();
    let within = format!("/proc/self/fd/{}/file", folder.as_raw_fd());
    assert_refused(&file, Path::new(&within));
    let root = Path::new("/proc/self/root").join(file.strip_prefix("/").unwrap());
    assert_refused(&file, &root);
    assert_std_empties(&file, &root);
}

#[cfg(target_os = "linux")]
mod mounted {
    use super::*;
    use crate::common::{has_program, skip, Mount};

    /// Both ways, also right after the contents were changed by the one name and by the other.
    fn assert_both_refused(one: &Path, other: &Path) {
        for (from, to) in [(one, other), (other, one)] {
            fs::write(from, CONTENTS).unwrap();
            assert_refused(from, to);
            fs::write(to, CONTENTS).unwrap();
            assert_refused(from, to);
            assert_std_empties(from, to);
        }
    }

    #[test]
    fn by_a_bind_mount_of_the_folder() {
        let directory = TempDir::new().unwrap();
        let folder = directory.path().join("folder");
        fs::create_dir(&folder).unwrap();
        let bound = directory.path().join("bound");
        let arguments = ["--bind", folder.to_str().unwrap()];
        if let Some(mount) = Mount::new(&bound, &arguments) {
            assert_both_refused(&folder.join("file"), &mount.path().join("file"));
        }
    }

    #[test]
    fn by_a_bind_mount_of_the_file() {
        let directory = TempDir::new().unwrap();
        let [file, bound] = ["file", "bound"].map(|name| directory.path().join(name));
        fs::write(&file, CONTENTS).unwrap();
        fs::write(&bound, "covered").unwrap();
        if let Some(mount) = Mount::new(&bound, &["--bind", file.to_str().unwrap()]) {
            assert_both_refused(&file, mount.path());
        }
    }

    /// There the two names have different devices.
    #[test]
    fn by_an_overlay() {
        let directory = TempDir::new().unwrap();
        let Some(merged) = Mount::overlay(directory.path()) else {
            return;
        };
        let [lower, upper] = ["lower", "upper"].map(|name| directory.path().join(name));
        let merged = merged.path();
        for name in ["changed", "untouched", "replaced"] {
            fs::write(lower.join(name), CONTENTS).unwrap();
        }
        // Changed by the merged folder, the file is one of the upper folder.
        fs::write(merged.join("changed"), CONTENTS).unwrap();
        assert_both_refused(&merged.join("changed"), &upper.join("changed"));
        // A file that nobody changed is that of the lower folder.
        assert_refused(&merged.join("untouched"), &lower.join("untouched"));
        assert_std_empties(&merged.join("untouched"), &lower.join("untouched"));
        // Writing by the merged folder makes a copy first, so these are two files.
        io_optimize::copy(lower.join("replaced"), merged.join("replaced")).unwrap();
        for folder in [&*lower, &*upper, merged] {
            assert_eq!(fs::read(folder.join("replaced")).unwrap(), CONTENTS);
        }
    }

    /// There too, and the kernel keeps what it was told of a file for a second.
    #[test]
    fn by_a_file_system_of_a_process() {
        if !has_program("bindfs") {
            return skip("a file that FUSE shows a second time", "bindfs");
        }
        let directory = TempDir::new().unwrap();
        let folder = directory.path().join("folder");
        fs::create_dir(&folder).unwrap();
        if let Some(shown) = Mount::bindfs(&folder, &directory.path().join("shown")) {
            assert_both_refused(&folder.join("file"), &shown.path().join("file"));
        }
    }

    /// Two files on two devices that are alike in all that is looked at, as far as that can be had.
    #[test]
    fn but_not_another_file_that_is_alike() {
        let directory = TempDir::new().unwrap();
        let Some(mount) = Mount::tmpfs(&directory.path().join("tmpfs"), 1024) else {
            return;
        };
        let (from, to) = (directory.path().join("file"), mount.path().join("file"));
        for _ in 0..20 {
            // Most of these pairs are made within one step of the kernel's clock.
            fs::write(&from, CONTENTS).unwrap();
            fs::write(&to, CONTENTS).unwrap();
            assert_eq!(
                io_optimize::copy(&from, &to).unwrap(),
                CONTENTS.len() as u64
            );
        }
    }
}

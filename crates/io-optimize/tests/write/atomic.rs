//! Replacing a file: what is kept, what is refused, and what errors and panics leave.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;

use crate::common::Tmpfs;
use io_optimize::{atomic_write, AtomicWriteOptions, Durability, WriteError};
use tempfile::TempDir;

const EACH: [Durability; 3] = [Durability::None, Durability::Data, Durability::Full];

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[track_caller]
fn details(error: &io::Error) -> &WriteError {
    error.get_ref().unwrap().downcast_ref().unwrap()
}

#[test]
fn a_file_is_created_and_replaced() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    for durability in EACH {
        for content in [vec![], vec![1; 10], vec![2; 1_000_000], vec![3; 5]] {
            let returned = AtomicWriteOptions::new()
                .durability(durability)
                .write(&path, |writer| {
                    writer.write_all(&content)?;
                    Ok(7)
                })
                .unwrap();
            assert_eq!(returned, 7);
            assert!(fs::read(&path).unwrap() == content);
            assert_eq!(names(directory.path()), ["file"]);
        }
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn errors_and_panics_leave_the_old_content() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    for existing in [false, true] {
        if existing {
            fs::write(&path, "old").unwrap();
        }
        let error = atomic_write(&path, |writer| {
            writer.write_all(&[1; 100_000])?;
            Err::<(), _>(io::Error::new(ErrorKind::InvalidData, "bad row"))
        })
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(details(&error).path(), path);
        assert!(error.to_string().ends_with("bad row"), "{error}");

        let caught = catch_unwind(AssertUnwindSafe(|| {
            atomic_write(&path, |writer| -> io::Result<()> {
                writer.write_all(&[1; 100_000])?;
                panic!("in the middle")
            })
        }));
        assert!(caught.is_err());

        if existing {
            assert_eq!(fs::read(&path).unwrap(), b"old");
            assert_eq!(names(directory.path()), ["file"]);
        } else {
            assert_eq!(names(directory.path()), [""; 0]);
        }
    }
}

#[test]
fn a_full_file_system_leaves_the_old_content() {
    let directory = TempDir::new().unwrap();
    let Some(mount) = Tmpfs::new(&directory.path().join("tmpfs"), 512) else {
        return;
    };
    let path = mount.path().join("file");
    fs::write(&path, "old").unwrap();
    // Straight through the buffer, and out of the buffer by finish.
    for pieces in [1, 10_000] {
        let error = atomic_write(&path, |writer| {
            for _ in 0..pieces {
                writer.write_all(&vec![1; 1_000_000 / pieces])?;
            }
            Ok(())
        })
        .unwrap_err();
        let code = details(&error).io_error().raw_os_error();
        assert_eq!(code, Some(28), "ENOSPC: {error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(mount.path()), ["file"]);
    }
}

#[test]
fn directories_and_paths_that_lead_nowhere_are_refused() {
    let directory = TempDir::new().unwrap();
    let before = names(Path::new("."));
    for path in [directory.path(), Path::new("."), Path::new("/")] {
        let error = atomic_write(path, |_| Ok(())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("it is a directory"), "{error}");
    }
    assert_eq!(names(directory.path()), [""; 0]);
    for path in ["", "no/such/folder/file", "folder that is not there/"] {
        let error = atomic_write(path, |_| Ok(())).unwrap_err();
        assert!(details(&error).io_error().raw_os_error().is_some());
    }
    assert_eq!(names(Path::new(".")), before);
}

#[test]
fn many_threads_can_replace_one_file() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, [0; 100_000]).unwrap();
    std::thread::scope(|scope| {
        for number in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let options = AtomicWriteOptions::new().durability(Durability::None);
                for _ in 0..50 {
                    let write = |writer: &mut io_optimize::BufferedWriter<File>| {
                        writer.write_all(&[number; 100_000])
                    };
                    match options.write(path, write) {
                        Ok(_) => {}
                        // Not while another thread has it open, where the file system cannot rename so.
                        Err(error)
                            if cfg!(windows) && error.kind() == ErrorKind::PermissionDenied => {}
                        Err(error) => panic!("{error}"),
                    }
                    let content = match fs::read(path) {
                        Err(error)
                            if cfg!(windows) && error.kind() == ErrorKind::PermissionDenied =>
                        {
                            continue;
                        }
                        content => content.unwrap(),
                    };
                    assert_eq!(content.len(), 100_000);
                    assert!(content.iter().all(|&byte| byte == content[0]));
                }
            });
        }
    });
    assert_eq!(names(directory.path()), ["file"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{symlink, MetadataExt, PermissionsExt};
    use std::process::Command;

    use super::*;
    use crate::common::skip;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn symbolic_links_stay() {
        let directory = TempDir::new().unwrap();
        let folder = directory.path().join("folder");
        fs::create_dir(&folder).unwrap();
        let file = folder.join("file");
        let (first, second) = (directory.path().join("first"), folder.join("second"));
        symlink("folder/second", &first).unwrap();
        symlink(&file, &second).unwrap();
        // Dangling at first.
        for content in ["created", "replaced"] {
            atomic_write(&first, |writer| writer.write_all(content.as_bytes())).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), content);
            assert!(first.is_symlink() && second.is_symlink() && !file.is_symlink());
        }
        assert_eq!(names(&folder), ["file", "second"]);

        let round = directory.path().join("round");
        symlink("round", &round).unwrap();
        let error = atomic_write(&round, |_| Ok(())).unwrap_err();
        assert!(
            details(&error).io_error().raw_os_error().is_some(),
            "{error}"
        );
        assert_eq!(names(directory.path()), ["first", "folder", "round"]);
    }

    #[test]
    fn the_mode_is_kept_or_that_of_a_new_file() {
        let directory = TempDir::new().unwrap();
        let (path, new) = (directory.path().join("file"), directory.path().join("new"));
        let write = |options: AtomicWriteOptions| {
            options
                .write(&path, |writer| writer.write_all(b"text"))
                .unwrap();
        };
        File::create(&new).unwrap();
        write(AtomicWriteOptions::new());
        assert_eq!(mode(&path), mode(&new));
        for (old, kept) in [
            (0o600, 0o600),
            (0o777, 0o777),
            (0o640, 0o640),
            (0o444, 0o444),
            (0o4755, 0o755),
        ] {
            set_mode(&path, old);
            write(AtomicWriteOptions::new());
            assert_eq!(mode(&path), kept);
        }
        set_mode(&path, 0o777);
        write(AtomicWriteOptions::new().preserve_mode(false));
        assert_eq!(mode(&path), mode(&new));
    }

    #[test]
    fn the_owner_is_kept_where_that_is_permitted() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "old").unwrap();
        if std::os::unix::fs::chown(&path, Some(1234), Some(2345)).is_err() {
            return skip("keeping another user's file", "root");
        }
        set_mode(&path, 0o640);
        atomic_write(&path, |writer| writer.write_all(b"new")).unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!(
            (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777),
            (1234, 2345, 0o640)
        );
    }

    #[test]
    fn other_hard_links_keep_the_old_content() {
        let directory = TempDir::new().unwrap();
        let (path, other) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&path, "old").unwrap();
        fs::hard_link(&path, &other).unwrap();
        atomic_write(&path, |writer| writer.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"old");
    }

    #[test]
    fn what_is_no_regular_file_is_refused() {
        let directory = TempDir::new().unwrap();
        let fifo = directory.path().join("fifo");
        assert!(Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success());
        let (device, link) = (Path::new("/dev/null"), directory.path().join("link"));
        symlink(device, &link).unwrap();
        for path in [&*fifo, device, &link] {
            let error = atomic_write(path, |_| Ok(())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains("a device"), "{error}");
        }
        assert_eq!(names(directory.path()), ["fifo", "link"]);
    }

    #[test]
    fn a_folder_that_may_not_be_written_is_told_of() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "old").unwrap();
        set_mode(directory.path(), 0o555);
        if File::create(directory.path().join("probe")).is_ok() {
            skip("a folder that may not be written", "a user other than root");
            // A mount that is read-only binds root too.
            let Some(mount) = Tmpfs::new(&directory.path().join("tmpfs"), 64) else {
                return;
            };
            let path = mount.path().join("file");
            fs::write(&path, "old").unwrap();
            let mut remount = Command::new("mount");
            remount.args(["-o", "remount,ro"]).arg(mount.path());
            assert!(remount.status().unwrap().success());
            let error = atomic_write(&path, |_| Ok(())).unwrap_err();
            assert!(error.to_string().contains("temporary file"), "{error}");
            assert_eq!(fs::read(&path).unwrap(), b"old");
            return;
        }
        let error = atomic_write(&path, |_| Ok(())).unwrap_err();
        set_mode(directory.path(), 0o755);
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(directory.path()), ["file"]);
    }
}

//! What the contract is on Windows, by every strategy: attributes, refusals, and paths of any length.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use io_optimize::{CopyOptions, Durability, LeaveReason, Preserve, Replace, Strategy};
use tempfile::TempDir;

use crate::common::{is_wine, skip, works_here};

/// Forces each strategy that works here in turn, and none.
fn each_strategy(check: impl Fn(CopyOptions, Option<Strategy>)) {
    check(CopyOptions::new(), None);
    let directory = TempDir::new().unwrap();
    for &strategy in Strategy::available() {
        if works_here(directory.path(), strategy) {
            check(CopyOptions::new().strategy(strategy), Some(strategy));
        }
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn set_readonly(path: &Path, readonly: bool) {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    permissions.set_readonly(readonly);
    fs::set_permissions(path, permissions).unwrap();
}

#[test]
fn a_clone_is_left_where_the_volume_has_none_and_the_system_s_own_copy_comes_next() {
    let directory = TempDir::new().unwrap();
    if works_here(directory.path(), Strategy::Reflink) {
        return skip(
            "a volume without block clones",
            "another temporary directory",
        );
    }
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::write(&from, "text").unwrap();
    let report = io_optimize::copy_with_report(&from, &to).unwrap();
    assert_eq!((report.strategy, report.bytes), (Strategy::CopyFile, 4));
    let [left] = &report.left[..] else {
        panic!("{report}");
    };
    assert_eq!(left.strategy, Strategy::Reflink);
    assert_eq!(left.reason, LeaveReason::CannotShare);

    fs::write(&to, "old").unwrap();
    let forced = CopyOptions::new().strategy(Strategy::Reflink);
    let error = forced.copy(&from, &to).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert_eq!(fs::read(&to).unwrap(), b"old");
}

#[test]
fn the_read_only_attribute_is_copied() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    for readonly in [false, true] {
        fs::write(&from, "text").unwrap();
        set_readonly(&from, readonly);
        each_strategy(|options, strategy| {
            fs::write(&to, "longer than the source").unwrap();
            options.copy(&from, &to).unwrap();
            assert_eq!(fs::read(&to).unwrap(), b"text", "{strategy:?}");
            let permissions = fs::metadata(&to).unwrap().permissions();
            // Wine's CopyFileExW gives an existing destination no attributes.
            if strategy == Some(Strategy::ReadWrite) || !is_wine() {
                assert_eq!(permissions.readonly(), readonly, "{strategy:?}");
            }
            set_readonly(&to, false);
        });
        set_readonly(&from, false);
    }
}

#[test]
fn directories_and_missing_sources_are_refused() {
    let directory = TempDir::new().unwrap();
    let (missing, to) = (
        directory.path().join("missing"),
        directory.path().join("to"),
    );
    each_strategy(|options, strategy| {
        fs::write(&to, "old").unwrap();
        let error = options.copy(&missing, &to).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{strategy:?}");
        if strategy != Some(Strategy::Std) {
            let error = options.copy(directory.path(), &to).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{strategy:?}");
        }
        assert_eq!(fs::read(&to).unwrap(), b"old", "{strategy:?}");
    });
}

#[test]
fn paths_may_be_longer_than_the_usual_limit() {
    let directory = TempDir::new().unwrap();
    let mut deep = directory.path().to_path_buf();
    while deep.as_os_str().len() < 300 {
        deep.push("a directory with a name of some length");
    }
    fs::create_dir_all(&deep).unwrap();
    let (from, to) = (deep.join("from"), deep.join("to"));
    fs::write(&from, "text").unwrap();
    each_strategy(|options, strategy| {
        options.copy(&from, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"text", "{strategy:?}");
        fs::remove_file(&to).unwrap();
        let error = options.copy(&from, &from).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{strategy:?}");
    });
}

#[test]
fn a_path_with_a_zero_in_it_is_refused() {
    let directory = TempDir::new().unwrap();
    let from = directory.path().join("from");
    fs::write(&from, "text").unwrap();
    each_strategy(|options, strategy| {
        let error = options
            .copy(&from, directory.path().join("a\0b"))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{strategy:?}");
    });
}

#[test]
fn times_are_kept_and_the_copy_flushed_where_the_source_is_read_only() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::write(&from, "text").unwrap();
    let modified = UNIX_EPOCH + Duration::new(1_100_000_000, 987_654_300);
    let file = fs::File::options().write(true).open(&from).unwrap();
    file.set_modified(modified).unwrap();
    drop(file);
    set_readonly(&from, true);
    each_strategy(|options, strategy| {
        for replace in [Replace::InPlace, Replace::Atomically, Replace::New] {
            for durability in [Durability::None, Durability::Data, Durability::Full] {
                for times in [false, true] {
                    let case = format!("{strategy:?} {replace:?} {durability:?} {times}");
                    let options = options
                        .clone()
                        .replace(replace)
                        .durability(durability)
                        .preserve(Preserve::mode_only().times(times));
                    let report = options.copy(&from, &to).expect(&case);
                    assert_eq!(report.not_kept, [], "{case}");
                    assert_eq!(fs::read(&to).unwrap(), b"text", "{case}");
                    assert_eq!(names(directory.path()), ["from", "to"], "{case}");
                    let metadata = fs::metadata(&to).unwrap();
                    if times {
                        assert_eq!(metadata.modified().unwrap(), modified, "{case}");
                    }
                    // Wine's CopyFileExW gives an existing destination no attributes, and the
                    // temporary file is one.
                    let in_place = replace == Replace::InPlace;
                    if in_place || strategy == Some(Strategy::ReadWrite) || !is_wine() {
                        assert!(metadata.permissions().readonly(), "{case}");
                    }
                    set_readonly(&to, false);
                    fs::remove_file(&to).unwrap();
                }
            }
        }
    });
    set_readonly(&from, false);
}

#[test]
fn a_refused_name_leaves_no_read_only_temporary_file() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::write(&from, "text").unwrap();
    fs::write(&to, "old").unwrap();
    set_readonly(&from, true);
    // Read and written, so that the temporary file is read-only under Wine too.
    let options = CopyOptions::new().strategy(Strategy::ReadWrite);
    // Kept open by someone who shares nothing, so that it cannot be replaced.
    let taken = {
        use std::os::windows::fs::OpenOptionsExt;
        fs::File::options()
            .read(true)
            .share_mode(0)
            .open(&to)
            .unwrap()
    };
    options
        .replace(Replace::Atomically)
        .copy(&from, &to)
        .unwrap_err();
    drop(taken);
    assert_eq!(fs::read(&to).unwrap(), b"old");
    assert_eq!(names(directory.path()), ["from", "to"]);
    set_readonly(&from, false);
}

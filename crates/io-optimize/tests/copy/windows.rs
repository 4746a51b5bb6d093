//! What the contract is on Windows, by every strategy: attributes, refusals, and paths of any length.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use io_optimize::{CopyOptions, Strategy};
use tempfile::TempDir;

use crate::common::is_wine;

fn each_strategy(check: impl Fn(CopyOptions, Option<Strategy>)) {
    check(CopyOptions::new(), None);
    for &strategy in Strategy::available() {
        check(CopyOptions::new().strategy(strategy), Some(strategy));
    }
}

fn set_readonly(path: &Path, readonly: bool) {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    permissions.set_readonly(readonly);
    fs::set_permissions(path, permissions).unwrap();
}

#[test]
fn the_system_s_own_copy_comes_first() {
    let directory = TempDir::new().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to"));
    fs::write(&from, "text").unwrap();
    let report = io_optimize::copy_with_report(&from, &to).unwrap();
    assert_eq!(report.strategy, Strategy::CopyFile);
    assert_eq!((report.bytes, report.left.len()), (4, 0));
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
